//! What MySQL and MariaDB say, sorted by what can be done about it. Their words are kept only where they hold no value.

use sqlx::mysql::MySqlDatabaseError;

use crate::source::db::{
    DbError, Fault,
    network::{self, Place},
};

/// Why a statement failed.
pub(super) fn failed(error: &sqlx::Error) -> DbError {
    if let Some(broken) = network::broken(error) {
        return broken;
    }
    match error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>()) {
        Some(error) => classify(error.number(), error.message()),
        // These name columns and types, never values.
        None => DbError::new(Fault::Other, error.to_string()),
    }
}

/// Why a connection could not be made.
pub(super) fn unopened(error: &sqlx::Error, place: &Place) -> DbError {
    let Some(database) =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>())
    else {
        return network::unreached(error, place);
    };
    let Place { address, user, database: name, .. } = place;
    let message = match database.number() {
        1045 => {
            format!("{address} refuses the password of \"{user}\", or does not know that account from here")
        }
        1698 => format!("{address} lets \"{user}\" in only through its socket or another plugin"),
        1044 => format!("\"{user}\" may not use the database \"{name}\""),
        1049 => format!("{address} has no database \"{name}\""),
        1130 => format!("{address} lets nobody in from this machine"),
        1040 | 1203 | 1226 => format!("{address} has no connection left"),
        1129 => format!("{address} has blocked this machine after failed connections"),
        1053 => format!("{address} is stopping"),
        1251 | 1275 | 1524 | 2061 => format!(
            "the account \"{user}\" logs in in a way that redraft does not know; give it mysql_native_password or \
             caching_sha2_password"
        ),
        3159 | 1835 => format!("{address} asks for TLS; add ?ssl-mode=REQUIRED"),
        number => format!("{address} refuses the connection (error {number})"),
    };
    DbError::new(Fault::Unreachable, message)
}

fn classify(number: u16, words: &str) -> DbError {
    let (fault, message) = match number {
        1205 => (Fault::Busy, "somebody else holds a lock on it".to_owned()),
        1213 | 3101 => (Fault::Busy, "another transaction came in between".to_owned()),
        1969 | 3024 | 1317 | 1028 => {
            (Fault::Busy, "it took longer than the server may work on one statement".to_owned())
        }
        1021 | 1037 | 1038 | 1040 | 1041 | 1114 | 1135 => {
            (Fault::Busy, "the server is out of memory, disk space or connections".to_owned())
        }
        1053 | 1152 | 1158..=1161 | 1184 | 1927 | 4031 => {
            return DbError::broken("the server closed the connection");
        }
        1044 | 1045 | 1142 | 1143 | 1227 | 1290 | 1370 | 1792 | 1836 | 3100 => {
            (Fault::ReadOnly, words.to_owned())
        }
        1665 => (
            Fault::ReadOnly,
            "the server's binlog_format STATEMENT forbids it; its administrator can choose ROW or MIXED"
                .to_owned(),
        ),
        1046 | 1049 | 1051 | 1052 | 1054 | 1064 | 1096 | 1109 | 1111 | 1128 | 1146 | 1235 | 1267 | 1270
        | 1271 | 1288 | 1305 | 1327 | 1356 | 1582 | 1583 | 1630 | 1906 | 3105 | 4078 => {
            (Fault::Schema, words.to_owned())
        }
        1048 | 1406 | 1264 | 3819 | 4025 => (Fault::Constraint, words.to_owned()),
        1366 | 1300 | 3854 => (Fault::Constraint, "the column cannot store one of its characters".to_owned()),
        1062 | 1169 | 1586 => {
            (Fault::Constraint, "another row has the same value in a unique index".to_owned())
        }
        1153 => (
            Fault::Constraint,
            "the text is larger than what the server takes at once (max_allowed_packet)".to_owned(),
        ),
        1216 | 1217 | 1451 | 1452 => (Fault::Constraint, "another table refers to it".to_owned()),
        1643..=1645 => (Fault::Constraint, "a trigger of the table refuses it".to_owned()),
        1265 | 1292 | 1364 | 1365 | 1367 | 1369 | 1411 | 1442 | 1690 | 3140 | 3141 | 3156 | 4038 => {
            (Fault::Constraint, "a value does not fit its column".to_owned())
        }
        _ => (Fault::Other, format!("error {number}")),
    };
    DbError::new(fault, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_what_can_be_done() {
        for (number, fault) in [
            (1205, Fault::Busy),
            (1213, Fault::Busy),
            (1969, Fault::Busy),
            (1927, Fault::Busy),
            (1142, Fault::ReadOnly),
            (1143, Fault::ReadOnly),
            (1290, Fault::ReadOnly),
            (1054, Fault::Schema),
            (1146, Fault::Schema),
            (1406, Fault::Constraint),
            (1366, Fault::Constraint),
            (1644, Fault::Constraint),
            (9999, Fault::Other),
        ] {
            assert_eq!(classify(number, "words").fault, fault, "{number}");
        }
        assert!(classify(1927, "").is_broken() && !classify(1205, "").is_broken());
    }

    #[test]
    fn words_that_may_hold_a_value_are_not_repeated() {
        for number in [1062, 1292, 1366, 1644, 1105, 3140] {
            let error = classify(number, "Duplicate entry 'Maria Lopez, 555-0100'");
            assert!(!error.message.contains("Maria"), "{}", error.message);
        }
    }
}
