//! Where one reviewer decides.

use std::sync::Arc;

use super::DecideError;
use crate::{
    diff,
    domain::{
        Action, ChangeId, Choice, Decision, DecisionId, Document, OpenPolicy, Reviewer, Rewrite, RewriteHead,
        RewriteId,
    },
    review::{Order, Outcome, Refusal, Task, Trouble, Verb, blocking, final_text, redoable},
    store::port::{Store, StoreError},
};

/// So many of the last decisions, of all reviewers, are looked at for something to decide again.
const RECENT: u32 = 500;

type Recorded = Result<(Decision, RewriteHead), DecideError>;

/// The decisions of one reviewer, under one policy for changes that nobody decided.
#[derive(Clone)]
pub struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) by: Reviewer,
    pub(super) open: OpenPolicy,
}

impl Desk {
    /// A desk for `by`; `open` is what an approval does with changes that nobody decided.
    pub fn new(store: Arc<dyn Store>, by: Reviewer, open: OpenPolicy) -> Self {
        Self { store, by, open }
    }

    /// Who decides here.
    pub const fn by(&self) -> &Reviewer {
        &self.by
    }

    /// Carries out what a session ordered.
    pub async fn carry(&self, order: &Order) -> Outcome {
        let undone = |(undone, head): (Decision, RewriteHead)| Outcome::Undone {
            undone: Box::new(undone),
            head: Box::new(head),
        };
        let done = |(decision, head): (Decision, RewriteHead)| Outcome::Done {
            decision: Box::new(decision),
            head: Box::new(head),
        };
        let outcome = match &order.task {
            Task::UndoLast => self.undo_last(None).await.map(undone),
            Task::RedoLast => self.redo_last().await.map(done),
            Task::UndoMany(done) => Ok(Outcome::Many(self.undo_many(done).await)),
            Task::One { rewrite, verb: Verb::Undo(decision), .. } => {
                self.undo(*rewrite, *decision).await.map(undone)
            }
            Task::One { rewrite, revision, verb } => self.one(*rewrite, *revision, verb).await.map(done),
        };
        outcome.unwrap_or_else(|error| Outcome::Not(Trouble::from(error)))
    }

    async fn one(&self, id: RewriteId, revision: Option<u64>, verb: &Verb) -> Recorded {
        match verb {
            Verb::Open => self.record(id, None, &Action::Open).await,
            Verb::Approve => self.approve(id, revision).await,
            Verb::Reject { reason } => self.reject(id, revision, reason.clone()).await,
            Verb::Skip => self.record(id, None, &Action::Skip).await,
            Verb::Choose(changes) => self.choose(id, revision, changes).await,
            Verb::Edit(to) => self.edit(id, revision, to.clone()).await,
            Verb::Note { change, text } => {
                let action = Action::Note { change: *change, text: text.clone() };
                self.record(id, None, &action).await
            }
            Verb::Dismiss { kind, span, reason } => {
                let action = Action::Dismiss { kind: *kind, span: span.clone(), reason: reason.clone() };
                self.record(id, revision, &action).await
            }
            Verb::Redo(decision) => self.redo(decision).await,
            Verb::Undo(decision) => self.undo(id, *decision).await,
        }
    }

    /// Approves the text that the choices of the rewrite make; `revision` is what the reviewer saw.
    pub async fn approve(&self, id: RewriteId, revision: Option<u64>) -> Recorded {
        let rewrite = self.seen(id, revision).await?;
        self.approve_as_read(rewrite).await
    }

    /// Approves a rewrite as it was just read.
    pub(super) async fn approve_as_read(&self, rewrite: Rewrite) -> Recorded {
        let (id, seen) = (rewrite.head.id, rewrite.head.revision);
        if let Some(finding) = blocking(&rewrite, self.open).first() {
            return Err(DecideError::Blocked(finding.message.clone()));
        }
        let text = self.text(rewrite).await?;
        self.record(id, Some(seen), &Action::Approve { text }).await
    }

    /// Decides against a rewrite.
    pub async fn reject(&self, id: RewriteId, revision: Option<u64>, reason: Option<String>) -> Recorded {
        self.record(id, revision, &Action::Reject { reason }).await
    }

    /// Accepts, rejects or reopens (`None`) single changes.
    pub async fn choose(
        &self,
        id: RewriteId,
        revision: Option<u64>,
        changes: &[(ChangeId, Option<Choice>)],
    ) -> Recorded {
        let rewrite = self.seen(id, revision).await?;
        let seen = rewrite.head.revision;
        let before = changes.iter().map(|(id, to)| (*id, rewrite.choices.get(id).copied(), *to)).collect();
        let (wanted, after) = (changes.to_vec(), rewrite.after.clone().ok_or(Refusal::NoText)?);
        let known = blocked_on(move || {
            let compared = diff::compare(&rewrite.before, &after, &|| false);
            wanted.iter().all(|(id, _)| compared.change(*id).is_some())
        });
        if !known.await? {
            return Err(DecideError::NoSuchChange);
        }
        self.record(id, Some(seen), &Action::Choose { changes: before }).await
    }

