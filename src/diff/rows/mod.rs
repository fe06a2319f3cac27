//! A diff laid out for a width: rows of cells that a widget only has to colour.
//!
//! A logical row is a pair of blocks, a heading, a fold, a finding; it becomes as many visual rows as its taller side
//! needs, and the shorter side is padded, so that both halves are equally high. Everything is made once for a view;
//! afterwards any window of it can be read without copying. No colours, no keys: [`Tint`], [`Sign`] and [`State`] say
//! what a thing is.

mod build;
mod column;
mod flag;
mod fold;
mod lay;
#[cfg(test)]
mod tests;
mod view;

pub use column::{Span, Tint};
pub use view::{Brackets, Decided, FoldKey, Folds, Layout, View, Wrap};

use std::ops::Range;

use crate::{
    diff::{BlockKind, Diff},
    domain::{ChangeId, Severity},
    text::Safe,
};

/// What a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The name of a section.
    Heading,
    /// A block whose words are the same.
    Same,
    /// A block some of whose words differ.
    Changed,
    /// A block in place of another.
    Replaced,
    /// A block that stands elsewhere after.
    Moved,
    /// A block that comes.
    Inserted,
    /// A block that goes.
    Deleted,
    /// What differs in a section and is no word.
    Layout,
    /// Rows that are not shown.
    Fold,
    /// A finding about the row above.
    Finding(Severity),
}

/// What was decided about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing about any of its changes.
    Open,
    /// All its changes are accepted.
    Accepted,
    /// All its changes are rejected.
    Rejected,
    /// Its changes differ in that.
    Mixed,
}

/// The sign in the gutter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// The line comes.
    Inserted,
    /// The line goes.
    Deleted,
    /// The block stands elsewhere after.
    Moved,
    /// A finding.
    Finding,
}

/// What stands in the gutter of a line; never text.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Gutter {
    /// The number of the row's first change, from 1; on the first line of a row only.
    pub number: Option<usize>,
    /// What was decided; on the first line of a row only, in split layout on the right.
    pub state: Option<State>,
    /// The sign; on every line that it is true of.
    pub sign: Option<Sign>,
}

/// One half of a visual row; in other layouts than split the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfLine<'a> {
    /// What stands in the gutter.
    pub gutter: Gutter,
    /// Cells between gutter and text.
    pub indent: usize,
    /// The text; with indent and gutter it fits the half, unless wrapping is off.
    pub text: Safe<'a>,
    /// What the pieces of the text are; they cover it in order.
    pub spans: &'a [Span],
}

/// One row of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisualRow<'a> {
    /// What it belongs to.
    pub kind: LineKind,
    /// What kind of block that is.
    pub block: BlockKind,
    /// The index of its logical row: equal for the lines of one row.
    pub logical: usize,
    /// Which line of its logical row it is, from 0.
    pub line: usize,
    /// The left half, or the whole.
    pub left: HalfLine<'a>,
    /// The right half in split layout.
    pub right: Option<HalfLine<'a>>,
    /// Of a heading: which changes are in the section, or what is folded away.
    pub note: Option<&'a Safe<'static>>,
}

/// A place in the diff that outlives layouts, widths and folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Anchor {
    /// An index into the sections of the diff.
    pub section: usize,
    /// An index into the rows of the section; `None` for its heading.
    pub row: Option<usize>,
    /// The change there.
    pub change: Option<ChangeId>,
    /// The finding there: an index into the findings of the view.
    pub finding: Option<usize>,
}

/// The widths of the parts of a row, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// The gutter of each half: cursor, number, state, sign.
    pub gutter: u16,
    /// The text of the left half, or of the whole.
    pub left: u16,
    /// The text of the right half; 0 except in split layout, where one cell parts the halves.
    pub right: u16,
}

#[derive(Debug)]
struct Half {
    text: Safe<'static>,
    lines: Vec<Line>,
    spans: Vec<Span>,
}

#[derive(Debug)]
struct Line {
    text: Range<usize>,
    spans: Range<usize>,
    indent: usize,
    sign: Option<Sign>,
}

