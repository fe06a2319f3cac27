//! The mapping: where candidates, sections and postings are in the candidate database.
//!
//! These are the keys as they are written down. What they must not say is in `rules`, which columns they name in `references`; whether the database has
//! what they name is found out by the room that knows the database.

mod references;
mod rules;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Format, SectionId};

pub use references::{ColumnRef, SqlRef};
pub use rules::MappingFault;

/// Names to names, as a join has them: the column of the table that is joined = the column that it is joined to.
pub type Join = BTreeMap<String, String>;

/// `[mapping]`
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Whose rows redraft may see, where several clients share the tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Tenant>,
    /// redraft's own user in the platform: `:user` in SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Scalar>,
    /// What `{locale}` stands for in JSON paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The candidates.
    pub candidate: CandidateMapping,
    /// The sections of a résumé, in their order.
    #[serde(default)]
    pub section: Vec<SectionMapping>,
    /// The postings, if the platform has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting: Option<PostingMapping>,
    /// Which candidate goes with which posting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkMapping>,
    /// What is noted in the platform's own history with each write-back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditMapping>,
    /// What the mapped columns were when the mapping was made, by `table.column`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fingerprint: BTreeMap<String, String>,
}

/// A value that is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number or a text")]
pub enum Scalar {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// One value, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number, a text or a list of them")]
pub enum Scalars {
    /// One.
    One(Scalar),
    /// Any of these.
    Many(Vec<Scalar>),
}

impl Scalars {
    /// The values.
    pub fn values(&self) -> &[Scalar] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// `tenant`: rows of others are neither read nor written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The column that says whose a row is.
    pub column: String,
    /// What it must say.
    pub value: Scalars,
    /// Whether rows that say NULL are everybody's.
    #[serde(default)]
    pub or_null: bool,
}

/// `tenant` of one table, in the place of the mapping's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected false, or { column = …, value = … }")]
pub enum TenantOf {
    /// `false`: the table has no such column, the join to the candidate carries it. `true`: the mapping's.
    Shared(bool),
    /// Another column or value.
    Own(Tenant),
}

/// `[mapping.candidate]`
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateMapping {
    /// The table, with its schema if need be: `hr.candidate`.
    pub table: String,
    /// The columns of the key.
    pub key: Vec<String>,
    /// The columns that make the display name.
    pub display: Vec<String>,
    /// Further columns to show and search in lists.
    #[serde(default)]
    pub show: Vec<String>,
    /// A condition in SQL that every candidate must meet, at reading and again at writing.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The column that tells when the row last changed: a hint, never a lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Columns that redraft must not select.
    #[serde(default)]
    pub never_read: Vec<String>,
    /// The tenant, if it is not the mapping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
    /// Tables with one row for each candidate, whose columns are then written `as.column`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<JoinMapping>,
    /// What is known to be personal: no section holds it, so that it is never sent.
    #[serde(default)]
    pub personal: PersonalMapping,
}

/// A table with one row for each candidate.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinMapping {
    /// The table.
    pub table: String,
    /// The name before the dot.
    #[serde(rename = "as")]
    pub name: String,
    /// Its column = the candidate's column.
    pub on: Join,
    /// The tenant, if it is not the mapping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
}

/// `[mapping.candidate.personal]`: columns by kind.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalMapping {
    /// Parts of the name.
    pub name: Vec<String>,
    /// E-mail addresses.
    pub email: Vec<String>,
    /// Telephone numbers.
    pub phone: Vec<String>,
    /// Parts of postal addresses.
    pub address: Vec<String>,
    /// Links.
    pub url: Vec<String>,
    /// The date of birth.
    pub birth: Vec<String>,
    /// Numbers of papers and accounts.
    pub id: Vec<String>,
    /// Whatever else must not be sent.
    pub other: Vec<String>,
    /// Paths of a JSON document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<PersonalPaths>,
}

impl PersonalMapping {
    /// The lists of columns by their keys.
    pub fn lists(&self) -> [(&'static str, &[String]); 8] {
        [
            ("name", &self.name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("address", &self.address),
            ("url", &self.url),
            ("birth", &self.birth),
            ("id", &self.id),
            ("other", &self.other),
        ]
    }
}

/// `personal.json`
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalPaths {
    /// The column with the document.
    pub column: String,
    /// The paths in it.
    pub paths: Vec<String>,
}

/// What a section is made from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionKind {
    /// One column.
    #[default]
    Text,
    /// One column with several items.
    List,
    /// Rows of a child table.
    Rows,
    /// Paths in one column with JSON.
    Json,
}

impl SectionKind {
    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::List => "list",
            Self::Rows => "rows",
            Self::Json => "json",
        }
    }
}

/// How the platform stores a text. Several are undone in their order: the first is the outermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// As it is.
    Plain,
    /// As HTML, of which only the text is shown and changed.
    Html,
    /// As the text of a JSON string, in its quotes.
    JsonString,
    /// With the escapes that OpenCATS's full-text search needs.
    OpencatsFulltext,
}

