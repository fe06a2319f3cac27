//! What is wrong with a filter, where, and what was probably meant.

use std::ops::Range;

use thiserror::Error;

use crate::text::Safe;

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FilterError {
    /// A sentence.
    pub message: String,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
    /// What to do.
    pub hint: Option<String>,
}

impl FilterError {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), span, hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A piece of a person's input for a message: short, and free of characters that a terminal would obey.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Safe::line(&short).into_string()
}

/// The one of `known` that resembles `word` most, if any resembles it at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let scored = known.into_iter().map(|name| (distance(&word, &name.to_lowercase()), name));
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    let length = word.chars().count().max(name.chars().count());
    (distance <= 1.max(length / 3)).then_some(name)
}

/// The number of insertions, deletions, replacements and swaps of neighbours from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(left != right);
            let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *right && *left == b[j - 1] {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_stranger_is_not() {
        let known = ["state", "batch", "candidate", "changed"];
        for (word, found) in [
            ("sate", Some("state")),
            ("stat", Some("state")),
            ("abtch", Some("batch")),
            ("Candidates", Some("candidate")),
            ("change", Some("changed")),
            ("xyz", None),
        ] {
            assert_eq!(nearest(word, known), found, "{word}");
        }
    }

    #[test]
    fn swapping_neighbours_is_one_step() {
        assert_eq!((distance("abc", "acb"), distance("", "ab"), distance("kitten", "sitting")), (1, 2, 3));
    }
}
