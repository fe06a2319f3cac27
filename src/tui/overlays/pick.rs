//! A list to choose from by typing: postings, models, anything that can be long.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{Frame, layout::Rect};

use super::{framed, settle};
use crate::{
    text::Safe,
    tui::{
        Context, Event, Handled, Layer,
        command::{self, Command, Scope},
        effect::{Effect, Outcome},
        theme::Meaning,
        widgets::{Focus, Input, List, Row},
    },
};

/// A list that shrinks to what matches the typed letters. The layer that opened it gets [`Event::Chosen`].
#[derive(Debug, Clone)]
pub struct Pick {
    by: Command,
    title: &'static str,
    items: Vec<Safe<'static>>,
    /// The items that match, the best first.
    found: Vec<usize>,
    input: Input,
    list: List,
}

impl Pick {
    /// Asks for one of `items` for `by`.
    pub fn new(by: impl Into<Command>, title: &'static str, items: Vec<Safe<'static>>) -> Self {
        let found: Vec<usize> = (0..items.len()).collect();
        Self { by: by.into(), title, list: List::new(found.len()), found, items, input: Input::default() }
    }

    /// Starts on that item.
    #[must_use]
    pub fn at(mut self, item: usize) -> Self {
        self.list.select(item);
        self
    }

    fn searched(&mut self) -> Handled {
        let typed = self.input.text();
        let pattern = Pattern::parse(&typed, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                Some((pattern.score(Utf32Str::new(item, &mut buffer), &mut matcher)?, index))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, index)| index).collect();
        self.list.set_len(self.found.len());
        self.list.select(0);
        Handled::done()
    }

    fn command(&mut self, command: command::Prompt) -> Handled {
        match command {
            command::Prompt::Accept => {
                let index = self.list.selected().and_then(|row| self.found.get(row)).copied();
                return index.map_or_else(Handled::done, |index| {
                    settle(Outcome::Chosen { by: self.by, index }).into()
                });
            }
            command::Prompt::Cancel => return Effect::Close.into(),
            command::Prompt::Next => self.list.handle_menu(command::Menu::Down),
            command::Prompt::Previous => self.list.handle_menu(command::Menu::Up),
            command::Prompt::Complete => return Handled::Ignored,
        };
        Handled::done()
    }
}

impl Layer for Pick {
    fn title(&self) -> &'static str {
        self.title
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
        let rows = u16::try_from(self.items.len()).unwrap_or(u16::MAX).saturating_add(3);
        let size = (area.width.saturating_sub(4).min(90), area.height.saturating_sub(4).min(rows.max(6)));
        let inner = framed(frame, area, size, self.title, context);
        let Some(first) = inner.rows().next() else { return };
        let line = Rect { x: first.x + 1, width: first.width.saturating_sub(1), ..first };
        self.input.draw(frame, line, "type a few letters of it", context);
        let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        self.list.draw(frame, body, (Focus::Here, context), |row| {
            let item = self.found.get(row).and_then(|index| self.items.get(*index));
            item.map_or_else(Row::new, |item| {
                Row::of(Meaning::Dialog, " ").put(Meaning::Dialog, item.as_str())
            })
        });
        if self.found.is_empty() {
            let line = Rect { height: body.height.min(1), ..body };
            Row::of(Meaning::Muted, " Nothing matches.").draw(frame.buffer_mut(), line, &context.theme);
        }
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        command != command::Prompt::Complete.into()
    }
}
