//! The text of a rewrite while it streams in, for whoever watches it. Without a watcher it is only kept, which costs as
//! much as receiving it; nothing is sent anywhere.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::domain::RewriteId;

/// A watcher is told at most this often; nobody reads faster.
const EVERY: Duration = Duration::from_millis(30);

/// Everybody's text.
#[derive(Debug, Default)]
pub struct Live {
    inner: Mutex<Inner>,
    tokens: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    tapes: HashMap<RewriteId, Arc<Tape>>,
    watched: HashMap<RewriteId, watch::Sender<Arc<str>>>,
}

/// The text of one rewrite in flight.
#[derive(Debug, Default)]
pub struct Tape {
    text: Mutex<String>,
    watched: AtomicBool,
    /// When a watcher was told last.
    told: Mutex<Option<Instant>>,
}

impl Live {
    /// Watches a rewrite: its text so far, and more as it comes. Empty as long as it is not in flight.
    pub fn watch(&self, rewrite: RewriteId) -> watch::Receiver<Arc<str>> {
        let mut inner = lock(&self.inner);
        inner.watched.retain(|_, sender| sender.receiver_count() > 0);
        let tape = inner.tapes.get(&rewrite).cloned();
        let text: Arc<str> = tape.as_ref().map_or_else(|| "".into(), |tape| lock(&tape.text).as_str().into());
        if let Some(tape) = tape {
            tape.watched.store(true, Ordering::Release);
        }
        if let Some(sender) = inner.watched.get(&rewrite) {
            let receiver = sender.subscribe();
            sender.send_replace(text);
            return receiver;
        }
        let (sender, receiver) = watch::channel(text);
        inner.watched.insert(rewrite, sender);
        receiver
    }

    /// Begins a new text: a rewrite is sent, perhaps once more.
    pub(super) fn begin(&self, rewrite: RewriteId) -> Arc<Tape> {
        let mut inner = lock(&self.inner);
        let tape = Arc::new(Tape::default());
        tape.watched.store(inner.watched.contains_key(&rewrite), Ordering::Release);
        inner.tapes.insert(rewrite, Arc::clone(&tape));
        if let Some(sender) = inner.watched.get(&rewrite) {
            sender.send_replace("".into());
        }
        tape
    }

    /// More text came: one token, mostly.
    pub(super) fn push(&self, rewrite: RewriteId, tape: &Tape, text: &str) {
        self.tokens.fetch_add(1, Ordering::Relaxed);
        lock(&tape.text).push_str(text);
        if !tape.watched.load(Ordering::Acquire) {
            return;
        }
        let now = Instant::now();
        let mut told = lock(&tape.told);
        if told.is_none_or(|at| now >= at + EVERY) {
            *told = Some(now);
            self.tell(rewrite, tape);
        }
    }

    /// The last text came.
    pub(super) fn end(&self, rewrite: RewriteId, tape: &Tape) {
        if tape.watched.load(Ordering::Acquire) {
            self.tell(rewrite, tape);
        }
        lock(&self.inner).tapes.remove(&rewrite);
    }

    /// Pieces of text so far, of all rewrites: about as many as tokens.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens.load(Ordering::Relaxed)
    }

    fn tell(&self, rewrite: RewriteId, tape: &Tape) {
        let mut inner = lock(&self.inner);
        let Some(sender) = inner.watched.get(&rewrite) else { return };
        if sender.receiver_count() == 0 {
            inner.watched.remove(&rewrite);
            tape.watched.store(false, Ordering::Release);
            return;
        }
        sender.send_replace(lock(&tape.text).as_str().into());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: fn() -> RewriteId = || RewriteId::new(Uuid::from_u128(7));

    #[tokio::test(start_paused = true)]
    async fn a_watcher_sees_the_text_grow_whenever_it_comes() {
        let live = Live::default();
        let mut early = live.watch(ID());
        assert_eq!(&**early.borrow_and_update(), "");
        let tape = live.begin(ID());
        live.push(ID(), &tape, "one ");
        assert_eq!(&**early.borrow_and_update(), "one ");
        live.push(ID(), &tape, "two ");
        assert_eq!(&**early.borrow(), "one ", "not so soon again");
        let late = live.watch(ID());
        assert_eq!(&**late.borrow(), "one two ");
        tokio::time::advance(EVERY).await;
        live.push(ID(), &tape, "three");
        assert_eq!((&**early.borrow(), &**late.borrow()), ("one two three", "one two three"));
        live.push(ID(), &tape, ".");
        live.end(ID(), &tape);
        assert_eq!(&**late.borrow(), "one two three.");
        assert_eq!(live.tokens(), 4);
    }

    #[test]
    fn nobody_is_told_when_nobody_watches() {
        let live = Live::default();
        drop(live.watch(ID()));
        let tape = live.begin(ID());
        live.push(ID(), &tape, "one");
        assert!(!tape.watched.load(Ordering::Acquire));
        live.end(ID(), &tape);
        assert!(lock(&live.inner).tapes.is_empty());
    }
}
