//! One batch that this worker works on.

use crate::{
    domain::{Batch, BatchState, Lane, RewriteState},
    engine::{
        admission::{Moment, Why},
        reducer::Tally,
    },
};

/// Whether requests of a batch may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Yes.
    Open,
    /// A budget has no room until something is settled.
    NoMoney,
    /// A budget has no room, and nothing of ours is to be settled: ask again then.
    NoMoneyUntil(Moment),
    /// It is about to be paused.
    Pausing,
    /// It is paused or has ended: what is in flight may end.
    Closed,
}

/// One batch that this worker works on.
#[derive(Debug)]
pub(super) struct Desk {
    pub batch: Batch,
    pub standing: Standing,
    /// Tokens that were admitted for it, by its weight: the batch with the least is served first.
    pub served: u64,
    /// Where its requests can go, the first choice first.
    pub lanes: Vec<Lane>,
    /// The last attempt did not fit into a budget: one at a time is tried until one fits.
    pub tight: bool,
    /// The provider has read one of its prompts: the beginning of the others is in its cache.
    pub primed: bool,
    /// Others had what was left of the limits: until then one at a time is tried.
    pub crowded: Moment,
    /// A claim is under way.
    pub claiming: bool,
    /// Nothing is to be claimed before this instant.
    pub claim_from: Moment,
    /// What the first in its queue waits for.
    pub waiting_for: Option<Why>,
    pub tally: Tally,
}

impl Desk {
    pub(super) fn new(now: Moment, batch: Batch, served: u64) -> Self {
        Self {
            lanes: batch.spec.lanes(),
            batch,
            standing: Standing::Open,
            served,
            tight: false,
            crowded: Moment::ZERO,
            primed: false,
            claiming: false,
            claim_from: now,
            waiting_for: None,
            tally: Tally::new(now),
        }
    }

    /// Takes what the store says now. A pause that is under way is not undone by a reading from before it.
    pub(super) fn read(&mut self, batch: Batch) {
        let is_open = matches!(batch.state, BatchState::Queued | BatchState::Running | BatchState::Finishing);
        self.standing = match (is_open, self.standing) {
            (false, _) => Standing::Closed,
            (true, Standing::Closed) => Standing::Open,
            (true, standing) => standing,
        };
        if self.standing == Standing::Closed {
            self.waiting_for = None;
        }
        self.batch = batch;
    }

    pub(super) fn queued(&self) -> u64 {
        self.batch.counts.of(RewriteState::Queued)
    }

    /// So many tokens were admitted for it.
    pub(super) const fn serve(&mut self, tokens: u64) {
        self.served += tokens * 4 / self.batch.spec.options.priority.weight();
    }

    /// They were not sent after all.
    pub(super) const fn take_back(&mut self, tokens: u64) {
        let served = tokens * 4 / self.batch.spec.options.priority.weight();
        self.served = self.served.saturating_sub(served);
    }

    /// Whether leases are wanted now.
    pub(super) fn wants_leases(&self, now: Moment) -> bool {
        self.standing == Standing::Open && !self.claiming && self.queued() > 0 && now >= self.claim_from
    }
}
