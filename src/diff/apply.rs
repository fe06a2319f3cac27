//! The text that a set of choices makes.
//!
//! All accepted gives the after text and all rejected the before text, byte for byte, because every byte that
//! differs belongs to a change: words to theirs, all else to the layout change of the section. White space between
//! two blocks is taken from the side on which they are neighbours; where they are on neither, it is made so that
//! they stay two blocks.

use std::collections::BTreeMap;

use crate::{
    domain::{ChangeId, Choice, Document, OpenPolicy, Section},
    text::{part, width},
};

use super::{
    Diff,
    block::{Block, BlockKind},
    section::{Presence, Row, RowKind, SectionDiff, SegmentKind, Side},
};

/// Returns the document that results when the changes are accepted or rejected as `choices` has them, and those that
/// it does not have as `open` says.
pub fn apply(diff: &Diff, choices: &BTreeMap<ChangeId, Choice>, open: OpenPolicy) -> Document {
    let by_policy = match open {
        OpenPolicy::Accept | OpenPolicy::Ask => Side::After,
        OpenPolicy::Reject => Side::Before,
    };
    let sides: Vec<Side> = diff
        .changes
        .iter()
        .map(|change| match choices.get(&change.id) {
            None => by_policy,
            Some(Choice::Accepted) => Side::After,
            Some(Choice::Rejected) => Side::Before,
        })
        .collect();
    let whole =
        sides.iter().all(|side| *side == Side::After) && (by_policy == Side::After || !sides.is_empty());
    let mut sections: Vec<(&SectionDiff, Section)> = diff
        .sections
        .iter()
        .enumerate()
        .filter_map(|(index, section)| {
            let mine = diff.changes.iter().zip(&sides).filter(|(change, _)| change.section == index);
            let mine: Vec<Side> = mine.map(|(_, side)| *side).collect();
            Some((section, composed(section, &sides, &mine, by_policy)?))
        })
        .collect();
    if whole {
        // The order of the sections is no change of its own: it comes with the last one.
        sections.sort_by_key(|(section, _)| diff.after_order.iter().position(|id| *id == section.id));
    }
    Document { sections: sections.into_iter().map(|(_, section)| section).collect() }
}

/// One section; `None` if the side that was chosen throughout has none.
fn composed(section: &SectionDiff, sides: &[Side], mine: &[Side], open: Side) -> Option<Section> {
    let chosen = match mine {
        [] => Some(open),
        [first, rest @ ..] => rest.iter().all(|side| side == first).then_some(*first),
    };
    let text = Composer { section, sides, out: String::new() }.compose();
    let frame = match chosen {
        Some(side) => Some(section.presence(side)),
        None => [&section.before, &section.after].into_iter().find(|side| **side != Presence::Missing),
    };
    let Some(Presence::Here(frame)) = frame else { return None };
    // NULL on the side that was chosen throughout is not the empty text.
    let text = (chosen.is_none() || frame.text.is_some()).then_some(text);
    Some(Section { text, ..frame.clone() })
}

struct Composer<'a> {
    section: &'a SectionDiff,
    sides: &'a [Side],
    out: String,
}

/// A place in the order of blocks, for each side on which it has one: the start is 0, the blocks count from 1.
#[derive(Clone, Copy)]
struct Place<'a> {
    before: Option<usize>,
    after: Option<usize>,
    row: Option<&'a Row>,
}

impl<'a> Composer<'a> {
    fn side(&self, change: Option<usize>) -> Side {
        change.and_then(|at| self.sides.get(at)).copied().unwrap_or(Side::Before)
    }

    fn compose(mut self) -> String {
        let section = self.section;
        let mut previous = Place { before: Some(0), after: Some(0), row: None };
        for index in section.arrange(|row| self.side(row.own)) {
            let Some(row) = section.rows.get(index) else { continue };
            let absent = match row.kind {
                RowKind::Inserted => Side::Before,
                RowKind::Deleted => Side::After,
                RowKind::Same | RowKind::Changed | RowKind::Replaced | RowKind::Moved => {
                    self.row(&mut previous, row);
                    continue;
                }
            };
            if self.side(row.own) != absent {
                self.row(&mut previous, row);
            }
        }
        let end = Place {
            before: Some(section.before_blocks.len() + 1),
            after: Some(section.after_blocks.len() + 1),
            row: None,
        };
        self.gap(previous, end);
        self.out
    }

