//! Batches, their queue and their money.

use std::time::Duration;

use redraft::{
    domain::{AttemptOutcome, BatchRef, BatchState, FailureReason, Money, PauseReason, RewriteState},
    store::port::{Denied, Recorded, StoreError, Verdict},
};

use super::world::{TTL, World, attempt, counts, done, ended, failed, named, nanos, ready, spec};
use RewriteState::{Cancelled, Failed, Queued, Ready, Running};

pub async fn story(world: &World) {
    a_batch_is_recorded_as_asked(world).await;
    a_batch_runs_from_queued_to_finished(world).await;
    failures_are_grouped_and_retried(world).await;
    a_paused_batch_gives_nothing_out(world).await;
    a_cancelled_batch_takes_back_its_leases(world).await;
    a_lost_lease_changes_nothing(world).await;
    a_lease_lives_as_long_as_its_heart_beats(world).await;
    money_is_never_overspent(world).await;
    a_dead_worker_costs_its_worst_case(world).await;
    a_new_month_has_a_new_budget(world).await;
}

async fn a_batch_is_recorded_as_asked(world: &World) {
    let batch = world.batch(3, 1_000).await;
    assert_eq!(
        (batch.label().as_str(), &batch.spec, &batch.state),
        ("b1", &spec(1_000), &BatchState::Queued)
    );
    assert_eq!(batch.counts, counts(&[(Queued, 3)]));
    assert_eq!(batch.created_at, "2026-08-15T12:00:00Z".parse().unwrap());
    let read = world.store.batch(BatchRef::Number(1)).await.unwrap();
    assert_eq!(read, batch);
    let missing = world.store.batch(BatchRef::Number(99)).await.unwrap_err();
    assert_eq!(missing.to_string(), "There is no batch b99 here.");
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    // A batch of nobody has nothing left to do.
    let empty = world.store.create_batch(&spec(1), &[]).await.unwrap();
    assert_eq!(empty.state, BatchState::Finished);
    let newest: Vec<u64> = world.store.batches(1).await.unwrap().iter().map(|batch| batch.number).collect();
    assert_eq!(newest, [2]);
}

async fn a_batch_runs_from_queued_to_finished(world: &World) {
    let batch = world.batch(3, 1_000).await;
    assert_eq!(
        world.store.open_batches().await.unwrap().iter().map(|b| b.id).collect::<Vec<_>>(),
        [batch.id]
    );
    let first = world.claim("w", batch.id, 2).await;
    let keys: Vec<&str> = first.iter().map(|lease| lease.candidate.0.as_str()).collect();
    assert_eq!(keys, ["c1", "c2"], "in the order of the members");
    assert_eq!((first[0].fence, first[0].attempts, first[0].batch), (1, 0, batch.id));
    let now = world.read(&batch).await;
    assert_eq!((&now.state, now.counts), (&BatchState::Running, counts(&[(Queued, 1), (Running, 2)])));
    assert_eq!(now.started_at, None, "nothing was sent yet");

    world.make_ready(&first[0], "after", &[]).await;
    let last = world.claim("w", batch.id, 9).await;
    assert_eq!(last.len(), 1);
    assert_eq!(world.read(&batch).await.state, BatchState::Finishing);
    assert_eq!(world.claim("w", batch.id, 9).await, []);
    world.make_ready(&last[0], "after", &[]).await;
    // Sent, refused, back to the queue for a while.
    let again = world.open(&first[1], 10).await;
    let refused = ended(again, AttemptOutcome::Refused);
    let later = "2026-08-15T12:00:30Z".parse().unwrap();
    let lease = (first[1].rewrite, first[1].fence);
    let verdict = Verdict::Requeue { not_before: later };
    assert_eq!(world.store.settle(lease, Some(&refused), &verdict).await.unwrap(), Recorded::Done);
    assert_eq!(world.read(&batch).await.state, BatchState::Running);
    assert_eq!(world.claim("w", batch.id, 9).await, [], "not before its time");
    world.clock.advance(Duration::from_secs(30));
    let again = world.claim("w", batch.id, 9).await;
    assert_eq!((again[0].fence, again[0].attempts), (2, 1));
    world.make_ready(&again[0], "after", &[]).await;

    let now = world.read(&batch).await;
    assert_eq!((&now.state, now.counts), (&BatchState::Finished, counts(&[(Ready, 3)])));
    assert_eq!((now.spent, now.reserved, now.tokens_in, now.tokens_out), (nanos(30), nanos(0), 300, 60));
    assert!(now.started_at.is_some() && now.ended_at.is_some());
    assert!(world.store.open_batches().await.unwrap().is_empty());
    let attempts = world.store.attempts(first[1].rewrite).await.unwrap();
    let outcomes: Vec<_> = attempts.iter().map(|attempt| (attempt.outcome, attempt.cost)).collect();
    assert_eq!(outcomes, [(AttemptOutcome::Refused, Money::ZERO), (AttemptOutcome::Done, nanos(10))]);
    assert_eq!(attempts[1].usage.unwrap().cached, 10);
}

