//! What a comparison shows, whoever made it, held against the truth of the corpus.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::corpus::{Case, Written};

/// What a comparison shows of two texts.
#[derive(Debug, Default)]
pub struct Shown {
    /// Bytes of the text before that are highlighted.
    pub before: Vec<Range<usize>>,
    /// The same of the text after.
    pub after: Vec<Range<usize>>,
    /// What stands side by side, if anything does.
    pub rows: Vec<ShownRow>,
}

/// What stands on one row: bytes of each side.
#[derive(Debug)]
pub struct ShownRow {
    pub before: Option<Range<usize>>,
    pub after: Option<Range<usize>>,
    /// Whether it is said to have moved.
    pub moved: bool,
}

/// Sums over all cases of a scenario.
#[derive(Debug, Default)]
pub struct Sums {
    pub documents: f64,
    pub kept: f64,
    pub kept_shown: f64,
    pub kept_in_moved: f64,
    pub kept_in_moved_shown: f64,
    pub changed: f64,
    pub missed: f64,
    pub missed_facts: f64,
    pub runs: f64,
    pub true_runs: f64,
    pub islands: f64,
    pub pairs: f64,
    pub pairs_on_a_row: f64,
    pub moved: f64,
    pub moved_found: f64,
    pub moved_said: f64,
}

const fn one(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

impl Sums {
    /// Adds a case and what is shown of it.
    pub fn add(&mut self, case: &Case, shown: &Shown) {
        self.documents += 1.0;
        self.words(case, &case.before, &case.after, &shown.before);
        self.words(case, &case.after, &case.before, &shown.after);
        self.rows(case, &shown.rows);
    }

    fn words(&mut self, case: &Case, mine: &Written, other: &Written, ranges: &[Range<usize>]) {
        let origins: HashSet<u64> = other.words.iter().map(|(_, origin, _)| *origin).collect();
        let (mut block_before, mut was_shown, mut was_changed) = (0, false, false);
        // Unchanged words since the last highlighted one of the block, if there was one.
        let mut since: Option<usize> = None;
        for (bytes, origin, block) in &mine.words {
            let is_shown = ranges.iter().any(|range| range.start < bytes.end && bytes.start < range.end);
            let is_kept = origins.contains(origin);
            let first = *block != block_before;
            if first {
                (block_before, was_shown, was_changed, since) = (*block, false, false, None);
            }
            if !is_kept {
                self.changed += 1.0;
                self.missed += one(!is_shown);
                self.missed_facts += one(!is_shown && is_fact(mine.text.get(bytes.clone()).unwrap(), first));
            } else if case.moved.contains(block) {
                self.kept_in_moved += 1.0;
                self.kept_in_moved_shown += one(is_shown);
            } else {
                self.kept += 1.0;
                self.kept_shown += one(is_shown);
            }
            self.runs += one(is_shown && !was_shown);
            self.true_runs += one(!is_kept && !was_changed);
            self.islands += one(is_shown && since.is_some_and(|words| (1..=2).contains(&words)));
            since = if is_shown { Some(0) } else { since.map(|words| words + 1) };
            (was_shown, was_changed) = (is_shown, !is_kept);
        }
    }

    fn rows(&mut self, case: &Case, rows: &[ShownRow]) {
        let places = |written: &Written, side: fn(&ShownRow) -> Option<&Range<usize>>| {
            let mut found: HashMap<u64, usize> = HashMap::new();
            for (bytes, _, block) in &written.words {
                let holds = |row: &ShownRow| {
                    side(row).is_some_and(|range| range.start <= bytes.start && bytes.end <= range.end)
                };
                if let Some(row) = rows.iter().position(holds) {
                    found.entry(*block).or_insert(row);
                }
            }
            found
        };
        let before = places(&case.before, |row| row.before.as_ref());
        let after = places(&case.after, |row| row.after.as_ref());
        for (block, row) in &before {
            let Some(other) = after.get(block) else { continue };
            let (together, moved) = (row == other, case.moved.contains(block));
            let said = together && rows[*row].moved;
            self.pairs += 1.0;
            self.pairs_on_a_row += one(together);
            self.moved += one(moved);
            self.moved_found += one(moved && said);
            self.moved_said += one(said);
        }
    }
}

/// A number, a date or a name: what a reviewer must never overlook.
fn is_fact(word: &str, first: bool) -> bool {
    let capitals = word.chars().filter(|letter| letter.is_uppercase()).count();
    word.chars().any(|letter| letter.is_ascii_digit()) || capitals > usize::from(first)
}
