use std::time::Duration;

use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{BatchSpec, CandidateId, Counts, FailureReason, PauseReason, Price, RewriteHead},
    engine::port::Waiting,
    error::Error,
    store::port::FailureGroup,
    tui::{
        Order,
        backend::Following,
        testing::{Stage, context},
    },
};

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

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
            posting_title: Some("Warehouse Supervisor, Columbus OH".to_owned()),
            instructions: String::new(),
            model: "openai/gpt-oss-120b".to_owned(),
            price: Price { input: 75, cached: 37, output: 300 },
            budget: Money::from_dollars(10),
            prompt: "7f3a".to_owned(),
            by: "anna".to_owned(),
            options: crate::domain::BatchOptions::default(),
        },
        state,
        counts: all,
        spent: Money::from_nanos(3_120_000_000),
        reserved: Money::from_nanos(510_000_000),
        tokens_in: 9_100_000,
        tokens_out: 2_200_000,
        created_at: at("11:40:00"),
        started_at: Some(at("11:43:40")),
        ended_at: None,
        away: None,
    }
}

fn running() -> Batch {
    batch(
        38,
        BatchState::Running,
        &[
            (RewriteState::Queued, 4_811),
            (RewriteState::Running, 64),
            (RewriteState::Failed, 34),
            (RewriteState::Ready, 6_753),
            (RewriteState::Approved, 807),
            (RewriteState::Rejected, 31),
        ],
    )
}

fn stopped() -> Batch {
    batch(
        37,
        BatchState::Paused(PauseReason::Budget),
        &[(RewriteState::Queued, 1_200), (RewriteState::Ready, 40)],
    )
}

fn all() -> Vec<Batch> {
    let finished = batch(36, BatchState::Finished, &[(RewriteState::Written, 9)]);
    vec![running(), stopped(), finished]
}

fn rewrite(number: u128) -> RewriteId {
    RewriteId::new(Uuid::from_u128(number))
}

fn head(number: u128, name: &str) -> RewriteHead {
    RewriteHead {
        id: rewrite(number),
        batch: running().id,
        batch_number: 38,
        candidate: CandidateId(format!("C-{number:06}")),
        name: name.to_owned(),
        posting: None,
        state: RewriteState::Running,
        revision: 1,
        changed_percent: None,
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
        updated_at: at("12:04:00"),
    }
}

fn details() -> Details {
    let group = |reason, count, detail: &str, time| FailureGroup {
        reason,
        detail: detail.to_owned(),
        count,
        last_at: at(time),
    };
    Details {
        failures: vec![
            group(FailureReason::UnusableReply, 18, "bullets missing", "12:00:58"),
            group(FailureReason::SourceTooLong, 11, "over the model's context", "11:58:12"),
            group(FailureReason::Timeout, 5, "after 3 tries", "11:49:40"),
        ],
        running: vec![head(1, "Jordan Müller"), head(2, "山田 花子"), head(3, "Priya Sharma")],
        edited: 17,
    }
}

fn progress(live: &[u128]) -> Progress {
    let history = (0..60_u32).map(|minute| 100 + minute * 37 % 60).collect();
    Progress {
        batches: vec![BatchProgress {
            batch: running().id,
            in_flight: 64,
            waiting: 210,
            waiting_for: Some(Waiting::Tokens),
            trouble: None,
            rate_now: 6.44,
            rate_average: 6.2,
            eta: Some((Duration::from_secs(760), Duration::from_mins(10), Duration::from_mins(17))),
            limited: 118,
            history,
            interval: Duration::from_secs(20),
            live: live.iter().copied().map(rewrite).collect(),
        }],
        tokens_per_second: 1_900.0,
    }
}

fn ask_of(request: Request) -> backend::Request {
    backend::Request::Batches(request)
}

fn tell(stage: &mut Stage, question: Request, answer: Answer) {
    stage.reply(ask_of(question), backend::Answer::Batches(answer));
}

fn text(stage: &mut Stage, id: u128, text: &str) {
    stage.deliver(Reply {
        question: ask_of(Request::Follow(rewrite(id))),
        answer: Ok(backend::Answer::Batches(Answer::Text(text.to_owned()))),
        more: Following::More,
    });
}

fn stage(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::at(columns, rows);
    stage.orders();
    stage.key("3");
    assert_eq!(stage.asked(), [ask_of(Request::Read)]);
    tell(&mut stage, Request::Read, Answer::Batches(all()));
    assert_eq!(stage.asked(), [ask_of(Request::Details(running().id, Vec::new()))]);
    tell(&mut stage, Request::Details(running().id, Vec::new()), Answer::Details(details()));
    stage.progress(progress(&[1, 2, 3]));
    stage
}

