//! What is wrong outside: databases, provider, network. Each ends with a sentence, a way on and the right status.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    thread,
};

use serde_json::Value;

use super::{ready::ready, run::Place};

/// The checks that found an error, as `subject: message`.
fn errors(place: &Place, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["check", "--json"];
    all.extend(arguments);
    let said = place.on_demo(&all);
    let checks = said.json();
    let found = checks["data"].as_array().unwrap().iter().filter(|check| check["level"] == "error");
    let found: Vec<String> = found
        .map(|check| {
            let text = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
            format!("{}: {} {}", text("subject"), text("message"), text("remedy"))
        })
        .collect();
    assert_eq!(said.status, i32::from(!found.is_empty()), "{found:?}");
    assert_eq!(checks["ok"], Value::Bool(found.is_empty()));
    found
}

/// One error, in which all of these words occur.
#[track_caller]
fn one_error(place: &Place, arguments: &[&str], words: &[&str]) {
    let found = errors(place, arguments);
    assert_eq!(found.len(), 1, "{found:?}");
    for word in words {
        assert!(found[0].contains(word), "no {word:?} in {found:?}");
    }
}

#[test]
fn all_is_well_with_the_demo() {
    let place = Place::demo(5);
    assert_eq!(errors(&place, &[]), Vec::<String>::new());
}

#[test]
fn a_database_that_is_not_there() {
    let place = Place::demo(2);
    fs::remove_file(place.path("demo/candidates.db")).unwrap();
    one_error(&place, &["--offline"], &["there is no file", "candidates.db", "database.url"]);
    let words = ["The candidate database cannot be reached: there is no file", "hint: Look at database.url"];
    place.on_demo(&["batch", "list"]).fails(1, &words);
}

#[test]
fn a_mapping_that_names_what_is_not_there() {
    let place = Place::demo(2);
    place.edit_config(|text| text.replace("table = \"candidates\"", "table = \"candidate\""));
    one_error(&place, &["--offline"], &["mapping.candidate.table", "candidate", "candidates"]);
    let words = ["error: ", "\"candidate\"", "mapping.candidate.table", "hint: ", "`redraft check`"];
    place.on_demo(&["review", "list"]).fails(78, &words);
    place.edit_config(|text| {
        text.replace("table = \"candidate\"", "table = \"candidates\"")
            .replace("column = \"skills\"", "column = \"skils\"")
    });
    one_error(&place, &["--offline"], &["skils", "mapping.section[2].column", "skills"]);
}

#[test]
fn a_database_that_is_locked_loses_nothing() {
    let (place, _) = ready(1);
    place.json(&["review", "approve", "--batch", "b1", "--yes"]);
    let path = place.path("demo/candidates.db").display().to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lock = runtime.block_on(async {
        use sqlx::{Connection, SqliteConnection};
        let mut connection = SqliteConnection::connect(&format!("sqlite:{path}")).await.unwrap();
        sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
        connection
    });
    let said = place.on_demo(&["writeback", "--yes"]);
    said.fails(1, &["Waiting for the candidate database", "busy", "Nothing was lost."]);
    drop(lock);
    assert_eq!(place.json(&["writeback", "--yes"])["done"].as_array().unwrap().len(), 1);
}

#[test]
fn a_database_that_is_read_only_loses_nothing() {
    let (place, _) = ready(1);
    place.json(&["review", "approve", "--batch", "b1", "--yes"]);
    // Nothing is read-only for root.
    let place = place.for_nobody();
    let path = place.path("demo/candidates.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    place.on_demo(&["writeback", "--yes"]).fails(1, &["cannot be written"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(place.json(&["writeback", "--yes"])["done"].as_array().unwrap().len(), 1);
}

/// A provider that answers everything with this status and body; returns its base URL.
fn provider(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/openai/v1", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _read = stream.read(&mut request);
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
            let _sent =
                stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
        }
    });
    url
}

fn with_groq(base_url: &str, key: &str) -> Place {
    let mut place = Place::demo(2);
    place.set("REDRAFT__MODEL__PROVIDER", "groq");
    place.set("REDRAFT__MODEL__BASE_URL", base_url);
    place.set("GROQ_API_KEY", key);
    place
}

#[test]
fn a_provider_without_a_key_with_a_wrong_one_and_out_of_reach() {
    let place = with_groq("http://127.0.0.1:9/v1", "");
    one_error(&place, &[], &["model: ", "GROQ_API_KEY is not set"]);
    one_error(&with_groq("http://127.0.0.1:9/v1", "gsk_x"), &[], &["cannot be reached", "model.base_url"]);
    let body =
        r#"{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    let place = with_groq(&provider("401 Unauthorized", body), "gsk_wrong");
    one_error(&place, &[], &["model: ", "key", "GROQ_API_KEY"]);
    assert!(errors(&place, &["--offline"]).is_empty(), "the provider is left out");
    let start = place.on_demo(&["batch", "start", "--all", "--wait"]);
    start.fails(78, &["error: ", "key", "GROQ_API_KEY"]);
    let nowhere = with_groq("http://127.0.0.1:9/v1", "gsk_x");
    nowhere
        .on_demo(&["batch", "start", "--all"])
        .fails(1, &["cannot be reached", "hint: Nothing was started"]);
    assert_eq!(nowhere.json(&["batch", "list"])["data"], Value::Array(Vec::new()));
}

#[test]
fn a_model_that_the_provider_does_not_have() {
    let mut place = Place::demo(2);
    place.set("REDRAFT__MODEL__NAME", "nobody/nothing");
    one_error(&place, &[], &["has no model \"nobody/nothing\"", "openai/gpt-oss-20b"]);
}

#[test]
fn without_a_terminal_the_application_names_the_commands() {
    let place = Place::demo(2);
    place.on_demo(&[]).fails(1, &["error: ", "terminal", "hint: "]);
}
