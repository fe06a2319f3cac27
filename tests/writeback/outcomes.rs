//! What each outcome leaves behind in the store.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use redraft::{
    config::{Environment, LoadOptions, ReceiptSettings},
    domain::{
        Action, Candidate, CandidateId, Document, FailureReason, IntentId, Posting, PostingId, Reviewer,
        RewriteId, RewriteState,
    },
    source::port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
    store::port::{Hold, Intent, IntentEnd, IntentKind, Journal, Recorded, Reviews, StoreError, StoreResult},
    wiring::{Parts, process},
    writeback::{Outcome, Progress, WriteBack, WriteBackError},
};
use tokio::sync::watch;

use super::{
    platform::Engine,
    world::{AFTER, BEFORE, World, anna, text},
};

fn writer(world: &World) -> WriteBack {
    WriteBack::new(world.store.clone(), world.source.clone(), "process".to_owned())
}

/// A world with one approved rewrite.
async fn one() -> (World, RewriteId, CandidateId) {
    let world = World::new(1).await;
    let id = world.approved(1).await[0];
    (world, id, CandidateId("1".to_owned()))
}

async fn last_action(world: &World, id: RewriteId) -> (Reviewer, Action) {
    let last = world.store.history(id).await.unwrap().pop().unwrap();
    (last.by, last.action)
}

#[tokio::test]
async fn what_is_written_can_be_undone_and_both_are_recorded() {
    let (world, id, candidate) = one().await;
    let ben = Reviewer("ben".to_owned());
    assert_eq!(writer(&world).write(id, &anna()).await.unwrap(), Outcome::Done);
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Written);
    assert_eq!(world.now(&candidate).await.unwrap(), AFTER.join("|"));
    assert_eq!(last_action(&world, id).await, (anna(), Action::Write));
    assert_eq!(writer(&world).revert(id, &ben).await.unwrap(), Outcome::Done);
    let rewrite = world.rewrite(id).await;
    assert_eq!((rewrite.head.state, rewrite.approved), (RewriteState::Ready, None));
    assert_eq!(world.now(&candidate).await.unwrap(), BEFORE.join("|"));
    assert_eq!(last_action(&world, id).await, (ben, Action::Revert));
}

/// PostgreSQL's deferred triggers rewrite a text at the commit, after it was read back.
#[tokio::test]
async fn what_a_trigger_makes_of_a_text_at_the_commit_is_told_and_can_be_seen() {
    let Some(world) = World::on(Engine::Postgres, 1, ReceiptSettings::Auto).await else { return };
    let id = world.approved(1).await[0];
    world
        .platform
        .run(
            "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 UPDATE people SET summary = upper(summary), who = 'trigger'
                 WHERE id = new.id AND summary COLLATE \"C\" <> upper(summary) COLLATE \"C\";
                 RETURN NULL;
             END $$;
             CREATE CONSTRAINT TRIGGER shout AFTER UPDATE ON people DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION shout();",
        )
        .await;
    let outcome = writer(&world).write(id, &anna()).await.unwrap();
    let Outcome::Drifted(how) = &outcome else { panic!("{outcome:?}") };
    for words in [
        "Section \"summary\" is stored differently: upper and lower case are changed, from character 2 on",
        "In shape, \"Aaaaa aaa 999 aaaaaa.\" was sent and \"AAAAA AAA 999 AAAAAA.\" is stored",
    ] {
        assert!(how.contains(words), "{how}");
    }
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Written, "it was written");
    let entry = world.journal(id).await.pop().unwrap();
    assert_eq!((entry.state.as_str(), entry.detail.as_ref()), ("applied", Some(how)));
    let now = world.now(&CandidateId("1".to_owned())).await.unwrap();
    assert_eq!(now, "COOKS FOR 200 GUESTS.|knives, grill");
    // What stands there now is not redraft's, and so it is not taken back.
    assert_eq!(writer(&world).revert(id, &anna()).await.unwrap(), Outcome::Conflict);
}

#[tokio::test]
async fn a_conflict_keeps_what_was_found() {
    let (world, id, candidate) = one().await;
    world.platform.act("UPDATE people SET skills = 'pastry' WHERE id = ?1", &candidate).await;
    assert_eq!(writer(&world).write(id, &anna()).await.unwrap(), Outcome::Conflict);
    let rewrite = world.rewrite(id).await;
    assert_eq!(rewrite.head.state, RewriteState::Conflict);
    assert_eq!(rewrite.found, Some(text([BEFORE[0], "pastry"])));
    assert_eq!(last_action(&world, id).await.1, Action::Conflict);
    assert_eq!(world.now(&candidate).await.unwrap(), "Cooks.|pastry");
}

#[tokio::test]
async fn an_undo_does_not_touch_a_text_that_was_edited_since() {
    let (world, id, candidate) = one().await;
    writer(&world).write(id, &anna()).await.unwrap();
    world.platform.act("UPDATE people SET skills = 'pastry' WHERE id = ?1", &candidate).await;
    assert_eq!(writer(&world).revert(id, &anna()).await.unwrap(), Outcome::Conflict);
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Written);
    assert_eq!(world.now(&candidate).await.unwrap(), "Cooks for 200 guests.|pastry");
}

