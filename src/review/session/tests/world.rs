//! A store and a diff as small as they can be, around the real rules of what a decision does.

use std::collections::VecDeque;

use jiff::Timestamp;
use uuid::Uuid;

use super::super::*;
use crate::{
    domain::{
        BatchId, CandidateId, ChangeId, Choice, Decision, DecisionId, Document, Format, Money, RewriteState,
        Section, SectionId,
    },
    review::{Refusal, apply, redoable},
};

pub const ME: &str = "anna";

pub fn id(number: u128) -> RewriteId {
    RewriteId::new(Uuid::from_u128(number))
}

pub fn section() -> SectionId {
    SectionId("summary".to_owned())
}

pub fn document(text: &str) -> Document {
    Document {
        sections: vec![Section {
            id: section(),
            format: Format::Text,
            text: Some(text.to_owned()),
            ..Section::default()
        }],
    }
}

/// The changes of every rewrite here: three, the second with a finding.
pub fn changes() -> Vec<ChangeRow> {
    let finding = |number| if number == 2 { Finds::Something } else { Finds::Nothing };
    let row = |number| ChangeRow { id: ChangeId(number), section: section(), finding: finding(number) };
    (1..=3).map(row).collect()
}

pub fn rewrite(number: u128) -> Rewrite {
    let head = RewriteHead {
        id: id(number),
        batch: BatchId::new(Uuid::from_u128(1)),
        batch_number: 1,
        candidate: CandidateId(number.to_string()),
        name: format!("Person {number}"),
        posting: None,
        state: RewriteState::Ready,
        revision: 1,
        changed_percent: Some(10),
        findings: 1,
        blocked: false,
        edited: false,
        opened_at: None,
        decided_by: None,
        look: None,
        assigned: None,
        words: None,
        cost: Money::ZERO,
        attempts: 1,
        failure: None,
        updated_at: Timestamp::UNIX_EPOCH,
    };
    Rewrite {
        head,
        before: document("before"),
        after: Some(document("after")),
        choices: std::collections::BTreeMap::default(),
        approved: None,
        found: None,
        findings: Vec::new(),
        raw_reply: None,
    }
}

/// What a rewrite is, without what only counts or tells the past.
pub type Matter = (RewriteState, Option<Document>, Vec<(ChangeId, Choice)>);

/// The store, with all that was decided.
#[derive(Debug, Clone)]
pub struct World {
    pub rewrites: Vec<Rewrite>,
    pub decisions: Vec<Decision>,
    /// What others have open.
    pub held: std::collections::BTreeMap<RewriteId, String>,
}

impl World {
    pub fn new(rewrites: u128) -> Self {
        Self {
            rewrites: (1..=rewrites).map(rewrite).collect(),
            decisions: Vec::new(),
            held: std::collections::BTreeMap::new(),
        }
    }

    pub fn rewrite(&mut self, id: RewriteId) -> &mut Rewrite {
        self.rewrites.iter_mut().find(|rewrite| rewrite.head.id == id).unwrap()
    }

    /// What every rewrite is.
    pub fn matter(&self) -> Vec<Matter> {
        let matter = |rewrite: &Rewrite| {
            let choices = rewrite.choices.iter().map(|(id, choice)| (*id, *choice)).collect();
            (rewrite.head.state, rewrite.after.clone(), choices)
        };
        self.rewrites.iter().map(matter).collect()
    }

    pub fn list(&self, question: &ListQuestion) -> Listing {
        let ready = |rewrite: &&Rewrite| rewrite.head.state == RewriteState::Ready;
        let rows: Vec<RewriteHead> =
            self.rewrites.iter().filter(ready).map(|rewrite| rewrite.head.clone()).collect();
        let also = self.rewrites.iter().find(|rewrite| Some(rewrite.head.id) == question.also);
        Listing {
            total: rows.len() as u64,
            matching: (question.matching == Matching::All).then(|| rows.iter().map(|row| row.id).collect()),
            rows: rows.into_iter().take(question.want as usize).collect(),
            also: also.map(|rewrite| rewrite.head.clone()),
            held: self.held.iter().map(|(id, who)| (*id, who.clone())).collect(),
        }
    }

