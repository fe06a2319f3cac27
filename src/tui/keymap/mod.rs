//! Which keys call which command: the preset in `assets/keymap.toml` with the user's differences, checked once.
//!
//! This room resolves keys; it knows no screen and runs nothing.

mod check;
mod key;
pub mod pages;
mod parse;

use std::collections::BTreeMap;

pub use check::Problem;
pub use key::{Glyphs, Key};
pub(crate) use parse::nearest;

use super::command::{Command, Scope};
use crate::error::{Error, Result};

/// Differences from the preset: scope, command, keys. An empty list unbinds. It is what `[keys]` holds.
pub type Differences = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The preset, as a file that people can read.
pub const PRESET: &str = include_str!("../../../assets/keymap.toml");

/// Keys pressed one after the other, and the command that they call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The keys.
    pub keys: Vec<Key>,
    /// The command.
    pub command: Command,
}

/// What keys pressed so far mean in some scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Nothing begins with them.
    None,
    /// They call this command, and nothing longer begins with them.
    Command(Command),
    /// Something longer begins with them; they may also call a command themselves.
    Prefix(Option<Command>),
}

/// All keys of all scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The preset alone.
    pub fn preset() -> Result<Self> {
        Self::new(&Differences::new(), "")
    }

    /// The preset with the user's differences, which stand in `file`.
    pub fn new(differences: &Differences, file: &str) -> Result<Self> {
        let preset: Differences = toml::from_str(PRESET).map_err(|error| {
            Error::internal("The keys that redraft starts with cannot be read.").because(error)
        })?;
        let bindings = parse::merge(&preset, differences)
            .and_then(|bindings| check::check(&bindings).map(|()| bindings))
            .map_err(|problem| problem.in_file(file))?;
        Ok(Self { bindings })
    }

    /// What `keys` mean where `scopes` take keys.
    pub fn resolve(&self, scopes: &[Scope], keys: &[Key]) -> Match {
        let begun = || self.within(scopes).filter(|binding| binding.keys.starts_with(keys));
        let exact = begun().find(|binding| binding.keys.len() == keys.len()).map(|binding| binding.command);
        match (begun().any(|binding| binding.keys.len() > keys.len()), exact) {
            (true, exact) => Match::Prefix(exact),
            (false, Some(command)) => Match::Command(command),
            (false, None) => Match::None,
        }
    }

    /// What can follow `keys` where `scopes` take keys, in the order of the table.
    pub fn continuations(&self, scopes: &[Scope], keys: &[Key]) -> Vec<&Binding> {
        self.within(scopes)
            .filter(|binding| binding.keys.len() > keys.len() && binding.keys.starts_with(keys))
            .collect()
    }

    /// The keys of a command, the preferred first.
    pub fn keys_of(&self, command: Command) -> impl Iterator<Item = &[Key]> {
        self.bindings
            .iter()
            .filter(move |binding| binding.command == command)
            .map(|binding| binding.keys.as_slice())
    }

    /// The preferred keys of a command as the screen shows them, as `yy` or `^d`; `None` if it has none.
    pub fn shown(&self, command: Command, glyphs: Glyphs) -> Option<String> {
        self.keys_of(command).next().map(|keys| shown(keys, glyphs))
    }

    /// All keys of a command as the screen shows them, with blanks between.
    pub fn all_shown(&self, command: Command, glyphs: Glyphs) -> String {
        self.keys_of(command).map(|keys| shown(keys, glyphs)).collect::<Vec<_>>().join(" ")
    }

    fn within(&self, scopes: &[Scope]) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| scopes.contains(&binding.command.scope()))
    }
}

/// Keys pressed one after the other, as the screen shows them.
pub fn shown(keys: &[Key], glyphs: Glyphs) -> String {
    keys.iter().map(|key| key.short(glyphs)).collect()
}

#[cfg(test)]
mod tests;
