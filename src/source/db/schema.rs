//! What the databases say about their own tables: one shape, whatever the engine.

mod lite;

use super::Row;

pub(super) use lite::{sqlite_table, sqlite_tables};

/// Whether rows of it can be written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum TableKind {
    /// A table.
    Table,
    /// A view: only readable, unless triggers make it writable.
    View,
}

/// Which values a column keeps as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Affinity {
    /// Whatever looks like a number becomes one.
    Number,
    /// Everything becomes text.
    Text,
    /// Everything stays as it is.
    Any,
}

/// What a column holds, as far as statements differ by it. In SQLite this is what the declaration promises, no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::source) enum Kind {
    /// A signed integer.
    Int,
    /// An unsigned integer, up to 64 bits.
    UInt,
    /// An exact fraction.
    Decimal,
    /// A floating-point number.
    Real,
    /// Text of any length and collation.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID.
    Uuid,
    /// JSON that the engine knows as such; `declared` tells `json` from `jsonb`.
    Json,
    /// A date, a time of day or both.
    Time,
    /// A truth value of its own type.
    Bool,
    /// Anything else: enumerations, bits, XML, ranges, shapes. It is only shown.
    Other,
}

/// Whether `=` tells all texts of a column apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Equality {
    /// Yes.
    Exact,
    /// No: its collation disregards case, accents, blanks at the end or the like; or nobody knows.
    Coarse,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct ColumnInfo {
    /// Its name, as the database spells it.
    pub(in crate::source) name: String,
    /// Its declared type.
    pub(in crate::source) declared: String,
    /// What it holds.
    pub(in crate::source) kind: Kind,
    /// The type for a cast, without a length, quoted where need be; empty where the engine needs none.
    pub(in crate::source) cast: String,
    /// What it does with values.
    pub(in crate::source) affinity: Affinity,
    /// The most characters that it holds.
    pub(in crate::source) max_chars: Option<u64>,
    /// The most bytes that it holds, in its own character set.
    pub(in crate::source) max_bytes: Option<u64>,
    /// Its character set in lower case, where columns or databases have one that is not all of Unicode or may not be.
    pub(in crate::source) charset: Option<String>,
    /// Its collation, if it is not the engine's own default.
    pub(in crate::source) collation: Option<String>,
    /// Whether `=` tells all its texts apart.
    pub(in crate::source) equality: Equality,
    /// Whether NULL is allowed.
    pub(in crate::source) nullable: bool,
    /// Whether it is computed from others.
    pub(in crate::source) generated: bool,
}

/// Whether a failed statement can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Rollback {
    /// Yes: the table takes part in transactions.
    Full,
    /// No: what was written stays (`MyISAM`, `Aria` without transactions, `MEMORY` …).
    None,
}

/// A reference to another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct ForeignKey {
    /// Columns of this table.
    pub(in crate::source) columns: Vec<String>,
    /// The other table's schema.
    pub(in crate::source) schema: String,
    /// The other table.
    pub(in crate::source) table: String,
    /// Columns of the other table, in the same order; empty for its primary key.
    pub(in crate::source) references: Vec<String>,
}

/// One table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct TableInfo {
    /// Its schema; the database in MySQL.
    pub(in crate::source) schema: String,
    /// Its name, as the database spells it.
    pub(in crate::source) name: String,
    /// What it is.
    pub(in crate::source) kind: TableKind,
    /// Its columns, in the order of the table.
    pub(in crate::source) columns: Vec<ColumnInfo>,
    /// The primary key; empty if there is none.
    pub(in crate::source) primary: Vec<String>,
    /// Sets of columns that no two rows have in common: the primary key and unique indices.
    pub(in crate::source) unique: Vec<Vec<String>>,
    /// Those of `unique` that hold as the columns' own collations see it, so that an order by these columns is total.
    pub(in crate::source) total: Vec<Vec<String>>,
    /// What it refers to.
    pub(in crate::source) foreign: Vec<ForeignKey>,
    /// The names of its triggers that fire at an update.
    pub(in crate::source) triggers: Vec<String>,
    /// The storage engine, where there is a choice.
    pub(in crate::source) storage: Option<String>,
    /// Whether a failed statement can be undone.
    pub(in crate::source) rollback: Rollback,
    /// About how many rows it has, if the engine keeps an estimate.
    pub(in crate::source) rows: Option<u64>,
}

impl TableInfo {
    /// Whether the database itself forbids two rows that are alike in these columns.
    pub(in crate::source) fn keeps_apart(&self, columns: &[&str]) -> bool {
        within(&self.unique, columns)
    }

    /// Whether an order by these columns, as they are, is total.
    pub(in crate::source) fn orders(&self, columns: &[&str]) -> bool {
        within(&self.total, columns)
    }
}

fn within(sets: &[Vec<String>], columns: &[&str]) -> bool {
    sets.iter().any(|set| set.iter().all(|column| columns.contains(&column.as_str())))
}

/// Rows that follow one another and are alike in one column.
pub(super) fn groups(rows: &[Row], at: usize) -> Vec<Vec<&Row>> {
    let mut found: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match found.last_mut().filter(|last| last.first().map(|first| first.get(at)) == Some(row.get(at))) {
            Some(last) => last.push(row),
            None => found.push(vec![row]),
        }
    }
    found
}
