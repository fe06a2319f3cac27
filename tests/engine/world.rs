//! What the tests of the engine work with: a store, a simulator, made-up candidates, and waiting without sleeping.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use redraft::{
    clock::SystemClock,
    domain::{
        Batch, BatchRef, Candidate, CandidateId, Document, Format, IntentId, LinkedPosting, Money, Posting,
        PostingId, Reuse, Rewrite, RewriteHead, RewriteState, Section, SectionId,
    },
    engine::{
        Engine, EngineHandle, Parts, Settings,
        port::{ForPosting, StartOptions, StartRequest, Who},
        start_batch,
    },
    llm::groq::{GroqOptions, GroqRewriter, Timeouts},
    review::filter::Filter,
    simulator::{Ledger, Scenario, Simulator},
    source::port::{CandidateDatabase, Check, Page, PageQuery, Receipt, SourceError, Write, WriteOutcome},
    store::{
        self,
        port::{Batches, Reviews, RewriteQuery, Sort, Store},
    },
};

/// Long enough for a busy machine; nothing waits for it to pass.
pub const PATIENCE: Duration = Duration::from_mins(1);
pub const MODEL: &str = "openai/gpt-oss-20b";

/// A candidate database in memory.
#[derive(Debug, Default)]
pub struct Candidates {
    pub texts: Mutex<BTreeMap<CandidateId, Document>>,
    shown: Vec<String>,
    /// What is said instead of an answer, as often as this.
    pub trouble: Mutex<u32>,
    /// The postings that candidates are linked to.
    pub linked: Mutex<BTreeMap<CandidateId, LinkedPosting>>,
    /// How many more replies do not fit into the form in which texts are stored.
    pub misfits: Mutex<u32>,
}

impl Candidates {
    pub fn new(number: usize) -> Self {
        let texts = (1..=number).map(|at| (key(at), resume(at)));
        Self {
            texts: Mutex::new(texts.collect()),
            shown: vec!["city".to_owned()],
            trouble: Mutex::new(0),
            linked: Mutex::default(),
            misfits: Mutex::new(0),
        }
    }

    pub fn set(&self, at: usize, text: Option<&str>) {
        let mut document = resume(at);
        for section in &mut document.sections {
            section.text = text.map(str::to_owned);
        }
        self.texts.lock().unwrap().insert(key(at), document);
    }

    fn candidate(id: &CandidateId) -> Candidate {
        let city = if id.0.ends_with('3') { "Graz" } else { "Wien" };
        Candidate { id: id.clone(), name: format!("Ada {}", id.0), shown: vec![city.to_owned()] }
    }
}

pub fn key(at: usize) -> CandidateId {
    CandidateId(format!("{at:04}"))
}

/// A small résumé that differs from all others.
pub fn resume(at: usize) -> Document {
    let section = |id: &str, text: Option<String>| Section {
        id: SectionId(id.to_owned()),
        format: Format::Text,
        text,
        ..Section::default()
    };
    let summary = format!(
        "Cook number {at} who has been responsible for the kitchen of a small hotel at the lake for more than {} years \
         and who was helping with the training of young cooks in the region.\n",
        at % 20 + 2
    );
    let work = format!(
        "Hotel Post {at}, 2012-2024\n- was responsible for menus of the season\n- helped with training {} apprentices\n\
         - worked on the ordering of goods from {} suppliers\n",
        at % 7 + 1,
        at % 30 + 3
    );
    Document {
        sections: vec![
            section("summary", Some(summary)),
            section("experience", Some(work)),
            section("skills", None),
        ],
    }
}

#[async_trait]
impl CandidateDatabase for Candidates {
    async fn page(&self, query: &PageQuery) -> Result<Page, SourceError> {
        let texts = self.texts.lock().unwrap();
        let behind = texts.keys().filter(|id| query.after.as_ref().is_none_or(|after| *id > after));
        let mut candidates: Vec<Candidate> =
            behind.take(query.limit as usize + 1).map(Self::candidate).collect();
        let more = candidates.len() > query.limit as usize;
        candidates.truncate(query.limit as usize);
        Ok(Page { candidates, more })
    }

    async fn count(&self) -> Result<u64, SourceError> {
        Ok(self.texts.lock().unwrap().len() as u64)
    }

    async fn read(&self, id: &CandidateId) -> Result<Option<(Candidate, Document)>, SourceError> {
        let mut trouble = self.trouble.lock().unwrap();
        if *trouble > 0 {
            *trouble -= 1;
            return Err(SourceError::Busy("somebody holds a lock".to_owned()));
        }
        let found = self.texts.lock().unwrap().get(id).cloned();
        Ok(found.map(|document| (Self::candidate(id), document)))
    }

    async fn postings(&self) -> Result<Vec<Posting>, SourceError> {
        Ok(Vec::new())
    }

    async fn posting(&self, id: &PostingId) -> Result<Option<Posting>, SourceError> {
        let (title, text) = ("Head chef".to_owned(), "Leads the kitchen of a hotel.".to_owned());
        Ok((id.0 == "7").then(|| Posting { id: id.clone(), title, text }))
    }

    fn links(&self) -> bool {
        !self.linked.lock().unwrap().is_empty()
    }

    async fn linked(
        &self,
        candidates: &[CandidateId],
    ) -> Result<BTreeMap<CandidateId, LinkedPosting>, SourceError> {
        let linked = self.linked.lock().unwrap();
        let found = candidates.iter().filter_map(|id| Some((id.clone(), linked.get(id)?.clone())));
        Ok(found.collect())
    }

    fn shown(&self) -> &[String] {
        &self.shown
    }

