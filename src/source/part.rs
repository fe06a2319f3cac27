//! From rows to sections, and where each section stands.

use sha2::{Digest, Sha256};

use crate::{
    domain::{Document, Format, Origin, Role, Section, SectionId, Stored, hex},
    text::codec::{self, Codec, CodecError, from_text, get, json::Step, marked::Marks},
};

use super::{
    db::Val,
    found::{Found, Line},
    json, key,
    plan::{CellPlan, Plan, SectionPlan, SetPlan, Shape},
    port::SourceError,
};

/// Which piece of a cell a section is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// All of it.
    Whole,
    /// A value of the JSON document in it.
    Json(Vec<Step>),
    /// What stands between two marks.
    Marked(Marks),
}

/// How the text of a section becomes a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Through codecs.
    Codecs(Vec<Codec>),
    /// Into a target, whose own text is not shown.
    Target { html: bool, codecs: Vec<Codec> },
}

/// Where a section stands and may be written.
#[derive(Debug, Clone)]
pub(super) struct Spot<'p> {
    pub(super) place: usize,
    pub(super) line: usize,
    pub(super) cell: &'p CellPlan,
    pub(super) set: &'p [SetPlan],
    pub(super) piece: Piece,
    pub(super) form: Form,
    /// What stands there.
    pub(super) stored: Option<String>,
}

/// A section with its place; there is none if nothing could be written.
#[derive(Debug, Clone)]
pub(super) struct Part<'p> {
    pub(super) section: Section,
    pub(super) plan: &'p SectionPlan,
    pub(super) spot: Option<Spot<'p>>,
}

/// The sections of a candidate in the order of the mapping.
pub(super) fn parts<'p>(plan: &'p Plan, found: &Found) -> Result<Vec<Part<'p>>, SourceError> {
    let mut all = Vec::new();
    for section in &plan.sections {
        let of = Of { plan, found, section };
        let lines = found.lines.get(section.place).map(Vec::as_slice).unwrap_or_default();
        match &section.shape {
            Shape::One(cell) => all.push(of.one(cell, lines.first())?),
            Shape::Rows { fixed, writable, own_key } => {
                for (index, line) in lines.iter().enumerate() {
                    let name = format!("{}-{}", section.id, row_id(line, own_key));
                    let words = of.row_parts(line, fixed)?;
                    if !words.is_empty() {
                        all.push(of.context(name.clone(), words, of.row(section.place, line)?));
                    }
                    for (label, cell) in writable {
                        let id = SectionId(format!("{name}-{label}"));
                        all.push(of.part(id, cell, (index, line))?);
                    }
                }
            }
            Shape::Json { cell, fixed, writable, hidden } => {
                let Some(line) = lines.first() else { continue };
                let text = text(&section.id, value(cell, line)?)?.unwrap_or_default();
                let pieces = json::pieces(&text, (fixed, writable), hidden);
                for piece in pieces.map_err(|why| unreadable(&section.id, why))? {
                    all.push(of.json(cell, line, piece)?);
                }
            }
        }
    }
    Ok(all)
}

