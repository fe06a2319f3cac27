//! PostgreSQL.
//!
//! Every session is read-only but for the transactions that write. Statements are not kept prepared: a table that the
//! platform alters would make them fail for ever.

mod error;
mod schema;

use std::{fmt, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Decode, Executor, PgConnection, Postgres, Row as _,
    TypeInfo, ValueRef as _,
    postgres::{PgArguments, PgConnectOptions, PgRow},
};

use super::{
    DbError, DbResult, Engine, Fault, Login, Row, Sql, Val,
    network::{self, Place},
    pool::{self, Held, Pool, STATEMENT, Use},
};
use crate::source::port::Check;

pub(super) use schema::{table, tables};

/// A PostgreSQL database.
pub(in crate::source) struct Pg {
    options: PgConnectOptions,
    place: Place,
    busy_timeout: Duration,
    pool: Pool<PgConnection>,
}

/// The driver's options would print the password.
impl fmt::Debug for Pg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pg").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Pg {
    /// Connects once.
    pub(super) async fn connect(login: &Login<'_>) -> DbResult<Self> {
        let (options, place) = options(login.url, login.password)?;
        let first = open(&options, &place, login.busy_timeout).await?;
        Ok(Self { options, place, busy_timeout: login.busy_timeout, pool: Pool::new(first) })
    }

    /// Runs a statement that reads.
    pub(super) async fn query(&self, sql: Sql) -> DbResult<Vec<Row>> {
        let open = open(&self.options, &self.place, self.busy_timeout);
        let mut held = self.pool.take(Use::Read, open).await?;
        let rows = pool::answer(fetch(&mut held.connection, sql)).await;
        held.end(rows)
    }

    /// Begins a transaction that may write.
    pub(super) async fn begin(&self) -> DbResult<PgTx<'_>> {
        // A connection that broke while nobody used it is noticed here, and another one taken.
        match self.try_begin().await {
            Err(error) if error.is_broken() => self.try_begin().await,
            result => result,
        }
    }

    async fn try_begin(&self) -> DbResult<PgTx<'_>> {
        let open = open(&self.options, &self.place, self.busy_timeout);
        let mut held = self.pool.take(Use::Write, open).await?;
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
        match pool::answer(run(&mut held.connection, begin)).await {
            Ok(()) => Ok(PgTx { held, state: State::Fine }),
            // What a standby server says.
            Err(error) if error.fault == Fault::Schema => {
                Err(DbError::new(Fault::ReadOnly, "the server is a standby that only reads"))
            }
            Err(error) => held.end(Err(error)),
        }
    }

    /// What `redraft check` tells about the server.
    pub(super) async fn facts(&self) -> DbResult<Vec<Check>> {
        let sql = "SELECT current_setting('server_version'), current_setting('server_encoding'), \
                   CAST((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS text), \
                   CAST(pg_is_in_recovery() AS text)";
        let rows = self.query(Sql::new(Engine::Postgres, sql)).await?;
        let words =
            |index: usize| rows.first().and_then(|row| row.get(index)).map(Val::words).unwrap_or_default();
        let Place { address, user, database, .. } = &self.place;
        let mut checks = vec![Check::ok(
            "database",
            format!("PostgreSQL {} at {address}, database \"{database}\", as \"{user}\".", words(0)),
        )];
        checks.push(network::encryption(&self.place, words(2) == "true"));
        if words(3) == "true" {
            checks.push(Check::error(
                "database",
                "The server is a standby that only reads.",
                "Name the primary server in database.url.",
            ));
        }
        checks.push(Check::ok("database.encoding", format!("It stores text as {}.", words(1))));
        Ok(checks)
    }
}

/// Whether the transaction can still be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    /// A statement failed: the server would answer a commit by undoing everything, and call that a success.
    Failed,
}

/// A write transaction. Dropped, its connection is closed, which undoes it.
#[derive(Debug)]
pub(in crate::source) struct PgTx<'d> {
    held: Held<'d, PgConnection>,
    state: State,
}

impl PgTx<'_> {
    pub(super) async fn query(&mut self, sql: Sql) -> DbResult<Vec<Row>> {
        let rows = pool::answer(fetch(&mut self.held.connection, sql)).await;
        self.note(rows)
    }

    pub(super) async fn exec(&mut self, sql: Sql) -> DbResult<u64> {
        let connection = &mut self.held.connection;
        let done =
            async { Box::pin(bound(sql).execute(connection)).await.map_err(|error| error::failed(&error)) };
        let done = pool::answer(done).await;
        self.note(done).map(|done| done.rows_affected())
    }

    fn note<T>(&mut self, result: DbResult<T>) -> DbResult<T> {
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    pub(super) async fn commit(mut self) -> DbResult<()> {
        if self.state == State::Failed {
            self.rollback().await?;
            return Err(DbError::new(Fault::Other, "a statement failed before, so nothing was written"));
        }
        let Err(error) = pool::answer(run(&mut self.held.connection, "COMMIT")).await else {
            self.held.give_back();
            return Ok(());
        };
        match error.fault {
            Fault::Constraint | Fault::Busy if !error.is_broken() => {
                self.held.give_back();
                Err(error)
            }
            Fault::Constraint
            | Fault::Busy
            | Fault::ReadOnly
            | Fault::Unreachable
            | Fault::Schema
            | Fault::InDoubt
            | Fault::Other => Err(DbError::new(Fault::InDoubt, error.message)),
        }
    }

    pub(super) async fn rollback(mut self) -> DbResult<()> {
        let done = pool::answer(run(&mut self.held.connection, "ROLLBACK")).await;
        self.held.end(done)
    }
}