async fn failures_are_grouped_and_retried(world: &World) {
    let batch = world.batch(4, 1_000).await;
    let reasons = [FailureReason::Timeout, FailureReason::Refused, FailureReason::Timeout];
    let leases = world.claim("w", batch.id, 4).await;
    for (lease, reason) in leases.iter().zip(reasons) {
        let lease = (lease.rewrite, lease.fence);
        assert_eq!(world.store.settle(lease, None, &failed(reason)).await.unwrap(), Recorded::Done);
    }
    world.make_ready(&leases[3], "after", &[]).await;
    let groups = world.store.failures(batch.id).await.unwrap();
    let seen: Vec<_> =
        groups.iter().map(|group| (group.reason, group.count, group.detail.as_str())).collect();
    assert_eq!(
        seen,
        [
            (FailureReason::Timeout, 2, "Detail of timeout."),
            (FailureReason::Refused, 1, "Detail of refused by the provider.")
        ]
    );
    assert_eq!(world.read(&batch).await.state, BatchState::Finished);
    let store = &world.store;
    assert_eq!(store.retry_failed(batch.id, Some(FailureReason::EmptyReply)).await.unwrap(), 0);
    assert_eq!(world.read(&batch).await.state, BatchState::Finished, "nothing to do");
    assert_eq!(store.retry_failed(batch.id, Some(FailureReason::Timeout)).await.unwrap(), 2);
    let now = world.read(&batch).await;
    assert_eq!(
        (&now.state, now.counts),
        (&BatchState::Queued, counts(&[(Queued, 2), (Ready, 1), (Failed, 1)]))
    );
    assert_eq!(now.ended_at, None);
    assert_eq!(store.retry_failed(batch.id, None).await.unwrap(), 1);
    store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    let refused = store.retry_failed(batch.id, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "A batch that is cancelled cannot become queued.");
}

async fn a_paused_batch_gives_nothing_out(world: &World) {
    let batch = world.batch(2, 1_000).await;
    let leases = world.claim("w", batch.id, 1).await;
    let flying = world.open(&leases[0], 10).await;
    let paused = BatchState::Paused(PauseReason::Person("ops".to_owned()));
    assert_eq!(world.store.move_batch(batch.id, &paused).await.unwrap().state, paused);
    assert_eq!(world.claim("w", batch.id, 1).await, []);
    let denied = world.store.open_attempt(&attempt(&leases[0], 10)).await.unwrap();
    assert_eq!(denied, Err(Denied::NotRunning));
    assert!(world.store.open_batches().await.unwrap().is_empty());
    // What is in flight may land.
    let lease = (leases[0].rewrite, leases[0].fence);
    let recorded = world.store.settle(lease, Some(&done(flying, 5)), &ready("after")).await.unwrap();
    assert_eq!(recorded, Recorded::Done);
    assert_eq!(world.read(&batch).await.state, paused);
    let resumed = world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    assert_eq!(resumed.state, BatchState::Running);
    let unfinished = world.store.move_batch(batch.id, &BatchState::Finished).await.unwrap_err();
    assert!(matches!(unfinished, StoreError::BatchState { from: "running", to: "finished" }), "{unfinished}");
    let last = world.claim("w", batch.id, 1).await;
    world.make_ready(&last[0], "after", &[]).await;
}

