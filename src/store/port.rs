//! What redraft asks of its own store. Each method is one transaction: the state change, its decision and its
//! spend are recorded together or not at all.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::watch;

use crate::{
    domain::{
        Action, Attempt, AttemptId, AttemptOutcome, Batch, BatchId, BatchRef, BatchSpec, BatchState,
        CandidateId, Counts, Decision, DecisionId, Document, Draw, Failure, FailureReason, Finding, IntentId,
        LookKind, Money, Parcel, ParcelId, PostingId, Reviewer, Rewrite, RewriteHead, RewriteId, Usage, Way,
    },
    review::{Refusal, filter::Filter},
};

/// Why the store did not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is nothing of that name.
    #[error("There is no {0} here.")]
    NotFound(String),
    /// The row changed since it was read; holds its revision now.
    #[error("Somebody else changed this meanwhile.")]
    Stale {
        /// The revision now.
        revision: u64,
    },
    /// The move is not legal.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A batch cannot move from its state to the one asked for.
    #[error("A batch that is {from} cannot become {to}.")]
    BatchState {
        /// The state that it is in.
        from: &'static str,
        /// The state asked for.
        to: &'static str,
    },
    /// Another write-back of the same candidate is at work; after a crash nobody could tell whose text stands there.
    #[error("Another write-back of this candidate is at work.")]
    CandidateBusy,
    /// The disk is full or the file cannot grow; nothing was recorded.
    #[error("The store is full: {0}")]
    Full(String),
    /// Another process holds the store for too long.
    #[error("The store is busy: {0}")]
    Busy(String),
    /// The server of the store cannot be reached. Whether what was under way is recorded, nobody knows.
    #[error("The server of the store cannot be reached: {0}.")]
    Away(String),
    /// The store was made by a newer redraft, or is no store at all.
    #[error("{0}")]
    Unusable(String),
    /// Anything else that the engine says.
    #[error("The store failed: {0}")]
    Engine(String),
}

/// The result of a call to the store.
pub type StoreResult<T> = Result<T, StoreError>;

/// One rewrite to be: a candidate and the name to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Whose résumé.
    pub candidate: CandidateId,
    /// The display name at the start of the batch.
    pub name: String,
    /// The posting of the candidate's own, with its title, if the batch has none for all.
    pub posting: Option<(PostingId, String)>,
}

/// A rewrite that a worker holds. Every later call about it names the fence; a stale fence changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which rewrite.
    pub rewrite: RewriteId,
    /// Whose résumé.
    pub candidate: CandidateId,
    /// Its batch.
    pub batch: BatchId,
    /// Grows with each lease of the rewrite.
    pub fence: u64,
    /// The attempts made before, by anybody.
    pub attempts: u32,
    /// The posting of the candidate's own, with its title.
    pub posting: Option<(PostingId, String)>,
}

/// Who takes a lease, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// How long the lease lasts without a heartbeat.
    pub ttl: Duration,
}

/// Why an attempt may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The lease is gone: another worker has it, or the batch was cancelled.
    LeaseLost,
    /// The batch is paused or has ended.
    NotRunning,
    /// The worst case would exceed the batch's budget.
    BatchBudget,
    /// The worst case would exceed the month's budget.
    MonthBudget,
}

/// What is recorded before a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// The lease it runs under.
    pub rewrite: RewriteId,
    /// Its fence.
    pub fence: u64,
    /// The worst case of its cost.
    pub reserve: Money,
    /// SHA-256 in hex of model, parameters and prompt.
    pub prompt_hash: String,
    /// The source that is sent.
    pub before: Document,
    /// The parcel that it goes with, and its fence; it takes the lease of the rewrite over.
    pub parcel: Option<(ParcelId, u64)>,
}

/// A request in a parcel whose attempt is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// The attempt; its name is that of the request.
    pub attempt: AttemptId,
    /// What is known of its rewrite, under the fence that it was enclosed with.
    pub lease: Lease,
}

