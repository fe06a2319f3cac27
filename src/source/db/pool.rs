//! A few connections to a server, opened when they are needed and kept for the next call.
//!
//! Not sqlx's pool: that one hides why a connection cannot be made behind a timeout, and asks the server before each use.
//! Here a connection that broke meanwhile is noticed by the statement that meets it, and the engine's own words are told.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{DbError, DbResult, Fault};

/// The most calls that read, and the most transactions, at the same time.
const MOST: usize = 4;

/// How long a new connection may take.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// How long the server may work on one statement.
pub(super) const STATEMENT: Duration = Duration::from_secs(30);

/// How long an answer may take: longer than the server may work on it.
const ANSWER: Duration = Duration::from_secs(35);

/// What a connection is taken for; neither waits for the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use {
    /// One statement that reads.
    Read,
    /// A transaction.
    Write,
}

/// The connections.
pub(super) struct Pool<C> {
    idle: Mutex<Vec<C>>,
    reading: Semaphore,
    writing: Semaphore,
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl<C> Pool<C> {
    /// With its first connection.
    pub(super) fn new(first: C) -> Self {
        Self { idle: Mutex::new(vec![first]), reading: Semaphore::new(MOST), writing: Semaphore::new(MOST) }
    }

    /// Takes a connection, and opens one if none is idle.
    pub(super) async fn take(
        &self,
        purpose: Use,
        open: impl Future<Output = DbResult<C>>,
    ) -> DbResult<Held<'_, C>> {
        let permits = match purpose {
            Use::Read => &self.reading,
            Use::Write => &self.writing,
        };
        let closed = |_| DbError::new(Fault::Unreachable, "it was closed");
        let permit = permits.acquire().await.map_err(closed)?;
        let idle = self.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open.await?,
        };
        Ok(Held { connection, pool: self, _permit: permit })
    }

    /// Forgets the connections that nobody uses now: what broke one of them broke all.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use. Dropped, it is closed, which undoes its transaction.
pub(super) struct Held<'p, C> {
    pub(super) connection: C,
    pool: &'p Pool<C>,
    _permit: SemaphorePermit<'p>,
}

impl<C> fmt::Debug for Held<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

impl<C> Held<'_, C> {
    /// Gives it back for the next call.
    pub(super) fn give_back(self) {
        self.pool.lock().push(self.connection);
    }

    /// Gives it back after a statement, or drops it and all others if the connection broke.
    pub(super) fn end<T>(self, result: DbResult<T>) -> DbResult<T> {
        match &result {
            Err(error) if error.is_broken() => self.pool.forget(),
            Ok(_) | Err(_) => self.give_back(),
        }
        result
    }
}

/// Waits for an answer, but not for ever: the network may have swallowed it.
pub(super) async fn answer<T>(call: impl Future<Output = DbResult<T>>) -> DbResult<T> {
    tokio::time::timeout(ANSWER, call).await.unwrap_or_else(|_| {
        Err(DbError::broken(format!("the server did not answer within {} s", ANSWER.as_secs())))
    })
}

/// Waits for a new connection. What opens it is large, and stands apart, so that every caller stays small.
pub(super) fn connected<'p, C>(
    place: &'p str,
    open: impl Future<Output = DbResult<C>> + Send + 'p,
) -> impl Future<Output = DbResult<C>> + 'p
where
    C: 'p,
{
    let open = tokio::time::timeout(CONNECT, Box::pin(open));
    async move {
        open.await.unwrap_or_else(|_| {
            let seconds = CONNECT.as_secs();
            Err(DbError::new(Fault::Unreachable, format!("{place} did not answer within {seconds} s")))
        })
    }
}
