//! How much a rewrite changes, in figures.

use crate::text::{WordKind, words};

use super::{ChangeKind, Diff, section::Side};

/// What a diff amounts to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// The share of words that go or come among the words of both sides, 0 to 100; 0 only if there is none.
    pub changed_percent: u8,
    /// Words of the before text.
    pub words_before: usize,
    /// Words of the after text.
    pub words_after: usize,
    /// Changes of words within blocks.
    pub edited: usize,
    /// Blocks or texts replaced as a whole.
    pub replaced: usize,
    /// Blocks that come.
    pub inserted: usize,
    /// Blocks that go.
    pub deleted: usize,
    /// Blocks that stand elsewhere.
    pub moved: usize,
    /// Sections in which line breaks, spacing or marks differ.
    pub layout: usize,
}

impl Stats {
    /// All changes, those of layout included.
    pub const fn changes(&self) -> usize {
        self.edited + self.replaced + self.inserted + self.deleted + self.moved + self.layout
    }

    pub(super) fn of(diff: &Diff) -> Self {
        let mut stats = Self::default();
        let count = |text: &str| words(text).iter().filter(|word| word.kind == WordKind::Word).count();
        for section in &diff.sections {
            stats.words_before += count(section.text(Side::Before));
            stats.words_after += count(section.text(Side::After));
        }
        let mut changed = 0;
        for change in &diff.changes {
            changed += change.words_before + change.words_after;
            match change.kind {
                ChangeKind::Edited => stats.edited += 1,
                ChangeKind::Replaced => stats.replaced += 1,
                ChangeKind::Inserted => stats.inserted += 1,
                ChangeKind::Deleted => stats.deleted += 1,
                ChangeKind::Moved => stats.moved += 1,
                ChangeKind::Layout => stats.layout += 1,
            }
        }
        let all = (stats.words_before + stats.words_after).max(1);
        let percent = (changed * 100 + all / 2) / all;
        stats.changed_percent = u8::try_from(percent.clamp(usize::from(changed > 0), 100)).unwrap_or(100);
        stats
    }
}
