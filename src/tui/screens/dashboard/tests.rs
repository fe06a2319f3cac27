use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        Action as Deed, BatchId, BatchSpec, BatchState, CandidateId, Decision, DecisionId, Document,
        PauseReason, Price, Reviewer, RewriteId,
    },
    error::Error,
    tui::{Order, testing::Stage},
};

fn batch(number: u64, state: BatchState, counts: &[(RewriteState, u64)]) -> Batch {
    let mut all = Counts::default();
    for (state, number) in counts {
        all.add(*state, *number);
    }
    Batch {
        id: BatchId::new(Uuid::from_u128(u128::from(number))),
        number,
        spec: BatchSpec {
            posting: None,
            posting_title: None,
            instructions: String::new(),
            model: "openai/gpt-oss-20b".to_owned(),
            price: Price { input: 75, cached: 37, output: 300 },
            budget: Money::from_dollars(10),
            prompt: "7f3a".to_owned(),
            by: "anna".to_owned(),
            options: crate::domain::BatchOptions::default(),
        },
        state,
        counts: all,
        spent: Money::from_dollars(3),
        reserved: Money::ZERO,
        tokens_in: 0,
        tokens_out: 0,
        created_at: "2026-11-23T11:40:00Z".parse().unwrap(),
        started_at: None,
        ended_at: None,
        away: None,
    }
}

fn decided(number: u128, name: &str, action: Deed) -> ActivityRow {
    ActivityRow {
        decision: Decision {
            id: DecisionId::new(Uuid::from_u128(number)),
            rewrite: RewriteId::new(Uuid::from_u128(number)),
            by: Reviewer("anna".to_owned()),
            at: "2026-11-23T11:58:00Z".parse().unwrap(),
            from: RewriteState::Ready,
            to: RewriteState::Ready,
            made: crate::domain::Made::default(),
            action,
        },
        candidate: CandidateId(format!("{}", 4_000 + number)),
        name: name.to_owned(),
        batch_number: 38,
    }
}

fn month() -> MonthSpend {
    MonthSpend {
        cap: Money::from_dollars(12),
        spent: Money::from_nanos(3_120_000_000),
        estimated: Money::from_nanos(40_000_000),
        reserved: Money::from_nanos(510_000_000),
    }
}

fn nothing() -> Overview {
    Overview {
        batches: Vec::new(),
        counts: Counts::default(),
        blocked: 0,
        warned: 0,
        approved_since: None,
        month: MonthSpend { spent: Money::ZERO, estimated: Money::ZERO, reserved: Money::ZERO, ..month() },
        activity: Vec::new(),
    }
}

fn busy() -> Overview {
    let states = [
        (RewriteState::Queued, 4_811),
        (RewriteState::Running, 64),
        (RewriteState::Ready, 6_753),
        (RewriteState::Approved, 807),
        (RewriteState::Conflict, 3),
        (RewriteState::Failed, 34),
    ];
    let running = batch(38, BatchState::Running, &states);
    let stopped = batch(
        37,
        BatchState::Paused(PauseReason::Budget),
        &[(RewriteState::Queued, 1_200), (RewriteState::Ready, 40)],
    );
    let mut counts = running.counts;
    counts.merge(&stopped.counts);
    Overview {
        batches: vec![running, stopped, batch(36, BatchState::Finished, &[(RewriteState::Written, 9)])],
        counts,
        blocked: 38,
        warned: 211,
        approved_since: Some("2026-11-22T09:00:00Z".parse().unwrap()),
        month: month(),
        activity: vec![
            decided(1, "Jordan M.", Deed::Approve { text: Document::default() }),
            decided(2, "山田 花子", Deed::Reject { reason: None }),
        ],
    }
}

fn stage(columns: u16, rows: u16, overview: &Overview) -> Stage {
    let mut stage = Stage::at(columns, rows);
    let asked = stage.asked();
    assert_eq!(asked, [Request::Read, Request::Candidates].map(backend::Request::Dashboard));
    for (question, answer) in
        asked.into_iter().zip([Answer::Read(Box::new(overview.clone())), Answer::Candidates(12_500)])
    {
        stage.reply(question, backend::Answer::Dashboard(answer));
    }
    stage
}

