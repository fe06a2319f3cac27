//! The text of one half of a row, put together from pieces of both texts, with what each piece is.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    diff::section::{SectionDiff, Segment, SegmentKind, Side},
    domain::ChangeId,
    text::{Safe, part, words},
};

use super::view::Brackets;

/// What a piece of a line is. Which colour that is, the theme knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tint {
    /// On both sides.
    Kept,
    /// Goes.
    Deleted,
    /// Comes.
    Inserted,
    /// Kept, but in a block that stands elsewhere.
    Moved,
    /// A title of the text.
    Title,
    /// Said by redraft, not by the text.
    Note,
}

/// A piece of a line that looks the same throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its bytes in the text of the line.
    pub range: Range<usize>,
    /// What it is.
    pub tint: Tint,
    /// The change that it belongs to.
    pub change: Option<ChangeId>,
    /// The finding that is about it: an index into the findings of the view.
    pub finding: Option<usize>,
    /// The hit that it is part of: an index into the hits of the view.
    pub hit: Option<usize>,
}

/// Bytes of a text that something is to be said about.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    pub range: Range<usize>,
    pub what: What,
}

/// What is to be said.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Finding(usize),
    Hit(usize),
}

/// The text of a half before it is broken into lines.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub text: Safe<'static>,
    pub spans: Vec<Span>,
    /// Where the second of two texts in one column begins.
    pub second: Option<usize>,
}

/// A piece to be added.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub side: Side,
    pub range: Range<usize>,
    pub tint: Tint,
    pub change: Option<ChangeId>,
}

/// Builds columns for the rows of one section.
pub(super) struct Composer<'a> {
    pub section: &'a SectionDiff,
    pub brackets: Brackets,
    /// What is to be marked on each side, sorted by place.
    pub flags: [Vec<Flag>; 2],
    /// The names of the changes of the diff.
    pub names: &'a dyn Fn(usize) -> Option<ChangeId>,
}

impl Column {
    pub fn note(text: &str, tint: Tint) -> Self {
        let mut column = Self::default();
        column.push(&Safe::line(text), &Span { range: 0..0, tint, change: None, finding: None, hit: None });
        column
    }

    /// Appends a text that looks as `like` does.
    pub fn push(&mut self, text: &Safe<'_>, like: &Span) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push(text);
        let range = start..self.text.len();
        match self.spans.last_mut() {
            Some(last)
                if (last.tint, last.change, last.finding, last.hit)
                    == (like.tint, like.change, like.finding, like.hit) =>
            {
                last.range.end = range.end;
            }
            Some(_) | None => self.spans.push(Span { range, ..like.clone() }),
        }
    }

    fn ends_blank(&self) -> bool {
        self.text.is_empty() || self.text.ends_with([' ', '\n'])
    }
}

