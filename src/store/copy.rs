//! Copies an embedded store to a server, in one transaction: all of it is there afterwards, or nothing.
//!
//! Rows travel as JSON, table by table, so that no column can be forgotten. What the triggers keep is copied too: they
//! rest meanwhile.

use std::fmt::Write as _;

use thiserror::Error;

use super::{
    Store,
    connection::{Connection, Engine, Query, query},
    port::StoreError,
    transaction::{Snapshot, Tx},
};

/// The tables, each after those that it refers to. Who has a rewrite open is not copied: nobody has it open there.
const TABLES: [&str; 13] = [
    "setting",
    "saved_filter",
    "batch",
    "budget",
    "rewrite",
    "rewrite_text",
    "batch_count",
    "parcel",
    "attempt",
    "decision",
    "intent",
    "audit",
    "allowance",
];
/// The tables whose rows are numbered by the engine, with the number.
const NUMBERED: [(&str, &str); 4] =
    [("batch", "number"), ("rewrite", "seq"), ("decision", "seq"), ("audit", "seq")];
/// How many rows travel together.
const PAGE: i64 = 200;

/// Why a store was not copied. Nothing was.
#[derive(Debug, Error)]
pub enum CopyError {
    /// Only a file can be copied, and only to a server.
    #[error("Only an embedded store can be copied, and only to a shared one.")]
    Direction,
    /// The target is in use.
    #[error("The shared store is not empty; batches in it: {0}.")]
    NotEmpty(i64),
    /// Somebody works with the source.
    #[error("The embedded store is at work: {0} rewrites or write-backs are held by workers.")]
    AtWork(i64),
    /// A table has not arrived whole.
    #[error("The table {table} has {arrived} rows in the copy and {sent} in the original.")]
    Differs {
        /// Which.
        table: &'static str,
        /// Rows in the original.
        sent: i64,
        /// Rows in the copy.
        arrived: i64,
    },
    /// One of the stores failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many rows of each table were copied.
pub type Copied = Vec<(&'static str, i64)>;

impl Store {
    /// Copies everything to another store, which must be empty, and be on a server.
    pub async fn copy_to(&self, target: &Self) -> Result<Copied, CopyError> {
        let mut from = self.snapshot().await?;
        let mut to = target.write().await?;
        if from.engine() != Engine::Sqlite || to.engine() != Engine::Postgres {
            return Err(CopyError::Direction);
        }
        let held = count(
            &mut from,
            query(
                "SELECT (SELECT COUNT(*) FROM rewrite WHERE state = 'running' AND lease_until >= $1) \
                 + (SELECT COUNT(*) FROM intent WHERE state = 'open' AND lease_until >= $1)",
            ),
        );
        match held.await? {
            0 => {}
            held => return Err(CopyError::AtWork(held)),
        }
        switch_triggers(&mut to, "DISABLE").await?;
        match rows(&mut to, "batch").await? {
            0 => {}
            batches => return Err(CopyError::NotEmpty(batches)),
        }
        // What a start leaves behind: the cap of the month.
        to.script("DELETE FROM audit; DELETE FROM budget; DELETE FROM setting").await?;
        let mut copied = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            copy(&mut from, &mut to, table).await?;
            let (sent, arrived) = (rows(&mut from, table).await?, rows(&mut to, table).await?);
            if sent != arrived {
                return Err(CopyError::Differs { table, sent, arrived });
            }
            copied.push((table, sent));
        }
        count_on(&mut to).await?;
        switch_triggers(&mut to, "ENABLE").await?;
        to.commit().await?;
        Ok(copied)
    }
}

async fn count(from: &mut Snapshot, number: Query) -> Result<i64, StoreError> {
    let now = from.now;
    number.bind(now).fetch_one(from).await?.try_get(0)
}

async fn rows(connection: &mut Connection, table: &'static str) -> Result<i64, StoreError> {
    let counted = Query::built(format!("SELECT COUNT(*) FROM {table}"), Vec::new());
    counted.fetch_one(connection).await?.try_get(0)
}

/// Lets the triggers of the tables rest, or wakes them. Nobody else writes meanwhile.
async fn switch_triggers(to: &mut Tx, how: &'static str) -> Result<(), StoreError> {
    for table in ["batch", "rewrite", "decision", "audit"] {
        Query::built(format!("ALTER TABLE {table} {how} TRIGGER USER"), Vec::new()).execute(to).await?;
    }
    Ok(())
}

/// Copies a table, a page at a time.
async fn copy(from: &mut Snapshot, to: &mut Tx, table: &'static str) -> Result<(), StoreError> {
    let columns = query("SELECT name FROM pragma_table_info($1) ORDER BY cid").bind(table);
    let columns = columns.fetch_all(from).await?;
    let columns = columns.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    let mut pairs = String::new();
    for column in &columns {
        let comma = if pairs.is_empty() { "" } else { ", " };
        // Writing to a string does not fail.
        write!(pairs, "{comma}'{column}', {column}").unwrap_or_default();
    }
    // The one table without row numbers has a handful of rows for each batch.
    let (place, page) = if table == "batch_count" { ("batch", i64::MAX) } else { ("rowid", PAGE) };
    let read = format!(
        "SELECT MAX(place) AS last, json_group_array(json(piece)) AS page, COUNT(*) AS n FROM \
         (SELECT {place} AS place, json_object({pairs}) AS piece FROM {table} WHERE {place} > $1 ORDER BY {place} LIMIT $2)"
    );
    let names = columns.join(", ");
    let write = format!(
        "INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, $1::json)"
    );
    let mut last: i64 = -1;
    loop {
        let row = Query::built(read.clone(), vec![last.into(), page.into()]).fetch_one(from).await?;
        let found: i64 = row.try_get("n")?;
        if found == 0 {
            return Ok(());
        }
        let rows: String = row.try_get("page")?;
        Query::built(write.clone(), vec![without_nul(&rows).into()]).execute(to).await?;
        if found < page {
            return Ok(());
        }
        last = row.try_get("last")?;
    }
}

/// Goes on counting where the original stopped.
async fn count_on(to: &mut Tx) -> Result<(), StoreError> {
    for (table, number) in NUMBERED {
        let set = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{number}'), GREATEST(MAX({number}), 1), \
             MAX({number}) IS NOT NULL) FROM {table}"
        );
        Query::built(set, Vec::new()).fetch_one(to).await?;
    }
    Ok(())
}

