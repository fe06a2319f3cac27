//! One limit of the provider as the client sees it: the newest observation, and what happened since.
//!
//! The limiter's law: a bucket that refills continuously, limit ÷ period a second. Nothing is added up over a run, so
//! that no error accumulates: each newer observation takes the place of all before it.

use std::time::Duration;

use super::{
    Moment,
    log::{End, Entry, Mode, has_output, number, period},
};
use crate::llm::port::Dimension;

/// How far apart in time two things must be for their order to be certain: the way of a message differs, and so does
/// the time until our own loop sees it.
pub(super) const GUARD: Duration = Duration::from_millis(40);
/// The provider's clock and ours: its refill is taken for a little slower than it is.
const CAUTION: f64 = 0.998;

/// What was known at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Base {
    at: Moment,
    /// The first of several observations that count as one.
    anchor: Moment,
    level: f64,
    /// The request whose answer told it.
    of: Option<u64>,
    /// Zero if it was computed and not observed: then the order of things is certain.
    guard: Duration,
}

/// One limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meter {
    pub dimension: Dimension,
    pub limit: u64,
    base: Base,
}

/// What a level depends on besides the meter itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub log: &'a [Entry],
    pub mode: Mode,
    /// The output of a request whose end is not known.
    pub expected: u64,
    /// How long a request may be on its way before the provider sees it.
    pub transit: Duration,
}

impl Meter {
    /// Returns a meter that knows that `remaining` was left when the request `of` was admitted at `at`.
    pub(super) const fn new(
        dimension: Dimension,
        limit: u64,
        at: Moment,
        remaining: u64,
        of: Option<u64>,
    ) -> Self {
        let base = Base { at, anchor: at, level: number(remaining), of, guard: GUARD };
        Self { dimension, limit, base }
    }

    /// Tokens a second.
    pub(super) fn rate(&self) -> f64 {
        number(self.limit) / period(self.dimension).as_secs_f64() * CAUTION
    }

    /// When the newest observation was made.
    pub(super) const fn known_at(&self) -> Moment {
        self.base.at
    }

    /// Takes an observation; one that is older than the newest is ignored. Several within the guard count as one: the
    /// lowest, at the latest time.
    pub(super) fn observe(&mut self, limit: u64, at: Moment, remaining: u64, of: Option<u64>) {
        self.limit = limit;
        if at + GUARD < self.base.anchor {
            return;
        }
        let level = number(remaining);
        if at > self.base.anchor + GUARD || self.base.guard.is_zero() {
            self.base = Base { at, anchor: at, level, of, guard: GUARD };
            return;
        }
        if level < self.base.level {
            (self.base.level, self.base.of) = (level, of);
        }
        self.base.at = self.base.at.max(at);
    }

    /// What is left now, if everything that is not sent yet were, and everything that runs had its expected output.
    pub(super) fn level(&self, now: Moment, view: &View<'_>) -> f64 {
        let standing: f64 = view.log.iter().map(|entry| self.standing(entry, view)).sum();
        self.replay(now, view) - standing
    }

    /// What was left at `until` by what happened up to then.
    pub(super) fn replay(&self, until: Moment, view: &View<'_>) -> f64 {
        let mut events: Vec<(Moment, f64)> = Vec::with_capacity(view.log.len());
        for entry in view.log {
            if let Some(arrival) = entry.arrival.filter(|at| *at <= until && self.is_new(entry, *at, view)) {
                events.push((arrival.max(self.base.at), -number(entry.charge(self.dimension, view.mode))));
            }
            if let Some(end) = entry.end.filter(|end| end.at <= until) {
                let change = entry.settled(self.dimension, view.mode, &end, view.expected);
                if self.is_after(&end, change, view) {
                    events.push((end.at.max(self.base.at), change));
                }
            }
        }
        events.sort_by_key(|(at, _)| *at);
        let (rate, full) = (self.rate(), number(self.limit));
        let (mut level, mut at) = (self.base.level, self.base.at);
        for (when, change) in events {
            level = rate.mul_add(when.saturating_sub(at).as_secs_f64(), level).min(full) + change;
            (level, at) = (level.min(full), when);
        }
        rate.mul_add(until.saturating_sub(at).as_secs_f64(), level).min(full)
    }

    /// Moves what is known to a later instant by computing it, so that entries before it can be forgotten.
    pub(super) fn fold(&mut self, until: Moment, view: &View<'_>) {
        if until > self.base.at {
            let level = self.replay(until, view);
            self.base = Base { at: until, anchor: until, level, of: None, guard: Duration::ZERO };
        }
    }

    /// Whether the observation does not contain the charge of this request.
    fn is_new(&self, entry: &Entry, arrival: Moment, view: &View<'_>) -> bool {
        let base = &self.base;
        if base.of == Some(entry.ticket) {
            return false;
        }
        if base.guard.is_zero() || arrival > base.at {
            return arrival > base.at;
        }
        match entry.seen {
            // It was told more than the observation: so it came before.
            Some(left) if self.dimension == Dimension::Tpm && number(left) >= base.level => false,
            Some(_) => arrival + base.guard > base.at,
            // Nobody knows how long it was on its way.
            None => arrival + base.guard + view.transit > base.at,
        }
    }

    /// Whether the observation does not contain this end, which we see later than the provider: what comes back counts rather never than twice, what is
    /// charged rather twice than never.
    fn is_after(&self, end: &End, change: f64, view: &View<'_>) -> bool {
        let (at, base) = (end.at, &self.base);
        let late = if base.guard.is_zero() { Duration::ZERO } else { base.guard + view.transit };
        if change > 0.0 { at > base.at + late } else { at + base.guard > base.at }
    }

