//! What must hold for any two texts, and what reviewers expect of typical ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{block::Lines, token::Lexicon, *};
use crate::{
    domain::{Choice, Document, Format, OpenPolicy, Section},
    text::part,
};

fn section(id: &str, text: Option<&str>) -> Section {
    Section {
        id: SectionId(id.to_owned()),
        format: Format::Text,
        text: text.map(str::to_owned),
        ..Section::default()
    }
}

fn document(text: &str) -> Document {
    Document { sections: vec![section("experience", Some(text))] }
}

pub(super) fn diff(before: &str, after: &str) -> Diff {
    compare(&document(before), &document(after), &|| false)
}

fn kinds(before: &str, after: &str) -> Vec<ChangeKind> {
    diff(before, after).changes.into_iter().map(|change| change.kind).collect()
}

/// `[deleted]{inserted}` within the rows, one row a line.
fn drawn(before: &str, after: &str) -> String {
    let diff = diff(before, after);
    let section = &diff.sections[0];
    let mut out = String::new();
    for row in &section.rows {
        out.push(match row.kind {
            RowKind::Same => ' ',
            RowKind::Changed => '±',
            RowKind::Replaced => '=',
            RowKind::Moved => '~',
            RowKind::Inserted => '+',
            RowKind::Deleted => '-',
        });
        for segment in &row.segments {
            let old = part(section.text(Side::Before), segment.before.clone());
            let new = part(section.text(Side::After), segment.after.clone());
            match segment.kind {
                SegmentKind::Same | SegmentKind::Layout => out.push_str(&new.replace(['\n', '\r'], " ")),
                SegmentKind::Changed(_) => {
                    for (open, text, close) in [("[", old.trim(), "]"), ("{", new.trim(), "}")] {
                        if !text.is_empty() {
                            out.extend([open, text, close]);
                        }
                    }
                }
            }
        }
        out.push('\n');
    }
    out
}

fn with(diff: &Diff, accepted: impl Fn(usize) -> bool) -> Document {
    let choice = |at| if accepted(at) { Choice::Accepted } else { Choice::Rejected };
    let choices: BTreeMap<_, _> = diff.changes.iter().enumerate().map(|(at, c)| (c.id, choice(at))).collect();
    apply(diff, &choices, OpenPolicy::Accept)
}

fn block_texts(text: &str) -> Vec<String> {
    let tokens = Lexicon::default().tokens(text);
    let blocks = Lines::read(text, &tokens).blocks();
    blocks.into_iter().map(|block| words_of(part(text, block.range))).collect()
}

/// The text with white space as single blanks.
fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

mod sentences {
    use super::*;

