//! Orders on their way: one at a time, in order, so that each names the revision that the one before it made.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::order::{Order, Task, Verb};
use crate::domain::{Decision, DecisionId, RewriteHead, RewriteId};

/// Steps that can be taken back are remembered up to this number; the store knows the older ones.
const REMEMBERED: usize = 1_000;

/// Something that can be taken back in one step.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// What the order of this number will have recorded, or has.
    Order(u64),
    /// A decision about many.
    Many(Vec<(RewriteId, DecisionId)>),
}

/// What waits. What undo and redo mean is known only when what was asked before has been answered.
#[derive(Debug, Clone)]
enum Wanted {
    Task(Task),
    Undo(Step),
    UndoLast,
    Redo,
}

/// What waits, with the number of its order.
#[derive(Debug, Clone)]
struct Waiting {
    number: u64,
    seconds: Option<u32>,
    key: Option<String>,
    wanted: Wanted,
}

/// Orders that were not answered yet, and what can be taken back or decided again.
#[derive(Debug, Default, Clone)]
pub struct Outbox {
    sent: Option<Order>,
    waiting: VecDeque<Waiting>,
    number: u64,
    /// The keys that what is asked for now was asked for with.
    key: Option<String>,
    steps: Vec<Step>,
    recorded: BTreeMap<u64, (RewriteId, DecisionId)>,
    taken_back: Vec<Decision>,
}

/// What comes out when the next order is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This order.
    Order(Order),
    /// Nothing now.
    Idle,
}

