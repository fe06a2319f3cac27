//! Why a decision was not recorded, for machines and for people.

use thiserror::Error;

use crate::{
    error::Error as Told,
    review::{Refusal, Trouble},
    store::port::StoreError,
};

/// Why a decision was not recorded.
#[derive(Debug, Error)]
pub enum DecideError {
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The move is not legal.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Findings stop the approval; holds the message of the first.
    #[error("A finding stops the approval: {0}")]
    Blocked(String),
    /// There is no decision of this reviewer that can be taken back.
    #[error("There is nothing to undo.")]
    NothingToUndo,
    /// Nothing was taken back that could be decided again.
    #[error("There is nothing to redo.")]
    NothingToRedo,
    /// A change that was chosen is none of this rewrite.
    #[error("The rewrite has no such change any more.")]
    NoSuchChange,
    /// Both changed the same places, so many.
    #[error("Both changed the same text at {0} places; say whose is taken.")]
    Overlaps(usize),
    /// The task was given up because the program ends.
    #[error("The work was broken off.")]
    BrokenOff,
}

impl From<DecideError> for Trouble {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Store(StoreError::Stale { .. }) | DecideError::NoSuchChange => Self::Stale,
            DecideError::NothingToUndo => Self::NothingToUndo,
            DecideError::NothingToRedo => Self::NothingToRedo,
            DecideError::Store(StoreError::Refused(_) | StoreError::NotFound(_))
            | DecideError::Refused(_)
            | DecideError::Overlaps(_)
            | DecideError::Blocked(_) => Self::Refused(error.to_string()),
            DecideError::Store(
                StoreError::BatchState { .. }
                | StoreError::CandidateBusy
                | StoreError::Full(_)
                | StoreError::Busy(_)
                | StoreError::Away(_)
                | StoreError::Unusable(_)
                | StoreError::Engine(_),
            )
            | DecideError::BrokenOff => Self::Failed(error.to_string()),
        }
    }
}

impl From<DecideError> for Told {
    fn from(error: DecideError) -> Self {
        let message = error.to_string();
        match Trouble::from(error) {
            Trouble::Stale => Self::user("Somebody else changed it meanwhile. Nothing was decided.")
                .hint("Look at it again, then decide."),
            Trouble::NothingToUndo | Trouble::NothingToRedo | Trouble::Refused(_) => Self::user(message),
            Trouble::Failed(_) => Self::remote(message),
        }
    }
}
