//! Beside the document on very wide screens: findings, figures, what happened to the rewrite, and the write-back.

use ratatui::{Frame, layout::Rect};

use super::{Loaded, Review};
use crate::{
    diff::{ChangeKind, Diff},
    domain::{Action, Choice, Decision, RewriteState, Severity},
    text::Safe,
    tui::{
        Context,
        theme::Meaning,
        widgets::{Row, wrapped},
    },
};

/// The most decisions that are shown.
const HISTORY: usize = 12;

struct Lines {
    rows: Vec<Row<'static>>,
    columns: usize,
}

impl Lines {
    fn title(&mut self, title: &str, note: &str) {
        if !self.rows.is_empty() {
            self.rows.push(Row::new());
        }
        let row = Row::of(Meaning::Title, title.to_owned());
        self.rows.push(row.put(Meaning::Muted, format!("  {note}")));
    }

    fn say(&mut self, meaning: Meaning, text: &str) {
        let lines = wrapped(&Safe::new(text), self.columns).into_iter();
        self.rows.extend(lines.map(|line| Row::of(meaning, line)));
    }

    fn pair(&mut self, word: &'static str, text: &str) {
        for (index, line) in
            wrapped(&Safe::new(text), self.columns.saturating_sub(10)).into_iter().enumerate()
        {
            let word = if index == 0 { word } else { "" };
            self.rows.push(Row::of(Meaning::Muted, word).pad(10).put(Meaning::Text, line));
        }
    }
}

pub(super) fn draw(review: &Review, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let mut lines = Lines { rows: Vec::new(), columns: usize::from(area.width).saturating_sub(2) };
    if let Some(loaded) = review.loaded() {
        findings(&mut lines, loaded);
        changes(&mut lines, loaded, review.choices(loaded));
        history(&mut lines, loaded, context);
        cost(&mut lines, loaded);
        write_back(&mut lines, loaded);
    }
    Row::of(Meaning::Title, " INSPECTOR").draw(frame.buffer_mut(), area, &context.theme);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    for (row, place) in lines.rows.into_iter().zip(body.rows()) {
        let row = Row::of(Meaning::Text, " ").and(row);
        row.draw(frame.buffer_mut(), place, &context.theme);
    }
}

fn findings(lines: &mut Lines, loaded: &Loaded) {
    let all = &loaded.rewrite.findings;
    let open = all.iter().filter(|finding| finding.dismissed.is_none()).count();
    if all.is_empty() {
        lines.title("FINDINGS", "none");
        return;
    }
    lines.title("FINDINGS", &format!("{open} open"));
    for finding in all {
        let meaning = match (finding.dismissed.is_some(), finding.severity) {
            (true, _) => Meaning::Muted,
            (false, Severity::Block) => Meaning::Blocking,
            (false, Severity::Warn) => Meaning::Warning,
        };
        let word = match finding.severity {
            Severity::Block => "stops",
            Severity::Warn => "warns",
        };
        let of = |id| loaded.changes.iter().position(|change| change.id == id);
        let number = finding.changes.first().copied().and_then(of);
        let place = number.map(|number| format!(" change {}:", number + 1)).unwrap_or_default();
        lines.say(meaning, &format!("! {word}{place} {}", finding.message));
    }
}

fn changes(
    lines: &mut Lines,
    loaded: &Loaded,
    choices: &std::collections::BTreeMap<crate::domain::ChangeId, Choice>,
) {
    let Some(diff) = &loaded.diff else { return };
    let of = |wanted| loaded.changes.iter().filter(|row| choices.get(&row.id).copied() == wanted).count();
    lines.title("CHANGES", &format!("{}", loaded.changes.len()));
    let (accepted, rejected, open) = (of(Some(Choice::Accepted)), of(Some(Choice::Rejected)), of(None));
    lines.pair("decided", &format!("{accepted} accepted, {rejected} rejected, {open} open"));
    lines.pair("kinds", &kinds(diff));
    let Some(stats) = loaded.stats else { return };
    lines.pair("words", &format!("{} before, {} after", stats.words_before, stats.words_after));
}

