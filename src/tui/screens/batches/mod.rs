//! Batches: watch, pause and retry bulk work.

use ratatui::{Frame, layout::Rect};

use crate::{
    error::Result,
    tui::{
        Context, Event, Handled, Layer,
        backend::{More, Services},
        command::{Global, List, Scope},
        layer::Depth,
        screens::ScreenId,
        widgets::{Hint, chrome},
    },
};

/// What Batches asks of the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What the screen shows.
    Read,
}

/// What Batches is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What the screen shows.
    Read,
}

/// What Batches does only after a dialog.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing yet.
    #[default]
    Nothing,
}

/// Answers a request on the ports.
#[allow(clippy::unused_async, reason = "requests will read and write")]
pub async fn answer(request: Request, _services: &Services, _more: &More) -> Result<Answer> {
    match request {
        Request::Read => Ok(Answer::Read),
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct Batches;

impl Layer for Batches {
    fn title(&self) -> &'static str {
        "Batches"
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Batches, Scope::List, Scope::Global]
    }

    fn handle(&mut self, _event: &Event, _context: &Context) -> Handled {
        Handled::Ignored
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let parts = chrome::split(area, 1);
        chrome::title(frame, parts.title, "Batches", context);
        chrome::tabs(frame, parts.tabs, ScreenId::Batches, context);
        chrome::rule(frame, parts.rule, context);
        chrome::footer(frame, parts.footer, &self.hints(context), context);
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::one(List::Open),
            Hint::one(List::Filter),
            Hint::one(Global::Palette),
            Hint::one(Global::Help),
            Hint::one(Global::Back),
        ]
    }
}
