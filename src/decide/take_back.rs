//! Finding the decisions that a query takes back. Taking them back is [`Desk::undo_many`].

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Desk;
use crate::{
    domain::{Action, Decision, DecisionId, RewriteId, RewriteState},
    review::{TakeBack, Whose, filter::Filter},
    store::port::{Sort, StoreResult},
};

/// Decisions are read in pieces of this size.
const PIECE: u32 = 500;
/// The most rewrites that a query is about.
const MOST: u32 = 100_000;

/// The decisions that a query takes back.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which, the newest first.
    pub decisions: Vec<(RewriteId, DecisionId)>,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
    /// How many rewrites stay as they are because they were written already.
    pub written: u64,
}

impl Desk {
    /// Finds what `query` takes back.
    pub async fn find(&self, query: &TakeBack) -> StoreResult<Found> {
        let mut found = match query.since {
            Some(since) => self.since(since, query).await?,
            None => self.last_of_each(query).await?,
        };
        let written = Filter::states(&[RewriteState::Written, RewriteState::Writing]);
        found.written = match query.since {
            Some(_) => 0,
            None => self.store.counts(&query.filter.clone().and(written)).await?.total(),
        };
        Ok(found)
    }

    fn is_wanted(&self, query: &TakeBack, decision: &Decision) -> bool {
        query.whose == Whose::Anybody || decision.by == self.by
    }

    /// All decisions since then that are not taken back yet, about rewrites that the filter matches.
    async fn since(&self, since: Timestamp, query: &TakeBack) -> StoreResult<Found> {
        let matching: Option<BTreeSet<RewriteId>> = if query.filter == Filter::ALL {
            None
        } else {
            Some(self.store.ids(&query.filter, Sort::Oldest, MOST).await?.into_iter().collect())
        };
        let mut found = Found::default();
        let mut undone = BTreeSet::new();
        let mut before = None;
        loop {
            let rows = self.store.activity(before, PIECE).await?;
            before = rows.last().map(|row| row.decision.id);
            let complete = rows.len() < PIECE as usize;
            for decision in rows.into_iter().map(|row| row.decision) {
                if decision.at < since {
                    return Ok(found);
                }
                if let Action::Undo { decision } = &decision.action {
                    undone.insert(*decision);
                }
                let matches = matching.as_ref().is_none_or(|ids| ids.contains(&decision.rewrite));
                let open = can_be_undone(&decision.action) && !undone.contains(&decision.id);
                if matches && open && self.is_wanted(query, &decision) {
                    found.decisions.push((decision.rewrite, decision.id));
                    found.oldest = Some(decision.at);
                }
            }
            if complete {
                return Ok(found);
            }
        }
    }

    /// The approval or rejection in which each matching rewrite stands now.
    async fn last_of_each(&self, query: &TakeBack) -> StoreResult<Found> {
        let states = Filter::states(&[RewriteState::Approved, RewriteState::Rejected]);
        let filter = query.filter.clone().and(states);
        let mut found = Found::default();
        for id in self.store.ids(&filter, Sort::Recent, MOST).await? {
            let history = self.store.history(id).await?;
            let standing = history.into_iter().rfind(|decision| decision.from != decision.to);
            let Some(decision) = standing.filter(|decision| self.is_wanted(query, decision)) else {
                continue;
            };
            if matches!(decision.action, Action::Approve { .. } | Action::Reject { .. }) {
                found.decisions.push((id, decision.id));
                found.oldest = found.oldest.into_iter().chain([decision.at]).min();
            }
        }
        Ok(found)
    }
}

/// Whether a decision is of a kind that can be taken back.
const fn can_be_undone(action: &Action) -> bool {
    match action {
        Action::Approve { .. }
        | Action::Reject { .. }
        | Action::Edit { .. }
        | Action::Skip
        | Action::Choose { .. }
        | Action::Note { .. }
        | Action::Look { .. }
        | Action::Assign { .. }
        | Action::Dismiss { .. } => true,
        Action::Open
        | Action::TakeOver { .. }
        | Action::Ask { .. }
        | Action::Undo { .. }
        | Action::Write
        | Action::Conflict
        | Action::Merge { .. }
        | Action::Revert => false,
    }
}