/// How an attempt ended, for its settlement: spent grows by `cost`, the reservation is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which attempt.
    pub attempt: AttemptId,
    /// How it ended; never `Open`.
    pub outcome: AttemptOutcome,
    /// What it cost; for `Unknown` the store takes the reservation instead.
    pub cost: Money,
    /// Its tokens, if known.
    pub usage: Option<Usage>,
    /// The provider's name for the request.
    pub request_id: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
}

/// What becomes of a rewrite when its attempt has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The after text is there.
    Ready {
        /// The after text.
        after: Document,
        /// The share of changed words in percent.
        changed_percent: u8,
        /// What the fidelity guard reports.
        findings: Vec<Finding>,
    },
    /// No usable reply.
    Failed {
        /// Why.
        failure: Failure,
        /// The reply as it came, if there was one.
        raw_reply: Option<String>,
    },
    /// Not sent and never will be.
    Skipped(Failure),
    /// The same worker tries again; the lease stays.
    TryAgain,
    /// Back to the queue, not before this.
    Requeue {
        /// When it may be claimed again.
        not_before: Timestamp,
    },
}

/// What a reservation met, or how a result was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// As told.
    Done,
    /// The lease was lost meanwhile: cost and usage went to the attempt, the rewrite was not touched.
    Stale,
}

/// A failure group of a batch.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FailureGroup {
    /// The group.
    pub reason: FailureReason,
    /// A detail of one of them.
    pub detail: String,
    /// How many.
    pub count: u64,
    /// When the last of them failed.
    pub last_at: Timestamp,
}

/// The order of a list of rewrites.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Most risky first: blocking findings, findings, then the share of changed words; ties by id.
    #[default]
    Risk,
    /// Last changed first.
    Recent,
    /// By candidate name, then id.
    Name,
    /// Oldest first.
    Oldest,
}

/// Which rewrites to list.
#[derive(Debug, Clone, PartialEq)]
pub struct RewriteQuery {
    /// Which.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Those behind this one, as the same query returned it before.
    pub after: Option<RewriteId>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
}

/// A decision with the words a list needs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ActivityRow {
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// The candidate's key.
    pub candidate: CandidateId,
    /// The candidate's name; untrusted text.
    pub name: String,
    /// The batch's number.
    pub batch_number: u64,
}

/// What the write-back does to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IntentKind {
    /// Puts the approved text in the place of the source.
    Write,
    /// Puts the source back in the place of the approved text.
    Revert,
}

/// One row of the write-back journal, recorded before anything is sent to the candidate database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// Which rewrite.
    pub rewrite: RewriteId,
    /// Whose résumé.
    pub candidate: CandidateId,
    /// What is done.
    pub kind: IntentKind,
    /// What must stand there.
    pub before: Document,
    /// What is to stand there.
    pub after: Document,
    /// Who asked for it.
    pub by: Reviewer,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// Grows with each claim of the intent.
    pub fence: u64,
}

/// Whether it is known that nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing was.
    Known,
    /// An earlier try, whose answer was lost, may have got through and been written over since.
    Unknown,
}

/// How an intent ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentEnd {
    /// The text stands there.
    Applied,
    /// It was written, but something else stands there since; holds how it differs.
    Drifted(String),
    /// Another text stands there, or none.
    Conflict {
        /// What stands there instead; `None` if the candidate is gone.
        found: Option<Document>,
        /// Whether the text was never written.
        certainty: Certainty,
    },
    /// The candidate database cannot hold the text; holds why.
    Refused(String),
    /// Not now: back to where it was before the intent; holds why.
    Abandoned(String),
}

/// Money of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct MonthSpend {
    /// The most that may be spent.
    pub cap: Money,
    /// What was spent, estimates for unknown outcomes included.
    pub spent: Money,
    /// The part of `spent` that is an estimate.
    pub estimated: Money,
    /// What is set aside for requests in flight.
    pub reserved: Money,
}

