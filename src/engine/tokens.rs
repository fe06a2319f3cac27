//! How many tokens a text has, about. The provider's tokenizer is not here; the true count of each answer corrects
//! the estimate of the next by a learned ratio.

/// Returns an estimate of the tokens in `text`, within some ten percent for prose.
pub fn estimate(text: &str) -> u64 {
    let (mut tokens, mut run, mut last) = (0, 0, Class::Blank);
    for character in text.chars() {
        let class = Class::of(character);
        if class == last {
            run += 1;
        } else {
            tokens += last.tokens(run);
            (run, last) = (1, class);
        }
    }
    tokens + last.tokens(run)
}

/// Returns a number of tokens that no prompt of `bytes` bytes exceeds: a token has a byte at the least, and a message a
/// few tokens around it.
pub const fn worst_case(bytes: usize) -> u64 {
    bytes as u64 + 256
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Latin,
    Other,
    Ideograph,
    Digit,
    Blank,
    Line,
    Mark,
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            '\n' => Self::Line,
            _ if character.is_whitespace() => Self::Blank,
            '0'..='9' => Self::Digit,
            '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => Self::Ideograph,
            '\0'..='\u{24f}' if character.is_alphabetic() => Self::Latin,
            _ if character.is_alphanumeric() => Self::Other,
            _ => Self::Mark,
        }
    }

    /// The tokens of a run of this class. A blank belongs to the word behind it.
    const fn tokens(self, run: u64) -> u64 {
        match self {
            Self::Latin => run.div_ceil(7),
            Self::Other | Self::Digit => run.div_ceil(3),
            Self::Ideograph => run,
            Self::Blank => run / 16,
            Self::Line | Self::Mark => run.div_ceil(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prose_has_about_four_and_a_half_characters_a_token() {
        let text = "Managed the night shift of a regional hospital, planned rosters for forty nurses and reduced \
                    the average waiting time in the emergency room by a third within two years.";
        let per_hundred = text.len() as u64 * 100 / estimate(text);
        assert!((400..600).contains(&per_hundred), "{per_hundred}");
        assert_eq!(estimate(""), 0);
        assert_eq!(estimate("東京"), 2);
    }

    proptest! {
        #[test]
        fn the_worst_case_is_never_less(text in any::<String>()) {
            prop_assert!(estimate(&text) <= worst_case(text.len()));
        }
    }
}
