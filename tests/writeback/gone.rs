//! A server that goes away in the middle of a write-back or of its undo, a row that somebody else holds, and an account
//! that may only read: nothing is lost, and in the end everybody knows what happened.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use redraft::{
    config::{DatabaseSettings, ReceiptSettings, WriteBackSettings},
    domain::{CandidateId, RewriteId, RewriteState},
    probe::{self, Moment, Op, Probe, Side},
    store::port::IntentKind,
    writeback::{Outcome, WriteBack},
};

use super::{
    platform::{Engine, Platform},
    stage::Deed,
    world::{AFTER, BEFORE, World, anna},
};
use crate::support::servers::{Kind, Proxy, Way};

/// When the server goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    /// After the texts were written and read back, before the commit is sent.
    BeforeCommit,
    /// The commit is made, and its answer does not come through any more.
    AnswerLost,
    /// While the server commits, and has not.
    WhileCommitting,
}

/// What a person does before anybody finds out, and what must come of it all.
type Scene = (IntentKind, Blow, Option<Deed>);

const SCENES: [Scene; 7] = [
    (IntentKind::Write, Blow::BeforeCommit, None),
    (IntentKind::Write, Blow::BeforeCommit, Some(Deed::Edit)),
    (IntentKind::Write, Blow::AnswerLost, None),
    (IntentKind::Write, Blow::AnswerLost, Some(Deed::Edit)),
    (IntentKind::Write, Blow::AnswerLost, Some(Deed::Back)),
    (IntentKind::Revert, Blow::BeforeCommit, None),
    (IntentKind::Revert, Blow::AnswerLost, None),
];

/// Only PostgreSQL has triggers that make a commit take its time.
const LATE: [Scene; 2] = [
    (IntentKind::Write, Blow::WhileCommitting, None),
    (IntentKind::Revert, Blow::WhileCommitting, Some(Deed::Edit)),
];

const SLOW: &str = "
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(25); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON people DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow();
";

/// Strikes once, when the commit is about to be sent.
struct Striker {
    blow: Blow,
    platform: Platform,
    proxy: Arc<Proxy>,
    struck: AtomicBool,
}

#[async_trait]
impl Probe for Striker {
    async fn pass(&self, op: Op, moment: Moment) {
        let due = op.side == Side::Candidates && op.label == "commit" && moment == Moment::Before;
        if !due || self.struck.swap(true, Ordering::SeqCst) {
            return;
        }
        match self.blow {
            Blow::BeforeCommit => {
                // PostgreSQL's processes may live a moment longer than the first of them.
                self.proxy.break_after(0, Way::ToServer);
                self.platform.database().server().kill();
            }
            Blow::AnswerLost => self.proxy.break_after(0, Way::FromServer),
            Blow::WhileCommitting => {
                let platform = self.platform.clone();
                thread::spawn(move || {
                    let at_work =
                        "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'";
                    let end = Instant::now() + Duration::from_secs(20);
                    while platform.database().value(at_work) == "0" {
                        assert!(Instant::now() < end, "nobody commits");
                    }
                    platform.database().server().kill();
                });
            }
        }
    }
}

fn writer(world: &World, name: &str) -> WriteBack {
    WriteBack::new(world.store.clone(), world.source.clone(), name.to_owned())
}

async fn run(writer: &WriteBack, id: RewriteId, kind: IntentKind) -> Outcome {
    match kind {
        IntentKind::Write => writer.write(id, &anna()).await.unwrap(),
        IntentKind::Revert => writer.revert(id, &anna()).await.unwrap(),
    }
}

/// The states before, meanwhile and after.
fn states(kind: IntentKind) -> [RewriteState; 3] {
    match kind {
        IntentKind::Write => [RewriteState::Approved, RewriteState::Writing, RewriteState::Written],
        IntentKind::Revert => [RewriteState::Written, RewriteState::Reverting, RewriteState::Ready],
    }
}

/// The texts that go with them.
fn texts(kind: IntentKind) -> [String; 2] {
    match kind {
        IntentKind::Write => [BEFORE.join("|"), AFTER.join("|")],
        IntentKind::Revert => [AFTER.join("|"), BEFORE.join("|")],
    }
}

