//! A conflict that is open: whose words its merge takes, and what is decided about it.
//!
//! Nothing of this is stored before a decision: the choices belong to the three texts as they were read, and are
//! thrown away when one of them changes.

use std::cell::Cell;

use super::{answer::Request, ask};
use crate::{
    diff::{Merge, Prefer},
    domain::{Document, FailureReason, Rewrite, RewriteHead},
    tui::{
        Context, Effect, Handled,
        command::{Command, Conflict as Keys, Document as Text, Global},
        screens::words,
        widgets::{Hint, Toast},
    },
};

/// A rewrite in conflict with its three texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash {
    /// The rewrite: what its approver saw, what was approved, what was found.
    pub rewrite: Rewrite,
    /// The three texts run by run.
    pub merge: Merge,
    /// What stands in the candidate database now; `None` if nothing stands there, so that nothing can be merged.
    pub theirs: Option<Document>,
}

/// How a conflict is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The merged text is approved; a side for each place that both changed.
    Approve(Vec<Prefer>),
    /// The merged text is decided about on Review.
    Decide(Vec<Prefer>),
    /// The rewrite is rejected.
    Keep,
}

/// What is shown.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The places that both changed, and the merged text.
    #[default]
    Merge,
    /// The three texts.
    Texts,
    /// The exact text that would be written.
    Exact,
}

/// What was drawn last: columns, lines, height.
pub type Drawn = Cell<(usize, usize, usize)>;

/// A conflict that is open.
#[derive(Debug)]
pub struct Conflict {
    pub(super) clash: Box<Clash>,
    /// Whose words each place takes; `None` where nobody has chosen.
    pub(super) sides: Vec<Option<Prefer>>,
    /// The place in focus.
    pub(super) at: usize,
    pub(super) face: Face,
    pub(super) top: usize,
    pub(super) drawn: Drawn,
    /// A decision was sent and is not answered yet.
    sent: bool,
}

impl Conflict {
    pub fn new(clash: Box<Clash>) -> Self {
        let sides = vec![None; clash.merge.overlaps.len()];
        let face = if clash.theirs.is_some() { Face::Merge } else { Face::Texts };
        Self { clash, sides, at: 0, face, top: 0, drawn: Drawn::default(), sent: false }
    }

    pub const fn head(&self) -> &RewriteHead {
        &self.clash.rewrite.head
    }

    /// Takes it as it is now; what was chosen stays if nothing has changed.
    pub fn put(&mut self, clash: Box<Clash>) {
        if *clash != *self.clash {
            *self = Self::new(clash);
        }
    }

    /// The last decision did not come about.
    pub const fn failed(&mut self) {
        self.sent = false;
    }

    /// Whether the candidate database cannot hold the text: the same text again would cure nothing, it must be edited.
    fn unstorable(&self) -> bool {
        self.head().failure.as_ref().is_some_and(|why| why.reason == FailureReason::Unstorable)
    }

    /// How many places wait for a choice.
    pub fn open(&self) -> usize {
        self.sides.iter().filter(|side| side.is_none()).count()
    }

    /// A side for each place, once all are chosen.
    pub fn chosen(&self) -> Option<Vec<Prefer>> {
        self.sides.iter().copied().collect()
    }

    /// The merged text, once all is chosen.
    pub fn merged(&self) -> Option<Document> {
        let sides = self.chosen().filter(|_| self.clash.theirs.is_some())?;
        Some(self.clash.merge.document(|number| sides.get(number).copied().unwrap_or(Prefer::Theirs)))
    }

    pub fn text_command(&mut self, command: Text) -> Option<Handled> {
        let (_, lines, height) = self.drawn.get();
        let last = lines.saturating_sub(height);
        let half = (height / 2).max(1);
        let to = match command {
            Text::Down => self.top + 1,
            Text::Up => self.top.saturating_sub(1),
            Text::Top => 0,
            Text::Bottom => last,
            Text::HalfDown => self.top + half,
            Text::HalfUp => self.top.saturating_sub(half),
            Text::NextPane | Text::List | Text::Find | Text::NextMatch | Text::PreviousMatch => return None,
        };
        self.top = to.min(last);
        Some(Handled::done())
    }

    pub fn command(&mut self, command: Keys, context: &Context) -> Handled {
        let places = self.sides.len();
        match command {
            Keys::Next => self.go_to((self.at + 1) % places.max(1)),
            Keys::Previous => self.go_to((self.at + places.max(1) - 1) % places.max(1)),
            Keys::NextOpen => self.go_to_open(),
            Keys::Cycle => self.cycle(),
            Keys::AllApproved => self.take_all(Prefer::Ours),
            Keys::AllFound => self.take_all(Prefer::Theirs),
            Keys::Layout => self.show(match self.face {
                Face::Merge => Face::Texts,
                Face::Texts if self.chosen().is_some() => Face::Exact,
                Face::Texts | Face::Exact => Face::Merge,
            }),
            Keys::Exact => self.show(Face::Exact),
            Keys::Approve => return self.approve(context),
            Keys::Decide => {
                return match self.chosen() {
                    Some(sides) => self.settle(Way::Decide(sides)),
                    None => self.wants_choices(context),
                };
            }
            Keys::Keep => return self.settle(Way::Keep),
            Keys::Again => return super::ask_again(self.head().id),
        }
        Handled::done()
    }

