use super::*;
use crate::tui::command::{Change, Document, Edit, Global, List, Review};

const LIST: &[Scope] = &[Scope::Candidates, Scope::List, Scope::Global];
const REWRITE: &[Scope] = &[Scope::Review, Scope::Change, Scope::Document, Scope::Global];

fn keys(text: &str) -> Vec<Key> {
    text.split(' ').filter_map(Key::parse).collect()
}

fn preset() -> Keymap {
    Keymap::preset().unwrap()
}

fn differences(toml: &str) -> Differences {
    toml::from_str(toml).unwrap()
}

fn refused(toml: &str) -> String {
    Keymap::new(&differences(toml), "config.toml").unwrap_err().to_string()
}

#[test]
fn keys_call_commands_by_place() {
    let map = preset();
    for (scopes, pressed, expected) in [
        (LIST, "j", Match::Command(List::Down.into())),
        (REWRITE, "j", Match::Command(Document::Down.into())),
        (LIST, "space", Match::Command(List::Mark.into())),
        (REWRITE, "space", Match::Command(Change::Cycle.into())),
        (REWRITE, "a", Match::Command(Review::Approve.into())),
        (LIST, "a", Match::None),
        (LIST, "g", Match::Prefix(None)),
        (LIST, "g g", Match::Command(List::First.into())),
        (LIST, "g j", Match::None),
        (REWRITE, "z", Match::Prefix(Some(Change::Fold.into()))),
        (REWRITE, "z +", Match::Command(Change::MoreContext.into())),
        (LIST, "d", Match::None),
        (REWRITE, "d", Match::None),
    ] {
        assert_eq!(map.resolve(scopes, &keys(pressed)), expected, "{pressed}");
    }
}

#[test]
fn continuations_are_what_can_follow() {
    let map = preset();
    let shown: Vec<String> = map
        .continuations(REWRITE, &keys("z"))
        .iter()
        .map(|binding| shown(&binding.keys, Glyphs::Unicode))
        .collect();
    assert_eq!(shown, ["zz", "z+", "z-"]);
    assert!(map.continuations(LIST, &keys("j")).is_empty());
}

#[test]
fn the_user_s_file_holds_only_differences() {
    let map =
        Keymap::new(&differences("[review]\napprove = [\"ctrl-y\"]\nskip = []"), "config.toml").unwrap();
    assert_eq!(map.resolve(REWRITE, &keys("ctrl-y")), Match::Command(Review::Approve.into()));
    assert_eq!(map.resolve(REWRITE, &keys("a")), Match::None);
    assert_eq!(map.resolve(REWRITE, &keys("s")), Match::None);
    assert_eq!(map.resolve(REWRITE, &keys("x")), Match::Command(Review::Reject.into()));
    assert_eq!(map.shown(Review::Skip.into(), Glyphs::Unicode), None);
    assert_eq!(map.all_shown(List::Down.into(), Glyphs::Unicode), "j ↓");
}

#[test]
fn an_unknown_name_brings_the_nearest_known_one() {
    assert_eq!(
        refused("[review]\naprove = [\"a\"]"),
        "There is no command \"review.aprove\".\n  config.toml, keys.review.aprove\n\
         hint: Did you mean \"review.approve\"?"
    );
    assert_eq!(
        refused("[revew]\napprove = [\"a\"]"),
        "There is no group of commands \"revew\".\n  config.toml, keys.revew\nhint: Did you mean \"review\"?"
    );
}

#[test]
fn one_key_with_two_commands_in_one_place_is_refused() {
    assert_eq!(
        refused("[review]\nskip = [\"j\"]"),
        "In the review queue, \"j\" would call both \"list.down\" and \"review.skip\".\n  \
         config.toml, keys.review.skip\nhint: Give one of them another key, or an empty list."
    );
    assert!(refused("[app]\nhelp = [\"j\"]").contains("In the Dashboard, \"j\""));
    assert!(
        Keymap::new(&differences("[batches]\nretry = [\"s\"]"), "").is_ok(),
        "s is taken on Review alone"
    );
}

