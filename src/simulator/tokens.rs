//! A deterministic stand-in for a tokenizer: about as many tokens as a real one, never the same ones.
//!
//! A token is a word with the blank before it, of at most [`WORD`] letters; long words, other scripts, digits and
//! punctuation take more tokens. The pieces put together are the text again, byte for byte. The counts of a prompt can
//! be skewed by a percentage, so that a client's estimate is wrong by a known amount.

/// Most letters in one token of a Latin word.
const WORD: usize = 7;
/// Most letters in one token of another alphabet.
const OTHER_WORD: usize = 4;
/// Most digits in one token.
const DIGITS: usize = 3;
/// Tokens around each message: its role and the marks of the chat form.
const PER_MESSAGE: u64 = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Latin,
    Other,
    Ideograph,
    Digit,
    Blank,
    Newline,
    Mark,
}

fn class(character: char) -> Class {
    match character {
        '\n' => Class::Newline,
        _ if character.is_whitespace() => Class::Blank,
        '0'..='9' => Class::Digit,
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => Class::Ideograph,
        '\0'..='\u{24f}' if character.is_alphabetic() => Class::Latin,
        _ if character.is_alphanumeric() => Class::Other,
        _ => Class::Mark,
    }
}

const fn most(class: Class) -> usize {
    match class {
        Class::Latin => WORD,
        Class::Other => OTHER_WORD,
        Class::Digit => DIGITS,
        Class::Newline => 2,
        Class::Blank => 16,
        Class::Ideograph | Class::Mark => 1,
    }
}

/// The tokens of a text, in order; together they are the text.
pub(super) struct Tokens<'a>(&'a str);

/// Splits `text` into tokens.
pub(super) const fn split(text: &str) -> Tokens<'_> {
    Tokens(text)
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut characters = self.0.char_indices().peekable();
        let (_, first) = characters.next()?;
        let mut kind = class(first);
        // One blank belongs to the word after it.
        if first == ' '
            && let Some((_, next)) = characters.peek()
            && !matches!(class(*next), Class::Blank | Class::Newline)
        {
            kind = class(*next);
            characters.next();
        }
        let mut left = most(kind) - 1;
        let end = characters.find(|(_, character)| {
            let stop = left == 0 || class(*character) != kind;
            left = left.saturating_sub(1);
            stop
        });
        let (token, rest) = self.0.split_at(end.map_or(self.0.len(), |(at, _)| at));
        self.0 = rest;
        Some(token)
    }
}

/// Returns the number of tokens in `text`.
pub(super) fn count(text: &str) -> u64 {
    split(text).map(|_| 1).sum()
}

/// Returns the number of tokens of a prompt of `messages`, changed by `skew` percent; at least 1.
pub(super) fn count_prompt<'a>(messages: impl Iterator<Item = &'a str>, skew: i32) -> u64 {
    let plain: u64 = messages.map(|text| count(text) + PER_MESSAGE).sum();
    let percent = u64::try_from(100 + skew.max(-99)).unwrap_or(1);
    (plain * percent).div_ceil(100).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_numbers_and_marks_are_tokens() {
        let tokens: Vec<_> = split("Led a team of 12,500 engineers.\n\nZürich – Москва 東京").collect();
        assert_eq!(
            tokens,
            [
                "Led",
                " a",
                " team",
                " of",
                " 12",
                ",",
                "500",
                " enginee",
                "rs",
                ".",
                "\n\n",
                "Zürich",
                " –",
                " Моск",
                "ва",
                " 東",
                "京"
            ]
        );
    }

    #[test]
    fn english_prose_has_about_four_characters_and_a_half_a_token() {
        let text = "Managed the night shift of a regional hospital, planned rosters for forty nurses and reduced \
                    the average waiting time in the emergency room by a third within two years.";
        let tokens = usize::try_from(count(text)).unwrap();
        let per_hundred = text.len() * 100 / tokens;
        assert!((400..600).contains(&per_hundred), "{per_hundred}");
    }

    #[test]
    fn a_prompt_is_skewed_by_the_percentage_asked_for() {
        let messages = ["one two three", "four five six"];
        assert_eq!(count_prompt(messages.into_iter(), 0), 14);
        assert_eq!(count_prompt(messages.into_iter(), 50), 21);
        assert_eq!(count_prompt(messages.into_iter(), -50), 7);
        assert_eq!(count_prompt(messages.into_iter(), -1_000), 1);
    }

    proptest! {
        #[test]
        fn tokens_together_are_the_text(text in any::<String>()) {
            prop_assert_eq!(split(&text).collect::<String>(), text.as_str());
            prop_assert!(split(&text).all(|token| !token.is_empty()));
        }

        #[test]
        fn letters_and_blanks_too(text in "[a-zA-Z0-9 .,\n–éя東]{0,200}") {
            prop_assert_eq!(split(&text).collect::<String>(), text.as_str());
        }
    }
}
