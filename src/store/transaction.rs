//! Connections and transactions: one writer, a few readers.
//!
//! On SQLite every write transaction begins with `BEGIN IMMEDIATE`: a deferred one that reads before it writes fails as
//! soon as somebody else wrote in between, whatever the busy timeout. On PostgreSQL it holds the row of the batch that
//! it is about ([`Tx::hold`]), before it looks at anything that hangs on it: so whatever happens to the rewrites of one
//! batch happens one after the other, on however many machines, and nobody waits in a circle. Within the process
//! writers wait for one another in order, whichever the engine.

use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::AssertSqlSafe;
use tokio::{
    runtime::Handle,
    sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
};

use super::{
    Inner, Site, Store, changes,
    connection::{Connection, Engine, Lock, query},
    port::{StoreError, StoreResult},
};
use crate::domain::RewriteId;

/// The most connections that read at the same time.
const READERS: u32 = 4;

/// The one connection that writes; empty until the first use and after it broke.
#[derive(Default)]
pub(super) struct Writer(Arc<tokio::sync::Mutex<Option<Connection>>>);

/// The connections that read, as many as were ever needed at once.
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Default for Readers {
    fn default() -> Self {
        Self { idle: Mutex::default(), permits: Arc::new(Semaphore::new(READERS as usize)) }
    }
}

impl Writer {
    pub(super) async fn put(&self, connection: Connection) {
        *self.0.lock().await = Some(connection);
    }

    /// What the changes of the store are told by, as this connection sees it.
    pub(super) async fn version(&self, site: &Site) -> StoreResult<i64> {
        let mut slot = self.0.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => site.connect(Purpose::Write).await?,
        };
        let version = changes::version(&mut connection).await?;
        *slot = Some(connection);
        Ok(version)
    }

    pub(super) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.take() {
            connection.close().await;
        }
    }
}

impl Readers {
    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    /// Waits for those that read and closes all connections.
    pub(super) async fn close(&self) {
        let all = self.permits.acquire_many(READERS).await;
        let idle = mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            connection.close().await;
        }
        drop(all);
    }
}

/// Where a connection goes when its transaction is over.
enum Home {
    Writer(OwnedMutexGuard<Option<Connection>>),
    Readers(OwnedSemaphorePermit),
}

/// A connection with a transaction that has begun.
struct Session {
    connection: Connection,
    home: Option<Home>,
    inner: Arc<Inner>,
    is_over: bool,
}

impl Session {
    /// Gives the connection back. Nobody gets it before a transaction that was left is rolled back: a server would keep
    /// its locks, and an error or a dropped task may have left it anywhere.
    fn give_back(&mut self) {
        let Some(home) = self.home.take() else { return };
        let mut connection = mem::replace(&mut self.connection, Connection::None);
        let inner = Arc::clone(&self.inner);
        if self.is_over {
            home.receive(&inner, connection);
        } else if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if connection.script("ROLLBACK").await.is_ok() {
                    home.receive(&inner, connection);
                }
            });
        }
    }
}

