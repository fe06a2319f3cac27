//! The mapping: where candidates, sections and postings are in the candidate database.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Format, SectionId};

/// `[mapping]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The candidates.
    pub candidate: CandidateMapping,
    /// The sections of a résumé, in their order.
    pub section: Vec<SectionMapping>,
    /// The postings, if the platform has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting: Option<PostingMapping>,
    /// Which candidate goes with which posting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkMapping>,
}

/// `[mapping.candidate]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// What a section is made from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionKind {
    /// One column.
    #[default]
    Text,
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
    /// The column with the text.
    pub column: String,
    /// What the text is.
    #[serde(default)]
    pub format: Format,
    /// Whether the section is context for the model only.
    #[serde(default = "yes")]
    pub write: bool,
    /// A limit narrower than the schema's, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// Other columns that are written along: the column and its value in SQL.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
}

const fn yes() -> bool {
    true
}

/// A column that is read for its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub column: String,
    /// What the text is.
    #[serde(default)]
    pub format: Format,
}

/// `[mapping.posting]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// `[mapping.link]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkMapping {
    /// The table that links.
    pub table: String,
    /// Its column = the candidate's key column.
    pub candidate: BTreeMap<String, String>,
    /// Its column = the posting's key column.
    pub posting: BTreeMap<String, String>,
}
