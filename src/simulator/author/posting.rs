//! What posting and résumé have in common, and what only the posting has.

use std::{borrow::Cow, collections::HashSet};

use super::token::{Token, lowered, tokens};

/// A posting, prepared for comparing.
pub struct Wanted {
    text: String,
    small: String,
}

/// Words with a capital that are no skill.
const NO_SKILLS: &[&str] = &[
    "english",
    "german",
    "french",
    "spanish",
    "polish",
    "greek",
    "dutch",
    "danish",
    "swedish",
    "norwegian",
    "czech",
    "arabic",
    "tagalog",
    "ukrainian",
    "turkish",
    "serbian",
    "romanian",
    "portuguese",
    "christmas",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mondays",
    "sundays",
    "saturdays",
    "october",
    "september",
    "april",
    "august",
    "january",
    "europe",
    "european",
    "i",
    "we",
    "ms",
    "mr",
    "summer",
];

impl Wanted {
    /// A posting; empty if there is none.
    pub fn new(posting: &str) -> Self {
        Self { text: posting.to_owned(), small: posting.to_lowercase() }
    }

    /// Whether the posting names the skill.
    pub fn names(&self, skill: &str) -> bool {
        holds(&self.small, &skill.to_lowercase())
    }

    /// The skill as it stands inside a sentence.
    pub fn inside<'a>(&self, skill: &'a str, is_name: &dyn Fn(&str) -> bool) -> Cow<'a, str> {
        let small = lowered(skill);
        let ordinary = skill.chars().skip(1).all(|sign| !sign.is_uppercase() && !sign.is_ascii_digit());
        let named = small.split(' ').next().is_some_and(is_name);
        if ordinary && (!named || holds(&self.text, &small)) { small.into() } else { skill.into() }
    }

    /// Skills that the posting names and `résumé`, in lower case, does not.
    pub fn lacking(&self, resume: &str) -> Vec<String> {
        let mut seen = HashSet::new();
        let mut out = Vec::new();
        for line in self.text.lines().skip(1) {
            let line = line.trim().trim_start_matches(['-', '•', '*', ' ']);
            let named = names_in(&tokens(line));
            for skill in named.into_iter().chain(list_item(line)) {
                let small = skill.to_lowercase();
                let has_digit = small.chars().any(|sign| sign.is_ascii_digit());
                if !has_digit && !resume.contains(&small) && seen.insert(small) {
                    out.push(skill);
                }
            }
        }
        out
    }
}

/// Names of things: capitals inside a sentence, as `SAP EWM` or `Apache Kafka`.
fn names_in(tokens: &[Token<'_>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for pair in tokens.windows(2) {
        let [before, token] = pair else { continue };
        let starts = [".", "!", "?", ":"].contains(&before.key.as_str());
        let name =
            token.is_capital() && token.is_word() && !starts && !NO_SKILLS.contains(&token.key.as_str());
        match out.last_mut() {
            Some(last) if name && open => {
                last.push(' ');
                last.push_str(token.text);
            }
            _ if name => out.push(token.text.to_owned()),
            _ => {}
        }
        open = name;
    }
    // One common word with a capital could be anything: a town, a person, a company.
    out.retain(|name| {
        name.chars().filter(|sign| sign.is_uppercase()).count() > 1 && name.split(' ').count() <= 3
    });
    out
}

/// A short item of a list before its explanation: `Planned maintenance of …` gives nothing, `Stock control, …` does.
fn list_item(line: &str) -> Option<String> {
    let item = line.split([',', ':', ';', '.']).next()?.trim();
    let words = item.split(' ').count();
    let verbs = ["you", "we", "the", "a", "an", "help", "being", "your", "each"];
    let first = item.split(' ').next()?.to_lowercase();
    let is_list = item.len() < line.len() && (2..=3).contains(&words) && !verbs.contains(&first.as_str());
    (is_list && item.chars().next()?.is_uppercase()).then(|| item.to_owned())
}

/// Whether `text` holds `part` as whole words.
fn holds(text: &str, part: &str) -> bool {
    !part.is_empty()
        && text.match_indices(part).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let after = text.get(at + part.len()..).and_then(|text| text.chars().next());
            let open = |sign: Option<char>| sign.is_none_or(|sign| !sign.is_alphanumeric());
            open(before) && open(after)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_found_as_whole_words() {
        let posting = Wanted::new(
            "Cook wanted\n- Stock control, cycle counting\n- Knowledge of SAP EWM and of Apache Kafka.",
        );
        assert!(posting.names("Cycle counting") && posting.names("SAP EWM"));
        assert!(!posting.names("count") && !posting.names(""));
        assert_eq!(posting.inside("Cycle counting", &|_| false), "cycle counting");
        assert_eq!(posting.inside("SAP EWM", &|_| false), "SAP EWM");
        assert_eq!(posting.lacking("knows sap ewm"), ["Stock control", "Apache Kafka"]);
        assert!(Wanted::new("").lacking("").is_empty());
    }
}