    fn decide(
        &mut self,
        id: RewriteId,
        revision: Option<u64>,
        by: &str,
        action: Action,
    ) -> Result<Decision, Trouble> {
        let undone = match &action {
            Action::Undo { decision } => self.decisions.iter().find(|known| known.id == *decision).cloned(),
            _ => None,
        };
        let number = self.decisions.len() as u128 + 1;
        let rewrite = self.rewrite(id);
        if revision.is_some_and(|seen| seen != rewrite.head.revision) {
            return Err(Trouble::Stale);
        }
        let from = rewrite.head.state;
        apply(rewrite, &action, undone.as_ref())
            .map_err(|refusal: Refusal| Trouble::Refused(refusal.to_string()))?;
        if !matches!(action, Action::Open | Action::Skip) {
            rewrite.head.revision += 1;
            rewrite.head.decided_by = Some(by.to_owned());
        }
        let decision = Decision {
            id: DecisionId::new(Uuid::from_u128(number)),
            rewrite: id,
            by: Reviewer(by.to_owned()),
            at: Timestamp::UNIX_EPOCH,
            from,
            to: rewrite.head.state,
            made: crate::domain::Made::default(),
            action,
        };
        self.decisions.push(decision.clone());
        Ok(decision)
    }

    /// Somebody else approves it.
    pub fn other_approves(&mut self, id: RewriteId) -> bool {
        self.decide(id, None, "ben", Action::Approve { text: document("after") }).is_ok()
    }

    fn undo(&mut self, decision: DecisionId) -> Result<Outcome, Trouble> {
        let undone = self.decisions.iter().find(|known| known.id == decision).cloned();
        let undone = undone.ok_or(Trouble::NothingToUndo)?;
        self.decide(undone.rewrite, None, ME, Action::Undo { decision })?;
        let head = Box::new(self.rewrite(undone.rewrite).head.clone());
        Ok(Outcome::Undone { undone: Box::new(undone), head })
    }

    fn last_of_mine(&self) -> Option<DecisionId> {
        let taken = |id| self.decisions.iter().any(|known| known.action == Action::Undo { decision: id });
        let mine = self.decisions.iter().rev().filter(|known| known.by.0 == ME);
        mine.filter(|known| !matches!(known.action, Action::Open | Action::Undo { .. }))
            .find(|known| !taken(known.id))
            .map(|known| known.id)
    }

    fn redo_last(&mut self) -> Result<Outcome, Trouble> {
        let mine: Vec<Decision> = self.decisions.iter().filter(|known| known.by.0 == ME).cloned().collect();
        let last = redoable(&mine).pop().cloned().ok_or(Trouble::NothingToRedo)?;
        let decision = self.decide(last.rewrite, None, ME, last.action)?;
        let head = self.rewrite(decision.rewrite).head.clone();
        Ok(Outcome::Done { decision: Box::new(decision), head: Box::new(head) })
    }

    pub fn carry(&mut self, order: &Order) -> Outcome {
        let outcome = match &order.task {
            Task::UndoLast => match self.last_of_mine() {
                Some(decision) => self.undo(decision),
                None => Err(Trouble::NothingToUndo),
            },
            Task::RedoLast => self.redo_last(),
            Task::UndoMany(many) => {
                let done = many.iter().filter(|(_, decision)| self.undo(*decision).is_ok()).copied();
                Ok(Outcome::Many(Bulk { done: done.collect(), ..Bulk::default() }))
            }
            Task::One { verb: Verb::Undo(decision), .. } => self.undo(*decision),
            Task::One { rewrite, revision, verb } => {
                let action = self.action(*rewrite, verb);
                self.decide(*rewrite, *revision, ME, action).map(|decision| Outcome::Done {
                    decision: Box::new(decision),
                    head: Box::new(self.rewrite(*rewrite).head.clone()),
                })
            }
        };
        outcome.unwrap_or_else(Outcome::Not)
    }