/// Batches and their money.
#[async_trait]
pub trait Batches: Send + Sync {
    /// Records a batch with one queued rewrite a member, in this order.
    async fn create_batch(&self, spec: &BatchSpec, members: &[Member]) -> StoreResult<Batch>;
    /// The newest batches first, at most `limit`.
    async fn batches(&self, limit: u32) -> StoreResult<Vec<Batch>>;
    /// One batch.
    async fn batch(&self, batch: BatchRef) -> StoreResult<Batch>;
    /// Moves a batch: pause, resume (`Running`), cancel (its rewrites before `ready` become cancelled and lose their
    /// leases), finish, fail.
    async fn move_batch(&self, batch: BatchId, to: &BatchState) -> StoreResult<Batch>;
    /// Raises or lowers the budget, but to what is spent and reserved at the least. A batch paused by its budget stays paused.
    async fn set_budget(&self, batch: BatchId, budget: Money) -> StoreResult<Batch>;
    /// Puts failed rewrites (all, or of one reason) back to the queue and the batch with them; returns how many.
    async fn retry_failed(&self, batch: BatchId, reason: Option<FailureReason>) -> StoreResult<u64>;
    /// The failures of a batch by reason, most frequent first.
    async fn failures(&self, batch: BatchId) -> StoreResult<Vec<FailureGroup>>;
    /// Sets the cap of this and all later months, for this one to what is spent and reserved at the least; returns
    /// the month's money.
    async fn set_month_cap(&self, cap: Money) -> StoreResult<MonthSpend>;
    /// The money of the current month (UTC).
    async fn month(&self) -> StoreResult<MonthSpend>;
    /// The attempts of a rewrite, oldest first.
    async fn attempts(&self, rewrite: RewriteId) -> StoreResult<Vec<Attempt>>;
}

/// The queue of rewrites that workers take from.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Batches that a worker can do something for (`queued`, `running`, `finishing`), in the order to serve them.
    async fn open_batches(&self) -> StoreResult<Vec<Batch>>;
    /// Leases up to `limit` queued rewrites of a batch; moves a queued batch to running.
    async fn claim(&self, worker: &str, batch: BatchId, limit: u32, ttl: Duration)
    -> StoreResult<Vec<Lease>>;
    /// Records an attempt and its reservation, with the source that is sent, or says why not.
    async fn open_attempt(&self, attempt: &NewAttempt) -> StoreResult<Result<AttemptId, Denied>>;
    /// Settles an attempt (if one was opened) and records what becomes of its rewrite.
    async fn settle(
        &self,
        lease: (RewriteId, u64),
        settlement: Option<&Settlement>,
        verdict: &Verdict,
    ) -> StoreResult<Recorded>;
    /// Extends the leases in `held`; returns those of them that the worker no longer has. A lease that is not named
    /// is not extended: a worker that starts again under its old name does not keep its orphans alive.
    async fn heartbeat(
        &self,
        worker: &str,
        held: &[(RewriteId, u64)],
        ttl: Duration,
    ) -> StoreResult<Vec<RewriteId>>;
    /// The after text of a finished rewrite of the same work: an attempt with this hash and this source was done, and
    /// nobody has edited or rejected what came of it.
    async fn finished(&self, prompt_hash: &str, before: &Document) -> StoreResult<Option<Document>>;
    /// Puts a rewrite that was not sent back to the queue.
    async fn release(&self, lease: (RewriteId, u64)) -> StoreResult<()>;
    /// Puts rewrites whose lease ran out, or whose worker is `dead`, back to the queue; settles their open attempts
    /// as `Unknown`; finishes batches that have nothing left. Returns how many rewrites came back.
    async fn recover(&self, dead: &[String]) -> StoreResult<u64>;
    /// The names of workers that hold leases or write-back intents.
    async fn workers(&self) -> StoreResult<Vec<String>>;
}

/// Which step a decision belongs to: what is taken back at once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is one.
    #[default]
    Alone,
    /// It is the first of those about many.
    First,
    /// It is of those about many that this one was the first of.
    Of(DecisionId),
}

