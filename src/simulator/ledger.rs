//! What was asked for, what was admitted and what it cost: by it the tests judge whoever asked.
//!
//! Keys and texts are never kept, only the organisation that stands for a key and the hash of a prompt.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde::{Deserialize, Serialize, Serializer};

use super::{
    ids::PromptHash,
    limiter::{Dimension, Refusal, RefusalKind},
    wire::FinishReason,
};
use crate::domain::Money;

/// How an admitted request ended for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It has not ended yet.
    Running,
    /// The last byte was handed to the network.
    Complete,
    /// The client went before the end.
    ClientGone,
    /// A fault kept the client from the end.
    Broken,
}

/// One admitted request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Admitted {
    /// Its number among all requests for completions, from 1.
    pub number: u64,
    /// `x-request-id`.
    pub request_id: String,
    /// Stands for the key.
    pub organisation: String,
    /// The model.
    pub model: String,
    /// Stands for the messages.
    pub prompt: PromptHash,
    /// When it arrived, since the start.
    #[serde(serialize_with = "seconds")]
    pub arrived: Duration,
    /// When it ended, since the start.
    #[serde(serialize_with = "maybe_seconds")]
    pub ended: Option<Duration>,
    /// How long a whole answer was to take.
    #[serde(serialize_with = "seconds")]
    pub planned: Duration,
    /// How it ended.
    pub delivery: Delivery,
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Those of them that were cached.
    pub cached_tokens: u64,
    /// The output cap.
    pub output_cap: u64,
    /// Tokens generated, reasoning included.
    pub completion_tokens: u64,
    /// Those of the whole reply that are reasoning.
    pub reasoning_tokens: u64,
    /// Why the whole reply ends.
    pub finish_reason: FinishReason,
    /// What it cost, in nano-dollars.
    pub billed: Money,
    /// Whether a fault struck it.
    pub faulty: bool,
    /// Whether it came in a file, past the limits and at another price.
    pub economy: bool,
}

/// One refused request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    /// Its number among all requests for completions, from 1.
    pub number: u64,
    /// `x-request-id`.
    pub request_id: String,
    /// Stands for the key.
    pub organisation: String,
    /// Stands for the messages, if there were any.
    pub prompt: Option<PromptHash>,
    /// When it arrived, since the start.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// The status.
    pub status: u16,
    /// The error's code, or a word of ours where Groq's has none.
    pub code: &'static str,
    /// The limit that refused.
    pub dimension: Option<Dimension>,
    /// `retry-after`, in seconds.
    pub retry_after: Option<u64>,
    /// The exact wait that the body tells.
    #[serde(serialize_with = "maybe_seconds")]
    pub wait: Option<Duration>,
}

/// A request that came again although it had been told to wait, or never to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rudeness {
    /// Before the wait of its last refusal was over.
    Early,
    /// With the same prompt and output cap after a 413.
    TooLargeAgain,
}

/// One such request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// What is wrong with it.
    pub kind: Rudeness,
    /// Its number among all requests for completions.
    pub number: u64,
    /// Stands for the messages.
    pub prompt: PromptHash,
    /// When it arrived, since the start.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
}

/// What a client says that a request cost it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The provider's name for the request.
    pub request_id: String,
    /// What the client counted, in nano-dollars.
    pub cost: Money,
    /// Whether the client knows it; otherwise it is the worst case.
    pub known: bool,
}

/// Everything that happened so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Ledger {
    /// Admitted requests, in the order of their arrival.
    pub admitted: Vec<Admitted>,
    /// Refused requests, in the order of their arrival.
    pub refused: Vec<Refused>,
    /// Requests that should not have been sent.
    pub violations: Vec<Violation>,
    /// Admitted requests that have not ended.
    pub running: usize,
    /// The most of them at one time.
    pub peak: usize,
    /// What clients say that requests cost.
    pub claims: Vec<Claim>,
    #[serde(skip)]
    warnings: HashMap<(String, PromptHash), Warning>,
}

/// What the client of a prompt was told last.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Warning {
    WaitUntil(Duration),
    NeverWith { output_cap: u64 },
}

