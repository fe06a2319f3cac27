//! The real program in a real terminal, by keys alone.

mod init;
mod outages;
mod two;

use std::{collections::BTreeMap, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, Row, SqliteConnection};
use tempfile::TempDir;

use crate::support::pty::Terminal;

const SECTIONS: [&str; 4] = ["summary", "experience", "skills", "education"];

fn start(folder: &TempDir, columns: u16, rows: u16) -> Terminal {
    let dir = folder.path().join("demo");
    let home = folder.path().to_str().unwrap();
    let arguments = ["demo", "--candidates", "12", "--dir", dir.to_str().unwrap(), "--as", "anna"];
    Terminal::start(columns, rows, &arguments, &[("HOME", home), ("LANG", "C.UTF-8")])
}

async fn database(folder: &TempDir, file: &str) -> SqliteConnection {
    let path = folder.path().join("demo").join(file);
    SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap()
}

/// The sections of each candidate, by key.
async fn texts(folder: &TempDir) -> BTreeMap<String, Vec<Option<String>>> {
    let mut connection = database(folder, "candidates.db").await;
    let query = "SELECT CAST(id AS TEXT), summary, experience, skills, education FROM candidates";
    let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), (1..5).map(|index| row.get(index)).collect())).collect()
}

/// State and approved text of each rewrite, by candidate.
async fn decided(folder: &TempDir) -> BTreeMap<String, (String, Option<serde_json::Value>)> {
    let mut connection = database(folder, "store.db").await;
    let query =
        "SELECT r.candidate, r.state, t.approved FROM rewrite r JOIN rewrite_text t ON t.rewrite = r.seq";
    let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
    let approved = |row: &sqlx::sqlite::SqliteRow| {
        row.get::<Option<String>, _>(2).map(|text| serde_json::from_str(&text).unwrap())
    };
    rows.iter().map(|row| (row.get(0), (row.get(1), approved(row)))).collect()
}

/// Waits until the queue has so many rewrites, as the list says it or, beside a text, the pane.
fn queued(terminal: &mut Terminal, number: usize) -> &mut Terminal {
    let (list, pane) = (format!("({number} of "), format!("QUEUE {number} "));
    terminal
        .until(&format!("{number} in the queue"), |screen| screen.contains(&list) || screen.contains(&pane))
}

/// Marks six, starts a batch, reviews one change by change, approves it, rejects another, undoes that and rejects it
/// again, approves the rest, writes with the typed count; then the databases are looked at.
async fn main_job(columns: u16, rows: u16) {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(&folder, columns, rows);
    terminal.sees("[1]Dashboard").sees("SIMULATED");
    let before = texts(&folder).await;
    terminal.press("2").sees("1 of 12").press("<Space><Space><Space><Space><Space><Space>").sees("6 marked");
    terminal.press("R").sees("Start a batch").sees("cost about").press("<Tab><Tab><Tab><Tab><Tab><Enter>");
    terminal.sees("Start a batch of 6 rewrites?").press("y").sees("[3]Batches").sees("b1    finished");
    queued(terminal.press("4"), 6).press("<Enter>").sees("change 1/").press("]").sees("change 2/");
    terminal.press("<Space>").sees("1✓").press("a").sees("Approved").sees("Review 1/5");
    terminal.press("x").sees("Rejected").sees("Review 1/4").press("u").sees("Undone").sees("/5");
    // Esc and a letter at once would be Alt with that letter: the next key waits for the queue.
    queued(terminal.press("x").sees("/4").press("<Esc>").sees("A approve marked"), 4).press("A");
    queued(terminal.sees("Approve 4 rewrites?").press("y").sees("4 approved."), 0);
    terminal.press("5").sees("5 approved, not written").press("W").sees("Write 5 texts");
    terminal.press("<Enter>").sees("The number must be typed.").press("5<Enter>").sees("5 written.");
    terminal.press("q");
    assert!(terminal.ends().success());
    let (after, decided) = (texts(&folder).await, decided(&folder).await);
    assert_eq!(decided.len(), 6);
    for (key, texts) in &after {
        match decided.get(key) {
            Some((state, approved)) if state == "written" => {
                assert_eq!(&sections(approved.as_ref().unwrap()), texts, "{key}");
            }
            Some((state, _)) => {
                assert_eq!((state.as_str(), texts), ("rejected", &before[key]), "{key}");
            }
            None => assert_eq!(texts, &before[key], "{key} was in no batch"),
        }
    }
    assert_eq!(decided.values().filter(|(state, _)| state == "written").count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_at_80_by_24() {
    main_job(80, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_at_160_by_45() {
    main_job(160, 45).await;
}

#[test]
fn a_lost_connection_ends_the_program() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(&folder, 80, 24);
    terminal.sees("[1]Dashboard");
    assert!(terminal.pid() > 0);
    // It ends, or this waits until the test run is given up.
    terminal.hang_up();
}

#[test]
fn it_resizes_sends_nothing_while_idle_and_gives_the_terminal_back() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(&folder, 120, 40);
    terminal.sees("[1]Dashboard").resize(80, 24).sees("[1]Dashboard").misses("reading");
    let bytes = terminal.settle(Duration::from_millis(700));
    assert_eq!(terminal.settle(Duration::from_secs(2)), bytes, "bytes came while nothing happened");
    assert!(terminal.emulator().alternate_screen());
    terminal.press("q");
    assert!(terminal.ends().success());
    assert!(!terminal.emulator().alternate_screen() && !terminal.emulator().hide_cursor());
}

/// The states of all rewrites, once the store is closed.
#[test]
fn keys_that_come_at_once_are_all_taken() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(&folder, 100, 30);
    terminal.sees("Dashboard").press("2").sees("1 of 12");
    // To the end of the list and beyond, and one row up.
    terminal.press(&format!("{}k", "j".repeat(1_999))).sees("11 of 12");
    terminal.press("<C-c>");
}

async fn states(folder: &TempDir) -> BTreeMap<String, i64> {
    let mut store = database(folder, "store.db").await;
    let rows = sqlx::query("SELECT state, count(*) FROM rewrite GROUP BY state");
    rows.fetch_all(&mut store).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// A signal or a lost connection in the middle of a batch; the next start goes on without being asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_goes_on_after_the_terminal_was_lost() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(&folder, 80, 24);
    terminal.sees("[1]Dashboard").press("q");
    assert!(terminal.ends().success());
    // Slow enough that requests are in flight when the end comes.
    let config = folder.path().join("demo/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[simulator]\nspeed = 0.3\n")).unwrap();
    let mut terminal = start(&folder, 80, 24);
    terminal.sees("[1]Dashboard").press("2").sees("1 of 12").press("*").sees("marked");
    terminal
        .press("R")
        .sees("cost about")
        .press("<Tab><Tab><Tab><Tab><Tab><Enter>")
        .sees("Start a batch of")
        .press("y");
    terminal.sees("[3]Batches").sees("running");
    let pid = Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    terminal.ends();
    assert!(!terminal.emulator().alternate_screen(), "the terminal is given back");
    let left = states(&folder).await;
    let total: i64 = left.values().sum();
    assert!(left.get("ready").is_none_or(|ready| *ready < total), "the batch was still at work: {left:?}");

    let mut terminal = start(&folder, 80, 24);
    terminal.sees("[1]Dashboard").press("3").sees("running");
    terminal.hang_up();
    let left = states(&folder).await;
    assert_eq!(left.values().sum::<i64>(), total);

    std::fs::write(&config, text).unwrap();
    let mut terminal = start(&folder, 80, 24);
    terminal.sees("[1]Dashboard").press("3").sees("b1    finished").press("q");
    assert!(terminal.ends().success());
    let done = states(&folder).await;
    let ended = done.get("ready").unwrap_or(&0) + done.get("skipped").unwrap_or(&0);
    assert_eq!(ended, total, "{done:?}");
}