impl Outbox {
    /// How many orders were not answered yet.
    pub fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.sent.is_some())
    }

    /// From now on these keys ask.
    pub(super) fn pressed(&mut self, key: Option<String>) {
        self.key = key;
    }

    /// Adds a decision about a rewrite that was on the screen for so many seconds.
    pub(super) fn push(
        &mut self,
        rewrite: RewriteId,
        (revision, seconds): (Option<u64>, Option<u32>),
        verb: Verb,
    ) {
        let counts = verb != Verb::Open;
        let number = self.add_after(Wanted::Task(Task::One { rewrite, revision, verb }), seconds);
        if counts {
            self.remember(Step::Order(number));
        }
    }

    /// A decision about many was recorded elsewhere.
    pub(super) fn note_many(&mut self, done: Vec<(RewriteId, DecisionId)>) {
        if !done.is_empty() {
            self.taken_back.clear();
            self.remember(Step::Many(done));
        }
    }

    /// Asks for the last step to be taken back.
    pub(super) fn undo(&mut self) {
        match self.steps.pop() {
            Some(step) => self.add(Wanted::Undo(step)),
            None => self.add(Wanted::UndoLast),
        };
    }

    /// Asks for these decisions to be taken back.
    pub(super) fn undo_these(&mut self, decisions: Vec<(RewriteId, DecisionId)>) {
        if !decisions.is_empty() {
            self.add(Wanted::Task(Task::UndoMany(decisions)));
        }
    }

    /// Asks for what was taken back last.
    pub(super) fn redo(&mut self) {
        let number = self.add(Wanted::Redo);
        self.remember(Step::Order(number));
    }

    fn add(&mut self, wanted: Wanted) -> u64 {
        self.add_after(wanted, None)
    }

    fn add_after(&mut self, wanted: Wanted, seconds: Option<u32>) -> u64 {
        self.number += 1;
        self.waiting.push_back(Waiting { number: self.number, seconds, key: self.key.clone(), wanted });
        self.number
    }

    fn remember(&mut self, step: Step) {
        if self.steps.len() == REMEMBERED
            && let Step::Order(oldest) = self.steps.remove(0)
        {
            self.recorded.remove(&oldest);
        }
        self.steps.push(step);
    }

    /// The order to be carried out next, if none is under way.
    pub(super) fn next(&mut self) -> Next {
        while self.sent.is_none() {
            let Some(Waiting { number, seconds, key, wanted }) = self.waiting.pop_front() else {
                return Next::Idle;
            };
            let task = match wanted {
                Wanted::Task(task) => task,
                Wanted::UndoLast => Task::UndoLast,
                Wanted::Undo(Step::Many(done)) => Task::UndoMany(done),
                Wanted::Undo(Step::Order(target)) => match self.recorded.remove(&target) {
                    Some((rewrite, decision)) => {
                        Task::One { rewrite, revision: None, verb: Verb::Undo(decision) }
                    }
                    None => continue,
                },
                Wanted::Redo => {
                    // What was taken back before this session began, the store knows.
                    self.taken_back.pop().map_or(Task::RedoLast, |decision| {
                        let (rewrite, verb) = (decision.rewrite, Verb::Redo(Box::new(decision)));
                        Task::One { rewrite, revision: None, verb }
                    })
                }
            };
            let order = Order { number, seconds, key, task };
            self.sent = Some(order.clone());
            return Next::Order(order);
        }
        Next::Idle
    }

    /// Takes the order that was answered; `None` if the number is not that of the order under way.
    pub(super) fn answered(&mut self, number: u64) -> Option<Order> {
        self.sent.take_if(|sent| sent.number == number)
    }

    /// The order was recorded; orders behind it that saw the same as it did see now what it made.
    pub(super) fn recorded(&mut self, order: &Order, decision: &Decision, head: &RewriteHead) {
        let Task::One { revision: seen, verb, .. } = &order.task else {
            self.recorded.insert(order.number, (head.id, decision.id));
            return;
        };
        match verb {
            Verb::Open => {}
            Verb::Redo(_) => drop(self.recorded.insert(order.number, (head.id, decision.id))),
            Verb::Approve
            | Verb::Reject { .. }
            | Verb::Skip
            | Verb::Choose(_)
            | Verb::Edit(_)
            | Verb::Note { .. }
            | Verb::Dismiss { .. }
            | Verb::Look { .. }
            | Verb::Undo(_) => {
                self.taken_back.clear();
                self.recorded.insert(order.number, (head.id, decision.id));
            }
        }
        for waiting in &mut self.waiting {
            if let Wanted::Task(Task::One { rewrite, revision, .. }) = &mut waiting.wanted
                && *rewrite == head.id
                && revision.is_some()
                && revision == seen
            {
                *revision = Some(head.revision);
            }
        }
    }

    /// A decision was taken back: it can be decided again.
    pub(super) fn undone(&mut self, undone: Decision) {
        self.taken_back.push(undone);
    }

    /// The order was not recorded. Gives up what waits about the same rewrite, and returns what that wanted.
    pub(super) fn failed(&mut self, order: &Order) -> Vec<Verb> {
        self.forget(order.number);
        let Task::One { rewrite: id, .. } = &order.task else { return Vec::new() };
        let mut lost = Vec::new();
        let mut kept = VecDeque::new();
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting.wanted {
                Wanted::Task(Task::One { rewrite, verb, .. }) if rewrite == *id => {
                    self.forget(waiting.number);
                    lost.push(verb);
                }
                wanted => kept.push_back(Waiting { wanted, ..waiting }),
            }
        }
        self.waiting = kept;
        lost
    }

    fn forget(&mut self, number: u64) {
        self.steps.retain(|step| *step != Step::Order(number));
    }

    /// What is under way or waits about a rewrite, in order.
    pub(super) fn about(&self, id: RewriteId) -> impl Iterator<Item = &Verb> {
        self.tasks().filter_map(move |task| match task {
            Task::One { rewrite, verb, .. } if *rewrite == id => Some(verb),
            Task::One { .. } | Task::UndoLast | Task::RedoLast | Task::UndoMany(_) => None,
        })
    }

    /// The rewrites that an order under way or waiting approves, rejects or skips.
    pub(super) fn deciding(&self) -> BTreeSet<RewriteId> {
        let decided = self.tasks().filter_map(|task| match task {
            Task::One {
                rewrite,
                verb: Verb::Approve | Verb::Reject { .. } | Verb::Skip | Verb::Look { .. },
                ..
            } => Some(*rewrite),
            Task::One { .. } | Task::UndoLast | Task::RedoLast | Task::UndoMany(_) => None,
        });
        decided.collect()
    }

    fn tasks(&self) -> impl Iterator<Item = &Task> {
        let waiting = self.waiting.iter().filter_map(|waiting| match &waiting.wanted {
            Wanted::Task(task) => Some(task),
            Wanted::Undo(_) | Wanted::UndoLast | Wanted::Redo => None,
        });
        self.sent.iter().map(|order| &order.task).chain(waiting)
    }
}
