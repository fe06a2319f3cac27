//! The house as a test: which room may import which, where SQL and crates of the outside may stand, how long a file
//! may be. The rooms and arrows are those of the crate's documentation.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// A room, and what it may import: other rooms (`store::port` is the port alone), and crates that are kept to few rooms.
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    // Pure: no clock, no environment, no input or output.
    ("domain", &[], &[]),
    ("text", &["domain"], &[]),
    ("diff", &["domain", "text"], &[]),
    ("review", &["domain", "text", "diff"], &[]),
    ("dice", &[], &[]),
    ("demo", &["dice"], &[]),
    ("proposal", &[], &[]),
    // Small things that everybody outside the core may use.
    ("error", &[], &[]),
    ("clock", &[], &[]),
    ("probe", &[], &["tokio"]),
    // Doers.
    ("config", &["domain", "error"], &[]),
    (
        "source",
        &["probe", "domain", "text", "config", "error", "clock", "demo", "proposal"],
        &["tokio", "sqlx"],
    ),
    ("store", &["probe", "domain", "text", "review", "clock", "error"], &["tokio", "sqlx"]),
    ("llm", &["domain", "text", "config", "clock", "error"], &["tokio", "reqwest"]),
    ("simulator", &["domain", "text", "dice"], &["tokio", "axum"]),
    (
        "engine",
        &[
            "domain",
            "text",
            "diff",
            "dice",
            "review",
            "config",
            "error",
            "clock",
            "store::port",
            "source::port",
            "llm",
        ],
        &["tokio"],
    ),
    ("decide", &["domain", "text", "diff", "review", "error", "clock", "store::port"], &["tokio"]),
    ("writeback", &["domain", "error", "clock", "store::port", "source::port"], &["tokio"]),
    ("logging", &["config", "error"], &[]),
    // Puts the parts together; the only room that knows the adapters.
    (
        "wiring",
        &[
            "domain",
            "text",
            "demo",
            "proposal",
            "error",
            "clock",
            "config",
            "source",
            "store",
            "llm",
            "simulator",
            "engine",
            "decide",
            "writeback",
            "logging",
        ],
        &["tokio"],
    ),
    // Roles: they never import one another.
    (
        "cli",
        &[
            "domain",
            "text",
            "proposal",
            "diff",
            "review",
            "error",
            "clock",
            "config",
            "engine",
            "decide",
            "writeback",
            "wiring",
            "logging",
            "demo",
            "store::port",
            "source::port",
            "llm::port",
        ],
        &["tokio"],
    ),
    (
        "tui",
        &[
            "domain",
            "text",
            "diff",
            "review",
            "error",
            "clock",
            "config",
            "engine",
            "decide",
            "writeback",
            "wiring",
            "store::port",
            "source::port",
            "llm::port",
            "llm::reply",
        ],
        &["tokio", "ratatui", "crossterm", "tui_textarea"],
    ),
];

/// Crates that only some rooms may name.
const KEPT: &[&str] = &["tokio", "sqlx", "reqwest", "ratatui", "crossterm", "tui_textarea", "axum"];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The code before the unit tests, which may use what they like.
fn shipped(path: &Path) -> String {
    let text = code(path);
    let within = path.strip_prefix(src()).unwrap_or(path);
    if within.components().any(|part| ["tests", "tests.rs"].map(OsStr::new).contains(&part.as_os_str())) {
        return String::new();
    }
    text.split_once("#[cfg(test)]").map_or(text.clone(), |(shipped, _)| shipped.to_owned())
}

fn room_of(path: &Path, src: &Path) -> String {
    let first = path.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Every `crate::a::b` of the text as `a::b`, those in `use crate::{a::b, c}` included.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let (before, found_at) = text.split_at(at);
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = found_at.trim_start_matches("crate::");
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let end = group.find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                depth < 0
            });
            found.extend(top_level(group.split_at(end.unwrap()).0).map(two_names));
        } else {
            found.insert(two_names(rest));
        }
    }
    found
}

fn top_level(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    group
        .split(move |c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn two_names(path: &str) -> String {
    let names = path
        .split("::")
        .take(2)
        .map(|name| name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
    names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join("::")
}

fn allowed(import: &str, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| import == *room || import.starts_with(&format!("{room}::")))
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn arrows_point_inwards() {
    let mut wrong = Vec::new();
    for path in source_files(&src()) {
        let room = room_of(&path, &src());
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let Some((_, rooms, crates)) = ROOMS.iter().find(|(name, ..)| *name == room) else {
            wrong.push(format!("{}: the room {room} is not in the picture", path.display()));
            continue;
        };
        let text = shipped(&path);
        for import in imports(&text) {
            let own = import == room || import.starts_with(&format!("{room}::"));
            if !own && !allowed(&import, rooms) {
                wrong.push(format!("{}: {room} may not import crate::{import}", path.display()));
            }
        }
        for name in KEPT.iter().filter(|name| !crates.contains(name)) {
            if text.contains(&format!("{name}::")) {
                wrong.push(format!("{}: {room} may not name the crate {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_ask_nobody() {
    for path in source_files(&src()) {
        if !["domain", "text", "diff", "review", "demo", "dice"].contains(&room_of(&path, &src()).as_str()) {
            continue;
        }
        let text = shipped(&path);
        for word in
            ["std::fs", "std::env", "std::net", "std::process", "std::thread", "Instant::now", "async fn"]
        {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn sql_stands_only_in_store_and_source() {
    for path in source_files(&src()) {
        let room = room_of(&path, &src());
        if ["store", "source"].contains(&room.as_str()) {
            continue;
        }
        let text = shipped(&path);
        for statement in ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"CREATE TABLE "] {
            assert!(!text.contains(statement), "{}: {statement}", path.display());
        }
    }
}

#[test]
fn only_the_terminal_layer_touches_the_terminal() {
    for path in source_files(&src()) {
        if path.starts_with(src().join("tui/terminal")) {
            continue;
        }
        let text = shipped(&path);
        if room_of(&path, &src()) == "cli" {
            continue;
        }
        for word in ["enable_raw_mode", "EnterAlternateScreen", "stdout()", "execute!", "queue!"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn no_file_is_longer_than_600_lines_and_main_than_120() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for path in source_files(&src()).into_iter().chain(source_files(&tests)) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if path.ends_with("tests.rs") {
            continue;
        }
        let most = if path == src().join("main.rs") { 120 } else { 600 };
        assert!(lines <= most, "{}: {lines} lines", path.display());
    }
}

#[test]
fn every_test_file_is_declared() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let everything: String = source_files(&tests).iter().map(|path| code(path)).collect();
    for path in source_files(&tests) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let name =
            if name == "mod" { path.parent().unwrap().file_name().unwrap().to_str().unwrap() } else { name };
        assert!(name == "main" || everything.contains(&format!("mod {name};")), "{}", path.display());
    }
}

/// The checks above can fail.
#[test]
fn imports_are_seen_in_every_form() {
    let text = "use crate::{domain::{Batch, Money}, store::port::Store};\nlet x = crate::tui::run();\nuse other_crate::x;";
    let seen: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(seen, ["domain", "store::port", "tui::run"]);
    assert!(allowed("store::port", &["store::port"]) && allowed("domain", &["domain"]));
    assert!(!allowed("store::sqlite", &["store::port"]) && !allowed("stores", &["store"]));
}
