//! The way out of a conflict that costs no new rewrite: what was approved, on top of what stands there now.

use super::{
    DecideError, Desk,
    desk::{Recorded, blocked_on},
};
use crate::{
    diff::{self, Merge, Prefer},
    domain::{Action, Document, FailureReason, OpenPolicy, Rewrite, RewriteId, RewriteState},
    review::Refusal,
};

/// Why a rewrite is rejected whose place in the candidate database somebody else has written.
const KEPT: &str = "What stands in the candidate database is kept.";

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
    pub async fn merge(&self, id: RewriteId, prefer: Option<Prefer>) -> Recorded {
        let (rewrite, merge) = self.merged(id).await?;
        let overlaps = merge.overlaps.len();
        let sides = prefer.map(|prefer| vec![prefer; overlaps]).unwrap_or_default();
        self.rebase(&rewrite, &merge, &sides).await
    }

    /// The same with a side for each overlap. `revision` is what the reviewer saw.
    ///
    /// # Errors
    /// [`DecideError::Overlaps`] if there are more or fewer overlaps than sides.
    pub async fn merge_as(&self, id: RewriteId, revision: u64, sides: &[Prefer]) -> Recorded {
        self.seen(id, Some(revision)).await?;
        let (rewrite, merge) = self.merged(id).await?;
        self.rebase(&rewrite, &merge, sides).await
    }

    /// Merges and approves the merged text, whatever an approval does with open changes otherwise: it was shown whole.
    ///
    /// # Errors
    /// [`DecideError::Blocked`] if a finding stops the approval; then it is merged, and to be decided.
    pub async fn approve_merged(&self, id: RewriteId, revision: u64, sides: &[Prefer]) -> Recorded {
        let (_, merged) = self.merge_as(id, revision, sides).await?;
        let rewrite = self.seen(id, Some(merged.revision)).await?;
        let making = self.approval(&rewrite, OpenPolicy::Accept, &self.making(None)).await?;
        let text = rewrite.after.ok_or(Refusal::NoText)?;
        self.record((id, Some(merged.revision)), &Action::Approve { text }, &making).await
    }

    /// Keeps what stands in the candidate database: the rewrite is rejected. What was approved stays in it, on top of
    /// what stands there, for whoever takes that back.
    pub async fn keep_found(&self, id: RewriteId, revision: u64) -> Recorded {
        self.seen(id, Some(revision)).await?;
        let (rewrite, merge) = self.merged(id).await?;
        let sides = vec![Prefer::Ours; merge.overlaps.len()];
        let (_, merged) = self.rebase(&rewrite, &merge, &sides).await?;
        self.reject(id, Some(merged.revision), Some(KEPT.to_owned())).await
    }

    async fn rebase(&self, rewrite: &Rewrite, merge: &Merge, sides: &[Prefer]) -> Recorded {
        if sides.len() != merge.overlaps.len() {
            return Err(DecideError::Overlaps(merge.overlaps.len()));
        }
        let (id, revision) = (rewrite.head.id, rewrite.head.revision);
        let [_, _, before] = texts(rewrite)?;
        let after = merge.document(|number| sides.get(number).copied().unwrap_or(Prefer::Theirs));
        let (decision, _) =
            self.record((id, Some(revision)), &Action::Merge { before, after }, &self.making(None)).await?;
        Ok((decision, self.assess(id).await?))
    }
}

/// What stands in the candidate database in the place of a rewrite in conflict; `None` if nothing does.
pub fn stands_there(rewrite: &Rewrite) -> Option<&Document> {
    // A text that cannot be stored has met nobody's: it goes back to be edited.
    let unstorable = rewrite.head.failure.as_ref().is_some_and(|why| why.reason == FailureReason::Unstorable);
    if unstorable { Some(&rewrite.before) } else { rewrite.found.as_ref() }
}

/// What the approver saw, what was approved, and what stands there.
fn texts(rewrite: &Rewrite) -> Result<[Document; 3], Refusal> {
    let state = rewrite.head.state;
    if state != RewriteState::Conflict {
        return Err(Refusal::State { state, action: "merge" });
    }
    match (&rewrite.approved, stands_there(rewrite)) {
        (Some(ours), Some(theirs)) => Ok([rewrite.before.clone(), ours.clone(), theirs.clone()]),
        (Some(_), None) => Err(Refusal::Gone),
        (None, _) => Err(Refusal::NoText),
    }
}