    #[test]
    fn a_moved_bullet_is_one_change_and_its_words_are_others() {
        let before = "• Planned the shifts of the night team\n• Led the safety meetings of the whole warehouse each month\n\
                      • Counted stock with two colleagues every month\n";
        let after = "• Led the weekly safety meetings of the whole warehouse each month\n\
                     • Planned the shifts of the night team\n• Counted stock with two colleagues every month\n";
        let diff = diff(before, after);
        let kinds: Vec<_> = diff.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::Moved, ChangeKind::Edited]);
        assert_eq!(
            drawn(before, after),
            " • Planned the shifts of the night team\n\
             ~• Led the{weekly}safety meetings of the whole warehouse each month\n\
             \u{20}• Counted stock with two colleagues every month\n"
        );
        // The place is taken, the words are not; and the other way round.
        let moved = with(&diff, |at| at == 0).text(&SectionId("experience".into())).to_owned();
        assert!(
            moved.starts_with("• Led the safety meetings of the whole warehouse each month\n• Planned"),
            "{moved}"
        );
        let edited = with(&diff, |at| at == 1).text(&SectionId("experience".into())).to_owned();
        assert!(edited.contains("team\n• Led the weekly safety"), "{edited}");
        assert_eq!((moved.matches("safety").count(), edited.matches("safety").count()), (1, 1));
    }

    #[test]
    fn a_number_that_changes_is_shown_and_one_that_stays_is_not() {
        assert_eq!(
            drawn(
                "Helped to introduce the new handheld scanners, trained about 40 people in Bonn.",
                "Supported the roll-out of new handheld scanners and trained more than 400 employees in Bonn."
            ),
            "±[Helped to introduce the]{Supported the roll-out of}new handheld scanners[,]{and}trained[about 40 people]{more than 400 employees}in Bonn.\n"
        );
    }

    #[test]
    fn a_dash_that_wrapping_brought_to_the_start_of_a_line_is_no_bullet() {
        let before = "Duration of the project - 6 months in all. Certificates: *Welding, *Driving of forklifts\nCounted stock";
        let after = "Duration of the project\n- 6 months in all. Certificates:\n*Welding,\n*Driving of forklifts\nCounted stock";
        assert_eq!(kinds(before, after), [ChangeKind::Layout], "{}", drawn(before, after));
        assert_eq!(kinds(after, before), [ChangeKind::Layout]);
        // Where the bullets are meant, one that differs is one change.
        assert_eq!(kinds(after, &after.replace("6 months", "8 months")), [ChangeKind::Edited]);
    }

    #[test]
    fn wrapping_spacing_and_quotes_are_layout_and_nothing_else() {
        let before = "Led a team of 25 – the \"night owls\" – in two distribution centers with\nSAP WM and RF scanners for more than eight\nyears.\n\n* Bullet one\n";
        let after = "Led a team of 25 - the “night owls” - in two distribution centers with SAP WM and RF scanners for more than eight years.\n\n• Bullet one";
        assert_eq!(kinds(before, after), [ChangeKind::Layout]);
        assert_eq!(diff(before, after).stats().changed_percent, 0);
    }

    #[test]
    fn what_has_nothing_in_common_is_replaced_as_a_whole() {
        assert_eq!(
            kinds(
                "I am hard working and punctual and I like people.",
                "Known for approachable leadership across departments."
            ),
            [ChangeKind::Replaced]
        );
    }

    #[test]
    fn bullets_come_and_go() {
        let before = "ACME 2018–2023\n• Led 25 people\n• Stock counting every month\n";
        let after =
            "ACME 2018–2023\n• Ran audits with an accuracy of 99.7%\n• Won two awards\n• Led 25 people\n";
        assert_eq!(kinds(before, after), [ChangeKind::Inserted, ChangeKind::Inserted, ChangeKind::Deleted]);
    }

    #[test]
    fn null_stays_null_until_something_is_accepted() {
        let before =
            Document { sections: vec![section("a", None), section("b", Some("x")), section("c", None)] };
        let after = Document {
            sections: vec![section("a", Some("Cook.")), section("b", None), section("c", Some(""))],
        };
        let diff = compare(&before, &after, &|| false);
        let kinds: Vec<_> = diff.changes.iter().map(|change| (change.section, change.kind)).collect();
        assert_eq!(kinds, [(0, ChangeKind::Inserted), (1, ChangeKind::Deleted), (2, ChangeKind::Layout)]);
        assert_eq!(with(&diff, |_| false), before);
        assert_eq!(with(&diff, |_| true), after);
        let mixed = with(&diff, |at| at == 0);
        assert_eq!(
            mixed.sections,
            [after.sections[0].clone(), before.sections[1].clone(), before.sections[2].clone()]
        );
    }

    #[test]
    fn sections_that_come_and_go_are_exact() {
        let before = Document { sections: vec![section("a", Some("One.")), section("gone", Some("Two."))] };
        let after = Document { sections: vec![section("new", Some("Three.")), section("a", Some("One."))] };
        let diff = compare(&before, &after, &|| false);
        assert_eq!(with(&diff, |_| true), after);
        assert_eq!(with(&diff, |_| false), before);
        assert_eq!(apply(&diff, &BTreeMap::new(), OpenPolicy::Reject), before);
        assert_eq!(apply(&diff, &BTreeMap::new(), OpenPolicy::Accept), after);
    }

    #[test]
    fn an_edit_elsewhere_renames_no_change() {
        let before = "• Led 25 people in two shifts\n• Cut the costs of the warehouse by 4%\n";
        let one = diff(before, "• Led 25 people in two shifts\n• Cut the costs of the warehouse by 5%\n");
        let two = diff(
            before,
            "• Managed 30 people in two shifts\n• New\n• Cut the costs of the warehouse by 5%\n",
        );
        let id = one.changes[0].id;
        assert_eq!(one.changes.len(), 1);
        assert!(two.changes.len() > 2 && two.change(id).is_some());
    }

    #[test]
    fn out_of_time_shows_whole_blocks_and_stays_exact() {
        let (before, after) =
            ("• Led 25 people\n• Same\n• Cut costs", "• Led 30 people\n• Same\n• Cut the costs\n• New");
        let diff = compare(&document(before), &document(after), &|| true);
        assert!(!diff.is_complete());
        assert!(diff.changes.iter().all(|change| change.kind != ChangeKind::Edited));
        assert_eq!(diff.sections[0].rows.iter().filter(|row| row.kind == RowKind::Same).count(), 1);
        assert_eq!((with(&diff, |_| true), with(&diff, |_| false)), (document(after), document(before)));
    }

    #[test]
    fn figures_add_up() {
        let found =
            diff("• Led 25 people\n• Stays as it is", "• Led 30 people\n• Stays as it is\n• Brand new")
                .stats();
        assert_eq!((found.edited, found.inserted, found.changes()), (1, 1, 2));
        assert_eq!((found.words_before, found.words_after), (7, 9));
        // 25 goes, 30 and two words come: 4 of 16.
        assert_eq!(found.changed_percent, 25);
    }

    #[test]
    fn the_changes_under_some_words_are_found() {
        let (before, after) = ("Led 25 people in the warehouse", "Led 400 people in the warehouse");
        let diff = diff(before, after);
        let id = SectionId("experience".into());
        assert_eq!(diff.changes_in(&id, Side::After, &(4..7)), [diff.changes[0].id]);
        assert_eq!(diff.changes_in(&id, Side::After, &(8..14)), []);
        assert_eq!(diff.changes_in(&id, Side::Before, &(4..6)), [diff.changes[0].id]);
    }
}

