//! How platforms store texts, and the way back: what is not changed keeps its very bytes.
//!
//! A codec shows a text that is stored in some form, and puts another text in its place into that form. Two laws hold
//! for each: the text that is there, put in again, gives the stored form back byte for byte; and what was put in is
//! what is shown afterwards. Where a form cannot hold a text, putting it in fails. It knows nothing of databases.

mod entity;
mod html;
pub mod json;
mod list;
pub mod marked;
mod opencats;

use std::borrow::Cow;

use thiserror::Error;

pub use html::from_text;

/// Why a stored form cannot be shown, or a text not be put into it. A sentence about "it", without a word of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct CodecError(pub &'static str);

/// One form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codec {
    /// The text itself.
    Plain,
    /// HTML, of which the text between the tags is shown.
    Html,
    /// A JSON string in its quotes.
    JsonString,
    /// A JSON array of strings, an item a line.
    JsonStrings,
    /// What OpenCATS keeps for its full-text search.
    OpencatsFulltext,
    /// Items with a separator between them, shown an item a line.
    List(String),
}

impl Codec {
    /// Whether the stored form is more than the text: other stored forms may show the same text.
    pub const fn is_loose(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::OpencatsFulltext | Self::Html | Self::JsonString | Self::JsonStrings | Self::List(_) => {
                true
            }
        }
    }

    /// The text that a stored form shows.
    ///
    /// # Errors
    /// The stored form is not of this kind, or could not be given back exactly.
    pub fn get(&self, stored: &str) -> Result<String, CodecError> {
        match self {
            Self::Plain => Ok(stored.to_owned()),
            Self::Html => Ok(html::get(stored)),
            Self::JsonString => json::get_string(stored),
            Self::JsonStrings => json::get_strings(stored),
            Self::OpencatsFulltext => opencats::get(stored),
            Self::List(separator) => Ok(list::get(separator, stored)),
        }
    }

    /// The stored form with `text` in the place of the text that it shows.
    ///
    /// # Errors
    /// The form cannot hold the text.
    pub fn put(&self, stored: &str, text: &str) -> Result<String, CodecError> {
        if self.get(stored).is_ok_and(|shown| shown == text) {
            return Ok(stored.to_owned());
        }
        let put = match self {
            Self::Plain => text.to_owned(),
            Self::Html => html::put(stored, text)?,
            Self::JsonString => json::put_string(text),
            Self::JsonStrings => json::put_strings(stored, text)?,
            Self::OpencatsFulltext => opencats::put(stored, text),
            Self::List(separator) => list::put(separator, stored, text),
        };
        match self.get(&put) {
            Ok(shown) if shown == text => Ok(put),
            Ok(_) | Err(_) => Err(CodecError(self.refusal())),
        }
    }

    const fn refusal(&self) -> &'static str {
        match self {
            Self::Plain => "it cannot be stored.",
            Self::Html => "it would need other lines or blanks than its HTML has.",
            Self::JsonString => "it cannot be a JSON string.",
            Self::JsonStrings => "it has another number of items than before.",
            Self::OpencatsFulltext => "it holds a word that OpenCATS would take for an escape.",
            Self::List(_) => "an item of it is empty or holds the separator.",
        }
    }
}

/// The text behind several forms, the outermost first.
///
/// # Errors
/// As [`Codec::get`].
pub fn get(codecs: &[Codec], stored: &str) -> Result<String, CodecError> {
    let mut text = Cow::Borrowed(stored);
    for codec in codecs {
        text = Cow::Owned(codec.get(&text)?);
    }
    Ok(text.into_owned())
}

/// The stored form with `text` behind all its forms.
///
/// # Errors
/// As [`Codec::put`].
pub fn put(codecs: &[Codec], stored: &str, text: &str) -> Result<String, CodecError> {
    match codecs.split_first() {
        None => Ok(text.to_owned()),
        Some((outer, inner)) => {
            // What is not of this form has no inner text to keep: a new one is made.
            let shown = outer.get(stored)?;
            outer.put(stored, &put(inner, &shown, text)?)
        }
    }
}

#[cfg(test)]
mod tests;
