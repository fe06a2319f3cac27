//! What the database says about its own tables.

use super::{DbResult, Engine, Row, Sql, Val, lite::Lite};

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

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct ColumnInfo {
    /// Its name, as the database spells it.
    pub(in crate::source) name: String,
    /// Its declared type.
    pub(in crate::source) declared: String,
    /// What it does with values.
    pub(in crate::source) affinity: Affinity,
    /// Whether NULL is allowed.
    pub(in crate::source) nullable: bool,
    /// Whether it is computed from others.
    pub(in crate::source) generated: bool,
}

/// One table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct TableInfo {
    /// Its schema.
    pub(in crate::source) schema: String,
    /// Its name, as the database spells it.
    pub(in crate::source) name: String,
    /// What it is.
    pub(in crate::source) kind: TableKind,
    /// Its columns.
    pub(in crate::source) columns: Vec<ColumnInfo>,
    /// Sets of columns that no two rows have in common: the primary key and unique indices.
    pub(in crate::source) unique: Vec<Vec<String>>,
    /// The names of its triggers that fire at an update.
    pub(in crate::source) triggers: Vec<String>,
}

fn statement(text: &str, values: &[&str]) -> Sql {
    let mut sql = Sql::new(Engine::Sqlite, "");
    let mut pieces = text.split('?');
    sql.push(pieces.next().unwrap_or_default());
    for (piece, value) in pieces.zip(values) {
        sql.bind(Val::from(*value)).push(piece);
    }
    sql
}

pub(super) async fn sqlite_tables(db: &Lite) -> DbResult<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let rows = db.query(Sql::new(Engine::Sqlite, sql)).await?;
    Ok(rows.iter().filter_map(|row| row.first()).map(Val::words).collect())
}

/// Looks `name` up as it is, then as `schema.table`.
pub(super) async fn sqlite_table(db: &Lite, name: &str) -> DbResult<Option<TableInfo>> {
    if let Some(found) = lookup(db, "main", name).await? {
        return Ok(Some(found));
    }
    match name.split_once('.') {
        Some((schema, table)) => lookup(db, schema, table).await,
        None => Ok(None),
    }
}

async fn lookup(db: &Lite, schema: &str, name: &str) -> DbResult<Option<TableInfo>> {
    let list = "SELECT schema, name, type FROM pragma_table_list \
                WHERE schema = ? COLLATE NOCASE AND name = ? COLLATE NOCASE";
    let rows = db.query(statement(list, &[schema, name])).await?;
    let Some([schema, name, kind]) = rows.first().map(Vec::as_slice) else { return Ok(None) };
    let (schema, name) = (schema.words(), name.words());
    let info = "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1";
    let columns = db.query(statement(info, &[&name, &schema])).await?;
    let indices = "SELECT l.name, i.name FROM pragma_index_list(?, ?) AS l, pragma_index_info(l.name, ?) AS i \
                   WHERE l.\"unique\" = 1 AND l.partial = 0 ORDER BY l.name, i.seqno";
    let indices = db.query(statement(indices, &[&name, &schema, &schema])).await?;
    let triggers =
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE";
    let triggers = db.query(statement(triggers, &[&name])).await?;
    Ok(Some(TableInfo {
        kind: if kind.text() == Some("view") { TableKind::View } else { TableKind::Table },
        columns: columns.iter().map(column).collect(),
        unique: unique(&columns, &indices),
        triggers: triggers.iter().filter(|row| fires_at_update(row)).map(|row| row[0].words()).collect(),
        schema,
        name,
    }))
}

fn column(row: &Row) -> ColumnInfo {
    let [name, declared, not_null, key, hidden] = row.as_slice() else {
        return ColumnInfo {
            name: String::new(),
            declared: String::new(),
            affinity: Affinity::Any,
            nullable: true,
            generated: false,
        };
    };
    let declared = declared.words();
    let rowid = key.int() == Some(1) && declared.eq_ignore_ascii_case("INTEGER");
    ColumnInfo {
        name: name.words(),
        affinity: affinity(&declared),
        nullable: not_null.int() == Some(0) && !rowid,
        generated: matches!(hidden.int(), Some(2 | 3)),
        declared,
    }
}

/// The rules of sqlite.org/datatype3.html, section 3.1.
fn affinity(declared: &str) -> Affinity {
    let declared = declared.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    if has("INT") {
        Affinity::Number
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Affinity::Text
    } else if has("BLOB") || declared.is_empty() {
        Affinity::Any
    } else {
        Affinity::Number
    }
}

fn unique(columns: &[Row], indices: &[Row]) -> Vec<Vec<String>> {
    let mut key: Vec<(i64, String)> = columns
        .iter()
        .filter_map(|row| Some((row.get(3)?.int().filter(|place| *place > 0)?, row.first()?.words())))
        .collect();
    key.sort();
    let mut sets = vec![key.into_iter().map(|(_, name)| name).collect::<Vec<_>>()];
    let mut last = None;
    for row in indices {
        let [index, column] = row.as_slice() else { continue };
        if last != Some(index) {
            sets.push(Vec::new());
            last = Some(index);
        }
        // An expression has no name: the empty one is in no mapping, so that the set is never taken for a key.
        sets.last_mut().into_iter().for_each(|set| set.push(column.words()));
    }
    sets.retain(|set| !set.is_empty());
    sets
}

fn fires_at_update(row: &Row) -> bool {
    let words = row.get(1).map(Val::words).unwrap_or_default().to_ascii_uppercase();
    let head = words.split("BEGIN").next().unwrap_or_default();
    head.contains("UPDATE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_have_the_affinity_that_sqlite_gives_them() {
        for (declared, expected) in [
            ("INTEGER", Affinity::Number),
            ("BIGINT UNSIGNED", Affinity::Number),
            ("VARCHAR(255)", Affinity::Text),
            ("text", Affinity::Text),
            ("", Affinity::Any),
            ("BLOB", Affinity::Any),
            ("DECIMAL(10,5)", Affinity::Number),
            ("DATETIME", Affinity::Number),
            ("CHARINT", Affinity::Number),
        ] {
            assert_eq!(affinity(declared), expected, "{declared}");
        }
    }
}