/// A text of blocks that no wrapping can hide: marks, blank lines, titles with years.
#[derive(Debug, Clone)]
struct Résumé(Vec<Vec<String>>);

const VOCABULARY: [&str; 48] = [
    "led",
    "the",
    "team",
    "of",
    "25",
    "people",
    "in",
    "warehouse",
    "planned",
    "shifts",
    "and",
    "holidays",
    "SAP",
    "introduced",
    "scanners",
    "with",
    "safety",
    "meetings",
    "accidents",
    "reduced",
    "by",
    "4%",
    "monthly",
    "stock",
    "counting",
    "trained",
    "new",
    "drivers",
    "for",
    "Bonn",
    "customers",
    "orders",
    "delivery",
    "costs",
    "quality",
    "audits",
    "night",
    "a",
    "budget",
    "$1.2M",
    "time-to-fill",
    "suppliers",
    "forklifts",
    "routes",
    "reports",
    "loading",
    "inventory",
    "accuracy",
];

fn sentence() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::sample::select(VOCABULARY.as_slice()), 3..14)
        .prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn résumé() -> impl Strategy<Value = Résumé> {
    prop::collection::vec(sentence(), 0..9).prop_map(Résumé)
}

#[derive(Debug, Clone)]
enum Edit {
    Replace(usize, usize, usize),
    Remove(usize, usize),
    Add(usize, usize, usize),
    Drop(usize),
    New(usize, Vec<String>),
    Move(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => any::<(usize, usize, usize)>().prop_map(|(a, b, c)| Edit::Replace(a, b, c)),
        2 => any::<(usize, usize)>().prop_map(|(a, b)| Edit::Remove(a, b)),
        2 => any::<(usize, usize, usize)>().prop_map(|(a, b, c)| Edit::Add(a, b, c)),
        1 => any::<usize>().prop_map(Edit::Drop),
        1 => (any::<usize>(), sentence()).prop_map(|(a, words)| Edit::New(a, words)),
        2 => any::<(usize, usize)>().prop_map(|(a, b)| Edit::Move(a, b)),
    ]
}

impl Résumé {
    fn edited(mut self, edits: &[Edit]) -> Self {
        let blocks = &mut self.0;
        for edit in edits {
            let count = blocks.len();
            match edit {
                Edit::New(at, words) => blocks.insert(at % (count + 1), words.clone()),
                _ if count == 0 => {}
                Edit::Drop(at) => drop(blocks.remove(at % count)),
                Edit::Move(from, to) => {
                    let block = blocks.remove(from % count);
                    blocks.insert(to % count, block);
                }
                Edit::Replace(at, word, new) => {
                    let words = &mut blocks[at % count];
                    let place = word % words.len();
                    words[place] = VOCABULARY[new % VOCABULARY.len()].to_owned();
                }
                Edit::Remove(at, word) => {
                    let words = &mut blocks[at % count];
                    if words.len() > 1 {
                        words.remove(word % words.len());
                    }
                }
                Edit::Add(at, word, new) => {
                    let words = &mut blocks[at % count];
                    words.insert(word % (words.len() + 1), VOCABULARY[new % VOCABULARY.len()].to_owned());
                }
            }
        }
        self
    }

