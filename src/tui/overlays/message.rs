//! A text to read and close: an error with its causes, or a longer answer.

use std::cell::Cell;

use ratatui::{Frame, layout::Rect};

use super::framed;
use crate::{
    text::Safe,
    tui::{
        Context, Event, Handled, Layer,
        command::{self, Command, Scope},
        effect::Effect,
        theme::Meaning,
        widgets::{Row, wrapped},
    },
};

/// A text in a box that scrolls.
#[derive(Debug, Clone)]
pub struct Message {
    title: &'static str,
    text: Safe<'static>,
    top: usize,
    /// The lines and the height that were drawn last: where scrolling ends.
    drawn: Cell<(usize, usize)>,
}

impl Message {
    /// Shows `text` under `title`.
    pub fn new<'a>(title: &'static str, text: impl Into<Safe<'a>>) -> Self {
        Self { title, text: text.into().into_owned(), top: 0, drawn: Cell::new((0, 0)) }
    }
}

impl Layer for Message {
    fn title(&self) -> &'static str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Menu]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        let Event::Command(Command::Menu(command)) = event else { return Handled::Ignored };
        let (lines, height) = self.drawn.get();
        let last = lines.saturating_sub(height);
        self.top = match command {
            command::Menu::Down => self.top + 1,
            command::Menu::Up => self.top.saturating_sub(1),
            command::Menu::PageDown => self.top + height,
            command::Menu::PageUp => self.top.saturating_sub(height),
            command::Menu::First => 0,
            command::Menu::Last => last,
            command::Menu::Choose | command::Menu::Search | command::Menu::Close => {
                return Effect::Close.into();
            }
        }
        .min(last);
        Handled::done()
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let width = area.width.saturating_sub(4).min(84);
        let lines = wrapped(&self.text, usize::from(width).saturating_sub(4));
        let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
        let inner = framed(frame, area, (width, height), self.title, context);
        self.drawn.set((lines.len(), usize::from(inner.height)));
        for (line, place) in lines.iter().skip(self.top).zip(inner.rows()) {
            Row::of(Meaning::Dialog, " ").put(Meaning::Dialog, line.as_str()).draw(
                frame.buffer_mut(),
                place,
                &context.theme,
            );
        }
    }
}
