//! SQLite: one connection that writes, a few that read.
//!
//! The file belongs to the platform. It is never made, its journal mode is never touched, and connections that read
//! are forbidden to write. A file that was replaced by another of the same name is noticed and opened again.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Decode, Executor, Row as _, Sqlite, SqliteConnection,
    TypeInfo, ValueRef as _,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow},
};
use tokio::sync::{MutexGuard, Semaphore};

use super::{DbError, DbResult, Engine, Fault, Row, Sql, Val};
use crate::source::port::Check;

/// The most connections that read at the same time.
const READERS: usize = 4;

/// Which file: device and number on it.
type FileId = (u64, u64);

/// A SQLite file.
#[derive(Debug)]
pub(in crate::source) struct Lite {
    path: PathBuf,
    options: SqliteConnectOptions,
    /// The connections that nobody uses now, and the file that they belong to.
    idle: Mutex<(FileId, Vec<SqliteConnection>)>,
    reading: Semaphore,
    writer: tokio::sync::Mutex<Option<(FileId, SqliteConnection)>>,
}

impl Lite {
    /// Opens the file once.
    pub(super) async fn connect(path: &Path, busy_timeout: Duration) -> DbResult<Self> {
        let file = file_id(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .busy_timeout(busy_timeout)
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let lite = Self {
            path: path.to_owned(),
            options,
            idle: Mutex::new((file, Vec::new())),
            reading: Semaphore::new(READERS),
            writer: tokio::sync::Mutex::default(),
        };
        // The first statement reads the file's head: only now is it known whether this is a database.
        lite.query(Sql::new(Engine::Sqlite, "SELECT count(*) FROM sqlite_schema")).await?;
        Ok(lite)
    }

    /// Runs a statement on a connection that cannot write.
    pub(super) async fn query(&self, sql: Sql) -> DbResult<Vec<Row>> {
        let closed = |_| DbError::new(Fault::Unreachable, "it was closed");
        let _permit = self.reading.acquire().await.map_err(closed)?;
        let file = file_id(&self.path)?;
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.0 != file {
                *idle = (file, Vec::new());
            }
            idle.1.pop()
        };
        let mut connection = if let Some(connection) = idle {
            connection
        } else {
            let options = self.options.clone().pragma("query_only", "ON");
            SqliteConnection::connect_with(&options).await.map_err(unopened)?
        };
        let rows = fetch(&mut connection, sql).await.map_err(unread);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.0 == file {
            idle.1.push(connection);
        }
        rows
    }

    /// Takes the file's write lock.
    pub(super) async fn begin(&self) -> DbResult<LiteTx<'_>> {
        let mut home = self.writer.lock().await;
        let file = file_id(&self.path)?;
        let mut connection = match home.take() {
            Some((opened, connection)) if opened == file => connection,
            Some(_) | None => SqliteConnection::connect_with(&self.options).await.map_err(unopened)?,
        };
        // A deferred transaction that reads before it writes fails as soon as somebody else wrote in between.
        match connection.execute("BEGIN IMMEDIATE").await {
            Ok(_) => Ok(LiteTx { home, file, connection }),
            Err(error) => {
                *home = Some((file, connection));
                Err(failed(error))
            }
        }
    }

    /// What `redraft check` tells about the file.
    pub(super) async fn facts(&self) -> DbResult<Vec<Check>> {
        let version = self.one("SELECT sqlite_version()").await?;
        let journal = self.one("SELECT journal_mode FROM pragma_journal_mode").await?;
        let waits = if journal == "wal" {
            ""
        } else {
            " A write waits until nobody reads, and readers wait for it; write-ahead logging would avoid that, but \
             only the platform may switch it on."
        };
        Ok(vec![
            Check::ok("database", format!("SQLite {version} reads {}.", self.path.display())),
            self.permissions(),
            Check::ok("database.journal", format!("Its journal mode is \"{journal}\".{waits}")),
        ])
    }

    fn permissions(&self) -> Check {
        const SUBJECT: &str = "database.file";
        let path = self.path.display();
        match fs::metadata(&self.path) {
            Err(error) => Check::error(
                SUBJECT,
                format!("The file cannot be looked at: {error}."),
                "Look whether it is still there.",
            ),
            Ok(metadata) if metadata.permissions().readonly() => Check::error(
                SUBJECT,
                "The file is read-only, so approved texts cannot be written back.",
                &format!("chmod u+w {path}, or let the account that owns it run redraft."),
            ),
            Ok(metadata) if metadata.mode() & 0o007 != 0 => Check::warning(
                SUBJECT,
                format!(
                    "Every account of this machine may open the file (mode {:o}).",
                    metadata.mode() & 0o777
                ),
                &format!("If that is not meant: chmod o= {path}"),
            ),
            Ok(_) => Check::ok(SUBJECT, "The file may be written, and not by everybody."),
        }
    }

    async fn one(&self, sql: &str) -> DbResult<String> {
        let rows = self.query(Sql::new(Engine::Sqlite, sql)).await?;
        Ok(rows.first().and_then(|row| row.first()).map(Val::words).unwrap_or_default())
    }
}

