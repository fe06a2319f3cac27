//! Review on a real store: one decision, many at once, undo, also in a session that begins later.

use std::{sync::Arc, time::Duration};

use redraft::{
    clock::Clock,
    config::ReviewSettings,
    domain::{
        Candidate, CandidateId, Counts, Document, IntentId, Posting, PostingId, Reviewer, RewriteState,
    },
    review::filter::Filter,
    source::port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
    store::port::Store,
    tui::{
        Notice,
        backend::{Backend, Services},
        testing::{Stage, context},
    },
};

use crate::stories::store::world::World;

/// Review never asks the candidate database for anything.
struct Nothing;

#[async_trait::async_trait]
impl CandidateDatabase for Nothing {
    async fn page(&self, _: &PageQuery) -> Result<Page, SourceError> {
        Err(asked())
    }
    async fn count(&self) -> Result<u64, SourceError> {
        Err(asked())
    }
    async fn read(&self, _: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        Err(asked())
    }
    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        Err(asked())
    }
    async fn posting(&self, _: &PostingId) -> Result<Option<Posting>, SourceError> {
        Err(asked())
    }
    fn shown(&self) -> &[String] {
        &[]
    }
    async fn receipt(&self, _: IntentId) -> Result<Receipt, SourceError> {
        Err(asked())
    }

    async fn write(&self, _: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        Err(asked())
    }
    async fn check(&self) -> Vec<Check> {
        Vec::new()
    }
}

fn asked() -> SourceError {
    SourceError::Engine("Review asked the candidate database.".to_owned())
}

pub struct Session {
    pub stage: Stage,
    backend: Backend,
}

impl Session {
    async fn start(world: &World) -> Self {
        Self::of(world, "anna").await
    }

    /// The screen of this person.
    async fn of(world: &World, who: &str) -> Self {
        let usual =
            redraft::tui::backend::Usual { model: "m".to_owned(), budget: redraft::domain::Money::ZERO };
        let services = Services {
            engine: Arc::new(redraft::tui::backend::NoEngine {
                usual,
                why: ("None here.".to_owned(), Vec::new()),
            }),
            store: Arc::clone(&world.store) as Arc<dyn Store>,
            source: Arc::new(Nothing),
            write_back: redraft::writeback::WriteBack::new(
                Arc::clone(&world.store) as Arc<dyn Store>,
                Arc::new(Nothing),
                "test".to_owned(),
            ),
            clock: Arc::clone(&world.clock) as Arc<dyn Clock>,
            who: Reviewer(who.to_owned()),
            session: format!("session of {who}"),
            policy: redraft::decide::Policy::default(),
            place: None,
            review: ReviewSettings { type_count_above: 20, ..ReviewSettings::default() },
        };
        let mut session = Self::with(services, (120, 40));
        session.keys("4").await;
        session
    }

    /// The screen of whoever these services belong to, before its first key.
    pub fn with(services: Services, (columns, rows): (u16, u16)) -> Self {
        let mut context = context(columns, rows);
        context.who = services.who.clone();
        let mut stage = Stage::of(context);
        stage.orders();
        Self { stage, backend: Backend::new(Arc::new(services)) }
    }

    /// Answers all that was asked, and all that is asked because of the answers.
    pub async fn settle(&mut self) {
        loop {
            for ask in self.stage.asks() {
                self.backend.ask(ask);
            }
            if !self.backend.is_busy() {
                break;
            }
            let reply = self.backend.next().await;
            self.stage.deliver(reply);
        }
        self.stage.pass(Duration::from_millis(200));
    }

    /// Presses keys, each answered and the store's change told.
    pub async fn keys(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.stage.key(key);
            self.settle().await;
            self.stage.notice(Notice::Store);
            self.settle().await;
        }
    }
}

async fn counts(world: &World) -> Counts {
    world.store.counts(&Filter::ALL).await.unwrap()
}

#[tokio::test]
async fn decisions_reach_the_store_and_are_taken_back_also_later() {
    let world = World::new().await;
    let batch = world.batch(30, 1_000_000).await;
    for lease in world.claim("w", batch.id, 30).await {
        world.make_ready(&lease, "after, and better", &[]).await;
    }
    let mut session = Session::start(&world).await;
    session.keys("enter space a").await;
    assert_eq!(counts(&world).await.of(RewriteState::Approved), 1, "{}", session.stage.shot());
    session.keys("h A").await;
    assert!(session.stage.shot().contains("Approve 29 rewrites?"), "{}", session.stage.shot());
    session.keys("2 9 enter").await;
    let shot = session.stage.shot();
    assert_eq!(counts(&world).await.of(RewriteState::Approved), 30, "{shot}");
    assert!(shot.contains("29 approved."), "{shot}");
    session.keys("u").await;
    assert_eq!(counts(&world).await.of(RewriteState::Approved), 1, "{}", session.stage.shot());
    drop(session);

    let mut later = Session::start(&world).await;
    later.keys("u").await;
    assert_eq!(counts(&world).await.of(RewriteState::Ready), 30, "{}", later.stage.shot());
    later.keys("U").await;
    assert_eq!(counts(&world).await.of(RewriteState::Approved), 1, "{}", later.stage.shot());
}

