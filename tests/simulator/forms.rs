//! Other forms of an answer, odd waits, and what changes during a run.

use std::time::Duration;

use redraft::simulator::{
    Answer, Claim, Cut, Delivery, Dimension, Effect, Fault, Foreign, Form, How, LimitChange, Limits, OddWait,
    Point, Scenario, Simulator, StructuredStream, Trigger, Window,
};
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use super::client::{Reply, chat, exchange, get, post, resume, whole};

async fn first(effect: Effect, body: &Value) -> (Reply, Simulator) {
    let faults = vec![Fault::new(Trigger::Nth(vec![1]), effect)];
    let simulator = Simulator::start(Scenario { faults, ..Scenario::instant() }).unwrap();
    let reply = post(&simulator, body).await;
    (reply, simulator)
}

fn prompt() -> String {
    resume("Ada", 60)
}

#[tokio::test]
async fn every_code_of_a_refusal_can_be_had() {
    for (answer, status, code) in [
        (Answer::ModelDecommissioned, 400, "model_decommissioned"),
        (Answer::TermsRequired, 400, "model_terms_required"),
        (Answer::OrganisationRestricted, 400, "organization_restricted"),
        (Answer::BlockedApiAccess, 400, "blocked_api_access"),
        (Answer::JsonValidateFailed, 400, "json_validate_failed"),
        (Answer::OutputParseFailed, 400, "output_parse_failed"),
        (Answer::ToolUseFailed, 400, "tool_use_failed"),
        (Answer::TooLarge, 413, "rate_limit_exceeded"),
    ] {
        let (reply, _) = first(Effect::Answer(answer), &chat(&prompt())).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (status, &json!(code)), "{answer:?}");
    }
    for (answer, status) in [(Answer::Unprocessable, 422), (Answer::FailedDependency, 424)] {
        assert_eq!(first(Effect::Answer(answer), &chat(&prompt())).await.0.status, status);
    }
}

#[tokio::test]
async fn the_header_of_a_refusal_can_say_something_else_than_its_body() {
    for (retry_after, header) in [
        (OddWait::Absent, None),
        (OddWait::Garbage, Some("in a while")),
        (OddWait::Zero, Some("0")),
        (OddWait::Hour, Some("3600")),
        (OddWait::Date, Some("Wed, 21 Oct 2026 07:28:00 GMT")),
    ] {
        let effect = Effect::OddWait { dimension: Dimension::Rpm, wait_ms: 2_000, retry_after };
        let (reply, _) = first(effect, &chat(&prompt())).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, header));
        assert!(reply.body.contains("requests per minute (RPM)") && reply.body.contains("try again in 2s"));
    }
}

#[tokio::test]
async fn harmless_forms_hold_the_same_text() {
    let plain = post(&Simulator::start(Scenario::instant()).unwrap(), &chat(&prompt())).await;
    let wanted = plain.deltas("content").concat();
    for (form, mark) in [
        (Form::UnknownFields, "\"future\""),
        (Form::NullContent, "\"content\":null"),
        (Form::NoChoices, "{\"id\":\"c\",\"object\":\"chat.completion.chunk\"}"),
        (Form::Comments, ": ping\n\n"),
        (Form::Crlf, "\r\n\r\ndata: "),
        (Form::ByteOrderMark, "\u{feff}data: "),
    ] {
        let (reply, simulator) = first(Effect::Form(form), &chat(&prompt())).await;
        assert!(reply.whole && reply.body.contains(mark), "{form:?}: {}", reply.body);
        let mut read = reply.clone();
        read.body = reply.body.replace("\r\n", "\n").replace(['\u{feff}'], "").replace(": ping\n\n", "");
        assert_eq!(read.deltas("content").concat(), wanted, "{form:?}");
        let ledger = simulator.ledger();
        assert_eq!((ledger.admitted[0].delivery, ledger.admitted[0].faulty), (Delivery::Complete, false));
    }
    for (form, finishes, usages) in
        [(Form::DuplicateFinish, 2, 1), (Form::DuplicateUsage, 1, 2), (Form::DifferingUsage, 1, 1)]
    {
        let (reply, _) = first(Effect::Form(form), &chat(&prompt())).await;
        let count = |text| reply.body.matches(text).count();
        assert_eq!((count("\"finish_reason\":\"stop\""), count("\"service_tier\"")), (finishes, usages));
    }
}

#[tokio::test]
async fn harmful_forms_are_no_stream_of_events() {
    let (huge, _) = first(Effect::Form(Form::HugeEvent), &chat(&prompt())).await;
    assert!(huge.body.len() > 1_500_000 && huge.body.ends_with("[DONE]\n\n"));
    let (wrong, _) = first(Effect::Form(Form::WrongType), &chat(&prompt())).await;
    assert_eq!(wrong.header("content-type"), Some("text/plain; charset=utf-8"));
    let (gzip, _) = first(Effect::Form(Form::Gzip), &chat(&prompt())).await;
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let (empty, simulator) = first(Effect::Form(Form::Empty), &chat(&prompt())).await;
    assert_eq!((empty.status, empty.body.as_str(), empty.whole), (200, "", true));
    assert_eq!(simulator.ledger().admitted[0].delivery, Delivery::Broken);
    let (object, _) = first(Effect::Form(Form::Json), &chat(&prompt())).await;
    assert_eq!(object.header("content-type"), Some("application/json"));
    assert_eq!(object.json()["object"], json!("chat.completion"));
}

