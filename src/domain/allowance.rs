//! What is left of a provider's limit of a minute, as the workers on one store reckon it together.

use std::time::Duration;

const MINUTE: i64 = 60_000_000;
/// What is counted is kept in thousandths: a limit of a few requests a minute refills in fractions.
const PARTS: i64 = 1_000;

/// What a request takes of one of the provider's limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The model and what is counted.
    pub pool: String,
    /// The limit: so much comes back in a minute.
    pub minute: u64,
    /// What is left as far as the worker knows from the provider's answers.
    pub level: u64,
    /// What the request takes at the most; with 0 the level is certain: the provider told it.
    pub amount: u64,
    /// What is to be left alone.
    pub spare: u64,
}

/// A bucket at an instant: it refills continuously.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What is left, in thousandths; below zero after more was used than was drawn.
    pub level: i64,
    /// When, in microseconds.
    pub at: i64,
}

impl Allowance {
    /// Returns what is left now. What the provider told of less is believed: somebody outside of redraft may use the same
    /// limit. What a worker reckons is not: amid a burst it is too low, and what is lowered here stays low. If nobody has
    /// drawn yet, nobody else knows anything.
    pub fn seen(kept: Option<Self>, draw: &Draw, now: i64) -> Self {
        let known = parts(draw.level);
        let level = match kept {
            None => known,
            Some(kept) => {
                let level = kept.level.saturating_add(refill(now - kept.at, parts(draw.minute)));
                if draw.amount == 0 { known.min(level) } else { level }
            }
        };
        Self { level: level.min(parts(draw.minute)), at: now }
    }

    /// Returns how long to wait until there is enough. What is larger than the limit is for the worker to refuse, not for
    /// the others to wait for.
    pub fn wait(&self, draw: &Draw) -> Option<Duration> {
        let need = parts(draw.amount.saturating_add(draw.spare)).min(parts(draw.minute));
        let missing = need - self.level;
        (missing > 0).then(|| refill_time(missing, parts(draw.minute)))
    }

    /// Returns what is left when so much was taken.
    #[must_use]
    pub fn less(self, amount: u64) -> Self {
        Self { level: self.level - parts(amount), ..self }
    }

    /// Returns so much, or takes it if negative, in the unit of [`Self::level`].
    pub const fn change(amount: i64) -> i64 {
        amount.saturating_mul(PARTS)
    }

    /// Returns the level of a full bucket.
    pub fn full(minute: u64) -> i64 {
        parts(minute)
    }
}

/// What comes back in a time, in microseconds.
fn refill(elapsed: i64, minute: i64) -> i64 {
    let elapsed = elapsed.clamp(0, MINUTE);
    i64::try_from(i128::from(elapsed) * i128::from(minute) / i128::from(MINUTE)).unwrap_or(i64::MAX)
}

/// The time in which so much comes back.
fn refill_time(missing: i64, minute: i64) -> Duration {
    let micros = i128::from(missing) * i128::from(MINUTE) / i128::from(minute.max(1)) + 1_000;
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// An amount in thousandths, no larger than can be reckoned with.
fn parts(amount: u64) -> i64 {
    i64::try_from(amount.min(1 << 42)).unwrap_or(i64::MAX) * PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(level: u64, amount: u64) -> Draw {
        Draw { pool: String::new(), minute: 60_000, level, amount, spare: 0 }
    }

    #[test]
    fn what_comes_back_follows_the_limit() {
        assert_eq!((refill(60_000_000, 250_000), refill(6_000_000, 250_000)), (250_000, 25_000));
        assert_eq!(refill(-5, 250_000), 0, "a clock that goes back gives nothing");
        assert_eq!(refill(i64::MAX, 250_000), 250_000, "a minute fills it");
        assert_eq!(refill_time(25_000, 250_000), Duration::from_millis(6_001));
    }

    #[test]
    fn what_is_left_alone_is_waited_for_and_never_more_than_the_limit() {
        let left = Allowance::seen(None, &draw(10_000, 0), 0);
        assert_eq!(left.wait(&draw(0, 10_000)), None);
        assert_eq!(
            left.wait(&Draw { spare: 3_000, ..draw(0, 9_000) }),
            Some(Duration::from_millis(2_001)),
            "2,000 are missing, a thousand a second"
        );
        let full = Allowance { level: Allowance::full(60_000), at: 0 };
        assert_eq!(full.wait(&Draw { spare: 3_000, ..draw(0, 90_000) }), None);
    }

    #[test]
    fn what_the_provider_told_is_believed_and_what_a_worker_reckons_is_not() {
        let kept = Some(Allowance { level: Allowance::full(40_000), at: 0 });
        let level = |draw: &Draw| Allowance::seen(kept, draw, 1_000_000).level / PARTS;
        assert_eq!(level(&draw(60_000, 2_000)), 41_000);
        assert_eq!(level(&draw(7_000, 2_000)), 41_000);
        assert_eq!(level(&draw(7_000, 0)), 7_000, "the provider said so");
        assert_eq!(level(&draw(60_000, 0)), 41_000, "others have drawn since");
    }
}
