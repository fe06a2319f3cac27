//! What a compare-and-set is about: sections with the text before and the one after, and what speaks against writing.

use crate::{
    domain::{Document, Role, Section, SectionId, Stored},
    text::codec::Codec,
};

use super::{
    part::{Form, codecs},
    plan::{CellPlan, Plan, SectionPlan, Shape},
    port::SourceError,
    unfit,
};

/// One section of a compare-and-set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'d> {
    pub(super) plan: &'d SectionPlan,
    pub(super) section: &'d Section,
    pub(super) before: Option<&'d str>,
    pub(super) after: Option<&'d str>,
    /// What stood in its place when it was read, if that is more than the text.
    pub(super) base: Option<&'d Stored>,
}

impl Pair<'_> {
    pub(super) fn changes(&self) -> bool {
        self.before != self.after
    }

    /// What stood in its place when it was read.
    pub(super) fn stood(&self) -> Option<&str> {
        self.base.and_then(|stored| stored.cell.as_deref())
    }

    /// The way back.
    pub(super) const fn swapped(&self) -> Self {
        Self { before: self.after, after: self.before, ..*self }
    }

    pub(super) const fn id(&self) -> &SectionId {
        &self.section.id
    }
}

/// Pairs the sections of both documents with the mapping.
pub(super) fn pair<'d>(
    plan: &'d Plan,
    before: &'d Document,
    after: &'d Document,
) -> Result<Vec<Pair<'d>>, SourceError> {
    let strange = |id: &SectionId| SourceError::Mapping {
        message: format!("The text has a section \"{id}\", which the mapping does not have (any more)."),
        place: "mapping.section".to_owned(),
        hint: Some("Map the section again, or reject the rewrite.".to_owned()),
    };
    if let Some(extra) = after.sections.iter().find(|section| before.section(&section.id).is_none()) {
        return Err(strange(&extra.id));
    }
    let pairs = before.sections.iter().map(|section| {
        let plan = plan.sections.iter().find(|plan| plan.makes(&section.id));
        let plan = plan.ok_or_else(|| strange(&section.id))?;
        let other = after.section(&section.id).unwrap_or(section);
        let stored = section.origin.stored.as_ref().or(other.origin.stored.as_ref());
        Ok(Pair {
            plan,
            section,
            before: section.text.as_deref(),
            after: other.text.as_deref(),
            base: stored,
        })
    });
    pairs.collect()
}

/// Why the new texts cannot be stored, as far as that is known before anything is sent.
pub(super) fn objection(plan: &Plan, pairs: &[Pair<'_>]) -> Option<String> {
    pairs.iter().filter(|pair| pair.changes()).find_map(|pair| {
        let (id, text) = (pair.id(), pair.after.unwrap_or_default());
        if !pair.plan.write {
            return Some(format!("Section \"{id}\" is not to be written (write = false)."));
        }
        if pair.section.role == Role::Context {
            return Some(format!("Section \"{id}\" is only shown, and never written."));
        }
        if let Some(at) = text.chars().position(|character| character == '\0') {
            return Some(format!("Section \"{id}\" holds the character U+0000, at character {}.", at + 1));
        }
        let (form, cell) = form(pair)?;
        match form.stored(pair.after, None, pair.stood()) {
            Err(why) => Some(format!("Section \"{id}\" cannot be stored: {why}")),
            // Of a document only a part is known here.
            Ok(Some(stored)) if cell.path.is_none() && !matches!(pair.plan.shape, Shape::Json { .. }) => {
                let column = plan.places.get(pair.plan.place)?.columns.get(cell.column)?;
                unfit::why(pair, (cell, column), &stored)
            }
            Ok(_) => None,
        }
    })
}

/// The sections whose lines are items of a JSON list, which keeps their number.
pub(super) fn counted(plan: &Plan, source: &Document) -> Vec<SectionId> {
    let listed = |section: &&Section| {
        let json = plan.sections.iter().find(|plan| plan.makes(&section.id));
        let json = json.is_some_and(|plan| matches!(plan.shape, Shape::Json { .. }));
        let stored = section.origin.stored.as_ref().and_then(|stored| stored.cell.as_deref());
        json && section.role == Role::Rewritten && stored.is_some_and(|cell| cell.starts_with('['))
    };
    source.sections.iter().filter(listed).map(|section| section.id.clone()).collect()
}

/// Why the form in which a text is stored cannot hold it.
pub(super) fn misfit(pairs: &[Pair<'_>]) -> Option<String> {
    pairs.iter().filter(|pair| pair.changes() && pair.plan.write).find_map(|pair| {
        let why = form(pair)?.0.stored(pair.after, None, pair.stood()).err()?;
        Some(format!("the section \"{}\" cannot be stored: {why}", pair.id()))
    })
}

/// How the text of a section is stored, as far as the mapping alone tells; nothing for a text that goes elsewhere.
fn form<'d>(pair: &Pair<'d>) -> Option<(Form, &'d CellPlan)> {
    if pair.plan.target.is_some() {
        return None;
    }
    match &pair.plan.shape {
        Shape::One(cell) => Some((Form::Codecs(codecs(cell)), cell)),
        Shape::Rows { writable, .. } => {
            let label = pair.section.id.0.rsplit_once('-')?.1;
            let (_, cell) = writable.iter().find(|(known, _)| known == label)?;
            Some((Form::Codecs(codecs(cell)), cell))
        }
        Shape::Json { cell, .. } => {
            let list = pair.stood().is_some_and(|stored| stored.starts_with('['));
            let codec = if list { Codec::JsonStrings } else { Codec::JsonString };
            Some((Form::Codecs(vec![codec]), cell))
        }
    }
}
