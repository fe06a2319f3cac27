//! Decisions about many rewrites: one transaction each, so that a half-done bulk is a shorter bulk.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{DecideError, Desk};
use crate::{
    domain::{Action, DecisionId, LookKind, Reviewer, RewriteId, RewriteState, Way},
    review::{Bulk, Trouble},
    store::port::{Making, Step, StoreError},
};

/// Which rewrites a decision about many is about: a snapshot, not a filter that goes on matching.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Which, in the order in which they are decided.
    pub ids: Vec<RewriteId>,
    /// When the reviewer saw them; what changed since is left out. `None`: they are taken as they are.
    pub seen_at: Option<Timestamp>,
    /// The first decision of the step that these belong to, if it was made.
    pub first: Option<DecisionId>,
    /// Those that are looked at before they are written, if nobody opens them until they are approved.
    pub sample: BTreeSet<RewriteId>,
}

/// Told after each rewrite: how many are through, of how many.
pub type Report<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

impl Desk {
    /// Approves all of `scope` that can be approved. Dropping the future stops behind the rewrite under way. Where a
    /// rewrite of the sample cannot be approved, the next that nobody has opened takes its place.
    pub async fn approve_many(&self, scope: &Scope, report: Report<'_>) -> Bulk {
        let mut bulk = Bulk::default();
        let mut owed = 0_usize;
        for (index, id) in scope.ids.iter().enumerate() {
            let sampled = scope.sample.contains(id);
            let spot = sampled || owed > 0;
            let result = self.approve_one(*id, scope.seen_at, (self.bulk_making(scope, &bulk), spot)).await;
            match &result {
                Ok((_, Some(LookKind::Spot))) if !sampled => owed -= 1,
                Ok((_, Some(LookKind::Spot | LookKind::Second))) => {}
                Ok((_, None)) | Err(_) => owed += usize::from(sampled),
            }
            if let Ok((_, Some(kind))) = &result {
                bulk.looks.push((*id, *kind));
            }
            sort_in(&mut bulk, *id, result.map(|(decision, _)| decision));
            report(index + 1, scope.ids.len());
        }
        bulk
    }

    /// Rejects all of `scope` that can be rejected, with this reason.
    pub async fn reject_many(&self, scope: &Scope, reason: Option<&str>, report: Report<'_>) -> Bulk {
        let mut bulk = Bulk::default();
        let action = Action::Reject { reason: reason.map(str::to_owned) };
        for (index, id) in scope.ids.iter().enumerate() {
            let result = self.reject_one(*id, scope.seen_at, (&action, self.bulk_making(scope, &bulk))).await;
            sort_in(&mut bulk, *id, result);
            report(index + 1, scope.ids.len());
        }
        bulk
    }

    /// Makes these the work of those who take turns, or of nobody.
    pub async fn assign_many(&self, ids: &[RewriteId], turns: &[Reviewer]) -> Bulk {
        let mut bulk = Bulk::default();
        for (at, id) in ids.iter().enumerate() {
            let to = at.checked_rem(turns.len()).and_then(|turn| turns.get(turn)).cloned();
            let result = self.assign(*id, to).await;
            sort_in(&mut bulk, *id, result.map(|(decision, _)| decision.id).map_err(Left::from));
        }
        bulk
    }

    /// Asks for a second opinion on these.
    pub async fn ask_many(&self, ids: &[RewriteId]) -> Bulk {
        let mut bulk = Bulk::default();
        for id in ids {
            let result = self.ask_second(*id).await;
            sort_in(&mut bulk, *id, result.map(|(decision, _)| decision.id).map_err(Left::from));
        }
        bulk
    }

    /// How the next decision about many is made: all belong to the step that the first one is the name of.
    fn bulk_making(&self, scope: &Scope, done: &Bulk) -> Making {
        let first = scope.first.or_else(|| done.done.first().map(|(_, decision)| *decision));
        let way = if self.way == Way::Command { Way::Command } else { Way::Bulk };
        Making { way: Some(way), step: first.map_or(Step::First, Step::Of), ..Making::default() }
    }

    /// Takes back these decisions; what was decided about the same rewrites before stays.
    pub async fn undo_many(&self, done: &[(RewriteId, DecisionId)]) -> Bulk {
        let mut bulk = Bulk::default();
        for (id, decision) in done {
            let result = match self.undo(*id, *decision).await {
                Ok(_) => Ok(*decision),
                Err(error) => Err(self.why_not_back(*id, error).await),
            };
            sort_in(&mut bulk, *id, result);
        }
        bulk
    }

    /// What is written cannot be taken back here; anything else says so itself.
    async fn why_not_back(&self, id: RewriteId, error: DecideError) -> Left {
        let state = self.store.rewrite(id).await.map(|rewrite| rewrite.head.state);
        match state {
            Ok(RewriteState::Written | RewriteState::Writing) => {
                Left::Out("It is already written.".to_owned())
            }
            _ => Left::Error(error),
        }
    }

    async fn approve_one(
        &self,
        id: RewriteId,
        seen_at: Option<Timestamp>,
        (making, spot): (Making, bool),
    ) -> Result<(DecisionId, Option<LookKind>), Left> {
        let rewrite = self.store.rewrite(id).await?;
        left_out(rewrite.head.state, rewrite.head.updated_at, seen_at)?;
        let ask = (spot && rewrite.head.opened_at.is_none()).then_some(LookKind::Spot);
        let (decision, head) = self.approve_as_read(rewrite, &Making { ask, ..making }).await?;
        Ok((decision.id, head.wanted()))
    }

    async fn reject_one(
        &self,
        id: RewriteId,
        seen_at: Option<Timestamp>,
        (action, making): (&Action, Making),
    ) -> Result<DecisionId, Left> {
        let rewrite = self.store.rewrite(id).await?;
        left_out(rewrite.head.state, rewrite.head.updated_at, seen_at)?;
        let (decision, _) = self.record((id, Some(rewrite.head.revision)), action, &making).await?;
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
