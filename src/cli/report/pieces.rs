//! A comparison as pieces of safe text, side by side, for whatever it is written as.

use crate::{
    diff::{Diff, Row, RowKind, SectionDiff, SegmentKind, Side},
    domain::{ChangeId, Choice, Rewrite},
    text::{Safe, part},
};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tint {
    /// The same on both sides.
    Kept,
    /// It goes, or it comes.
    Changed,
}

/// What became of a row's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// There are none.
    Unchanged,
    /// They are what was approved, or nobody decided about them.
    Plain,
    /// They are rejected: the before text stays.
    Rejected,
    /// Some are rejected.
    Partly,
}

/// One row: a block and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it shows.
    pub kind: RowKind,
    /// What was decided.
    pub fate: Fate,
    /// The before text; empty for what comes.
    pub before: Vec<(Tint, String)>,
    /// The after text; empty for what goes.
    pub after: Vec<(Tint, String)>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its rows, in the order of the before text.
    pub lines: Vec<Line>,
}

/// A rewrite compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its sections.
    pub parts: Vec<Part>,
    /// How many changes there are.
    pub changes: usize,
    /// Whether the right side is what was approved.
    pub approved: bool,
}

impl Compared {
    /// Takes a comparison apart.
    pub fn new(diff: &Diff, rewrite: &Rewrite) -> Self {
        let approved = rewrite.approved.is_some();
        let parts = diff.sections.iter().map(|section| Part {
            name: Safe::line(&section.id.0).into_string(),
            lines: section.rows.iter().map(|row| line(diff, section, row, rewrite)).collect(),
        });
        Self { parts: parts.collect(), changes: diff.changes.len(), approved }
    }
}

fn line(diff: &Diff, section: &SectionDiff, row: &Row, rewrite: &Rewrite) -> Line {
    let whole = matches!(row.kind, RowKind::Inserted | RowKind::Deleted | RowKind::Replaced);
    let side = |side: Side| {
        if section.block(row, side).is_none() {
            return Vec::new();
        }
        let mut pieces: Vec<(Tint, String)> = Vec::new();
        for segment in &row.segments {
            let changed = whole || matches!(segment.kind, SegmentKind::Changed(_));
            let tint = if changed { Tint::Changed } else { Tint::Kept };
            let range = match side {
                Side::Before => segment.before.clone(),
                Side::After => segment.after.clone(),
            };
            let text = Safe::new(part(section.text(side), range)).into_string();
            match pieces.last_mut() {
                Some((last, piece)) if *last == tint => piece.push_str(&text),
                _ if text.is_empty() => {}
                _ => pieces.push((tint, text)),
            }
        }
        pieces
    };
    Line {
        kind: row.kind,
        fate: fate(diff, row, rewrite),
        before: side(Side::Before),
        after: side(Side::After),
    }
}

fn fate(diff: &Diff, row: &Row, rewrite: &Rewrite) -> Fate {
    let inner = row.segments.iter().filter_map(|segment| match segment.kind {
        SegmentKind::Changed(change) => Some(change),
        SegmentKind::Same | SegmentKind::Layout => None,
    });
    let ids: Vec<ChangeId> =
        inner.chain(row.own).filter_map(|at| diff.changes.get(at)).map(|change| change.id).collect();
    if ids.is_empty() {
        return Fate::Unchanged;
    }
    let is_rejected = |id: &&ChangeId| rewrite.choices.get(id) == Some(&Choice::Rejected);
    match ids.iter().filter(is_rejected).count() {
        // What was approved holds no rejected change any more.
        _ if rewrite.approved.is_some() => Fate::Plain,
        0 => Fate::Plain,
        rejected if rejected == ids.len() => Fate::Rejected,
        _ => Fate::Partly,
    }
}