/// How a decision comes about.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Making {
    /// In which way; `None` if no person makes it.
    pub way: Option<Way>,
    /// For how many seconds the rewrite was on the reviewer's screen.
    pub seconds: Option<u32>,
    /// The keys that were pressed, with blanks between.
    pub key: Option<String>,
    /// Which step it belongs to.
    pub step: Step,
    /// The further look that the approval has to pass, recorded with it.
    pub ask: Option<LookKind>,
}

/// Rewrites, their lists and the decisions about them.
#[async_trait]
pub trait Reviews: Send + Sync {
    /// A piece of a list.
    async fn rewrites(&self, query: &RewriteQuery) -> StoreResult<Vec<RewriteHead>>;
    /// How many match, by state.
    async fn counts(&self, filter: &Filter) -> StoreResult<Counts>;
    /// The ids of all that match, in this order, at most `limit`: the snapshot that bulk actions work on.
    async fn ids(&self, filter: &Filter, sort: Sort, limit: u32) -> StoreResult<Vec<RewriteId>>;
    /// One rewrite with its texts.
    async fn rewrite(&self, id: RewriteId) -> StoreResult<Rewrite>;
    /// Records a decision and what it does ([`crate::review::apply`]). `revision` is what the reviewer saw; a
    /// rewrite that has changed since is refused as stale. `Open` and `Skip` do not move the revision. Nobody decides
    /// about what somebody else has open.
    async fn decide_so(
        &self,
        seen: (RewriteId, Option<u64>),
        by: &Reviewer,
        action: &Action,
        making: &Making,
    ) -> StoreResult<(Decision, RewriteHead)>;
    /// The same, where nothing is known of how it comes about.
    async fn decide(
        &self,
        id: RewriteId,
        revision: Option<u64>,
        by: &Reviewer,
        action: &Action,
    ) -> StoreResult<(Decision, RewriteHead)> {
        self.decide_so((id, revision), by, action, &Making::default()).await
    }
    /// The decisions of a step that were not taken back, the last first.
    async fn step(&self, first: DecisionId) -> StoreResult<Vec<(RewriteId, DecisionId)>>;
    /// The numbers of the batches of which nothing is written because a spot check failed.
    async fn stopped(&self) -> StoreResult<Vec<u64>>;
    /// Lets the write-back of a batch go on; whether it was stopped.
    async fn let_write(&self, batch: BatchRef, by: &Reviewer) -> StoreResult<bool>;
    /// Stores what follows from a new after text: the share of changed words and the findings. The revision stays.
    async fn assess(&self, id: RewriteId, changed_percent: u8, findings: &[Finding]) -> StoreResult<()>;
    /// Puts a rewrite that is `failed` or in `conflict` back to the queue, its batch with it.
    async fn requeue(&self, id: RewriteId) -> StoreResult<()>;
    /// All decisions about a rewrite, oldest first.
    async fn history(&self, id: RewriteId) -> StoreResult<Vec<Decision>>;
    /// All decisions, newest first, those before `before`, at most `limit`; without `Open`.
    async fn activity(&self, before: Option<DecisionId>, limit: u32) -> StoreResult<Vec<ActivityRow>>;
    /// The last decision of `by` that can be undone and was not, among their last 100; `on` narrows to one rewrite.
    async fn undoable(&self, by: &Reviewer, on: Option<RewriteId>) -> StoreResult<Option<Decision>>;
}

/// Whether a lease is taken from somebody who holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Only if nobody else holds it.
    IfFree,
    /// Whoever holds it; recorded as a decision if somebody else did.
    TakeOver,
}

/// What came of asking for a lease on a rewrite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leased {
    /// Whoever asked holds it.
    Mine,
    /// This person holds it.
    By(String),
}

/// A rewrite that somebody has open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLease {
    /// Which.
    pub rewrite: RewriteId,
    /// Who.
    pub by: Reviewer,
    /// In which session: the name of a process.
    pub session: String,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

