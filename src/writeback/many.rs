//! Many write-backs, one after another.

use tokio::sync::watch;

use super::{Outcome, WriteBack, WriteBackError};
use crate::{
    domain::{Reviewer, RewriteId},
    store::port::{IntentKind, StoreError},
};

/// How many times in a row the candidate database may fail before the rest is left for later.
const FAILURES_IN_A_ROW: u32 = 3;

/// How far it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many were looked at.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// What came of many write-backs, or of many undone ones.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The text stands there.
    pub done: Vec<RewriteId>,
    /// It was written, but something else stands there since; with how it differs.
    pub drifted: Vec<(RewriteId, String)>,
    /// Another text stood there, or none.
    pub conflicts: Vec<RewriteId>,
    /// The candidate database cannot hold the text, with why.
    pub refused: Vec<(RewriteId, String)>,
    /// Not now, with why.
    pub later: Vec<(RewriteId, String)>,
    /// No longer approved (or written) when its turn came, with why.
    pub skipped: Vec<(RewriteId, String)>,
    /// Not tried, because the candidate database failed too often before.
    pub untried: Vec<RewriteId>,
}

impl WriteBack {
    /// Writes or undoes many, in this order, and tells `progress` how far it is.
    ///
    /// # Errors
    /// The store failed; what was done before stays done.
    pub async fn run_many(
        &self,
        (ids, kind): (&[RewriteId], IntentKind),
        by: &Reviewer,
        progress: &watch::Sender<Progress>,
    ) -> Result<Summary, WriteBackError> {
        let total = ids.len() as u64;
        // What an earlier one left open, and nobody holds any more.
        self.recover(&[]).await?;
        let mut summary = Summary::default();
        let mut failures = 0;
        for (index, id) in ids.iter().enumerate() {
            // Nobody may be looking.
            progress.send_replace(Progress { done: index as u64, total });
            if failures == FAILURES_IN_A_ROW {
                summary.untried.push(*id);
                continue;
            }
            failures = match self.run(*id, kind, by).await {
                Ok(outcome) => summary.put(*id, outcome, failures),
                Err(WriteBackError::Store(
                    error @ (StoreError::Refused(_) | StoreError::NotFound(_) | StoreError::Stale { .. }),
                )) => {
                    summary.skipped.push((*id, error.to_string()));
                    failures
                }
                Err(error) => return Err(error),
            };
        }
        progress.send_replace(Progress { done: total, total });
        Ok(summary)
    }
}

impl Summary {
    /// Books an outcome; returns the number of failures in a row.
    fn put(&mut self, id: RewriteId, outcome: Outcome, failures: u32) -> u32 {
        match outcome {
            Outcome::Done => self.done.push(id),
            Outcome::Drifted(how) => self.drifted.push((id, how)),
            Outcome::Conflict | Outcome::Gone => self.conflicts.push(id),
            Outcome::Refused(why) => self.refused.push((id, why)),
            Outcome::Later(why) | Outcome::Unknown(why) => {
                self.later.push((id, why));
                return failures + 1;
            }
            Outcome::TakenOver => self.later.push((id, "another process does it.".to_owned())),
        }
        0
    }
}
