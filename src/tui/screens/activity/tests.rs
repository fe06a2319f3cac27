use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{Action as Deed, CandidateId, Decision, Document, Reviewer, RewriteState},
    tui::testing::Stage,
};

fn row(number: u128, by: &str, name: &str, action: Deed, to: RewriteState) -> ActivityRow {
    ActivityRow {
        decision: Decision {
            id: DecisionId::new(Uuid::from_u128(number)),
            rewrite: RewriteId::new(Uuid::from_u128(100 + number)),
            by: Reviewer(by.to_owned()),
            at: "2026-11-23T12:03:58Z".parse().unwrap(),
            from: RewriteState::Ready,
            to,
            made: crate::domain::Made::default(),
            action,
        },
        candidate: CandidateId(format!("{}", 4000 + number)),
        name: name.to_owned(),
        batch_number: 38,
    }
}

fn rows() -> Vec<ActivityRow> {
    let text = Document::default();
    vec![
        row(3, "anna", "Jordan M.", Deed::Approve { text }, RewriteState::Approved),
        row(
            2,
            "ben",
            "山田 花子",
            Deed::Reject { reason: Some("wrong tone".to_owned()) },
            RewriteState::Rejected,
        ),
        row(1, "anna", "Priya S.", Deed::Skip, RewriteState::Ready),
    ]
}

fn read(stage: &mut Stage) -> Request {
    let asked = stage.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    match &asked[0] {
        backend::Request::Activity(request) => request.clone(),
        other => panic!("{other:?}"),
    }
}

fn answer_rows(stage: &mut Stage, question: Request, rows: Vec<ActivityRow>) {
    stage.reply(backend::Request::Activity(question), backend::Answer::Activity(Answer::Rows(rows)));
}

fn visited(columns: u16, height: u16) -> Stage {
    let mut stage = Stage::at(columns, height);
    stage.orders();
    stage.key("6");
    stage
}

fn stage(columns: u16, height: u16) -> Stage {
    let mut stage = visited(columns, height);
    let question = read(&mut stage);
    assert_eq!(question, Request::Newest(PAGE));
    answer_rows(&mut stage, question, rows());
    stage
}

#[test]
fn shows_who_decided_what() {
    assert_snapshot!(stage(80, 24).shot(), @"
     Activity │ who decided what when, newest first, in UTC
     1 Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back [6]Activity
    ── DECISIONS ───────────────────────────────────────────────────────────────── 3
     time      who       what      id        candidate            batch
    >12:03:58  anna      approve   4003      Jordan M.            b38
     12:03:58  ben       reject    4002      山田 花子            b38   wrong tone
     12:03:58  anna      skip      4001      Priya S.             b38















    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  u undo  yy copy id  : commands  ? help  q back
    ");
}

#[test]
fn shows_who_decided_what_at_120() {
    assert_snapshot!(stage(120, 40).shot(), @"
     Activity │ who decided what when, newest first, in UTC
     1 Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back [6]Activity
    ── DECISIONS ───────────────────────────────────────────────────────────────────────────────────────────────────────── 3
     time      who       what      id        candidate            batch
    >12:03:58  anna      approve   4003      Jordan M.            b38
     12:03:58  ben       reject    4002      山田 花子            b38   wrong tone
     12:03:58  anna      skip      4001      Priya S.             b38































    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     ↵ open  u undo  yy copy id  : commands  ? help  q back
    ");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a picture of a large screen has many lines")]
fn shows_who_decided_what_at_200() {
    assert_snapshot!(stage(200, 60).shot(), @"
     Activity │ who decided what when, newest first, in UTC
     1 Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back [6]Activity
    ── DECISIONS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 3
     time      who       what      id        candidate            batch
    >12:03:58  anna      approve   4003      Jordan M.            b38
     12:03:58  ben       reject    4002      山田 花子            b38   wrong tone
     12:03:58  anna      skip      4001      Priya S.             b38



















































    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     ↵ open  u undo  yy copy id  : commands  ? help  q back
    ");
}

#[test]
fn undo_asks_for_the_decision_in_focus_and_reads_again() {
    let mut stage = stage(80, 24);
    stage.key("j u");
    let question = read(&mut stage);
    let decision = &rows()[1].decision;
    assert_eq!(question, Request::Undo(decision.rewrite, decision.id));
    stage.reply(backend::Request::Activity(question), backend::Answer::Activity(Answer::Undone));
    assert_eq!(read(&mut stage), Request::Newest(PAGE));
    assert!(stage.shot().contains("The decision was taken back."));
}

#[test]
fn what_cannot_be_undone_is_not_asked_for() {
    let mut stage = stage(80, 24);
    stage.key("G u");
    assert!(stage.asked().is_empty());
}

#[test]
fn the_focus_stays_on_its_decision_when_new_ones_come() {
    let mut stage = stage(80, 24);
    stage.key("j");
    stage.notice(Notice::Store);
    let question = read(&mut stage);
    let mut more = vec![row(4, "ben", "New One", Deed::Skip, RewriteState::Ready)];
    more.extend(rows());
    answer_rows(&mut stage, question, more);
    assert!(
        stage
            .shot()
            .lines()
            .any(|line| line.starts_with('>') && line.contains("ben") && line.contains("reject"))
    );
}

#[test]
fn without_decisions_it_says_where_they_come_from() {
    let mut stage = visited(80, 24);
    let question = read(&mut stage);
    answer_rows(&mut stage, question, Vec::new());
    assert!(stage.shot().contains("Nobody has decided anything yet."));
}
