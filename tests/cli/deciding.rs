//! Reviewing, writing back and undoing in a script.

use std::fs;

use serde_json::Value;

use super::{
    ready::{ADDED, ready},
    run::{Place, is_private},
};

/// The ids of a list, in its order.
fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn count(place: &Place, filter: &str) -> usize {
    ids(&place.json(&["review", "list", "--where", filter, "--limit", "1000"])).len()
}

/// The summary of a candidate in the candidate database.
fn summary(place: &Place, candidate: &str) -> String {
    let path = place.path("demo/candidates.db").display().to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sqlx::{Connection, Row, SqliteConnection};
        let mut connection = SqliteConnection::connect(&format!("sqlite:{path}")).await.unwrap();
        let row = sqlx::query("SELECT summary FROM candidates WHERE id = ?").bind(candidate);
        row.fetch_one(&mut connection).await.unwrap().get::<String, _>(0)
    })
}

#[test]
fn one_is_approved_one_rejected_and_only_what_was_approved_is_written() {
    let (place, people) = ready(4);
    let list = place.json(&["review", "list", "--sort", "oldest"]);
    let all = ids(&list);
    assert_eq!(all.len(), 4);
    let approved = place.json(&["review", "approve", &all[0], "--as", "anna"]);
    assert_eq!((&approved["action"], &approved["done"][0]), (&"approved".into(), &all[0].clone().into()));
    place.json(&["review", "reject", &all[1], "--reason", "too bold", "--as", "anna"]);
    place.json(&["review", "reject", &people[2].0, "--batch", "b1", "--as", "anna"]);
    let undone = place.json(&["review", "undo", "--as", "anna"]);
    assert_eq!(undone["done"], serde_json::json!([all[2]]));
    assert_eq!((count(&place, "state:ready"), count(&place, "by:anna state:rejected")), (2, 1));

    // The number that is not the number stops a bulk; the right one lets it through.
    let bulk = ["review", "approve", "--where", "state:ready finding:none"];
    place.on_demo(&bulk).fails(1, &["Approve 2 rewrites must be confirmed", "hint: Add --expect-count 2"]);
    let wrong = [&bulk[..], &["--expect-count", "3"]].concat();
    place.on_demo(&wrong).fails(1, &["This concerns 2 rewrites, not 3. Nothing was done."]);
    let right = [&bulk[..], &["--expect-count", "2"]].concat();
    assert_eq!(place.json(&right)["done"].as_array().unwrap().len(), 2);

    let before = summary(&place, &people[0].0);
    let dry = place.json(&["writeback", "--dry-run"]);
    assert_eq!(dry["would_write"].as_array().unwrap().len(), 3);
    assert_eq!(summary(&place, &people[0].0), before);
    place.on_demo(&["writeback"]).fails(1, &["must be confirmed", "--expect-count 3"]);
    let written = place.json(&["writeback", "--expect-count", "3"]);
    assert_eq!(written["done"].as_array().unwrap().len(), 3);
    assert_eq!(summary(&place, &people[0].0), format!("{before}\n\n{ADDED}"));
    assert!(!summary(&place, &people[1].0).contains(ADDED), "it was rejected");

    let reverted = place.json(&["revert", &all[0], "--yes"]);
    assert_eq!(reverted["done"], serde_json::json!([all[0]]));
    assert_eq!(summary(&place, &people[0].0), before);
    assert_eq!(count(&place, "state:written"), 2);
}

#[test]
fn how_people_decide_is_told_to_whoever_asks_first() {
    let (place, _) = ready(3);
    let all = ids(&place.json(&["review", "list", "--sort", "oldest"]));
    place.json(&["review", "approve", &all[0], "--as", "anna"]);
    place.json(&["review", "reject", &all[1], "--reason", "too bold.", "--as", "ben"]);
    place.json(&["review", "reject", &all[2], "--as", "ben"]);
    place.json(&["review", "undo", "--as", "ben"]);
    let stats = place.json(&["review", "stats", "--as", "ben"]);
    let people = stats["people"].as_array().unwrap();
    let told: Vec<_> = people.iter().map(|one| (&one["who"], &one["approved"], &one["rejected"])).collect();
    let (ben, anna) = ("ben".into(), "anna".into());
    assert_eq!(told, [(&ben, &0.into(), &1.into()), (&anna, &1.into(), &0.into())]);
    assert_eq!((&people[0]["taken_back"], &people[0]["taken_back_percent"]), (&1.into(), &50.into()));
    assert_eq!(
        (&stats["reasons"][0]["reason"], &stats["reasons"][0]["count"]),
        (&"too bold".into(), &1.into())
    );
    // What nobody reads is told by a hash, before and after.
    let history = place.json(&["review", "history", &all[0]]);
    let decision = &history["data"][0];
    assert_eq!(decision["text_before_sha256"].as_str().map(str::len), Some(64));
    assert_eq!(decision["text_after_sha256"], decision["text_sha256"]);
}

