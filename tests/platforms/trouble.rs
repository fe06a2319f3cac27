//! What goes wrong between redraft and a server. Each time there is a clear sentence, nothing is lost, and it goes on when
//! the cause is gone.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::job::{Desk, ids};
use crate::{
    cli::run::Said,
    support::{
        platforms,
        servers::{self, Database, Kind, Proxy, Way},
    },
};

/// The engines that are there, each with a small platform of 12 people.
fn everywhere() -> impl Iterator<Item = Database> {
    [servers::postgres, servers::mariadb].into_iter().filter_map(|make| make()).inspect(|database| {
        let kind = database.kind();
        let engine = if kind == Kind::Mariadb { " ENGINE=InnoDB" } else { "" };
        let mut sql = format!(
            "CREATE TABLE people (id integer PRIMARY KEY, name varchar(80) NOT NULL, resume text, pay integer){engine};\n"
        );
        for (number, text) in (1..).zip(platforms::resumes(12)) {
            let text = platforms::literal(kind, &text);
            writeln!(sql, "INSERT INTO people VALUES ({number}, 'Person {number}', {text}, 40000);").unwrap();
        }
        database.run(&sql);
    })
}

const MAPPING: &str = r#"
[mapping.candidate]
table = "people"
key = ["id"]
display = ["name"]
never_read = ["pay"]
[[mapping.section]]
id = "resume"
column = "resume"
"#;

fn resumes(database: &Database) -> Vec<String> {
    let hex = if database.kind() == Kind::Mariadb { "HEX(resume)" } else { "encode(resume::bytea, 'hex')" };
    database.run(&format!("SELECT {hex} FROM people ORDER BY id")).lines().map(str::to_owned).collect()
}

/// A failure that says all of this in one sentence, shows no password and says what to do.
#[track_caller]
fn clear(said: Said, words: &[&str]) {
    let all = format!("{}{}", said.out, said.err);
    assert!(!all.contains("role-password") && !all.contains("S3cr3tPw"), "{all}");
    let said = said.fails(1, &["error: "]);
    for word in words {
        assert!(said.err.contains(word), "no {word:?} in {}", said.err);
    }
}

#[test]
fn a_server_that_does_not_let_redraft_in() {
    for database in everywhere() {
        let (role, _) = database.role("redraft");
        let there = database.url_as(&role, "S3cr3tPw");
        let good = database.url();
        let port = format!(":{}/", database.server().port());
        let elsewhere = |host: &str| good.replace(&format!("127.0.0.1{port}"), &format!("{host}/"));
        let tls = match database.kind() {
            Kind::Postgres => format!("{good}?sslmode=require"),
            Kind::Mariadb => format!("{good}?ssl-mode=REQUIRED"),
        };
        let nobody = good.replace(database.name(), "no_such_database");
        let cases = [
            (there, "refuses the password of"),
            (elsewhere("no-such-host.invalid"), "no-such-host.invalid"),
            (elsewhere("127.0.0.1:9"), "nothing listens at 127.0.0.1:9"),
            (tls, "TLS"),
            (nobody, "no_such_database"),
        ];
        for (url, word) in cases {
            let desk = Desk::new(&url, MAPPING);
            clear(
                desk.place.on_demo(&["batch", "list"]),
                &["The candidate database cannot be reached", word],
            );
            let checked = desk.place.on_demo(&["check", "--json"]).fails(1, &[]);
            assert!(checked.out.contains(word) && !checked.out.contains("S3cr3tPw"), "{checked:#?}");
        }
    }
}

