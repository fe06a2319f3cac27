//! What Candidates asks and what it is answered, on the ports.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::spawn_blocking;

use super::{
    roster::{BOUND, Page},
    search::{self, Hits, Search},
};
use crate::{
    domain::{Batch, Candidate, CandidateId, Document, LinkedPosting, Posting},
    engine::port::{Estimate, StartRequest},
    error::{Error, Result},
    llm::port::Model,
    source::port::PageQuery,
    tui::backend::{self, More, Services, Usual},
};

/// Rows read at once.
const PAGE: u32 = 1_000;
/// How many rows a search in the candidate database brings at most.
pub const FOUND: usize = 5_000;

/// What Candidates asks of the backend.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The list from its beginning, page by page.
    List,
    /// How many candidates there are.
    Count,
    /// The candidates that are known and match.
    Search(Search),
    /// The candidates whose name or shown columns contain this, read from the candidate database.
    Find(String),
    /// A candidate's source.
    Open(CandidateId),
    /// What a batch can be started with.
    Terms,
    /// What a batch would take.
    Estimate(Arc<StartRequest>),
    /// Starts a batch.
    Start(Arc<StartRequest>),
}

/// What Candidates is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The names of the shown columns; pages follow.
    Shown(Vec<String>),
    /// A page; more may follow.
    Page(Page),
    /// The list has ended.
    End(End),
    /// How many there are.
    Count(u64),
    /// The rows that match.
    Hits(Hits),
    /// The source, `None` if the candidate is gone; and the posting that the platform links it to.
    Opened(Option<(Candidate, Document)>, Option<LinkedPosting>),
    /// What a batch can be started with.
    Terms(Terms),
    /// What the batch would take.
    Estimate(Estimate),
    /// It was started.
    Started(Box<Batch>),
}

/// Why a list has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// There are no more.
    Complete,
    /// There are more than are kept.
    Bounded,
}

/// Whether the platform itself links candidates to postings.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// It does, and the mapping says how.
    Yes,
    /// It does not.
    #[default]
    No,
}

/// What a batch can be started with.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The postings.
    pub postings: Vec<Posting>,
    /// Whether each candidate can have one of its own.
    pub linked: Linked,
    /// The models; empty if the provider did not tell.
    pub models: Vec<Model>,
    /// What it gets otherwise.
    pub usual: Usual,
}

/// Answers a request on the ports.
pub async fn answer(request: Request, services: &Services, more: &More) -> Result<Answer> {
    let source = &services.source;
    match request {
        Request::List => {
            more.send(backend::Answer::Candidates(Answer::Shown(source.shown().to_vec()))).await;
            list(None, BOUND, services, more).await
        }
        Request::Find(text) => list(Some(text), FOUND, services, more).await,
        Request::Count => source.count().await.map(Answer::Count).map_err(Error::from),
        Request::Search(search) => hits(search, source.shown().to_vec()).await,
        Request::Open(id) => {
            let opened = source.read(&id).await.map_err(Error::from)?;
            let linked = source.linked(std::slice::from_ref(&id)).await.map_err(Error::from)?;
            Ok(Answer::Opened(opened, linked.into_values().next()))
        }
        Request::Terms => {
            let postings = source.postings().await.map_err(Error::from)?;
            let linked = if source.links() { Linked::Yes } else { Linked::No };
            // Without a list of models a batch can still be started with the configured one.
            let models = services.engine.models().await.unwrap_or_default();
            Ok(Answer::Terms(Terms { postings, linked, models, usual: services.engine.usual() }))
        }
        Request::Estimate(request) => services.engine.estimate(&request).await.map(Answer::Estimate),
        Request::Start(request) => {
            services.policy.writes()?;
            services.engine.start(&request).await.map(|batch| Answer::Started(Box::new(batch)))
        }
    }
}

async fn list(search: Option<String>, bound: usize, services: &Services, more: &More) -> Result<Answer> {
    let mut query = PageQuery { after: None, limit: PAGE, search };
    let mut sent = 0;
    loop {
        let page = services.source.page(&query).await.map_err(Error::from)?;
        query.after = page.candidates.last().map(|candidate| candidate.id.clone());
        sent += page.candidates.len();
        let ends = !page.more || page.candidates.is_empty();
        let rows = Page::new(&page.candidates);
        drop(page);
        more.send(backend::Answer::Candidates(Answer::Page(rows))).await;
        if ends {
            return Ok(Answer::End(End::Complete));
        }
        if sent >= bound {
            return Ok(Answer::End(End::Bounded));
        }
    }
}

/// Tells the threads of a search that nobody wants its answer any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn hits(search: Search, shown: Vec<String>) -> Result<Answer> {
    let stop = Stop(Arc::default());
    let flag = stop.0.clone();
    let found = spawn_blocking(move || search::run(&search, &shown, &flag)).await;
    let found = found.map_err(|error| Error::internal("The search stopped in the middle.").because(error))?;
    found.map(Answer::Hits).map_err(|error| {
        let hint = error.hint.clone();
        let user = Error::user(error.message);
        hint.into_iter().fold(user, Error::hint)
    })
}
