//! Batches: watch, pause and retry bulk work.

mod answer;
mod changes;
mod detail;
mod live;
mod view;

use std::sync::Arc;

pub use answer::{Answer, Details, Request, answer};
pub(in crate::tui::screens) use changes::pause_dialog;
use jiff::Timestamp;
use live::Live;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::{Batch, BatchId, BatchState, Money, RewriteId, RewriteState},
    engine::port::{BatchProgress, Progress},
    tui::{
        Context, Effect, Event, Handled, Layer, Notice, Visit,
        backend::{self, Ask, Failure, Reply, Slot},
        command::{self, Command, Document, Global, List as Rows, Scope},
        layer::Depth,
        overlays::Prompt,
        screens::ScreenId,
        widgets::{Hint, List, Toast},
    },
};

/// What Batches does only after a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Pause, resume or cancel a batch.
    Move(BatchId, BatchState),
    /// Queue its failed rewrites again.
    Retry(BatchId),
    /// Change its budget.
    Budget(BatchId, Money),
}

/// Which pane has the keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Pane {
    #[default]
    List,
    Failures,
    Live,
    Reply,
}

/// Whether the keys that change a batch work.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Hands {
    #[default]
    On,
    /// Watch only.
    Off,
}

/// A view that stands still.
#[derive(Debug)]
struct Held {
    progress: Arc<Progress>,
    since: Timestamp,
}

/// The screen.
#[derive(Debug, Default)]
pub struct Batches {
    rows: Option<Vec<Batch>>,
    trouble: Option<Failure>,
    list: List,
    /// A batch to put in focus as soon as it is known.
    wanted: Option<BatchId>,
    details: Option<(BatchId, Details)>,
    failures: List,
    live: Live,
    pane: Pane,
    hands: Hands,
    held: Option<Held>,
}

fn ask(request: Request) -> Effect {
    let slot = match request {
        Request::Read => Slot::Newest("batches.list"),
        Request::Details(..) => Slot::Newest("batches.details"),
        Request::Follow(_) => Slot::Only("batches.live"),
        Request::Move(..) | Request::Retry(_) | Request::Budget(..) => Slot::InOrder,
    };
    Effect::Ask(Ask { slot, request: backend::Request::Batches(request) })
}

impl Batches {
    fn selected(&self) -> Option<&Batch> {
        self.rows.as_ref()?.get(self.list.selected()?)
    }

    /// The details of the batch in focus, once they are there.
    fn details(&self) -> Option<&Details> {
        let id = self.selected()?.id;
        self.details.as_ref().filter(|(of, _)| *of == id).map(|(_, details)| details)
    }

    /// How far the batch in focus is, if a worker of this process works on it.
    fn progress<'a>(&'a self, context: &'a Context) -> Option<&'a BatchProgress> {
        let id = self.selected()?.id;
        let progress = self.held.as_ref().map_or(&context.progress, |held| &held.progress);
        progress.batches.iter().find(|progress| progress.batch == id)
    }

    fn visit(&mut self, visit: &Visit) -> Handled {
        if let Visit::Batch(id) = visit {
            self.wanted = Some(*id);
            self.pane = Pane::List;
            self.find_wanted();
        }
        self.read()
    }

    fn read(&self) -> Handled {
        if self.held.is_some() {
            return Handled::done();
        }
        std::iter::once(ask(Request::Read)).chain(self.ask_details()).collect::<Vec<_>>().into()
    }

    /// Asks for what is known about the batch in focus, and whose replies come in for it.
    fn ask_details(&self) -> Option<Effect> {
        self.selected().map(|batch| ask(Request::Details(batch.id, self.live.ids().to_vec())))
    }

    /// Asks whose the replies are that have come since the last reading.
    fn ask_names(&self) -> Option<Effect> {
        let running = &self.details()?.running;
        let is_known = |id: &RewriteId| running.iter().any(|head| head.id == *id);
        if self.live.ids().iter().all(is_known) { None } else { self.ask_details() }
    }

