//! What `redraft init` found, for people and for programs.

use std::path::Path;

use serde::Serialize;

use super::engine_of;
use crate::{
    cli::{
        output::{Form, Output},
        stop::Step,
    },
    error::Error,
    proposal::{Platform, Proposal, Schema, Unfit},
    text::{part, wrap},
    wiring::init::Trial,
};

/// The width where no terminal tells one.
const COLUMNS: usize = 80;

/// The most characters of a section in the sample.
const SAMPLE: usize = 220;

/// The most tables that an error lists.
const LISTED: usize = 12;

/// All that was found.
pub struct Finding<'a> {
    pub schema: &'a Schema,
    pub proposal: &'a Proposal,
    pub trial: &'a Trial,
    pub file: &'a Path,
}

#[derive(Serialize)]
struct Shape<'a> {
    config: String,
    written: bool,
    engine: &'static str,
    platform: &'static str,
    tables: usize,
    candidates: Found<'a>,
    sections: Vec<Section<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postings: Option<Found<'a>>,
    never_read: &'a [String],
    sample: Vec<Sample<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    table: &'a str,
    count: u64,
    why: &'a [String],
}

#[derive(Serialize)]
struct Section<'a> {
    id: &'a str,
    table: &'a str,
    columns: &'a [String],
    why: &'a [String],
}

#[derive(Serialize)]
struct Sample<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl Finding<'_> {
    fn candidates(&self) -> &str {
        self.proposal.draft.candidate.text("table").unwrap_or_default()
    }

    fn never_read(&self) -> &[String] {
        self.proposal.draft.candidate.get("never_read").map_or(&[], |value| value.list())
    }

    /// Tells it in words.
    pub fn tell(&self, out: &Output) -> Step {
        let draft = &self.proposal.draft;
        let tables = self.schema.tables.len();
        let known = match draft.platform {
            Platform::Other => "No platform that redraft knows.".to_owned(),
            platform => format!("{}.", platform.title()),
        };
        paragraph(out, 0, &format!("{}, {tables} tables. {known}", engine_of(self.schema)))?;
        let counted = crate::review::grouped(usize::try_from(self.trial.candidates).unwrap_or(usize::MAX));
        paragraph(
            out,
            0,
            &format!("Candidates: {}, of which the mapping sees {counted}.", self.candidates()),
        )?;
        if draft.platform == Platform::Other {
            for why in &draft.candidate.why {
                paragraph(out, 2, why)?;
            }
        }
        if let Some(condition) = draft.candidate.text("where") {
            paragraph(out, 2, &format!("Only rows where {condition}."))?;
        }
        for section in &draft.sections {
            let why = section.entry.why.join(" ");
            paragraph(out, 0, &format!("Section {}: {why}", section.id))?;
        }
        match &draft.posting {
            Some(posting) => {
                let table = posting.text("table").unwrap_or_default();
                paragraph(
                    out,
                    0,
                    &format!("Postings: {table}, of which the mapping sees {}.", self.trial.postings),
                )?;
            }
            None => paragraph(
                out,
                0,
                "Postings: none are mapped; batches run without one. --postings TABLE maps some.",
            )?,
        }
        if !self.never_read().is_empty() {
            paragraph(out, 0, &format!("Never read: {}.", self.never_read().join(", ")))?;
        }
        self.sample(out)
    }

    fn sample(&self, out: &Output) -> Step {
        let Some(sample) = &self.trial.sample else {
            return paragraph(out, 0, "There is no candidate with text to show a sample of.");
        };
        out.say(format_args!(""))?;
        paragraph(
            out,
            0,
            &format!("A candidate as it would be read, letters and digits masked: {}", sample.name),
        )?;
        for (id, text) in &sample.sections {
            let text = text.as_deref().unwrap_or("(NULL)");
            let short: String = text.chars().take(SAMPLE).collect();
            let more = if short.len() < text.len() { " …" } else { "" };
            // One line: what the text is like, not how it stands.
            let line = short.split_whitespace().collect::<Vec<_>>().join(" ");
            paragraph(out, 2, &format!("{id}: {line}{more}"))?;
        }
        out.say(format_args!(""))
    }

    /// Tells that the file is written, and what comes next.
    pub fn written(&self, out: &Output, elsewhere: bool) -> Step {
        let file = self.file.display().to_string();
        if out.form() == Form::Json {
            return out.json(&self.shape(true));
        }
        out.say(format_args!("Wrote {} (mode 0600).", out.line_of(&file)))?;
        let option = if elsewhere { format!(" --config {}", out.line_of(&file)) } else { String::new() };
        out.say(format_args!("Next: redraft check{option}"))
    }

    /// Prints the configuration instead of writing it.
    pub fn print(&self, out: &Output, text: &str) -> Step {
        match out.form() {
            Form::Json => out.json(&self.shape(false)),
            Form::Human => out.write(out.text_of(text).as_bytes()),
        }
    }

    fn shape(&self, written: bool) -> Shape<'_> {
        let draft = &self.proposal.draft;
        let sample = self.trial.sample.iter().flat_map(|sample| &sample.sections);
        Shape {
            config: self.file.display().to_string(),
            written,
            engine: engine_of(self.schema),
            platform: draft.platform.name(),
            tables: self.schema.tables.len(),
            candidates: Found {
                table: self.candidates(),
                count: self.trial.candidates,
                why: &draft.candidate.why,
            },
            sections: draft
                .sections
                .iter()
                .map(|section| Section {
                    id: &section.id,
                    table: section.table.as_deref().unwrap_or(self.candidates()),
                    columns: &section.columns,
                    why: &section.entry.why,
                })
                .collect(),
            postings: draft.posting.as_ref().map(|posting| Found {
                table: posting.text("table").unwrap_or_default(),
                count: u64::try_from(self.trial.postings).unwrap_or(u64::MAX),
                why: &posting.why,
            }),
            never_read: self.never_read(),
            sample: sample.map(|(id, text)| Sample { id, text: text.as_deref() }).collect(),
        }
    }
}

