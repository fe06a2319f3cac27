//! The session of one reviewer as a machine: events in, effects out, no clock and no waiting.
//!
//! A decision becomes an [`Order`]; orders are carried out one at a time and in order, so that each of them names what
//! the reviewer saw. Not its job: dialogs, what is drawn, how a list is sorted, and the store.

mod deciding;
mod document;
mod event;
mod holding;
mod marks;
mod outbox;
mod queue;
mod watch;

use std::time::Duration;

pub use document::Shown;
pub use event::{
    ChangeRow, ChangeStep, Effect, Event, Finds, Hold, ListQuestion, Listing, MarksAfter, Matching, Notice,
    Step,
};
pub use marks::{MarkCounts, Marks};
pub use queue::Queue;

use outbox::{Next, Outbox};

use super::{
    Bulk,
    filter::Filter,
    order::{Order, Outcome, Task, Trouble, Verb},
};
use crate::domain::{Action, LookKind, Reviewer, Rewrite, RewriteHead, RewriteId};

/// Decision keys are dead for so long after the rewrite under the cursor changed by itself.
const DEAD: Duration = Duration::from_millis(150);

/// What one reviewer sees and does.
#[derive(Debug, Clone)]
pub struct Session {
    me: Reviewer,
    filter: Filter,
    queue: Queue,
    shown: Option<Shown>,
    marks: Marks,
    outbox: Outbox,
    asked: u64,
    listed: u64,
    /// The rewrite to go to when it is in the list again.
    target: Option<RewriteId>,
    dead_until: Duration,
    holding: holding::Holding,
    watch: watch::Watch,
    /// Whether what the cursor is on is to be seen.
    open: bool,
}

impl Session {
    /// A session of `me` that shows what `filter` matches. Begin with [`Event::StoreChanged`].
    pub fn new(me: Reviewer, filter: Filter) -> Self {
        Self {
            me,
            filter,
            queue: Queue::default(),
            shown: None,
            marks: Marks::default(),
            outbox: Outbox::default(),
            asked: 0,
            listed: 0,
            target: None,
            dead_until: Duration::ZERO,
            holding: holding::Holding::default(),
            watch: watch::Watch::default(),
            open: false,
        }
    }

    /// What is shown.
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The rows and the cursor.
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The rewrite under the cursor with its texts; `None` until it was read.
    pub fn shown(&self) -> Option<&Shown> {
        let current = self.queue.current()?.id;
        self.shown.as_ref().filter(|shown| shown.rewrite().head.id == current)
    }

    /// The marks.
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// How many decisions are not recorded yet: do not quit before there are none.
    pub fn unrecorded(&self) -> usize {
        self.outbox.len()
    }

    /// Whether a decision about this rewrite is on its way.
    pub fn is_deciding(&self, id: RewriteId) -> bool {
        self.outbox.about(id).any(|verb| *verb != Verb::Open)
    }

    /// From now on events come from these keys; `None`: from no key.
    pub fn pressed(&mut self, key: Option<String>) {
        self.outbox.pressed(key);
    }

