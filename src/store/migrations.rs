//! The schema: embedded, forward only. A released migration is never edited; a change is a new one, for both engines.

use sha2::{Digest, Sha256};
use sqlx::SqlSafeStr;

use super::{
    connection::{Connection, Engine, query},
    port::{StoreError, StoreResult},
};
use crate::domain::hex;

struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../assets/migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../../assets/migrations/postgres/", $file)),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "store", "0001_store.sql"),
    migration!(2, "options", "0002_options.sql"),
    migration!(3, "limits", "0003_limits.sql"),
    migration!(4, "review", "0004_review.sql"),
    migration!(5, "review", "0005_review.sql"),
    migration!(6, "linked posting", "0006_linked.sql"),
    migration!(7, "parcels", "0007_parcels.sql"),
    migration!(8, "candidates", "0008_candidates.sql"),
    migration!(9, "sections", "0009_sections.sql"),
    migration!(10, "decisions", "0010_decisions.sql"),
];

impl Migration {
    const fn sql(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        hex(&Sha256::digest(self.sql(engine)))
    }
}

/// The schema that this redraft makes.
pub(super) fn version() -> i64 {
    MIGRATIONS.last().map_or(0, |last| last.version)
}

/// Brings the schema up to date, all migrations or none. `begin` begins a transaction that keeps all others who want to
/// do the same waiting; `now` is in microseconds.
///
/// Refuses a database that is something else, a store of a newer redraft, and one whose past differs from ours.
pub(super) async fn run(connection: &mut Connection, begin: impl SqlSafeStr, now: i64) -> StoreResult<()> {
    if missing(connection).await?.is_empty() {
        return Ok(());
    }
    let engine = connection.engine();
    connection.script(begin).await?;
    // Another process may have been faster.
    for migration in missing(connection).await? {
        tracing::info!(version = migration.version, name = migration.name, "the store gets a new schema");
        connection.script(migration.sql(engine)).await?;
        query("INSERT INTO redraft_migrations (version, name, checksum, at) VALUES ($1, $2, $3, $4)")
            .bind(migration.version)
            .bind(migration.name)
            .bind(migration.checksum(engine))
            .bind(now)
            .execute(connection)
            .await?;
    }
    connection.script("COMMIT").await.map(drop)
}

/// The tables that stand where the store's do.
async fn tables(connection: &mut Connection) -> StoreResult<Vec<String>> {
    let names = match connection.engine() {
        Engine::Sqlite => query("SELECT name FROM sqlite_master WHERE type = 'table'"),
        Engine::Postgres => query(
            "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'redraft' AND c.relkind IN ('r', 'p', 'v')",
        ),
    };
    names.fetch_all(connection).await?.iter().map(|row| row.try_get(0)).collect()
}

/// The migrations that the database does not have yet. The first of them makes the table that records them.
async fn missing(connection: &mut Connection) -> StoreResult<Vec<&'static Migration>> {
    let engine = connection.engine();
    let names = tables(connection).await?;
    if !names.iter().any(|name| name == "redraft_migrations") {
        if names.is_empty() {
            return Ok(MIGRATIONS.iter().collect());
        }
        let what = match engine {
            Engine::Sqlite => "The file is a database of something else, not a store of redraft.",
            Engine::Postgres => {
                "The schema \"redraft\" of this database belongs to something else, not to a store of redraft."
            }
        };
        return Err(StoreError::Unusable(what.to_owned()));
    }
    let rows = query("SELECT version, checksum FROM redraft_migrations ORDER BY version");
    let mut known = MIGRATIONS.iter();
    for row in rows.fetch_all(connection).await? {
        let (version, checksum): (i64, String) = (row.try_get("version")?, row.try_get("checksum")?);
        match known.next() {
            Some(ours) if ours.version == version && ours.checksum(engine) == checksum => {}
            None => return Err(newer(version)),
            Some(ours) if ours.version < version => return Err(newer(version)),
            Some(_) => {
                return Err(StoreError::Unusable(format!(
                    "The store has another schema {version} than this redraft, so it was made by an unreleased one."
                )));
            }
        }
    }
    Ok(known.collect())
}

fn newer(version: i64) -> StoreError {
    let ours = self::version();
    StoreError::Unusable(format!(
        "The store was made by a newer redraft: it has schema {version}, this redraft knows {ours}. Use the newer \
         redraft, or another store."
    ))
}