fn kinds(diff: &Diff) -> String {
    let kinds = [
        (ChangeKind::Edited, "edited"),
        (ChangeKind::Replaced, "replaced"),
        (ChangeKind::Inserted, "new"),
        (ChangeKind::Deleted, "gone"),
        (ChangeKind::Moved, "moved"),
        (ChangeKind::Layout, "layout"),
    ];
    let counted = kinds.into_iter().filter_map(|(kind, word)| {
        let number = diff.changes.iter().filter(|change| change.kind == kind).count();
        (number > 0).then(|| format!("{number} {word}"))
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { "nothing differs".to_owned() } else { counted.join(", ") }
}

fn history(lines: &mut Lines, loaded: &Loaded, context: &Context) {
    lines.title("HISTORY", "newest first, UTC");
    if loaded.history.is_empty() {
        lines.say(Meaning::Muted, "nobody has opened it yet");
    }
    let today = context.now.strftime("%F").to_string();
    for decision in loaded.history.iter().rev().take(HISTORY) {
        let same = decision.at.strftime("%F").to_string() == today;
        let at = decision.at.strftime(if same { "%H:%M:%S" } else { "%b %d" }).to_string();
        let mut row = Row::of(Meaning::Muted, at).pad(9);
        row.push(Meaning::Text, format!("{} ", decision.by));
        row.push(Meaning::Text, deed(decision));
        lines.rows.push(row.fit(lines.columns));
    }
    let more = loaded.history.len().saturating_sub(HISTORY);
    if more > 0 {
        lines.say(Meaning::Muted, &format!("and {more} before"));
    }
}

fn deed(decision: &Decision) -> String {
    match &decision.action {
        Action::Choose { changes } => match changes.as_slice() {
            [(_, _, Some(Choice::Accepted))] => "✓ a change".to_owned(),
            [(_, _, Some(Choice::Rejected))] => "✗ a change".to_owned(),
            [(_, _, None)] => "· reopened a change".to_owned(),
            many => format!("decided {} changes", many.len()),
        },
        Action::Open => "opened it".to_owned(),
        Action::TakeOver { from } => format!("took it over from {from}"),
        Action::Ask { kind } => format!("a {} is wanted", kind.name()),
        Action::Look { kind, agrees: true, .. } => format!("✓ {}", kind.name()),
        Action::Look { kind, agrees: false, reason, .. } => {
            let why = reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("✗ {}{why}", kind.name())
        }
        Action::Assign { to: Some(to), .. } => format!("assigned it to {to}"),
        Action::Assign { to: None, .. } => "assigned it to nobody".to_owned(),
        Action::Approve { .. } => "✓ approved".to_owned(),
        Action::Reject { reason: Some(reason) } => format!("✗ rejected: {reason}"),
        Action::Reject { reason: None } => "✗ rejected".to_owned(),
        Action::Edit { .. } => "edited the text".to_owned(),
        Action::Skip => "skipped".to_owned(),
        Action::Note { change: Some(_), text } => format!("note on a change: {text}"),
        Action::Note { change: None, text } => format!("note: {text}"),
        Action::Dismiss { reason, .. } => format!("dismissed a finding: {reason}"),
        Action::Undo { .. } => "took a decision back".to_owned(),
        Action::Write => "written".to_owned(),
        Action::Conflict => "found a conflict".to_owned(),
        Action::Merge { .. } => "merged with the text that stands there now".to_owned(),
        Action::Revert => "reverted".to_owned(),
    }
}

fn cost(lines: &mut Lines, loaded: &Loaded) {
    let head = &loaded.rewrite.head;
    lines.title("MODEL", &format!("batch b{}", head.batch_number));
    lines.pair("attempts", &head.attempts.to_string());
    lines.pair("cost", &head.cost.to_string());
    if loaded.hidden > 0 {
        lines.pair("hidden", &format!("{} characters that cannot be seen", loaded.hidden));
    }
}

fn write_back(lines: &mut Lines, loaded: &Loaded) {
    let state = loaded.rewrite.head.state;
    lines.title("WRITE-BACK", "");
    let text = match state {
        RewriteState::Ready => "nothing is written before it is approved",
        RewriteState::Approved => "approved; waits for the write-back (5)",
        RewriteState::Writing => "is being written",
        RewriteState::Written => "stands in the candidate database",
        RewriteState::Reverting => "the source is being put back",
        RewriteState::Rejected => "will not be written",
        RewriteState::Conflict => "not written: the source had changed",
        RewriteState::Queued
        | RewriteState::Running
        | RewriteState::Failed
        | RewriteState::Skipped
        | RewriteState::Cancelled => "there is nothing to write",
    };
    lines.say(Meaning::Text, text);
}
