//! What reaches a layer.

use jiff::Timestamp;
use ratatui::layout::Position;

use super::{
    backend::Reply,
    command::Command,
    effect::{Action, Visit},
    keymap::Key,
};

/// Something that happened. Keys arrive as commands where they are bound.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Event {
    /// A command was called, by a key or from the palette.
    Command(Command),
    /// A key that calls no command here; where text is typed, most of them.
    Key(Key),
    /// Text pasted while text is typed; at most 1 MiB.
    Paste(String),
    /// The screen comes to the front: what it shows may be old.
    Visit(Visit),
    /// Something that the screen may show has changed; read again what is shown.
    Notice(Notice),
    /// A question to the backend was answered.
    Reply(Reply),
    /// A dialog was answered with yes.
    Confirmed(Confirmed),
    /// An input line that this command opened was accepted.
    Prompted {
        /// The command that opened it.
        by: Command,
        /// What was typed; may be empty.
        text: String,
    },
    /// The text of an input line that this command opened has changed.
    Typing {
        /// The command that opened it.
        by: Command,
        /// What is typed so far.
        text: String,
    },
    /// A row of a menu that this command opened was taken.
    Chosen {
        /// The command that opened it.
        by: Command,
        /// Which row, from 0.
        index: usize,
    },
    /// The external editor that this command opened has ended.
    Edited {
        /// The command that opened it.
        by: Command,
        /// The text as it was saved; `None` if it failed, which was told already.
        text: Option<String>,
    },
    /// The time that [`super::Effect::Wake`] asked for has come.
    Wake,
    /// The application ends, perhaps because the terminal is gone. Ask only for what saves work.
    Leaving,
}

/// What a mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// The wheel was turned up.
    WheelUp,
    /// The wheel was turned down.
    WheelDown,
    /// The left button was pressed here.
    Click(Position),
}

/// What has changed, not how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Something in the store.
    Store,
    /// How far running batches are, in [`super::Context::progress`].
    Progress,
}

/// Proof that a person was asked about an action and said yes. Only the dialog makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirmed {
    action: Action,
    at: Timestamp,
}

impl Confirmed {
    pub(in crate::tui) const fn new(action: Action, at: Timestamp) -> Self {
        Self { action, at }
    }

    /// The action.
    pub const fn action(&self) -> &Action {
        &self.action
    }

    /// When it was confirmed.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}
