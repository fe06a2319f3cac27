//! Keys of the candidate database as text, and back to the very values.
//!
//! A key of one column is its value as people read it. The parts of a compound key are joined by `/`; a `/` or `%` in a
//! part is written `%2F` or `%25`.

use super::{
    db::{Affinity, Val},
    port::SourceError,
};

/// One column of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyColumn {
    /// The name, quoted.
    pub(super) quoted: String,
    /// The name for people.
    pub(super) name: String,
    /// Which values it can hold.
    pub(super) affinity: Affinity,
    /// Whether it may be NULL; such rows cannot be named and are left out.
    pub(super) nullable: bool,
}

/// The key as text.
pub(super) fn encode(columns: &[KeyColumn], values: &[Val]) -> Result<String, SourceError> {
    let parts = columns.iter().zip(values).map(|(column, value)| part(column, value));
    let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
    Ok(match parts.as_slice() {
        [one] => one.clone(),
        several => several
            .iter()
            .map(|part| part.replace('%', "%25").replace('/', "%2F"))
            .collect::<Vec<_>>()
            .join("/"),
    })
}

fn part(column: &KeyColumn, value: &Val) -> Result<String, SourceError> {
    let odd = |what: &str| {
        SourceError::Engine(format!(
            "The key column \"{}\" holds {what}, which cannot be part of a key.",
            column.name
        ))
    };
    match (value, column.affinity) {
        (Val::Int(number), _) => Ok(number.to_string()),
        (Val::Text(text), Affinity::Number | Affinity::Text) => Ok(text.clone()),
        // The column keeps 5 and '5' apart, so the text must too.
        (Val::Text(text), Affinity::Any) => Ok(format!("t:{text}")),
        (Val::Bytes(bytes), Affinity::Any) => Ok(format!("x:{}", crate::domain::hex(bytes))),
        (Val::Bytes(_), Affinity::Number | Affinity::Text) => Err(odd("bytes")),
        (Val::Real(_), _) => Err(odd("a fraction")),
        (Val::Null, _) => Err(odd("NULL")),
    }
}

/// The values of a key; `None` if the text cannot be a key of these columns.
pub(super) fn decode(columns: &[KeyColumn], id: &str) -> Option<Vec<Val>> {
    if let [column] = columns {
        return value(column, id.to_owned()).map(|value| vec![value]);
    }
    let parts: Vec<&str> = id.split('/').collect();
    if parts.len() != columns.len() {
        return None;
    }
    let plain = |part: &str| part.replace("%2F", "/").replace("%25", "%");
    columns.iter().zip(parts).map(|(column, part)| value(column, plain(part))).collect()
}

fn value(column: &KeyColumn, part: String) -> Option<Val> {
    match column.affinity {
        Affinity::Text => Some(Val::Text(part)),
        Affinity::Number => Some(part.parse().map_or(Val::Text(part), Val::Int)),
        Affinity::Any => match part.split_once(':') {
            Some(("t", text)) => Some(Val::from(text)),
            Some(("x", digits)) => bytes(digits).map(Val::Bytes),
            _ => part.parse().ok().map(Val::Int),
        },
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(affinity: Affinity) -> KeyColumn {
        KeyColumn { quoted: "`k`".to_owned(), name: "k".to_owned(), affinity, nullable: false }
    }

    #[test]
    fn a_single_key_is_what_people_read() {
        for (affinity, value, text) in [
            (Affinity::Number, Val::Int(42), "42"),
            (Affinity::Text, Val::from("a/b%"), "a/b%"),
            (Affinity::Text, Val::from("42"), "42"),
            (Affinity::Any, Val::from("42"), "t:42"),
            (Affinity::Any, Val::Bytes(vec![0, 255]), "x:00ff"),
        ] {
            let columns = [column(affinity)];
            assert_eq!(encode(&columns, std::slice::from_ref(&value)).unwrap(), text);
            assert_eq!(decode(&columns, text), Some(vec![value]));
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let two = [column(Affinity::Text), column(Affinity::Number)];
        assert_eq!(decode(&two, "a"), None);
        assert_eq!(decode(&two, "a/1/2"), None);
        assert_eq!(decode(&[column(Affinity::Any)], "x:0"), None);
        assert_eq!(decode(&[column(Affinity::Any)], "zz"), None);
        assert!(encode(&[column(Affinity::Number)], &[Val::Real(0.5)]).is_err());
    }

    fn values() -> impl Strategy<Value = (Affinity, Val)> {
        prop_oneof![
            any::<i64>().prop_map(|number| (Affinity::Number, Val::Int(number))),
            ".*".prop_map(|text| (Affinity::Text, Val::Text(text))),
            any::<i64>().prop_map(|number| (Affinity::Any, Val::Int(number))),
            ".*".prop_map(|text| (Affinity::Any, Val::Text(text))),
            any::<Vec<u8>>().prop_map(|bytes| (Affinity::Any, Val::Bytes(bytes))),
        ]
    }

    proptest! {
        #[test]
        fn every_key_comes_back(parts in prop::collection::vec(values(), 1..4)) {
            let columns: Vec<_> = parts.iter().map(|(affinity, _)| column(*affinity)).collect();
            let parts: Vec<_> = parts.into_iter().map(|(_, value)| value).collect();
            let text = encode(&columns, &parts).unwrap();
            prop_assert_eq!(decode(&columns, &text), Some(parts));
        }
    }
}
