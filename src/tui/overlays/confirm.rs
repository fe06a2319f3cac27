//! The dialog that stands before everything dangerous.

use crossterm::event::KeyCode;
use ratatui::{Frame, layout::Rect};

use super::{framed, settle};
use crate::{
    text::Safe,
    tui::{
        Context, Event, Handled, Layer,
        command::{Command, Dialog, Scope},
        effect::{Action, Effect, Outcome},
        keymap::Key,
        theme::Meaning,
        widgets::{Input, Row, wrapped},
    },
};

/// Which button Enter presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Button {
    Cancel,
    Yes,
}

/// A question about an action, with what is known about it. Cancel is in focus at first. A question that wants a
/// number passes only when exactly that number is typed, whatever else is pressed.
#[derive(Debug, Clone)]
pub struct Confirm {
    title: Safe<'static>,
    action: Action,
    verb: &'static str,
    lines: Vec<(&'static str, Safe<'static>)>,
    typed: Option<(u64, Input)>,
    details: Option<Safe<'static>>,
    focus: Button,
    complaint: Option<&'static str>,
}

impl Confirm {
    /// Asks `title` (a question) about `action`; `verb` is the word on the button, as `approve`.
    pub fn new<'a>(title: impl Into<Safe<'a>>, verb: &'static str, action: Action) -> Self {
        Self {
            title: title.into().into_owned(),
            action,
            verb,
            lines: Vec::new(),
            typed: None,
            details: None,
            focus: Button::Cancel,
            complaint: None,
        }
    }

    /// Adds a line: a word and what it is, as `scope` and `all matching state:ready`. The word may be empty.
    #[must_use]
    pub fn line<'a>(mut self, word: &'static str, text: impl Into<Safe<'a>>) -> Self {
        self.lines.push((word, text.into().into_owned()));
        self
    }

    /// Wants this number typed.
    #[must_use]
    pub fn typed(mut self, number: u64) -> Self {
        self.typed = Some((number, Input::default()));
        self
    }

    /// Offers a key that shows what is concerned, a line each.
    #[must_use]
    pub fn details<'a>(mut self, details: impl Into<Safe<'a>>) -> Self {
        self.details = Some(details.into().into_owned());
        self
    }

    fn yes(&self) -> Handled {
        settle(Outcome::Confirmed(self.action.clone())).into()
    }

    fn command(&mut self, command: Dialog) -> Handled {
        match command {
            Dialog::No => Effect::Close.into(),
            Dialog::Yes if self.typed.is_none() => self.yes(),
            Dialog::Next if self.typed.is_none() => {
                self.focus = match self.focus {
                    Button::Cancel => Button::Yes,
                    Button::Yes => Button::Cancel,
                };
                Handled::done()
            }
            Dialog::Yes | Dialog::Next => {
                self.complaint = Some("The number must be typed.");
                Handled::done()
            }
            Dialog::Choose => self.choose(),
            Dialog::Details => match &self.details {
                Some(details) => {
                    Effect::open(super::Message::new("What is concerned", details.clone())).into()
                }
                None => Handled::Ignored,
            },
        }
    }

    fn choose(&mut self) -> Handled {
        match (&self.typed, self.focus) {
            (Some((number, input)), _) if input.text() == number.to_string() => self.yes(),
            (Some((_, input)), _) => {
                self.complaint = Some(if input.is_empty() {
                    "The number must be typed."
                } else {
                    "That is another number."
                });
                Handled::done()
            }
            (None, Button::Yes) => self.yes(),
            (None, Button::Cancel) => Effect::Close.into(),
        }
    }

    fn key(&mut self, key: Key) -> Handled {
        let Some((_, input)) = &mut self.typed else { return Handled::Ignored };
        let is_digit = key.typed().is_some_and(|character| character.is_ascii_digit());
        if !(is_digit || key.code() == KeyCode::Backspace) {
            return Handled::Ignored;
        }
        if is_digit && input.text().len() >= 12 {
            return Handled::done();
        }
        self.complaint = None;
        input.handle(key);
        Handled::done()
    }

    fn rows(&self, columns: usize) -> Vec<Row<'static>> {
        let words = self.lines.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        let indent = if words == 0 { 0 } else { words + 1 };
        let mut rows = Vec::new();
        for (word, text) in &self.lines {
            for (index, line) in wrapped(text, columns.saturating_sub(indent)).into_iter().enumerate() {
                let word = if index == 0 { word } else { "" };
                rows.push(Row::of(Meaning::Muted, word.to_owned()).pad(indent).put(Meaning::Dialog, line));
            }
        }
        rows
    }

    fn last_row(&self, context: &Context) -> Row<'static> {
        let key = |command: Dialog| context.keys.shown(command.into(), context.glyphs).unwrap_or_default();
        let offer = |row: Row<'static>, command: Dialog, label: &str| {
            row.put(Meaning::Key, key(command)).put(Meaning::Label, format!(" {label}   "))
        };
        if let Some((number, input)) = &self.typed {
            let mut row = Row::of(Meaning::Dialog, format!("type {number} and "))
                .put(Meaning::Key, key(Dialog::Choose))
                .put(Meaning::Dialog, format!(" to {}   ", self.verb));
            if self.details.is_some() {
                row = offer(row, Dialog::Details, "list them");
            }
            return offer(row, Dialog::No, "cancel")
                .put(Meaning::Input, input.text())
                .put(Meaning::Input, context.glyph("▏", "_"));
        }
        let button = |name: &str, button| {
            if self.focus == button {
                (Meaning::ButtonFocus, format!("[>{name}<]"))
            } else {
                (Meaning::Button, format!("[ {name} ]"))
            }
        };
        let (cancel, yes) = (button("cancel", Button::Cancel), button(self.verb, Button::Yes));
        let row = Row::of(cancel.0, cancel.1).put(Meaning::Dialog, "  ").put(yes.0, yes.1).text("   ");
        offer(offer(row, Dialog::Yes, self.verb), Dialog::No, "cancel")
    }
}

impl Layer for Confirm {
    fn title(&self) -> &'static str {
        "Dialog"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::Dialog(command)) => self.command(*command),
            Event::Key(key) => self.key(*key),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let width = area.width.min(68);
        let columns = usize::from(width).saturating_sub(4);
        let rows = self.rows(columns);
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(4);
        let inner = framed(frame, area, (width, height), &self.title, context);
        let [_, inner, _] = ratatui::layout::Layout::horizontal([
            ratatui::layout::Constraint::Length(1),
            ratatui::layout::Constraint::Fill(1),
            ratatui::layout::Constraint::Length(1),
        ])
        .areas(inner);
        let lines: Vec<Rect> = inner.rows().collect();
        let Some((last, rest)) = lines.split_last() else { return };
        for (row, line) in rows.iter().zip(rest) {
            row.draw(frame.buffer_mut(), *line, &context.theme);
        }
        if let (Some(complaint), Some(line)) = (self.complaint, rest.last()) {
            Row::of(Meaning::Caution, complaint).draw(frame.buffer_mut(), *line, &context.theme);
        }
        self.last_row(context).draw(frame.buffer_mut(), *last, &context.theme);
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        command != Dialog::Details.into() || self.details.is_some()
    }
}
