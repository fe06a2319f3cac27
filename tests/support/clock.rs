//! A clock that stands still until a test moves it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use redraft::clock::Clock;

/// Begins at noon of 15 August 2026 (UTC).
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new("2026-08-15T12:00:00Z".parse().unwrap()))
    }
}

impl TestClock {
    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += SignedDuration::try_from(by).unwrap();
    }

    /// Goes to a time, also to an earlier one.
    pub fn set(&self, to: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to.parse().unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