    /// Written out: every third block is a paragraph, the others are bullets; wrapped at `columns` if given.
    fn text(&self, columns: Option<usize>, newline: &str) -> String {
        let mut out = String::new();
        let mut bullet_before = false;
        for (index, words) in self.0.iter().enumerate() {
            // By the words, so that a block stays what it is wherever it moves.
            let bullet = words.first().is_none_or(|word| word.len() % 3 != 0);
            if index > 0 {
                out.push_str(newline);
                if !(bullet && bullet_before) {
                    out.push_str(newline);
                }
            }
            bullet_before = bullet;
            let start = if bullet { "• " } else { "" };
            let mut line = start.to_owned();
            for word in words {
                let full = columns.is_some_and(|columns| line.chars().count() + 1 + word.len() > columns);
                if full && line.len() > start.len() {
                    out.extend([line.trim_end(), newline]);
                    line = if bullet { "  ".to_owned() } else { String::new() };
                }
                line.extend([word.as_str(), " "]);
            }
            out.push_str(line.trim_end());
            out.push('.');
        }
        out
    }
}

/// Two texts that have much, little or nothing to do with each other.
pub(super) fn two_texts() -> impl Strategy<Value = (String, String)> {
    let wrap = || prop_oneof![Just(None), (20usize..90).prop_map(Some)];
    let newline = || prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    let edited = (résumé(), prop::collection::vec(edit(), 0..8), (wrap(), newline()), (wrap(), newline()))
        .prop_map(|(one, edits, (columns, newline), (other, end))| {
            (one.text(columns, newline), one.edited(&edits).text(other, end))
        });
    let odd = || {
        prop_oneof![
            any::<String>(),
            "[a-cA-C1•*. \n\r\t–“'-]{0,40}",
            "([a-c]{1,3}[ .\n]{1,2}){0,20}",
            "[山田。a \n\u{301}\u{200d}👩👩🏽]{0,20}",
        ]
    };
    prop_oneof![3 => edited, 2 => (odd(), odd())]
}

