//! Sections from child rows, lists, HTML, JSON and escaped text, written where they belong and nowhere else.

use std::sync::Arc;

use redraft::{
    config::Mapping,
    domain::{Document, Role},
    source::port::{CandidateDatabase, PageQuery, SourceError, WriteOutcome},
};

use super::world::{World, id, ids, source_of, with};

/// Candidates of two tenants, and tables that hang on them.
pub const TABLES: [&str; 8] = [
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(40), nick VARCHAR(40))",
    "INSERT INTO person VALUES (7, 'Ada Example', 'ada'), (8, 'Ben Test', NULL)",
    "CREATE TABLE applicant (id INTEGER PRIMARY KEY, site INTEGER, person_id INTEGER, consent INTEGER,
        skills VARCHAR(80), notes TEXT, resume TEXT, touched INTEGER)",
    "INSERT INTO applicant VALUES (1, 1, 7, 1, 'Java,  Python ,SQL', NULL, NULL, 0),
        (2, 1, 8, 1, NULL, '<p>Called <b>twice</b>.</p>', NULL, 0), (3, 2, 7, 1, 'theirs', NULL, NULL, 0)",
    "CREATE TABLE file (id INTEGER PRIMARY KEY, site INTEGER, owner INTEGER, kind INTEGER, body TEXT,
        size INTEGER, writer INTEGER)",
    "INSERT INTO file VALUES (10, 1, 1, 100, 'old', 0, 0), (11, 1, 1, 100, 'C_rPLUSr_rPLUSr since v1_rDOTr2.', 0, 0),
        (12, 1, 1, 400, 'a posting', 0, 0), (13, 2, 1, 100, 'theirs', 0, 0), (14, 1, 2, 100, 'plain', 0, 0)",
    "CREATE TABLE job (owner INTEGER NOT NULL, number INTEGER NOT NULL, employer VARCHAR(40), began VARCHAR(10),
        body VARCHAR(60), touched INTEGER, PRIMARY KEY (owner, number), CHECK (body <> 'forbidden'))",
    "INSERT INTO job VALUES (1, 1, 'Post', '2012', 'Led the kitchen.', 0), (1, 2, 'Inn', '2019', 'Cooked.', 0),
        (1, 3, 'Pub', '2021', NULL, 0), (2, 1, 'Bank', '2000', 'Counted.', 0)",
];

const MAPPING: &str = r#"
    tenant = { column = "site", value = 1 }
    user = 42
    [candidate]
    table = "applicant"
    key = ["id"]
    display = ["person.name"]
    show = ["person.nick"]
    where = "consent = 1"
    join = [{ table = "person", as = "person", on = { id = "person_id" }, tenant = false }]
"#;

const FILE: &str = r#"
    [[section]]
    id = "resume"
    table = "file"
    key = ["id"]
    join = { owner = "id" }
    where = "kind = 100"
    pick = ["-id"]
    column = "body"
    codec = ["opencats_fulltext"]
    max_bytes = 50
    set = { size = "length(:stored)", writer = ":user" }
"#;

pub const JOBS: &str = r#"
    [[section]]
    id = "work"
    kind = "rows"
    table = "job"
    tenant = false
    key = ["owner", "number"]
    join = { owner = "id" }
    order = ["-began"]
    fixed = { employer = "employer", since = "began" }
    writable = { body = "body" }
    set = { touched = "touched + 1" }
"#;

pub const SKILLS: &str = r#"
    [[section]]
    id = "skills"
    kind = "list"
    separator = ","
    column = "skills"
    max_chars = 40
"#;

const TARGET: &str = r#"
    [[section]]
    id = "resume"
    table = "file"
    key = ["id"]
    join = { owner = "id" }
    where = "kind = 100"
    pick = ["-id"]
    column = "body"
    [section.target]
    column = "notes"
    format = "html"
    merge = "marked_section"
    set = { touched = "touched + 1" }