/// Two people clear one queue, each on a screen of their own; then one of them is gone.
async fn two_reviewers(world: &World) {
    const MANY: usize = 24;
    let batch = world.batch(MANY, 1_000_000).await;
    for lease in world.claim("w", batch.id, u32::try_from(MANY).unwrap()).await {
        world.make_ready(&lease, "after, and better", &[]).await;
    }
    let (mut anna, mut ben) = (Session::of(world, "anna").await, Session::of(world, "ben").await);
    anna.keys("enter").await;
    ben.keys("enter").await;
    assert!(anna.stage.shot().contains("│ yours"), "{}", anna.stage.shot());
    assert!(ben.stage.shot().contains("open at anna"), "{}", ben.stage.shot());
    ben.keys("x").await;
    assert_eq!(counts(world).await.of(RewriteState::Ready), MANY as u64, "it is anna's to decide");
    ben.keys("}").await;
    for turn in 0..10 {
        // Both press at once: neither has heard of the other's decision.
        for (session, key) in [(&mut anna, "a"), (&mut ben, if turn % 2 == 0 { "a" } else { "x" })] {
            session.stage.key(key);
        }
        for session in [&mut anna, &mut ben] {
            session.settle().await;
        }
        for session in [&mut anna, &mut ben] {
            session.stage.notice(Notice::Store);
            session.settle().await;
        }
    }
    let counts_now = counts(world).await;
    let decided = counts_now.of(RewriteState::Approved) + counts_now.of(RewriteState::Rejected);
    assert_eq!(decided, 20, "{}\n{}", anna.stage.shot(), ben.stage.shot());
    let mut by = std::collections::BTreeMap::<String, usize>::new();
    for row in world.store.activity(None, 1_000).await.unwrap() {
        assert_ne!(row.decision.from, row.decision.to, "{:?}", row.decision.action);
        *by.entry(row.decision.by.0).or_default() += 1;
    }
    assert_eq!(by.into_iter().collect::<Vec<_>>(), [("anna".to_owned(), 10), ("ben".to_owned(), 10)]);
    // Ben's terminal is gone without a word. What he had open is free when its time is over.
    drop(ben);
    assert_eq!(world.store.leases().await.unwrap().len(), 2);
    world.clock.advance(Duration::from_secs(91));
    anna.stage.notice(Notice::Store);
    anna.settle().await;
    anna.keys("a a a a").await;
    assert_eq!(counts(world).await.of(RewriteState::Ready), 0, "{}", anna.stage.shot());
}

#[tokio::test]
async fn two_reviewers_never_decide_the_same() {
    two_reviewers(&World::new().await).await;
}

#[tokio::test]
async fn two_reviewers_never_decide_the_same_on_a_shared_store() {
    let Some(world) = World::postgres().await else { return };
    two_reviewers(&world).await;
}

/// More rewrites than a queue reads at first: the words are in one that nobody has scrolled to.
#[tokio::test]
async fn words_are_found_in_rewrites_that_were_not_read_yet() {
    const MANY: usize = 260;
    let world = World::new().await;
    let batch = world.batch(MANY, 1_000_000).await;
    let mut leases = world.claim("w", batch.id, u32::try_from(MANY).unwrap()).await;
    // Of equal risk, those that were asked for first come first.
    leases.sort_by_key(|lease| (lease.candidate.0.len(), lease.candidate.0.clone()));
    let (last, others) = leases.split_last().unwrap();
    for lease in others {
        world.make_ready(lease, "after, and better", &[]).await;
    }
    world.make_ready(last, "after, and Submarine", &[]).await;

    let mut session = Session::start(&world).await;
    session.keys("enter g n").await;
    session.stage.text("submarine");
    session.keys("enter").await;
    let shot = session.stage.shot();
    assert!(shot.contains(&format!("Review {MANY}/{MANY}")), "{shot}");
    assert!(shot.contains("Submarine"), "{shot}");
    session.keys("g n").await;
    assert!(session.stage.shot().contains("No other rewrite of this filter has"), "{}", session.stage.shot());
}

#[tokio::test]
async fn spot_checks_of_mine_come_first_and_nobody_elses() {
    let world = World::new().await;
    let batch = world.batch(4, 1_000_000).await;
    let mut ids = Vec::new();
    for lease in world.claim("w", batch.id, 4).await {
        world.make_ready(&lease, "Led 3 people.", &[]).await;
        ids.push(lease.rewrite);
    }
    let sample = [ids[2]].into_iter().collect();
    let desk = redraft::decide::Desk::new(
        Arc::clone(&world.store) as Arc<dyn Store>,
        Reviewer("anna".to_owned()),
        redraft::domain::OpenPolicy::Accept,
    );
    let scope =
        redraft::decide::Scope { ids: ids[2..].to_vec(), sample, ..redraft::decide::Scope::default() };
    assert_eq!(desk.approve_many(&scope, &|_, _| {}).await.looks.len(), 1);
    let mut anna = Session::start(&world).await;
    let shot = anna.stage.shot();
    assert!(shot.contains("Review 1/3") && shot.contains("c3 Zoë"), "the spot check first: {shot}");
    let mut ben = Session::of(&world, "ben").await;
    let shot = ben.stage.shot();
    assert!(shot.contains("Review 1/2") && shot.contains("c1 anna"), "{shot}");
}
