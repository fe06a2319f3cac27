//! The ledger in figures: how long it took against what the limits allow, what was wasted.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde::Serialize;

use super::{
    ledger::{Admitted, Delivery, Ledger, Rudeness, seconds},
    limiter::Dimension,
    limits::Limits,
};
use crate::domain::Money;

/// The ledger in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// All requests for completions.
    pub requests: usize,
    /// Those admitted.
    pub admitted: usize,
    /// Those admitted, by how they ended.
    pub deliveries: BTreeMap<Delivery, usize>,
    /// Those refused, by status.
    pub refused: BTreeMap<u16, usize>,
    /// The share of all requests that was refused with 429.
    pub share_429: f64,
    /// Admitted requests that have not ended.
    pub running: usize,
    /// The most of them at one time.
    pub peak: usize,
    /// Tokens of prompts.
    pub prompt_tokens: u64,
    /// Those of them that were cached.
    pub cached_tokens: u64,
    /// Tokens generated.
    pub completion_tokens: u64,
    /// What everything cost, in nano-dollars.
    pub billed: Money,
    /// Prompts admitted more than once.
    pub duplicates: usize,
    /// Requests whose prompt had already been answered.
    pub paid_again: usize,
    /// Requests that came before the wait they were told was over.
    pub early_retries: usize,
    /// Requests that came unchanged after a 413.
    pub too_large_again: usize,
    /// From the first arrival to the last end.
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
    /// The shortest time in which the same requests could have been served.
    #[serde(serialize_with = "seconds")]
    pub bound: Duration,
    /// What sets the bound: a limit, or `latency` for the slowest request.
    pub bound_by: &'static str,
    /// `took` ÷ `bound`; 0 when there is no bound.
    pub ratio: f64,
    /// By how much the slowest but one in a hundred whole answers came later than planned. When it is more than some
    /// milliseconds the machine is too slow, and the figures above tell about the simulator, not the client.
    #[serde(serialize_with = "seconds")]
    pub late: Duration,
}

