//! The embedded store: who may read its file, where it may lie, how SQLite is to treat it.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, absolute},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use super::{
    Site, Store, changes, codec,
    connection::{Connection, query},
    migrations,
    port::{StoreError, StoreResult},
    transaction::Purpose,
};
use crate::clock::Clock;

/// The size that the log beside the file is cut back to, in bytes.
const LOG_LIMIT: u32 = 64 << 20;

/// What may be different about a store.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// How long to wait for another process that writes; a call waits twice at most.
    pub busy_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5) }
    }
}

impl Store {
    /// [`Store::open`] with options.
    pub async fn open_with(path: &Path, clock: Arc<dyn Clock>, options: StoreOptions) -> StoreResult<Self> {
        let path = absolute(path).map_err(|error| unusable(path, "cannot be found", &error))?;
        prepare_file(&path)?;
        refuse_network(&path)?;
        let options = sqlite_options(&path, options);
        let mut connection = connect(&options, Purpose::Write).await?;
        use_log(&mut connection).await?;
        let begin = "BEGIN IMMEDIATE";
        migrations::run(&mut connection, begin, codec::micros(clock.now())).await?;
        let seen = changes::version(&mut connection).await?;
        Ok(Self::new(Site::File(Box::new(options)), clock, (connection, seen)).await)
    }
}

/// Opens the file.
pub(super) async fn connect(options: &SqliteConnectOptions, purpose: Purpose) -> StoreResult<Connection> {
    let options = match purpose {
        Purpose::Write => options.clone(),
        // There are several of them, and the system keeps the file's pages for all.
        Purpose::Read => options.clone().pragma("query_only", "ON").pragma("cache_size", "-2048"),
    };
    Ok(Connection::Sqlite(SqliteConnection::connect_with(&options).await?))
}

/// Begins a transaction.
pub(super) async fn begin(
    connection: &mut Connection,
    purpose: Purpose,
    clock: &dyn Clock,
) -> StoreResult<i64> {
    let begin = match purpose {
        Purpose::Read => "BEGIN",
        Purpose::Write => "BEGIN IMMEDIATE",
    };
    connection.script(begin).await?;
    // Only now: the wait for the lock may have been long.
    Ok(codec::micros(clock.now()))
}

fn sqlite_options(path: &Path, options: StoreOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        // NORMAL may lose the last commits at a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .pragma("journal_size_limit", LOG_LIMIT.to_string())
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-8192")
        .disable_statement_logging()
}

/// Makes the file and its directory, or looks whether those that are there will do.
fn prepare_file(path: &Path) -> StoreResult<()> {
    if let Some(directory) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| unusable(directory, "cannot be made", &error))?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unusable(path, "cannot be made", &error)),
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| unusable(path, "cannot be used", &error))?;
    let metadata = file.metadata().map_err(|error| unusable(path, "cannot be used", &error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(StoreError::Unusable(format!(
            "The store {0} holds résumés and is open to other users (mode {mode:o}). Close it: chmod 600 {0}",
            path.display()
        )));
    }
    Ok(())
}

fn unusable(path: &Path, what: &str, error: &io::Error) -> StoreError {
    StoreError::Unusable(format!("The store {} {what}: {error}.", path.display()))
}

/// Refuses file systems of the network: their locks do not keep two machines apart.
#[cfg(target_os = "linux")]
#[allow(clippy::useless_conversion, reason = "how wide the kind is depends on the platform")]
fn refuse_network(path: &Path) -> StoreResult<()> {
    const KINDS: [(i64, &str); 4] =
        [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x517b, "SMB")];
    let Ok(system) = rustix::fs::statfs(path) else { return Ok(()) };
    match KINDS.iter().find(|(magic, _)| *magic == i64::from(system.f_type)) {
        Some((_, kind)) => Err(StoreError::Unusable(format!(
            "The store {} lies on a network file system ({kind}), which cannot lock it. Put it on a local disk.",
            path.display()
        ))),
        None => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_path: &Path) -> StoreResult<()> {
    Ok(())
}

/// Switches the file to write-ahead logging, once in its life: readers and the writer do not wait for one another.
async fn use_log(connection: &mut Connection) -> StoreResult<()> {
    const TRIES: u32 = 50;
    for left in (0..TRIES).rev() {
        let mode = query("PRAGMA journal_mode").fetch_one(connection).await?;
        if mode.try_get::<String, _>(0)? == "wal" {
            break;
        }
        // SQLite does not wait when two processes do this at once.
        match query("PRAGMA journal_mode = WAL").fetch_one(connection).await {
            Err(StoreError::Busy(_)) if left > 0 => tokio::time::sleep(Duration::from_millis(20)).await,
            other => drop(other?),
        }
    }
    Ok(())
}