fn options(text: &str, null: bool) -> Document {
    Document { sections: vec![section("experience", (!null).then_some(text))] }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn all_is_after_and_none_is_before((before, after) in two_texts(), nulls in any::<(bool, bool)>()) {
        let (before, after) = (options(&before, nulls.0 && before.len() < 5), options(&after, nulls.1 && after.len() < 5));
        let diff = compare(&before, &after, &|| false);
        prop_assert_eq!(&with(&diff, |_| true), &after);
        prop_assert_eq!(&with(&diff, |_| false), &before);
        prop_assert_eq!(apply(&diff, &BTreeMap::new(), OpenPolicy::Accept), after);
        prop_assert_eq!(apply(&diff, &BTreeMap::new(), OpenPolicy::Reject), before);
    }

    #[test]
    fn any_subset_holds_each_block_once((before, edits) in (résumé(), prop::collection::vec(edit(), 0..8)), bits in any::<u64>()) {
        let (before, after) = (before.text(None, "\n"), before.edited(&edits).text(None, "\n"));
        let diff = diff(&before, &after);
        let accepted = |at: usize| bits >> (at % 64) & 1 == 1;
        let result = with(&diff, accepted);
        let text = result.text(&SectionId("experience".into()));
        // What each row should read, by its own changes alone.
        let section = &diff.sections[0];
        let mut expected: Vec<String> = section.rows.iter().filter_map(|row| {
            let gone = match row.kind {
                RowKind::Inserted => !accepted(row.own.unwrap()),
                RowKind::Deleted => accepted(row.own.unwrap()),
                _ => false,
            };
            let words: String = row.segments.iter().map(|segment| match segment.kind {
                SegmentKind::Changed(at) if accepted(at) => part(&after, segment.after.clone()),
                SegmentKind::Layout if section.layout.is_some_and(accepted) => part(&after, segment.after.clone()),
                _ => part(&before, segment.before.clone()),
            }).collect();
            (!gone).then(|| words_of(&words))
        }).collect();
        let mut found = block_texts(text);
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected, "{}", text);
    }

    #[test]
    fn a_text_and_its_other_shape_do_not_differ(one in résumé(), columns in (20usize..90, 20usize..90), crlf in any::<bool>()) {
        let newline = if crlf { "\r\n" } else { "\n" };
        let wide = one.text(None, "\n");
        for (a, b) in [
            (wide.clone(), wide.clone()),
            (wide.clone(), one.text(Some(columns.0), newline)),
            (one.text(Some(columns.0), "\n"), one.text(Some(columns.1), newline)),
            (wide.replace("time-to-fill", "\"time\u{2019}s\""), wide.replace("time-to-fill", "\u{201C}time's\u{201D}")),
            (wide.clone(), wide.replace("• ", "- ")),
        ] {
            let kinds = kinds(&a, &b);
            prop_assert!(kinds.iter().all(|kind| *kind == ChangeKind::Layout), "{kinds:?}\n{}", drawn(&a, &b));
            prop_assert!(a != b || kinds.is_empty());
        }
    }

    #[test]
    fn swapping_the_sides_swaps_insertion_and_deletion((before, after) in two_texts()) {
        let (there, back) = (diff(&before, &after), diff(&after, &before));
        let mirrored = |kind: ChangeKind| match kind {
            ChangeKind::Inserted => ChangeKind::Deleted,
            ChangeKind::Deleted => ChangeKind::Inserted,
            ChangeKind::Edited | ChangeKind::Replaced | ChangeKind::Moved | ChangeKind::Layout => kind,
        };
        let key = |change: &Change| (format!("{:?}", change.kind), change.before.clone(), change.after.clone());
        let turned = |change: &Change| {
            let kind = mirrored(change.kind);
            key(&Change { kind, before: change.after.clone(), after: change.before.clone(), ..change.clone() })
        };
        let sorted = |mut keys: Vec<(String, Range<usize>, Range<usize>)>| {
            keys.sort_by_key(|(kind, before, after)| (kind.clone(), before.start, before.end, after.start, after.end));
            keys
        };
        prop_assert_eq!(
            sorted(there.changes.iter().map(key).collect()),
            sorted(back.changes.iter().map(turned).collect())
        );
    }

    #[test]
    fn rows_cover_both_texts_and_keep_only_equal_words((before, after) in two_texts()) {
        let diff = diff(&before, &after);
        let section = &diff.sections[0];
        for side in [Side::Before, Side::After] {
            let text = section.text(side);
            let mut bytes: Vec<Range<usize>> = section.rows.iter().flat_map(|row| &row.segments).map(|segment| match side {
                Side::Before => segment.before.clone(),
                Side::After => segment.after.clone(),
            }).filter(|range| !range.is_empty()).collect();
            bytes.sort_by_key(|range| range.start);
            let mut end = 0;
            for range in bytes {
                prop_assert!(range.start >= end, "a byte in two rows");
                prop_assert!(part(text, end..range.start).trim().is_empty(), "a word in no row");
                end = range.end;
            }
            prop_assert!(part(text, end..text.len()).trim().is_empty());
        }
        let mut lexicon = Lexicon::default();
        for row in &section.rows {
            for segment in row.segments.iter().filter(|segment| !matches!(segment.kind, SegmentKind::Changed(_))) {
                let mut keys = |text: &str, range: &Range<usize>| {
                    lexicon.tokens(part(text, range.clone())).into_iter().map(|token| token.key).collect::<Vec<_>>()
                };
                let is_mark = segment.before.start == section.block(row, Side::Before).unwrap().range.start;
                let (a, b) = (keys(&before, &segment.before), keys(&after, &segment.after));
                prop_assert!(a == b || is_mark, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn edges_of_changes_are_edges_of_words((before, after) in two_texts()) {
        let diff = diff(&before, &after);
        for (text, side) in [(&before, Side::Before), (&after, Side::After)] {
            let words = crate::text::words(text);
            for segment in diff.sections[0].rows.iter().flat_map(|row| &row.segments) {
                let range = match side {
                    Side::Before => &segment.before,
                    Side::After => &segment.after,
                };
                for edge in [range.start, range.end] {
                    prop_assert!(!words.iter().any(|word| word.range.start < edge && edge < word.range.end), "{edge}");
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_the_same_every_time((before, after) in two_texts()) {
        let (one, two) = (diff(&before, &after), diff(&before, &after));
        prop_assert_eq!(&one, &two);
        let ids: std::collections::BTreeSet<_> = one.changes.iter().map(|change| change.id).collect();
        prop_assert_eq!(ids.len(), one.changes.len());
    }

    #[test]
    fn a_diff_that_ran_out_of_time_is_exact_too((before, after) in two_texts(), asked in 0usize..6) {
        let left = std::cell::Cell::new(asked);
        let stop = || { left.set(left.get().saturating_sub(1)); left.get() == 0 };
        let diff = compare(&document(&before), &document(&after), &stop);
        prop_assert_eq!(with(&diff, |_| true), document(&after));
        prop_assert_eq!(with(&diff, |_| false), document(&before));
    }
}
