//! How well the diff reads, measured on pairs whose truth is known, against the goals that it was built for.

mod corpus;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use corpus::{Case, Scenario, Written};
use redraft::{
    diff::{self, Diff, RowKind, SegmentKind, Side},
    domain::{Document, Format, Section, SectionId},
};

const PEOPLE: usize = 120;

/// Sums over all cases of a scenario.
#[derive(Debug, Default)]
struct Sums {
    documents: f64,
    kept: f64,
    kept_shown: f64,
    kept_in_moved: f64,
    kept_in_moved_shown: f64,
    changed: f64,
    missed: f64,
    missed_facts: f64,
    runs: f64,
    true_runs: f64,
    islands: f64,
    pairs: f64,
    pairs_on_a_row: f64,
    moved: f64,
    moved_found: f64,
    moved_said: f64,
}

fn document(text: &str) -> Document {
    let id = SectionId("experience".to_owned());
    Document {
        sections: vec![Section {
            id,
            format: Format::Text,
            text: Some(text.to_owned()),
            ..Section::default()
        }],
    }
}

fn measured(scenario: Scenario) -> Sums {
    let mut sums = Sums::default();
    for case in corpus::cases(scenario, PEOPLE) {
        let diff = diff::compare(&document(&case.before.text), &document(&case.after.text), &|| false);
        sums.documents += 1.0;
        words(&mut sums, &case, &diff, Side::Before);
        words(&mut sums, &case, &diff, Side::After);
        rows(&mut sums, &case, &diff);
    }
    assert!(sums.documents >= 40.0, "too few cases: {}", sums.documents);
    sums
}

/// The bytes that one side shows as changed.
fn shown(diff: &Diff, side: Side) -> Vec<Range<usize>> {
    let segments = diff.sections[0].rows.iter().flat_map(|row| &row.segments);
    let changed = segments.filter(|segment| matches!(segment.kind, SegmentKind::Changed(_)));
    let ranges = changed.map(|segment| match side {
        Side::Before => segment.before.clone(),
        Side::After => segment.after.clone(),
    });
    ranges.filter(|range| !range.is_empty()).collect()
}

fn words(sums: &mut Sums, case: &Case, diff: &Diff, side: Side) {
    let (mine, other) = match side {
        Side::Before => (&case.before, &case.after),
        Side::After => (&case.after, &case.before),
    };
    let origins: HashSet<u64> = other.words.iter().map(|(_, origin, _)| *origin).collect();
    let ranges = shown(diff, side);
    let (mut block_before, mut was_shown, mut was_changed) = (0, false, false);
    // Unchanged words since the last highlighted one of the block, if there was one.
    let mut since: Option<usize> = None;
    for (bytes, origin, block) in &mine.words {
        let is_shown = ranges.iter().any(|range| range.start < bytes.end && bytes.start < range.end);
        let is_kept = origins.contains(origin);
        if *block != block_before {
            (block_before, was_shown, was_changed, since) = (*block, false, false, None);
        }
        let one = |yes: bool| if yes { 1.0 } else { 0.0 };
        if !is_kept {
            sums.changed += 1.0;
            sums.missed += one(!is_shown);
            let is_fact = mine.text.get(bytes.clone()).unwrap().chars().any(|c| c.is_ascii_digit());
            sums.missed_facts += one(!is_shown && is_fact);
        } else if case.moved.contains(block) {
            sums.kept_in_moved += 1.0;
            sums.kept_in_moved_shown += one(is_shown);
        } else {
            sums.kept += 1.0;
            sums.kept_shown += one(is_shown);
        }
        sums.runs += one(is_shown && !was_shown);
        sums.true_runs += one(!is_kept && !was_changed);
        sums.islands += one(is_shown && since.is_some_and(|words| (1..=2).contains(&words)));
        since = if is_shown { Some(0) } else { since.map(|words| words + 1) };
        (was_shown, was_changed) = (is_shown, !is_kept);
    }
}

fn rows(sums: &mut Sums, case: &Case, diff: &Diff) {
    let section = &diff.sections[0];
    let places = |written: &Written, side: Side| {
        let mut found: HashMap<u64, usize> = HashMap::new();
        for (bytes, _, block) in &written.words {
            let holds = |row: &diff::Row| {
                section
                    .block(row, side)
                    .is_some_and(|b| b.range.start <= bytes.start && bytes.end <= b.range.end)
            };
            if let Some(row) = section.rows.iter().position(holds) {
                found.entry(*block).or_insert(row);
            }
        }
        found
    };
    let (before, after) = (places(&case.before, Side::Before), places(&case.after, Side::After));
    for (block, row) in &before {
        let Some(other) = after.get(block) else { continue };
        let (together, moved) = (row == other, case.moved.contains(block));
        let said = together && section.rows[*row].kind == RowKind::Moved;
        sums.pairs += 1.0;
        sums.pairs_on_a_row += if together { 1.0 } else { 0.0 };
        sums.moved += if moved { 1.0 } else { 0.0 };
        sums.moved_found += if moved && said { 1.0 } else { 0.0 };
        sums.moved_said += if said { 1.0 } else { 0.0 };
    }
}

fn assert_at_most(what: &str, part: f64, whole: f64, most: f64) {
    let percent = 100.0 * part / whole.max(1.0);
    assert!(percent <= most, "{what}: {percent:.2} %, at most {most} %");
}

fn assert_readable(sums: &Sums) {
    assert_at_most("kept words shown as changed", sums.kept_shown, sums.kept, 0.1);
    assert_at_most("changed words shown as kept", sums.missed, sums.changed, 0.2);
    assert_at_most("changed numbers shown as kept", sums.missed_facts, 1.0, 0.0);
    assert_at_most("pairs not on one row", sums.pairs - sums.pairs_on_a_row, sums.pairs, 5.0);
    let fragments = sums.runs / sums.true_runs;
    assert!((0.95..=1.10).contains(&fragments), "runs for each true run: {fragments:.3}");
    let islands = sums.islands / sums.documents;
    assert!(islands <= 2.0, "islands in a document: {islands:.2}");
}

#[test]
fn edits_are_shown_and_nothing_else() {
    let sums = measured(Scenario::Edited);
    assert_readable(&sums);
    assert_at_most("blocks said to have moved", sums.moved_said, sums.pairs, 0.0);
}

#[test]
fn moved_bullets_are_shown_as_moved() {
    let sums = measured(Scenario::Moved);
    assert_readable(&sums);
    assert!(sums.moved >= 30.0, "too few moves: {}", sums.moved);
    assert_at_most(
        "kept words of moved bullets shown as changed",
        sums.kept_in_moved_shown,
        sums.kept_in_moved,
        2.0,
    );
    assert_at_most("moves not found", sums.moved - sums.moved_found, sums.moved, 5.0);
    assert_at_most("moves that are none", sums.moved_said - sums.moved_found, sums.moved_said, 2.0);
}

#[test]
fn wrapping_on_one_side_shows_nothing() {
    let sums = measured(Scenario::Wrapped);
    assert_readable(&sums);
}