    fn action(&mut self, id: RewriteId, verb: &Verb) -> Action {
        let rewrite = self.rewrite(id);
        match verb {
            Verb::Open => Action::Open,
            Verb::Approve => Action::Approve { text: rewrite.after.clone().unwrap() },
            Verb::Reject { reason } => Action::Reject { reason: reason.clone() },
            Verb::Skip => Action::Skip,
            Verb::Choose(wanted) => {
                let changes = wanted.iter().map(|(id, to)| (*id, rewrite.choices.get(id).copied(), *to));
                Action::Choose { changes: changes.collect() }
            }
            Verb::Edit(to) => Action::Edit { from: rewrite.after.clone().unwrap(), to: to.clone() },
            Verb::Note { change, text } => Action::Note { change: *change, text: text.clone() },
            Verb::Dismiss { kind, span, reason } => {
                Action::Dismiss { kind: *kind, span: span.clone(), reason: reason.clone() }
            }
            Verb::Look { agrees, reason } => Action::Look {
                kind: rewrite.head.wanted().unwrap(),
                agrees: *agrees,
                text: rewrite.approved.clone().unwrap(),
                reason: reason.clone(),
            },
            Verb::Redo(decision) => decision.action.clone(),
            Verb::Undo(decision) => Action::Undo { decision: *decision },
        }
    }
}

/// A session with its world; effects wait until they are delivered.
pub struct Desk {
    pub session: Session,
    pub world: World,
    pub now: Duration,
    pub waiting: VecDeque<Effect>,
    pub told: Vec<Notice>,
    pub carried: Vec<(Order, Outcome)>,
}

impl Desk {
    /// A desk whose queue was read and whose first rewrite is shown.
    pub fn new(rewrites: u128) -> Self {
        let filter = Filter::states(&[RewriteState::Ready]);
        let mut desk = Self {
            session: Session::new(Reviewer(ME.to_owned()), filter),
            world: World::new(rewrites),
            now: Duration::from_secs(1),
            waiting: VecDeque::new(),
            told: Vec::new(),
            carried: Vec::new(),
        };
        desk.send(Event::StoreChanged);
        desk.drain();
        desk
    }

    pub fn send(&mut self, event: Event) {
        for effect in self.session.handle(event, self.now) {
            match effect {
                Effect::Tell(notice) => self.told.push(notice),
                other => self.waiting.push_back(other),
            }
        }
    }

    /// Answers the effect at this place of those that wait.
    pub fn deliver(&mut self, at: usize) {
        let Some(effect) = self.waiting.remove(at) else { return };
        match effect {
            Effect::List(question) => {
                let listing = self.world.list(&question);
                self.send(Event::Listed(question, Box::new(listing)));
            }
            Effect::Load(id) => {
                let rewrite = self.world.rewrite(id).clone();
                self.send(Event::Loaded(Box::new(rewrite), changes()));
            }
            Effect::Carry(order) => {
                let outcome = self.world.carry(&order);
                self.carried.push((order.clone(), outcome.clone()));
                self.send(Event::Carried(order.number, outcome));
            }
            Effect::Hold(id, hold) => {
                let by = match hold {
                    Hold::IfFree => self.world.held.get(&id).cloned(),
                    Hold::TakeOver => {
                        self.world.held.remove(&id);
                        None
                    }
                };
                self.send(Event::Held(id, by));
            }
            Effect::AskAboutMarks => self.send(Event::Marks(MarksAfter::Keep)),
            Effect::Release | Effect::Tell(_) => {}
        }
    }

    /// Answers all that waits, and lets the dead time pass.
    pub fn drain(&mut self) {
        while !self.waiting.is_empty() {
            self.deliver(0);
        }
        self.now += Duration::from_secs(1);
    }

    /// Sends an event and answers all that follows.
    pub fn does(&mut self, event: Event) -> &mut Self {
        self.send(event);
        self.drain();
        self
    }

    pub fn current(&self) -> RewriteId {
        self.session.queue().current().unwrap().id
    }

    pub fn state(&mut self, number: u128) -> RewriteState {
        self.world.rewrite(id(number)).head.state
    }
}
