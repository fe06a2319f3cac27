//! How a batch is run, beyond what it is about.

use serde::{Deserialize, Serialize};

use super::Price;

/// Who is served first when several batches wait for the same limits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// A quarter of what a batch of high priority gets.
    Low,
    /// Half of it.
    #[default]
    Normal,
    /// Four tokens for each one of low priority.
    High,
}

impl Priority {
    /// Its share against the others.
    pub const fn weight(self) -> u64 {
        match self {
            Self::Low => 1,
            Self::Normal => 2,
            Self::High => 4,
        }
    }
}

/// Which of the provider's tiers a request is sent to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The usual one.
    #[default]
    OnDemand,
    /// Ten times the limits at the same price, as long as there is capacity.
    Flex,
    /// By the file, at half the price and within a day.
    Economy,
}

/// Whether a finished rewrite of exactly the same work is taken over.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reuse {
    /// It is, and costs nothing.
    #[default]
    Identical,
    /// The model is asked again.
    Never,
}

/// Whose posting the candidates of a batch are rewritten for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Postings {
    /// That of the batch, or none.
    #[default]
    Batch,
    /// Each candidate's own, which the platform links them to; some may have none.
    Linked,
}

/// A further model that takes part in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    /// Its name at the provider.
    pub model: String,
    /// What it costs.
    pub price: Price,
}

/// Where a request can be sent: limits are separate for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// The model's name at the provider.
    pub model: String,
    /// The tier.
    pub tier: Tier,
}

/// How a batch is run, beyond what it is about.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchOptions {
    /// Who is served first.
    pub priority: Priority,
    /// The tier that is tried first; what finds no capacity there goes to the usual one.
    pub tier: Tier,
    /// A second model that takes part: limits are counted for each model, so that two do twice as much.
    pub second: Option<Second>,
    /// Whether identical work is done again.
    pub reuse: Reuse,
    /// Whose posting the candidates are rewritten for.
    pub postings: Postings,
}