#[tokio::test]
async fn a_stream_can_end_inside_a_letter() {
    let cut = Cut { at: Point::InsideLetter(40), how: How::Close };
    let (reply, _) = first(Effect::Cut(cut), &chat(&prompt())).await;
    let end = reply.raw.strip_suffix(b"\r\n").unwrap();
    assert_eq!((end.last(), reply.whole), (Some(&0xc3), false), "the first of the two bytes of é");
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_come_byte_by_byte() {
    let begun = Instant::now();
    let cut = Cut { at: Point::Tokens(100), how: How::DripMs(1_000) };
    let (reply, _) = first(Effect::Cut(cut), &chat(&prompt())).await;
    assert!(reply.whole && begun.elapsed() > Duration::from_mins(10), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn brown_out_and_outage_have_their_time() {
    let within = Some(Window { from_ms: 10_000, until_ms: 20_000 });
    let outage = Effect::Answer(Answer::OverCapacity);
    let faults = vec![
        Fault { within, ..Fault::new(Trigger::Probability(1.0), outage) },
        Fault::new(Trigger::Between(Window { from_ms: 20_000, until_ms: 30_000 }), Effect::BrownOut(10)),
    ];
    let scenario = Scenario { limits: Limits::NONE, faults, ..Scenario::default() };
    let simulator = Simulator::start(scenario).unwrap();
    let take = async || {
        let begun = Instant::now();
        let reply = post(&simulator, &chat(&prompt())).await;
        (reply.status, begun.elapsed())
    };
    let (status, usual) = take().await;
    assert_eq!(status, 200);
    advance(Duration::from_secs(10)).await;
    assert_eq!(take().await.0, 503);
    advance(Duration::from_secs(10)).await;
    let (status, slow) = take().await;
    assert!(status == 200 && slow > usual * 4, "{slow:?} against {usual:?}");
}

#[tokio::test]
async fn clock_and_prices_can_jump() {
    let faults = vec![
        Fault::new(Trigger::Nth(vec![1]), Effect::ClockJump(86_400)),
        Fault::new(Trigger::Nth(vec![2]), Effect::Prices(200)),
    ];
    let simulator = Simulator::start(Scenario { faults, ..Scenario::instant() }).unwrap();
    let before = get(&simulator, "/openai/v1/models/openai/gpt-oss-20b").await;
    assert_eq!(before.json()["pricing"]["completion"], json!("0.0000003"));
    let jumped = post(&simulator, &chat(&prompt())).await;
    assert_eq!((jumped.status, jumped.header("date").unwrap().contains("13 Aug 2026")), (200, true));
    assert_eq!(post(&simulator, &chat(&prompt())).await.status, 200);
    let after = get(&simulator, "/openai/v1/models/openai/gpt-oss-20b").await;
    assert_eq!(after.json()["pricing"]["completion"], json!("0.0000006"));
    assert!(simulator.ledger().admitted.iter().all(|row| !row.faulty));
}

#[tokio::test(start_paused = true)]
async fn limits_can_change_and_others_can_take_of_them() {
    let change = LimitChange { at_ms: 5_000, limits: Limits { tpm: Some(3_000), ..Limits::NONE } };
    let scenario = Scenario {
        limits: Limits { tpm: Some(60_000), ..Limits::NONE },
        limit_changes: vec![change],
        foreign: Some(Foreign { tokens: 1_000, share: 0.5 }),
        ..Scenario::instant()
    };
    let simulator = Simulator::start(scenario).unwrap();
    advance(Duration::from_secs(4)).await;
    let reply = post(&simulator, &chat(&prompt())).await;
    let row = simulator.ledger().admitted[0].clone();
    let left: u64 = reply.header("x-ratelimit-remaining-tokens").unwrap().parse().unwrap();
    assert!(left < 60_000 - row.prompt_tokens - row.output_cap, "others took some: {left}");
    advance(Duration::from_mins(2)).await;
    let reply = post(&simulator, &chat(&prompt())).await;
    assert_eq!(reply.header("x-ratelimit-limit-tokens"), Some("3000"));
}

#[tokio::test]
async fn a_form_of_the_text_can_be_asked_for() {
    let scenario = Scenario { structured_stream: StructuredStream::Refused, ..Scenario::instant() };
    let simulator = Simulator::start(scenario).unwrap();
    let schema = json!({"type": "json_schema", "json_schema": {"name": "r", "strict": true, "schema": {}}});
    let mut body = whole(&prompt());
    body["response_format"] = schema.clone();
    let reply = post(&simulator, &body).await.json();
    let text: Value =
        serde_json::from_str(reply["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert!(text["summary"].as_str().unwrap().contains("Ada"), "{text}");
    let mut body = chat(&prompt());
    body["response_format"] = schema;
    assert!(post(&simulator, &body).await.body.contains("does not support streaming"));
}

#[tokio::test]
async fn what_a_client_counted_is_compared_on_request() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    post(&simulator, &chat(&prompt())).await;
    let row = simulator.ledger().admitted[0].clone();
    let claims = vec![Claim { request_id: row.request_id.clone(), cost: row.billed, known: true }];
    let body = serde_json::to_string(&claims).unwrap();
    let head =
        format!("POST /admin/claims HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    let report = exchange(&simulator, &(head + &body)).await.json();
    assert_eq!(report["claims"], json!({"checked": 1, "strangers": 0, "difference": 0, "beyond": 0}));
    assert_eq!(simulator.report().lines().last().unwrap(), "verdict    nothing to complain about");
    simulator.claim(vec![Claim { request_id: "req_x".to_owned(), ..claims[0].clone() }]);
    assert!(simulator.report().lines().last().unwrap().contains("that never were"));
}
