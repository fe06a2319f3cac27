//! Candidates, as a list shows them.

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};

/// The key of a candidate in the candidate database, as text; a compound key has its parts joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CandidateId(pub String);

/// A set of keys is asked by text.
impl Borrow<str> for CandidateId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CandidateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A person in the candidate database, without the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The key.
    pub id: CandidateId,
    /// The display name; untrusted text.
    pub name: String,
    /// The values of the mapping's `show` columns, in their order; untrusted text.
    pub shown: Vec<String>,
}