/// What a request is known by before it is admitted or refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub number: u64,
    pub organisation: &'a str,
    pub model: &'a str,
    pub prompt: PromptHash,
    pub output_cap: u64,
    pub at: Duration,
}

/// How an admitted request ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub at: Duration,
    pub delivery: Delivery,
    /// Tokens generated.
    pub tokens: u64,
    pub billed: Money,
}

impl Ledger {
    /// Notes whether this request was told not to come.
    pub(super) fn arrive(&mut self, arrival: &Arrival<'_>) {
        let Some(warning) = self.warnings.get(&key(arrival)) else { return };
        let kind = match *warning {
            Warning::WaitUntil(until) if arrival.at < until => Rudeness::Early,
            Warning::NeverWith { output_cap } if output_cap == arrival.output_cap => Rudeness::TooLargeAgain,
            Warning::WaitUntil(_) | Warning::NeverWith { .. } => return,
        };
        let Arrival { number, prompt, at, .. } = *arrival;
        self.violations.push(Violation { kind, number, prompt, at });
    }

    /// Remembers what the client was told by a refusal of the limiter.
    pub(super) fn warn(&mut self, arrival: &Arrival<'_>, refusal: &Refusal) {
        let warning = match refusal.kind {
            RefusalKind::Reached => Warning::WaitUntil(arrival.at + refusal.wait),
            RefusalKind::TooLarge => Warning::NeverWith { output_cap: arrival.output_cap },
        };
        self.warnings.insert(key(arrival), warning);
    }

    pub(super) fn refuse(&mut self, refused: Refused) {
        self.refused.push(refused);
    }

    /// Opens a row and returns its place.
    pub(super) fn admit(&mut self, row: Admitted) -> usize {
        self.running += 1;
        self.peak = self.peak.max(self.running);
        self.warnings.remove(&(format!("{} {}", row.organisation, row.model), row.prompt));
        self.admitted.push(row);
        self.admitted.len() - 1
    }

    /// Enters a request that came in a file: it has ended already.
    pub(super) fn deliver(&mut self, row: Admitted) {
        self.admitted.push(row);
    }

    /// Closes a row, once.
    pub(super) fn end(&mut self, place: usize, end: End) {
        let End { at, delivery, tokens, billed } = end;
        if let Some(row) = self.admitted.get_mut(place).filter(|row| row.delivery == Delivery::Running) {
            (row.ended, row.delivery, row.completion_tokens, row.billed) =
                (Some(at), delivery, tokens, billed);
            self.running -= 1;
        }
    }

    pub(super) fn claim(&mut self, claims: Vec<Claim>) {
        self.claims.extend(claims);
    }

    /// Returns everything billed so far.
    pub fn billed(&self) -> Money {
        self.admitted.iter().map(|row| row.billed).sum()
    }

    /// Returns the prompts that were admitted more than once, with their number.
    pub fn duplicates(&self) -> BTreeMap<PromptHash, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.admitted {
            *counts.entry(row.prompt).or_insert(0) += 1;
        }
        counts.retain(|_, count| *count > 1);
        counts
    }

    /// Returns the requests whose prompt had already been answered to the end, without a fault: money for nothing.
    pub fn paid_again(&self) -> Vec<&Admitted> {
        let mut answered: HashMap<PromptHash, Duration> = HashMap::new();
        for row in self.admitted.iter().filter(|row| row.delivery == Delivery::Complete && !row.faulty) {
            if let Some(ended) = row.ended {
                let first = answered.entry(row.prompt).or_insert(ended);
                *first = ended.min(*first);
            }
        }
        self.admitted
            .iter()
            .filter(|row| answered.get(&row.prompt).is_some_and(|ended| row.arrived > *ended))
            .collect()
    }

    /// Returns how many requests were refused with this status.
    pub fn refused_with(&self, status: u16) -> usize {
        self.refused.iter().filter(|row| row.status == status).count()
    }

    /// Returns how many violations there were of this kind.
    pub fn violations_of(&self, kind: Rudeness) -> usize {
        self.violations.iter().filter(|violation| violation.kind == kind).count()
    }
}

fn key(arrival: &Arrival<'_>) -> (String, PromptHash) {
    (format!("{} {}", arrival.organisation, arrival.model), arrival.prompt)
}

