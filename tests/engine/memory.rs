//! A store in memory that asserts at every commit what must always hold, and at which a worker can die: before what it
//! asks for is done, or after it and before it hears of it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use redraft::{
    clock::Clock,
    domain::{
        Attempt, AttemptId, AttemptOutcome, Batch, BatchId, BatchRef, BatchSpec, BatchState, CandidateId,
        Counts, Document, FailureReason, Money, RewriteId, RewriteState,
    },
    store::port::{
        Batches, Denied, FailureGroup, Lease, Member, MonthSpend, NewAttempt, Queue, Recorded, Settlement,
        Store, StoreError, StoreResult, Verdict,
    },
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use uuid::Uuid;

/// Wall time by tokio's clock, which a test can pause.
#[derive(Debug)]
pub struct Virtual(Instant);

impl Virtual {
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_micros()).unwrap();
        Timestamp::from_microsecond(1_790_000_000_000_000 + passed).unwrap()
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub candidate: CandidateId,
    pub state: RewriteState,
    pub reason: Option<FailureReason>,
    pub fence: u64,
    pub attempts: u32,
    worker: String,
    lease_until: Timestamp,
    run_after: Timestamp,
    /// How often a result was recorded.
    pub results: u32,
    before: Option<Document>,
    after: Option<Document>,
}

#[derive(Debug, Clone)]
pub struct Try {
    pub rewrite: RewriteId,
    fence: u64,
    worker: String,
    reserved: Money,
    pub outcome: AttemptOutcome,
    pub cost: Money,
    hash: String,
}

#[derive(Debug)]
pub struct Tables {
    pub batch: Batch,
    pub rows: BTreeMap<RewriteId, Row>,
    pub tries: BTreeMap<AttemptId, Try>,
    pub month: MonthSpend,
    /// What was asked for beyond what was set aside: nothing, ever.
    pub overshoot: Money,
    next: u128,
}

impl Tables {
    fn uuid(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    /// What holds at every commit.
    fn commit(&mut self) {
        let mut counts = Counts::default();
        self.rows.values().for_each(|row| counts.add(row.state, 1));
        self.batch.counts = counts;
        let (batch, month) = (&self.batch, &self.month);
        assert!(batch.spent + batch.reserved <= batch.spec.budget, "over the batch's budget: {batch:?}");
        assert!(month.spent + month.reserved <= month.cap, "over the month's budget: {month:?}");
        let open = self.tries.values().filter(|one| one.outcome == AttemptOutcome::Open);
        assert_eq!(open.map(|one| one.reserved).sum::<Money>(), batch.reserved, "set aside for what is open");
        let spent = self.tries.values().filter(|one| one.outcome != AttemptOutcome::Open);
        assert_eq!(spent.map(|one| one.cost).sum::<Money>(), batch.spent, "spent on what has ended");
        if !batch.state.has_ended() && batch.counts.done() == batch.counts.total() && batch.counts.total() > 0
        {
            self.batch.state = BatchState::Finished;
        }
    }

    fn settle(&mut self, settlement: &Settlement) {
        let one = self.tries.get_mut(&settlement.attempt).unwrap();
        let unknown = settlement.outcome == AttemptOutcome::Unknown;
        let (back, estimate) = match one.outcome {
            AttemptOutcome::Open => (one.reserved, Money::ZERO),
            AttemptOutcome::Unknown if !unknown => (Money::ZERO, one.reserved),
            AttemptOutcome::Unknown
            | AttemptOutcome::Done
            | AttemptOutcome::Unusable
            | AttemptOutcome::Refused => {
                return;
            }
        };
        let cost = if unknown { one.reserved } else { settlement.cost };
        self.overshoot += cost - one.reserved;
        (one.outcome, one.cost) = (settlement.outcome, cost);
        for (spent, reserved) in [
            (&mut self.batch.spent, &mut self.batch.reserved),
            (&mut self.month.spent, &mut self.month.reserved),
        ] {
            (*spent, *reserved) = (*spent - estimate + cost, *reserved - back);
        }
    }

    fn queue(&mut self, id: RewriteId, run_after: Timestamp) {
        let row = self.rows.get_mut(&id).unwrap();
        (row.state, row.run_after) = (RewriteState::Queued, run_after);
        row.fence += 1;
    }
}

/// When a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// At this effect, counted from now.
    pub at: u64,
    /// Whether it is done.
    pub done: bool,
}

