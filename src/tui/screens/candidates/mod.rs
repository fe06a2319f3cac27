//! Candidates: choose whose résumé is rewritten, and start a batch.

mod answer;
mod commands;
mod form;
mod form_view;
mod marks;
mod replies;
mod roster;
mod search;
mod view;

use std::{sync::Arc, time::Duration};

pub use answer::{Answer, End, Linked, Request, Terms, answer};
use marks::Marks;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use roster::{Listed, Page, Roster};
pub use search::{Hits, Search};
use tokio::time::Instant;

use super::reader::Reader;
use crate::{
    domain::CandidateId,
    engine::port::StartRequest,
    tui::{
        Context, Effect, Event, Handled, Layer,
        backend::{self, Ask, Failure, Slot},
        command::{self, Command, Document, Global, List as Rows, Scope},
        layer::Depth,
        widgets::{Hint, List},
    },
};

/// After this long the list is read again when the screen comes to the front.
const OLD: Duration = Duration::from_secs(30);
/// From this width on a candidate's text stands beside the list.
const BESIDE: u16 = 100;

/// What Candidates does only after a dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Start this batch.
    Start(Arc<StartRequest>),
}

/// How far the list has been read.
#[derive(Debug, Default)]
enum Load {
    /// Not at all.
    #[default]
    Never,
    /// Pages come in; they replace what is shown once all are there, or are shown at once if nothing is.
    Reading(Roster),
    /// All of it, then.
    Read(Instant),
    /// It cannot be read.
    Failed(Failure),
}

/// A candidate whose source is shown.
#[derive(Debug)]
struct Opened {
    id: CandidateId,
    name: String,
    reader: Reader,
    /// It could not be read; the reader says why.
    failed: bool,
}

/// Which pane has the keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Pane {
    #[default]
    List,
    Text,
}

/// The screen.
#[derive(Debug, Default)]
pub struct Candidates {
    load: Load,
    /// All that is known.
    roster: Roster,
    /// Whether the candidate database has more than are kept.
    bounded: bool,
    /// What a search in the candidate database has brought, where not all is kept.
    found: Option<Roster>,
    shown: Vec<String>,
    total: Option<u64>,
    text: String,
    complaint: Option<String>,
    hits: Option<Hits>,
    /// The text that the hits are of.
    hits_of: String,
    searching: bool,
    list: List,
    marks: Marks,
    opened: Option<Opened>,
    pane: Pane,
}

fn ask(request: Request) -> Effect {
    let slot = match request {
        Request::List => Slot::Only("candidates.list"),
        Request::Count => Slot::Newest("candidates.count"),
        Request::Search(_) | Request::Find(_) => Slot::Only("candidates.search"),
        Request::Open(_) => Slot::Newest("candidates.text"),
        Request::Terms => Slot::Newest("candidates.terms"),
        Request::Estimate(_) => Slot::Newest("candidates.estimate"),
        Request::Start(_) => Slot::InOrder,
    };
    Effect::Ask(Ask { slot, request: backend::Request::Candidates(request) })
}

impl Candidates {
    /// The rows that the places of the list stand for.
    const fn rows(&self) -> &Roster {
        match &self.found {
            Some(found) => found,
            None => &self.roster,
        }
    }

