//! Where one reviewer decides.

use std::sync::Arc;

use super::{DecideError, Policy};
use crate::{
    diff,
    domain::{
        Action, ChangeId, Choice, Decision, DecisionId, Document, LookKind, OpenPolicy, OwnEdits, Reviewer,
        Rewrite, RewriteHead, RewriteId, Rights, Way,
    },
    review::{
        Bulk, Order, Outcome, Refusal, Task, Trouble, Verb, blocking,
        filter::{Filter, Term},
        final_text, redoable,
    },
    store::port::{Making, Store, StoreError},
};

/// So many of the last decisions, of all reviewers, are looked at for something to decide again.
const RECENT: u32 = 500;

pub(super) type Recorded = Result<(Decision, RewriteHead), DecideError>;

/// What was taken back.
#[derive(Debug)]
pub enum Back {
    /// One decision; with the rewrite now.
    One(Box<(Decision, RewriteHead)>),
    /// Decisions about many.
    Many(Bulk),
}

/// The decisions of one reviewer, under some rules.
#[derive(Clone)]
pub struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) by: Reviewer,
    pub(super) policy: Policy,
    pub(super) way: Way,
    /// The keys of the order that is carried out.
    key: Option<String>,
}

impl Desk {
    /// A desk for `by` under these rules. Decisions are made by keys.
    pub fn new(store: Arc<dyn Store>, by: Reviewer, policy: impl Into<Policy>) -> Self {
        Self { store, by, policy: policy.into(), way: Way::Single, key: None }
    }

    /// The same desk with another answer to what becomes of changes that nobody decided.
    #[must_use]
    pub fn with_open(mut self, open: Option<OpenPolicy>) -> Self {
        self.policy.open = open.unwrap_or(self.policy.open);
        self
    }

    /// The same desk, where decisions are made by commands.
    #[must_use]
    pub fn by_command(self) -> Self {
        Self { way: Way::Command, ..self }
    }

    /// How a decision about one rewrite is made here.
    pub(super) fn making(&self, seconds: Option<u32>) -> Making {
        Making { way: Some(self.way), seconds, key: self.key.clone(), ..Making::default() }
    }

    /// Who decides here.
    pub const fn by(&self) -> &Reviewer {
        &self.by
    }

    /// Carries out what a session ordered.
    pub async fn carry(&self, order: &Order) -> Outcome {
        Self { key: order.key.clone(), ..self.clone() }.carry_out(order).await
    }

    async fn carry_out(&self, order: &Order) -> Outcome {
        let undone = |(undone, head): (Decision, RewriteHead)| Outcome::Undone {
            undone: Box::new(undone),
            head: Box::new(head),
        };
        let done = |(decision, head): (Decision, RewriteHead)| Outcome::Done {
            decision: Box::new(decision),
            head: Box::new(head),
        };
        let outcome = match &order.task {
            Task::UndoLast => self.undo_step().await.map(|back| match back {
                Back::One(undone_one) => undone(*undone_one),
                Back::Many(bulk) => Outcome::Many(bulk),
            }),
            Task::RedoLast => self.redo_last().await.map(done),
            Task::UndoMany(done) => Ok(Outcome::Many(self.undo_many(done).await)),
            Task::One { rewrite, verb: Verb::Undo(decision), .. } => {
                self.undo(*rewrite, *decision).await.map(undone)
            }
            Task::One { rewrite, revision, verb } => {
                let making = self.making(order.seconds);
                self.one((*rewrite, *revision), verb, &making).await.map(done)
            }
        };
        outcome.unwrap_or_else(|error| Outcome::Not(Trouble::from(error)))
    }

    async fn one(&self, seen: (RewriteId, Option<u64>), verb: &Verb, making: &Making) -> Recorded {
        let (id, revision) = seen;
        match verb {
            Verb::Open => self.record((id, None), &Action::Open, making).await,
            Verb::Approve => self.approve_as_read(self.seen(id, revision).await?, making).await,
            Verb::Reject { reason } => {
                self.record(seen, &Action::Reject { reason: reason.clone() }, making).await
            }
            Verb::Skip => self.record((id, None), &Action::Skip, making).await,
            Verb::Choose(changes) => self.choose_so(seen, changes, making).await,
            Verb::Edit(to) => self.edit_so(seen, to.clone(), making).await,
            Verb::Note { change, text } => {
                let action = Action::Note { change: *change, text: text.clone() };
                self.record((id, None), &action, making).await
            }
            Verb::Dismiss { kind, span, reason } => {
                let action = Action::Dismiss { kind: *kind, span: span.clone(), reason: reason.clone() };
                self.record(seen, &action, making).await
            }
            Verb::Look { agrees, reason } => self.look_so(seen, (*agrees, reason.clone()), making).await,
            Verb::Redo(decision) => self.redo(decision).await,
            Verb::Undo(decision) => self.undo(id, *decision).await,
        }
    }

