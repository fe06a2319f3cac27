//! What is decided with words: notes, reasons, findings that may stand, and the query that takes decisions back; and the
//! exact text that an approval would write.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{Action, Request, Review, Undoable, reader::Laid};
use crate::{
    diff,
    domain::{ChangeId, Document, Finding, FindingKind, OpenPolicy, RewriteId, RewriteState, Severity, Span},
    review::{self, filter, session::Event},
    text::Safe,
    tui::{
        Context, Effect, Handled,
        backend::Slot,
        command::{self, Change, Command},
        overlays::{Confirm, Message, Prompt},
        widgets::{Toast, thousands},
    },
};

/// Reasons that are offered for a rejection; any other can be typed.
const REASONS: [&str; 6] = [
    "invented facts",
    "lost facts",
    "tone does not fit",
    "too little changed",
    "wrong language",
    "worse than before",
];

/// What an input line that is open is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum About {
    Note(RewriteId, Option<ChangeId>),
    Finding(RewriteId, FindingKind, Span),
}

pub(super) fn reasons(text: &str) -> Vec<(String, &'static str)> {
    let typed = text.trim().to_lowercase();
    let fitting = REASONS.into_iter().filter(|reason| reason.starts_with(&typed));
    fitting.map(|reason| (reason.to_owned(), "")).collect()
}

impl Review {
    /// Asks for a note about the rewrite under the cursor, or about one of its changes.
    pub(super) fn ask_note(&mut self, by: Command, change: Option<ChangeId>) -> Vec<Effect> {
        let Some(row) = self.row() else { return Vec::new() };
        self.about = Some(About::Note(row.id, change));
        let label = if change.is_some() { "note on the change" } else { "note on the rewrite" };
        vec![Effect::open(Prompt::new(by, label).placeholder("what others should know"))]
    }

    pub(super) fn note(&mut self, text: &str, context: &Context) -> Vec<Effect> {
        match self.about.take() {
            Some(About::Note(id, change))
                if !text.trim().is_empty() && self.row().is_some_and(|row| row.id == id) =>
            {
                self.tell(Event::Note(change, text.trim().to_owned()), context)
            }
            _ => Vec::new(),
        }
    }

    /// Asks why the rewrite under the cursor is rejected.
    pub(super) fn ask_reason() -> Effect {
        let by = command::Review::RejectBecause;
        let prompt = Prompt::new(by, "reject because").placeholder("a reason; Tab offers some");
        Effect::open(prompt.completing(reasons))
    }

    pub(super) fn reject_because(&mut self, text: &str, context: &Context) -> Vec<Effect> {
        let reason = Some(text.trim().to_owned()).filter(|reason| !reason.is_empty());
        self.tell(Event::Reject(reason), context)
    }

