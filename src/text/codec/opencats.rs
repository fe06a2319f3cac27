//! The text that OpenCATS keeps for its full-text search, in which some signs are written as words.
//!
//! `+ # & @` become `_rPLUSr _rPOUNDr _rANDr _rATr`, a dot before anything but white space becomes `_rDOTr`. Pairs of
//! a dot and what follows it do not overlap, so that of `...` the second dot stays. White space is that of ASCII: a dot
//! before a no-break space is escaped. Some texts have the dot escaped before everything but a blank; a text stays in the
//! form in which it is.

use super::CodecError;

const SIGNS: [(char, &str); 5] =
    [('+', "_rPLUSr"), ('#', "_rPOUNDr"), ('&', "_rANDr"), ('@', "_rATr"), ('.', "_rDOTr")];

/// What a dot must not stand before to be escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// White space.
    Space,
    /// A blank.
    Blank,
}

/// The text; only if it would be stored exactly so.
pub(super) fn get(stored: &str) -> Result<String, CodecError> {
    let text = decode(stored);
    if form(stored, &text).is_some() {
        Ok(text)
    } else {
        Err(CodecError(
            "OpenCATS would store it in another form, so that it could not be given back exactly.",
        ))
    }
}

/// The text in the form of what is stored.
pub(super) fn put(stored: &str, text: &str) -> String {
    encode(text, form(stored, &decode(stored)).unwrap_or(Before::Space))
}

/// The form in which a text is stored.
fn form(stored: &str, text: &str) -> Option<Before> {
    [Before::Space, Before::Blank].into_iter().find(|before| encode(text, *before) == stored)
}

fn decode(stored: &str) -> String {
    SIGNS.iter().fold(stored.to_owned(), |text, (sign, word)| text.replace(word, &sign.to_string()))
}

fn encode(text: &str, before: Before) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut rest = text.chars().peekable();
    let push = |out: &mut String, character: char| match SIGNS.iter().find(|(sign, _)| *sign == character) {
        Some((sign, word)) if *sign != '.' => out.push_str(word),
        Some(_) | None => out.push(character),
    };
    while let Some(character) = rest.next() {
        match rest.peek() {
            Some(next) if character == '.' && !before.is(*next) => {
                out.push_str("_rDOTr");
                // The one that follows belongs to this pair: a dot there stays.
                rest.next().into_iter().for_each(|next| push(&mut out, next));
            }
            Some(_) | None => push(&mut out, character),
        }
    }
    out
}

impl Before {
    const fn is(self, character: char) -> bool {
        match self {
            Self::Space => matches!(character, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r'),
            Self::Blank => character == ' ',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_written_as_words_and_come_back() {
        for (text, stored) in [
            ("C++", "C_rPLUSr_rPLUSr"),
            ("C# & co.", "C_rPOUNDr _rANDr co."),
            ("ada@example.com", "ada_rATrexample_rDOTrcom"),
            ("a...b", "a_rDOTr._rDOTrb"),
            ("end.\nnext. one", "end.\nnext. one"),
            ("no\u{a0}break.\u{a0}x", "no\u{a0}break_rDOTr\u{a0}x"),
            ("License Version 1.1a", "License Version 1_rDOTr1a"),
            ("", ""),
        ] {
            assert_eq!(encode(text, Before::Space), stored);
            assert_eq!(get(stored).unwrap(), text);
        }
    }

    #[test]
    fn a_text_stays_in_its_form() {
        let stored = "end_rDOTr\nv1_rDOTr2. x";
        assert_eq!(get(stored).unwrap(), "end.\nv1.2. x");
        assert_eq!(put(stored, "end.\nv1.3. x"), "end_rDOTr\nv1_rDOTr3. x");
        assert_eq!(put("end.\nv1_rDOTr2", "end.\nv1.3"), "end.\nv1_rDOTr3");
        assert!(get("a_rDOTr\nb.\nc").is_err(), "both forms at once");
    }

    #[test]
    fn what_would_not_come_back_is_refused() {
        for stored in ["a.b", "C++", "an _rDOTr alone_rDOTr", "x_rDOTr y"] {
            assert!(get(stored).is_err(), "{stored}");
        }
    }
}
