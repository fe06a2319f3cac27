//! A narrow layer over the database engines: values, statements, one way to run them.
//!
//! It exists because the schema is only known at run time, so typed queries are of no use, and because every statement
//! to the candidate database has to pass one place. An engine is a variant here with a file of its own; nothing outside
//! this folder names a driver. It knows nothing of candidates.

mod charset;
mod dialect;
mod error;
mod lite;
mod my;
mod network;
mod pg;
mod pool;
mod schema;
mod sql;
mod val;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::port::Check;
use crate::probe::{Side, op};

pub(super) use dialect::Engine;
pub(super) use error::{DbError, Fault};
pub(super) use schema::{Affinity, ColumnInfo, Equality, ForeignKey, Kind, Rollback, TableInfo, TableKind};
pub(super) use sql::Sql;
pub(super) use val::Val;

/// One row of an answer.
pub(super) type Row = Vec<Val>;

/// The result of a call to the database.
pub(super) type DbResult<T> = Result<T, DbError>;

/// How long the engine itself waits for a lock, before a call is given up or tried again.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a database is and how to get in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login<'a> {
    /// `sqlite:FILE`, `postgres://…` or `mysql://…`.
    pub(super) url: &'a SecretString,
    /// The password, if the URL holds none.
    pub(super) password: Option<&'a SecretString>,
    /// How long to wait for locks.
    pub(super) busy_timeout: Duration,
}

/// A database of any engine.
#[derive(Debug)]
pub(super) enum Db {
    /// SQLite.
    Lite(lite::Lite),
    /// PostgreSQL.
    Pg(pg::Pg),
    /// MySQL and MariaDB.
    My(my::My),
}

impl Db {
    /// Connects once, so that a wrong address is told at once and by the engine itself.
    pub(super) async fn connect(login: Login<'_>) -> DbResult<Self> {
        match login.url.expose_secret().split_once(':') {
            Some(("sqlite", path)) => {
                Box::pin(lite::Lite::connect(path.as_ref(), login.busy_timeout)).await.map(Self::Lite)
            }
            Some(("postgres" | "postgresql", _)) => Box::pin(pg::Pg::connect(&login)).await.map(Self::Pg),
            Some(("mysql" | "mariadb", _)) => Box::pin(my::My::connect(&login)).await.map(Self::My),
            Some((scheme, _)) => Err(DbError::new(
                Fault::Unreachable,
                format!("redraft cannot connect to \"{}:\" databases", scheme.escape_default()),
            )),
            None => Err(DbError::new(Fault::Unreachable, "the URL names no engine")),
        }
    }

    /// Which engine it is.
    pub(super) const fn engine(&self) -> Engine {
        match self {
            Self::Lite(_) => Engine::Sqlite,
            Self::Pg(_) => Engine::Postgres,
            Self::My(_) => Engine::MySql,
        }
    }

    /// Runs a statement that reads.
    pub(super) async fn query(&self, sql: Sql) -> DbResult<Vec<Row>> {
        op(Side::Candidates, "query", async {
            match self {
                Self::Lite(lite) => lite.query(sql).await,
                Self::Pg(pg) => pg.query(sql).await,
                Self::My(my) => my.query(sql).await,
            }
        })
        .await
    }

    /// Begins a transaction that may write: it holds the engine's write lock or fails.
    pub(super) async fn begin(&self) -> DbResult<Tx<'_>> {
        op(Side::Candidates, "begin", async {
            match self {
                Self::Lite(lite) => lite.begin().await.map(Tx::Lite),
                Self::Pg(pg) => pg.begin().await.map(Tx::Pg),
                Self::My(my) => my.begin().await.map(Tx::My),
            }
        })
        .await
    }

    /// Runs a statement that makes a table.
    pub(super) async fn define(&self, statement: &str) -> DbResult<()> {
        if let Self::My(my) = self {
            return my.define(statement).await;
        }
        let mut tx = self.begin().await?;
        match tx.exec(Sql::new(self.engine(), statement)).await {
            Ok(_) => tx.commit().await,
            Err(error) => {
                tx.rollback().await.ok();
                Err(error)
            }
        }
    }

    /// What a table consists of; `None` if there is none of that name.
    pub(super) async fn table(&self, name: &str) -> DbResult<Option<TableInfo>> {
        match self {
            Self::Lite(lite) => schema::sqlite_table(lite, name).await,
            Self::Pg(pg) => pg::table(pg, name).await,
            Self::My(my) => my::table(my, name).await,
        }
    }

    /// The names of all tables and views.
    pub(super) async fn tables(&self) -> DbResult<Vec<String>> {
        match self {
            Self::Lite(lite) => schema::sqlite_tables(lite).await,
            Self::Pg(pg) => pg::tables(pg).await,
            Self::My(my) => my::tables(my).await,
        }
    }

    /// What `redraft check` tells about the database as a whole.
    pub(super) async fn facts(&self) -> DbResult<Vec<Check>> {
        match self {
            Self::Lite(lite) => lite.facts().await,
            Self::Pg(pg) => pg.facts().await,
            Self::My(my) => my.facts().await,
        }
    }
}

/// A transaction that may write. Dropped without a commit it leaves no trace.
#[derive(Debug)]
pub(super) enum Tx<'d> {
    /// SQLite.
    Lite(lite::LiteTx<'d>),
    /// PostgreSQL.
    Pg(pg::PgTx<'d>),
    /// MySQL and MariaDB.
    My(my::MyTx<'d>),
}

impl Tx<'_> {
    /// Runs a statement that reads.
    pub(super) async fn query(&mut self, sql: Sql) -> DbResult<Vec<Row>> {
        op(Side::Candidates, "query", async {
            match self {
                Self::Lite(tx) => tx.query(sql).await,
                Self::Pg(tx) => tx.query(sql).await,
                Self::My(tx) => tx.query(sql).await,
            }
        })
        .await
    }

    /// Runs a statement that writes; returns how many rows it matched.
    pub(super) async fn exec(&mut self, sql: Sql) -> DbResult<u64> {
        op(Side::Candidates, "exec", async {
            match self {
                Self::Lite(tx) => tx.exec(sql).await,
                Self::Pg(tx) => tx.exec(sql).await,
                Self::My(tx) => tx.exec(sql).await,
            }
        })
        .await
    }

    /// Makes it all last. An error of [`Fault::InDoubt`] leaves open whether it did; any other says that it did not.
    pub(super) async fn commit(self) -> DbResult<()> {
        op(Side::Candidates, "commit", async {
            match self {
                Self::Lite(tx) => tx.commit().await,
                Self::Pg(tx) => tx.commit().await,
                Self::My(tx) => tx.commit().await,
            }
        })
        .await
    }

    /// Undoes it all.
    pub(super) async fn rollback(self) -> DbResult<()> {
        op(Side::Candidates, "rollback", async {
            match self {
                Self::Lite(tx) => tx.rollback().await,
                Self::Pg(tx) => tx.rollback().await,
                Self::My(tx) => tx.rollback().await,
            }
        })
        .await
    }
}
