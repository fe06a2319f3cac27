//! The rewrite that is shown: its texts, its changes and the cursor among them.

use super::{
    super::order::Verb,
    event::{ChangeRow, ChangeStep, Finds},
};
use crate::domain::{ChangeId, Choice, Rewrite, SectionId};

/// A rewrite with its changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    rewrite: Box<Rewrite>,
    changes: Vec<ChangeRow>,
    cursor: usize,
}

impl Shown {
    /// Shows `rewrite`; the cursor stays on the change where it was in `before`, if that shows the same rewrite.
    pub(super) fn new(rewrite: Box<Rewrite>, changes: Vec<ChangeRow>, before: Option<&Self>) -> Self {
        let before = before.filter(|before| before.rewrite.head.id == rewrite.head.id);
        let cursor = before
            .map(|before| {
                let same = before.current().and_then(|id| changes.iter().position(|row| row.id == id));
                same.unwrap_or_else(|| before.cursor.min(changes.len().saturating_sub(1)))
            })
            .unwrap_or_default();
        Self { rewrite, changes, cursor }
    }

    /// The rewrite, with the choices as the reviewer sees them.
    pub fn rewrite(&self) -> &Rewrite {
        &self.rewrite
    }

    /// Its changes in the order of the text.
    pub fn changes(&self) -> &[ChangeRow] {
        &self.changes
    }

    /// The change under the cursor.
    pub fn current(&self) -> Option<ChangeId> {
        self.changes.get(self.cursor).map(|change| change.id)
    }

    /// The place of the cursor among the changes.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// What was decided about a change; `None` is open.
    pub fn choice(&self, change: ChangeId) -> Option<Choice> {
        self.rewrite.choices.get(&change).copied()
    }

    /// How many changes are accepted, rejected and open.
    pub fn tally(&self) -> (usize, usize, usize) {
        let count = |wanted| self.changes.iter().filter(|row| self.choice(row.id) == wanted).count();
        (count(Some(Choice::Accepted)), count(Some(Choice::Rejected)), count(None))
    }

    pub(super) fn rewrite_mut(&mut self) -> &mut Rewrite {
        &mut self.rewrite
    }

    /// Moves the cursor.
    pub(super) fn step(&mut self, step: ChangeStep) {
        let last = self.changes.len().saturating_sub(1);
        let open = |row: &ChangeRow| self.choice(row.id).is_none();
        self.cursor = match step {
            ChangeStep::Next => (self.cursor + 1).min(last),
            ChangeStep::Previous => self.cursor.saturating_sub(1),
            ChangeStep::NextOpen => self.around(Way::Forth, open),
            ChangeStep::PreviousOpen => self.around(Way::Back, open),
            ChangeStep::NextFinding => self.around(Way::Forth, |row| row.finding == Finds::Something),
            ChangeStep::To(id) => self.changes.iter().position(|row| row.id == id).unwrap_or(self.cursor),
        };
    }

    fn around(&self, way: Way, wanted: impl Fn(&ChangeRow) -> bool) -> usize {
        let rows = self.changes.len();
        let places = (1..rows).map(|step| match way {
            Way::Forth => (self.cursor + step) % rows,
            Way::Back => (self.cursor + rows - step) % rows,
        });
        let mut places = places.filter(|at| self.changes.get(*at).is_some_and(&wanted));
        places.next().unwrap_or(self.cursor)
    }

    /// What turning the change under the cursor makes of it: open, accepted, rejected, open.
    pub(super) fn cycled(&self) -> Vec<(ChangeId, Option<Choice>)> {
        let next = |id| match self.choice(id) {
            None => Some(Choice::Accepted),
            Some(Choice::Accepted) => Some(Choice::Rejected),
            Some(Choice::Rejected) => None,
        };
        self.current().map(|id| (id, next(id))).into_iter().collect()
    }

    /// The changes of a section that have no finding, accepted.
    pub(super) fn clean_accepted(&self, section: &SectionId) -> Vec<(ChangeId, Option<Choice>)> {
        let clean =
            self.changes.iter().filter(|row| row.section == *section && row.finding == Finds::Nothing);
        clean.map(|row| (row.id, Some(Choice::Accepted))).collect()
    }

    /// The changes of a section, rejected.
    pub(super) fn all_rejected(&self, section: &SectionId) -> Vec<(ChangeId, Option<Choice>)> {
        let all = self.changes.iter().filter(|row| row.section == *section);
        all.map(|row| (row.id, Some(Choice::Rejected))).collect()
    }

    /// Shows the choices as they will be when `verb` has been recorded.
    pub(super) fn expect(&mut self, verb: &Verb) {
        if let Verb::Choose(changes) = verb {
            for (change, choice) in changes {
                match choice {
                    Some(choice) => drop(self.rewrite.choices.insert(*change, *choice)),
                    None => drop(self.rewrite.choices.remove(change)),
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Forth,
    Back,
}
