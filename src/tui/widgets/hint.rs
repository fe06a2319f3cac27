//! One offer of the footer: keys and what they do.

use super::Row;
use crate::tui::{command::Command, context::Context, theme::Meaning};

/// A command, or two that belong together, with its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    commands: (Command, Option<Command>),
    label: Option<&'static str>,
}

impl Hint {
    /// One command with its own label.
    pub fn one(command: impl Into<Command>) -> Self {
        Self { commands: (command.into(), None), label: None }
    }

    /// Two commands with the label of the first, as `]/[ change`.
    pub fn pair(first: impl Into<Command>, second: impl Into<Command>) -> Self {
        Self { commands: (first.into(), Some(second.into())), label: None }
    }

    /// The same with another label.
    #[must_use]
    pub const fn named(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    /// The command, the first of two.
    pub const fn command(&self) -> Command {
        self.commands.0
    }

    /// As the footer shows it, as `a approve`; empty if no key is bound.
    pub fn row(&self, context: &Context) -> Row<'static> {
        let shown = |command| context.keys.shown(command, context.glyphs);
        let Some(mut keys) = shown(self.commands.0) else { return Row::new() };
        if let Some(second) = self.commands.1.and_then(shown) {
            keys = format!("{keys}/{second}");
        }
        let label = self.label.unwrap_or_else(|| self.commands.0.label());
        Row::of(Meaning::Key, keys).put(Meaning::Label, format!(" {label}"))
    }
}
