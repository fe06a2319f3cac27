//! MySQL and MariaDB.
//!
//! Every session is read-only but for the transactions that write, and strict: nothing is cut or replaced in silence.
//! Statements are kept prepared, because the driver is slow without.

mod error;
mod schema;

use std::{fmt, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Decode, Executor, MySql, MySqlConnection, Row as _,
    Type, TypeInfo, ValueRef as _,
    mysql::{MySqlArguments, MySqlConnectOptions, MySqlRow},
};

use super::{
    DbError, DbResult, Engine, Fault, Login, Row, Sql, Val,
    network::{self, Place},
    pool::{self, Held, Pool, STATEMENT, Use},
};
use crate::source::port::Check;

pub(super) use schema::{table, tables};

/// A database of MySQL or MariaDB.
pub(in crate::source) struct My {
    options: MySqlConnectOptions,
    place: Place,
    busy_timeout: Duration,
    pool: Pool<MySqlConnection>,
}

/// The driver's options would print the password.
impl fmt::Debug for My {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("My").field("place", &self.place).finish_non_exhaustive()
    }
}

impl My {
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
    pub(super) async fn begin(&self) -> DbResult<MyTx<'_>> {
        // A connection that broke while nobody used it is noticed here, and another one taken.
        match self.try_begin().await {
            Err(error) if error.is_broken() => self.try_begin().await,
            result => result,
        }
    }

    async fn try_begin(&self) -> DbResult<MyTx<'_>> {
        let open = open(&self.options, &self.place, self.busy_timeout);
        let mut held = self.pool.take(Use::Write, open).await?;
        match pool::answer(run(&mut held.connection, "START TRANSACTION READ WRITE")).await {
            Ok(()) => Ok(MyTx { held }),
            Err(error) => held.end(Err(error)),
        }
    }

    /// Runs a statement that makes a table. It takes part in no transaction, so for once the session is not read-only;
    /// if anything goes wrong, the connection is not used again.
    pub(super) async fn define(&self, statement: &str) -> DbResult<()> {
        let open = open(&self.options, &self.place, self.busy_timeout);
        let mut held = self.pool.take(Use::Write, open).await?;
        for sql in ["SET SESSION TRANSACTION READ WRITE", statement, "SET SESSION TRANSACTION READ ONLY"] {
            pool::answer(run(&mut held.connection, sql)).await?;
        }
        held.give_back();
        Ok(())
    }

    /// What `redraft check` tells about the server.
    pub(super) async fn facts(&self) -> DbResult<Vec<Check>> {
        let sql = "SELECT CAST(VERSION() AS CHAR), CAST(@@character_set_server AS CHAR), \
                   CAST(@@read_only AS SIGNED), CAST(@@autocommit AS SIGNED)";
        let rows = self.query(Sql::new(Engine::MySql, sql)).await?;
        let words =
            |index: usize| rows.first().and_then(|row| row.get(index)).map(Val::words).unwrap_or_default();
        let cipher = self.query(Sql::new(Engine::MySql, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")).await?;
        let cipher = cipher.first().and_then(|row| row.get(1)).map(Val::words).unwrap_or_default();
        let version = words(0);
        let brand = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        let number = version.split('-').next().unwrap_or_default();
        let Place { address, user, database, .. } = &self.place;
        let mut checks = vec![Check::ok(
            "database",
            format!("{brand} {number} at {address}, database \"{database}\", as \"{user}\"."),
        )];
        checks.push(network::encryption(&self.place, !cipher.is_empty()));
        if words(2) != "0" {
            checks.push(Check::warning(
                "database",
                "The server is set to read_only.",
                "If it is a replica, name the primary server in database.url.",
            ));
        }
        checks.push(Check::ok("database.encoding", format!("The server's character set is {}.", words(1))));
        Ok(checks)
    }
}

/// A write transaction. Dropped, its connection is closed, which undoes it.
#[derive(Debug)]
pub(in crate::source) struct MyTx<'d> {
    held: Held<'d, MySqlConnection>,
}

