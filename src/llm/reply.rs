//! From a reply back to sections: all that were sent, each once, or none.
//!
//! Chatter and code fences around the sections are passed over as long as nothing can be lost by it. What the model did
//! to the words is not judged here.

use std::{collections::BTreeMap, fmt};

use super::{
    language,
    prompt::{Material, text_of, unescaped, without_outer_blanks},
};
use crate::{
    domain::{Document, SectionId},
    text::clean,
};

/// The most characters outside of the sections that are passed over.
const CHATTER: usize = 400;

/// Why a reply does not map to the sections. The names in it are those of the mapping, never text of the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmapped {
    /// This section is not there.
    Missing(SectionId),
    /// This section is there, but without text.
    Empty(SectionId),
    /// This section does not end, or another one begins inside of it.
    Open(SectionId),
    /// This section is there twice, with different texts.
    Twice(SectionId),
    /// There is a section that was not sent.
    Unknown,
    /// There is text outside of the sections.
    Stray,
    /// It maps, but not to what the candidate database can hold; tells why.
    Misfit(String),
    /// This section is in another language.
    Language(SectionId),
    /// It is no JSON object of texts.
    NoObject,
}

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(id) => write!(f, "the section \"{id}\" is missing."),
            Self::Empty(id) => write!(f, "the section \"{id}\" has no text."),
            Self::Open(id) => write!(f, "the section \"{id}\" does not end with its mark."),
            Self::Twice(id) => write!(f, "the section \"{id}\" is there twice, with different texts."),
            Self::Unknown => f.write_str("it has a section that was not asked for."),
            Self::Stray => f.write_str("it has text outside of the sections."),
            Self::Misfit(why) => f.write_str(why),
            Self::Language(id) => write!(f, "the section \"{id}\" is in another language than the original."),
            Self::NoObject => f.write_str("it is no JSON object with a text for each section."),
        }
    }
}

/// Maps a complete reply back: the source with the texts of the sections that were sent replaced.
pub fn read(reply: &str, material: &Material<'_>) -> Result<Document, Unmapped> {
    let mut scan = Scan { closes: Closes::of(material), ..Scan::default() };
    for line in reply.lines() {
        scan.line(line);
    }
    if let Some(open) = scan.open.take() {
        return Err(Unmapped::Open(open.id));
    }
    if let Some(problem) = scan.problem {
        return Err(problem);
    }
    let mut texts: BTreeMap<SectionId, String> = BTreeMap::new();
    for part in scan.parts {
        if !material.sent().any(|section| section.id == part.id) {
            return Err(Unmapped::Unknown);
        }
        match texts.get(&part.id) {
            Some(known) if *known != part.text => return Err(Unmapped::Twice(part.id)),
            Some(_) => {}
            None => drop(texts.insert(part.id, part.text)),
        }
    }
    let after = placed(&texts, material)?;
    if scan.outside > CHATTER { Err(Unmapped::Stray) } else { Ok(after) }
}

/// Maps a reply that is one JSON object back, in the same way.
pub fn read_object(reply: &str, material: &Material<'_>) -> Result<Document, Unmapped> {
    let texts: BTreeMap<SectionId, String> = serde_json::from_str::<BTreeMap<String, String>>(reply)
        .map_err(|_| Unmapped::NoObject)?
        .into_iter()
        .map(|(id, text)| (SectionId(id), text))
        .collect();
    if texts.keys().any(|id| !material.sent().any(|section| section.id == *id)) {
        return Err(Unmapped::Unknown);
    }
    placed(&texts, material)
}

/// The source with these texts in the places of those that were sent.
fn placed(texts: &BTreeMap<SectionId, String>, material: &Material<'_>) -> Result<Document, Unmapped> {
    let mut after = material.source.clone();
    for section in &mut after.sections {
        if !material.sent().any(|sent| sent.id == section.id) {
            continue;
        }
        let Some(text) = texts.get(&section.id) else { return Err(Unmapped::Missing(section.id.clone())) };
        let text = in_the_form_of(text_of(section), text);
        if text.trim().is_empty() {
            return Err(Unmapped::Empty(section.id.clone()));
        }
        if language::differs(text_of(section), &text) {
            return Err(Unmapped::Language(section.id.clone()));
        }
        section.text = Some(text);
    }
    Ok(after)
}

/// A section of a reply that is coming in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which; untrusted until the reply is complete.
    pub id: SectionId,
    /// What is there of its text; untrusted.
    pub text: String,
    /// Whether its end was seen.
    pub done: bool,
}

