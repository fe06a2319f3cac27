use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::{domain::Money, error::Error};

const MAPPING: &str = "[mapping.candidate]\ntable = \"c\"\nkey = [\"id\"]\ndisplay = [\"name\"]\n\
                       [[mapping.section]]\nid = \"summary\"\ncolumn = \"summary\"\n";
const DATABASE: &str = "[database]\nurl = \"sqlite:c.db\"\n";

fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, text).unwrap();
    (folder, file)
}

fn loaded(text: &str, environment: Environment) -> crate::error::Result<Config> {
    let (_folder, file) = written(text);
    load(&LoadOptions { file: Some(file), environment })
}

fn home() -> Environment {
    Environment::default()
}

fn error(text: &str) -> Error {
    loaded(text, home()).unwrap_err()
}

/// What the example says and what holds without it are the same.
#[test]
fn the_example_shows_the_defaults() {
    let (_folder, file) = written(include_str!("../../config.toml.example"));
    let environment = home();
    let example = load(&LoadOptions { file: Some(file), environment: environment.clone() }).unwrap();
    assert_eq!(example.mapping.section.len(), 4);
    let text = include_str!("../../config.toml.example");
    let end = text.find("[store]").unwrap();
    let shortest = written(text.get(..end).unwrap());
    let mut least = load(&LoadOptions { file: Some(shortest.1), environment }).unwrap();
    least.file = example.file.clone();
    least.database.url = example.database.url.clone();
    least.origins = example.origins.clone();
    assert_eq!(format!("{least:?}"), format!("{example:?}"));
}

#[test]
fn a_missing_file_says_what_to_do() {
    let file = PathBuf::from("/nowhere/config.toml");
    let error = load(&LoadOptions { file: Some(file), environment: home() }).unwrap_err();
    assert_eq!(error.message(), "There is no configuration at /nowhere/config.toml yet.");
    assert!(error.hints()[0].contains("redraft demo"), "{error}");
}

#[test]
fn an_unknown_key_brings_line_and_nearest_key() {
    let error = error(&format!("{DATABASE}{MAPPING}[model]\nnmae = \"x\"\n"));
    assert_eq!(error.message(), "The configuration has an unknown key \"nmae\".");
    let text = error.to_string();
    assert!(text.contains("config.toml, line 11, model.nmae"), "{text}");
    assert_eq!(error.hints(), ["Did you mean \"name\"?"]);
}

#[test]
fn broken_toml_brings_the_line() {
    let text = error("[database]\nurl = \"sqlite:c.db\n").to_string();
    assert!(text.contains("cannot be read") && text.contains("line 2"), "{text}");
}

#[test]
fn a_value_out_of_range_brings_key_line_and_range() {
    let text = error(&format!("{DATABASE}{MAPPING}[model]\nmax_streams = 9000\n")).to_string();
    assert!(text.contains("model.max_streams is 9000; it must lie between 1 and 5000."), "{text}");
    assert!(text.contains("line 11, model.max_streams"), "{text}");
}

#[test]
fn what_is_missing_is_named() {
    assert!(error(MAPPING).to_string().contains("where the candidate database is"));
    assert!(error(DATABASE).to_string().contains("where candidates and résumés are"));
    let text = error(&format!("[database]\nurl = \"oracle:x\"\n{MAPPING}")).to_string();
    assert!(text.contains("cannot connect to \"oracle:\" databases"), "{text}");
}

#[test]
fn the_environment_overrides_and_is_checked() {
    let text = format!("{DATABASE}{MAPPING}");
    let environment = Environment::from([
        ("REDRAFT__MODEL__NAME", "other/model"),
        ("REDRAFT__MODEL__MAX_STREAMS", "7"),
        ("REDRAFT__BUDGET__MONTH", "\"3.50\""),
    ]);
    let config = loaded(&text, environment).unwrap();
    assert_eq!(config.model.name, "other/model");
    assert_eq!(config.model.max_streams, 7);
    assert_eq!(config.budget.month, Money::from_nanos(3_500_000_000));
    let error = loaded(&text, Environment::from([("REDRAFT__MODEL__NMAE", "x")])).unwrap_err();
    assert!(error.message().starts_with("The variable REDRAFT__MODEL__NMAE does not fit"), "{error}");
}

#[test]
fn paths_are_relative_to_the_file() {
    let (folder, file) = written(&format!("{DATABASE}{MAPPING}[store]\npath = \"s.db\"\n"));
    let config = load(&LoadOptions { file: Some(file), environment: home() }).unwrap();
    let folder = folder.path().canonicalize().unwrap();
    assert_eq!(config.store.path, folder.join("s.db"));
    assert_eq!(config.database.url.expose_secret(), format!("sqlite:{}", folder.join("c.db").display()));
}

