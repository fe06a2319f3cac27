//! The ledger in figures: how long it took against what the limits allow, what was wasted.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
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
    /// Those of them that came in files.
    pub economy: usize,
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
    /// How often more than eight requests came within ten milliseconds just after a wait was over.
    pub herds: usize,
    /// What clients said that requests cost, against what was billed.
    pub claims: Claims,
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

/// What clients said, against what was billed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Requests that clients spoke of.
    pub checked: usize,
    /// Those of them that are not in the ledger.
    pub strangers: usize,
    /// The difference over all whose cost the client knew, in nano-dollars: must be 0.
    pub difference: Money,
    /// Requests billed above the worst case that the client counted: must be 0.
    pub beyond: usize,
}

impl Claims {
    fn of(ledger: &Ledger) -> Self {
        let billed: HashMap<&str, Money> =
            ledger.admitted.iter().map(|row| (row.request_id.as_str(), row.billed)).collect();
        let refused: HashSet<&str> = ledger.refused.iter().map(|row| row.request_id.as_str()).collect();
        let mut claims = Self { checked: ledger.claims.len(), ..Self::default() };
        for claim in &ledger.claims {
            let name = claim.request_id.as_str();
            let Some(billed) = billed.get(name).copied().or_else(|| refused.get(name).map(|_| Money::ZERO))
            else {
                claims.strangers += 1;
                continue;
            };
            if claim.known {
                claims.difference += (billed - claim.cost) + (claim.cost - billed);
            } else if billed > claim.cost {
                claims.beyond += 1;
            }
        }
        claims
    }
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
        // What came in files has neither limits nor a plan.
        let live: Vec<Admitted> = rows.iter().filter(|row| !row.economy).cloned().collect();
        let (took, (bound, bound_by)) = (took(&live), bound(&live, limits_of));
        Self {
            requests,
            admitted: rows.len(),
            economy: rows.len() - live.len(),
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
            herds: herds_in(ledger),
            claims: Claims::of(ledger),
            took,
            bound,
            bound_by,
            ratio: ratio(took.as_secs_f64(), bound.as_secs_f64()),
            late: late(&live),
        }
    }
}

impl Report {
    /// The report in lines for people: figures first, then what a client should not have done.
    pub fn lines(&self) -> Vec<String> {
        let refused =
            self.refused.iter().map(|(status, count)| format!("{count} × {status}")).collect::<Vec<_>>();
        let refused = if refused.is_empty() { "none".to_owned() } else { refused.join(", ") };
        let mut lines = vec![
            format!("requests   {}, {} admitted, refused: {refused}", self.requests, self.admitted),
            format!("in flight  {} at the most, {} now", self.peak, self.running),
            format!(
                "tokens     {} in ({} cached), {} out; billed {}",
                self.prompt_tokens, self.cached_tokens, self.completion_tokens, self.billed
            ),
            format!(
                "time       {:.1} s; at least {:.1} s by {}; ratio {:.3}",
                self.took.as_secs_f64(),
                self.bound.as_secs_f64(),
                self.bound_by,
                self.ratio
            ),
            format!("429        {:.2} % of all requests", self.share_429 * 100.0),
        ];
        for (count, what) in [
            (self.paid_again, "requests whose prompt had been answered already"),
            (self.early_retries, "requests before a wait was over"),
            (self.too_large_again, "requests that came unchanged after a 413"),
            (self.herds, "crowds just after a wait"),
            (self.claims.strangers, "requests that a client spoke of and that never were"),
            (self.claims.beyond, "requests billed above what the client counted as the worst case"),
        ] {
            if count > 0 {
                lines.push(format!("verdict    {count} {what}"));
            }
        }
        if self.claims.difference > Money::ZERO {
            lines.push(format!(
                "verdict    {} is the difference to what clients counted",
                self.claims.difference
            ));
        }
        if self.economy > 0 {
            lines.push(format!("files      {} of the requests came in files", self.economy));
        }
        if !lines.iter().any(|line| line.starts_with("verdict")) {
            lines.push("verdict    nothing to complain about".to_owned());
        }
        lines
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
            let tail = if used > limit { tail(dimension, limit, &rows) } else { Duration::ZERO };
            raise(Duration::from_nanos(nanos) + tail, dimension.words());
        }
    }
    bound
}

/// The last request is admitted when there is room for it, and then takes its time: what that adds.
fn tail(dimension: Dimension, limit: u64, rows: &[&Admitted]) -> Duration {
    let shortest = rows.iter().map(|row| latency(row)).min().unwrap_or_default();
    let last = rows.iter().max_by_key(|row| row.arrived).map_or(0, |row| weight(dimension, row));
    let refill = u128::from(last) * dimension.period().as_nanos() / u128::from(limit.max(1));
    shortest.saturating_sub(Duration::from_nanos(u64::try_from(refill).unwrap_or(u64::MAX)))
}

