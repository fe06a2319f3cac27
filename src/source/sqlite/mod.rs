//! A candidate database in a SQLite file.
//!
//! Nothing about the file is changed but mapped columns: no journal mode, no table, no index.

mod check;
mod failure;
mod read;
mod schema;
mod statement;
mod write;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tokio::sync::Mutex;

use super::{
    mapped,
    port::{CandidateDatabase, Check, Page, PageQuery, SourceError, WriteOutcome},
};
use crate::{
    config::Mapping,
    domain::{Candidate, CandidateId, Document, Posting, PostingId},
};
use failure::failed;
use statement::Statements;

/// How long SQLite waits for somebody else's lock before it says so.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections for reading.
const READERS: u32 = 4;

/// The candidate database in one file.
pub(super) struct SqliteSource {
    path: PathBuf,
    mapping: Mapping,
    statements: Statements,
    readers: SqlitePool,
    /// Writes go one after another: SQLite lets only one write anyway, and a queue here is fairer than its lock.
    writing: Mutex<()>,
    options: SqliteConnectOptions,
}

impl SqliteSource {
    /// Opens an existing file and proves the mapping against its schema.
    pub(super) async fn open(path: &Path, mapping: &Mapping) -> Result<Self, SourceError> {
        if !path.is_file() {
            return Err(SourceError::Unreachable(format!("there is no file {}.", path.display())));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .busy_timeout(PATIENCE)
            .disable_statement_logging();
        // A bare connection first: the pool would hide its error behind a time-out.
        let mut connection = options.connect().await.map_err(failed)?;
        let tables = schema::tables(&mut connection).await;
        connection.close().await.map_err(failed)?;
        mapped::prove(mapping, &tables?)?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options.clone());
        Ok(Self {
            path: path.to_owned(),
            mapping: mapping.clone(),
            statements: Statements::new(mapping),
            readers,
            writing: Mutex::new(()),
            options,
        })
    }
}

#[async_trait]
impl CandidateDatabase for SqliteSource {
    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        self.read_page(query).await
    }

    async fn count(&self) -> Result<u64, SourceError> {
        self.read_count().await
    }

    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        self.read_one(id).await
    }

    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        self.read_postings().await
    }

    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        self.read_posting(id).await
    }

    fn shown(&self) -> &[String] {
        &self.mapping.candidate.show
    }

    async fn compare_and_set(
        &self,
        id: &CandidateId,
        before: &Document,
        after: &Document,
    ) -> Result<WriteOutcome, SourceError> {
        self.write(id, before, after).await
    }

    async fn check(&self) -> Vec<Check> {
        self.run_checks().await
    }
}
