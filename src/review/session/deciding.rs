//! What a session does with decisions: orders out, outcomes in.

use super::{
    Action, Duration, Effect, Notice, Order, Outcome, RewriteHead, RewriteId, Session, Shown, Step, Task,
    Trouble, Verb,
};
use crate::domain::{ChangeId, Choice, Document, LookKind, RewriteState};

impl Session {
    /// Whether a decision key is to be ignored, since the reviewer cannot have seen what it would decide.
    fn too_soon(&self, now: Duration, effects: &mut Vec<Effect>) -> bool {
        let dead = now < self.dead_until;
        if dead {
            effects.push(Effect::Tell(Notice::TooSoon));
        }
        dead
    }

    /// Records that the rewrite under the cursor was opened, the first time.
    pub(super) fn open(&mut self, now: Duration) {
        let Some(row) = self.queue.current() else { return };
        let (id, unopened) = (row.id, row.opened_at.is_none());
        if unopened && !self.outbox.about(id).any(|verb| *verb == Verb::Open) {
            self.outbox.push(id, (None, self.watch.seconds(id, now)), Verb::Open);
        }
    }

    /// Decides about the rewrite under the cursor and goes to the next.
    pub(super) fn decide(&mut self, verb: Verb, now: Duration, effects: &mut Vec<Effect>) {
        let Some(row) = self.queue.current().cloned() else {
            effects.push(Effect::Tell(Notice::QueueDone));
            return;
        };
        if self.too_soon(now, effects) {
            return;
        }
        let mut busy = self.outbox.deciding();
        if busy.contains(&row.id) {
            return;
        }
        let read = row.opened_at.is_some() || self.shown().is_some();
        let verb = match looked(&row, read, verb) {
            Ok(verb) => verb,
            Err(kind) => return effects.push(Effect::Tell(Notice::Unread(kind))),
        };
        if row.state != RewriteState::Ready && !matches!(verb, Verb::Look { .. }) {
            effects.push(Effect::Tell(Notice::NotReady(Box::new(row))));
            return;
        }
        if self.is_held(row.id, effects) {
            return;
        }
        let revision = self.shown().map_or(row.revision, |shown| shown.rewrite().head.revision);
        if self.shown().is_some() {
            self.open(now);
        }
        let skips = verb == Verb::Skip;
        let seconds = self.watch.seconds(row.id, now);
        self.outbox.push(row.id, (Some(revision), seconds), verb);
        busy.insert(row.id);
        self.go_on(busy, effects);
        if skips {
            self.queue.skip(row.id);
        }
    }

    /// Accepts, rejects or reopens the changes that `pick` names, of the rewrite that is shown.
    pub(super) fn choose(
        &mut self,
        pick: impl FnOnce(&Shown) -> Vec<(ChangeId, Option<Choice>)>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        let Some(shown) = self.shown() else { return };
        let wanted = pick(shown);
        let known = |id: ChangeId| shown.changes().iter().any(|row| row.id == id);
        let news: Vec<_> =
            wanted.into_iter().filter(|(id, to)| known(*id) && shown.choice(*id) != *to).collect();
        let head = shown.rewrite().head.clone();
        if news.is_empty() || self.too_soon(now, effects) {
            return;
        }
        if !self.is_decidable(&head, effects) {
            return;
        }
        let verb = Verb::Choose(news);
        self.shown_mut(|shown| shown.expect(&verb));
        self.push(&head, verb, now);
    }

    /// Puts another after text in the place of the one that is shown.
    pub(super) fn edit(&mut self, document: Document, now: Duration, effects: &mut Vec<Effect>) {
        let Some(shown) = self.shown() else { return };
        let head = shown.rewrite().head.clone();
        if shown.rewrite().after.as_ref() == Some(&document) || !self.is_decidable(&head, effects) {
            return;
        }
        self.push(&head, Verb::Edit(document), now);
    }

    /// Writes a note about the rewrite under the cursor.
    pub(super) fn note(&mut self, change: Option<ChangeId>, text: String, now: Duration) {
        if let Some(row) = self.queue.current() {
            let seconds = self.watch.seconds(row.id, now);
            self.outbox.push(row.id, (None, seconds), Verb::Note { change, text });
        }
    }

    /// Dismisses a finding of the rewrite that is shown.
    pub(super) fn dismiss(&mut self, verb: Verb, now: Duration, effects: &mut Vec<Effect>) {
        let Some(shown) = self.shown() else { return };
        let head = shown.rewrite().head.clone();
        if !self.too_soon(now, effects) && self.is_decidable(&head, effects) {
            self.push(&head, verb, now);
        }
    }

    fn push(&mut self, seen: &RewriteHead, verb: Verb, now: Duration) {
        let seconds = self.watch.seconds(seen.id, now);
        self.outbox.push(seen.id, (Some(seen.revision), seconds), verb);
    }

    fn is_decidable(&self, head: &RewriteHead, effects: &mut Vec<Effect>) -> bool {
        if self.is_held(head.id, effects) {
            return false;
        }
        let decidable = head.state == RewriteState::Ready && !self.outbox.deciding().contains(&head.id);
        if !decidable {
            effects.push(Effect::Tell(Notice::NotReady(Box::new(head.clone()))));
        }
        decidable
    }

