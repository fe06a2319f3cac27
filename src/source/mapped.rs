//! The candidate database as its port promises it: mapping and engine put together.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    config::{Mapping, ReceiptSettings, WithoutTransactions, WriteBackSettings},
    domain::{Candidate, CandidateId, Document, IntentId, LinkedPosting, Posting, PostingId, SectionId},
};

use super::{
    check,
    db::{Db, DbError, Fault, Row, Sql, Val},
    found::{self, Asked, Found, Stop},
    key, linked, pair, part,
    plan::{self, Plan},
    port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
    read,
    receipts::Receipts,
    rowwise::{self, Tries},
    write::Attempt,
};

/// How often a call is tried when somebody else holds a lock; each try waits for the lock as the engine does.
const TRIES: u32 = 2;

/// How often a write is asked about when nobody knows whether it got through.
const QUESTIONS: u32 = 3;

/// How often the mapped columns are looked at again.
const LOOK: Duration = Duration::from_secs(10);

/// A candidate database behind a mapping that fits it.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) db: Db,
    pub(super) plan: Plan,
    pub(super) mapping: Mapping,
    receipts: Receipts,
    /// When the columns were last seen to be what they were.
    looked: Mutex<Instant>,
    without_transactions: WithoutTransactions,
}

impl Mapped {
    pub(super) async fn open(
        db: Db,
        mapping: &Mapping,
        writing: &WriteBackSettings,
    ) -> Result<Self, SourceError> {
        let plan = plan::build(&db, mapping).await?;
        Ok(Self {
            db,
            plan,
            mapping: mapping.clone(),
            receipts: Receipts::new(writing.receipts),
            looked: Mutex::new(Instant::now()),
            without_transactions: writing.without_transactions,
        })
    }

    /// What the configuration says about receipts.
    pub(super) const fn receipts(&self) -> ReceiptSettings {
        self.receipts.settings()
    }

    pub(super) async fn query(&self, sql: Sql) -> Result<Vec<Row>, SourceError> {
        for _ in 1..TRIES {
            match self.db.query(sql.clone()).await {
                Err(error) if error.fault == Fault::Busy => {}
                Ok(rows) => return Ok(rows),
                Err(error) => return Err(self.explain(error).await),
            }
        }
        match self.db.query(sql).await {
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Looks now and then whether the mapped columns are still what they were when the mapping was made.
    async fn look(&self) -> Result<(), SourceError> {
        if self.mapping.fingerprint.is_empty() {
            return Ok(());
        }
        let mut looked = self.looked.lock().await;
        if looked.elapsed() >= LOOK {
            plan::compare(&self.db, &self.mapping).await?;
            *looked = Instant::now();
        }
        Ok(())
    }

    /// All rows of one candidate.
    async fn found(&self, key: &[Val]) -> Result<Option<Found>, SourceError> {
        let mut tries = 1;
        loop {
            match found::read(Asked::Db(&self.db), &self.plan, key).await {
                Ok(found) => return Ok(found),
                Err(Stop::Told(error)) => return Err(error),
                Err(Stop::Db(error)) if error.fault == Fault::Busy && tries < TRIES => tries += 1,
                Err(Stop::Db(error)) => return Err(self.explain(error).await),
            }
        }
    }

    /// A table or column that was there at the start and is gone now deserves the same sentence as then.
    async fn explain(&self, error: DbError) -> SourceError {
        if error.fault == Fault::Schema
            && let Err(mapping) = plan::build(&self.db, &self.mapping).await
        {
            return mapping;
        }
        error.into()
    }

    /// Tries until there is an outcome; `rowwise` where there are no transactions.
    async fn attempt(
        &self,
        attempt: &Attempt<'_>,
        rowwise: Option<Tries>,
    ) -> Result<WriteOutcome, SourceError> {
        let (mut busy, mut doubt) = (0, 0);
        loop {
            // On the heap: there are many of them, and a test thread's stack is small.
            let tried = match rowwise {
                None => Box::pin(attempt.run()).await,
                Some(_) if doubt > 0 => Box::pin(attempt.run_rowwise(Tries::Again)).await,
                Some(tries) => Box::pin(attempt.run_rowwise(tries)).await,
            };
            match tried {
                Ok(outcome) => return Ok(outcome),
                Err(Stop::Told(error)) => return Err(error),
                Err(Stop::Db(error)) => match error.fault {
                    Fault::Busy if doubt == 0 && busy + 1 < TRIES => busy += 1,
                    // The same statements again: they find the new text, the old one, or somebody else's.
                    Fault::InDoubt if doubt < QUESTIONS => {
                        doubt += 1;
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                    _ if doubt > 0 => return Ok(WriteOutcome::Unknown(error.message)),
                    Fault::InDoubt
                    | Fault::Busy
                    | Fault::Unreachable
                    | Fault::ReadOnly
                    | Fault::Schema
                    | Fault::Constraint
                    | Fault::Other => return Err(self.explain(error).await),
                },
            }
        }
    }
}

#[async_trait]
impl CandidateDatabase for Mapped {
    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        let limit = query.limit.clamp(1, 1_000);
        // A key that cannot be one of this table has nothing behind it.
        let Some(sql) = read::page(&self.plan, query, limit) else { return Ok(Page::default()) };
        let rows = self.query(sql).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        let candidates = rows.iter().take(most).map(|row| read::candidate(&self.plan, row));
        Ok(Page { candidates: candidates.collect::<Result<_, _>>()?, more })
    }

    async fn count(&self) -> Result<u64, SourceError> {
        let rows = self.query(read::count(&self.plan)).await?;
        let count = rows.first().and_then(|row| row.first()).and_then(Val::int);
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        let Some(key) = key::decode(&self.plan.candidates.key, &id.0) else { return Ok(None) };
        self.look().await?;
        let Some(found) = self.found(&key).await? else { return Ok(None) };
        let parts = part::parts(&self.plan, &found)?;
        Ok(Some((read::candidate(&self.plan, &found.head)?, part::document(&parts))))
    }

    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        let Some(posting) = &self.plan.posting else { return Ok(Vec::new()) };
        let rows = self.query(read::postings(&self.plan, posting)).await?;
        rows.iter().map(|row| read::posting_of(posting, row)).collect()
    }

    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        let Some(posting) = &self.plan.posting else { return Ok(None) };
        let Some(key) = key::decode(&posting.table.key, &id.0) else { return Ok(None) };
        let rows = self.query(read::posting(&self.plan, posting, &key)).await?;
        read::single(rows)?.map(|row| read::posting_of(posting, &row)).transpose()
    }

