//! PostgreSQL's tables, by its catalog.

use super::Pg;
use crate::source::db::{
    Affinity, ColumnInfo, DbResult, Engine, Equality, ForeignKey, Kind, Rollback, Row, Sql, TableInfo,
    TableKind, Val, schema::groups,
};

const KINDS: &str = "('r', 'p', 'v', 'm', 'f')";

/// The names of all tables and views, with their schema where that is needed to find them.
pub(in crate::source::db) async fn tables(db: &Pg) -> DbResult<Vec<String>> {
    let sql = format!(
        "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname::text || '.' || c.relname::text END \
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN {KINDS} AND NOT c.relispartition \
         AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1"
    );
    let rows = db.query(Sql::new(Engine::Postgres, sql)).await?;
    Ok(rows.iter().filter_map(|row| row.first()).map(Val::words).collect())
}

/// Looks `name` up as it is, then as `schema.table`.
pub(in crate::source::db) async fn table(db: &Pg, name: &str) -> DbResult<Option<TableInfo>> {
    if let Some(found) = lookup(db, None, name).await? {
        return Ok(Some(found));
    }
    match name.split_once('.') {
        Some((schema, table)) => lookup(db, Some(schema), table).await,
        None => Ok(None),
    }
}

async fn lookup(db: &Pg, schema: Option<&str>, name: &str) -> DbResult<Option<TableInfo>> {
    let mut sql = Sql::new(
        Engine::Postgres,
        "SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::int8 \
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relname = ",
    );
    sql.bind(Val::from(name)).push(&format!(" AND c.relkind IN {KINDS} AND "));
    match schema {
        Some(schema) => sql.push("n.nspname = ").bind(Val::from(schema)),
        None => sql.push("pg_table_is_visible(c.oid)"),
    };
    let rows = db.query(sql).await?;
    let Some([oid, schema, name, kind, rows]) = rows.first().map(Vec::as_slice) else { return Ok(None) };
    let of = |text: &str| {
        let mut sql = Sql::new(Engine::Postgres, "");
        let (before, after) = text.split_once("{oid}").unwrap_or((text, ""));
        sql.push(before).push("CAST(").bind(oid.clone()).push(" AS oid)").push(after);
        sql
    };
    let columns: Vec<ColumnInfo> = db.query(of(COLUMNS)).await?.iter().map(|row| column(row)).collect();
    let indices = db.query(of(INDICES)).await?;
    let sets = groups(&indices, 0);
    let names = |rows: &[&Row], at: usize| -> Vec<String> {
        rows.iter().filter_map(|row| row.get(at)).map(Val::words).collect()
    };
    let yes = |row: &Row, at: usize| row.get(at).and_then(Val::int) == Some(1);
    let exact = |name: &String| {
        columns.iter().any(|column| column.name == *name && column.equality == Equality::Exact)
    };
    let total = sets.iter().filter(|rows| {
        rows.iter().all(|row| yes(row, 3) || row.get(2).map(Val::words).as_ref().is_some_and(exact))
    });
    let foreign = db.query(of(FOREIGN)).await?;
    let foreign = groups(&foreign, 0).into_iter().map(|rows| ForeignKey {
        columns: names(&rows, 3),
        schema: rows.first().map(|row| row[1].words()).unwrap_or_default(),
        table: rows.first().map(|row| row[2].words()).unwrap_or_default(),
        references: names(&rows, 4),
    });
    Ok(Some(TableInfo {
        schema: schema.words(),
        name: name.words(),
        kind: match kind.text() {
            Some("v" | "m") => TableKind::View,
            _ => TableKind::Table,
        },
        primary: sets.iter().find(|rows| yes(rows[0], 1)).map(|rows| names(rows, 2)).unwrap_or_default(),
        unique: sets.iter().map(|rows| names(rows, 2)).collect(),
        total: total.map(|rows| names(rows, 2)).collect(),
        foreign: foreign.collect(),
        triggers: db.query(of(TRIGGERS)).await?.iter().map(|row| row[0].words()).collect(),
        storage: None,
        rollback: Rollback::Full,
        rows: rows.int().and_then(|rows| u64::try_from(rows).ok()),
        columns,
    }))
}