"#;

const JSON: &str = r#"
    [[section]]
    id = "cv"
    kind = "json"
    column = "resume"
    fixed = ["$.work[*].name"]
    writable = ["$.summary", "$.work[*].text", "$.work[*].done[*]"]
"#;

pub fn mapping(sections: &[&str]) -> Mapping {
    toml::from_str(&format!("{MAPPING}{}", sections.concat())).unwrap()
}

async fn opened(world: &dyn World, sections: &[&str]) -> Arc<dyn CandidateDatabase> {
    for sql in TABLES {
        world.run(sql).await;
    }
    again(world, sections).await
}

async fn again(world: &dyn World, sections: &[&str]) -> Arc<dyn CandidateDatabase> {
    world.open_with(&mapping(sections)).await.unwrap()
}

async fn set(
    source: &dyn CandidateDatabase,
    key: &str,
    (before, after): (&Document, &Document),
) -> WriteOutcome {
    source.compare_and_set(&id(key), before, after).await.unwrap()
}

fn told(document: &Document) -> Vec<String> {
    let section = |section: &redraft::domain::Section| {
        let mark = match section.role {
            Role::Rewritten => "",
            Role::Context => "(context) ",
        };
        format!("{mark}{}: {}", section.id, section.text.as_deref().unwrap_or("NULL"))
    };
    document.sections.iter().map(section).collect()
}

fn refused(outcome: &WriteOutcome, words: &str) {
    match outcome {
        WriteOutcome::Refused(why) => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

pub async fn the_newest_row_of_a_child_table_is_read_decoded_and_written_alone(world: &dyn World) {
    let source = opened(world, &[FILE]).await;
    let before = source_of(&*source, "1").await;
    assert_eq!(told(&before), ["resume: C++ since v1.2."]);
    let after = with(&before, "resume", "C++ & C# since v1.2.");
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    let row = "SELECT concat(body, ' ', size, ' ', writer) FROM file WHERE id = 11";
    let stored = "C_rPLUSr_rPLUSr _rANDr C_rPOUNDr since v1_rDOTr2.";
    assert_eq!(world.value(row).await.unwrap(), format!("{stored} {} 42", stored.len()));
    for untouched in ["10", "12", "13", "14"] {
        let written =
            world.value(&format!("SELECT concat('', writer) FROM file WHERE id = {untouched}")).await;
        assert_eq!(written.unwrap(), "0");
    }
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::AlreadyThere);
    assert_eq!(set(&*source, "1", (&after, &before)).await, WriteOutcome::Written, "and back");
    assert_eq!(source_of(&*source, "1").await, before);
}

pub async fn a_limit_counts_what_is_stored_not_what_is_read(world: &dyn World) {
    let source = opened(world, &[FILE]).await;
    let before = source_of(&*source, "1").await;
    let outcome = set(&*source, "1", (&before, &with(&before, "resume", "C++ C++ C++ C++"))).await;
    refused(&outcome, "at most 50 are allowed (max_bytes)");
}

pub async fn a_newer_row_since_the_read_is_a_conflict(world: &dyn World) {
    let source = opened(world, &[FILE]).await;
    let before = source_of(&*source, "1").await;
    // The same text, in another row: the old one would still compare equal.
    world.run("INSERT INTO file VALUES (20, 1, 1, 100, 'C_rPLUSr_rPLUSr since v1_rDOTr2.', 0, 0)").await;
    let outcome = set(&*source, "1", (&before, &with(&before, "resume", "x"))).await;
    let WriteOutcome::Changed(found) = outcome else { panic!("{outcome:?}") };
    assert_eq!(found.sections[0].text, before.sections[0].text);
    let outcome = set(&*source, "1", (&found, &with(&found, "resume", "x"))).await;
    assert_eq!(outcome, WriteOutcome::Written);
    assert_eq!(world.value("SELECT body FROM file WHERE id = 20").await.unwrap(), "x");
}

pub async fn a_row_that_no_longer_meets_its_condition_is_a_conflict(world: &dyn World) {
    let source = opened(world, &[FILE]).await;
    let before = source_of(&*source, "2").await;
    world.run("UPDATE file SET kind = 400 WHERE id = 14").await;
    let outcome = set(&*source, "2", (&before, &with(&before, "resume", "x"))).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    world.run("UPDATE file SET kind = 100 WHERE id = 14").await;
    // The condition on the candidate holds for rows of other tables too.
    world.run("UPDATE applicant SET consent = 0 WHERE id = 2").await;
    assert_eq!(set(&*source, "2", (&before, &with(&before, "resume", "x"))).await, WriteOutcome::Gone);
    assert_eq!(world.value("SELECT body FROM file WHERE id = 14").await.unwrap(), "plain");
}

pub async fn a_text_that_would_not_come_back_through_its_codec_is_skipped_with_a_reason(world: &dyn World) {
    let source = opened(world, &[FILE]).await;
    world.run("UPDATE file SET body = 'not. escaped.here' WHERE id = 11").await;
    let error = source.read(&id("1")).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreadable(_)), "{error}");
    assert!(error.to_string().contains("could not be given back exactly"), "{error}");
    assert!(!error.to_string().contains("escaped.here"), "{error}");
    let before = source_of(&*source, "2").await;
    let outcome = set(&*source, "2", (&before, &with(&before, "resume", "a literal _rDOTr"))).await;
    refused(&outcome, "OpenCATS would take for an escape");
}

