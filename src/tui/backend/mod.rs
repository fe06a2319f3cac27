//! Work that takes time: screens ask, tasks answer, answers come back as events that repeat their question.
//!
//! A screen never awaits. It returns [`Effect::Ask`](super::Effect::Ask) with a [`Request`]; the shell hands it to the
//! [`Backend`], which runs it in a slot and sends a [`Reply`]. What a request does is written in the module of its
//! screen (`answer`), on the ports in [`Services`]; this room only knows when it runs.

mod bulk;
mod engine;
mod lanes;

use std::{fmt, path::PathBuf, sync::Arc};

use async_trait::async_trait;

pub use bulk::{Bulk, NoEngine, Usual};
pub use engine::Running;
pub use lanes::{Backend, More};

use super::screens::{activity, batches, candidates, dashboard, review, write_back};
use crate::{
    clock::Clock,
    config::ReviewSettings,
    decide::Policy,
    domain::Reviewer,
    error::{Error, Result},
    source::port::CandidateDatabase,
    store::port::Store,
    writeback::WriteBack,
};

/// What requests work on. `main` fills it in.
#[derive(Clone)]
pub struct Services {
    /// redraft's own tables.
    pub store: Arc<dyn Store>,
    /// The candidate database.
    pub source: Arc<dyn CandidateDatabase>,
    /// The engine.
    pub engine: Arc<dyn Bulk>,
    /// What puts approved texts into the candidate database.
    pub write_back: WriteBack,
    /// The wall time.
    pub clock: Arc<dyn Clock>,
    /// Who sits at the keyboard.
    pub who: Reviewer,
    /// The name of this session in what it holds.
    pub session: String,
    /// The rules under which they decide.
    pub policy: Policy,
    /// The file that keeps where the reviewer is in Review, for the next start.
    pub place: Option<PathBuf>,
    /// How decisions are made: what becomes of open changes, when a number must be typed.
    pub review: ReviewSettings,
}

/// A question of a screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Of the Dashboard.
    Dashboard(dashboard::Request),
    /// Of Candidates.
    Candidates(candidates::Request),
    /// Of Batches.
    Batches(batches::Request),
    /// Of Review.
    Review(review::Request),
    /// Of Write-back.
    WriteBack(write_back::Request),
    /// Of Activity.
    Activity(activity::Request),
}

/// An answer to a screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To the Dashboard.
    Dashboard(dashboard::Answer),
    /// To Candidates.
    Candidates(candidates::Answer),
    /// To Batches.
    Batches(batches::Answer),
    /// To Review.
    Review(review::Answer),
    /// To Write-back.
    WriteBack(write_back::Answer),
    /// To Activity.
    Activity(activity::Answer),
}

/// Where a request waits for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// All in the order in which they were asked, none is lost, and quitting waits for them: for what changes
    /// something. At most 1,024 wait; one more is refused at once.
    InOrder,
    /// One runs and one waits in the slot of that name; the newest takes the waiting place. For what is shown.
    Newest(&'static str),
    /// One runs in the slot of that name; a newer one drops it. For searches as one types, and for following
    /// something: a task that is dropped must leave nothing behind.
    Only(&'static str),
}

/// A request, and where it waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Where it waits.
    pub slot: Slot,
    /// What is asked.
    pub request: Request,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What was asked; compare it with what is wanted now, and drop an answer that comes too late.
    pub question: Request,
    /// The answer, or why there is none.
    pub answer: std::result::Result<Answer, Failure>,
    /// Whether more answers to the same question follow.
    pub more: Following,
}

/// Whether more answers to a question follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// This was the last.
    Done,
    /// There may be more.
    More,
}

/// An error that can be kept and shown more than once.
#[derive(Clone)]
pub struct Failure(Arc<Error>);

impl Failure {
    /// What was tried, on what, why not.
    pub fn message(&self) -> &str {
        self.0.message()
    }

    /// What to do next, if it is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hints().first().map(String::as_str)
    }

    /// The whole error.
    pub fn error(&self) -> &Error {
        &self.0
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

/// Whoever answers requests: [`Services`], or a stand-in in tests.
#[async_trait]
pub trait Office: Send + Sync {
    /// Answers `request`; sends what comes before the last answer to `more`.
    async fn answer(&self, request: Request, more: &More) -> Result<Answer>;
}

#[async_trait]
impl Office for Services {
    async fn answer(&self, request: Request, more: &More) -> Result<Answer> {
        Ok(match request {
            Request::Dashboard(request) => Answer::Dashboard(dashboard::answer(request, self, more).await?),
            Request::Candidates(request) => {
                Answer::Candidates(candidates::answer(request, self, more).await?)
            }
            Request::Batches(request) => Answer::Batches(batches::answer(request, self, more).await?),
            Request::Review(request) => Answer::Review(review::answer(request, self, more).await?),
            Request::WriteBack(request) => Answer::WriteBack(write_back::answer(request, self, more).await?),
            Request::Activity(request) => Answer::Activity(activity::answer(request, self, more).await?),
        })
    }
}

#[cfg(test)]
mod tests;