/// The sections alone.
pub(super) fn document(parts: &[Part<'_>]) -> Document {
    Document { sections: parts.iter().map(|part| part.section.clone()).collect() }
}

fn nowhere() -> SourceError {
    SourceError::Engine("The database answered with too few columns.".to_owned())
}

fn unreadable(id: &SectionId, why: CodecError) -> SourceError {
    SourceError::Unreadable(format!("Section \"{id}\" of this candidate cannot be read: {why}"))
}

/// The text of a cell, byte for byte. What is no text is not guessed at.
pub(super) fn text(id: &SectionId, value: &Val) -> Result<Option<String>, SourceError> {
    let odd = |what: &str| {
        SourceError::Unreadable(format!("Section \"{id}\" of this candidate holds {what}, not a text."))
    };
    match value {
        Val::Null => Ok(None),
        Val::Text(text) => Ok(Some(text.clone())),
        Val::Bytes(bytes) => {
            String::from_utf8(bytes.clone()).map(Some).map_err(|_| odd("bytes that are no UTF-8"))
        }
        Val::Int(_) | Val::UInt(_) | Val::Real(_) => Err(odd("a number")),
    }
}

struct Of<'p, 'f> {
    plan: &'p Plan,
    found: &'f Found,
    section: &'p SectionPlan,
}

impl<'p> Of<'p, '_> {
    fn role(&self) -> Role {
        if self.section.write { Role::Rewritten } else { Role::Context }
    }

    fn row(&self, place: usize, line: &Line) -> Result<Option<String>, SourceError> {
        let key = &self.plan.places.get(place).ok_or_else(nowhere)?.table.key;
        if place == 0 || key.is_empty() { Ok(None) } else { key::encode(key, &line.key).map(Some) }
    }

    /// A cell as a piece and a text. A path that leads to no string leads to nothing.
    fn read(
        &self,
        cell: &CellPlan,
        line: &Line,
    ) -> Result<(Piece, Option<String>, Option<String>), SourceError> {
        let id = &self.section.id;
        let told = |why| unreadable(id, why);
        let whole = text(id, value(cell, line)?)?;
        let (piece, stored) = match &cell.path {
            None => (Piece::Whole, whole),
            Some(path) => {
                let stored = json::string_at(whole.as_deref(), path).map_err(told)?;
                (Piece::Json(path.clone()), stored)
            }
        };
        let shown = stored.as_deref().map(|stored| get(&codecs(cell), stored)).transpose().map_err(told)?;
        Ok((piece, stored, shown))
    }

    fn part(
        &self,
        id: SectionId,
        cell: &'p CellPlan,
        (index, line): (usize, &Line),
    ) -> Result<Part<'p>, SourceError> {
        let (piece, stored, shown) = self.read(cell, line)?;
        let form = codecs(cell);
        let loose = form.iter().any(Codec::is_loose);
        let origin = Origin {
            row: self.row(self.section.place, line)?,
            stored: loose.then(|| Stored { cell: stored.clone() }),
        };
        // Where a path leads to nothing, nothing can be put.
        let here = piece == Piece::Whole || stored.is_some();
        let spot = here.then(|| Spot {
            place: self.section.place,
            line: index,
            cell,
            set: &self.section.set,
            piece,
            form: Form::Codecs(form),
            stored,
        });
        let section = Section { id, format: cell.format, text: shown, role: self.role(), origin };
        Ok(Part { section, plan: self.section, spot })
    }

    fn one(&self, cell: &'p CellPlan, line: Option<&Line>) -> Result<Part<'p>, SourceError> {
        let id = self.section.id.clone();
        let mut part = if let Some(line) = line {
            self.part(id, cell, (0, line))?
        } else {
            let section = Section { id, format: cell.format, role: self.role(), ..Section::default() };
            Part { section, plan: self.section, spot: None }
        };
        let Some(target) = &self.section.target else { return Ok(part) };
        part.spot = None;
        let line = self.found.lines.get(target.place).and_then(|lines| lines.first());
        let Some(line) = line else { return Ok(part) };
        let told = |why| unreadable(&self.section.id, why);
        let whole = text(&self.section.id, value(&target.cell, line)?)?;
        let (piece, stored) = match target.marks {
            None => (Piece::Whole, whole),
            Some(marks) => {
                let inner = |cell: &str| marks.get(cell).map(|inner| inner.unwrap_or_default().to_owned());
                (Piece::Marked(marks), whole.as_deref().map(inner).transpose().map_err(told)?)
            }
        };
        if let Some(row) = self.row(target.place, line)? {
            let source = part.section.origin.row.take().unwrap_or_default();
            part.section.origin.row = Some(format!("{source} into {row}"));
        }
        part.section.origin.stored = Some(Stored { cell: stored.clone() });
        part.spot = Some(Spot {
            place: target.place,
            line: 0,
            cell: &target.cell,
            set: &target.set,
            piece,
            form: Form::Target {
                html: target.cell.format == Format::Html && cell.format == Format::Text,
                codecs: target.cell.codecs.clone(),
            },
            stored,
        });
        Ok(part)
    }

    fn row_parts(&self, line: &Line, fixed: &[(String, CellPlan)]) -> Result<String, SourceError> {
        let mut words = String::new();
        for (label, cell) in fixed {
            let value = value(cell, line)?;
            let shown = match (&cell.path, value) {
                (Some(path), value) => json::string_at(text(&self.section.id, value)?.as_deref(), path)
                    .map_err(|why| unreadable(&self.section.id, why))?
                    .map(|stored| get(&codecs(cell), &stored).unwrap_or_default())
                    .unwrap_or_default(),
                (None, Val::Text(stored)) => get(&cell.codecs, stored).unwrap_or_else(|_| stored.clone()),
                (None, value) => value.words(),
            };
            let shown =
                if cell.format == Format::Html { Codec::Html.get(&shown).unwrap_or_default() } else { shown };
            push_line(&mut words, label, &shown);
        }
        Ok(words)
    }

    fn context(&self, id: String, words: String, row: Option<String>) -> Part<'p> {
        let section = Section {
            id: SectionId(id),
            format: Format::Text,
            text: Some(words),
            role: Role::Context,
            origin: Origin { row, stored: None },
        };
        Part { section, plan: self.section, spot: None }
    }
}