    fn row(&mut self, previous: &mut Place<'a>, row: &'a Row) {
        let place =
            Place { before: row.before.map(|at| at + 1), after: row.after.map(|at| at + 1), row: Some(row) };
        self.gap(*previous, place);
        *previous = place;
        for segment in &row.segments {
            let side = match segment.kind {
                SegmentKind::Same => Side::Before,
                SegmentKind::Layout => self.side(self.section.layout),
                SegmentKind::Changed(change) => self.side(Some(change)),
            };
            let range = match side {
                Side::Before => segment.before.clone(),
                Side::After => segment.after.clone(),
            };
            self.out.push_str(part(self.section.text(side), range));
        }
    }

    fn gap(&mut self, previous: Place<'_>, next: Place<'_>) {
        let follows = |a: Option<usize>, b: Option<usize>| match (a, b) {
            (Some(a), Some(b)) => (b == a + 1).then_some(a),
            (Some(_) | None, _) => None,
        };
        let layout = self.side(self.section.layout);
        let (side, at) =
            match (follows(previous.before, next.before), follows(previous.after, next.after), layout) {
                (Some(before), Some(_), Side::Before) | (Some(before), None, _) => (Side::Before, before),
                (_, Some(after), _) => (Side::After, after),
                (None, None, _) => return self.make_gap(previous, next),
            };
        let gap = self.section.gap(side, at);
        // Bullet marks come with the layout, perhaps from the other side than this white space.
        match (previous.row, next.row) {
            (Some(upper), Some(lower)) if side != layout && self.section.layout.is_some() => {
                self.strengthened(gap, upper, lower);
            }
            (Some(_) | None, _) => self.out.push_str(gap),
        }
    }

    /// White space between two blocks that are neighbours on neither side, or at an end of the text.
    fn make_gap(&mut self, previous: Place<'_>, next: Place<'_>) {
        let layout = self.side(self.section.layout);
        let (Some(upper), Some(lower)) = (previous.row, next.row) else {
            // The start and the end keep their own white space.
            let at = if previous.row.is_none() { 0 } else { self.section.blocks(layout).len() };
            let gap =
                if previous.row.is_none() && next.row.is_none() { "" } else { self.section.gap(layout, at) };
            self.out.push_str(gap);
            return;
        };
        let own = match (layout, next.before, next.after) {
            (Side::Before, Some(at), _) | (Side::After, Some(at), None) => {
                self.section.gap(Side::Before, at - 1)
            }
            (_, _, Some(at)) => self.section.gap(Side::After, at - 1),
            (_, None, None) => "",
        };
        self.strengthened(own, upper, lower);
    }

    /// Writes `gap`, with the line ends before it that keep two blocks apart.
    fn strengthened(&mut self, gap: &str, upper: &Row, lower: &Row) {
        let text = self.section.text(self.side(self.section.layout));
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let breaks = gap.matches('\n').count();
        let needed = if self.needs_blank_line(upper, lower) { 2 } else { 1 };
        let missing = newline.repeat(needed - breaks.min(needed));
        self.out.push_str(&missing);
        self.out.push_str(gap);
    }

    /// Whether only a blank line keeps two blocks from being read as one.
    fn needs_blank_line(&self, upper: &Row, lower: &Row) -> bool {
        const ITEM: usize = 40;
        let (Some((a, _)), Some((b, text))) = (self.shown(upper), self.shown(lower)) else { return false };
        if b.kind == BlockKind::Bullet || a.kind.is_title() || b.kind.is_title() {
            return false;
        }
        let lower_case = text.starts_with(char::is_lowercase);
        let last_line = self.out.rsplit('\n').next().unwrap_or_default();
        a.kind == BlockKind::Bullet || lower_case || width(last_line) >= ITEM
    }

    /// The block of a row as its mark is written.
    fn shown(&self, row: &Row) -> Option<(&'a Block, &'a str)> {
        let layout = self.side(self.section.layout);
        let (side, block) = match (self.section.block(row, layout), layout) {
            (Some(block), _) => (layout, block),
            (None, Side::Before) => (Side::After, self.section.block(row, Side::After)?),
            (None, Side::After) => (Side::Before, self.section.block(row, Side::Before)?),
        };
        Some((block, part(self.section.text(side), block.range.clone())))
    }
}