/// Lets the server go away in the middle of it, and somebody look again while it is away.
async fn strike(world: &World, proxy: &Arc<Proxy>, id: RewriteId, scene: Scene) {
    let (kind, blow, _) = scene;
    let striker = Arc::new(Striker {
        blow,
        platform: world.platform.clone(),
        proxy: proxy.clone(),
        struck: AtomicBool::new(false),
    });
    let first = writer(world, "first");
    let work = run(&first, id, kind);
    let outcome = probe::under(striker.clone() as Arc<dyn Probe>, Box::pin(work)).await;
    assert!(striker.struck.load(Ordering::SeqCst), "{scene:?}: the commit never came");
    // Nobody knows, and that is what is said.
    assert!(matches!(&outcome, Outcome::Unknown(why) if !why.is_empty()), "{scene:?}: {outcome:?}");
    let [_, at_work, _] = states(kind);
    assert_eq!(world.rewrite(id).await.head.state, at_work, "{scene:?}");
    // The server is still away: whoever looks again knows no more, and loses nothing.
    world.clock.advance(Duration::from_secs(61));
    world.platform.database().server().kill();
    assert_eq!(writer(world, "second").recover(&[]).await.unwrap(), 0, "{scene:?}");
    assert_eq!(world.rewrite(id).await.head.state, at_work, "{scene:?}");
}

/// Plays one scene; the server is up again after it.
async fn play(world: &World, proxy: &Arc<Proxy>, id: RewriteId, scene: Scene) {
    let (kind, blow, deed) = scene;
    let platform = &world.platform;
    let candidate = world.rewrite(id).await.head.candidate;
    if kind == IntentKind::Revert {
        assert_eq!(run(&writer(world, "earlier"), id, IntentKind::Write).await, Outcome::Done);
    }
    let settled = world.history(&candidate).await.len();
    if blow == Blow::WhileCommitting {
        platform.run(SLOW).await;
    }
    strike(world, proxy, id, scene).await;
    platform.database().server().restart();
    proxy.mend();
    platform.reconnect().await;
    if blow == Blow::WhileCommitting {
        platform.run("DROP TRIGGER slow ON people; DROP FUNCTION slow()").await;
    }
    let [from, _, done] = states(kind);
    let [before, after] = texts(kind);
    let committed = blow == Blow::AnswerLost;
    let stands = world.now(&candidate).await.unwrap();
    assert_eq!(stands, if committed { &*after } else { &*before }, "{scene:?}");
    if let Some(deed) = deed {
        platform.act(deed.sql(kind), &candidate).await;
    }
    let left = world.now(&candidate).await.unwrap();
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(writer(world, "third").recover(&[]).await.unwrap(), 1, "{scene:?}");

    let state = world.rewrite(id).await.head.state;
    let now = world.now(&candidate).await.unwrap();
    let journal = world.journal(id).await.pop().unwrap();
    let history = world.history(&candidate).await.split_off(settled);
    let ours = history.iter().filter(|change| change.who == "redraft").count();
    let told = format!("{scene:?}: {state} {now:?} {journal:?} {history:?}");
    match (committed, deed) {
        // If it was not made, it is made now, once.
        (false | true, None) => assert_eq!((state, now, ours), (done, after, 1), "{told}"),
        // Nothing of ours was there before the edit, and the receipt that is missing proves it.
        (false, Some(_)) => {
            let stuck = if kind == IntentKind::Write { RewriteState::Conflict } else { from };
            assert_eq!((state, now, ours), (stuck, left, 0), "{told}");
            assert_eq!((journal.state.as_str(), journal.detail), ("conflict", None), "{told}");
        }
        // It was made, as the receipt proves, and what came after it stays.
        (true, Some(_)) => {
            assert_eq!((state, now, ours), (done, left, 1), "{told}");
            assert!(journal.state == "applied" && journal.detail.is_some(), "{told}");
        }
    }
}