#[test]
fn a_key_that_no_terminal_can_tell_apart_is_refused() {
    for (key, words) in [
        ("ctrl-m", "A terminal sends the same for \"ctrl-m\" as for \"enter\"."),
        ("ctrl-h", "as for \"backspace\"."),
        ("hello", "\"hello\" is no key."),
        ("", "\"\" is no key."),
    ] {
        let message = refused(&format!("[app]\nhelp = [\"{key}\"]"));
        assert!(message.contains(words), "{message}");
    }
    assert!(
        refused("[edit]\ndone = [\"x\"]").contains("\"x\" types text where \"edit.done\" can be called.")
    );
    assert!(Keymap::new(&differences("[edit]\ndone = [\"f2\"]"), "").is_ok());
}

#[test]
fn the_preset_stays_clear_of_keys_that_others_take() {
    let taken = ["ctrl-b", "ctrl-a", "ctrl-s", "ctrl-q", "ctrl-\\", "ctrl-]", "ctrl-^", "f1", "f10", "f11"];
    let taken: Vec<Key> = taken.iter().map(|name| Key::parse(name).unwrap()).collect();
    for binding in &preset().bindings {
        for key in &binding.keys {
            assert!(!taken.contains(key) && !key.alt(), "{key} on {}", binding.command.name());
        }
    }
}

#[test]
fn every_command_of_the_preset_but_quit_has_a_key() {
    let map = preset();
    for entry in crate::tui::command::TABLE {
        let bound = map.keys_of(entry.command).next().is_some();
        assert_eq!(bound, entry.command != Global::Quit.into(), "{}", entry.name);
    }
    assert_eq!(map.shown(Edit::Done.into(), Glyphs::Unicode).as_deref(), Some("Esc"));
}

/// Compares `docs/keys.md`, and the table between two marks of the README, with the table of commands; with
/// `REDRAFT_WRITE_DOCS` set it writes them instead.
#[test]
#[allow(clippy::disallowed_methods, reason = "a switch for whoever regenerates the pages, not configuration")]
fn the_pages_of_keys_are_up_to_date() {
    let keymap = preset();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, readme) = (root.join("docs/keys.md"), root.join("README.md"));
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let fresh_page = pages::reference(&keymap);
    let fresh_readme = with_table(&read(&readme), &pages::summary(&keymap));
    if std::env::var_os("REDRAFT_WRITE_DOCS").is_some() {
        std::fs::write(&page, &fresh_page).unwrap();
        if !fresh_readme.is_empty() {
            std::fs::write(&readme, &fresh_readme).unwrap();
        }
    }
    let how = "run REDRAFT_WRITE_DOCS=1 cargo test --lib tui::keymap";
    assert!(read(&page) == fresh_page, "docs/keys.md is stale: {how}");
    assert!(read(&readme) == fresh_readme, "the keys in README.md are stale: {how}");
}

/// The README with the table between its marks; unchanged if it has no marks.
fn with_table(readme: &str, table: &str) -> String {
    const MARKS: (&str, &str) = ("<!-- keys -->\n", "<!-- /keys -->");
    let parts =
        readme.split_once(MARKS.0).and_then(|(before, rest)| Some((before, rest.split_once(MARKS.1)?)));
    parts.map_or_else(
        || readme.to_owned(),
        |(before, (_, after))| format!("{before}{}\n{table}\n{}{after}", MARKS.0, MARKS.1),
    )
}

#[test]
fn the_readme_keeps_all_but_its_table() {
    let readme = "a\n<!-- keys -->\nold\n<!-- /keys -->\nb\n";
    let fresh = with_table(readme, "| new |\n");
    assert_eq!(fresh, "a\n<!-- keys -->\n\n| new |\n\n<!-- /keys -->\nb\n");
    assert_eq!(with_table(&fresh, "| new |\n"), fresh);
    assert_eq!(with_table("no marks", "| new |\n"), "no marks");
    assert!(
        pages::summary(&preset())
            .contains("| `a` | `review.approve` | Approve this rewrite and go to the next. |")
    );
}
