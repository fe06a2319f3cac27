//! Two reviewers, each in a terminal of their own, on one PostgreSQL store and one queue.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::{
    pty::Terminal,
    servers::{self, Database},
};

/// A terminal is taken to have said what it had to say when it was quiet for so long.
const QUIET: Duration = Duration::from_millis(100);
/// How long all of it may take before it fails the test.
const PATIENCE: Duration = Duration::from_mins(4);

fn number(database: &Database, sql: &str) -> usize {
    database.run(sql).trim().parse().unwrap()
}

fn ready(database: &Database) -> usize {
    number(database, "SELECT COUNT(*) FROM redraft.rewrite WHERE state = 'ready'")
}

fn approvals_of(database: &Database, who: &str) -> usize {
    let sql =
        format!("SELECT COUNT(*) FROM redraft.decision WHERE action = 'approve' AND decided_by = '{who}'");
    number(database, &sql)
}

#[test]
fn two_terminals_decide_one_queue_and_one_of_them_is_killed() {
    let Some(database) = servers::postgres() else { return };
    let folder = TempDir::new().unwrap();
    let (dir, home) = (folder.path().join("demo"), folder.path().to_str().unwrap().to_owned());
    let (config, url) = (dir.join("config.toml"), database.url());
    let around = [("HOME", home.as_str()), ("LANG", "C.UTF-8"), ("REDRAFT__STORE__URL", url.as_str())];
    let run = |arguments: &[&str], who: &str| {
        let config = ["--config", config.to_str().unwrap(), "--as", who];
        Terminal::start(80, 24, &[arguments, &config].concat(), &around)
    };
    let prepare = ["demo", "--prepare", "--candidates", "24", "--dir", dir.to_str().unwrap()];
    assert!(Terminal::start(80, 24, &prepare, &[("HOME", &home)]).ends().success());
    // The demo names a store in a file; here it is the server's.
    let text = std::fs::read_to_string(&config).unwrap();
    let shared: Vec<&str> = text.lines().filter(|line| !line.starts_with("path = \"store.db\"")).collect();
    assert_eq!(shared.len() + 1, text.lines().count(), "{text}");
    std::fs::write(&config, shared.join("\n")).unwrap();
    let mut batch = run(&["batch", "start", "--all", "--wait"], "ops");
    batch.sees("[y/N]").press("y<Enter>").sees("finished");
    assert!(batch.ends().success());
    let total = ready(&database);
    assert!(total > 12, "enough for both: {total}");

    let (mut anna, mut ben) = (run(&[], "anna"), run(&[], "ben"));
    for terminal in [&mut anna, &mut ben] {
        terminal.sees("[1]Dashboard").press("4").sees(&format!("({total} of "));
    }
    let end = Instant::now() + PATIENCE;
    // Both press the key at the same time, on what each of them sees.
    while ready(&database) > total / 2 {
        assert!(Instant::now() < end, "it goes too slowly\n{}\n{}", anna.screen(), ben.screen());
        anna.press("a");
        ben.press("a");
        anna.settle(QUIET);
        ben.settle(QUIET);
    }
    let (of_anna, of_ben) = (approvals_of(&database, "anna"), approvals_of(&database, "ben"));
    assert!(of_anna > 0 && of_ben > 0, "both have decided: {of_anna}, {of_ben}");
    let pid = Pid::from_raw(i32::try_from(ben.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    assert!(!ben.ends().success());
    let of_ben = approvals_of(&database, "ben");

    // What ben had open is his for a while: the last one is taken over.
    while ready(&database) > 0 {
        assert!(Instant::now() < end, "it goes too slowly\n{}", anna.screen());
        anna.press("a");
        anna.settle(QUIET);
        if ready(&database) == 1 && anna.screen().contains("ben has it open") {
            anna.press("T").sees("Take it over?").press("y").sees("You have it open now");
        }
    }
    anna.settle(QUIET);
    let doubled = "SELECT COUNT(*) FROM (SELECT rewrite FROM redraft.decision WHERE action = 'approve' \
                   GROUP BY rewrite HAVING COUNT(*) > 1) d";
    assert_eq!(number(&database, doubled), 0, "nothing is decided twice");
    let distinct = "SELECT COUNT(DISTINCT rewrite) FROM redraft.decision WHERE action = 'approve'";
    assert_eq!(number(&database, distinct), total, "nothing is left out");
    assert_eq!(approvals_of(&database, "ben"), of_ben, "what he decided stays his");
    assert_eq!(approvals_of(&database, "anna") + of_ben, total);
    let counted = "SELECT n FROM redraft.batch_count WHERE state = 'approved'";
    assert_eq!(number(&database, counted), total, "the counts add up");
    anna.press("q");
    assert!(anna.ends().success());
}
