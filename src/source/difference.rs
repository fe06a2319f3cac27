//! How two texts differ, in words that quote neither.

/// Tells how `stored` differs from `sent`, as the end of "is stored differently: …". Never text of a candidate.
pub(super) fn describe(sent: Option<&str>, stored: Option<&str>) -> String {
    let (sent, stored) = match (sent, stored) {
        (Some(sent), Some(stored)) => (sent, stored),
        (None, Some(_)) => return "a text in the place of NULL".to_owned(),
        (Some(_), None) => return "NULL in the place of the text".to_owned(),
        (None, None) => return "not at all".to_owned(),
    };
    let kind = if sent == stored {
        "not at all"
    } else if sent.trim() == stored.trim() {
        "white space at the beginning or the end is changed"
    } else if sent.starts_with(stored) {
        "its end is cut off"
    } else if spaced(sent) == spaced(stored) {
        "white space or line ends are changed"
    } else if sent.to_lowercase() == stored.to_lowercase() {
        "upper and lower case are changed"
    } else if ascii(sent) == ascii(&stored.replace('?', "")) && !sent.is_ascii() {
        "characters beyond ASCII are lost"
    } else {
        "words are changed"
    };
    let at = sent.bytes().zip(stored.bytes()).take_while(|(left, right)| left == right).count();
    format!("{kind}, from byte {at} on; {} bytes were sent, {} are stored", sent.len(), stored.len())
}

fn spaced(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn ascii(text: &str) -> String {
    text.chars().filter(|character| character.is_ascii() && *character != '?').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_difference_is_named_and_nothing_is_quoted() {
        for (sent, stored, words) in [
            ("Cook. ", "Cook.", "white space at the beginning or the end"),
            ("Cook and baker", "Cook", "its end is cut off"),
            ("a\r\nb", "a\nb", "line ends"),
            ("Cook", "COOK", "upper and lower case"),
            ("naïve 😀", "na?ve ?", "beyond ASCII"),
            ("Cook", "Baker", "words are changed, from byte 0 on; 4 bytes were sent, 5 are stored"),
        ] {
            let said = describe(Some(sent), Some(stored));
            assert!(said.contains(words), "{sent:?} {stored:?}: {said}");
            assert!(!said.contains("Cook") && !said.contains("Baker"), "{said}");
        }
        assert_eq!(describe(Some("x"), None), "NULL in the place of the text");
        assert_eq!(describe(None, Some("")), "a text in the place of NULL");
    }
}
