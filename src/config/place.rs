//! Where in the file an error lies, and what was probably meant.

use std::path::Path;

use super::origin;
use crate::error::Error;

/// An error of the parser as a sentence with file, line and the nearest known key.
pub(super) fn from_toml(file: &Path, text: &str, error: &toml::de::Error) -> Error {
    let place = error.span().map_or_else(
        || file.display().to_string(),
        |span| {
            let place = format!("{}, line {}", file.display(), origin::line(text, span.start));
            origin::key_at(text, span.start).map_or(place.clone(), |key| format!("{place}, {key}"))
        },
    );
    let message = error.message().trim_end_matches('.');
    if let Some((name, known)) = unknown(message) {
        let sentence = if message.starts_with("unknown field") {
            format!("The configuration has an unknown key \"{name}\".")
        } else {
            format!("\"{name}\" is no value that is known here.")
        };
        let error = Error::config(sentence).at(place);
        return match nearest(name, known.iter().copied()) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None if known.is_empty() => error,
            None => error.hint(format!("Known here: {}.", known.join(", "))),
        };
    }
    let message = message.lines().next().unwrap_or_default();
    Error::config(format!("The configuration cannot be read: {message}."))
        .at(place)
        .hint("config.toml.example shows every key with its default.")
}

/// The name and the known names of serde's ``unknown field `x`, expected one of `a`, `b` ``, or variant.
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return None;
    }
    Some((quoted.next()?, quoted.collect()))
}

/// The known word that `name` was probably meant to be: at most two edits away, and fewer than half its letters.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|word| (distance(&name.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= 2 && distance * 2 <= word.chars().count())
        .min()
        .map(|(_, word)| word)
}

/// The number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let same = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["resume", "summary", "id"];
        assert_eq!(nearest("resum", known.into_iter()), Some("resume"));
        assert_eq!(nearest("summayr", known.into_iter()), Some("summary"));
        assert_eq!(nearest("Resume", known.into_iter()), Some("resume"));
        assert_eq!(nearest("experience", known.into_iter()), None);
        assert_eq!(nearest("xy", known.into_iter()), None, "half of it differs");
    }
}
