//! What happens before anything is opened: usage, configuration, pages.

use std::fs;

use super::run::{Place, is_private};

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    let place = Place::empty();
    place.run(&["bacth"]).fails(2, &["unrecognized subcommand 'bacth'", "batch"]);
    place.run(&["review", "show"]).fails(2, &["<ID>"]);
    place.run(&["batch", "list", "--limit", "0"]).fails(2, &["0 is not in 1..=1000"]);
    let missing = ["review", "list", "--where", "--json"];
    place.run(&missing).fails(2, &["a filter is missing; \"--json\" looks like an option"]);
    place.run(&["export"]).fails(2, &["--format"]);
}

#[test]
fn a_missing_configuration_ends_with_78_and_names_the_way_in() {
    let place = Place::empty();
    let words =
        ["error: There is no configuration at ", ".config/redraft/config.toml", "hint: `redraft demo`"];
    place.run(&["batch", "list"]).fails(78, &words);
    place
        .run(&["paths", "--config", "nowhere.toml"])
        .fails(78, &["There is no configuration at nowhere.toml"]);
}

#[test]
fn a_broken_configuration_is_told_with_file_line_and_what_was_meant() {
    let place = Place::demo(1);
    place.edit_config(|text| text.replace("provider =", "providr ="));
    place
        .on_demo(&["paths"])
        .fails(78, &["unknown key \"providr\"", "config.toml, line ", "hint: Did you mean \"provider\"?"]);
    place.edit_config(|_| "[database\n".to_owned());
    place.on_demo(&["paths"]).fails(78, &["error: The configuration cannot be read", "config.toml, line 1"]);
}

#[test]
fn an_error_is_json_where_json_was_asked_for() {
    let place = Place::empty();
    let said = place.run(&["paths", "--json"]).fails(78, &[]);
    assert_eq!(said.out, "");
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(error["error"]["kind"], "config");
    assert!(error["error"]["message"].as_str().unwrap().starts_with("There is no configuration at "));
    assert_eq!(error["error"]["hints"].as_array().unwrap().len(), 2);
}

#[test]
fn the_demo_is_made_once_and_is_its_owners_alone() {
    let place = Place::empty();
    let dir = place.path("d").display().to_string();
    let first = place.run(&["demo", "--prepare", "--dir", &dir, "--candidates", "2", "--json"]).ok().json();
    assert_eq!(first["made"], true);
    let second = place.run(&["demo", "--prepare", "--dir", &dir, "--candidates", "9"]).ok();
    assert_eq!(second.out.trim_end(), fs::canonicalize(&dir).unwrap().display().to_string());
    assert!(second.err.contains("hint: This demo was made before"), "{second:?}");
    for name in ["d", "d/config.toml", "d/candidates.db"] {
        assert!(is_private(&place.path(name)), "{name}");
    }
}

#[test]
fn the_settings_are_shown_without_secrets() {
    let mut place = Place::demo(1);
    place.set("REDRAFT__MODEL__API_KEY", "gsk_secret");
    place.set("REDRAFT__MODEL__PROVIDER", "groq");
    place.set("REDRAFT__REVIEW__NAME", "anna");
    let shown = place.on_demo(&["config", "show"]).ok();
    assert!(shown.out.contains("review.name = \"anna\""), "{shown:?}");
    assert!(!shown.out.contains("gsk_secret"), "{shown:?}");
    assert_eq!(place.json(&["config", "show"])["model"]["provider"], "groq");
    assert_eq!(place.json(&["config", "show"])["model"]["api_key"], "‹hidden›");
    assert!(place.json(&["paths"])["store"].as_str().unwrap().ends_with("demo/store.db"));
}

#[test]
fn pages_and_completions_need_no_configuration() {
    let place = Place::empty();
    assert!(place.run(&["man"]).ok().out.contains(".TH redraft 1"));
    place.run(&["man", "--dir", "."]).ok();
    assert!(place.path("redraft-review-approve.1").exists());
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).ok().out.contains("redraft"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::demo(1);
    let mut child = place.start(&["man"]);
    drop(child.stdout.take());
    let said = child.ended();
    assert_eq!((said.status, said.err.as_str()), (0, ""));
}
