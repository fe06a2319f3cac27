//! Layers: screens, and overlays on top of them. Events go from the top down, drawing from the bottom up.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    command::{Command, Scope},
    context::Context,
    effect::Effect,
    event::Event,
    widgets::Hint,
};

/// What a layer made of an event.
pub enum Handled {
    /// Nothing: the next layer below may take it.
    Ignored,
    /// It took the event, and wants this done, in this order.
    Consumed(Vec<Effect>),
}

impl Handled {
    /// Took it; nothing more to do than to draw.
    pub const fn done() -> Self {
        Self::Consumed(Vec::new())
    }
}

impl From<Effect> for Handled {
    fn from(effect: Effect) -> Self {
        Self::Consumed(vec![effect])
    }
}

impl From<Vec<Effect>> for Handled {
    fn from(effects: Vec<Effect>) -> Self {
        Self::Consumed(effects)
    }
}

impl<const N: usize> From<[Effect; N]> for Handled {
    fn from(effects: [Effect; N]) -> Self {
        Self::Consumed(effects.into())
    }
}

/// How much of the screen a layer takes, and whether layers below get what it ignores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The whole screen; nothing lies below it that could take keys.
    Screen,
    /// A part of the screen; keys that it ignores are dropped.
    Modal,
}

/// A screen, or something on top of it.
pub trait Layer {
    /// A word for the help: what the keys act on now, as `Review queue`.
    fn title(&self) -> &'static str;

    /// Whether it is a screen or stands on top of one.
    fn depth(&self) -> Depth {
        Depth::Modal
    }

    /// Which scopes take keys now, the closest first: one of [`super::command::PLACES`]. A layer with panes answers
    /// for the pane that has the keys. `Terminal` need not be among them.
    fn scopes(&self) -> &'static [Scope];

    /// How many rows below the focus a place on the screen is, for a click of the mouse: the focus is moved there as
    /// the keys move it. `None`: there is no row that could have it.
    fn rows_to(&self, _at: Position, _context: &Context) -> Option<isize> {
        None
    }

    /// Takes an event, or leaves it to the layer below. Must not block: what takes time is asked of the backend.
    fn handle(&mut self, event: &Event, context: &Context) -> Handled;

    /// Draws itself into `area`, which is the whole screen. Must change nothing.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context);

    /// Whether a command of its scopes can be called now. Help and palette show the others in grey, and their keys
    /// only leave a hint.
    fn enabled(&self, _command: Command, _context: &Context) -> bool {
        true
    }

    /// What the footer offers now, the most useful first: those that do not fit are left out from the end.
    fn hints(&self, _context: &Context) -> Vec<Hint> {
        Vec::new()
    }

    /// What would be lost by quitting now, as `the edit of C-004871`; asked about before.
    fn unsaved(&self) -> Option<String> {
        None
    }
}