    /// Takes an event at `now`, the time since some fixed moment, and returns what is to be done.
    pub fn handle(&mut self, event: Event, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        let before = self.current_id();
        match event {
            Event::Filter(filter) => self.set_filter(filter, &mut effects),
            Event::Marks(after) => self.marks.settle(after),
            Event::Move(step) => self.queue.step(step),
            Event::Reach(id, row) => self.reach(id, row, &mut effects),
            Event::Open => {
                self.open = true;
                self.open(now);
                self.hold(&mut effects);
            }
            Event::Close => self.close(&mut effects),
            Event::TakeOver => self.take_over(&mut effects),
            Event::Held(id, by) => self.held(id, by, now, &mut effects),
            Event::Change(step) => self.shown_mut(|shown| shown.step(step)),
            Event::Cycle => self.choose(Shown::cycled, now, &mut effects),
            Event::Choose(ids, to) => {
                self.choose(|_| ids.into_iter().map(|id| (id, to)).collect(), now, &mut effects);
            }
            Event::AcceptSection(section) => {
                self.choose(|shown| shown.clean_accepted(&section), now, &mut effects);
            }
            Event::RejectSection(section) => {
                self.choose(|shown| shown.all_rejected(&section), now, &mut effects);
            }
            Event::Edit(document) => self.edit(document, now, &mut effects),
            Event::Note(change, text) => self.note(change, text, now),
            Event::Dismiss(kind, span, reason) => {
                self.dismiss(Verb::Dismiss { kind, span, reason }, now, &mut effects);
            }
            Event::Approve => self.decide(Verb::Approve, now, &mut effects),
            Event::Reject(reason) => self.decide(Verb::Reject { reason }, now, &mut effects),
            Event::Skip => self.decide(Verb::Skip, now, &mut effects),
            Event::Undo => self.outbox.undo(),
            Event::Redo => self.outbox.redo(),
            Event::UndoThese(decisions) => self.outbox.undo_these(decisions),
            Event::Mark => self.mark(),
            Event::MarkRange => self.marks.range(self.queue.rows(), self.queue.cursor()),
            Event::MarkAll(ids) => self.marks.add(ids),
            Event::UnmarkAll => self.marks.clear(),
            Event::BulkEnded(verb, bulk) => self.bulk_ended(verb, bulk, &mut effects),
            Event::Recorded(done) => {
                self.outbox.note_many(done);
                effects.push(self.list());
            }
            Event::StoreChanged => effects.push(self.list()),
            Event::Listed(question, listing) => self.take_list(&question, *listing, now, &mut effects),
            Event::Loaded(rewrite, changes) => {
                self.open = true;
                self.take_rewrite(rewrite, changes, now);
            }
            Event::Carried(number, outcome) => self.carried(number, outcome, &mut effects),
        }
        self.settle(before, &mut effects);
        let seen = self.shown().filter(|_| self.open).map(|shown| shown.rewrite().head.id);
        self.watch.see(seen, now);
        effects
    }

    /// Reads what the cursor has come to, more rows if it is near the last one, and sends the next order.
    fn settle(&mut self, before: Option<RewriteId>, effects: &mut Vec<Effect>) {
        if let Some(id) = self.current_id().filter(|id| Some(*id) != before) {
            effects.push(Effect::Load(id));
        }
        if self.queue.wants_more() {
            effects.push(self.list());
        }
        while let Next::Order(order) = self.outbox.next() {
            effects.push(Effect::Carry(order));
        }
    }

    fn close(&mut self, effects: &mut Vec<Effect>) {
        self.open = false;
        self.let_go(effects);
    }

    fn current_id(&self) -> Option<RewriteId> {
        self.queue.current().map(|row| row.id)
    }

    fn shown_mut(&mut self, change: impl FnOnce(&mut Shown)) {
        if self.shown().is_some() {
            self.shown.as_mut().map(change);
        }
    }

    fn list(&mut self) -> Effect {
        self.asked += 1;
        Effect::List(ListQuestion {
            number: self.asked,
            filter: self.filter.clone(),
            want: self.queue.want(),
            matching: if self.marks.is_empty() { Matching::Rows } else { Matching::All },
            also: self.shown().map(|shown| shown.rewrite().head.id),
        })
    }

    fn set_filter(&mut self, filter: Filter, effects: &mut Vec<Effect>) {
        if filter == self.filter {
            return;
        }
        self.filter = filter;
        self.queue.clear();
        self.target = None;
        effects.push(self.list());
        if !self.marks.is_empty() {
            effects.push(Effect::AskAboutMarks);
        }
    }

    /// Goes to a rewrite, at once or when the rows up to there were read.
    fn reach(&mut self, id: RewriteId, row: usize, effects: &mut Vec<Effect>) {
        if self.queue.row(id).is_some() {
            self.queue.step(Step::To(id));
            return;
        }
        self.queue.want_up_to(row);
        self.target = Some(id);
        effects.push(self.list());
    }

