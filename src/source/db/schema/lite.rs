//! SQLite's tables, by its table-valued pragmas.

use super::{Affinity, ColumnInfo, Equality, ForeignKey, Kind, Rollback, TableInfo, TableKind};
use crate::source::db::{DbResult, Engine, Row, Sql, Val, lite::Lite};

fn statement(text: &str, values: &[&str]) -> Sql {
    let mut sql = Sql::new(Engine::Sqlite, "");
    let mut pieces = text.split('?');
    sql.push(pieces.next().unwrap_or_default());
    for (piece, value) in pieces.zip(values) {
        sql.bind(Val::from(*value)).push(piece);
    }
    sql
}

pub(in crate::source::db) async fn sqlite_tables(db: &Lite) -> DbResult<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let rows = db.query(Sql::new(Engine::Sqlite, sql)).await?;
    Ok(rows.iter().filter_map(|row| row.first()).map(Val::words).collect())
}

/// Looks `name` up as it is, then as `schema.table`.
pub(in crate::source::db) async fn sqlite_table(db: &Lite, name: &str) -> DbResult<Option<TableInfo>> {
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
    let indices = "SELECT l.name, i.name, i.coll FROM pragma_index_list(?, ?) AS l, \
                   pragma_index_xinfo(l.name, ?) AS i \
                   WHERE l.\"unique\" = 1 AND l.partial = 0 AND i.key = 1 ORDER BY l.name, i.seqno";
    let indices = db.query(statement(indices, &[&name, &schema, &schema])).await?;
    let foreign =
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?, ?) ORDER BY id, seq";
    let foreign = db.query(statement(foreign, &[&name, &schema])).await?;
    let schema_rows = "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE";
    let made = db.query(statement(schema_rows, &[&name])).await?;
    let of = |kind: &'static str| made.iter().filter(move |row| row[0].text() == Some(kind));
    let primary = primary(&columns);
    let indices = unique(&indices);
    let plain = !of("table").any(|row| row[2].words().to_ascii_uppercase().contains("COLLATE"));
    let columns: Vec<ColumnInfo> = columns.iter().map(column).collect();
    let rowid = |set: &[String]| {
        let one = set.first().and_then(|one| columns.iter().find(|column| column.name == *one));
        set.len() == 1 && one.is_some_and(|column| column.declared.eq_ignore_ascii_case("INTEGER"))
    };
    let key = (!primary.is_empty()).then(|| primary.clone());
    let total = key
        .iter()
        .filter(|key| rowid(key))
        .chain(indices.iter().filter(|(_, coarse)| plain || *coarse).map(|(set, _)| set));
    Ok(Some(TableInfo {
        kind: if kind.text() == Some("view") { TableKind::View } else { TableKind::Table },
        total: total.cloned().collect(),
        unique: key.iter().cloned().chain(indices.iter().map(|(set, _)| set.clone())).collect(),
        primary,
        columns,
        foreign: references(&foreign, &schema),
        triggers: of("trigger").filter(|row| fires_at_update(row)).map(|row| row[1].words()).collect(),
        storage: None,
        rollback: Rollback::Full,
        rows: None,
        schema,
        name,
    }))
}

fn column(row: &Row) -> ColumnInfo {
    let at = |index: usize| row.get(index).unwrap_or(&Val::Null);
    let declared = at(1).words();
    let rowid = at(3).int() == Some(1) && declared.eq_ignore_ascii_case("INTEGER");
    ColumnInfo {
        name: at(0).words(),
        kind: kind(&declared),
        cast: String::new(),
        affinity: affinity(&declared),
        max_chars: None,
        max_bytes: None,
        charset: None,
        collation: None,
        equality: Equality::Coarse,
        nullable: at(2).int() == Some(0) && !rowid,
        generated: matches!(at(4).int(), Some(2 | 3)),
        declared,
    }
}

/// What a declaration promises; SQLite itself only knows the affinity.
fn kind(declared: &str) -> Kind {
    let declared = declared.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    match affinity(&declared) {
        Affinity::Text => Kind::Text,
        Affinity::Any => Kind::Bytes,
        Affinity::Number if has(&["INT"]) => Kind::Int,
        Affinity::Number if has(&["REAL", "FLOA", "DOUB"]) => Kind::Real,
        Affinity::Number if has(&["DATE", "TIME"]) => Kind::Time,
        Affinity::Number if has(&["BOOL"]) => Kind::Bool,
        Affinity::Number if has(&["JSON"]) => Kind::Json,
        Affinity::Number if has(&["UUID"]) => Kind::Uuid,
        Affinity::Number => Kind::Decimal,
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

fn primary(columns: &[Row]) -> Vec<String> {
    let mut key: Vec<(i64, String)> = columns
        .iter()
        .filter_map(|row| Some((row.get(3)?.int().filter(|place| *place > 0)?, row.first()?.words())))
        .collect();
    key.sort();
    key.into_iter().map(|(_, name)| name).collect()
}

/// The columns of each index, and whether all of it is in a collation coarser than bytes. The collation of a column
/// itself cannot be asked for; where no column has one, every index orders totally, and else such an index does.
fn unique(indices: &[Row]) -> Vec<(Vec<String>, bool)> {
    let mut sets: Vec<(&Val, Vec<String>, bool)> = Vec::new();
    for row in indices {
        let [index, column, collation] = row.as_slice() else { continue };
        let coarse = !collation.words().eq_ignore_ascii_case("BINARY");
        // An expression has no name: the empty one is in no mapping, so that the set is never taken for a key.
        match sets.last_mut().filter(|(last, ..)| *last == index) {
            Some((_, set, all)) => {
                set.push(column.words());
                *all &= coarse;
            }
            None => sets.push((index, vec![column.words()], coarse)),
        }
    }
    sets.into_iter().map(|(_, set, coarse)| (set, coarse)).collect()
}

fn references(rows: &[Row], schema: &str) -> Vec<ForeignKey> {
    let mut keys: Vec<(&Val, ForeignKey)> = Vec::new();
    for row in rows {
        let [id, table, from, to] = row.as_slice() else { continue };
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let (columns, references) = (Vec::new(), Vec::new());
            let key = ForeignKey { columns, schema: schema.to_owned(), table: table.words(), references };
            keys.push((id, key));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.columns.push(from.words());
            key.references.extend(to.text().map(str::to_owned));
        }
    }
    keys.into_iter().map(|(_, key)| key).collect()
}

fn fires_at_update(row: &Row) -> bool {
    let words = row.get(2).map(Val::words).unwrap_or_default().to_ascii_uppercase();
    let head = words.split("BEGIN").next().unwrap_or_default();
    head.contains("UPDATE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_tells_what_a_column_is_meant_to_hold() {
        for (declared, expected) in [
            ("INTEGER", Kind::Int),
            ("VARCHAR(255)", Kind::Text),
            ("BLOB", Kind::Bytes),
            ("DATETIME", Kind::Time),
            ("DOUBLE PRECISION", Kind::Real),
            ("BOOLEAN", Kind::Bool),
            ("NUMERIC(10,2)", Kind::Decimal),
        ] {
            assert_eq!(kind(declared), expected, "{declared}");
        }
    }

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
