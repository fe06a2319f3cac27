//! Three workers of the real program on one store: they share a batch and the provider's limits, one is killed and one
//! stops, as a machine does that is cut off.

use std::{
    io::{BufRead, BufReader},
    sync::Arc,
    time::{Duration, Instant},
};

use redraft::{
    clock::SystemClock,
    simulator::{Limits, Scenario, Simulator},
    store::{Store, port::Store as _},
};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::Mutex;

use super::rules;
use crate::{
    cli::run::{Place, Started},
    support::servers::{self, Database},
};

const CANDIDATES: usize = 60;
/// How long the work of a dead worker may lie.
const FOUND: Duration = Duration::from_secs(15);

struct World {
    place: Place,
    database: Database,
    workers: Vec<Started>,
    /// Tells when to look again.
    store: Store,
    eyes: Mutex<PgConnection>,
}

impl World {
    /// Starts the workers before there is a batch.
    async fn new(database: Database, simulator: &Simulator) -> Self {
        let mut place = Place::demo(CANDIDATES);
        place.edit_config(|text| text.replace("path = \"store.db\"", "url = { env = \"REDRAFT_STORE\" }"));
        place.set("REDRAFT_STORE", &database.url());
        place.set("REDRAFT__MODEL__PROVIDER", "groq");
        place.set("REDRAFT__MODEL__BASE_URL", &simulator.base_url());
        // Few are leased ahead, so that there is something for each.
        place.set("REDRAFT__MODEL__MAX_STREAMS", "16");
        place.set("GROQ_API_KEY", "gsk_test");
        let workers = (0..3).map(|_| {
            let mut worker = place.start(&["worker"]);
            let mut first = String::new();
            BufReader::new(worker.stderr.take().unwrap()).read_line(&mut first).unwrap();
            worker
        });
        let workers = workers.collect();
        let store = Store::connect(&database.url().into(), Arc::new(SystemClock)).await.unwrap();
        let mut eyes = PgConnection::connect(&database.url()).await.unwrap();
        sqlx::query("SET search_path TO redraft").execute(&mut eyes).await.unwrap();
        Self { place, database, workers, store, eyes: Mutex::new(eyes) }
    }

    async fn value(&self, sql: &str) -> i64 {
        let mut eyes = self.eyes.lock().await;
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut *eyes).await.unwrap()
    }

    /// Looks after every commit until it is so; returns how long that took.
    async fn until(&self, what: &str, patience: Duration, is_so: impl AsyncFn(&Self) -> bool) -> Duration {
        let (start, mut changed) = (Instant::now(), self.store.changed());
        while !is_so(self).await {
            let left = patience.checked_sub(start.elapsed());
            let left = left.unwrap_or_else(|| panic!("{what}: not after {patience:?}"));
            drop(tokio::time::timeout(left, changed.changed()).await);
        }
        start.elapsed()
    }

    /// The rewrites that a worker holds.
    async fn held(&self, worker: usize) -> i64 {
        let pid = self.workers[worker].id();
        let held =
            format!("SELECT count(*) FROM rewrite WHERE state = 'running' AND worker LIKE '%:{pid}:%'");
        self.value(&held).await
    }

    fn signal(&self, worker: usize, signal: Signal) {
        kill_process(Pid::from_child(&self.workers[worker]), signal).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_share_a_batch_and_its_limits_and_outlive_one_another() {
    let Some(database) = servers::postgres() else { return };
    let limits = Limits { tpm: Some(60_000), rpm: Some(1_000), ..Limits::NONE };
    let simulator = Simulator::start(Scenario { limits, speed: 2.0, ..Scenario::default() }).unwrap();
    let mut world = World::new(database, &simulator).await;
    run(&mut world).await;
    let (ledger, report) = (simulator.ledger(), simulator.report());
    for line in report.lines() {
        println!("{line}");
    }
    let (admitted, refused) = (ledger.admitted.len(), ledger.refused.len());
    println!("{admitted} requests, {refused} refused, {} in flight at the most", ledger.peak);
    assert!(refused * 5 <= admitted, "{refused} of {admitted} requests were refused");
}

async fn run(world: &mut World) {
    world.place.json(&["batch", "start", "--all"]);
    let all = async |world: &World| {
        world.value("SELECT count(DISTINCT worker) FROM attempt").await == 3
            && world.held(0).await > 0
            && world.held(1).await > 0
            && world.held(2).await > 0
    };
    world.until("all three work", Duration::from_mins(1), all).await;
    rules::hold(&world.database);

    world.signal(0, Signal::KILL);
    world.workers[0].wait().unwrap();
    let took =
        world.until("the killed one's work is free", FOUND, async |world| world.held(0).await == 0).await;
    println!("killed: its work was free after {took:?}");
    rules::hold(&world.database);

    world.until("the other one works on", FOUND, async |world| world.held(1).await > 0).await;
    world.signal(1, Signal::STOP);
    let took =
        world.until("the stopped one's work is free", FOUND, async |world| world.held(1).await == 0).await;
    println!("cut off: its work was free after {took:?}");
    rules::hold(&world.database);
    // It comes back and finds that its leases are others' now.
    world.signal(1, Signal::CONT);

    let watch = world.place.start(&["batch", "watch", "b1", "--json"]);
    let watched = tokio::task::spawn_blocking(move || watch.ended().ok()).await.unwrap();
    assert!(watched.out.lines().last().unwrap().contains("\"finished\""), "{watched:?}");
    for worker in 1..3 {
        world.signal(worker, Signal::TERM);
        let status = world.workers[worker].wait().unwrap();
        assert!(status.success(), "{status:?}");
    }
    let left = "SELECT count(*) FROM rewrite WHERE state NOT IN ('ready', 'skipped')";
    assert_eq!(world.value(left).await, 0);
    assert_eq!(world.value("SELECT sum(reserved)::bigint FROM budget").await, 0);
    rules::hold(&world.database);
}
