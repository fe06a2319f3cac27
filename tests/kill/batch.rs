//! Workers are killed again and again until the batch is done.

use std::time::{Duration, Instant};

use rand::RngExt;

use super::{
    asked, chance,
    eyes::Eyes,
    judge::{Judge, again},
    kill_after,
    world::{Home, World},
};

/// What came of all the kills.
#[derive(Debug, Default)]
pub struct Sum {
    pub killed: u64,
    /// Kills that came amid requests.
    pub amid: u64,
    /// Requests that were in flight at kills.
    pub in_flight: usize,
    /// Those of them that were paid for once more.
    pub again: usize,
    pub recorded: u64,
    pub batches: u64,
}

impl Sum {
    /// The batch is done: everything is, nothing was lost, and no money is held any more.
    async fn done(&mut self, world: &World, judge: &mut Judge) {
        let ledger = world.simulator.ledger();
        let mut store = world.look().await;
        let wrong = judge.look(&mut store, Some(&ledger)).await;
        assert!(wrong.is_empty(), "at the end: {wrong:#?}");
        let left = "SELECT id || ' ' || state FROM rewrite WHERE state NOT IN ('ready', 'skipped')";
        assert_eq!(store.rows(left).await, Vec::<Vec<String>>::new());
        assert_eq!(
            store.rows("SELECT scope FROM budget WHERE reserved > 0").await,
            Vec::<Vec<String>>::new()
        );
        self.in_flight += judge.in_flight.len();
        self.again += again(&ledger);
        self.recorded +=
            store.number("SELECT CAST(count(*) AS TEXT) FROM rewrite WHERE state = 'ready'").await;
        self.batches += 1;
    }
}

