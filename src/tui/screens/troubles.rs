//! Errors of the rooms below as sentences for the screen.

use crate::{error::Error, source::port::SourceError, store::port::StoreError};

/// What the store could not do.
pub fn store(error: StoreError) -> Error {
    let message = error.to_string();
    match error {
        StoreError::NotFound(_) => {
            Error::user(message).hint("It may have been removed meanwhile; the list is read again.")
        }
        StoreError::Stale { .. } => Error::user(message).hint("Look at it as it is now, then decide again."),
        StoreError::Refused(_) | StoreError::BatchState { .. } => Error::user(message),
        StoreError::Full(_) => {
            Error::remote(message).hint("Nothing was recorded. Free some space and try again.")
        }
        StoreError::CandidateBusy => Error::user(message).hint("Try again in a minute."),
        StoreError::Busy(_) => Error::remote(message).hint("Try again in a moment."),
        StoreError::Unusable(_) => Error::config(message),
        StoreError::Engine(_) => {
            Error::remote(message).hint("The log has the particulars; `redraft check` tests the store.")
        }
    }
}

/// What the candidate database could not do.
pub fn source(error: SourceError) -> Error {
    let message = error.to_string();
    match error {
        SourceError::Unreachable(_) => {
            Error::remote(message).hint("Look whether it runs; `redraft check` tests the connection.")
        }
        SourceError::Busy(_) => {
            Error::remote(message).hint("Somebody else holds a lock. Try again in a moment.")
        }
        SourceError::ReadOnly(_) => {
            Error::remote(message).hint("redraft needs the right to change the mapped columns.")
        }
        SourceError::Mapping { place, hint, .. } => {
            let error = Error::config(message).at(place);
            match hint {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }
        SourceError::Engine(_) => {
            Error::remote(message).hint("`redraft check` tests the candidate database.")
        }
    }
}