    /// The open finding at the cursor, else the first that stops an approval, else the first.
    fn finding_at<'r>(&self, laid: &Laid, findings: &'r [Finding]) -> Option<&'r Finding> {
        let open = |finding: &&Finding| finding.dismissed.is_none();
        let at = laid.rows.anchor(self.reader.at(laid)).and_then(|anchor| anchor.finding);
        let here = at.and_then(|at| findings.get(at)).filter(open);
        let current = self.current(laid);
        let in_change = || {
            let of = |finding: &&Finding| current.is_some_and(|change| finding.changes.contains(&change));
            findings.iter().filter(open).find(of)
        };
        let stops = || findings.iter().filter(open).find(|finding| finding.severity == Severity::Block);
        here.or_else(in_change).or_else(stops).or_else(|| findings.iter().find(open))
    }

    /// Asks why a finding may stand.
    pub(super) fn ask_dismiss(&mut self, laid: &Laid) -> Handled {
        let Some(loaded) = self.loaded().cloned() else { return Handled::Ignored };
        let Some(finding) = self.finding_at(laid, &loaded.rewrite.findings) else {
            return Effect::Toast(Toast::plain("This rewrite has no open finding.")).into();
        };
        self.about = Some(About::Finding(loaded.rewrite.head.id, finding.kind, finding.span.clone()));
        Self::dismissal(&finding.message).into()
    }

    fn dismissal(complaint: &str) -> Effect {
        let prompt = Prompt::new(Change::Dismiss, "dismiss because").placeholder("why it may stand");
        Effect::open(prompt.complaint(Safe::line(complaint)))
    }

    pub(super) fn dismiss(&mut self, reason: &str, context: &Context) -> Vec<Effect> {
        if reason.trim().is_empty() {
            return vec![Self::dismissal("A finding is dismissed only for a reason.")];
        }
        match self.about.take() {
            Some(About::Finding(id, kind, span)) if self.row().is_some_and(|row| row.id == id) => {
                self.tell(Event::Dismiss(kind, span, reason.trim().to_owned()), context)
            }
            _ => Vec::new(),
        }
    }

    /// Shows the exact text that an approval would write, or that was approved.
    pub(super) fn preview(&self) -> Handled {
        let Some(loaded) = self.loaded() else { return Handled::Ignored };
        let (Some(diff), choices) = (&loaded.diff, self.choices(loaded)) else { return Handled::Ignored };
        if loaded.rewrite.head.state == RewriteState::Ready {
            let text = diff::apply(diff, choices, loaded.open);
            let open = loaded.changes.iter().filter(|change| !choices.contains_key(&change.id)).count();
            let note = match (open, loaded.open) {
                (0, _) => String::new(),
                (_, OpenPolicy::Accept) => format!("{open} undecided changes are in it.\n\n"),
                (_, OpenPolicy::Ask) => {
                    format!("{open} undecided changes are in it; you are asked first.\n\n")
                }
                (_, OpenPolicy::Reject) => format!("{open} undecided changes are not in it.\n\n"),
            };
            return shown("What an approval would write", &note, &text);
        }
        match &loaded.rewrite.approved {
            Some(text) => shown("What was approved", "", text),
            None => Effect::Toast(Toast::plain(format!(
                "It is {}: nothing would be written.",
                loaded.rewrite.head.state
            )))
            .into(),
        }
    }

    /// Asks for a query of decisions to be taken back.
    pub(super) fn ask_undo(text: &str, complaint: Option<String>) -> Effect {
        let prompt = Prompt::new(command::Review::UndoSince, "undo since")
            .with(text)
            .placeholder("12:00, 2h, today, or a filter: batch:b38");
        Effect::open(match complaint {
            Some(complaint) => prompt.complaint(Safe::line(&complaint)),
            None => prompt,
        })
    }

    /// Looks for what a query takes back.
    pub(super) fn find_decisions(text: &str, context: &Context) -> Effect {
        let now = context.now.to_zoned_datetime(TimeZone::UTC);
        if text.trim().is_empty() {
            return Effect::Toast(Toast::plain("Nothing was taken back."));
        }
        match review::parse_take_back(text, &filter::Context { now, me: context.who.clone() }) {
            Ok(query) => Self::ask(Slot::Only("review.undo"), Request::TakeBack(query)),
            Err(error) => Self::ask_undo(text, Some(error.message)),
        }
    }

    /// The dialog before decisions are taken back.
    pub(super) fn propose_undo(found: &Undoable, type_above: u64) -> Effect {
        let number = found.decisions.len() as u64;
        let written = format!("{} are written already and stay", thousands(found.written));
        if number == 0 {
            let left = if found.written > 0 { format!(": {written}") } else { String::new() };
            return Effect::Toast(Toast::plain(format!("There is nothing to take back{left}.")));
        }
        let noun = if number == 1 { "decision" } else { "decisions" };
        let action = crate::tui::Action::Review(Action::TakeBack(Arc::new(found.decisions.clone())));
        let title = format!("Take back {} {noun}?", thousands(number));
        let mut rewrites: Vec<RewriteId> = found.decisions.iter().map(|(id, _)| *id).collect();
        rewrites.sort_unstable();
        rewrites.dedup();
        let mut dialog = Confirm::new(title, "take back", action)
            .line("about", format!("{} rewrites", thousands(rewrites.len() as u64)));
        if let Some(oldest) = found.oldest {
            dialog = dialog.line("since", format!("{} UTC", oldest.strftime("%F %H:%M:%S")));
        }
        if found.written > 0 {
            dialog = dialog.line("left out", written);
        }
        dialog = dialog.line("then", "each is restored unless somebody decided about the same since");
        Effect::confirm(if number > type_above { dialog.typed(number) } else { dialog })
    }
}

fn shown(title: &'static str, note: &str, text: &Document) -> Handled {
    let sections = text.sections.iter().map(|section| {
        let name = section.id.0.to_uppercase();
        match section.text.as_deref() {
            Some(text) if !text.is_empty() => format!("── {name} ──\n{text}"),
            Some(_) => format!("── {name} ── (empty)"),
            None => format!("── {name} ── (nothing is stored)"),
        }
    });
    let body = sections.collect::<Vec<_>>().join("\n\n");
    Effect::open(Message::new(title, Safe::new(&format!("{note}{body}")))).into()
}