#[test]
fn a_secret_in_a_file_for_everybody_is_refused_and_never_shown() {
    let (_folder, file) = written(&format!("{DATABASE}{MAPPING}[model]\napi_key = \"gsk_S3cr3t\"\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let error = load(&LoadOptions { file: Some(file.clone()), environment: home() }).unwrap_err();
    assert!(error.to_string().contains("chmod 600"), "{error}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let config = load(&LoadOptions { file: Some(file), environment: home() }).unwrap();
    assert!(!format!("{config:?}").contains("S3cr3t"));
    let key = config.model.api_key.unwrap().resolve(&home(), None).unwrap();
    assert_eq!(key.expose_secret(), "gsk_S3cr3t");
}

#[test]
fn a_section_must_not_read_what_is_never_read() {
    let text = format!("{DATABASE}{MAPPING}").replace("display", "never_read = [\"summary\"]\ndisplay");
    assert!(error(&text).to_string().contains("which never_read forbids"));
    let twice = format!("{DATABASE}{MAPPING}[[mapping.section]]\nid = \"summary\"\ncolumn = \"x\"\n");
    assert!(error(&twice).to_string().contains("Two sections are called \"summary\"."));
}

#[test]
fn a_wrong_type_brings_key_and_what_is_expected() {
    let text = error(&format!("{DATABASE}{MAPPING}[terminal]\nfps = \"fast\"\n")).to_string();
    assert!(text.contains("expected u16") && text.contains("line 11, terminal.fps"), "{text}");
    let text = error(&format!("{DATABASE}{MAPPING}[model]\nprovider = \"grok\"\n")).to_string();
    assert!(text.contains("\"grok\" is no value") && text.contains("line 11, model.provider"), "{text}");
    assert!(text.contains("Did you mean \"groq\"?"), "{text}");
}

#[test]
fn the_url_may_be_in_a_variable_and_a_wrong_one_is_told_with_its_name() {
    let text = format!("[database]\nurl_env = \"CANDIDATES\"\n{MAPPING}");
    let config = loaded(&text, Environment::from([("CANDIDATES", "sqlite:/srv/c.db")])).unwrap();
    assert_eq!(config.database.url.expose_secret(), "sqlite:/srv/c.db");
    assert_eq!(config.origins.of("database.url_env"), Origin::Line(2));
    let missing = loaded(&text, home()).unwrap_err().to_string();
    assert!(missing.contains("The variable CANDIDATES is not set."), "{missing}");
    let both = error(&format!("{DATABASE}url_env = \"X\"\n{MAPPING}")).to_string();
    assert!(both.contains("line 3, database.url_env"), "{both}");
    let environment = Environment::from([("CANDIDATES", "sqlite:/c.db"), ("REDRAFT__TERMINAL__FPS", "0")]);
    let range = loaded(&text, environment).unwrap_err().to_string();
    assert!(range.contains("REDRAFT__TERMINAL__FPS, terminal.fps"), "{range}");
}

#[test]
fn a_shared_store_is_named_by_its_url_and_the_password_stays_secret() {
    let text = format!("{DATABASE}{MAPPING}[store]\nurl = {{ env = \"STORE\" }}\n");
    let environment = Environment::from([("STORE", "postgres://redraft:S3cr3tPw@db.example/redraft")]);
    let config = loaded(&text, environment).unwrap();
    assert!(config.store.url.as_ref().unwrap().expose_secret().contains("S3cr3tPw"));
    assert!(!format!("{config:?}").contains("S3cr3tPw"));
    let missing = loaded(&text, home()).unwrap_err().to_string();
    assert!(missing.contains("The variable STORE is not set.") && missing.contains("store.url"), "{missing}");
    let other = Environment::from([("STORE", "mysql://redraft:S3cr3tPw@db.example/redraft")]);
    let other = loaded(&text, other).unwrap_err().to_string();
    assert!(other.contains("its URL begins with postgres://") && !other.contains("S3cr3tPw"), "{other}");
    let both = error(&format!("{DATABASE}{MAPPING}[store]\npath = \"s.db\"\nurl = \"postgres://h/d\"\n"));
    assert_eq!(both.message(), "The configuration has both store.path and store.url.");
    let (_folder, file) =
        written(&format!("{DATABASE}{MAPPING}[store]\nurl = \"postgres://r:S3cr3tPw@h/d\"\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let open = load(&LoadOptions { file: Some(file), environment: home() }).unwrap_err().to_string();
    assert!(open.contains("chmod 600") && !open.contains("S3cr3tPw"), "{open}");
}
