//! A store with approved rewrites, and a candidate database that keeps its true history.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use redraft::{
    clock::Clock,
    config::{DatabaseSettings, Mapping, ReceiptSettings, WriteBackSettings},
    domain::{
        Action, AttemptOutcome, BatchSpec, CandidateId, Document, Format, Money, Price, Reviewer, Rewrite,
        RewriteId, Section, SectionId,
    },
    source::{self, port::CandidateDatabase},
    store::{
        Store,
        port::{Batches, Member, NewAttempt, Queue, Reviews, Settlement, Verdict},
    },
};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::support::clock::TestClock;

/// Each write leaves a row, with who made it: the mapping says `redraft`, people say `person`.
const SCHEMA: &str = "
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, summary TEXT, skills TEXT, who TEXT);
    CREATE TABLE history (number INTEGER PRIMARY KEY, id INTEGER, old TEXT, new TEXT, who TEXT);
    CREATE INDEX history_of ON history (id);
    CREATE TRIGGER told AFTER UPDATE ON people BEGIN
        INSERT INTO history (id, old, new, who)
        VALUES (old.id, old.summary || '|' || old.skills, new.summary || '|' || new.skills, new.who);
    END;
";

const MAPPING: &str = r#"
    [candidate]
    table = "people"
    key = ["id"]
    display = ["name"]
    [[section]]
    id = "summary"
    column = "summary"
    set = { who = "'redraft'" }
    [[section]]
    id = "skills"
    column = "skills"
    set = { who = "'redraft'" }
"#;

/// What the reviewer saw.
pub const BEFORE: [&str; 2] = ["Cooks.", "knives"];
/// What was approved.
pub const AFTER: [&str; 2] = ["Cooks for 200 guests.", "knives, grill"];

pub struct World {
    pub clock: Arc<TestClock>,
    pub store: Arc<Store>,
    pub source: Arc<dyn CandidateDatabase>,
    pub platform: Platform,
    receipts: ReceiptSettings,
    folder: TempDir,
}

/// The platform's own connection to its database, on which people act.
#[derive(Debug, Clone)]
pub struct Platform(Arc<Mutex<SqliteConnection>>);

impl Platform {
    /// Runs a person's statement about one candidate, bound as `?1`.
    pub async fn act(&self, sql: &'static str, candidate: &CandidateId) {
        sqlx::query(sql).bind(number(candidate)).execute(&mut *self.0.lock().await).await.unwrap();
    }
}

fn number(candidate: &CandidateId) -> i64 {
    candidate.0.parse().unwrap()
}

/// One row of the candidate database's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub old: String,
    pub new: String,
    pub who: String,
}

impl World {
    /// With so many candidates, and receipts if they can be kept.
    pub async fn new(candidates: usize) -> Self {
        Self::with(candidates, ReceiptSettings::Auto).await
    }

