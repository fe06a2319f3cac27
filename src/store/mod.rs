//! redraft's own tables: batches, rewrites, attempts, decisions, spend, the write-back journal.
//!
//! [`port`] says what the store does; the rest is the embedded store, a SQLite file. Every method of the port is one
//! transaction, and triggers keep the counts of a batch and the audit of all moves, so that neither can be forgotten.
//! What a decision means is not decided here (that is [`crate::review`]), nor when to retry (that is the engine).
//!
//! SQL is kept to what a server understands as well, but for `json_each`, which hands in lists. A table group has one
//! module: `batches` with `spend`, `queue`, `attempts`, `rewrites` with `filter`, `decisions`, `journal`.

mod attempts;
mod batches;
mod changes;
mod codec;
mod connect;
mod decisions;
mod error;
mod filter;
mod journal;
mod lists;
mod migrations;
mod moves;
pub mod port;
mod queue;
mod rewrites;
mod spend;
mod sql;
mod texts;
mod told;
mod transaction;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64},
    },
};

use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::watch;
use uuid::{ContextV7, Uuid};

use crate::clock::Clock;

pub use connect::StoreOptions;
use port::{Store, StoreResult};
use transaction::{Readers, Writer};

/// The store in a SQLite file. Clones share their connections.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
    actor: Arc<str>,
}

struct Inner {
    options: SqliteConnectOptions,
    clock: Arc<dyn Clock>,
    ids: Mutex<ContextV7>,
    writer: Writer,
    readers: Readers,
    commits: watch::Sender<u64>,
    watching: AtomicBool,
    seen: AtomicI64,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("file", &self.inner.options.get_filename())
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the store in the file `path`; makes it, readable by its owner alone, if there is none.
    ///
    /// Fails with [`port::StoreError::Unusable`] and a sentence when the file is no store, is a store of a newer
    /// redraft, cannot be read or written, or is open to other users; with [`port::StoreError::Busy`] when another process holds it.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>) -> StoreResult<Self> {
        Self::open_with(path, clock, StoreOptions::default()).await
    }

    /// The same store for somebody: moves that name nobody, as a cancellation or a retry, are recorded as theirs.
    #[must_use]
    pub fn acting_as(&self, actor: &str) -> Self {
        Self { inner: Arc::clone(&self.inner), actor: actor.into() }
    }

    /// Closes the connections; the last one to close tidies the log of the file up.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.readers.close().await;
    }

    /// A new identifier; those of one store sort by the time of their making.
    fn new_uuid(&self) -> Uuid {
        let now = self.inner.clock.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.inner.ids, seconds, nanos))
    }
}

impl Store for SqliteStore {
    fn changed(&self) -> watch::Receiver<u64> {
        self.watch()
    }
}