    /// Approves the text that the choices of the rewrite make; `revision` is what the reviewer saw.
    pub async fn approve(&self, id: RewriteId, revision: Option<u64>) -> Recorded {
        let rewrite = self.seen(id, revision).await?;
        self.approve_as_read(rewrite, &self.making(None)).await
    }

    /// Approves a rewrite as it was just read.
    pub(super) async fn approve_as_read(&self, rewrite: Rewrite, making: &Making) -> Recorded {
        let (id, seen) = (rewrite.head.id, rewrite.head.revision);
        let making = self.approval(&rewrite, self.policy.open, making).await?;
        let text = self.text(rewrite).await?;
        self.record((id, Some(seen)), &Action::Approve { text }, &making).await
    }

    /// Whether an approval that takes in open changes as `open` says is allowed, and how it is made.
    pub(super) async fn approval(
        &self,
        rewrite: &Rewrite,
        open: OpenPolicy,
        making: &Making,
    ) -> Result<Making, DecideError> {
        let id = rewrite.head.id;
        if let Some(finding) = blocking(rewrite, open).first() {
            return Err(DecideError::Blocked(finding.message.clone()));
        }
        if self.policy.own_edits == OwnEdits::Refuse && rewrite.head.edited && self.edited(id).await? {
            return Err(Refusal::OwnEdit.into());
        }
        let ask = if self.needs_second(id).await? { Some(LookKind::Second) } else { making.ask };
        Ok(Making { ask, ..making.clone() })
    }

    /// Whether whoever decides here has edited the text that stands there.
    async fn edited(&self, id: RewriteId) -> Result<bool, DecideError> {
        let history = self.store.history(id).await?;
        let undone = |id: DecisionId| {
            history.iter().any(|one| matches!(&one.action, Action::Undo { decision } if *decision == id))
        };
        let own = |one: &&Decision| one.by == self.by && matches!(one.action, Action::Edit { .. });
        Ok(history.iter().filter(own).any(|one| !undone(one.id)))
    }

    /// Whether somebody else has to agree.
    async fn needs_second(&self, id: RewriteId) -> Result<bool, DecideError> {
        let Some(filter) = &self.policy.second else { return Ok(false) };
        let this = filter.clone().and(Filter::Term(Term::Id(vec![id])));
        Ok(self.store.counts(&this).await?.total() > 0)
    }

    /// Asks for a second opinion on what was approved.
    pub async fn ask_second(&self, id: RewriteId) -> Recorded {
        let action = Action::Ask { kind: LookKind::Second };
        self.record((id, None), &action, &self.making(None)).await
    }

    /// Makes it the work of somebody, or of nobody.
    pub async fn assign(&self, id: RewriteId, to: Option<Reviewer>) -> Recorded {
        let from = self.store.rewrite(id).await?.head.assigned;
        self.record((id, None), &Action::Assign { from, to }, &self.making(None)).await
    }

    /// Says whether what was approved holds at the further look that is wanted; if not, it is ready again.
    pub async fn look(&self, id: RewriteId, agrees: bool, reason: Option<String>) -> Recorded {
        self.look_so((id, None), (agrees, reason), &self.making(None)).await
    }

    async fn look_so(
        &self,
        (id, revision): (RewriteId, Option<u64>),
        (agrees, reason): (bool, Option<String>),
        making: &Making,
    ) -> Recorded {
        let rewrite = self.seen(id, revision).await?;
        let state = rewrite.head.state;
        let no_look = Refusal::State { state, action: "look" };
        let (Some(kind), Some(text)) = (rewrite.head.wanted(), rewrite.approved) else {
            return Err(no_look.into());
        };
        let action = Action::Look { kind, agrees, text, reason };
        self.record((id, Some(rewrite.head.revision)), &action, making).await
    }

    /// Decides against a rewrite.
    pub async fn reject(&self, id: RewriteId, revision: Option<u64>, reason: Option<String>) -> Recorded {
        self.record((id, revision), &Action::Reject { reason }, &self.making(None)).await
    }

