//! Why a command ends before its end.

use std::io;

use crate::{decide::DecideError, error::Error, source::port::SourceError, store::port::StoreError};

/// Why a command ends before its end.
#[derive(Debug)]
pub enum Stop {
    /// It could not be done.
    Error(Box<Error>),
    /// What could be told was told; only the exit status is left: 1.
    Told,
    /// Nobody reads the result any more.
    Pipe,
}

/// The result of a part of a command.
pub type Step<T = ()> = Result<T, Stop>;

impl Stop {
    /// Something that cannot be.
    pub fn bug(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Error::internal("The result cannot be told.").because(error).into()
    }
}

/// An error of the store; `missing` tells what is not there.
pub fn or_missing(error: StoreError, missing: impl FnOnce() -> Error) -> Error {
    match error {
        StoreError::NotFound(_) => missing(),
        other => other.into(),
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Error::from(error).into()
    }
}

impl From<DecideError> for Stop {
    fn from(error: DecideError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(Box::new(error))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Pipe;
        }
        Error::remote("The result cannot be written to standard output.").because(error).into()
    }
}