/// Writes text from outside in lines that fit, all but the first indented further.
fn paragraph(out: &Output, indent: usize, text: &str) -> Step {
    for line in broken(out, indent, &out.line_of(text)) {
        out.say(format_args!("{line}"))?;
    }
    Ok(())
}

/// Offers an answer, beside the result.
pub fn numbered(out: &Output, number: usize, text: &str) {
    for line in broken(out, 2, &out.safe_line(&format!("{number} {text}"))) {
        out.note(format_args!("{line}"));
    }
}

fn broken(out: &Output, indent: usize, text: &str) -> Vec<String> {
    let columns = out.columns().unwrap_or(COLUMNS).min(120).saturating_sub(indent).max(20);
    let lines = wrap(text, columns, 4).into_iter().enumerate();
    lines
        .map(|(index, line)| {
            let hanging = if index == 0 { 0 } else { 4 };
            format!("{:1$}{2}", "", indent + hanging, part(text, line.range))
        })
        .collect()
}

/// Why there is no mapping, and what helps.
pub fn unfit(schema: &Schema, unfit: &Unfit) -> Error {
    match unfit {
        Unfit::NoCandidates => Error::user("No table of the database looks like one of candidates.")
            .hint(format!("Name it with --candidates TABLE. {}", tables(schema))),
        Unfit::NoTable(name) => Error::user(format!("The database has no table \"{name}\"."))
            .hint(tables(schema)),
        Unfit::NoKey(name) => Error::user(format!(
            "Table \"{name}\" has no key, so that no row of it can be named."
        ))
        .hint("Add a primary key or a unique index without NULL, or name another table with --candidates TABLE."),
        Unfit::NoSections => Error::user("No column looks like the text of a résumé.")
            .hint("Name another table with --candidates TABLE, or write the mapping by hand: config.toml.example shows how."),
        Unfit::NoSection(id, offered) => Error::user(format!("No section \"{id}\" is proposed."))
            .hint(format!("The proposed ones are {}.", offered.join(", "))),
        Unfit::Agencies(column, values) => Error::user(format!(
            "Several agencies share the tables, told apart by \"{column}\"."
        ))
        .hint(format!("Say whose candidates with --tenant VALUE: {}; or --tenant all.", values.join(", "))),
    }
}

fn tables(schema: &Schema) -> String {
    let names: Vec<&str> = schema.tables.iter().take(LISTED).map(|table| table.name.as_str()).collect();
    match schema.tables.len().checked_sub(LISTED) {
        _ if names.is_empty() => "The database has no tables at all; is it the right one?".to_owned(),
        None | Some(0) => format!("It has {}.", names.join(", ")),
        Some(more) => format!("It has {} and {more} more.", names.join(", ")),
    }
}
