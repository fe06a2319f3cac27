//! Review: decide about rewrites, one by one with all that changed before one's eyes, or many at once.
//!
//! What is decided and what that does to queue, cursor and marks is the session's to know (`review::session`); this
//! screen turns keys into its events and its effects into requests, reads texts ahead, and draws.

mod again;
mod answer;
mod bulk;
mod deciding;
mod drive;
mod editing;
mod events;
mod helpers;
mod holding;
mod inspector;
mod others;
mod place;
mod queue;
mod reader;
mod stats;
mod survey;
mod texts;
mod view;
mod view_document;
mod view_queue;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use tokio::time::Instant;

pub use answer::answer;
pub use bulk::{Many, Mass};
pub use helpers::Help;
pub use place::Place;
pub use survey::{Compared, Survey, Surveyed};
pub use texts::{Loaded, Sides};

use crate::{
    decide::{Found as Undoable, Scope as Snapshot},
    domain::{Batch, BatchId, BatchState, Counts, DecisionId, RewriteHead, RewriteId, RewriteState},
    review::{
        Bulk, Haste, Order, Outcome, TakeBack,
        filter::Filter,
        session::{Hold, ListQuestion, Listing, Session},
    },
    store::port::Sort,
    tui::{
        Context, Event, Handled, Layer,
        command::{self, Change, Command, Document, Global, List as Rows, Queue, Scope},
        layer::Depth,
        widgets::{Hint, List},
    },
};

/// The filter that Review starts with.
const FIRST: &str = "state:ready";

/// What Review asks of the backend.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Rows of the queue, in this order.
    List(ListQuestion, Sort),
    /// A rewrite with its texts compared.
    Load(RewriteId),
    /// Where a rewrite is that another screen wants shown.
    Find(RewriteId),
    /// The ids of all that match.
    Ids(Filter, Sort),
    /// Carry out one order of the session.
    Carry(Order),
    /// What a decision about many would be about.
    Survey(Survey),
    /// Decide about a portion of a snapshot.
    Portion(Mass, Snapshot),
    /// How many rewrites each saved filter matches.
    Saved,
    /// Hold a rewrite, so that nobody else is led to it.
    Hold(RewriteId, Hold),
    /// Hold nothing any more.
    Release,
    /// Give a filter a name: name and text; an empty text forgets the name.
    SaveFilter(String, String),
    /// Which decisions a query takes back.
    TakeBack(TakeBack),
    /// Put a failed or conflicting rewrite back to the queue of its batch.
    Requeue(RewriteId),
    /// Start a batch of one with a note for the model.
    Anew(RewriteId, String),
    /// Ask others to help with these.
    Help(Vec<RewriteId>, Help),
    /// How the reviewer decides.
    Stats,
    /// Where the reviewer is, for the next start.
    KeepPlace(Place),
    /// The next rewrite that has some words.
    InOthers(others::Search),
    /// How a batch is.
    Batch(BatchId),
    /// Pause a batch, or let it go on.
    Move(BatchId, BatchState),
}

/// What Review is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Rows, and how many rewrites there are in all by state.
    List(Box<Listing>, Counts),
    /// A rewrite.
    Loaded(Arc<Loaded>),
    /// Where it is.
    Found(Box<RewriteHead>),
    /// Ids.
    Ids(Vec<RewriteId>),
    /// What came of an order; the batches in which another rewrite of the candidate is approved too.
    Carried(Box<Outcome>, Vec<u64>),
    /// What it would be about.
    Surveyed(Box<Surveyed>),
    /// It is held here; or by this person.
    Held(Option<String>),
    /// Nothing is held any more; the filter has its name.
    Done,
    /// The saved filters: name, text, number.
    Saved(Vec<(String, String, u64)>),
    /// The decisions, and above how many the number must be typed.
    Undoable(Box<Undoable>, u64),
    /// What came of a portion.
    Portion(Bulk),
    /// What came of asking others.
    Helped(Bulk),
    /// How the reviewer decides, in lines.
    Stats(String),
    /// It waits for a worker again.
    Requeued,
    /// The rewrite that has the words, and about which row it is.
    InOthers(Option<(RewriteId, u64)>),
    /// A batch was started.
    Started(Box<Batch>),
    /// A batch as it is now.
    Batch(Box<Batch>),
}

