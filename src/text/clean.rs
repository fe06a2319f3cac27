//! Text as it is sent to the model and written back: composed, and without anything that a reader cannot see.
//!
//! What is removed is a change like any other: the diff shows it, nothing here decides for a person.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    hidden::{hidden, tag_flag},
    safe::{CLUSTER_CAP, cut_cluster},
};

/// More than any text has been found to need.
const PASSES: usize = 8;

/// A text without hidden characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned<'a> {
    /// The text, in Unicode's composed form (NFC).
    pub text: Cow<'a, str>,
    /// How many characters were removed or replaced.
    pub removed: usize,
}

/// Composes `text` and strips controls, bidi, zero-width and tag characters.
///
/// Tabs, LF and CRLF stay. Other line ends (a lone CR, form feed, NEL, the Unicode separators) become LF and the
/// Braille blank a space, because without them two words would become one.
pub fn clean(text: &str) -> Cleaned<'_> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return Cleaned { text: Cow::Borrowed(text), removed: 0 };
    }
    let (mut cleaned, mut removed) = pass(text);
    if cleaned == text {
        return Cleaned { text: Cow::Borrowed(text), removed: 0 };
    }
    // Composing can part a joiner from the letter that it stood beside: until nothing more is to be done.
    for _ in 0..PASSES {
        let (next, more) = pass(&cleaned);
        removed += more;
        if next == cleaned {
            break;
        }
        cleaned = next;
    }
    Cleaned { text: Cow::Owned(cleaned), removed }
}

fn pass(text: &str) -> (String, usize) {
    let (stripped, removed) = strip(text);
    let composed = match is_nfc_quick(stripped.chars()) {
        IsNormalized::Yes => stripped,
        IsNormalized::No | IsNormalized::Maybe => stripped.nfc().collect(),
    };
    let (capped, cut) = cap(composed);
    (capped, removed + cut)
}

fn strip(text: &str) -> (String, usize) {
    let (mut out, mut removed) = (String::with_capacity(text.len()), 0);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((flag, behind)) = tag_flag(rest).map(|length| rest.split_at(length)) {
            out.push_str(flag);
            rest = behind;
            continue;
        }
        let tail = rest.split_at(c.len_utf8()).1;
        rest = tail;
        let instead = match c {
            '\n' | '\t' => Some(c),
            '\r' if tail.starts_with('\n') => Some(c),
            '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{2800}' => Some(' '),
            _ => {
                // Neighbours that are stripped themselves do not count.
                let before = out.chars().next_back().filter(|before| !before.is_control());
                let after = tail.chars().find(|after| hidden(Some('\u{94D}'), *after, None).is_none());
                hidden(before, c, after).is_none().then_some(c)
            }
        };
        removed += usize::from(instead != Some(c));
        out.extend(instead);
    }
    (out, removed)
}

fn cap(text: String) -> (String, usize) {
    let long = |cluster: &str| cluster.len() > CLUSTER_CAP && cluster.chars().nth(CLUSTER_CAP).is_some();
    if !text.graphemes(true).any(long) {
        return (text, 0);
    }
    let capped: String = text
        .graphemes(true)
        .map(|cluster| if long(cluster) { cut_cluster(cluster) } else { cluster })
        .collect();
    let cut = text.chars().count() - capped.chars().count();
    (capped, cut)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_go_and_the_writing_stays() {
        for (text, expected, removed) in [
            ("plain\ttext\r\n", "plain\ttext\r\n", 0),
            ("e\u{301}", "é", 0),
            ("a\u{200b}b\u{202e}c\u{1b}[0m", "abc[0m", 3),
            ("hi\u{e0041}\u{e0042}", "hi", 2),
            ("one\u{c}two\rthree\u{2028}four", "one\ntwo\nthree\nfour", 3),
            ("می\u{200C}خواهم 👩\u{200D}💻 ❤\u{FE0F}", "می\u{200C}خواهم 👩\u{200D}💻 ❤\u{FE0F}", 0),
            ("a\u{2800}b", "a b", 1),
        ] {
            let cleaned = clean(text);
            assert_eq!((&*cleaned.text, cleaned.removed), (expected, removed), "{text:?}");
        }
    }

    #[test]
    fn clean_text_is_borrowed() {
        assert!(matches!(clean("Grüße, 山田").text, Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(
            text in prop::collection::vec(prop_oneof![
                any::<char>(),
                prop::char::range('\u{200b}', '\u{206f}'),
                prop::sample::select(vec!['\u{301}', '\u{fe0f}', '\u{200d}', '\u{1f469}', '\u{64a}', '\u{94d}', 'a', '\r', '\n', '\u{1f3f4}', '\u{e0067}']),
            ], 0..30)
        ) {
            let text: String = text.into_iter().collect();
            let once = clean(&text).text.into_owned();
            let twice = clean(&once);
            prop_assert_eq!(&*twice.text, once.as_str());
            prop_assert_eq!(twice.removed, 0);
            prop_assert!(once.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')));
        }
    }
}
