//! A sentence as words and marks, for rules that look at words.

/// A word or a mark, with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// As it stands.
    pub text: &'a str,
    /// In lower case, with plain apostrophes.
    pub key: String,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
}

impl Token<'_> {
    /// Whether it is a word and no mark.
    pub fn is_word(&self) -> bool {
        self.key.chars().any(char::is_alphanumeric)
    }

    /// Whether it begins with a capital.
    pub fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

const OPENING: &[char] = &['(', '[', '{', '"', '“', '‘', '„', '«', '¿', '¡'];
const CLOSING: &[char] = &['.', ',', ';', ':', '!', '?', ')', ']', '}', '"', '”', '»', '…'];

/// Cuts a text at blanks and peels the marks off its words.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(text.len() / 5);
    let mut start = None;
    for (at, sign) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, sign.is_whitespace()) {
            (None, false) => start = Some(at),
            (Some(from), true) => {
                peel(text, from, at, &mut out);
                start = None;
            }
            (None, true) | (Some(_), false) => {}
        }
    }
    out
}

fn peel<'a>(text: &'a str, mut from: usize, mut to: usize, out: &mut Vec<Token<'a>>) {
    let mut behind = Vec::new();
    while let Some(sign) = part(text, from, to).chars().next().filter(|sign| OPENING.contains(sign)) {
        push(text, from, from + sign.len_utf8(), out);
        from += sign.len_utf8();
    }
    while let Some(sign) = part(text, from, to).chars().next_back().filter(|sign| CLOSING.contains(sign)) {
        behind.push((to - sign.len_utf8(), to));
        to -= sign.len_utf8();
    }
    if from < to {
        push(text, from, to, out);
    }
    for (from, to) in behind.into_iter().rev() {
        push(text, from, to, out);
    }
}

fn push<'a>(text: &'a str, start: usize, end: usize, out: &mut Vec<Token<'a>>) {
    let piece = part(text, start, end);
    let key = piece.to_lowercase().replace('’', "'");
    out.push(Token { text: piece, key, start, end });
}

/// The bytes from `from` to `to`; empty where that cuts a character.
pub fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// The text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut found = false;
    for sign in text.chars() {
        if !found && sign.is_alphanumeric() {
            found = true;
            out.extend(sign.to_uppercase());
        } else {
            out.push(sign);
        }
    }
    out
}

/// The text with its first letter in lower case.
pub fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whether English says `an` before the word.
pub fn needs_an(word: &str) -> bool {
    let word = word.to_lowercase();
    let silent = ["hour", "honest", "honour", "honor", "heir"].iter().any(|start| word.starts_with(start));
    let spoken = ["uni", "use", "usu", "eu", "one", "once"].iter().any(|start| word.starts_with(start))
        && !word.starts_with("unin")
        && !word.starts_with("unim");
    silent || !spoken && word.starts_with(['a', 'e', 'i', 'o', 'u', '8'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.key).collect()
    }

    #[test]
    fn marks_are_peeled_off_and_the_inside_stays() {
        assert_eq!(
            keys("The (old) team's C++, 3.5%."),
            ["the", "(", "old", ")", "team's", "c++", ",", "3.5%", "."]
        );
        assert_eq!(keys("  I’m  "), ["i'm"]);
        assert_eq!(keys("..."), [".", ".", "."]);
        assert_eq!(keys(""), Vec::<String>::new());
    }

    #[test]
    fn articles_follow_the_sound() {
        for word in ["electrician", "ICU", "hour", "8-bed", "uninterrupted"] {
            assert!(needs_an(word), "{word}");
        }
        for word in ["unit", "user", "European", "nurse", "one-day"] {
            assert!(!needs_an(word), "{word}");
        }
        assert_eq!(capitalised("“été"), "“Été");
        assert_eq!(lowered("Été"), "été");
    }
}
