//! The candidate database: what is read is what stands there, and what is written replaces exactly what was read.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use redraft::{
    config::{DatabaseSettings, Mapping},
    domain::{CandidateId, Document, PostingId},
    source::{
        self,
        port::{CandidateDatabase, CheckLevel, PageQuery, SourceError, WriteOutcome},
    },
};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

const SCHEMA: &str = "
    CREATE TABLE people (
        country TEXT NOT NULL, number INTEGER NOT NULL, first TEXT, last TEXT, city TEXT, consent INTEGER NOT NULL,
        summary TEXT COLLATE NOCASE, experience TEXT COLLATE RTRIM, skills TEXT, touched INTEGER NOT NULL DEFAULT 0,
        shout TEXT GENERATED ALWAYS AS (upper(skills)), PRIMARY KEY (country, number)
    );
    INSERT INTO people VALUES
        ('de', 1, 'Ada', 'Example', 'Köln', 1, 'Cook.', NULL, 'a, b', 0),
        ('de', 2, 'Ben', NULL, 'Bonn', 1, 'Baker.', 'Two years. ', '', 0),
        ('de', 10, 'Cem', '100%', 'Köln', 1, 'Baker.', 'x', 'y', 0),
        ('fr', 1, 'Dora', 'Test', 'Paris', 0, 'No consent.', 'x', 'y', 0),
        ('fr', 2, 'Eva', 'Te/st', 'Paris', 1, 'Waiter.', 'x', 'y', 0);
    CREATE TABLE jobs (id TEXT PRIMARY KEY, title TEXT, text1 TEXT, text2 TEXT, open INTEGER);
    INSERT INTO jobs VALUES ('j1', 'Cook', 'Cooks.', NULL, 1), ('j2', 'Baker', 'Bakes.', 'At night.', 1),
        ('j3', 'Gone', 'x', 'y', 0);
";

const MAPPING: &str = r#"
    [candidate]
    table = "people"
    key = ["country", "number"]
    display = ["first", "last"]
    show = ["city"]
    where = "consent = 1"
    [[section]]
    id = "summary"
    column = "summary"
    set = { touched = "touched + 1" }
    [[section]]
    id = "experience"
    column = "experience"
    [[section]]
    id = "skills"
    column = "skills"
    max_bytes = 20
    [posting]
    table = "jobs"
    key = ["id"]
    title = { column = "title" }
    text = [{ column = "text1" }, { column = "text2" }]
    where = "open = 1"
"#;

struct Place {
    folder: TempDir,
    mapping: Mapping,
}

impl Place {
    async fn new() -> Self {
        let place = Self { folder: TempDir::new().unwrap(), mapping: toml::from_str(MAPPING).unwrap() };
        fs::write(place.file(), "").unwrap();
        place.run(SCHEMA).await;
        place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("people.db")
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite:{}", self.file().display())).await.unwrap()
    }

    async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut self.connect().await).await.unwrap();
    }

    async fn value(&self, sql: &'static str) -> Option<String> {
        sqlx::query_scalar(sql).fetch_one(&mut self.connect().await).await.unwrap()
    }

    async fn opened(&self) -> Result<Arc<dyn CandidateDatabase>, SourceError> {
        let settings = DatabaseSettings { url: format!("sqlite:{}", self.file().display()).into() };
        source::open(&settings, &self.mapping).await
    }

    async fn open(&self) -> Arc<dyn CandidateDatabase> {
        self.opened().await.unwrap()
    }

    async fn refusal(&self) -> SourceError {
        match self.opened().await {
            Ok(_) => panic!("the mapping was taken"),
            Err(error) => error,
        }
    }
}

fn id(text: &str) -> CandidateId {
    CandidateId(text.to_owned())
}

fn with(document: &Document, section: &str, text: &str) -> Document {
    let mut changed = document.clone();
    changed.sections.iter_mut().find(|s| s.id.0 == section).unwrap().text = Some(text.to_owned());
    changed
}

