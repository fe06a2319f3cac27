//! What SQLite says, as an error that says what to do. Values never appear in it.

use sqlx::{Error, error::DatabaseError};

use crate::source::port::SourceError;

/// Sorts an error of the driver.
#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(super) fn failed(error: Error) -> SourceError {
    match &error {
        Error::Database(database) => from_code(&**database),
        Error::Io(error) => SourceError::Unreachable(format!("{error}.")),
        Error::ColumnDecode { index, .. } => {
            SourceError::Engine(format!("column {index} holds bytes that are no UTF-8 text."))
        }
        other => SourceError::Engine(format!("{other}.")),
    }
}

/// The primary result codes of SQLite: <https://www.sqlite.org/rescode.html>.
fn from_code(error: &dyn DatabaseError) -> SourceError {
    let code = error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(1) & 0xff;
    let message = format!("{}.", error.message().trim_end_matches('.'));
    match code {
        5 | 6 => SourceError::Busy("another program holds a lock on the file.".to_owned()),
        8 => SourceError::ReadOnly("the file or its folder is read-only for this account.".to_owned()),
        13 => SourceError::Engine("the disk is full.".to_owned()),
        14 => SourceError::Unreachable("the file cannot be opened.".to_owned()),
        26 => SourceError::Unreachable("the file is no SQLite database.".to_owned()),
        _ if message.starts_with("no such table") || message.starts_with("no such column") => {
            SourceError::Mapping {
                message: format!(
                    "The candidate database has changed, or a condition in the mapping is wrong: {message}"
                ),
                place: "mapping".to_owned(),
                hint: Some("`redraft check` holds the mapping against the schema as it is now.".to_owned()),
            }
        }
        _ => SourceError::Engine(message),
    }
}
