//! Prose compared: what a rewrite changes, so that a person can read it and decide on every part of it.
//!
//! A text is cut into blocks, blocks into sentences, sentences into words. Blocks are paired by equality, then by
//! likeness, also when they moved; within a pair sentences, within those words. Chance words between two changes are
//! given up, numbers and names never. The differing runs are the [`Change`]s, each with a name that an edit
//! elsewhere does not alter; any subset of them can be applied, and [`rows`] lays them out for a width.
//!
//! This room knows no colours, keys or decisions, and reads no clock: who is in a hurry passes in when to stop.

mod align;
mod apply;
mod block;
mod breaks;
mod change;
mod compare;
mod find;
mod inner;
mod matching;
mod merge;
pub mod rows;
mod score;
mod section;
mod stats;
#[cfg(test)]
mod tests;
mod token;

pub use apply::apply;
pub use block::{Block, BlockKind};
pub use change::{Change, ChangeKind};
pub use compare::compare;
pub use find::{Hit, mentions};
pub use merge::{Changed, Merge, MergedSection, Overlap, Prefer, Run, merge};
pub use section::{Row, RowKind, SectionDiff, Segment, SegmentKind, Side};
pub use stats::Stats;

use std::ops::Range;

use crate::domain::{ChangeId, SectionId};

/// Two documents compared. It holds both texts, so that it can be kept and sent about on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The sections of both sides, in the order of the before side.
    pub sections: Vec<SectionDiff>,
    /// All changes, in the order of the rows.
    pub changes: Vec<Change>,
    after_order: Vec<SectionId>,
    complete: bool,
}

impl Diff {
    /// Whether everything was compared; if not, some blocks are marked as a whole and comparing again with more
    /// time tells more.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The figures.
    pub fn stats(&self) -> Stats {
        Stats::of(self)
    }

    /// The change of that name.
    pub fn change(&self, id: ChangeId) -> Option<&Change> {
        self.changes.iter().find(|change| change.id == id)
    }

    /// The changes that bytes `range` of a section's text lie in on one side; none if they are all kept.
    pub fn changes_in(&self, section: &SectionId, side: Side, range: &Range<usize>) -> Vec<ChangeId> {
        let mut found = Vec::new();
        let rows =
            self.sections.iter().filter(|known| known.id == *section).flat_map(|section| &section.rows);
        for segment in rows.flat_map(|row| &row.segments) {
            let bytes = match side {
                Side::Before => &segment.before,
                Side::After => &segment.after,
            };
            let SegmentKind::Changed(change) = segment.kind else { continue };
            let id = self.changes.get(change).map(|change| change.id);
            if bytes.start < range.end && range.start < bytes.end && !found.contains(&id) {
                found.push(id);
            }
        }
        found.into_iter().flatten().collect()
    }
}