#[test]
fn a_server_that_goes_away_in_mid_read_and_comes_back() {
    for database in everywhere() {
        let proxy = Proxy::before(&database);
        let url = proxy.url(&database.url(), &database);
        // How much is read, and how much of it before the batch has begun, is learnt from one that ends well.
        let desk = Desk::new(&url, MAPPING);
        desk.place.json(&["batch", "list"]);
        let connecting = proxy.passed(Way::FromServer);
        assert_eq!(desk.rewrites_all().len(), 12);
        let reading = proxy.passed(Way::FromServer) - connecting;

        proxy.break_after(connecting / 2, Way::FromServer);
        let desk = Desk::new(&url, MAPPING);
        clear(desk.place.on_demo(&["batch", "start", "--all"]), &["The candidate database", "hint: "]);
        assert!(proxy.is_broken());
        proxy.mend();
        assert_eq!(desk.place.json(&["batch", "list"])["data"], Value::Array(Vec::new()));

        desk.place.json(&["batch", "start", "--all"]);
        proxy.break_after(reading * 2 / 3, Way::FromServer);
        let mut worker = desk.place.start(&["worker"]);
        let mut lines = BufReader::new(worker.stderr.take().unwrap()).lines().map(Result::unwrap);
        let warning = lines.find(|line| line.starts_with("warning: ")).expect("it says why nothing goes on");
        let begins = "warning: Résumés cannot be read yet. The candidate database ";
        assert!(
            warning.starts_with(begins) && warning.ends_with("Nothing is lost; redraft keeps trying."),
            "{warning}"
        );
        proxy.mend();
        desk.place.on_demo(&["batch", "watch", "b1", "--json"]).ok();
        kill_process(Pid::from_child(&worker), Signal::TERM).unwrap();
        assert!(lines.any(|line| line == "It goes on."));
        assert_eq!(worker.ended().status, 0);
        assert_eq!(desk.list("state:ready").len(), 12);
    }
}

#[test]
fn a_server_that_goes_away_in_mid_write_and_comes_back() {
    for database in everywhere() {
        let proxy = Proxy::before(&database);
        let desk = Desk::new(&proxy.url(&database.url(), &database), MAPPING);
        let before = resumes(&database);
        let ready: Vec<String> = desk.rewrites_all().into_iter().map(|(id, _)| id).collect();
        desk.about(&["review", "approve", "--yes"], &ready);
        let all = desk.list("state:approved").len();
        let way = Way::ToServer;
        // How much a write-back of all sends is learnt from one that ends well; it is undone again.
        let start = proxy.passed(way);
        let done = ids(&desk.place.json(&["writeback", "--yes"])["done"]);
        let sent = proxy.passed(way) - start;
        let after = resumes(&database);
        desk.about(&["revert", "--yes"], &done).ok();
        assert_eq!(resumes(&database), before);
        desk.about(&["review", "approve", "--yes"], &ready);
        assert_eq!(desk.list("state:approved").len(), all);

        for part in 1..8 {
            proxy.break_after(sent * part / 9, way);
            let said = desk.place.on_demo(&["writeback", "--yes", "--json"]);
            if proxy.is_broken() {
                assert_eq!(said.status, 1, "{said:#?}");
            }
            // Each row is as it was or as it was approved, whatever the program could know of it.
            for ((now, old), new) in resumes(&database).iter().zip(&before).zip(&after) {
                assert!(now == old || now == new);
            }
            proxy.mend();
        }
        desk.place.on_demo(&["writeback", "--yes"]).ok();
        assert_eq!(resumes(&database), after);
        assert_eq!(desk.list("state:written").len(), all);
        let back = desk.about(&["revert", "--yes"], &done).ok();
        assert_eq!(resumes(&database), before, "{back:#?}");
    }
}

#[test]
fn a_server_that_is_stopped_while_a_batch_runs_and_started_again() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some(database) = servers::own(kind) else { continue };
        let mut sql = "CREATE TABLE people (id integer PRIMARY KEY, name varchar(80) NOT NULL, resume text, pay integer);\n".to_owned();
        for (number, text) in (1..).zip(platforms::resumes(5)) {
            let text = platforms::literal(kind, &text);
            writeln!(sql, "INSERT INTO people VALUES ({number}, 'Person {number}', {text}, 40000);").unwrap();
        }
        database.run(&sql);
        let desk = Desk::new(&database.url(), MAPPING);
        desk.place.json(&["batch", "start", "--all"]);
        database.server().kill();
        clear(
            desk.place.on_demo(&["batch", "start", "--all"]),
            &["The candidate database cannot be reached", "nothing listens"],
        );
        database.server().restart();
        let worker = desk.place.start(&["worker"]);
        desk.place.on_demo(&["batch", "watch", "b1", "--json"]).ok();
        kill_process(Pid::from_child(&worker), Signal::TERM).unwrap();
        assert_eq!(worker.ended().status, 0);
        assert_eq!(desk.list("state:ready").len(), 5);
    }
}

