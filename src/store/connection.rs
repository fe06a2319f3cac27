//! One connection to either engine, and the statements and rows that both understand.
//!
//! Statements are written once, in the SQL that SQLite and PostgreSQL share: `$1` places, RETURNING, ON CONFLICT, and
//! `json_each`, which the schema on PostgreSQL brings along. What differs is told apart here and in
//! [`super::transaction`]: PostgreSQL locks rows where SQLite has locked the file.

use std::{borrow::Cow, time::Duration};

use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection as _, Decode, Executor, PgConnection, Postgres, Row as _,
    SqlSafeStr, SqlStr, Sqlite, SqliteConnection, Type,
    postgres::{PgArguments, PgRow},
    query::Query as Prepared,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::port::{StoreError, StoreResult};
use crate::probe::{Side, op};

/// A server that says nothing for so long is taken for gone. Its own limit for a statement is shorter.
const SILENCE: Duration = Duration::from_secs(45);

/// A connection.
#[derive(Debug)]
pub(super) enum Connection {
    /// To the file of the embedded store.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(Box<PgConnection>),
    /// Given back.
    None,
}

/// Which engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// How the rows that a statement reads are held until the end of the transaction. SQLite holds the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// Waits for whoever holds them.
    Wait,
    /// Leaves out those that somebody holds.
    Skip,
}

/// A value for a place of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
    Truth(bool),
}

macro_rules! from {
    ($($type:ty, $value:ident => $made:expr;)+) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        })+
    };
}

from! {
    i64, value => Self::Number(Some(value));
    u32, value => Self::Number(Some(i64::from(value)));
    Option<i64>, value => Self::Number(value);
    bool, value => Self::Truth(value);
    &str, value => Self::Text(Some(value.to_owned()));
    String, value => Self::Text(Some(value));
    &String, value => Self::Text(Some(value.clone()));
    Option<&str>, value => Self::Text(value.map(str::to_owned));
    Option<String>, value => Self::Text(value);
    Option<&String>, value => Self::Text(value.cloned());
    &Option<String>, value => Self::Text(value.clone());
}

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Query {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    lock: Option<Lock>,
}

/// A statement that both engines understand.
pub(super) const fn query(sql: &'static str) -> Query {
    Query { sql: Cow::Borrowed(sql), values: Vec::new(), lock: None }
}

impl Query {
    /// A statement that was put together of parts that stand in the source code.
    pub(super) const fn built(sql: String, values: Vec<Value>) -> Self {
        Self { sql: Cow::Owned(sql), values, lock: None }
    }

    /// Gives the next place its value.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Holds the rows that are read.
    pub(super) const fn locking(mut self, lock: Lock) -> Self {
        self.lock = Some(lock);
        self
    }

    /// Runs it; returns how many rows it changed.
    pub(super) async fn execute(self, connection: &mut Connection) -> StoreResult<u64> {
        op(Side::Store, "exec", self.run(connection)).await
    }

    async fn run(self, connection: &mut Connection) -> StoreResult<u64> {
        match connection {
            Connection::Sqlite(inner) => Ok(self.sqlite().execute(inner).await?.rows_affected()),
            Connection::Postgres(inner) => {
                answered(self.postgres().execute(&mut **inner)).await.map(|done| done.rows_affected())
            }
            Connection::None => Err(gone()),
        }
    }

    /// Runs it; returns all rows.
    pub(super) async fn fetch_all(self, connection: &mut Connection) -> StoreResult<Vec<Row>> {
        op(Side::Store, "query", self.all(connection)).await
    }