async fn a_cancelled_batch_takes_back_its_leases(world: &World) {
    let batch = world.batch(3, 1_000).await;
    let leases = world.claim("w", batch.id, 2).await;
    let flying = world.open(&leases[0], 10).await;
    let held: Vec<_> = leases.iter().map(|lease| (lease.rewrite, lease.fence)).collect();
    let lease = held[1];
    world.store.settle(lease, None, &failed(FailureReason::Timeout)).await.unwrap();
    let cancelled = world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    assert_eq!((&cancelled.state, cancelled.counts), (&BatchState::Cancelled, counts(&[(Cancelled, 3)])));
    assert!(cancelled.ended_at.is_some());
    let denied = world.store.open_attempt(&attempt(&leases[0], 10)).await.unwrap();
    assert_eq!(denied, Err(Denied::LeaseLost));
    assert_eq!(world.store.heartbeat("w", &held, TTL).await.unwrap(), [held[0].0, held[1].0]);
    // The late result is paid and recorded at its attempt.
    let recorded = world.store.settle(held[0], Some(&done(flying, 7)), &ready("late")).await.unwrap();
    assert_eq!(recorded, Recorded::Stale);
    let now = world.read(&batch).await;
    assert_eq!((now.counts, now.spent, now.reserved), (counts(&[(Cancelled, 3)]), nanos(7), nanos(0)));
    let again = world.store.move_batch(batch.id, &BatchState::Running).await.unwrap_err();
    assert_eq!(again.to_string(), "A batch that is cancelled cannot become running.");
}

async fn a_lost_lease_changes_nothing(world: &World) {
    let batch = world.batch(1, 1_000).await;
    let old = world.claim("old", batch.id, 1).await.remove(0);
    let flying = world.open(&old, 10).await;
    world.clock.advance(TTL + Duration::from_secs(1));
    assert_eq!(world.store.recover(&[]).await.unwrap(), 1);
    let new = world.claim("new", batch.id, 1).await.remove(0);
    assert_eq!((new.rewrite, new.fence, new.attempts), (old.rewrite, 2, 1));
    let stale = (old.rewrite, old.fence);
    assert_eq!(world.store.settle(stale, None, &ready("late")).await.unwrap(), Recorded::Stale);
    let recorded = world.store.settle(stale, Some(&done(flying, 4)), &failed(FailureReason::Refused)).await;
    assert_eq!(recorded.unwrap(), Recorded::Stale);
    world.store.release(stale).await.unwrap();
    let denied = world.store.open_attempt(&attempt(&old, 10)).await.unwrap();
    assert_eq!(denied, Err(Denied::LeaseLost));
    let now = world.read(&batch).await;
    assert_eq!((now.counts, now.spent, now.reserved), (counts(&[(Running, 1)]), nanos(4), nanos(0)));
    world.make_ready(&new, "mine", &[]).await;
    // A result that is told twice is recorded once.
    let twice = done(world.store.attempts(new.rewrite).await.unwrap()[1].id, 10);
    let recorded = world.store.settle((new.rewrite, new.fence), Some(&twice), &ready("twice")).await.unwrap();
    assert_eq!(recorded, Recorded::Stale);
    assert_eq!(world.read(&batch).await.spent, nanos(14));
}