/// A write transaction. Its connection goes home when it ends; dropped, the connection is closed, which undoes it.
#[derive(Debug)]
pub(in crate::source) struct LiteTx<'d> {
    home: MutexGuard<'d, Option<(FileId, SqliteConnection)>>,
    file: FileId,
    connection: SqliteConnection,
}

impl LiteTx<'_> {
    pub(super) async fn query(&mut self, sql: Sql) -> DbResult<Vec<Row>> {
        fetch(&mut self.connection, sql).await
    }

    pub(super) async fn exec(&mut self, sql: Sql) -> DbResult<u64> {
        let done = bound(sql).execute(&mut self.connection).await.map_err(failed)?;
        Ok(done.rows_affected())
    }

    pub(super) async fn commit(mut self) -> DbResult<()> {
        let Err(error) = self.connection.execute("COMMIT").await else {
            *self.home = Some((self.file, self.connection));
            return Ok(());
        };
        let said = matches!(error, sqlx::Error::Database(_));
        let error = failed(error);
        match error.fault {
            // The transaction still stands: the drop of its connection undoes it.
            Fault::Busy | Fault::Constraint | Fault::ReadOnly if said => Err(error),
            Fault::Busy
            | Fault::Constraint
            | Fault::ReadOnly
            | Fault::Unreachable
            | Fault::Schema
            | Fault::InDoubt
            | Fault::Other => Err(DbError::new(Fault::InDoubt, error.message)),
        }
    }

    pub(super) async fn rollback(mut self) -> DbResult<()> {
        self.connection.execute("ROLLBACK").await.map_err(failed)?;
        *self.home = Some((self.file, self.connection));
        Ok(())
    }
}

fn file_id(path: &Path) -> DbResult<FileId> {
    let metadata = fs::metadata(path).map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file {}", path.display()),
            _ => format!("the file {} cannot be opened: {error}", path.display()),
        };
        DbError::new(Fault::Unreachable, message)
    })?;
    if metadata.is_dir() {
        return Err(DbError::new(Fault::Unreachable, format!("{} is a directory", path.display())));
    }
    Ok((metadata.dev(), metadata.ino()))
}

fn bound(sql: Sql) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    // Every statement of this room is put together by `Sql`, from checked names and text of the configuration.
    let query = sqlx::query(AssertSqlSafe(sql.text));
    sql.values.into_iter().fold(query, |query, value| match value {
        Val::Null => query.bind(None::<String>),
        Val::Int(number) => query.bind(number),
        // SQLite's integers end at 63 bits: a larger one is nobody's value.
        Val::UInt(number) => match i64::try_from(number) {
            Ok(number) => query.bind(number),
            Err(_) => query.bind(number.to_string()),
        },
        Val::Real(number) => query.bind(number),
        Val::Text(text) => query.bind(text),
        Val::Bytes(bytes) => query.bind(bytes),
    })
}

async fn fetch(connection: &mut SqliteConnection, sql: Sql) -> DbResult<Vec<Row>> {
    let rows = bound(sql).fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(values).collect()
}

fn values(row: &SqliteRow) -> DbResult<Row> {
    (0..row.len()).map(|index| value(row, index)).collect()
}

