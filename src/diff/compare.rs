//! Two documents compared.

use std::ops::Range;

use crate::{
    domain::{ChangeId, Document, SectionId},
    text::part,
};

use super::{
    Diff,
    change::{Change, ChangeKind, Names},
    matching::{Analysed, Matched, matched},
    section::{Presence, Row, RowKind, SectionDiff, Segment, SegmentKind, Side, rows},
    token::Token,
};

/// Compares two documents section by section.
///
/// `stop` is asked now and then whether the time is over or nobody wants the result any more. From then on only
/// what is known by then is told apart, blocks are marked as a whole, and [`Diff::is_complete`] says so; decisions
/// on such a diff hold all the same.
pub fn compare(before: &Document, after: &Document, stop: &dyn Fn() -> bool) -> Diff {
    let after_order = after.sections.iter().map(|section| section.id.clone()).collect();
    let diff = Diff { sections: Vec::new(), changes: Vec::new(), after_order, complete: true };
    let mut builder = Builder { diff, names: Names::default() };
    for id in union(before, after) {
        builder.section(id, before, after, stop);
    }
    builder.diff
}

/// All sections in the order of `before`, each that is only in `after` behind its predecessor there.
fn union<'a>(before: &'a Document, after: &'a Document) -> Vec<&'a SectionId> {
    let mut order: Vec<&SectionId> = before.sections.iter().map(|section| &section.id).collect();
    let mut place = 0;
    for section in &after.sections {
        if let Some(found) = order.iter().position(|known| *known == &section.id) {
            place = found + 1;
        } else {
            order.insert(place, &section.id);
            place += 1;
        }
    }
    order
}

struct Builder {
    diff: Diff,
    names: Names,
}

impl Builder {
    fn section(&mut self, id: &SectionId, before: &Document, after: &Document, stop: &dyn Fn() -> bool) {
        let presence = |document: &Document| match document.section(id) {
            None => Presence::Missing,
            Some(section) => Presence::Here(section.clone()),
        };
        let (before, after) = (presence(before), presence(after));
        let matched = matched(before.text(), after.text(), stop);
        self.diff.complete &= matched.complete;
        let mut found = rows(&matched);
        let number = self.diff.sections.len();
        for (index, row) in found.iter_mut().enumerate() {
            self.number(id, (number, index), row, &matched);
        }
        let Matched { before: left, after: right, .. } = matched;
        let (before_blocks, after_blocks) = (left.blocks, right.blocks);
        let rows = found;
        let mut section = SectionDiff {
            id: id.clone(),
            before,
            after,
            before_blocks,
            after_blocks,
            rows,
            layout: None,
            layout_places: 0,
        };
        section.layout_places = places(&section);
        if section.layout_places > 0 {
            section.layout = Some(self.diff.changes.len());
            let mut change = empty(ChangeKind::Layout, (number, section.rows.len()));
            change.id = self.names.name(id, change.kind, "", "");
            self.diff.changes.push(change);
        }
        self.diff.sections.push(section);
    }

    /// Turns the numbers that a row gave its changes into changes of the diff.
    fn number(&mut self, id: &SectionId, place: (usize, usize), row: &mut Row, matched: &Matched<'_>) {
        let (left, right) = (&matched.before, &matched.after);
        if row.kind == RowKind::Moved {
            let mut change = empty(ChangeKind::Moved, place);
            (change.before, change.after) = (whole(row.before, left), whole(row.after, right));
            // Named by the before text alone: an edit of the moved block does not rename the move.
            change.id = self.names.name(id, change.kind, part(left.text, change.before.clone()), "");
            row.own = Some(self.diff.changes.len());
            self.diff.changes.push(change);
        }
        let first = self.diff.changes.len();
        for segment in &mut row.segments {
            let SegmentKind::Changed(number) = segment.kind else { continue };
            segment.kind = SegmentKind::Changed(first + number);
            let (before, after) = (trimmed(left.text, &segment.before), trimmed(right.text, &segment.after));
            if self.diff.changes.len() == first + number {
                let change = empty(edit_kind(row.kind), place);
                self.diff.changes.push(Change { before: before.clone(), after: after.clone(), ..change });
            }
            let Some(change) = self.diff.changes.last_mut() else { continue };
            (change.before.end, change.after.end) = (before.end, after.end);
            change.words_before += words(left.tokens_in(&segment.before));
            change.words_after += words(right.tokens_in(&segment.after));
        }
        for change in self.diff.changes.iter_mut().skip(first) {
            let (before, after) =
                (part(left.text, change.before.clone()), part(right.text, change.after.clone()));
            change.id = self.names.name(id, change.kind, before, after);
        }
        if matches!(row.kind, RowKind::Inserted | RowKind::Deleted) {
            row.own = Some(first);
        }
    }
}

/// A change that is yet to be filled in.
const fn empty(kind: ChangeKind, (section, row): (usize, usize)) -> Change {
    Change { id: ChangeId(0), kind, section, row, before: 0..0, after: 0..0, words_before: 0, words_after: 0 }
}

const fn edit_kind(row: RowKind) -> ChangeKind {
    match row {
        RowKind::Inserted => ChangeKind::Inserted,
        RowKind::Deleted => ChangeKind::Deleted,
        RowKind::Replaced => ChangeKind::Replaced,
        RowKind::Same | RowKind::Changed | RowKind::Moved => ChangeKind::Edited,
    }
}

fn words(tokens: &[Token]) -> usize {
    tokens.iter().filter(|token| token.is_word()).count()
}

fn whole(block: Option<usize>, side: &Analysed<'_>) -> Range<usize> {
    block.and_then(|at| side.blocks.get(at)).map_or(0..0, |block| block.range.clone())
}

/// The range without the white space around; an empty one keeps its place.
fn trimmed(text: &str, range: &Range<usize>) -> Range<usize> {
    let shown = part(text, range.clone());
    let start = range.start + (shown.len() - shown.trim_start().len());
    let end = range.end - (shown.len() - shown.trim_end().len());
    if start < end { start..end } else { range.start..range.start }
}

/// Counts where the bytes differ although no word does. A section that differs in nothing else, as NULL does from
/// the empty text, has one such place.
fn places(section: &SectionDiff) -> usize {
    let changed = |segment: &&Segment| segment.kind == SegmentKind::Layout;
    let within: usize = section.rows.iter().map(|row| row.segments.iter().filter(changed).count()).sum();
    // Neighbours on both sides, with other white space between.
    let (last_before, last_after) = (section.before_blocks.len(), section.after_blocks.len());
    let mut partner = vec![None; last_before + 2];
    for row in &section.rows {
        if let (Some(before), Some(after)) = (row.before, row.after) {
            partner.get_mut(before + 1).into_iter().for_each(|slot| *slot = Some(after + 1));
        }
    }
    partner.first_mut().into_iter().for_each(|slot| *slot = Some(0));
    partner.last_mut().into_iter().for_each(|slot| *slot = Some(last_after + 1));
    let between = partner
        .windows(2)
        .enumerate()
        .filter(|(at, pair)| match pair {
            [Some(a), Some(b)] => {
                b.wrapping_sub(*a) == 1 && section.gap(Side::Before, *at) != section.gap(Side::After, *a)
            }
            _ => false,
        })
        .count();
    let unchanged = section.rows.iter().all(|row| row.kind == RowKind::Same);
    match within + between {
        0 if unchanged && section.before != section.after => 1,
        found => found,
    }
}
