//! A candidate database that writes without comparing: what redraft must never be.

use std::sync::Arc;

use async_trait::async_trait;
use redraft::{
    domain::{Candidate, CandidateId, Document, IntentId, Posting, PostingId},
    source::port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
};

/// Takes whatever stands there for the text before.
pub struct Blind(pub Arc<dyn CandidateDatabase>);

#[async_trait]
impl CandidateDatabase for Blind {
    async fn receipt(&self, intent: IntentId) -> Result<Receipt, SourceError> {
        self.0.receipt(intent).await
    }

    async fn write(&self, write: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        match self.0.read(write.candidate).await? {
            Some((_, now)) => self.0.write(&Write { before: &now, ..*write }).await,
            None => Ok(WriteOutcome::Gone),
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
