//! How long a request takes: drawn from a seeded generator, so that a prompt always takes the same time.

use std::time::Duration;

use rand::{Rng, RngExt};
use serde::Deserialize;

/// The times of a request before speed is applied.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// The queue's median, in milliseconds; its time is lognormal.
    pub queue_median_ms: f64,
    /// The spread of the queue's logarithm.
    pub queue_sigma: f64,
    /// The shortest time in the queue, in milliseconds.
    pub queue_min_ms: f64,
    /// The longest time in the queue, in milliseconds.
    pub queue_max_ms: f64,
    /// Reading one prompt token, in microseconds.
    pub prompt_us_per_token: f64,
    /// Reading any prompt, in milliseconds.
    pub prompt_fixed_ms: f64,
    /// By which share the decoding speed differs between requests, up or down.
    pub decode_spread: f64,
    /// The most token events in one write to the connection.
    pub coalesce: u32,
    /// Every so many milliseconds the queue is long for a while; 0 for never.
    pub burst_every_ms: u64,
    /// How long it is long, in milliseconds.
    pub burst_for_ms: u64,
    /// How many times as long it is then.
    pub burst_factor: f64,
}

impl Default for Latency {
    /// As observed at Groq.
    fn default() -> Self {
        Self {
            queue_median_ms: 90.0,
            queue_sigma: 0.8,
            queue_min_ms: 5.0,
            queue_max_ms: 1_100.0,
            prompt_us_per_token: 50.0,
            prompt_fixed_ms: 5.0,
            decode_spread: 0.08,
            coalesce: 8,
            burst_every_ms: 0,
            burst_for_ms: 0,
            burst_factor: 1.0,
        }
    }
}

/// How long the parts of one request take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Timing {
    /// Waiting.
    pub queue: Duration,
    /// Reading the prompt; the head of the answer is sent after it.
    pub prompt: Duration,
    /// One token.
    pub token: Duration,
}

impl Timing {
    /// The same, so many times slower.
    pub(super) const fn times(self, factor: u32) -> Self {
        Self {
            queue: self.queue.saturating_mul(factor),
            prompt: self.prompt.saturating_mul(factor),
            token: self.token.saturating_mul(factor),
        }
    }
}

/// What the times depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub prompt_tokens: u64,
    pub cached_tokens: u64,
    pub tokens_per_second: f64,
    pub speed: f64,
    /// When the request arrived, since the start.
    pub now: Duration,
}

impl Latency {
    /// Nothing takes any time.
    pub const NONE: Self = Self {
        queue_median_ms: 0.0,
        queue_sigma: 0.0,
        queue_min_ms: 0.0,
        queue_max_ms: 0.0,
        prompt_us_per_token: 0.0,
        prompt_fixed_ms: 0.0,
        decode_spread: 0.0,
        coalesce: 8,
        burst_every_ms: 0,
        burst_for_ms: 0,
        burst_factor: 1.0,
    };

    pub(super) fn is_sound(&self) -> bool {
        let numbers = [
            self.queue_median_ms,
            self.queue_sigma,
            self.queue_min_ms,
            self.queue_max_ms,
            self.prompt_us_per_token,
            self.prompt_fixed_ms,
            self.decode_spread,
            self.burst_factor,
        ];
        numbers.into_iter().all(|number| (0.0..=1e9).contains(&number))
            && self.queue_min_ms <= self.queue_max_ms
            && self.decode_spread < 1.0
            && self.coalesce >= 1
    }

    /// How many times as long as usual the queue is now.
    fn burst(&self, now: Duration) -> f64 {
        let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let within = millis.checked_rem(self.burst_every_ms).is_some_and(|since| since < self.burst_for_ms);
        if within { self.burst_factor } else { 1.0 }
    }

