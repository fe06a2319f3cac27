//! What PostgreSQL says, sorted by what can be done about it. Its words are kept only where they hold no value.

use sqlx::postgres::PgDatabaseError;

use crate::source::db::{
    DbError, Fault,
    network::{self, Place},
};

/// Why a statement failed.
pub(super) fn failed(error: &sqlx::Error) -> DbError {
    if let Some(broken) = network::broken(error) {
        return broken;
    }
    match error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
        Some(error) => classify(error.code(), error.message(), error.constraint()),
        // These name columns and types, never values.
        None => DbError::new(Fault::Other, error.to_string()),
    }
}

/// Why a connection could not be made.
pub(super) fn unopened(error: &sqlx::Error, place: &Place) -> DbError {
    let Some(database) =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
    else {
        return network::unreached(error, place);
    };
    let Place { address, user, database: name, .. } = place;
    let message = match database.code() {
        "28P01" => format!("{address} refuses the password of \"{user}\""),
        "28000" if database.message().contains("does not exist") => {
            format!("{address} knows no role \"{user}\"")
        }
        "28000" => format!(
            "{address} does not let \"{user}\" into \"{name}\" from here or in this way; its administrator sets that in \
             pg_hba.conf"
        ),
        "3D000" => format!("{address} has no database \"{name}\""),
        "42501" => format!("\"{user}\" may not connect to the database \"{name}\""),
        "53300" => format!("{address} has no connection left"),
        "57P03" => format!("{address} is starting or stopping"),
        code => format!("{address} refuses the connection (SQLSTATE {code})"),
    };
    DbError::new(Fault::Unreachable, message)
}

/// The classes of appendix A of PostgreSQL's manual.
fn classify(code: &str, words: &str, constraint: Option<&str>) -> DbError {
    let named = |what: &str| match constraint {
        Some(name) => format!("{what} \"{name}\""),
        None => what.to_owned(),
    };
    let (fault, message) = match (code, code.get(..2).unwrap_or_default()) {
        ("55P03", _) => (Fault::Busy, "somebody else holds a lock on it".to_owned()),
        ("57014", _) => (Fault::Busy, "it took longer than the server may work on one statement".to_owned()),
        ("40001" | "40P01", _) => (Fault::Busy, "another transaction came in between".to_owned()),
        ("57P01" | "57P02" | "57P03" | "57P05" | "25P03", _) | (_, "08") => {
            return DbError::broken("the server closed the connection");
        }
        ("42501" | "25006", _) => (Fault::ReadOnly, words.to_owned()),
        ("22001", _) => (Fault::Constraint, words.to_owned()),
        ("22021" | "22P05", _) => {
            (Fault::Constraint, "the database cannot store one of its characters".to_owned())
        }
        ("23502", _) => (Fault::Constraint, "a column may not be NULL".to_owned()),
        ("23505", _) => {
            (Fault::Constraint, named("another row has the same value; that breaks the constraint"))
        }
        (_, "23" | "44") => (Fault::Constraint, named("it breaks the constraint")),
        (_, "P0") => (Fault::Constraint, "a trigger of the table refuses it".to_owned()),
        (_, "22" | "21") => (Fault::Constraint, "a value does not fit its type".to_owned()),
        (_, "42" | "0A" | "3F" | "3D") => (Fault::Schema, words.to_owned()),
        (_, "53") => (Fault::Busy, "the server is out of memory, disk space or connections".to_owned()),
        _ => (Fault::Other, format!("SQLSTATE {code}")),
    };
    DbError::new(fault, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_what_can_be_done() {
        for (code, fault) in [
            ("55P03", Fault::Busy),
            ("40001", Fault::Busy),
            ("40P01", Fault::Busy),
            ("57014", Fault::Busy),
            ("57P01", Fault::Busy),
            ("42501", Fault::ReadOnly),
            ("25006", Fault::ReadOnly),
            ("42703", Fault::Schema),
            ("42P01", Fault::Schema),
            ("22001", Fault::Constraint),
            ("23514", Fault::Constraint),
            ("P0001", Fault::Constraint),
            ("XX000", Fault::Other),
        ] {
            assert_eq!(classify(code, "words", None).fault, fault, "{code}");
        }
        assert!(classify("57P01", "", None).is_broken() && !classify("55P03", "", None).is_broken());
    }

    #[test]
    fn words_that_may_hold_a_value_are_not_repeated() {
        for code in ["22P02", "23505", "23514", "P0001", "22021", "XX000"] {
            let error = classify(code, "bad text: Maria Lopez, 555-0100", Some("people_check"));
            assert!(!error.message.contains("Maria"), "{}", error.message);
        }
        assert!(classify("23514", "Maria", Some("short")).message.contains("\"short\""));
    }
}
