//! One value of a cell.

use std::fmt;

/// A value as the engine holds it; nothing is converted on the way.
#[derive(Clone, PartialEq)]
pub(in crate::source) enum Val {
    /// NULL.
    Null,
    /// An integer.
    Int(i64),
    /// An integer of an unsigned column.
    UInt(u64),
    /// A fraction.
    Real(f64),
    /// A text that is UTF-8.
    Text(String),
    /// Bytes, or a text that is no UTF-8.
    Bytes(Vec<u8>),
}

impl Val {
    /// The value as people read it; NULL is empty.
    pub(in crate::source) fn words(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Int(number) => number.to_string(),
            Self::UInt(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The integer, if it is one and fits.
    pub(in crate::source) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::UInt(number) => i64::try_from(*number).ok(),
            Self::Null | Self::Real(_) | Self::Text(_) | Self::Bytes(_) => None,
        }
    }

    /// The text, if it is one.
    pub(in crate::source) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Int(_) | Self::UInt(_) | Self::Real(_) | Self::Bytes(_) => None,
        }
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Tells the kind and the size, never the value: it may be a candidate's.
impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Int(_) => f.write_str("Int"),
            Self::UInt(_) => f.write_str("UInt"),
            Self::Real(_) => f.write_str("Real"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_printed_by_accident() {
        let values = [Val::from("Maria 555-0100"), Val::Int(5), Val::Bytes(b"Maria".to_vec()), Val::Null];
        assert_eq!(format!("{values:?}"), "[Text(14 bytes), Int, Bytes(5 bytes), Null]");
    }
}