/// What outlives workers.
pub struct Memory {
    pub tables: Mutex<Tables>,
    clock: Arc<dyn Clock>,
    version: watch::Sender<u64>,
    death: Mutex<Option<Death>>,
    pub died: Notify,
}

impl Memory {
    pub fn new(spec: BatchSpec, members: &[Member], clock: Arc<dyn Clock>) -> Arc<Self> {
        let now = clock.now();
        let month = MonthSpend {
            cap: Money::from_dollars(1_000),
            spent: Money::ZERO,
            reserved: Money::ZERO,
            estimated: Money::ZERO,
        };
        let batch = Batch {
            id: BatchId::new(Uuid::from_u128(1)),
            number: 1,
            spec,
            state: BatchState::Queued,
            counts: Counts::default(),
            spent: Money::ZERO,
            reserved: Money::ZERO,
            tokens_in: 0,
            tokens_out: 0,
            created_at: now,
            started_at: None,
            ended_at: None,
            away: None,
        };
        let (rows, tries) = (BTreeMap::new(), BTreeMap::new());
        let mut tables = Tables { batch, rows, tries, month, overshoot: Money::ZERO, next: 1_000 };
        for member in members {
            let row = Row {
                candidate: member.candidate.clone(),
                state: RewriteState::Queued,
                reason: None,
                fence: 0,
                attempts: 0,
                worker: String::new(),
                lease_until: now,
                run_after: now,
                results: 0,
                before: None,
                after: None,
            };
            let id = RewriteId::new(tables.uuid());
            tables.rows.insert(id, row);
        }
        tables.commit();
        let (version, _) = watch::channel(0);
        Arc::new(Self {
            tables: Mutex::new(tables),
            clock,
            version,
            death: Mutex::new(None),
            died: Notify::new(),
        })
    }

    pub fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many attempts of this worker have not ended.
    pub fn open_of(&self, worker: &str) -> u32 {
        let tables = self.lock();
        let open =
            tables.tries.values().filter(|one| one.outcome == AttemptOutcome::Open && one.worker == worker);
        u32::try_from(open.count()).unwrap()
    }

    pub fn doom(&self, death: Option<Death>) {
        *self.death.lock().unwrap() = death;
    }

    pub fn changed_now(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Counts an effect; tells whether the worker dies here, and whether the effect is done before.
    fn fate(&self) -> Option<Death> {
        let mut death = self.death.lock().unwrap();
        match death.as_mut() {
            Some(found) if found.at == 0 => death.take(),
            Some(found) => {
                found.at -= 1;
                None
            }
            None => None,
        }
    }
}

/// The store as one worker sees it, as long as it lives.
pub struct Life {
    pub memory: Arc<Memory>,
    pub alive: Arc<AtomicBool>,
}

impl Life {
    pub fn new(memory: &Arc<Memory>) -> Self {
        Self { memory: Arc::clone(memory), alive: Arc::new(AtomicBool::new(true)) }
    }

    /// One effect: done, unless the worker dies before it; heard of, unless it dies after it.
    pub async fn effect<T>(&self, effect: impl FnOnce() -> T) -> T {
        let fate = if self.alive.load(Ordering::SeqCst) { self.memory.fate() } else { None };
        let dies = fate.is_some() || !self.alive.load(Ordering::SeqCst);
        if dies && !fate.is_some_and(|death| death.done) {
            self.die().await;
        }
        let result = effect();
        if dies {
            self.die().await;
        }
        result
    }

    async fn die(&self) {
        if self.alive.swap(false, Ordering::SeqCst) {
            self.memory.died.notify_one();
        }
        std::future::pending::<()>().await;
    }

    async fn commit<T>(&self, change: impl FnOnce(&mut Tables, Timestamp) -> T) -> T {
        self.effect(|| {
            let mut tables = self.memory.lock();
            let result = change(&mut tables, self.memory.clock.now());
            tables.commit();
            drop(tables);
            self.memory.changed_now();
            result
        })
        .await
    }
}

fn later(now: Timestamp, ttl: Duration) -> Timestamp {
    now.checked_add(ttl).unwrap()
}

pub(super) fn none<T>() -> StoreResult<T> {
    Err(StoreError::Unusable("This store only runs batches.".to_owned()))
}

#[async_trait]
impl Batches for Life {
    async fn create_batch(&self, _: &BatchSpec, _: &[Member]) -> StoreResult<Batch> {
        none()
    }

