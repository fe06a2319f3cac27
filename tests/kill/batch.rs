//! A worker is killed again and again until the batch is done.

use std::{
    io::{BufRead, BufReader},
    time::{Duration, Instant},
};

use redraft::simulator::{Limits, Scenario, Simulator};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Row, SqliteConnection};

use super::{asked, chance, judge::Judge, kill_after, open};
use crate::cli::run::Place;

/// Candidates of the demo.
const CANDIDATES: usize = 60;

/// A demo with a batch that waits for a worker, and the provider that outlives it.
struct World {
    place: Place,
    simulator: Simulator,
}

impl World {
    /// Must be called within a runtime: the simulator serves on it.
    fn new() -> Self {
        // Some hundred milliseconds a reply, so that most kills find requests in flight.
        let simulator =
            Simulator::start(Scenario { limits: Limits::NONE, speed: 3.0, ..Scenario::default() }).unwrap();
        let mut place = Place::demo(CANDIDATES);
        place.set("REDRAFT__MODEL__PROVIDER", "groq");
        place.set("REDRAFT__MODEL__BASE_URL", &simulator.base_url());
        place.set("REDRAFT__MODEL__MAX_STREAMS", "5");
        place.set("GROQ_API_KEY", "gsk_test");
        place.json(&["batch", "start", "--all"]);
        Self { place, simulator }
    }

    /// Lets a worker finish what is left; it ends in order.
    async fn finish(&self) {
        let mut worker = self.place.start(&["worker"]);
        let watched = self.place.start(&["batch", "watch", "b1"]);
        let ended = tokio::task::spawn_blocking(move || {
            let mut first = String::new();
            BufReader::new(worker.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
            watched.ended().ok();
            kill_process(Pid::from_child(&worker), Signal::TERM).unwrap();
            worker.ended().ok();
        });
        ended.await.unwrap();
    }

    async fn states(&self) -> Vec<(String, i64)> {
        let mut store = open(&self.place, "store.db").await;
        let rows = sqlx::query("SELECT state, count(*) FROM rewrite GROUP BY state ORDER BY state");
        rows.fetch_all(&mut store).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_survives_every_kill() {
    let (mut judge, mut chance, kills) = (Judge::default(), chance(), asked("REDRAFT_KILLS", 15));
    let mut world = World::new();
    let (mut killed, mut amid) = (0, 0);
    while killed < kills {
        let child = world.place.start(&["worker"]);
        killed += u64::from(kill_after(child, &mut chance, 20..700));
        let known = judge.in_flight.len();
        let mut store = open(&world.place, "store.db").await;
        let wrong = judge.look(&mut store, Some(&world.simulator.ledger())).await;
        assert!(wrong.is_empty(), "after kill {killed}: {wrong:#?}");
        amid += usize::from(judge.in_flight.len() > known);
        if world.states().await.iter().all(|(state, _)| state != "queued" && state != "running") {
            world.finish().await;
            (world, judge) = (World::new(), Judge::default());
        }
    }
    assert!(amid * 3 > usize::try_from(kills).unwrap(), "only {amid} of {kills} kills came amid requests");
    world.finish().await;
    let mut store = open(&world.place, "store.db").await;
    let wrong = judge.look(&mut store, Some(&world.simulator.ledger())).await;
    assert!(wrong.is_empty(), "at the end: {wrong:#?}");
    let states = world.states().await;
    assert!(states.iter().all(|(state, _)| matches!(state.as_str(), "ready" | "skipped")), "{states:?}");
    let reserved = sqlx::query("SELECT sum(reserved) FROM budget").fetch_one(&mut store).await.unwrap();
    assert_eq!(reserved.get::<i64, _>(0), 0);
}

/// What a careless program would do at its start: take back all that runs, whoever runs it.
async fn take_everything_back(store: &mut SqliteConnection) -> u64 {
    let query = "UPDATE rewrite SET state = 'queued', revision = revision + 1, worker = NULL, lease_until = NULL \
                 WHERE state = 'running'";
    sqlx::query(query).execute(store).await.unwrap().rows_affected()
}

/// The negative control: a recovery that takes work from the living pays twice, and the judge says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careless_recovery_is_found_out() {
    let world = World::new();
    let mut worker = world.place.start(&["worker"]);
    let mut store = open(&world.place, "store.db").await;
    let end = Instant::now() + Duration::from_mins(1);
    while world.simulator.ledger().running < 5 {
        assert!(Instant::now() < end, "nothing ever ran");
        tokio::task::yield_now().await;
    }
    assert!(take_everything_back(&mut store).await >= 5);
    drop(worker.stderr.take());
    world.place.on_demo(&["batch", "watch", "b1"]).ok();
    worker.kill().unwrap();
    worker.wait().unwrap();
    let wrong = Judge::default().look(&mut store, Some(&world.simulator.ledger())).await;
    assert!(wrong.iter().any(|wrong| wrong.contains("paid again")), "{wrong:#?}");
}

/// The negative control of each rule: what breaks it, and what the judge must then say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_can_be_broken() {
    const DAMAGE: [(&str, &str); 7] = [
        ("UPDATE batch_count SET n = n + 1 WHERE state = 'ready'", "counts of a batch add up"),
        ("DELETE FROM batch_count WHERE state = 'ready'", "each state has its count"),
        ("UPDATE budget SET spent = spent - 1 WHERE scope = 'b1'", "has spent what its attempts cost"),
        ("UPDATE budget SET reserved = 5 WHERE scope = 'b1'", "has reserved what its open attempts hold"),
        (
            "INSERT INTO attempt (id, rewrite, batch, fence, worker, month, prompt_hash, started_at, ended_at, outcome, \
             reserved) SELECT 'twin', rewrite, batch, fence, worker, month, prompt_hash, started_at, ended_at, outcome, \
             reserved FROM attempt WHERE outcome = 'done' LIMIT 1",
            "a rewrite is recorded once",
        ),
        (
            "UPDATE rewrite_text SET after_text = NULL WHERE after_text IS NOT NULL",
            "what is ready has its text",
        ),
        (
            "INSERT INTO audit (at, actor, what, batch, rewrite, state_before, state_after) \
             SELECT 0, 'x', 'x', batch, seq, 'running', 'queued' FROM rewrite WHERE state = 'ready' LIMIT 1",
            "every move is in the audit",
        ),
    ];
    let world = World::new();
    world.finish().await;
    let mut store = open(&world.place, "store.db").await;
    let mut judge = Judge::default();
    assert_eq!(judge.look(&mut store, Some(&world.simulator.ledger())).await, Vec::<String>::new());
    for (damage, found) in DAMAGE {
        sqlx::query("SAVEPOINT damage").execute(&mut store).await.unwrap();
        let broken = sqlx::query(damage).execute(&mut store).await.unwrap();
        assert!(broken.rows_affected() > 0, "{damage}");
        let wrong = judge.look(&mut store, None).await;
        assert!(wrong.iter().any(|wrong| wrong.contains(found)), "{damage}: {wrong:#?}");
        sqlx::raw_sql("ROLLBACK TO damage; RELEASE damage").execute(&mut store).await.unwrap();
        judge.look(&mut store, None).await;
    }
    let replaced = "UPDATE rewrite_text SET after_text = '[]' WHERE after_text IS NOT NULL";
    sqlx::query(replaced).execute(&mut store).await.unwrap();
    assert!(judge.look(&mut store, None).await.iter().any(|wrong| wrong.contains("was replaced")));
}
