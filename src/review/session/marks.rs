//! Marks belong to rewrites, never to places in a list: another filter or another order does not move them.

use std::collections::BTreeSet;

use super::event::MarksAfter;
use crate::domain::{RewriteHead, RewriteId};

/// The marked rewrites.
#[derive(Debug, Default, Clone)]
pub struct Marks {
    marked: BTreeSet<RewriteId>,
    /// Those of them that the filter does not match, as far as it was read.
    hidden: BTreeSet<RewriteId>,
    anchor: Option<RewriteId>,
}

/// How many are marked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct MarkCounts {
    /// Those that the filter matches.
    pub in_filter: usize,
    /// Those that the filter hides.
    pub hidden: usize,
    /// All.
    pub total: usize,
}

impl Marks {
    /// All marked rewrites.
    pub fn ids(&self) -> &BTreeSet<RewriteId> {
        &self.marked
    }

    /// Whether this rewrite is marked.
    pub fn contains(&self, id: RewriteId) -> bool {
        self.marked.contains(&id)
    }

    /// Whether none is marked.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty()
    }

    /// How many are marked.
    pub fn counts(&self) -> MarkCounts {
        let (total, hidden) = (self.marked.len(), self.hidden.len());
        MarkCounts { in_filter: total - hidden, hidden, total }
    }

    pub(super) fn toggle(&mut self, id: RewriteId) {
        if self.marked.remove(&id) {
            self.hidden.remove(&id);
        } else {
            self.marked.insert(id);
        }
        self.anchor = Some(id);
    }

    pub(super) fn add(&mut self, ids: impl IntoIterator<Item = RewriteId>) {
        self.marked.extend(ids);
    }

    pub(super) fn remove(&mut self, ids: impl IntoIterator<Item = RewriteId>) {
        for id in ids {
            self.marked.remove(&id);
            self.hidden.remove(&id);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Marks the rows from the last one marked or unmarked to the cursor; without such a row that under the cursor.
    pub(super) fn range(&mut self, rows: &[RewriteHead], cursor: usize) {
        let anchor = self.anchor.and_then(|id| rows.iter().position(|row| row.id == id)).unwrap_or(cursor);
        let (from, to) = (anchor.min(cursor), anchor.max(cursor));
        let between = rows.iter().skip(from).take(to - from + 1);
        self.marked.extend(between.map(|row| row.id));
        self.anchor = rows.get(cursor).map(|row| row.id);
    }

    /// Learns which rewrites the filter matches.
    pub(super) fn see(&mut self, matching: &[RewriteId]) {
        let matching: BTreeSet<RewriteId> = matching.iter().copied().collect();
        self.hidden = self.marked.difference(&matching).copied().collect();
    }

    /// What becomes of the marks now that another filter shows.
    pub(super) fn settle(&mut self, after: MarksAfter) {
        match after {
            MarksAfter::Keep => {}
            MarksAfter::Drop => self.clear(),
            MarksAfter::Intersect => {
                let hidden = std::mem::take(&mut self.hidden);
                self.remove(hidden);
            }
        }
    }
}
