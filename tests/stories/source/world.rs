//! A candidate database of some engine, and the platform that works in it at the same time.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use redraft::{
    config::{DatabaseSettings, Mapping},
    domain::{CandidateId, Document},
    source::{
        self,
        port::{CandidateDatabase, PageQuery, SourceError},
    },
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

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
    [[section]]
    id = "education"
    column = "education"
    write = false
    [posting]
    table = "jobs"
    key = ["id"]
    title = { column = "title" }
    text = [{ column = "text1" }, { column = "text2" }]
    where = "open = 1"
"#;

/// The rows that every engine's world begins with.
pub const ROWS: [&str; 2] = [
    "INSERT INTO people (country, number, first, last, city, consent, summary, experience, skills, education, touched) VALUES
        ('de', 1, 'Ada', 'Example', 'Köln', 1, 'Cook.', NULL, 'a, b', 'School.', 0),
        ('de', 2, 'Ben', NULL, 'Bonn', 1, 'Baker.', 'Two years. ', '', NULL, 0),
        ('de', 10, 'Cem', '100%', 'Köln', 1, 'Baker.', 'x', 'y', NULL, 0),
        ('fr', 1, 'Dora', 'Test', 'Paris', 0, 'No consent.', 'x', 'y', NULL, 0),
        ('fr', 2, 'Eva', 'Te/st', 'Paris', 1, 'Waiter.', 'x', 'y', NULL, 0)",
    "INSERT INTO jobs (id, title, text1, text2, open) VALUES
        ('j1', 'Cook', 'Cooks.', NULL, 1), ('j2', 'Baker', 'Bakes.', 'At night.', 1), ('j3', 'Gone', 'x', 'y', 0)",
];

/// The columns of `people`.
pub const COLUMNS: [&str; 11] = [
    "country",
    "number",
    "first",
    "last",
    "city",
    "consent",
    "summary",
    "experience",
    "skills",
    "education",
    "touched",
];

/// An engine with the tables of the story in it: `people` with columns of collations under which different texts are
/// equal, and `jobs`.
#[async_trait]
pub trait World: Send + Sync {
    /// Runs a statement as the platform does.
    async fn run(&self, sql: &str);

    /// The one text that a query finds.
    async fn value(&self, sql: &str) -> Option<String>;

    /// Makes the engine answer each write of `experience` with capitals.
    async fn shout(&self);

    /// All rows of `people` but the columns named, as text, to compare before and after.
    async fn dump(&self, without: &str) -> Vec<String>;

    /// Where it is.
    fn settings(&self) -> DatabaseSettings;

    /// The mapping; tests change it.
    fn mapping(&self) -> Mapping {
        toml::from_str(MAPPING).unwrap()
    }

    /// The candidate database, opened.
    async fn open(&self) -> Arc<dyn CandidateDatabase> {
        self.open_with(&self.mapping()).await.unwrap()
    }

    /// The candidate database through another mapping.
    async fn open_with(&self, mapping: &Mapping) -> Result<Arc<dyn CandidateDatabase>, SourceError> {
        source::open(&self.settings(), mapping).await
    }
}

/// SQLite.
pub struct Lite {
    folder: TempDir,
}

impl Lite {
    pub async fn new() -> Self {
        let lite = Self { folder: TempDir::new().unwrap() };
        fs::write(lite.file(), "").unwrap();
        fs::set_permissions(lite.file(), fs::Permissions::from_mode(0o600)).unwrap();
        lite.run(
            "CREATE TABLE people (
                country TEXT NOT NULL, number INTEGER NOT NULL, first TEXT, last TEXT, city TEXT, consent INTEGER,
                summary TEXT COLLATE NOCASE, experience TEXT COLLATE RTRIM, skills TEXT, education TEXT,
                touched INTEGER, PRIMARY KEY (country, number))",
        )
        .await;
        lite.run("CREATE TABLE jobs (id TEXT PRIMARY KEY NOT NULL, title TEXT, text1 TEXT, text2 TEXT, open INTEGER)")
            .await;
        for rows in ROWS {
            lite.run(rows).await;
        }
        lite
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("people.db")
    }

    async fn connect(&self) -> SqliteConnection {
        // As many as a hundred people stand before the same lock.
        let options = SqliteConnectOptions::new().filename(self.file()).busy_timeout(Duration::from_mins(1));
        SqliteConnection::connect_with(&options).await.unwrap()
    }
}

#[async_trait]
impl World for Lite {
    async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connect().await).await.unwrap();
    }

    async fn value(&self, sql: &str) -> Option<String> {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.connect().await).await.unwrap()
    }

    async fn shout(&self) {
        self.run(
            "CREATE TRIGGER shout AFTER UPDATE OF experience ON people BEGIN
                UPDATE people SET experience = upper(experience)
                WHERE country = new.country AND number = new.number; END",
        )
        .await;
    }

    async fn dump(&self, without: &str) -> Vec<String> {
        let kept: Vec<String> = COLUMNS
            .iter()
            .filter(|column| !without.split(' ').any(|name| name == **column))
            .map(|column| format!("quote({column})"))
            .collect();
        let sql = format!("SELECT {} FROM people ORDER BY country, number", kept.join(" || '|' || "));
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.connect().await).await.unwrap()
    }

    fn settings(&self) -> DatabaseSettings {
        DatabaseSettings::at(format!("sqlite:{}", self.file().display()))
    }
}

pub fn id(text: &str) -> CandidateId {
    CandidateId(text.to_owned())
}

pub fn with(document: &Document, section: &str, text: &str) -> Document {
    let mut changed = document.clone();
    changed.sections.iter_mut().find(|s| s.id.0 == section).unwrap().text = Some(text.to_owned());
    changed
}

pub async fn source_of(source: &dyn CandidateDatabase, key: &str) -> Document {
    source.read(&id(key)).await.unwrap().unwrap().1
}

pub async fn ids(source: &dyn CandidateDatabase, query: PageQuery) -> (Vec<String>, bool) {
    let page = source.page(&query).await.unwrap();
    (page.candidates.into_iter().map(|candidate| candidate.id.0).collect(), page.more)
}