/// The value with the type that SQLite itself gives it, whatever the column is declared as.
fn value(row: &SqliteRow, index: usize) -> DbResult<Val> {
    let broken = |_| DbError::new(Fault::Other, "a value cannot be read");
    let raw = row.try_get_raw(index).map_err(failed)?;
    if raw.is_null() {
        return Ok(Val::Null);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Val::Int(<i64 as Decode<Sqlite>>::decode(raw).map_err(broken)?),
        "REAL" => Val::Real(<f64 as Decode<Sqlite>>::decode(raw).map_err(broken)?),
        "TEXT" | "BLOB" => {
            let bytes = <Vec<u8> as Decode<Sqlite>>::decode(raw).map_err(broken)?;
            if kind == "BLOB" {
                Val::Bytes(bytes)
            } else {
                String::from_utf8(bytes).map_or_else(|error| Val::Bytes(error.into_bytes()), Val::Text)
            }
        }
        other => return Err(DbError::new(Fault::Other, format!("values of type {other} cannot be read"))),
    })
}

/// Primary result codes of SQLite (sqlite.org/rescode.html).
mod code {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READONLY: u32 = 8;
    pub(super) const CANTOPEN: u32 = 14;
    pub(super) const CONSTRAINT: u32 = 19;
    pub(super) const MISMATCH: u32 = 20;
    pub(super) const TOO_BIG: u32 = 18;
    pub(super) const NOTADB: u32 = 26;
    /// Extended: a trigger raised it, with words that may be made from the row.
    pub(super) const CONSTRAINT_TRIGGER: u32 = 1811;
}

fn failed(error: sqlx::Error) -> DbError {
    let sqlx::Error::Database(database) = &error else {
        return match error {
            sqlx::Error::Io(error) => DbError::new(Fault::Unreachable, error.to_string()),
            sqlx::Error::WorkerCrashed => DbError::new(Fault::Busy, "the connection broke"),
            // These name columns and types, never values.
            other => DbError::new(Fault::Other, other.to_string()),
        };
    };
    let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
    classify(code, database.message())
}

/// Opening a file has other reasons to fail than using it.
fn unopened(error: sqlx::Error) -> DbError {
    unread(failed(error))
}

/// What cannot be opened for reading is out of reach, not read-only.
fn unread(error: DbError) -> DbError {
    match error.fault {
        Fault::ReadOnly => DbError::new(Fault::Unreachable, "the file cannot be opened by this account"),
        Fault::Unreachable
        | Fault::Busy
        | Fault::Schema
        | Fault::Constraint
        | Fault::InDoubt
        | Fault::Other => error,
    }
}

/// Sorts what SQLite says. The extended code has the primary one in its lowest eight bits.
fn classify(code: u32, words: &str) -> DbError {
    let (fault, message) = match code & 0xff {
        code::BUSY | code::LOCKED => (Fault::Busy, words.to_owned()),
        code::READONLY => (Fault::ReadOnly, "the file may not be written by this account".to_owned()),
        code::CANTOPEN => (
            Fault::ReadOnly,
            "SQLite cannot make its journal beside the file, or cannot open the file".to_owned(),
        ),
        code::CONSTRAINT if code == code::CONSTRAINT_TRIGGER => {
            (Fault::Constraint, "a trigger of the table refuses it".to_owned())
        }
        code::CONSTRAINT | code::MISMATCH => (Fault::Constraint, words.to_owned()),
        code::TOO_BIG => (Fault::Constraint, "the text is longer than SQLite can store".to_owned()),
        code::NOTADB => (Fault::Unreachable, "the file is no SQLite database, or it is encrypted".to_owned()),
        _ if ["no such column", "no such table", "has no column", "syntax error", "no such function"]
            .iter()
            .any(|known| words.contains(known)) =>
        {
            (Fault::Schema, words.to_owned())
        }
        _ => (Fault::Other, words.to_owned()),
    };
    DbError::new(fault, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_what_can_be_done() {
        for (code, words, fault) in [
            (5, "database is locked", Fault::Busy),
            (517, "database is locked", Fault::Busy),
            (8, "attempt to write a readonly database", Fault::ReadOnly),
            (1032, "attempt to write a readonly database", Fault::ReadOnly),
            (14, "unable to open database file", Fault::ReadOnly),
            (275, "CHECK constraint failed: short", Fault::Constraint),
            (26, "file is not a database", Fault::Unreachable),
            (1, "no such column: cv", Fault::Schema),
            (1, "something else", Fault::Other),
        ] {
            assert_eq!(classify(code, words).fault, fault, "{code}");
        }
    }

    #[test]
    fn what_a_trigger_says_is_not_repeated() {
        let error = classify(1811, "bad text: Maria Lopez, 555-0100");
        assert_eq!(error.message, "a trigger of the table refuses it");
    }
}
