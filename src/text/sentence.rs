//! Sentences, by the rules of Unicode (UAX #29), but not cut after initials and abbreviations.

use std::{borrow::Cow, ops::Range};

use unicode_segmentation::UnicodeSegmentation;

use super::part;

/// Words before a full stop that does not end a sentence, in lower case.
const ABBREVIATIONS: [&str; 62] = [
    "approx", "apr", "assoc", "asst", "aug", "ave", "bldg", "blvd", "bzw", "ca", "capt", "cert", "co",
    "corp", "dec", "dept", "dipl", "dr", "eng", "esp", "est", "excl", "ext", "feb", "fig", "ggf", "govt",
    "hr", "hrs", "inc", "incl", "ing", "inkl", "int", "intl", "jan", "jr", "jul", "jun", "lt", "ltd", "max",
    "mgr", "min", "mr", "mrs", "ms", "mt", "no", "nov", "nr", "oct", "prof", "sen", "sept", "sgt", "sr",
    "st", "tel", "univ", "vol", "vs",
];

/// Returns the sentences of `text` in order, without the white space around them.
///
/// A line end counts as a blank: hard-wrapped text is cut as if it were one line.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    // Replacing byte for byte keeps the offsets.
    let flat = if text.contains(['\n', '\r']) {
        Cow::Owned(text.replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(text)
    };
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (at, piece) in flat.split_sentence_bound_indices() {
        let trimmed = piece.trim();
        if trimmed.is_empty() {
            continue;
        }
        let start = at + piece.len() - piece.trim_start().len();
        let range = start..start + trimmed.len();
        match out.last_mut().filter(|_| open) {
            Some(last) => last.end = range.end,
            None => out.push(range),
        }
        let behind = part(&flat, at + piece.len()..flat.len()).trim_start();
        open = goes_on(trimmed, behind);
    }
    out
}

/// Whether a piece that the rules cut off ends in a full stop of another kind.
fn goes_on(piece: &str, behind: &str) -> bool {
    let Some(body) = piece.strip_suffix('.') else { return false };
    let word = body.rsplit([' ', '(', '/', '\u{A0}']).next().unwrap_or_default();
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        // `Jordan M. Example`
        (Some(initial), None) if initial.is_uppercase() => true,
        // `e.g.`, `U.S.`, `B.Sc.`
        (Some(first), Some('.')) if first.is_alphabetic() => true,
        (Some(first), _) if first.is_ascii_digit() => piece == word_with_stop(word, piece),
        _ if word.eq_ignore_ascii_case("no") => behind.starts_with(|c: char| c.is_ascii_digit()),
        _ => ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word)),
    }
}

/// `1.` before an item of a list: the whole piece is the number.
fn word_with_stop<'a>(word: &str, piece: &'a str) -> &'a str {
    if word.len() <= 3 && piece.len() == word.len() + 1 { piece } else { "" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| part(text, range)).collect()
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        assert_eq!(
            cut("Led a team of 25.  Cut costs by 3.5 %! Ready? Yes."),
            ["Led a team of 25.", "Cut costs by 3.5 %!", "Ready?", "Yes."]
        );
        assert_eq!(cut("山田です。東京にいます。"), ["山田です。", "東京にいます。"]);
        assert_eq!(cut("no stop at the end"), ["no stop at the end"]);
        assert_eq!(cut("  "), [""; 0]);
    }

    #[test]
    fn initials_and_abbreviations_end_none() {
        for text in [
            "Jordan M. Example led it.",
            "Worked for Dr. Brown at Acme Inc. Boston until Dec. 2019.",
            "Tools, e.g. Excel.",
            "In the U.S. Army.",
            "Ranked No. 5 of 80.",
            "1. Planned shifts.",
        ] {
            assert_eq!(cut(text), [text]);
        }
        assert_eq!(cut("I said no. Then I left."), ["I said no.", "Then I left."]);
    }

    #[test]
    fn a_wrapped_line_is_no_end() {
        assert_eq!(cut("Led a team\r\nof 25. Cut\ncosts."), ["Led a team\r\nof 25.", "Cut\ncosts."]);
    }

    proptest! {
        #[test]
        fn sentences_and_white_space_are_the_text(text in prop_oneof![any::<String>(), "[A-Za-z0-9.!? \n]{0,80}"]) {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(part(&text, end..range.start).trim().is_empty());
                prop_assert!(!range.is_empty() && text.is_char_boundary(range.end));
                end = range.end;
            }
            prop_assert!(part(&text, end..text.len()).trim().is_empty());
        }
    }
}