/// What Review does only after a dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Decide about all of a snapshot.
    Many(Mass, Arc<Snapshot>),
    /// Take these decisions back.
    TakeBack(Arc<Vec<(RewriteId, DecisionId)>>),
    /// Go on with it, whoever has it open.
    TakeOver,
    /// Have it rewritten again.
    Again(RewriteId),
    /// The same in a new batch, with a note for the model.
    Anew(RewriteId, String),
    /// Pause a batch, or let it go on.
    Move(BatchId, BatchState),
    /// Ask others to help with these.
    Help(Vec<RewriteId>, Help),
}

/// Which pane has the keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Pane {
    #[default]
    Queue,
    Document,
}

/// The screen.
#[derive(Default)]
pub struct Review {
    session: Option<Session>,
    began: Option<Instant>,
    pane: Pane,
    filter_text: String,
    sort: Sort,
    /// The texts of the saved filters, in the order of the menu.
    saved: Vec<String>,
    list: List,
    /// Whether a list was read since the filter was set.
    read: bool,
    all: Counts,
    /// How many came since the reviewer last went to the top, and the total when that was last counted.
    arrived: u64,
    total: Option<u64>,
    texts: texts::Texts,
    reader: reader::Reader,
    /// What is read next is to show its first place with the words that are looked for.
    seeks: bool,
    running: Option<bulk::Running>,
    /// What came of the last decision about many.
    groups: Vec<(String, Vec<RewriteId>)>,
    editing: Option<editing::Open>,
    /// When a key was last pressed here, and when what is held is renewed next.
    touched: Option<Instant>,
    beat: Option<Instant>,
    /// What the input line that is open is about.
    about: Option<deciding::About>,
    /// How many changes go in and stay out, of approvals under way.
    leaving: BTreeMap<RewriteId, (usize, usize)>,
    /// What is to be found again at the first look, and at about which row; and where the reviewer was last kept to be.
    restoring: Option<(RewriteId, usize)>,
    kept: Option<Place>,
    /// Whether decisions are made faster than somebody reads.
    haste: Haste,
    /// What was done last, for the foot.
    last: Option<String>,
}

/// The widths of the panes, 0 for one that is not shown; one cell parts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Panes {
    queue: u16,
    document: u16,
    inspector: u16,
}

impl Review {
    fn session(&mut self, context: &Context) -> &mut Session {
        if self.filter_text.is_empty() && self.session.is_none() {
            FIRST.clone_into(&mut self.filter_text);
        }
        self.session
            .get_or_insert_with(|| Session::new(context.who.clone(), Filter::states(&[RewriteState::Ready])))
    }

    /// The time since the screen was first used: the session's clock.
    fn now(&mut self, context: &Context) -> Duration {
        let began = *self.began.get_or_insert(context.instant);
        // Nothing is dead at the beginning.
        context.instant.saturating_duration_since(began) + Duration::from_secs(1)
    }

    fn panes(&self, context: &Context) -> Panes {
        match (context.size.width, self.pane) {
            (width @ 160.., _) => Panes { queue: 34, document: width - 34 - 43 - 2, inspector: 43 },
            (width @ 120.., _) => Panes { queue: 24, document: width - 25, inspector: 0 },
            (width, Pane::Queue) => Panes { queue: width, document: 0, inspector: 0 },
            (width, Pane::Document) => Panes { queue: 0, document: width, inspector: 0 },
        }
    }

    fn row(&self) -> Option<&RewriteHead> {
        self.session.as_ref()?.queue().current()
    }

    /// The texts of the rewrite under the cursor, if they were read.
    fn loaded(&self) -> Option<&Arc<Loaded>> {
        self.texts.get(self.row()?.id)
    }
}

