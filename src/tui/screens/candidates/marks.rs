//! Marks on candidates. They stay with the key, whatever is filtered, sorted or read again.

use std::collections::HashSet;

use super::roster::{Listed, Roster};
use crate::domain::CandidateId;

/// Which candidates are marked, and how many of them show.
#[derive(Debug, Default)]
pub struct Marks {
    ids: HashSet<CandidateId>,
    showing: usize,
    anchor: Option<CandidateId>,
}

impl Marks {
    /// All of them.
    pub fn total(&self) -> usize {
        self.ids.len()
    }

    /// Those that the filter lets through.
    pub const fn showing(&self) -> usize {
        self.showing
    }

    /// Those that it hides.
    pub fn hidden(&self) -> usize {
        self.ids.len().saturating_sub(self.showing)
    }

    /// Whether that candidate is marked.
    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Where a range begins, if one was begun.
    pub const fn anchor(&self) -> Option<&CandidateId> {
        self.anchor.as_ref()
    }

    /// Begins a range, or forgets that one was begun.
    pub fn set_anchor(&mut self, anchor: Option<CandidateId>) {
        self.anchor = anchor;
    }

    /// Marks a candidate that shows, or takes the mark away.
    pub fn toggle(&mut self, id: &CandidateId) {
        if self.ids.remove(id) {
            self.showing -= 1;
        } else {
            self.ids.insert(id.clone());
            self.showing += 1;
        }
    }

    /// Marks candidates that show.
    pub fn add(&mut self, ids: impl Iterator<Item = CandidateId>) {
        for id in ids {
            self.showing += usize::from(self.ids.insert(id));
        }
    }

    /// Takes all marks away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Counts again after other rows show.
    pub fn recount<'a>(&mut self, showing: impl Iterator<Item = &'a str>) {
        self.showing = if self.ids.is_empty() { 0 } else { showing.filter(|id| self.has(id)).count() };
    }

    /// The marked keys in the order of the roster; those that it does not know come last, by key.
    pub fn in_order(&self, roster: &Roster) -> Vec<CandidateId> {
        let mut known: Vec<CandidateId> =
            roster.iter().filter(|candidate| self.has(candidate.id())).map(Listed::key).collect();
        if known.len() < self.ids.len() {
            let seen: HashSet<&CandidateId> = known.iter().collect();
            let mut unknown: Vec<CandidateId> =
                self.ids.iter().filter(|id| !seen.contains(id)).cloned().collect();
            unknown.sort_unstable();
            known.extend(unknown);
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Candidate, tui::screens::candidates::roster::Page};

    fn id(text: &str) -> CandidateId {
        CandidateId(text.to_owned())
    }

    #[test]
    fn three_counts_add_up() {
        let mut marks = Marks::default();
        marks.toggle(&id("1"));
        marks.add([id("1"), id("2"), id("3")].into_iter());
        assert_eq!((marks.showing(), marks.hidden(), marks.total()), (3, 0, 3));
        marks.recount(["3", "4"].into_iter());
        assert_eq!((marks.showing(), marks.hidden(), marks.total()), (1, 2, 3));
        marks.toggle(&id("3"));
        assert_eq!((marks.showing(), marks.hidden(), marks.total()), (0, 2, 2));
        marks.clear();
        assert_eq!((marks.showing(), marks.hidden(), marks.total()), (0, 0, 0));
    }

    #[test]
    fn marks_come_in_the_order_of_the_list() {
        let mut roster = Roster::default();
        roster.push(Page::new(&["9", "10", "11"].map(|key| Candidate {
            id: id(key),
            name: String::new(),
            shown: Vec::new(),
        })));
        let mut marks = Marks::default();
        marks.add([id("77"), id("11"), id("9"), id("5")].into_iter());
        assert_eq!(marks.in_order(&roster), [id("9"), id("11"), id("5"), id("77")]);
    }
}
