//! Finds keys that would call two commands, and says what is wrong with a configuration of keys.

use super::{Binding, Glyphs, shown};
use crate::{
    error::Error,
    tui::command::{Command, PLACES},
};

/// What is wrong with the keys, at which command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    key: String,
    message: String,
    hint: String,
}

impl Problem {
    pub(super) fn unknown_scope(scope: &str, nearest: Option<&str>) -> Self {
        Self {
            key: format!("keys.{scope}"),
            message: format!("There is no group of commands \"{scope}\"."),
            hint: nearest.map_or_else(all_names, |nearest| format!("Did you mean \"{nearest}\"?")),
        }
    }

    pub(super) fn unknown_command(name: &str, nearest: Option<&str>) -> Self {
        Self {
            key: format!("keys.{name}"),
            message: format!("There is no command \"{name}\"."),
            hint: nearest.map_or_else(all_names, |nearest| format!("Did you mean \"{nearest}\"?")),
        }
    }

    pub(super) fn no_key(command: Command, text: &str) -> Self {
        Self {
            key: place(command),
            message: format!("\"{text}\" is no key."),
            hint:
                "A key is a character, or a name as space, enter, esc, tab, up, pgdn, f5, also after ctrl-, \
                   alt- or shift-; keys that are pressed one after the other have a blank between them."
                    .to_owned(),
        }
    }

    pub(super) fn indistinct(command: Command, key: &str, other: &str) -> Self {
        Self {
            key: place(command),
            message: format!("A terminal sends the same for \"{key}\" as for \"{other}\"."),
            hint: format!("Bind \"{other}\", or another key."),
        }
    }

    pub(super) fn types_text(command: Command, key: &str) -> Self {
        Self {
            key: place(command),
            message: format!("\"{key}\" types text where \"{}\" can be called.", command.name()),
            hint: "Bind a key that types nothing, as f2 or ctrl-o.".to_owned(),
        }
    }

    fn twice(keys: &str, place_name: &str, first: Command, second: Command) -> Self {
        Self {
            key: place(second),
            message: format!(
                "In {place_name}, \"{keys}\" would call both \"{}\" and \"{}\".",
                first.name(),
                second.name()
            ),
            hint: "Give one of them another key, or an empty list.".to_owned(),
        }
    }

    /// The problem as an error of the configuration in `file`.
    pub fn in_file(self, file: &str) -> Error {
        let place = if file.is_empty() { self.key } else { format!("{file}, {}", self.key) };
        Error::config(self.message).at(place).hint(self.hint)
    }
}

fn place(command: Command) -> String {
    format!("keys.{}", command.name())
}

fn all_names() -> String {
    "`?` in redraft shows every command with its name, and so does docs/keys.md.".to_owned()
}

/// Fails on the first key that calls two commands in one place.
pub(super) fn check(bindings: &[Binding]) -> Result<(), Problem> {
    for (name, scopes) in PLACES {
        let here: Vec<&Binding> =
            bindings.iter().filter(|binding| scopes.contains(&binding.command.scope())).collect();
        for (index, second) in here.iter().enumerate() {
            if let Some(first) = here[..index].iter().find(|first| first.keys == second.keys) {
                let keys = shown(&second.keys, Glyphs::Ascii);
                return Err(Problem::twice(&keys, name, first.command, second.command));
            }
        }
    }
    Ok(())
}
