use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::*;
use crate::{
    diff,
    domain::{Failure, RewriteState, Section, SectionId},
    tui::{
        Notice,
        screens::write_back::{
            Answer,
            tests::{head, question, stage, tell},
        },
        testing::Stage,
    },
};

fn document(texts: [&str; 2]) -> Document {
    let section = |(id, text): (&str, &str)| Section {
        id: SectionId(id.to_owned()),
        text: Some(text.to_owned()),
        ..Section::default()
    };
    Document { sections: ["summary", "skills"].into_iter().zip(texts).map(section).collect() }
}

const BEFORE: [&str; 2] = [
    "Cooks for 20 guests in a hotel near the station. Bakes on Monday.\n- orders the goods\n- cleans",
    "knives, stoves",
];
const FOUND: [&str; 2] = [
    "Cooks for 40 guests in a hotel near the station. Bakes on Sunday.\n- orders the goods\n- cleans",
    "sharp knives, stoves",
];
const APPROVED: [&str; 2] = [
    "Leads a kitchen for 30 guests in a hotel near the station. Bakes on Friday.\n- buys the goods\n- cleans",
    "knives, stoves, grill",
];

fn clash(found: Option<[&str; 2]>) -> Box<Clash> {
    let mut head = head(3, "Priya S.", RewriteState::Conflict);
    head.failure = Some(Failure {
        reason: FailureReason::SourceChanged,
        detail: "The source is no longer what was approved from.".to_owned(),
    });
    let (before, approved) = (document(BEFORE), document(APPROVED));
    let theirs = found.map(document);
    let merge = diff::merge(&before, &approved, &theirs.clone().unwrap_or_default());
    let rewrite = Rewrite {
        head,
        before,
        after: Some(approved.clone()),
        choices: BTreeMap::new(),
        approved: Some(approved),
        found: theirs.clone(),
        findings: Vec::new(),
        raw_reply: None,
    };
    Box::new(Clash { rewrite, merge, theirs })
}

/// The conflict is open on a screen of that size.
fn opened(columns: u16, rows: u16, clash: Box<Clash>) -> Stage {
    let mut stage = stage(columns, rows);
    stage.key("j j m");
    let asked = question(&mut stage);
    tell(&mut stage, asked, Answer::Conflict(clash));
    stage
}

#[test]
#[allow(clippy::too_many_lines, reason = "pictures of a screen have many lines")]
fn a_conflict_at_80() {
    let mut stage = opened(80, 24, clash(Some(FOUND)));
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── [merge]  three texts  exact text ────────────────────── 2 places, 2 to choose
     BOTH CHANGED
    >1   before    20
         found     40
         approved  30
     2   before    Monday.
                   - orders
         found     Sunday.
                   - orders
         approved  Friday.
                   - buys

     MERGED  {approved}  ‹found›  [a place that both changed]
     ── summary ───────────────────────────────────────────────────────────────────
      {Leads a kitchen} for [1 ?] guests in a hotel near the station. Bakes on [2
      ?] the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────
    ────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     ␣ choose  ]/[ place  a approve  x keep found  R rewrite again  i next view
     * all approved  - all found  e to Review  ? help  h back
    ");
    stage.key("space ] space space");
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── [merge]  three texts  exact text ─────────────────────── 2 places, all chosen
     BOTH CHANGED
     1   before    20
         found     40
        ✓approved  30
    >2   before    Monday.
                   - orders
        ✓found     Sunday.
                   - orders
         approved  Friday.
                   - buys

     MERGED  {approved}  ‹found›  [a place that both changed]
     ── summary ───────────────────────────────────────────────────────────────────
      {Leads a kitchen} for [1 30] guests in a hotel near the station. Bakes on [2
      Sunday.
      - orders] the goods
      - cleans
    ────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     ␣ choose  ]/[ place  a approve  x keep found  R rewrite again  i next view
     * all approved  - all found  e to Review  ? help  h back
    ");
    stage.key("i");
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── merge  [three texts]  exact text ─────────────────────── 2 places, all chosen
     BEFORE  what its approver saw
     ── summary ───────────────────────────────────────────────────────────────────
      [Cooks] for [20] guests in a hotel near the station. Bakes on [Monday.
      - orders] the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────
      knives, stoves

     FOUND  what stands there now
     ── summary ───────────────────────────────────────────────────────────────────
      Cooks for ‹40› guests in a hotel near the station. Bakes on ‹Sunday.
      - orders› the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────
      ‹sharp› knives, stoves

     APPROVED  what was to be written
    ────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     a approve  x keep found  R rewrite again  i next view  e to Review  ? help
     h back
    ");
    stage.key("G");
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── merge  [three texts]  exact text ─────────────────────── 2 places, all chosen
     FOUND  what stands there now
     ── summary ───────────────────────────────────────────────────────────────────
      Cooks for ‹40› guests in a hotel near the station. Bakes on ‹Sunday.
      - orders› the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────
      ‹sharp› knives, stoves

     APPROVED  what was to be written
     ── summary ───────────────────────────────────────────────────────────────────
      {Leads a kitchen} for {30} guests in a hotel near the station. Bakes on
      {Friday.
      - buys} the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────
      knives, stoves{, grill}

    ────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     a approve  x keep found  R rewrite again  i next view  e to Review  ? help
     h back
    ");
    stage.key("t");
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── merge  three texts  [exact text] ─────────────────────── 2 places, all chosen
     a approves exactly this text; the next write-back writes it.
     ── summary ───────────────────────────────────────────────────────────────────
      Leads a kitchen for 30 guests in a hotel near the station. Bakes on Sunday.
      - orders the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────
      sharp knives, stoves, grill










    ────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     a approve  x keep found  R rewrite again  i next view  e to Review  ? help
     h back
    ");
}

