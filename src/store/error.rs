//! From what the database engine says to what the store says.

use sqlx::{
    Error,
    postgres::{PgDatabaseError, PgSeverity},
};

use super::port::StoreError;

/// Primary result codes of SQLite.
mod code {
    pub const BUSY: u32 = 5;
    pub const LOCKED: u32 = 6;
    pub const READONLY: u32 = 8;
    pub const CORRUPT: u32 = 11;
    pub const FULL: u32 = 13;
    pub const CANTOPEN: u32 = 14;
    pub const NOTADB: u32 = 26;
    /// Extended codes: a file did not grow, though the disk has room. A quota or a limit on files does so.
    pub const IOERR_WRITE: u32 = 778;
    pub const IOERR_SHMSIZE: u32 = 4874;
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Error::Database(database) = &error else { return connection(&error) };
        if let Some(server) = database.try_downcast_ref::<PgDatabaseError>() {
            return postgres(server);
        }
        let words = database.message().to_owned();
        // The extended code has the primary one in its lowest eight bits.
        let code = database.code().and_then(|code| code.parse::<u32>().ok());
        if matches!(code, Some(code::IOERR_WRITE | code::IOERR_SHMSIZE)) {
            return Self::Full(words);
        }
        match code.map(|code| code & 0xff) {
            Some(code::BUSY | code::LOCKED) => Self::Busy(words),
            Some(code::FULL) => Self::Full(words),
            Some(code::READONLY) => Self::Unusable(format!("The store cannot be written: {words}.")),
            Some(code::CORRUPT) => Self::Unusable(format!("The store is damaged: {words}.")),
            Some(code::NOTADB) => Self::Unusable("The file of the store is no SQLite database.".to_owned()),
            Some(code::CANTOPEN) => Self::Unusable(format!("The store cannot be opened: {words}.")),
            _ => Self::Engine(words),
        }
    }
}

/// What is wrong with a connection. What goes wrong within the program says so in its own words.
fn connection(error: &Error) -> StoreError {
    match error {
        Error::Io(io) => StoreError::Away(io.to_string()),
        Error::Tls(tls) => {
            StoreError::Unusable(format!("The store's server offers no encryption that holds: {tls}."))
        }
        Error::Protocol(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => {
            StoreError::Away(error.to_string())
        }
        other => StoreError::Engine(other.to_string()),
    }
}

/// Sorts what PostgreSQL says by its code. Only its message is kept: the detail may hold values.
fn postgres(error: &PgDatabaseError) -> StoreError {
    let words = error.message().trim_end_matches('.').to_owned();
    match error.code() {
        // Serialisation, deadlock, lock timeout, statement timeout, too long without a word.
        "40001" | "40P01" | "55P03" | "57014" | "25P03" => StoreError::Busy(words),
        "53100" => StoreError::Full(words),
        "53300" | "57P01" | "57P02" | "57P03" | "57P05" => StoreError::Away(words),
        "25006" => StoreError::Unusable(format!(
            "The store cannot be written: {words}. Is the server a read-only copy of another?"
        )),
        "28P01" | "28000" | "3D000" | "42501" => StoreError::Unusable(format!(
            "The store's server refuses: {words}. Look at the account, its password and the database in the URL of the \
                 store."
        )),
        code if code.starts_with("08") => StoreError::Away(words),
        _ if matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) => StoreError::Away(words),
        _ => StoreError::Engine(words),
    }
}

impl From<serde_json::Error> for StoreError {
    /// Tells the place only: the text may be a candidate's.
    fn from(error: serde_json::Error) -> Self {
        Self::Engine(format!(
            "a value cannot be read back (column {}, {:?})",
            error.column(),
            error.classify()
        ))
    }
}