async fn source_of(source: &dyn CandidateDatabase, key: &str) -> Document {
    source.read(&id(key)).await.unwrap().unwrap().1
}

async fn ids(source: &dyn CandidateDatabase, query: PageQuery) -> (Vec<String>, bool) {
    let page = source.page(&query).await.unwrap();
    (page.candidates.into_iter().map(|candidate| candidate.id.0).collect(), page.more)
}

#[tokio::test]
async fn pages_follow_the_key_and_the_condition() {
    let place = Place::new().await;
    let source = place.open().await;
    let first = PageQuery { limit: 2, ..PageQuery::default() };
    assert_eq!(ids(&*source, first).await, (vec!["de/1".to_owned(), "de/2".to_owned()], true));
    let next = PageQuery { limit: 2, after: Some(id("de/2")), search: None };
    assert_eq!(ids(&*source, next).await, (vec!["de/10".to_owned(), "fr/2".to_owned()], false));
    assert_eq!(source.count().await.unwrap(), 4);
    let odd = PageQuery { limit: 2, after: Some(id("no such key")), search: None };
    assert_eq!(ids(&*source, odd).await, (vec![], false));
}

#[tokio::test]
async fn a_search_finds_letters_as_they_stand() {
    let place = Place::new().await;
    let source = place.open().await;
    for (search, expected) in [
        ("KÖLN", vec![]),
        ("köln", vec!["de/1", "de/10"]),
        ("%", vec!["de/10"]),
        ("_", vec![]),
        ("bonn", vec!["de/2"]),
    ] {
        let query = PageQuery { limit: 10, after: None, search: Some(search.to_owned()) };
        assert_eq!(ids(&*source, query).await.0, expected, "{search}");
    }
}

#[tokio::test]
async fn what_is_read_is_what_stands_there() {
    let place = Place::new().await;
    let source = place.open().await;
    let (candidate, document) = source.read(&id("de/1")).await.unwrap().unwrap();
    assert_eq!(
        (candidate.name.as_str(), candidate.shown.as_slice()),
        ("Ada Example", &["Köln".to_owned()][..])
    );
    let texts: Vec<Option<&str>> = document.sections.iter().map(|section| section.text.as_deref()).collect();
    assert_eq!(texts, [Some("Cook."), None, Some("a, b")]);
    assert_eq!(source.read(&id("fr/1")).await.unwrap(), None, "no consent");
    assert_eq!(source.read(&id("xx/1")).await.unwrap(), None);
}

#[tokio::test]
async fn postings_come_with_their_parts() {
    let place = Place::new().await;
    let source = place.open().await;
    let titles: Vec<String> =
        source.postings().await.unwrap().into_iter().map(|posting| posting.title).collect();
    assert_eq!(titles, ["Cook", "Baker"]);
    let posting = source.posting(&PostingId("j2".to_owned())).await.unwrap().unwrap();
    assert_eq!(posting.text, "Bakes.\n\nAt night.");
    assert_eq!(source.posting(&PostingId("j3".to_owned())).await.unwrap(), None);
}

#[tokio::test]
async fn a_write_replaces_what_was_read_and_nothing_else() {
    let place = Place::new().await;
    let source = place.open().await;
    let before = source_of(&*source, "de/1").await;
    let after = with(&before, "summary", "Chef.");
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Written);
    assert_eq!(source_of(&*source, "de/1").await, after);
    let again = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
    assert_eq!(again, WriteOutcome::AlreadyThere);
    assert_eq!(
        place.value("SELECT CAST(touched AS TEXT) FROM people WHERE first = 'Ada'").await.unwrap(),
        "1"
    );
    assert_eq!(place.value("SELECT CAST(sum(touched) AS TEXT) FROM people").await.unwrap(), "1");
}

