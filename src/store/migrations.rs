//! The schema: embedded, forward only. A released migration is never edited; a change is a new one.

use sha2::{Digest, Sha256};
use sqlx::{Connection, Row, SqliteConnection};

use super::port::{StoreError, StoreResult};
use crate::domain::hex;

struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "store",
    sql: include_str!("../../assets/migrations/sqlite/0001_store.sql"),
}];

impl Migration {
    fn checksum(&self) -> String {
        hex(&Sha256::digest(self.sql))
    }
}

/// Brings the schema up to date, all migrations or none. `now` is in microseconds.
///
/// Refuses a database that is something else, a store of a newer redraft, and one whose past differs from ours.
pub(super) async fn run(connection: &mut SqliteConnection, now: i64) -> StoreResult<()> {
    if missing(connection).await?.is_empty() {
        return Ok(());
    }
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Another process may have been faster.
    for migration in missing(&mut tx).await? {
        tracing::info!(version = migration.version, name = migration.name, "the store gets a new schema");
        sqlx::raw_sql(migration.sql).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO redraft_migrations (version, name, checksum, at) VALUES ($1, $2, $3, $4)")
            .bind(migration.version)
            .bind(migration.name)
            .bind(migration.checksum())
            .bind(now)
            .execute(&mut *tx)
            .await?;
    }
    Ok(tx.commit().await?)
}

/// The migrations that the database does not have yet. The first of them makes the table that records them.
async fn missing(connection: &mut SqliteConnection) -> StoreResult<Vec<&'static Migration>> {
    let names =
        sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'").fetch_all(&mut *connection);
    let names = names.await?.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    if !names.iter().any(|name| name == "redraft_migrations") {
        if names.is_empty() {
            return Ok(MIGRATIONS.iter().collect());
        }
        return Err(StoreError::Unusable(
            "The file is a database of something else, not a store of redraft.".to_owned(),
        ));
    }
    let rows = sqlx::query("SELECT version, checksum FROM redraft_migrations ORDER BY version");
    let mut known = MIGRATIONS.iter();
    for row in rows.fetch_all(connection).await? {
        let (version, checksum): (i64, String) = (row.try_get("version")?, row.try_get("checksum")?);
        match known.next() {
            Some(ours) if ours.version == version && ours.checksum() == checksum => {}
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
    let ours = MIGRATIONS.last().map_or(0, |last| last.version);
    StoreError::Unusable(format!(
        "The store was made by a newer redraft: it has schema {version}, this redraft knows {ours}. Use the newer \
         redraft, or another store."
    ))
}
