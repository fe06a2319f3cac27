//! Whether the provider answers at all: a breaker that opens when most requests fail, and a window for how many may be
//! in flight. Limits are no trouble: a 429 moves neither.

use std::{collections::VecDeque, time::Duration};

use super::Moment;
use crate::engine::retry::{self, Chance};

/// Looked at together.
const SPAN: Duration = Duration::from_secs(10);
/// Fewer requests tell nothing.
const ENOUGH: usize = 20;
/// At most one cut of the window in this time.
const CUT_EVERY: Duration = Duration::from_secs(2);

/// Whether requests may be sent.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// One request at a time, not before this, after so many that failed.
    Probing { from: Moment, failed: u32 },
    /// Freely.
    #[default]
    Open,
}

/// The breaker and the window.
#[derive(Debug)]
pub(super) struct Health {
    state: State,
    /// The request that probes.
    probe: Option<u64>,
    outcomes: VecDeque<(Moment, bool)>,
    window: u32,
    most: u32,
    cut_at: Option<Moment>,
}

impl Health {
    /// Begins with one request: its answer tells the limits.
    pub(super) const fn new(most: u32) -> Self {
        let state = State::Probing { from: Duration::ZERO, failed: 0 };
        Self { state, probe: None, outcomes: VecDeque::new(), window: most, most, cut_at: None }
    }

    /// Whether a request may be sent: `Err` tells when to ask again, if time alone decides.
    pub(super) fn allows(&self, now: Moment, in_flight: u32) -> Result<(), Option<Moment>> {
        match self.state {
            State::Probing { from, .. } if now < from => Err(Some(from)),
            State::Probing { .. } if self.probe.is_some() => Err(None),
            State::Open if in_flight >= self.window => Err(None),
            State::Probing { .. } | State::Open => Ok(()),
        }
    }

    /// Whether trouble, and not the start, is the reason for probing.
    pub(super) const fn is_troubled(&self) -> bool {
        matches!(self.state, State::Probing { failed, .. } if failed > 0)
    }

    pub(super) const fn sent(&mut self, ticket: u64) {
        if matches!(self.state, State::Probing { .. }) {
            self.probe = Some(ticket);
        }
    }

    /// The provider began to answer.
    pub(super) fn answered(&mut self, ticket: u64) {
        if self.probe == Some(ticket) {
            self.open();
        }
    }

    /// Opens: limits are known, or there are none.
    pub(super) fn open(&mut self) {
        (self.state, self.probe) = (State::Open, None);
        self.outcomes.clear();
    }

    /// The request ended without telling anything about the provider's health.
    pub(super) fn gone(&mut self, ticket: u64) {
        if self.probe == Some(ticket) {
            self.probe = None;
        }
    }

    pub(super) fn success(&mut self, now: Moment, ticket: u64) {
        self.answered(ticket);
        self.note(now, false);
        self.window = (self.window + 1).min(self.most);
    }

    /// The provider could not answer.
    pub(super) fn failure(&mut self, now: Moment, ticket: u64, chance: Chance) {
        if let State::Probing { failed, .. } = self.state {
            if self.probe == Some(ticket) {
                let failed = failed + 1;
                let pause = retry::backoff(failed, half(chance));
                (self.state, self.probe) = (State::Probing { from: now + pause, failed }, None);
            }
            return;
        }
        self.note(now, true);
        if self.cut_at.is_none_or(|at| now >= at + CUT_EVERY) {
            self.window = (self.window / 2).max(1);
            self.cut_at = Some(now);
        }
        let failed = self.outcomes.iter().filter(|(_, failed)| *failed).count();
        if self.outcomes.len() >= ENOUGH && failed * 2 >= self.outcomes.len() {
            self.state = State::Probing { from: now + retry::backoff(1, half(chance)), failed: 1 };
            self.outcomes.clear();
        }
    }

    /// Every request would be refused until a person has done something: begins again with one.
    pub(super) const fn restart(&mut self) {
        self.state = State::Probing { from: Duration::ZERO, failed: 0 };
        self.probe = None;
    }

    fn note(&mut self, now: Moment, failed: bool) {
        while self.outcomes.front().is_some_and(|(at, _)| *at + SPAN < now) {
            self.outcomes.pop_front();
        }
        if self.outcomes.len() >= 1_000 {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((now, failed));
    }
}

/// The upper half: a probe is never sent at once.
fn half(chance: Chance) -> Chance {
    Chance { throw: 0.5 + chance.throw / 2.0, ..chance }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: Chance = Chance { throw: 0.0, base: retry::BASE };
    const HIGH: Chance = Chance { throw: 1.0, ..LOW };

    const fn at(millis: u64) -> Moment {
        Duration::from_millis(millis)
    }

    fn opened(most: u32) -> Health {
        let mut health = Health::new(most);
        health.sent(0);
        health.answered(0);
        health
    }

    #[test]
    fn it_begins_with_one_request() {
        let mut health = Health::new(8);
        assert_eq!(health.allows(at(0), 0), Ok(()));
        health.sent(1);
        assert_eq!(health.allows(at(1), 1), Err(None));
        assert!(!health.is_troubled());
        health.answered(1);
        assert_eq!(health.allows(at(1), 1), Ok(()));
        assert_eq!(health.allows(at(1), 8), Err(None));
    }

    #[test]
    fn failed_probes_wait_longer_and_longer_and_a_success_opens() {
        let mut health = Health::new(8);
        let mut now = at(0);
        let mut waits = Vec::new();
        for ticket in 1..=7 {
            health.sent(ticket);
            health.failure(now, ticket, HIGH);
            let Err(Some(until)) = health.allows(now, 0) else { panic!("it must wait") };
            waits.push(until.saturating_sub(now).as_millis());
            now = until;
        }
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000]);
        assert!(health.is_troubled());
        health.sent(8);
        health.success(now, 8);
        assert_eq!(health.allows(now, 0), Ok(()));
    }

    #[test]
    fn most_of_many_failing_closes_it() {
        let mut health = opened(100);
        for ticket in 0..10 {
            health.success(at(ticket), ticket);
        }
        for ticket in 10..19 {
            health.failure(at(ticket), ticket, LOW);
        }
        assert_eq!(health.allows(at(19), 0), Ok(()), "9 of 19");
        health.failure(at(20), 20, LOW);
        assert_eq!(health.allows(at(20), 0), Err(Some(at(270))), "10 of 20");
        let mut slow = opened(100);
        for ticket in 0..40 {
            slow.failure(at(ticket * 1_000), ticket, LOW);
        }
        assert_eq!(slow.allows(at(40_000), 0), Ok(()), "never twenty in ten seconds");
    }

    #[test]
    fn the_window_halves_at_most_once_in_two_seconds_and_grows_by_ones() {
        let mut health = opened(64);
        for ticket in 0..5 {
            health.failure(at(ticket), ticket, LOW);
        }
        assert_eq!((health.allows(at(5), 31), health.allows(at(5), 32)), (Ok(()), Err(None)));
        health.failure(at(2_000), 9, LOW);
        health.success(at(2_100), 10);
        assert_eq!((health.allows(at(2_100), 16), health.allows(at(2_100), 17)), (Ok(()), Err(None)));
    }

    #[test]
    fn a_probe_that_is_withdrawn_makes_room_for_the_next() {
        let mut health = Health::new(8);
        health.sent(1);
        health.gone(1);
        assert_eq!(health.allows(at(1), 0), Ok(()));
    }
}
