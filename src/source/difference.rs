//! How two texts differ, in words and by their shape: neither is quoted.

/// How many characters of the shape stand before and after the first difference.
const AROUND: (usize, usize) = (12, 20);

/// Tells how `stored` differs from `sent`, as the end of "is stored differently: …". Never text of a candidate: of both
/// the place is shown where they part, with `a` for each letter, `A` for each capital and `9` for each digit.
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
    let at = sent.chars().zip(stored.chars()).take_while(|(left, right)| left == right).count();
    format!(
        "{kind}, from character {} on; {} bytes were sent, {} are stored. In shape, {} was sent and {} is stored",
        at + 1,
        sent.len(),
        stored.len(),
        shape(sent, at),
        shape(stored, at)
    )
}

/// A piece of a text around a character, as a shape that tells nobody's words.
fn shape(text: &str, at: usize) -> String {
    let (before, after) = AROUND;
    let from = at.saturating_sub(before);
    let mut out = String::from(if from > 0 { "\"…" } else { "\"" });
    for character in text.chars().skip(from).take(at - from + after) {
        match character {
            _ if character.is_uppercase() => out.push('A'),
            _ if character.is_alphabetic() => out.push('a'),
            _ if character.is_numeric() => out.push('9'),
            _ => out.extend(character.escape_debug()),
        }
    }
    let is_cut = text.chars().nth(at + after).is_some();
    out.push_str(if is_cut { "…\"" } else { "\"" });
    out
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
            ("Cook", "Baker", "words are changed, from character 1 on; 4 bytes were sent, 5 are stored"),
            ("Cook. ", "Cook.", "In shape, \"Aaaa. \" was sent and \"Aaaa.\" is stored"),
            ("naïve 😀\n", "na?ve ?", "\"aaaaa 😀\\n\" was sent and \"aa?aa ?\" is stored"),
            ("007", "7", "\"999\" was sent and \"9\" is stored"),
        ] {
            let said = describe(Some(sent), Some(stored));
            assert!(said.contains(words), "{sent:?} {stored:?}: {said}");
            assert!(!said.contains("Cook") && !said.contains("Baker"), "{said}");
        }
        let long = "Ada Example, 1 Main Street, cooks. ".repeat(9);
        let said = describe(Some(&long), Some(&long.replacen("cooks", "bakes", 8)));
        assert!(said.contains("from character 29 on"), "{said}");
        let around = "\"…aaa Aaaaaa, aaaaa. Aaa Aaaaaaa, …\"";
        assert!(said.ends_with(&format!("{around} was sent and {around} is stored")), "{said}");
        assert_eq!(describe(Some("x"), None), "NULL in the place of the text");
        assert_eq!(describe(None, Some("")), "a text in the place of NULL");
    }
}
