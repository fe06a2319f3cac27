//! One request to the model.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AttemptId, Money, RewriteId};

/// The tokens of one request, as the provider counted them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens, those from the cache included.
    pub prompt: u64,
    /// Input tokens that came from the provider's cache.
    pub cached: u64,
    /// Output tokens, reasoning included.
    pub completion: u64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// Not ended; after a crash: possibly paid.
    Open,
    /// A complete reply that maps back to the sections.
    Done,
    /// A complete reply that does not.
    Unusable,
    /// Refused before anything was paid.
    Refused,
    /// Broken off; whether it was paid is unknown, so the worst case is counted as spent.
    Unknown,
}

/// One request to the model, with what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its name.
    pub id: AttemptId,
    /// The rewrite it was for.
    pub rewrite: RewriteId,
    /// When it was recorded, just before sending.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What was set aside for it.
    pub reserved: Money,
    /// What it cost: exact for `Done` and `Unusable`, the worst case for `Unknown`.
    pub cost: Money,
    /// Its tokens, if the provider told them.
    pub usage: Option<Usage>,
    /// Why it failed, in a sentence.
    pub reason: Option<String>,
}
