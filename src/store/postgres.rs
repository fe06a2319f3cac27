//! The shared store: a schema of its own, `redraft`, in a database of a PostgreSQL server.
//!
//! Nothing outside of that schema is read or written, and no extension is needed. The schema is made by whoever comes
//! first, under a lock that the others wait for.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{
    Site, Store, changes, codec,
    connection::{Connection, answered, query},
    migrations,
    port::{StoreError, StoreResult},
    transaction::Purpose,
};
use crate::clock::Clock;

/// How long the server may take to answer the door.
const DOOR: Duration = Duration::from_secs(5);
/// The oldest server that understands the statements.
const OLDEST: i32 = 130_000;
/// The lock that all who would make the schema wait for: "redraft" in ASCII.
const SCHEMA_LOCK: i64 = 0x72_65_64_72_61_66_74;

/// The server's time in microseconds.
const NOW: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// How each connection is set up: what is not named stays as the administrator has it. A process that stops in the
/// middle of a transaction gives up what it holds before leases of others run out; a commit is on the disk when it is told.
const SETTINGS: &str = "SET search_path TO redraft; SET statement_timeout TO '30s'; SET lock_timeout TO '5s'; \
                        SET idle_in_transaction_session_timeout TO '10s'; SET client_min_messages TO warning; \
                        SET default_transaction_isolation TO 'read committed'; \
                        SELECT set_config('synchronous_commit', 'on', false) \
                        WHERE current_setting('synchronous_commit') = 'off'";

/// Whose time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// The server's: several machines never agree on theirs.
    Server,
    /// That of the clock that was passed in, for tests of what time does.
    Clock,
}

/// What may be different about a store on a server.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// Whose time counts.
    pub time: Time,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { time: Time::Server }
    }
}

/// A server and how to get there.
pub(super) struct Server {
    options: PgConnectOptions,
    time: Time,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.options.get_database().unwrap_or_else(|| self.options.get_username());
        match self.options.get_socket() {
            Some(socket) => write!(f, "PostgreSQL at {}, database {database}", socket.display()),
            None => write!(
                f,
                "PostgreSQL at {}:{}, database {database}",
                self.options.get_host(),
                self.options.get_port()
            ),
        }
    }
}

/// Server and database of a URL, for people.
///
/// # Errors
/// It is no URL of a server.
pub fn place(url: &SecretString) -> StoreResult<String> {
    Ok(Server::new(url, ServerOptions::default())?.to_string())
}

impl Store {
    /// Opens the store on a server, `postgres://USER:PASSWORD@HOST/DATABASE`; makes its schema if there is none.
    ///
    /// Fails with [`StoreError::Away`] when the server does not answer, and with [`StoreError::Unusable`] and a sentence
    /// when it refuses, is too old, or has a store of a newer redraft. No error holds the password.
    pub async fn connect(url: &SecretString, clock: Arc<dyn Clock>) -> StoreResult<Self> {
        Self::connect_with(url, clock, ServerOptions::default()).await
    }

    /// [`Store::connect`] with options.
    pub async fn connect_with(
        url: &SecretString,
        clock: Arc<dyn Clock>,
        options: ServerOptions,
    ) -> StoreResult<Self> {
        let server = Server::new(url, options)?;
        let mut connection = server.connect().await?;
        look_at(&mut connection).await?;
        let now = server.now(&mut connection, &*clock).await?;
        migrations::run(&mut connection, AssertSqlSafe(lock_schema()), now).await?;
        let seen = changes::version(&mut connection).await?;
        Ok(Self::new(Site::Server(Box::new(server)), clock, (connection, seen)).await)
    }

    /// Whether somebody on the way to the server could read along: it is another machine, and encryption is not insisted on.
    pub fn is_readable_on_the_way(&self) -> bool {
        match &self.inner.site {
            Site::File(_) => false,
            Site::Server(server) => server.is_readable_on_the_way(),
        }
    }
}

