//! For each platform the whole job: check, rewrite, review, write back, undo; and a dump of every byte in between.

use std::collections::BTreeMap;

use serde_json::Value;

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
    /// The cell into which a section of a candidate is written, as the dump names it.
    cell: fn(&Dump, &str, &str) -> Cell,
    /// Looks whether what stands there now is what stood there with this text put in, and nothing else.
    holds: fn(&Cell, [Option<String>; 2], Option<&str>),
    /// Columns that are written along.
    along: &'static [(&'static str, &'static str)],
    /// Why some texts cannot be stored, and stay approved and unwritten, if there may be such.
    refused: Option<&'static str>,
    /// Variables that the platform needs.
    settings: &'static [(&'static str, &'static str)],
}

fn cell(table: &str, key: &str, column: &str) -> Cell {
    (table.to_owned(), key.to_owned(), column.to_owned())
}

/// The text itself stands there.
fn itself(place: &Cell, [_, now]: [Option<String>; 2], text: Option<&str>) {
    assert_eq!(now.as_deref(), text, "{place:?}");
}

fn whole_job(platform: &Platform, facts: &Facts) {
    let mut desk = Desk::on(platform);
    for (name, value) in facts.settings {
        desk.place.set(name, value);
    }
    let before = platform.database.dump();
    let checked = desk.place.json(&["check"]);
    assert_eq!(checked["ok"], true, "{checked:#}");
    let seen = format!("The mapping sees {} candidates.", facts.candidates);
    assert!(checked.to_string().contains(&seen), "no {seen:?} in {checked:#}");

    let ready = desk.rewrites_all();
    let shown = desk.place.json(&["review", "list", "--limit", "100"]);
    assert_eq!(ready.len(), facts.ready, "{} {shown:#}", desk.place.json(&["batch", "show", "b1"]));
    let approved = desk.decides(&ready);
    assert_eq!(approved.len(), ready.len() - 2);
    assert!(
        differences(&before, &platform.database.dump()).is_empty(),
        "nothing is written before the write-back"
    );

    let expected = approved.len().to_string();
    let written = desk.place.on_demo(&["writeback", "--expect-count", &expected, "--json"]).json();
    let done = ids(&written["done"]);
    let refused = written["refused"].as_array().unwrap();
    assert_eq!(done.len() + refused.len(), approved.len(), "{written:#}");
    assert!(done.len() > approved.len() / 2, "{written:#}");
    for one in refused {
        let why = facts.refused.unwrap_or_else(|| panic!("{written:#}"));
        assert!(one["reason"].as_str().unwrap().contains(why), "{one}");
    }
    let approved: Vec<_> = approved.into_iter().filter(|(id, _)| done.contains(id)).collect();
    let after = platform.database.dump();
    let mut allowed = BTreeMap::new();
    for (id, candidate) in &approved {
        let old: BTreeMap<_, _> = desk.sections(id, "before").into_iter().collect();
        for (section, text) in desk.sections(id, "approved") {
            if old[&section] == text {
                continue;
            }
            let place = (facts.cell)(&before, candidate, &section);
            let both = [&before, &after].map(|dump| dump.text(&place.0, &place.1, &place.2));
            (facts.holds)(&place, both, text.as_deref());
            for (_, column) in facts.along.iter().filter(|(table, _)| *table == place.0) {
                allowed.insert(cell(&place.0, &place.1, column), false);
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

/// The newest attachment of a candidate that is a résumé, by the platform's own rules.
fn opencats_cell(dump: &Dump, candidate: &str, section: &str) -> Cell {
    if section == "skills" {
        return cell("candidate", candidate, "key_skills");
    }
    let is =
        |key: &str, column: &str, value: &str| dump.text("attachment", key, column).as_deref() == Some(value);
    let keys = dump.keys("attachment");
    let mine = keys.into_iter().filter(|key| {
        is(key, "data_item_id", candidate)
            && is(key, "data_item_type", "100")
            && is(key, "site_id", "1")
            && is(key, "resume", "1")
    });
    let newest = mine.max_by_key(|key| dump.text("attachment", key, "date_modified")).unwrap();
    cell("attachment", &newest, "text")
}

#[test]
fn opencats() {
    let Some(platform) = platforms::opencats() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 28,
            ready: 24,
            cell: opencats_cell,
            holds: |place, both, text| {
                let escaped = text.map(platforms::escape);
                itself(place, both, if place.0 == "attachment" { escaped.as_deref() } else { text });
            },
            along: &[
                ("attachment", "md5_sum_text"),
                ("attachment", "date_modified"),
                ("candidate", "date_modified"),
            ],
            refused: None,
            settings: &[("REDRAFT__WRITEBACK__WITHOUT_TRANSACTIONS", "write")],
        },
    );
    let stale = "SELECT COUNT(*) FROM attachment WHERE text IS NOT NULL AND md5_sum_text <> MD5(text)";
    assert_eq!(platform.database.value(stale), "0", "the platform still finds duplicates");
}

#[test]
fn orangehrm() {
    let Some(platform) = platforms::orangehrm() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 26,
            ready: 24,
            cell: |_, candidate, section| {
                let column = if section == "resume" { "cv_text_version" } else { "keywords" };
                cell("ohrm_job_candidate", candidate, column)
            },
            holds: |place, both, text| {
                if place.2 == "cv_text_version" {
                    itself(place, both, text);
                } else {
                    // An item of the list a line; commas in the column.
                    let items = |list: &str, at: char| -> Vec<String> {
                        list.split(at).map(|item| item.trim().to_owned()).collect()
                    };
                    assert_eq!(
                        both[1].as_deref().map(|list| items(list, ',')),
                        text.map(|list| items(list, '\n'))
                    );
                }
            },
            along: &[],
            refused: None,
            settings: &[],
        },
    );
}

