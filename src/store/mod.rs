//! redraft's own tables: batches, rewrites, attempts, decisions, spend, the write-back journal.
//!
//! [`port`] says what the store does; the rest does it, on a SQLite file or on a PostgreSQL server, by the same
//! statements (`connection`). Every method of the port is one transaction, and triggers keep the counts of a batch and
//! the audit of all moves, so that neither can be forgotten. What a decision means is not decided here (that is
//! [`crate::review`]), nor when to retry (that is the engine).
//!
//! `sqlite` and `postgres` open the one and the other. A table group has one module: `batches` with `spend`, `queue`,
//! `attempts`, `rewrites` with `filter`, `decisions`, `journal`, `limits`, `parcels`.

mod attempts;
mod batches;
mod changes;
mod codec;
mod connection;
mod copy;
mod decisions;
mod error;
mod filter;
mod journal;
mod leases;
mod limits;
mod lists;
mod migrations;
mod moves;
mod parcels;
pub mod port;
mod postgres;
mod queue;
mod rewrites;
mod spend;
mod sql;
mod sqlite;
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

use crate::{clock::Clock, domain::Strength};

use connection::Connection;
pub use copy::{Copied, CopyError};
use port::StoreResult;
pub use postgres::{ServerOptions, Time, place};
pub use sqlite::StoreOptions;
use transaction::{Purpose, Readers, Writer};

/// The store. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    actor: Arc<str>,
    strength: Strength,
}

struct Inner {
    site: Site,
    clock: Arc<dyn Clock>,
    ids: Mutex<ContextV7>,
    writer: Writer,
    readers: Readers,
    commits: watch::Sender<u64>,
    watching: AtomicBool,
    seen: AtomicI64,
}

/// Where a store is.
#[allow(clippy::large_enum_variant, reason = "a store has one")]
enum Site {
    /// In a file of this machine.
    File(Box<SqliteConnectOptions>),
    /// On a server.
    Server(Box<postgres::Server>),
}

impl Site {
    /// A new connection.
    async fn connect(&self, purpose: Purpose) -> StoreResult<Connection> {
        match self {
            Self::File(options) => sqlite::connect(options, purpose).await,
            Self::Server(server) => server.connect().await,
        }
    }

    /// Begins a transaction; returns its time in microseconds.
    async fn begin(
        &self,
        connection: &mut Connection,
        purpose: Purpose,
        clock: &dyn Clock,
    ) -> StoreResult<i64> {
        match self {
            Self::File(_) => sqlite::begin(connection, purpose, clock).await,
            Self::Server(server) => server.begin(connection, purpose, clock).await,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("place", &self.place()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in the file `path`; makes it, readable by its owner alone, if there is none.
    ///
    /// Fails with [`port::StoreError::Unusable`] and a sentence when the file is no store, is a store of a newer
    /// redraft, cannot be read or written, or is open to other users; with [`port::StoreError::Busy`] when another process holds it.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>) -> StoreResult<Self> {
        Self::open_with(path, clock, StoreOptions::default()).await
    }

    /// A store whose schema is up to date; `seen` is what its changes are told by.
    async fn new(site: Site, clock: Arc<dyn Clock>, (connection, seen): (Connection, i64)) -> Self {
        let inner = Inner {
            site,
            clock,
            ids: Mutex::new(ContextV7::new()),
            writer: Writer::default(),
            readers: Readers::default(),
            commits: watch::Sender::new(0),
            watching: AtomicBool::new(false),
            seen: AtomicI64::new(seen),
        };
        inner.writer.put(connection).await;
        Self { inner: Arc::new(inner), actor: "redraft".into(), strength: Strength::Asserted }
    }

    /// The same store for somebody: moves that name nobody, as a cancellation or a retry, are recorded as theirs.
    #[must_use]
    pub fn acting_as(&self, actor: &str) -> Self {
        Self { inner: Arc::clone(&self.inner), actor: actor.into(), strength: self.strength }
    }

    /// The same store for somebody of whom it is known so well who they are: recorded with each of their decisions.
    #[must_use]
    pub fn identified(&self, strength: Strength) -> Self {
        Self { strength, ..self.clone() }
    }

    /// Where the store is, for people: the path of its file, or server and database.
    pub fn place(&self) -> String {
        match &self.inner.site {
            Site::File(options) => options.get_filename().display().to_string(),
            Site::Server(server) => server.to_string(),
        }
    }

    /// The version of its schema.
    pub fn schema(&self) -> i64 {
        migrations::version()
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

impl port::Store for Store {
    fn changed(&self) -> watch::Receiver<u64> {
        self.watch()
    }
}
