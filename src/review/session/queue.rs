//! The reviewer's queue: rows in order, those skipped behind all others, and a cursor that stays with its rewrite.

use std::collections::BTreeSet;

use super::event::Step;
use crate::domain::{LookKind, RewriteHead, RewriteId};

/// Rows are read in portions of this size.
const PORTION: u32 = 200;
/// The next portion is read when the cursor comes so near to the last row.
const NEAR: usize = 50;
/// The most rows a queue holds; a filter reaches the others.
const MOST: u32 = 20_000;

/// The rows and the cursor.
#[derive(Debug, Clone)]
pub struct Queue {
    rows: Vec<RewriteHead>,
    skipped: Vec<RewriteId>,
    cursor: usize,
    total: u64,
    want: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { rows: Vec::new(), skipped: Vec::new(), cursor: 0, total: 0, want: PORTION }
    }
}

impl Queue {
    /// The rows that were read so far.
    pub fn rows(&self) -> &[RewriteHead] {
        &self.rows
    }

    /// How many rows there are in all.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The place of the cursor among the rows.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many rows are wanted.
    pub(super) const fn want(&self) -> u32 {
        self.want
    }

    /// Wants all rows up to that one, with a portion behind it.
    pub(super) fn want_up_to(&mut self, row: usize) {
        let wanted = u32::try_from(row).unwrap_or(MOST).saturating_add(PORTION);
        self.want = wanted.clamp(self.want, MOST);
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&RewriteHead> {
        self.rows.get(self.cursor)
    }

    pub(super) fn row(&self, id: RewriteId) -> Option<&RewriteHead> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// Starts anew for another filter.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes rows as they were read; rows that this session knows to be newer stay as they are.
    pub(super) fn take(&mut self, rows: Vec<RewriteHead>, total: u64) {
        let current = self.current().map(|row| row.id);
        let known = std::mem::take(&mut self.rows);
        let (mut kept, mut later) = (Vec::with_capacity(rows.len()), Vec::new());
        for mut row in rows {
            if let Some(old) = known.iter().find(|old| old.id == row.id && old.revision > row.revision) {
                row = old.clone();
            }
            if self.skipped.contains(&row.id) { later.push(row) } else { kept.push(row) }
        }
        later.sort_by_key(|row| self.skipped.iter().position(|id| *id == row.id));
        kept.extend(later);
        self.rows = kept;
        self.total = total;
        self.cursor = current
            .and_then(|id| self.rows.iter().position(|row| row.id == id))
            .unwrap_or_else(|| self.cursor.min(self.rows.len().saturating_sub(1)));
    }

    /// Puts the row as it is now in the place of the one that was read.
    pub(super) fn update(&mut self, head: &RewriteHead) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == head.id && row.revision <= head.revision)
        {
            row.clone_from(head);
        }
    }

    /// Moves the cursor.
    pub(super) fn step(&mut self, step: Step) {
        let last = self.rows.len().saturating_sub(1);
        self.cursor = match step {
            Step::Down(rows) => self.cursor.saturating_add(rows).min(last),
            Step::Up(rows) => self.cursor.saturating_sub(rows),
            Step::First => 0,
            Step::Last => last,
            Step::NextFinding => self.around(|row| row.findings > 0).unwrap_or(self.cursor),
            Step::To(id) => self.rows.iter().position(|row| row.id == id).unwrap_or(self.cursor),
        };
    }

    /// Whether another portion should be read; if so, it is wanted from now on.
    pub(super) fn wants_more(&mut self) -> bool {
        let more = self.total > self.rows.len() as u64 && self.want < MOST;
        let near = self.cursor + NEAR >= self.rows.len();
        let asked = self.want as usize > self.rows.len();
        if more && near && !asked {
            self.want = (self.want + PORTION).min(MOST);
            return true;
        }
        false
    }

    /// Moves to the next spot check, else to the next row that waits for a decision, that is not in `busy`; stays if
    /// there is none.
    pub(super) fn advance(&mut self, busy: &BTreeSet<RewriteId>) -> Moved {
        let spot = self.around(|row| row.wanted() == Some(LookKind::Spot) && !busy.contains(&row.id));
        let next = spot.or_else(|| self.around(|row| row.waits() && !busy.contains(&row.id)));
        match next {
            Some(next) => {
                self.cursor = next;
                Moved::On
            }
            None => Moved::Nowhere,
        }
    }

    /// Moves the row to the end; the cursor comes to stand on the row behind it.
    pub(super) fn skip(&mut self, id: RewriteId) {
        self.skipped.retain(|skipped| *skipped != id);
        self.skipped.push(id);
        if let Some(at) = self.rows.iter().position(|row| row.id == id) {
            let row = self.rows.remove(at);
            self.rows.push(row);
            if at < self.cursor {
                self.cursor -= 1;
            }
        }
    }

    /// Takes the row back from the end, at the next reading.
    pub(super) fn unskip(&mut self, id: RewriteId) {
        self.skipped.retain(|skipped| *skipped != id);
    }

    /// The first row behind the cursor, around the end, for which `wanted` holds; not the row under the cursor.
    fn around(&self, wanted: impl Fn(&RewriteHead) -> bool) -> Option<usize> {
        let rows = self.rows.len();
        (1..rows).map(|step| (self.cursor + step) % rows).find(|at| self.rows.get(*at).is_some_and(&wanted))
    }
}

/// Whether the cursor found another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It moved on.
    On,
    /// There is no other row.
    Nowhere,
}
