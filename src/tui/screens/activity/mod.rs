//! Activity: who decided what when, and past messages.

mod view;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    decide::{Desk, Policy},
    domain::{DecisionId, RewriteId},
    error::Result,
    store::port::ActivityRow,
    tui::{
        Context, Effect, Event, Handled, Layer, Notice,
        backend::{self, Ask, More, Reply, Services, Slot},
        command::{self, Command, Global, List as Rows, Scope},
        effect::Visit,
        layer::Depth,
        screens::ScreenId,
        widgets::{Hint, List, Toast},
    },
};

/// How many decisions are read at once.
const PAGE: u32 = 200;
/// How near to the last row read the focus may come before more are read.
const AHEAD: usize = 50;

/// What Activity asks of the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The newest decisions, so many.
    Newest(u32),
    /// Decisions older than this one.
    Older(DecisionId),
    /// Takes a decision back.
    Undo(RewriteId, DecisionId),
}

/// What Activity is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Decisions, newest first.
    Rows(Vec<ActivityRow>),
    /// It was taken back.
    Undone,
}

/// What Activity does only after a dialog.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing yet.
    #[default]
    Nothing,
}

/// Answers a request on the ports.
pub async fn answer(request: Request, services: &Services, _more: &More) -> Result<Answer> {
    let store = &services.store;
    let answer = match request {
        Request::Newest(number) => store.activity(None, number).await.map(Answer::Rows),
        Request::Older(than) => store.activity(Some(than), PAGE).await.map(Answer::Rows),
        Request::Undo(rewrite, decision) => {
            let open = services.review.open_changes;
            let rules = Policy { open, ..services.policy.clone() };
            let desk = Desk::new(store.clone(), services.who.clone(), rules);
            return Ok(desk.undo(rewrite, decision).await.map(|_| Answer::Undone)?);
        }
    };
    Ok(answer?)
}

/// The screen.
#[derive(Debug, Default)]
pub struct Activity {
    rows: Option<Vec<ActivityRow>>,
    list: List,
    complete: bool,
}

impl Activity {
    fn ask(request: Request) -> Effect {
        let slot = match request {
            Request::Newest(_) | Request::Older(_) => Slot::Newest("activity.rows"),
            Request::Undo(..) => Slot::InOrder,
        };
        Effect::Ask(Ask { slot, request: backend::Request::Activity(request) })
    }

    fn read_again(&self) -> Effect {
        let number = self.rows.as_ref().map_or(0, Vec::len).clamp(PAGE as usize, 1_000);
        Self::ask(Request::Newest(u32::try_from(number).unwrap_or(PAGE)))
    }

    fn selected(&self) -> Option<&ActivityRow> {
        self.rows.as_ref()?.get(self.list.selected()?)
    }

    fn moved(&self) -> Handled {
        let rows = self.rows.as_deref().unwrap_or_default();
        let near_the_end = self.list.selected().is_some_and(|at| at + AHEAD > rows.len());
        match rows.last().filter(|_| near_the_end && !self.complete) {
            Some(last) => Self::ask(Request::Older(last.decision.id)).into(),
            None => Handled::done(),
        }
    }

    fn list_command(&mut self, command: Rows) -> Handled {
        if self.list.handle(command) {
            return self.moved();
        }
        match command {
            Rows::Open => self.selected().map_or(Handled::Ignored, |row| {
                Effect::Go(ScreenId::Review, Visit::Rewrite(row.decision.rewrite)).into()
            }),
            Rows::Copy => self.selected().map_or(Handled::Ignored, |row| {
                Effect::Copy { what: "the id of the rewrite", text: row.decision.rewrite.to_string() }.into()
            }),
            Rows::Down
            | Rows::Up
            | Rows::First
            | Rows::Last
            | Rows::PageDown
            | Rows::PageUp
            | Rows::Mark
            | Rows::Range
            | Rows::MarkAll
            | Rows::UnmarkAll
            | Rows::Filter
            | Rows::ClearFilter
            | Rows::Sort => Handled::Ignored,
        }
    }

    fn reply(&mut self, reply: &Reply) -> Handled {
        let backend::Request::Activity(question) = &reply.question else { return Handled::Ignored };
        match (question, &reply.answer) {
            (Request::Newest(number), Ok(backend::Answer::Activity(Answer::Rows(rows)))) => {
                self.complete = rows.len() < *number as usize;
                self.put(rows.clone());
                Handled::done()
            }
            (Request::Older(than), Ok(backend::Answer::Activity(Answer::Rows(older)))) => {
                let rows = self.rows.get_or_insert_default();
                if rows.last().is_some_and(|last| last.decision.id == *than) {
                    self.complete = older.len() < PAGE as usize;
                    rows.extend(older.iter().cloned());
                    self.list.set_len(rows.len());
                }
                Handled::done()
            }
            (Request::Undo(..), Ok(_)) => {
                [Effect::Toast(Toast::good("The decision was taken back.")), self.read_again()].into()
            }
            (_, Err(failure)) => Effect::Toast(Toast::from(failure)).into(),
            (_, Ok(_)) => Handled::Ignored,
        }
    }

    /// Takes new rows; the focus stays on its decision.
    fn put(&mut self, rows: Vec<ActivityRow>) {
        let focus = self.selected().map(|row| row.decision.id).filter(|_| self.list.selected() != Some(0));
        self.list.set_len(rows.len());
        if let Some(at) = focus.and_then(|id| rows.iter().position(|row| row.decision.id == id)) {
            self.list.select(at);
        }
        self.rows = Some(rows);
    }
}

impl Layer for Activity {
    fn title(&self) -> &'static str {
        "Activity"
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Activity, Scope::List, Scope::Global]
    }

    fn rows_to(&self, at: Position, _context: &Context) -> Option<isize> {
        self.list.rows_to(at)
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Visit(_) | Event::Notice(Notice::Store) => self.read_again().into(),
            Event::Command(Command::List(command)) => self.list_command(*command),
            Event::Command(Command::Activity(command::Activity::Undo)) => {
                self.selected().map_or(Handled::Ignored, |row| {
                    Self::ask(Request::Undo(row.decision.rewrite, row.decision.id)).into()
                })
            }
            Event::Reply(reply) => self.reply(reply),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        view::draw(self, frame, area, context);
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        match command {
            Command::Activity(command::Activity::Undo) => {
                self.selected().is_some_and(|row| view::can_be_undone(&row.decision.action))
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
            _ => true,
        }
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::one(Rows::Open),
            Hint::one(command::Activity::Undo),
            Hint::one(Rows::Copy).named("copy id"),
            Hint::one(Global::Palette),
            Hint::one(Global::Help),
            Hint::one(Global::Back),
        ]
    }
}

#[cfg(test)]
mod tests;