/// Returns what is there of each section so far. A line that may become a mark is left out until it is whole.
pub fn partial(reply: &str) -> Vec<Part> {
    let mut scan = Scan::default();
    let (whole, last) = reply.rsplit_once('\n').map_or(("", reply), |(whole, last)| (whole, last));
    for line in whole.lines() {
        scan.line(line);
    }
    let begins = last.trim_start_matches(['*', '`', ' ']);
    if !last.is_empty() && !begins.starts_with('[') {
        scan.line(last.split_once("[[/").map_or(last, |(text, _)| text));
    }
    let mut parts = scan.parts;
    parts.extend(scan.open.map(|open| open.finish(false)));
    parts
}

/// Brings a text into the outer form of the source: its line ends, its empty lines before, its white space behind.
fn in_the_form_of(source: &str, text: &str) -> String {
    let text = clean(text).text.replace("\r\n", "\n");
    let body = without_outer_blanks(&text);
    let body = if is_crlf(source) { body.replace('\n', "\r\n") } else { body.to_owned() };
    let kept = source.trim_end();
    let before = kept.len() - without_outer_blanks(kept).len();
    format!("{}{body}{}", source.split_at(before).0, source.split_at(kept.len()).1)
}

/// Whether more lines end with CRLF than with LF alone.
fn is_crlf(text: &str) -> bool {
    let both = text.matches("\r\n").count();
    both * 2 > text.matches('\n').count()
}

/// A section whose end has not come.
#[derive(Debug)]
struct Open {
    id: SectionId,
    lines: Vec<String>,
}

impl Open {
    fn finish(self, done: bool) -> Part {
        let mut lines = self.lines.as_slice();
        // A code fence around the whole text is the model's; the source's own would have come with it.
        let text: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        if let [first, .., last] = text.as_slice()
            && first.starts_with("```")
            && *last == "```"
            && lines.iter().filter(|line| line.trim().starts_with("```")).count() == 2
        {
            lines = lines.get(1..lines.len() - 1).unwrap_or_default();
        }
        Part { id: self.id, text: lines.join("\n"), done }
    }
}

/// Where a section's second mark may stand.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Closes {
    /// Also behind text on the same line.
    #[default]
    Anywhere,
    /// On a line of its own: the source has something like it elsewhere.
    Alone,
}

impl Closes {
    fn of(material: &Material<'_>) -> Self {
        if material.sent().any(|section| text_of(section).contains("/section")) {
            Self::Alone
        } else {
            Self::Anywhere
        }
    }
}

#[derive(Debug, Default)]
struct Scan {
    closes: Closes,
    parts: Vec<Part>,
    open: Option<Open>,
    problem: Option<Unmapped>,
    /// Characters outside of sections.
    outside: usize,
}

impl Scan {
    fn line(&mut self, line: &str) {
        if let Some((id, rest)) = opening(line) {
            if let Some(open) = self.open.take() {
                self.problem.get_or_insert(Unmapped::Open(open.id));
            }
            self.open = Some(Open { id, lines: Vec::new() });
            if !rest.trim().is_empty() {
                self.text(rest);
            }
            return;
        }
        self.text(line);
    }

    fn text(&mut self, line: &str) {
        let Some(open) = &mut self.open else {
            let line = line.trim();
            if !line.starts_with("```") {
                self.outside += line.chars().count();
            }
            return;
        };
        match closing(line, &open.id) {
            Some(text) if text.trim().is_empty() || self.closes == Closes::Anywhere => {
                if !text.trim().is_empty() {
                    open.lines.push(unescaped(text));
                }
                self.parts.extend(self.open.take().map(|open| open.finish(true)));
            }
            Some(_) | None => open.lines.push(unescaped(line)),
        }
    }
}

/// A line that begins with the first mark of a section: its name, and what follows.
fn opening(line: &str) -> Option<(SectionId, &str)> {
    let line = bare(line);
    let (name, rest) = line.strip_prefix("[[")?.trim_start().strip_prefix("section:")?.split_once("]]")?;
    let name = name.trim();
    let known = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    (!name.is_empty() && name.chars().all(known)).then(|| (SectionId(name.to_owned()), rest))
}

/// A line that ends with the second mark of `id`: what stands before it.
fn closing<'a>(line: &'a str, id: &SectionId) -> Option<&'a str> {
    if unescaped(line) != line {
        return None;
    }
    let line = bare(line);
    let (text, mark) = line.strip_suffix("]]")?.rsplit_once("[[")?;
    let name = mark.trim().strip_prefix("/section")?.trim_start();
    (name.is_empty() || name.strip_prefix(':').is_some_and(|name| name.trim() == id.0)).then_some(text)
}

/// A mark without the emphasis that models like to put around it.
fn bare(line: &str) -> &str {
    let line = line.trim_end();
    let inner = ["**", "`"].into_iter().find_map(|around| {
        line.trim_start().strip_prefix(around)?.strip_suffix(around).filter(|inner| inner.starts_with("[["))
    });
    inner.unwrap_or(line)
}

#[cfg(test)]
mod tests;