pub async fn rows_are_sections_with_what_is_fixed_beside_them(world: &dyn World) {
    let source = opened(world, &[JOBS]).await;
    let before = source_of(&*source, "1").await;
    let lines = [
        "(context) work-3: employer: Pub\nsince: 2021",
        "work-3-body: NULL",
        "(context) work-2: employer: Inn\nsince: 2019",
        "work-2-body: Cooked.",
        "(context) work-1: employer: Post\nsince: 2012",
        "work-1-body: Led the kitchen.",
    ];
    assert_eq!(told(&before), lines);
    let after = with(&with(&before, "work-2-body", "Cooked well."), "work-1-body", "Ran the kitchen.");
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    assert_eq!(source_of(&*source, "1").await, after);
    let touched = "SELECT concat('', sum(touched)) FROM job";
    assert_eq!(world.value(touched).await.unwrap(), "2", "a row each, and no other");
    refused(&set(&*source, "1", (&after, &with(&after, "work-2", "employer: Ritz"))).await, "only shown");
}

pub async fn rows_are_written_all_or_none(world: &dyn World) {
    let source = opened(world, &[JOBS, SKILLS]).await;
    let before = source_of(&*source, "1").await;
    let both = with(&with(&before, "work-2-body", "Cooked well."), "skills", "Java");
    let after = with(&both, "work-1-body", "forbidden");
    refused(&set(&*source, "1", (&before, &after)).await, "");
    assert_eq!(source_of(&*source, "1").await, before);
    world.run("UPDATE job SET body = 'mine' WHERE owner = 1 AND number = 1").await;
    let outcome = set(&*source, "1", (&before, &both)).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    let now = source_of(&*source, "1").await;
    assert_eq!(now, with(&before, "work-1-body", "mine"));
    let both = with(&with(&now, "work-2-body", "Cooked well."), "skills", "Java");
    assert_eq!(set(&*source, "1", (&now, &both)).await, WriteOutcome::Written, "two tables in one go");
    assert_eq!(told(&source_of(&*source, "1").await), told(&both));
}

