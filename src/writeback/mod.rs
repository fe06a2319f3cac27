//! Puts approved texts into the candidate database, and takes them out again.
//!
//! An intent is recorded first, then comes the compare-and-set, then the end of the intent. Whatever dies in between,
//! the next process takes the intent over and runs this same code again: the compare-and-set tells what happened.
//! There is no code for recovery alone.

mod many;

use std::{sync::Arc, time::Duration};

use thiserror::Error;
use tokio::time::Instant;

use crate::{
    domain::{Reviewer, RewriteId},
    source::port::{CandidateDatabase, SourceError, WriteOutcome},
    store::port::{Hold, Intent, IntentEnd, IntentKind, Recorded, Store, StoreError},
};

pub use many::{Progress, Summary};

/// How long an intent is this process's own without being ended.
const LEASE: Duration = Duration::from_secs(60);
/// How much of the lease may be gone when the candidate database is asked: its own wait for a lock must fit in.
const LATEST: Duration = Duration::from_secs(40);
/// How many intents are taken over at once.
const TAKE_OVER: u32 = 64;

/// How one write-back, or its undo, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The text stands in the candidate database.
    Done,
    /// Another text stood there; nothing was written.
    Conflict,
    /// The candidate is no longer there; nothing was written.
    Gone,
    /// The candidate database cannot hold the text; holds why. Nothing was written.
    Refused(String),
    /// Not now; holds why. The rewrite is what it was before.
    Later(String),
    /// Nobody can tell yet whether the text got there; holds why. It is looked at again within a minute.
    Unknown(String),
    /// Another process took it over and ends it.
    TakenOver,
}

/// Why a write-back was not even begun, or not recorded.
#[derive(Debug, Error)]
pub enum WriteBackError {
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WriteBackError> for crate::error::Error {
    fn from(error: WriteBackError) -> Self {
        match error {
            WriteBackError::Store(error) => error.into(),
        }
    }
}

/// The write-back over one store and one candidate database.
#[derive(Clone)]
pub struct WriteBack {
    store: Arc<dyn Store>,
    source: Arc<dyn CandidateDatabase>,
    worker: String,
}

impl WriteBack {
    /// A write-back in the name of `worker`, the name of this process.
    pub fn new(store: Arc<dyn Store>, source: Arc<dyn CandidateDatabase>, worker: String) -> Self {
        Self { store, source, worker }
    }

    fn hold(&self) -> Hold<'_> {
        Hold { worker: &self.worker, ttl: LEASE }
    }

    /// Writes one approved text.
    pub async fn write(&self, id: RewriteId, by: &Reviewer) -> Result<Outcome, WriteBackError> {
        self.run(id, IntentKind::Write, by).await
    }

    /// Puts back what stood there before one write.
    pub async fn revert(&self, id: RewriteId, by: &Reviewer) -> Result<Outcome, WriteBackError> {
        self.run(id, IntentKind::Revert, by).await
    }

    async fn run(&self, id: RewriteId, kind: IntentKind, by: &Reviewer) -> Result<Outcome, WriteBackError> {
        let begun = Instant::now();
        let intent = self.store.begin(id, kind, by, &self.hold()).await?;
        self.carry_out(&intent, begun).await
    }

    /// Takes over what processes that died have left, and carries it out. `dead` names processes that are known to be
    /// gone; of others the lease must have run out. Returns how many were ended.
    pub async fn recover(&self, dead: &[String]) -> Result<u64, WriteBackError> {
        let mut ended = 0;
        loop {
            let begun = Instant::now();
            let intents = self.store.take_over(&self.worker, dead, LEASE, TAKE_OVER).await?;
            if intents.is_empty() {
                return Ok(ended);
            }
            for intent in &intents {
                ended += u64::from(!matches!(self.carry_out(intent, begun).await?, Outcome::Unknown(_)));
            }
        }
    }

    /// Runs an intent that this process holds since `begun`.
    async fn carry_out(&self, intent: &Intent, begun: Instant) -> Result<Outcome, WriteBackError> {
        if begun.elapsed() > LATEST {
            return Ok(Outcome::Unknown("the lease was about to run out.".to_owned()));
        }
        let set = self.source.compare_and_set(&intent.candidate, &intent.before, &intent.after).await;
        let outcome = match set {
            Ok(outcome) => outcome,
            Err(error) => match self.look(intent).await {
                Some(outcome) => outcome,
                None => return self.not_now(intent, &error).await,
            },
        };
        let (end, outcome) = match outcome {
            WriteOutcome::Written | WriteOutcome::AlreadyThere => (IntentEnd::Applied, Outcome::Done),
            WriteOutcome::Changed(found) => (IntentEnd::Conflict { found: Some(found) }, Outcome::Conflict),
            WriteOutcome::Gone => (IntentEnd::Conflict { found: None }, Outcome::Gone),
            WriteOutcome::Refused(why) => (IntentEnd::Refused(why.clone()), Outcome::Refused(why)),
        };
        Ok(self.end(intent, &end).await?.unwrap_or(outcome))
    }

    /// What stands there after a call that failed: the error alone does not tell whether the commit got through.
    /// `None` if the text is as it was before, or if that cannot be seen either.
    async fn look(&self, intent: &Intent) -> Option<WriteOutcome> {
        match self.source.read(&intent.candidate).await {
            Ok(Some((_, now))) if now == intent.after => Some(WriteOutcome::AlreadyThere),
            Ok(Some(_) | None) | Err(_) => None,
        }
    }

    /// Ends an intent whose compare-and-set failed, if it is sure that nothing was written.
    async fn not_now(&self, intent: &Intent, error: &SourceError) -> Result<Outcome, WriteBackError> {
        let why = error.to_string();
        match self.source.read(&intent.candidate).await {
            Ok(_) => {
                let end = IntentEnd::Abandoned(why.clone());
                Ok(self.end(intent, &end).await?.unwrap_or(Outcome::Later(why)))
            }
            // Such a failure comes before anything is sent, so that nothing can have been written by this try. An
            // earlier try may have got through: then only the candidate database can tell.
            Err(_) if intent.tries == 1 && is_before_sending(error) => {
                let end = IntentEnd::Abandoned(why.clone());
                Ok(self.end(intent, &end).await?.unwrap_or(Outcome::Later(why)))
            }
            Err(_) => Ok(Outcome::Unknown(why)),
        }
    }

    /// Records the end; the outcome if another process was faster.
    async fn end(&self, intent: &Intent, end: &IntentEnd) -> Result<Option<Outcome>, WriteBackError> {
        match self.store.end(intent, end).await? {
            Recorded::Done => Ok(None),
            Recorded::Stale => Ok(Some(Outcome::TakenOver)),
        }
    }
}

/// Whether an error means that the database was not even asked to write.
const fn is_before_sending(error: &SourceError) -> bool {
    match error {
        SourceError::Unreachable(_) | SourceError::ReadOnly(_) | SourceError::Mapping { .. } => true,
        SourceError::Busy(_) | SourceError::Engine(_) => false,
    }
}
