//! Pause, resume, cancel, retry, stop, and what a worker leaves behind when it dies.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use redraft::{
    domain::{BatchState, Money, PauseReason, RewriteState},
    simulator::{Answer, Delivery, Effect, Fault, Latency, Limits, Scenario, Trigger},
    store::port::{Batches, Queue},
};

use super::world::{PATIENCE, World, assert_settled, count};

/// A reply takes about half a second.
fn slow() -> Scenario {
    let latency = Latency { queue_median_ms: 60.0, queue_max_ms: 200.0, ..Latency::default() };
    Scenario { latency, limits: Limits::NONE, speed: 0.8, ..Scenario::default() }
}

fn by_person() -> BatchState {
    BatchState::Paused(PauseReason::Person("ops".to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_sends_nothing_more_and_resume_goes_on() {
    let mut world = World::new(60, slow()).await;
    world.settings.max_streams = 10;
    let engine = world.engine();
    let batch = world.start().await;
    world.until(&batch, |batch| count(batch, RewriteState::Ready) >= 5).await;
    world.store.move_batch(batch.id, &by_person()).await.unwrap();
    let asked = world.ledger().admitted.len();
    // What was recorded before the pause may still be on its way: at most what was in flight.
    let paused = world.until(&batch, |batch| count(batch, RewriteState::Running) == 0).await;
    let sent = world.ledger().admitted.len();
    assert!(sent <= asked + 10, "{sent} after {asked}");
    assert_eq!(sent as u64, count(&paused, RewriteState::Ready), "what was in flight has ended");
    assert_eq!(count(&paused, RewriteState::Queued), 60 - sent as u64);
    world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 60);
    assert!(world.ledger().duplicates().is_empty());
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_batch_closes_its_streams_within_a_second() {
    let mut world = World::new(80, slow()).await;
    world.settings.max_streams = 40;
    let engine = world.engine();
    let batch = world.start().await;
    world.until(&batch, |batch| count(batch, RewriteState::Ready) >= 3).await;
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    let cancelled = Instant::now();
    let closed = async {
        while world.ledger().running > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.unwrap();
    assert!(cancelled.elapsed() < Duration::from_secs(1), "{:?}", cancelled.elapsed());
    let settled = world.until(&batch, |batch| batch.reserved == Money::ZERO).await;
    let (ready, gone) = (count(&settled, RewriteState::Ready), count(&settled, RewriteState::Cancelled));
    assert_eq!((ready + gone, settled.state.clone()), (80, BatchState::Cancelled));
    assert!(world.ledger().billed() <= settled.spent, "what was broken off is counted as paid");
    assert!(world.ledger().admitted.iter().any(|row| row.delivery == Delivery::ClientGone));
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_can_be_tried_again() {
    let fault =
        Fault { at_most: Some(60), ..Fault::new(Trigger::Always, Effect::Answer(Answer::ContextLength)) };
    let world = World::new(60, Scenario { faults: vec![fault], ..Scenario::instant() }).await;
    let engine = world.engine();
    let batch = world.start().await;
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!((count(&ended, RewriteState::Failed), ended.spent), (60, Money::ZERO));
    assert_eq!(world.store.retry_failed(batch.id, None).await.unwrap(), 60);
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 60);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderly_stop_lets_requests_end_and_gives_the_rest_back() {
    let mut world = World::new(60, slow()).await;
    world.settings.max_streams = 10;
    let engine = world.engine();
    let batch = world.start().await;
    world.until(&batch, |batch| count(batch, RewriteState::Ready) >= 5).await;
    engine.stop(Duration::from_secs(20)).await;
    let left = world.read(&batch).await;
    let ready = count(&left, RewriteState::Ready);
    assert_eq!((count(&left, RewriteState::Running), left.reserved), (0, Money::ZERO));
    assert_eq!(count(&left, RewriteState::Queued), 60 - ready);
    assert_eq!(world.ledger().admitted.len() as u64, ready, "nothing was broken off");
    let engine = world.engine();
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 60);
    assert!(world.ledger().duplicates().is_empty());
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hasty_stop_breaks_off_and_settles() {
    let mut world = World::new(30, slow()).await;
    world.settings.max_streams = 10;
    let engine = world.engine();
    let batch = world.start().await;
    world.until(&batch, |batch| count(batch, RewriteState::Ready) >= 1).await;
    engine.stop(Duration::ZERO).await;
    let left = world.read(&batch).await;
    assert_eq!((count(&left, RewriteState::Running), left.reserved), (0, Money::ZERO));
    assert!(world.ledger().billed() <= left.spent);
}

/// Which life of the worker it is: the others are over.
static LIFE: AtomicU64 = AtomicU64::new(0);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_loses_nothing_and_pays_at_most_for_what_was_in_flight_again() {
    let mut world = World::new(60, slow()).await;
    world.settings.max_streams = 10;
    world.settings.lease = Duration::from_secs(30);
    let batch = world.start().await;
    world.settings.gone = |names| {
        let own = format!("tester:{}:1", LIFE.load(Ordering::Relaxed));
        names.iter().filter(|name| **name != own).cloned().collect()
    };
    // A reply that has come in is in flight until it is recorded, so these can be more than there are streams.
    let mut in_flight = 0;
    for life in 1..=3u64 {
        LIFE.store(life, Ordering::Relaxed);
        world.settings.worker = format!("tester:{life}:1");
        let engine = world.engine();
        world.until(&batch, |batch| count(batch, RewriteState::Ready) >= 10 * life).await;
        drop(engine);
        in_flight += count(&world.read(&batch).await, RewriteState::Running);
    }
    LIFE.store(9, Ordering::Relaxed);
    world.settings.worker = "tester:9:1".to_owned();
    let engine = world.engine();
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    engine.stop(Duration::from_secs(1)).await;
    assert_eq!(count(&ended, RewriteState::Ready), 60);
    let (ledger, settled) = (world.ledger(), world.read(&batch).await);
    let paid_again = ledger.admitted.len() as u64 - 60;
    assert!(paid_again <= in_flight, "{paid_again} paid again, {in_flight} in flight");
    assert!(ledger.billed() <= settled.spent, "{:?} of {:?}", ledger.billed(), settled.spent);
    assert_settled(&world, &settled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_ran_out_comes_back_by_itself() {
    let world = World::new(3, Scenario::instant()).await;
    let batch = world.start().await;
    let ttl = Duration::from_millis(1);
    assert_eq!(world.store.claim("elsewhere:1:1", batch.id, 10, ttl).await.unwrap().len(), 3);
    let engine = world.engine();
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 3);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_share_a_batch() {
    let mut world = World::new(80, slow()).await;
    world.settings.max_streams = 10;
    let batch = world.start().await;
    let first = world.engine();
    world.settings.worker = "tester:2:1".to_owned();
    let second = world.engine();
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 80);
    assert!(world.ledger().duplicates().is_empty());
    first.stop(Duration::from_secs(1)).await;
    second.stop(Duration::from_secs(1)).await;
}
