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
    error.into()
}

/// An error of the candidate database.
pub fn source(error: SourceError) -> Error {
    error.into()
}
