//! What Write-back asks of the backend, and how it is answered.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Clash, Way};
use crate::{
    decide::{self, DecideError, Desk},
    diff,
    domain::{BatchRef, Counts, Document, Look, RewriteHead, RewriteId, RewriteState},
    error::{Error, Result},
    review::{
        Refusal,
        filter::{Filter, Term},
    },
    store::port::{IntentKind, RewriteQuery, Sort},
    tui::backend::{self, More, Services},
    writeback::{Progress, Summary},
};

/// How many rows are read at once.
pub(super) const PAGE: u32 = 500;
/// The most that one dialog is about.
const MOST: u32 = 100_000;

/// What Write-back asks of the backend.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The first rows that a filter matches, so many, and the counts of all.
    Read(Filter, u32),
    /// Rows behind one.
    Older(Filter, RewriteId),
    /// Which can be written or undone now: the marked ones among those that match, or all that match.
    Snapshot(IntentKind, Filter, Vec<RewriteId>),
    /// Write or undo these. Shared, because each word of progress repeats the question.
    Run(IntentKind, Arc<[RewriteId]>),
    /// Which batches a failed spot check has stopped.
    Stopped,
    /// Let these batches be written again.
    LetWrite(Vec<u64>),
    /// The three texts of a conflict.
    Conflict(RewriteId),
    /// Decide about a conflict, as it was at this revision.
    Settle(RewriteId, u64, Way),
    /// Have a conflict rewritten from the text that stands there now.
    Again(RewriteId),
}

/// What Write-back is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Rows from the first on, and the counts of all that match.
    Rows(Vec<RewriteHead>, Counts),
    /// More rows.
    More(Vec<RewriteHead>),
    /// Those that it would be done to.
    Snapshot(Vec<RewriteId>),
    /// How far it is.
    Progress(Progress),
    /// How it ended.
    Ended(Summary),
    /// The batches that were stopped.
    Stopped(Vec<u64>),
    /// A conflict with its texts.
    Conflict(Box<Clash>),
    /// It is in no conflict any more.
    NoConflict(RewriteState),
    /// It was decided.
    Settled,
    /// It is queued again.
    Queued,
}

/// The state in which a rewrite can be written, or its write undone.
pub(super) const fn needed(kind: IntentKind) -> RewriteState {
    match kind {
        IntentKind::Write => RewriteState::Approved,
        IntentKind::Revert => RewriteState::Written,
    }
}

fn query(filter: &Filter, after: Option<RewriteId>, limit: u32) -> RewriteQuery {
    RewriteQuery { filter: filter.clone(), sort: Sort::Recent, after, limit }
}

/// Answers a request on the ports.
pub async fn answer(request: Request, services: &Services, more: &More) -> Result<Answer> {
    let store = &services.store;
    Ok(match request {
        Request::Read(filter, number) => {
            let rows = store.rewrites(&query(&filter, None, number)).await?;
            Answer::Rows(rows, store.counts(&filter).await?)
        }
        Request::Older(filter, than) => {
            Answer::More(store.rewrites(&query(&filter, Some(than), PAGE)).await?)
        }
        Request::Snapshot(kind, filter, marked) => {
            let mut able = filter.and(Filter::states(&[needed(kind)]));
            // What waits for a further look would only be skipped.
            if kind == IntentKind::Write {
                let waits = Filter::Term(Term::Look(vec![Look::Spot, Look::Second]));
                able = able.and(Filter::Not(Box::new(waits)));
            }
            let mut ids = store.ids(&able, Sort::Oldest, MOST).await?;
            if !marked.is_empty() {
                ids.retain(|id| marked.contains(id));
            }
            Answer::Snapshot(ids)
        }
        Request::Run(kind, ids) => {
            services.policy.writes()?;
            Answer::Ended(run(kind, &ids, services, more).await?)
        }
        Request::Stopped => Answer::Stopped(store.stopped().await?),
        Request::LetWrite(numbers) => {
            services.policy.writes()?;
            for number in &numbers {
                store.let_write(BatchRef::Number(*number), &services.who).await?;
            }
            Answer::Stopped(numbers)
        }
        Request::Conflict(id) => conflict(id, services).await?,
        Request::Settle(id, revision, way) => {
            settle((id, revision), way, &desk(services)).await?;
            Answer::Settled
        }
        Request::Again(id) => {
            services.policy.writes()?;
            store.requeue(id).await?;
            Answer::Queued
        }
    })
}

fn desk(services: &Services) -> Desk {
    Desk::new(services.store.clone(), services.who.clone(), services.policy.clone())
}

async fn settle((id, revision): (RewriteId, u64), way: Way, desk: &Desk) -> Result<()> {
    let decided = match way {
        Way::Approve(sides) => desk.approve_merged(id, revision, &sides).await,
        Way::Decide(sides) => desk.merge_as(id, revision, &sides).await,
        Way::Keep => desk.keep_found(id, revision).await,
    };
    match decided {
        Ok(_) => Ok(()),
        Err(error @ DecideError::Blocked(_)) => {
            Err(Error::from(error).hint("The merged text is kept: decide about it on Review."))
        }
        Err(error) => Err(error.into()),
    }
}

async fn conflict(id: RewriteId, services: &Services) -> Result<Answer> {
    let rewrite = services.store.rewrite(id).await?;
    if rewrite.head.state != RewriteState::Conflict {
        return Ok(Answer::NoConflict(rewrite.head.state));
    }
    let clash = match desk(services).merged(id).await {
        Ok((rewrite, merge)) => Clash { theirs: decide::stands_there(&rewrite).cloned(), rewrite, merge },
        // Nothing stands there any more: the other two texts are still worth reading.
        Err(DecideError::Refused(Refusal::Gone)) => {
            let approved = rewrite.approved.clone().unwrap_or_default();
            let merge = diff::merge(&rewrite.before, &approved, &Document::default());
            Clash { theirs: None, rewrite, merge }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Answer::Conflict(Box::new(clash)))
}

async fn run(kind: IntentKind, ids: &[RewriteId], services: &Services, more: &More) -> Result<Summary> {
    let (progress, mut seen) = watch::channel(Progress::default());
    let work = services.write_back.run_many((ids, kind), &services.who, &progress);
    tokio::pin!(work);
    loop {
        tokio::select! {
            summary = &mut work => return Ok(summary?),
            Ok(()) = seen.changed() => {
                let now = *seen.borrow_and_update();
                more.send(backend::Answer::WriteBack(Answer::Progress(now))).await;
            }
        }
    }
}
