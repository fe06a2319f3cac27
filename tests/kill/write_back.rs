//! A write-back, and then its undo, are killed again and again until all is written.

use std::collections::BTreeMap;

use redraft::simulator::{Limits, Scenario, Simulator};
use sqlx::{Row, SqliteConnection};

use super::{asked, chance, eyes::Eyes, judge::Judge, kill_after, open};
use crate::cli::run::Place;

/// What a person wrote.
const MINE: &str = "Mine.";
const SECTIONS: [&str; 4] = ["summary", "experience", "skills", "education"];

type Texts = BTreeMap<String, Vec<Option<String>>>;

/// The sections of each candidate.
async fn texts(candidates: &mut SqliteConnection) -> Texts {
    let query = "SELECT CAST(id AS TEXT), summary, experience, skills, education FROM candidates";
    let rows = sqlx::query(query).fetch_all(candidates).await.unwrap();
    rows.iter().map(|row| (row.get(0), (1..5).map(|index| row.get(index)).collect())).collect()
}

/// State, before and approved text of each rewrite, by candidate.
async fn rewrites(store: &mut SqliteConnection) -> BTreeMap<String, (String, [Vec<Option<String>>; 2])> {
    let query = "SELECT r.candidate, r.state, t.before_text, t.approved FROM rewrite r \
                 JOIN rewrite_text t ON t.rewrite = r.seq WHERE t.approved IS NOT NULL";
    let sections = |text: String| {
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let find = |id: &str| {
            let all = document.as_array().unwrap();
            let section = all.iter().find(|section| section["id"] == id).unwrap();
            section["text"].as_str().map(str::to_owned)
        };
        SECTIONS.map(find).to_vec()
    };
    let rows = sqlx::query(query).fetch_all(store).await.unwrap();
    rows.iter().map(|row| (row.get(0), (row.get(1), [2, 3].map(|at| sections(row.get(at)))))).collect()
}

/// A demo whose rewrites are all approved, and a journal of every change to its candidates.
async fn approved() -> Place {
    let simulator = Simulator::start(Scenario { limits: Limits::NONE, ..Scenario::instant() }).unwrap();
    let mut place = Place::demo(40);
    place.set("REDRAFT__MODEL__PROVIDER", "groq");
    place.set("REDRAFT__MODEL__BASE_URL", &simulator.base_url());
    place.set("GROQ_API_KEY", "gsk_test");
    // Nothing is set aside to be looked at: all of it is to be written.
    place.set("REDRAFT__REVIEW__SPOT_CHECK_PERCENT", "0");
    place.on_demo(&["batch", "start", "--all", "--wait"]).ok();
    place.json(&["review", "approve", "--where", "state:ready", "--yes"]);
    let mut candidates = open(&place, "candidates.db").await;
    let journal = "CREATE TABLE journal (candidate TEXT, summary TEXT); \
                   CREATE TRIGGER noted AFTER UPDATE ON candidates BEGIN \
                   INSERT INTO journal VALUES (CAST(NEW.id AS TEXT), NEW.summary); END";
    sqlx::raw_sql(journal).execute(&mut candidates).await.unwrap();
    place
}

/// Each candidate has the old text or the approved one, as the store says; the person's stays in any case.
async fn judged(place: &Place, judge: &mut Judge) -> Vec<String> {
    let (mut store, mut candidates) = (open(place, "store.db").await, open(place, "candidates.db").await);
    let mut wrong = judge.look(&mut Eyes::embedded(place).await, None).await;
    let texts = texts(&mut candidates).await;
    for (candidate, (state, [before, approved])) in rewrites(&mut store).await {
        let stands = &texts[&candidate];
        let right = match state.as_str() {
            _ if stands[0].as_deref() == Some(MINE) => state != "written",
            "written" => *stands == approved,
            "writing" | "reverting" => *stands == before || *stands == approved,
            _ => *stands == before,
        };
        if !right {
            wrong.push(format!("candidate {candidate} is {state}, and another text stands there"));
        }
    }
    wrong
}

/// Kills `command` again and again, until nothing is in the states `left`.
async fn kill_until_done(place: &Place, judge: &mut Judge, command: &[&str], left: [&str; 2]) -> u64 {
    let (mut chance, mut killed) = (chance(), 0);
    let limit = asked("REDRAFT_KILLS", 40);
    while killed < limit {
        killed += u64::from(kill_after(&mut place.start(command), &mut chance, 5..120));
        let wrong = judged(place, judge).await;
        assert!(wrong.is_empty(), "after kill {killed}: {wrong:#?}");
        let states = rewrites(&mut open(place, "store.db").await).await;
        if !states.values().any(|(state, _)| left.contains(&state.as_str())) {
            break;
        }
    }
    place.on_demo(command);
    let wrong = judged(place, judge).await;
    assert!(wrong.is_empty(), "at the end: {wrong:#?}");
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_back_and_its_undo_survive_every_kill() {
    let place = approved().await;
    let mut judge = Judge::default();
    let before = texts(&mut open(&place, "candidates.db").await).await;
    // A person was faster with one of them.
    let edited = rewrites(&mut open(&place, "store.db").await).await.into_keys().next().unwrap();
    let edit = sqlx::query("UPDATE candidates SET summary = $1 WHERE CAST(id AS TEXT) = $2");
    let edit = edit.bind(MINE).bind(&edited);
    edit.execute(&mut open(&place, "candidates.db").await).await.unwrap();

    let killed = kill_until_done(&place, &mut judge, &["writeback", "--yes"], ["approved", "writing"]).await;
    assert!(killed > 2, "the work was done after {killed} kills");
    let done = rewrites(&mut open(&place, "store.db").await).await;
    for (candidate, (state, _)) in &done {
        let right = if *candidate == edited { "conflict" } else { "written" };
        assert_eq!(state, right, "{candidate}");
    }
    let mut candidates = open(&place, "candidates.db").await;
    assert_eq!(texts(&mut candidates).await[&edited][0].as_deref(), Some(MINE));
    let twice = "SELECT count(*) FROM (SELECT 1 FROM journal GROUP BY candidate HAVING count(*) > 1)";
    let twice: i64 = sqlx::query(twice).fetch_one(&mut candidates).await.unwrap().get(0);
    assert_eq!(twice, 0, "each was written once");

    let revert = ["revert", "--where", "state:written", "--yes"];
    kill_until_done(&place, &mut judge, &revert, ["written", "reverting"]).await;
    let mut now = texts(&mut candidates).await;
    now.insert(edited.clone(), before[&edited].clone());
    assert_eq!(now, before, "all is as it was, but for what the person wrote");
}
