//! What a reviewer wants done, and what came of it: data that a session makes and a doer carries out.

use crate::{
    domain::{
        ChangeId, Choice, Decision, DecisionId, Document, FindingKind, LookKind, RewriteHead, RewriteId, Span,
    },
    text::Safe,
};

/// What is to be done with one rewrite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Record that it was opened for reading.
    Open,
    /// Approve the text that its choices make.
    Approve,
    /// Decide against it.
    Reject {
        /// Why, if the reviewer said so.
        reason: Option<String>,
    },
    /// Leave it for later.
    Skip,
    /// Accept, reject or reopen (`None`) single changes.
    Choose(Vec<(ChangeId, Option<Choice>)>),
    /// Put this after text in the place of the one there is.
    Edit(Document),
    /// Write a note, about one change or about all.
    Note {
        /// About this change; `None` is the whole rewrite.
        change: Option<ChangeId>,
        /// The note.
        text: String,
    },
    /// Dismiss a finding.
    Dismiss {
        /// What it is about.
        kind: FindingKind,
        /// The words that it is about.
        span: Span,
        /// Why.
        reason: String,
    },
    /// Say whether what was approved holds at a further look.
    Look {
        /// Whether it does.
        agrees: bool,
        /// Why not, if the reviewer said so.
        reason: Option<String>,
    },
    /// Take back this decision.
    Undo(DecisionId),
    /// Decide again what was taken back.
    Redo(Box<Decision>),
}

impl Verb {
    /// What it does to the rewrite, as a word: `approved`.
    pub const fn done(&self) -> &'static str {
        match self {
            Self::Open => "opened",
            Self::Approve => "approved",
            Self::Reject { .. } => "rejected",
            Self::Skip => "skipped",
            Self::Choose(_) => "changed",
            Self::Edit(_) => "edited",
            Self::Note { .. } => "noted",
            Self::Dismiss { .. } => "cleared of a finding",
            Self::Look { agrees: true, .. } => "confirmed",
            Self::Look { agrees: false, .. } => "sent back",
            Self::Undo(_) => "restored",
            Self::Redo(_) => "decided again",
        }
    }
}

/// Something to be carried out, in the order in which it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// About one rewrite.
    One {
        /// Which.
        rewrite: RewriteId,
        /// What the reviewer saw; `None` if it does not matter.
        revision: Option<u64>,
        /// What.
        verb: Verb,
    },
    /// Take back the reviewer's last decision, wherever it was made.
    UndoLast,
    /// Decide again what the reviewer took back last, wherever that was.
    RedoLast,
    /// Take back these.
    UndoMany(Vec<(RewriteId, DecisionId)>),
}

/// A task with its number, which the outcome repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Grows by one with each order of a session.
    pub number: u64,
    /// For how many seconds the rewrite was on the reviewer's screen.
    pub seconds: Option<u32>,
    /// The keys that asked for it.
    pub key: Option<String>,
    /// What.
    pub task: Task,
}

/// What came of a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was recorded.
    Done {
        /// As this decision.
        decision: Box<Decision>,
        /// The rewrite now.
        head: Box<RewriteHead>,
    },
    /// A decision was taken back.
    Undone {
        /// This one.
        undone: Box<Decision>,
        /// The rewrite now.
        head: Box<RewriteHead>,
    },
    /// Several were taken back, or not.
    Many(Bulk),
    /// Nothing was recorded.
    Not(Trouble),
}

/// Why nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The rewrite changed since the reviewer saw it.
    Stale,
    /// It is not possible; holds the sentence.
    Refused(String),
    /// There is no decision to take back.
    NothingToUndo,
    /// Nothing was taken back that could be decided again.
    NothingToRedo,
    /// It could not be recorded; holds the sentence.
    Failed(String),
}

impl Trouble {
    /// The sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Self::Stale => "Somebody else changed it meanwhile.",
            Self::NothingToUndo => "There is nothing to undo.",
            Self::NothingToRedo => "There is nothing to redo.",
            Self::Refused(why) | Self::Failed(why) => why,
        }
    }
}

/// What came of a decision about many rewrites.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// Those it was recorded for, with the decision that can be taken back.
    pub done: Vec<(RewriteId, DecisionId)>,
    /// Those left out on purpose, with the reason.
    pub skipped: Vec<(RewriteId, String)>,
    /// Those it could not be recorded for, with the reason.
    pub failed: Vec<(RewriteId, String)>,
    /// Those of the first that are looked at again before they are written.
    pub looks: Vec<(RewriteId, LookKind)>,
}

impl Bulk {
    /// `1,204 approved, 12 skipped, 3 failed`, with the most frequent reason for each that was not done.
    pub fn sentence(&self, done: &str) -> String {
        let mut parts = vec![format!("{} {done}", grouped(self.done.len()))];
        for (word, left) in [("skipped", &self.skipped), ("failed", &self.failed)] {
            if let Some(reason) = frequent(left) {
                parts.push(format!("{} {word} ({})", grouped(left.len()), reason.trim_end_matches('.')));
            }
        }
        Safe::line(&format!("{}.", parts.join(", "))).into_string()
    }
}

/// The number with a comma before each three digits.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, as in `1 rewrite` and `1,204 rewrites`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}

fn frequent(reasons: &[(RewriteId, String)]) -> Option<&str> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for (_, reason) in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(reason, _)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_ends_in_a_line_that_counts_everything() {
        let id = |number: u128| RewriteId::new(uuid::Uuid::from_u128(number));
        let decision = DecisionId::new(uuid::Uuid::from_u128(1));
        let bulk = Bulk {
            done: (0..1204).map(|number| (id(number), decision)).collect(),
            skipped: vec![(id(1), "It is rejected.".to_owned()), (id(2), "It is rejected.".to_owned())],
            failed: vec![(id(3), "The store is full.".to_owned())],
            looks: Vec::new(),
        };
        assert_eq!(
            bulk.sentence("approved"),
            "1,204 approved, 2 skipped (It is rejected), 1 failed (The store is full)."
        );
        assert_eq!(Bulk::default().sentence("approved"), "0 approved.");
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }
}