impl Report {
    /// Puts the ledger in figures. `limits_of` are those of a model, which every organisation has for itself.
    pub(super) fn of(ledger: &Ledger, limits_of: impl Fn(&str) -> Limits) -> Self {
        let rows = &ledger.admitted;
        let requests = rows.len() + ledger.refused.len();
        let mut refused = BTreeMap::new();
        for row in &ledger.refused {
            *refused.entry(row.status).or_insert(0) += 1;
        }
        let mut deliveries = BTreeMap::new();
        for row in rows {
            *deliveries.entry(row.delivery).or_insert(0) += 1;
        }
        let (took, (bound, bound_by)) = (took(rows), bound(rows, limits_of));
        Self {
            requests,
            admitted: rows.len(),
            deliveries,
            refused,
            share_429: ratio(count(ledger.refused_with(429)), count(requests)),
            running: ledger.running,
            peak: ledger.peak,
            prompt_tokens: rows.iter().map(|row| row.prompt_tokens).sum(),
            cached_tokens: rows.iter().map(|row| row.cached_tokens).sum(),
            completion_tokens: rows.iter().map(|row| row.completion_tokens).sum(),
            billed: ledger.billed(),
            duplicates: ledger.duplicates().len(),
            paid_again: ledger.paid_again().len(),
            early_retries: ledger.violations_of(Rudeness::Early),
            too_large_again: ledger.violations_of(Rudeness::TooLargeAgain),
            took,
            bound,
            bound_by,
            ratio: ratio(took.as_secs_f64(), bound.as_secs_f64()),
            late: late(rows),
        }
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

fn latency(row: &Admitted) -> Duration {
    row.ended.unwrap_or(row.arrived).saturating_sub(row.arrived)
}

/// The 99th percentile of the delays.
fn late(rows: &[Admitted]) -> Duration {
    let whole = rows.iter().filter(|row| row.delivery == Delivery::Complete && !row.faulty);
    let mut delays: Vec<_> = whole.map(|row| latency(row).saturating_sub(row.planned)).collect();
    delays.sort_unstable();
    delays.get(delays.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default()
}

fn took(rows: &[Admitted]) -> Duration {
    let first = rows.iter().map(|row| row.arrived).min().unwrap_or_default();
    let last = rows.iter().filter_map(|row| row.ended).max().unwrap_or_default();
    last.saturating_sub(first)
}

/// The theoretical bound: the slowest of every limit and of the slowest request. All buckets start full, so that a
/// limit's own part is what goes beyond one burst. How many requests the client is willing to have in flight is its
/// own choice and no excuse.
fn bound(rows: &[Admitted], limits_of: impl Fn(&str) -> Limits) -> (Duration, &'static str) {
    let mut bound = (rows.iter().map(latency).max().unwrap_or_default(), "latency");
    let mut raise = |time: Duration, by: &'static str| {
        if time > bound.0 {
            bound = (time, by);
        }
    };
    let mut accounts: HashMap<(&str, &str), Vec<&Admitted>> = HashMap::new();
    for row in rows {
        accounts.entry((&row.organisation, &row.model)).or_default().push(row);
    }
    for ((_, model), rows) in accounts {
        for (dimension, limit) in limits_of(model).all() {
            let used: u64 = rows.iter().map(|row| weight(dimension, row)).sum();
            let beyond = u128::from(used.saturating_sub(limit)) * dimension.period().as_nanos();
            let nanos = u64::try_from(beyond / u128::from(limit.max(1))).unwrap_or(u64::MAX);
            raise(Duration::from_nanos(nanos), dimension.words());
        }
    }
    bound
}

fn weight(dimension: Dimension, row: &Admitted) -> u64 {
    let fresh = row.prompt_tokens.saturating_sub(row.cached_tokens);
    match dimension {
        Dimension::Rpm | Dimension::Rpd => 1,
        Dimension::Tpm | Dimension::Tpd => fresh + row.completion_tokens,
        Dimension::Itpm => fresh,
        Dimension::Otpm => row.completion_tokens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::{ids::PromptHash, wire::FinishReason};

    fn row(number: u64, arrived: u64, took: u64, tokens: u64) -> Admitted {
        Admitted {
            number,
            request_id: String::new(),
            organisation: "org".to_owned(),
            model: "m".to_owned(),
            prompt: PromptHash::of([("user", number.to_string().as_str())].into_iter()),
            arrived: Duration::from_secs(arrived),
            ended: Some(Duration::from_secs(arrived + took)),
            planned: Duration::from_millis(took * 1_000 - number % 7),
            delivery: Delivery::Complete,
            prompt_tokens: tokens,
            cached_tokens: 0,
            output_cap: 100,
            completion_tokens: 0,
            reasoning_tokens: 0,
            finish_reason: FinishReason::Stop,
            billed: Money::from_nanos(5),
            faulty: false,
        }
    }

    fn report(rows: Vec<Admitted>, limits: Limits) -> Report {
        let mut ledger = Ledger::default();
        ledger.admitted = rows;
        Report::of(&ledger, |_| limits)
    }

    #[test]
    fn the_bound_is_what_goes_beyond_one_burst() {
        // 400 requests of 4,000 tokens at 250,000 a minute: (1.6M − 250K) ÷ 4,166.7 a second.
        let rows: Vec<_> = (0..400).map(|number| row(number, number, 4, 4_000)).collect();
        let report = report(rows, Limits::DEVELOPER);
        assert_eq!((report.bound, report.bound_by), (Duration::from_secs(324), "tokens per minute (TPM)"));
        assert_eq!(report.took, Duration::from_secs(403));
        assert!((report.ratio - 403.0 / 324.0).abs() < 1e-9);
        assert_eq!(report.billed, Money::from_nanos(2_000));
        assert_eq!(report.late, Duration::from_millis(6));
    }

    #[test]
    fn without_limits_the_slowest_request_is_the_bound() {
        let report = report((0..10).map(|number| row(number, 0, 6, 1)).collect(), Limits::NONE);
        assert_eq!((report.bound, report.bound_by, report.ratio), (Duration::from_secs(6), "latency", 1.0));
    }

    #[test]
    fn an_empty_ledger_has_no_ratio() {
        let report = report(Vec::new(), Limits::NONE);
        assert_eq!((report.requests, report.ratio, report.share_429), (0, 0.0, 0.0));
    }
}