pub async fn rows_that_come_go_or_say_something_else_are_conflicts(world: &dyn World) {
    let source = opened(world, &[JOBS]).await;
    let before = source_of(&*source, "1").await;
    let after = with(&before, "work-2-body", "Cooked well.");
    for (change, back) in [
        ("INSERT INTO job VALUES (1, 9, 'New', '2024', 'x', 0)", "DELETE FROM job WHERE number = 9"),
        (
            "UPDATE job SET employer = 'Ritz' WHERE owner = 1 AND number = 1",
            "UPDATE job SET employer = 'Post' WHERE owner = 1 AND number = 1",
        ),
        (
            "DELETE FROM job WHERE owner = 1 AND number = 3",
            "INSERT INTO job VALUES (1, 3, 'Pub', '2021', NULL, 0)",
        ),
    ] {
        world.run(change).await;
        let outcome = set(&*source, "1", (&before, &after)).await;
        assert!(matches!(outcome, WriteOutcome::Changed(_)), "{change}: {outcome:?}");
        world.run(back).await;
    }
    // A row of another candidate is none of this one's business.
    world.run("DELETE FROM job WHERE owner = 2").await;
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
}

pub async fn a_list_keeps_the_bytes_of_its_items(world: &dyn World) {
    let source = opened(world, &[SKILLS]).await;
    let before = source_of(&*source, "1").await;
    assert_eq!(told(&before), ["skills: Java\nPython\nSQL"]);
    let after = with(&before, "skills", "Java\nPython 3\nSQL");
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    let stored = || world.value("SELECT skills FROM applicant WHERE id = 1");
    assert_eq!(stored().await.unwrap(), "Java,  Python 3,SQL");
    let now = source_of(&*source, "1").await;
    assert_eq!(now.sections[0].text, after.sections[0].text);
    assert_eq!(set(&*source, "1", (&after, &before)).await, WriteOutcome::Written);
    assert_eq!(stored().await.unwrap(), "Java,  Python ,SQL", "undone to the byte");
    // Other blanks are other bytes, although the items are the same.
    world.run("UPDATE applicant SET skills = 'Java,Python,SQL' WHERE id = 1").await;
    let outcome = set(&*source, "1", (&before, &after)).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    refused(&set(&*source, "1", (&before, &with(&before, "skills", "a, b"))).await, "holds the separator");
    refused(&set(&*source, "1", (&before, &with(&before, "skills", &"x".repeat(41)))).await, "max_chars");
}

pub async fn html_behind_a_codec_keeps_its_tags(world: &dyn World) {
    let html = "[[section]]\nid = \"notes\"\ncolumn = \"notes\"\ncodec = [\"html\"]\n";
    let source = opened(world, &[html]).await;
    let before = source_of(&*source, "2").await;
    assert_eq!(told(&before), ["notes: Called twice."]);
    let after = with(&before, "notes", "Rang twice, & more.");
    assert_eq!(set(&*source, "2", (&before, &after)).await, WriteOutcome::Written);
    let stored = || world.value("SELECT notes FROM applicant WHERE id = 2");
    assert_eq!(stored().await.unwrap(), "<p>Rang <b>twice</b>, &amp; more.</p>");
    assert_eq!(set(&*source, "2", (&after, &before)).await, WriteOutcome::Written);
    assert_eq!(stored().await.unwrap(), "<p>Called <b>twice</b>.</p>");
    world.run("UPDATE applicant SET notes = '<p>Called <i>twice</i>.</p>' WHERE id = 2").await;
    let outcome = set(&*source, "2", (&before, &after)).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "a tag is a byte too: {outcome:?}");
}

