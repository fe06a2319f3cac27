//! Decisions about many rewrites: one transaction each, so that a half-done bulk is a shorter bulk.

use jiff::Timestamp;

use super::{DecideError, Desk};
use crate::{
    domain::{Action, DecisionId, RewriteId, RewriteState},
    review::{Bulk, Trouble},
    store::port::StoreError,
};

/// Which rewrites a decision about many is about: a snapshot, not a filter that goes on matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Which, in the order in which they are decided.
    pub ids: Vec<RewriteId>,
    /// When the reviewer saw them; what changed since is left out. `None`: they are taken as they are.
    pub seen_at: Option<Timestamp>,
}

/// Told after each rewrite: how many are through, of how many.
pub type Report<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

impl Desk {
    /// Approves all of `scope` that can be approved. Dropping the future stops behind the rewrite under way.
    pub async fn approve_many(&self, scope: &Scope, report: Report<'_>) -> Bulk {
        let mut bulk = Bulk::default();
        for (index, id) in scope.ids.iter().enumerate() {
            let result = self.approve_one(*id, scope.seen_at).await;
            sort_in(&mut bulk, *id, result);
            report(index + 1, scope.ids.len());
        }
        bulk
    }

    /// Rejects all of `scope` that can be rejected, with this reason.
    pub async fn reject_many(&self, scope: &Scope, reason: Option<&str>, report: Report<'_>) -> Bulk {
        let mut bulk = Bulk::default();
        let action = Action::Reject { reason: reason.map(str::to_owned) };
        for (index, id) in scope.ids.iter().enumerate() {
            let result = self.reject_one(*id, scope.seen_at, &action).await;
            sort_in(&mut bulk, *id, result);
            report(index + 1, scope.ids.len());
        }
        bulk
    }

    /// Takes back these decisions; what was decided about the same rewrites before stays.
    pub async fn undo_many(&self, done: &[(RewriteId, DecisionId)]) -> Bulk {
        let mut bulk = Bulk::default();
        for (id, decision) in done {
            let result = self.undo(*id, *decision).await.map(|_| *decision);
            sort_in(&mut bulk, *id, result.map_err(Left::Error));
        }
        bulk
    }

    async fn approve_one(&self, id: RewriteId, seen_at: Option<Timestamp>) -> Result<DecisionId, Left> {
        let rewrite = self.store.rewrite(id).await?;
        left_out(rewrite.head.state, rewrite.head.updated_at, seen_at)?;
        let (decision, _) = self.approve_as_read(rewrite).await?;
        Ok(decision.id)
    }

    async fn reject_one(
        &self,
        id: RewriteId,
        seen_at: Option<Timestamp>,
        action: &Action,
    ) -> Result<DecisionId, Left> {
        let rewrite = self.store.rewrite(id).await?;
        left_out(rewrite.head.state, rewrite.head.updated_at, seen_at)?;
        let (decision, _) = self.record(id, Some(rewrite.head.revision), action).await?;
        Ok(decision.id)
    }
}

/// Why a rewrite of a scope was not decided.
enum Left {
    Out(String),
    Error(DecideError),
}

impl From<DecideError> for Left {
    fn from(error: DecideError) -> Self {
        Self::Error(error)
    }
}

impl From<StoreError> for Left {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

fn left_out(state: RewriteState, updated_at: Timestamp, seen_at: Option<Timestamp>) -> Result<(), Left> {
    if state != RewriteState::Ready {
        return Err(Left::Out(format!("It is {state}.")));
    }
    if seen_at.is_some_and(|seen| updated_at > seen) {
        return Err(Left::Out("It changed meanwhile.".to_owned()));
    }
    Ok(())
}

fn sort_in(bulk: &mut Bulk, id: RewriteId, result: Result<DecisionId, Left>) {
    let trouble = match result {
        Ok(decision) => return bulk.done.push((id, decision)),
        Err(Left::Out(why)) => return bulk.skipped.push((id, why)),
        Err(Left::Error(error)) => Trouble::from(error),
    };
    let why = trouble.sentence().to_owned();
    match trouble {
        Trouble::Stale | Trouble::Refused(_) | Trouble::NothingToUndo | Trouble::NothingToRedo => {
            bulk.skipped.push((id, why));
        }
        Trouble::Failed(_) => bulk.failed.push((id, why)),
    }
}