/// What `=` on such columns would not see: case, blanks at the end, NULL for empty.
#[tokio::test]
async fn an_edit_that_a_collation_hides_is_a_conflict() {
    for (edit, key, section) in [
        ("UPDATE people SET summary = 'COOK.' WHERE first = 'Ada'", "de/1", "skills"),
        ("UPDATE people SET experience = 'Two years.' WHERE first = 'Ben'", "de/2", "summary"),
        ("UPDATE people SET experience = '' WHERE first = 'Ada'", "de/1", "summary"),
        ("UPDATE people SET skills = NULL WHERE first = 'Ben'", "de/2", "summary"),
    ] {
        let place = Place::new().await;
        let source = place.open().await;
        let before = source_of(&*source, key).await;
        place.run(edit).await;
        let found = source_of(&*source, key).await;
        assert_ne!(found, before, "{edit}");
        let outcome =
            source.compare_and_set(&id(key), &before, &with(&before, section, "new")).await.unwrap();
        assert_eq!(outcome, WriteOutcome::Changed(found.clone()), "{edit}");
        assert_eq!(source_of(&*source, key).await, found, "{edit}");
    }
}

#[tokio::test]
async fn who_withdrew_consent_or_went_is_gone() {
    let place = Place::new().await;
    let source = place.open().await;
    let before = source_of(&*source, "de/1").await;
    place.run("UPDATE people SET consent = 0 WHERE first = 'Ada'").await;
    let after = with(&before, "summary", "Chef.");
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Gone);
    assert_eq!(place.value("SELECT summary FROM people WHERE first = 'Ada'").await.unwrap(), "Cook.");
}

#[tokio::test]
async fn what_would_not_be_stored_as_it_is_is_refused() {
    let place = Place::new().await;
    place
        .run(
            "CREATE TRIGGER t AFTER UPDATE OF experience ON people BEGIN UPDATE people SET experience = \
               upper(experience) WHERE country = new.country AND number = new.number; END",
        )
        .await;
    let source = place.open().await;
    let before = source_of(&*source, "de/2").await;
    for (section, text, why) in [
        ("skills", "x".repeat(21), "has 21 bytes; the mapping allows 20"),
        ("summary", "a\0b".to_owned(), "U+0000"),
        ("experience", "lower".to_owned(), "stores another text than it is given, in section \"experience\""),
    ] {
        match source.compare_and_set(&id("de/2"), &before, &with(&before, section, &text)).await.unwrap() {
            WriteOutcome::Refused(told) => assert!(told.contains(why) && !told.contains("lower"), "{told}"),
            other => panic!("{section}: {other:?}"),
        }
        assert_eq!(source_of(&*source, "de/2").await, before, "{section}");
    }
}

/// A trigger that raises, and one that ignores the write.
#[tokio::test]
async fn a_trigger_that_refuses_leaves_all_as_it_was() {
    for trigger in [
        "CREATE TRIGGER t BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'locked for audit'); END",
        "CREATE TRIGGER t BEFORE UPDATE ON people BEGIN SELECT RAISE(IGNORE); END",
    ] {
        let place = Place::new().await;
        place.run(trigger).await;
        let source = place.open().await;
        let before = source_of(&*source, "de/1").await;
        let outcome = source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "Chef.")).await;
        assert!(!matches!(outcome, Ok(WriteOutcome::Written | WriteOutcome::AlreadyThere)), "{outcome:?}");
        assert_eq!(source_of(&*source, "de/1").await, before);
    }
}