impl Home {
    fn receive(self, inner: &Inner, connection: Connection) {
        match self {
            Self::Writer(mut slot) => *slot = Some(connection),
            Self::Readers(_permit) => inner.readers.put(connection),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A transaction that sees one commit and no later one, and writes nothing.
pub(super) struct Snapshot {
    session: Session,
    /// The time when it began, in microseconds.
    pub(super) now: i64,
}

/// A write transaction. Dropped without a commit it leaves no trace.
pub(super) struct Tx {
    session: Session,
    /// The time of all that happens in it, in microseconds.
    pub(super) now: i64,
    /// How it is known who acts.
    pub(super) strength: &'static str,
    batch: i64,
}

impl Tx {
    /// Holds a batch with all that hangs on it until the end of the transaction: its rewrites, counts and budget. To be
    /// called before any of it is read. Several are held in the order of their numbers.
    pub(super) async fn hold(&mut self, number: i64) -> StoreResult<()> {
        self.batch = number;
        match self.engine() {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => {
                let row = query("SELECT 1 FROM batch WHERE number = $1").bind(number).locking(Lock::Wait);
                row.fetch_optional(self).await.map(drop)
            }
        }
    }

    /// [`Self::hold`] for the batch of a rewrite, if there is such a one.
    pub(super) async fn hold_of(&mut self, rewrite: RewriteId) -> StoreResult<()> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        let batch = "SELECT number FROM batch WHERE number = (SELECT batch FROM rewrite WHERE id = $1)";
        let row = query(batch).bind(rewrite.to_string()).locking(Lock::Wait).fetch_optional(self).await?;
        self.batch = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
        Ok(())
    }

    /// Commits, and tells those who watch the store, here and elsewhere.
    pub(super) async fn commit(mut self) -> StoreResult<()> {
        match self.engine() {
            Engine::Sqlite => drop(self.script("COMMIT").await?),
            Engine::Postgres => {
                // One notice a transaction: it takes a lock of all of the server.
                let batch = self.batch;
                let notice =
                    format!("SELECT pg_notify('redraft', 'b{batch}'), nextval('redraft.pulse'); COMMIT");
                drop(self.script(AssertSqlSafe(notice)).await?);
            }
        }
        self.session.is_over = true;
        self.session.inner.commits.send_modify(|number| *number += 1);
        Ok(())
    }

    /// Commits what no reader would see.
    pub(super) async fn commit_quietly(mut self) -> StoreResult<()> {
        self.script("COMMIT").await?;
        self.session.is_over = true;
        Ok(())
    }
}

impl Tx {
    /// Gives up, at once: what is held is free when this returns.
    pub(super) async fn rollback(mut self) {
        self.session.is_over = self.script("ROLLBACK").await.is_ok();
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.session.connection
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.session.connection
    }
}

impl Deref for Snapshot {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.session.connection
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.session.connection
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

impl Store {
    /// Begins a write transaction, after all who asked for one before.
    pub(super) async fn write(&self) -> StoreResult<Tx> {
        let mut slot = Arc::clone(&self.inner.writer.0).lock_owned().await;
        match self.begin(slot.take(), Purpose::Write).await {
            Ok((connection, now)) => {
                let session = self.session(connection, Home::Writer(slot));
                Ok(Tx { session, now, strength: self.strength.word(), batch: 0 })
            }
            Err((connection, error)) => {
                *slot = connection;
                Err(error)
            }
        }
    }

    /// Begins a transaction to read with.
    pub(super) async fn snapshot(&self) -> StoreResult<Snapshot> {
        let readers = &self.inner.readers;
        let permit = Arc::clone(&readers.permits).acquire_owned().await;
        let permit = permit.map_err(|closed| StoreError::Engine(closed.to_string()))?;
        match self.begin(readers.take(), Purpose::Read).await {
            Ok((connection, now)) => {
                Ok(Snapshot { session: self.session(connection, Home::Readers(permit)), now })
            }
            Err((connection, error)) => {
                if let Some(connection) = connection {
                    readers.put(connection);
                }
                Err(error)
            }
        }
    }

    fn session(&self, connection: Connection, home: Home) -> Session {
        Session { connection, home: Some(home), inner: Arc::clone(&self.inner), is_over: false }
    }

    /// Begins a transaction on a connection; on a new one if there is none or it is broken.
    async fn begin(
        &self,
        connection: Option<Connection>,
        purpose: Purpose,
    ) -> Result<(Connection, i64), (Option<Connection>, StoreError)> {
        let inner = &self.inner;
        if let Some(mut connection) = connection {
            match inner.site.begin(&mut connection, purpose, &*inner.clock).await {
                Ok(now) => return Ok((connection, now)),
                Err(error @ StoreError::Busy(_)) => return Err((Some(connection), error)),
                Err(error) => tracing::debug!(%error, "a connection to the store is broken"),
            }
        }
        let mut connection = inner.site.connect(purpose).await.map_err(|error| (None, error))?;
        match inner.site.begin(&mut connection, purpose, &*inner.clock).await {
            Ok(now) => Ok((connection, now)),
            Err(error) => Err((Some(connection), error)),
        }
    }

    /// Does something that is one transaction; once more if somebody else held for too long what it needs.
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
