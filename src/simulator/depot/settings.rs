//! How parcels are treated, as data: how long they take, what they may hold, what goes wrong with them.

use serde::Deserialize;

/// How parcels (Groq's Batch API) are treated.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Economy {
    /// How long a file is looked through before its first request, in milliseconds.
    pub validating_ms: u64,
    /// How long each of its requests takes; they are answered one after the other.
    pub line_ms: u64,
    /// How long the results take to be there after the last of them.
    pub finalizing_ms: u64,
    /// What a request costs, as a percentage of its price without a cache.
    pub price_percent: u32,
    /// The most requests of a file.
    pub most_lines: usize,
    /// The most bytes of a file.
    pub most_bytes: usize,
    /// What goes wrong.
    pub faults: Vec<EconomyFault>,
}

impl Default for Economy {
    fn default() -> Self {
        Self {
            validating_ms: 2_000,
            line_ms: 150,
            finalizing_ms: 2_000,
            price_percent: 50,
            most_lines: 50_000,
            most_bytes: 100_000_000,
            faults: Vec::new(),
        }
    }
}

impl Economy {
    /// Nothing takes any time.
    pub fn instant() -> Self {
        Self { validating_ms: 0, line_ms: 0, finalizing_ms: 0, ..Self::default() }
    }
}

/// One thing that goes wrong with parcels. What goes wrong with a single request of one is a fault like any other.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EconomyFault {
    /// Which parcels, or which calls of a kind, from 1; empty for all.
    #[serde(default)]
    pub nth: Vec<u64>,
    /// What happens.
    pub effect: EconomyEffect,
}

impl EconomyFault {
    /// A fault of these parcels or calls; of all if none is named.
    pub fn new(nth: impl Into<Vec<u64>>, effect: EconomyEffect) -> Self {
        Self { nth: nth.into(), effect }
    }

    pub(super) fn strikes(&self, number: u64) -> bool {
        self.nth.is_empty() || self.nth.contains(&number)
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EconomyEffect {
    /// The file is found to be no good.
    Invalid,
    /// The time is over when so many requests are done.
    Expires(usize),
    /// The first result comes twice.
    Duplicate,
    /// A result comes that nobody asked for.
    Stranger,
    /// So many results are missing, though they are done and paid.
    Missing(usize),
    /// A call is treated otherwise.
    Call(CallFault),
}

/// A call that is treated otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFault {
    /// Which.
    pub call: Call,
    /// How.
    pub how: CallHow,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// All of them.
    Any,
    /// `POST /files`.
    Upload,
    /// `GET /files`.
    Files,
    /// `GET /files/ID`.
    File,
    /// `GET /files/ID/content`.
    Content,
    /// `DELETE /files/ID`.
    Delete,
    /// `POST /batches`.
    Submit,
    /// `GET /batches`.
    Batches,
    /// `GET /batches/ID`.
    Look,
    /// `POST /batches/ID/cancel`.
    Cancel,
}

/// How a call is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallHow {
    /// 500, and nothing is done.
    Refused,
    /// It is done, and the connection is closed without an answer.
    Lost,
    /// Nothing is done, and no answer ever comes.
    StallsBefore,
    /// It is done, and no answer ever comes.
    StallsAfter,
    /// The answer is the first half of the right one, as if it were whole.
    Half,
}