    fn find_wanted(&mut self) {
        let Some(id) = self.wanted else { return };
        let at = self.rows.as_ref().and_then(|all| all.iter().position(|batch| batch.id == id));
        if let Some(at) = at {
            self.list.select(at);
            self.wanted = None;
        }
    }

    /// Another batch is in focus.
    fn moved(&mut self, context: &Context) -> Handled {
        self.failures.select(0);
        let mut effects = self.follow(context);
        effects.extend(self.ask_details());
        effects.into()
    }

    /// Follows the reply under the cursor where it shows.
    fn follow(&mut self, context: &Context) -> Vec<Effect> {
        let ids = self.progress(context).map(|progress| progress.live.clone()).unwrap_or_default();
        self.live.put(ids);
        if self.live.list.is_empty() && self.pane == Pane::Live {
            self.pane = Pane::List;
        }
        let shows = matches!(self.pane, Pane::Live | Pane::Reply) || view::shows_reply(context.size);
        if !shows || (self.pane == Pane::Reply && self.live.followed().is_some()) {
            return Vec::new();
        }
        let follow = self.live.follow();
        self.name_reply();
        follow.map(|id| ask(Request::Follow(id))).into_iter().collect()
    }

    /// Notes whose reply is followed while the rewrite is among those at work.
    fn name_reply(&mut self) {
        let running = self.details().map(|details| details.running.as_slice()).unwrap_or_default();
        let head = running.iter().find(|head| Some(head.id) == self.live.followed());
        if let Some(name) = head.map(|head| head.name.clone()) {
            self.live.name = Some(name);
        }
    }

    fn reply(&mut self, reply: &Reply, context: &Context) -> Handled {
        let backend::Request::Batches(question) = &reply.question else { return Handled::Ignored };
        let answer = match &reply.answer {
            Ok(backend::Answer::Batches(answer)) => answer,
            Ok(_) => return Handled::Ignored,
            Err(failure) if *question == Request::Read => {
                self.trouble = Some(failure.clone());
                return Handled::done();
            }
            Err(failure) => return [Effect::Toast(Toast::from(failure)), ask(Request::Read)].into(),
        };
        match (question, answer) {
            (Request::Read, Answer::Batches(batches)) => self.put(batches, context),
            (Request::Details(id, _), Answer::Details(details)) => {
                self.failures.set_len(details.failures.len());
                self.details = Some((*id, details.clone()));
                self.name_reply();
                Handled::done()
            }
            (Request::Follow(id), Answer::Text(_) | Answer::End | Answer::Elsewhere) => {
                self.live.take(*id, answer);
                Handled::done()
            }
            (_, Answer::Moved(batch)) => {
                let toast = Toast::good(format!("Batch {} is {} now.", batch.label(), batch.state.name()));
                [Effect::Toast(toast), ask(Request::Read)].into()
            }
            (_, Answer::Queued(number)) => {
                let toast = Toast::good(format!("{number} failed rewrites are queued again."));
                [Effect::Toast(toast), ask(Request::Read)].into()
            }
            (_, Answer::Budgeted(batch)) => {
                let toast = Toast::good(format!("The budget of {} is {}.", batch.label(), batch.spec.budget));
                [Effect::Toast(toast), ask(Request::Read)].into()
            }
            _ => Handled::done(),
        }
    }

    /// Takes the batches; the focus stays on its batch.
    fn put(&mut self, batches: &[Batch], context: &Context) -> Handled {
        if self.held.is_some() {
            return Handled::done();
        }
        let focus = self.selected().map(|batch| batch.id);
        self.trouble = None;
        self.list.set_len(batches.len());
        self.rows = Some(batches.to_vec());
        if let Some(at) = focus.and_then(|id| batches.iter().position(|batch| batch.id == id)) {
            self.list.select(at);
        }
        self.find_wanted();
        if self.selected().map(|batch| batch.id) == focus {
            return self.follow(context).into();
        }
        self.moved(context)
    }