    fn bulk_ended(&mut self, verb: Verb, bulk: Bulk, effects: &mut Vec<Effect>) {
        self.marks.remove(bulk.done.iter().map(|(id, _)| *id));
        self.outbox.note_many(bulk.done.clone());
        self.go_to_spot(&bulk);
        effects.push(Effect::Tell(Notice::Bulk(verb, bulk)));
        effects.push(self.list());
    }

    /// Goes to the first spot check of what was decided in bulk, if the cursor was on something that was decided with it.
    fn go_to_spot(&mut self, bulk: &Bulk) {
        let current = self.current_id();
        let spot = bulk.looks.iter().find(|(_, kind)| *kind == LookKind::Spot).map(|(id, _)| *id);
        if bulk.done.iter().any(|(id, _)| Some(*id) == current) {
            self.target = spot.or(self.target);
        }
    }

    fn mark(&mut self) {
        if let Some(id) = self.current_id() {
            self.marks.toggle(id);
            self.queue.step(Step::Down(1));
        }
    }

    /// Takes a list, if it answers a question about this filter that is newer than the last answer.
    fn take_list(
        &mut self,
        question: &ListQuestion,
        listing: Listing,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        if question.filter != self.filter || question.number <= self.listed {
            return;
        }
        self.listed = question.number;
        let before = self.current_id();
        self.see_holders(listing.held, now, effects);
        self.queue.take(listing.rows, listing.total);
        if let Some(matching) = listing.matching {
            self.marks.see(&matching);
        }
        if let Some(head) = listing.also {
            self.see_shown(&head, now, effects);
        }
        if before.is_some() && self.current_id() != before {
            self.dead_until = now + DEAD;
        }
        if let Some(target) = self.target.filter(|id| self.queue.row(*id).is_some()) {
            self.queue.step(Step::To(target));
            self.target = None;
        }
    }

    /// Learns how the rewrite that was shown when the list was asked for stands now.
    fn see_shown(&mut self, head: &RewriteHead, now: Duration, effects: &mut Vec<Effect>) {
        let Some(shown) = self.shown.as_mut().filter(|shown| shown.rewrite().head.id == head.id) else {
            return;
        };
        let known = &shown.rewrite().head;
        if head.revision <= known.revision || self.outbox.about(head.id).next().is_some() {
            return;
        }
        self.dead_until = now + DEAD;
        let other = head.decided_by.as_ref().filter(|who| **who != self.me.0 && known.state != head.state);
        if let Some(who) = other {
            effects.push(Effect::Tell(Notice::Other { who: who.clone(), head: Box::new(head.clone()) }));
        }
        if self.queue.current().is_some_and(|row| row.id == head.id) {
            effects.push(Effect::Load(head.id));
        }
    }

    /// Takes a rewrite, if it is still the one under the cursor, with what is on its way about it.
    fn take_rewrite(&mut self, rewrite: Box<Rewrite>, changes: Vec<ChangeRow>, now: Duration) {
        let id = rewrite.head.id;
        if self.current_id() != Some(id) {
            return;
        }
        let before = self.shown.take().filter(|shown| shown.rewrite().head.id == id);
        let quiet = self.outbox.about(id).next().is_none();
        if let Some(before) = &before {
            let (old, new) = (before.rewrite().head.revision, rewrite.head.revision);
            if new < old {
                self.shown = Some(before.clone());
                return;
            }
            if new > old && quiet {
                self.dead_until = now + DEAD;
            }
        }
        self.queue.update(&rewrite.head);
        let mut shown = Shown::new(rewrite, changes, before.as_ref());
        self.outbox.about(id).for_each(|verb| shown.expect(verb));
        self.shown = Some(shown);
    }
}

#[cfg(test)]
pub(super) mod tests;
