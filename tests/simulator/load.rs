//! Many streams at once.

use std::{sync::Arc, time::Duration};

use redraft::simulator::{Delivery, Limits, Scenario, Simulator};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::client::{chat, post, resume};

async fn crowd(scenario: Scenario, size: usize) -> Arc<Simulator> {
    let simulator = Arc::new(Simulator::start(scenario).unwrap());
    let mut clients = JoinSet::new();
    for number in 0..size {
        let simulator = Arc::clone(&simulator);
        clients.spawn(async move { post(&simulator, &chat(&resume(&format!("n{number}"), 200))).await });
    }
    while let Some(reply) = clients.join_next().await {
        let reply = reply.unwrap();
        assert!(reply.whole && reply.body.ends_with("data: [DONE]\n\n"));
    }
    assert!(simulator.ledger().admitted.iter().all(|row| row.delivery == Delivery::Complete));
    simulator
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_streams_on_two_threads_all_come_to_their_end() {
    let scenario = Scenario { limits: Limits::NONE, speed: 5.0, ..Scenario::default() };
    let report = crowd(scenario, 200).await.report();
    assert_eq!((report.admitted, report.running, report.duplicates, report.paid_again), (200, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn four_hundred_streams_are_in_flight_together() {
    let scenario = Scenario { limits: Limits::NONE, ..Scenario::default() };
    let report = crowd(scenario, 400).await.report();
    assert_eq!((report.admitted, report.running, report.peak), (400, 0, 400));
    assert_eq!(report.bound_by, "latency");
    assert!(report.ratio < 1.05, "nobody waits for anybody: {}", report.ratio);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_run_ahead_of_the_network() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let start = Instant::now();
    let deadline = tokio::spawn(sleep(Duration::from_mins(1)));
    for number in 0..20 {
        assert!(post(&simulator, &chat(&resume(&number.to_string(), 50))).await.whole);
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    deadline.abort();
}
