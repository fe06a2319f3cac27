//! What the fidelity guard reports about a rewrite.

use serde::{Deserialize, Serialize};

use super::{ChangeId, SectionId};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Stored and shown; does not stop an approval.
    Warn,
    /// Stops an approval until it is edited away, rejected or overridden with a reason.
    Block,
}

/// What kind of statement a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// E-mail address, telephone number, link, handle.
    Contact,
    /// A count, an amount, a share.
    Number,
    /// A date or a range of dates.
    Date,
    /// An organisation, a product, a proper noun.
    Name,
    /// A degree or a school.
    Degree,
    /// A certificate or a licence.
    Certificate,
    /// A skill.
    Skill,
    /// A job title or its seniority.
    Title,
    /// Something of the source that is gone.
    Lost,
    /// Anything else.
    Other,
}

/// Bytes `start..end` of a section's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Which section.
    pub section: SectionId,
    /// First byte.
    pub start: usize,
    /// First byte behind.
    pub end: usize,
}

/// One report of the fidelity guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// How much it weighs.
    pub severity: Severity,
    /// The exact words: in the after text, for something lost in the before text.
    pub span: Span,
    /// The changes that the words lie in.
    pub changes: Vec<ChangeId>,
    /// A sentence for the reviewer.
    pub message: String,
    /// Why a reviewer dismissed it, if one did.
    pub dismissed: Option<String>,
}
