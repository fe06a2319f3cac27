//! Identifiers: a prefix that tells the kind, and a sortable 128-bit number (`UUIDv7`) in lower-case base32.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// The reason why a text is no identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{text}\" is no {kind} id: one begins with \"{prefix}\" and has {LENGTH} more characters.")]
pub struct IdError {
    text: String,
    kind: &'static str,
    prefix: &'static str,
}

const LENGTH: usize = 26;
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(number: u128) -> String {
    (0..LENGTH).rev().map(|place| char::from(DIGITS[((number >> (place * 5)) & 31) as usize])).collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != LENGTH || text.as_bytes().first().is_some_and(|first| *first > b'7') {
        return None;
    }
    text.bytes().try_fold(0u128, |number, byte| {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        Some((number << 5) | digit as u128)
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(u128);

        impl $name {
            /// Wraps a `UUIDv7` that the caller has made.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid.as_u128())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix).and_then(decode).map(Self).ok_or_else(|| IdError {
                    text: text.chars().take(64).collect(),
                    kind: $kind,
                    prefix: $prefix,
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

id!(
    /// Names a batch.
    BatchId,
    "batch",
    "bat_"
);
id!(
    /// Names a rewrite.
    RewriteId,
    "rewrite",
    "rwt_"
);
id!(
    /// Names an attempt.
    AttemptId,
    "attempt",
    "att_"
);
id!(
    /// Names a parcel.
    ParcelId,
    "parcel",
    "par_"
);
id!(
    /// Names a decision.
    DecisionId,
    "decision",
    "dec_"
);
id!(
    /// Names one row of the write-back journal.
    IntentId,
    "intent",
    "int_"
);

/// Names a change of a rewrite by its content: an edit elsewhere in the text does not rename it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeId(pub u64);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chg_{:016x}", self.0)
    }
}

impl FromStr for ChangeId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix("chg_")
            .filter(|digits| digits.len() == 16)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map(Self)
            .ok_or_else(|| IdError { text: text.chars().take(64).collect(), kind: "change", prefix: "chg_" })
    }
}

impl TryFrom<String> for ChangeId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ChangeId> for String {
    fn from(id: ChangeId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself() {
        for number in [0, 1, u128::MAX, 0x0192_f3a1_7c00_7000_8000_0000_0000_0001] {
            let id = RewriteId(number);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn ids_sort_as_their_numbers_do() {
        assert!(BatchId(9).to_string() < BatchId(10).to_string());
        assert!(BatchId(31).to_string() < BatchId(32).to_string());
    }

    #[test]
    fn another_kind_or_a_bad_digit_is_refused_with_a_sentence() {
        let rewrite = RewriteId(5).to_string();
        let error = rewrite.parse::<BatchId>().unwrap_err();
        assert!(error.to_string().contains("is no batch id: one begins with \"bat_\""), "{error}");
        assert!(rewrite.replace('0', "u").parse::<RewriteId>().is_err());
        assert!("rwt_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<RewriteId>().is_err(), "over 128 bits");
    }

    #[test]
    fn a_change_id_reads_back_as_itself() {
        assert_eq!(ChangeId(0xab).to_string(), "chg_00000000000000ab");
        assert_eq!("chg_00000000000000ab".parse(), Ok(ChangeId(0xab)));
        assert!("chg_ab".parse::<ChangeId>().is_err());
    }
}