#[derive(Debug)]
struct Logical {
    kind: LineKind,
    block: BlockKind,
    anchor: Anchor,
    fold: Option<FoldKey>,
    number: Option<usize>,
    state: Option<State>,
    /// All changes of the row, those in a fold included.
    changes: Vec<ChangeId>,
    left: Half,
    right: Option<Half>,
    note: Option<Safe<'static>>,
    start: usize,
    height: usize,
}

/// A diff laid out.
#[derive(Debug)]
pub struct Rows {
    logical: Vec<Logical>,
    height: usize,
    columns: Columns,
    /// Every change in the order of the rows, with the visual row where it begins and whether it is still open.
    places: Vec<(ChangeId, usize, Openness)>,
    /// The visual row of each hit of the view.
    hits: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Openness {
    Open,
    Decided,
}

impl Rows {
    /// Lays out `diff`.
    pub fn new(diff: &Diff, view: &View<'_>) -> Self {
        build::rows(diff, view)
    }

    /// How many visual rows there are.
    pub const fn len(&self) -> usize {
        self.height
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.height == 0
    }

    /// The widths that the rows were made for.
    pub const fn columns(&self) -> Columns {
        self.columns
    }

    /// The visual rows of a window, or what there is of it.
    pub fn window(&self, range: Range<usize>) -> impl Iterator<Item = VisualRow<'_>> {
        let first = self.logical_at(range.start).unwrap_or(self.logical.len());
        let rows = self.logical.get(first..).unwrap_or_default().iter().enumerate();
        rows.take_while({
            let end = range.end;
            move |(_, row)| row.start < end
        })
        .flat_map(move |(offset, row)| {
            let lines = range.start.saturating_sub(row.start)..row.height.min(range.end - row.start);
            lines.map(move |line| row.line(first + offset, line))
        })
    }

