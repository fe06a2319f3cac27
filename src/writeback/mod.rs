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
    domain::{Document, Reviewer, RewriteId},
    source::port::{CandidateDatabase, Receipt, Write, WriteOutcome},
    store::port::{Certainty, Hold, Intent, IntentEnd, IntentKind, Journal, Recorded, StoreError},
};

pub use many::{Progress, Summary};

/// How long an intent is this process's own without being ended.
const LEASE: Duration = Duration::from_mins(1);
/// How much of the lease may be gone when the candidate database is asked: its own waits for locks must fit into the
/// rest.
const LATEST: Duration = Duration::from_secs(20);
/// How many intents are taken over at once.
const TAKE_OVER: u32 = 64;

/// How one write-back, or its undo, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The text stands in the candidate database.
    Done,
    /// It was written, but something else stands there since; holds how it differs.
    Drifted(String),
    /// Another text stood there; nothing was written.
    Conflict,
    /// The candidate is no longer there; nothing was written.
    Gone,
    /// The candidate database cannot hold the text; holds why. Nothing was written.
    Refused(String),
    /// Not now; holds why. The rewrite is what it was before.
    Later(String),
    /// Nobody can tell yet whether the text got there; holds why. It is looked at again at the next start or
    /// write-back.
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

/// The write-back over one journal and one candidate database.
#[derive(Clone)]
pub struct WriteBack {
    store: Arc<dyn Journal>,
    source: Arc<dyn CandidateDatabase>,
    worker: String,
}

impl WriteBack {
    /// A write-back in the name of `worker`, the name of this process.
    pub fn new(store: Arc<dyn Journal>, source: Arc<dyn CandidateDatabase>, worker: String) -> Self {
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
            let before = ended;
            for intent in &intents {
                ended += u64::from(!matches!(self.carry_out(intent, begun).await?, Outcome::Unknown(_)));
            }
            // What stays unknown now is not asked about again and again.
            if ended == before {
                return Ok(ended);
            }
        }
    }

    /// Runs an intent that this process holds since `begun`.
    async fn carry_out(&self, intent: &Intent, begun: Instant) -> Result<Outcome, WriteBackError> {
        if begun.elapsed() > LATEST {
            return Ok(Outcome::Unknown("the lease was about to run out.".to_owned()));
        }
        let write = Write {
            candidate: &intent.candidate,
            before: &intent.before,
            after: &intent.after,
            tries: intent.tries,
            intent: Some(intent.id),
        };
        let (end, outcome) = match self.source.write(&write).await {
            Ok(WriteOutcome::Written | WriteOutcome::AlreadyThere | WriteOutcome::Earlier) => {
                (IntentEnd::Applied, Outcome::Done)
            }
            Ok(WriteOutcome::Drifted(how)) => (IntentEnd::Drifted(how.clone()), Outcome::Drifted(how)),
            Ok(WriteOutcome::Changed(found)) => {
                let certainty = self.certainty(intent).await;
                (IntentEnd::Conflict { found: Some(found), certainty }, Outcome::Conflict)
            }
            Ok(WriteOutcome::Gone) => {
                let certainty = self.certainty(intent).await;
                (IntentEnd::Conflict { found: None, certainty }, Outcome::Gone)
            }
            Ok(WriteOutcome::Refused(why)) => (IntentEnd::Refused(why.clone()), Outcome::Refused(why)),
            Ok(WriteOutcome::Unknown(why)) => return Ok(Outcome::Unknown(why)),
            Err(error) => {
                let why = error.to_string();
                match self.earlier(intent).await {
                    Earlier::Written => (IntentEnd::Applied, Outcome::Done),
                    Earlier::NotWritten => (IntentEnd::Abandoned(why.clone()), Outcome::Later(why)),
                    Earlier::Unknown => return Ok(Outcome::Unknown(why)),
                }
            }
        };
        Ok(self.end(intent, &end).await?.unwrap_or(outcome))
    }

    /// Whether a conflict proves that none of the tries wrote anything.
    async fn certainty(&self, intent: &Intent) -> Certainty {
        if intent.tries == 1 {
            return Certainty::Known;
        }
        match self.source.receipt(intent.id).await {
            // The write has looked for it, under its lock.
            Ok(Receipt::Absent | Receipt::There) => Certainty::Known,
            Ok(Receipt::NotKept) | Err(_) => Certainty::Unknown,
        }
    }

    /// What the tries before this one did. A call that fails has written nothing, but one whose process died may have.
    async fn earlier(&self, intent: &Intent) -> Earlier {
        if intent.tries == 1 {
            return Earlier::NotWritten;
        }
        match self.source.receipt(intent.id).await {
            Ok(Receipt::There) => return Earlier::Written,
            Ok(Receipt::Absent) => return Earlier::NotWritten,
            Ok(Receipt::NotKept) => {}
            Err(_) => return Earlier::Unknown,
        }
        match self.source.read(&intent.candidate).await {
            Ok(Some((_, now))) if stands(&intent.after, &now) => Earlier::Written,
            Ok(Some((_, now))) if stands(&intent.before, &now) => Earlier::NotWritten,
            // Somebody's edit may have come after ours: only the compare-and-set may say so, with its words.
            Ok(Some(_) | None) | Err(_) => Earlier::Unknown,
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

/// What became of the tries of an intent before this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// The text stands there.
    Written,
    /// The text before it does.
    NotWritten,
    /// Nobody can tell now.
    Unknown,
}

/// Whether all sections of `text` stand in `now`, which may have others besides.
fn stands(text: &Document, now: &Document) -> bool {
    text.sections.iter().all(|section| now.section(&section.id) == Some(section))
}
