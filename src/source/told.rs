//! Errors of the candidate database as sentences for whoever can do something about them.

use super::port::SourceError;
use crate::error::Error;

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        let message = error.to_string();
        match error {
            SourceError::Mapping { place, hint, .. } => {
                let error = Self::config(message).at(place);
                let error = match hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                };
                error.hint("`redraft check` tests the mapping without changing anything.")
            }
            SourceError::Unreachable(_) => Self::remote(message)
                .hint("Look at database.url and database.password in the configuration, and whether the database is there."),
            SourceError::Busy(_) => Self::remote(message).hint("Nothing was lost. Try again in a moment."),
            SourceError::ReadOnly(_) => {
                Self::remote(message).hint("redraft needs the right to change the mapped columns.")
            }
            SourceError::Unreadable(_) => Self::remote(message)
                .hint("Correct that row in the platform, or leave it out with the mapping's `where`."),
            SourceError::Engine(_) => Self::remote(message).hint("`redraft check` tells what is wrong."),
        }
    }
}
