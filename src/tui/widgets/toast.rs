//! Messages in the lower right corner: up to three at once, gone after a while, kept under Activity.

use std::time::Duration;

use ratatui::{Frame, layout::Rect};
use tokio::time::Instant;

use super::Row;
use crate::{
    text::Safe,
    tui::{backend::Failure, context::Context, theme::Meaning},
};

/// How many messages are shown at once.
const SHOWN: usize = 3;

/// How a message sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Plain,
    /// It went well.
    Good,
    /// It needs a look.
    Caution,
    /// It failed.
    Bad,
}

impl Tone {
    const fn sign(self) -> &'static str {
        match self {
            Self::Plain => "i",
            Self::Good => "+",
            Self::Caution => "!",
            Self::Bad => "x",
        }
    }

    const fn meaning(self) -> Meaning {
        match self {
            Self::Plain => Meaning::Dialog,
            Self::Good => Meaning::Good,
            Self::Caution => Meaning::Caution,
            Self::Bad => Meaning::Bad,
        }
    }

    const fn shown_for(self) -> Duration {
        match self {
            Self::Plain | Self::Good => Duration::from_secs(4),
            Self::Caution => Duration::from_secs(6),
            Self::Bad => Duration::from_secs(10),
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// How it sounds.
    pub tone: Tone,
    /// One sentence.
    pub text: Safe<'static>,
    /// What to do next.
    pub hint: Option<Safe<'static>>,
}

impl Toast {
    /// A message of that tone.
    pub fn new<'a>(tone: Tone, text: impl Into<Safe<'a>>) -> Self {
        Self { tone, text: text.into().into_owned(), hint: None }
    }

    /// For information.
    pub fn plain<'a>(text: impl Into<Safe<'a>>) -> Self {
        Self::new(Tone::Plain, text)
    }

    /// It went well.
    pub fn good<'a>(text: impl Into<Safe<'a>>) -> Self {
        Self::new(Tone::Good, text)
    }

    /// It needs a look.
    pub fn caution<'a>(text: impl Into<Safe<'a>>) -> Self {
        Self::new(Tone::Caution, text)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint<'a>(mut self, hint: impl Into<Safe<'a>>) -> Self {
        self.hint = Some(hint.into().into_owned());
        self
    }

    /// As a list shows it: sign and sentence.
    pub fn row(&self) -> Row<'_> {
        Row::of(self.tone.meaning(), format!("{} ", self.tone.sign())).text(self.text.as_str())
    }
}

impl From<&Failure> for Toast {
    fn from(failure: &Failure) -> Self {
        let toast = Self::new(Tone::Bad, failure.message());
        match failure.hint() {
            Some(hint) => toast.hint(hint),
            None => toast,
        }
    }
}

/// The messages on the screen.
#[derive(Debug, Default, Clone)]
pub struct Toasts {
    shown: Vec<(Toast, Instant)>,
}

impl Toasts {
    /// Shows a message from `now` on; the oldest of more than three goes. The same message twice is shown once.
    pub fn show(&mut self, toast: Toast, now: Instant) {
        let until = now + toast.tone.shown_for();
        self.shown.retain(|(shown, _)| *shown != toast);
        self.shown.push((toast, until));
        if self.shown.len() > SHOWN {
            self.shown.remove(0);
        }
    }

    /// When the next message goes.
    pub fn next(&self) -> Option<Instant> {
        self.shown.iter().map(|(_, until)| *until).min()
    }

    /// Takes away the messages whose time is over. Returns whether there were any.
    pub fn expire(&mut self, now: Instant) -> bool {
        let before = self.shown.len();
        self.shown.retain(|(_, until)| *until > now);
        self.shown.len() < before
    }

    /// Draws the messages above the last two lines of `area`, the newest at the bottom.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let columns = usize::from(area.width).saturating_sub(4).min(76);
        let mut bottom = area.bottom().saturating_sub(2);
        for (toast, _) in self.shown.iter().rev() {
            let rows = rows(toast, columns);
            let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
            let width = rows.iter().map(Row::width).max().unwrap_or(0) + 2;
            let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width);
            let Some(top) = bottom.checked_sub(height).filter(|top| *top >= area.y) else { return };
            let place = Rect::new(area.right().saturating_sub(width), top, width, height);
            super::blank(frame, place, context);
            for (row, line) in rows.into_iter().zip(place.rows()) {
                let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
                row.draw(frame.buffer_mut(), inner, &context.theme);
            }
            bottom = top;
        }
    }
}

fn rows(toast: &Toast, columns: usize) -> Vec<Row<'static>> {
    let meaning = toast.tone.meaning();
    let mut rows = Vec::new();
    for (index, line) in super::wrapped(&toast.text, columns.saturating_sub(2)).into_iter().enumerate() {
        let sign = if index == 0 { toast.tone.sign() } else { " " };
        rows.push(Row::of(meaning, format!("{sign} ")).put(meaning, line));
    }
    for line in toast.hint.iter().flat_map(|hint| super::wrapped(hint, columns.saturating_sub(2))) {
        rows.push(Row::of(Meaning::Dialog, "  ").put(Meaning::Muted, line));
    }
    rows
}
