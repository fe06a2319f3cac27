//! Drives the application without a terminal, a clock or a database: keys in, pictures and orders out.
//!
//! Screens are tested with it in their own files, and sessions over several screens in `tests/`. Time stands still
//! until [`Stage::pass`] moves it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, layout::Size, style::Style};
use tokio::time::Instant;

use super::{
    app::{App, Order},
    backend::{Answer, Ask, Failure, Following, Reply, Request},
    command::Command,
    context::Context,
    event::Notice,
    keymap::{Key, Keymap},
    layer::Layer,
    theme::{Choice, Depth, Theme},
};
use crate::{domain::Reviewer, engine::port::Progress, error::Error};

/// The moment at which every stage begins: 2026-11-23 12:04:11 UTC.
pub const START: &str = "2026-11-23T12:04:11Z";

/// The application and a screen that only tests see.
pub struct Stage {
    app: App,
    terminal: Terminal<TestBackend>,
    orders: Vec<Order>,
}

/// What a layer may look at in a test: colours of a dark terminal, the preset's keys, reviewer `anna`.
pub fn context(columns: u16, rows: u16) -> Context {
    let theme = Theme::new(Choice::Dark, Depth::Indexed).unwrap_or_else(|error| unreachable!("{error}"));
    let keys = Keymap::preset().unwrap_or_else(|error| unreachable!("{error}"));
    let mut context = Context::new(theme, keys, Reviewer("anna".to_owned()));
    context.size = Size::new(columns, rows);
    context.now = START.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    context
}

impl Stage {
    /// The application at that size, on its first screen, which has asked for what it shows.
    pub fn at(columns: u16, rows: u16) -> Self {
        Self::with(App::new(context(columns, rows)))
    }

    /// The same with a context of the test's own.
    pub fn of(context: Context) -> Self {
        Self::with(App::new(context))
    }

    /// The same with one screen in the place of the Dashboard: a screen alone.
    pub fn of_screen(context: Context, screen: impl Layer + 'static) -> Self {
        let mut screens = super::screens::all();
        screens[0] = Box::new(screen);
        Self::with(App::with_screens(context, screens))
    }

    fn with(app: App) -> Self {
        let Size { width, height } = app.context().size;
        let Ok(terminal) = Terminal::new(TestBackend::new(width, height));
        let mut stage = Self { app, terminal, orders: Vec::new() };
        let orders = stage.app.start();
        stage.orders.extend(orders);
        stage
    }

