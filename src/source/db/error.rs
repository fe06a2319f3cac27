//! What a database says, sorted by what can be done about it.

use thiserror::Error;

use crate::source::port::SourceError;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Fault {
    /// It cannot be reached or opened.
    Unreachable,
    /// Somebody else holds a lock, or the connection broke.
    Busy,
    /// Writing is not allowed.
    ReadOnly,
    /// A table or a column is not there, or a statement cannot be read.
    Schema,
    /// A constraint or a trigger refuses the values.
    Constraint,
    /// Nobody knows whether a commit got through.
    InDoubt,
    /// Anything else.
    Other,
}

/// A failure with the engine's words, which never hold values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub(in crate::source) struct DbError {
    /// What kind.
    pub(in crate::source) fault: Fault,
    /// The engine's words.
    pub(in crate::source) message: String,
    /// Whether the connection can be used again.
    link: Link,
}

/// What became of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Whole,
    Broken,
}

impl DbError {
    pub(in crate::source) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into(), link: Link::Whole }
    }

    /// The connection broke: nobody knows what became of the statement, but a read can be made again.
    pub(in crate::source) fn broken(message: impl Into<String>) -> Self {
        Self { link: Link::Broken, ..Self::new(Fault::Busy, message) }
    }

    /// Whether the connection broke.
    pub(super) fn is_broken(&self) -> bool {
        self.link == Link::Broken
    }
}

impl From<DbError> for SourceError {
    fn from(error: DbError) -> Self {
        let message = error.message;
        match error.fault {
            Fault::Unreachable => Self::Unreachable(message),
            Fault::Busy | Fault::InDoubt => Self::Busy(message),
            Fault::ReadOnly => Self::ReadOnly(message),
            Fault::Schema | Fault::Constraint | Fault::Other => Self::Engine(message),
        }
    }
}