    async fn all(self, connection: &mut Connection) -> StoreResult<Vec<Row>> {
        match connection {
            Connection::Sqlite(inner) => {
                Ok(self.sqlite().fetch_all(inner).await?.into_iter().map(Row::Sqlite).collect())
            }
            Connection::Postgres(inner) => {
                let rows = answered(self.postgres().fetch_all(&mut **inner)).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            Connection::None => Err(gone()),
        }
    }

    /// Runs it; returns the row, if there is one.
    pub(super) async fn fetch_optional(self, connection: &mut Connection) -> StoreResult<Option<Row>> {
        op(Side::Store, "query", self.optional(connection)).await
    }

    async fn optional(self, connection: &mut Connection) -> StoreResult<Option<Row>> {
        match connection {
            Connection::Sqlite(inner) => Ok(self.sqlite().fetch_optional(inner).await?.map(Row::Sqlite)),
            Connection::Postgres(inner) => {
                Ok(answered(self.postgres().fetch_optional(&mut **inner)).await?.map(Row::Postgres))
            }
            Connection::None => Err(gone()),
        }
    }

    /// Runs it; returns the row.
    pub(super) async fn fetch_one(self, connection: &mut Connection) -> StoreResult<Row> {
        let row = self.fetch_optional(connection).await?;
        row.ok_or_else(|| StoreError::Engine("a row that must be there is not".to_owned()))
    }

    fn sqlite(self) -> Prepared<'static, Sqlite, SqliteArguments> {
        let mut prepared = sqlx::query::<Sqlite>(text(self.sql));
        for value in self.values {
            prepared = match value {
                Value::Number(number) => prepared.bind(number),
                Value::Text(text) => prepared.bind(text),
                Value::Truth(truth) => prepared.bind(truth),
            };
        }
        prepared
    }

    fn postgres(self) -> Prepared<'static, Postgres, PgArguments> {
        // One that was put together is hardly ever the same again: planned for its values, it is faster.
        let is_built = matches!(self.sql, Cow::Owned(_));
        let sql = match self.lock {
            None => self.sql,
            Some(Lock::Wait) => Cow::Owned(format!("{} FOR NO KEY UPDATE", self.sql)),
            Some(Lock::Skip) => Cow::Owned(format!("{} FOR NO KEY UPDATE SKIP LOCKED", self.sql)),
        };
        let mut prepared = sqlx::query::<Postgres>(text(sql)).persistent(!is_built);
        for value in self.values {
            prepared = match value {
                Value::Number(number) => prepared.bind(number),
                // The only character that PostgreSQL cannot hold.
                Value::Text(text) => prepared.bind(text.map(|text| text.replace('\0', "\u{fffd}"))),
                Value::Truth(truth) => prepared.bind(truth),
            };
        }
        prepared
    }
}

/// A statement is made of what stands in the source code: see [`super::sql`].
fn text(sql: Cow<'static, str>) -> SqlStr {
    match sql {
        Cow::Borrowed(sql) => SqlStr::from_static(sql),
        Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
    }
}

fn gone() -> StoreError {
    StoreError::Engine("no connection".to_owned())
}

/// What a server answers, unless it is silent for too long.
pub(super) async fn answered<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> StoreResult<T> {
    match tokio::time::timeout(SILENCE, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(StoreError::Away("it does not answer".to_owned())),
    }
}

impl Connection {
    /// Which engine answers.
    pub(super) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) | Self::None => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs statements without values, one after the other.
    pub(super) async fn script(&mut self, sql: impl SqlSafeStr) -> StoreResult<Vec<Row>> {
        op(Side::Store, "script", self.run_script(sql.into_sql_str())).await
    }

    async fn run_script(&mut self, sql: impl SqlSafeStr) -> StoreResult<Vec<Row>> {
        let script = sqlx::raw_sql(sql);
        match self {
            Self::Sqlite(inner) => Ok(inner.fetch_all(script).await?.into_iter().map(Row::Sqlite).collect()),
            Self::Postgres(inner) => {
                Ok(answered(inner.fetch_all(script)).await?.into_iter().map(Row::Postgres).collect())
            }
            Self::None => Err(gone()),
        }
    }

    /// Says goodbye.
    pub(super) async fn close(self) {
        match self {
            Self::Sqlite(inner) => drop(inner.close().await),
            Self::Postgres(inner) => drop(answered(inner.close()).await),
            Self::None => {}
        }
    }
}

/// A row of either engine.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, by name or place.
    pub(super) fn try_get<'r, T, I>(&'r self, index: I) -> StoreResult<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(index)?,
            Self::Postgres(row) => row.try_get(index)?,
        })
    }
}