    fn standing(&self, entry: &Entry, view: &View<'_>) -> f64 {
        let unsent = if entry.arrival.is_none() { entry.charge(self.dimension, view.mode) } else { 0 };
        let runs = entry.end.is_none() && view.mode == Mode::PromptOnly && has_output(self.dimension);
        number(unsent + if runs { view.expected } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ticket: u64, arrival: Option<u64>) -> Entry {
        Entry {
            ticket,
            arrival: arrival.map(Duration::from_millis),
            estimate: 1_000,
            prompt: 1_000,
            cap: 2_000,
            seen: None,
            source: 1_000,
            epoch: 0,
            end: None,
        }
    }

    fn ended(entry: Entry, at: u64, completion: u64) -> Entry {
        let end = End { at: Duration::from_millis(at), completion: Some(completion), cached: 100 };
        Entry { prompt: entry.prompt, end: Some(end), ..entry }
    }

    fn view(log: &[Entry], mode: Mode) -> View<'_> {
        View { log, mode, expected: 1_500, transit: Duration::from_millis(100) }
    }

    /// 60,000 a minute: 998 a second after the caution.
    fn meter(at: u64, remaining: u64) -> Meter {
        Meter::new(Dimension::Tpm, 60_000, Duration::from_millis(at), remaining, Some(1))
    }

    fn level(meter: &Meter, now: u64, log: &[Entry], mode: Mode) -> i64 {
        #[allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]
        let level = meter.level(Duration::from_millis(now), &view(log, mode)).round() as i64;
        level
    }

    #[test]
    fn the_level_refills_and_never_rises_above_the_limit() {
        let meter = meter(1_000, 30_000);
        assert_eq!(level(&meter, 1_000, &[], Mode::WithCap), 30_000);
        assert_eq!(level(&meter, 11_000, &[], Mode::WithCap), 39_980);
        assert_eq!(level(&meter, 600_000, &[], Mode::WithCap), 60_000);
    }

    #[test]
    fn what_was_sent_since_is_charged_and_what_was_not_used_comes_back() {
        let meter = meter(1_000, 30_000);
        let own = entry(1, Some(1_000));
        let sent = entry(2, Some(2_000));
        assert_eq!(level(&meter, 2_000, &[own, sent], Mode::WithCap), 30_000 + 998 - 3_000);
        assert_eq!(level(&meter, 1_000, &[own, entry(2, None)], Mode::WithCap), 27_000, "not sent yet");
        let done = ended(sent, 3_000, 500);
        assert_eq!(level(&meter, 3_000, &[own, done], Mode::WithCap), 30_000 + 1_996 - 3_000 + 1_500 + 100);
    }

    #[test]
    fn without_the_cap_the_output_is_charged_at_the_end_and_expected_until_then() {
        let meter = meter(1_000, 30_000);
        let sent = entry(2, Some(2_000));
        assert_eq!(level(&meter, 2_000, &[sent], Mode::PromptOnly), 30_000 + 998 - 1_000 - 1_500);
        let done = ended(sent, 3_000, 500);
        assert_eq!(level(&meter, 3_000, &[done], Mode::PromptOnly), 30_000 + 1_996 - 1_000 - 500 + 100);
    }

    #[test]
    fn an_older_observation_is_ignored_and_close_ones_count_as_the_lowest() {
        let mut meter = meter(1_000, 30_000);
        meter.observe(60_000, Duration::from_millis(900), 50_000, Some(2));
        assert_eq!(level(&meter, 1_000, &[], Mode::WithCap), 30_000);
        meter.observe(60_000, Duration::from_millis(1_020), 27_000, Some(3));
        meter.observe(60_000, Duration::from_millis(1_030), 29_000, Some(4));
        assert_eq!(level(&meter, 1_030, &[], Mode::WithCap), 27_000);
        meter.observe(60_000, Duration::from_millis(1_200), 40_000, Some(5));
        assert_eq!(level(&meter, 1_200, &[], Mode::WithCap), 40_000);
    }

    #[test]
    fn what_may_be_in_the_observation_or_not_is_charged_unless_its_own_answer_tells() {
        let meter = meter(1_000, 30_000);
        let near = entry(2, Some(990));
        let far = entry(3, Some(800));
        assert_eq!(level(&meter, 1_000, &[near], Mode::WithCap), 27_000, "nobody knows");
        assert_eq!(level(&meter, 1_000, &[far], Mode::WithCap), 30_000, "it was before");
        let told = Entry { seen: Some(33_000), ..near };
        assert_eq!(level(&meter, 1_000, &[told], Mode::WithCap), 30_000, "it was told more");
        let less = Entry { seen: Some(29_000), ..near };
        assert_eq!(level(&meter, 1_000, &[less], Mode::WithCap), 27_000, "it was told less");
        assert_eq!(
            level(&meter, 1_050, &[ended(far, 1_020, 500)], Mode::WithCap),
            30_050,
            "came back before, maybe"
        );
    }

    #[test]
    fn folding_changes_nothing() {
        let log = [ended(entry(2, Some(2_000)), 4_000, 700), entry(3, Some(5_000)), entry(4, Some(9_000))];
        for mode in [Mode::WithCap, Mode::PromptOnly] {
            let plain = meter(1_000, 30_000);
            let mut folded = plain.clone();
            folded.fold(Duration::from_secs(6), &view(&log, mode));
            for now in [6_000, 9_000, 20_000] {
                assert_eq!(level(&plain, now, &log, mode), level(&folded, now, &log, mode), "{now}");
            }
        }
    }

    #[test]
    fn requests_are_counted_one_by_one() {
        let meter = Meter::new(Dimension::Rpm, 30, Duration::ZERO, 10, None);
        assert_eq!(level(&meter, 1_000, &[entry(2, Some(500)), entry(3, Some(600))], Mode::WithCap), 8);
    }
}
