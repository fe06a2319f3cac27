//! `redraft init` without a terminal: a database that nobody has mapped, and a configuration that holds.

use std::fs;

use super::run::{Place, is_private};

/// Where the demo's candidates are, as an option.
fn database(place: &Place) -> String {
    format!("sqlite:{}", place.path("demo/candidates.db").display())
}

#[test]
fn a_database_is_mapped_and_the_configuration_checks() {
    let place = Place::demo(40);
    let url = database(&place);
    let said = place.run(&["init", "--database", &url]).ok();
    let file = place.path(".config/redraft/config.toml");
    for words in
        ["Candidates: candidates, of which the mapping sees", "Section experience:", "Next: redraft check\n"]
    {
        assert!(said.out.contains(words), "{words} in {said:?}");
    }
    assert!(is_private(&file) && is_private(file.parent().unwrap()));
    place.run(&["check", "--offline"]).ok();
    let again = place
        .run(&["init", "--database", &url])
        .fails(1, &["exists already. Nothing was changed.", "--force"]);
    assert_eq!(again.out, "");
    place.run(&["init", "--database", &url, "--force", "--sections", "skills"]).ok();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("id = \"skills\"") && !text.contains("id = \"summary\""), "{text}");
}

#[test]
fn nothing_that_can_be_read_is_shown_of_a_candidate() {
    let place = Place::demo(40);
    let said = place.run(&["init", "--database", &database(&place), "--json"]).ok();
    let found = said.json();
    assert_eq!(found["candidates"]["table"], "candidates");
    assert_eq!(found["platform"], "other");
    assert_eq!(found["written"], true);
    let sample = found["sample"].as_array().unwrap();
    assert_eq!(sample.len(), 4);
    for section in sample {
        let text = section["text"].as_str().unwrap_or_default();
        assert!(text.chars().all(|c| !c.is_alphanumeric() || "xX9".contains(c)), "{text}");
    }
}

#[test]
fn a_dry_run_prints_the_file_and_writes_none() {
    let place = Place::demo(3);
    let said = place.run(&["init", "--database", &database(&place), "--dry-run", "--postings", "none"]).ok();
    let text: toml::Table = toml::from_str(&said.out).unwrap();
    assert_eq!(text["mapping"]["candidate"]["table"].as_str(), Some("candidates"));
    assert!(text["mapping"].get("posting").is_none());
    assert!(!place.path(".config/redraft").exists());
}

#[test]
fn what_is_missing_or_wrong_is_told_and_nothing_is_written() {
    let mut place = Place::demo(3);
    place.set("ATS_URL", "postgres://ats:S3cr3tPw@127.0.0.1:1/ats");
    let url = database(&place);
    place.run(&["init"]).fails(2, &["--database, --url-env or --url-file", "Usage: redraft init"]);
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["--database", "mysql://ats:S3cr3tPw@db/ats"], 1, &["has a password in it", "--password-env NAME"]),
        (&["--database", "oracle://db"], 1, &["no address of a database", "mysql://USER@HOST/DATABASE"]),
        (&["--database", "sqlite:nowhere.db"], 1, &["there is no file"]),
        (
            &["--database", &url, "--candidates", "candidate"],
            1,
            &["no table \"candidate\"", "It has applications"],
        ),
        (&["--database", &url, "--sections", "cv"], 1, &["No section \"cv\" is proposed."]),
        (&["--url-env", "NO_SUCH"], 78, &["The variable NO_SUCH is not set."]),
        (&["--url-env", "ATS_URL"], 1, &["nothing listens at 127.0.0.1:1"]),
        (&["--database", &url, "--platform", "opencat"], 2, &["known are opencats, orangehrm"]),
    ];
    for (options, status, words) in cases {
        let said = place.run(&[&["init"], options].concat()).fails(status, words);
        assert!(!said.err.contains("S3cr") && !said.out.contains("S3cr"), "{said:?}");
    }
    assert!(!place.path(".config/redraft").exists());
}

#[test]
fn a_database_without_candidates_is_told_with_its_tables() {
    let place = Place::empty();
    let file = place.path("other.db");
    let make = async {
        use sqlx::{ConnectOptions, Executor, sqlite::SqliteConnectOptions};
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        connection
            .execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER, body TEXT)")
            .await
            .unwrap();
    };
    tokio::runtime::Runtime::new().unwrap().block_on(make);
    let url = format!("sqlite:{}", file.display());
    place
        .run(&["init", "--database", &url])
        .fails(1, &["No table of the database looks like one of candidates.", "It has orders."]);
    place
        .run(&["init", "--database", &url, "--candidates", "orders"])
        .fails(1, &["No column looks like the text"]);
}
