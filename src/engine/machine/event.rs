//! What the machine is told, and what it wants done.

use std::time::Duration;

use crate::{
    domain::{Batch, BatchId, Lane, RewriteId},
    engine::{
        admission::{Moment, Outcome, Share, Want},
        retry::Chance,
    },
    llm::port::LimitHeaders,
    store::port::{Denied, Lease},
};

/// A rewrite under one lease. The same rewrite may come back under another before the first has quite left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// Which rewrite.
    pub rewrite: RewriteId,
    /// The fence of the lease.
    pub fence: u64,
}

impl From<&Lease> for Held {
    fn from(lease: &Lease) -> Self {
        Self { rewrite: lease.rewrite, fence: lease.fence }
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The store was read: the batches that are open, and what has become of others that the machine works on.
    Batches {
        /// Those a worker can do something for.
        open: Vec<Batch>,
        /// Those that are not open any more.
        closed: Vec<Batch>,
    },
    /// Rewrites were leased; none if there was nothing to lease, or the store could not be asked.
    Claimed {
        /// Of this batch.
        batch: BatchId,
        /// The leases.
        leases: Vec<Lease>,
    },
    /// The source was read and the prompt made.
    Prepared {
        /// Which.
        held: Held,
        /// What it wants.
        want: Want,
    },
    /// The attempt is recorded; the request goes out at this instant.
    Sent(Held),
    /// The attempt was not recorded, because of a budget.
    Denied(Held, Denied),
    /// Other workers have what is left of the limits: not before that time.
    HeldBack(Held, Duration),
    /// The head of the answer came.
    Head(Held, LimitHeaders),
    /// The answer ended, well or not.
    Ended {
        /// Which.
        held: Held,
        /// How, for the gate.
        outcome: Outcome,
        /// What went wrong, a sentence.
        trouble: Option<String>,
        /// What chance decides by.
        chance: Chance,
    },
    /// What was found out is recorded in the store.
    Settled(Held, After),
    /// The candidate database could not be read: nothing more of this batch for a while.
    SourceTrouble(BatchId, String),
    /// The leases of these are gone.
    Lost(Vec<Held>),
    /// A batch was to be paused for its budget, but others have money set aside that may come back.
    BudgetMoves(BatchId),
    /// A batch is paused until then, by the daily limit.
    Sleeping(BatchId, Moment),
    /// No more requests; those in flight may end until then.
    Stop(Moment),
    /// Time has passed.
    Tick,
}

/// What comes after an attempt, or instead of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// The same again, after this time; the reply was cut off so often.
    Again {
        /// How long to wait.
        wait: Duration,
        /// How often the output cap is to be raised.
        raised: u32,
    },
    /// It is finished: ready, failed or skipped.
    Over,
    /// It was given back, or lost.
    Gone,
    /// Nothing of this batch can be sent; holds what to do.
    StopBatch(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Lease rewrites.
    Claim {
        /// Of this batch.
        batch: BatchId,
        /// At most so many.
        limit: u32,
    },
    /// Take a leased rewrite up: read its source, make its prompt.
    TakeUp(Lease),
    /// Send it.
    Go {
        /// Which.
        held: Held,
        /// The output cap in tokens.
        cap: u64,
        /// To this model and tier.
        lane: Lane,
        /// What it takes of the limits.
        shares: Vec<Share>,
    },
    /// It will never fit into the limits: skip it.
    Skip(Held),
    /// Give it back unsent.
    Release(Held),
    /// Break its request off.
    Cut(Held),
    /// Pause a batch.
    Pause(BatchId, Pause),
    /// Go on with a batch that waited for the daily limit.
    Resume(BatchId),
}

/// Why a batch is to be paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pause {
    /// Nothing more fits into a budget.
    Budget,
    /// The daily limit, until then.
    Daily(Moment),
    /// What to do.
    Provider(String),
}
