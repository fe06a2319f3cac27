//! Where each value comes from: file and line, a variable, or nowhere, which is the default.

use std::{collections::BTreeMap, fmt, ops::Range, path::Path};

use toml::de::{DeTable, DeValue};

use super::{Config, Environment};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is written down nowhere.
    Default,
    /// The file, on this line, from 1.
    Line(usize),
    /// A variable of that name.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Where all values come from, by their keys, as `model.name` or `mapping.section[0].column`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Where the value of `key` comes from; if it is a table, where the first key in it does.
    pub fn of(&self, key: &str) -> Origin {
        let inside = |known: &str| {
            known.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let found = self.0.range(key.to_owned()..).take_while(|(known, _)| known.starts_with(key));
        found
            .into_iter()
            .find(|(known, _)| inside(known))
            .map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    pub(super) fn new(text: &str, environment: &Environment) -> Self {
        let mut origins = BTreeMap::new();
        for (key, span) in keys(text) {
            origins.insert(key, Origin::Line(line(text, span.start)));
        }
        for (name, _) in environment.with_prefix("REDRAFT__") {
            let key = name.to_lowercase().replace("__", ".");
            // What a variable sets is set whole.
            origins.retain(|known, _| !known.starts_with(&format!("{key}.")));
            origins.insert(key, Origin::Variable(format!("REDRAFT__{name}")));
        }
        Self(origins)
    }
}

impl Config {
    /// The place of a key for an error: the file, the line or variable if the key is written down, the key.
    pub fn place(&self, key: &str) -> String {
        place(&self.file, &self.origins, key)
    }
}

pub(super) fn place(file: &Path, origins: &Origins, key: &str) -> String {
    // The items of a list that is written on one line stand where the list does.
    let list = key.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).map(|(list, _)| list);
    let origin = match (origins.of(key), list) {
        (Origin::Default, Some(list)) => origins.of(list),
        (origin, _) => origin,
    };
    match origin {
        Origin::Default => format!("{}, {key}", file.display()),
        origin @ (Origin::Line(_) | Origin::Variable(_)) => format!("{}, {origin}, {key}", file.display()),
    }
}

/// The line of a byte, from 1.
pub(super) fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// The innermost key at a byte.
pub(super) fn key_at(text: &str, byte: usize) -> Option<String> {
    let holds = |span: &Range<usize>| span.contains(&byte) || span.start == byte;
    keys(text)
        .into_iter()
        .filter(|(_, span)| holds(span))
        .min_by_key(|(_, span)| span.len())
        .map(|(key, _)| key)
}

/// Every key with the bytes from its name to the end of its value. A text that is no TOML has none.
fn keys(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        walk("", table.get_ref(), &mut found);
    }
    found
}

fn walk(prefix: &str, table: &DeTable<'_>, found: &mut Vec<(String, Range<usize>)>) {
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        let span = name.span().start..value.span().end.max(name.span().end);
        match value.get_ref() {
            DeValue::Table(inner) => walk(&format!("{key}."), inner, found),
            DeValue::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    if let DeValue::Table(inner) = item.get_ref() {
                        walk(&format!("{key}[{index}]."), inner, found);
                    }
                }
                if !list.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) {
                    found.push((key, span));
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => found.push((key, span)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[model]\nname = \"a\"\napi_key = { env = \"X\" }\n[mapping.candidate]\nkey = [\"id\"]\n\
                        [[mapping.section]]\nid = \"a\"\n[[mapping.section]]\nid = \"b\"\n";

    #[test]
    fn every_value_has_its_line_its_variable_or_nothing() {
        let environment =
            Environment::from([("REDRAFT__LOG__LEVEL", "warn"), ("REDRAFT__MODEL__API_KEY", "k")]);
        let origins = Origins::new(TEXT, &environment);
        for (key, origin) in [
            ("model.name", Origin::Line(2)),
            ("mapping.candidate.key", Origin::Line(5)),
            ("mapping.section[1].id", Origin::Line(9)),
            ("mapping.section", Origin::Line(7)),
            ("log.level", Origin::Variable("REDRAFT__LOG__LEVEL".to_owned())),
            ("model.api_key", Origin::Variable("REDRAFT__MODEL__API_KEY".to_owned())),
            ("model.nam", Origin::Default),
            ("terminal.fps", Origin::Default),
        ] {
            assert_eq!(origins.of(key), origin, "{key}");
        }
    }

    #[test]
    fn a_byte_tells_its_key() {
        assert_eq!(key_at(TEXT, TEXT.find("\"b\"").unwrap()).as_deref(), Some("mapping.section[1].id"));
        assert_eq!(key_at(TEXT, TEXT.find("env").unwrap()).as_deref(), Some("model.api_key.env"));
        assert_eq!(key_at(TEXT, 0), None);
    }
}
