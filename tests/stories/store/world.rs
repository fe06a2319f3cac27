//! What a story is told with: a store, its clock, and shorthands.

use std::{sync::Arc, time::Duration};

use redraft::{
    clock::Clock,
    domain::{
        AttemptId, AttemptOutcome, Batch, BatchId, BatchRef, BatchSpec, CandidateId, Counts, Document,
        Failure, FailureReason, Finding, FindingKind, Format, Money, PostingId, Price, RewriteState, Section,
        SectionId, Severity, Span, Usage,
    },
    store::{
        self, ServerOptions, Time,
        port::{Lease, Member, NewAttempt, Settlement, Store, Verdict},
    },
};

use crate::support::{
    clock::TestClock,
    servers::{self, Database},
};

/// How long a lease of a story lasts.
pub const TTL: Duration = Duration::from_secs(12);

/// What a world stands on: removed when its story is over.
enum Ground {
    File(tempfile::TempDir),
    Server(#[allow(dead_code, reason = "holds the database for as long as the story lasts")] Database),
}

pub struct World {
    pub store: Arc<dyn Store>,
    pub clock: Arc<TestClock>,
    ground: Ground,
}

impl World {
    /// A world on the embedded store.
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::default());
        let path = directory.path().join("store.db");
        let store = store::Store::open(&path, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        Self { store: Arc::new(store), clock, ground: Ground::File(directory) }
    }

    /// A world on a PostgreSQL server, if one is installed. Its time is that of the clock.
    pub async fn postgres() -> Option<Self> {
        let database = servers::postgres()?;
        let clock = Arc::new(TestClock::default());
        let store = connect(&database, &clock).await;
        Some(Self { store: Arc::new(store), clock, ground: Ground::Server(database) })
    }

    /// The file of the store, or none.
    pub fn file(&self) -> std::path::PathBuf {
        match &self.ground {
            Ground::File(directory) => directory.path().join("store.db"),
            Ground::Server(_) => std::path::PathBuf::new(),
        }
    }

    /// A batch of `members` candidates with a budget in nano-dollars.
    pub async fn batch(&self, members: usize, budget: u64) -> Batch {
        self.store.create_batch(&spec(budget), &named(members)).await.unwrap()
    }

    pub async fn read(&self, batch: &Batch) -> Batch {
        self.store.batch(BatchRef::Id(batch.id)).await.unwrap()
    }

    pub async fn claim(&self, worker: &str, batch: BatchId, limit: u32) -> Vec<Lease> {
        self.store.claim(worker, batch, limit, TTL).await.unwrap()
    }

    /// Opens an attempt that must be admitted.
    pub async fn open(&self, lease: &Lease, reserve: u64) -> AttemptId {
        self.store.open_attempt(&attempt(lease, reserve)).await.unwrap().unwrap()
    }

    /// Takes a rewrite from the queue to `ready` under one attempt that costs its reservation.
    pub async fn make_ready(&self, lease: &Lease, after: &str, findings: &[Finding]) {
        let attempt = self.open(lease, 10).await;
        let verdict = Verdict::Ready { after: text(after), changed_percent: 40, findings: findings.to_vec() };
        let done = done(attempt, 10);
        self.store.settle((lease.rewrite, lease.fence), Some(&done), &verdict).await.unwrap();
    }
}

/// A store on a server, with the time of the clock.
async fn connect(database: &Database, clock: &Arc<TestClock>) -> store::Store {
    let options = ServerOptions { time: Time::Clock };
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    store::Store::connect_with(&database.url().into(), clock, options).await.unwrap()
}

pub fn spec(budget: u64) -> BatchSpec {
    BatchSpec {
        posting: Some(PostingId("7".to_owned())),
        posting_title: Some("Pâtissier (m/w/d)".to_owned()),
        instructions: "Short.".to_owned(),
        model: "Quick-8B".to_owned(),
        price: Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 },
        budget: Money::from_nanos(budget),
        prompt: "abc".to_owned(),
        by: "ops".to_owned(),
        options: redraft::domain::BatchOptions::default(),
    }
}

/// Candidates `c1`, `c2` …, named so that their order by name is another one.
pub fn named(members: usize) -> Vec<Member> {
    (1..=members)
        .map(|number| Member {
            candidate: CandidateId(format!("c{number}")),
            name: format!("{} Öz{number}", ["Zoë", "anna", "Ben"][number % 3]),
            posting: None,
        })
        .collect()
}

pub fn text(words: &str) -> Document {
    let section = Section {
        id: SectionId("summary".to_owned()),
        format: Format::Text,
        text: Some(words.to_owned()),
        ..Section::default()
    };
    Document { sections: vec![section] }
}

pub fn attempt(lease: &Lease, reserve: u64) -> NewAttempt {
    NewAttempt {
        rewrite: lease.rewrite,
        fence: lease.fence,
        reserve: Money::from_nanos(reserve),
        prompt_hash: "f00d".to_owned(),
        before: text("before"),
        parcel: None,
    }
}

pub fn done(attempt: AttemptId, cost: u64) -> Settlement {
    Settlement {
        attempt,
        outcome: AttemptOutcome::Done,
        cost: Money::from_nanos(cost),
        usage: Some(Usage { prompt: 100, cached: 10, completion: 20 }),
        request_id: Some("req_1".to_owned()),
        reason: None,
    }
}

pub fn ended(attempt: AttemptId, outcome: AttemptOutcome) -> Settlement {
    Settlement {
        attempt,
        outcome,
        cost: Money::ZERO,
        usage: None,
        request_id: None,
        reason: Some("It broke off.".to_owned()),
    }
}

pub fn ready(after: &str) -> Verdict {
    Verdict::Ready { after: text(after), changed_percent: 40, findings: Vec::new() }
}

pub fn failed(reason: FailureReason) -> Verdict {
    let failure = Failure { reason, detail: format!("Detail of {}.", reason.words()) };
    Verdict::Failed { failure, raw_reply: Some("what came".to_owned()) }
}

pub fn finding(kind: FindingKind, severity: Severity) -> Finding {
    Finding {
        kind,
        severity,
        span: Span { section: SectionId("summary".to_owned()), start: 0, end: 2 },
        changes: Vec::new(),
        message: "Not in the source.".to_owned(),
        dismissed: None,
    }
}

pub fn counts(of: &[(RewriteState, u64)]) -> Counts {
    let mut counts = Counts::default();
    for (state, number) in of {
        counts.add(*state, *number);
    }
    counts
}

pub const fn nanos(amount: u64) -> Money {
    Money::from_nanos(amount)
}
