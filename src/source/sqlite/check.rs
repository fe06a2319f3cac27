//! What `redraft check` tells about a candidate database. Nothing is changed: the one write is rolled back.

use std::fs;

use sqlx::{ConnectOptions, Connection};

use super::{SqliteSource, failed, statement};
use crate::{
    config::SectionMapping,
    source::port::{CandidateDatabase, Check, CheckLevel, PageQuery, SourceError},
};

fn result(subject: &str, level: CheckLevel, message: impl Into<String>, remedy: Option<&str>) -> Check {
    Check { subject: subject.to_owned(), level, message: message.into(), remedy: remedy.map(str::to_owned) }
}

fn fine(subject: &str, message: impl Into<String>) -> Check {
    result(subject, CheckLevel::Ok, message, None)
}

fn problem(subject: &str, error: &SourceError) -> Check {
    let remedy = match error {
        SourceError::Unreachable(_) => "Look whether the file is there and may be read by this account.",
        SourceError::Busy(_) => "Another program holds a lock for long; look which one has the file open.",
        SourceError::ReadOnly(_) => "Give this account the right to write the file and its folder.",
        SourceError::Mapping { hint: Some(hint), .. } => hint.as_str(),
        SourceError::Mapping { hint: None, .. } => "Correct the mapping.",
        SourceError::Engine(_) => "The log has the particulars.",
    };
    result(subject, CheckLevel::Error, error.to_string(), Some(remedy))
}

impl SqliteSource {
    pub(super) async fn run_checks(&self) -> Vec<Check> {
        let mut checks =
            vec![fine("database", format!("{} is open and fits the mapping.", self.path.display()))];
        checks.push(self.check_permissions());
        checks.push(match self.count().await {
            Ok(0) => result(
                "mapping.candidate",
                CheckLevel::Warning,
                "The mapping sees no candidate.",
                Some("Look at mapping.candidate.where."),
            ),
            Ok(number) => fine("mapping.candidate", format!("The mapping sees {number} candidates.")),
            Err(error) => problem("mapping.candidate", &error),
        });
        checks.push(self.check_reading().await);
        checks.push(self.check_writing().await.unwrap_or_else(|error| problem("write-back", &error)));
        if self.mapping.posting.is_some() {
            checks.push(match self.postings().await {
                Ok(postings) => {
                    fine("mapping.posting", format!("The mapping sees {} postings.", postings.len()))
                }
                Err(error) => problem("mapping.posting", &error),
            });
        }
        checks
    }

    fn check_permissions(&self) -> Check {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.permissions().readonly() => result(
                "database.file",
                CheckLevel::Error,
                "The file is read-only, so approved texts cannot be written back.",
                Some("chmod u+w the file, or let the account that owns it run redraft."),
            ),
            Ok(_) => fine("database.file", "The file may be written."),
            Err(error) => result(
                "database.file",
                CheckLevel::Error,
                format!("The file cannot be looked at: {error}."),
                None,
            ),
        }
    }

    async fn check_reading(&self) -> Check {
        let page = match self.page(&PageQuery { limit: 50, ..PageQuery::default() }).await {
            Ok(page) => page,
            Err(error) => return problem("mapping.section", &error),
        };
        let mut filled = vec![0; self.mapping.section.len()];
        for candidate in &page.candidates {
            match self.read(&candidate.id).await {
                Ok(Some((_, document))) => {
                    for (number, section) in filled.iter_mut().zip(&document.sections) {
                        *number +=
                            usize::from(section.text.as_ref().is_some_and(|text| !text.trim().is_empty()));
                    }
                }
                Ok(None) => {}
                Err(error) => return problem("mapping.section", &error),
            }
        }
        let words: Vec<String> = self
            .mapping
            .section
            .iter()
            .zip(&filled)
            .map(|(section, number)| format!("{} {number}", section.id))
            .collect();
        let message =
            format!("Of the first {} candidates have text: {}.", page.candidates.len(), words.join(", "));
        if filled.contains(&0) && !page.candidates.is_empty() {
            return result(
                "mapping.section",
                CheckLevel::Warning,
                message,
                Some("A section without any text may read the wrong column."),
            );
        }
        fine("mapping.section", message)
    }

    /// Writes one candidate's own text over itself with a mark behind it, and rolls back.
    async fn check_writing(&self) -> Result<Check, SourceError> {
        let page = self.page(&PageQuery { limit: 1, ..PageQuery::default() }).await?;
        let written: Vec<&SectionMapping> =
            self.mapping.section.iter().filter(|section| section.write).collect();
        let Some((candidate, document)) = (match page.candidates.first() {
            Some(candidate) => self.read(&candidate.id).await?,
            None => None,
        }) else {
            return Ok(fine("write-back", "There is no candidate to try a write with."));
        };
        let _turn = self.writing.lock().await;
        let mut connection = self.options.connect().await.map_err(failed)?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let update = statement::update(&self.mapping, &written);
        let mut query = sqlx::query(update.get());
        for section in &written {
            query = query.bind(format!("{} ", document.text(&section.id)));
        }
        for part in self.key_parts(&candidate.id).unwrap_or_default() {
            query = query.bind(part);
        }
        for section in &document.sections {
            query = query.bind(section.text.clone());
        }
        let rows = query.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.rollback().await.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        Ok(match rows {
            1 => fine("write-back", "A write to one candidate went through and was rolled back."),
            _ => problem(
                "write-back",
                &SourceError::Engine(format!("a write to one candidate changed {rows} rows.")),
            ),
        })
    }
}
