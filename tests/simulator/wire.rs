//! The bytes of answers.

use std::time::Duration;

use redraft::simulator::{Delivery, FinishReason, Latency, Scenario, Simulator};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{chat, post, resume, whole};

const HEAD: &str = "\"object\":\"chat.completion.chunk\",\"created\":1786530508,\"model\":\"openai/gpt-oss-20b\",\
    \"system_fingerprint\":\"fp_";
const CHOICE: &str = ",\"choices\":[{\"index\":0,\"delta\":{";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_stream_has_the_published_form() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let reply = post(&simulator, &chat(&resume("Ada", 20))).await;
    assert_eq!((reply.status, reply.whole), (200, true));
    let events = reply.events();
    for event in &events[..events.len() - 1] {
        assert!(event.starts_with("{\"id\":\"chatcmpl-"), "{event}");
        assert_eq!(
            event.find(HEAD),
            Some("{\"id\":\"chatcmpl-00000000-0000-4000-8000-000000000000\",".len())
        );
    }
    assert!(
        events[0].contains(&format!("{CHOICE}\"role\":\"assistant\",\"content\":\"\"}},\"logprobs\":null"))
    );
    assert!(events[0].contains("\"finish_reason\":null}],\"x_groq\":{\"id\":\"req_01"), "{}", events[0]);
    assert!(events[1].ends_with("\"channel\":\"analysis\"},\"logprobs\":null,\"finish_reason\":null}]}"));
    assert!(events[1].contains(&format!("{CHOICE}\"reasoning\":\"We\",")), "{}", events[1]);

    let [.., finish, usage, done] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(*done, "[DONE]");
    assert!(reply.body.ends_with("\n\ndata: [DONE]\n\n"));
    let finish: Value = serde_json::from_str(finish).unwrap();
    assert_eq!(
        keys(&finish),
        ["id", "object", "created", "model", "system_fingerprint", "choices", "x_groq", "usage"]
    );
    assert_eq!(
        finish["choices"],
        json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}])
    );
    assert_eq!(finish["usage"], finish["x_groq"]["usage"]);
    let usage: Value = serde_json::from_str(usage).unwrap();
    assert_eq!(
        keys(&usage),
        ["id", "object", "created", "model", "system_fingerprint", "choices", "usage", "service_tier"]
    );
    assert_eq!((&usage["choices"], &usage["service_tier"]), (&json!([]), &json!("on_demand")));
    assert_eq!(usage["usage"], finish["usage"]);
    assert_eq!(
        keys(&usage["usage"]),
        [
            "queue_time",
            "prompt_tokens",
            "prompt_time",
            "completion_tokens",
            "completion_time",
            "total_tokens",
            "total_time",
            "completion_tokens_details"
        ]
    );
}

#[tokio::test]
async fn a_stream_tells_one_token_an_event_and_counts_them() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let reply = post(&simulator, &chat(&resume("Ada", 20))).await;
    let (reasoning, content) = (reply.deltas("reasoning"), reply.deltas("content"));
    assert!((30..=80).contains(&reasoning.len()), "{}", reasoning.len());
    assert!(content.concat().starts_with("[[section:summary]]\n"), "{content:?}");
    // The first event carries an empty text, which is no token.
    let tokens = reasoning.len() + content.len() - 1;
    let usage: Value = serde_json::from_str(reply.events()[reply.events().len() - 2]).unwrap();
    assert_eq!(usage["usage"]["completion_tokens"], json!(tokens));
    assert_eq!(usage["usage"]["completion_tokens_details"]["reasoning_tokens"], json!(reasoning.len()));

    let ledger = simulator.ledger();
    let row = &ledger.admitted[0];
    assert_eq!((row.delivery, row.finish_reason), (Delivery::Complete, FinishReason::Stop));
    assert_eq!(
        (row.completion_tokens, json!(row.prompt_tokens)),
        (tokens as u64, usage["usage"]["prompt_tokens"].clone())
    );
    assert_eq!(row.billed.nanos(), row.prompt_tokens * 75 + row.completion_tokens * 300);
    assert_eq!(Some(row.request_id.as_str()), reply.header("x-request-id"));
    assert_eq!(usage["usage"]["total_tokens"], json!(row.prompt_tokens + row.completion_tokens));
}

