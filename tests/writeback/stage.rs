//! A process that dies at a chosen point, and a person who acts at another.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use redraft::{
    domain::{Candidate, CandidateId, Document, IntentId, Posting, PostingId, Reviewer, RewriteId},
    source::port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
    store::port::{Hold, Intent, IntentEnd, IntentKind, Journal, Recorded, StoreResult},
};
use tokio::sync::Notify;

use super::world::Platform;

/// What a person does with the candidate meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Writes something else.
    Edit,
    /// Writes one of the two sections as the approved text has it.
    Half,
    /// Writes exactly what redraft would write.
    Same,
    /// Puts back exactly what was there before.
    Back,
    /// Removes the candidate.
    Delete,
}

impl Deed {
    pub const ALL: [Self; 5] = [Self::Edit, Self::Half, Self::Same, Self::Back, Self::Delete];

    /// `?1` is the candidate. What is the same and what is back depends on what is carried out.
    pub const fn sql(self, kind: IntentKind) -> &'static str {
        const AFTER: &str = "UPDATE people SET summary = 'Cooks for 200 guests.', skills = 'knives, grill', who = 'person' WHERE id = ?1";
        const BEFORE: &str =
            "UPDATE people SET summary = 'Cooks.', skills = 'knives', who = 'person' WHERE id = ?1";
        match (self, kind) {
            (Self::Edit, _) => "UPDATE people SET skills = 'pastry', who = 'person' WHERE id = ?1",
            (Self::Half, IntentKind::Write) => {
                "UPDATE people SET summary = 'Cooks for 200 guests.', who = 'person' WHERE id = ?1"
            }
            (Self::Half, IntentKind::Revert) => {
                "UPDATE people SET summary = 'Cooks.', who = 'person' WHERE id = ?1"
            }
            (Self::Same, IntentKind::Write) | (Self::Back, IntentKind::Revert) => AFTER,
            (Self::Back, IntentKind::Write) | (Self::Same, IntentKind::Revert) => BEFORE,
            (Self::Delete, _) => "DELETE FROM people WHERE id = ?1",
        }
    }
}

/// A person's statement, and at which point of the process it runs.
#[derive(Debug, Clone)]
pub struct Meanwhile {
    pub at: usize,
    pub sql: &'static str,
    pub platform: Platform,
    pub candidate: CandidateId,
}

/// One process. Its points are counted from 0: before the first call, after it, before the second …
#[derive(Debug, Default)]
pub struct Stage {
    calls: AtomicUsize,
    dies_at: Option<usize>,
    meanwhile: Option<Meanwhile>,
    died: Notify,
}

impl Stage {
    pub fn new(dies_at: Option<usize>, meanwhile: Option<Meanwhile>) -> Arc<Self> {
        Arc::new(Self { dies_at, meanwhile, ..Self::default() })
    }

    async fn pass(&self, point: usize) {
        if let Some(deed) = self.meanwhile.as_ref().filter(|deed| deed.at == point) {
            deed.platform.act(deed.sql, &deed.candidate).await;
        }
        if self.dies_at == Some(point) {
            self.died.notify_one();
            // Whoever waits for this is dropped.
            pending::<()>().await;
        }
    }

    /// Runs `call` between two points.
    async fn act<T>(&self, call: impl Future<Output = T>) -> T {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        self.pass(2 * number).await;
        let answer = call.await;
        self.pass(2 * number + 1).await;
        answer
    }

    /// Lets the process work until it is done (`Some`) or dies.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.died.notified() => None,
        }
    }
}

/// A journal or a candidate database as the process of a stage sees it.
pub struct On<T: ?Sized>(pub Arc<Stage>, pub Arc<T>);

#[async_trait]
impl<J: Journal + ?Sized> Journal for On<J> {
    async fn begin(
        &self,
        id: RewriteId,
        kind: IntentKind,
        by: &Reviewer,
        hold: &Hold<'_>,
    ) -> StoreResult<Intent> {
        self.0.act(self.1.begin(id, kind, by, hold)).await
    }

    async fn end(&self, intent: &Intent, end: &IntentEnd) -> StoreResult<Recorded> {
        self.0.act(self.1.end(intent, end)).await
    }

    async fn take_over(
        &self,
        worker: &str,
        dead: &[String],
        ttl: Duration,
        limit: u32,
    ) -> StoreResult<Vec<Intent>> {
        self.0.act(self.1.take_over(worker, dead, ttl, limit)).await
    }
}

#[async_trait]
impl CandidateDatabase for On<dyn CandidateDatabase> {
    async fn receipt(&self, intent: IntentId) -> Result<Receipt, SourceError> {
        self.1.receipt(intent).await
    }

    async fn write(&self, write: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        self.0.act(self.1.write(write)).await
    }

    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        self.0.act(self.1.read(id)).await
    }

    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        self.1.page(query).await
    }

    async fn count(&self) -> Result<u64, SourceError> {
        self.1.count().await
    }

    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        self.1.postings().await
    }

    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        self.1.posting(id).await
    }

    fn shown(&self) -> &[String] {
        self.1.shown()
    }

    async fn check(&self) -> Vec<Check> {
        self.1.check().await
    }
}
