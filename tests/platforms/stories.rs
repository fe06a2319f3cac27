//! For each platform the whole job: check, rewrite, review, write back, undo; and a dump of every byte in between.

use std::collections::BTreeMap;

use super::job::{Desk, differences, ids};
use crate::support::{
    platforms::{self, Platform},
    servers::{Cell, Dump},
};

/// What is known about a platform's tables, apart from redraft.
struct Facts {
    /// How many candidates the mapping sees, and how many of them have enough text to be rewritten.
    candidates: usize,
    ready: usize,
    /// The cell that holds a section of a candidate, as the dump names it.
    cell: fn(&Dump, &str, &str) -> Cell,
    /// How the platform stores a text.
    store: fn(&str) -> String,
    /// Columns that are written along.
    along: &'static [(&'static str, &'static str)],
}

fn cell(table: &str, key: &str, column: &str) -> Cell {
    (table.to_owned(), key.to_owned(), column.to_owned())
}

/// The whole job on a platform whose sections are texts in columns.
fn whole_job(platform: &Platform, facts: &Facts) {
    let desk = Desk::on(platform);
    let before = platform.database.dump();
    let checked = desk.place.json(&["check"]);
    assert_eq!(checked["ok"], true, "{checked:#}");
    let seen = format!("The mapping sees {} candidates.", facts.candidates);
    assert!(checked.to_string().contains(&seen), "no {seen:?} in {checked:#}");

    let ready = desk.rewrites_all();
    assert_eq!(ready.len(), facts.ready, "{}", desk.place.json(&["batch", "show", "b1"]));
    let approved = desk.decides(&ready);
    assert_eq!(approved.len(), ready.len() - 2);
    assert_eq!(platform.database.dump(), before, "nothing is written before the write-back");

    let expected = approved.len().to_string();
    let written = desk.place.on_demo(&["writeback", "--expect-count", &expected, "--json"]).json();
    let done = ids(&written["done"]);
    assert_eq!(done.len(), approved.len(), "{written:#}");
    let after = platform.database.dump();
    let mut allowed = BTreeMap::new();
    for (id, candidate) in &approved {
        let old: BTreeMap<_, _> = desk.sections(id, "before").into_iter().collect();
        for (section, text) in desk.sections(id, "approved") {
            if old[&section] == text {
                continue;
            }
            let place = (facts.cell)(&before, candidate, &section);
            let stored = after.text(&place.0, &place.1, &place.2);
            assert_eq!(stored, text.as_deref().map(facts.store), "{place:?}");
            for (table, column) in facts.along.iter().filter(|(table, _)| *table == place.0) {
                allowed.insert(cell(table, &place.1, column), false);
            }
            allowed.insert(place, true);
        }
    }
    let changed = differences(&before, &after);
    assert!(changed.iter().all(|cell| allowed.contains_key(cell)), "{changed:#?}");
    assert!(changed.len() > approved.len() / 2, "{changed:#?}");

    let reverted = desk.about(&["revert", "--yes", "--json"], &done).json();
    assert_eq!(ids(&reverted["done"]).len(), done.len(), "{reverted:#}");
    let left = differences(&before, &platform.database.dump());
    assert!(left.iter().all(|cell| allowed.get(cell) == Some(&false)), "{left:#?}");
}

#[test]
fn frappe() {
    let Some(platform) = platforms::frappe() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 22,
            ready: 21,
            cell: |_, candidate, _| cell("tabJob Applicant", candidate, "cover_letter"),
            store: str::to_owned,
            along: &[("tabJob Applicant", "modified"), ("tabJob Applicant", "modified_by")],
        },
    );
}