/// Kills any of so many workers so often, and judges after each kill; `None` where there is no server.
pub async fn survives(home: Home, workers: usize, kills: u64) -> Option<Sum> {
    let mut chance = chance();
    let mut world = World::new(home)?;
    let (mut judge, mut sum) = (Judge::default(), Sum::default());
    let mut fleet: Vec<_> = (0..workers).map(|_| world.worker()).collect();
    while sum.killed < kills {
        let next = chance.random_range(0..workers);
        let pid = fleet[next].id();
        // Most amid requests and while results are recorded, however slow the machine is; the others whenever it
        // happens: as they start, or recover.
        let within = if chance.random_range(0..4) == 0 {
            20..700
        } else {
            world.amid(pid).await;
            0..800
        };
        let was_killed = kill_after(&mut fleet[next], &mut chance, within);
        assert!(was_killed, "a worker ended by itself: {:#?}", fleet.swap_remove(next).ended());
        sum.killed += 1;
        // The ledger first: what it says of those that go on working, the store knew before.
        let (ledger, known) = (world.simulator.ledger(), judge.in_flight.len());
        let mut store = world.look().await;
        judge.killed(&mut store, pid).await;
        let wrong = judge.look(&mut store, Some(&ledger)).await;
        assert!(wrong.is_empty(), "after kill {}: {wrong:#?}", sum.killed);
        sum.amid += u64::from(judge.in_flight.len() > known);
        let left = "SELECT CAST(count(*) AS TEXT) FROM rewrite WHERE state IN ('queued', 'running')";
        let is_done = store.number(left).await == 0;
        drop(store);
        fleet[next] = world.worker();
        if is_done && sum.killed < kills {
            world.finish(fleet).await;
            sum.done(&world, &mut judge).await;
            (world, judge) = (World::new(home).unwrap(), Judge::default());
            fleet = (0..workers).map(|_| world.worker()).collect();
        }
    }
    world.finish(fleet).await;
    sum.done(&world, &mut judge).await;
    println!("{home:?} store, {workers} at work: {sum:?}");
    assert!(sum.amid * 5 > kills, "only {} of {kills} kills came amid requests", sum.amid);
    Some(sum)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_survives_every_kill_of_its_worker() {
    survives(Home::Embedded, 1, asked("REDRAFT_KILLS", 15)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_survives_the_kills_of_three_processes_on_one_file() {
    survives(Home::Embedded, 3, asked("REDRAFT_KILLS", 10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_on_a_shared_store_survives_every_kill_of_its_worker() {
    survives(Home::Shared, 1, asked("REDRAFT_KILLS", 10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_on_a_shared_store_survives_the_kills_of_three_workers() {
    survives(Home::Shared, 3, asked("REDRAFT_KILLS", 10)).await;
}

/// What a careless program would do at its start: take back all that runs, whoever runs it.
const TAKE_EVERYTHING_BACK: &str = "UPDATE rewrite SET state = 'queued', revision = revision + 1, worker = NULL, lease_until = NULL \
     WHERE state = 'running'";

/// The negative control: a recovery that takes work from the living pays twice, and the judge says so.
async fn careless_recovery(home: Home) {
    let Some(world) = World::at_speed(home, 0.3) else { return };
    let mut worker = world.worker();
    let end = Instant::now() + Duration::from_mins(1);
    while world.simulator.ledger().running < 5 {
        assert!(Instant::now() < end, "nothing ever ran");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut store = world.look().await;
    // By itself, not in the snapshot that is looked at: others work on the same rows.
    store.run("ROLLBACK").await;
    assert!(store.run(TAKE_EVERYTHING_BACK).await >= 5);
    drop(worker.stderr.take());
    world.place.on_demo(&["batch", "watch", "b1"]).ok();
    worker.kill().unwrap();
    worker.wait().unwrap();
    let wrong = Judge::default().look(&mut store, Some(&world.simulator.ledger())).await;
    assert!(wrong.iter().any(|wrong| wrong.contains("paid again")), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careless_recovery_is_found_out() {
    careless_recovery(Home::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careless_recovery_on_a_shared_store_is_found_out() {
    careless_recovery(Home::Shared).await;
}

/// What breaks each rule, and what the judge must then say.
const DAMAGE: [(&str, &str); 8] = [
    ("UPDATE batch_count SET n = n + 1 WHERE state = 'ready'", "counts of a batch add up"),
    ("DELETE FROM batch_count WHERE state = 'ready'", "each state has its count"),
    ("UPDATE budget SET overshoot = 1 WHERE scope = 'b1'", "no budget is exceeded"),
    ("UPDATE budget SET spent = spent - 1 WHERE scope = 'b1'", "has spent what its attempts cost"),
    ("UPDATE budget SET reserved = 5 WHERE scope = 'b1'", "has reserved what its open attempts hold"),
    ("UPDATE budget SET reserved = 5 WHERE scope LIKE '2%'", "has spent and reserved what its attempts did"),
    ("UPDATE rewrite_text SET after_text = NULL WHERE after_text IS NOT NULL", "what is ready has its text"),
    (
        "INSERT INTO audit (at, actor, what, batch, rewrite, state_before, state_after) \
         SELECT 0, 'x', 'x', batch, seq, 'running', 'queued' FROM rewrite WHERE state = 'ready' LIMIT 1",
        "every move is in the audit",
    ),
];

const TWIN: &str = "INSERT INTO attempt (id, rewrite, batch, fence, worker, month, prompt_hash, started_at, ended_at, outcome, \
     reserved) SELECT 'twin', rewrite, batch, fence, worker, month, prompt_hash, started_at, ended_at, outcome, \
     reserved FROM attempt WHERE outcome = 'done' LIMIT 1";

/// The negative control of each rule.
async fn rules_can_be_broken(home: Home) {
    let Some(world) = World::new(home) else { return };
    world.finish(vec![world.worker()]).await;
    let mut store = world.look().await;
    let mut judge = Judge::default();
    assert_eq!(judge.look(&mut store, Some(&world.simulator.ledger())).await, Vec::<String>::new());
    for (damage, found) in DAMAGE.into_iter().chain([(TWIN, "a rewrite is recorded once")]) {
        store.run("SAVEPOINT damage").await;
        assert!(store.run(damage).await > 0, "{damage}");
        finds(&mut judge, &mut store, found).await;
        store.run("ROLLBACK TO SAVEPOINT damage").await;
        judge.look(&mut store, None).await;
    }
    store.run("UPDATE rewrite_text SET after_text = '[]' WHERE after_text IS NOT NULL").await;
    finds(&mut judge, &mut store, "was replaced").await;
}

async fn finds(judge: &mut Judge, store: &mut Eyes, found: &str) {
    let wrong = judge.look(store, None).await;
    assert!(wrong.iter().any(|wrong| wrong.contains(found)), "{found}: {wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_can_be_broken() {
    rules_can_be_broken(Home::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_of_a_shared_store_can_be_broken() {
    rules_can_be_broken(Home::Shared).await;
}