/// The same job by commands on a terminal: bars, questions, typed counts.
#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_by_commands_on_a_terminal() {
    let folder = TempDir::new().unwrap();
    let (dir, home) = (folder.path().join("demo"), folder.path().to_str().unwrap().to_owned());
    let config = dir.join("config.toml");
    let run = |arguments: &[&str]| {
        let config = ["--config", config.to_str().unwrap(), "--as", "anna"];
        let around =
            [("HOME", home.as_str()), ("LANG", "C.UTF-8"), ("REDRAFT__REVIEW__SPOT_CHECK_PERCENT", "0")];
        Terminal::start(80, 24, &[arguments, &config].concat(), &around)
    };
    let prepare = ["demo", "--prepare", "--candidates", "60", "--dir", dir.to_str().unwrap()];
    assert!(Terminal::start(80, 24, &prepare, &[("HOME", &home)]).ends().success());
    let before = texts(&folder).await;
    let mut batch = run(&["batch", "start", "--all", "--wait"]);
    batch.sees("[y/N]").press("y<Enter>").sees("[###").sees("finished");
    assert!(batch.ends().success());
    let ready = states(&folder).await["ready"];
    assert!(ready > 50, "the typed count is asked for above 50");

    let mut refused = run(&["review", "approve", "--where", "state:ready"]);
    refused.sees(&format!("Type {ready} to confirm:")).press("7<Enter>").sees("Nothing was done.");
    assert_eq!((refused.ends().exit_code(), states(&folder).await["ready"]), (1, ready));
    let mut approve = run(&["review", "approve", "--where", "state:ready"]);
    approve.sees("to confirm:").press(&format!("{ready}<Enter>")).sees(&format!("{ready} approved."));
    assert!(approve.ends().success());
    assert!(run(&["review", "undo"]).sees(&format!("{ready} restored.")).ends().success());
    let left = decided(&folder).await.into_iter().find(|(_, (state, _))| state == "ready").unwrap().0;
    let one = format!("candidate:{left}");
    let mut reject = run(&["review", "reject", "--where", &one, "--reason", "too bold"]);
    reject.sees("Reject 1 rewrite? [y/N]").press("y<Enter>").sees("1 rejected.");
    assert!(reject.ends().success());
    let mut approve = run(&["review", "approve", "--where", "state:ready"]);
    approve.sees("to confirm:").press(&format!("{}<Enter>", ready - 1));
    approve.sees(&format!("{} approved.", ready - 1));
    assert!(approve.ends().success());
    let mut write = run(&["writeback"]);
    write.sees("to confirm:").press(&format!("{}<Enter>", ready - 1));
    write.sees(&format!("{} written.", ready - 1));
    assert!(write.ends().success());
    let after = texts(&folder).await;
    for (key, (state, approved)) in decided(&folder).await {
        let texts = if state == "written" { sections(&approved.unwrap()) } else { before[&key].clone() };
        assert_eq!(after[&key], texts, "{key} is {state}");
    }
    assert_eq!(after[&left], before[&left], "it was rejected");
}

/// The texts of a document in the order of the sections.
fn sections(document: &serde_json::Value) -> Vec<Option<String>> {
    let all = document.as_array().unwrap();
    let find = |id: &&str| all.iter().find(|section| section["id"] == **id).unwrap()["text"].as_str();
    SECTIONS.iter().map(|id| find(id).map(str::to_owned)).collect()
}