    fn command(&mut self, command: Command, context: &Context) -> Handled {
        match command {
            Command::List(command) => self.list_command(command, context),
            Command::Document(command) => self.reply_command(command, context),
            Command::Batches(command) => self.change(command, context),
            Command::Global(Global::NextPane) => self.next_pane(1, context),
            Command::Global(Global::PreviousPane) => self.next_pane(3, context),
            Command::Global(Global::Back) if self.pane != Pane::List => {
                self.pane = if self.pane == Pane::Reply { Pane::Live } else { Pane::List };
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    /// Goes on to the pane so many places further, over those without rows.
    fn next_pane(&mut self, by: usize, context: &Context) -> Handled {
        const ALL: [Pane; 4] = [Pane::List, Pane::Failures, Pane::Live, Pane::Reply];
        self.live.put(self.progress(context).map(|progress| progress.live.clone()).unwrap_or_default());
        let mut at = self.pane as usize;
        for _ in ALL {
            at = (at + by) % ALL.len();
            let has_rows = match ALL[at] {
                Pane::List => true,
                Pane::Failures => !self.failures.is_empty() && self.details().is_some(),
                Pane::Live => !self.live.list.is_empty(),
                Pane::Reply => self.live.followed().is_some() && view::shows_reply(context.size),
            };
            if has_rows {
                break;
            }
        }
        self.pane = ALL[at];
        self.follow(context).into()
    }

    fn list_command(&mut self, command: Rows, context: &Context) -> Handled {
        let list = match self.pane {
            Pane::List | Pane::Reply => &mut self.list,
            Pane::Failures => &mut self.failures,
            Pane::Live => &mut self.live.list,
        };
        if list.handle(command) {
            return match self.pane {
                Pane::List => self.moved(context),
                Pane::Live => {
                    self.live.moved();
                    self.follow(context).into()
                }
                Pane::Failures | Pane::Reply => Handled::done(),
            };
        }
        match command {
            Rows::Open => self.open(context),
            Rows::Copy => self.selected().map_or(Handled::Ignored, |batch| {
                Effect::Copy { what: "the id of the batch", text: batch.id.to_string() }.into()
            }),
            _ => Handled::Ignored,
        }
    }

    fn open(&mut self, context: &Context) -> Handled {
        let Some(batch) = self.selected() else { return Handled::Ignored };
        let label = batch.label();
        match self.pane {
            Pane::List => {
                let filter = format!("batch:{label} state:ready");
                Effect::Go(ScreenId::Review, Visit::Filter(filter)).into()
            }
            Pane::Failures => {
                let group = self.failures.selected().and_then(|row| self.details()?.failures.get(row));
                let Some(group) = group else { return Handled::Ignored };
                let filter = format!("batch:{label} state:failed reason:\"{}\"", group.reason.words());
                Effect::Go(ScreenId::Review, Visit::Filter(filter)).into()
            }
            Pane::Live => {
                let effects = self.follow(context);
                self.pane = Pane::Reply;
                effects.into()
            }
            Pane::Reply => Handled::Ignored,
        }
    }

    fn reply_command(&mut self, command: Document, context: &Context) -> Handled {
        if self.live.reader.handle(command) {
            return Handled::done();
        }
        match command {
            Document::NextPane => self.next_pane(1, context),
            Document::List => {
                self.pane = Pane::Live;
                self.follow(context).into()
            }
            Document::Find => {
                let first = self.live.reader.needle().to_owned();
                Effect::open(Prompt::new(Document::Find, "find").with(first)).into()
            }
            _ => Handled::Ignored,
        }
    }
}

impl Layer for Batches {
    fn title(&self) -> &'static str {
        match self.pane {
            Pane::List => "Batches",
            Pane::Failures => "Failures of a batch",
            Pane::Live => "Replies coming in",
            Pane::Reply => "A reply coming in",
        }
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.pane {
            Pane::List | Pane::Failures | Pane::Live => &[Scope::Batches, Scope::List, Scope::Global],
            Pane::Reply => &[Scope::Batches, Scope::Document, Scope::Global],
        }
    }

    fn rows_to(&self, at: Position, _context: &Context) -> Option<isize> {
        match self.pane {
            Pane::List => self.list.rows_to(at),
            Pane::Failures => self.failures.rows_to(at),
            Pane::Live => self.live.list.rows_to(at),
            Pane::Reply => None,
        }
    }

    fn handle(&mut self, event: &Event, context: &Context) -> Handled {
        match event {
            Event::Visit(visit) => self.visit(visit),
            Event::Notice(Notice::Store) => self.read(),
            Event::Notice(Notice::Progress) => {
                let mut effects = self.follow(context);
                effects.extend(self.ask_names());
                effects.into()
            }
            Event::Command(command) => self.command(*command, context),
            Event::Prompted { by: Command::Batches(command::Batches::Budget), text } => {
                self.budget(Some(text.trim()))
            }
            Event::Prompted { by: Command::Document(Document::Find), text } => {
                self.live.reader.find(text.trim());
                Handled::done()
            }
            Event::Confirmed(confirmed) => Self::confirmed(confirmed),
            Event::Reply(reply) => self.reply(reply, context),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        view::draw(self, frame, area, context);
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        let free = self.hands == Hands::On;
        match command {
            Command::Batches(command::Batches::Pause) => {
                free && self.selected().is_some_and(|batch| !batch.state.has_ended())
            }
            Command::Batches(command::Batches::Cancel) => {
                free && self.selected().is_some_and(|batch| !batch.state.has_ended())
            }
            Command::Batches(command::Batches::Retry) => {
                free && self.selected().is_some_and(|batch| batch.counts.of(RewriteState::Failed) > 0)
            }
            Command::Batches(command::Batches::Budget) => {
                free && self.selected().is_some_and(|batch| batch.state != BatchState::Cancelled)
            }
            Command::List(Rows::Open | Rows::Copy) => self.selected().is_some(),
            Command::List(
                Rows::Mark
                | Rows::Range
                | Rows::MarkAll
                | Rows::UnmarkAll
                | Rows::Filter
                | Rows::ClearFilter
                | Rows::Sort,
            ) => false,
            Command::Document(Document::NextMatch | Document::PreviousMatch) => {
                !self.live.reader.needle().is_empty()
            }
            _ => true,
        }
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let mut hints = match self.pane {
            Pane::List => vec![Hint::one(Rows::Open).named("review")],
            Pane::Failures => vec![Hint::one(Rows::Open).named("the rewrites")],
            Pane::Live => vec![Hint::one(Rows::Open).named("read")],
            Pane::Reply => vec![Hint::one(Document::List).named("back"), Hint::one(Document::Find)],
        };
        hints.extend([Hint::one(Global::NextPane), Hint::one(command::Batches::PauseView).named("hold")]);
        if self.hands == Hands::On {
            let paused = self.selected().is_some_and(|batch| matches!(batch.state, BatchState::Paused(_)));
            hints.extend([
                Hint::one(command::Batches::Pause).named(if paused { "go on" } else { "pause" }),
                Hint::one(command::Batches::Cancel).named("cancel"),
                Hint::one(command::Batches::Retry).named("retry"),
                Hint::one(command::Batches::Budget),
            ]);
        }
        hints.extend([
            Hint::one(command::Batches::WatchOnly).named("watch"),
            Hint::one(Global::Help),
            Hint::one(Global::Back),
        ]);
        hints.retain(|hint| self.enabled(hint.command(), context));
        hints
    }
}

#[cfg(test)]
mod tests;
