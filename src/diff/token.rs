//! Words with what the comparison needs to know of them: a key, a stem, a weight.
//!
//! The key is what counts as the same word: composed, with straight quotes and one hyphen. The stem is coarser and
//! only pairs blocks and sentences; it never decides what is shown as unchanged.

use std::{collections::HashMap, ops::Range};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::text::{WordKind, part, words};

/// What makes a word more than wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A mark between words.
    Punctuation,
    /// A word that carries grammar, not content.
    Stop,
    /// Any other word in lower case.
    Plain,
    /// A word whose one capital letter is its first: a name, or the first of a sentence.
    Capitalised,
    /// A word with other capital letters: a name wherever it stands.
    Name,
    /// A word with a digit: a number, a date, an amount, a version.
    Digit,
}

/// One word of a section.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Its bytes in the text of the section.
    pub range: Range<usize>,
    /// Equal for words that count as the same.
    pub key: u32,
    /// Equal for words that are probably forms of the same word.
    pub stem: u32,
    /// What it is.
    pub sort: Sort,
    /// The number of its characters.
    pub chars: u32,
}

impl Token {
    /// How much it weighs beside others, without regard to how rare it is.
    pub const fn weight(&self) -> f32 {
        match self.sort {
            Sort::Punctuation => 0.1,
            Sort::Stop => 0.25,
            Sort::Plain | Sort::Capitalised | Sort::Name => 1.0,
            Sort::Digit => 1.5,
        }
    }

    /// Whether it states a fact that must stay visible; `first` is the first word of a sentence.
    pub const fn is_fact(&self, first: bool) -> bool {
        match self.sort {
            Sort::Digit | Sort::Name => true,
            Sort::Capitalised => !first,
            Sort::Plain | Sort::Stop | Sort::Punctuation => false,
        }
    }

    /// Whether it is a word and not a mark.
    pub fn is_word(&self) -> bool {
        self.sort != Sort::Punctuation
    }
}

/// Numbers for keys and stems, shared by both sides of a comparison.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    keys: HashMap<Box<str>, u32>,
    stems: HashMap<Box<str>, u32>,
    /// For each key its stem and its sort.
    known: Vec<(u32, Sort)>,
}

impl Lexicon {
    /// Cuts `text` into tokens.
    pub fn tokens(&mut self, text: &str) -> Vec<Token> {
        words(text)
            .into_iter()
            .map(|word| {
                let shown = part(text, word.range.clone());
                let (key, (stem, sort)) = self.key(shown, word.kind);
                let chars = u32::try_from(shown.chars().count()).unwrap_or(u32::MAX);
                Token { range: word.range, key, stem, sort, chars }
            })
            .collect()
    }

    /// The number of different stems so far.
    pub fn stems(&self) -> usize {
        self.stems.len()
    }

    fn key(&mut self, shown: &str, kind: WordKind) -> (u32, (u32, Sort)) {
        let normal = normal(shown);
        let word = normal.as_deref().unwrap_or(shown);
        if let Some(key) = self.keys.get(word) {
            return (*key, self.known.get(*key as usize).copied().unwrap_or((0, Sort::Plain)));
        }
        let lower = word.to_lowercase();
        let stem = stem(&lower);
        let next = u32::try_from(self.stems.len()).unwrap_or(u32::MAX);
        let stem = *self.stems.entry(stem.into()).or_insert(next);
        let sort = sort(word, &lower, kind);
        let key = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.keys.insert(word.into(), key);
        self.known.push((stem, sort));
        (key, (stem, sort))
    }
}

/// The form that is compared, if it is not the word itself.
fn normal(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let plain = |c: char| match c {
        '\u{2018}'..='\u{201B}' | '\u{2032}' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{2033}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    };
    match is_nfc_quick(word.chars()) {
        IsNormalized::Yes if word.chars().all(|c| plain(c) == c) => None,
        IsNormalized::Yes => Some(word.chars().map(plain).collect()),
        IsNormalized::No | IsNormalized::Maybe => Some(word.nfc().map(plain).collect()),
    }
}