#[test]
fn a_source_that_changed_meanwhile_is_a_conflict_and_stays() {
    let (place, people) = ready(1);
    place.json(&["review", "approve", "--batch", "1", "--yes"]);
    let path = place.path("demo/candidates.db").display().to_string();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        use sqlx::{Connection, SqliteConnection};
        let mut connection = SqliteConnection::connect(&format!("sqlite:{path}")).await.unwrap();
        let change =
            sqlx::query("UPDATE candidates SET summary = 'By hand.' WHERE id = ?").bind(&people[0].0);
        change.execute(&mut connection).await.unwrap();
    });
    let dry = place.json(&["writeback", "--dry-run"]);
    assert_eq!(dry["would_conflict"].as_array().unwrap().len(), 1);
    let said = place.on_demo(&["writeback", "--yes", "--json"]).fails(1, &[]);
    assert_eq!(said.json()["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!(summary(&place, &people[0].0), "By hand.");
    assert_eq!(count(&place, "state:conflict"), 1);
}

#[test]
fn a_rewrite_is_decided_change_by_change_and_edited() {
    let (place, _) = ready(1);
    let id = ids(&place.json(&["review", "list"])).remove(0);
    let shown = place.json(&["review", "show", &id]);
    let changes = shown["changes"].as_array().unwrap();
    assert!(changes.len() >= 2, "{changes:?}");
    assert!(changes.iter().all(|change| change["choice"] == "open"));
    let first = changes.iter().find(|change| change["section"] == "summary").unwrap();
    let name = first["id"].as_str().unwrap();
    let chosen = place.json(&["review", "choose", &id, "--reject", name]);
    assert_eq!((&chosen["action"], &chosen["changes"][0]["to"]), (&"choose".into(), &"rejected".into()));
    let stale = ["review", "choose", &id, "--accept", name, "--revision", "1"];
    place.on_demo(&stale).fails(1, &["Somebody else changed it meanwhile", "hint: Look at it again"]);

    let edit = ["review", "edit", &id, "--section", "skills", "--from", "-"];
    place.on_demo_with(&edit, "Baking, selling").ok();
    let wrong = ["review", "edit", &id, "--section", "hobbies", "--from", "-"];
    place.on_demo_with(&wrong, "x").fails(1, &["has no section \"hobbies\"", "summary, experience, skills"]);

    let human = place.on_demo(&["review", "show", &id]).ok().out;
    assert!(human.contains("state      ready, edited") && human.contains("rejected  chg_"), "{human}");
    place.json(&["review", "approve", &id]);
    let shown = place.json(&["review", "show", &id]);
    let text = |side: &str, section: &str| {
        let sections = shown[side].as_array().unwrap();
        let found = sections.iter().find(|one| one["id"] == section).unwrap();
        found["text"].as_str().unwrap().to_owned()
    };
    assert!(!text("approved", "summary").contains(ADDED), "its change was rejected");
    assert!(text("approved", "experience").contains(ADDED), "nobody decided: it goes in");
    assert_eq!(text("approved", "skills"), "Baking, selling");
    let actions: Vec<&str> =
        shown["history"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["choose", "edit", "approve"]);
    assert_eq!(place.json(&["review", "history"])["data"][0]["action"], "approve");
}

#[test]
fn rewrites_are_exported_as_lines_and_sheets() {
    let (place, _) = ready(3);
    let lines = place.on_demo(&["export", "--format", "jsonl", "--texts"]).ok().out;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["after"][0]["id"], "summary");
    let file = place.path("out.csv").display().to_string();
    let export = ["export", "--format", "csv", "--texts", "--output", &file];
    place.on_demo(&export).ok();
    let mut sheet = csv::Reader::from_path(&file).unwrap();
    assert_eq!(sheet.headers().unwrap().iter().filter(|name| name.starts_with("after:")).count(), 4);
    assert_eq!(sheet.records().map(|record| record.unwrap().len()).collect::<Vec<_>>(), [23; 3]);
    assert!(is_private(file.as_ref()));
    place
        .on_demo(&export)
        .fails(1, &["The file cannot be written.", "out.csv", "A file of that name exists"]);
    let page = place.path("report.html").display().to_string();
    place.on_demo(&["export", "--format", "html", "--where", "state:ready", "--output", &page]).ok();
    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("<p>state:ready</p>") && page.matches("<details").count() == 3, "{page}");
    let text = place.on_demo(&["export", "--format", "md"]).ok().out;
    assert!(text.starts_with("# Review report\n\nScope: all rewrites"), "{text}");
    let restricted = ["export", "--format", "csv", "--restricted", "--output", "other.csv"];
    place.on_demo(&restricted).fails(1, &["Files cannot be written with --restricted."]);
    assert!(!fs::exists(place.path("other.csv")).unwrap());
}

