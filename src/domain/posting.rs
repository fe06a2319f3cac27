//! Postings: the job descriptions that candidates are matched with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The key of a posting in the candidate database, as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostingId(pub String);

impl fmt::Display for PostingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The posting that the platform itself links a candidate to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedPosting {
    /// The key.
    pub id: PostingId,
    /// The job title; untrusted text.
    pub title: String,
    /// How far the candidate is with it, in the platform's words; untrusted text.
    pub stage: Option<String>,
}

/// A job description in the candidate database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The key.
    pub id: PostingId,
    /// The job title; untrusted text.
    pub title: String,
    /// The description; untrusted text. Empty in lists that do not need it.
    pub text: String,
}
