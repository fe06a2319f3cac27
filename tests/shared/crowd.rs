//! Many workers and reviewers at once, as if on many machines: each has connections of its own.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use redraft::{
    clock::SystemClock,
    domain::{Action, AttemptOutcome, Batch, BatchId, BatchState, Reviewer, RewriteId, RewriteState},
    review::filter::Filter,
    store::{
        Store,
        port::{Batches, Queue, Recorded, Reviews, Sort, Verdict},
    },
};

use super::rules;
use crate::{
    stories::store::world::{TTL, attempt, done, ended as broken_off, named, ready, spec, text},
    support::servers::{self, Database},
};

const WORKERS: usize = 5;
const REWRITES: usize = 120;

async fn store(database: &Database) -> Store {
    Store::connect(&database.url().into(), Arc::new(SystemClock)).await.unwrap()
}

/// Works until nothing is left; every seventh attempt goes back to the queue. Returns what it made ready.
async fn work(store: Store, name: String, batches: Vec<BatchId>) -> Vec<RewriteId> {
    let mut made = Vec::new();
    let mut number = 0_u32;
    loop {
        let mut leases = Vec::new();
        for batch in &batches {
            leases.extend(store.claim(&name, *batch, 3, TTL).await.unwrap());
        }
        if leases.is_empty() {
            if store.open_batches().await.unwrap().iter().all(|open| !batches.contains(&open.id)) {
                return made;
            }
            tokio::task::yield_now().await;
            continue;
        }
        let held: Vec<_> = leases.iter().map(|lease| (lease.rewrite, lease.fence)).collect();
        assert_eq!(store.heartbeat(&name, &held, TTL).await.unwrap(), []);
        for lease in leases {
            let key = (lease.rewrite, lease.fence);
            let sent = store.open_attempt(&attempt(&lease, 50)).await.unwrap().unwrap();
            number += 1;
            let now = redraft::clock::Clock::now(&SystemClock);
            let verdict =
                if number.is_multiple_of(7) { Verdict::Requeue { not_before: now } } else { ready("x") };
            let settlement = match verdict {
                Verdict::Requeue { .. } => broken_off(sent, AttemptOutcome::Unknown),
                _ => done(sent, 20),
            };
            let settled = store.settle(key, Some(&settlement), &verdict).await.unwrap();
            assert_eq!(settled, Recorded::Done, "the lease was held all the time");
            if verdict == ready("x") {
                made.push(lease.rewrite);
            }
        }
        store.recover(&[]).await.unwrap();
    }
}

/// Approves what is ready and takes every other approval back, until the batches are over.
async fn review(store: Store, name: &'static str, batches: Vec<BatchId>) -> usize {
    let mut decided = 0;
    let by = Reviewer(name.to_owned());
    loop {
        let filter = Filter::states(&[RewriteState::Ready]);
        for id in store.ids(&filter, Sort::Recent, 20).await.unwrap() {
            let action = Action::Approve { text: text("x") };
            // Somebody else may be faster.
            let Ok((decision, _)) = store.decide(id, None, &by, &action).await else { continue };
            decided += 1;
            if decided % 2 == 0 {
                drop(store.decide(id, None, &by, &Action::Undo { decision: decision.id }).await);
            }
        }
        if store.open_batches().await.unwrap().iter().all(|open| !batches.contains(&open.id)) {
            return decided;
        }
    }
}

async fn ended(store: &Store, batch: &Batch) -> Batch {
    store.batch(redraft::domain::BatchRef::Id(batch.id)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_workers_and_reviewers_lose_nothing_and_do_nothing_twice() {
    let Some(database) = servers::postgres() else { return };
    let first = store(&database).await;
    let one = first.create_batch(&spec(1_000_000), &named(REWRITES)).await.unwrap();
    let other = first.create_batch(&spec(1_000_000), &named(REWRITES)).await.unwrap();
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        let mut batches = vec![one.id, other.id];
        if number % 2 == 1 {
            batches.reverse();
        }
        workers.push(tokio::spawn(work(store(&database).await, format!("w{number}"), batches)));
    }
    let reviewers = ["anna", "ben"];
    let mut reviews = Vec::new();
    for name in reviewers {
        reviews.push(tokio::spawn(review(store(&database).await, name, vec![one.id, other.id])));
    }
    let mut made = Vec::new();
    for worker in workers {
        made.extend(tokio::time::timeout(Duration::from_secs(100), worker).await.unwrap().unwrap());
    }
    let mut decided = 0;
    for review in reviews {
        decided += review.await.unwrap();
    }
    assert!(decided > 10, "people decided meanwhile: {decided}");
    let distinct: BTreeSet<RewriteId> = made.iter().copied().collect();
    assert_eq!((made.len(), distinct.len()), (2 * REWRITES, 2 * REWRITES));
    for batch in [&one, &other] {
        let batch = ended(&first, batch).await;
        assert_eq!(batch.state, BatchState::Finished);
        assert_eq!(batch.counts.of(RewriteState::Ready) + batch.counts.of(RewriteState::Approved), 120);
        assert_eq!(batch.reserved.nanos(), 0);
    }
    rules::hold(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_is_never_overspent_however_many_ask_at_once() {
    let Some(database) = servers::postgres() else { return };
    let first = store(&database).await;
    // Room for 10 of 40.
    let batch = first.create_batch(&spec(1_000), &named(40)).await.unwrap();
    let admitted = Arc::new(Mutex::new(0));
    let mut tasks = Vec::new();
    for number in 0..8 {
        let (store, admitted) = (store(&database).await, Arc::clone(&admitted));
        tasks.push(tokio::spawn(async move {
            for lease in store.claim(&format!("w{number}"), batch.id, 5, TTL).await.unwrap() {
                if store.open_attempt(&attempt(&lease, 100)).await.unwrap().is_ok() {
                    *admitted.lock().unwrap() += 1;
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*admitted.lock().unwrap(), 10);
    assert_eq!(ended(&first, &batch).await.reserved.nanos(), 1_000);
    rules::hold(&database);
}
