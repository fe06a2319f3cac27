//! The compare-and-set: lock, compare bytes, write, read back, commit, or nothing at all.

use sqlx::{ConnectOptions, Connection, SqliteConnection, query::Query, sqlite::SqliteArguments};

use super::{SqliteSource, failed, statement};
use crate::{
    config::SectionMapping,
    domain::{CandidateId, Document},
    source::port::{SourceError, WriteOutcome},
};

type Statement<'q> = Query<'q, sqlx::Sqlite, SqliteArguments>;

impl SqliteSource {
    pub(super) async fn write(
        &self,
        id: &CandidateId,
        before: &Document,
        after: &Document,
    ) -> Result<WriteOutcome, SourceError> {
        let Some(key) = self.key_parts(id) else { return Ok(WriteOutcome::Gone) };
        if let Some(why) = self.unfit(before, after) {
            return Ok(WriteOutcome::Refused(why));
        }
        let _turn = self.writing.lock().await;
        let mut connection = self.options.connect().await.map_err(failed)?;
        let outcome = self.locked(&mut connection, (&key, before, after)).await;
        // A connection that does not close cleanly has its transaction rolled back by SQLite.
        connection.close().await.ok();
        outcome
    }

    async fn locked(
        &self,
        connection: &mut SqliteConnection,
        (key, before, after): (&[String], &Document, &Document),
    ) -> Result<WriteOutcome, SourceError> {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let Some(now) = self.current(&mut transaction, key).await? else { return Ok(WriteOutcome::Gone) };
        if now == *after {
            return Ok(WriteOutcome::AlreadyThere);
        }
        if now != *before {
            return Ok(WriteOutcome::Changed(now));
        }
        let written: Vec<&SectionMapping> =
            self.mapping.section.iter().filter(|s| before.section(&s.id) != after.section(&s.id)).collect();
        let update = statement::update(&self.mapping, &written);
        let mut query: Statement<'_> = sqlx::query(update.get());
        for section in &written {
            query = query.bind(after.section(&section.id).and_then(|section| section.text.as_deref()));
        }
        for part in key {
            query = query.bind(part.as_str());
        }
        for section in &self.mapping.section {
            query = query.bind(before.section(&section.id).and_then(|section| section.text.as_deref()));
        }
        let rows = query.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        if rows != 1 {
            let why = format!("the database changed {rows} rows instead of one; nothing was written.");
            return Ok(WriteOutcome::Refused(why));
        }
        let stored = self.current(&mut transaction, key).await?;
        if stored.as_ref() != Some(after) {
            return Ok(WriteOutcome::Refused(altered(stored.as_ref(), after)));
        }
        transaction.commit().await.map_err(failed)?;
        Ok(WriteOutcome::Written)
    }

    async fn current(
        &self,
        connection: &mut SqliteConnection,
        key: &[String],
    ) -> Result<Option<Document>, SourceError> {
        let mut query: Statement<'_> = sqlx::query(self.statements.sections.get());
        for part in key {
            query = query.bind(part.as_str());
        }
        let rows = query.fetch_all(connection).await.map_err(failed)?;
        match rows.as_slice() {
            [] => Ok(None),
            [row] => self.document(row, 0).map(Some),
            _ => Err(SourceError::Mapping {
                message: "The key of the candidate table is not unique.".to_owned(),
                place: "mapping.candidate.key".to_owned(),
                hint: Some("Name all columns of the table's key.".to_owned()),
            }),
        }
    }

    /// Why `after` must not even be tried.
    fn unfit(&self, before: &Document, after: &Document) -> Option<String> {
        let ids = |document: &Document| document.sections.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
        let mapped: Vec<_> = self.mapping.section.iter().map(|section| section.id.clone()).collect();
        if ids(before) != mapped || ids(after) != mapped {
            return Some("the mapping has other sections now than when the text was read.".to_owned());
        }
        self.mapping.section.iter().find_map(|section| {
            let (old, new) = (before.section(&section.id)?, after.section(&section.id)?);
            if old == new {
                return None;
            }
            let id = &section.id;
            let Some(text) = &new.text else { return Some(format!("section \"{id}\" would become NULL.")) };
            if !section.write {
                return Some(format!("section \"{id}\" is for reading only."));
            }
            if text.contains('\0') {
                return Some(format!(
                    "section \"{id}\" holds the character U+0000, which ends a text for many programs."
                ));
            }
            let most = section.max_bytes?;
            (text.len() as u64 > most)
                .then(|| format!("section \"{id}\" has {} bytes; the mapping allows {most}.", text.len()))
        })
    }
}

/// What the database made of the text, without the text.
fn altered(stored: Option<&Document>, after: &Document) -> String {
    let Some(stored) = stored else {
        return "a trigger of the database takes the row away; nothing was written.".to_owned();
    };
    let sections: Vec<String> = after
        .sections
        .iter()
        .filter(|section| stored.section(&section.id) != Some(section))
        .map(|section| {
            let bytes = |text: Option<&String>| text.map_or(0, String::len);
            let there = stored.section(&section.id).and_then(|section| section.text.as_ref());
            format!("\"{}\" ({} bytes instead of {})", section.id, bytes(there), bytes(section.text.as_ref()))
        })
        .collect();
    format!(
        "the database stores another text than it is given, in section {}; nothing was written.",
        sections.join(", ")
    )
}
