//! What goes wrong outside while the application is open: servers that are stopped, names that change, locks of others.
//! Each time it says what is wrong and what to do, loses nothing, and goes on when the cause is gone.

use std::fmt::Write as _;

use sqlx::{Connection, SqliteConnection};

use crate::{
    cli::{ready::ready, run::Place},
    platforms::job::Desk,
    support::{
        platforms,
        pty::Terminal,
        servers::{self, Database, Kind},
    },
};

const PEOPLE: usize = 5;

const MAPPING: &str = r#"
[mapping.candidate]
table = "people"
key = ["id"]
display = ["name"]
[[mapping.section]]
id = "resume"
column = "resume"
"#;

/// A platform with a few people, and redraft's configuration for it.
fn platform(database: &Database) -> Desk {
    let kind = database.kind();
    let engine = if kind == Kind::Mariadb { " ENGINE=InnoDB" } else { "" };
    let mut sql = format!(
        "CREATE TABLE people (id integer PRIMARY KEY, name varchar(80) NOT NULL, resume text){engine};\n"
    );
    for (number, text) in (1..).zip(platforms::resumes(PEOPLE)) {
        let text = platforms::literal(kind, &text);
        writeln!(sql, "INSERT INTO people VALUES ({number}, 'Person {number}', {text});").unwrap();
    }
    database.run(&sql);
    Desk::new(&database.url(), MAPPING)
}

/// The same, with rewrites of all that are approved and wait to be written; returns how many.
fn approved(database: &Database) -> (Desk, usize) {
    let desk = platform(database);
    for (id, _) in desk.rewrites_all() {
        desk.about(&["review", "approve", "--yes"], &[id]);
    }
    let number = desk.list("state:approved").len();
    assert!(number > 1, "too few can be approved");
    (desk, number)
}

/// Both engines, each on a server of this test alone.
fn own_servers() -> impl Iterator<Item = Database> {
    [Kind::Postgres, Kind::Mariadb].into_iter().filter_map(servers::own)
}

/// Both engines, on the servers that all tests share.
fn shared_servers() -> impl Iterator<Item = Database> {
    [servers::postgres, servers::mariadb].into_iter().filter_map(|make| make())
}

fn open(place: &Place, variables: &[(&str, &str)]) -> Terminal {
    let (config, home) = (place.config(), place.path(""));
    let mut environment = vec![("HOME", home.to_str().unwrap()), ("LANG", "C.UTF-8")];
    environment.extend(variables);
    let mut terminal =
        Terminal::start(80, 24, &["--config", config.to_str().unwrap(), "--as", "anna"], &environment);
    terminal.sees("[1]Dashboard");
    terminal
}

fn on(database: &Database, desk: &Desk) -> Terminal {
    open(&desk.place, &[("CANDIDATES_URL", &database.url())])
}

/// The résumés as they stand, as hexadecimal digits.
fn resumes(database: &Database) -> Vec<String> {
    let hex = if database.kind() == Kind::Mariadb { "HEX(resume)" } else { "encode(resume::bytea, 'hex')" };
    database.run(&format!("SELECT {hex} FROM people ORDER BY id")).lines().map(str::to_owned).collect()
}

/// Types the number that a write-back asks for, once its dialog is there.
fn write(terminal: &mut Terminal, number: usize) {
    let texts = if number == 1 { "text" } else { "texts" };
    terminal.press("W").sees(&format!("Write {number} {texts}")).press(&format!("{number}<Enter>"));
}

#[test]
fn the_candidate_database_s_server_is_stopped_and_started_again() {
    for database in own_servers() {
        let (desk, number) = approved(&database);
        let before = resumes(&database);
        let mut terminal = on(&database, &desk);
        terminal.press("2").sees("1 of 5");
        database.server().stop();
        terminal.press("<Enter>").sees("The candidate database cannot be reached: nothing listens at");
        terminal.sees("2 tries again.");
        write(terminal.press("h5").sees(&format!("Write-back │ {number} approved")), number);
        terminal.sees(&format!("0 written, {number} not now. Nothing is lost; W tries again."));
        terminal.misses("not now");
        // Nobody asks again and again while the server is away.
        terminal.sees(&format!("Write-back │ {number} approved"));
        database.server().restart();
        assert_eq!(resumes(&database), before);
        write(&mut terminal, number);
        terminal.sees(&format!("{number} written."));
        terminal.press("2").misses("cannot be reached").press("<Enter>").sees("RESUME").press("hqq");
        assert!(terminal.ends().success());
        assert_eq!(desk.list("state:written").len(), number);
        let changed = resumes(&database).iter().zip(&before).filter(|(now, old)| now != old).count();
        assert_eq!(changed, number);
    }
}

/// Presses a key for a decision until it counts: what has just come under the cursor takes none.
fn decide(terminal: &mut Terminal, key: &str, done: &str) {
    loop {
        terminal.press(key).until(done, |screen| screen.contains(done) || screen.contains("Ignored:"));
        if terminal.screen().contains(done) {
            return;
        }
        terminal.misses("Ignored:");
    }
}

