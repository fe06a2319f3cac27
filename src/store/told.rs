//! Errors of the store as sentences for whoever can do something about them.

use super::port::StoreError;
use crate::error::Error;

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NotFound(_) | StoreError::Refused(_) | StoreError::BatchState { .. } => {
                Self::user(message)
            }
            StoreError::Stale { .. } => {
                Self::user(message).hint("Look at it as it is now, then decide again.")
            }
            StoreError::CandidateBusy => Self::user(message).hint("Try again in a minute."),
            StoreError::Full(_) => {
                Self::remote(message).hint("Nothing was recorded. Make room on the disk, then repeat it.")
            }
            StoreError::Away(_) => Self::remote(message)
                .hint("Nothing that was recorded is lost. It goes on when the server is back."),
            StoreError::Busy(_) => {
                Self::remote(message).hint("Another redraft is writing for very long; try again.")
            }
            StoreError::Unusable(_) => Self::config(message),
            StoreError::Engine(_) => Self::remote(message).hint("The log has the particulars."),
        }
    }
}
