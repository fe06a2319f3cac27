//! One rewrite that this worker holds.

use crate::{
    domain::{BatchId, Lane},
    engine::admission::{Moment, Want},
};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its source is read.
    Preparing,
    /// It wants to be sent, not before this instant.
    Waiting { want: Want, not_before: Moment },
    /// It may be sent; the attempt is being recorded.
    Opening { want: Want, ticket: u64 },
    /// Its request is in flight.
    Flying { want: Want, ticket: u64 },
    /// The answer has ended and is being recorded.
    Settling { want: Want },
    /// It is being given back, skipped or broken off.
    Leaving,
}

impl Stage {
    /// The name of its request at the gate, while that counts it as in flight.
    pub(super) const fn ticket(&self) -> Option<u64> {
        match self {
            Self::Opening { ticket, .. } | Self::Flying { ticket, .. } => Some(*ticket),
            Self::Preparing | Self::Waiting { .. } | Self::Settling { .. } | Self::Leaving => None,
        }
    }

    /// Whether money is or may be set aside for it.
    pub(super) const fn has_money(&self) -> bool {
        matches!(self, Self::Opening { .. } | Self::Flying { .. } | Self::Settling { .. })
    }

    /// Whether it waits for something, and is neither in flight nor about to leave.
    pub(super) const fn waits(&self) -> bool {
        matches!(self, Self::Preparing | Self::Waiting { .. })
    }
}

/// One rewrite that this worker holds.
#[derive(Debug)]
pub(super) struct Slot {
    pub batch: BatchId,
    /// The order in which it was taken up: the queue within a batch.
    pub order: u64,
    pub stage: Stage,
    /// Where its request goes, while there is one.
    pub lane: Option<Lane>,
}
