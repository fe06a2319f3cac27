//! Rewrites: one candidate in one batch.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    BatchId, CandidateId, ChangeId, Choice, Document, Finding, Look, LookKind, Money, Reviewer, RewriteId,
};

/// The state of a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RewriteState {
    /// Waits for a worker.
    Queued,
    /// A worker holds a lease on it.
    Running,
    /// Has an after text; waits for a decision.
    Ready,
    /// Its exact text was approved; not written yet.
    Approved,
    /// The write-back has announced its intent and is at work.
    Writing,
    /// The approved text stands in the candidate database.
    Written,
    /// The undo of a write-back is at work.
    Reverting,
    /// Somebody decided against it.
    Rejected,
    /// No usable reply; holds its reason in `Rewrite::failure`.
    Failed,
    /// Never sent: too short, too long, empty, filtered.
    Skipped,
    /// Its batch was cancelled before it was ready.
    Cancelled,
    /// At the write-back the source was no longer what the approver saw.
    Conflict,
}

/// A word that names no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{0}\" is no state of a rewrite.")]
pub struct UnknownState(String);

impl RewriteState {
    /// All states, in the order of a rewrite's life.
    pub const ALL: [Self; 12] = [
        Self::Queued,
        Self::Running,
        Self::Ready,
        Self::Approved,
        Self::Writing,
        Self::Written,
        Self::Reverting,
        Self::Rejected,
        Self::Failed,
        Self::Skipped,
        Self::Cancelled,
        Self::Conflict,
    ];

    /// The state's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Approved => "approved",
            Self::Writing => "writing",
            Self::Written => "written",
            Self::Reverting => "reverting",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Conflict => "conflict",
        }
    }

    /// Whether the move to `next` is legal.
    ///
    /// `reverting → written` is the undo of a write-back that found the text changed since: nothing was undone.
    pub const fn may_become(self, next: Self) -> bool {
        use RewriteState::{
            Approved, Cancelled, Conflict, Failed, Queued, Ready, Rejected, Reverting, Running, Skipped,
            Writing, Written,
        };
        matches!(
            (self, next),
            (Queued, Running | Skipped | Cancelled)
                | (Running, Ready | Failed | Queued | Cancelled | Skipped)
                | (Failed, Queued | Cancelled)
                | (Ready, Approved | Rejected)
                | (Approved, Ready | Writing)
                | (Rejected, Ready)
                | (Writing, Written | Conflict | Approved)
                | (Conflict, Ready | Queued)
                | (Written, Reverting)
                | (Reverting, Ready | Written)
        )
    }
}

impl fmt::Display for RewriteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for RewriteState {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == word)
            .ok_or_else(|| UnknownState(word.chars().take(40).collect()))
    }
}

/// The group that a failure is shown and retried in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The reply had no usable sections, also after one more try.
    UnusableReply,
    /// The reply was cut off at its cap.
    ReplyTooLong,
    /// The reply was empty.
    EmptyReply,
    /// The stream broke off or the provider failed, as often as redraft tries.
    Provider,
    /// No byte came for too long, as often as redraft tries.
    Timeout,
    /// The provider refused this request.
    Refused,
    /// The source is too long for the model or for the limits.
    SourceTooLong,
    /// The source has too few words to be rewritten.
    SourceTooShort,
    /// The candidate is no longer in the candidate database, or has no text.
    SourceGone,
    /// At the write-back another source stood there than the approver saw.
    SourceChanged,
    /// The candidate database cannot hold the approved text.
    Unstorable,
}

impl FailureReason {
    /// A few words for a list.
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnusableReply => "reply does not map to the sections",
            Self::ReplyTooLong => "reply cut off at its length cap",
            Self::EmptyReply => "empty reply",
            Self::Provider => "provider failed",
            Self::Timeout => "timeout",
            Self::Refused => "refused by the provider",
            Self::SourceTooLong => "source too long",
            Self::SourceTooShort => "source too short",
            Self::SourceGone => "source gone or empty",
            Self::SourceChanged => "source changed meanwhile",
            Self::Unstorable => "text cannot be stored",
        }
    }

    /// Whether the same request may work another time.
    pub const fn retryable(self) -> bool {
        match self {
            Self::UnusableReply | Self::ReplyTooLong | Self::EmptyReply | Self::Provider | Self::Timeout => {
                true
            }
            Self::Refused
            | Self::SourceTooLong
            | Self::SourceTooShort
            | Self::SourceGone
            | Self::SourceChanged
            | Self::Unstorable => false,
        }
    }
}