#[tokio::test]
async fn a_candidate_that_is_gone_is_a_conflict_with_its_reason() {
    let (world, id, candidate) = one().await;
    world.platform.act("DELETE FROM people WHERE id = ?1", &candidate).await;
    assert_eq!(writer(&world).write(id, &anna()).await.unwrap(), Outcome::Gone);
    let rewrite = world.rewrite(id).await;
    assert_eq!((rewrite.head.state, rewrite.found), (RewriteState::Conflict, None));
    assert_eq!(rewrite.head.failure.unwrap().reason, FailureReason::SourceGone);
}

/// A candidate database that answers a compare-and-set as it is told, once, and a journal that fails or dawdles.
struct Trouble {
    world: World,
    answer: Mutex<Option<Result<WriteOutcome, SourceError>>>,
    store_fails: AtomicBool,
    dawdles: AtomicBool,
}

impl Trouble {
    async fn new() -> (Arc<Self>, WriteBack, RewriteId) {
        let (world, id, _) = one().await;
        let trouble = Arc::new(Self {
            world,
            answer: Mutex::default(),
            store_fails: AtomicBool::default(),
            dawdles: AtomicBool::default(),
        });
        let writer = WriteBack::new(trouble.clone(), trouble.clone(), "process".to_owned());
        (trouble, writer, id)
    }

    fn answers(&self, answer: Result<WriteOutcome, SourceError>) {
        *self.answer.lock().unwrap() = Some(answer);
    }

    async fn state(&self, id: RewriteId) -> RewriteState {
        self.world.rewrite(id).await.head.state
    }
}

#[tokio::test]
async fn a_refusal_is_a_conflict_with_its_words() {
    let (trouble, writer, id) = Trouble::new().await;
    trouble.answers(Ok(WriteOutcome::Refused("Too long.".to_owned())));
    assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Refused("Too long.".to_owned()));
    let head = trouble.world.rewrite(id).await.head;
    assert_eq!((head.state, head.failure.unwrap().detail.as_str()), (RewriteState::Conflict, "Too long."));
}

#[tokio::test]
async fn a_database_that_fails_leaves_the_rewrite_approved_and_the_next_try_works() {
    for error in [
        SourceError::Busy("locked".to_owned()),
        SourceError::Unreachable("gone".to_owned()),
        SourceError::ReadOnly("no".to_owned()),
    ] {
        let (trouble, writer, id) = Trouble::new().await;
        let why = error.to_string();
        trouble.answers(Err(error));
        assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Later(why));
        assert_eq!(trouble.state(id).await, RewriteState::Approved);
        assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Done);
    }
}

#[tokio::test]
async fn what_nobody_knows_stays_open_until_somebody_does() {
    let (trouble, writer, id) = Trouble::new().await;
    trouble.answers(Ok(WriteOutcome::Unknown("the line broke".to_owned())));
    let outcome = writer.write(id, &anna()).await.unwrap();
    assert_eq!(outcome, Outcome::Unknown("the line broke".to_owned()));
    assert_eq!(trouble.state(id).await, RewriteState::Writing);
    assert_eq!(writer.recover(&[]).await.unwrap(), 0, "its lease still runs");
    trouble.world.clock.advance(Duration::from_secs(61));
    // The database is away at first, and then answers.
    trouble.answers(Err(SourceError::Unreachable("away".to_owned())));
    assert_eq!(writer.recover(&[]).await.unwrap(), 1);
    assert_eq!(trouble.state(id).await, RewriteState::Approved, "the text before stands there");
    assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Done);
}

#[tokio::test]
async fn a_store_that_is_full_at_the_end_is_told_and_made_up_for() {
    let (trouble, writer, id) = Trouble::new().await;
    trouble.store_fails.store(true, Ordering::Relaxed);
    let error = writer.write(id, &anna()).await.unwrap_err();
    assert!(matches!(error, WriteBackError::Store(StoreError::Full(_))), "{error}");
    assert_eq!(trouble.state(id).await, RewriteState::Writing);
    trouble.store_fails.store(false, Ordering::Relaxed);
    assert_eq!(writer.recover(&["process".to_owned()]).await.unwrap(), 1);
    assert_eq!(trouble.state(id).await, RewriteState::Written);
    assert_eq!(trouble.world.history(&CandidateId("1".to_owned())).await.len(), 1);
}

#[tokio::test]
async fn a_lease_that_has_nearly_run_out_is_not_used() {
    let (trouble, writer, id) = Trouble::new().await;
    trouble.dawdles.store(true, Ordering::Relaxed);
    assert!(matches!(writer.write(id, &anna()).await.unwrap(), Outcome::Unknown(_)));
    assert!(trouble.world.history(&CandidateId("1".to_owned())).await.is_empty());
    trouble.dawdles.store(false, Ordering::Relaxed);
    assert_eq!(writer.recover(&["process".to_owned()]).await.unwrap(), 1);
    assert_eq!(trouble.state(id).await, RewriteState::Written);
}

