//! What texts look like, in numbers: how long, how many, HTML or JSON. No text is kept.

use std::collections::BTreeMap;

use serde_json::Value;

/// How many different paths of a JSON document are kept.
const PATHS: usize = 200;

/// How deep JSON is looked into.
const DEPTH: usize = 6;

/// What the rows that were looked at hold in one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measure {
    /// How many rows were looked at.
    pub rows: usize,
    /// In how many of them there is more than white space.
    pub filled: usize,
    /// The characters of the filled ones together.
    pub chars: usize,
    /// The words of the filled ones together.
    pub words: usize,
    /// How many look like HTML.
    pub html: usize,
    /// How many are a JSON object or array.
    pub json: usize,
    /// The texts inside the JSON, by path as `$.work[*].summary`: how many, and their characters together.
    pub paths: BTreeMap<String, (usize, usize)>,
    /// Up to ten different short values, if there are no more: of columns that tell one tenant from another.
    pub values: Vec<String>,
}

impl Measure {
    /// Measures texts; `None` is NULL.
    pub fn of<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut measure = Self::default();
        for text in texts {
            measure.rows += 1;
            let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { continue };
            measure.filled += 1;
            measure.chars += text.chars().count();
            measure.words += text.split_whitespace().count();
            measure.html += usize::from(looks_like_html(text));
            if text.starts_with(['{', '['])
                && let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
            {
                measure.json += 1;
                leaves(&value, "$", DEPTH, &mut measure.paths);
            }
        }
        measure
    }

    /// The characters of a filled one on average.
    pub const fn average(&self) -> usize {
        match self.filled {
            0 => 0,
            filled => self.chars / filled,
        }
    }

    /// The words of a filled one on average.
    pub const fn average_words(&self) -> usize {
        match self.filled {
            0 => 0,
            filled => self.words / filled,
        }
    }

    /// The share of filled ones in percent.
    pub const fn share(&self) -> usize {
        match self.rows {
            0 => 0,
            rows => self.filled * 100 / rows,
        }
    }

    /// Whether most look like HTML.
    pub const fn is_html(&self) -> bool {
        self.html > 0 && self.html * 2 >= self.filled
    }

    /// Whether nearly all are JSON.
    pub const fn is_json(&self) -> bool {
        self.json > 0 && self.json * 10 >= self.filled * 9
    }
}

/// Whether a text has a tag of the kind that editors write.
fn looks_like_html(text: &str) -> bool {
    const TAGS: [&str; 15] =
        ["p", "br", "br/", "div", "ul", "ol", "li", "b", "strong", "em", "span", "h1", "h2", "h3", "table"];
    text.match_indices('<').any(|(at, _)| {
        let rest = text.split_at(at + 1).1;
        let name: String = rest
            .trim_start_matches('/')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '/')
            .take(8)
            .collect();
        TAGS.contains(&name.to_ascii_lowercase().as_str()) && rest.contains('>')
    })
}

fn leaves(value: &Value, path: &str, depth: usize, found: &mut BTreeMap<String, (usize, usize)>) {
    match value {
        Value::String(text) => {
            if found.len() < PATHS || found.contains_key(path) {
                let (number, chars) = found.entry(path.to_owned()).or_default();
                *number += 1;
                *chars += text.chars().count();
            }
        }
        Value::Array(list) if depth > 0 => {
            for inner in list {
                leaves(inner, &format!("{path}[*]"), depth - 1, found);
            }
        }
        Value::Object(object) if depth > 0 => {
            for (name, inner) in object {
                if plain(name) {
                    leaves(inner, &format!("{path}.{name}"), depth - 1, found);
                }
            }
        }
        Value::Array(_) | Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a name is one of a schema and no data, as far as one can tell.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_and_null_is_not_empty() {
        let measure = Measure::of([Some("two words"), None, Some("  "), Some("one")]);
        assert_eq!((measure.rows, measure.filled, measure.chars, measure.words), (4, 2, 12, 3));
        assert_eq!((measure.average(), measure.share()), (6, 50));
        assert_eq!(Measure::default().average(), 0);
    }

    #[test]
    fn html_is_a_known_tag_and_not_every_smaller_than() {
        for (text, html) in [
            ("<p>Cook</p>", true),
            ("Cook<br/>Baker", true),
            ("<UL class=\"a\"><li>x</li></UL>", true),
            ("a < b and c > d", false),
            ("List<String> and <name@example.org>", false),
            ("I <3 cooking", false),
        ] {
            assert_eq!(looks_like_html(text), html, "{text}");
        }
    }

    #[test]
    fn json_tells_its_paths_without_its_texts() {
        let one =
            r#"{"basics": {"summary": "Cook"}, "work": [{"summary": "ab"}, {"summary": "abcd"}], "n": 1}"#;
        let measure = Measure::of([Some(one), Some("[1, 2]"), Some("{broken")]);
        assert_eq!(measure.json, 2);
        let paths: Vec<_> = measure.paths.iter().map(|(path, counts)| (path.as_str(), *counts)).collect();
        assert_eq!(paths, [("$.basics.summary", (1, 4)), ("$.work[*].summary", (2, 6))]);
        let named = Measure::of([Some(r#"{"maria@example.org": "x"}"#)]);
        assert!(named.paths.is_empty(), "a name that may be data is left out");
    }
}