#[test]
fn a_batch_by_the_file_tells_where_it_is() {
    let mut stage = Stage::at(80, 24);
    stage.orders();
    stage.key("3");
    let away = crate::domain::Away {
        requests: 12_500,
        done: 4_120,
        submitted_at: Some(at("14:05:10")),
        clearing: 0,
        trouble: None,
    };
    let mut batches = all();
    batches[0].away = Some(away.clone());
    tell(&mut stage, Request::Read, Answer::Batches(batches.clone()));
    let shot = stage.shot();
    assert!(shot.contains("running, with the provider"), "{shot}");
    assert!(shot.contains(" with the provider, economy, submitted 14:05, 4120 of 12500 done"), "{shot}");
    batches[0].away = Some(crate::domain::Away { trouble: Some("No network.".to_owned()), ..away });
    tell(&mut stage, Request::Read, Answer::Batches(batches));
    assert!(stage.shot().contains(" ! No network."), "{}", stage.shot());
}

#[test]
fn a_running_batch_at_80() {
    assert_snapshot!(stage(80, 24).shot(), @"
     Batch b38 │ openai/gpt-oss-120b │ started Nov 23 11:40 by anna │ Warehouse Sup…
     1 Dashboard 2 Candidates [3]Batches 4 Review 5 Write-back 6 Activity
    ── BATCHES ────────────────────────────────────────────────────────────── 1 of 3
    >b38   running      7,625/12,500   $3.12 Warehouse Supervisor, Col… anna
     b37   paused           40/1,240   $3.12 Warehouse Supervisor, Col… anna
     b36   finished              9/9   $3.12 Warehouse Supervisor, Col… anna
    ── PROGRESS ────────────────────── running: 64 in flight, 210 waiting for tokens
     ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░  7,625 / 12,500  61.0%
     eta 12m 40s (10m–17m)   6.4 rewrites/s now · 6.2 avg   elapsed 20m 31s
     queued 4,811  running 64  failed 34  in review 7,591
     spend $3.12 of $10.00 (+$0.51)   tokens 9.1M in · 2.2M out   429s 118
    ── THROUGHPUT ──────────────────────────────────────────── last 20m · peak 8.0/s
     ▄▆▅▆▅▄▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▇▆▅▆▅▄▆▅▆▅▅▆▅
    ── FAILURES by reason ─────────────────────────────────── Tab, then ↵ opens them
    >   18 reply does not map to the sections  bullets mis… retryable  last 12:00:58
        11 source too long  over the model's context   needs a change  last 11:58:12
         5 timeout  after 3 tries                           retryable  last 11:49:40
    ── REVIEW of this batch ────────────────────────────────────────────────────────
     ready 6,753  approved 807  rejected 31  conflict 0  written 0  edited 17
    ── REPLIES COMING IN ────────────────────────────────────────────────── 3 newest
    >C-000001 Jordan Müller
     C-000002 山田 花子
    ────────────────────────────────────────────────────────────────────────────────
     ↵ review Tab pane p hold P pause C cancel R retry B budget t watch ? help
    ");
}

#[test]
fn a_running_batch_at_120() {
    let mut stage = stage(120, 40);
    assert_eq!(stage.asked(), [ask_of(Request::Follow(rewrite(1)))]);
    text(
        &mut stage,
        1,
        "[[section:summary]]\nWarehouse supervisor with 8 years of experience leading\u{1b}[2J teams",
    );
    assert_snapshot!(stage.shot(), @"
     Batch b38 │ openai/gpt-oss-120b │ started Nov 23 11:40 by anna │ Warehouse Supervisor, Columbus OH
     1 Dashboard 2 Candidates [3]Batches 4 Review 5 Write-back 6 Activity
    ── BATCHES ──────────────── 1 of 3│── PROGRESS ─────────────────────────── running: 64 in flight, 210 waiting for tokens
    >b38   running      7,625/12,500  │ ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░  7,625 / 12,500  61.0%
     b37   paused           40/1,240  │ eta 12m 40s (10m–17m)   6.4 rewrites/s now · 6.2 avg   elapsed 20m 31s
     b36   finished              9/9  │ queued 4,811  running 64  failed 34  in review 7,591
                                      │ spend $3.12 of $10.00 (+$0.51)   tokens 9.1M in · 2.2M out   429s 118
                                      │── THROUGHPUT ───────────────────────────────────────────────── last 20m · peak 8.0/s
                                      │ ▄▆▅▆▅▄▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▇▆▅▆▅▄▆▅▆▅▅▆▅
                                      │── FAILURES by reason ──────────────────────────────────────── Tab, then ↵ opens them
                                      │>   18 reply does not map to the sections  bullets missing   retryable  last 12:00:58
                                      │    11 source too long  over the model's context        needs a change  last 11:58:12
                                      │     5 timeout  after 3 tries                                retryable  last 11:49:40
                                      │── REVIEW of this batch ─────────────────────────────────────────────────────────────
                                      │ ready 6,753  approved 807  rejected 31  conflict 0  written 0  edited 17
                                      │── REPLIES COMING IN ─────────────────────────────────────────────────────── 3 newest
                                      │>C-000001 Jordan Müller
                                      │ C-000002 山田 花子
                                      │ C-000003 Priya Sharma
                                      │── Jordan Müller ────────────────────────────────────────────────────────── streaming
                                      │ SUMMARY
                                      │ Warehouse supervisor with 8 years of experience leading␛[2J teams
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
                                      │
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     ↵ review  Tab pane  p hold  P pause  C cancel  R retry  B budget  t watch  ? help  q back
    ");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a picture of 60 lines")]
fn a_running_batch_at_200() {
    let mut stage = stage(200, 60);
    text(&mut stage, 1, "[[section:summary]]\nWarehouse supervisor with 8 years of experience");
    assert_snapshot!(stage.shot(), @"
     Batch b38 │ openai/gpt-oss-120b │ started Nov 23 11:40 by anna │ Warehouse Supervisor, Columbus OH
     1 Dashboard 2 Candidates [3]Batches 4 Review 5 Write-back 6 Activity
    ── BATCHES ──────────────── 1 of 3│── PROGRESS ──────────────────────────────────────── running: 64 in flight, 210 waiting for tokens│── REPLIES COMING IN ──────────────────────────────────── 3 newest
    >b38   running      7,625/12,500  │ ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  7,625 / 12,500  61.0% │>C-000001 Jordan Müller
     b37   paused           40/1,240  │ eta 12m 40s (10m–17m)   6.4 rewrites/s now · 6.2 avg   elapsed 20m 31s                           │ C-000002 山田 花子
     b36   finished              9/9  │ queued 4,811  running 64  failed 34  in review 7,591                                             │ C-000003 Priya Sharma
                                      │ spend $3.12 of $10.00 (+$0.51)   tokens 9.1M in · 2.2M out   429s 118                            │── Jordan Müller ─────────────────────────────────────── streaming
                                      │── THROUGHPUT ────────────────────────────────────────────────────────────── last 20m · peak 8.0/s│ SUMMARY
                                      │ ▄▆▅▆▅▄▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▆▆▅▆▅▄▆▅▆▅▅▆▅▇▆▅▆▅▄▆▅▆▅▅▆▅                                     │ Warehouse supervisor with 8 years of experience
                                      │── FAILURES by reason ───────────────────────────────────────────────────── Tab, then ↵ opens them│
                                      │>   18 reply does not map to the sections  bullets missing                retryable  last 12:00:58│
                                      │    11 source too long  over the model's context                     needs a change  last 11:58:12│
                                      │     5 timeout  after 3 tries                                             retryable  last 11:49:40│
                                      │── REVIEW of this batch ──────────────────────────────────────────────────────────────────────────│
                                      │ ready 6,753  approved 807  rejected 31  conflict 0  written 0  edited 17                         │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
                                      │                                                                                                  │
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     ↵ review  Tab pane  p hold  P pause  C cancel  R retry  B budget  t watch  ? help  q back
    ");
}

#[test]
fn trouble_with_the_provider_is_told_where_the_pace_stands() {
    let mut stage = stage(80, 24);
    let mut troubled = progress(&[]);
    troubled.batches[0].waiting_for = Some(Waiting::Backoff);
    troubled.batches[0].trouble = Some("The provider is overloaded (503). It is tried again.".to_owned());
    stage.progress(troubled);
    let shot = stage.shot();
    assert!(shot.contains("! The provider is overloaded (503)."), "{shot}");
    assert!(shot.contains("210 waiting after provider errors"), "{shot}");
}

#[test]
fn a_batch_stopped_by_its_budget_says_how_to_go_on() {
    let mut stage = stage(80, 24);
    stage.key("j");
    assert_eq!(stage.asked(), [ask_of(Request::Details(stopped().id, Vec::new()))]);
    assert_snapshot!(stage.shot(), @"
     Batch b37 │ openai/gpt-oss-120b │ started Nov 23 11:40 by anna │ Warehouse Sup…
     1 Dashboard 2 Candidates [3]Batches 4 Review 5 Write-back 6 Activity
    ── BATCHES ────────────────────────────────────────────────────────────── 2 of 3
     b38   running      7,625/12,500   $3.12 Warehouse Supervisor, Col… anna
    >b37   paused           40/1,240   $3.12 Warehouse Supervisor, Col… anna
     b36   finished              9/9   $3.12 Warehouse Supervisor, Col… anna
    ── PROGRESS ───────────────────────── stopped by budget, 1,200 left; B raises it
     ▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  40 / 1,240  3.2%
     elapsed 20m 31s
     queued 1,200  in review 40
     spend $3.12 of $10.00 (+$0.51)   tokens 9.1M in · 2.2M out
    ── THROUGHPUT ──────────────────────────────────────────────────────────────────
     nothing was finished here lately
    ── FAILURES by reason ──────────────────────────────────────────────────────────
     reading …


    ── REVIEW of this batch ────────────────────────────────────────────────────────
     ready 40  approved 0  rejected 0  conflict 0  written 0
    ── REPLIES COMING IN ───────────────────────────────────────────────────────────
     none here now

    ────────────────────────────────────────────────────────────────────────────────
     ↵ review Tab pane p hold P go on C cancel B budget t watch ? help q back
    ");
    stage.key("B ctrl-u").text("1").key("enter");
    assert!(stage.shot().contains("$3.63 are spent or reserved already."), "{}", stage.shot());
    stage.key("ctrl-u").text("20").key("enter");
    let shot = stage.shot();
    assert!(shot.contains("Let b37 cost up to $20.00?") && shot.contains("goes on with 1,200"), "{shot}");
    assert!(stage.asked().is_empty());
    stage.key("y");
    assert_eq!(stage.asked(), [ask_of(Request::Budget(stopped().id, Money::from_dollars(20)))]);
}

#[test]
fn the_reply_under_the_cursor_streams_in() {
    let mut stage = stage(80, 24);
    stage.key("tab tab j");
    let follow = |number| ask_of(Request::Follow(rewrite(number)));
    assert_eq!(stage.asked(), [follow(1), follow(2)]);
    stage.key("enter");
    text(&mut stage, 1, "of another");
    text(&mut stage, 2, "Led a team\nof 25");
    let shot = stage.shot();
    assert!(shot.contains("of 25") && shot.contains("山田 花子") && shot.contains("streaming"), "{shot}");
    assert!(!shot.contains("of another"));
    stage.progress(progress(&[4, 1, 3]));
    let names = Request::Details(running().id, [4, 1, 3].map(rewrite).to_vec());
    assert_eq!(stage.asked(), [ask_of(names)], "a reply that is read stays; whose the new one is, is asked");
    tell(&mut stage, Request::Follow(rewrite(2)), Answer::End);
    assert!(stage.shot().contains("ended"), "{}", stage.shot());
    stage.key("esc");
    assert_eq!(stage.asked(), [follow(1)], "the next one under the cursor");
}

#[test]
fn failures_open_as_a_filter_in_review() {
    let mut stage = stage(80, 24);
    stage.key("tab j enter");
    assert_eq!(stage.app().current(), ScreenId::Review);
    let filter = format!("batch:b38 state:failed reason:\"{}\"", FailureReason::SourceTooLong.words());
    let context = crate::review::filter::Context {
        now: context(80, 24).now.to_zoned_datetime(jiff::tz::TimeZone::UTC),
        me: crate::domain::Reviewer("anna".to_owned()),
    };
    assert!(crate::review::filter::parse(&filter, &context).is_ok());
}

#[test]
fn what_changes_a_batch_is_asked_about_first() {
    for (keys, words, request) in [
        (
            "P",
            "Pause b38 with 4,875 rewrites left?",
            Request::Move(running().id, BatchState::Paused(PauseReason::Person("anna".to_owned()))),
        ),
        ("R", "Queue 34 failed rewrites of b38 again?", Request::Retry(running().id)),
    ] {
        let mut stage = stage(80, 24);
        stage.orders();
        stage.key(keys);
        assert!(stage.shot().contains(words), "{}", stage.shot());
        assert!(stage.asked().is_empty());
        stage.key("y");
        assert_eq!(stage.orders(), [Order::Ask(Ask { slot: Slot::InOrder, request: ask_of(request) })]);
    }
}

#[test]
fn cancelling_many_wants_the_number_typed() {
    let mut stage = stage(80, 24);
    stage.orders();
    stage.key("C");
    assert_snapshot!(stage.shot(), @"
     Batch b38 │ openai/gpt-oss-120b │ started Nov 23 11:40 by anna │ Warehouse Sup…
     1 Dashboard 2 Candidates [3]Batches 4 Review 5 Write-back 6 Activity
    ── BATCHES ────────────────────────────────────────────────────────────── 1 of 3
    >b38   running      7,625/12,500   $3.12 Warehouse Supervisor, Col… anna
     b37   paused           40/1,240   $3.12 Warehouse Supervisor, Col… anna
     b36   finished              9/9   $3.12 Warehouse Supervisor, Col… anna
    ── PROGRESS ────────────────────── running: 64 in flight, 210 waiting for tokens
     ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░  7,625 / 12,500  61.0%
     eta 1┌─ Cancel 4,909 rewrites of b38? ──────────────────────────────────┐
     queue│ kept  7,591 that are ready or further                            │
     spend│ spent $3.12 stay spent                                           │
    ── THR│       A cancelled batch cannot go on.                            │ 8.0/s
     ▄▆▅▆▅│                                                                  │
    ── FAI│ type 4909 and ↵ to cancel them   Esc cancel   ▏                  │s them
    >   18└──────────────────────────────────────────────────────────────────┘:00:58
        11 source too long  over the model's context   needs a change  last 11:58:12
         5 timeout  after 3 tries                           retryable  last 11:49:40
    ── REVIEW of this batch ────────────────────────────────────────────────────────
     ready 6,753  approved 807  rejected 31  conflict 0  written 0  edited 17
    ── REPLIES COMING IN ────────────────────────────────────────────────── 3 newest
    >C-000001 Jordan Müller
     C-000002 山田 花子
    ────────────────────────────────────────────────────────────────────────────────
     ↵ review Tab pane p hold P pause C cancel R retry B budget t watch ? help
    ");
    stage.key("y enter");
    assert!(stage.asked().is_empty());
    stage.text("4909").key("enter");
    assert_eq!(stage.asked(), [ask_of(Request::Move(running().id, BatchState::Cancelled))]);
}

#[test]
fn watch_only_locks_the_keys_that_change_a_batch() {
    let mut stage = stage(80, 24);
    stage.orders();
    stage.key("t P");
    let shot = stage.shot();
    assert!(shot.contains("Not now") && !shot.contains("Pause b38"), "{shot}");
    stage.key("t P");
    assert!(stage.shot().contains("Pause b38"));
}

#[test]
fn a_paused_view_stands_still() {
    let mut stage = stage(80, 24);
    stage.orders();
    stage.key("p");
    let mut faster = progress(&[1]);
    faster.batches[0].rate_now = 99.0;
    stage.progress(faster).notice(Notice::Store);
    assert!(stage.asked().is_empty());
    assert!(!stage.shot().contains("99.0") && stage.shot().contains("6.4 rewrites/s"), "{}", stage.shot());
    stage.key("p");
    assert!(stage.shot().contains("99.0"));
    assert_eq!(stage.asked().first(), Some(&ask_of(Request::Read)));
}

#[test]
fn the_focus_stays_on_its_batch_when_a_newer_one_comes() {
    let mut stage = stage(80, 24);
    stage.key("j");
    stage.orders();
    let mut more = vec![batch(39, BatchState::Queued, &[(RewriteState::Queued, 3)])];
    more.extend(all());
    tell(&mut stage, Request::Read, Answer::Batches(more));
    assert!(stage.line(0).contains("Batch b37"), "{}", stage.shot());
}

#[test]
fn without_batches_it_says_how_to_begin_and_without_a_store_why() {
    let mut stage = Stage::at(80, 24);
    stage.key("3");
    tell(&mut stage, Request::Read, Answer::Batches(Vec::new()));
    assert!(stage.shot().contains("There is no batch yet. 2 Candidates"), "{}", stage.shot());
    let mut stage = Stage::at(80, 24);
    stage.key("3");
    stage.fail(
        ask_of(Request::Read),
        Error::remote("The store is busy: locked.").hint("Try again in a moment."),
    );
    assert!(stage.shot().contains("The store is busy: locked."), "{}", stage.shot());
}
