//! From what the database engine says to what the store says.

use sqlx::Error;

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
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Error::Database(database) = &error else { return Self::Engine(error.to_string()) };
        let words = database.message().to_owned();
        // The extended code has the primary one in its lowest eight bits.
        let primary = database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
        match primary {
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