pub async fn a_target_takes_the_text_and_keeps_all_outside_of_the_marks(world: &dyn World) {
    let source = opened(world, &[TARGET]).await;
    for (key, notes) in [("2", Some("<p>Called <b>twice</b>.</p>")), ("1", None)] {
        let stored = || async {
            let sql = format!("SELECT coalesce(notes, 'is NULL') FROM applicant WHERE id = {key}");
            world.value(&sql).await.unwrap()
        };
        let before = source_of(&*source, key).await;
        let after = with(&before, "resume", "One & two.\n\nThree.");
        assert_eq!(set(&*source, key, (&before, &after)).await, WriteOutcome::Written);
        let block = "<!-- redraft: begin --><p>One &amp; two.</p><p>Three.</p><!-- redraft: end -->";
        assert_eq!(stored().await, format!("{}{block}", notes.unwrap_or_default()));
        assert_eq!(set(&*source, key, (&before, &after)).await, WriteOutcome::AlreadyThere);
        assert_eq!(set(&*source, key, (&after, &before)).await, WriteOutcome::Written);
        assert_eq!(stored().await, notes.unwrap_or("is NULL"), "undone to the byte");
    }
    assert_eq!(world.value("SELECT body FROM file WHERE id = 14").await.unwrap(), "plain", "only read");
}

pub async fn an_edit_outside_of_the_marks_stays_and_one_inside_is_a_conflict(world: &dyn World) {
    let source = opened(world, &[TARGET]).await;
    let before = source_of(&*source, "2").await;
    let after = with(&before, "resume", "New.");
    world.run("UPDATE applicant SET notes = '<p>Called <b>three</b> times.</p>' WHERE id = 2").await;
    assert_eq!(set(&*source, "2", (&before, &after)).await, WriteOutcome::Written);
    let stored = world.value("SELECT notes FROM applicant WHERE id = 2").await.unwrap();
    assert_eq!(
        stored,
        "<p>Called <b>three</b> times.</p><!-- redraft: begin --><p>New.</p><!-- redraft: end -->"
    );
    let now = source_of(&*source, "2").await;
    world.run("UPDATE applicant SET notes = '<!-- redraft: begin --><p>Mine.</p><!-- redraft: end -->' WHERE id = 2").await;
    for (before, after) in [(&now, with(&now, "resume", "Newer.")), (&after, before.clone())] {
        let outcome = set(&*source, "2", (before, &after)).await;
        assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    }
    world.run("UPDATE applicant SET notes = '<p>x</p><!-- redraft: end -->' WHERE id = 2").await;
    let torn = source.read(&id("2")).await.unwrap_err();
    assert!(torn.to_string().contains("torn apart"), "{torn}");
}

pub async fn a_source_that_changed_is_a_conflict_although_the_target_did_not(world: &dyn World) {
    let source = opened(world, &[TARGET]).await;
    let before = source_of(&*source, "2").await;
    let after = with(&before, "resume", "New.");
    assert_eq!(set(&*source, "2", (&before, &after)).await, WriteOutcome::Written);
    let notes = || world.value("SELECT notes FROM applicant WHERE id = 2");
    let written = notes().await.unwrap();
    assert!(written.contains("New."), "{written}");
    world.run("UPDATE file SET body = 'other' WHERE id = 14").await;
    // The way back would put a text there that the source no longer has.
    let outcome = set(&*source, "2", (&after, &before)).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    assert_eq!(notes().await.unwrap(), written);
    world.run("UPDATE applicant SET notes = '<p>Called <b>twice</b>.</p>' WHERE id = 2").await;
    let outcome = set(&*source, "2", (&before, &after)).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
}

// In one line and without backslashes: the clients of the servers show those in their own way.
const DOCUMENT: &str = concat!(
    r#"{ "summary": "Cook.", "email":"a@b.c", "n": 1.50, "work": [{"text":"Led.","name":"Post","done":["one", "two"]}"#,
    r#",  {"name":"Inn","more":{"z":null}}], "email":"x" }"#
);