impl MyTx<'_> {
    pub(super) async fn query(&mut self, sql: Sql) -> DbResult<Vec<Row>> {
        pool::answer(fetch(&mut self.held.connection, sql)).await
    }

    /// The driver asks for rows that matched, not for rows that changed.
    pub(super) async fn exec(&mut self, sql: Sql) -> DbResult<u64> {
        let connection = &mut self.held.connection;
        let done =
            async { Box::pin(bound(sql).execute(connection)).await.map_err(|error| error::failed(&error)) };
        pool::answer(done).await.map(|done| done.rows_affected())
    }

    pub(super) async fn commit(mut self) -> DbResult<()> {
        let Err(error) = pool::answer(run(&mut self.held.connection, "COMMIT")).await else {
            self.held.give_back();
            return Ok(());
        };
        match error.fault {
            // A cluster that found another write, or a constraint: the transaction was undone.
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

fn options(url: &SecretString, password: Option<&SecretString>) -> DbResult<(MySqlConnectOptions, Place)> {
    let mut options = MySqlConnectOptions::from_str(url.expose_secret())
        .map_err(|_| DbError::new(Fault::Unreachable, network::NO_URL))?
        // The mapping's SQL means what it means to the platform: mode and time zone stay the server's.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .charset("utf8mb4")
        .disable_statement_logging();
    if let Some(password) = password {
        options = options.password(password.expose_secret());
    }
    let host = options.get_host().to_owned();
    let address = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{host}:{}", options.get_port()),
    };
    let user = options.get_username().to_owned();
    let Some(database) = options.get_database().map(str::to_owned) else {
        return Err(DbError::new(Fault::Unreachable, "the URL names no database; it ends in /NAME"));
    };
    Ok((options, Place { address, host, user, database }))
}

async fn open(
    options: &MySqlConnectOptions,
    place: &Place,
    busy_timeout: Duration,
) -> DbResult<MySqlConnection> {
    pool::connected(&place.address, async {
        let mut connection =
            Box::pin(MySqlConnection::connect_with(options)).await.map_err(|error| error::unopened(&error, place))?;
        let version = fetch(&mut connection, Sql::new(Engine::MySql, "SELECT CAST(VERSION() AS CHAR)")).await?;
        let mariadb = version.iter().flatten().any(|version| version.words().contains("MariaDB"));
        let limit = if mariadb {
            format!("max_statement_time = {}", STATEMENT.as_secs())
        } else {
            format!("max_execution_time = {}", STATEMENT.as_millis())
        };
        // Whole seconds, one at least.
        let wait = busy_timeout.as_secs().max(1);
        for settings in [
            // Without strictness texts are cut and characters replaced; with the other mode blanks would be added to
            // what is read.
            "SET SESSION sql_mode = TRIM(BOTH ',' FROM REPLACE(CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), \
             'PAD_CHAR_TO_FULL_LENGTH', ''))"
                .to_owned(),
            format!(
                "SET SESSION autocommit = 1, innodb_lock_wait_timeout = {wait}, lock_wait_timeout = {wait}, {limit}"
            ),
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY".to_owned(),
        ] {
            run(&mut connection, &settings).await?;
        }
        Ok(connection)
    })
    .await
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> DbResult<()> {
    // Only fixed words and numbers come here.
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    Box::pin(connection.execute(sql)).await.map(drop).map_err(|error| error::failed(&error))
}

fn bound(sql: Sql) -> sqlx::query::Query<'static, MySql, MySqlArguments> {
    // Every statement of this room is put together by `Sql`, from checked names and text of the configuration.
    let query = sqlx::query(AssertSqlSafe(sql.text));
    sql.values.into_iter().fold(query, |query, value| match value {
        Val::Null => query.bind(None::<String>),
        Val::Int(number) => query.bind(number),
        Val::UInt(number) => query.bind(number),
        Val::Real(number) => query.bind(number),
        Val::Text(text) => query.bind(text),
        Val::Bytes(bytes) => query.bind(bytes),
    })
}

async fn fetch(connection: &mut MySqlConnection, sql: Sql) -> DbResult<Vec<Row>> {
    let rows = Box::pin(bound(sql).fetch_all(connection)).await.map_err(|error| error::failed(&error))?;
    rows.iter().map(|row| (0..row.len()).map(|index| value(row, index)).collect()).collect()
}

/// The value by the name of its type: integers, bytes and texts; anything else has to be selected as a text.
fn value(row: &MySqlRow, index: usize) -> DbResult<Val> {
    let name = || row.columns().get(index).map(|column| column.name().escape_default().to_string());
    let broken =
        |_| DbError::new(Fault::Other, format!("column \"{}\" cannot be read", name().unwrap_or_default()));
    let raw = row.try_get_raw(index).map_err(|error| error::failed(&error))?;
    if raw.is_null() {
        return Ok(Val::Null);
    }
    let info = raw.type_info().into_owned();
    Ok(match info.name() {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
            Val::Int(<i64 as Decode<MySql>>::decode(raw).map_err(broken)?)
        }
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" => Val::UInt(<u64 as Decode<MySql>>::decode(raw).map_err(broken)?),
        "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "BINARY" | "VARBINARY"
        | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => {
            let bytes = <Vec<u8> as Decode<MySql>>::decode(raw).map_err(broken)?;
            // The name alone takes texts of a binary collation for bytes.
            if <String as Type<MySql>>::compatible(&info) {
                String::from_utf8(bytes).map_or_else(|error| Val::Bytes(error.into_bytes()), Val::Text)
            } else {
                Val::Bytes(bytes)
            }
        }
        other => {
            let name = name().unwrap_or_default();
            return Err(DbError::new(
                Fault::Other,
                format!("column \"{name}\" is of the type {other}, which cannot be read"),
            ));
        }
    })
}