fn sort(word: &str, lower: &str, kind: WordKind) -> Sort {
    if kind == WordKind::Punctuation {
        return Sort::Punctuation;
    }
    if word.chars().any(char::is_numeric) {
        return Sort::Digit;
    }
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    // `The` at the start of a sentence is no name, but `IT` and `US` are.
    match (STOP.binary_search(&lower).is_ok(), capitals) {
        (true, 0 | 1) => Sort::Stop,
        (false, 0) => Sort::Plain,
        (false, 1) if word.starts_with(char::is_uppercase) => Sort::Capitalised,
        (true | false, _) => Sort::Name,
    }
}

/// Endings that the forms of an English word differ in, long ones first.
const ENDINGS: [&str; 9] = ["ments", "ment", "ings", "ing", "ers", "er", "ed", "es", "s"];

/// Without its ending whole up to 4 letters, the first 4 of up to 7, the first 5 from 8 on; whole with a digit.
fn stem(lower: &str) -> &str {
    if lower.chars().any(char::is_numeric) {
        return lower;
    }
    let bare = |ending: &str| lower.strip_suffix(ending).filter(|rest| rest.chars().count() >= 4);
    let lower = ENDINGS.iter().find_map(|ending| bare(ending)).unwrap_or(lower);
    let keep = match lower.chars().count() {
        0..=4 => return lower,
        5..=7 => 4,
        _ => 5,
    };
    lower.char_indices().nth(keep).map_or(lower, |(end, _)| lower.split_at(end).0)
}

/// Words without content of their own, in English and in the languages that résumés are most often mixed with;
/// sorted.
const STOP: [&str; 141] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "auf", "aus", "be",
    "been", "bei", "being", "but", "by", "can", "con", "could", "da", "das", "de", "del", "dem", "den",
    "der", "des", "did", "die", "do", "does", "du", "during", "each", "ein", "eine", "einem", "einer", "el",
    "en", "et", "for", "from", "für", "had", "has", "have", "he", "her", "his", "i", "i'm", "if", "im", "in",
    "into", "is", "it", "its", "la", "las", "le", "les", "los", "many", "me", "mit", "more", "most", "my",
    "nach", "not", "o", "of", "on", "or", "other", "our", "out", "over", "par", "para", "per", "por", "pour",
    "que", "she", "so", "some", "such", "sur", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "through", "to", "u", "um", "un", "una", "und", "under", "une", "up",
    "us", "van", "very", "via", "von", "was", "we", "well", "were", "what", "when", "where", "which",
    "while", "who", "will", "with", "within", "would", "y", "you", "your", "zu", "zum", "zur",
];

#[cfg(test)]
mod tests {
    use super::{
        Sort::{Capitalised, Digit, Name, Plain, Punctuation, Stop},
        *,
    };

    #[test]
    fn the_stop_words_can_be_searched() {
        assert!(STOP.is_sorted(), "{:?}", STOP.windows(2).find(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn spelling_variants_have_one_key() {
        let mut lexicon = Lexicon::default();
        let tokens = lexicon.tokens("don’t don't 2018–2023 2018-2023 “a\" e\u{301} é");
        let keys: Vec<u32> = tokens.iter().map(|token| token.key).collect();
        assert_eq!((keys[0], keys[2]), (keys[1], keys[3]));
        assert_eq!((keys[4], keys[7]), (keys[6], keys[8]));
    }

    #[test]
    fn a_stem_joins_the_forms_of_a_word_and_keeps_numbers_apart() {
        for (word, expected) in [
            ("team", "team"),
            ("teams", "team"),
            ("managed", "mana"),
            ("management", "mana"),
            ("scanners", "scan"),
            ("scanning", "scan"),
            ("holidays", "holi"),
            ("holiday", "holi"),
            ("responsible", "respo"),
            ("its", "its"),
            ("2018-2023", "2018-2023"),
            ("größere", "größ"),
        ] {
            assert_eq!(stem(word), expected);
        }
    }

    #[test]
    fn facts_are_told_from_wording() {
        let mut lexicon = Lexicon::default();
        let sorts: Vec<Sort> =
            lexicon.tokens("The team, in Bonn IT, cut 4%").into_iter().map(|t| t.sort).collect();
        assert_eq!(sorts, [Stop, Plain, Punctuation, Stop, Capitalised, Name, Punctuation, Plain, Digit]);
    }
}