    /// An order was carried out, or not.
    pub(super) fn carried(&mut self, number: u64, outcome: Outcome, effects: &mut Vec<Effect>) {
        let Some(order) = self.outbox.answered(number) else { return };
        match outcome {
            Outcome::Done { decision, head } => {
                self.outbox.recorded(&order, &decision, &head);
                self.done(&order, &head, effects);
            }
            Outcome::Undone { undone, head } => {
                self.undone(&undone.action, *head, effects);
                self.outbox.undone(*undone);
            }
            Outcome::Many(bulk) => {
                effects.push(Effect::Tell(Notice::UndoneMany(bulk)));
                effects.push(self.list());
            }
            Outcome::Not(trouble) => self.failed(&order, &trouble, effects),
        }
    }

    fn done(&mut self, order: &Order, head: &RewriteHead, effects: &mut Vec<Effect>) {
        let Task::One { revision, verb, .. } = &order.task else {
            // Decided again after a new start: the session did not know which it would be.
            self.queue.update(head);
            self.go_to(head.id, effects);
            self.reload(head.id, effects);
            return;
        };
        self.queue.update(head);
        // What changed more than the row is read again, and until then is not taken for what it has become.
        let seen =
            self.shown.as_mut().filter(|shown| shown.rewrite().head.id == head.id && leaves_texts(verb));
        if let Some(shown) = seen.filter(|shown| {
            let known = shown.rewrite().head.revision;
            revision.map_or(known + 1 >= head.revision, |revision| known == revision)
        }) {
            shown.rewrite_mut().head = head.clone();
        }
        let id = head.id;
        match verb {
            Verb::Open
            | Verb::Choose(_)
            | Verb::Approve
            | Verb::Reject { .. }
            | Verb::Look { .. }
            | Verb::Skip => {}
            Verb::Edit(_) | Verb::Note { .. } | Verb::Dismiss { .. } | Verb::Undo(_) => {
                self.reload(id, effects);
            }
            Verb::Redo(decision) => {
                if decision.action == Action::Skip {
                    self.queue.skip(id);
                }
                self.go_to(id, effects);
                self.reload(id, effects);
            }
        }
    }

    fn undone(&mut self, action: &Action, head: RewriteHead, effects: &mut Vec<Effect>) {
        let id = head.id;
        if *action == Action::Skip {
            self.queue.unskip(id);
        }
        self.queue.update(&head);
        effects.push(Effect::Tell(Notice::Undone { action: action.name(), head: Box::new(head) }));
        self.go_to(id, effects);
        self.reload(id, effects);
    }

    /// Goes to a rewrite that the reviewer has just asked for, now or when it is in the list again.
    fn go_to(&mut self, id: RewriteId, effects: &mut Vec<Effect>) {
        if self.queue.row(id).is_some() {
            self.queue.step(Step::To(id));
        } else {
            self.target = Some(id);
        }
        effects.push(self.list());
    }

    fn reload(&self, id: RewriteId, effects: &mut Vec<Effect>) {
        if self.queue.current().is_some_and(|row| row.id == id) {
            effects.push(Effect::Load(id));
        }
    }

    /// Tells what was not recorded, what was given up with it, and reads again what is shown.
    fn failed(&mut self, order: &Order, trouble: &Trouble, effects: &mut Vec<Effect>) {
        let (what, name) = match &order.task {
            Task::One { rewrite, verb, .. } => {
                (verb.done(), self.queue.row(*rewrite).map(|row| row.name.clone()))
            }
            Task::UndoLast | Task::UndoMany(_) => ("restored", None),
            Task::RedoLast => ("decided again", None),
        };
        let mut tell = |what: &'static str| {
            let why = trouble.sentence().to_owned();
            effects.push(Effect::Tell(Notice::Not { what, name: name.clone(), why }));
        };
        if *trouble == Trouble::NothingToRedo {
            self.outbox.failed(order);
            effects.push(Effect::Tell(Notice::NothingToRedo));
            return;
        }
        tell(what);
        self.outbox.failed(order).iter().for_each(|verb| tell(verb.done()));
        if let Task::One { rewrite, .. } = &order.task {
            if matches!(&order.task, Task::One { verb: Verb::Skip, .. }) {
                self.queue.unskip(*rewrite);
            }
            // What was chosen locally was not recorded: the store's version shows again.
            if self.shown.as_ref().is_some_and(|shown| shown.rewrite().head.id == *rewrite) {
                self.shown = None;
            }
            self.reload(*rewrite, effects);
        }
        effects.push(self.list());
    }
}

/// What a decision key means for what was approved and waits for a further look: it holds, or it does not.
fn looked(row: &RewriteHead, read: bool, verb: Verb) -> Result<Verb, LookKind> {
    let Some(kind) = row.wanted() else { return Ok(verb) };
    let agreed = match verb {
        Verb::Approve => Verb::Look { agrees: true, reason: None },
        Verb::Reject { reason } => Verb::Look { agrees: false, reason },
        other => return Ok(other),
    };
    if read { Ok(agreed) } else { Err(kind) }
}

/// Whether a rewrite has the same texts and findings once this was recorded.
const fn leaves_texts(verb: &Verb) -> bool {
    match verb {
        Verb::Open
        | Verb::Choose(_)
        | Verb::Approve
        | Verb::Reject { .. }
        | Verb::Skip
        | Verb::Look { .. }
        | Verb::Note { .. } => true,
        Verb::Edit(_) | Verb::Dismiss { .. } | Verb::Undo(_) | Verb::Redo(_) => false,
    }
}
