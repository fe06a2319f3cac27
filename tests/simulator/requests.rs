//! What is answered, and what is refused for its form.

use redraft::simulator::{Delivery, Scenario, Simulator};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use super::client::{chat, get, post, post_as, resume, send, whole};

#[tokio::test]
async fn models_are_listed_with_prices() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    assert_eq!(simulator.base_url(), format!("http://127.0.0.1:{}/openai/v1", simulator.address().port()));
    let list = get(&simulator, "/openai/v1/models").await.json();
    assert_eq!(list["object"], json!("list"));
    assert_eq!(list["data"][1]["id"], json!("openai/gpt-oss-20b"));
    assert_eq!(list["data"][1]["pricing"]["prompt"], json!("0.000000075"));
    for path in ["/openai/v1/models/openai/gpt-oss-20b", "/openai/v1/models/openai%2Fgpt-oss-20b"] {
        assert_eq!(get(&simulator, path).await.json(), list["data"][1]);
    }
    let missing = get(&simulator, "/openai/v1/models/llama-3.3-70b-versatile").await;
    assert_eq!((missing.status, &missing.json()["error"]["code"]), (404, &json!("model_not_found")));
}

#[tokio::test]
async fn an_unknown_address_is_told() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    for path in ["/v1/chat/completions", "/openai/v1/embeddings", "/openai/v1/chat/completions"] {
        let reply = get(&simulator, path).await;
        assert_eq!(reply.status, 404);
        assert_eq!(
            reply.body,
            format!(
                "{{\"error\":{{\"message\":\"Unknown request URL: GET {path}. Please check the URL for typos, or see \
                 the docs at https://console.groq.com/docs/\",\"type\":\"invalid_request_error\",\
                 \"code\":\"unknown_url\"}}}}"
            )
        );
    }
}

#[tokio::test]
async fn a_key_is_asked_for_when_the_scenario_has_one() {
    let scenario = Scenario { required_key: Some("gsk_right".to_owned()), ..Scenario::instant() };
    let simulator = Simulator::start(scenario).unwrap();
    let body = chat(&resume("Ada", 5));
    assert_eq!(post_as(&simulator, "gsk_right", &body).await.status, 200);
    let refused = post_as(&simulator, "gsk_wrong", &body).await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.body,
        r#"{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}"#
    );
    assert_eq!(get(&simulator, "/openai/v1/models").await.status, 401);
    assert_eq!(simulator.ledger().refused[0].code, "invalid_api_key");
}

#[tokio::test]
async fn an_unsound_request_is_refused_and_costs_nothing() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let good = chat(&resume("Ada", 5));
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    for (body, status, text) in [
        (with("model", json!("x")), 404, "The model `x` does not exist or you do not have access to it."),
        (with("model", Value::Null), 400, "'model' : property 'model' is missing"),
        (with("thinking", json!(true)), 400, "property 'thinking' is unsupported"),
        (with("max_completion_tokens", json!(70_000)), 400, "must be less than or equal to `65536`"),
        (chat(&resume("Ada", 150_000)), 400, "Please reduce the length of the messages or completion."),
    ] {
        let reply = post(&simulator, &body).await;
        assert_eq!(reply.status, status, "{}", reply.body);
        assert!(reply.body.contains(text), "{}", reply.body);
    }
    let ledger = simulator.ledger();
    assert_eq!((ledger.admitted.len(), ledger.refused.len(), ledger.billed().nanos()), (0, 5, 0));
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let body = whole(&resume("Ada", 5)).to_string();
    let request = format!(
        "POST /openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let last = "GET /openai/v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut stream = send(&simulator, &format!("{request}{request}{last}")).await;
    let mut raw = String::new();
    stream.read_to_string(&mut raw).await.unwrap();
    assert_eq!(raw.matches("HTTP/1.1 200 OK\r\n").count(), 3);
    assert_eq!(simulator.ledger().admitted.len(), 2);
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let mut stream = send(&simulator, "\u{16}\u{3}\u{1} hello\r\n\r\n").await;
    let mut raw = Vec::new();
    // Unread bytes make the end a reset on some systems; either way nothing is answered.
    let _ended = stream.read_to_end(&mut raw).await;
    assert!(raw.is_empty());
    assert_eq!(get(&simulator, "/openai/v1/models").await.status, 200, "the next one is served");
}

#[tokio::test]
async fn the_reports_are_there_for_another_process() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let body = chat(&resume("Ada", 5));
    for _ in 0..2 {
        post(&simulator, &body).await;
    }
    let report = get(&simulator, "/admin/report").await.json();
    assert_eq!((&report["admitted"], &report["running"]), (&json!(2), &json!(0)));
    assert_eq!((&report["duplicates"], &report["paid_again"]), (&json!(1), &json!(1)));
    assert_eq!(report["billed"], json!(simulator.ledger().billed().nanos()));
    assert_eq!(report["deliveries"], json!({"complete": 2}));
    let ledger = get(&simulator, "/admin/ledger").await;
    assert_eq!(ledger.json()["admitted"][0]["delivery"], json!("complete"));
    assert!(!ledger.body.contains("gsk_test") && !ledger.body.contains("Ada"), "no keys and no texts");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_noted_and_pays_what_was_generated() {
    let simulator = Simulator::start(Scenario::default()).unwrap();
    let body = chat(&resume("Ada", 2_000)).to_string();
    let head = format!(
        "POST /openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = send(&simulator, &(head + &body)).await;
    let mut first = vec![0; 20_000];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!((simulator.ledger().running, simulator.ledger().peak), (1, 1));
    drop(stream);
    while simulator.ledger().running > 0 {
        tokio::task::yield_now().await;
    }
    let ledger = simulator.ledger();
    let row = &ledger.admitted[0];
    assert_eq!(row.delivery, Delivery::ClientGone);
    assert!((1..1_000).contains(&row.completion_tokens), "{}", row.completion_tokens);
    assert_eq!(row.billed.nanos(), row.prompt_tokens * 75 + row.completion_tokens * 300);
}

#[tokio::test(start_paused = true)]
async fn stopping_settles_what_was_running() {
    let simulator = Simulator::start(Scenario::default()).unwrap();
    let address = simulator.address();
    let body = whole(&resume("Ada", 2_000)).to_string();
    let head = format!("POST /openai/v1/chat/completions HTTP/1.1\r\ncontent-length: {}\r\n\r\n", body.len());
    let _stream = send(&simulator, &(head + &body)).await;
    while simulator.ledger().running == 0 {
        tokio::task::yield_now().await;
    }
    let ledger = simulator.stop().await;
    assert_eq!((ledger.running, ledger.admitted[0].delivery), (0, Delivery::ClientGone));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
