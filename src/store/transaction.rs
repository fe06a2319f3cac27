//! Connections and transactions: one writer, a few readers.
//!
//! Every write transaction begins with `BEGIN IMMEDIATE`: a deferred one that reads before it writes fails as soon as
//! somebody else wrote in between, whatever the busy timeout. Within the process writers wait for one another in
//! order, so that only other processes are ever waited for by SQLite's polling.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

use sqlx::{Connection, Sqlite, SqliteConnection, Transaction, sqlite::SqliteConnectOptions};
use tokio::sync::{MutexGuard, Semaphore, SemaphorePermit, watch};

use super::{
    SqliteStore, codec,
    port::{StoreError, StoreResult},
};

/// The most connections that read at the same time.
const READERS: usize = 4;

/// The one connection that writes; empty until the first use and after it broke.
#[derive(Default)]
pub(super) struct Writer(tokio::sync::Mutex<Option<SqliteConnection>>);

/// The connections that read, as many as were ever needed at once.
pub(super) struct Readers {
    idle: Mutex<Vec<SqliteConnection>>,
    permits: Semaphore,
}

impl Default for Readers {
    fn default() -> Self {
        Self { idle: Mutex::default(), permits: Semaphore::new(READERS) }
    }
}

impl Writer {
    pub(super) async fn put(&self, connection: SqliteConnection) {
        *self.0.lock().await = Some(connection);
    }

    pub(super) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.take() {
            drop(connection.close().await);
        }
    }
}

impl Readers {
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            drop(connection.close().await);
        }
    }
}

/// The writer, held. No other task of the process writes meanwhile.
pub(super) struct Held<'s> {
    guard: MutexGuard<'s, Option<SqliteConnection>>,
    store: &'s SqliteStore,
}

/// A write transaction. Dropped without a commit it leaves no trace.
pub(super) struct Tx<'h> {
    inner: Transaction<'h, Sqlite>,
    commits: &'h watch::Sender<u64>,
    /// The time of all that happens in it, in microseconds.
    pub(super) now: i64,
}

impl Held<'_> {
    /// Begins a write transaction.
    pub(super) async fn begin(&mut self) -> StoreResult<Tx<'_>> {
        let store = self.store;
        let inner = self.connection()?.begin_with("BEGIN IMMEDIATE").await?;
        // Only now: the wait for the lock may have been long.
        let now = codec::micros(store.inner.clock.now());
        Ok(Tx { inner, commits: &store.inner.commits, now })
    }

    /// The connection, outside of a transaction.
    pub(super) fn connection(&mut self) -> StoreResult<&mut SqliteConnection> {
        self.guard.as_mut().ok_or_else(|| StoreError::Engine("no connection".to_owned()))
    }
}

impl Tx<'_> {
    /// Commits, and tells those who watch the store.
    pub(super) async fn commit(self) -> StoreResult<()> {
        let commits = self.commits;
        self.commit_quietly().await?;
        commits.send_modify(|number| *number += 1);
        Ok(())
    }

    /// Commits what no reader would see.
    pub(super) async fn commit_quietly(self) -> StoreResult<()> {
        Ok(self.inner.commit().await?)
    }
}

impl Deref for Tx<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.inner
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

/// A connection to read with; it goes back to the others when dropped.
pub(super) struct Reader<'s> {
    connection: Option<SqliteConnection>,
    readers: &'s Readers,
    _permit: SemaphorePermit<'s>,
}

impl Reader<'_> {
    /// A transaction that sees one commit and no later one.
    pub(super) async fn snapshot(&mut self) -> StoreResult<Transaction<'_, Sqlite>> {
        match &mut self.connection {
            Some(connection) => Ok(connection.begin().await?),
            None => Err(StoreError::Engine("no connection".to_owned())),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl SqliteStore {
    /// Takes the writer, after all who asked for it before.
    pub(super) async fn writer(&self) -> StoreResult<Held<'_>> {
        let mut guard = self.inner.writer.0.lock().await;
        *guard = Some(alive(guard.take(), &self.inner.options).await?);
        Ok(Held { guard, store: self })
    }

    /// Takes a connection to read with.
    pub(super) async fn reader(&self) -> StoreResult<Reader<'_>> {
        let readers = &self.inner.readers;
        let permit =
            readers.permits.acquire().await.map_err(|closed| StoreError::Engine(closed.to_string()))?;
        let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let options = self.inner.options.clone().pragma("query_only", "ON");
        let connection = alive(idle, &options).await?;
        Ok(Reader { connection: Some(connection), readers, _permit: permit })
    }

    /// Does something that is one transaction; once more if another process held the store for all of the busy
    /// timeout.
    pub(super) async fn once_more<T, F>(&self, transaction: impl Fn() -> F) -> StoreResult<T>
    where
        F: Future<Output = StoreResult<T>>,
    {
        match transaction().await {
            Err(StoreError::Busy(why)) => {
                tracing::warn!(%why, "the store is busy; trying once more");
                transaction().await
            }
            other => other,
        }
    }
}

/// The connection if its thread still answers, else a new one.
async fn alive(
    connection: Option<SqliteConnection>,
    options: &SqliteConnectOptions,
) -> StoreResult<SqliteConnection> {
    if let Some(mut connection) = connection
        && connection.ping().await.is_ok()
    {
        return Ok(connection);
    }
    Ok(SqliteConnection::connect_with(options).await?)
}