    async fn batches(&self, _: u32) -> StoreResult<Vec<Batch>> {
        Ok(vec![self.memory.lock().batch.clone()])
    }

    async fn batch(&self, _: BatchRef) -> StoreResult<Batch> {
        Ok(self.memory.lock().batch.clone())
    }

    async fn move_batch(&self, _: BatchId, to: &BatchState) -> StoreResult<Batch> {
        self.commit(|tables, _| {
            let from = tables.batch.state.name();
            if !tables.batch.state.may_become(to) {
                return Err(StoreError::BatchState { from, to: to.name() });
            }
            tables.batch.state = to.clone();
            Ok(tables.batch.clone())
        })
        .await
    }

    async fn set_budget(&self, _: BatchId, budget: Money) -> StoreResult<Batch> {
        self.commit(|tables, _| {
            tables.batch.spec.budget = budget;
            Ok(tables.batch.clone())
        })
        .await
    }

    async fn retry_failed(&self, _: BatchId, _: Option<FailureReason>) -> StoreResult<u64> {
        none()
    }

    async fn failures(&self, _: BatchId) -> StoreResult<Vec<FailureGroup>> {
        none()
    }

    async fn set_month_cap(&self, _: Money) -> StoreResult<MonthSpend> {
        none()
    }

    async fn month(&self) -> StoreResult<MonthSpend> {
        Ok(self.memory.lock().month)
    }

    async fn attempts(&self, _: RewriteId) -> StoreResult<Vec<Attempt>> {
        none()
    }
}

#[async_trait]
impl Queue for Life {
    async fn open_batches(&self) -> StoreResult<Vec<Batch>> {
        let batch = self.memory.lock().batch.clone();
        let open = matches!(batch.state, BatchState::Queued | BatchState::Running | BatchState::Finishing);
        Ok(open.then_some(batch).into_iter().collect())
    }

    async fn claim(&self, worker: &str, id: BatchId, limit: u32, ttl: Duration) -> StoreResult<Vec<Lease>> {
        self.commit(|tables, now| {
            if !matches!(tables.batch.state, BatchState::Queued | BatchState::Running | BatchState::Finishing)
            {
                return Ok(Vec::new());
            }
            let free = tables
                .rows
                .iter_mut()
                .filter(|(_, row)| row.state == RewriteState::Queued && row.run_after <= now);
            let mut leases = Vec::new();
            for (rewrite, row) in free.take(limit as usize) {
                (row.state, row.lease_until) = (RewriteState::Running, later(now, ttl));
                worker.clone_into(&mut row.worker);
                row.fence += 1;
                let candidate = row.candidate.clone();
                leases.push(Lease {
                    rewrite: *rewrite,
                    candidate,
                    batch: id,
                    fence: row.fence,
                    attempts: row.attempts,
                    posting: None,
                });
            }
            if !leases.is_empty() {
                tables.batch.state = BatchState::Running;
            }
            Ok(leases)
        })
        .await
    }

    async fn open_attempt(&self, new: &NewAttempt) -> StoreResult<Result<AttemptId, Denied>> {
        self.commit(|tables, _| {
            let row = tables.rows.get(&new.rewrite).unwrap();
            if row.state != RewriteState::Running || row.fence != new.fence {
                return Ok(Err(Denied::LeaseLost));
            }
            if !matches!(tables.batch.state, BatchState::Queued | BatchState::Running | BatchState::Finishing)
            {
                return Ok(Err(Denied::NotRunning));
            }
            if tables.batch.spent + tables.batch.reserved + new.reserve > tables.batch.spec.budget {
                return Ok(Err(Denied::BatchBudget));
            }
            let worker = row.worker.clone();
            let id = AttemptId::new(tables.uuid());
            let one = Try {
                rewrite: new.rewrite,
                fence: new.fence,
                worker,
                reserved: new.reserve,
                outcome: AttemptOutcome::Open,
                cost: Money::ZERO,
                hash: new.prompt_hash.clone(),
            };
            tables.tries.insert(id, one);
            tables.batch.reserved += new.reserve;
            tables.month.reserved += new.reserve;
            let row = tables.rows.get_mut(&new.rewrite).unwrap();
            row.attempts += 1;
            row.before = Some(new.before.clone());
            Ok(Ok(id))
        })
        .await
    }

