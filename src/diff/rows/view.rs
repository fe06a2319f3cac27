//! How a diff is to be laid out: what the reviewer has chosen, as values.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::find::Hit,
    domain::{ChangeId, Choice, Finding, SectionId},
};

/// Which sides are seen, and how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One column, what goes and what comes within the same lines.
    #[default]
    Merged,
    /// Before on the left, after on the right.
    Split,
    /// The after text alone, in its own order.
    After,
    /// The before text alone.
    Before,
}

impl Layout {
    /// The one after this when a reviewer steps through them.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Merged => Self::Split,
            Self::Split => Self::After,
            Self::After => Self::Before,
            Self::Before => Self::Merged,
        }
    }

    /// What suits a terminal of so many columns when the reviewer has not chosen.
    pub const fn for_columns(columns: u16) -> Self {
        if columns >= 100 { Self::Split } else { Self::Merged }
    }

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Split => "split",
            Self::After => "after",
            Self::Before => "before",
        }
    }
}

/// Whether marks tell what goes and what comes where colours cannot.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Brackets {
    /// None: colours tell.
    #[default]
    Hidden,
    /// `[goes]` and `{comes}`.
    Short,
    /// `[-goes-]` and `{+comes+}`.
    Long,
}

/// Whether lines are broken to the width.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrap {
    /// At words.
    #[default]
    Words,
    /// Not at all: a block is a line, and whoever draws scrolls sideways.
    Off,
}

/// Whether rows whose changes are all decided are folded as well.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decided {
    /// They stay.
    #[default]
    Shown,
    /// They fold like unchanged ones.
    Folded,
}

/// What names a fold: the first of its rows. It outlives layouts and widths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FoldKey {
    /// An index into the sections of the diff.
    pub section: usize,
    /// An index into the rows of the section.
    pub row: usize,
}

/// What is folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    /// How many rows around a change stay.
    pub context: usize,
    /// What happens to rows that are decided.
    pub decided: Decided,
    opened: BTreeSet<FoldKey>,
    closed: BTreeSet<SectionId>,
}

impl Default for Folds {
    /// One row of context, nothing opened.
    fn default() -> Self {
        Self::new(1, Decided::Shown)
    }
}

impl Folds {
    /// Keeps `context` rows around a change.
    pub const fn new(context: usize, decided: Decided) -> Self {
        Self { context, decided, opened: BTreeSet::new(), closed: BTreeSet::new() }
    }

    /// Opens a fold, or folds again what was opened.
    pub fn toggle(&mut self, key: FoldKey) {
        if !self.opened.remove(&key) {
            self.opened.insert(key);
        }
    }

    /// Closes a section as a whole, changes and all, or opens it again.
    pub fn toggle_section(&mut self, section: &SectionId) {
        if !self.closed.remove(section) {
            self.closed.insert(section.clone());
        }
    }

    /// Whether a section is closed as a whole.
    pub fn is_closed(&self, section: &SectionId) -> bool {
        self.closed.contains(section)
    }

    /// The key under which one of these rows was opened.
    pub(super) fn opened(&self, section: usize, rows: &[usize]) -> Option<FoldKey> {
        rows.iter().map(|row| FoldKey { section, row: *row }).find(|key| self.opened.contains(key))
    }
}

/// All that the rows depend on beside the diff.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The columns there are, gutters and the line between two halves included; 20 to 300.
    pub width: u16,
    /// Which sides are seen.
    pub layout: Layout,
    /// Whether marks tell what colours tell.
    pub brackets: Brackets,
    /// Whether lines are broken.
    pub wrap: Wrap,
    /// What is folded.
    pub folds: &'a Folds,
    /// What was decided.
    pub choices: &'a BTreeMap<ChangeId, Choice>,
    /// The findings, shown behind the rows that they are about.
    pub findings: &'a [Finding],
    /// What a search found, marked on its exact characters.
    pub hits: &'a [Hit],
}
