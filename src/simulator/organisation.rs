//! An organisation's limits for one model while time passes: they may change, and others may use them too.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    limiter::{Account, Demand, Dimension, Level, Refusal, ReserveMode, Used},
    limits::Limits,
    scenario::Foreign,
};

/// The limits of one organisation for one model.
#[derive(Debug)]
pub(super) struct Organisation {
    account: Account,
    /// Limits that come into force later, the next one last.
    changes: Vec<(Duration, Limits)>,
    others: Option<Others>,
}

/// Requests of others in the same organisation: a Poisson process.
#[derive(Debug)]
struct Others {
    tokens: u64,
    /// The mean time between two.
    every: f64,
    next: Duration,
    random: ChaCha8Rng,
}

impl Organisation {
    pub(super) fn new(limits: &Limits, mode: ReserveMode) -> Self {
        Self { account: Account::new(limits, mode), changes: Vec::new(), others: None }
    }

    /// The same, with limits that change at these times after the start.
    pub(super) fn changing(mut self, mut changes: Vec<(Duration, Limits)>) -> Self {
        changes.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        self.changes = changes;
        self
    }

    /// The same, used by others too. Without a limit of tokens a minute there is nothing that they could take.
    pub(super) fn shared(mut self, limits: &Limits, foreign: Foreign, seed: u64) -> Self {
        let limit = u32::try_from(limits.tpm.unwrap_or(0)).unwrap_or(u32::MAX);
        let a_second = f64::from(limit) * foreign.share / 60.0;
        if a_second > 0.0 {
            let every = f64::from(foreign.tokens) / a_second;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let next = wait(every, &mut random);
            self.others = Some(Others { tokens: foreign.tokens.into(), every, next, random });
        }
        self
    }

    /// Charges a demand, or tells what refuses it.
    pub(super) fn admit(&mut self, now: Duration, demand: Demand) -> Result<(), Refusal> {
        self.catch_up(now);
        self.account.admit(now, demand)
    }

    /// Replaces what was charged by what was used.
    pub(super) fn settle(&mut self, now: Duration, demand: Demand, used: Used) {
        self.catch_up(now);
        self.account.settle(now, demand, used);
    }

    /// The level of a dimension, if it is limited.
    pub(super) fn level(&mut self, now: Duration, dimension: Dimension) -> Option<Level> {
        self.catch_up(now);
        self.account.level(now, dimension)
    }

    /// Does what has happened since, in its order.
    fn catch_up(&mut self, now: Duration) {
        loop {
            let change = self.changes.last().map(|(at, _)| *at).filter(|at| *at <= now);
            let other = self.others.as_ref().map(|others| others.next).filter(|at| *at <= now);
            match (change, other) {
                (Some(at), other) if other.is_none_or(|other| at <= other) => {
                    if let Some((at, limits)) = self.changes.pop() {
                        self.account.change(at, &limits);
                    }
                }
                (_, Some(at)) => {
                    if let Some(others) = &mut self.others {
                        let demand = Demand { prompt: others.tokens, cap: 0 };
                        // Refused or not: they are as patient as anybody.
                        let _taken = self.account.admit(at, demand).is_ok();
                        others.next = at + wait(others.every, &mut others.random);
                    }
                }
                (_, None) => return,
            }
        }
    }
}

/// An exponentially distributed time; a microsecond at the least.
fn wait(mean: f64, random: &mut ChaCha8Rng) -> Duration {
    let seconds = -(1.0 - random.random::<f64>()).ln() * mean;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 4).max(Duration::from_micros(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TPM: Limits = Limits { tpm: Some(60_000), ..Limits::NONE };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn remaining(organisation: &mut Organisation, seconds: u64) -> u64 {
        organisation.level(at(seconds), Dimension::Tpm).unwrap().remaining
    }

    #[test]
    fn limits_change_when_their_time_comes_and_what_was_used_stays_used() {
        let smaller = Limits { tpm: Some(6_000), ..Limits::NONE };
        let changes = vec![(at(200), TPM), (at(100), smaller)];
        let mut organisation = Organisation::new(&TPM, ReserveMode::PromptOnly).changing(changes);
        organisation.admit(at(99), Demand { prompt: 5_000, cap: 0 }).unwrap();
        assert_eq!(remaining(&mut organisation, 99), 55_000);
        assert_eq!(remaining(&mut organisation, 100), 2_000, "a second of refill, and 4,000 are used");
        let refusal = organisation.admit(at(100), Demand { prompt: 7_000, cap: 0 }).unwrap_err();
        assert_eq!(refusal.limit, 6_000);
        assert_eq!(remaining(&mut organisation, 200), 60_000);
    }

    #[test]
    fn others_take_their_share() {
        let foreign = Foreign { tokens: 300, share: 0.2 };
        let mut organisation = Organisation::new(&TPM, ReserveMode::PromptOnly).shared(&TPM, foreign, 7);
        // All that is there is taken every second: 800 a second are left of 1,000.
        let mut got = 0;
        for second in 1..=600 {
            let left = remaining(&mut organisation, second);
            if organisation.admit(at(second), Demand { prompt: left, cap: 0 }).is_ok() {
                got += left;
            }
        }
        let mean = (got - 60_000) / 600;
        assert!((740..860).contains(&mean), "{mean}");
    }
}