#[test]
fn orangehrm_staff() {
    let Some(platform) = platforms::orangehrm_staff() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 23,
            ready: 22,
            cell: |_, candidate, section| {
                let row =
                    section.strip_prefix("experience-").and_then(|rest| rest.strip_suffix("-body")).unwrap();
                cell("hs_hr_emp_work_experience", &format!("{candidate}/{row}"), "eexp_comments")
            },
            holds: itself,
            along: &[],
            refused: None,
            settings: &[("REDRAFT__BATCH__MIN_WORDS", "8")],
        },
    );
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
            holds: itself,
            along: &[("tabJob Applicant", "modified"), ("tabJob Applicant", "modified_by")],
            refused: None,
            settings: &[],
        },
    );
}

/// What people wrote into an applicant's notes stays around what redraft adds.
const fn odoo_applicants(cell: fn(&Dump, &str, &str) -> Cell) -> Facts {
    Facts {
        candidates: 25,
        ready: 23,
        cell,
        holds: |place, [old, now], text| {
            let (old, now) = (old.unwrap_or_default(), now.unwrap());
            assert!(now.starts_with(&old) || now.ends_with(&old), "what people wrote stays: {old} {now}");
            let first = text.and_then(|text| text.split_whitespace().next()).unwrap();
            assert!(now.len() > old.len() && now.contains(first), "{place:?}: {now}");
        },
        along: &[("hr_applicant", "write_date"), ("hr_applicant", "write_uid")],
        refused: None,
        settings: &[],
    }
}

#[test]
fn odoo_19() {
    let Some(platform) = platforms::odoo() else { return };
    let facts = odoo_applicants(|_, candidate, _| cell("hr_applicant", candidate, "applicant_notes"));
    whole_job(&platform, &facts);
}

#[test]
fn odoo_18() {
    let Some(platform) = platforms::odoo_18() else { return };
    let facts = odoo_applicants(|_, candidate, _| cell("hr_applicant", candidate, "applicant_notes"));
    whole_job(&platform, &facts);
    // The person's own résumé is read beside, and written nowhere.
    let desk = Desk::on(&platform);
    let ready = desk.rewrites_all();
    let fifth = ready.iter().find(|(_, candidate)| candidate == "5").unwrap();
    let before: BTreeMap<_, _> = desk.sections(&fifth.0, "before").into_iter().collect();
    assert_eq!(before["person_resume"].as_deref(), Some("The person's own résumé: a cook of 20 years."));
    let list = desk.place.json(&["review", "list", "--limit", "100"]);
    assert!(list["data"].as_array().unwrap().iter().all(|row| !row["name"].as_str().unwrap().is_empty()));
}