#[test]
fn the_first_frame_needs_no_answer() {
    let mut stage = Stage::at(80, 24);
    let shot = stage.shot();
    assert!(shot.contains("[1]Dashboard") && shot.contains("reading …"), "{shot}");
}

#[test]
fn a_newcomer_is_told_what_to_do_first() {
    assert_snapshot!(stage(80, 24, &nothing()).shot(), @"
     redraft │ 12,500 candidates in the candidate database
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── WHAT NEEDS YOU ──────────────────────────────────────────────────────────────

     Nothing has been rewritten yet. To begin: 2 Candidates, mark some with ␣, then
     R.
     Before anything is sent you see what it would cost.


    ── SPEND THIS MONTH (UTC) ──────────────────────────────────────────────────────
     ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  $0.00 of $12.00
     $12.00 left

    ── LAST DECISIONS ──────────────────────────────────────────────────────────────
     Nobody has decided anything yet.







    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
}

#[test]
fn what_needs_somebody_at_80() {
    assert_snapshot!(stage(80, 24, &busy()).shot(), @"
     redraft │ 12,500 candidates in the candidate database
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── WHAT NEEDS YOU ──────────────────────────────────────────────────────────────
    >    b37 stopped by budget, 1,200 left                     raise the budget
           3 in conflict: the source changed after the approv… review again
          38 ready, blocked by a finding                       edit or reject
         211 ready, with findings                              review one by one
       6,544 ready, without a finding                          review, approve many
         807 approved, not written yet, the oldest for 1d      write back
          34 failed                                            retry or look why
         b38 running: 7,597 of 12,472                          watch

    ── SPEND THIS MONTH (UTC) ──────────────────────────────────────────────────────
     ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  $3.12 of $12.00
     $8.37 left · $0.51 reserved for requests in flight · $0.040 of it estimated

    ── LAST DECISIONS ──────────────────────────────────────────────────────────────
       6m ago  anna         approve   4001 Jordan M.  b38
       6m ago  anna         reject    4002 山田 花子  b38



    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
}

#[test]
fn what_needs_somebody_at_120() {
    assert_snapshot!(stage(120, 40, &busy()).shot(), @"
     redraft │ 12,500 candidates in the candidate database
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── WHAT NEEDS YOU ──────────────────────────────────────────────────────────────────────────────────────────────────────
    >    b37 stopped by budget, 1,200 left                                                             raise the budget
           3 in conflict: the source changed after the approval                                        review again
          38 ready, blocked by a finding                                                               edit or reject
         211 ready, with findings                                                                      review one by one
       6,544 ready, without a finding                                                                  review, approve many
         807 approved, not written yet, the oldest for 1d                                              write back
          34 failed                                                                                    retry or look why
         b38 running: 7,597 of 12,472                                                                  watch

    ── SPEND THIS MONTH (UTC) ──────────────────────────────────────────────────────────────────────────────────────────────
     ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  $3.12 of $12.00
     $8.37 left · $0.51 reserved for requests in flight · $0.040 of it estimated

    ── LAST DECISIONS ──────────────────────────────────────────────────────────────────────────────────────────────────────
       6m ago  anna         approve   4001 Jordan M.  b38
       6m ago  anna         reject    4002 山田 花子  b38



















    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
}

#[test]
fn what_needs_somebody_at_200() {
    assert_snapshot!(stage(200, 60, &busy()).shot(), @"
     redraft │ 12,500 candidates in the candidate database
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── WHAT NEEDS YOU ─────────────────────────────────────────────────────────────────────────────────  ── SPEND THIS MONTH (UTC) ─────────────────────────────────────────────────────────────────────────
    >    b37 stopped by budget, 1,200 left                                        raise the budget        ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  $3.12 of $12.00
           3 in conflict: the source changed after the approval                   review again            $8.37 left · $0.51 reserved for requests in flight · $0.040 of it estimated
          38 ready, blocked by a finding                                          edit or reject
         211 ready, with findings                                                 review one by one      ── LAST DECISIONS ─────────────────────────────────────────────────────────────────────────────────
       6,544 ready, without a finding                                             review, approve many      6m ago  anna         approve   4001 Jordan M.  b38
         807 approved, not written yet, the oldest for 1d                         write back                6m ago  anna         reject    4002 山田 花子  b38
          34 failed                                                               retry or look why
         b38 running: 7,597 of 12,472                                             watch















































    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
}

#[test]
fn each_row_leads_to_its_screen() {
    let needs = needs::of(&busy());
    let filters: Vec<&Target> = needs.iter().map(|need| &need.target).collect();
    assert_eq!(
        filters,
        [
            &Target::Batch(BatchId::new(Uuid::from_u128(37))),
            &Target::WriteBack("state:conflict"),
            &Target::Review("state:ready finding:block"),
            &Target::Review("state:ready finding:warn"),
            &Target::Review("state:ready finding:none"),
            &Target::WriteBack("state:approved"),
            &Target::Review("state:failed"),
            &Target::Batch(BatchId::new(Uuid::from_u128(38))),
        ]
    );
    let context = crate::review::filter::Context {
        now: crate::tui::testing::context(80, 24).now.to_zoned_datetime(jiff::tz::TimeZone::UTC),
        me: Reviewer("anna".to_owned()),
    };
    for target in filters {
        if let Target::Review(filter) | Target::WriteBack(filter) = target {
            assert!(crate::review::filter::parse(filter, &context).is_ok(), "{filter}");
        }
    }
    let mut stage = stage(80, 24, &busy());
    stage.key("enter");
    assert_eq!(stage.app().current(), ScreenId::Batches);
    stage.key("1 j enter");
    assert_eq!(stage.app().current(), ScreenId::WriteBack);
    stage.key("1 j enter");
    assert_eq!(stage.app().current(), ScreenId::Review);
}

#[test]
fn the_focus_stays_on_its_row_when_rows_come_above() {
    let mut calm = busy();
    calm.batches.remove(1);
    let mut stage = stage(80, 24, &calm);
    stage.key("j");
    stage.notice(Notice::Store);
    stage.reply(
        backend::Request::Dashboard(Request::Read),
        backend::Answer::Dashboard(Answer::Read(Box::new(busy()))),
    );
    assert!(
        stage.shot().lines().any(|line| line.starts_with('>') && line.contains("blocked by a finding")),
        "{}",
        stage.shot()
    );
}

#[test]
fn the_cap_is_asked_for_confirmed_and_set() {
    let mut stage = stage(80, 24, &busy());
    stage.key("C");
    assert!(stage.shot().contains("12.00"), "{}", stage.shot());
    stage.key("ctrl-u").text("a lot").key("enter");
    assert!(stage.shot().contains("is no amount"), "{}", stage.shot());
    stage.key("ctrl-u").text("20").key("enter");
    assert!(stage.shot().contains("Let redraft spend up to $20.00 this month?"));
    assert!(stage.asked().is_empty());
    stage.key("y");
    let cap = backend::Request::Dashboard(Request::Cap(Money::from_dollars(20)));
    assert_eq!(stage.orders(), [Order::Ask(Ask { slot: Slot::InOrder, request: cap.clone() })]);
    stage.reply(cap, backend::Answer::Dashboard(Answer::Capped));
    assert_eq!(stage.asked(), [backend::Request::Dashboard(Request::Read)]);
}

#[test]
fn what_cannot_be_read_is_told_with_what_to_do() {
    let mut stage = Stage::at(80, 24);
    stage.orders();
    stage.fail(
        backend::Request::Dashboard(Request::Read),
        Error::remote("The store is busy: locked.").hint("Try again in a moment."),
    );
    stage.fail(
        backend::Request::Dashboard(Request::Candidates),
        Error::remote("The candidate database cannot be reached: no such file."),
    );
    let shot = stage.shot();
    for words in ["The store is busy: locked.", "Try again in a moment.", "cannot be reached"] {
        assert!(shot.contains(words), "{words}\n{shot}");
    }
}
