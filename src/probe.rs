//! A place through which every statement to either database passes, so that a test can let a process die at any of them.
//!
//! The promise of the write-back is about two databases and a process that may die between any two statements. It can
//! only be tried if there is something to hold the process by. Without a probe an operation is run and nothing else
//! happens; no configuration sets one.

use std::{pin::Pin, sync::Arc};

use async_trait::async_trait;

/// Which database an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The store.
    Store,
    /// The candidate database.
    Candidates,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Op {
    /// For which database.
    pub side: Side,
    /// What it is: `begin`, `query`, `exec`, `script`, `commit` or `rollback`.
    pub label: &'static str,
}

/// Who watches the operations of a task.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Called before each operation, and once more after it. A probe that does not return has let the process die.
    async fn pass(&self, op: Op, moment: Moment);
}

/// On which side of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// It was not sent yet.
    Before,
    /// It was answered; a process that dies now has not seen the answer.
    After,
}

tokio::task_local! {
    static PROBE: Arc<dyn Probe>;
}

/// Runs `work` under a probe.
pub async fn under<F: Future>(probe: Arc<dyn Probe>, work: F) -> F::Output {
    PROBE.scope(probe, work).await
}

/// Runs one operation. It is on the heap, because what waits for it would else hold room for the largest of them.
pub(crate) fn op<'a, T: Send>(
    side: Side,
    label: &'static str,
    work: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(async move {
        let Ok(probe) = PROBE.try_with(Arc::clone) else { return work.await };
        let op = Op { side, label };
        probe.pass(op, Moment::Before).await;
        let answer = work.await;
        probe.pass(op, Moment::After).await;
        answer
    })
}
