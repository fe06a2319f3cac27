//! The candidate database: connect, mapping, read pages, compare-and-set write, postings.
//!
//! It belongs to the platform: redraft reads what the mapping names, and writes nothing but approved texts. `db` is a
//! narrow layer over the engines, `plan` the mapping checked against the database, `found` the rows of a candidate,
//! `part` how they become sections and `weave` how sections go back, `read` and `write` the statements, `mapped` the port
//! on top of them; `survey` looks at a database that nobody has mapped. When to write, and what follows from it, is
//! decided elsewhere (`writeback`).

mod check;
mod db;
pub mod demo;
mod difference;
mod expression;
mod found;
mod json;
mod keeping;
mod key;
mod linked;
mod mapped;
mod pair;
mod part;
mod plan;
pub mod port;
mod privileges;
mod read;
mod receipts;
mod rowwise;
mod survey;
mod told;
mod traps;
mod unfit;
mod weave;
mod write;
mod written;

use std::{collections::BTreeMap, sync::Arc};

use crate::config::{DatabaseSettings, Mapping, WriteBackSettings};

use port::{CandidateDatabase, SourceError};
pub use survey::{COUNTED, survey};

/// Connects to the candidate database and checks the mapping against its tables.
///
/// # Errors
/// [`SourceError::Unreachable`] with the engine's own words, or [`SourceError::Mapping`] with the key that is wrong.
pub async fn open(
    database: &DatabaseSettings,
    mapping: &Mapping,
) -> Result<Arc<dyn CandidateDatabase>, SourceError> {
    open_with(database, mapping, &WriteBackSettings::default()).await
}

/// [`open`] with other settings for the write-back than the usual ones.
///
/// # Errors
/// As there.
pub async fn open_with(
    database: &DatabaseSettings,
    mapping: &Mapping,
    writing: &WriteBackSettings,
) -> Result<Arc<dyn CandidateDatabase>, SourceError> {
    let db = connect(database).await?;
    let mapped = mapped::Mapped::open(db, mapping, writing).await?;
    plan::expect(&mapped.db, mapping, &database.expect).await?;
    Ok(Arc::new(mapped))
}

async fn connect(database: &DatabaseSettings) -> Result<db::Db, SourceError> {
    let login = db::Login {
        url: &database.url,
        password: database.password.as_ref(),
        busy_timeout: db::BUSY_TIMEOUT,
    };
    Ok(db::Db::connect(login).await?)
}

/// What the mapped columns are now, for `[mapping.fingerprint]`: by `table.column` the type, character set, collation
/// and storage engine, as far as the engine has them.
///
/// # Errors
/// As [`open`].
pub async fn fingerprint(
    database: &DatabaseSettings,
    mapping: &Mapping,
) -> Result<BTreeMap<String, String>, SourceError> {
    let db = connect(database).await?;
    plan::fingerprint(&db, mapping).await
}

#[cfg(test)]
mod tests;