#[tokio::test]
async fn a_stream_has_the_published_headers() {
    let scenario = Scenario { limits: redraft::simulator::Limits::FREE, ..Scenario::instant() };
    let simulator = Simulator::start(scenario).unwrap();
    let reply = post(&simulator, &chat(&resume("Ada", 20))).await;
    let head = String::from_utf8_lossy(&reply.raw);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\ndate: Wed, 12 Aug 2026 10:28:28 GMT\r\n"), "{head}");
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        ("transfer-encoding", "chunked"),
        ("vary", "Origin"),
        ("x-ratelimit-limit-requests", "1000"),
        ("x-ratelimit-remaining-requests", "999"),
        ("x-ratelimit-reset-requests", "1m26.4s"),
        ("x-ratelimit-limit-tokens", "8000"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    assert!(reply.names().contains(&"x-groq-region") && reply.names().contains(&"cf-ray"));
    let body = reply.events()[0];
    assert!(body.contains(reply.header("x-request-id").unwrap()), "the header and the body name one request");
}

#[tokio::test]
async fn a_whole_answer_has_the_published_form() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let reply = post(&simulator, &whole(&resume("Ada", 20))).await;
    assert_eq!(
        (reply.status, reply.whole, reply.header("content-type")),
        (200, true, Some("application/json"))
    );
    assert_eq!(
        reply.header("cache-control"),
        Some("private, max-age=0, no-store, no-cache, must-revalidate")
    );
    let answer = reply.json();
    assert_eq!(
        keys(&answer),
        [
            "id",
            "object",
            "created",
            "model",
            "choices",
            "usage",
            "usage_breakdown",
            "system_fingerprint",
            "x_groq",
            "service_tier"
        ]
    );
    assert_eq!(keys(&answer["choices"][0]), ["index", "message", "logprobs", "finish_reason"]);
    assert_eq!(keys(&answer["choices"][0]["message"]), ["role", "content", "reasoning"]);
    assert_eq!(keys(&answer["x_groq"]), ["id", "seed"]);
    let streamed = post(&simulator, &chat(&resume("Bob", 20))).await.deltas("content").concat();
    let again = post(&simulator, &whole(&resume("Bob", 20))).await.json();
    assert_eq!(
        again["choices"][0]["message"]["content"].as_str().map(|text| text.contains("Bob")),
        Some(streamed.contains("Bob"))
    );
}

#[tokio::test]
async fn angle_brackets_are_escaped_as_go_does() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let prompt = "[[section:summary]]\n<b>R&D</b> \"quoted\" \\ 東京\n[[/section:summary]]\n";
    let reply = post(&simulator, &chat(prompt)).await;
    assert!(
        reply.body.contains("\"content\":\"\\u003c\"") || reply.body.contains("\\u003cb"),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains('<') && !reply.body.contains('&'));
    assert!(reply.deltas("content").concat().contains("<b>R&D</b> \"quoted\" \\ 東京"));
}

#[tokio::test]
async fn the_output_cap_is_kept() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let mut body = chat(&resume("Ada", 300));
    body["max_completion_tokens"] = json!(100);
    let reply = post(&simulator, &body).await;
    let finish: Value = serde_json::from_str(reply.events()[reply.events().len() - 3]).unwrap();
    assert_eq!(finish["choices"][0]["finish_reason"], json!("length"));
    assert_eq!(finish["usage"]["completion_tokens"], json!(100));
    // So small a cap is spent on reasoning alone: the answer is paid and empty.
    body["max_completion_tokens"] = json!(20);
    let reply = post(&simulator, &body).await;
    assert_eq!(reply.deltas("content").concat(), "");
    assert_eq!(reply.deltas("reasoning").len(), 20);
}

#[tokio::test]
async fn hidden_reasoning_is_counted_but_not_shown() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let mut body = chat(&resume("Ada", 20));
    body["reasoning_format"] = json!("hidden");
    let reply = post(&simulator, &body).await;
    assert!(reply.deltas("reasoning").is_empty() && !reply.deltas("content").is_empty());
    assert!(simulator.ledger().admitted[0].reasoning_tokens >= 30);
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_the_time_it_tells() {
    let scenario = Scenario { latency: Latency::default(), ..Scenario::default() };
    let simulator = Simulator::start(scenario).unwrap();
    let start = Instant::now();
    let reply = post(&simulator, &chat(&resume("Ada", 400))).await;
    let took = start.elapsed();
    let usage: Value = serde_json::from_str(reply.events()[reply.events().len() - 2]).unwrap();
    let seconds = |key: &str| usage["usage"][key].as_f64().unwrap();
    let told = Duration::from_secs_f64(seconds("queue_time") + seconds("total_time"));
    // Timers go by whole milliseconds, and each waiting for the network may move the paused clock a little.
    assert!(took >= told && took < told + Duration::from_millis(100), "{took:?} {told:?}");
    let sum = seconds("prompt_time") + seconds("completion_time");
    assert!((seconds("total_time") - sum).abs() < 1e-9);
}

#[tokio::test]
async fn replies_do_not_depend_on_the_order_of_arrival() {
    let (first, second) = (chat(&resume("Ada", 50)), chat(&resume("Bob", 50)));
    let mut replies = Vec::new();
    for order in [[&first, &second], [&second, &first]] {
        let simulator = Simulator::start(Scenario::instant()).unwrap();
        let mut run = Vec::new();
        for body in order {
            let reply = post(&simulator, body).await;
            run.push((reply.deltas("reasoning"), reply.deltas("content")));
        }
        run.sort();
        replies.push(run);
    }
    assert_eq!(replies[0], replies[1]);
}
