//! The whole job by commands in a script: rewrite in bulk, decide, write back, and look into the database.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::{Connection, Row, SqliteConnection};

use super::run::Place;

/// The summaries of all candidates by key.
fn summaries(place: &Place) -> BTreeMap<String, Option<String>> {
    let url = format!("sqlite:{}", place.path("demo/candidates.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let rows = sqlx::query("SELECT CAST(id AS TEXT), summary FROM candidates").fetch_all(&mut connection);
        rows.await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
    })
}

fn rows(place: &Place, filter: &str) -> Vec<Value> {
    let list = place.json(&["review", "list", "--where", filter, "--limit", "1000"]);
    list["data"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// The summary in one of the texts of a rewrite.
fn summary_of(place: &Place, id: &str, side: &str) -> Option<String> {
    let shown = place.json(&["review", "show", id]);
    let sections = shown[side].as_array().unwrap();
    let summary = sections.iter().find(|section| section["id"] == "summary").unwrap();
    summary["text"].as_str().map(str::to_owned)
}

#[test]
fn the_whole_job_without_a_terminal() {
    let place = Place::demo(40);
    let before = summaries(&place);
    let estimate = place.json(&["batch", "start", "--all", "--estimate"]);
    assert!(estimate["cost_usd_nanos"].as_u64().unwrap() > 0, "{estimate}");
    assert_eq!(place.json(&["batch", "list"])["data"], Value::Array(Vec::new()));

    let batch = place.on_demo(&["batch", "start", "--all", "--wait", "--json", "--as", "ops"]);
    assert_eq!(batch.status, 0, "{batch:?}");
    let batch = place.json(&["batch", "show", "b1"]);
    assert_eq!((text(&batch, "state"), text(&batch, "by")), ("finished", "ops"));
    let counts: u64 =
        batch["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(Some(counts), batch["total"].as_u64());
    assert!(batch["spent_usd_nanos"].as_u64() <= batch["budget_usd_nanos"].as_u64());

    let ready = rows(&place, "state:ready batch:b1");
    assert!(ready.len() > 30, "{batch}");
    let (one, other) = (text(&ready[0], "id"), text(&ready[1], "id"));
    place.json(&["review", "approve", one]);
    place.json(&["review", "reject", other, "--reason", "too bold"]);
    place.json(&["review", "undo"]);
    assert_eq!(rows(&place, "state:rejected").len(), 0);
    place.json(&["review", "reject", other, "--reason", "too bold"]);
    let left = (ready.len() - 2).to_string();
    let approve = ["review", "approve", "--where", "state:ready", "--expect-count", &left];
    let bulk = place.json(&approve);
    assert_eq!(bulk["done"].as_array().unwrap().len(), ready.len() - 2);

    // A sample of what nobody opened waits for somebody to look at it.
    let sample: Vec<&str> = bulk["looks"].as_array().unwrap().iter().map(|row| text(row, "id")).collect();
    assert_eq!(sample.len(), (5 * (ready.len() - 2) + 50) / 100, "5 % of it, to the nearest");
    assert_eq!(rows(&place, "look:spot").len(), sample.len());
    for id in sample {
        place.on_demo(&["writeback", id, "--yes"]).fails(1, &["It waits for a spot check."]);
        place.on_demo(&["review", "look", id, "--agree"]).fails(1, &["A spot check is there to be read"]);
        assert!(place.on_demo(&["review", "look", id]).ok().out.contains("change 1 of "));
        place.json(&["review", "look", id, "--agree"]);
    }

    assert_eq!(summaries(&place), before, "nothing was written before the write-back");
    let all = (ready.len() - 1).to_string();
    let written = place.json(&["writeback", "--expect-count", &all]);
    assert_eq!(written["done"].as_array().unwrap().len(), ready.len() - 1);

    let after = summaries(&place);
    let rejected = text(&ready[1], "candidate").to_owned();
    let mut changed = 0;
    for row in &ready {
        let candidate = text(row, "candidate");
        if candidate == rejected {
            assert_eq!(after[candidate], before[candidate], "it was rejected");
        } else {
            assert_eq!(after[candidate], summary_of(&place, text(row, "id"), "approved"));
            changed += usize::from(after[candidate] != before[candidate]);
        }
    }
    assert!(changed > ready.len() / 2, "{changed}");
    let touched: Vec<&str> = ready.iter().map(|row| text(row, "candidate")).collect();
    for (candidate, summary) in &before {
        assert!(touched.contains(&candidate.as_str()) || after[candidate] == *summary, "{candidate}");
    }
}

#[test]
fn a_worker_runs_what_was_started_and_ends_in_order() {
    let place = Place::demo(25);
    let started = place.on_demo(&["batch", "start", "--all"]).ok();
    assert!(started.out.contains("b1 is queued: "), "{started:?}");
    assert!(started.err.contains("hint: No worker is at work."), "{started:?}");
    let mut worker = place.start(&["worker"]);
    let mut first = String::new();
    BufReader::new(worker.stderr.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("At work as "), "{first}");
    let watched = place.on_demo(&["batch", "watch", "b1", "--json"]).ok();
    let last: Value = serde_json::from_str(watched.out.lines().last().unwrap()).unwrap();
    assert_eq!((text(&last, "state"), &last["done"]), ("finished", &last["total"]));
    kill_process(Pid::from_child(&worker), Signal::TERM).unwrap();
    let ended = worker.ended();
    assert_eq!(ended.status, 0, "{ended:?}");
}

#[test]
fn waiting_that_is_interrupted_loses_nothing() {
    let place = Place::demo(40);
    // Slow enough that the signal comes while requests are in flight.
    place.edit_config(|text| format!("{text}\n[simulator]\nspeed = 0.5\n"));
    let child = place.start(&["batch", "start", "--all", "--wait"]);
    let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
    loop {
        let batches = place.json(&["batch", "list"]);
        if batches["data"][0]["counts"]["running"].as_u64().is_some_and(|running| running > 0) {
            break;
        }
        assert!(std::time::Instant::now() < until, "{batches}");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = child.ended();
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(ended.err.contains("b1 is not finished; nothing of it is lost."), "{ended:?}");
    let batch = place.json(&["batch", "show", "b1"]);
    assert_eq!(batch["counts"]["running"], 0, "{batch}");
    assert_eq!(batch["reserved_usd_nanos"], 0, "{batch}");
}

#[test]
fn a_batch_is_paused_resumed_and_cancelled_by_name() {
    let place = Place::demo(5);
    place.json(&["batch", "start", "--all"]);
    let paused = place.json(&["batch", "pause", "b1", "--as", "ops"]);
    assert_eq!((text(&paused, "state"), text(&paused, "reason")), ("paused", "paused by ops"));
    let resumed = place.json(&["batch", "resume", "1", "--budget", "3.50"]);
    assert_eq!(resumed["budget_usd_nanos"], 3_500_000_000_u64);
    assert_eq!(place.on_demo(&["batch", "cancel", "b1"]).ok().out, "b1 is cancelled.\n");
    place.on_demo(&["batch", "resume", "b1"]).fails(1, &["Batch b1: ", "cancelled"]);
    assert_eq!(place.json(&["batch", "show", "b1"])["counts"]["queued"], 0);
}

#[test]
fn a_batch_that_cannot_start_says_why() {
    let place = Place::demo(5);
    let start = |rest: &[&str]| place.on_demo(&[&["batch", "start"], rest].concat());
    start(&[]).fails(2, &["--all", "--ids", "--where"]);
    start(&["--all", "--ids", "1"]).fails(2, &["cannot be used with"]);
    start(&["--where", "citty:York"]).fails(
        1,
        &[
            "Candidates have no field \"citty\" to filter by.",
            "citty:York\n  ^^^^^",
            "Did you mean \"city:\"?",
        ],
    );
    start(&["--where", "nobody-is-called-so"]).fails(1, &["No candidate matches."]);
    start(&["--ids", "999"]).fails(1, &["There is no candidate 999 here."]);
    start(&["--all", "--posting", "999"]).fails(1, &["There is no posting 999 here."]);
    start(&["--all", "--model", "nobody/nothing"]).fails(1, &["no model \"nobody/nothing\"", "hint: "]);
    start(&["--all", "--budget", "a lot"]).fails(2, &["is no amount in US dollars"]);
    assert_eq!(place.json(&["batch", "list"])["data"], Value::Array(Vec::new()));
}