/// Why a rewrite failed, was skipped or is in conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The group.
    pub reason: FailureReason,
    /// A sentence with the particulars; never text of a candidate.
    pub detail: String,
}

/// One row of a list of rewrites: everything but the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewriteHead {
    /// Its name.
    pub id: RewriteId,
    /// Its batch.
    pub batch: BatchId,
    /// The batch's number.
    pub batch_number: u64,
    /// Whose résumé.
    pub candidate: CandidateId,
    /// The candidate's name when the batch was started; untrusted text.
    pub name: String,
    /// The posting's title, if there is a posting; untrusted text.
    pub posting: Option<String>,
    /// Its state.
    pub state: RewriteState,
    /// Grows by one with every change of the row.
    pub revision: u64,
    /// The share of words that differ between before and after, 0 to 100; `None` before there is an after text.
    pub changed_percent: Option<u8>,
    /// The number of open findings.
    pub findings: u32,
    /// Whether one of them blocks.
    pub blocked: bool,
    /// Whether a person edited the after text.
    pub edited: bool,
    /// When a reviewer first opened it.
    pub opened_at: Option<Timestamp>,
    /// Who decided last.
    pub decided_by: Option<String>,
    /// What a further look has come to, if one was wanted since it was approved.
    pub look: Option<Look>,
    /// Whose work it is.
    pub assigned: Option<Reviewer>,
    /// The number of words of the after text, if it was counted.
    pub words: Option<u32>,
    /// What all its attempts cost.
    pub cost: Money,
    /// How many attempts were made.
    pub attempts: u32,
    /// Why it failed, was skipped or is in conflict.
    pub failure: Option<Failure>,
    /// When the row last changed.
    pub updated_at: Timestamp,
}

impl RewriteHead {
    /// The further look that is wanted before it is written.
    pub fn wanted(&self) -> Option<LookKind> {
        self.look.and_then(Look::wanted).filter(|_| self.state == RewriteState::Approved)
    }

    /// Whether somebody has to decide about it now.
    pub fn waits(&self) -> bool {
        self.state == RewriteState::Ready || self.wanted().is_some()
    }
}

/// One candidate in one batch, with the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// The list row.
    pub head: RewriteHead,
    /// The source as it was read for the model; without sections until the first attempt.
    pub before: Document,
    /// The after text: the model's, or a person's edit of it. `None` before the rewrite is ready.
    pub after: Option<Document>,
    /// What was decided about single changes; a change that is not here is open.
    pub choices: BTreeMap<ChangeId, Choice>,
    /// The exact text that was approved.
    pub approved: Option<Document>,
    /// What stood in the candidate database instead of `before` when the write-back found a conflict.
    pub found: Option<Document>,
    /// What the fidelity guard reports.
    pub findings: Vec<Finding>,
    /// A reply that does not map to the sections, kept as it came; untrusted text.
    pub raw_reply: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use RewriteState::{Approved, Cancelled, Conflict, Failed, Queued, Ready, Running, Writing, Written};

    #[test]
    fn a_state_reads_back_from_its_word() {
        for state in RewriteState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
        assert!("done".parse::<RewriteState>().is_err());
    }

    #[test]
    fn nothing_is_written_that_was_not_approved() {
        for state in RewriteState::ALL {
            assert_eq!(state.may_become(Writing), state == Approved, "{state}");
            assert_eq!(state.may_become(Approved), [Ready, Writing].contains(&state), "{state}");
        }
    }

    #[test]
    fn only_what_is_not_ready_can_be_cancelled() {
        for state in RewriteState::ALL {
            assert_eq!(state.may_become(Cancelled), [Queued, Running, Failed].contains(&state), "{state}");
        }
    }

    #[test]
    fn no_state_moves_to_itself() {
        for state in RewriteState::ALL {
            assert!(!state.may_become(state), "{state}");
        }
        assert!(Conflict.may_become(Ready) && Conflict.may_become(Queued));
        assert!(Running.may_become(Queued) && !Written.may_become(Ready));
    }
}
