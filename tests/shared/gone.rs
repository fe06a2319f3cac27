//! The server goes away and comes back.

use std::{sync::Arc, time::Duration};

use redraft::{
    clock::SystemClock,
    domain::{AttemptOutcome, RewriteState},
    store::{
        Store,
        port::{Batches, Queue, Recorded, Store as _, StoreError},
    },
};

use super::rules;
use crate::{
    stories::store::world::{TTL, attempt, done, named, ready, spec},
    support::servers::{self, Kind},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_stays_and_work_goes_on_when_the_server_is_back() {
    let Some(database) = servers::own(Kind::Postgres) else { return };
    let store = Store::connect(&database.url().into(), Arc::new(SystemClock)).await.unwrap();
    let mut changed = store.changed();
    let batch = store.create_batch(&spec(1_000), &named(2)).await.unwrap();
    let leases = store.claim("w", batch.id, 2, TTL).await.unwrap();
    let sent = store.open_attempt(&attempt(&leases[0], 100)).await.unwrap().unwrap();

    database.server().stop();
    let away = store.batches(1).await.unwrap_err();
    assert!(matches!(away, StoreError::Away(_)), "{away:?}");
    let told = redraft::error::Error::from(away).to_string();
    assert!(told.contains("The server of the store cannot be reached"), "{told}");
    let lease = (leases[0].rewrite, leases[0].fence);
    let verdict = ready("after");
    let lost = store.settle(lease, Some(&done(sent, 60)), &verdict).await.unwrap_err();
    assert!(matches!(lost, StoreError::Away(_)), "{lost:?}");

    database.server().restart();
    changed.mark_unchanged();
    // The same call once more: the result counts once, whatever became of the first.
    assert_eq!(store.settle(lease, Some(&done(sent, 60)), &verdict).await.unwrap(), Recorded::Done);
    assert_eq!(store.settle(lease, Some(&done(sent, 60)), &verdict).await.unwrap(), Recorded::Stale);
    let attempts = store.attempts(leases[0].rewrite).await.unwrap();
    assert_eq!(attempts.iter().map(|one| one.outcome).collect::<Vec<_>>(), [AttemptOutcome::Done]);
    let now = store.batches(1).await.unwrap().remove(0);
    assert_eq!((now.counts.of(RewriteState::Ready), now.counts.of(RewriteState::Running)), (1, 1));
    assert_eq!((now.spent.nanos(), now.reserved.nanos()), (60, 0));
    tokio::time::timeout(Duration::from_secs(5), changed.changed()).await.unwrap().unwrap();
    rules::hold(&database);
}
