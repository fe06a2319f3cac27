use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::domain::{
    Action, BatchId, CandidateId, Choice, DecisionId, Document, LookKind, Made, Money, RewriteHead,
    RewriteId, RewriteState, Section, SectionId, Way,
};

const BEFORE: &str = "Led about 40 people.\n\nSold bread.\n\nKept.";
const AFTER: &str = "Led more than 400 people.\n\nKept.\n\nRan <b>stock</b> counts.";

fn text(words: &str) -> Document {
    let id = SectionId("summary".to_owned());
    Document { sections: vec![Section { id, text: Some(words.to_owned()), ..Section::default() }] }
}

fn made(name: &str, state: RewriteState) -> Rewrite {
    Rewrite {
        head: RewriteHead {
            id: RewriteId::new(Uuid::from_u128(1)),
            batch: BatchId::new(Uuid::from_u128(2)),
            batch_number: 38,
            candidate: CandidateId("C-1".to_owned()),
            name: name.to_owned(),
            posting: Some("Baker".to_owned()),
            state,
            revision: 1,
            changed_percent: Some(40),
            findings: 0,
            blocked: false,
            edited: false,
            opened_at: None,
            decided_by: None,
            look: None,
            assigned: None,
            words: None,
            cost: Money::ZERO,
            attempts: 1,
            failure: None,
            updated_at: Timestamp::UNIX_EPOCH,
        },
        before: text(BEFORE),
        after: Some(text(AFTER)),
        choices: BTreeMap::new(),
        approved: None,
        found: None,
        findings: Vec::new(),
        raw_reply: None,
    }
}

/// Decisions of anna at those seconds.
fn history(deeds: &[(i64, Action, RewriteState)]) -> Vec<Decision> {
    let mut from = RewriteState::Ready;
    let decision = |(at, (second, action, to)): (usize, &(i64, Action, RewriteState))| {
        let before = std::mem::replace(&mut from, *to);
        Decision {
            id: DecisionId::new(Uuid::from_u128(at as u128 + 1)),
            rewrite: RewriteId::new(Uuid::from_u128(1)),
            by: Reviewer("anna".to_owned()),
            at: Timestamp::from_second(*second).unwrap(),
            from: before,
            to: *to,
            made: Made::default(),
            action: action.clone(),
        }
    };
    deeds.iter().enumerate().map(decision).collect()
}

fn approve() -> Action {
    Action::Approve { text: text(AFTER) }
}

fn written(form: Form, one: &Rewrite, decisions: &[Decision]) -> String {
    let mut tally = Tally::default();
    tally.add(&one.head, decisions, "7f3a90c1d2");
    let scope = Scope { filter: "name:<i>".to_owned(), by: "anna".to_owned(), at: Timestamp::UNIX_EPOCH };
    let mut bytes = Vec::new();
    assert!(begin(form, &scope, &tally, &mut bytes).is_ok());
    assert!(rewrite(form, one, Standing::of(decisions).as_ref(), &mut bytes).is_ok());
    assert!(end(form, &mut bytes).is_ok());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn counts_tell_what_was_approved_without_having_been_opened() {
    use RewriteState::{Approved, Ready, Rejected};
    let mut tally = Tally::default();
    let head = |state, opened: Option<i64>| RewriteHead {
        opened_at: opened.map(|at| Timestamp::from_second(at).unwrap()),
        ..made("x", state).head
    };
    tally.add(
        &head(Approved, Some(10)),
        &history(&[(10, Action::Open, Ready), (48, approve(), Approved)]),
        "p",
    );
    tally.add(&head(Approved, None), &history(&[(50, approve(), Approved)]), "p");
    let undo = Action::Undo { decision: DecisionId::new(Uuid::from_u128(1)) };
    let reject = Action::Reject { reason: None };
    tally.add(
        &head(Rejected, None),
        &history(&[(1, approve(), Approved), (2, undo, Ready), (3, reject, Rejected)]),
        "p",
    );
    assert_eq!((tally.total, tally.never_opened, tally.approved, tally.approved_unopened), (3, 2, 2, 1));
    assert_eq!(tally.unopened_percent(), Some(50));
    assert_eq!(tally.states, BTreeMap::from([(Approved, 2), (Rejected, 1)]));
    let anna = &tally.people[&("anna".to_owned(), "p".to_owned())];
    assert_eq!(
        (anna.approved, anna.unopened, anna.rejected, anna.undone),
        (2, 1, 1, 1),
        "what was taken back is not counted"
    );
    assert_eq!(anna.median(), Some(38));
    assert_eq!(Tally::default().unopened_percent(), None);
}

#[test]
fn a_page_is_whole_and_nothing_from_outside_is_a_mark_in_it() {
    let one = made("<script>alert(1)</script>\u{202e}&", RewriteState::Approved);
    let page = written(Form::Html, &one, &history(&[(0, approve(), RewriteState::Approved)]));
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("<i>"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;‹RLO›&amp;"), "{page}");
    assert!(page.contains("Ran &lt;b&gt;stock&lt;/b&gt; counts."), "{page}");
    for word in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word}: the page loads nothing");
    }
    let opened = page.matches("<td").count();
    assert_eq!(opened, page.matches("</td>").count());
    assert!(page.contains("approved without having been opened</th><td class=\"n\">1 of 1 (100%)"), "{page}");
    assert!(
        page.contains("<strong>approved</strong> by anna, 1970-01-01 00:00 UTC · never opened"),
        "{page}"
    );
}

