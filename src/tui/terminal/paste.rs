//! Guards against what may ride behind a paste. Pure: the time is an argument.
//!
//! A paste ends at the first end mark, also at one inside the pasted text: what follows arrives as keys. So keys that
//! arrive right after a paste are dropped.

use std::time::Duration;

use tokio::time::Instant;

/// How long keys are dropped after a paste.
const QUIET: Duration = Duration::from_millis(150);
/// The most that one paste may hold, in bytes; the rest is cut off.
const CAP: usize = 1 << 20;

/// Remembers the last paste.
#[derive(Debug, Default, Clone)]
pub(super) struct PasteGuard {
    until: Option<Instant>,
}

impl PasteGuard {
    /// A paste has arrived; returns what is let through of it.
    pub(super) fn paste(&mut self, mut text: String, now: Instant) -> String {
        self.until = Some(now + QUIET);
        text.truncate(text.floor_char_boundary(CAP));
        text
    }

    /// Whether a key that arrives now is let through. A key that is dropped prolongs the wait.
    pub(super) fn lets_through(&mut self, now: Instant) -> bool {
        let blocked = self.until.is_some_and(|until| now < until);
        self.until = blocked.then_some(now + QUIET);
        !blocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn keys_behind_a_paste_are_dropped() {
        let start = Instant::now();
        let ms = |number| start + Duration::from_millis(number);
        let mut guard = PasteGuard::default();
        assert!(guard.lets_through(start));
        assert_eq!(guard.paste("hello".to_owned(), start), "hello");
        assert!(!guard.lets_through(ms(100)));
        assert!(!guard.lets_through(ms(200)), "a stream of smuggled keys does not wait it out");
        assert!(guard.lets_through(ms(351)));
        assert!(guard.lets_through(ms(352)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_huge_paste_is_cut_between_characters() {
        let mut guard = PasteGuard::default();
        let text = guard.paste("ä".repeat(CAP), Instant::now());
        assert_eq!(text.len(), CAP);
        let odd = guard.paste(format!("x{}", "ä".repeat(CAP)), Instant::now());
        assert_eq!(odd.len(), CAP - 1);
    }
}