#[test]
fn the_store_s_server_is_stopped_and_started_again() {
    let Some(store) = servers::own(Kind::Postgres) else { return };
    let mut place = Place::demo(12);
    place.edit_config(|text| text.replace("path = \"store.db\"", "url = { env = \"REDRAFT_STORE\" }"));
    place.set("REDRAFT_STORE", &store.url());
    place.on_demo(&["batch", "start", "--all", "--wait", "--json"]).ok();
    let count = |state: &str| {
        let list = place.json(&["review", "list", "--where", &format!("state:{state}"), "--limit", "100"]);
        list["data"].as_array().unwrap().len()
    };
    let ready = count("ready");
    let mut terminal = open(&place, &[("REDRAFT_STORE", &store.url())]);
    terminal.press("4").sees(&format!("({ready} of ")).press("<Enter>").sees("change 1/");
    decide(&mut terminal, "x", "Rejected");
    terminal.sees(&format!("Review 1/{}", ready - 1)).sees("change 1/");
    store.server().stop();
    decide(&mut terminal, "x", "was not rejected");
    terminal.sees("The server of the store cannot be reached");
    // What was refused is shown again by itself, and can be decided.
    store.server().restart();
    terminal.sees("change 1/").misses("cannot be reached");
    decide(&mut terminal, "x", "Rejected");
    terminal.sees(&format!("/{} │", ready - 2));
    // The other screens have come back too.
    terminal.press("<Esc>").sees("A approve marked").press("5").sees("Write-back │ 0 approved");
    terminal.press("3").sees("b1    finished").press("1").misses("cannot be reached").press("q");
    assert!(terminal.ends().success());
    assert_eq!((count("rejected"), count("ready")), (2, ready - 2));
}

#[test]
fn a_column_and_a_table_are_renamed_under_the_application() {
    for database in shared_servers() {
        let (desk, number) = approved(&database);
        let before = resumes(&database);
        let mut terminal = on(&database, &desk);
        terminal.press("2").sees("1 of 5");
        database.run("ALTER TABLE people RENAME COLUMN resume TO cv");
        terminal.press("<Enter>").sees("\"resume\"").sees("\"people\"").sees("2 tries again.");
        write(terminal.press("h5").sees(&format!("Write-back │ {number} approved")), number);
        terminal.sees(&format!("0 written, {number} not now. Nothing is lost; W tries again."));
        terminal.sees("\"resume\"").misses("not now");
        database.run("ALTER TABLE people RENAME COLUMN cv TO resume");
        terminal.press("2").sees("1 of 5").press("<Enter>").sees("RESUME");

        database.run("ALTER TABLE people RENAME TO persons");
        terminal.press("hj<Enter>").sees("\"people\"").sees("2 tries again.");
        write(terminal.press("h5").sees(&format!("Write-back │ {number} approved")), number);
        terminal.sees(&format!("0 written, {number} not now.")).sees("\"people\"").misses("not now");
        database.run("ALTER TABLE persons RENAME TO people");
        assert_eq!(resumes(&database), before);
        write(&mut terminal, number);
        terminal.sees(&format!("{number} written.")).press("q");
        assert!(terminal.ends().success());
        assert_eq!(desk.list("state:written").len(), number);
    }
}

#[test]
fn a_row_that_somebody_else_holds_locked_is_written_when_it_is_free() {
    for database in shared_servers() {
        let (desk, number) = approved(&database);
        let locked = desk.list("state:approved")[0].1.clone();
        let mut terminal = on(&database, &desk);
        let mut other = database.session();
        other.run(&format!("BEGIN; SELECT 1 FROM people WHERE id = {locked} FOR UPDATE"));
        write(terminal.press("5").sees(&format!("Write-back │ {number} approved")), number);
        terminal.sees(&format!("{} written, 1 not now", number - 1)).sees("W tries again.");
        terminal.sees("Write-back │ 1 approved");
        drop(other);
        write(&mut terminal, 1);
        terminal.sees("1 written.").sees(&format!("│ {number} written")).press("q");
        assert!(terminal.ends().success());
        assert_eq!(desk.list("state:written").len(), number);
    }
}

#[test]
fn a_candidate_file_that_somebody_else_holds_locked_is_written_when_it_is_free() {
    let (place, _) = ready(1);
    place.json(&["review", "approve", "--batch", "b1", "--yes"]);
    let path = place.path("demo/candidates.db").display().to_string();
    let mut terminal = open(&place, &[]);
    terminal.press("5").sees("Write-back │ 1 approved");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lock = runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&format!("sqlite:{path}")).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        connection
    });
    write(&mut terminal, 1);
    terminal.sees("0 written, 1 not now").sees("W tries again.").sees("Write-back │ 1 approved");
    drop(lock);
    write(&mut terminal, 1);
    terminal.sees("1 written.").press("q");
    assert!(terminal.ends().success());
}