#[tokio::test]
async fn many_writers_lose_no_edit() {
    let place = Place::new().await;
    place.run("UPDATE people SET skills = '0' WHERE first = 'Ada'").await;
    let source = place.open().await;
    let writers = (0..8).map(|_| {
        let source = source.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while done < 25 {
                let before = source_of(&*source, "de/1").await;
                let next = before.sections[2].text.as_deref().unwrap().parse::<u32>().unwrap() + 1;
                let after = with(&before, "skills", &next.to_string());
                match source.compare_and_set(&id("de/1"), &before, &after).await.unwrap() {
                    WriteOutcome::Written => done += 1,
                    // Another writer was faster: with the same number, or with another.
                    WriteOutcome::Changed(_) | WriteOutcome::AlreadyThere => {}
                    other => panic!("{other:?}"),
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(place.value("SELECT skills FROM people WHERE first = 'Ada'").await.unwrap(), "200");
}

#[tokio::test]
async fn a_wrong_mapping_says_what_was_meant() {
    let mut place = Place::new().await;
    let told = |error: &SourceError| match error {
        SourceError::Mapping { message, place, hint } => {
            (message.clone(), place.clone(), hint.clone().unwrap_or_default())
        }
        other => panic!("{other}"),
    };
    place.mapping.section[0].column = "sumary".to_owned();
    assert_eq!(
        told(&place.refusal().await),
        (
            "Section \"summary\" reads column \"sumary\", which table \"people\" does not have.".to_owned(),
            "mapping.section[0].column".to_owned(),
            "Did you mean \"summary\"?".to_owned(),
        )
    );
    place.mapping.section[0].column = "shout".to_owned();
    assert!(told(&place.refusal().await).0.contains("which the database computes itself"));
    place.mapping.candidate.table = "person".to_owned();
    let (message, key, hint) = told(&place.refusal().await);
    assert_eq!(message, "The candidate database has no table \"person\".");
    assert_eq!((key.as_str(), hint.as_str()), ("mapping.candidate.table", "The database has: jobs, people."));
}

#[tokio::test]
async fn a_file_that_is_missing_or_no_database_is_named() {
    let place = Place::new().await;
    fs::remove_file(place.file()).unwrap();
    let missing = place.refusal().await.to_string();
    assert!(missing.contains("there is no file") && missing.contains("people.db"), "{missing}");
    fs::write(place.file(), "this is a text file and no database at all, not even a short one").unwrap();
    assert!(place.refusal().await.to_string().contains("no SQLite database"));
}

#[tokio::test]
async fn a_condition_that_is_no_sql_is_an_error_of_the_mapping() {
    let mut place = Place::new().await;
    place.mapping.candidate.condition = Some("consnet = 1".to_owned());
    let error = place.open().await.count().await.unwrap_err();
    assert!(matches!(error, SourceError::Mapping { .. }) && error.to_string().contains("consnet"), "{error}");
}

#[tokio::test]
async fn a_check_changes_nothing_and_tells_how_it_went() {
    let place = Place::new().await;
    let source = place.open().await;
    let before = fs::read(place.file()).unwrap();
    let checks = source.check().await;
    assert!(checks.iter().all(|check| check.level == CheckLevel::Ok), "{checks:#?}");
    assert!(checks.iter().any(|check| check.message == "The mapping sees 4 candidates."));
    assert_eq!(fs::read(place.file()).unwrap(), before, "the file was touched");
    place.run("CREATE TRIGGER t BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'no'); END").await;
    let checks = place.open().await.check().await;
    let write = checks.iter().find(|check| check.subject == "write-back").unwrap();
    assert_eq!(write.level, CheckLevel::Error);
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_waited_for_and_then_told() {
    let place = Place::new().await;
    let source = place.open().await;
    let before = source_of(&*source, "de/1").await;
    let mut other = place.connect().await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let outcome = source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "Chef.")).await;
    assert!(matches!(outcome, Err(SourceError::Busy(_))), "{outcome:?}");
    held.rollback().await.unwrap();
    let outcome = source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "Chef.")).await;
    assert_eq!(outcome.unwrap(), WriteOutcome::Written);
}

/// Root may write everything, so there it proves only that the file is told as read-only.
#[tokio::test]
async fn a_read_only_file_is_told_as_such() {
    let place = Place::new().await;
    let source = place.open().await;
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o444)).unwrap();
    let checks = source.check().await;
    assert!(checks.iter().any(|check| check.message.contains("The file is read-only")), "{checks:#?}");
}