    fn misfit(&self, _: &Document, _: &Document) -> Option<String> {
        let mut left = self.misfits.lock().unwrap();
        let fits = *left == 0;
        *left = left.saturating_sub(1);
        (!fits).then(|| {
            "the section \"skills\" cannot be stored: it has another number of items than before.".to_owned()
        })
    }

    async fn receipt(&self, _: IntentId) -> Result<Receipt, SourceError> {
        Ok(Receipt::NotKept)
    }

    async fn write(&self, _: &Write<'_>) -> Result<WriteOutcome, SourceError> {
        Err(SourceError::ReadOnly("the engine never writes".to_owned()))
    }

    async fn check(&self) -> Vec<Check> {
        Vec::new()
    }
}

pub struct World {
    pub store: Arc<store::Store>,
    pub source: Arc<Candidates>,
    pub simulator: Simulator,
    pub settings: Settings,
    pub idle: Duration,
    // Removed when the test is over.
    _directory: tempfile::TempDir,
}

impl World {
    pub async fn new(candidates: usize, scenario: Scenario) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let store = store::Store::open(&path, Arc::new(SystemClock)).await.unwrap();
        let mut settings = Settings::new("tester:1:1", MODEL);
        settings.min_words = 5;
        settings.backoff = Duration::from_millis(5);
        settings.heartbeat = Duration::from_millis(200);
        // A machine that stands still for a while is no dead worker.
        settings.lease = PATIENCE;
        Self {
            store: Arc::new(store),
            source: Arc::new(Candidates::new(candidates)),
            simulator: Simulator::start(scenario).unwrap(),
            settings,
            idle: Duration::from_secs(20),
            _directory: directory,
        }
    }

    pub fn parts(&self) -> Parts {
        let rewriter = GroqRewriter::new(GroqOptions {
            base_url: self.simulator.base_url(),
            key: None,
            simulated: true,
            reasoning_effort: Some("low".to_owned()),
            temperature_percent: 30,
            timeouts: Timeouts { idle: self.idle, head: self.idle, ..Timeouts::default() },
        });
        Parts {
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            source: Arc::clone(&self.source) as Arc<dyn CandidateDatabase>,
            rewriter: Arc::new(rewriter),
            clock: Arc::new(SystemClock),
            settings: self.settings.clone(),
        }
    }

    pub fn engine(&self) -> EngineHandle {
        Engine::start(self.parts())
    }

    /// Starts a batch of all candidates.
    pub async fn start(&self) -> Batch {
        start_batch(&self.parts(), &request(Who::All)).await.unwrap()
    }

    pub async fn read(&self, batch: &Batch) -> Batch {
        self.store.batch(BatchRef::Id(batch.id)).await.unwrap()
    }

    /// Waits until the batch is as wanted; fails after a minute.
    pub async fn until(&self, batch: &Batch, wanted: impl Fn(&Batch) -> bool) -> Batch {
        let mut changed = self.store.changed();
        let waiting = async {
            loop {
                changed.mark_unchanged();
                let now = self.read(batch).await;
                assert_sound(&now);
                if wanted(&now) {
                    return now;
                }
                changed.changed().await.unwrap();
            }
        };
        let found = tokio::time::timeout(PATIENCE, waiting).await.ok();
        let last = self.read(batch).await;
        found.unwrap_or_else(|| panic!("it never came: {last:?}"))
    }

    /// Runs a batch of all candidates to its end.
    pub async fn finish(&self) -> Batch {
        let engine = self.engine();
        let batch = self.start().await;
        let ended = self.until(&batch, |batch| batch.state.has_ended()).await;
        engine.stop(Duration::from_secs(5)).await;
        ended
    }

    pub async fn heads(&self, batch: &Batch) -> Vec<RewriteHead> {
        let query = RewriteQuery { filter: Filter::ALL, sort: Sort::Oldest, after: None, limit: 1_000 };
        let heads = self.store.rewrites(&query).await.unwrap();
        heads.into_iter().filter(|head| head.batch == batch.id).collect()
    }

    pub async fn rewrites(&self, batch: &Batch) -> Vec<Rewrite> {
        let mut rewrites = Vec::new();
        for head in self.heads(batch).await {
            rewrites.push(self.store.rewrite(head.id).await.unwrap());
        }
        rewrites
    }

    /// The only rewrite of a batch.
    pub async fn only(&self, batch: &Batch) -> Rewrite {
        self.rewrites(batch).await.remove(0)
    }

    pub fn ledger(&self) -> Ledger {
        self.simulator.ledger()
    }
}

pub fn request(who: Who) -> StartRequest {
    StartRequest {
        who,
        posting: ForPosting::Linked,
        instructions: String::new(),
        model: None,
        budget: None,
        by: "ops".to_owned(),
        // Candidates of several batches are the same.
        options: StartOptions { reuse: Reuse::Never, ..StartOptions::default() },
    }
}

/// What holds at every commit.
pub fn assert_sound(batch: &Batch) {
    assert!(batch.spent + batch.reserved <= batch.spec.budget, "over budget: {batch:?}");
}

pub fn count(batch: &Batch, state: RewriteState) -> u64 {
    batch.counts.of(state)
}

/// Everything is settled: nothing is set aside any more.
pub async fn assert_settled(world: &World, batch: &Batch) {
    let now = world.read(batch).await;
    assert_eq!(now.reserved, Money::ZERO, "{now:?}");
    assert_eq!(world.store.month().await.unwrap().reserved, Money::ZERO);
    assert_eq!(now.counts.total(), batch.counts.total());
}