/// A filter with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    /// Its name.
    pub name: String,
    /// Its text.
    pub filter: String,
    /// Who saved it last.
    pub by: Reviewer,
}

/// Several reviewers on one queue: who has what open, and what they share.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes or renews the lease of `session` on a rewrite; it gives up any other that it holds. Two sessions of one
    /// person do not keep each other out.
    async fn lease(
        &self,
        id: RewriteId,
        who: (&Reviewer, &str),
        ttl: Duration,
        claim: Claim,
    ) -> StoreResult<Leased>;
    /// Gives up what a session holds.
    async fn release_lease(&self, session: &str) -> StoreResult<()>;
    /// All leases that have not run out.
    async fn leases(&self) -> StoreResult<Vec<OpenLease>>;
    /// The filters with a name, by name.
    async fn saved_filters(&self) -> StoreResult<Vec<SavedFilter>>;
    /// Gives a filter a name, in the place of one that has it; an empty filter forgets the name.
    async fn save_filter(&self, name: &str, filter: &str, by: &Reviewer) -> StoreResult<()>;
}

/// The write-back journal.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Records the intent to write (from `approved`) or to revert (from `written`) and leases it.
    async fn begin(
        &self,
        id: RewriteId,
        kind: IntentKind,
        by: &Reviewer,
        hold: &Hold<'_>,
    ) -> StoreResult<Intent>;
    /// Records how an intent ended, moves the rewrite and writes the decision; `Stale` if another worker took it over.
    async fn end(&self, intent: &Intent, end: &IntentEnd) -> StoreResult<Recorded>;
    /// Takes over intents whose worker died or whose lease ran out, at most `limit`.
    async fn take_over(
        &self,
        worker: &str,
        dead: &[String],
        ttl: Duration,
        limit: u32,
    ) -> StoreResult<Vec<Intent>>;
}

/// The provider's limits, when several workers use them at once.
#[async_trait]
pub trait Allowances: Send + Sync {
    /// Takes of all of these, or of none and returns how long to wait.
    async fn draw(&self, draws: &[Draw]) -> StoreResult<Option<Duration>>;
    /// Gives back what a request did not use; a negative amount takes what it used beyond.
    async fn give_back(&self, pool: &str, amount: i64) -> StoreResult<()>;
}

/// Files of requests at the provider.
#[async_trait]
pub trait Parcels: Send + Sync {
    /// Begins a parcel and leases it.
    async fn begin_parcel(&self, batch: BatchId, hold: &Hold<'_>) -> StoreResult<Parcel>;
    /// Leases queued rewrites to be put into a parcel, as [`Queue::claim`] does; without those whose reply in an earlier
    /// one was of no use, which go the usual way.
    async fn claim_for_parcel(&self, batch: BatchId, hold: &Hold<'_>, limit: u32) -> StoreResult<Vec<Lease>>;
    /// Takes over parcels whose lease ran out, or whose worker is `dead`.
    async fn take_parcels(&self, hold: &Hold<'_>, dead: &[String]) -> StoreResult<Vec<Parcel>>;
    /// Extends the lease of a parcel; `Stale` if another worker has it.
    async fn hold_parcel(&self, parcel: (ParcelId, u64), hold: &Hold<'_>) -> StoreResult<Recorded>;
    /// Records how far a parcel is; `Stale` if another worker has it.
    async fn keep_parcel(&self, parcel: &Parcel) -> StoreResult<Recorded>;
    /// The requests of a parcel that are not settled.
    async fn enclosed(&self, parcel: ParcelId) -> StoreResult<Vec<Enclosed>>;
    /// Why the last attempt of a rewrite failed.
    async fn last_reason(&self, rewrite: RewriteId) -> StoreResult<Option<String>>;
}

/// All of the store.
pub trait Store: Batches + Queue + Reviews + Journal + Allowances + Leases + Parcels {
    /// A number that grows with every commit, of this process and of others; a reader that saw it change reads again.
    fn changed(&self) -> watch::Receiver<u64>;
}
