//! Candidate databases that compare badly, or not at all: what redraft must never be.

use std::sync::Arc;

use async_trait::async_trait;
use redraft::{
    domain::{Candidate, CandidateId, Document, IntentId, Posting, PostingId},
    source::port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
};

use super::platform::Platform;

/// How it compares.
pub enum Compares {
    /// Not at all: it takes whatever stands there for the text before.
    Never,
    /// By the columns' own `=`, in one statement, on this connection.
    Plainly(Platform),
}

/// A candidate database that writes carelessly, and reads as redraft does.
pub struct Blind(pub Arc<dyn CandidateDatabase>, pub Compares);

/// Both texts of the tables of the tests.
pub fn texts(document: &Document) -> [&str; 2] {
    [0, 1].map(|at| document.sections[at].text.as_deref().unwrap_or_default())
}

impl Blind {
    async fn plainly(&self, write: &Write<'_>, platform: &Platform) -> Result<WriteOutcome, SourceError> {
        let ([summary, skills], [was, were]) = (texts(write.after), texts(write.before));
        let sql = format!(
            "UPDATE people SET summary = '{summary}', skills = '{skills}', who = 'redraft' \
             WHERE id = {} AND summary = '{was}' AND skills = '{were}'",
            write.candidate.0
        );
        if platform.try_run(&sql).await.unwrap() > 0 {
            return Ok(WriteOutcome::Written);
        }
        Ok(match self.0.read(write.candidate).await? {
            None => WriteOutcome::Gone,
            Some((_, now)) if texts(&now) == texts(write.after) => WriteOutcome::AlreadyThere,
            Some((_, now)) => WriteOutcome::Changed(now),
        })
    }
}

#[async_trait]
impl CandidateDatabase for Blind {
    async fn receipt(&self, intent: IntentId) -> Result<Receipt, SourceError> {
        self.0.receipt(intent).await
    }

    async fn write(&self, write: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        match &self.1 {
            Compares::Plainly(platform) => self.plainly(write, platform).await,
            Compares::Never => match self.0.read(write.candidate).await? {
                Some((_, now)) => self.0.write(&Write { before: &now, ..*write }).await,
                None => Ok(WriteOutcome::Gone),
            },
        }
    }

    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        self.0.read(id).await
    }

    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        self.0.page(query).await
    }

    async fn count(&self) -> Result<u64, SourceError> {
        self.0.count().await
    }

    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        self.0.postings().await
    }

    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        self.0.posting(id).await
    }

    fn shown(&self) -> &[String] {
        self.0.shown()
    }

    async fn check(&self) -> Vec<Check> {
        self.0.check().await
    }
}