fn options(url: &SecretString, password: Option<&SecretString>) -> DbResult<(PgConnectOptions, Place)> {
    let mut options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| DbError::new(Fault::Unreachable, network::NO_URL))?
        .application_name("redraft")
        .disable_statement_logging();
    if let Some(password) = password {
        options = options.password(password.expose_secret());
    }
    let (host, port) = (options.get_host().to_owned(), options.get_port());
    let address = match options.get_socket() {
        Some(folder) => format!("{}/.s.PGSQL.{port}", folder.display()),
        None => format!("{host}:{port}"),
    };
    let user = options.get_username().to_owned();
    let database = options.get_database().unwrap_or(&user).to_owned();
    Ok((options, Place { address, host, user, database }))
}

async fn open(options: &PgConnectOptions, place: &Place, busy_timeout: Duration) -> DbResult<PgConnection> {
    pool::connected(&place.address, async {
        let mut connection = Box::pin(PgConnection::connect_with(options))
            .await
            .map_err(|error| error::unopened(&error, place))?;
        let settings = format!(
            "SET default_transaction_read_only = on; SET lock_timeout = {}; SET statement_timeout = {}; \
             SET idle_in_transaction_session_timeout = {}; SET standard_conforming_strings = on",
            busy_timeout.as_millis(),
            STATEMENT.as_millis(),
            STATEMENT.as_millis(),
        );
        run(&mut connection, &settings).await?;
        Ok(connection)
    })
    .await
}

async fn run(connection: &mut PgConnection, sql: &str) -> DbResult<()> {
    // Only fixed words and numbers come here.
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    Box::pin(connection.execute(sql)).await.map(drop).map_err(|error| error::failed(&error))
}

fn bound(sql: Sql) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    // Every statement of this room is put together by `Sql`, from checked names and text of the configuration.
    let query = sqlx::query(AssertSqlSafe(sql.text)).persistent(false);
    sql.values.into_iter().fold(query, |query, value| match value {
        Val::Null => query.bind(None::<String>),
        Val::Int(number) => query.bind(number),
        Val::UInt(number) => match i64::try_from(number) {
            Ok(number) => query.bind(number),
            Err(_) => query.bind(number.to_string()),
        },
        Val::Real(number) => query.bind(number),
        Val::Text(text) => query.bind(text),
        Val::Bytes(bytes) => query.bind(bytes),
    })
}

async fn fetch(connection: &mut PgConnection, sql: Sql) -> DbResult<Vec<Row>> {
    let rows = Box::pin(bound(sql).fetch_all(connection)).await.map_err(|error| error::failed(&error))?;
    rows.iter().map(|row| (0..row.len()).map(|index| value(row, index)).collect()).collect()
}

/// The value by the name of its type: integers, bytes and texts; anything else has to be selected as a text.
fn value(row: &PgRow, index: usize) -> DbResult<Val> {
    let name = || row.columns().get(index).map(|column| column.name().escape_default().to_string());
    let broken =
        |_| DbError::new(Fault::Other, format!("column \"{}\" cannot be read", name().unwrap_or_default()));
    let raw = row.try_get_raw(index).map_err(|error| error::failed(&error))?;
    if raw.is_null() {
        return Ok(Val::Null);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INT8" => Val::Int(<i64 as Decode<Postgres>>::decode(raw).map_err(broken)?),
        "INT4" => Val::Int(<i32 as Decode<Postgres>>::decode(raw).map_err(broken)?.into()),
        "INT2" => Val::Int(<i16 as Decode<Postgres>>::decode(raw).map_err(broken)?.into()),
        "TEXT" | "VARCHAR" | "NAME" => Val::Text(<String as Decode<Postgres>>::decode(raw).map_err(broken)?),
        "BYTEA" => Val::Bytes(<Vec<u8> as Decode<Postgres>>::decode(raw).map_err(broken)?),
        other => {
            let name = name().unwrap_or_default();
            return Err(DbError::new(
                Fault::Other,
                format!("column \"{name}\" is of the type {other}, which cannot be read"),
            ));
        }
    })
}