#[test]
#[allow(clippy::too_many_lines, reason = "pictures of a large screen have many lines")]
fn a_conflict_at_120() {
    let mut stage = opened(120, 40, clash(Some(FOUND)));
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── [merge]  three texts  exact text ────────────────────────────────────────────────────────────── 2 places, 2 to choose
     BOTH CHANGED
    >1   before    20
         found     40
         approved  30
     2   before    Monday.
                   - orders
         found     Sunday.
                   - orders
         approved  Friday.
                   - buys

     MERGED  {approved}  ‹found›  [a place that both changed]
     ── summary ───────────────────────────────────────────────────────────────────────────────────────────────────────────
      {Leads a kitchen} for [1 ?] guests in a hotel near the station. Bakes on [2 ?] the goods
      - cleans
     ── skills ────────────────────────────────────────────────────────────────────────────────────────────────────────────
      ‹sharp› knives, stoves{, grill}
















    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     ␣ choose  ]/[ place  a approve  x keep found  R rewrite again  i next view  * all approved  - all found  e to Review
     ? help  h back
    ");
    stage.key("i");
    assert_snapshot!(stage.shot(), @"
     Conflict │ C-0003 Priya S. │ b38 │ approved by anna
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── merge  [three texts]  exact text ────────────────────────────────────────────────────────────── 2 places, 2 to choose
     BEFORE  what its approver saw        │ FOUND  what stands there now         │ APPROVED  what was to be written
     ── summary ───────────────────────────────────────────────────────────────────────────────────────────────────────────
      [Cooks] for [20] guests in a hotel  │  Cooks for ‹40› guests in a hotel    │  {Leads a kitchen} for {30} guests in
      near the station. Bakes on [Monday. │  near the station. Bakes on ‹Sunday. │  a hotel near the station. Bakes on
      - orders] the goods                 │  - orders› the goods                 │  {Friday.
      - cleans                            │  - cleans                            │  - buys} the goods
                                          │                                      │  - cleans
     ── skills ────────────────────────────────────────────────────────────────────────────────────────────────────────────
      knives, stoves                      │  ‹sharp› knives, stoves              │  knives, stoves{, grill}
























    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     The source is no longer what was approved from.
     a approve  x keep found  R rewrite again  i next view  e to Review  ? help  h back
    ");
}

#[test]
fn too_small_a_screen_says_so() {
    let mut stage = opened(80, 24, clash(Some(FOUND)));
    stage.resize(30, 8);
    assert_eq!(stage.shot().trim(), "needs 60×15, this is 30×8");
    stage.resize(60, 15);
    assert!(stage.shot().contains("BOTH CHANGED"), "{}", stage.shot());
}

#[test]
fn nothing_is_approved_before_all_is_chosen_and_the_exact_text_was_shown() {
    let mut stage = opened(80, 24, clash(Some(FOUND)));
    stage.key("a");
    assert!(stage.asked().is_empty());
    assert!(stage.shot().contains("2 places still to choose"), "{}", stage.shot());
    stage.key("* a");
    assert!(stage.asked().is_empty(), "the first press shows the text");
    assert!(stage.shot().contains("[exact text]"), "{}", stage.shot());
    assert!(stage.shot().contains("approves exactly this text"), "{}", stage.shot());
    stage.key("a");
    let asked = question(&mut stage);
    assert_eq!(
        asked,
        Request::Settle(head(3, "", RewriteState::Conflict).id, 4, Way::Approve(vec![Prefer::Ours; 2]))
    );
    stage.key("a x e");
    assert!(stage.asked().is_empty(), "one decision is on its way");
    tell(&mut stage, asked, Answer::Settled);
    assert!(stage.shot().contains("waits to be written"), "{}", stage.shot());
    assert!(stage.shot().contains("Write-back │"), "{}", stage.shot());
}

#[test]
fn each_place_takes_its_own_side() {
    let mut stage = opened(80, 24, clash(Some(FOUND)));
    // The second, then the first; the third press at a place takes the choice away again.
    stage.key("] space space [ space space space . space e");
    let Request::Settle(_, _, way) = question(&mut stage) else { panic!("nothing was decided") };
    assert_eq!(way, Way::Decide(vec![Prefer::Ours, Prefer::Theirs]));
}

#[test]
fn what_stands_there_is_kept_and_no_merge_is_approved_that_would_write_it_again() {
    let mut same = APPROVED;
    same[0] = "Leads a kitchen for 40 guests in a hotel near the station. Bakes on Sunday.\n- buys the goods\n- cleans";
    same[1] = "knives, stoves, grill";
    let mut stage = opened(80, 24, clash(Some(same)));
    stage.key("- a");
    assert!(stage.asked().is_empty());
    assert!(stage.shot().contains("what stands there already"), "{}", stage.shot());
    stage.key("x");
    assert!(matches!(question(&mut stage), Request::Settle(_, 4, Way::Keep)));
}

#[test]
fn a_candidate_that_is_gone_has_nothing_to_merge_with() {
    let mut stage = opened(80, 24, clash(None));
    let shot = stage.shot();
    assert!(shot.contains("nothing stands there") && shot.contains("(nothing)"), "{shot}");
    stage.key("a x e t i space *");
    assert!(stage.asked().is_empty());
    stage.key("R y");
    assert!(matches!(question(&mut stage), Request::Again(_)));
}

#[test]
fn another_s_decision_closes_it_and_another_text_begins_anew() {
    let mut stage = opened(80, 24, clash(Some(FOUND)));
    stage.key("*");
    assert!(stage.shot().contains("all chosen"), "{}", stage.shot());
    let read = |stage: &mut Stage| {
        stage.notice(Notice::Store);
        let asked = stage.asked();
        let found = asked.into_iter().find_map(|request| match request {
            crate::tui::backend::Request::WriteBack(request @ Request::Conflict(_)) => Some(request),
            _ => None,
        });
        found.unwrap()
    };
    let asked = read(&mut stage);
    tell(&mut stage, asked, Answer::Conflict(clash(Some(FOUND))));
    assert!(stage.shot().contains("all chosen"), "nothing has changed: {}", stage.shot());
    let asked = read(&mut stage);
    tell(&mut stage, asked, Answer::Conflict(clash(Some(["Cooks for 99 guests.", "none"]))));
    assert!(stage.shot().contains("to choose"), "{}", stage.shot());
    let asked = read(&mut stage);
    tell(&mut stage, asked, Answer::NoConflict(RewriteState::Approved));
    let shot = stage.shot();
    assert!(
        shot.contains("no conflict any more: it is approved.") && shot.contains("Write-back │"),
        "{shot}"
    );
}

#[test]
fn a_decision_that_fails_leaves_the_choices() {
    let mut stage = opened(80, 24, clash(Some(FOUND)));
    stage.key("* a a");
    let asked = question(&mut stage);
    stage.fail(
        crate::tui::backend::Request::WriteBack(asked),
        crate::error::Error::remote("The store is full."),
    );
    let shot = stage.shot();
    assert!(shot.contains("The store is full.") && shot.contains("all chosen"), "{shot}");
    stage.asked();
    stage.key("a");
    assert!(matches!(question(&mut stage), Request::Settle(..)), "it can be tried again");
}

#[test]
fn hostile_text_stays_text() {
    let mut hostile = FOUND;
    hostile[0] = "Cooks for \u{1b}[2J40 guests in a hotel near the station. Bakes on \u{202e}Sunday.\n- orders the goods\n- cleans";
    let mut stage = opened(80, 24, clash(Some(hostile)));
    for key in ["i", "i", "*", "t"] {
        let shot = stage.shot();
        assert!(!shot.contains(['\u{1b}', '\u{202e}']), "{shot}");
        stage.key(key);
    }
}
