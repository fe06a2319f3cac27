//! What redraft asks of a candidate database, whatever its engine and schema.

use std::collections::BTreeMap;

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::{
    Candidate, CandidateId, Document, IntentId, LinkedPosting, Posting, PostingId, SectionId,
};

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

/// A compare-and-set.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// Whose résumé.
    pub candidate: &'a CandidateId,
    /// What must stand there.
    pub before: &'a Document,
    /// What is to stand there.
    pub after: &'a Document,
    /// How often it was tried, this time included, from 1: without transactions an earlier try may have got halfway.
    pub tries: u32,
    /// The intent that it carries out: where receipts are kept, none is ever carried out twice.
    pub intent: Option<IntentId>,
}

/// How a compare-and-set ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The new text stands there, and the old one did before.
    Written,
    /// It was written, by this try or an earlier one, and something else stands there now: a trigger at the commit, or
    /// somebody's edit. Holds how it differs, in words that quote neither.
    Drifted(String),
    /// An earlier try of the same intent got through, as its receipt proves, and its text still stands there.
    Earlier,
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

/// What the receipts say about an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// No receipts are kept, so they say nothing.
    NotKept,
    /// It was not carried out, unless somebody is at it now.
    Absent,
    /// It was carried out.
    There,
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

    /// Whether the platform itself links candidates to postings.
    fn links(&self) -> bool {
        false
    }

    /// The posting that the platform links each of these candidates to; whoever has none is left out.
    async fn linked(
        &self,
        _candidates: &[CandidateId],
    ) -> Result<BTreeMap<CandidateId, LinkedPosting>, SourceError> {
        Ok(BTreeMap::new())
    }

    /// Why the stored form of a section cannot hold the new text, whatever its length: another number of items, other
    /// lines. A sentence without a word of the text.
    fn misfit(&self, _before: &Document, _after: &Document) -> Option<String> {
        None
    }

    /// The sections of a source that keep their number of lines, because each line is stored for itself.
    fn counted(&self, _source: &Document) -> Vec<SectionId> {
        Vec::new()
    }

    /// The names of the mapping's `show` columns.
    fn shown(&self) -> &[String];

    /// Replaces `before` by `after` if every section is, byte for byte, still `before`; all sections or none.
    /// Sections that are equal in both are compared but not written. Idempotent: a repeated call that finds `after`
    /// answers [`WriteOutcome::AlreadyThere`].
    ///
    /// # Errors
    /// An error says that nothing was written by this call.
    async fn write(&self, write: &Write<'_>) -> Result<WriteOutcome, SourceError>;

    /// [`CandidateDatabase::write`] that carries out no intent, and so leaves no receipt.
    ///
    /// # Errors
    /// As there.
    async fn compare_and_set(
        &self,
        candidate: &CandidateId,
        before: &Document,
        after: &Document,
    ) -> Result<WriteOutcome, SourceError> {
        self.write(&Write { candidate, before, after, tries: 1, intent: None }).await
    }

    /// Whether an intent was carried out, as its receipt says.
    ///
    /// # Errors
    /// The database does not tell now.
    async fn receipt(&self, intent: IntentId) -> Result<Receipt, SourceError>;

    /// Proves connection, mapping and privileges without changing anything.
    async fn check(&self) -> Vec<Check>;
}
