//! Which tables and columns a mapping reads and writes, whatever its sections are made of: what privileges are needed
//! for, and where traps matter.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    db::{Db, TableInfo},
    port::SourceError,
};
use crate::config::{Cells, Mapping, SectionMapping, SqlRef};

/// One table with what a mapping does to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touched {
    /// What the database says about it.
    pub(super) info: TableInfo,
    /// The columns that are read, as the mapping spells them.
    pub(super) read: BTreeSet<String>,
    /// The columns with texts that are written.
    pub(super) texts: BTreeSet<String>,
    /// Other columns that are written along.
    pub(super) set: BTreeSet<String>,
    /// Whether rows are added: the note in the platform's own history.
    pub(super) added: bool,
}

impl Touched {
    /// All columns that are written.
    pub(super) fn written(&self) -> BTreeSet<String> {
        self.texts.union(&self.set).cloned().collect()
    }
}

/// The tables that a mapping touches, by name. Those that are not there are left out: others tell of them.
pub(super) async fn touched(db: &Db, mapping: &Mapping) -> Result<Vec<Touched>, SourceError> {
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for column in mapping.columns() {
        read.entry(column.table).or_default().insert(column.column);
    }
    for (table, column) in mapping.tenants() {
        read.entry(table).or_default().insert(column);
    }
    let sql = mapping.sql();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut set: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for section in mapping.section.iter().filter(|section| section.write) {
        let (table, columns, along) = writes(mapping, section);
        texts.entry(table.clone()).or_default().extend(columns);
        set.entry(table).or_default().extend(along);
    }
    let added = mapping.audit.as_ref().map(|audit| audit.table.clone());
    let names: BTreeSet<String> =
        read.keys().chain(texts.keys()).chain(set.keys()).chain(&added).cloned().collect();
    let mut found = Vec::new();
    for name in names {
        if let Some(info) = db.table(&name).await? {
            let mut read = read.remove(&name).unwrap_or_default();
            read.extend(in_sql(&info, sql.iter().filter(|piece| piece.table == name)));
            found.push(Touched {
                info,
                read,
                texts: texts.remove(&name).unwrap_or_default(),
                set: set.remove(&name).unwrap_or_default(),
                added: added.as_ref() == Some(&name),
            });
        }
    }
    Ok(found)
}

/// The columns of a table that pieces of SQL name.
fn in_sql<'m>(info: &TableInfo, pieces: impl Iterator<Item = &'m SqlRef>) -> Vec<String> {
    let plain = |name: &str| name.chars().all(|character| character.is_alphanumeric() || character == '_');
    let mut found = Vec::new();
    for piece in pieces {
        let words = piece.words();
        let named = info.columns.iter().map(|column| column.name.as_str()).filter(|name| {
            let word = words.iter().any(|word| word.eq_ignore_ascii_case(name));
            // A name with blanks stands there in quotes.
            word || (!plain(name) && piece.sql.contains(name))
        });
        found.extend(named.map(str::to_owned));
    }
    found
}

/// The table that a section writes, its columns with text, and those that are written along.
fn writes(mapping: &Mapping, section: &SectionMapping) -> (String, Vec<String>, Vec<String>) {
    let own = section.table.clone().unwrap_or_else(|| mapping.candidate.table.clone());
    if let Some(target) = &section.target {
        let table = target.table.clone().unwrap_or_else(|| mapping.candidate.table.clone());
        return (table, vec![target.column.clone()], target.set.keys().cloned().collect());
    }
    let columns = match (&section.column, &section.writable) {
        (_, Some(Cells::Columns(cells))) => cells.values().map(|cell| cell.written_out().column).collect(),
        (Some(column), _) => vec![column.clone()],
        (None, Some(Cells::Paths(_)) | None) => Vec::new(),
    };
    (own, columns, section.set.keys().cloned().collect())
}
