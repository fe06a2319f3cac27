//! What tells the application that something has changed: at most twice a second, however much happens.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{engine::port::Progress, tui::event::Notice};

/// The least time between two notices.
const EVERY: Duration = Duration::from_millis(500);

/// Both values are watched: the latest wins, and whoever writes never waits for a screen.
pub struct Feeds {
    store: Option<watch::Receiver<u64>>,
    progress: Option<watch::Receiver<Progress>>,
    latest: Arc<Progress>,
    not_before: Option<Instant>,
}

impl Feeds {
    /// Watches the store's counter of changes and the progress of batches.
    pub fn new(store: watch::Receiver<u64>, progress: watch::Receiver<Progress>) -> Self {
        let latest = Arc::new(progress.borrow().clone());
        Self { store: Some(store), progress: Some(progress), latest, not_before: None }
    }

    /// Watches nothing.
    pub fn none() -> Self {
        Self { store: None, progress: None, latest: Arc::default(), not_before: None }
    }

    /// How far batches were at the last notice of progress.
    pub fn progress(&self) -> Arc<Progress> {
        self.latest.clone()
    }

    /// The next notices, each kind once. May be dropped and called again without losing one; pends for ever if nothing
    /// is watched.
    pub async fn next(&mut self) -> Vec<Notice> {
        if let Some(not_before) = self.not_before {
            sleep_until(not_before).await;
        }
        tokio::select! {
            () = change(&mut self.store) => {}
            () = change(&mut self.progress) => {}
        }
        let mut notices = Vec::new();
        if self.store.as_mut().is_some_and(take_change) {
            notices.push(Notice::Store);
        }
        if let Some(progress) = &mut self.progress
            && take_change(progress)
        {
            self.latest = Arc::new(progress.borrow().clone());
            notices.push(Notice::Progress);
        }
        self.not_before = Some(Instant::now() + EVERY);
        notices
    }
}

/// Waits for a change without taking it; for ever if the writer is gone.
async fn change<T>(watched: &mut Option<watch::Receiver<T>>) {
    let Some(receiver) = watched else { return std::future::pending().await };
    if receiver.changed().await.is_ok() {
        receiver.mark_changed();
        return;
    }
    *watched = None;
    std::future::pending::<()>().await;
}

/// Whether there is a change that was not taken yet.
fn take_change<T>(watched: &mut watch::Receiver<T>) -> bool {
    let is_new = watched.has_changed().unwrap_or(false);
    watched.mark_unchanged();
    is_new
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_changes_is_a_trickle_of_notices() {
        let (store, watched) = watch::channel(0);
        let (_progress, progress) = watch::channel(Progress::default());
        let mut feeds = Feeds::new(watched, progress);
        let start = Instant::now();
        let mut notices = 0;
        while start.elapsed() < Duration::from_secs(10) {
            store.send_modify(|counter| *counter += 1);
            notices += usize::from(feeds.next().now_or_never().is_some());
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        assert!((19..=21).contains(&notices), "{notices}");
    }

    #[tokio::test(start_paused = true)]
    async fn progress_is_the_latest_and_an_ended_channel_is_silent() {
        let (store, watched) = watch::channel(0);
        let (progress, watched_progress) = watch::channel(Progress::default());
        let mut feeds = Feeds::new(watched, watched_progress);
        for rate in [1.0, 2.0] {
            progress.send_modify(|progress| progress.tokens_per_second = rate);
        }
        assert_eq!(feeds.next().await, [Notice::Progress]);
        assert!((feeds.progress().tokens_per_second - 2.0).abs() < f64::EPSILON);
        drop((store, progress));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(feeds.next().now_or_never(), None);
        assert_eq!(Feeds::none().next().now_or_never(), None);
    }
}
