//! The candidate database: connect, mapping, read pages, compare-and-set write, postings.
//!
//! redraft owns nothing in it. Identifiers come from the mapping, are checked against the schema and quoted; values
//! are always bound; raw SQL comes from the configuration file alone.

pub mod demo;
mod key;
mod mapped;
pub mod port;
mod sqlite;
mod told;

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::config::{DatabaseSettings, Mapping};
use port::{CandidateDatabase, SourceError};

/// Opens the candidate database that the configuration names and proves the mapping against its schema.
pub async fn open(
    database: &DatabaseSettings,
    mapping: &Mapping,
) -> Result<Arc<dyn CandidateDatabase>, SourceError> {
    let url = database.url.expose_secret();
    match url.strip_prefix("sqlite:") {
        Some(path) => Ok(Arc::new(sqlite::SqliteSource::open(path.as_ref(), mapping).await?)),
        None => Err(SourceError::Unreachable("this kind of database is not supported.".to_owned())),
    }
}