pub async fn a_json_document_keeps_every_byte_but_the_strings(world: &dyn World) {
    let source = opened(world, &[JSON]).await;
    world.run(&format!("UPDATE applicant SET resume = '{DOCUMENT}' WHERE id = 1")).await;
    let before = source_of(&*source, "1").await;
    let lines = [
        "cv-summary: Cook.",
        "(context) cv-work-0: name: Post",
        "cv-work-0-text: Led.",
        "cv-work-0-done: one\ntwo",
        "(context) cv-work-1: name: Inn",
    ];
    assert_eq!(told(&before), lines);
    let after = with(&with(&before, "cv-work-0-text", "Ran it."), "cv-work-0-done", "one\n2");
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    let stored = || world.value("SELECT resume FROM applicant WHERE id = 1");
    let expected = DOCUMENT.replace("Led.", "Ran it.").replace("\"two\"", "\"2\"");
    assert_eq!(stored().await.unwrap(), expected);
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::AlreadyThere);
    assert_eq!(set(&*source, "1", (&after, &before)).await, WriteOutcome::Written);
    assert_eq!(stored().await.unwrap(), DOCUMENT, "undone to the byte");
    refused(&set(&*source, "1", (&before, &with(&before, "cv-work-0-done", "one"))).await, "number of items");
}