    /// The candidate of a row of the list.
    fn row(&self, index: usize) -> Option<Listed<'_>> {
        let place = match &self.hits {
            Some(hits) => hits.get(index)?,
            None => index,
        };
        self.rows().get(place)
    }

    fn showing(&self) -> impl Iterator<Item = Listed<'_>> {
        (0..self.list.len()).filter_map(|index| self.row(index))
    }

    fn selected(&self) -> Option<Listed<'_>> {
        self.row(self.list.selected()?)
    }

    /// Tells the list how many rows there are now; the focus stays on its candidate where that is cheap to find.
    fn rows_changed(&mut self, focus: Option<&CandidateId>) {
        self.list.set_len(self.hits.as_ref().map_or(self.rows().len(), Hits::len));
        if let Some(at) = focus.and_then(|id| self.showing().position(|candidate| candidate.id() == id.0)) {
            self.list.select(at);
        }
        let mut marks = std::mem::take(&mut self.marks);
        marks.recount(self.showing().map(Listed::id));
        self.marks = marks;
    }

    fn visit(&mut self, context: &Context) -> Handled {
        let mut effects = self.open_again();
        let old = match &self.load {
            Load::Never | Load::Failed(_) => true,
            Load::Reading(_) => false,
            Load::Read(at) => !context.is_within(*at, OLD),
        };
        if old {
            effects.extend(self.read_list());
        }
        effects.into()
    }

    fn read_list(&mut self) -> [Effect; 2] {
        self.load = Load::Reading(Roster::default());
        [ask(Request::List), ask(Request::Count)]
    }

    /// Looks for what is typed now.
    fn search(&mut self) -> Vec<Effect> {
        self.complaint = None;
        if self.text.trim().is_empty() {
            self.searching = false;
            self.hits = None;
            self.found = None;
            self.hits_of.clear();
            self.list.select(0);
            self.rows_changed(None);
            return vec![Effect::Forget(Slot::Only("candidates.search"))];
        }
        if let Err(error) = search::sought(&self.text, &self.shown) {
            self.complaint = Some(error.message);
            return Vec::new();
        }
        self.searching = true;
        if self.bounded && search::sought(&self.text, &self.shown) == Ok(search::Sought::Words) {
            return vec![ask(Request::Find(self.text.trim().to_owned()))];
        }
        let narrower = self.found.is_none()
            && !matches!(self.load, Load::Reading(_))
            && search::narrows(&self.text, &self.hits_of, &self.shown);
        let within = self.hits.clone().filter(|_| narrower);
        vec![ask(Request::Search(Search { roster: self.roster.clone(), text: self.text.clone(), within }))]
    }
}

impl Layer for Candidates {
    fn title(&self) -> &'static str {
        match self.pane {
            Pane::List => "Candidates",
            Pane::Text => "A candidate's text",
        }
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.pane {
            Pane::List => &[Scope::Candidates, Scope::List, Scope::Global],
            Pane::Text => &[Scope::Candidates, Scope::Document, Scope::Global],
        }
    }

    fn rows_to(&self, at: Position, _context: &Context) -> Option<isize> {
        match self.pane {
            Pane::List => self.list.rows_to(at),
            Pane::Text => None,
        }
    }

    fn handle(&mut self, event: &Event, context: &Context) -> Handled {
        match event {
            Event::Visit(_) => self.visit(context),
            Event::Command(command) => self.command(*command, context),
            Event::Typing { by, text } | Event::Prompted { by, text } => self.typed(*by, text),
            Event::Reply(reply) => self.reply(reply, context),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        view::draw(self, frame, area, context);
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        match command {
            Command::Candidates(command::Candidates::Rewrite) => {
                !self.list.is_empty() || self.marks.total() > 0
            }
            Command::List(Rows::Open | Rows::Mark | Rows::Range | Rows::Copy | Rows::MarkAll) => {
                self.selected().is_some()
            }
            Command::List(Rows::UnmarkAll) => self.marks.total() > 0,
            Command::List(Rows::ClearFilter) => !self.text.is_empty(),
            Command::List(Rows::Sort) => false,
            Command::Document(Document::NextMatch | Document::PreviousMatch) => {
                self.opened.as_ref().is_some_and(|opened| !opened.reader.needle().is_empty())
            }
            _ => true,
        }
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let mut hints = match self.pane {
            Pane::List => vec![
                Hint::one(Rows::Mark),
                Hint::one(Rows::Range).named("range"),
                Hint::one(Rows::MarkAll).named("all in filter"),
                Hint::one(command::Candidates::Rewrite),
                Hint::one(Rows::Open),
                Hint::one(Rows::Filter).named("search"),
                Hint::one(Rows::UnmarkAll),
                Hint::one(Rows::ClearFilter),
            ],
            Pane::Text => vec![
                Hint::pair(Document::Down, Document::Up).named("scroll"),
                Hint::one(Document::Find),
                Hint::one(Document::List).named("list"),
                Hint::one(command::Candidates::Rewrite),
            ],
        };
        hints.extend([Hint::one(Global::Palette), Hint::one(Global::Help), Hint::one(Global::Back)]);
        hints.retain(|hint| self.enabled(hint.command(), context));
        hints
    }
}

#[cfg(test)]
mod tests;