    /// Presses keys, with blanks between: `j j space`, `g g`, `ctrl-d`. Panics on what is no key.
    pub fn key(&mut self, keys: &str) -> &mut Self {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            let Some(key) = Key::parse(name) else { unreachable!("{name:?} is no key") };
            let orders = self.app.key(key);
            self.orders.extend(orders);
        }
        self
    }

    /// Types text, key by key.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            let orders = self.app.key(Key::char(character));
            self.orders.extend(orders);
        }
        self
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        let orders = self.app.paste(text.to_owned());
        self.orders.extend(orders);
        self
    }

    /// The external editor has ended with this text.
    pub fn edited(&mut self, by: Command, text: &str) -> &mut Self {
        let orders = self.app.edited(by, Ok(text.to_owned()));
        self.orders.extend(orders);
        self
    }

    /// Answers a request.
    pub fn reply(&mut self, question: Request, answer: Answer) -> &mut Self {
        self.deliver(Reply { question, answer: Ok(answer), more: Following::Done })
    }

    /// The application ends.
    pub fn leave(&mut self) -> &mut Self {
        let orders = self.app.leaving();
        self.orders.extend(orders);
        self
    }

    /// Fails a request.
    pub fn fail(&mut self, question: Request, error: Error) -> &mut Self {
        self.deliver(Reply { question, answer: Err(Failure::from(error)), more: Following::Done })
    }

    /// Gives a reply to the application.
    pub fn deliver(&mut self, reply: Reply) -> &mut Self {
        let orders = self.app.reply(reply);
        self.orders.extend(orders);
        self
    }

    /// Answers everything that was asked with what `answer` makes of it; what it makes nothing of stays unanswered.
    /// Goes on until nothing new is asked.
    pub fn answer_all(&mut self, mut answer: impl FnMut(&Request) -> Option<Answer>) -> &mut Self {
        loop {
            let asked: Vec<Request> = self.asked();
            if asked.is_empty() {
                return self;
            }
            for question in asked {
                if let Some(reply) = answer(&question) {
                    self.reply(question, reply);
                }
            }
        }
    }

    /// Tells that something has changed.
    pub fn notice(&mut self, notice: Notice) -> &mut Self {
        let orders = self.app.notice(notice);
        self.orders.extend(orders);
        self
    }

    /// Tells how far batches are.
    pub fn progress(&mut self, progress: Progress) -> &mut Self {
        self.app.context_mut().progress = Arc::new(progress);
        self.notice(Notice::Progress)
    }

    /// Lets time pass, and what is due happen.
    pub fn pass(&mut self, time: Duration) -> &mut Self {
        let until = self.app.context().instant + time;
        while let Some(at) = self.app.next_wake().filter(|at| *at <= until) {
            self.move_to(at);
            let orders = self.app.wake();
            self.orders.extend(orders);
        }
        self.move_to(until);
        self
    }

    fn move_to(&mut self, instant: Instant) {
        let context = self.app.context();
        let passed = instant.saturating_duration_since(context.instant);
        let now = context.now + passed;
        self.app.set_now(now, instant);
    }

    /// Changes the size of the screen.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.app.resize(Size::new(columns, rows));
        self.terminal.backend_mut().resize(columns, rows);
        self
    }

    /// The application.
    pub const fn app(&mut self) -> &mut App {
        &mut self.app
    }

    /// What was ordered since this was last called.
    pub fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    /// The requests among what was ordered since this or [`Self::orders`] was last called.
    pub fn asked(&mut self) -> Vec<Request> {
        self.asks().into_iter().map(|ask| ask.request).collect()
    }

    /// The same with their slots.
    pub fn asks(&mut self) -> Vec<Ask> {
        let (asks, rest) =
            self.orders().into_iter().partition::<Vec<_>, _>(|order| matches!(order, Order::Ask(_)));
        self.orders = rest;
        asks.into_iter()
            .filter_map(|order| match order {
                Order::Ask(ask) => Some(ask),
                _ => None,
            })
            .collect()
    }

    /// Draws a frame.
    pub fn draw(&mut self) -> &Buffer {
        let app = &self.app;
        let Ok(_) = self.terminal.draw(|frame| app.draw(frame));
        self.terminal.backend().buffer()
    }

    /// The screen as text: its lines without the blanks at their ends.
    pub fn shot(&mut self) -> String {
        picture(self.draw())
    }

    /// The line of that number, from 0.
    pub fn line(&mut self, row: usize) -> String {
        self.shot().lines().nth(row).unwrap_or_default().to_owned()
    }

    /// How the first place looks where the screen says `text`, if it does.
    pub fn style_of(&mut self, text: &str) -> Option<Style> {
        let buffer = self.draw();
        let width = usize::from(buffer.area.width);
        buffer.content.chunks(width).find_map(|cells| {
            let row: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            let at = row.split_once(text)?.0.len();
            let mut bytes = 0;
            cells
                .iter()
                .find(|cell| {
                    let here = bytes == at;
                    bytes += cell.symbol().len();
                    here
                })
                .map(ratatui::buffer::Cell::style)
        })
    }
}

/// A drawn screen as text: its lines without the blanks at their ends.
pub fn picture(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut text = String::new();
    for cells in buffer.content.chunks(width) {
        let mut line = String::new();
        let mut covered = 0;
        for cell in cells {
            // The cells under the right half of a wide character hold a blank that the terminal never shows.
            if covered > 0 {
                covered -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            covered = crate::text::width(cell.symbol()).saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
