//! How well the diff reads, measured on pairs whose truth is known, against the goals that it was built for.

mod corpus;
mod measure;

use corpus::Scenario;
use measure::{Shown, ShownRow, Sums};
use redraft::{
    diff::{self, Diff, RowKind, SegmentKind, Side},
    domain::{Document, Format, Section, SectionId},
};

const PEOPLE: usize = 120;

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
        sums.add(&case, &shown(&diff));
    }
    assert!(sums.documents >= 40.0, "too few cases: {}", sums.documents);
    assert!(sums.changed >= 1_000.0, "too few changes: {}", sums.changed);
    sums
}

/// What the rows of a diff show.
fn shown(diff: &Diff) -> Shown {
    let section = &diff.sections[0];
    let mut shown = Shown::default();
    for segment in section.rows.iter().flat_map(|row| &row.segments) {
        if matches!(segment.kind, SegmentKind::Changed(_)) {
            shown.before.push(segment.before.clone());
            shown.after.push(segment.after.clone());
        }
    }
    shown.rows.extend(section.rows.iter().map(|row| ShownRow {
        before: section.block(row, Side::Before).map(|block| block.range.clone()),
        after: section.block(row, Side::After).map(|block| block.range.clone()),
        moved: row.kind == RowKind::Moved,
    }));
    shown
}

fn assert_at_most(what: &str, part: f64, whole: f64, most: f64) {
    let percent = 100.0 * part / whole.max(1.0);
    assert!(percent <= most, "{what}: {percent:.2} %, at most {most} %");
}

fn assert_readable(sums: &Sums) {
    assert_at_most("kept words shown as changed", sums.kept_shown, sums.kept, 0.1);
    assert_at_most("changed words shown as kept", sums.missed, sums.changed, 0.2);
    assert_at_most("changed numbers and names shown as kept", sums.missed_facts, 1.0, 0.0);
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

#[test]
fn other_line_breaks_are_no_change() {
    let mut cases = 0;
    for case in corpus::cases(Scenario::Edited, PEOPLE) {
        cases += 1;
        let diff = diff::compare(&document(&case.before.text), &document(&case.rewrapped), &|| false);
        let shown = shown(&diff);
        assert!(shown.before.is_empty() && shown.after.is_empty(), "{:?}\n{}", diff.changes, case.rewrapped);
    }
    assert!(cases >= 40, "too few cases: {cases}");
}
