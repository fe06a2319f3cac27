//! All commands that can be called here, by a fuzzy search over their names and sentences.

use ratatui::{Frame, layout::Rect};

use super::{
    framed,
    offer::{Availability, Offer, search},
    settle,
};
use crate::tui::{
    Context, Event, Handled, Layer,
    command::{self, Command, Scope},
    effect::{Effect, Outcome},
    theme::Meaning,
    widgets::{Focus, Input, List, Row},
};

/// The command palette.
#[derive(Debug, Clone)]
pub struct Palette {
    offers: Vec<Offer>,
    found: Vec<Offer>,
    input: Input,
    list: List,
}

impl Palette {
    /// Offers these commands, those that can be called now first.
    pub fn new(mut offers: Vec<Offer>) -> Self {
        offers.sort_by_key(|(_, availability)| *availability == Availability::NotNow);
        Self { found: offers.clone(), input: Input::default(), list: List::new(offers.len()), offers }
    }

    fn searched(&mut self) -> Handled {
        self.found = search(&self.offers, &self.input.text());
        self.list.set_len(self.found.len());
        self.list.select(0);
        Handled::done()
    }

    fn command(&mut self, command: command::Prompt) -> Handled {
        match command {
            command::Prompt::Accept => match self.chosen() {
                Some((entry, _)) => settle(Outcome::Called(entry.command)).into(),
                None => Handled::done(),
            },
            command::Prompt::Cancel => Effect::Close.into(),
            command::Prompt::Next => {
                self.list.handle_menu(command::Menu::Down);
                Handled::done()
            }
            command::Prompt::Previous => {
                self.list.handle_menu(command::Menu::Up);
                Handled::done()
            }
            command::Prompt::Complete => {
                if let Some((entry, _)) = self.chosen() {
                    self.input.set(entry.name);
                }
                self.searched()
            }
        }
    }

    fn chosen(&self) -> Option<Offer> {
        self.list.selected().and_then(|index| self.found.get(index)).copied()
    }

    fn row(&self, index: usize, columns: usize, context: &Context) -> Row<'static> {
        let Some((entry, availability)) = self.found.get(index).copied() else { return Row::new() };
        let (name, text) = match availability {
            Availability::Now => (Meaning::Dialog, Meaning::Muted),
            Availability::NotNow => (Meaning::Disabled, Meaning::Disabled),
        };
        let keys = context.keys.shown(entry.command, context.glyphs).unwrap_or_default();
        let key = if availability == Availability::Now { Meaning::Key } else { Meaning::Disabled };
        let mut end = Row::new();
        if availability == Availability::NotNow {
            end.push(Meaning::Disabled, "not now  ");
        }
        end.push(key, keys);
        Row::of(name, entry.name).pad(27).put(text, entry.doc).with_right(end, columns)
    }
}

impl Layer for Palette {
    fn title(&self) -> &'static str {
        "Commands"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Prompt]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::Prompt(command)) => self.command(*command),
            Event::Key(key) if self.input.handle(*key) => self.searched(),
            Event::Paste(text) => {
                self.input.insert(text);
                self.searched()
            }
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let size = (area.width.saturating_sub(4).min(100), area.height.saturating_sub(4).min(18));
        let inner = framed(frame, area, size, "Commands", context);
        let Some(first) = inner.rows().next() else { return };
        Row::of(Meaning::Strong, " : ").draw(frame.buffer_mut(), first, &context.theme);
        let line = Rect { x: first.x + 3, width: first.width.saturating_sub(3), ..first };
        self.input.draw(frame, line, "name of a command, or a few letters of it", context);
        let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        let columns = usize::from(body.width).saturating_sub(2);
        self.list.draw(frame, body, (Focus::Here, context), |index| self.row(index, columns, context));
        if self.found.is_empty() {
            let line = Rect { height: body.height.min(1), ..body };
            Row::of(Meaning::Muted, " No command matches.").draw(frame.buffer_mut(), line, &context.theme);
        }
    }
}