#[test]
fn a_column_or_table_that_is_renamed_between_approval_and_write_back() {
    for database in everywhere() {
        let desk = Desk::new(&database.url(), MAPPING);
        let before = resumes(&database);
        let ready: Vec<String> = desk.rewrites_all().into_iter().map(|(id, _)| id).collect();
        desk.about(&["review", "approve", "--yes"], &ready);
        database.run("ALTER TABLE people RENAME COLUMN resume TO cv");
        let said = desk
            .place
            .on_demo(&["writeback", "--yes"])
            .fails(78, &["error: ", "resume", "mapping.section[0].column"]);
        assert!(said.err.contains("\"people\"") && said.err.contains("hint: "), "{}", said.err);
        database.run("ALTER TABLE people RENAME COLUMN cv TO resume");
        database.run("ALTER TABLE people RENAME TO persons");
        desk.place
            .on_demo(&["writeback", "--yes"])
            .fails(78, &["error: ", "\"people\"", "mapping.candidate.table", "hint: "]);
        database.run("ALTER TABLE persons RENAME TO people");
        assert_eq!(resumes(&database), before);
        let all = desk.list("state:approved").len();
        assert_eq!(ids(&desk.place.json(&["writeback", "--yes"])["done"]).len(), all);
    }
}

#[test]
fn a_role_that_may_only_read() {
    for database in everywhere() {
        let (role, password) = database.role("reader");
        let grant = |what: &str| {
            let at = if database.kind() == Kind::Mariadb { "@localhost" } else { "" };
            database.run(&format!("GRANT {what} ON people TO {role}{at}"));
        };
        grant("SELECT (id, name, resume)");
        let desk = Desk::new(&database.url_as(&role, &password), MAPPING);
        let before = resumes(&database);
        let ready: Vec<String> = desk.rewrites_all().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ready.len(), 12);
        desk.about(&["review", "approve", "--yes"], &ready);
        let all = desk.list("state:approved").len();
        let checked = desk.place.on_demo(&["check", "--json"]).fails(1, &[]);
        assert!(checked.out.contains("UPDATE"), "{}", checked.out);
        let said = desk.place.on_demo(&["writeback", "--yes"]).fails(1, &["cannot be written"]);
        assert_eq!(resumes(&database), before, "{said:#?}");
        assert_eq!(desk.list("state:approved").len(), all, "nothing is lost");
        grant("UPDATE (resume)");
        desk.place.json(&["check"]);
        assert_eq!(ids(&desk.place.json(&["writeback", "--yes"])["done"]).len(), all);
    }
}

#[test]
fn a_row_that_somebody_else_holds_locked() {
    for database in everywhere() {
        let desk = Desk::new(&database.url(), MAPPING);
        let ready: Vec<String> = desk.rewrites_all().into_iter().map(|(id, _)| id).collect();
        desk.about(&["review", "approve", "--yes"], &ready);
        let all = desk.list("state:approved");
        let mut other = database.session();
        let locked = &all[0].1;
        other.run(&format!("BEGIN; SELECT 1 FROM people WHERE id = {locked} FOR UPDATE"));
        // Reading waits for nobody.
        desk.place.json(&["writeback", "--dry-run"]);
        let said = desk.place.on_demo(&["writeback", "--yes", "--json"]).fails(1, &[]).json();
        assert_eq!(ids(&said["done"]).len(), all.len() - 1, "{said:#}");
        assert!(said["later"].to_string().contains("busy"), "{said:#}");
        drop(other);
        assert_eq!(ids(&desk.place.json(&["writeback", "--yes"])["done"]).len(), 1);
        assert_eq!(desk.list("state:written").len(), all.len());
    }
}
