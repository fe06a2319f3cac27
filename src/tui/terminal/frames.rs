//! When the next frame is drawn. Pure: the time is an argument.

use std::time::Duration;

use tokio::time::Instant;

/// How long after a key something that comes is what the key has asked for.
const AWAITED: Duration = Duration::from_secs(1);
/// How many such things are shown at once after a key.
const FOLLOWERS: u8 = 4;

/// Requests for frames, merged into the earliest.
#[derive(Debug, Clone)]
pub struct Frames {
    /// The least time between two frames, so that a slow line is not flooded. The answer to a key does not wait, and
    /// neither does what the key has asked for.
    least: Duration,
    wanted: Option<Instant>,
    last: Option<Instant>,
    /// Until when something may follow a key, and how many more.
    follows: Option<(Instant, u8)>,
}

impl Frames {
    /// At most `rate` frames a second.
    pub fn new(rate: u16) -> Self {
        Self {
            least: Duration::from_secs(1) / u32::from(rate.max(1)),
            wanted: None,
            last: None,
            follows: None,
        }
    }

    /// Wants a frame soon: something has changed.
    pub fn request(&mut self, now: Instant) {
        self.request_in(now, Duration::ZERO);
    }

    /// Wants a frame after a while.
    pub fn request_in(&mut self, now: Instant, after: Duration) {
        let soonest = self.last.map_or(now, |last| (last + self.least).max(now));
        let at = (now + after).max(soonest);
        self.wanted = Some(self.wanted.map_or(at, |wanted| wanted.min(at)));
    }

    /// Wants a frame at once: somebody has pressed a key.
    pub fn answer(&mut self, now: Instant) {
        self.wanted = Some(now);
        self.follows = Some((now + AWAITED, FOLLOWERS));
    }

    /// Wants a frame at once if somebody has just pressed a key, for this may be what it asked for; else soon.
    pub fn follow(&mut self, now: Instant) {
        match &mut self.follows {
            Some((until, left @ 1..)) if *until > now => {
                *left -= 1;
                self.wanted = Some(now);
            }
            Some(_) | None => self.request(now),
        }
    }

    /// When the next frame is due, if one is wanted.
    pub const fn next(&self) -> Option<Instant> {
        self.wanted
    }

    /// Whether it is due.
    pub fn due(&self, now: Instant) -> bool {
        self.wanted.is_some_and(|wanted| wanted <= now)
    }

    /// A frame was drawn, which shows all that was wanted up to now.
    pub const fn drawn(&mut self, now: Instant) {
        self.wanted = None;
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn requests_merge_into_the_earliest() {
        let start = Instant::now();
        let mut frames = Frames::new(30);
        assert_eq!(frames.next(), None);
        frames.request_in(start, 50 * MS);
        frames.request_in(start, 80 * MS);
        assert_eq!(frames.next(), Some(start + 50 * MS));
        frames.request(start + 10 * MS);
        assert_eq!(frames.next(), Some(start + 10 * MS));
        assert!(!frames.due(start + 9 * MS) && frames.due(start + 10 * MS));
    }

    #[tokio::test(start_paused = true)]
    async fn frames_keep_their_distance_but_a_key_is_answered_at_once() {
        let start = Instant::now();
        let mut frames = Frames::new(30);
        frames.request(start);
        frames.drawn(start);
        assert_eq!(frames.next(), None);
        frames.request(start + 5 * MS);
        assert_eq!(frames.next(), Some(start + Duration::from_secs(1) / 30));
        frames.answer(start + 6 * MS);
        assert!(frames.due(start + 6 * MS));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_key_has_asked_for_is_shown_at_once_a_few_times_and_for_a_while() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut frames = Frames::new(1);
        frames.drawn(start);
        frames.follow(start);
        assert_eq!(frames.next(), Some(start + second), "no key was pressed");
        frames.answer(start);
        for _ in 0..FOLLOWERS {
            frames.drawn(start);
            frames.follow(start + MS);
            assert_eq!(frames.next(), Some(start + MS));
        }
        frames.drawn(start);
        frames.follow(start + 2 * MS);
        assert_eq!(frames.next(), Some(start + second), "too many");
        frames.answer(start);
        frames.drawn(start);
        frames.follow(start + second);
        assert_eq!(frames.next(), Some(start + second), "too late");
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_of_requests_draws_thirty_frames() {
        let start = Instant::now();
        let mut frames = Frames::new(30);
        let mut drawn = 0;
        for millisecond in 0..1_000 {
            let now = start + millisecond * MS;
            frames.request(now);
            if frames.due(now) {
                frames.drawn(now);
                drawn += 1;
            }
        }
        assert_eq!(drawn, 30);
    }
}
