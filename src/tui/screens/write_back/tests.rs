use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{BatchId, CandidateId, Failure, FailureReason, Money},
    tui::testing::Stage,
};

pub(super) fn id(number: u128) -> RewriteId {
    RewriteId::new(Uuid::from_u128(number))
}

pub(super) fn head(number: u128, name: &str, state: RewriteState) -> RewriteHead {
    RewriteHead {
        id: id(number),
        batch: BatchId::new(Uuid::from_u128(38)),
        batch_number: 38,
        candidate: CandidateId(format!("C-{number:04}")),
        name: name.to_owned(),
        posting: None,
        state,
        revision: 4,
        changed_percent: Some(30),
        findings: 0,
        blocked: false,
        edited: false,
        opened_at: None,
        decided_by: Some("anna".to_owned()),
        look: None,
        assigned: None,
        words: None,
        cost: Money::ZERO,
        attempts: 1,
        failure: (state == RewriteState::Conflict).then(|| Failure {
            reason: FailureReason::SourceGone,
            detail: "The candidate is gone.".to_owned(),
        }),
        updated_at: "2026-11-23T11:58:11Z".parse().unwrap(),
    }
}

fn rows() -> Vec<RewriteHead> {
    vec![
        head(1, "Jordan M.", RewriteState::Approved),
        head(2, "山田 花子", RewriteState::Approved),
        head(3, "Priya S.", RewriteState::Conflict),
        head(4, "Tomás R.", RewriteState::Written),
    ]
}

fn counts() -> Counts {
    let mut counts = Counts::default();
    for row in rows() {
        counts.add(row.state, 1);
    }
    counts
}

pub(super) fn question(stage: &mut Stage) -> Request {
    match stage.asked().pop() {
        Some(backend::Request::WriteBack(request)) => request,
        other => panic!("{other:?}"),
    }
}

pub(super) fn tell(stage: &mut Stage, question: Request, answer: Answer) {
    stage.reply(backend::Request::WriteBack(question), backend::Answer::WriteBack(answer));
}

pub(super) fn stage(columns: u16, height: u16) -> Stage {
    let mut stage = Stage::at(columns, height);
    stage.orders();
    stage.key("5");
    let asked = question(&mut stage);
    tell(&mut stage, asked, Answer::Rows(rows(), counts()));
    stage
}