    async fn settle(
        &self,
        (rewrite, fence): (RewriteId, u64),
        settlement: Option<&Settlement>,
        verdict: &Verdict,
    ) -> StoreResult<Recorded> {
        self.commit(|tables, _| {
            if let Some(settlement) = settlement {
                tables.settle(settlement);
            }
            let row = tables.rows.get_mut(&rewrite).unwrap();
            if row.state != RewriteState::Running || row.fence != fence {
                return Ok(Recorded::Stale);
            }
            match verdict {
                Verdict::Ready { after, .. } => {
                    (row.state, row.after) = (RewriteState::Ready, Some(after.clone()));
                    row.results += 1;
                }
                Verdict::Failed { failure, .. } => {
                    (row.state, row.reason) = (RewriteState::Failed, Some(failure.reason));
                }
                Verdict::Skipped(failure) => {
                    (row.state, row.reason) = (RewriteState::Skipped, Some(failure.reason));
                }
                Verdict::TryAgain => {}
                Verdict::Requeue { not_before } => tables.queue(rewrite, *not_before),
            }
            Ok(Recorded::Done)
        })
        .await
    }

    async fn heartbeat(
        &self,
        worker: &str,
        held: &[(RewriteId, u64)],
        ttl: Duration,
    ) -> StoreResult<Vec<RewriteId>> {
        self.commit(|tables, now| {
            let mut lost = Vec::new();
            for (id, fence) in held {
                let row = tables.rows.get_mut(id).unwrap();
                if row.state == RewriteState::Running && row.fence == *fence && row.worker == worker {
                    row.lease_until = later(now, ttl);
                } else {
                    lost.push(*id);
                }
            }
            Ok(lost)
        })
        .await
    }

    async fn finished(&self, hash: &str, before: &Document) -> StoreResult<Option<Document>> {
        let tables = self.memory.lock();
        let done =
            tables.tries.values().filter(|one| one.hash == hash && one.outcome == AttemptOutcome::Done);
        let mut rows = done.filter_map(|one| tables.rows.get(&one.rewrite));
        Ok(rows.find(|row| row.before.as_ref() == Some(before)).and_then(|row| row.after.clone()))
    }

    async fn release(&self, (rewrite, fence): (RewriteId, u64)) -> StoreResult<()> {
        self.commit(|tables, now| {
            let row = &tables.rows[&rewrite];
            if row.state == RewriteState::Running && row.fence == fence {
                tables.queue(rewrite, now);
            }
            Ok(())
        })
        .await
    }

    async fn recover(&self, dead: &[String]) -> StoreResult<u64> {
        self.commit(|tables, now| {
            let is_dead = |worker: &String| dead.contains(worker);
            let gone: Vec<RewriteId> = tables
                .rows
                .iter()
                .filter(|(_, row)| {
                    row.state == RewriteState::Running && (row.lease_until < now || is_dead(&row.worker))
                })
                .map(|(id, _)| *id)
                .collect();
            for id in &gone {
                tables.queue(*id, now);
            }
            let open: Vec<AttemptId> = tables
                .tries
                .iter()
                .filter(|(_, one)| {
                    let row = &tables.rows[&one.rewrite];
                    let held = row.state == RewriteState::Running && row.fence == one.fence;
                    one.outcome == AttemptOutcome::Open
                        && !held
                        && (row.lease_until < now || row.fence != one.fence || is_dead(&one.worker))
                })
                .map(|(id, _)| *id)
                .collect();
            for attempt in open {
                let (outcome, cost) = (AttemptOutcome::Unknown, Money::ZERO);
                tables.settle(&Settlement {
                    attempt,
                    outcome,
                    cost,
                    usage: None,
                    request_id: None,
                    reason: None,
                });
            }
            Ok(gone.len() as u64)
        })
        .await
    }

    async fn workers(&self) -> StoreResult<Vec<String>> {
        let tables = self.memory.lock();
        let running = tables
            .rows
            .values()
            .filter(|row| row.state == RewriteState::Running)
            .map(|row| row.worker.clone());
        let open = tables.tries.values().filter(|one| one.outcome == AttemptOutcome::Open);
        let mut names: Vec<String> = running.chain(open.map(|one| one.worker.clone())).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

impl Store for Life {
    fn changed(&self) -> watch::Receiver<u64> {
        self.memory.version.subscribe()
    }
}