impl Composer<'_> {
    /// One side of a row.
    pub fn half(&self, segments: &[Segment], side: Side, kept: Tint) -> Column {
        let mut column = Column::default();
        let changed = match side {
            Side::Before => Tint::Deleted,
            Side::After => Tint::Inserted,
        };
        let mut blank = false;
        for segment in segments {
            let range = match side {
                Side::Before => segment.before.clone(),
                Side::After => segment.after.clone(),
            };
            let (tint, change) = match segment.kind {
                SegmentKind::Same | SegmentKind::Layout => (kept, None),
                SegmentKind::Changed(at) => (changed, (self.names)(at)),
            };
            blank = self.add(&mut column, &Piece { side, range, tint, change }, blank);
        }
        column
    }

    /// Both sides of a row in one text: what goes stands before what comes.
    pub fn merged(&self, segments: &[Segment], kept: Tint) -> Column {
        let mut column = Column::default();
        let mut blank = false;
        for segment in segments {
            let SegmentKind::Changed(at) = segment.kind else {
                let piece =
                    Piece { side: Side::After, range: segment.after.clone(), tint: kept, change: None };
                blank = self.add(&mut column, &piece, blank);
                continue;
            };
            let change = (self.names)(at);
            let goes =
                Piece { side: Side::Before, range: segment.before.clone(), tint: Tint::Deleted, change };
            let comes =
                Piece { side: Side::After, range: segment.after.clone(), tint: Tint::Inserted, change };
            let (old, new) = (self.text(&goes), self.text(&comes));
            let both = !old.trim().is_empty() && !new.trim().is_empty();
            let begins = |text: &str| !text.trim().is_empty() && text.starts_with(char::is_whitespace);
            let ends = |text: &str| text.ends_with(char::is_whitespace);
            blank |= begins(old) || begins(new);
            let behind = ends(old) || ends(new);
            self.add(&mut column, &goes, blank);
            self.add(&mut column, &comes, both || blank);
            blank = behind;
        }
        column
    }

    fn text(&self, piece: &Piece) -> &str {
        part(self.section.text(piece.side), piece.range.clone())
    }

    /// Adds the words of a piece; `blank` says whether one is owed before the first. Returns whether one is owed
    /// behind the last.
    fn add(&self, column: &mut Column, piece: &Piece, blank: bool) -> bool {
        let text = self.text(piece);
        let found = words(text);
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return blank || !text.is_empty();
        };
        let plain = Span { range: 0..0, tint: piece.tint, change: piece.change, finding: None, hit: None };
        if (blank || first.range.start > 0) && !column.ends_blank() {
            // The blank before a change is nobody's.
            let tint = if column.spans.last().is_some_and(|span| span.tint == piece.tint) {
                piece.tint
            } else {
                Tint::Kept
            };
            let change = piece.change.filter(|_| tint == piece.tint);
            column.push(&Safe::line(" "), &Span { tint, change, ..plain.clone() });
        }
        let (open, close) = self.marks(piece.tint);
        column.push(&Safe::line(open), &plain);
        let mut end = first.range.start;
        for word in &found {
            if word.range.start > end {
                self.blank(column, piece, end..word.range.start, &plain);
            }
            self.word(column, piece, word.range.clone(), &plain);
            end = word.range.end;
        }
        column.push(&Safe::line(close), &plain);
        last.range.end < text.len()
    }

    const fn marks(&self, tint: Tint) -> (&'static str, &'static str) {
        match (self.brackets, tint) {
            (Brackets::Short, Tint::Deleted) => ("[", "]"),
            (Brackets::Short, Tint::Inserted) => ("{", "}"),
            (Brackets::Long, Tint::Deleted) => ("[-", "-]"),
            (Brackets::Long, Tint::Inserted) => ("{+", "+}"),
            (Brackets::Hidden | Brackets::Short | Brackets::Long, _) => ("", ""),
        }
    }

    /// The flags on bytes of one side.
    fn flags(&self, side: Side, range: &Range<usize>) -> Vec<&Flag> {
        let flags = self.flags.get(side as usize).map(Vec::as_slice).unwrap_or_default();
        flags.iter().filter(|flag| flag.range.start < range.end && range.start < flag.range.end).collect()
    }

    /// Adds the white space between two words, as one blank.
    fn blank(&self, column: &mut Column, piece: &Piece, range: Range<usize>, plain: &Span) {
        let place = piece.range.start + range.start..piece.range.start + range.end;
        let flags = self.flags(piece.side, &place);
        column.push(&Safe::line(" "), &flagged(plain, &flags));
    }

    /// Adds a word, cut where a flag begins or ends.
    fn word(&self, column: &mut Column, piece: &Piece, range: Range<usize>, plain: &Span) {
        let text = part(self.text(piece), range.clone());
        let (start, end) = (piece.range.start + range.start, piece.range.start + range.end);
        let flags = self.flags(piece.side, &(start..end));
        if flags.is_empty() {
            column.push(&Safe::line(text), plain);
            return;
        }
        let edges: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| start + at).collect();
        let wanted = flags.iter().flat_map(|flag| [flag.range.start, flag.range.end]);
        let mut cuts: Vec<usize> =
            wanted.filter(|cut| edges.binary_search(cut).is_ok()).chain([start, end]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        for cut in cuts.windows(2) {
            let [from, to] = cut else { continue };
            let here: Vec<&Flag> = flags
                .iter()
                .filter(|flag| flag.range.start < *to && *from < flag.range.end)
                .copied()
                .collect();
            column.push(&Safe::line(part(text, from - start..to - start)), &flagged(plain, &here));
        }
    }
}

/// A span that looks as `plain` does and carries the first finding and the first hit of `flags`.
fn flagged(plain: &Span, flags: &[&Flag]) -> Span {
    let mut span = plain.clone();
    for flag in flags {
        match flag.what {
            What::Finding(at) => span.finding = span.finding.or(Some(at)),
            What::Hit(at) => span.hit = span.hit.or(Some(at)),
        }
    }
    span
}