#[test]
fn what_is_not_there_is_named() {
    let (place, _) = ready(1);
    place
        .on_demo(&["batch", "show", "b7"])
        .fails(1, &["error: There is no batch b7", "hint: `redraft batch list`"]);
    place.on_demo(&["batch", "show", "x"]).fails(1, &["There is no batch x"]);
    let unknown = "rwt_00000000000000000000000000";
    place.on_demo(&["review", "show", unknown]).fails(1, &["There is no rewrite rwt_0000"]);
    place.on_demo(&["review", "show", "999", "--batch", "b1"]).fails(1, &["Batch b1 has no candidate 999"]);
    place.on_demo(&["review", "approve"]).fails(1, &["It is not said which rewrites are meant"]);
    place.on_demo(&["review", "list", "--where", "state:redy"]).fails(
        1,
        &["\"redy\" is no state of a rewrite.", "state:redy\n        ^^^^", "Did you mean \"ready\"?"],
    );
    let reason = ["batch", "retry", "b1", "--reason", "bad luck"];
    place.on_demo(&reason).fails(1, &["\"bad luck\" is no reason of a failure."]);
}

#[test]
fn a_list_goes_on_where_the_last_one_ended() {
    let (place, _) = ready(5);
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut arguments = vec!["review", "list", "--limit", "2", "--sort", "name"];
        if let Some(after) = &after {
            arguments.extend(["--after", after]);
        }
        let list = place.json(&arguments);
        seen.extend(ids(&list));
        match list["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[test]
fn filters_mean_the_same_in_the_store() {
    let (place, people) = ready(4);
    let all = ids(&place.json(&["review", "list", "--sort", "oldest"]));
    place.json(&["review", "approve", &all[0], "--as", "anna"]);
    place.json(&["review", "reject", &all[1], "--as", "ben"]);
    place.json(&["review", "reject", &all[2], "--as", "ben"]);
    place.json(&["review", "undo", &all[2], "--as", "ben"]);
    let candidate = format!("candidate:{}", people[3]);
    for (filter, expected) in [
        ("", 4),
        ("state:ready", 2),
        ("-state:ready", 2),
        ("by:anna", 1),
        ("-by:anna", 3),
        ("by:anna,ben -state:ready", 2),
        // What was taken back was decided by nobody.
        ("by:none", 2),
        ("by:any", 2),
        ("by:ben or by:none", 3),
        ("-(by:ben or by:none)", 1),
        ("decided:never", 2),
        ("-decided:never", 2),
        ("decided:<1h", 2),
        ("decided:>1h", 0),
        ("-decided:>1h", 4),
        ("decided:today", 2),
        ("written:never", 4),
        ("written:any", 0),
        ("opened:never", 4),
        ("finding:none", 4),
        ("-finding:none", 0),
        ("finding:number,date", 0),
        ("changed:12", 4),
        ("changed:<12 or changed:>12", 0),
        ("changed:none", 0),
        ("cost:>0.0001", 4),
        ("cost:<=0.0005", 4),
        ("cost:<0.0005", 0),
        ("batch:b1", 4),
        ("batch:b2", 0),
        ("-batch:2,3", 4),
        ("posting:cook", 0),
        ("-posting:cook", 4),
        ("model:gpt-oss", 4),
        ("-model:llama", 4),
        ("edited:no", 4),
        ("reason:timeout", 0),
        ("-reason:timeout", 4),
        (&candidate, 1),
        ("\"no such name at all\"", 0),
        ("()", 4),
        ("-()", 0),
    ] {
        assert_eq!(count(&place, filter), expected, "{filter}");
    }
}

#[test]
fn who_may_only_suggest_spends_and_writes_nothing() {
    let (place, people) = ready(1);
    let one = &ids(&place.json(&["review", "list"])).remove(0);
    place.edit_config(|text| format!("{text}\n[review]\nrights = \"suggest\"\n"));
    for refused in [
        &["batch", "start", "--ids", &people[0].0, "--yes"][..],
        &["batch", "pause", "b1"],
        &["batch", "resume", "b1"],
        &["batch", "cancel", "b1"],
        &["batch", "retry", "b1"],
        &["review", "approve", one],
        &["writeback", "--yes"],
    ] {
        place.on_demo(refused).fails(1, &["You may look and suggest here, not decide."]);
    }
    assert_eq!(place.json(&["batch", "list"])["data"].as_array().unwrap().len(), 1, "none was started");
    assert_eq!(count(&place, "state:ready"), 1);
    place.on_demo(&["batch", "start", "--ids", &people[0].0, "--estimate"]).ok();
}
