//! Decisions: who did what when, append-only.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ChangeId, DecisionId, Document, FindingKind, LookKind, Made, RewriteId, RewriteState, Span};

/// What was decided about one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// The after text of the change stands.
    Accepted,
    /// The before text of the change stands.
    Rejected,
}

/// What an approval does with changes that nobody decided.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OpenPolicy {
    /// They go in.
    #[default]
    Accept,
    /// They stay out.
    Reject,
    /// The reviewer is asked; without an answer nothing is approved.
    Ask,
}

/// Whether whoever edited a text approves it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnEdits {
    /// They may.
    #[default]
    Approve,
    /// Somebody else has to.
    Refuse,
}

/// What somebody may do in review.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// Read, and nothing else.
    Read,
    /// Read, accept and reject single changes, edit, write notes; not approve, reject or write.
    Suggest,
    /// All of it.
    #[default]
    Decide,
}

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reviewer(pub String);

impl fmt::Display for Reviewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How it is known who decides.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// They say so.
    #[default]
    Asserted,
    /// By the key that they logged in with.
    SshKey,
    /// By the user that the kernel runs the process as.
    Kernel,
}

impl Strength {
    /// Its word in the record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::SshKey => "sshkey",
            Self::Kernel => "kernel",
        }
    }
}

/// What somebody did, with all that is needed to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Opened it for reading.
    Open,
    /// Approved exactly this text.
    Approve {
        /// The text to be written.
        text: Document,
    },
    /// Decided against it.
    Reject {
        /// Why, if the reviewer said so.
        reason: Option<String>,
    },
    /// Replaced the after text.
    Edit {
        /// The after text as it was.
        from: Document,
        /// The after text as it is now.
        to: Document,
    },
    /// Left it for later.
    Skip,
    /// Accepted, rejected or reopened single changes.
    Choose {
        /// Each change with its choice before and after; `None` is open.
        changes: Vec<(ChangeId, Option<Choice>, Option<Choice>)>,
    },
    /// Wrote a note; it changes nothing.
    Note {
        /// About this change; `None` is the whole rewrite.
        change: Option<ChangeId>,
        /// The note.
        text: String,
    },
    /// Decided that a finding is none, or may stand.
    Dismiss {
        /// What the finding is about.
        kind: FindingKind,
        /// The words that it is about.
        span: Span,
        /// Why.
        reason: String,
    },
    /// Went on with a rewrite that somebody else had open.
    TakeOver {
        /// Who had it open.
        from: Reviewer,
    },
    /// Wants a further look before the approved text is written.
    Ask {
        /// Of which kind.
        kind: LookKind,
    },
    /// Looked at what was approved, and agreed or not. Who does not agree takes the approval back.
    Look {
        /// Which look it was.
        kind: LookKind,
        /// Whether they agreed.
        agrees: bool,
        /// The text that was approved.
        text: Document,
        /// Why not, if they said so.
        reason: Option<String>,
    },
    /// Made it the work of somebody, or of nobody.
    Assign {
        /// Whose it was.
        from: Option<Reviewer>,
        /// Whose it is.
        to: Option<Reviewer>,
    },
    /// Took back an earlier decision.
    Undo {
        /// Which.
        decision: DecisionId,
    },
    /// The approved text was written.
    Write,
    /// The write-back found another source than the approver saw.
    Conflict,
    /// Put the approved text on top of what stands in the candidate database now, to be decided anew.
    Merge {
        /// What stands there: the text before from now on.
        before: Document,
        /// The merged text.
        after: Document,
    },
    /// The write-back was undone.
    Revert,
}

impl Action {
    /// The action's word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Edit { .. } => "edit",
            Self::Skip => "skip",
            Self::Choose { .. } => "choose",
            Self::Note { .. } => "note",
            Self::Dismiss { .. } => "dismiss",
            Self::TakeOver { .. } => "takeover",
            Self::Ask { .. } => "ask",
            Self::Look { .. } => "look",
            Self::Assign { .. } => "assign",
            Self::Undo { .. } => "undo",
            Self::Write => "write",
            Self::Conflict => "conflict",
            Self::Merge { .. } => "merge",
            Self::Revert => "revert",
        }
    }
}

/// One row of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its name.
    pub id: DecisionId,
    /// About which rewrite.
    pub rewrite: RewriteId,
    /// Who.
    pub by: Reviewer,
    /// When.
    pub at: Timestamp,
    /// The state of the rewrite before.
    pub from: RewriteState,
    /// The state of the rewrite after.
    pub to: RewriteState,
    /// How it came about.
    #[serde(flatten)]
    pub made: Made,
    /// What.
    #[serde(flatten)]
    pub action: Action,
}
