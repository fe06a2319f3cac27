//! Review: decide about rewrites.

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

/// What Review asks of the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What the screen shows.
    Read,
}

/// What Review is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What the screen shows.
    Read,
}

/// What Review does only after a dialog.
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
pub struct Review;

impl Layer for Review {
    fn title(&self) -> &'static str {
        "Review"
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Review, Scope::Queue, Scope::List, Scope::Global]
    }

    fn handle(&mut self, _event: &Event, _context: &Context) -> Handled {
        Handled::Ignored
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let parts = chrome::split(area, 1);
        chrome::title(frame, parts.title, "Review", context);
        chrome::tabs(frame, parts.tabs, ScreenId::Review, context);
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
