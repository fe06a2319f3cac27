//! What Batches asks and what it is answered, on the ports.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::{
    domain::{
        Batch, BatchId, BatchRef, BatchState, Money, PauseReason, RewriteHead, RewriteId, RewriteState,
    },
    error::{Error, Result},
    review::filter::{Expr, Filter, Term, YesNo},
    store::port::{FailureGroup, RewriteQuery, Sort, StoreResult},
    tui::backend::{self, More, Services},
};

/// How many batches are listed.
const LISTED: u32 = 200;
/// The least time between two states of a reply that comes in: over SSH each costs a frame.
const EVERY: Duration = Duration::from_millis(150);

/// After this long without a new word the store is asked whether the reply is over.
const SILENT: Duration = Duration::from_secs(1);

/// What Batches asks of the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The batches, newest first.
    Read,
    /// What is known about one beyond its row, with the heads of these rewrites.
    Details(BatchId, Vec<RewriteId>),
    /// The reply that is coming in for a rewrite.
    Follow(RewriteId),
    /// Pauses, resumes or cancels a batch.
    Move(BatchId, BatchState),
    /// Queues its failed rewrites again.
    Retry(BatchId),
    /// Changes its budget.
    Budget(BatchId, Money),
}

/// What Batches is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The batches.
    Batches(Vec<Batch>),
    /// What is known about one.
    Details(Details),
    /// A reply as far as it has come; more follows.
    Text(String),
    /// The reply is complete, or has broken off.
    End,
    /// Another process receives the reply, or it is over already.
    Elsewhere,
    /// The batch moved.
    Moved(Box<Batch>),
    /// So many rewrites are queued again.
    Queued(u64),
    /// The budget was changed.
    Budgeted(Box<Batch>),
}

/// What is known about a batch beyond its row.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Details {
    /// Its failures by reason, most frequent first.
    pub failures: Vec<FailureGroup>,
    /// The rewrites whose replies come in now.
    pub running: Vec<RewriteHead>,
    /// How many of its texts a person has edited.
    pub edited: u64,
}

/// Answers a request on the ports.
pub async fn answer(request: Request, services: &Services, more: &More) -> Result<Answer> {
    let store = &services.store;
    if let Request::Move(..) | Request::Retry(_) | Request::Budget(..) = &request {
        services.policy.writes()?;
    }
    let answer = match request {
        Request::Follow(id) => return Ok(follow(id, services, more).await),
        Request::Read => store.batches(LISTED).await.map(Answer::Batches),
        Request::Details(id, live) => details(id, live, services).await.map(Answer::Details),
        Request::Move(id, state) => {
            store.move_batch(id, &state).await.map(|batch| Answer::Moved(Box::new(batch)))
        }
        Request::Retry(id) => store.retry_failed(id, None).await.map(Answer::Queued),
        Request::Budget(id, budget) => set_budget(id, budget, services).await,
    };
    answer.map_err(Error::from)
}

/// Sets the budget; a batch that its old budget has stopped goes on.
async fn set_budget(id: BatchId, budget: Money, services: &Services) -> StoreResult<Answer> {
    let batch = services.store.set_budget(id, budget).await?;
    let has_room = batch.spent + batch.reserved < batch.spec.budget;
    if batch.state == BatchState::Paused(PauseReason::Budget) && has_room {
        services.store.move_batch(id, &BatchState::Running).await?;
    }
    Ok(Answer::Budgeted(Box::new(batch)))
}

async fn details(id: BatchId, live: Vec<RewriteId>, services: &Services) -> StoreResult<Details> {
    let of_batch = |term| Expr::Term(Term::Batch(vec![BatchRef::Id(id)])).and(Expr::Term(term));
    let number = u32::try_from(live.len()).unwrap_or(u32::MAX);
    let running =
        RewriteQuery { filter: of_batch(Term::Id(live)), sort: Sort::Recent, after: None, limit: number };
    let edited: Filter = of_batch(Term::Edited(YesNo::Yes));
    Ok(Details {
        failures: services.store.failures(id).await?,
        running: if number == 0 { Vec::new() } else { services.store.rewrites(&running).await? },
        edited: services.store.counts(&edited).await?.total(),
    })
}

async fn is_over(id: RewriteId, services: &Services) -> bool {
    let rewrite = services.store.rewrite(id).await;
    rewrite.is_ok_and(|rewrite| !matches!(rewrite.head.state, RewriteState::Queued | RewriteState::Running))
}

async fn follow(id: RewriteId, services: &Services, more: &More) -> Answer {
    let Some(mut text) = services.engine.watch_live(id) else { return Answer::Elsewhere };
    loop {
        let so_far = text.borrow_and_update().to_string();
        more.send(backend::Answer::Batches(Answer::Text(so_far))).await;
        loop {
            match timeout(SILENT, text.changed()).await {
                Ok(Ok(())) => break,
                Ok(Err(_)) => return Answer::End,
                // The channel may outlive the reply, for the next try; the store knows whether there will be one.
                Err(_) if is_over(id, services).await => return Answer::End,
                Err(_) => {}
            }
        }
        sleep(EVERY).await;
    }
}
