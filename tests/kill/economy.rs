//! A worker is killed again and again while a batch goes by the file.

use std::time::Duration;

use redraft::simulator::{Call, Economy, Limits, Scenario, Simulator};
use sqlx::Row;

use super::{asked, chance, eyes::Eyes, judge::Judge, kill_after, open};
use crate::cli::run::Place;

const CANDIDATES: usize = 12;

/// A demo with a batch that waits for a worker, and the provider that outlives it.
fn world() -> (Place, Simulator) {
    let economy = Economy { validating_ms: 50, line_ms: 25, finalizing_ms: 50, ..Economy::default() };
    let scenario = Scenario { limits: Limits::NONE, economy, ..Scenario::instant() };
    let simulator = Simulator::start(scenario).unwrap();
    let mut place = Place::demo(CANDIDATES);
    place.set("REDRAFT__MODEL__PROVIDER", "groq");
    place.set("REDRAFT__MODEL__BASE_URL", &simulator.base_url());
    place.set("REDRAFT__BATCH__ECONOMY_LOOK", "0.05");
    place.set("GROQ_API_KEY", "gsk_test");
    place.json(&["batch", "start", "--all", "--economy"]);
    (place, simulator)
}

/// Lets a worker do what is left, until nothing is left at the provider.
async fn finish(place: &Place, simulator: &Simulator) {
    let worker = place.start(&["worker"]);
    let mut store = open(place, "store.db").await;
    let waiting = async {
        loop {
            let left = "SELECT (SELECT count(*) FROM parcel WHERE stage <> 'cleared') + (SELECT count(*) FROM rewrite \
                        WHERE state IN ('queued', 'running'))";
            let left: i64 = sqlx::query(left).fetch_one(&mut store).await.unwrap().get(0);
            if left == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    drop(worker);
    assert_eq!(simulator.files(), [], "no file is left at the provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_by_the_file_survives_every_kill() {
    let (mut judge, mut chance, kills) = (Judge::default(), chance(), asked("REDRAFT_KILLS", 15));
    let (mut place, mut simulator) = world();
    let (mut killed, mut amid) = (0, 0);
    while killed < kills {
        killed += u64::from(kill_after(&mut place.start(&["worker"]), &mut chance, 20..500));
        let mut store = open(&place, "store.db").await;
        let wrong = judge.look(&mut Eyes::embedded(&place).await, Some(&simulator.ledger())).await;
        assert!(wrong.is_empty(), "after kill {killed}: {wrong:#?}");
        let row =
            sqlx::query("SELECT count(*) FROM parcel WHERE stage <> 'cleared'").fetch_one(&mut store).await;
        let open: i64 = row.unwrap().get(0);
        amid += u64::from(open > 0);
        if open == 0 && simulator.calls(Call::Delete) > 0 {
            settle(&place, &simulator, &mut judge).await;
            ((place, simulator), judge) = (world(), Judge::default());
        }
    }
    assert!(amid * 3 > kills, "only {amid} of {kills} kills came while a parcel was on its way");
    settle(&place, &simulator, &mut judge).await;
}

/// The end of a batch: what was billed is what is counted, and nothing was paid twice.
async fn settle(place: &Place, simulator: &Simulator, judge: &mut Judge) {
    finish(place, simulator).await;
    let mut store = open(place, "store.db").await;
    let ledger = simulator.ledger();
    let wrong = judge.look(&mut Eyes::embedded(place).await, Some(&ledger)).await;
    assert!(wrong.is_empty(), "at the end: {wrong:#?}");
    let row = sqlx::query("SELECT sum(reserved), sum(spent) FROM budget WHERE scope = 'b1'");
    let row = row.fetch_one(&mut store).await.unwrap();
    let (reserved, spent): (i64, i64) = (row.get(0), row.get(1));
    assert_eq!((reserved, u64::try_from(spent).unwrap()), (0, ledger.billed().nanos()));
    assert!(ledger.duplicates().is_empty(), "nothing was paid twice");
    let states = sqlx::query("SELECT DISTINCT state FROM rewrite").fetch_all(&mut store).await.unwrap();
    let states: Vec<String> = states.iter().map(|row| row.get(0)).collect();
    assert!(states.iter().all(|state| state == "ready" || state == "skipped"), "{states:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_job_by_the_file_through_the_program() {
    let (place, simulator) = world();
    let estimate = place.on_demo(&["batch", "start", "--all", "--economy", "--estimate"]).ok();
    assert!(
        estimate.out.contains("economy, at half the price: the results come within 24 hours"),
        "{}",
        estimate.out
    );
    let cost = |arguments: &[&str]| place.json(arguments)["cost_usd_nanos"].as_u64().unwrap();
    let (half, whole) = (
        cost(&["batch", "start", "--all", "--economy", "--estimate"]),
        cost(&["batch", "start", "--all", "--estimate"]),
    );
    assert!(
        half * 2 > whole && half < whole,
        "{half} of {whole}: without a cache it is a little more than half"
    );
    place.on_demo(&["batch", "start", "--all", "--economy", "--flex"]).fails(2, &["--flex"]);
    let shown = place.json(&["batch", "show", "b1"]);
    assert_eq!((shown["tier"].as_str(), shown["state"].as_str()), (Some("economy"), Some("queued")));
    finish(&place, &simulator).await;
    let shown = place.json(&["batch", "show", "b1"]);
    assert_eq!((shown["state"].as_str(), shown["away"].is_null()), (Some("finished"), true));
    let ledger = simulator.ledger();
    assert_eq!(shown["spent_usd_nanos"].as_u64(), Some(ledger.billed().nanos()));
    assert!(ledger.admitted.iter().all(|row| row.economy));
    let ready = place.json(&["review", "list", "--where", "state:ready"]);
    assert!(!ready["data"].as_array().unwrap().is_empty(), "{ready}");
}
