//! Errors of the ports, told once to whoever can do something about them.

use crate::{error::Error, source::port::SourceError, store::port::StoreError};

/// An error of the store; `missing` tells what is not there.
pub fn store(error: StoreError, missing: impl FnOnce() -> Error) -> Error {
    match error {
        StoreError::NotFound(_) => missing(),
        other => plain_store(other),
    }
}

/// An error of the store.
pub fn plain_store(error: StoreError) -> Error {
    let message = error.to_string();
    match error {
        StoreError::NotFound(_) | StoreError::Refused(_) | StoreError::BatchState { .. } => {
            Error::user(message)
        }
        StoreError::Stale { .. } => Error::user(message).hint("Look at it again, then decide."),
        StoreError::CandidateBusy => Error::user(message).hint("Try again in a minute."),
        StoreError::Full(_) => {
            Error::remote(message).hint("Nothing was recorded. Make room on the disk, then repeat it.")
        }
        StoreError::Busy(_) => {
            Error::remote(message).hint("Another redraft is writing for very long; try again.")
        }
        StoreError::Unusable(_) | StoreError::Engine(_) => Error::remote(message),
    }
}

/// An error of the candidate database.
pub fn source(error: SourceError) -> Error {
    let message = error.to_string();
    match error {
        SourceError::Mapping { place, hint, .. } => {
            let told = Error::config(message).at(place);
            let told = match hint {
                Some(hint) => told.hint(hint),
                None => told,
            };
            told.hint("`redraft check` tests the mapping without changing anything.")
        }
        SourceError::Unreachable(_) => Error::remote(message).hint("`redraft check` tells what is wrong."),
        SourceError::Busy(_) => Error::remote(message).hint("Another program holds it; try again."),
        SourceError::ReadOnly(_) | SourceError::Engine(_) => Error::remote(message),
    }
}
