//! What roles see of the engine: what to ask for, and how far it is.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{BatchId, CandidateId, Money, PostingId, Price, Priority, Reuse, RewriteId, Tier};

/// What somebody wants to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Which candidates.
    pub who: Who,
    /// For which posting, if any.
    pub posting: ForPosting,
    /// What to add to the standing instructions; may be empty.
    pub instructions: String,
    /// The model; `None` for the configured one.
    pub model: Option<String>,
    /// The budget; `None` for the configured one.
    pub budget: Option<Money>,
    /// Who asks.
    pub by: String,
    /// How it is to be run.
    pub options: StartOptions,
}

/// For which posting candidates are rewritten.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum ForPosting {
    /// Each candidate's own, where the platform links candidates to postings; else none.
    #[default]
    Linked,
    /// None: only the wording is improved.
    None,
    /// This one, for all.
    One(PostingId),
}

/// How a batch is to be run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StartOptions {
    /// Who is served first.
    pub priority: Priority,
    /// The tier that is tried first.
    pub tier: Tier,
    /// A second model that takes part.
    pub second: Option<String>,
    /// Whether identical work is done again.
    pub reuse: Reuse,
    /// What a model costs whose price the provider does not say.
    pub price: Option<Price>,
}

/// Which candidates of the candidate database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// All that the mapping sees.
    All,
    /// Those with these keys.
    Ids(Vec<CandidateId>),
    /// Those that this candidate filter matches.
    Where(String),
}

/// What a batch would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// How many candidates would be rewritten.
    pub rewrites: u64,
    /// How many would be skipped as too short, too long or empty, as far as the sample tells.
    pub skipped: u64,
    /// How many of all candidates are rewritten for a posting.
    pub for_posting: u64,
    /// How many sources the estimate is made from.
    pub sampled: u64,
    /// The model.
    pub model: String,
    /// The tier that is tried first.
    pub tier: Tier,
    /// Input tokens.
    pub tokens_in: u64,
    /// Output tokens.
    pub tokens_out: u64,
    /// The likely cost.
    pub cost: Money,
    /// The batch's budget.
    pub budget: Money,
    /// What the month's cap leaves.
    pub month_left: Money,
    /// How long the rate limits make it take, if they are known.
    pub duration: Option<Duration>,
}

/// What the worker waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Tokens a minute.
    Tokens,
    /// Requests a minute.
    Requests,
    /// A daily limit, until then.
    DailyLimit(Timestamp),
    /// A pause after provider errors.
    Backoff,
}

/// What holds the engine up, in the words of whoever does; it keeps trying, and nothing is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Troubles {
    /// Why results cannot be recorded.
    pub store: Option<String>,
    /// Why candidates cannot be read.
    pub source: Option<String>,
}

/// How far one batch is, as its worker sees it. The counts are in the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchProgress {
    /// Which batch.
    pub batch: BatchId,
    /// Requests whose answers are coming in.
    pub in_flight: u64,
    /// Rewrites that are leased but not sent.
    pub waiting: u64,
    /// What they wait for.
    pub waiting_for: Option<Waiting>,
    /// While they wait: the last trouble with the provider or the candidate database, a sentence with what to do.
    pub trouble: Option<String>,
    /// Rewrites finished in the last ten seconds, a second.
    pub rate_now: f64,
    /// Rewrites finished since the worker took the batch up, a second.
    pub rate_average: f64,
    /// How long the rest will take: likely, at best, at worst.
    pub eta: Option<(Duration, Duration, Duration)>,
    /// Answers of 429 so far.
    pub limited: u64,
    /// Rewrites finished in each of the last 60 intervals of `interval`, oldest first.
    pub history: Vec<u32>,
    /// The length of one of them.
    pub interval: Duration,
    /// Requests in flight, newest first, at most 50.
    pub live: Vec<RewriteId>,
}

/// How far the worker of this process is.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Each batch it works on.
    pub batches: Vec<BatchProgress>,
    /// Output tokens a second over all streams, in the last seconds.
    pub tokens_per_second: f64,
}
