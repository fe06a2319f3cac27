//! The tables of MySQL and MariaDB, by their information schema.

use super::My;
use crate::source::db::{
    Affinity, ColumnInfo, DbResult, Engine, Equality, ForeignKey, Kind, Rollback, Row, Sql, TableInfo,
    TableKind, Val, schema::groups,
};

/// The names of all tables and views of the database.
pub(in crate::source::db) async fn tables(db: &My) -> DbResult<Vec<String>> {
    let sql = "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES \
               WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE <> 'SEQUENCE' ORDER BY TABLE_NAME";
    let rows = db.query(Sql::new(Engine::MySql, sql)).await?;
    Ok(rows.iter().filter_map(|row| row.first()).map(Val::words).collect())
}

/// Looks `name` up as it is, then as `database.table`.
pub(in crate::source::db) async fn table(db: &My, name: &str) -> DbResult<Option<TableInfo>> {
    if let Some(found) = lookup(db, None, name).await? {
        return Ok(Some(found));
    }
    match name.split_once('.') {
        Some((schema, table)) => lookup(db, Some(schema), table).await,
        None => Ok(None),
    }
}

async fn lookup(db: &My, schema: Option<&str>, name: &str) -> DbResult<Option<TableInfo>> {
    let mut sql = Sql::new(
        Engine::MySql,
        "SELECT CAST(t.TABLE_SCHEMA AS CHAR), CAST(t.TABLE_NAME AS CHAR), CAST(t.TABLE_TYPE AS CHAR), \
         CAST(t.ENGINE AS CHAR), CAST(e.TRANSACTIONS AS CHAR), CAST(t.TABLE_ROWS AS SIGNED) \
         FROM information_schema.TABLES AS t LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE \
         WHERE t.TABLE_SCHEMA = ",
    );
    match schema {
        Some(schema) => sql.bind(Val::from(schema)),
        None => sql.push("DATABASE()"),
    };
    sql.push(" AND t.TABLE_NAME = ").bind(Val::from(name));
    let found = db.query(sql).await?;
    // On some servers names differ by case alone.
    let exact = found.iter().find(|row| row.get(1).and_then(Val::text) == Some(name));
    let Some([schema, name, kind, storage, transactions, rows]) = exact.or(found.first()).map(Vec::as_slice)
    else {
        return Ok(None);
    };
    let of = |text: &str| {
        let mut sql = Sql::new(Engine::MySql, "");
        let (before, after) = text.split_once("{table}").unwrap_or((text, ""));
        let (place, rest) = before.split_once("{schema}").unwrap_or((before, ""));
        sql.push(place).bind(schema.clone()).push(rest).bind(name.clone()).push(after);
        sql
    };
    let columns: Vec<ColumnInfo> = db.query(of(COLUMNS)).await?.iter().map(|row| column(row)).collect();
    let indices = db.query(of(INDICES)).await?;
    let sets = groups(&indices, 0);
    let names = |rows: &[&Row], at: usize| -> Vec<String> {
        rows.iter().filter_map(|row| row.get(at)).map(Val::words).collect()
    };
    let unique: Vec<Vec<String>> = sets.iter().map(|rows| names(rows, 1)).collect();
    let primary = sets.iter().find(|rows| rows[0][0].text() == Some("PRIMARY"));
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
        kind: if kind.words().contains("VIEW") { TableKind::View } else { TableKind::Table },
        columns,
        primary: primary.map(|rows| names(rows, 1)).unwrap_or_default(),
        // An index has the collation of its columns.
        total: unique.clone(),
        unique,
        foreign: foreign.collect(),
        triggers: db.query(of(TRIGGERS)).await?.iter().map(|row| row[0].words()).collect(),
        storage: storage.text().map(str::to_owned),
        rollback: match (storage, transactions.text()) {
            (Val::Null, _) | (_, Some("YES")) => Rollback::Full,
            _ => Rollback::None,
        },
        rows: rows.int().and_then(|rows| u64::try_from(rows).ok()),
    }))
}

const COLUMNS: &str = "
    SELECT CAST(COLUMN_NAME AS CHAR), CAST(COLUMN_TYPE AS CHAR), CAST(DATA_TYPE AS CHAR),
        CAST(CHARACTER_MAXIMUM_LENGTH AS SIGNED), CAST(IS_NULLABLE AS CHAR), CAST(EXTRA AS CHAR),
        CAST(CHARACTER_SET_NAME AS CHAR), CAST(COLLATION_NAME AS CHAR), CAST(CHARACTER_OCTET_LENGTH AS SIGNED)
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {table} ORDER BY ORDINAL_POSITION";

