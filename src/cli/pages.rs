//! The page of all commands, made from their definitions; a test keeps `docs/cli.md` equal to it.

use clap::{Command, CommandFactory};

use super::Cli;

/// The help of every command, as Markdown.
pub fn reference() -> String {
    let mut page = String::new();
    let mut root = Cli::command().disable_help_subcommand(true).term_width(100);
    root.build();
    section(&mut root, "redraft", &mut page);
    page
}

fn section(command: &mut Command, name: &str, page: &mut String) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = without_globals(&help, name != "redraft").collect();
    page.push_str("### `");
    page.push_str(name);
    page.push_str("`\n\n```text\n");
    page.push_str(lines.join("\n").trim_end());
    page.push_str("\n```\n\n");
    for inner in command.get_subcommands_mut() {
        let name = format!("{name} {}", inner.get_name());
        section(inner, &name, page);
    }
}

/// The lines of a help, without those on options that every command has, which stand once under `redraft`.
fn without_globals(help: &str, cut: bool) -> impl Iterator<Item = &str> {
    let mut inside = false;
    help.lines().map(str::trim_end).filter(move |line| {
        if !line.starts_with(' ') && !line.is_empty() {
            inside = cut && line.starts_with("Options of every command");
        }
        !inside
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");
    const BEGIN: &str = "<!-- commands: made from the definitions -->\n";

    /// Compares `docs/cli.md` with the definitions; with `REDRAFT_WRITE_DOCS` set it writes the page instead.
    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "a switch for whoever regenerates the page, not configuration"
    )]
    fn the_page_of_commands_is_up_to_date() {
        let page = fs::read_to_string(PATH).unwrap();
        let (by_hand, _) = page.split_once(BEGIN).unwrap();
        let wanted = format!("{by_hand}{BEGIN}\n{}", reference());
        if std::env::var_os("REDRAFT_WRITE_DOCS").is_some() {
            fs::write(PATH, &wanted).unwrap();
        }
        let written = fs::read_to_string(PATH).unwrap();
        assert!(
            written == wanted,
            "docs/cli.md is stale: run REDRAFT_WRITE_DOCS=1 cargo test --lib cli::pages"
        );
    }

    #[test]
    fn every_command_and_option_says_what_it_is() {
        fn check(command: &Command, name: &str) {
            assert!(command.get_about().is_some(), "{name} has no description");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name}: {} has no description", argument.get_id());
            }
            for inner in command.get_subcommands() {
                check(inner, &format!("{name} {}", inner.get_name()));
            }
        }
        let root = Cli::command();
        check(&root, "redraft");
        root.debug_assert();
    }
}