impl<'p> Of<'p, '_> {
    /// A piece of a JSON document as a section.
    fn json(&self, cell: &'p CellPlan, line: &Line, piece: json::Piece) -> Result<Part<'p>, SourceError> {
        let id = format!("{}-{}", self.section.id, piece.name);
        let row = self.row(self.section.place, line)?;
        let (path, codec, stored) = match piece.what {
            json::What::Fixed(words) => return Ok(self.context(id, words, row)),
            json::What::Writable { path, codec, stored } => (path, codec, stored),
        };
        let form = vec![codec];
        let shown = get(&form, &stored).map_err(|why| unreadable(&self.section.id, why))?;
        let origin = Origin { row, stored: Some(Stored { cell: Some(stored.clone()) }) };
        let section =
            Section { id: SectionId(id), format: cell.format, text: Some(shown), role: self.role(), origin };
        let spot = Spot {
            place: self.section.place,
            line: 0,
            cell,
            set: &self.section.set,
            piece: Piece::Json(path),
            form: Form::Codecs(form),
            stored: Some(stored),
        };
        Ok(Part { section, plan: self.section, spot: Some(spot) })
    }
}

impl Form {
    /// What a section of a document is in its place. `source` is the text that stands in the source now, `base` what
    /// stood in the place when the document was read.
    pub(super) fn stored(
        &self,
        text: Option<&str>,
        source: Option<&str>,
        base: Option<&str>,
    ) -> Result<Option<String>, CodecError> {
        match self {
            Self::Codecs(codecs) => {
                text.map(|text| codec::put(codecs, base.unwrap_or_default(), text)).transpose()
            }
            // The text of the source itself means that nothing was put there by us.
            Self::Target { .. } if text == source => Ok(base.map(str::to_owned)),
            Self::Target { html, codecs } => {
                let made = |text: &str| if *html { from_text(text) } else { text.to_owned() };
                text.map(|text| codec::put(codecs, "", &made(text))).transpose()
            }
        }
    }
}

fn value<'l>(cell: &CellPlan, line: &'l Line) -> Result<&'l Val, SourceError> {
    line.values.get(cell.column).ok_or_else(nowhere)
}

/// The key of a child row as the name of a section: as people read it, or a digest of it.
fn row_id(line: &Line, own_key: &[usize]) -> String {
    let parts: Vec<String> = own_key.iter().filter_map(|at| line.key.get(*at)).map(Val::words).collect();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let joined = parts.join("_");
    if parts.is_empty() {
        "1".to_owned()
    } else if joined.len() <= 24 && !joined.is_empty() && joined.chars().all(plain) {
        joined
    } else {
        let mut digest = hex(&Sha256::digest(parts.join("\u{1f}").as_bytes()));
        digest.truncate(10);
        digest
    }
}

/// `label: value`, if there is a value.
pub(super) fn push_line(words: &mut String, label: &str, value: &str) {
    if value.trim().is_empty() {
        return;
    }
    if !words.is_empty() {
        words.push('\n');
    }
    words.push_str(label);
    words.push_str(": ");
    words.push_str(value.trim());
}

/// The codecs of a cell; a string of a JSON document is one first.
pub(super) fn codecs(cell: &CellPlan) -> Vec<Codec> {
    let outer = cell.path.is_some().then_some(Codec::JsonString);
    outer.into_iter().chain(cell.codecs.iter().cloned()).collect()
}
