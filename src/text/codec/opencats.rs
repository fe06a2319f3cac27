//! The text that OpenCATS keeps for its full-text search, in which some signs are written as words.
//!
//! `+ # & @` become `_rPLUSr _rPOUNDr _rANDr _rATr`, a dot before anything but white space becomes `_rDOTr`. Pairs of
//! a dot and what follows it do not overlap, so that of `...` the second dot stays. White space is that of ASCII: a dot
//! before a no-break space is escaped.

use super::CodecError;

const SIGNS: [(char, &str); 5] =
    [('+', "_rPLUSr"), ('#', "_rPOUNDr"), ('&', "_rANDr"), ('@', "_rATr"), ('.', "_rDOTr")];

/// The text; only if it would be stored exactly so.
pub(super) fn get(stored: &str) -> Result<String, CodecError> {
    let text = decode(stored);
    if encode(&text) == stored {
        Ok(text)
    } else {
        Err(CodecError(
            "OpenCATS would store it in another form, so that it could not be given back exactly.",
        ))
    }
}

fn decode(stored: &str) -> String {
    SIGNS.iter().fold(stored.to_owned(), |text, (sign, word)| text.replace(word, &sign.to_string()))
}

pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut rest = text.chars().peekable();
    let push = |out: &mut String, character: char| match SIGNS.iter().find(|(sign, _)| *sign == character) {
        Some((sign, word)) if *sign != '.' => out.push_str(word),
        Some(_) | None => out.push(character),
    };
    while let Some(character) = rest.next() {
        match rest.peek() {
            Some(next) if character == '.' && !is_space(*next) => {
                out.push_str("_rDOTr");
                // The one that follows belongs to this pair: a dot there stays.
                rest.next().into_iter().for_each(|next| push(&mut out, next));
            }
            Some(_) | None => push(&mut out, character),
        }
    }
    out
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
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
            assert_eq!(encode(text), stored);
            assert_eq!(get(stored).unwrap(), text);
        }
    }

    #[test]
    fn what_would_not_come_back_is_refused() {
        for stored in ["a.b", "C++", "an _rDOTr alone_rDOTr", "x_rDOTr y"] {
            assert!(get(stored).is_err(), "{stored}");
        }
    }
}
