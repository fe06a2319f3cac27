//! Where the engines' SQL differs.

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Engine {
    /// SQLite.
    Sqlite,
}

impl Engine {
    /// The engine's name for people.
    pub(in crate::source) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
        }
    }

    /// A name, quoted.
    pub(in crate::source) fn quote(self, name: &str) -> String {
        match self {
            // A double-quoted name that is not there would silently become a text.
            Self::Sqlite => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// Whether two names mean the same thing.
    pub(in crate::source) const fn same_name(self, left: &str, right: &str) -> bool {
        match self {
            Self::Sqlite => left.eq_ignore_ascii_case(right),
        }
    }

    /// The place of the n-th value, from 1.
    pub(super) fn place(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
        }
    }

    /// An expression as text, to show or to search in.
    pub(in crate::source) fn as_text(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({expression} AS TEXT)"),
        }
    }

    /// Whether a column holds exactly these bytes, NULL apart from the empty text, whatever the column's collation.
    pub(in crate::source) fn byte_exact(self, column: &str, place: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST(CAST({column} AS TEXT) AS BLOB) IS CAST({place} AS BLOB)"),
        }
    }

    /// Whether an expression contains the text of [`Engine::pattern`], without regard to ASCII case.
    pub(in crate::source) fn contains(self, expression: &str, place: &str) -> String {
        match self {
            Self::Sqlite => format!("{expression} LIKE {place} ESCAPE '\\'"),
        }
    }

    /// The pattern that finds `text` anywhere, and nothing else.
    pub(in crate::source) fn pattern(self, text: &str) -> String {
        match self {
            Self::Sqlite => {
                let mut pattern = String::from("%");
                for character in text.chars() {
                    if matches!(character, '%' | '_' | '\\') {
                        pattern.push('\\');
                    }
                    pattern.push(character);
                }
                pattern.push('%');
                pattern
            }
        }
    }

    /// Columns joined by spaces, those that are NULL or empty left out; a space stands at the end.
    pub(in crate::source) fn joined(self, columns: &[String]) -> String {
        match self {
            Self::Sqlite => columns
                .iter()
                .map(|column| format!("coalesce(nullif({column}, '') || ' ', '')"))
                .collect::<Vec<_>>()
                .join(" || "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns_cannot_break_out() {
        assert_eq!(Engine::Sqlite.quote("a`b"), "`a``b`");
        assert_eq!(Engine::Sqlite.pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
