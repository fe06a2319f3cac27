//! What could stand at the cursor of a filter that somebody is typing.

use std::ops::Range;

use super::term::{Field, KINDS};
use crate::domain::RewriteState;

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The bytes of the text that it stands in the place of.
    pub replace: Range<usize>,
    /// What to put there.
    pub insert: String,
    /// What it means, a few words.
    pub doc: &'static str,
}

/// What could stand at `cursor`, a byte of `text`, best first; nothing inside quotes.
pub fn complete(text: &str, cursor: usize) -> Vec<Suggestion> {
    let Some(place) = Place::at(text, cursor) else { return Vec::new() };
    let names = Field::ALL.map(|field| (field.name(), field.values()));
    match &place.field {
        None => fields(&place, names),
        Some(name) => match Field::ALL.into_iter().find(|field| field.name() == name.to_lowercase()) {
            Some(field) => values(&place, &words(field)),
            None => Vec::new(),
        },
    }
}

/// The word under the cursor.
pub(super) struct Place {
    /// The field, if the cursor is behind its colon.
    pub field: Option<String>,
    /// What is typed of the word so far.
    typed: String,
    /// Where that stands.
    span: Range<usize>,
}

impl Place {
    pub(super) fn at(text: &str, cursor: usize) -> Option<Self> {
        let before = text.get(..cursor)?;
        let (mut start, mut value, mut colon, mut quoted) = (0, 0, None, false);
        for (at, char) in before.char_indices() {
            let next = at + char.len_utf8();
            match char {
                '"' => quoted = !quoted,
                _ if quoted => {}
                ':' if colon.is_none() => (colon, value) = (Some(at), next),
                ',' if colon.is_some() => value = next,
                '-' if at == start => (start, value) = (next, next),
                _ if char.is_whitespace() || "()".contains(char) => {
                    (start, value, colon) = (next, next, None);
                }
                _ => {}
            }
        }
        if quoted {
            return None;
        }
        let field = colon.and_then(|colon| before.get(start..colon)).map(|name| name.replace('"', ""));
        Some(Self { field, typed: before.get(value..)?.to_lowercase(), span: value..cursor })
    }
}

/// Fields that begin with what is typed.
pub(super) fn fields<'a>(
    place: &Place,
    names: impl IntoIterator<Item = (&'a str, &'static str)>,
) -> Vec<Suggestion> {
    let fitting = names.into_iter().filter(|(name, _)| name.to_lowercase().starts_with(&place.typed));
    fitting
        .map(|(name, doc)| Suggestion {
            replace: place.span.clone(),
            insert: if name.contains(|char: char| char.is_whitespace() || "():\"".contains(char)) {
                format!("{}:", super::lexer::quote(name, |_| false))
            } else {
                format!("{name}:")
            },
            doc,
        })
        .collect()
}

/// Values that begin with what is typed.
pub(super) fn values(place: &Place, words: &[(&'static str, &'static str)]) -> Vec<Suggestion> {
    let fitting = words.iter().filter(|(word, _)| word.starts_with(&place.typed) && *word != place.typed);
    fitting
        .map(|(word, doc)| Suggestion { replace: place.span.clone(), insert: (*word).to_owned(), doc })
        .collect()
}

const TIMES: [(&str, &str); 7] = [
    ("today", "since midnight"),
    ("<1h", "in the last hour"),
    ("<1d", "in the last 24 hours"),
    (">1d", "longer ago than 24 hours"),
    (">1w", "longer ago than a week"),
    ("never", "not yet"),
    ("any", "at any time"),
];

fn words(field: Field) -> Vec<(&'static str, &'static str)> {
    match field {
        Field::State => RewriteState::ALL.map(|state| (state.name(), "")).to_vec(),
        Field::Finding => {
            let special = [
                ("none", "no open finding"),
                ("any", "at least one"),
                ("block", "one that stops an approval"),
                ("warn", "none that stops an approval"),
            ];
            special.into_iter().chain(KINDS.map(|(word, _)| (word, ""))).collect()
        }
        Field::By | Field::Assigned | Field::Lease => {
            vec![("me", "I"), ("other", "somebody else"), ("none", "nobody"), ("any", "anybody")]
        }
        Field::Look => vec![
            ("spot", "a spot check is wanted"),
            ("second", "a second opinion is wanted"),
            ("passed", "whoever looked agreed"),
            ("failed", "a spot check failed"),
            ("disputed", "a second opinion was another one"),
            ("none", "none was wanted"),
            ("any", "one was wanted"),
        ],
        Field::Also => {
            let special = [("none", "there is no other"), ("any", "there is another")];
            RewriteState::ALL.map(|state| (state.name(), "")).into_iter().chain(special).collect()
        }
        Field::Match => vec![
            (">=70", "fits well"),
            (">=+10", "fits better by 10 or more"),
            ("<+0", "fits worse"),
            ("none", "not scored"),
            ("any", "scored"),
        ],
        Field::Section => vec![("any", "it changes something"), ("none", "it changes nothing")],
        Field::Words => vec![("<100", "short"), (">400", "long"), ("none", "no after text"), ("any", "")],
        Field::Decided | Field::Opened | Field::Written => TIMES.to_vec(),
        Field::Edited => vec![("yes", "a person edited it"), ("no", "as the model wrote it")],
        Field::Note => vec![("yes", "somebody wrote one"), ("no", "nobody wrote one")],
        Field::Changed => {
            vec![("<20", "little"), ("<40", ""), (">60", "much"), ("none", "no after text"), ("any", "")]
        }
        Field::Batch
        | Field::Candidate
        | Field::Id
        | Field::Posting
        | Field::Model
        | Field::Prompt
        | Field::Cost
        | Field::Reason => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(text: &str) -> Vec<String> {
        let (before, after) = text.split_once('|').unwrap();
        let whole = format!("{before}{after}");
        let suggestions = complete(&whole, before.len());
        suggestions
            .iter()
            .map(|one| {
                let mut text = whole.clone();
                text.replace_range(one.replace.clone(), &one.insert);
                text
            })
            .collect()
    }

    #[test]
    fn fields_and_values_are_completed_where_the_cursor_is() {
        assert_eq!(offered("st|"), ["state:"]);
        assert_eq!(offered("anna (-c|"), ["anna (-changed:", "anna (-candidate:", "anna (-cost:"]);
        assert_eq!(offered("state:re|"), ["state:ready", "state:reverting", "state:rejected"]);
        assert_eq!(offered("state:ready,app|"), ["state:ready,approved"]);
        assert_eq!(offered("ed|ited"), ["edited:ited"]);
        assert_eq!(offered("decided:>1| x"), ["decided:>1d x", "decided:>1w x"]);
        assert_eq!(offered("|").len(), Field::ALL.len());
    }

    #[test]
    fn nothing_is_offered_in_quotes_or_behind_a_stranger() {
        assert!(offered("\"st|").is_empty());
        assert!(offered("colour:re|").is_empty());
        assert!(complete("é", 1).is_empty(), "the cursor is inside a character");
    }
}
