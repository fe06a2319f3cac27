//! The limiter's law: token buckets that refill continuously, exact to the nanosecond.
//!
//! Capacity = limit, refill = limit ÷ period, wait = (used + requested − limit) ÷ limit × period. Pure: the time since
//! the start is an argument, so that every published refusal can be replayed. It does not know models, keys or text.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limits::Limits;

/// What is counted, and over which period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Requests a minute.
    Rpm,
    /// Requests a day.
    Rpd,
    /// Tokens a minute.
    Tpm,
    /// Tokens a day.
    Tpd,
    /// Input tokens a minute.
    Itpm,
    /// Output tokens a minute.
    Otpm,
}

impl Dimension {
    /// Returns the time in which an exhausted bucket fills up.
    pub const fn period(self) -> Duration {
        match self {
            Self::Rpm | Self::Tpm | Self::Itpm | Self::Otpm => Duration::from_mins(1),
            Self::Rpd | Self::Tpd => Duration::from_hours(24),
        }
    }

    /// Returns the words of Groq's messages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rpm => "requests per minute (RPM)",
            Self::Rpd => "requests per day (RPD)",
            Self::Tpm => "tokens per minute (TPM)",
            Self::Tpd => "tokens per day (TPD)",
            Self::Itpm => "input tokens per minute (ITPM)",
            Self::Otpm => "output tokens per minute (OTPM)",
        }
    }

    /// Returns the `type` of Groq's error object.
    pub const fn error_type(self) -> &'static str {
        match self {
            Self::Rpm | Self::Rpd => "requests",
            Self::Tpm | Self::Tpd | Self::Itpm | Self::Otpm => "tokens",
        }
    }
}

/// What a request is charged at admission, before its output is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReserveMode {
    /// The prompt and the output cap; what the output did not use is given back at its end.
    #[default]
    PromptPlusCap,
    /// The prompt; the real output is charged at its end, and the level may fall below zero.
    PromptOnly,
}

/// What one request asks for, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Prompt tokens, cached ones included.
    pub prompt: u64,
    /// The output cap.
    pub cap: u64,
}

/// What a request turned out to use, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Prompt tokens found in the prompt cache: they are given back.
    pub cached: u64,
    /// Output tokens, reasoning included.
    pub completion: u64,
}

/// Whether waiting helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The bucket is too empty now: status 429.
    Reached,
    /// The request is larger than the bucket will ever be: status 413.
    TooLarge,
}

/// A request that was not admitted. It was charged nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whether waiting helps.
    pub kind: RefusalKind,
    /// The dimension that refused.
    pub dimension: Dimension,
    /// Its limit.
    pub limit: u64,
    /// What was used of it, rounded up.
    pub used: u64,
    /// What the request asked for.
    pub requested: u64,
    /// The time after which the same request would be admitted, if nobody else asked (429 only).
    pub wait: Duration,
}

/// What the headers tell about one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// The limit.
    pub limit: u64,
    /// What is left, at least 0.
    pub remaining: u64,
    /// The time until the bucket is full.
    pub reset: Duration,
}

/// One bucket. What is used is kept in units of 1/period of a token, so that the refill of a nanosecond is exactly
/// `limit` units and no rounding accumulates.
#[derive(Debug, Clone)]
struct Bucket {
    dimension: Dimension,
    limit: u64,
    used: u128,
    at: Duration,
}

impl Bucket {
    const fn new(dimension: Dimension, limit: u64) -> Self {
        Self { dimension, limit, used: 0, at: Duration::ZERO }
    }

    const fn unit(&self) -> u128 {
        self.dimension.period().as_nanos()
    }

    /// Refills up to `now`; an earlier `now` changes nothing.
    fn advance(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_nanos();
        self.used = self.used.saturating_sub(passed * u128::from(self.limit));
        self.at = self.at.max(now);
    }

    /// Whole tokens used, rounded up: a stated wait is then never too short.
    fn used(&self) -> u64 {
        u64::try_from(self.used.div_ceil(self.unit())).unwrap_or(u64::MAX)
    }

    fn charge(&mut self, tokens: u64) {
        self.used += u128::from(tokens) * self.unit();
    }

    /// The level never rises above the limit, so that a late refund may be worth less than was charged.
    fn refund(&mut self, tokens: u64) {
        self.used = self.used.saturating_sub(u128::from(tokens) * self.unit());
    }

