//! A short list to choose from.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{framed, settle};
use crate::tui::{
    Context, Event, Handled, Layer,
    command::{self, Command, Scope},
    effect::{Effect, Outcome},
    theme::Meaning,
    widgets::{Focus, List, Row},
};

/// A list to choose one row of. The layer that opened it gets [`Event::Chosen`].
#[derive(Debug, Clone)]
pub struct Menu {
    by: Command,
    title: &'static str,
    rows: Vec<Row<'static>>,
    list: List,
}

impl Menu {
    /// Asks for a row for `by`.
    pub fn new(by: impl Into<Command>, title: &'static str, rows: Vec<Row<'static>>) -> Self {
        Self { by: by.into(), title, list: List::new(rows.len()), rows }
    }

    /// Starts on that row.
    #[must_use]
    pub fn at(mut self, row: usize) -> Self {
        self.list.select(row);
        self
    }
}

impl Layer for Menu {
    fn title(&self) -> &'static str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Menu]
    }

    fn rows_to(&self, at: Position, _context: &Context) -> Option<isize> {
        self.list.rows_to(at)
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        let Event::Command(Command::Menu(command)) = event else { return Handled::Ignored };
        if self.list.handle_menu(*command) {
            return Handled::done();
        }
        match (command, self.list.selected()) {
            (command::Menu::Choose, Some(index)) => settle(Outcome::Chosen { by: self.by, index }).into(),
            _ => Effect::Close.into(),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let widest = self.rows.iter().map(Row::width).max().unwrap_or(0).max(self.title.len());
        let width = u16::try_from(widest + 6).unwrap_or(u16::MAX).clamp(30, area.width.max(34) - 4);
        let height = u16::try_from(self.rows.len() + 2).unwrap_or(u16::MAX).min(area.height.max(6) - 4);
        let inner = framed(frame, area, (width, height), self.title, context);
        self.list.draw(frame, inner, (Focus::Here, context), |index| {
            let mut row = Row::of(Meaning::Dialog, " ");
            row.append(self.rows.get(index).cloned().unwrap_or_default());
            row
        });
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        command != command::Menu::Search.into()
    }
}