/// Two ways to write one string are one text, to whoever reads JSON.
pub async fn the_way_a_json_string_is_escaped_is_no_conflict(world: &dyn World) {
    let source = opened(world, &[JSON]).await;
    // One backslash, whatever the engine makes of two.
    let escaped = r#"replace('{"summary": "caf#u00e9 #/ bar", "n": 1}', '#', substr('\\', 1, 1))"#;
    world.run(&format!("UPDATE applicant SET resume = {escaped} WHERE id = 1")).await;
    let before = source_of(&*source, "1").await;
    assert_eq!(before.sections[0].text.as_deref(), Some("caf\u{e9} / bar"));
    let after = with(&before, "cv-summary", "New.");
    let stored = || world.value("SELECT resume FROM applicant WHERE id = 1");
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    assert_eq!(stored().await.unwrap(), r#"{"summary": "New.", "n": 1}"#);
    // The platform saves what it had read, in its own way.
    world
        .run("UPDATE applicant SET resume = '{\"summary\": \"caf\u{e9} / bar\", \"n\": 1}' WHERE id = 1")
        .await;
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    assert_eq!(stored().await.unwrap(), r#"{"summary": "New.", "n": 1}"#);
}

pub async fn what_is_personal_in_a_document_is_in_no_section(world: &dyn World) {
    let personal = |path: &str| {
        format!("[candidate.personal]\njson = {{ column = \"resume\", paths = [\"{path}\"] }}\n")
    };
    let source = opened(world, &[&personal("$.work[0].name"), JSON]).await;
    world.run(&format!("UPDATE applicant SET resume = '{DOCUMENT}' WHERE id = 1")).await;
    let lines = [
        "cv-summary: Cook.",
        "cv-work-0-text: Led.",
        "cv-work-0-done: one\ntwo",
        "(context) cv-work-1: name: Inn",
    ];
    let before = source_of(&*source, "1").await;
    assert_eq!(told(&before), lines);
    let counted: Vec<String> = source.counted(&before).into_iter().map(|id| id.0).collect();
    assert_eq!(counted, ["cv-work-0-done"], "each line of it is an item");
    for (path, place) in
        [("$.work[*].name", "fixed[0]"), ("$.summary", "writable[0]"), ("$.work", "fixed[0]")]
    {
        let refusal = world.open_with(&mapping(&[&personal(path), JSON])).await;
        let Err(SourceError::Mapping { message, place: at, .. }) = refusal else {
            panic!("{path} was taken")
        };
        assert!(message.contains("personal and must not be sent"), "{message}");
        assert_eq!(at, format!("mapping.section[0].{place}"));
    }
}

pub async fn an_edit_elsewhere_in_a_json_document_stays(world: &dyn World) {
    let source = opened(world, &[JSON]).await;
    world.run(&format!("UPDATE applicant SET resume = '{DOCUMENT}' WHERE id = 1")).await;
    let before = source_of(&*source, "1").await;
    let after = with(&before, "cv-summary", "Chef.");
    let edited = DOCUMENT.replace("a@b.c", "new@b.c");
    world.run(&format!("UPDATE applicant SET resume = '{edited}' WHERE id = 1")).await;
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    let stored = world.value("SELECT resume FROM applicant WHERE id = 1").await.unwrap();
    assert_eq!(stored, edited.replace("Cook.", "Chef."));
    for change in [
        edited.replace("Post", "Ritz"),
        edited.replace("Led.", "LED."),
        edited.replace("\"two\"", "\"two\",\"three\""),
        "{".to_owned(),
    ] {
        world.run(&format!("UPDATE applicant SET resume = '{change}' WHERE id = 1")).await;
        let outcome = source.compare_and_set(&id("1"), &before, &after).await;
        assert!(!matches!(outcome, Ok(WriteOutcome::Written)), "{change}: {outcome:?}");
        assert_eq!(world.value("SELECT resume FROM applicant WHERE id = 1").await.unwrap(), change);
    }
}

/// PostgreSQL's own JSON keeps no blanks and no order, so that what stands there is not what was written.
pub async fn a_jsonb_document_keeps_all_but_its_strings(world: &dyn World) {
    for sql in TABLES {
        world.run(sql).await;
    }
    world.run("ALTER TABLE applicant ALTER COLUMN resume TYPE jsonb USING resume::jsonb").await;
    let source = again(world, &[JSON]).await;
    world.run(&format!("UPDATE applicant SET resume = '{DOCUMENT}' WHERE id = 1")).await;
    let stored = || async { world.value("SELECT resume::text FROM applicant WHERE id = 1").await.unwrap() };
    let (was, before) = (stored().await, source_of(&*source, "1").await);
    let after = with(&with(&before, "cv-work-0-text", "Ran caf\u{e9}s."), "cv-work-0-done", "one\n2");
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::Written);
    let expected = was.replace("Led.", "Ran caf\u{e9}s.").replace("\"two\"", "\"2\"");
    assert_eq!(stored().await, expected);
    assert_eq!(set(&*source, "1", (&before, &after)).await, WriteOutcome::AlreadyThere);
    world.run("UPDATE applicant SET resume = jsonb_set(resume, '{n}', '7') WHERE id = 1").await;
    assert_eq!(set(&*source, "1", (&after, &before)).await, WriteOutcome::Written, "and back");
    assert_eq!(stored().await, was.replace("1.50", "7"), "with the edit of another key");
    world.run("UPDATE applicant SET resume = jsonb_set(resume, '{summary}', '\"Mine.\"') WHERE id = 1").await;
    let outcome = set(&*source, "1", (&before, &after)).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
}

pub async fn other_tenants_are_neither_read_nor_written(world: &dyn World) {
    let source = opened(world, &[FILE, SKILLS]).await;
    let (all, _) = ids(&*source, PageQuery { limit: 9, ..PageQuery::default() }).await;
    assert_eq!(all, ["1", "2"]);
    assert_eq!(source.count().await.unwrap(), 2);
    assert!(source.read(&id("3")).await.unwrap().is_none());
    let before = source_of(&*source, "1").await;
    assert_eq!(set(&*source, "3", (&before, &with(&before, "skills", "x"))).await, WriteOutcome::Gone);
    assert_eq!(world.value("SELECT skills FROM applicant WHERE id = 3").await.unwrap(), "theirs");
    // A candidate that goes to another tenant between read and write is gone.
    world.run("UPDATE applicant SET site = 2 WHERE id = 1").await;
    assert_eq!(set(&*source, "1", (&before, &with(&before, "skills", "x"))).await, WriteOutcome::Gone);
    world.run("UPDATE applicant SET site = NULL WHERE id = 1").await;
    let mut mapping = mapping(&[SKILLS]);
    mapping.tenant.as_mut().unwrap().or_null = true;
    let wider = world.open_with(&mapping).await.unwrap();
    assert_eq!(wider.count().await.unwrap(), 2);
    let refusal = world.open_with(&self::mapping(&[&JOBS.replace("tenant = false", "")])).await;
    let Err(SourceError::Mapping { message, hint, place }) = refusal else {
        panic!("a table without a tenant was taken")
    };
    assert_eq!(message, "Table \"job\" has no column \"site\" that would tell the tenant.");
    assert!(hint.unwrap().contains("tenant = false") && place == "mapping.tenant", "{place}");
}

pub async fn a_joined_table_gives_name_and_search(world: &dyn World) {
    let source = opened(world, &[SKILLS]).await;
    let page = source.page(&PageQuery { limit: 9, ..PageQuery::default() }).await.unwrap();
    let names: Vec<_> = page.candidates.iter().map(|one| (one.name.as_str(), one.shown.join("/"))).collect();
    assert_eq!(names, [("Ada Example", "ada".to_owned()), ("Ben Test", String::new())]);
    let query = PageQuery { limit: 9, search: Some("example".to_owned()), ..PageQuery::default() };
    assert_eq!(ids(&*source, query).await.0, ["1"]);
    assert_eq!(source.shown(), ["person.nick"]);
}

pub async fn postings_have_parts_in_other_tables_json_titles_and_html(world: &dyn World) {
    for sql in [
        "CREATE TABLE title (id INTEGER PRIMARY KEY, site INTEGER, about VARCHAR(80))",
        "INSERT INTO title VALUES (5, 1, 'Cooks all day.')",
        "CREATE TABLE vacancy (id INTEGER PRIMARY KEY, site INTEGER, name VARCHAR(80), html TEXT, title INTEGER)",
        "INSERT INTO vacancy VALUES (1, 1, '{\"de_DE\":\"Koch\",\"en_US\":\"Cook\"}', '<p>We &amp; you</p><ul><li>one</li></ul>', 5),
            (2, 2, '{}', 'theirs', 5)",
    ] {
        world.run(sql).await;
    }
    let posting = r#"
        [posting]
        table = "vacancy"
        key = ["id"]
        title = { column = "name", json_path = "$.{locale}" }
        text = [{ column = "html", format = "html" }, { table = "title", join = { id = "title" }, column = "about" }]
    "#;
    for sql in TABLES {
        world.run(sql).await;
    }
    let mut mapping = mapping(&[SKILLS, posting]);
    mapping.locale = Some("en_US".to_owned());
    let source = world.open_with(&mapping).await.unwrap();
    let postings = source.postings().await.unwrap();
    assert_eq!(postings.iter().map(|posting| posting.title.as_str()).collect::<Vec<_>>(), ["Cook"]);
    let posting = source.posting(&postings[0].id).await.unwrap().unwrap();
    assert_eq!(posting.text, "We & you\n\n- one\n\nCooks all day.");
}

pub async fn the_platforms_history_gets_its_line_with_the_write(world: &dyn World) {
    let audit = "[audit]\ntable = \"history\"\n[audit.insert]\nwho = \":user\"\ncandidate = \":candidate\"\nsite = \":tenant\"\nwhat = \"'redraft'\"\n";
    world.run("CREATE TABLE history (who INTEGER, candidate INTEGER, site INTEGER, what VARCHAR(20))").await;
    let source = opened(world, &[SKILLS, audit]).await;
    let before = source_of(&*source, "1").await;
    let count = || world.value("SELECT concat('', count(*)) FROM history");
    assert_eq!(set(&*source, "1", (&before, &with(&before, "skills", "a\nb"))).await, WriteOutcome::Written);
    let line = world.value("SELECT concat(who, ' ', candidate, ' ', site, ' ', what) FROM history").await;
    assert_eq!(line.unwrap(), "42 1 1 redraft");
    let outcome = set(&*source, "1", (&before, &with(&before, "skills", "other"))).await;
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    assert_eq!(count().await.unwrap(), "1", "nothing is noted that was not written");
}
