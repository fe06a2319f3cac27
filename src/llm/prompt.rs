//! What is said to the model: the standing instructions, and one résumé with its posting between marks.
//!
//! Standing instructions and posting come first and are the same for a whole batch, so that the provider can keep them
//! in its cache. The way back from a reply to sections is [`super::reply`].

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::reply::Unmapped;
use crate::{
    domain::{Document, Posting, Role, Section, SectionId, hex},
    text::clean,
};

/// The standing instructions, named by their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    text: Arc<str>,
    version: String,
}

impl Prompt {
    /// The ones that redraft brings along.
    pub fn built_in() -> Self {
        Self::new(include_str!("../../assets/prompts/rewrite.md"))
    }

    /// Somebody's own.
    pub fn new(text: &str) -> Self {
        let mut version = hex(&Sha256::digest(text.as_bytes()));
        version.truncate(8);
        Self { text: text.into(), version }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, for as many requests as there are.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The first eight hex digits of its SHA-256.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// What one request is made from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The posting, if there is one.
    pub posting: Option<&'a Posting>,
    /// What the requester adds; may be empty.
    pub instructions: &'a str,
    /// The source.
    pub source: &'a Document,
    /// Sections that the model may read but not rewrite.
    pub context: &'a [SectionId],
    /// Sections that keep their number of lines.
    pub counted: &'a [SectionId],
}

impl<'a> Material<'a> {
    /// The sections that are sent to be rewritten: those with text.
    pub fn sent(&self) -> impl Iterator<Item = &'a Section> {
        let context = self.context;
        self.source.sections.iter().filter(move |section| !is_blank(section) && !is_context(section, context))
    }

    /// Returns the message. It says nothing about the candidate but the texts of the sections.
    pub fn message(&self) -> String {
        let mut message = String::with_capacity(self.source.bytes() + 4_096);
        if let Some(posting) = self.posting {
            let text = format!("{}\n\n{}", posting.title.trim(), posting.text);
            push_block(&mut message, "posting", &text);
        }
        if !self.instructions.trim().is_empty() {
            push_block(&mut message, "instructions", self.instructions);
        }
        let counted = self.sent().filter(|section| self.counted.contains(&section.id));
        let counted: Vec<String> = counted
            .map(|section| {
                let lines = without_outer_blanks(text_of(section)).split('\n').count();
                format!("{}: {lines}", section.id)
            })
            .collect();
        if !counted.is_empty() {
            push_block(&mut message, "lines", &counted.join("\n"));
        }
        // In their order: what is said about a position stands before the text about it.
        for section in self.source.sections.iter().filter(|section| !is_blank(section)) {
            let mark = if is_context(section, self.context) { "context" } else { "section" };
            push_block(&mut message, &format!("{mark}:{}", section.id), text_of(section));
        }
        message
    }
}

/// What is added to a message whose last reply could not be used.
pub fn note(problem: &Unmapped) -> String {
    note_of(&problem.to_string())
}

/// The same, from a sentence that was recorded about it.
pub fn note_of(problem: &str) -> String {
    format!(
        "Your last reply could not be used: {problem} Return every section again, each once, between its own two marks, \
         with all of its text, and nothing else.\n"
    )
}

/// The same, for a reply that is to be one JSON object.
pub fn note_on_object(problem: &str) -> String {
    format!(
        "Your last reply could not be used: {problem} This time return no marks, but one JSON object: each section's name, \
         and as its value all of its text. Nothing else.\n"
    )
}

pub(super) fn text_of(section: &Section) -> &str {
    section.text.as_deref().unwrap_or_default()
}

fn is_context(section: &Section, context: &[SectionId]) -> bool {
    section.role == Role::Context || context.contains(&section.id)
}

pub(super) fn is_blank(section: &Section) -> bool {
    clean(text_of(section)).text.trim().is_empty()
}

