//! All that a database holds, cell by cell and byte by byte, to compare before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::{Database, Kind};

/// A place in a database: table, key, column.
pub type Cell = (String, String, String);

/// Every cell with its bytes in hexadecimal digits; `NULL` for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump(BTreeMap<Cell, String>);

impl Dump {
    /// The cells that differ, those of rows that are in one of the two alone among them.
    pub fn differs_from(&self, other: &Self) -> BTreeSet<Cell> {
        let all: BTreeSet<&Cell> = self.0.keys().chain(other.0.keys()).collect();
        all.into_iter().filter(|cell| self.0.get(*cell) != other.0.get(*cell)).cloned().collect()
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The keys of a table's rows.
    pub fn keys(&self, table: &str) -> BTreeSet<String> {
        self.0.keys().filter(|(of, ..)| of == table).map(|(_, key, _)| key.clone()).collect()
    }

    /// The bytes of a cell in hexadecimal digits.
    #[track_caller]
    pub fn raw(&self, table: &str, key: &str, column: &str) -> &str {
        let cell = (table.to_owned(), key.to_owned(), column.to_owned());
        self.0.get(&cell).unwrap_or_else(|| panic!("no cell {cell:?}"))
    }

    /// The text of a cell; `None` for NULL.
    #[track_caller]
    pub fn text(&self, table: &str, key: &str, column: &str) -> Option<String> {
        let hex = self.raw(table, key, column);
        (hex != "NULL").then(|| String::from_utf8(bytes(hex)).unwrap())
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

impl Database {
    /// All rows of all tables. A table must have a key.
    pub fn dump(&self) -> Dump {
        let columns = self.run(match self.kind() {
            Kind::Postgres => PG_COLUMNS,
            Kind::Mariadb => MY_COLUMNS,
        });
        let mut tables: BTreeMap<&str, Vec<(&str, &str, bool)>> = BTreeMap::new();
        for line in columns.lines() {
            let [table, column, type_name, key] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            tables.entry(table).or_default().push((column, type_name, key == "1"));
        }
        let mut cells = BTreeMap::new();
        for (table, columns) in tables {
            assert!(columns.iter().any(|(_, _, key)| *key), "{table} has no key");
            let keys = columns
                .iter()
                .filter(|(_, _, key)| *key)
                .map(|(name, ..)| self.shown(name))
                .collect::<Vec<_>>();
            let shown =
                columns.iter().map(|(name, type_name, _)| self.hex(name, type_name)).collect::<Vec<_>>();
            let (keys, shown) = (keys.join(", "), shown.join(", "));
            let rows =
                self.run(&format!("SELECT concat_ws('/', {keys}), {shown} FROM {}", self.quoted(table)));
            for row in rows.lines() {
                let mut values = row.split('\t');
                let key = values.next().unwrap();
                for ((column, ..), value) in columns.iter().zip(values) {
                    cells.insert((table.to_owned(), key.to_owned(), (*column).to_owned()), value.to_owned());
                }
            }
        }
        Dump(cells)
    }

    fn quoted(&self, name: &str) -> String {
        match self.kind() {
            Kind::Postgres => format!("\"{name}\""),
            Kind::Mariadb => format!("`{name}`"),
        }
    }

    fn shown(&self, column: &str) -> String {
        let kind = if self.kind() == Kind::Postgres { "text" } else { "char" };
        format!("CAST({} AS {kind})", self.quoted(column))
    }

    /// The bytes of a column: those of texts in the character set in which they are stored.
    fn hex(&self, column: &str, type_name: &str) -> String {
        let quoted = self.quoted(column);
        let hex = match (self.kind(), type_name) {
            (Kind::Postgres, "bytea") => format!("encode({quoted}, 'hex')"),
            (Kind::Postgres, _) => format!("encode(convert_to({quoted}::text, 'UTF8'), 'hex')"),
            (
                Kind::Mariadb,
                "int" | "smallint" | "tinyint" | "bigint" | "decimal" | "double" | "datetime" | "date",
            ) => {
                format!("HEX({})", self.shown(column))
            }
            (Kind::Mariadb, _) => format!("HEX({quoted})"),
        };
        format!("COALESCE({hex}, 'NULL')")
    }
}

const PG_COLUMNS: &str = "
    SELECT c.relname, a.attname, t.typname,
        EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))::int
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum";

const MY_COLUMNS: &str = "
    SELECT table_name, column_name, data_type, column_key = 'PRI' FROM information_schema.columns
    WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";