async fn everywhere(engine: Engine) {
    let scenes: Vec<Scene> = match engine {
        Engine::Postgres => SCENES.into_iter().chain(LATE).collect(),
        Engine::Sqlite | Engine::Mariadb | Engine::MyIsam => SCENES.into(),
    };
    let Some(platform) = Platform::own(engine, scenes.len() + 1).await else { return };
    let proxy = Arc::new(Proxy::before(platform.database()));
    let settings = DatabaseSettings::at(proxy.url(&platform.database().url(), platform.database()));
    let writing = WriteBackSettings { receipts: ReceiptSettings::On, ..WriteBackSettings::default() };
    let world = World::over((engine, platform), &settings, writing).await;
    let mut ids = world.approved(scenes.len() + 1).await;
    // The first write of all makes the table of receipts, with a commit of its own.
    let first = ids.pop().unwrap();
    assert_eq!(run(&writer(&world, "earlier"), first, IntentKind::Write).await, Outcome::Done);
    for (scene, id) in scenes.into_iter().zip(ids) {
        play(&world, &proxy, id, scene).await;
    }
}

#[tokio::test]
async fn a_postgres_that_goes_away_in_mid_write_leaves_nobody_in_doubt() {
    everywhere(Engine::Postgres).await;
}

#[tokio::test]
async fn a_mariadb_that_goes_away_in_mid_write_leaves_nobody_in_doubt() {
    everywhere(Engine::Mariadb).await;
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_for_later_and_so_is_its_undo() {
    for engine in [Engine::Postgres, Engine::Mariadb] {
        let Some(world) = World::on(engine, 1, ReceiptSettings::Auto).await else { continue };
        let id = world.approved(1).await[0];
        for (kind, from, done) in [
            (IntentKind::Write, RewriteState::Approved, RewriteState::Written),
            (IntentKind::Revert, RewriteState::Written, RewriteState::Ready),
        ] {
            let mut other = world.platform.database().session();
            other.run("BEGIN; SELECT id FROM people WHERE id = 1 FOR UPDATE");
            let outcome = run(&writer(&world, "process"), id, kind).await;
            assert!(matches!(&outcome, Outcome::Later(why) if why.contains("lock")), "{outcome:?}");
            assert_eq!(world.rewrite(id).await.head.state, from);
            drop(other);
            assert_eq!(run(&writer(&world, "process"), id, kind).await, Outcome::Done);
            assert_eq!(world.rewrite(id).await.head.state, done);
        }
        let history = world.history(&CandidateId("1".to_owned())).await;
        assert_eq!(history.iter().filter(|change| change.who == "redraft").count(), 2, "{history:?}");
    }
}

#[tokio::test]
async fn an_account_that_may_only_read_writes_when_it_may_and_takes_back_when_it_may() {
    for engine in [Engine::Postgres, Engine::Mariadb] {
        let Some(platform) = Platform::new(engine, 1).await else { continue };
        let database = platform.database();
        let (role, password) = database.role("reader");
        let (grants, to) = match database.kind() {
            Kind::Postgres => {
                // The trigger is the platform's own business.
                database.run("ALTER FUNCTION told() SECURITY DEFINER");
                ("GRANT SELECT ON people TO ", role.clone())
            }
            Kind::Mariadb => ("GRANT SELECT ON people TO ", format!("{role}@localhost")),
        };
        database.run(&format!("{grants}{to}"));
        let settings = DatabaseSettings::at(database.url_as(&role, &password));
        let may = format!("GRANT UPDATE (summary, skills, who) ON people TO {to}");
        let may_not = format!("REVOKE UPDATE (summary, skills, who) ON people FROM {to}");
        let world = World::over((engine, platform.clone()), &settings, WriteBackSettings::default()).await;
        let id = world.approved(1).await[0];
        for (kind, from, done) in [
            (IntentKind::Write, RewriteState::Approved, RewriteState::Written),
            (IntentKind::Revert, RewriteState::Written, RewriteState::Ready),
        ] {
            let outcome = run(&writer(&world, "process"), id, kind).await;
            assert!(
                matches!(&outcome, Outcome::Later(why) if why.contains("cannot be written")),
                "{outcome:?}"
            );
            assert_eq!(world.rewrite(id).await.head.state, from);
            database.run(&may);
            assert_eq!(run(&writer(&world, "process"), id, kind).await, Outcome::Done);
            assert_eq!(world.rewrite(id).await.head.state, done);
            database.run(&may_not);
        }
        assert_eq!(world.now(&CandidateId("1".to_owned())).await.unwrap(), BEFORE.join("|"));
        if database.kind() == Kind::Mariadb {
            database.run(&format!("DROP USER {to}"));
        }
    }
}
