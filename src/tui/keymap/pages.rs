//! The pages about keys that are generated from the table: `docs/keys.md`, and the table in the README.

use super::{Glyphs, Keymap};
use crate::tui::command::{
    Batches, Candidates, Change, Command, Entry, Global, List, Queue, Review, Scope, WriteBack,
};

/// What the README shows.
const EVERYDAY: &[Command] = &[
    Command::Global(Global::Help),
    Command::Global(Global::Palette),
    Command::Global(Global::Back),
    Command::List(List::Down),
    Command::List(List::Up),
    Command::List(List::Open),
    Command::List(List::Mark),
    Command::List(List::MarkAll),
    Command::List(List::Filter),
    Command::Candidates(Candidates::Rewrite),
    Command::Batches(Batches::Pause),
    Command::Batches(Batches::Retry),
    Command::Review(Review::Approve),
    Command::Review(Review::Reject),
    Command::Review(Review::Skip),
    Command::Review(Review::Undo),
    Command::Change(Change::Next),
    Command::Change(Change::Cycle),
    Command::Change(Change::Finding),
    Command::Change(Change::Edit),
    Command::Change(Change::NextRewrite),
    Command::Queue(Queue::ApproveMany),
    Command::WriteBack(WriteBack::Write),
    Command::WriteBack(WriteBack::Revert),
];

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

/// The table of the README: the commands of everyday work.
pub fn summary(keymap: &Keymap) -> String {
    let mut page = String::from("| key | command | what it does |\n| --- | --- | --- |\n");
    for command in EVERYDAY {
        page += &row(keymap, command.entry());
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