    fn show(&mut self, face: Face) {
        (self.face, self.top) = (face, 0);
    }

    /// Puts a place in focus, and scrolls as little as shows it.
    fn go_to(&mut self, place: usize) {
        if self.face != Face::Merge {
            self.show(Face::Merge);
        }
        self.at = place;
        let (columns, _, height) = self.drawn.get();
        let (_, starts) = super::conflict_view::merge_rows(self, columns.max(1));
        let (Some(from), Some(to)) = (starts.get(place), starts.get(place + 1)) else { return };
        // The heading above the first place comes into sight with it.
        let from = if place == 0 { 0 } else { *from };
        self.top = self.top.max(to.saturating_sub(height)).min(from);
    }

    fn go_to_open(&mut self) {
        let open = |at: &usize| self.sides.get(*at).is_some_and(Option::is_none);
        let next = (self.at + 1..self.sides.len()).chain(0..=self.at).find(open);
        if let Some(next) = next {
            self.go_to(next);
        }
    }

    fn cycle(&mut self) {
        if let Some(side) = self.sides.get_mut(self.at) {
            *side = match side {
                None => Some(Prefer::Ours),
                Some(Prefer::Ours) => Some(Prefer::Theirs),
                Some(Prefer::Theirs) => None,
            };
        }
        self.go_to(self.at);
    }

    fn take_all(&mut self, side: Prefer) {
        self.sides.fill(Some(side));
        self.go_to(self.at);
    }

    fn wants_choices(&mut self, context: &Context) -> Handled {
        self.go_to_open();
        let (open, key) = (self.open() as u64, words::key(Keys::Cycle, context));
        let text = format!("{} still to choose: {key} takes one side here.", words::count(open, "place"));
        Effect::Toast(Toast::plain(text)).into()
    }

    /// Approves only what is on the screen: the first press shows the exact text.
    fn approve(&mut self, context: &Context) -> Handled {
        let Some(sides) = self.chosen() else { return self.wants_choices(context) };
        if self.merged() == self.clash.theirs {
            let key = words::key(Keys::Keep, context);
            let text = format!("The merged text is what stands there already; {key} keeps that.");
            return Effect::Toast(Toast::plain(text)).into();
        }
        if self.face == Face::Exact {
            return self.settle(Way::Approve(sides));
        }
        self.show(Face::Exact);
        Handled::done()
    }

    fn settle(&mut self, way: Way) -> Handled {
        self.sent = true;
        let head = self.head();
        ask(Request::Settle(head.id, head.revision, way)).into()
    }

    pub fn enabled(&self, command: Command) -> bool {
        let able = self.clash.theirs.is_some() && !self.sent;
        match command {
            Command::Conflict(command) => match command {
                Keys::Next | Keys::Previous | Keys::Cycle | Keys::AllApproved | Keys::AllFound => {
                    able && !self.sides.is_empty()
                }
                Keys::NextOpen => able && self.open() > 0,
                Keys::Exact => able && self.open() == 0,
                Keys::Approve => able && !self.unstorable(),
                Keys::Layout | Keys::Keep | Keys::Decide => able,
                Keys::Again => !self.sent,
            },
            Command::Document(command) => {
                !matches!(command, Text::NextPane | Text::Find | Text::NextMatch | Text::PreviousMatch)
            }
            _ => true,
        }
    }

    pub fn hints(&self) -> Vec<Hint> {
        let pair = Hint::pair(Keys::Next, Keys::Previous);
        let mut hints = match self.face {
            Face::Merge => vec![Hint::one(Keys::Cycle), pair],
            Face::Texts | Face::Exact => Vec::new(),
        };
        hints.extend([
            Hint::one(Keys::Approve),
            Hint::one(Keys::Keep),
            Hint::one(Keys::Again),
            Hint::one(Keys::Layout),
        ]);
        if self.face == Face::Merge {
            hints.extend([Hint::one(Keys::AllApproved), Hint::one(Keys::AllFound)]);
        }
        hints.extend([Hint::one(Keys::Decide), Hint::one(Global::Help), Hint::one(Text::List).named("back")]);
        hints.into_iter().filter(|hint| self.enabled(hint.command())).collect()
    }
}

#[cfg(test)]
mod tests;
