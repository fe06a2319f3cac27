//! Repeatable chance: the same seed gives the same throws, today, on every machine and in every later version.
//!
//! Made-up candidates and simulated rewrites must not change when a dependency does, so the few lines stand here. For
//! keys, tokens or anything that must not be guessed this is the wrong place.

/// A generator of throws after the `SplitMix64` of Steele, Lea and Flood (2014).
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

/// The golden ratio in 64 bits, the step of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finishing function of `SplitMix64`: every bit of the result depends on every bit of `z`.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    /// Dice for a seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: mix(seed.wrapping_add(STEP)) }
    }

    /// Dice for one thing of many: independent of how often others were thrown.
    #[must_use]
    pub const fn fork(&self, index: u64) -> Self {
        Self { state: mix(self.state ^ mix(index.wrapping_add(STEP))) }
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number from 0 to `n − 1`; 0 if `n` is 0.
    #[allow(clippy::cast_possible_truncation, reason = "the result is below n")]
    pub const fn below(&mut self, n: usize) -> usize {
        ((self.next() as u128 * n as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included; `low` if `high` is less.
    pub const fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `permille` of 1,000 cases.
    pub const fn chance(&mut self, permille: usize) -> bool {
        self.below(1_000) < permille
    }

    /// One of them; `None` of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// One of them, as often as its weight says; `None` if all weights are 0.
    pub fn weighted<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> usize) -> Option<&'a T> {
        let mut left = self.below(from.iter().map(&weight).sum());
        from.iter().find(|item| {
            let weight = weight(item);
            let here = left < weight;
            left = left.saturating_sub(weight);
            here
        })
    }

    /// Puts them in another order, each order as likely as any other.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_throws_of_a_seed_never_change() {
        // The first values that the published generator gives for state 0.
        let mut dice = Dice { state: 0 };
        assert_eq!([dice.next(), dice.next()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        assert_ne!(Dice::new(7).next(), Dice::new(8).next());
        assert_ne!(Dice::new(7).fork(0).next(), Dice::new(7).fork(1).next());
    }

    #[test]
    fn every_number_comes_about_as_often() {
        let mut dice = Dice::new(1);
        let mut seen = [0; 10];
        (0..10_000).for_each(|_| seen[dice.below(10)] += 1);
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
        assert_eq!((0..1_000).filter(|_| dice.between(3, 5) > 5).count(), 0);
    }

    #[test]
    fn weights_count_and_nothing_is_picked_of_nothing() {
        let mut dice = Dice::new(1);
        let heavy = (0..1_000).filter(|_| dice.weighted(&[1, 9, 0], |w| *w) == Some(&9)).count();
        assert!((850..950).contains(&heavy), "{heavy}");
        assert_eq!(dice.weighted(&[0, 0], |w| *w), None);
        assert_eq!(dice.pick::<u8>(&[]), None);
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn shuffling_keeps_all() {
        let mut cards: Vec<u8> = (0..52).collect();
        Dice::new(5).shuffle(&mut cards);
        assert_ne!(cards, (0..52).collect::<Vec<u8>>());
        cards.sort_unstable();
        assert_eq!(cards, (0..52).collect::<Vec<u8>>());
    }
}
