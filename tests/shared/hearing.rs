//! A commit of one process reaches those who watch in another.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redraft::{
    clock::SystemClock,
    store::{
        Store,
        port::{Batches, Store as _},
    },
};
use tokio::sync::watch;

use crate::{
    stories::store::world::{named, spec},
    support::servers::{self, Database},
};

async fn store(database: &Database) -> Store {
    Store::connect(&database.url().into(), Arc::new(SystemClock)).await.unwrap()
}

/// Waits until nothing new was heard for a while.
async fn quiet(changed: &mut watch::Receiver<u64>) {
    while tokio::time::timeout(Duration::from_millis(1_600), changed.changed()).await.is_ok() {}
}

/// How long it takes until a commit of one is heard by the other.
async fn heard(here: &Store, changed: &mut watch::Receiver<u64>) -> Duration {
    changed.mark_unchanged();
    let start = Instant::now();
    here.create_batch(&spec(1), &named(1)).await.unwrap();
    changed.changed().await.unwrap();
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_heard_at_once_and_without_notices_within_a_second() {
    let Some(database) = servers::postgres() else { return };
    let (here, there) = (store(&database).await, store(&database).await);
    let mut changed = there.changed();
    quiet(&mut changed).await;
    let took = heard(&here, &mut changed).await;
    assert!(took < Duration::from_millis(500), "{took:?}: not by the notice");
    quiet(&mut changed).await;
    // The connection that listens is lost: everything is read again, and the next commit is heard.
    changed.mark_unchanged();
    let listening = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE (query LIKE '%LISTEN%' \
                     OR query LIKE '%last_value FROM redraft.pulse%') AND datname = current_database() AND pid <> pg_backend_pid()";
    assert_ne!(database.value(listening), "0");
    tokio::time::timeout(Duration::from_secs(2), changed.changed()).await.unwrap().unwrap();
    quiet(&mut changed).await;
    assert!(heard(&here, &mut changed).await < Duration::from_secs(1));
    quiet(&mut changed).await;
    // A commit whose notice is lost.
    changed.mark_unchanged();
    database.run("SELECT nextval('redraft.pulse')");
    tokio::time::timeout(Duration::from_secs(1), changed.changed()).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_commit_is_not_heard() {
    let Some(database) = servers::postgres() else { return };
    let (here, there) = (store(&database).await, store(&database).await);
    let mut changed = there.changed();
    quiet(&mut changed).await;
    for _ in 0..20 {
        here.batches(10).await.unwrap();
        here.month().await.unwrap();
    }
    let silence = tokio::time::timeout(Duration::from_millis(1_600), changed.changed()).await;
    assert!(silence.is_err(), "idle means idle");
}
