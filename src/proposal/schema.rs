//! A database as it looks from outside: tables, columns, keys, foreign keys, and what a few rows of it hold.

use super::measure::Measure;

/// Which SQL the database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

/// What kind of values a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Text.
    Text,
    /// JSON, by its declared type.
    Json,
    /// Numbers.
    Number,
    /// True or false, by its declared type.
    Truth,
    /// A date or a point in time.
    Time,
    /// Anything else.
    Other,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, as the database spells it.
    pub name: String,
    /// What kind of values it holds.
    pub family: Family,
    /// Whether the database computes it.
    pub generated: bool,
    /// What some of its rows hold; `None` if nobody looked.
    pub measure: Option<Measure>,
}

/// A reference to another table: by declaration, or because a name says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Own column and the other table's, pair by pair.
    pub columns: Vec<(String, String)>,
    /// The other table's name.
    pub table: String,
}

/// One table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as a mapping writes it, with the schema only if that is not the default one.
    pub name: String,
    /// Whether it is a view.
    pub view: bool,
    /// How many rows it has, counted up to a limit; `None` if nobody counted.
    pub rows: Option<u64>,
    /// The columns of the primary key, else of a unique index.
    pub key: Vec<String>,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// What it refers to.
    pub foreign: Vec<ForeignKey>,
    /// The storage engine, where tables have one (`InnoDB`, `MyISAM`).
    pub storage: Option<String>,
}

/// A database as it looks from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Which SQL it speaks.
    pub engine: Engine,
    /// Its tables.
    pub tables: Vec<Table>,
}

impl Schema {
    /// The table of that name, without regard to ASCII case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }
}

impl Table {
    /// The column of that name, without regard to ASCII case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether it has all these columns.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.column(name).is_some())
    }

    /// Own columns and those of `other` that they refer to: as declared, else by a name like `candidate_id`.
    pub fn refers_to(&self, other: &Self) -> Option<Vec<(String, String)>> {
        let declared = self.foreign.iter().find(|foreign| foreign.table.eq_ignore_ascii_case(&other.name));
        if let Some(foreign) = declared {
            return Some(foreign.columns.clone());
        }
        let [key] = other.key.as_slice() else { return None };
        if self.name == other.name {
            return None;
        }
        let short = super::names::singular(&other.name);
        let named = self.columns.iter().find(|column| {
            let name = super::names::compact(&column.name);
            name == format!("{short}id")
                || (name == super::names::compact(key) && name.len() > 3 && name != "uuid")
        })?;
        Some(vec![(named.name.clone(), key.clone())])
    }
}

impl Column {
    /// Whether texts can stand in it.
    pub const fn is_text(&self) -> bool {
        matches!(self.family, Family::Text | Family::Json)
    }
}
