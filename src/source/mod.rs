//! The candidate database: connect, mapping, read pages, compare-and-set write, postings.
//!
//! It belongs to the platform: redraft reads what the mapping names, and writes nothing but approved texts. `db` is a
//! narrow layer over the engines, `plan` the mapping checked against the database, `read` and `write` the statements,
//! `mapped` the port on top of them; `survey` looks at a database that nobody has mapped. When to write, and what follows from it, is decided elsewhere (`writeback`).

mod check;
mod db;
pub mod demo;
mod difference;
mod expression;
mod key;
mod mapped;
mod plan;
pub mod port;
mod read;
mod receipts;
mod survey;
mod told;
mod write;

use std::sync::Arc;

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
    Ok(Arc::new(mapped::Mapped::open(db, mapping, writing).await?))
}

async fn connect(database: &DatabaseSettings) -> Result<db::Db, SourceError> {
    let login = db::Login {
        url: &database.url,
        password: database.password.as_ref(),
        busy_timeout: db::BUSY_TIMEOUT,
    };
    Ok(db::Db::connect(login).await?)
}

#[cfg(test)]
mod tests;