impl Layer for Review {
    fn title(&self) -> &'static str {
        match self.pane {
            Pane::Queue => "Review queue",
            Pane::Document => "Rewrite",
        }
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.pane {
            Pane::Queue => &[Scope::Review, Scope::Queue, Scope::List, Scope::Global],
            Pane::Document => &[Scope::Review, Scope::Change, Scope::Document, Scope::Global],
        }
    }

    fn rows_to(&self, at: Position, context: &Context) -> Option<isize> {
        match self.pane {
            Pane::Queue => self.list.rows_to(at),
            Pane::Document => self.document_rows_to(at, context),
        }
    }

    fn handle(&mut self, event: &Event, context: &Context) -> Handled {
        let leaving = *event == Event::Leaving;
        let mut effects = match self.event(event, context) {
            Handled::Ignored if leaving => Vec::new(),
            Handled::Ignored => return Handled::Ignored,
            Handled::Consumed(effects) => effects,
        };
        if !leaving {
            self.follow(context, &mut effects);
        }
        effects.extend(self.keep_place(leaving));
        Handled::Consumed(effects)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        view::draw(self, frame, area, context);
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        let state = self.row().map(|row| row.state);
        let compared = || self.loaded().is_some_and(|loaded| loaded.diff.is_some());
        match command {
            Command::Review(command::Review::Again) => self.can_be_made_again(),
            Command::Review(
                command::Review::PauseBatch | command::Review::FindInOthers | command::Review::Assign,
            ) => state.is_some(),
            Command::Review(command::Review::Second) => self.can_ask_second(),
            Command::Queue(Queue::ApproveMany | Queue::RejectMany) => {
                self.running.is_none() && state.is_some()
            }
            Command::Review(
                command::Review::Approve
                | command::Review::Reject
                | command::Review::RejectBecause
                | command::Review::Skip,
            )
            | Command::Queue(Queue::Finding | Queue::Note)
            | Command::List(Rows::Open | Rows::Mark | Rows::Copy)
            | Command::Change(Change::NextRewrite | Change::PreviousRewrite | Change::CopyId) => {
                state.is_some()
            }
            Command::Change(
                Change::Cycle
                | Change::AcceptSection
                | Change::RejectSection
                | Change::Edit
                | Change::EditWhole
                | Change::Outside,
            ) => state == Some(RewriteState::Ready) && compared(),
            Command::Review(command::Review::TakeOver) => {
                let session = self.session.as_ref();
                self.row().is_some_and(|row| session.is_some_and(|session| session.holder(row.id).is_some()))
            }
            Command::Change(Change::Dismiss) => {
                state == Some(RewriteState::Ready) && self.row().is_some_and(|row| row.findings > 0)
            }
            Command::Change(Change::Left) => self.reader.aside() > 0,
            Command::Change(Change::Right) => self.reader.is_unbroken() && self.reader.beyond.get() > 0,
            Command::Review(command::Review::Preview)
            | Command::Change(_)
            | Command::Document(Document::Find) => compared(),
            Command::Document(Document::NextMatch | Document::PreviousMatch) => self.reader.query().is_some(),
            _ => true,
        }
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let decide = [
            Hint::one(command::Review::Approve),
            Hint::one(command::Review::Reject),
            Hint::one(command::Review::Skip),
        ];
        let rest: Vec<Hint> = match self.pane {
            Pane::Queue => vec![
                Hint::one(Rows::Open),
                Hint::one(command::Review::Undo),
                Hint::one(Rows::Mark),
                Hint::one(Queue::ApproveMany),
                Hint::one(Rows::Filter),
                Hint::one(Global::Help),
                Hint::one(Queue::RejectMany),
                Hint::one(command::Review::SavedFilters),
                Hint::one(Rows::Sort),
                Hint::one(Rows::MarkAll),
                Hint::one(Rows::Range),
                Hint::one(Global::Palette),
                Hint::one(Global::Back).named("quit"),
            ],
            Pane::Document => vec![
                Hint::one(Change::Cycle),
                Hint::one(Change::Edit),
                Hint::one(command::Review::Undo),
                Hint::pair(Change::Next, Change::Previous),
                Hint::one(Global::Help),
                Hint::one(Document::Find),
                Hint::one(Change::Dismiss),
                Hint::pair(Change::NextRewrite, Change::PreviousRewrite),
                Hint::one(Change::Layout),
                Hint::one(Change::NextOpen),
                Hint::one(Change::Finding),
                Hint::one(Change::Fold),
                Hint::one(Change::Note),
                Hint::one(Change::Outside),
                Hint::one(command::Review::Preview),
                Hint::one(Global::Palette),
                Hint::one(Global::Back),
            ],
        };
        let first = Hint::one(command::Review::TakeOver);
        let again = self.requeue().map(|_| Hint::one(command::Review::Again));
        let decidable = self.row().is_none_or(|row| row.state == RewriteState::Ready);
        let decide = decide.into_iter().filter(|_| decidable);
        let hints = std::iter::once(first).chain(again).chain(decide).chain(rest);
        hints.filter(|hint| self.enabled(hint.command(), context)).collect()
    }

    fn unsaved(&self) -> Option<String> {
        if let Some(running) = &self.running {
            return Some(format!("{} stops: {}", running.title(), running.progress()));
        }
        let waiting = self.session.as_ref().map_or(0, Session::unrecorded);
        (waiting > 1).then(|| format!("{waiting} decisions are not recorded yet."))
    }
}

#[cfg(test)]
mod tests;