    fn time_for(&self, tokens: u64) -> Duration {
        let nanos = (u128::from(tokens) * self.unit()).div_ceil(u128::from(self.limit.max(1)));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn refusal(&self, kind: RefusalKind, requested: u64) -> Refusal {
        let used = self.used();
        let wait = self.time_for(used.saturating_add(requested).saturating_sub(self.limit));
        Refusal { kind, dimension: self.dimension, limit: self.limit, used, requested, wait }
    }

    fn check(&self, requested: u64) -> Result<(), Refusal> {
        if self.used + u128::from(requested) * self.unit() > u128::from(self.limit) * self.unit() {
            return Err(self.refusal(RefusalKind::Reached, requested));
        }
        Ok(())
    }

    fn level(&self) -> Level {
        let used = self.used();
        Level { limit: self.limit, remaining: self.limit.saturating_sub(used), reset: self.time_for(used) }
    }
}

/// All buckets of one organisation for one model.
#[derive(Debug, Clone)]
pub struct Account {
    mode: ReserveMode,
    buckets: Vec<Bucket>,
}

impl Account {
    /// Returns an account whose buckets are full.
    pub fn new(limits: &Limits, mode: ReserveMode) -> Self {
        let buckets = limits.all().map(|(dimension, limit)| Bucket::new(dimension, limit)).collect();
        Self { mode, buckets }
    }

    /// Puts other limits in force; what was used stays used.
    pub fn change(&mut self, now: Duration, limits: &Limits) {
        let before = std::mem::take(&mut self.buckets);
        self.buckets = limits
            .all()
            .map(|(dimension, limit)| {
                let old = before.iter().find(|bucket| bucket.dimension == dimension).cloned();
                let mut bucket = old.unwrap_or_else(|| Bucket::new(dimension, limit));
                bucket.advance(now);
                Bucket { limit, ..bucket }
            })
            .collect();
    }

    /// Charges `demand` to every dimension, or to none and tells which one refused.
    pub fn admit(&mut self, now: Duration, demand: Demand) -> Result<(), Refusal> {
        let mode = self.mode;
        for bucket in &mut self.buckets {
            bucket.advance(now);
        }
        for bucket in &self.buckets {
            let requested = charged(bucket.dimension, mode, demand);
            if requested > bucket.limit {
                return Err(bucket.refusal(RefusalKind::TooLarge, requested));
            }
        }
        for bucket in &self.buckets {
            bucket.check(charged(bucket.dimension, mode, demand))?;
        }
        for bucket in &mut self.buckets {
            bucket.charge(charged(bucket.dimension, mode, demand));
        }
        Ok(())
    }

    /// Replaces what was charged for `demand` by what was `used`.
    pub fn settle(&mut self, now: Duration, demand: Demand, used: Used) {
        let mode = self.mode;
        for bucket in &mut self.buckets {
            bucket.advance(now);
            let before = charged(bucket.dimension, mode, demand);
            let after = owed(bucket.dimension, demand, used);
            bucket.charge(after.saturating_sub(before));
            bucket.refund(before.saturating_sub(after));
        }
    }

    /// Returns the level of `dimension`, if it is limited.
    pub fn level(&mut self, now: Duration, dimension: Dimension) -> Option<Level> {
        let bucket = self.buckets.iter_mut().find(|bucket| bucket.dimension == dimension)?;
        bucket.advance(now);
        Some(bucket.level())
    }
}

const fn charged(dimension: Dimension, mode: ReserveMode, demand: Demand) -> u64 {
    let cap = match mode {
        ReserveMode::PromptPlusCap => demand.cap,
        ReserveMode::PromptOnly => 0,
    };
    match dimension {
        Dimension::Rpm | Dimension::Rpd => 1,
        Dimension::Tpm | Dimension::Tpd => demand.prompt.saturating_add(cap),
        Dimension::Itpm => demand.prompt,
        Dimension::Otpm => cap,
    }
}

const fn owed(dimension: Dimension, demand: Demand, used: Used) -> u64 {
    let prompt = demand.prompt.saturating_sub(used.cached);
    match dimension {
        Dimension::Rpm | Dimension::Rpd => 1,
        Dimension::Tpm | Dimension::Tpd => prompt.saturating_add(used.completion),
        Dimension::Itpm => prompt,
        Dimension::Otpm => used.completion,
    }
}

#[cfg(test)]
mod tests;
