//! The statements of a mapping, built once. This is the only place that puts SQL together.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

use crate::config::{CandidateMapping, Mapping, PostingMapping, SectionMapping};

/// Quotes an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A statement that was built here from a mapping that was held against the schema.
#[derive(Debug, Clone)]
pub(super) struct Sql(Arc<str>);

impl Sql {
    pub(super) fn get(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(self.0.clone())
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// All statements of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    /// Keys, display and shown columns of the first page; binds the limit.
    pub(super) first_page: Sql,
    /// The same behind a key; binds the parts of the key, then the limit.
    pub(super) next_page: Sql,
    /// The same with a search; binds the pattern before the rest.
    pub(super) first_found: Sql,
    /// The same.
    pub(super) next_found: Sql,
    pub(super) count: Sql,
    /// Keys, display and shown columns, then each section; binds the key.
    pub(super) one: Sql,
    /// Each section; binds the key.
    pub(super) sections: Sql,
    pub(super) postings: Option<Sql>,
    /// Key, title and text; binds the key.
    pub(super) posting: Option<Sql>,
}

fn text_of(column: &str) -> String {
    format!("CAST({} AS TEXT)", quoted(column))
}

fn texts<'a>(columns: impl IntoIterator<Item = &'a String>) -> String {
    columns.into_iter().map(|column| text_of(column)).collect::<Vec<_>>().join(", ")
}

fn list<'a>(columns: impl IntoIterator<Item = &'a String>) -> String {
    columns.into_iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}

/// `(a, b) > (?, ?)`, or without parentheses for one column: then the index is used by every version of SQLite.
fn compared(columns: &[String], operator: &str) -> String {
    if let [column] = columns {
        return format!("{} {operator} ?", quoted(column));
    }
    format!("({}) {operator} ({})", list(columns), vec!["?"; columns.len()].join(", "))
}

fn condition(raw: Option<&String>) -> String {
    raw.map_or_else(|| "1".to_owned(), |condition| format!("({condition})"))
}

impl Statements {
    pub(super) fn new(mapping: &Mapping) -> Self {
        let candidate = &mapping.candidate;
        let head = texts(candidate.key.iter().chain(&candidate.display).chain(&candidate.show));
        let sections = texts(mapping.section.iter().map(|section| &section.column));
        let (table, valid) = (quoted(&candidate.table), condition(candidate.condition.as_ref()));
        let is_key = compared(&candidate.key, "=");
        let page = |search: bool, next: bool| {
            let found = if search { found(candidate) } else { "1".to_owned() };
            let behind = if next { compared(&candidate.key, ">") } else { "1".to_owned() };
            let order = list(&candidate.key);
            format!(
                "SELECT {head} FROM {table} WHERE {valid} AND {found} AND {behind} ORDER BY {order} LIMIT ?"
            )
            .into()
        };
        Self {
            first_page: page(false, false),
            next_page: page(false, true),
            first_found: page(true, false),
            next_found: page(true, true),
            count: format!("SELECT count(*) FROM {table} WHERE {valid}").into(),
            one: format!("SELECT {head}, {sections} FROM {table} WHERE {valid} AND {is_key}").into(),
            sections: format!("SELECT {sections} FROM {table} WHERE {valid} AND {is_key}").into(),
            postings: mapping.posting.as_ref().map(|posting| postings(posting, "", "1")),
            posting: mapping.posting.as_ref().map(|posting| {
                let parts: String =
                    posting.text.iter().map(|part| format!(", {}", text_of(&part.column))).collect();
                postings(posting, &parts, &compared(&posting.key, "="))
            }),
        }
    }
}

/// The search over display and shown columns; binds one pattern of LIKE.
fn found(candidate: &CandidateMapping) -> String {
    let columns = candidate.display.iter().chain(&candidate.show);
    let joined: Vec<String> = columns.map(|column| format!("coalesce({}, '')", text_of(column))).collect();
    format!("({}) LIKE ? ESCAPE '\\'", joined.join(" || ' ' || "))
}

fn postings(posting: &PostingMapping, parts: &str, key: &str) -> Sql {
    let (keys, title) = (texts(&posting.key), text_of(&posting.title.column));
    let (table, valid) = (quoted(&posting.table), condition(posting.condition.as_ref()));
    let order = list(&posting.key);
    format!("SELECT {keys}, {title}{parts} FROM {table} WHERE {valid} AND {key} ORDER BY {order} LIMIT 1000")
        .into()
}

/// The write of some sections of one candidate, if all sections are still what they were. Binds the new texts, the
/// key, then every old text.
///
/// The comparison is one of bytes, whatever the column's collation: `NOCASE` or `RTRIM` would lose an edit.
pub(super) fn update(mapping: &Mapping, written: &[&SectionMapping]) -> Sql {
    let candidate = &mapping.candidate;
    let mut sets: Vec<String> =
        written.iter().map(|section| format!("{} = ?", quoted(&section.column))).collect();
    for section in written {
        for (column, value) in &section.set {
            let set = format!("{} = ({value})", quoted(column));
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
    }
    let same: Vec<String> = mapping
        .section
        .iter()
        .map(|section| format!("CAST({} AS BLOB) IS CAST(? AS BLOB)", text_of(&section.column)))
        .collect();
    format!(
        "UPDATE {} SET {} WHERE {} AND {} AND {}",
        quoted(&candidate.table),
        sets.join(", "),
        condition(candidate.condition.as_ref()),
        compared(&candidate.key, "="),
        same.join(" AND ")
    )
    .into()
}

/// The pattern of LIKE that finds `text` anywhere.
pub(super) fn pattern(text: &str) -> String {
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
