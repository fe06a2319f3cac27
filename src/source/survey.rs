//! Looks at a database that nobody has mapped yet: its tables, and a few rows of those that may matter.
//!
//! Rows are measured and forgotten. Columns that look private are not read at all.

use std::collections::HashSet;

use super::{
    db::{ColumnInfo, Db, DbResult, Engine, Kind, Row, Sql, TableInfo, TableKind, Val},
    port::SourceError,
};
use crate::config::DatabaseSettings;
use crate::proposal::{self, Column, Family, ForeignKey, Measure, Platform, Schema, Table, Use};

/// The most tables that are looked at; a database with more is a known platform's, or names them well.
const TABLES: usize = 1_500;

/// How many rows of a table are measured.
const ROWS: usize = 200;

/// Tables are counted up to this.
pub const COUNTED: u64 = 100_000;

/// The most agencies, or stages, that are told apart.
const VALUES: usize = 10;

/// Looks at a database.
///
/// # Errors
/// It cannot be reached, or does not tell its tables.
pub async fn survey(database: &DatabaseSettings) -> Result<Schema, SourceError> {
    let db = super::connect(database).await?;
    let mut names = db.tables().await?;
    names.truncate(TABLES);
    let mut found = Vec::new();
    for name in names {
        if let Some(info) = db.table(&name).await? {
            found.push((name, info));
        }
    }
    let tables = found.iter().map(|(name, info)| table(db.engine(), name, info, &found)).collect();
    let mut schema = Schema { engine: engine(db.engine()), tables };
    let known: HashSet<&str> = Platform::recognise(&schema).into_iter().flat_map(Platform::tables).collect();
    for (table, (_, info)) in schema.tables.iter_mut().zip(&found) {
        if known.is_empty() || known.contains(table.name.as_str()) {
            // What this account may not read is as good as not there.
            measure(&db, info, table).await.ok();
        }
    }
    Ok(schema)
}

const fn engine(engine: Engine) -> proposal::Engine {
    match engine {
        Engine::Sqlite => proposal::Engine::Sqlite,
        Engine::Postgres => proposal::Engine::Postgres,
        Engine::MySql => proposal::Engine::MySql,
    }
}

fn table(engine: Engine, name: &str, info: &TableInfo, all: &[(String, TableInfo)]) -> Table {
    let nullable = |name: &String| info.columns.iter().any(|column| column.name == *name && column.nullable);
    let unique = info.unique.iter().find(|set| !set.iter().any(nullable));
    let key =
        if info.primary.is_empty() { unique.cloned().unwrap_or_default() } else { info.primary.clone() };
    let foreign = info.foreign.iter().filter_map(|foreign| {
        let (other, target) =
            all.iter().find(|(_, other)| other.schema == foreign.schema && other.name == foreign.table)?;
        let references = if foreign.references.is_empty() { &target.primary } else { &foreign.references };
        let columns = foreign.columns.iter().cloned().zip(references.iter().cloned()).collect();
        Some(ForeignKey { columns, table: other.clone() })
    });
    Table {
        name: name.to_owned(),
        view: info.kind == TableKind::View,
        rows: None,
        key,
        columns: info.columns.iter().map(|column| self::column(engine, column)).collect(),
        foreign: foreign.collect(),
        storage: info.storage.clone(),
    }
}

fn column(engine: Engine, info: &ColumnInfo) -> Column {
    let family = match info.kind {
        Kind::Text => Family::Text,
        Kind::Json => Family::Json,
        Kind::Int | Kind::UInt | Kind::Decimal | Kind::Real => Family::Number,
        Kind::Bool => Family::Truth,
        Kind::Time => Family::Time,
        // In SQLite a column without a type may hold texts as well.
        Kind::Bytes if engine == Engine::Sqlite && info.declared.is_empty() => Family::Text,
        Kind::Bytes | Kind::Uuid | Kind::Other => Family::Other,
    };
    Column { name: info.name.clone(), family, generated: info.generated, measure: None }
}

/// Counts the rows and measures the columns that may matter.
async fn measure(db: &Db, info: &TableInfo, table: &mut Table) -> DbResult<()> {
    let engine = db.engine();
    let from = format!("{}.{}", engine.quote(&info.schema), engine.quote(&info.name));
    let count = format!("SELECT count(*) FROM (SELECT 1 FROM {from} LIMIT {}) AS counted", COUNTED + 1);
    let rows = db.query(Sql::new(engine, count)).await?;
    let rows = rows.first().and_then(|row| row.first()).and_then(Val::int).unwrap_or(0);
    table.rows = u64::try_from(rows).ok();
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for (index, (column, info)) in table.columns.iter().zip(&info.columns).enumerate() {
        match proposal::use_of(column) {
            Use::Prose => texts.push((index, engine.selected(info))),
            Use::Values => values.push((index, engine.selected(info), engine.quote(&info.name))),
            Use::None => {}
        }
    }
    if !texts.is_empty() {
        let columns: Vec<&str> = texts.iter().map(|(_, column)| column.as_str()).collect();
        let mut sql = format!("SELECT {} FROM {from}", columns.join(", "));
        if !table.view && !table.key.is_empty() {
            // The newest rows tell best how the platform is used now.
            let key: Vec<String> =
                table.key.iter().map(|name| format!("{} DESC", engine.quote(name))).collect();
            sql.push_str(" ORDER BY ");
            sql.push_str(&key.join(", "));
        }
        sql.push_str(" LIMIT ");
        sql.push_str(&ROWS.to_string());
        let rows = db.query(Sql::new(engine, sql)).await?;
        for (place, (index, _)) in texts.iter().enumerate() {
            let texts: Vec<Option<String>> = rows.iter().map(|row| words(row, place)).collect();
            if let Some(column) = table.columns.get_mut(*index) {
                column.measure = Some(Measure::of(texts.iter().map(Option::as_deref)));
            }
        }
    }
    for (index, selected, quoted) in values {
        let sql = format!(
            "SELECT DISTINCT {selected} FROM (SELECT {quoted} FROM {from} LIMIT {COUNTED}) AS seen LIMIT {}",
            VALUES + 1
        );
        let rows = db.query(Sql::new(engine, sql)).await?;
        let mut found: Vec<String> = rows.iter().filter_map(|row| words(row, 0)).collect();
        found.sort_by_key(|value| (value.len(), value.clone()));
        if let Some(column) = table.columns.get_mut(index)
            && found.len() <= VALUES
        {
            column.measure.get_or_insert_default().values = found;
        }
    }
    Ok(())
}

fn words(row: &Row, place: usize) -> Option<String> {
    match row.get(place) {
        None | Some(Val::Null) => None,
        Some(value) => Some(value.words()),
    }
}