    /// Accepts, rejects or reopens (`None`) single changes.
    pub async fn choose(
        &self,
        id: RewriteId,
        revision: Option<u64>,
        changes: &[(ChangeId, Option<Choice>)],
    ) -> Recorded {
        self.choose_so((id, revision), changes, &self.making(None)).await
    }

    async fn choose_so(
        &self,
        (id, revision): (RewriteId, Option<u64>),
        changes: &[(ChangeId, Option<Choice>)],
        making: &Making,
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
        self.record((id, Some(seen)), &Action::Choose { changes: before }, making).await
    }

    /// Puts another after text in the place of the one there is.
    pub async fn edit(&self, id: RewriteId, revision: Option<u64>, to: Document) -> Recorded {
        self.edit_so((id, revision), to, &self.making(None)).await
    }

    async fn edit_so(
        &self,
        (id, revision): (RewriteId, Option<u64>),
        to: Document,
        making: &Making,
    ) -> Recorded {
        let rewrite = self.seen(id, revision).await?;
        let from = rewrite.after.clone().ok_or(Refusal::NoText)?;
        let (decision, _) =
            self.record((id, Some(rewrite.head.revision)), &Action::Edit { from, to }, making).await?;
        Ok((decision, self.assess(id).await?))
    }

    /// Takes back the reviewer's last decision, about the rewrite `on` if there is one; returns that decision.
    pub async fn undo_last(&self, on: Option<RewriteId>) -> Recorded {
        let undone = self.store.undoable(&self.by, on).await?.ok_or(DecideError::NothingToUndo)?;
        self.take_back(undone).await
    }

    /// Takes back the reviewer's last step: one decision, or all of those about many.
    pub async fn undo_step(&self) -> Result<Back, DecideError> {
        let last = self.store.undoable(&self.by, None).await?.ok_or(DecideError::NothingToUndo)?;
        match last.made.step {
            None => Ok(Back::One(Box::new(self.take_back(last).await?))),
            Some(first) => Ok(Back::Many(self.undo_many(&self.store.step(first).await?).await)),
        }
    }

    /// Takes back one decision; returns it.
    pub async fn undo(&self, id: RewriteId, decision: DecisionId) -> Recorded {
        let history = self.store.history(id).await?;
        let undone = history.into_iter().find(|known| known.id == decision);
        self.take_back(undone.ok_or(DecideError::NothingToUndo)?).await
    }

    async fn take_back(&self, undone: Decision) -> Recorded {
        if self.policy.rights != Rights::Decide && undone.by != self.by {
            return Err(Refusal::OnlySuggests.into());
        }
        let action = Action::Undo { decision: undone.id };
        let way = if self.way == Way::Command { Way::Command } else { Way::Undo };
        let making = Making { way: Some(way), key: self.key.clone(), ..Making::default() };
        let (_, mut head) = self.record((undone.rewrite, None), &action, &making).await?;
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
                    self.approve_as_read(rewrite, &self.making(None)).await
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
            Action::Reject { .. }
            | Action::Skip
            | Action::Note { .. }
            | Action::Look { .. }
            | Action::Dismiss { .. } => true,
            Action::Open
            | Action::TakeOver { .. }
            | Action::Ask { .. }
            | Action::Assign { .. }
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
        self.record((id, Some(seen)), &decision.action, &self.making(None)).await
    }

    /// The rewrite, if it is still what the reviewer saw.
    pub(super) async fn seen(&self, id: RewriteId, revision: Option<u64>) -> Result<Rewrite, DecideError> {
        let rewrite = self.store.rewrite(id).await?;
        let now = rewrite.head.revision;
        if revision.is_some_and(|seen| seen != now) {
            return Err(StoreError::Stale { revision: now }.into());
        }
        Ok(rewrite)
    }

    async fn text(&self, rewrite: Rewrite) -> Result<Document, DecideError> {
        let open = self.policy.open;
        if rewrite.choices.is_empty() && open != OpenPolicy::Ask {
            return Ok(final_text(&rewrite, open)?);
        }
        Ok(blocked_on(move || final_text(&rewrite, open)).await??)
    }

    pub(super) async fn record(
        &self,
        seen: (RewriteId, Option<u64>),
        action: &Action,
        making: &Making,
    ) -> Recorded {
        self.policy.allows(action)?;
        Ok(self.store.decide_so(seen, &self.by, action, making).await?)
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