/// `[[mapping.section]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionMapping {
    /// The name, in lower-case ASCII letters, digits, `_`, `-`.
    pub id: SectionId,
    /// What it is made from.
    #[serde(default)]
    pub kind: SectionKind,
    /// The table; if it is left out, the candidate's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The columns of that table's key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The child's column = the candidate's column.
    #[serde(default, skip_serializing_if = "Join::is_empty")]
    pub join: Join,
    /// The tenant of that table, if it is not the mapping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
    /// A condition in SQL on that table, at reading and again at writing.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Of several rows the first in this order is the section; `-` before a column is descending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pick: Vec<String>,
    /// The order of rows; `-` before a column is descending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// The column with the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Where the text is, if the column holds JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_path: Option<String>,
    /// What stands between the items of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// What the text is.
    #[serde(default)]
    pub format: Format,
    /// How the platform stores it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codec: Vec<Codec>,
    /// Shown to model and people, never written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Cells>,
    /// What is rewritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writable: Option<Cells>,
    /// Whether the section is rewritten; if not, it is context for the model.
    #[serde(default = "yes")]
    pub write: bool,
    /// A limit narrower than the schema's, in bytes of the stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// A limit narrower than the schema's, in characters of the stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
    /// Other columns that are written along: the column and its value in SQL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Where the text is written, if that is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetMapping>,
}

const fn yes() -> bool {
    true
}

/// The parts of a section of rows or of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a list of JSON paths, or { name = \"column\", … }")]
pub enum Cells {
    /// Paths of a JSON document, as `$.work[*].summary`.
    Paths(Vec<String>),
    /// Columns of a child row, each with the name under which it is shown.
    Columns(BTreeMap<String, Cell>),
}

/// A column of a child row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a column, or { column = …, json_path = …, format = …, codec = …, max_chars = …, max_bytes = … }"
)]
pub enum Cell {
    /// Its name alone.
    Name(String),
    /// With more about it.
    Column(CellColumn),
}

impl Cell {
    /// The same, written out.
    pub fn written_out(&self) -> CellColumn {
        match self {
            Self::Name(column) => CellColumn { column: column.clone(), ..CellColumn::default() },
            Self::Column(column) => column.clone(),
        }
    }
}

/// A column of a child row with what there is to say about it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellColumn {
    /// The column.
    pub column: String,
    /// Where the text is, if the column holds JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_path: Option<String>,
    /// What the text is.
    #[serde(default)]
    pub format: Format,
    /// How the platform stores it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codec: Vec<Codec>,
    /// A limit narrower than the schema's, in bytes of the stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// A limit narrower than the schema's, in characters of the stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
}

/// How a text gets into its target.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// It takes the place of what stands there.
    #[default]
    Replace,
    /// It stands between two marks of redraft's own; all else stays, byte for byte.
    MarkedSection,
}

/// `[mapping.section.target]`
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetMapping {
    /// The table; if it is left out, the candidate's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The columns of that table's key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The child's column = the candidate's column.
    #[serde(default, skip_serializing_if = "Join::is_empty")]
    pub join: Join,
    /// The tenant of that table, if it is not the mapping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
    /// A condition in SQL on that table.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The column.
    pub column: String,
    /// What it holds: a plain text becomes HTML on the way if it must.
    #[serde(default)]
    pub format: Format,
    /// How the platform stores it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codec: Vec<Codec>,
    /// How the text gets in.
    #[serde(default)]
    pub merge: Merge,
    /// A limit narrower than the schema's, in bytes of the stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// A limit narrower than the schema's, in characters of the stored form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
    /// Other columns that are written along: the column and its value in SQL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
}

/// A column that is read for its text.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub column: String,
    /// The table; if it is left out, the posting's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// That table's column = the posting's column.
    #[serde(default, skip_serializing_if = "Join::is_empty")]
    pub join: Join,
    /// The tenant of that table, if it is not the posting's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
    /// Where the text is, if the column holds JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_path: Option<String>,
    /// What the text is.
    #[serde(default)]
    pub format: Format,
}

/// `[mapping.posting]`
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostingMapping {
    /// The table.
    pub table: String,
    /// The columns of the key.
    pub key: Vec<String>,
    /// The title.
    pub title: Column,
    /// The parts of the description.
    pub text: Vec<Column>,
    /// A condition in SQL.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The tenant, if it is not the mapping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
    /// The column that tells when the row last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Columns that redraft must not select.
    #[serde(default)]
    pub never_read: Vec<String>,
}

/// `[mapping.link]`: by a table, or by a column of the candidate.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkMapping {
    /// The table that links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Its column = the candidate's key column.
    #[serde(default, skip_serializing_if = "Join::is_empty")]
    pub candidate: Join,
    /// Its column = the posting's key column.
    #[serde(default, skip_serializing_if = "Join::is_empty")]
    pub posting: Join,
    /// The candidate's column that holds the posting's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The column that says how far the candidate is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// A condition in SQL on that table: links that do not meet it do not count.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Of several links the first in this order counts; `-` before a column is descending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pick: Vec<String>,
    /// The tenant of the table, if it is not the mapping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantOf>,
}

/// `[mapping.audit]`
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditMapping {
    /// The table.
    pub table: String,
    /// Its columns with their values in SQL.
    pub insert: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests;
