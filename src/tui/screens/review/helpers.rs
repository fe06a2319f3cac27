//! Others who help: whose work a rewrite is, and a second opinion on it.

use super::{Action, Request, Review};
use crate::{
    domain::{Reviewer, RewriteId, RewriteState},
    review::{Bulk, counted, session::Event, turns},
    text::Safe,
    tui::{
        Context, Effect, Handled,
        backend::Slot,
        command,
        effect::Action as Any,
        overlays::{Confirm, Prompt},
        widgets::Toast,
    },
};

/// What others are asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Help {
    /// It is their work, in turns; nobody's if there is nobody.
    Assign(Vec<Reviewer>),
    /// Somebody else is to say whether they agree with its approval.
    Second,
}

impl Help {
    const fn done(&self) -> &'static str {
        match self {
            Self::Assign(_) => "assigned",
            Self::Second => "waiting for a second opinion",
        }
    }
}

impl Review {
    /// The marked rewrites, else the one under the cursor.
    fn meant(&self) -> Vec<RewriteId> {
        let marks = self.session.as_ref().map(|session| session.marks().ids());
        match marks.filter(|marks| !marks.is_empty()) {
            Some(marks) => marks.iter().copied().collect(),
            None => self.row().map(|row| row.id).into_iter().collect(),
        }
    }

    pub(super) fn ask_whose(text: &str, complaint: Option<String>) -> Effect {
        let prompt = Prompt::new(command::Review::Assign, "assign to")
            .with(text)
            .placeholder("ben, or in turns: ben=2,anna; nothing: nobody");
        Effect::open(match complaint {
            Some(complaint) => prompt.complaint(Safe::line(&complaint)),
            None => prompt,
        })
    }

    /// The names are there: asks before the work of many is given to others.
    pub(super) fn assign(&self, text: &str) -> Handled {
        let names: Vec<&str> = text.split(',').filter(|_| !text.trim().is_empty()).collect();
        match turns(&names) {
            Ok(turns) => self.propose_help(Help::Assign(turns)),
            Err(name) => Self::ask_whose(text, Some(format!("\"{name}\" names nobody."))).into(),
        }
    }

    /// Whether a second opinion can be asked for: on what is approved.
    pub(super) fn can_ask_second(&self) -> bool {
        let marked = self.session.as_ref().is_some_and(|session| !session.marks().is_empty());
        marked || self.row().is_some_and(|row| row.state == RewriteState::Approved && row.look.is_none())
    }

    pub(super) fn propose_help(&self, help: Help) -> Handled {
        let ids = self.meant();
        if ids.is_empty() {
            return Handled::Ignored;
        }
        if ids.len() == 1 {
            return Self::help(ids, help).into();
        }
        let number = counted(ids.len(), "rewrite");
        let (title, verb, line) = match &help {
            Help::Assign(turns) if turns.is_empty() => (
                format!("Make {number} nobody's work?"),
                "assign",
                "whoever had them has them no more".to_owned(),
            ),
            Help::Assign(turns) => {
                let mut names: Vec<&str> = turns.iter().map(|who| who.0.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                (format!("Assign {number}?"), "assign", format!("the work of {}", names.join(", ")))
            }
            Help::Second => (
                format!("Ask for a second opinion on {number}?"),
                "ask",
                "those that are approved are not written before somebody else has agreed".to_owned(),
            ),
        };
        let action = Any::Review(Action::Help(ids, help));
        Effect::confirm(Confirm::new(title, verb, action).line("then", Safe::line(&line))).into()
    }

    pub(super) fn help(ids: Vec<RewriteId>, help: Help) -> Effect {
        Self::ask(Slot::InOrder, Request::Help(ids, help))
    }

    /// They were asked, or not.
    pub(super) fn helped(&mut self, help: &Help, bulk: &Bulk, context: &Context) -> Vec<Effect> {
        let text = bulk.sentence(help.done());
        self.last = Some(text.trim_end_matches('.').to_owned());
        let all = bulk.skipped.is_empty() && bulk.failed.is_empty();
        let toast = Effect::Toast(if all { Toast::good(text) } else { Toast::caution(text) });
        // What was asked of others is theirs to give: only whose work it is can be taken back.
        let event = match help {
            Help::Assign(_) => Event::Recorded(bulk.done.clone()),
            Help::Second => Event::StoreChanged,
        };
        let mut effects = self.tell(event, context);
        effects.push(toast);
        effects
    }
}
