//! What tables there are.

use sqlx::{Row, SqliteConnection};

use super::failure::failed;
use crate::source::{
    mapped::{Column, Origin, Table},
    port::SourceError,
};

const TABLES: &str = "SELECT m.name, c.name, upper(c.type), c.hidden
    FROM sqlite_schema AS m JOIN pragma_table_xinfo(m.name) AS c
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY m.name, c.cid";

/// All tables and views with their columns.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Vec<Table>, SourceError> {
    let rows = sqlx::query(TABLES).fetch_all(connection).await.map_err(failed)?;
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let name: String = row.try_get(0).map_err(failed)?;
        let hidden: i64 = row.try_get(3).map_err(failed)?;
        let column = Column {
            name: row.try_get(1).map_err(failed)?,
            declared: row.try_get(2).map_err(failed)?,
            origin: if hidden >= 2 { Origin::Generated } else { Origin::Stored },
        };
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { name, columns: vec![column] }),
        }
    }
    Ok(tables)
}