#[tokio::test]
async fn of_two_processes_one_writes_and_a_late_end_changes_nothing() {
    let (world, id, candidate) = one().await;
    let hold = Hold { worker: "slow", ttl: Duration::from_mins(1) };
    let intent = world.store.begin(id, IntentKind::Write, &anna(), &hold).await.unwrap();
    let error = writer(&world).write(id, &anna()).await.unwrap_err();
    assert!(matches!(error, WriteBackError::Store(StoreError::Refused(_))), "{error}");
    assert_eq!(writer(&world).recover(&["slow".to_owned()]).await.unwrap(), 1);
    let end = world.store.end(&intent, &IntentEnd::Abandoned("late".to_owned())).await.unwrap();
    assert_eq!(end, Recorded::Stale);
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Written);
    assert_eq!(world.history(&candidate).await.len(), 1);
}

/// A process of this machine that is no more, as its name tells, left an intent behind.
#[tokio::test]
async fn the_next_start_ends_what_a_dead_process_left() {
    let (world, id, candidate) = one().await;
    let name = process::name();
    let (machine, _) = name.split_once(':').unwrap();
    let (dead, alive) = (format!("{machine}:1:0"), name.clone());
    for (worker, ended) in [(alive, 0), (dead, 1)] {
        let hold = Hold { worker: &worker, ttl: Duration::from_hours(24 * 365 * 100) };
        let intent = world.store.begin(id, IntentKind::Write, &anna(), &hold).await.unwrap();
        let options = LoadOptions { file: Some(world.config()), environment: Environment::default() };
        let config = redraft::config::load(&options).unwrap();
        let parts = Parts::open(config, Environment::default(), None).await.unwrap();
        assert_eq!(parts.recover_write_backs().await.unwrap(), ended, "{worker}");
        if ended == 0 {
            world.store.end(&intent, &IntentEnd::Abandoned("not now".to_owned())).await.unwrap();
        }
    }
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Written);
    assert_eq!(world.now(&candidate).await.unwrap(), AFTER.join("|"));
}

#[tokio::test]
async fn many_are_written_in_order_and_each_is_accounted_for() {
    let world = World::new(4).await;
    let ids = world.approved(4).await;
    let candidate = world.rewrite(ids[1]).await.head.candidate;
    world.platform.act("UPDATE people SET skills = 'pastry' WHERE id = ?1", &candidate).await;
    writer(&world).write(ids[3], &anna()).await.unwrap();
    let (progress, seen) = watch::channel(Progress::default());
    let summary = writer(&world).run_many((&ids, IntentKind::Write), &anna(), &progress).await.unwrap();
    assert_eq!(summary.done, [ids[0], ids[2]]);
    assert_eq!(summary.conflicts, [ids[1]]);
    assert_eq!(summary.skipped.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [ids[3]]);
    assert_eq!(*seen.borrow(), Progress { done: 4, total: 4 });
    let undone = writer(&world).run_many((&ids, IntentKind::Revert), &anna(), &progress).await.unwrap();
    assert_eq!(undone.done, [ids[0], ids[2], ids[3]]);
    assert_eq!(world.now(&candidate).await.unwrap(), "Cooks.|pastry");
}

#[async_trait]
impl Journal for Trouble {
    async fn begin(
        &self,
        id: RewriteId,
        kind: IntentKind,
        by: &Reviewer,
        hold: &Hold<'_>,
    ) -> StoreResult<Intent> {
        let intent = self.world.store.begin(id, kind, by, hold).await;
        if self.dawdles.load(Ordering::Relaxed) {
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(30)).await;
            tokio::time::resume();
        }
        intent
    }

    async fn end(&self, intent: &Intent, end: &IntentEnd) -> StoreResult<Recorded> {
        if self.store_fails.load(Ordering::Relaxed) {
            return Err(StoreError::Full("no space left".to_owned()));
        }
        self.world.store.end(intent, end).await
    }

    async fn take_over(
        &self,
        worker: &str,
        dead: &[String],
        ttl: Duration,
        limit: u32,
    ) -> StoreResult<Vec<Intent>> {
        self.world.store.take_over(worker, dead, ttl, limit).await
    }
}

#[async_trait]
impl CandidateDatabase for Trouble {
    async fn receipt(&self, intent: IntentId) -> Result<Receipt, SourceError> {
        self.world.source.receipt(intent).await
    }

    async fn write(&self, write: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        let answer = self.answer.lock().unwrap().take();
        match answer {
            Some(answer) => answer,
            None => self.world.source.write(write).await,
        }
    }

    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        self.world.source.read(id).await
    }

    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        self.world.source.page(query).await
    }

    async fn count(&self) -> Result<u64, SourceError> {
        self.world.source.count().await
    }

    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        self.world.source.postings().await
    }

    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        self.world.source.posting(id).await
    }

    fn shown(&self) -> &[String] {
        self.world.source.shown()
    }

    async fn check(&self) -> Vec<Check> {
        self.world.source.check().await
    }
}