    /// Draws the times of one request.
    pub(super) fn draw(&self, random: &mut impl Rng, load: &Load) -> Timing {
        let queue = (self.queue_median_ms * (self.queue_sigma * normal(random)).exp())
            .clamp(self.queue_min_ms, self.queue_max_ms)
            * self.burst(load.now);
        // The fixed part shrinks with the cached share too: a prompt from the cache is read in about 0.1 ms.
        let (all, cached) = (count(load.prompt_tokens), count(load.cached_tokens));
        let fresh = if all > 0.0 { (all - cached).max(0.0) / all } else { 1.0 };
        let prompt = (self.prompt_fixed_ms + self.prompt_us_per_token * all / 1e3) * fresh;
        let drift = 1.0 + self.decode_spread * (2.0 * random.random::<f64>() - 1.0);
        let token = if load.tokens_per_second > 0.0 { 1e3 / (load.tokens_per_second * drift) } else { 0.0 };
        let millis = |time: f64| Duration::try_from_secs_f64(time / 1e3 / load.speed).unwrap_or_default();
        Timing { queue: millis(queue), prompt: millis(prompt), token: millis(token) }
    }
}

/// Counts of tokens are far below where a float loses whole numbers.
fn count(tokens: u64) -> f64 {
    u32::try_from(tokens).map_or(f64::from(u32::MAX), f64::from)
}

/// A standard normal number (Box and Muller).
fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const LOAD: Load = Load {
        prompt_tokens: 2_000,
        cached_tokens: 0,
        tokens_per_second: 500.0,
        speed: 1.0,
        now: Duration::from_millis(2_500),
    };

    fn draws(load: &Load) -> Vec<Timing> {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        (0..1_000).map(|_| Latency::default().draw(&mut random, load)).collect()
    }

    #[test]
    fn the_queue_has_its_median_and_its_bounds() {
        let mut queues: Vec<_> = draws(&LOAD).into_iter().map(|timing| timing.queue).collect();
        queues.sort();
        assert!((80..100).contains(&queues[500].as_millis()), "{:?}", queues[500]);
        assert!(queues[0] >= Duration::from_millis(5) && queues[999] <= Duration::from_millis(1_100));
    }

    #[test]
    fn prompt_and_tokens_take_what_was_observed() {
        for timing in draws(&LOAD) {
            assert_eq!(timing.prompt, Duration::from_millis(105));
            let token = timing.token.as_micros();
            assert!((1_851..=2_174).contains(&token), "{token}");
        }
    }

    #[test]
    fn a_cached_prompt_is_read_at_once() {
        let load = Load { cached_tokens: 1_998, ..LOAD };
        assert!(draws(&load)[0].prompt < Duration::from_micros(200));
    }

    #[test]
    fn speed_divides_everything_and_the_seed_repeats_it() {
        let (plain, fast) = (draws(&LOAD), draws(&Load { speed: 10.0, ..LOAD }));
        assert_eq!(plain, draws(&LOAD));
        for (plain, fast) in plain.iter().zip(&fast) {
            assert!(plain.queue.abs_diff(fast.queue * 10) < Duration::from_micros(1));
            assert!(plain.token.abs_diff(fast.token * 10) < Duration::from_micros(1));
        }
    }

    #[test]
    fn in_a_burst_the_queue_is_longer() {
        let latency =
            Latency { burst_every_ms: 2_000, burst_for_ms: 600, burst_factor: 10.0, ..Latency::default() };
        let queue = |millis| {
            let load = Load { now: Duration::from_millis(millis), ..LOAD };
            latency.draw(&mut ChaCha8Rng::seed_from_u64(5), &load).queue
        };
        assert_eq!((queue(2_500), queue(599)), (queue(0), queue(0)));
        assert!(queue(2_600).abs_diff(queue(2_599) / 10) < Duration::from_micros(1));
    }

    #[test]
    fn no_latency_is_none() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let load = Load { tokens_per_second: 0.0, ..LOAD };
        assert_eq!(Latency::NONE.draw(&mut random, &load), Timing::default());
    }
}
