//! An input line at the foot of the screen.

use ratatui::{Frame, layout::Rect};

use super::settle;
use crate::{
    text::Safe,
    tui::{
        Context, Event, Handled, Layer,
        command::{self, Command, Scope},
        effect::Outcome,
        theme::Meaning,
        widgets::{Input, Row, blank},
    },
};

/// When the layer that opened an input line hears of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    WhenAccepted,
    AsOneTypes,
}

/// An input line. The layer that opened it gets [`Event::Prompted`], and [`Event::Typing`] if it wants to follow.
#[derive(Debug, Clone)]
pub struct Prompt {
    by: Command,
    label: &'static str,
    placeholder: &'static str,
    first: String,
    input: Input,
    telling: Telling,
    complaint: Option<Safe<'static>>,
    completing: Option<Completing>,
    /// What was offered last, and which of it is typed in now.
    offered: Option<(Vec<(String, &'static str)>, usize)>,
}

/// Gives the whole texts that a text can be completed to, the best first, each with a few words about it.
type Completing = fn(&str) -> Vec<(String, &'static str)>;

impl Prompt {
    /// Asks for the text of `by`, as `filter`.
    pub fn new(by: impl Into<Command>, label: &'static str) -> Self {
        Self {
            by: by.into(),
            label,
            placeholder: "",
            first: String::new(),
            input: Input::default(),
            telling: Telling::WhenAccepted,
            complaint: None,
            completing: None,
            offered: None,
        }
    }

    /// Starts with a text.
    #[must_use]
    pub fn with(mut self, text: impl Into<String>) -> Self {
        self.first = text.into();
        self.input.set(self.first.clone());
        self
    }

    /// Says what can be typed while nothing is.
    #[must_use]
    pub const fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// Tells every change of the text, and the first text again when it is cancelled.
    #[must_use]
    pub const fn live(mut self) -> Self {
        self.telling = Telling::AsOneTypes;
        self
    }

    /// Says what was wrong with the text that it starts with.
    #[must_use]
    pub fn complaint<'a>(mut self, complaint: impl Into<Safe<'a>>) -> Self {
        self.complaint = Some(complaint.into().into_owned());
        self
    }

    /// Completes what is typed: each press takes the next of the texts that `completing` gives.
    #[must_use]
    pub const fn completing(mut self, completing: Completing) -> Self {
        self.completing = Some(completing);
        self
    }

    fn complete(&mut self) -> Handled {
        let Some(completing) = self.completing else { return Handled::Ignored };
        let (texts, at) = match self.offered.take() {
            Some((texts, at)) => {
                let next = (at + 1) % texts.len().max(1);
                (texts, next)
            }
            None => (completing(&self.input.text()), 0),
        };
        let Some((text, _)) = texts.get(at) else {
            self.complaint = Some(Safe::line("Nothing begins like that."));
            return Handled::done();
        };
        self.input.set(text.clone());
        let telling = self.changed();
        // The only one is not offered again: what follows it is completed next.
        self.offered = (texts.len() > 1).then_some((texts, at));
        telling
    }

    /// What the key for completing has offered: the one that is typed in, then the next ones.
    fn offers(&self) -> Option<Row<'static>> {
        let (texts, at) = self.offered.as_ref()?;
        let mut row = Row::of(Meaning::Muted, " ");
        for (index, (text, doc)) in texts.iter().cycle().skip(*at).take(texts.len().min(6)).enumerate() {
            let word = text.rsplit([' ', '(']).next().unwrap_or(text).to_owned();
            let meaning = if index == 0 { Meaning::Strong } else { Meaning::Muted };
            row.push(meaning, word);
            if index == 0 && !doc.is_empty() {
                row.push(Meaning::Muted, format!(" ({doc})"));
            }
            row.push(Meaning::Muted, "  ");
        }
        Some(row)
    }

    fn changed(&mut self) -> Handled {
        self.complaint = None;
        self.offered = None;
        match self.telling {
            Telling::WhenAccepted => Handled::done(),
            Telling::AsOneTypes => settle(Outcome::Typing { by: self.by, text: self.input.text() }).into(),
        }
    }

    fn command(&mut self, command: command::Prompt) -> Handled {
        let outcome = match command {
            command::Prompt::Accept => Outcome::Prompted { by: self.by, text: self.input.text() },
            command::Prompt::Cancel => Outcome::Cancelled { by: self.by, text: self.first.clone() },
            command::Prompt::Complete => return self.complete(),
            command::Prompt::Next | command::Prompt::Previous => return Handled::Ignored,
        };
        match (outcome, self.telling) {
            (Outcome::Cancelled { .. }, Telling::WhenAccepted) => crate::tui::Effect::Close.into(),
            (outcome, _) => settle(outcome).into(),
        }
    }
}

impl Layer for Prompt {
    fn title(&self) -> &'static str {
        "Input line"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Prompt]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::Prompt(command)) => self.command(*command),
            Event::Key(key) => {
                if self.input.handle(*key) {
                    self.changed()
                } else {
                    Handled::Ignored
                }
            }
            Event::Paste(text) => {
                self.input.insert(text);
                self.changed()
            }
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let Some(line) = area.rows().next_back() else { return };
        blank(frame, line, context);
        let label = Row::of(Meaning::Strong, format!(" {}: ", self.label));
        let width = u16::try_from(label.width()).unwrap_or(0).min(line.width);
        label.draw(frame.buffer_mut(), line, &context.theme);
        let rest = Rect { x: line.x + width, width: line.width - width, ..line };
        self.input.draw(frame, rest, self.placeholder, context);
        let complaint = self.complaint.as_ref();
        let complaint =
            complaint.map(|text| Row::of(Meaning::Caution, " ").put(Meaning::Caution, text.clone()));
        if let (Some(row), Some(above)) = (complaint.or_else(|| self.offers()), area.rows().nth_back(1)) {
            blank(frame, above, context);
            row.draw(frame.buffer_mut(), above, &context.theme);
        }
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        match command {
            Command::Prompt(command::Prompt::Accept | command::Prompt::Cancel) => true,
            Command::Prompt(command::Prompt::Complete) => self.completing.is_some(),
            _ => false,
        }
    }
}
