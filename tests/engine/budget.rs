//! Money: never more than the budget, whatever is in flight.

use std::time::Duration;

use redraft::{
    domain::{BatchState, Money, PauseReason, RewriteState},
    engine::{port::Who, start_batch},
    simulator::{BrokenBilling, Cut, Effect, Fault, How, Latency, Point, Scenario, Trigger},
    store::port::Batches,
};

use super::world::{World, assert_settled, count, request};

fn paused(batch: &redraft::domain::Batch) -> bool {
    batch.state == BatchState::Paused(PauseReason::Budget)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_ends_in_the_middle_pauses_and_goes_on_when_raised() {
    let latency = Latency { queue_median_ms: 30.0, queue_max_ms: 80.0, ..Latency::default() };
    let scenario =
        Scenario { latency, speed: 10.0, limits: redraft::simulator::Limits::NONE, ..Scenario::default() };
    let world = World::new(200, scenario).await;
    let engine = world.engine();
    let mut asked = request(Who::All);
    let budget = Money::from_nanos(12_000_000);
    asked.budget = Some(budget);
    let batch = start_batch(&world.parts(), &asked).await.unwrap();
    let stopped = world.until(&batch, paused).await;
    let billed = world.ledger().billed();
    assert!(billed <= budget && stopped.spent == billed, "{billed:?} of {budget:?}");
    let ready = count(&stopped, RewriteState::Ready);
    assert!(ready > 5 && ready < 200, "{ready}");
    assert_settled(&world, &stopped).await;
    let waiting = world.until(&batch, |batch| count(batch, RewriteState::Running) == 0).await;
    assert_eq!(count(&waiting, RewriteState::Queued), 200 - ready, "the rest is queued, none has failed");
    // Less is left than one worst case.
    let worst = world.rewrites(&batch).await;
    let worst = worst.iter().find(|rewrite| rewrite.head.state == RewriteState::Ready).unwrap().head.id;
    let reserved = world.store.attempts(worst).await.unwrap()[0].reserved;
    assert!(budget - stopped.spent < reserved + reserved, "{:?} left", budget - stopped.spent);

    world.store.set_budget(batch.id, Money::from_dollars(1)).await.unwrap();
    world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 200);
    assert_eq!(world.ledger().billed(), ended.spent);
    assert!(world.ledger().duplicates().is_empty());
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_month_stops_all_batches() {
    let world = World::new(100, Scenario::instant()).await;
    let cap = Money::from_nanos(8_000_000);
    world.store.set_month_cap(cap).await.unwrap();
    let engine = world.engine();
    let batches = [world.start().await, world.start().await];
    for batch in &batches {
        world.until(batch, paused).await;
    }
    let month = world.store.month().await.unwrap();
    assert!(month.spent + month.reserved <= cap && world.ledger().billed() <= cap, "{month:?}");
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_been_paid_is_counted_as_paid() {
    let cut = Effect::Cut(Cut { at: Point::Tokens(20), how: How::Close });
    let fault = Fault { first_tries: Some(1), ..Fault::new(Trigger::Always, cut) };
    let scenario =
        Scenario { faults: vec![fault], broken_billing: BrokenBilling::Full, ..Scenario::instant() };
    let world = World::new(20, scenario).await;
    let batch = world.finish().await;
    assert_eq!(count(&batch, RewriteState::Ready), 20);
    let billed = world.ledger().billed();
    assert!(billed < batch.spent, "{billed:?} is at most the {:?} that were counted", batch.spent);
    let month = world.store.month().await.unwrap();
    assert!(month.estimated > Money::ZERO && month.estimated < month.spent);
    assert_settled(&world, &batch).await;
}

#[tokio::test]
async fn a_budget_below_one_request_sends_nothing() {
    let world = World::new(3, Scenario::instant()).await;
    let engine = world.engine();
    let mut asked = request(Who::All);
    asked.budget = Some(Money::from_nanos(1_000));
    let batch = start_batch(&world.parts(), &asked).await.unwrap();
    let stopped = world.until(&batch, paused).await;
    assert_eq!(stopped.spent, Money::ZERO);
    assert!(world.ledger().admitted.is_empty());
    engine.stop(Duration::from_secs(1)).await;
}
