//! What must hold for rows at any width, and how typical ones look.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    diff::{
        Side,
        tests::{diff, two_texts},
    },
    domain::{Choice, Finding, FindingKind, SectionId, Span as Bytes},
    text::width,
};

const EXPERIENCE: &str = "experience";

fn view(width: u16, layout: Layout, folds: &Folds) -> View<'_> {
    static NONE: BTreeMap<ChangeId, Choice> = BTreeMap::new();
    View {
        width,
        layout,
        brackets: Brackets::Hidden,
        wrap: Wrap::Words,
        folds,
        choices: &NONE,
        findings: &[],
        hits: &[],
    }
}

/// Everything opened.
fn open(diff: &Diff, layout: Layout) -> Folds {
    let mut folds = Folds::default();
    loop {
        let rows = Rows::new(diff, &view(80, layout, &folds));
        let folded = (0..rows.len()).find(|at| {
            let kind = rows.row(*at).map(|row| row.kind);
            matches!(kind, Some(LineKind::Fold | LineKind::Heading)) && rows.fold_at(*at).is_some()
        });
        match folded.and_then(|at| rows.fold_at(at)) {
            None => return folds,
            Some(key) => folds.toggle(key),
        }
    }
}

/// The rows as a plain text view would print them.
fn picture(rows: &Rows) -> String {
    let gutter = |half: &HalfLine<'_>| {
        let number = half.gutter.number.map_or(" ".to_owned(), |number| number.to_string());
        let state = match half.gutter.state {
            None => ' ',
            Some(State::Open) => '·',
            Some(State::Accepted) => '✓',
            Some(State::Rejected) => '✗',
            Some(State::Mixed) => '±',
        };
        let sign = match half.gutter.sign {
            None => ' ',
            Some(Sign::Inserted) => '+',
            Some(Sign::Deleted) => '-',
            Some(Sign::Moved) => '~',
            Some(Sign::Finding) => '!',
        };
        format!("{number}{state}{sign}{}{}", " ".repeat(half.indent), half.text)
    };
    let columns = rows.columns();
    let lines = rows.window(0..rows.len()).map(|row| {
        let mut line = gutter(&row.left);
        if let Some(right) = &row.right {
            let pad = usize::from(columns.left) + 3;
            line = format!("{line}{}│{}", " ".repeat(pad.saturating_sub(width(&line))), gutter(right));
        }
        if let Some(note) = row.note {
            line.extend([" ── ", note.as_str()]);
        }
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}

const BEFORE: &str = "I am hard working, punctual and I like people.\n\nSHIFT SUPERVISOR · Northwind · 2018–2023\n\
    • Responsible for the day shift with 25 employees including temp workers\n• Did the planning of shifts\n\
    • Ordered supplies\n• Kept records of deliveries\n• Stock counting every month\n\
    • Responsible for safety meetings, accidents went down from 11 to 4 per year\n";
const AFTER: &str = "Known for approachable leadership.\n\nSHIFT SUPERVISOR · Northwind · 2018–2023\n\
    • Led safety meetings that cut accidents from 11 to 4 per year\n\
    • Supervised the day shift with 25 employees including temp workers\n• Did the planning of shifts\n\
    • Ordered supplies\n• Kept records of deliveries\n• Won the 2020 award for accuracy\n";

#[test]
fn a_merged_view_reads_in_one_column() {
    let diff = diff(BEFORE, AFTER);
    let folds = Folds::default();
    let rows = Rows::new(&diff, &View { brackets: Brackets::Short, ..view(60, Layout::Merged, &folds) });
    insta::assert_snapshot!(picture(&rows), @r"
   EXPERIENCE ── changes 1–5/5
1·-  [I am hard working, punctual and I like people.]
  +  {Known for approachable leadership.}
   SHIFT SUPERVISOR · Northwind · 2018–2023
2· • [Responsible for] {Supervised} the day shift with 25
     employees including temp workers
   • Did the planning of shifts
   • Ordered supplies
   • Kept records of deliveries
3·-• [Stock counting every month]
  +• {Won the 2020 award for accuracy}
4·~• [Responsible for] {Led} safety meetings [,] {that cut}
  ~  accidents [went down] from 11 to 4 per year (moved:
  ~  bullet 6 → bullet 1)
    ");
}

#[test]
fn a_split_view_stands_side_by_side() {
    let diff = diff(BEFORE, AFTER);
    let folds = Folds::default();
    let rows = Rows::new(&diff, &View { brackets: Brackets::Short, ..view(90, Layout::Split, &folds) });
    insta::assert_snapshot!(picture(&rows), @r"
   EXPERIENCE                              │    ── changes 1–5/5
1 -  [I am hard working, punctual and I    │1·+  {Known for approachable leadership.}
  -  like people.]                         │
   SHIFT SUPERVISOR · Northwind · 2018–2023│   SHIFT SUPERVISOR · Northwind · 2018–2023
2  • [Responsible for] the day shift with  │2· • {Supervised} the day shift with 25
     25 employees including temp workers   │     employees including temp workers
   • Did the planning of shifts            │   • Did the planning of shifts
   • Ordered supplies                      │   • Ordered supplies
   • Kept records of deliveries            │   • Kept records of deliveries
3 -• [Stock counting every month]          │3·+• {Won the 2020 award for accuracy}
4 ~• [Responsible for] safety meetings[,]  │4·~• {Led} safety meetings {that cut}
  ~  accidents [went down] from 11 to 4 per│  ~  accidents from 11 to 4 per year (moved:
  ~  year                                  │  ~  bullet 6 → bullet 1)
    ");
}

#[test]
fn each_side_alone_has_its_own_order() {
    let diff = diff(BEFORE, AFTER);
    let folds = Folds::default();
    insta::assert_snapshot!(picture(&Rows::new(&diff, &view(60, Layout::After, &folds))), @r"
   EXPERIENCE ── changes 1–5/5
1·+  Known for approachable leadership.
   SHIFT SUPERVISOR · Northwind · 2018–2023
4·~• Led safety meetings that cut accidents from 11 to 4
  ~  per year (moved: bullet 6 → bullet 1)
2· • Supervised the day shift with 25 employees including
     temp workers
   • Did the planning of shifts
   • Ordered supplies
   • Kept records of deliveries
3·+• Won the 2020 award for accuracy
    ");
    insta::assert_snapshot!(picture(&Rows::new(&diff, &view(60, Layout::Before, &folds))), @r"
   EXPERIENCE ── changes 1–5/5
1·-  I am hard working, punctual and I like people.
   SHIFT SUPERVISOR · Northwind · 2018–2023
2· • Responsible for the day shift with 25 employees
     including temp workers
   • Did the planning of shifts
   • Ordered supplies
   • Kept records of deliveries
3·-• Stock counting every month
4·~• Responsible for safety meetings, accidents went down
  ~  from 11 to 4 per year
    ");
}

#[test]
fn findings_hits_decisions_and_folds_are_shown() {
    let diff = diff(BEFORE, AFTER);
    let at = AFTER.find("2020").unwrap();
    let findings = [Finding {
        kind: FindingKind::Number,
        severity: Severity::Block,
        span: Bytes { section: SectionId(EXPERIENCE.into()), start: at, end: at + 4 },
        changes: Vec::new(),
        message: "2020 is not in the source.".into(),
        dismissed: None,
    }];
    let hits = diff.find("PLIES");
    let choices: BTreeMap<_, _> =
        diff.changes.iter().skip(1).map(|change| (change.id, Choice::Accepted)).collect();
    let folds = Folds::new(0, Decided::Folded);
    let view =
        View { choices: &choices, findings: &findings, hits: &hits, ..view(70, Layout::Merged, &folds) };
    let rows = Rows::new(&diff, &view);
    insta::assert_snapshot!(picture(&rows), @r"
   EXPERIENCE ── changes 1–5/5
1·-  I am hard working, punctual and I like people.
  +  Known for approachable leadership.
   SHIFT SUPERVISOR · Northwind · 2018–2023
     ⋯ 4 bullets · change 2✓
3✓-• Stock counting every month
  +• Won the 2020 award for accuracy
  !  NUMBER 2020 is not in the source.
     ⋯ 1 bullet · changes 4✓ 5✓
    ");
    let folded = rows.row_of_hit(0).unwrap();
    let key = rows.fold_at(folded).unwrap();
    assert_eq!(rows.row(folded).unwrap().kind, LineKind::Fold);
    assert_eq!(rows.next_open(None), Some(diff.changes[0].id));
    assert_eq!(rows.next_open(Some(diff.changes[0].id)), None);
    let finding = rows.next_finding(0).unwrap();
    assert_eq!(rows.row(finding).unwrap().kind, LineKind::Finding(Severity::Block));
    // Opened in place, the hit is marked on its characters.
    let mut opened = folds.clone();
    opened.toggle(key);
    let rows = Rows::new(&diff, &View { folds: &opened, ..view });
    let row = rows.row(rows.row_of_hit(0).unwrap()).unwrap();
    let span = row.left.spans.iter().find(|span| span.hit == Some(0)).unwrap();
    assert_eq!(row.left.text.slice(span.range.clone()).as_str(), "plies");
    assert_eq!(rows.fold_at(rows.row_of_hit(0).unwrap()), Some(key));
    opened.toggle(key);
    assert_eq!(opened, folds);
    opened.toggle_section(&SectionId(EXPERIENCE.into()));
    let rows = Rows::new(&diff, &View { folds: &opened, ..view });
    assert_eq!(rows.len(), 1);
    assert_eq!(rows.changes_at(0).len(), diff.changes.len());
}

#[test]
fn an_unchanged_section_is_one_line_and_opens() {
    let text = "ACME 2018–2023\n• Led 25 people\n• Cut costs\n";
    let diff = diff(text, text);
    let mut folds = Folds::default();
    let rows = Rows::new(&diff, &view(80, Layout::Split, &folds));
    assert_eq!(
        picture(&rows).trim_end(),
        "   EXPERIENCE                         │    ── unchanged · 2 bullets, 1 role"
    );
    folds.toggle(rows.fold_at(0).unwrap());
    assert_eq!(Rows::new(&diff, &view(80, Layout::Split, &folds)).len(), 4);
}

#[test]
fn hostile_text_is_shown_and_never_sent() {
    let diff = diff("Led \u{1b}[2J25 people in Bonn", "Led \u{202e}25 people in Bonn");
    let folds = Folds::default();
    let rows = Rows::new(&diff, &view(80, Layout::Merged, &folds));
    let text = rows.row(1).unwrap().left.text.into_string();
    assert_eq!(text, "Led ␛[2J25 ‹RLO›25 people in Bonn");
}

fn layouts() -> impl Strategy<Value = Layout> {
    prop::sample::select(vec![Layout::Merged, Layout::Split, Layout::After, Layout::Before])
}

fn brackets() -> impl Strategy<Value = Brackets> {
    prop::sample::select(vec![Brackets::Hidden, Brackets::Short, Brackets::Long])
}

/// Text without white space and without what redraft says itself.
fn letters(half: &HalfLine<'_>, tint: impl Fn(Tint) -> bool) -> String {
    let spans = half.spans.iter().filter(|span| tint(span.tint));
    spans
        .map(|span| half.text.slice(span.range.clone()).into_string())
        .collect::<String>()
        .split_whitespace()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_line_fits_and_both_halves_are_equally_high(
        (before, after) in two_texts(), columns in 20u16..300, layout in layouts(), brackets in brackets()
    ) {
        let diff = diff(&before, &after);
        let folds = open(&diff, layout);
        let rows = Rows::new(&diff, &View { brackets, ..view(columns, layout, &folds) });
        let widths = rows.columns();
        let mut seen = 0;
        let mut last: Option<(usize, usize)> = None;
        for row in rows.window(0..rows.len()) {
            seen += 1;
            // Lines of a row follow one another: both halves have as many.
            let follows = match last {
                None => (row.logical, row.line) == (0, 0),
                Some((logical, line)) => [(logical, line + 1), (logical + 1, 0)].contains(&(row.logical, row.line)),
            };
            prop_assert!(follows);
            last = Some((row.logical, row.line));
            prop_assert_eq!(row.right.is_some(), layout == Layout::Split);
            for (half, room) in [(Some(&row.left), widths.left), (row.right.as_ref(), widths.right)] {
                let Some(half) = half else { continue };
                let cells = half.indent + half.text.width();
                prop_assert!(cells <= usize::from(room) || half.text.chars().count() <= 8 && half.indent == 0, "{cells} {room} {:?}", half.text);
                prop_assert!(!half.text.contains('\n'));
                // Spans cover the line in order.
                let mut end = 0;
                for span in half.spans {
                    prop_assert_eq!(span.range.start, end);
                    end = span.range.end;
                }
                prop_assert_eq!(end, half.text.len());
            }
        }
        prop_assert_eq!(seen, rows.len());
    }

    #[test]
    fn the_lines_are_the_text(
        (before, after) in two_texts(), columns in 20u16..120, layout in layouts()
    ) {
        let diff = diff(&before, &after);
        let folds = open(&diff, layout);
        let rows = Rows::new(&diff, &view(columns, layout, &folds));
        let section = &diff.sections[0];
        let expected = |side: Side, order: Vec<usize>| -> String {
            let blocks = order.into_iter().filter_map(|row| section.block(&section.rows[row], side));
            let texts = blocks.flat_map(|block| {
                let text = crate::text::part(section.text(side), block.range.clone());
                let words = crate::text::words(text).into_iter();
                words.map(|word| Safe::line(crate::text::part(text, word.range)).into_string())
            });
            texts.collect::<String>().split_whitespace().collect()
        };
        let text = |right: bool, tint: fn(Tint) -> bool| -> String {
            rows.window(0..rows.len()).filter(|row| !matches!(row.kind, LineKind::Heading | LineKind::Layout)).map(|row| {
                if right { row.right.as_ref().map_or(String::new(), |half| letters(half, tint)) } else { letters(&row.left, tint) }
            }).collect()
        };
        let natural: Vec<usize> = (0..section.rows.len()).collect();
        match layout {
            Layout::Before => prop_assert_eq!(text(false, |tint| tint != Tint::Note), expected(Side::Before, natural)),
            Layout::After => prop_assert_eq!(
                text(false, |tint| tint != Tint::Note), expected(Side::After, section.arrange(|_| Side::After))
            ),
            Layout::Split => {
                prop_assert_eq!(text(false, |tint| tint != Tint::Note), expected(Side::Before, natural.clone()));
                prop_assert_eq!(text(true, |tint| tint != Tint::Note), expected(Side::After, natural));
            }
            // The mark of what is replaced stands on both lines.
            Layout::Merged => prop_assert_eq!(
                text(false, |tint| !matches!(tint, Tint::Note | Tint::Deleted)).replace(['•', '*', '-', '–'], ""),
                expected(Side::After, natural).replace(['•', '*', '-', '–'], "")
            ),
        }
    }

    #[test]
    fn the_cursor_stays_on_the_same_change(
        (before, after) in two_texts(), widths in (20u16..300, 20u16..300), from in layouts(), to in layouts(), context in 0usize..3
    ) {
        let diff = diff(&before, &after);
        let folds = Folds::new(context, Decided::Shown);
        let (one, two) = (Rows::new(&diff, &view(widths.0, from, &folds)), Rows::new(&diff, &view(widths.1, to, &folds)));
        for change in &diff.changes {
            for rows in [&one, &two] {
                let at = rows.row_of_change(change.id);
                prop_assert!(at.is_some_and(|at| rows.changes_at(at).contains(&change.id)), "{:?}", change);
            }
            let anchor = Anchor { change: Some(change.id), ..one.anchor(one.row_of_change(change.id).unwrap()).unwrap() };
            prop_assert_eq!(Some(two.row_of(&anchor)), two.row_of_change(change.id));
        }
        // Every row has a place in the other view, in the same section.
        for at in 0..one.len() {
            let anchor = one.anchor(at).unwrap();
            let there = two.row_of(&anchor);
            prop_assert!(there < two.len());
            prop_assert_eq!(two.anchor(there).unwrap().section, anchor.section);
        }
    }

    #[test]
    fn stepping_visits_every_change_once((before, after) in two_texts(), layout in layouts(), width in 20u16..200) {
        let diff = diff(&before, &after);
        let folds = Folds::default();
        let rows = Rows::new(&diff, &view(width, layout, &folds));
        let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
        let mut at = rows.next_change(None);
        while let Some(change) = at {
            forwards.push(change);
            at = rows.next_change(Some(change));
        }
        let mut at = rows.previous_change(None);
        while let Some(change) = at {
            backwards.push(change);
            at = rows.previous_change(Some(change));
        }
        backwards.reverse();
        prop_assert_eq!(&forwards, &backwards);
        let all: BTreeSet<_> = diff.changes.iter().map(|change| change.id).collect();
        prop_assert_eq!(forwards.len(), all.len());
        prop_assert_eq!(forwards.into_iter().collect::<BTreeSet<_>>(), all);
        let order: Vec<_> = rows.places.iter().map(|(_, row, _)| rows.row(*row).unwrap().logical).collect();
        prop_assert!(order.is_sorted(), "{order:?}");
    }

    #[test]
    fn a_window_is_a_part_of_the_whole((before, after) in two_texts(), layout in layouts(), at in 0usize..40, height in 0usize..40) {
        let diff = diff(&before, &after);
        let folds = open(&diff, layout);
        let rows = Rows::new(&diff, &view(40, layout, &folds));
        let all: Vec<_> = rows.window(0..rows.len()).collect();
        let window: Vec<_> = rows.window(at..at + height).collect();
        prop_assert_eq!(&window[..], all.iter().skip(at).take(height).cloned().collect::<Vec<_>>());
        prop_assert_eq!(rows.row(at), all.get(at).cloned());
    }
}