/// Begins to make the schema, when nobody else does. `IF NOT EXISTS` alone would ask for the right to make it even where
/// an administrator has.
fn lock_schema() -> String {
    format!(
        "BEGIN; SET LOCAL lock_timeout TO '60s'; SET LOCAL statement_timeout TO '120s'; \
         SELECT pg_advisory_xact_lock({SCHEMA_LOCK}); \
         DO $$ BEGIN IF to_regnamespace('redraft') IS NULL THEN CREATE SCHEMA redraft; END IF; END $$"
    )
}

/// Refuses a server that will not do.
async fn look_at(connection: &mut Connection) -> StoreResult<()> {
    let row = query(
        "SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS words, \
         pg_encoding_to_char(encoding)::text AS encoding FROM pg_catalog.pg_database WHERE datname = current_database()",
    );
    let row = row.fetch_one(connection).await?;
    let (version, words): (i32, String) = (row.try_get("version")?, row.try_get("words")?);
    if version < OLDEST {
        return Err(StoreError::Unusable(format!(
            "The store's server is PostgreSQL {words}; the store needs version 13 or later."
        )));
    }
    let encoding: String = row.try_get("encoding")?;
    if encoding != "UTF8" {
        return Err(StoreError::Unusable(format!(
            "The database of the store has the encoding {encoding} and cannot hold every text. Make one with ENCODING 'UTF8'."
        )));
    }
    Ok(())
}

impl Server {
    fn new(url: &SecretString, options: ServerOptions) -> StoreResult<Self> {
        let url = url.expose_secret();
        let unreadable = || {
            StoreError::Unusable("The URL of the store cannot be read. It is postgres://USER:PASSWORD@HOST/DATABASE; other characters than letters and digits of the password are written as %XX.".to_owned())
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(unreadable());
        }
        // What the parser says may repeat a part of the URL.
        let parsed = PgConnectOptions::from_str(url).map_err(|_| unreadable())?;
        let parsed = parsed.application_name("redraft").disable_statement_logging();
        Ok(Self { options: parsed, time: options.time })
    }

    /// How to get there, without what only one connection needs.
    pub(super) const fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> StoreResult<Connection> {
        let connecting = <PgConnection as sqlx::Connection>::connect_with(&self.options);
        let connected = tokio::time::timeout(DOOR, answered(connecting)).await;
        let inner = connected.unwrap_or_else(|_| Err(StoreError::Away("it does not answer".to_owned())))?;
        let mut connection = Connection::Postgres(Box::new(inner));
        connection.script(SETTINGS).await?;
        Ok(connection)
    }

    /// Begins a transaction; returns its time in microseconds.
    pub(super) async fn begin(
        &self,
        connection: &mut Connection,
        purpose: Purpose,
        clock: &dyn Clock,
    ) -> StoreResult<i64> {
        let begin = match purpose {
            Purpose::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Purpose::Write => "BEGIN",
        };
        let rows = connection.script(AssertSqlSafe(format!("{begin}; {NOW}"))).await?;
        let server = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
        Ok(self.time_of(server, clock))
    }

    async fn now(&self, connection: &mut Connection, clock: &dyn Clock) -> StoreResult<i64> {
        let server = query(NOW).fetch_one(connection).await?.try_get(0)?;
        Ok(self.time_of(server, clock))
    }

    fn time_of(&self, server: i64, clock: &dyn Clock) -> i64 {
        match self.time {
            Time::Server => server,
            Time::Clock => codec::micros(clock.now()),
        }
    }

    fn is_readable_on_the_way(&self) -> bool {
        let host = self.options.get_host();
        let is_here = self.options.get_socket().is_some()
            || host.starts_with('/')
            || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]");
        let is_encrypted = match self.options.get_ssl_mode() {
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => true,
            PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => false,
        };
        !is_here && !is_encrypted
    }
}
