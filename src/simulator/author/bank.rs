//! The rules of `assets/demo/phrases/`, read once.

use std::sync::LazyLock;

use super::{language::Language, rule::Bank};

static ENGLISH: LazyLock<Bank> =
    LazyLock::new(|| Bank::read(include_str!("../../../assets/demo/phrases/en.txt")));
static VOICE: LazyLock<Bank> =
    LazyLock::new(|| Bank::read(include_str!("../../../assets/demo/phrases/en-voice.txt")));
static GERMAN: LazyLock<Bank> =
    LazyLock::new(|| Bank::read(include_str!("../../../assets/demo/phrases/de.txt")));
static FRENCH: LazyLock<Bank> =
    LazyLock::new(|| Bank::read(include_str!("../../../assets/demo/phrases/fr.txt")));
static SPANISH: LazyLock<Bank> =
    LazyLock::new(|| Bank::read(include_str!("../../../assets/demo/phrases/es.txt")));
static POLISH: LazyLock<Bank> =
    LazyLock::new(|| Bank::read(include_str!("../../../assets/demo/phrases/pl.txt")));
static NONE: LazyLock<Bank> = LazyLock::new(Bank::default);

const VERB_RULES: &str = include_str!("../../../assets/demo/phrases/verb-rules.txt");

/// Stronger verbs: rules for a line whose first word was put into its base form.
static VERBS: LazyLock<Bank> = LazyLock::new(|| {
    let anchored = |line: &str| if line.starts_with('#') { String::new() } else { format!("^ {line}\n") };
    Bank::read(&VERB_RULES.lines().map(anchored).collect::<String>())
});

const OPENINGS: &str = include_str!("../../../assets/demo/phrases/openings.txt");

/// What an opening says about the person's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The person did it.
    Own,
    /// Others did it too.
    Share,
    /// Nothing: what follows can stand alone.
    Drop,
}

/// Openings as words in lower case, the longest first.
static PARTS: LazyLock<Vec<(Vec<String>, Part)>> = LazyLock::new(|| {
    let mut part = Part::Own;
    let mut out = Vec::new();
    for line in OPENINGS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line {
            "[own]" => part = Part::Own,
            "[share]" => part = Part::Share,
            "[drop]" => part = Part::Drop,
            _ => out.push((
                super::token::tokens(line).into_iter().map(|token| token.key).collect::<Vec<_>>(),
                part,
            )),
        }
    }
    out.sort_by_key(|(words, _)| usize::MAX - words.len());
    out
});

/// The phrases of a language.
pub fn phrases(language: Language) -> &'static Bank {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
        Language::Polish => &POLISH,
        Language::Unknown => &NONE,
    }
}

/// The rules that take the first person out of an English sentence.
pub fn voice() -> &'static Bank {
    &VOICE
}

/// The rules for a first verb.
pub fn verbs() -> &'static Bank {
    &VERBS
}

/// The openings.
pub fn openings() -> &'static [(Vec<String>, Part)] {
    &PARTS
}

#[cfg(test)]
mod tests {
    use super::super::verb::{self, Form};
    use super::*;

    #[test]
    fn the_bank_is_large() {
        assert!(phrases(Language::English).len() >= 150, "{}", phrases(Language::English).len());
        assert!(verbs().len() >= 150, "{}", verbs().len());
        assert!(openings().len() >= 150, "{}", openings().len());
        for language in [Language::German, Language::French, Language::Spanish, Language::Polish] {
            assert!(phrases(language).len() >= 20, "{language:?}");
        }
    }

    #[test]
    fn no_rule_holds_a_digit() {
        for language in ["en", "en-voice", "de", "fr", "es", "pl", "verb-rules", "openings"] {
            let path = format!("{}/assets/demo/phrases/{language}.txt", env!("CARGO_MANIFEST_DIR"));
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let line = line.replace("*1", "").replace("*2", "").replace("*3", "");
                assert!(!line.contains(|sign: char| sign.is_ascii_digit()), "{line}");
            }
        }
    }

    #[test]
    fn first_verbs_are_known() {
        let lines = VERB_RULES.lines().filter_map(|line| line.split_once(" = "));
        for (pattern, replacements) in lines {
            for text in [pattern].into_iter().chain(replacements.split('|')) {
                let first = text.split_whitespace().next().unwrap();
                assert!(verb::find(first, Form::Base).is_some(), "{first}");
            }
        }
    }
}