/// JSON without the one character that PostgreSQL cannot hold: an escape that is no part of a longer run of backslashes.
fn without_nul(json: &str) -> String {
    const NUL: &str = "\\u0000";
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, after)) = rest.split_once(NUL) {
        clean.push_str(before);
        let backslashes = clean.len() - clean.trim_end_matches('\\').len();
        clean.push_str(if backslashes.is_multiple_of(2) { "\\ufffd" } else { NUL });
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use std::sync::Arc;

    #[test]
    fn only_a_character_that_is_nul_is_replaced() {
        for (json, expected) in [
            (r#"["a\u0000b"]"#, r#"["a\ufffdb"]"#),
            (r#"["\u0000\u0000"]"#, r#"["\ufffd\ufffd"]"#),
            (r#"["\\u0000"]"#, r#"["\\u0000"]"#),
            (r#"["\\\u0000"]"#, r#"["\\\ufffd"]"#),
            (r#"["[\"\\u0000\"]"]"#, r#"["[\"\\u0000\"]"]"#),
            (r#"["plain"]"#, r#"["plain"]"#),
        ] {
            assert_eq!(without_nul(json), expected);
        }
    }

    #[tokio::test]
    async fn no_table_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.db"), Arc::new(SystemClock)).await.unwrap();
        let mut snapshot = store.snapshot().await.unwrap();
        let tables = query(
            // Who holds a rewrite open now does not hold it in the copy.
            "SELECT name FROM sqlite_master WHERE type = 'table' \
             AND name NOT IN ('redraft_migrations', 'sqlite_sequence', 'review_lease')",
        );
        let tables = tables.fetch_all(&mut snapshot).await.unwrap();
        let mut found: Vec<String> = tables.iter().map(|row| row.try_get(0).unwrap()).collect();
        let mut known = TABLES.map(str::to_owned).to_vec();
        found.sort();
        known.sort();
        assert_eq!(found, known);
        let numbered = query("SELECT name FROM sqlite_sequence ORDER BY name").fetch_all(&mut snapshot).await;
        assert!(numbered.unwrap().len() <= NUMBERED.len());
    }
}
