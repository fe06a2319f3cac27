//! What redraft asks of a candidate database, whatever its engine and schema.

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::{Candidate, CandidateId, Document, Posting, PostingId};

/// Why the candidate database did not do what was asked.
#[derive(Debug, Error)]
pub enum SourceError {
    /// It cannot be reached or opened.
    #[error("The candidate database cannot be reached: {0}")]
    Unreachable(String),
    /// Somebody else holds a lock, or the connection broke: the same call may work later.
    #[error("The candidate database is busy: {0}")]
    Busy(String),
    /// Writing is not allowed.
    #[error("The candidate database cannot be written: {0}")]
    ReadOnly(String),
    /// The mapping names what is not there; `place` is the configuration key.
    #[error("{message}")]
    Mapping {
        /// The sentence.
        message: String,
        /// The configuration key that is wrong, as `mapping.section[0].column`.
        place: String,
        /// What to do.
        hint: Option<String>,
    },
    /// What stands there for this one candidate is no text, or its key names more than one row; others can be read.
    #[error("{0}")]
    Unreadable(String),
    /// Anything else that the engine says.
    #[error("The candidate database failed: {0}")]
    Engine(String),
}

/// Which candidates to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// Those behind this key, in the order of the key.
    pub after: Option<CandidateId>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
    /// Only those whose display name or shown columns contain this, without regard to ASCII case.
    pub search: Option<String>,
}

/// A piece of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order of the key.
    pub candidates: Vec<Candidate>,
    /// Whether more follow.
    pub more: bool,
}

/// How a compare-and-set ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The new text stands there, and the old one did before.
    Written,
    /// The new text stood there already: an earlier try got through.
    AlreadyThere,
    /// Another text stands there; nothing was written.
    Changed(Document),
    /// The candidate is no longer there, or no longer matches the mapping's `where`.
    Gone,
    /// The text cannot be stored as it is (length, character set, a trigger that alters it); nothing was written.
    Refused(String),
    /// The connection broke while the write was confirmed, and asking again did not help: the new text may stand there
    /// or not. The same call tells, once the database answers again.
    Unknown(String),
}

/// How much a check's result matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckLevel {
    /// Fine.
    Ok,
    /// Works, but somebody should look at it.
    Warning,
    /// Does not work.
    Error,
}

/// One result of `redraft check`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What was looked at, as `mapping.section.summary`.
    pub subject: String,
    /// How much it matters.
    pub level: CheckLevel,
    /// What was found, a sentence.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// The candidate database through its mapping.
#[async_trait]
pub trait CandidateDatabase: Send + Sync {
    /// A page of the list, by key.
    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError>;

    /// How many candidates the mapping sees.
    async fn count(&self) -> Result<u64, SourceError>;

    /// One candidate with the source; `None` if there is none of that key.
    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError>;

    /// All postings by key, without their texts, at most 1,000.
    async fn postings(&self) -> Result<Vec<Posting>, SourceError>;

    /// One posting with its text.
    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError>;

    /// The names of the mapping's `show` columns.
    fn shown(&self) -> &[String];

    /// Replaces `before` by `after` if every section is, byte for byte, still `before`; all sections or none.
    /// Sections that are equal in both are compared but not written. Idempotent: a repeated call that finds `after`
    /// answers [`WriteOutcome::AlreadyThere`].
    ///
    /// # Errors
    /// An error says that nothing was written.
    async fn compare_and_set(
        &self,
        id: &CandidateId,
        before: &Document,
        after: &Document,
    ) -> Result<WriteOutcome, SourceError>;

    /// Proves connection, mapping and privileges without changing anything.
    async fn check(&self) -> Vec<Check>;
}
