//! Files of requests: sent, worked off in their own time, fetched, deleted.

use std::time::Duration;

use redraft::simulator::{
    Answer, Call, CallFault, CallHow, Delivery, Economy, EconomyEffect, EconomyFault, Effect, Fault,
    ReplyFault, Scenario, Simulator, Trigger,
};
use serde_json::{Value, json};
use tokio::time::advance;

use super::client::{Reply, exchange, post, resume, whole};

async fn ask(simulator: &Simulator, method: &str, path: &str, body: &str, kind: &str) -> Reply {
    ask_as(simulator, "gsk_test", method, path, (body, kind)).await
}

async fn ask_as(
    simulator: &Simulator,
    key: &str,
    method: &str,
    path: &str,
    (body, kind): (&str, &str),
) -> Reply {
    let head = format!(
        "{method} /openai/v1{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
         content-type: {kind}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    exchange(simulator, &(head + body)).await
}

async fn get(simulator: &Simulator, path: &str) -> Reply {
    ask(simulator, "GET", path, "", "").await
}

fn form(purpose: &str, name: &str, content: &str) -> String {
    format!(
        "--x7\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n--x7\r\nContent-Disposition: \
         form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/jsonl\r\n\r\n{content}\r\n--x7--\r\n"
    )
}

async fn upload(simulator: &Simulator, content: &str) -> Reply {
    let body = form("batch", "work.jsonl", content);
    ask(simulator, "POST", "/files", &body, "multipart/form-data; boundary=x7").await
}

async fn submit(simulator: &Simulator, file: &str) -> Reply {
    let body = json!({
        "input_file_id": file,
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "metadata": {"name": "mine"},
    });
    ask(simulator, "POST", "/batches", &body.to_string(), "application/json").await
}

fn line(name: &str, words: usize) -> String {
    let body = whole(&resume(name, words));
    json!({"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}).to_string()
        + "\n"
}

fn lines(number: usize) -> String {
    (1..=number).map(|at| line(&format!("Ada{at}"), 40 + at)).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// Sends lines and has them worked on; returns the name of the parcel.
async fn begin(simulator: &Simulator, content: &str) -> String {
    let file = upload(simulator, content).await.json();
    let parcel = submit(simulator, text(&file["id"])).await;
    assert_eq!(parcel.status, 200, "{}", parcel.body);
    text(&parcel.json()["id"]).to_owned()
}

async fn look(simulator: &Simulator, parcel: &str) -> Value {
    get(simulator, &format!("/batches/{parcel}")).await.json()
}

/// The results of a parcel that has them.
async fn results(simulator: &Simulator, parcel: &str, which: &str) -> Vec<Value> {
    let file = text(&look(simulator, parcel).await[which]).to_owned();
    let content = get(simulator, &format!("/files/{file}/content")).await;
    content.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(results: &[Value]) -> Vec<&str> {
    results.iter().map(|line| text(&line["custom_id"])).collect()
}

fn scenario(economy: Economy, faults: Vec<Fault>) -> Scenario {
    Scenario { economy, faults, ..Scenario::instant() }
}

fn with(effect: EconomyEffect) -> Economy {
    Economy { faults: vec![EconomyFault::new([], effect)], ..Economy::instant() }
}

#[tokio::test(start_paused = true)]
async fn a_parcel_passes_its_states_and_brings_its_results_at_half_the_price() {
    let economy =
        Economy { validating_ms: 60_000, line_ms: 10_000, finalizing_ms: 60_000, ..Economy::default() };
    let simulator = Simulator::start(scenario(economy, Vec::new())).unwrap();
    let parcel = begin(&simulator, &lines(6)).await;
    let begun = look(&simulator, &parcel).await;
    assert_eq!((text(&begun["status"]), &begun["metadata"]["name"]), ("validating", &json!("mine")));
    advance(Duration::from_secs(95)).await;
    let amid = look(&simulator, &parcel).await;
    assert_eq!(
        (text(&amid["status"]), &amid["request_counts"]),
        ("in_progress", &json!({"total": 6, "completed": 3, "failed": 0}))
    );
    assert!(amid["output_file_id"].is_null());
    advance(Duration::from_secs(30)).await;
    assert_eq!(text(&look(&simulator, &parcel).await["status"]), "finalizing");
    advance(Duration::from_mins(1)).await;
    assert_eq!(text(&look(&simulator, &parcel).await["status"]), "completed");

    let results = results(&simulator, &parcel, "output_file_id").await;
    let mut sorted = names(&results);
    assert_ne!(sorted, ["Ada1", "Ada2", "Ada3", "Ada4", "Ada5", "Ada6"], "in another order");
    sorted.sort_unstable();
    assert_eq!(sorted, ["Ada1", "Ada2", "Ada3", "Ada4", "Ada5", "Ada6"]);
    for line in &results {
        assert_eq!((&line["response"]["status_code"], &line["error"]), (&json!(200), &Value::Null));
        let answer = &line["response"]["body"];
        assert_eq!(answer["object"], json!("chat.completion"));
        assert!(text(&answer["choices"][0]["message"]["content"]).contains("[[section:summary]]"));
    }
    let ledger = simulator.ledger();
    assert!(ledger.admitted.iter().all(|row| row.economy && row.delivery == Delivery::Complete));
    let halves: u64 = ledger
        .admitted
        .iter()
        .map(|row| (row.prompt_tokens * 75 + row.completion_tokens * 300).div_ceil(2))
        .sum();
    assert_eq!(ledger.billed().nanos(), halves);
    assert_eq!(simulator.report().economy, 6);
}

#[tokio::test]
async fn the_same_request_has_the_same_answer_in_a_file() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let plain = post(&simulator, &whole(&resume("Ada", 50))).await.json();
    let other = Simulator::start(Scenario::instant()).unwrap();
    let parcel = begin(&other, &line("Ada", 50)).await;
    let results = results(&other, &parcel, "output_file_id").await;
    let answer = &results[0]["response"]["body"];
    let text = |answer: &Value| answer["choices"][0]["message"]["content"].clone();
    assert_eq!(text(answer), text(&plain), "only how long it reasons may differ");
}

#[tokio::test]
async fn files_are_listed_read_and_deleted_by_their_owner_alone() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let content = lines(2);
    let file = upload(&simulator, &content).await.json();
    assert_eq!(
        (&file["object"], &file["filename"], &file["purpose"], &file["bytes"]),
        (&json!("file"), &json!("work.jsonl"), &json!("batch"), &json!(content.len()))
    );
    let id = text(&file["id"]);
    let path = format!("/files/{id}");
    assert_eq!(get(&simulator, &format!("{path}/content")).await.body, content);
    assert_eq!(get(&simulator, &path).await.json(), file);
    assert_eq!(get(&simulator, "/files").await.json()["data"], json!([file]));
    let stranger = ask_as(&simulator, "gsk_other", "GET", &path, ("", "")).await;
    assert_eq!(stranger.status, 404);
    assert_eq!(ask_as(&simulator, "gsk_other", "DELETE", &path, ("", "")).await.status, 404);
    assert_eq!(ask(&simulator, "DELETE", &path, "", "").await.json()["deleted"], json!(true));
    assert_eq!(ask(&simulator, "DELETE", &path, "", "").await.status, 404);
    assert!(simulator.files().is_empty());
    assert_eq!((simulator.calls(Call::Delete), simulator.calls(Call::Upload)), (3, 1));
}

#[tokio::test]
async fn what_is_no_good_is_refused_or_fails() {
    let economy = Economy { most_lines: 2, most_bytes: 4_000, ..Economy::instant() };
    let simulator = Simulator::start(scenario(economy, Vec::new())).unwrap();
    let upload_as = async |purpose: &str, name: &str| {
        let body = form(purpose, name, "{}");
        ask(&simulator, "POST", "/files", &body, "multipart/form-data; boundary=x7").await.status
    };
    assert_eq!((upload_as("vision", "a.jsonl").await, upload_as("batch", "a.txt").await), (400, 400));
    assert_eq!(upload(&simulator, &"x".repeat(4_001)).await.status, 413);
    assert_eq!(submit(&simulator, "file_none").await.status, 404);
    let short = line("Ada", 3);
    for content in
        [short.clone() + &short, "{}\n".to_owned(), short.clone() + &line("Bea", 3) + &line("Eve", 3)]
    {
        let parcel = begin(&simulator, &content).await;
        let failed = look(&simulator, &parcel).await;
        assert_eq!(text(&failed["status"]), "failed", "{content}");
        assert!(!text(&failed["errors"]["data"][0]["message"]).is_empty());
    }
    assert!(simulator.ledger().admitted.is_empty(), "nothing was worked on");
}

#[tokio::test]
async fn results_can_be_spoilt() {
    for (effect, wanted) in
        [(EconomyEffect::Duplicate, 5), (EconomyEffect::Stranger, 5), (EconomyEffect::Missing(1), 3)]
    {
        let simulator = Simulator::start(scenario(with(effect), Vec::new())).unwrap();
        let parcel = begin(&simulator, &lines(4)).await;
        let found = results(&simulator, &parcel, "output_file_id").await;
        assert_eq!(found.len(), wanted, "{effect:?}");
        assert_eq!(names(&found).contains(&"nobody"), effect == EconomyEffect::Stranger);
        assert_eq!(simulator.ledger().admitted.len(), 4, "all are paid");
    }
    let simulator = Simulator::start(scenario(with(EconomyEffect::Invalid), Vec::new())).unwrap();
    let parcel = begin(&simulator, &lines(4)).await;
    assert_eq!(text(&look(&simulator, &parcel).await["status"]), "failed");
    let simulator = Simulator::start(scenario(with(EconomyEffect::Expires(3)), Vec::new())).unwrap();
    let parcel = begin(&simulator, &lines(4)).await;
    assert_eq!(text(&look(&simulator, &parcel).await["status"]), "expired");
    assert_eq!(results(&simulator, &parcel, "output_file_id").await.len(), 3);
    assert_eq!(simulator.ledger().admitted.len(), 3, "only what is done is paid");
}

#[tokio::test]
async fn a_request_of_a_parcel_can_fail_as_any() {
    let marked = |name: &str, effect| Fault::new(Trigger::Marker(name.to_owned()), effect);
    let faults = vec![
        marked("Ada1", Effect::Answer(Answer::Internal)),
        marked("Ada2", Effect::Answer(Answer::ContextLength)),
        marked("Ada3", Effect::Reply(ReplyFault::HalfLength)),
    ];
    let simulator = Simulator::start(scenario(Economy::instant(), faults)).unwrap();
    let parcel = begin(&simulator, &lines(5)).await;
    let counts = look(&simulator, &parcel).await["request_counts"].clone();
    assert_eq!(counts, json!({"total": 5, "completed": 3, "failed": 2}));
    let errors = results(&simulator, &parcel, "error_file_id").await;
    let status = |name: &str| {
        let line = errors.iter().find(|line| line["custom_id"] == json!(name)).unwrap();
        (line["response"]["status_code"].clone(), line["response"]["body"]["error"]["code"].clone())
    };
    assert_eq!(status("Ada1"), (json!(500), Value::Null));
    assert_eq!(status("Ada2"), (json!(400), json!("context_length_exceeded")));
    let output = results(&simulator, &parcel, "output_file_id").await;
    let cut = output.iter().find(|line| line["custom_id"] == json!("Ada3")).unwrap();
    assert_eq!(cut["response"]["body"]["choices"][0]["finish_reason"], json!("length"));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_parcel_ends_with_what_is_done() {
    let economy = Economy { line_ms: 10_000, finalizing_ms: 60_000, ..Economy::instant() };
    let simulator = Simulator::start(scenario(economy, Vec::new())).unwrap();
    let parcel = begin(&simulator, &lines(6)).await;
    advance(Duration::from_secs(25)).await;
    let path = format!("/batches/{parcel}/cancel");
    assert_eq!(text(&ask(&simulator, "POST", &path, "", "").await.json()["status"]), "cancelling");
    advance(Duration::from_mins(5)).await;
    assert_eq!(text(&look(&simulator, &parcel).await["status"]), "cancelled");
    assert_eq!(results(&simulator, &parcel, "output_file_id").await.len(), 2);
    assert_eq!(simulator.ledger().admitted.len(), 2);
    assert_eq!(ask(&simulator, "POST", &path, "", "").await.status, 400, "it is over");
}

#[tokio::test]
async fn calls_can_be_refused_lost_and_halved() {
    let call = |call, how| EconomyFault::new([1], EconomyEffect::Call(CallFault { call, how }));
    let faults = vec![
        call(Call::Upload, CallHow::Refused),
        call(Call::Submit, CallHow::Lost),
        call(Call::Content, CallHow::Half),
    ];
    let simulator = Simulator::start(scenario(Economy { faults, ..Economy::instant() }, Vec::new())).unwrap();
    assert_eq!(upload(&simulator, &lines(2)).await.status, 500);
    assert!(simulator.files().is_empty(), "nothing was done");
    let file = upload(&simulator, &lines(2)).await.json();
    let lost = submit(&simulator, text(&file["id"])).await;
    assert_eq!((lost.status, lost.raw.len()), (0, 0), "no answer");
    let parcels = get(&simulator, "/batches").await.json();
    assert_eq!(
        (parcels["data"].as_array().unwrap().len(), &parcels["data"][0]["input_file_id"]),
        (1, &file["id"])
    );
    let path = format!("/files/{}/content", text(&parcels["data"][0]["output_file_id"]));
    let (half, all) = (get(&simulator, &path).await.body, get(&simulator, &path).await.body);
    assert!(all.starts_with(&half) && all.len() > half.len() + 10);
}
