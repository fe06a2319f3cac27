use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::{self, LoadOptions};

const CONFIG: &str = "[database]\nurl = \"sqlite:c.db\"\n[store]\npath = \"s/store.db\"\n[budget]\nmonth = \"3\"\n\
    [review]\nname = \"anna\"\n[model]\nprovider = \"simulator\"\n[mapping.candidate]\ntable = \"candidates\"\n\
    key = [\"id\"]\ndisplay = [\"first_name\"]\n[[mapping.section]]\nid = \"summary\"\ncolumn = \"summary\"\n";

async fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("config.toml"), CONFIG).unwrap();
    source::demo::create(&folder.path().join("c.db"), 1, 3).await.unwrap();
    folder
}

async fn opened(folder: &TempDir, name: Option<&str>) -> Result<Parts> {
    let file = Some(folder.path().join("config.toml"));
    let config = config::load(&LoadOptions { file, environment: Environment::default() })?;
    Parts::open(config, Environment::default(), name.map(str::to_owned)).await
}

#[tokio::test]
async fn the_parts_are_those_of_the_configuration() {
    let folder = folder().await;
    let parts = opened(&folder, None).await.unwrap();
    assert_eq!(parts.who.0, "anna");
    assert_eq!(parts.store.month().await.unwrap().cap.to_string(), "$3.00");
    assert!(parts.source.count().await.unwrap() > 0);
    let model = parts.model().unwrap();
    assert!(model.rewriter.simulated());
    assert!(!model.rewriter.models().await.unwrap().is_empty());
    assert_eq!(opened(&folder, Some("ben")).await.unwrap().who.0, "ben");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_with_a_hint() {
    let folder = folder().await;
    fs::remove_file(folder.path().join("c.db")).unwrap();
    let Err(error) = opened(&folder, None).await else { panic!("opened") };
    assert!(error.message().contains("there is no file"), "{error}");
    assert!(!error.hints().is_empty(), "{error}");
}

#[tokio::test]
async fn a_mapping_that_does_not_fit_is_told_with_file_line_and_key() {
    let folder = folder().await;
    let file = folder.path().join("config.toml");
    fs::write(&file, CONFIG.replace("column = \"summary\"", "column = \"sumary\"")).unwrap();
    let Err(error) = opened(&folder, None).await else { panic!("opened") };
    let text = error.to_string();
    assert!(text.contains("config.toml, line 17, mapping.section[0].column"), "{text}");
    assert!(text.contains("hint: Did you mean \"summary\"?"), "{text}");
}

#[test]
fn a_database_that_is_away_is_asked_less_and_less_often() {
    let mut wait = LOOK_AGAIN;
    let waits: Vec<u64> = (0..7)
        .map(|_| {
            wait = next_wait(wait, false);
            wait.as_secs()
        })
        .collect();
    assert_eq!(waits, [60, 120, 240, 480, 600, 600, 600]);
    assert_eq!(next_wait(wait, true), LOOK_AGAIN);
}