#[test]
fn odoo_17() {
    let Some(platform) = platforms::odoo_17() else { return };
    let facts = odoo_applicants(|_, candidate, _| cell("hr_applicant", candidate, "description"));
    whole_job(&platform, &facts);
}

/// Everything in a document but the texts that may be rewritten.
fn others(document: &str, of: fn(&mut Value)) -> Value {
    let mut document: Value = serde_json::from_str(document).unwrap();
    of(&mut document);
    document
}

#[test]
fn odoo_staff() {
    let Some(platform) = platforms::odoo_staff() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 20,
            ready: 20,
            cell: |_, _, section| {
                let row =
                    section.strip_prefix("experience-").and_then(|rest| rest.strip_suffix("-body")).unwrap();
                cell("hr_resume_line", row, "description")
            },
            holds: |place, both, text| {
                let [old, now] = both.map(Option::unwrap);
                let rest =
                    |text: &str| others(text, |line| drop(line.as_object_mut().unwrap().remove("en_US")));
                assert_eq!(rest(&now), rest(&old), "{place:?}");
                let now: Value = serde_json::from_str(&now).unwrap();
                assert_eq!(now["en_US"].as_str(), text, "{place:?}");
            },
            along: &[("hr_resume_line", "write_date"), ("hr_resume_line", "write_uid")],
            refused: None,
            settings: &[],
        },
    );
}

/// Takes out of a résumé what may be rewritten.
fn blank(document: &mut Value) {
    document["basics"]["summary"] = Value::Null;
    for job in document["work"].as_array_mut().unwrap() {
        job["summary"] = Value::Null;
        job["highlights"].as_array_mut().unwrap().iter_mut().for_each(|line| *line = Value::Null);
    }
}

#[test]
fn documents_in_jsonb() {
    let Some(platform) = platforms::json_resume() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 22,
            ready: 20,
            cell: |_, candidate, _| cell("person", candidate, "resume"),
            holds: |place, both, text| {
                let [old, now] = both.map(Option::unwrap);
                assert_eq!(others(&now, blank), others(&old, blank), "{place:?}");
                // A text, or items a line.
                let text = text.unwrap();
                let holds = |text: &str| now.contains(serde_json::to_string(text).unwrap().as_str());
                assert!(holds(text) || text.lines().all(holds), "{place:?}: {text} {now}");
            },
            along: &[("person", "updated_at")],
            refused: Some("it has another number of items than before"),
            settings: &[],
        },
    );
}

#[test]
fn documents_in_json_keep_their_blanks_and_keys() {
    let Some(platform) = platforms::legacy_json_resume() else { return };
    whole_job(
        &platform,
        &Facts {
            candidates: 24,
            ready: 24,
            cell: |dump, candidate, _| {
                let number = candidate.rsplit(['/', ',', ':']).next().unwrap().to_owned();
                let keys = dump.keys("legacy_person");
                let key = keys.into_iter().find(|key| key.ends_with(&format!("/{number}"))).unwrap();
                cell("legacy_person", &key, "resume")
            },
            holds: |place, both, text| {
                let [old, now] = both.map(Option::unwrap);
                assert_eq!(others(&now, blank), others(&old, blank), "{place:?}");
                assert!(
                    now.starts_with("{\n  \"lang\": \"de\",") && now.contains("  \"lang\": \"en\""),
                    "{place:?}"
                );
                assert_eq!(now.lines().count(), old.lines().count(), "{place:?}");
                assert!(text.is_some());
            },
            along: &[],
            refused: Some("it has another number of items than before"),
            settings: &[],
        },
    );
}
