//! The words of redraft as types, and the moves that are legal between them.
//!
//! Nothing here reads a clock, a file, the environment, a database or the network: every doer and every role builds
//! on these types, so this room depends on none of them.

mod allowance;
mod attempt;
mod batch;
mod candidate;
mod decision;
mod document;
mod finding;
mod id;
mod made;
mod money;
mod options;
mod parcel;
mod posting;
mod rewrite;

pub use allowance::{Allowance, Draw};
pub use attempt::{Attempt, AttemptOutcome, Usage};
pub use batch::{Batch, BatchRef, BatchSpec, BatchState, Counts, PauseReason};
pub use candidate::{Candidate, CandidateId};
pub use decision::{Action, Choice, Decision, OpenPolicy, OwnEdits, Reviewer, Rights, Strength};
pub use document::{Document, Format, Origin, Role, Section, SectionId, Stored, hex};
pub use finding::{Finding, FindingKind, Severity, Span};
pub use id::{AttemptId, BatchId, ChangeId, DecisionId, IdError, IntentId, ParcelId, RewriteId};
pub use made::{Look, LookKind, Made, UnknownWord, Way};
pub use money::{Money, MoneyError, Price};
pub use options::{BatchOptions, Lane, Postings, Priority, Reuse, Second, Tier};
pub use parcel::{Away, Parcel, ParcelStage};
pub use posting::{LinkedPosting, Posting, PostingId};
pub use rewrite::{Failure, FailureReason, Rewrite, RewriteHead, RewriteState, UnknownState};