    /// With so many candidates.
    pub async fn with(candidates: usize, receipts: ReceiptSettings) -> Self {
        let folder = folder();
        let database = folder.path().join("people.db");
        std::fs::write(&database, "").unwrap();
        let mut connection = connect(&database).await;
        sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
        sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
             INSERT INTO people (id, name, summary, skills, who) SELECT i, 'Ada', ?2, ?3, 'platform' FROM n",
        )
        .bind(i64::try_from(candidates).unwrap())
        .bind(BEFORE[0])
        .bind(BEFORE[1])
        .execute(&mut connection)
        .await
        .unwrap();
        let clock = Arc::new(TestClock::default());
        let store = open_store(&folder.path().join("store.db"), &clock).await;
        let source = open_source(&database, receipts).await;
        let platform = Platform(Arc::new(Mutex::new(connection)));
        Self { clock, store, source, platform, receipts, folder }
    }

    /// A configuration that names this store and this candidate database.
    pub fn config(&self) -> PathBuf {
        let mapping =
            MAPPING.replace("[candidate]", "[mapping.candidate]").replace("[section]", "[mapping.section]");
        let file = self.folder.path().join("config.toml");
        let text = format!("[database]\nurl = \"sqlite:people.db\"\n[store]\npath = \"store.db\"\n{mapping}");
        std::fs::write(&file, text).unwrap();
        file
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("people.db")
    }

    /// New connections, as another process would have them.
    pub async fn again(&self) -> (Arc<Store>, Arc<dyn CandidateDatabase>) {
        (
            open_store(&self.folder.path().join("store.db"), &self.clock).await,
            open_source(&self.database(), self.receipts).await,
        )
    }

    /// An approved rewrite for each candidate.
    pub async fn approved(&self, candidates: usize) -> Vec<RewriteId> {
        let members: Vec<Member> = (1..=candidates)
            .map(|number| Member { candidate: CandidateId(number.to_string()), name: "Ada".to_owned() })
            .collect();
        let batch = self.store.create_batch(&spec(), &members).await.unwrap();
        let limit = u32::try_from(candidates).unwrap();
        let leases = self.store.claim("w", batch.id, limit, Duration::from_mins(1)).await.unwrap();
        let mut ids = Vec::new();
        for lease in leases {
            let attempt = NewAttempt {
                rewrite: lease.rewrite,
                fence: lease.fence,
                reserve: Money::from_nanos(1),
                prompt_hash: "f00d".to_owned(),
                before: text(BEFORE),
            };
            let attempt = self.store.open_attempt(&attempt).await.unwrap().unwrap();
            let settlement = Settlement {
                attempt,
                outcome: AttemptOutcome::Done,
                cost: Money::from_nanos(1),
                usage: None,
                request_id: None,
                reason: None,
            };
            let verdict = Verdict::Ready { after: text(AFTER), changed_percent: 40, findings: Vec::new() };
            self.store.settle((lease.rewrite, lease.fence), Some(&settlement), &verdict).await.unwrap();
            let approve = Action::Approve { text: text(AFTER) };
            self.store.decide(lease.rewrite, None, &anna(), &approve).await.unwrap();
            ids.push(lease.rewrite);
        }
        ids
    }

    pub async fn rewrite(&self, id: RewriteId) -> Rewrite {
        self.store.rewrite(id).await.unwrap()
    }

    pub async fn history(&self, candidate: &CandidateId) -> Vec<Change> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("SELECT old, new, who FROM history WHERE id = ? ORDER BY number")
                .bind(number(candidate))
                .fetch_all(&mut *self.platform.0.lock().await)
                .await
                .unwrap();
        rows.into_iter().map(|(old, new, who)| Change { old, new, who }).collect()
    }

    /// What stands there now; `None` if the candidate is gone.
    pub async fn now(&self, candidate: &CandidateId) -> Option<String> {
        sqlx::query_scalar("SELECT summary || '|' || skills FROM people WHERE id = ?")
            .bind(number(candidate))
            .fetch_optional(&mut *self.platform.0.lock().await)
            .await
            .unwrap()
    }
}

/// In memory where that can be had: thousands of runs wait for the disk otherwise.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

async fn connect(database: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", database.display())).await.unwrap()
}

async fn open_store(path: &Path, clock: &Arc<TestClock>) -> Arc<Store> {
    Arc::new(Store::open(path, Arc::clone(clock) as Arc<dyn Clock>).await.unwrap())
}

async fn open_source(database: &Path, receipts: ReceiptSettings) -> Arc<dyn CandidateDatabase> {
    let settings = DatabaseSettings::at(format!("sqlite:{}", database.display()));
    let mapping: Mapping = toml::from_str(MAPPING).unwrap();
    let writing = WriteBackSettings { receipts, ..WriteBackSettings::default() };
    source::open_with(&settings, &mapping, &writing).await.unwrap()
}

pub fn anna() -> Reviewer {
    Reviewer("anna".to_owned())
}

pub fn text(words: [&str; 2]) -> Document {
    let section = |id: &str, text: &str| Section {
        id: SectionId(id.to_owned()),
        format: Format::Text,
        text: Some(text.to_owned()),
        ..Section::default()
    };
    Document { sections: vec![section("summary", words[0]), section("skills", words[1])] }
}

fn spec() -> BatchSpec {
    BatchSpec {
        posting: None,
        posting_title: None,
        instructions: String::new(),
        model: "quick".to_owned(),
        price: Price { input: 1, cached: 1, output: 1 },
        budget: Money::from_dollars(1),
        prompt: "abc".to_owned(),
        by: "ops".to_owned(),
        options: redraft::domain::BatchOptions::default(),
    }
}