    /// One visual row.
    pub fn row(&self, at: usize) -> Option<VisualRow<'_>> {
        self.window(at..at + 1).next()
    }

    /// The place that a visual row shows.
    pub fn anchor(&self, at: usize) -> Option<Anchor> {
        let row = self.logical.get(self.logical_at(at)?)?;
        Some(Anchor { change: self.change_at(at), ..row.anchor })
    }

    /// The visual row that shows a place: its change, its row, the fold that hides it or the heading of its section.
    pub fn row_of(&self, anchor: &Anchor) -> usize {
        let same = |row: &&Logical| row.anchor.section == anchor.section;
        let at_finding = || {
            let is = |row: &&Logical| anchor.finding.is_some() && row.anchor.finding == anchor.finding;
            self.logical.iter().filter(same).find(is).map(|row| row.start)
        };
        let at_row = || {
            let wanted = anchor.row?;
            // A fold and a heading name the first of their rows; the last that does not come later hides the row.
            let exact = self.logical.iter().filter(same).find(|row| row.anchor.row == Some(wanted));
            let hides = |row: &&Logical| row.anchor.row.is_some_and(|first| first <= wanted);
            exact.or_else(|| self.logical.iter().filter(same).rfind(hides)).map(|row| row.start)
        };
        let heading = || self.logical.iter().find(same).map(|row| row.start);
        at_finding()
            .or_else(|| anchor.change.and_then(|change| self.row_of_change(change)))
            .or_else(at_row)
            .or_else(heading)
            .unwrap_or_default()
    }

    /// The visual row on which a change begins; the fold that hides it, if one does.
    pub fn row_of_change(&self, change: ChangeId) -> Option<usize> {
        self.places.iter().find(|(id, ..)| *id == change).map(|(_, row, _)| *row)
    }

    /// The change that a visual row shows: the first on its line, else the one that goes on from above, else the
    /// first of the row.
    pub fn change_at(&self, at: usize) -> Option<ChangeId> {
        let row = self.logical.get(self.logical_at(at)?)?;
        let line = at - row.start;
        let on = |half: &Half, line: usize| {
            let spans =
                half.lines.get(line).and_then(|line| half.spans.get(line.spans.clone())).unwrap_or_default();
            let ids = spans.iter().filter_map(|span| span.change);
            ids.collect::<Vec<_>>()
        };
        let here = |line: usize| {
            row.right.iter().chain([&row.left]).flat_map(|half| on(half, line)).collect::<Vec<_>>()
        };
        let first = here(line).first().copied();
        first
            .or_else(|| (0..line).rev().find_map(|line| here(line).last().copied()))
            .or_else(|| row.changes.first().copied())
    }

    /// All changes of the logical row that a visual row belongs to; of a fold those that it hides.
    pub fn changes_at(&self, at: usize) -> &[ChangeId] {
        self.logical_at(at)
            .and_then(|row| self.logical.get(row))
            .map(|row| row.changes.as_slice())
            .unwrap_or_default()
    }

    /// The change after `from`, or the first.
    pub fn next_change(&self, from: Option<ChangeId>) -> Option<ChangeId> {
        self.places.get(self.after(from)).map(|(id, ..)| *id)
    }

    /// The change before `from`, or the last.
    pub fn previous_change(&self, from: Option<ChangeId>) -> Option<ChangeId> {
        self.places.get(..self.before(from)).unwrap_or_default().last().map(|(id, ..)| *id)
    }

    /// The next change after `from` that nobody decided.
    pub fn next_open(&self, from: Option<ChangeId>) -> Option<ChangeId> {
        let behind = self.places.get(self.after(from)..).unwrap_or_default();
        behind.iter().find(|(.., openness)| *openness == Openness::Open).map(|(id, ..)| *id)
    }

    /// The last change before `from` that nobody decided.
    pub fn previous_open(&self, from: Option<ChangeId>) -> Option<ChangeId> {
        let ahead = self.places.get(..self.before(from)).unwrap_or_default();
        ahead.iter().rfind(|(.., openness)| *openness == Openness::Open).map(|(id, ..)| *id)
    }

    /// The next visual row after `from` that shows a finding.
    pub fn next_finding(&self, from: usize) -> Option<usize> {
        let is = |row: &&Logical| matches!(row.kind, LineKind::Finding(_)) && row.start > from;
        self.logical.iter().find(is).map(|row| row.start)
    }

    /// The visual row of a hit of the view; the fold that hides it, if one does.
    pub fn row_of_hit(&self, hit: usize) -> Option<usize> {
        self.hits.get(hit).copied()
    }

    /// The fold that a visual row stands for, or that it was opened from.
    pub fn fold_at(&self, at: usize) -> Option<FoldKey> {
        self.logical.get(self.logical_at(at)?)?.fold
    }

    fn logical_at(&self, at: usize) -> Option<usize> {
        let behind = self.logical.partition_point(|row| row.start <= at);
        behind.checked_sub(1).filter(|_| at < self.height)
    }

    fn after(&self, from: Option<ChangeId>) -> usize {
        let place = |from| self.places.iter().position(|(id, ..)| *id == from);
        from.and_then(place).map_or(0, |place| place + 1)
    }

    fn before(&self, from: Option<ChangeId>) -> usize {
        let place = |from| self.places.iter().position(|(id, ..)| *id == from);
        from.and_then(place).unwrap_or(self.places.len())
    }
}

impl Logical {
    fn line(&self, logical: usize, line: usize) -> VisualRow<'_> {
        let first = |gutter: Gutter| if line == 0 { gutter } else { Gutter::default() };
        let split = self.right.is_some();
        let left = first(Gutter { number: self.number, state: self.state.filter(|_| !split), sign: None });
        let right = first(Gutter { number: self.number, state: self.state, sign: None });
        VisualRow {
            kind: self.kind,
            block: self.block,
            logical,
            line,
            left: self.left.line(line, left),
            right: self.right.as_ref().map(|half| half.line(line, right)),
            note: self.note.as_ref().filter(|_| line == 0),
        }
    }
}

impl Half {
    fn line(&self, line: usize, gutter: Gutter) -> HalfLine<'_> {
        match self.lines.get(line) {
            None => HalfLine { gutter, indent: 0, text: Safe::default(), spans: &[] },
            Some(line) => HalfLine {
                gutter: Gutter { sign: line.sign, ..gutter },
                indent: line.indent,
                text: self.text.slice(line.text.clone()),
                spans: self.spans.get(line.spans.clone()).unwrap_or_default(),
            },
        }
    }
}
