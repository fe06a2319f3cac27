//! The pages about keys that are generated from the table: `docs/keys.md`, and the table in the README.

use super::{Glyphs, Keymap};
use crate::tui::command::{Entry, Scope};

/// The whole of `docs/keys.md`.
pub fn reference(keymap: &Keymap) -> String {
    let mut page = String::from(
        "# Keys\n\n\
         Generated from the table of commands; do not edit. `?` in redraft shows the same with your own keys, `:` runs\n\
         any command by its name. How to change keys: the head of `assets/keymap.toml`.\n",
    );
    for scope in Scope::ALL {
        page.extend(["\n## ", scope.doc(), "\n\n| key | command | what it does |\n| --- | --- | --- |\n"]);
        for entry in scope.entries() {
            page += &row(keymap, entry);
        }
    }
    page
}

/// The rows of the README: the commands of everyday work.
pub fn summary(keymap: &Keymap) -> String {
    const SCOPES: &[Scope] =
        &[Scope::Global, Scope::List, Scope::Candidates, Scope::Batches, Scope::Review, Scope::Queue];
    const MORE: &[Scope] = &[Scope::Change, Scope::WriteBack];
    let mut page = String::from("| key | command | what it does |\n| --- | --- | --- |\n");
    for entry in SCOPES.iter().chain(MORE).flat_map(|scope| scope.entries()) {
        if keymap.keys_of(entry.command).next().is_some() {
            page += &row(keymap, entry);
        }
    }
    page
}

fn row(keymap: &Keymap, entry: &Entry) -> String {
    let keys: Vec<String> =
        keymap.keys_of(entry.command).map(|keys| quoted(&super::shown(keys, Glyphs::Ascii))).collect();
    format!("| {} | `{}` | {} |\n", keys.join(" "), entry.name, entry.doc)
}

fn quoted(keys: &str) -> String {
    format!("`{}`", keys.replace('|', "\\|"))
}
