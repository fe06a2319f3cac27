//! One section compared: its rows, and in each row which bytes are kept and which belong to a change.

use std::ops::Range;

use crate::{
    domain::{Section, SectionId},
    text::part,
};

use super::{
    block::{Block, BlockKind},
    matching::{Analysed, Matched},
    token::Token,
};

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The source.
    Before,
    /// The rewrite.
    After,
}

/// A section on one side: it may be missing, NULL or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Presence {
    Missing,
    Here(Section),
}

impl Presence {
    pub fn text(&self) -> &str {
        match self {
            Self::Missing => "",
            Self::Here(section) => section.text.as_deref().unwrap_or_default(),
        }
    }
}

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// The same words on both sides.
    Same,
    /// Some words differ.
    Changed,
    /// One block in place of another.
    Replaced,
    /// The block stands elsewhere after; its words may differ too.
    Moved,
    /// A block that is only in the after text.
    Inserted,
    /// A block that is only in the before text.
    Deleted,
}

/// What happens to a piece of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// The same bytes.
    Same,
    /// The same words in other bytes: belongs to the layout change of the section.
    Layout,
    /// Belongs to this change: an index into the changes of the diff.
    Changed(usize),
}

/// A piece of a row: bytes of the before text, and what stands for them in the after text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What happens to it.
    pub kind: SegmentKind,
    /// Bytes of the before text of the section, the white space up to kept words included.
    pub before: Range<usize>,
    /// Bytes of the after text.
    pub after: Range<usize>,
}

/// One row: a block and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it shows.
    pub kind: RowKind,
    /// Its block before: an index into `before_blocks`.
    pub before: Option<usize>,
    /// Its block after.
    pub after: Option<usize>,
    /// The change that is about the row as a whole: it comes, goes or moves.
    pub own: Option<usize>,
    /// Its pieces; they cover the blocks of both sides in order.
    pub segments: Vec<Segment>,
}

/// One section compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionDiff {
    /// Which section.
    pub id: SectionId,
    pub(super) before: Presence,
    pub(super) after: Presence,
    /// The blocks of the before text.
    pub before_blocks: Vec<Block>,
    /// The blocks of the after text.
    pub after_blocks: Vec<Block>,
    /// The rows in the order of the before text; what is inserted follows its predecessor.
    pub rows: Vec<Row>,
    /// The layout change, if there is one: an index into the changes of the diff.
    pub layout: Option<usize>,
    /// In how many places the layout differs.
    pub layout_places: usize,
}

impl SectionDiff {
    /// The text of one side; empty if there is none.
    pub fn text(&self, side: Side) -> &str {
        match side {
            Side::Before => self.before.text(),
            Side::After => self.after.text(),
        }
    }