/// Name, declared type, type for a cast, name of the type or of what a domain is made from, its length limit, NULL,
/// generated, encoding, collation, whether that tells all texts apart.
const COLUMNS: &str = "
    SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1), b.typname::text,
        (CASE WHEN b.typname IN ('varchar', 'bpchar')
            THEN nullif(greatest(CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END - 4, 0), 0) END)::int8,
        a.attnotnull::int::int8, (a.attgenerated <> '' OR a.attidentity = 'a')::int::int8,
        (SELECT lower(pg_encoding_to_char(d.encoding)) FROM pg_database AS d WHERE d.datname = current_database()),
        (CASE WHEN c.collname <> 'default' THEN c.collname END)::text,
        coalesce(c.collisdeterministic AND b.typname <> 'citext', true)::int::int8
    FROM pg_attribute AS a
    JOIN pg_type AS t ON t.oid = a.atttypid
    JOIN pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
    WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Index, primary, column (none for an expression), whether its collation is the column's.
const INDICES: &str = "
    SELECT i.indexrelid::int8, i.indisprimary::int::int8, a.attname::text,
        coalesce(i.indcollation[k.place - 1] = a.attcollation, false)::int::int8
    FROM pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attribute, place)
    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attribute
    WHERE i.indrelid = {oid} AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND k.place <= i.indnkeyatts
    ORDER BY i.indisprimary DESC, i.indexrelid, k.place";

/// Constraint, schema and table it refers to, column, column it refers to.
const FOREIGN: &str = "
    SELECT c.oid::int8, n.nspname::text, f.relname::text, a.attname::text, b.attname::text
    FROM pg_constraint AS c
    JOIN pg_class AS f ON f.oid = c.confrelid
    JOIN pg_namespace AS n ON n.oid = f.relnamespace
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (here, there, place)
    JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.here
    JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = k.there
    WHERE c.conrelid = {oid} AND c.contype = 'f' ORDER BY c.oid, k.place";

/// Triggers that fire at an update, and rules in its place.
const TRIGGERS: &str = "
    SELECT name FROM (
        SELECT tgrelid AS of, tgname::text AS name FROM pg_trigger
        WHERE NOT tgisinternal AND tgenabled <> 'D' AND (tgtype & 16) <> 0
        UNION ALL SELECT ev_class, rulename::text FROM pg_rewrite WHERE ev_type = '2'
    ) AS found WHERE of = {oid} ORDER BY name";

fn column(row: &[Val]) -> ColumnInfo {
    let at = |index: usize| row.get(index).unwrap_or(&Val::Null);
    let kind = kind(&at(3).words());
    let encoding = at(7).words();
    ColumnInfo {
        name: at(0).words(),
        declared: at(1).words(),
        kind,
        cast: at(2).words(),
        affinity: affinity(kind),
        max_chars: at(4).int().and_then(|most| u64::try_from(most).ok()),
        max_bytes: None,
        charset: matches!(kind, Kind::Text | Kind::Json).then_some(encoding),
        collation: at(8).text().map(str::to_owned),
        equality: if at(9).int() == Some(1) { Equality::Exact } else { Equality::Coarse },
        nullable: at(5).int() != Some(1),
        generated: at(6).int() == Some(1),
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "int2" | "int4" | "int8" => Kind::Int,
        "numeric" => Kind::Decimal,
        "float4" | "float8" => Kind::Real,
        "text" | "varchar" | "bpchar" | "citext" | "name" => Kind::Text,
        "bytea" => Kind::Bytes,
        "uuid" => Kind::Uuid,
        "json" | "jsonb" => Kind::Json,
        "date" | "time" | "timetz" | "timestamp" | "timestamptz" => Kind::Time,
        "bool" => Kind::Bool,
        _ => Kind::Other,
    }
}

fn affinity(kind: Kind) -> Affinity {
    match kind {
        Kind::Int | Kind::UInt | Kind::Decimal | Kind::Real => Affinity::Number,
        Kind::Text | Kind::Json | Kind::Uuid | Kind::Time | Kind::Bool | Kind::Other => Affinity::Text,
        Kind::Bytes => Affinity::Any,
    }
}
