//! A résumé as ordered sections: what is read, what the model returns, what is approved and written.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of a section: lower-case ASCII letters, digits, `_` and `-`. It begins with the name in the mapping; where
/// the mapping makes several sections of one (child rows, paths of a JSON document), the row or path follows.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SectionId(pub String);

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What the text of a section is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain text.
    #[default]
    Text,
    /// HTML.
    Html,
}

/// Whether a section is rewritten.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It is.
    #[default]
    Rewritten,
    /// It is shown to model and people, and never written.
    Context,
}

/// Where the text of a section comes from, for the candidate database alone: everybody else hands it on as it is.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The key of the row, if it is not the candidate's own: the text of another row is another text, whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// What stands in the place that is written, if it is not the text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Stored>,
}

/// A cell as it is stored, byte for byte.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its text; `None` is NULL.
    pub cell: Option<String>,
}

/// One part of a résumé.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Which part.
    pub id: SectionId,
    /// What its text is.
    #[serde(default)]
    pub format: Format,
    /// The text, byte for byte; `None` is the database's NULL, which is not the empty text.
    pub text: Option<String>,
    /// Whether it is rewritten.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Role,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub origin: Origin,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A résumé: its sections in the order of the mapping.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document {
    /// The sections; no two have the same id.
    pub sections: Vec<Section>,
}

impl Document {
    /// The section of that name.
    pub fn section(&self, id: &SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == *id)
    }

    /// The text of the section of that name; empty if there is none.
    pub fn text(&self, id: &SectionId) -> &str {
        self.section(id).and_then(|section| section.text.as_deref()).unwrap_or_default()
    }

    /// The number of bytes of all texts.
    pub fn bytes(&self) -> usize {
        self.sections.iter().filter_map(|section| section.text.as_ref()).map(String::len).sum()
    }

    /// The number of white-space separated words of all texts.
    pub fn words(&self) -> usize {
        self.sections
            .iter()
            .filter_map(|s| s.text.as_deref())
            .map(|text| text.split_whitespace().count())
            .sum()
    }

    /// SHA-256 in hex over names and texts, NULL apart from empty: equal exactly when the documents are.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for section in &self.sections {
            for part in [Some(section.id.0.as_str()), section.text.as_deref()] {
                hasher.update(part.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
                hasher.update(part.unwrap_or_default());
            }
        }
        hex(&hasher.finalize())
    }
}

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(texts: &[(&str, Option<&str>)]) -> Document {
        let sections = texts.iter().map(|(id, text)| Section {
            id: SectionId((*id).to_owned()),
            format: Format::Text,
            text: text.map(str::to_owned),
            ..Section::default()
        });
        Document { sections: sections.collect() }
    }

    #[test]
    fn the_hash_tells_null_from_empty_and_one_section_from_two() {
        let hashes = [
            document(&[("a", None)]),
            document(&[("a", Some(""))]),
            document(&[("a", Some("x"))]),
            document(&[("a", Some("x")), ("b", Some(""))]),
            document(&[("a", Some("")), ("b", Some("x"))]),
        ]
        .map(|document| document.hash());
        for (index, hash) in hashes.iter().enumerate() {
            assert_eq!(hash.len(), 64);
            assert!(!hashes[..index].contains(hash), "{index}");
        }
    }

    #[test]
    fn a_document_is_stored_as_the_list_of_its_sections() {
        let two = document(&[("summary", Some("Cook.")), ("skills", None)]);
        let json = serde_json::to_string(&two).unwrap();
        assert_eq!(
            json,
            r#"[{"id":"summary","format":"text","text":"Cook."},{"id":"skills","format":"text","text":null}]"#
        );
        assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), two);
    }

    #[test]
    fn role_and_origin_are_kept_and_null_stays_apart_from_nothing() {
        for stored in [None, Some(None), Some(Some("<p>x</p>".to_owned()))] {
            let stored = stored.map(|cell| Stored { cell });
            let mut one = document(&[("a", Some("x"))]);
            one.sections[0].role = Role::Context;
            one.sections[0].origin = Origin { row: Some("7".to_owned()), stored };
            let json = serde_json::to_string(&one).unwrap();
            assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), one, "{json}");
        }
    }
}