    /// Puts another after text in the place of the one there is.
    pub async fn edit(&self, id: RewriteId, revision: Option<u64>, to: Document) -> Recorded {
        let rewrite = self.seen(id, revision).await?;
        let from = rewrite.after.clone().ok_or(Refusal::NoText)?;
        let (decision, _) = self.record(id, Some(rewrite.head.revision), &Action::Edit { from, to }).await?;
        Ok((decision, self.assess(id).await?))
    }

    /// Takes back the reviewer's last decision, about the rewrite `on` if there is one; returns that decision.
    pub async fn undo_last(&self, on: Option<RewriteId>) -> Recorded {
        let undone = self.store.undoable(&self.by, on).await?.ok_or(DecideError::NothingToUndo)?;
        self.take_back(undone).await
    }

    /// Takes back one decision; returns it.
    pub async fn undo(&self, id: RewriteId, decision: DecisionId) -> Recorded {
        let history = self.store.history(id).await?;
        let undone = history.into_iter().find(|known| known.id == decision);
        self.take_back(undone.ok_or(DecideError::NothingToUndo)?).await
    }

    async fn take_back(&self, undone: Decision) -> Recorded {
        let action = Action::Undo { decision: undone.id };
        let (_, mut head) = self.record(undone.rewrite, None, &action).await?;
        if matches!(undone.action, Action::Edit { .. }) {
            head = self.assess(undone.rewrite).await?;
        }
        Ok((undone, head))
    }

    /// Decides again what the reviewer took back last, also before this process began.
    pub async fn redo_last(&self) -> Recorded {
        let recent = self.store.activity(None, RECENT).await?.into_iter().map(|row| row.decision);
        let mut mine: Vec<Decision> = recent.filter(|decision| decision.by == self.by).collect();
        mine.reverse();
        let last = redoable(&mine).pop().cloned().ok_or(DecideError::NothingToRedo)?;
        self.redo(&last).await
    }

    /// Decides again what was taken back, if it would still mean the same.
    pub async fn redo(&self, decision: &Decision) -> Recorded {
        let rewrite = self.store.rewrite(decision.rewrite).await?;
        let (id, seen) = (rewrite.head.id, rewrite.head.revision);
        let same = match &decision.action {
            Action::Approve { text } => {
                return if self.text(rewrite.clone()).await? == *text {
                    self.approve_as_read(rewrite).await
                } else {
                    Err(StoreError::Stale { revision: seen }.into())
                };
            }
            Action::Choose { changes } => {
                changes.iter().all(|(id, from, _)| rewrite.choices.get(id).copied() == *from)
            }
            Action::Edit { from, to } => {
                return if rewrite.after.as_ref() == Some(from) {
                    self.edit(id, Some(seen), to.clone()).await
                } else {
                    Err(StoreError::Stale { revision: seen }.into())
                };
            }
            Action::Reject { .. } | Action::Skip | Action::Note { .. } | Action::Dismiss { .. } => true,
            Action::Open
            | Action::TakeOver { .. }
            | Action::Undo { .. }
            | Action::Write
            | Action::Conflict
            | Action::Merge { .. }
            | Action::Revert => {
                return Err(Refusal::NotUndoable.into());
            }
        };
        if !same {
            return Err(StoreError::Stale { revision: seen }.into());
        }
        self.record(id, Some(seen), &decision.action).await
    }

    /// The rewrite, if it is still what the reviewer saw.
    async fn seen(&self, id: RewriteId, revision: Option<u64>) -> Result<Rewrite, DecideError> {
        let rewrite = self.store.rewrite(id).await?;
        let now = rewrite.head.revision;
        if revision.is_some_and(|seen| seen != now) {
            return Err(StoreError::Stale { revision: now }.into());
        }
        Ok(rewrite)
    }

    async fn text(&self, rewrite: Rewrite) -> Result<Document, DecideError> {
        let open = self.open;
        if rewrite.choices.is_empty() {
            return Ok(final_text(&rewrite, open)?);
        }
        Ok(blocked_on(move || final_text(&rewrite, open)).await??)
    }

    pub(super) async fn record(&self, id: RewriteId, revision: Option<u64>, action: &Action) -> Recorded {
        Ok(self.store.decide(id, revision, &self.by, action).await?)
    }

    /// Stores what follows from a new after text. Findings stay until somebody looks for them anew: an edit alone
    /// clears none.
    pub(super) async fn assess(&self, id: RewriteId) -> Result<RewriteHead, DecideError> {
        let rewrite = self.store.rewrite(id).await?;
        let (before, after) = (rewrite.before, rewrite.after.unwrap_or_default());
        let percent =
            blocked_on(move || diff::compare(&before, &after, &|| false).stats().changed_percent).await?;
        self.store.assess(id, percent, &rewrite.findings).await?;
        Ok(self.store.rewrite(id).await?.head)
    }
}

/// Runs what keeps a processor busy for milliseconds where no other task waits for it.
pub(super) async fn blocked_on<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, DecideError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| DecideError::BrokenOff)
}
