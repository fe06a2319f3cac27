//! redraft at work on a platform's database, by its command line.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::{
    cli::run::{Place, Said},
    support::{
        platforms::Platform,
        servers::{Cell, Dump},
    },
};

/// Everything but database and mapping. The simulator answers at once.
const REST: &str = r#"
[store]
path = "store.db"
[model]
provider = "simulator"
name = "openai/gpt-oss-20b"
[simulator]
speed = 1000.0
[log]
dir = "log"
"#;

/// A place from which the program works on a candidate database.
pub struct Desk {
    /// Where it runs.
    pub place: Place,
}

impl Desk {
    /// A configuration with this mapping; the URL comes from the environment.
    pub fn new(url: &str, mapping: &str) -> Self {
        Self::with(url, "url_env = \"CANDIDATES_URL\"", mapping)
    }

    /// The same with more keys of `[database]`.
    pub fn with(url: &str, database: &str, mapping: &str) -> Self {
        let mut place = Place::empty();
        fs::create_dir(place.path("demo")).unwrap();
        fs::write(place.config(), format!("[database]\n{database}\n{mapping}{REST}")).unwrap();
        fs::set_permissions(place.config(), fs::Permissions::from_mode(0o600)).unwrap();
        place.set("CANDIDATES_URL", url);
        Self { place }
    }

    /// On a platform, as its administrator.
    pub fn on(platform: &Platform) -> Self {
        Self::new(&platform.database.url(), &platform.mapping)
    }

    /// Rewrites everybody; returns what is ready: the ids of rewrite and candidate.
    pub fn rewrites_all(&self) -> Vec<(String, String)> {
        self.place.on_demo(&["batch", "start", "--all", "--wait", "--json"]).ok();
        self.list("state:ready")
    }

    /// The rewrites that a filter matches: the ids of rewrite and candidate.
    pub fn list(&self, filter: &str) -> Vec<(String, String)> {
        let list = self.place.json(&["review", "list", "--where", filter, "--limit", "1000"]);
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["id"]), text(&row["candidate"]))).collect()
    }

    /// Runs a command about these rewrites.
    pub fn about(&self, command: &[&str], ids: &[String]) -> Said {
        let all: Vec<&str> = command.iter().copied().chain(ids.iter().map(String::as_str)).collect();
        self.place.on_demo(&all)
    }

    /// The sections of one side of a rewrite, as `review show` names it: id, role or none, and text.
    pub fn sections(&self, rewrite: &str, side: &str) -> Vec<(String, Option<String>)> {
        let shown = self.place.json(&["review", "show", rewrite]);
        let sections = shown[side].as_array().unwrap_or_else(|| panic!("no {side} in {shown}")).iter();
        sections.map(|section| (text(&section["id"]), section["text"].as_str().map(str::to_owned))).collect()
    }

    /// Approves all that is ready: one of them change by change, and two are rejected. Returns what is approved.
    pub fn decides(&self, ready: &[(String, String)]) -> Vec<(String, String)> {
        let id = |index: usize| ready[index].0.as_str();
        for index in [0, 1] {
            self.place.json(&["review", "reject", id(index), "--reason", "too bold"]);
        }
        let changes = self.place.json(&["review", "show", id(2)])["changes"].clone();
        for (index, change) in (0..).zip(changes.as_array().unwrap()) {
            let choice = if index % 2 == 0 { "--reject" } else { "--accept" };
            self.place.json(&["review", "choose", id(2), choice, change["id"].as_str().unwrap()]);
        }
        let rest: Vec<String> = ready.iter().skip(2).map(|(id, _)| id.clone()).collect();
        // Some hold findings, which do not ride in a bulk: each is approved by name, as a person does who looked at it.
        for id in &rest {
            self.about(&["review", "approve", "--yes"], std::slice::from_ref(id));
        }
        self.list("state:approved")
    }
}

/// A value that is a text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The ids in a list of an answer.
#[track_caller]
pub fn ids(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().map_or_else(|| text(&id["id"]), str::to_owned))
        .collect()
}

/// The cells in which two dumps differ, without those of redraft's own table of receipts.
pub fn differences(one: &Dump, other: &Dump) -> BTreeSet<Cell> {
    one.differs_from(other).into_iter().filter(|(table, ..)| table != "redraft_receipt").collect()
}
