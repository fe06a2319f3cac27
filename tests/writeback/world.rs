//! A store with approved rewrites, and a candidate database that keeps its true history.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use redraft::{
    clock::Clock,
    config::{DatabaseSettings, Mapping, ReceiptSettings, WithoutTransactions, WriteBackSettings},
    domain::{
        Action, AttemptOutcome, BatchSpec, CandidateId, Document, Format, Money, Price, Reviewer, Rewrite,
        RewriteId, Section, SectionId,
    },
    source::{self, port::CandidateDatabase},
    store::{
        ServerOptions, Store, Time,
        port::{Batches, Member, NewAttempt, Queue, Reviews, Settlement, Verdict},
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::platform::{Change, Engine, Platform, folder};
use crate::support::{
    clock::TestClock,
    servers::{self, Database},
};

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

/// Where the skills are in tables without transactions.
const APART: &str = r#"
    table = "extra"
    key = ["number"]
    join = { person = "id" }
    column = "skills"
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
    writing: (Engine, WriteBackSettings),
    folder: TempDir,
    /// Where the store is, if it is on a server.
    shelf: Option<Database>,
}

/// One row of the write-back journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub state: String,
    pub detail: Option<String>,
}

impl World {
    /// With so many candidates in SQLite, and receipts if they can be kept.
    pub async fn new(candidates: usize) -> Self {
        Self::on(Engine::Sqlite, candidates, ReceiptSettings::Auto).await.unwrap()
    }

    /// With so many candidates; `None` where the engine is not installed.
    pub async fn on(engine: Engine, candidates: usize, receipts: ReceiptSettings) -> Option<Self> {
        let without_transactions =
            if engine == Engine::MyIsam { WithoutTransactions::Write } else { WithoutTransactions::Refuse };
        Self::set(engine, candidates, WriteBackSettings { receipts, without_transactions }).await
    }

    /// With so many candidates and these settings.
    pub async fn set(engine: Engine, candidates: usize, writing: WriteBackSettings) -> Option<Self> {
        let platform = Platform::new(engine, candidates).await?;
        let settings = platform.settings();
        Some(Self::over((engine, platform), &settings, writing).await)
    }

    /// Over a platform that is reached by these settings.
    pub async fn over(
        (engine, platform): (Engine, Platform),
        settings: &DatabaseSettings,
        writing: WriteBackSettings,
    ) -> Self {
        let writing = (engine, writing);
        let folder = folder();
        let clock = Arc::new(TestClock::default());
        let store = open_store(&folder.path().join("store.db"), &clock).await;
        let source = open_source(settings, &writing).await;
        Self { clock, store, source, platform, writing, folder, shelf: None }
    }

    /// [`World::on`] with the store on PostgreSQL.
    pub async fn shared(engine: Engine, candidates: usize, receipts: ReceiptSettings) -> Option<Self> {
        let shelf = servers::postgres()?;
        let world = Self::on(engine, candidates, receipts).await?;
        let options = ServerOptions { time: Time::Clock };
        let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
        let store = Arc::new(Store::connect_with(&shelf.url().into(), clock, options).await.unwrap());
        Some(Self { store, shelf: Some(shelf), ..world })
    }

    /// A configuration that names this store and this candidate database.
    pub fn config(&self) -> PathBuf {
        let mapping =
            MAPPING.replace("[candidate]", "[mapping.candidate]").replace("[section]", "[mapping.section]");
        let file = self.folder.path().join("config.toml");
        let people = self.platform.file();
        let people = people.display();
        let text = format!("[database]\nurl = \"sqlite:{people}\"\n[store]\npath = \"store.db\"\n{mapping}");
        std::fs::write(&file, text).unwrap();
        file
    }

    /// New connections, as another process would have them.
    pub async fn again(&self) -> (Arc<Store>, Arc<dyn CandidateDatabase>) {
        (
            open_store(&self.folder.path().join("store.db"), &self.clock).await,
            open_source(&self.platform.settings(), &self.writing).await,
        )
    }

    /// The journal's rows about a rewrite, the oldest first.
    pub async fn journal(&self, id: RewriteId) -> Vec<Entry> {
        let schema = if self.shelf.is_some() { "redraft." } else { "" };
        let sql = AssertSqlSafe(format!(
            "SELECT i.state, i.detail FROM {schema}intent i JOIN {schema}rewrite r ON r.seq = i.rewrite \
             WHERE r.id = '{id}' ORDER BY i.begun_at, i.id"
        ));
        let rows: Vec<(String, Option<String>)> = if let Some(database) = &self.shelf {
            let mut connection = PgConnection::connect(&database.url()).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let store = self.folder.path().join("store.db");
            let mut connection =
                SqliteConnection::connect(&format!("sqlite:{}", store.display())).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        };
        rows.into_iter().map(|(state, detail)| Entry { state, detail }).collect()
    }

    /// An approved rewrite for each candidate.
    pub async fn approved(&self, candidates: usize) -> Vec<RewriteId> {
        let texts = |_: &CandidateId| [text(BEFORE), text(AFTER)];
        self.approved_as(candidates, &texts).await
    }

    /// An approved rewrite for each candidate, with these texts before and after.
    pub async fn approved_as(
        &self,
        candidates: usize,
        texts: &dyn Fn(&CandidateId) -> [Document; 2],
    ) -> Vec<RewriteId> {
        let members: Vec<Member> = (1..=candidates)
            .map(|number| Member {
                candidate: CandidateId(number.to_string()),
                name: "Ada".to_owned(),
                posting: None,
            })
            .collect();
        let batch = self.store.create_batch(&spec(), &members).await.unwrap();
        let limit = u32::try_from(candidates).unwrap();
        let leases = self.store.claim("w", batch.id, limit, Duration::from_mins(1)).await.unwrap();
        let mut ids = Vec::new();
        for lease in leases {
            let [before, after] = texts(&lease.candidate);
            let attempt = NewAttempt {
                rewrite: lease.rewrite,
                fence: lease.fence,
                reserve: Money::from_nanos(1),
                prompt_hash: "f00d".to_owned(),
                before,
                parcel: None,
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
            let verdict = Verdict::Ready { after: after.clone(), changed_percent: 40, findings: Vec::new() };
            self.store.settle((lease.rewrite, lease.fence), Some(&settlement), &verdict).await.unwrap();
            let approve = Action::Approve { text: after };
            self.store.decide(lease.rewrite, None, &anna(), &approve).await.unwrap();
            ids.push(lease.rewrite);
        }
        ids
    }

    pub async fn rewrite(&self, id: RewriteId) -> Rewrite {
        self.store.rewrite(id).await.unwrap()
    }

    pub async fn history(&self, candidate: &CandidateId) -> Vec<Change> {
        self.platform.history(candidate).await
    }

    /// What stands there now; `None` if the candidate is gone.
    pub async fn now(&self, candidate: &CandidateId) -> Option<String> {
        self.platform.now(candidate).await
    }
}

async fn open_store(path: &Path, clock: &Arc<TestClock>) -> Arc<Store> {
    Arc::new(Store::open(path, Arc::clone(clock) as Arc<dyn Clock>).await.unwrap())
}

async fn open_source(
    settings: &DatabaseSettings,
    (engine, writing): &(Engine, WriteBackSettings),
) -> Arc<dyn CandidateDatabase> {
    let text = if *engine == Engine::MyIsam {
        MAPPING.replace("    column = \"skills\"\n", APART)
    } else {
        MAPPING.to_owned()
    };
    let mapping: Mapping = toml::from_str(&text).unwrap();
    source::open_with(settings, &mapping, writing).await.unwrap()
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
