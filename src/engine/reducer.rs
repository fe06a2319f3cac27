//! How far a batch is, from what has happened: rates, remaining time, the last minutes. The only writer of progress.

use std::{collections::VecDeque, time::Duration};

use super::admission::Moment;

/// The rate of now is that of so long.
const NOW: Duration = Duration::from_secs(10);
/// Intervals that are shown.
const BINS: usize = 60;

/// What this worker has seen of a batch.
#[derive(Debug)]
pub struct Tally {
    began: Moment,
    finished: u64,
    last: VecDeque<Moment>,
    bins: Vec<u32>,
    interval: Duration,
    limited: u64,
}

/// The likely, the shortest and the longest remaining time.
pub type Eta = (Duration, Duration, Duration);

impl Tally {
    /// Begins now, with intervals of a second.
    pub const fn new(now: Moment) -> Self {
        Self {
            began: now,
            finished: 0,
            last: VecDeque::new(),
            bins: Vec::new(),
            interval: Duration::from_secs(1),
            limited: 0,
        }
    }

    /// A rewrite was finished.
    pub fn finish(&mut self, now: Moment) {
        self.finished += 1;
        self.last.push_back(now);
        self.trim(now);
        let at = self.bin(now);
        if let Some(bin) = self.bins.get_mut(at) {
            *bin += 1;
        }
    }

    /// The provider refused with 429.
    pub const fn limit(&mut self) {
        self.limited += 1;
    }

    /// Answers of 429 so far.
    pub const fn limited(&self) -> u64 {
        self.limited
    }

    /// Rewrites a second in the last ten seconds, and since the beginning.
    pub fn rates(&self, now: Moment) -> (f64, f64) {
        let since = |from: Moment| now.saturating_sub(from).as_secs_f64().max(1.0);
        let recent = self.last.iter().filter(|at| **at + NOW > now).count();
        let span = since(self.began).min(NOW.as_secs_f64());
        (count(recent) / span, whole(self.finished) / since(self.began))
    }

    /// How long `left` more rewrites will take: likely, at best, at worst. `None` as long as none was finished.
    pub fn eta(&self, now: Moment, left: u64) -> Option<Eta> {
        let (recent, average) = self.rates(now);
        if self.finished == 0 || average <= 0.0 {
            return None;
        }
        let (recent, left) = (if recent > 0.0 { recent } else { average / 2.0 }, whole(left));
        let time = |rate: f64| Duration::try_from_secs_f64(left / rate).unwrap_or(Duration::MAX);
        let likely = f64::midpoint(recent, average);
        Some((time(likely), time(recent.max(average) * 1.1), time(recent.min(average) * 0.9)))
    }

    /// Rewrites finished in each of the last intervals, oldest first, and the length of one. The intervals grow with
    /// the batch, so that all of it is shown.
    pub fn history(&mut self, now: Moment) -> (Vec<u32>, Duration) {
        self.bin(now);
        (self.bins.clone(), self.interval)
    }

    /// The place of an instant; makes the intervals up to it.
    fn bin(&mut self, now: Moment) -> usize {
        let passed = now.saturating_sub(self.began);
        loop {
            let at =
                usize::try_from(passed.as_millis() / self.interval.as_millis().max(1)).unwrap_or(usize::MAX);
            if at < BINS {
                if self.bins.len() <= at {
                    self.bins.resize(at + 1, 0);
                }
                return at;
            }
            self.bins = self.bins.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.interval *= 2;
        }
    }

    fn trim(&mut self, now: Moment) {
        while self.last.front().is_some_and(|at| *at + NOW <= now) {
            self.last.pop_front();
        }
    }
}

/// The tokens of all streams in the last seconds.
#[derive(Debug, Default)]
pub struct Speed(VecDeque<(Moment, u64)>);

impl Speed {
    const SPAN: Duration = Duration::from_secs(3);

    /// Takes the number of tokens so far and returns how many come a second.
    pub fn read(&mut self, now: Moment, tokens: u64) -> f64 {
        while self.0.len() > 1 && self.0.front().is_some_and(|(at, _)| *at + Self::SPAN < now) {
            self.0.pop_front();
        }
        self.0.push_back((now, tokens));
        let (at, before) = self.0.front().copied().unwrap_or((now, tokens));
        let passed = now.saturating_sub(at).as_secs_f64();
        if passed > 0.0 { whole(tokens.saturating_sub(before)) / passed } else { 0.0 }
    }
}

fn count(number: usize) -> f64 {
    whole(number as u64)
}

#[allow(clippy::cast_precision_loss, reason = "numbers of rewrites and tokens are far below 2^53")]
const fn whole(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Moment {
        Duration::from_secs(seconds)
    }

    #[test]
    fn rates_are_of_now_and_of_all() {
        let mut tally = Tally::new(at(0));
        assert_eq!(tally.rates(at(5)), (0.0, 0.0));
        (1..=40).for_each(|second| tally.finish(at(second)));
        assert_eq!(tally.rates(at(40)), (1.0, 1.0));
        assert_eq!(tally.rates(at(80)), (0.0, 0.5));
        let mut young = Tally::new(at(0));
        (0..8).for_each(|_| young.finish(at(2)));
        assert_eq!(young.rates(at(4)), (2.0, 2.0));
    }

    #[test]
    fn the_remaining_time_lies_between_best_and_worst() {
        let mut tally = Tally::new(at(0));
        assert_eq!(tally.eta(at(5), 100), None);
        (1..=40).for_each(|second| tally.finish(at(second)));
        let (likely, best, worst) = tally.eta(at(40), 100).unwrap();
        assert_eq!(likely, at(100));
        assert!(best < likely && likely < worst);
        let (slow, ..) = tally.eta(at(80), 100).unwrap();
        assert!(slow > at(200), "nothing was finished lately");
        assert_eq!(tally.eta(at(40), 0).unwrap().0, at(0));
    }

    #[test]
    fn intervals_grow_so_that_all_is_shown() {
        let mut tally = Tally::new(at(10));
        (10..310).for_each(|second| tally.finish(at(second)));
        let (bins, interval) = tally.history(at(309));
        assert_eq!(interval, at(8));
        assert_eq!(bins.len(), 38);
        assert_eq!(bins.iter().sum::<u32>(), 300);
        assert!(bins[..37].iter().all(|bin| *bin == 8), "{bins:?}");
    }

    #[test]
    fn tokens_are_counted_over_a_few_seconds() {
        let mut speed = Speed::default();
        let speeds: Vec<u64> = [(0, 0), (1, 100), (2, 300), (10, 300), (14, 300)]
            .map(|(second, tokens)| crate::engine::admission::rounded(speed.read(at(second), tokens)))
            .to_vec();
        assert_eq!(speeds, [0, 100, 150, 0, 0]);
    }
}