/// More than so many requests at once are a herd.
const HERD: usize = 8;
const AT_ONCE: Duration = Duration::from_millis(10);
/// How long after a wait a crowd is put down to it.
const AFTER: Duration = Duration::from_millis(250);

fn herds_in(ledger: &Ledger) -> usize {
    let mut arrivals: Vec<Duration> = ledger.admitted.iter().map(|row| row.arrived).collect();
    arrivals.extend(ledger.refused.iter().map(|row| row.at));
    let waits = ledger.refused.iter().filter_map(|row| Some((row.at, row.wait?, row.retry_after)));
    let resets = waits.flat_map(|(at, wait, header)| {
        [Some(at + wait), header.map(|seconds| at + Duration::from_secs(seconds))]
    });
    herds(arrivals, resets.flatten().collect())
}

/// How often a herd came when a wait was over that a refusal had told: more than eight requests within ten milliseconds,
/// up to a quarter of a second after it. One herd counts once.
pub fn herds(mut arrivals: Vec<Duration>, mut resets: Vec<Duration>) -> usize {
    arrivals.sort_unstable();
    resets.sort_unstable();
    let (mut herds, mut counted) = (0, Duration::ZERO);
    for reset in resets {
        let from = arrivals.partition_point(|at| *at < reset.max(counted));
        let until = arrivals.partition_point(|at| *at <= reset + AFTER);
        let crowd = arrivals.get(from..until).unwrap_or_default();
        let herd = crowd
            .windows(HERD + 1)
            .find(|few| matches!(few, [first, .., last] if last.saturating_sub(*first) <= AT_ONCE));
        if let Some([.., last]) = herd {
            herds += 1;
            counted = *last + AT_ONCE;
        }
    }
    herds
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
    use crate::simulator::{Claim, Refused, ids::PromptHash, wire::FinishReason};

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
            economy: false,
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
        // The last waits for its own tokens at the most 0.96 s, and then takes 4 s.
        let bound = Duration::from_secs(324) + Duration::from_millis(3_040);
        assert_eq!((report.bound, report.bound_by), (bound, "tokens per minute (TPM)"));
        assert_eq!(report.took, Duration::from_secs(403));
        assert!((report.ratio - 403.0 / 327.04).abs() < 1e-9);
        assert_eq!(report.billed, Money::from_nanos(2_000));
        assert_eq!(report.late, Duration::from_millis(6));
    }

    #[test]
    fn without_limits_the_slowest_request_is_the_bound() {
        let report = report((0..10).map(|number| row(number, 0, 6, 1)).collect(), Limits::NONE);
        assert_eq!((report.bound, report.bound_by, report.ratio), (Duration::from_secs(6), "latency", 1.0));
    }

    #[test]
    fn what_a_client_says_is_compared() {
        let mut ledger = Ledger::default();
        let named = |name: &str| Admitted { request_id: name.to_owned(), ..row(1, 0, 1, 1) };
        ledger.admitted = vec![named("a"), named("b"), named("c")];
        let claim = |name: &str, nanos, known| Claim {
            request_id: name.to_owned(),
            cost: Money::from_nanos(nanos),
            known,
        };
        ledger.claim(vec![
            claim("a", 5, true),
            claim("b", 7, true),
            claim("c", 4, false),
            claim("d", 1, true),
        ]);
        let claims = Report::of(&ledger, |_| Limits::NONE).claims;
        assert_eq!(claims, Claims { checked: 4, strangers: 1, difference: Money::from_nanos(2), beyond: 1 });
    }

    #[test]
    fn a_crowd_after_a_wait_is_a_herd() {
        let refused = |at: u64| Refused {
            number: 1,
            request_id: String::new(),
            organisation: "org".to_owned(),
            prompt: None,
            at: Duration::from_secs(at),
            status: 429,
            code: "rate_limit_exceeded",
            dimension: Some(Dimension::Tpm),
            retry_after: Some(5),
            wait: Some(Duration::from_millis(4_500)),
        };
        let mut ledger = Ledger::default();
        ledger.refused = vec![refused(1), refused(1)];
        ledger.admitted = (0..9).map(|number| row(number, 6, 1, 1)).collect();
        assert_eq!(herds_in(&ledger), 1);
        ledger.admitted.pop();
        assert_eq!(herds_in(&ledger), 0, "eight are none");
        ledger.admitted = (0..9).map(|number| row(number, 9, 1, 1)).collect();
        assert_eq!(herds_in(&ledger), 0, "long after");
    }

    #[test]
    fn an_empty_ledger_has_no_ratio() {
        let report = report(Vec::new(), Limits::NONE);
        assert_eq!((report.requests, report.ratio, report.share_429), (0, 0.0, 0.0));
    }
}
