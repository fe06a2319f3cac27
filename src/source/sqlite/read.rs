//! Reading: pages, one candidate, postings.

use sqlx::{Row, sqlite::SqliteRow};

use super::{SqliteSource, failed, statement::pattern};
use crate::{
    domain::{Candidate, CandidateId, Document, Posting, PostingId, Section},
    source::{
        key,
        port::{Page, PageQuery, SourceError},
    },
};

/// What a page holds at the most.
const LARGEST_PAGE: u32 = 1_000;

fn text(row: &SqliteRow, index: usize) -> Result<Option<String>, SourceError> {
    row.try_get(index).map_err(failed)
}

impl SqliteSource {
    pub(super) async fn read_page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        let limit = query.limit.clamp(1, LARGEST_PAGE);
        let after = match &query.after {
            None => None,
            // A key of another shape stands behind nothing that exists.
            Some(id) => match self.key_parts(id) {
                Some(parts) => Some(parts),
                None => return Ok(Page::default()),
            },
        };
        let statements = &self.statements;
        let sql = match (&query.search, &after) {
            (None, None) => &statements.first_page,
            (None, Some(_)) => &statements.next_page,
            (Some(_), None) => &statements.first_found,
            (Some(_), Some(_)) => &statements.next_found,
        };
        let mut statement = sqlx::query(sql.get());
        if let Some(search) = &query.search {
            statement = statement.bind(pattern(search));
        }
        for part in after.iter().flatten() {
            statement = statement.bind(part);
        }
        let rows = statement.bind(i64::from(limit) + 1).fetch_all(&self.readers).await.map_err(failed)?;
        let more = rows.len() > limit as usize;
        let candidates =
            rows.iter().take(limit as usize).map(|row| self.candidate(row)).collect::<Result<_, _>>()?;
        Ok(Page { candidates, more })
    }

    pub(super) async fn read_count(&self) -> Result<u64, SourceError> {
        let count: i64 =
            sqlx::query_scalar(self.statements.count.get()).fetch_one(&self.readers).await.map_err(failed)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    pub(super) async fn read_one(
        &self,
        id: &CandidateId,
    ) -> Result<Option<(Candidate, Document)>, SourceError> {
        let Some(parts) = self.key_parts(id) else { return Ok(None) };
        let mut statement = sqlx::query(self.statements.one.get());
        for part in &parts {
            statement = statement.bind(part);
        }
        let Some(row) = statement.fetch_optional(&self.readers).await.map_err(failed)? else {
            return Ok(None);
        };
        let mapping = &self.mapping.candidate;
        let first = mapping.key.len() + mapping.display.len() + mapping.show.len();
        Ok(Some((self.candidate(&row)?, self.document(&row, first)?)))
    }

    pub(super) async fn read_postings(&self) -> Result<Vec<Posting>, SourceError> {
        let Some(sql) = &self.statements.postings else { return Ok(Vec::new()) };
        let rows = sqlx::query(sql.get()).fetch_all(&self.readers).await.map_err(failed)?;
        rows.iter().map(|row| self.posting_of(row)).collect()
    }

    pub(super) async fn read_posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        let (Some(sql), Some(mapping)) = (&self.statements.posting, &self.mapping.posting) else {
            return Ok(None);
        };
        let Some(parts) = key::split(&id.0, mapping.key.len()) else { return Ok(None) };
        let mut statement = sqlx::query(sql.get());
        for part in &parts {
            statement = statement.bind(part);
        }
        let row = statement.fetch_optional(&self.readers).await.map_err(failed)?;
        row.map(|row| self.posting_of(&row)).transpose()
    }

    pub(super) fn key_parts(&self, id: &CandidateId) -> Option<Vec<String>> {
        key::split(&id.0, self.mapping.candidate.key.len())
    }

    /// The sections of a row, from column `first` on.
    pub(super) fn document(&self, row: &SqliteRow, first: usize) -> Result<Document, SourceError> {
        let sections = self.mapping.section.iter().enumerate().map(|(index, section)| {
            Ok(Section { id: section.id.clone(), format: section.format, text: text(row, first + index)? })
        });
        Ok(Document { sections: sections.collect::<Result<_, SourceError>>()? })
    }

    fn candidate(&self, row: &SqliteRow) -> Result<Candidate, SourceError> {
        let mapping = &self.mapping.candidate;
        let read = |start: usize, number: usize| -> Result<Vec<String>, SourceError> {
            (start..start + number).map(|index| Ok(text(row, index)?.unwrap_or_default())).collect()
        };
        let keys = read(0, mapping.key.len())?;
        let names = read(keys.len(), mapping.display.len())?;
        let shown = read(keys.len() + names.len(), mapping.show.len())?;
        let name: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        Ok(Candidate { id: key::join(&keys), name: name.join(" "), shown })
    }

    fn posting_of(&self, row: &SqliteRow) -> Result<Posting, SourceError> {
        let number = self.mapping.posting.as_ref().map_or(0, |mapping| mapping.key.len());
        let keys: Vec<String> = (0..number)
            .map(|index| Ok(text(row, index)?.unwrap_or_default()))
            .collect::<Result<_, SourceError>>()?;
        let mut parts = Vec::new();
        for index in number + 1..row.len() {
            parts.extend(text(row, index)?.filter(|part| !part.trim().is_empty()));
        }
        Ok(Posting {
            id: PostingId(key::join(&keys).0),
            title: text(row, number)?.unwrap_or_default(),
            text: parts.join("\n\n"),
        })
    }
}