    pub(super) const fn presence(&self, side: Side) -> &Presence {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    /// The blocks of one side.
    pub fn blocks(&self, side: Side) -> &[Block] {
        match side {
            Side::Before => &self.before_blocks,
            Side::After => &self.after_blocks,
        }
    }

    /// The block that a row shows on one side.
    pub fn block(&self, row: &Row, side: Side) -> Option<&Block> {
        match side {
            Side::Before => row.before.and_then(|at| self.before_blocks.get(at)),
            Side::After => row.after.and_then(|at| self.after_blocks.get(at)),
        }
    }

    /// What the block of a row is, after if it is there.
    pub fn kind_of(&self, row: &Row) -> BlockKind {
        let block = self.block(row, Side::After).or_else(|| self.block(row, Side::Before));
        block.map_or(BlockKind::Paragraph, |block| block.kind)
    }

    /// Whether no word differs.
    pub fn is_unchanged(&self) -> bool {
        self.rows.iter().all(|row| row.kind == RowKind::Same)
    }

    /// The white space before the `index`th block of one side; behind the last for their number.
    pub(super) fn gap(&self, side: Side, index: usize) -> &str {
        let blocks = self.blocks(side);
        let start =
            index.checked_sub(1).and_then(|before| blocks.get(before)).map_or(0, |block| block.range.end);
        let end = blocks.get(index).map_or(self.text(side).len(), |block| block.range.start);
        part(self.text(side), start..end)
    }

    /// The rows in an order in which each stands at its place before or after, as `place` says. In a gap, what comes
    /// stands before what goes.
    pub(super) fn arrange(&self, place: impl Fn(&Row) -> Side) -> Vec<usize> {
        let at = |row: usize| self.rows.get(row);
        let is_spine = |row: &Row| row.before.is_some() && row.after.is_some() && row.kind != RowKind::Moved;
        let spine: Vec<usize> = (0..self.rows.len()).filter(|row| at(*row).is_some_and(is_spine)).collect();
        let mut slots: Vec<(Vec<usize>, Vec<usize>)> = vec![(Vec::new(), Vec::new()); spine.len() + 1];
        let mut slot = 0;
        for (index, row) in self.rows.iter().enumerate() {
            if is_spine(row) {
                slot += 1;
                continue;
            }
            let (target, after) = match (place(row), row.before, row.after) {
                (Side::Before, Some(_), _) | (_, _, None) => (slot, false),
                (Side::After, _, Some(after)) | (Side::Before, None, Some(after)) => (
                    spine.partition_point(|s| at(*s).and_then(|row| row.after).is_some_and(|a| a < after)),
                    true,
                ),
            };
            if let Some(found) = slots.get_mut(target) {
                if after { found.0.push(index) } else { found.1.push(index) }
            }
        }
        let mut order = Vec::with_capacity(self.rows.len());
        for (index, (mut after, before)) in slots.into_iter().enumerate() {
            after.sort_by_key(|row| at(*row).and_then(|row| row.after));
            order.extend(after);
            order.extend(before);
            order.extend(spine.get(index));
        }
        order
    }
}

/// Builds the rows of a section; changes are numbered within each row, from 0.
pub(super) fn rows(matched: &Matched) -> Vec<Row> {
    let (left, right) = (&matched.before, &matched.after);
    let spine: Vec<_> = matched.pairs.iter().filter(|pair| !pair.moved).collect();
    let mut taken = vec![false; right.blocks.len()];
    let mut partner = vec![None; left.blocks.len()];
    for (index, pair) in matched.pairs.iter().enumerate() {
        taken.get_mut(pair.after).into_iter().for_each(|slot| *slot = true);
        partner.get_mut(pair.before).into_iter().for_each(|slot| *slot = Some(index));
    }
    let mut rows = Vec::with_capacity(left.blocks.len() + right.blocks.len());
    let (mut i, mut j) = (0, 0);
    let ends = [(left.blocks.len(), right.blocks.len())];
    for (before, after) in spine.iter().map(|pair| (pair.before, pair.after)).chain(ends) {
        rows.extend((j..after).filter(|at| taken.get(*at) == Some(&false)).map(|at| inserted(right, at)));
        for at in i..before {
            match partner.get(at).copied().flatten().and_then(|index| matched.pairs.get(index)) {
                Some(pair) => rows.push(paired(matched, pair)),
                None => rows.push(deleted(left, at)),
            }
        }
        if let Some(pair) = partner.get(before).copied().flatten().and_then(|index| matched.pairs.get(index))
        {
            rows.push(paired(matched, pair));
        }
        (i, j) = (before + 1, after + 1);
    }
    rows
}

fn inserted(side: &Analysed<'_>, at: usize) -> Row {
    let range = side.blocks.get(at).map_or(0..0, |block| block.range.clone());
    let segments = vec![Segment { kind: SegmentKind::Changed(0), before: 0..0, after: range }];
    Row { kind: RowKind::Inserted, before: None, after: Some(at), own: Some(0), segments }
}

fn deleted(side: &Analysed<'_>, at: usize) -> Row {
    let range = side.blocks.get(at).map_or(0..0, |block| block.range.clone());
    let segments = vec![Segment { kind: SegmentKind::Changed(0), before: range, after: 0..0 }];
    Row { kind: RowKind::Deleted, before: Some(at), after: None, own: Some(0), segments }
}

fn paired(matched: &Matched, pair: &super::matching::MatchedPair) -> Row {
    let (left, right) = (&matched.before, &matched.after);
    let (Some(a), Some(b)) = (left.blocks.get(pair.before), right.blocks.get(pair.after)) else {
        return deleted(left, pair.before);
    };
    let mut segments = Vec::new();
    let mut cutter = Cutter { left, right, a: a.range.start, b: b.range.start, segments: &mut segments };
    cutter.kept(a.content, b.content);
    let (ta, tb) = (left.tokens_of(a), right.tokens_of(b));
    let mut expected = (0, 0);
    for (i, j) in &pair.kept {
        let (Some(x), Some(y)) = (ta.get(*i), tb.get(*j)) else { continue };
        if (*i, *j) != expected {
            cutter.changed(x.range.start, y.range.start);
        }
        cutter.kept(x.range.end, y.range.end);
        expected = (i + 1, j + 1);
    }
    if expected != (ta.len(), tb.len()) {
        cutter.changed(a.range.end, b.range.end);
    }
    number(&mut segments, left);
    let changed = segments.iter().any(|segment| matches!(segment.kind, SegmentKind::Changed(_)));
    let kind = match (pair.moved, changed, pair.kept.is_empty()) {
        (true, ..) => RowKind::Moved,
        (false, false, _) => RowKind::Same,
        (false, true, true) => RowKind::Replaced,
        (false, true, false) => RowKind::Changed,
    };
    Row { kind, before: Some(pair.before), after: Some(pair.after), own: None, segments }
}

struct Cutter<'a, 'b> {
    left: &'a Analysed<'a>,
    right: &'a Analysed<'a>,
    a: usize,
    b: usize,
    segments: &'b mut Vec<Segment>,
}

impl Cutter<'_, '_> {
    fn kept(&mut self, a: usize, b: usize) {
        if (a, b) == (self.a, self.b) {
            return;
        }
        let same = part(self.left.text, self.a..a) == part(self.right.text, self.b..b);
        let kind = if same { SegmentKind::Same } else { SegmentKind::Layout };
        match self.segments.last_mut() {
            Some(last) if last.kind == kind => (last.before.end, last.after.end) = (a, b),
            Some(_) | None => self.segments.push(Segment { kind, before: self.a..a, after: self.b..b }),
        }
        (self.a, self.b) = (a, b);
    }

    fn changed(&mut self, a: usize, b: usize) {
        self.segments.push(Segment { kind: SegmentKind::Changed(0), before: self.a..a, after: self.b..b });
        (self.a, self.b) = (a, b);
    }
}

/// Numbers the changes of a row: differing runs are one change if at most two words between them are kept.
fn number(segments: &mut [Segment], left: &Analysed<'_>) {
    const BETWEEN: usize = 2;
    let (mut number, mut words_since) = (0, None::<usize>);
    for segment in segments {
        match segment.kind {
            SegmentKind::Changed(_) => {
                number += usize::from(words_since.is_some_and(|words| words > BETWEEN));
                segment.kind = SegmentKind::Changed(number);
                words_since = Some(0);
            }
            SegmentKind::Same | SegmentKind::Layout => {
                let words =
                    left.tokens_in(&segment.before).iter().filter(|token: &&Token| token.is_word()).count();
                words_since = words_since.map(|before| before + words);
            }
        }
    }
}