#[test]
fn what_waits_and_what_is_written_at_80() {
    assert_snapshot!(stage(80, 24).shot(), @"
     Write-back │ 2 approved, not written │ 1 in conflict │ 1 written
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── state:approved,writing,conflict,written,reverting ───────────────────────── 4
       state     for   id        candidate               batch by
    >  approved  6m    C-0001    Jordan M.               b38   anna
       approved  6m    C-0002    山田 花子               b38   anna
       conflict  6m    C-0003    Priya S.                b38   anna      The candid…
       written   6m    C-0004    Tomás R.                b38   anna













    ────────────────────────────────────────────────────────────────────────────────
     0 marked
     W write  ␣ mark  ↵ open  / filter  : commands  ? help  q back
    ");
}

#[test]
fn what_waits_and_what_is_written_at_120() {
    assert_snapshot!(stage(120, 40).shot(), @"
     Write-back │ 2 approved, not written │ 1 in conflict │ 1 written
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── state:approved,writing,conflict,written,reverting ───────────────────────────────────────────────────────────────── 4
       state     for   id        candidate               batch by
    >  approved  6m    C-0001    Jordan M.               b38   anna
       approved  6m    C-0002    山田 花子               b38   anna
       conflict  6m    C-0003    Priya S.                b38   anna      The candidate is gone.
       written   6m    C-0004    Tomás R.                b38   anna





























    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     0 marked
     W write  ␣ mark  ↵ open  / filter  : commands  ? help  q back
    ");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a picture of a large screen has many lines")]
fn what_waits_and_what_is_written_at_200() {
    assert_snapshot!(stage(200, 60).shot(), @"
     Write-back │ 2 approved, not written │ 1 in conflict │ 1 written
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── state:approved,writing,conflict,written,reverting ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 4
       state     for   id        candidate               batch by
    >  approved  6m    C-0001    Jordan M.               b38   anna
       approved  6m    C-0002    山田 花子               b38   anna
       conflict  6m    C-0003    Priya S.                b38   anna      The candidate is gone.
       written   6m    C-0004    Tomás R.                b38   anna

















































    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     0 marked
     W write  ␣ mark  ↵ open  / filter  : commands  ? help  q back
    ");
}

#[test]
fn the_dialog_wants_the_number() {
    let mut stage = stage(80, 24);
    stage.key("W");
    let asked = question(&mut stage);
    assert!(matches!(&asked, Request::Snapshot(IntentKind::Write, _, marked) if marked.is_empty()));
    tell(&mut stage, asked, Answer::Snapshot(vec![id(1), id(2)]));
    assert_snapshot!(stage.shot(), @"
     Write-back │ 2 approved, not written │ 1 in conflict │ 1 written
     1 Dashboard 2 Candidates 3 Batches 4 Review [5]Write-back 6 Activity
    ── state:approved,writing,conflict,written,reverting ───────────────────────── 4
       state     for   id        candidate               batch by
    >  approved  6m    C-0001    Jordan M.               b38   anna
       approved  6m    C-0002    山田 花子               b38   anna
       conflict  6m    C-0003    Priya S.                b38   anna      The candid…
       written   6m    C-0004    Tomás R.                b38   anna
          ┌─ Write 2 texts into the candidate database? ─────────────────────┐
          │ scope state:approved,writing,conflict,written,reverting          │
          │ what  each only where the source still is what its approver saw; │
          │       it can be undone                                           │
          │                                                                  │
          │ type 2 and ↵ to write   Esc cancel   ▏                           │
          └──────────────────────────────────────────────────────────────────┘






    ────────────────────────────────────────────────────────────────────────────────
     0 marked
     W write  ␣ mark  ↵ open  / filter  : commands  ? help  q back
    ");
    stage.key("enter y 3 enter");
    assert!(stage.asked().is_empty(), "neither Enter nor y nor another number passes");
    stage.key("backspace 2 enter");
    assert_eq!(question(&mut stage), Request::Run(IntentKind::Write, [id(1), id(2)].into()));
}

#[test]
fn progress_and_the_end_are_told() {
    let mut stage = stage(80, 24);
    stage.key("W");
    let asked = question(&mut stage);
    tell(&mut stage, asked, Answer::Snapshot(vec![id(1), id(2)]));
    stage.key("2 enter");
    let asked = question(&mut stage);
    stage.deliver(Reply {
        question: backend::Request::WriteBack(asked.clone()),
        answer: Ok(backend::Answer::WriteBack(Answer::Progress(Progress { done: 1, total: 2 }))),
        more: backend::Following::More,
    });
    assert!(stage.shot().contains("writing 1 of 2"));
    let summary = Summary { done: vec![id(1)], conflicts: vec![id(2)], ..Summary::default() };
    tell(&mut stage, asked, Answer::Ended(summary));
    assert!(stage.shot().contains("1 written, 1 changed meanwhile and left alone."), "{}", stage.shot());
    assert!(matches!(question(&mut stage), Request::Read(..)));
}

#[test]
fn undo_is_about_the_row_in_focus_unless_some_are_marked() {
    let mut stage = stage(80, 24);
    stage.key("u");
    assert!(stage.asked().is_empty(), "the first row is not written");
    stage.key("G u");
    assert!(matches!(question(&mut stage), Request::Snapshot(IntentKind::Revert, _, ids) if ids == [id(4)]));
}

#[test]
fn a_conflict_is_queued_again_only_after_a_yes() {
    let mut stage = stage(80, 24);
    stage.key("j j R");
    assert!(stage.asked().is_empty());
    stage.key("y");
    assert_eq!(question(&mut stage), Request::Again(id(3)));
}

#[test]
fn a_filter_that_is_none_is_asked_for_again_with_what_is_wrong() {
    let mut stage = stage(80, 24);
    stage.key("/ ctrl-u").text("stat:approved").key("enter");
    assert!(stage.shot().contains("state"), "the nearest field is named: {}", stage.shot());
    assert!(stage.asked().is_empty());
}

#[test]
fn a_failure_ends_what_was_going_on() {
    let mut stage = stage(80, 24);
    stage.key("W");
    let asked = question(&mut stage);
    tell(&mut stage, asked, Answer::Snapshot(vec![id(1)]));
    stage.key("1 enter");
    let asked = question(&mut stage);
    let error = crate::error::Error::remote("The store is full.").hint("Make room.");
    stage.fail(backend::Request::WriteBack(asked), error);
    let shot = stage.shot();
    assert!(shot.contains("The store is full.") && !shot.contains("writing 0"), "{shot}");
}

/// While the store is away, nothing is asked again and again; what it says when it is back brings the rows.
#[test]
fn a_store_that_is_away_is_not_asked_again_and_again() {
    let mut stage = stage(80, 24);
    let away = || crate::error::Error::remote("The server of the store cannot be reached: it is away.");
    for _ in 0..3 {
        stage.notice(Notice::Store);
        let asked = question(&mut stage);
        stage.fail(backend::Request::WriteBack(asked), away());
        assert!(stage.asked().is_empty());
    }
    let shot = stage.shot();
    assert_eq!(shot.matches("cannot be reached").count(), 2, "in the status line and one message: {shot}");
    assert!(shot.contains("Jordan M."), "what was read stays: {shot}");
    stage.notice(Notice::Store);
    let asked = question(&mut stage);
    tell(&mut stage, asked, Answer::Rows(rows(), counts()));
    stage.pass(std::time::Duration::from_mins(1));
    assert!(!stage.shot().contains("cannot be reached"), "{}", stage.shot());
}

#[test]
fn what_a_failed_spot_check_stopped_is_let_go_on_by_a_key() {
    let mut stage = stage(80, 24);
    stage.key("L");
    assert_eq!(question(&mut stage), Request::Stopped);
    tell(&mut stage, Request::Stopped, Answer::Stopped(Vec::new()));
    assert!(stage.shot().contains("No failed spot check"), "{}", stage.shot());
    stage.key("L");
    let asked = question(&mut stage);
    tell(&mut stage, asked, Answer::Stopped(vec![38, 40]));
    let shot = stage.shot();
    assert!(shot.contains("written again?") && shot.contains("b38, b40"), "{shot}");
    stage.key("y");
    let asked = question(&mut stage);
    assert_eq!(asked, Request::LetWrite(vec![38, 40]));
    tell(&mut stage, asked, Answer::Stopped(vec![38, 40]));
    assert!(stage.shot().contains("b38, b40 may be written again."), "{}", stage.shot());
}