const INDICES: &str = "
    SELECT CAST(INDEX_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR)
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {table} AND NON_UNIQUE = 0
    ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX";

const FOREIGN: &str = "
    SELECT CAST(CONSTRAINT_NAME AS CHAR), CAST(REFERENCED_TABLE_SCHEMA AS CHAR), CAST(REFERENCED_TABLE_NAME AS CHAR),
        CAST(COLUMN_NAME AS CHAR), CAST(REFERENCED_COLUMN_NAME AS CHAR)
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {table} AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION";

const TRIGGERS: &str = "
    SELECT CAST(TRIGGER_NAME AS CHAR) FROM information_schema.TRIGGERS
    WHERE EVENT_OBJECT_SCHEMA = {schema} AND EVENT_OBJECT_TABLE = {table} AND EVENT_MANIPULATION = 'UPDATE'
    ORDER BY TRIGGER_NAME";

fn column(row: &[Val]) -> ColumnInfo {
    let at = |index: usize| row.get(index).unwrap_or(&Val::Null);
    let (declared, data_type, extra) = (at(1).words(), at(2).words().to_lowercase(), at(5).words());
    let kind = kind(&data_type, &declared);
    let number = |index: usize| at(index).int().and_then(|most| u64::try_from(most).ok());
    // The limit of a TEXT is one in bytes, that of a VARCHAR one in characters.
    let in_bytes = data_type.ends_with("text") || kind == Kind::Bytes;
    ColumnInfo {
        name: at(0).words(),
        kind,
        cast: String::new(),
        affinity: match kind {
            Kind::Int | Kind::UInt | Kind::Decimal | Kind::Real => Affinity::Number,
            Kind::Bytes => Affinity::Any,
            Kind::Text | Kind::Json | Kind::Uuid | Kind::Time | Kind::Bool | Kind::Other => Affinity::Text,
        },
        max_chars: number(3).filter(|_| !in_bytes),
        max_bytes: number(8).filter(|_| in_bytes),
        charset: at(6).text().map(str::to_lowercase),
        collation: at(7).text().map(str::to_owned),
        // Even the binary collations disregard blanks at the end.
        equality: if kind == Kind::Text { Equality::Coarse } else { Equality::Exact },
        nullable: at(4).words() == "YES",
        generated: ["VIRTUAL", "STORED", "PERSISTENT"]
            .iter()
            .any(|word| extra.to_uppercase().starts_with(word)),
        declared,
    }
}

fn kind(data_type: &str, declared: &str) -> Kind {
    match data_type {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" if declared.contains("unsigned") => {
            Kind::UInt
        }
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Kind::Int,
        "decimal" => Kind::Decimal,
        "float" | "double" => Kind::Real,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Kind::Text,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Bytes,
        "uuid" => Kind::Uuid,
        "json" => Kind::Json,
        "date" | "datetime" | "timestamp" | "time" => Kind::Time,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_tells_what_the_column_holds() {
        for (data_type, declared, expected) in [
            ("int", "int(10) unsigned", Kind::UInt),
            ("bigint", "bigint(20)", Kind::Int),
            ("text", "text", Kind::Text),
            ("enum", "enum('a','b')", Kind::Other),
            ("bit", "bit(8)", Kind::Other),
            ("year", "year(4)", Kind::Other),
            ("datetime", "datetime(6)", Kind::Time),
            ("varbinary", "varbinary(16)", Kind::Bytes),
        ] {
            assert_eq!(kind(data_type, declared), expected, "{declared}");
        }
    }

    #[test]
    fn a_computed_default_is_no_generated_column() {
        let row = |extra: &str| {
            let texts = ["c", "varchar(20)", "varchar", "", "YES", extra, "utf8mb4", "utf8mb4_bin"];
            let mut row: Vec<Val> = texts.map(Val::from).to_vec();
            row[3] = Val::Int(20);
            column(&row)
        };
        assert!(!row("DEFAULT_GENERATED").generated && row("STORED GENERATED").generated);
        assert_eq!((row("").max_chars, row("").max_bytes), (Some(20), None));
        let wide = ["c", "tinytext", "tinytext", "", "YES", "", "ucs2", "ucs2_bin", ""];
        let mut wide: Vec<Val> = wide.map(Val::from).to_vec();
        (wide[3], wide[8]) = (Val::Int(127), Val::Int(255));
        assert_eq!((column(&wide).max_chars, column(&wide).max_bytes), (None, Some(255)));
    }
}