/// Appends a block: its mark, its text without hidden characters and outer blanks, its other mark.
fn push_block(message: &mut String, mark: &str, text: &str) {
    let text = clean(text).text.replace("\r\n", "\n");
    message.push_str("[[");
    message.push_str(mark);
    message.push_str("]]\n");
    for line in without_outer_blanks(&text).split('\n') {
        if looks_like_a_mark(line) {
            let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
            message.push_str(indent);
            message.push('\\');
            message.push_str(rest);
        } else {
            message.push_str(line);
        }
        message.push('\n');
    }
    message.push_str("[[/");
    message.push_str(mark);
    message.push_str("]]\n");
}

/// Without white space at the end and empty lines at the start; the first line keeps its indentation.
pub(super) fn without_outer_blanks(text: &str) -> &str {
    let text = text.trim_end();
    let blank = text.len() - text.trim_start().len();
    let start = text.split_at(blank).0.rfind('\n').map_or(0, |at| at + 1);
    text.split_at(start).1
}

/// Whether a line begins, after white space and backslashes, with two brackets.
fn looks_like_a_mark(line: &str) -> bool {
    line.trim_start().trim_start_matches('\\').starts_with("[[")
}

/// Takes back the backslash that a line was sent with.
pub(super) fn unescaped(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let (indent, rest) = line.split_at(start);
    match rest.strip_prefix('\\') {
        Some(plain) if looks_like_a_mark(plain) => format!("{indent}{plain}"),
        Some(_) | None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Format, PostingId};

    fn source(texts: &[(&str, Option<&str>)]) -> Document {
        let sections = texts.iter().map(|(id, text)| Section {
            id: SectionId((*id).to_owned()),
            format: Format::Text,
            text: text.map(str::to_owned),
            ..Section::default()
        });
        Document { sections: sections.collect() }
    }

    #[test]
    fn the_message_has_its_fixed_layout() {
        let posting = Posting {
            id: PostingId("7".to_owned()),
            title: "Head chef".to_owned(),
            text: "Runs a kitchen.\r\n".to_owned(),
        };
        let source = source(&[
            ("summary", Some("\n  Cook,\u{200b} 12 years.\r\nCalm.\n\n")),
            ("experience", None),
            ("post", Some("employer: Hotel Post")),
            ("skills", Some(" \n")),
            ("notes", Some("Knows the owner.")),
            ("more", Some("[[section:x]]\n\\[[y]]\n  [[z\na [[b]]")),
        ]);
        let mut source = source;
        source.sections[2].role = Role::Context;
        let context = [SectionId("notes".to_owned())];
        let material = Material {
            posting: Some(&posting),
            instructions: "Be brief.",
            source: &source,
            context: &context,
            counted: &[SectionId("more".to_owned()), SectionId("experience".to_owned())],
        };
        assert_eq!(
            material.message(),
            "[[posting]]\nHead chef\n\nRuns a kitchen.\n[[/posting]]\n\
             [[instructions]]\nBe brief.\n[[/instructions]]\n\
             [[lines]]\nmore: 4\n[[/lines]]\n\
             [[section:summary]]\n  Cook, 12 years.\nCalm.\n[[/section:summary]]\n\
             [[context:post]]\nemployer: Hotel Post\n[[/context:post]]\n\
             [[context:notes]]\nKnows the owner.\n[[/context:notes]]\n\
             [[section:more]]\n\\[[section:x]]\n\\\\[[y]]\n  \\[[z\na [[b]]\n[[/section:more]]\n"
        );
        let sent: Vec<_> = material.sent().map(|section| section.id.0.as_str()).collect();
        assert_eq!(sent, ["summary", "more"]);
    }

    #[test]
    fn without_posting_and_instructions_there_are_only_sections() {
        let source = source(&[("summary", Some("Cook."))]);
        let material =
            Material { posting: None, instructions: " ", source: &source, context: &[], counted: &[] };
        assert_eq!(material.message(), "[[section:summary]]\nCook.\n[[/section:summary]]\n");
    }

    #[test]
    fn a_prompt_is_named_by_its_content() {
        assert_eq!(Prompt::new("").version(), "e3b0c442");
        assert_ne!(Prompt::built_in().version(), Prompt::new("Rewrite.").version());
        assert!(Prompt::built_in().text().contains("[[section:NAME]]"));
    }
}
