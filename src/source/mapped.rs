//! The mapping held against a schema: every name must exist, and what is wrong is said with the nearest name.

use crate::{
    config::{Mapping, nearest},
    source::port::SourceError,
};

/// A table or view, with the names of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column as far as a mapping cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type as declared, in upper case.
    pub(super) declared: String,
    pub(super) origin: Origin,
}

/// Where the value of a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is stored and can be written.
    Stored,
    /// The database computes it.
    Generated,
}

fn wrong(message: String, place: impl Into<String>, hint: Option<String>) -> SourceError {
    SourceError::Mapping { message, place: place.into(), hint }
}

/// The table of that name.
pub(super) fn table<'a>(tables: &'a [Table], name: &str, place: &str) -> Result<&'a Table, SourceError> {
    if let Some(table) = tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)) {
        return Ok(table);
    }
    let names = || tables.iter().map(|table| table.name.as_str());
    let hint = match nearest(name, names()) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None if tables.is_empty() => "The database has no table at all: is it the right file?".to_owned(),
        None => format!("The database has: {}.", names().take(12).collect::<Vec<_>>().join(", ")),
    };
    Err(wrong(format!("The candidate database has no table \"{name}\"."), place, Some(hint)))
}

impl Table {
    /// The column of that name.
    pub(super) fn column(&self, name: &str, (place, reader): (&str, &str)) -> Result<&Column, SourceError> {
        if let Some(column) = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)) {
            return Ok(column);
        }
        let names = || self.columns.iter().map(|column| column.name.as_str());
        let hint = match nearest(name, names()) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None => format!("The table has: {}.", names().take(16).collect::<Vec<_>>().join(", ")),
        };
        let message =
            format!("{reader} reads column \"{name}\", which table \"{}\" does not have.", self.name);
        Err(wrong(message, place, Some(hint)))
    }
}

/// Proves the whole mapping; the first thing that is wrong is the error.
pub(super) fn prove(mapping: &Mapping, tables: &[Table]) -> Result<(), SourceError> {
    let candidate = &mapping.candidate;
    let own = table(tables, &candidate.table, "mapping.candidate.table")?;
    let groups = [("key", &candidate.key), ("display", &candidate.display), ("show", &candidate.show)];
    for (group, names) in groups {
        let place = format!("mapping.candidate.{group}");
        for name in names {
            own.column(name, (&place, "The candidate list"))?;
            if candidate.never_read.contains(name) {
                let message = format!("Column \"{name}\" is listed, and never_read forbids it.");
                return Err(wrong(message, place, None));
            }
        }
    }
    if let Some(name) = &candidate.updated_at {
        own.column(name, ("mapping.candidate.updated_at", "The candidate list"))?;
    }
    for (index, section) in mapping.section.iter().enumerate() {
        let place = format!("mapping.section[{index}].column");
        let reader = format!("Section \"{}\"", section.id);
        let column = own.column(&section.column, (&place, &reader))?;
        if section.write && column.origin == Origin::Generated {
            let message =
                format!("{reader} writes column \"{}\", which the database computes itself.", column.name);
            return Err(wrong(message, place, Some("Add `write = false` to the section.".to_owned())));
        }
        for name in section.set.keys() {
            own.column(name, (&format!("mapping.section[{index}].set"), &reader))?;
        }
    }
    prove_postings(mapping, tables)
}

fn prove_postings(mapping: &Mapping, tables: &[Table]) -> Result<(), SourceError> {
    if let Some(posting) = &mapping.posting {
        let own = table(tables, &posting.table, "mapping.posting.table")?;
        for name in &posting.key {
            own.column(name, ("mapping.posting.key", "The posting list"))?;
        }
        own.column(&posting.title.column, ("mapping.posting.title", "The posting list"))?;
        for part in &posting.text {
            own.column(&part.column, ("mapping.posting.text", "The posting"))?;
        }
    }
    if let Some(link) = &mapping.link {
        let own = table(tables, &link.table, "mapping.link.table")?;
        for name in link.candidate.keys() {
            own.column(name, ("mapping.link.candidate", "The link"))?;
        }
        for name in link.posting.keys() {
            own.column(name, ("mapping.link.posting", "The link"))?;
        }
    }
    Ok(())
}