#[test]
fn both_sides_stand_beside_each_other_with_what_goes_and_comes_marked() {
    let page = written(Form::Html, &made("Jo", RewriteState::Ready), &[]);
    assert!(
        page.contains(
            "<td>Led <del>about 40</del> people.</td><td>Led <ins>more than 400</ins> people.</td>"
        ),
        "{page}"
    );
    assert!(page.contains("<td class=\"m\">gone</td><td><del>Sold bread.</del></td><td></td>"), "{page}");
    let rejected = {
        let mut one = made("Jo", RewriteState::Ready);
        let diff = diff::compare(&one.before, one.after.as_ref().unwrap(), &|| false);
        one.choices = diff.changes.iter().map(|change| (change.id, Choice::Rejected)).collect();
        written(Form::Html, &one, &[])
    };
    assert!(rejected.contains("<tr class=\"out\"><td class=\"m\">stays as it was</td>"), "{rejected}");
}

#[test]
fn markdown_strikes_out_what_goes_and_makes_bold_what_comes() {
    let page = written(Form::Markdown, &made("Jo *x*", RewriteState::Ready), &[]);
    assert!(page.contains("## Jo \\*x\\* (C\\-1)"), "{page}");
    assert!(page.contains("- Led ~~about 40~~ **more than 400** people."), "{page}");
    assert!(page.contains("- ~~Sold bread.~~ *(gone)*"), "{page}");
    assert!(page.contains("- **Ran \\<b\\>stock\\</b\\> counts.** *(new)*"), "{page}");
    assert!(page.contains("| never opened by anybody | 1 |"), "{page}");
}

#[test]
fn spot_checks_and_ways_are_counted_for_whoever_approved() {
    use RewriteState::{Approved, Ready};
    let kind = LookKind::Spot;
    let look = |agrees| Action::Look { kind, agrees, text: text(AFTER), reason: None };
    let mut tally = Tally::default();
    for (agrees, state) in [(true, Approved), (false, Ready)] {
        let mut decisions = history(&[
            (1, approve(), Approved),
            (1, Action::Ask { kind }, Approved),
            (9, look(agrees), state),
        ]);
        decisions[0].made = Made { way: Some(Way::Bulk), seconds: Some(7), ..Made::default() };
        tally.add(&made("x", state).head, &decisions, "p");
    }
    tally.add(
        &made("x", Approved).head,
        &history(&[(1, approve(), Approved), (1, Action::Ask { kind }, Approved)]),
        "q",
    );
    assert_eq!(tally.looks[&kind].words(), "3: 1 agreed, 1 did not, 1 open");
    let anna = &tally.people[&("anna".to_owned(), "p".to_owned())];
    assert_eq!((anna.agreed, anna.disagreed, anna.median()), (1, 1, Some(7)));
    assert_eq!((anna.approval_percent(), anna.undo_percent()), (Some(100), Some(0)));
    assert_eq!(tally.ways_in_words(), "1 not recorded how, 2 in bulk");
    for form in [Form::Html, Form::Markdown] {
        let page = written(
            form,
            &made("x", Approved),
            &history(&[(1, approve(), Approved), (1, Action::Ask { kind }, Approved)]),
        );
        assert!(page.contains("spot checks") && page.contains("1: 0 agreed, 0 did not, 1 open"), "{page}");
        assert!(page.contains("7f3a90c1") && !page.contains("7f3a90c1d2"), "{page}");
    }
}
