//! A process that dies wherever it waits for anything: for the disk, a lock, a thread.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use redraft::{
    domain::{RewriteId, RewriteState},
    store::port::IntentKind,
    writeback::WriteBack,
};

use super::world::{AFTER, BEFORE, World, anna};

/// A task that is dropped after so many turns.
struct Mortal<F> {
    work: Pin<Box<F>>,
    turns: usize,
}

impl<F: Future> Future for Mortal<F> {
    /// `None` if it died.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match self.turns.checked_sub(1) {
            Some(left) => {
                self.turns = left;
                self.work.as_mut().poll(context).map(Some)
            }
            None => Poll::Ready(None),
        }
    }
}

/// Lets a process die after `turns`, another one recover; returns whether the first came to its end.
async fn one(world: &World, (id, kind): (RewriteId, IntentKind), turns: usize) -> bool {
    let (store, source) = world.again().await;
    let writer = WriteBack::new(store, source, "first".to_owned());
    let by = anna();
    let work = async {
        match kind {
            IntentKind::Write => drop(writer.write(id, &by).await.unwrap()),
            IntentKind::Revert => drop(writer.revert(id, &by).await.unwrap()),
        }
    };
    let ended = Mortal { work: Box::pin(work), turns }.await.is_some();
    drop(writer);
    let (store, source) = world.again().await;
    WriteBack::new(store, source, "second".to_owned()).recover(&["first".to_owned()]).await.unwrap();
    ended
}

async fn everywhere(kind: IntentKind) {
    const MOST: usize = 400;
    let world = World::new(MOST).await;
    let ids = world.approved(MOST).await;
    let mut written = 0;
    for (turns, id) in ids.into_iter().enumerate() {
        let candidate = world.rewrite(id).await.head.candidate;
        if kind == IntentKind::Revert {
            let earlier = WriteBack::new(world.store.clone(), world.source.clone(), "earlier".to_owned());
            earlier.write(id, &anna()).await.unwrap();
        }
        let ended = one(&world, (id, kind), turns).await;
        let (state, now) = (world.rewrite(id).await.head.state, world.now(&candidate).await.unwrap());
        let (from, done) = match kind {
            IntentKind::Write => ((RewriteState::Approved, BEFORE), (RewriteState::Written, AFTER)),
            IntentKind::Revert => ((RewriteState::Written, AFTER), (RewriteState::Ready, BEFORE)),
        };
        let is = |(expected, text): (RewriteState, [&str; 2])| state == expected && now == text.join("|");
        assert!(is(from) || is(done), "after {turns} turns: {state}, {now}");
        written += usize::from(is(done));
        if ended {
            assert!(is(done), "{state}, {now}");
            assert!(turns > 8 && written > 1, "{turns} turns, {written} written");
            return;
        }
    }
    panic!("it never ended");
}

#[tokio::test]
async fn a_write_back_that_dies_while_it_waits_is_recovered() {
    everywhere(IntentKind::Write).await;
}

#[tokio::test]
async fn an_undo_that_dies_while_it_waits_is_recovered() {
    everywhere(IntentKind::Revert).await;
}
