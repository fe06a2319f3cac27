//! Every fault, as a client meets it.

use std::time::Duration;

use redraft::simulator::{
    Answer, Cut, Delivery, Dimension, Effect, Fault, How, Point, ReplyFault, Scenario, Simulator, Trigger,
};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt,
    time::{Instant, timeout},
};

use super::client::{End, Reply, chat, post, resume, send, whole};

fn faulty(effect: Effect) -> Simulator {
    let faults = vec![Fault::new(Trigger::Nth(vec![1]), effect)];
    Simulator::start(Scenario { faults, ..Scenario::instant() }).unwrap()
}

fn cut(at: Point, how: How) -> Effect {
    Effect::Cut(Cut { at, how })
}

/// Meets the fault, and then sees that the next request is answered.
async fn meet(effect: Effect, body: &Value) -> (Reply, Simulator) {
    let simulator = faulty(effect);
    let reply = post(&simulator, body).await;
    let next = post(&simulator, body).await;
    assert_eq!((next.status, next.whole, next.end), (200, true, End::Closed), "{effect:?}");
    (reply, simulator)
}

fn prompt() -> String {
    resume("Ada", 60)
}

#[tokio::test]
async fn other_answers_have_their_status_and_form() {
    for (answer, status, code, is_json) in [
        (Answer::Unauthorized, 401, "invalid_api_key", true),
        (Answer::Forbidden, 403, "forbidden", false),
        (Answer::ModelNotFound, 404, "model_not_found", true),
        (Answer::ContextLength, 400, "context_length_exceeded", true),
        (Answer::FlexCapacity, 498, "capacity_exceeded", true),
        (Answer::Internal, 500, "internal_server_error", true),
        (Answer::BadGateway, 502, "bad_gateway", false),
        (Answer::OverCapacity, 503, "over_capacity", true),
    ] {
        let (reply, simulator) = meet(Effect::Answer(answer), &chat(&prompt())).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type").unwrap().contains("json"), is_json, "{answer:?}");
        assert_eq!(serde_json::from_str::<Value>(&reply.body).is_ok(), is_json, "{answer:?}");
        let ledger = simulator.ledger();
        assert_eq!((ledger.refused[0].status, ledger.refused[0].code), (status, code));
        assert_eq!(ledger.admitted.len(), 1, "what is refused is not admitted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_storm_refuses_everybody_for_its_time() {
    let storm = Effect::Storm { dimension: Dimension::Tpm, for_ms: 5_000 };
    let simulator = faulty(storm);
    for name in ["Ada", "Bob"] {
        let refused = post(&simulator, &chat(&resume(name, 5))).await;
        assert_eq!(refused.status, 429);
        assert!(refused.body.contains("on tokens per minute (TPM): Limit 8000, Used "), "{}", refused.body);
    }
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(post(&simulator, &chat(&resume("Ada", 5))).await.status, 200);
    assert!(simulator.ledger().violations.is_empty());
}

#[tokio::test]
async fn errors_inside_a_stream_come_under_200_without_an_end_mark() {
    for (how, last) in [
        (
            How::ErrorEvent,
            "event: error\ndata: {\"error\":{\"message\":\"openai/gpt-oss-20b is currently over capacity. Please try \
             again and back off exponentially. Visit https://groqstatus.com to see if there is an active \
             incident.\",\"type\":\"internal_server_error\",\"status_code\":503}}",
        ),
        (How::BareError, "{\"error\":\"over capacity\"}"),
        (How::ChunkError, "\"error\":\"over capacity\"}}"),
    ] {
        let (reply, simulator) = meet(cut(Point::Tokens(40), how), &chat(&prompt())).await;
        assert_eq!((reply.status, reply.whole), (200, true), "HTTP sees nothing wrong");
        assert!(reply.events().last().unwrap().ends_with(last), "{:?}", reply.events().last());
        assert!(!reply.body.contains("[DONE]") && !reply.body.contains("\"usage\""));
        assert_eq!(reply.deltas("reasoning").len() + reply.deltas("content").len() - 1, 40);
        let row = &simulator.ledger().admitted[0];
        assert_eq!((row.delivery, row.billed.nanos()), (Delivery::Broken, 0));
    }
}

#[tokio::test]
async fn a_stream_can_end_early_at_every_place() {
    // How many of finish reason, usage event and end mark are there.
    for (at, seen) in [
        (Point::Tokens(0), [false, false, false]),
        (Point::Tokens(33), [false, false, false]),
        (Point::Tokens(u64::MAX), [false, false, false]),
        (Point::AfterFinish, [true, false, false]),
        (Point::BeforeDone, [true, true, false]),
    ] {
        for (how, ended) in [
            (How::End, (true, End::Closed)),
            (How::Close, (false, End::Closed)),
            (How::Reset, (false, End::Reset)),
        ] {
            let (reply, simulator) = meet(cut(at, how), &chat(&prompt())).await;
            assert_eq!((reply.whole, reply.end), ended, "{at:?} {how:?}");
            let found = ["\"finish_reason\":\"stop\"", "\"service_tier\"", "[DONE]"]
                .map(|text| reply.body.contains(text));
            assert_eq!(found, seen, "{at:?} {how:?}");
            let row = &simulator.ledger().admitted[0];
            assert_eq!(row.delivery, Delivery::Broken);
            assert_eq!(row.billed.nanos(), row.prompt_tokens * 75 + row.completion_tokens * 300);
        }
    }
}

#[tokio::test]
async fn a_stream_can_end_inside_an_event() {
    let (reply, _) = meet(cut(Point::Inside(12), How::Close), &chat(&prompt())).await;
    assert!(!reply.whole);
    let last = *reply.events().last().unwrap();
    assert!(
        last.starts_with("{\"id\":\"chatcmpl-") && serde_json::from_str::<Value>(last).is_err(),
        "{last}"
    );
    assert_eq!(reply.deltas("reasoning").len(), 12);
}

#[tokio::test]
async fn nothing_may_come_at_all() {
    for (how, end) in [(How::End, End::Closed), (How::Close, End::Closed), (How::Reset, End::Reset)] {
        for body in [chat(&prompt()), whole(&prompt())] {
            let (reply, simulator) = meet(cut(Point::BeforeHead, how), &body).await;
            assert_eq!((reply.raw.len(), reply.end), (0, end), "{how:?}");
            assert_eq!(simulator.ledger().admitted[0].delivery, Delivery::Broken);
        }
    }
}

/// Reads until nothing comes for an hour of the paused clock.
async fn read_until_silent(simulator: &Simulator, body: &Value) -> String {
    let body = body.to_string();
    let head = format!("POST /openai/v1/chat/completions HTTP/1.1\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut stream = send(simulator, &(head + &body)).await;
    let (mut raw, mut buffer) = (Vec::new(), [0; 4_096]);
    while let Ok(read) = timeout(Duration::from_hours(1), stream.read(&mut buffer)).await {
        let read = read.unwrap();
        assert!(read > 0, "the connection stays open");
        raw.extend_from_slice(&buffer[..read]);
    }
    assert_eq!(simulator.ledger().running, 1);
    drop(stream);
    while simulator.ledger().running > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(simulator.ledger().admitted[0].delivery, Delivery::Broken);
    String::from_utf8(raw).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_stall_for_ever() {
    for body in [chat(&prompt()), whole(&prompt())] {
        assert_eq!(read_until_silent(&faulty(cut(Point::BeforeHead, How::Stall)), &body).await, "");
    }
    let stalled = read_until_silent(&faulty(cut(Point::Tokens(25), How::Stall)), &chat(&prompt())).await;
    assert_eq!(stalled.matches("\"reasoning\":").count(), 25, "{stalled}");
    let half = read_until_silent(&faulty(cut(Point::Tokens(25), How::Stall)), &whole(&prompt())).await;
    assert!(half.starts_with("HTTP/1.1 200 OK") && !half.ends_with('}'));
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_pause_and_go_on() {
    for (at, body) in [
        (Point::BeforeHead, chat(&prompt())),
        (Point::Tokens(9), chat(&prompt())),
        (Point::Tokens(9), whole(&prompt())),
    ] {
        let start = Instant::now();
        let (reply, simulator) = meet(cut(at, How::PauseMs(30_000)), &body).await;
        assert!(start.elapsed() >= Duration::from_secs(30));
        assert!(reply.whole);
        assert_eq!(simulator.ledger().admitted[0].delivery, Delivery::Complete);
    }
}

#[tokio::test]
async fn garbage_can_stand_where_json_should() {
    let (reply, simulator) = meet(cut(Point::Tokens(5), How::Garbage), &chat(&prompt())).await;
    let broken = reply.events().iter().filter(|event| serde_json::from_str::<Value>(event).is_err()).count();
    assert_eq!((broken, reply.whole), (2, true), "the garbage and the end mark");
    assert!(reply.body.ends_with("data: [DONE]\n\n"));
    assert_eq!(simulator.ledger().admitted[0].delivery, Delivery::Broken);

    let (reply, _) = meet(cut(Point::Tokens(5), How::Garbage), &whole(&prompt())).await;
    assert!(reply.whole && serde_json::from_str::<Value>(&reply.body).is_err());
    let (reply, _) = meet(cut(Point::BeforeHead, How::Garbage), &chat(&prompt())).await;
    assert!(reply.raw.starts_with(b"\x16\x03\x01"));
}

#[tokio::test]
async fn a_reply_can_arrive_and_be_useless() {
    for (fault, finish, check) in [
        (ReplyFault::EmptyStop, "stop", (|text| text.is_empty()) as fn(&str) -> bool),
        (ReplyFault::EmptyLength, "length", |text| text.is_empty()),
        (ReplyFault::HalfLength, "length", |text| {
            text.starts_with("[[section:") && !text.contains("[[/section:")
        }),
        (ReplyFault::NoMarks, "stop", |text| !text.is_empty() && !text.contains("[[")),
        (ReplyFault::CodeFence, "stop", |text| text.starts_with("```\n[[section:")),
        (ReplyFault::Refusal, "stop", |text| text.starts_with("I'm sorry")),
    ] {
        let (reply, simulator) = meet(Effect::Reply(fault), &chat(&prompt())).await;
        let text = reply.deltas("content").concat();
        assert!(check(&text), "{fault:?}: {text}");
        assert!(reply.body.contains(&format!("\"finish_reason\":\"{finish}\"")), "{fault:?}");
        let ledger = simulator.ledger();
        let row = &ledger.admitted[0];
        assert_eq!((row.delivery, row.faulty), (Delivery::Complete, true));
        assert!(row.billed.nanos() > 0, "it is paid all the same");
        assert!(ledger.paid_again().is_empty(), "trying again after a useless reply is no waste");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_reports_errors_by_status() {
    let (reply, simulator) = meet(cut(Point::Tokens(3), How::ErrorEvent), &whole(&prompt())).await;
    assert_eq!((reply.status, &reply.json()["error"]["type"]), (500, &json!("internal_server_error")));
    assert_eq!(simulator.ledger().admitted[0].billed.nanos(), 0);
}

#[tokio::test]
async fn a_fault_can_strike_first_tries_only() {
    let answer = Effect::Answer(Answer::OverCapacity);
    let fault = Fault { first_tries: Some(2), ..Fault::new(Trigger::Always, answer) };
    let simulator = Simulator::start(Scenario { faults: vec![fault], ..Scenario::instant() }).unwrap();
    for name in ["Ada", "Bob"] {
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(post(&simulator, &chat(&resume(name, 5))).await.status);
        }
        assert_eq!(seen, [503, 503, 200]);
    }
}
