//! The requests that the limiter may have charged and not forgotten.

use std::time::Duration;

use super::Moment;
use crate::llm::port::Dimension;

/// What the provider charges at admission. It is not published and may differ by model: the gate learns it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The prompt and the output cap; what was not used comes back at the end.
    #[default]
    WithCap,
    /// The prompt; the output is charged at the end.
    PromptOnly,
}

/// How a request ended, as far as the limiter is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub at: Moment,
    /// Output tokens; `None` if nobody told: then nothing comes back.
    pub completion: Option<u64>,
    /// Prompt tokens from the cache: they come back.
    pub cached: u64,
}

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub ticket: u64,
    /// When the provider saw it, about; `None` while it is not sent.
    pub arrival: Option<Moment>,
    /// The estimate before any correction, from which the correction is learned.
    pub estimate: u64,
    /// Prompt tokens: estimated, after the end the true number.
    pub prompt: u64,
    /// The output cap.
    pub cap: u64,
    /// What its own head told to be left.
    pub seen: Option<u64>,
    /// Tokens of the text to be rewritten, estimated.
    pub source: u64,
    /// How many cooldowns had begun when it was sent.
    pub epoch: u64,
    pub end: Option<End>,
}

impl Entry {
    /// What `dimension` is charged at admission.
    pub(super) const fn charge(&self, dimension: Dimension, mode: Mode) -> u64 {
        charge(dimension, mode, self.prompt, self.cap)
    }

    /// What comes back at the end, or is charged then if negative. `expected` stands for an output that was not told.
    pub(super) fn settled(&self, dimension: Dimension, mode: Mode, end: &End, expected: u64) -> f64 {
        let output = match (mode, end.completion) {
            (Mode::WithCap, Some(completion)) => number(self.cap.saturating_sub(completion)),
            (Mode::WithCap, None) => 0.0,
            (Mode::PromptOnly, completion) => -number(completion.unwrap_or(expected)),
        };
        match dimension {
            Dimension::Rpm | Dimension::Rpd => 0.0,
            Dimension::Tpm | Dimension::Tpd => output + number(end.cached),
            Dimension::Itpm => number(end.cached),
            Dimension::Otpm => output,
        }
    }
}

/// What `dimension` is charged for a request.
pub(super) const fn charge(dimension: Dimension, mode: Mode, prompt: u64, cap: u64) -> u64 {
    let cap = match mode {
        Mode::WithCap => cap,
        Mode::PromptOnly => 0,
    };
    match dimension {
        Dimension::Rpm | Dimension::Rpd => 1,
        Dimension::Tpm | Dimension::Tpd => prompt.saturating_add(cap),
        Dimension::Itpm => prompt,
        Dimension::Otpm => cap,
    }
}

/// The time in which an empty bucket fills up.
pub(super) const fn period(dimension: Dimension) -> Duration {
    match dimension {
        Dimension::Rpm | Dimension::Tpm | Dimension::Itpm | Dimension::Otpm => Duration::from_mins(1),
        Dimension::Rpd | Dimension::Tpd => Duration::from_hours(24),
    }
}

/// Whether output counts in this dimension.
pub(super) const fn has_output(dimension: Dimension) -> bool {
    matches!(dimension, Dimension::Tpm | Dimension::Tpd | Dimension::Otpm)
}

/// Tokens as a fraction: levels are between whole ones. Exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
pub(super) const fn number(tokens: u64) -> f64 {
    tokens as f64
}