pub(super) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[allow(clippy::ref_option, reason = "the serializer asks for this form")]
fn maybe_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_some(&duration.as_secs_f64()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> PromptHash {
        PromptHash::of([("user", text)].into_iter())
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn arrival(text: &str, output_cap: u64, at: u64) -> Arrival<'static> {
        Arrival {
            number: at,
            organisation: "org",
            model: "m",
            prompt: hash(text),
            output_cap,
            at: seconds(at),
        }
    }

    fn row(text: &str, arrived: u64) -> Admitted {
        Admitted {
            number: 1,
            request_id: String::new(),
            organisation: "org".to_owned(),
            model: "m".to_owned(),
            prompt: hash(text),
            arrived: seconds(arrived),
            ended: None,
            planned: Duration::ZERO,
            delivery: Delivery::Running,
            prompt_tokens: 10,
            cached_tokens: 0,
            output_cap: 100,
            completion_tokens: 0,
            reasoning_tokens: 0,
            finish_reason: FinishReason::Stop,
            billed: Money::ZERO,
            faulty: false,
            economy: false,
        }
    }

    fn end(at: u64, delivery: Delivery, billed: Money) -> End {
        End { at: seconds(at), delivery, tokens: 5, billed }
    }

    fn refusal(kind: RefusalKind, wait: u64) -> Refusal {
        Refusal { kind, dimension: Dimension::Tpm, limit: 9, used: 9, requested: 1, wait: seconds(wait) }
    }

    #[test]
    fn coming_again_before_the_wait_is_over_is_noted() {
        let mut ledger = Ledger::default();
        ledger.warn(&arrival("a", 100, 10), &refusal(RefusalKind::Reached, 5));
        for (text, at) in [("a", 14), ("b", 14), ("a", 15)] {
            ledger.arrive(&arrival(text, 100, at));
        }
        assert_eq!(
            ledger.violations,
            [Violation { kind: Rudeness::Early, number: 14, prompt: hash("a"), at: seconds(14) }]
        );
    }

    #[test]
    fn what_was_too_large_must_come_back_smaller() {
        let mut ledger = Ledger::default();
        ledger.warn(&arrival("a", 9_000, 1), &refusal(RefusalKind::TooLarge, 5));
        ledger.arrive(&arrival("a", 4_000, 2));
        assert_eq!(ledger.violations_of(Rudeness::TooLargeAgain), 0);
        ledger.arrive(&arrival("a", 9_000, 3));
        assert_eq!(ledger.violations_of(Rudeness::TooLargeAgain), 1);
    }

    #[test]
    fn an_answered_prompt_that_comes_again_is_paid_again() {
        let mut ledger = Ledger::default();
        let money = Money::from_nanos(70);
        let first = ledger.admit(row("a", 1));
        ledger.admit(row("b", 1));
        assert_eq!((ledger.running, ledger.peak), (2, 2));
        ledger.end(first, end(3, Delivery::Complete, money));
        ledger.end(first, end(9, Delivery::ClientGone, Money::ZERO));
        assert_eq!((ledger.admitted[0].delivery, ledger.billed()), (Delivery::Complete, money));
        assert!(ledger.paid_again().is_empty() && ledger.duplicates().is_empty());
        ledger.admit(row("a", 4));
        assert_eq!(ledger.paid_again().len(), 1);
        assert_eq!(ledger.duplicates(), BTreeMap::from([(hash("a"), 2)]));
        assert_eq!((ledger.running, ledger.peak), (2, 2));
    }

    #[test]
    fn trying_again_after_a_broken_answer_is_no_waste() {
        let mut ledger = Ledger::default();
        let first = ledger.admit(row("a", 1));
        ledger.end(first, end(2, Delivery::Broken, Money::ZERO));
        let second = ledger.admit(Admitted { faulty: true, ..row("a", 3) });
        ledger.end(second, end(4, Delivery::Complete, Money::ZERO));
        ledger.admit(row("a", 5));
        assert!(ledger.paid_again().is_empty());
        assert_eq!(ledger.duplicates().len(), 1);
    }
}
