//! The way out of a conflict that costs no new rewrite: what was approved, on top of what stands there now.

use super::{DecideError, Desk, desk::blocked_on};
use crate::{
    diff::{self, Merge, Prefer},
    domain::{Action, Decision, Document, FailureReason, Rewrite, RewriteHead, RewriteId, RewriteState},
    review::Refusal,
};

impl Desk {
    /// What a rewrite in conflict becomes by merging: its source, what was approved, and what stands there now.
    ///
    /// # Errors
    /// It is in no conflict, or nothing stands there any more.
    pub async fn merged(&self, id: RewriteId) -> Result<(Rewrite, Merge), DecideError> {
        let rewrite = self.store.rewrite(id).await?;
        let [base, ours, theirs] = texts(&rewrite)?;
        let merge = blocked_on(move || diff::merge(&base, &ours, &theirs)).await?;
        Ok((rewrite, merge))
    }

    /// Merges a rewrite in conflict, so that it can be decided anew against what stands there now. Where both changed the
    /// same place, `prefer` says whose text is taken.
    ///
    /// # Errors
    /// [`DecideError::Overlaps`] if somebody has to choose and `prefer` does not.
    pub async fn merge(
        &self,
        id: RewriteId,
        prefer: Option<Prefer>,
    ) -> Result<(Decision, RewriteHead), DecideError> {
        let (rewrite, merge) = self.merged(id).await?;
        let prefer = match (prefer, merge.overlaps.len()) {
            (Some(prefer), _) => prefer,
            (None, 0) => Prefer::Ours,
            (None, overlaps) => return Err(DecideError::Overlaps(overlaps)),
        };
        let [_, _, before] = texts(&rewrite)?;
        let action = Action::Merge { before, after: merge.document(prefer) };
        let (decision, _) =
            self.record((id, Some(rewrite.head.revision)), &action, &self.making(None)).await?;
        Ok((decision, self.assess(id).await?))
    }
}

/// What the approver saw, what was approved, and what stands there.
fn texts(rewrite: &Rewrite) -> Result<[Document; 3], Refusal> {
    let state = rewrite.head.state;
    if state != RewriteState::Conflict {
        return Err(Refusal::State { state, action: "merge" });
    }
    // A text that cannot be stored has met nobody's: it goes back to be edited.
    let unstorable = rewrite.head.failure.as_ref().is_some_and(|why| why.reason == FailureReason::Unstorable);
    let theirs = if unstorable { Some(&rewrite.before) } else { rewrite.found.as_ref() };
    match (&rewrite.approved, theirs) {
        (Some(ours), Some(theirs)) => Ok([rewrite.before.clone(), ours.clone(), theirs.clone()]),
        _ => Err(Refusal::NoText),
    }
}