async fn a_lease_lives_as_long_as_its_heart_beats(world: &World) {
    let batch = world.batch(3, 1_000).await;
    let leases = world.claim("w", batch.id, 2).await;
    let held: Vec<_> = leases.iter().map(|lease| (lease.rewrite, lease.fence)).collect();
    world.clock.advance(TTL.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(world.store.heartbeat("w", &held[..1], TTL).await.unwrap(), []);
    assert_eq!(world.store.heartbeat("other", &held[..1], TTL).await.unwrap(), [held[0].0]);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(world.store.recover(&[]).await.unwrap(), 1, "the one that was not named ran out");
    assert_eq!(world.store.heartbeat("w", &held, TTL).await.unwrap(), [held[1].0]);
    world.store.release(held[0]).await.unwrap();
    assert_eq!(world.read(&batch).await.counts, counts(&[(Queued, 3)]));
    assert_eq!(world.store.workers().await.unwrap(), Vec::<String>::new());
    let leases = world.claim("gone", batch.id, 3).await;
    assert_eq!(leases[0].fence, 2);
    assert_eq!(world.store.workers().await.unwrap(), ["gone"]);
    assert_eq!(world.store.recover(&["gone".to_owned()]).await.unwrap(), 3, "long before they run out");
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
}

async fn money_is_never_overspent(world: &World) {
    let batch = world.batch(3, 100).await;
    let leases = world.claim("w", batch.id, 3).await;
    let first = world.open(&leases[0], 60).await;
    let denied = world.store.open_attempt(&attempt(&leases[1], 41)).await.unwrap();
    assert_eq!(denied, Err(Denied::BatchBudget));
    let second = world.open(&leases[1], 40).await;
    let now = world.read(&batch).await;
    assert_eq!((now.spent, now.reserved), (nanos(0), nanos(100)));
    // Never below what is spent and reserved.
    assert_eq!(world.store.set_budget(batch.id, nanos(1)).await.unwrap().spec.budget, nanos(100));
    let lease = |index: usize| (leases[index].rewrite, leases[index].fence);
    world.store.settle(lease(0), Some(&done(first, 50)), &ready("after")).await.unwrap();
    assert_eq!(world.store.set_budget(batch.id, nanos(95)).await.unwrap().spec.budget, nanos(95));
    // A worst case that was none: the attempt has the full cost, the budget only what fits.
    world.store.settle(lease(1), Some(&done(second, 70)), &ready("after")).await.unwrap();
    let now = world.read(&batch).await;
    assert_eq!((now.spent, now.reserved), (nanos(95), nanos(0)));
    assert_eq!(world.store.attempts(leases[1].rewrite).await.unwrap()[0].cost, nanos(70));
    let denied = world.store.open_attempt(&attempt(&leases[2], 1)).await.unwrap();
    assert_eq!(denied, Err(Denied::BatchBudget));
    world.store.move_batch(batch.id, &BatchState::Paused(PauseReason::Budget)).await.unwrap();
    world.store.set_budget(batch.id, nanos(1_000)).await.unwrap();
    assert_eq!(
        world.read(&batch).await.state,
        BatchState::Paused(PauseReason::Budget),
        "until somebody resumes it"
    );
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
}

async fn a_dead_worker_costs_its_worst_case(world: &World) {
    let batch = world.batch(1, 1_000).await;
    let before = world.store.month().await.unwrap();
    let lease = world.claim("w", batch.id, 1).await.remove(0);
    let flying = world.open(&lease, 300).await;
    assert_eq!(world.store.recover(&["w".to_owned()]).await.unwrap(), 1);
    let now = world.read(&batch).await;
    assert_eq!((now.spent, now.reserved, now.counts), (nanos(300), nanos(0), counts(&[(Queued, 1)])));
    let month = world.store.month().await.unwrap();
    assert_eq!((month.spent - before.spent, month.estimated - before.estimated), (nanos(300), nanos(300)));
    let attempts = world.store.attempts(lease.rewrite).await.unwrap();
    assert_eq!((attempts[0].outcome, attempts[0].cost), (AttemptOutcome::Unknown, nanos(300)));
    // It was not dead after all: the estimate gives way to the truth, the rewrite is not touched.
    let recorded =
        world.store.settle((lease.rewrite, lease.fence), Some(&done(flying, 120)), &ready("late")).await;
    assert_eq!(recorded.unwrap(), Recorded::Stale);
    let month = world.store.month().await.unwrap();
    assert_eq!((month.spent - before.spent, month.estimated - before.estimated), (nanos(120), nanos(0)));
    assert_eq!(world.read(&batch).await.counts, counts(&[(Queued, 1)]));
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
}

async fn a_new_month_has_a_new_budget(world: &World) {
    let store = &world.store;
    assert_eq!(store.month().await.unwrap().cap, Money::from_dollars(12), "unless somebody says otherwise");
    let spent = store.month().await.unwrap().spent;
    assert_eq!(store.set_month_cap(nanos(1)).await.unwrap().cap, spent, "never below what is spent");
    let batch = store.create_batch(&spec(1_000), &named(2)).await.unwrap();
    let leases = world.claim("w", batch.id, 2).await;
    let denied = store.open_attempt(&attempt(&leases[0], 1)).await.unwrap();
    assert_eq!(denied, Err(Denied::MonthBudget));
    store.set_month_cap(spent + nanos(50)).await.unwrap();
    let over = world.open(&leases[0], 50).await;
    world.clock.set("2026-09-01T00:00:00Z");
    let month = store.month().await.unwrap();
    assert_eq!((month.cap, month.spent, month.reserved), (spent + nanos(50), nanos(0), nanos(0)));
    // What was reserved in August is settled in August.
    let lease = (leases[0].rewrite, leases[0].fence);
    store.settle(lease, Some(&done(over, 20)), &ready("after")).await.unwrap();
    assert_eq!(store.month().await.unwrap().spent, nanos(0));
    world.clock.set("2026-08-31T23:59:59Z");
    let month = store.month().await.unwrap();
    assert_eq!((month.spent, month.reserved), (spent + nanos(20), nanos(0)));
    world.clock.set("2026-09-01T00:00:00Z");
    store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    store.set_month_cap(Money::from_dollars(12)).await.unwrap();
}