    fn links(&self) -> bool {
        self.plan.link.is_some()
    }

    async fn linked(
        &self,
        candidates: &[CandidateId],
    ) -> Result<BTreeMap<CandidateId, LinkedPosting>, SourceError> {
        let mut found = BTreeMap::new();
        let (Some(link), Some(posting)) = (&self.plan.link, &self.plan.posting) else { return Ok(found) };
        for chunk in candidates.chunks(linked::CHUNK) {
            if let Some(sql) = linked::statement(&self.plan, link, chunk) {
                linked::collect((&self.plan, link, posting), &self.query(sql).await?, &mut found)?;
            }
        }
        Ok(found)
    }

    fn shown(&self) -> &[String] {
        &self.mapping.candidate.show
    }

    fn misfit(&self, before: &Document, after: &Document) -> Option<String> {
        pair::misfit(&pair::pair(&self.plan, before, after).ok()?)
    }

    fn counted(&self, source: &Document) -> Vec<SectionId> {
        pair::counted(&self.plan, source)
    }

    async fn write(&self, write: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        let pairs = pair::pair(&self.plan, write.before, write.after)?;
        if let Some(objection) = pair::objection(&self.plan, &pairs) {
            return Ok(WriteOutcome::Refused(objection));
        }
        let Some(key) = key::decode(&self.plan.candidates.key, &write.candidate.0) else {
            return Ok(WriteOutcome::Gone);
        };
        self.look().await?;
        let (db, plan) = (&self.db, &self.plan);
        let attempt = Attempt { db, plan, key: &key, pairs: &pairs, receipt: None };
        match (rowwise::without_transactions(plan), self.without_transactions) {
            (None, _) => {
                let receipt = self.receipts.of(db, write.intent).await?;
                self.attempt(&Attempt { receipt, ..attempt }, None).await
            }
            (Some(table), WithoutTransactions::Refuse) => Err(rowwise::refusal(table)),
            (Some(_), WithoutTransactions::Write) => {
                let tries = if write.tries > 1 { Tries::Again } else { Tries::First };
                self.attempt(&attempt, Some(tries)).await
            }
        }
    }

    async fn receipt(&self, intent: IntentId) -> Result<Receipt, SourceError> {
        // A receipt that is not undone with its write proves nothing.
        if rowwise::without_transactions(&self.plan).is_some() {
            return Ok(Receipt::NotKept);
        }
        let Some(slip) = self.receipts.of(&self.db, Some(intent)).await? else { return Ok(Receipt::NotKept) };
        let found = self.query(slip.select(&self.db)).await?;
        Ok(if found.is_empty() { Receipt::Absent } else { Receipt::There })
    }

    async fn check(&self) -> Vec<Check> {
        check::all(self).await
    }
}
