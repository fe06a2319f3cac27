//! Where the engines' SQL differs.

use super::{ColumnInfo, Kind};

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
}

/// Begins an escape in the pattern of a search. No backslash: in MySQL the server's mode decides what that is.
const ESCAPE: char = '|';

impl Engine {
    /// The engine's name for people.
    pub(in crate::source) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }

    /// A name, quoted.
    pub(in crate::source) fn quote(self, name: &str) -> String {
        match self {
            // In SQLite a double-quoted name that is not there would silently become a text; in MySQL it is one.
            Self::Sqlite | Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Whether two names of columns mean the same thing.
    pub(in crate::source) fn same_name(self, left: &str, right: &str) -> bool {
        match self {
            Self::Sqlite => left.eq_ignore_ascii_case(right),
            Self::MySql => left.to_lowercase() == right.to_lowercase(),
            Self::Postgres => left == right,
        }
    }

    /// The place of the n-th value, from 1.
    pub(super) fn place(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
            Self::Postgres => format!("${number}"),
            Self::MySql => "?".to_owned(),
        }
    }

    /// Rows that were selected stay as they are until the transaction ends. SQLite's transactions do that by themselves.
    pub(in crate::source) const fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres | Self::MySql => " FOR UPDATE",
        }
    }

    /// The statement that makes the table of receipts; it does nothing if the table is there.
    pub(in crate::source) const fn receipt_table(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => {
                "CREATE TABLE IF NOT EXISTS redraft_receipt (intent_id VARCHAR(36) NOT NULL PRIMARY KEY)"
            }
            // Whatever the server's default engine is, a receipt has to be undone with its write.
            Self::MySql => {
                "CREATE TABLE IF NOT EXISTS redraft_receipt (intent_id VARCHAR(36) NOT NULL PRIMARY KEY) \
                 ENGINE = InnoDB"
            }
        }
    }

    /// An expression as text, to show or to search in.
    pub(in crate::source) fn as_text(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({expression} AS TEXT)"),
            Self::Postgres => format!("CAST({expression} AS text)"),
            Self::MySql => format!("CONVERT({expression} USING utf8mb4)"),
        }
    }

    /// A column as it is selected: integers and bytes as they are, all else as text.
    pub(in crate::source) fn selected(self, column: &ColumnInfo) -> String {
        let quoted = self.quote(&column.name);
        match (self, column.kind) {
            // SQLite tells the type of each value.
            (Self::Sqlite, _) | (_, Kind::Int | Kind::Bytes) => quoted,
            // Else the driver takes a TINYINT(1) UNSIGNED for a signed one.
            (Self::MySql, Kind::UInt) => format!("CAST({quoted} AS UNSIGNED)"),
            (Self::Postgres | Self::MySql, _) => self.as_text(&quoted),
        }
    }

    /// A column as people read it.
    pub(in crate::source) fn shown(self, column: &ColumnInfo) -> String {
        let quoted = self.quote(&column.name);
        match (self, column.kind) {
            (Self::Sqlite, _) => quoted,
            (Self::MySql, Kind::Bytes) => format!("HEX({quoted})"),
            (Self::MySql, _) if column.declared.starts_with("bit") => {
                self.as_text(&format!("({quoted} + 0)"))
            }
            (Self::Postgres | Self::MySql, _) => self.as_text(&quoted),
        }
    }

    /// A bound value as the right-hand side of an assignment. Nothing is cast to a length: that would cut texts.
    pub(in crate::source) fn assigned(self, column: &ColumnInfo, place: &str) -> String {
        match (self, column.kind) {
            (Self::Sqlite | Self::MySql, _) | (Self::Postgres, Kind::Text) => place.to_owned(),
            (Self::Postgres, _) => format!("CAST({place} AS {})", column.cast),
        }
    }

    /// A bound value to compare a column with, in the column's own type.
    pub(in crate::source) fn compared(self, column: &ColumnInfo, place: &str) -> String {
        match (self, column.kind) {
            (Self::Sqlite, _) | (Self::Postgres, Kind::Int | Kind::UInt) => place.to_owned(),
            (Self::Postgres, _) => format!("CAST({place} AS {})", column.cast),
            // As a text it would be compared as a floating-point number.
            (Self::MySql, Kind::Decimal) => format!("CAST({place} AS DECIMAL(65, 30))"),
            (Self::MySql, _) => place.to_owned(),
        }
    }

    /// Whether a column holds exactly these bytes, NULL apart from the empty text, whatever the column's collation.
    pub(in crate::source) fn byte_exact(self, column: &ColumnInfo, place: &str) -> String {
        let quoted = self.quote(&column.name);
        match (self, column.kind) {
            (Self::Sqlite, _) => format!("CAST(CAST({quoted} AS TEXT) AS BLOB) IS CAST({place} AS BLOB)"),
            (Self::Postgres, Kind::Bytes) => {
                format!("{quoted} IS NOT DISTINCT FROM CAST({place} AS bytea)")
            }
            (Self::Postgres, _) => format!(
                "convert_to(CAST({quoted} AS text), 'UTF8') IS NOT DISTINCT FROM \
                 convert_to(CAST({place} AS text), 'UTF8')"
            ),
            (Self::MySql, Kind::Bytes) => format!("{quoted} <=> CAST({place} AS BINARY)"),
            (Self::MySql, _) => {
                format!("CAST(CONVERT({quoted} USING utf8mb4) AS BINARY) <=> CAST({place} AS BINARY)")
            }
        }
    }

    /// A text, column or bound value, in the order of its bytes, whatever its collation.
    pub(in crate::source) fn by_bytes(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("{expression} COLLATE BINARY"),
            Self::Postgres => format!("CAST({expression} AS text) COLLATE \"C\""),
            Self::MySql => format!("CAST(CONVERT({expression} USING utf8mb4) AS BINARY)"),
        }
    }

    /// Whether an expression of [`Engine::as_text`] contains the text of [`Engine::pattern`], without regard to ASCII
    /// case. MySQL disregards accents too.
    pub(in crate::source) fn contains(self, expression: &str, place: &str) -> String {
        match self {
            Self::Sqlite => format!("{expression} LIKE {place} ESCAPE '{ESCAPE}'"),
            // Under the collation "C" only ASCII has two cases, and no collation is refused.
            Self::Postgres => format!("{expression} COLLATE \"C\" ILIKE {place} ESCAPE '{ESCAPE}'"),
            Self::MySql => format!("{expression} COLLATE utf8mb4_general_ci LIKE {place} ESCAPE '{ESCAPE}'"),
        }
    }

    /// The pattern that finds `text` anywhere, and nothing else.
    pub(in crate::source) fn pattern(self, text: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres | Self::MySql => {
                let mut pattern = String::from("%");
                for character in text.chars() {
                    if matches!(character, '%' | '_' | ESCAPE) {
                        pattern.push(ESCAPE);
                    }
                    pattern.push(character);
                }
                pattern.push('%');
                pattern
            }
        }
    }

    /// Columns of [`Engine::shown`] joined by spaces, those that are NULL or empty left out. In SQLite a space stands
    /// at the end.
    pub(in crate::source) fn joined(self, columns: &[String]) -> String {
        let each = |part: &dyn Fn(&String) -> String, between: &str| {
            columns.iter().map(part).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::Sqlite => each(&|column| format!("coalesce(nullif({column}, '') || ' ', '')"), " || "),
            Self::Postgres | Self::MySql => {
                format!("concat_ws(' ', {})", each(&|column| format!("nullif({column}, '')"), ", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns_cannot_break_out() {
        assert_eq!(Engine::Sqlite.quote("a`b"), "`a``b`");
        assert_eq!(Engine::MySql.quote("a`b"), "`a``b`");
        assert_eq!(Engine::Postgres.quote("a\"b"), "\"a\"\"b\"");
        for engine in [Engine::Sqlite, Engine::Postgres, Engine::MySql] {
            assert_eq!(engine.pattern(r"50%_|\"), r"%50|%|_||\%");
        }
    }
}
