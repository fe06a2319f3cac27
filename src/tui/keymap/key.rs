//! One key, as people write it in the configuration and as the screen shows it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers. A character carries its case itself, so that `A` has no Shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Whether the screen may use characters outside ASCII.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Marks, arrows and lines as they are meant.
    #[default]
    Unicode,
    /// ASCII forms of them.
    Ascii,
}

/// The names of keys that are no characters.
const NAMES: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

const MODIFIERS: &[(&str, KeyModifiers)] =
    &[("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];

impl Key {
    /// A character without modifiers.
    pub const fn char(character: char) -> Self {
        Self { code: KeyCode::Char(character), modifiers: KeyModifiers::NONE }
    }

    /// A key that is no character, without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// The key that the terminal reported.
    pub fn of(event: KeyEvent) -> Self {
        let mut modifiers =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(character) => {
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(character)
            }
            other => other,
        };
        Self { code, modifiers }
    }

    /// The key that a name stands for, as `a`, `?`, `space`, `ctrl-d` or `shift-tab`.
    pub fn parse(name: &str) -> Option<Self> {
        let mut rest = name;
        let mut modifiers = KeyModifiers::NONE;
        while let Some((after, modifier)) = MODIFIERS
            .iter()
            .find_map(|(prefix, modifier)| Some((rest.strip_prefix(prefix)?, *modifier)))
            .filter(|(after, _)| !after.is_empty())
        {
            rest = after;
            modifiers |= modifier;
        }
        let code = code(rest)?;
        let shifted = modifiers.contains(KeyModifiers::SHIFT);
        (!(shifted && matches!(code, KeyCode::Char(_)))).then_some(Self { code, modifiers })
    }

    /// The character that it types, if it types one.
    pub const fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }

    /// What was pressed, without modifiers.
    pub const fn code(self) -> KeyCode {
        self.code
    }

    /// Whether Ctrl was held.
    pub const fn ctrl(self) -> bool {
        self.modifiers.contains(KeyModifiers::CONTROL)
    }

    /// Whether Alt was held.
    pub const fn alt(self) -> bool {
        self.modifiers.contains(KeyModifiers::ALT)
    }

    /// The key as an event of the terminal, for widgets of others.
    pub const fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Whether a terminal sends the same bytes for another key, which is named.
    pub const fn same_as(self) -> Option<&'static str> {
        match self.code {
            KeyCode::Char('h') if self.ctrl() => Some("backspace"),
            KeyCode::Char('i') if self.ctrl() => Some("tab"),
            KeyCode::Char('m' | 'j') if self.ctrl() => Some("enter"),
            KeyCode::Char('[') if self.ctrl() => Some("esc"),
            KeyCode::Enter if !self.modifiers.is_empty() => Some("enter"),
            _ => None,
        }
    }

    /// A few cells for the footer, as `␣`, `↵`, `^d`.
    pub fn short(self, glyphs: Glyphs) -> String {
        let unicode = glyphs == Glyphs::Unicode;
        let base = match self.code {
            KeyCode::Char(' ') if unicode => "␣".to_owned(),
            KeyCode::Enter if unicode => "↵".to_owned(),
            KeyCode::Up if unicode => "↑".to_owned(),
            KeyCode::Down if unicode => "↓".to_owned(),
            KeyCode::Left if unicode => "←".to_owned(),
            KeyCode::Right if unicode => "→".to_owned(),
            KeyCode::Char(character) if character != ' ' => character.to_string(),
            code => title(&name(code)),
        };
        let mut text = String::new();
        if self.alt() {
            text.push_str("Alt-");
        }
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            text.push_str("Shift-");
        }
        if self.ctrl() {
            text.push_str(if matches!(self.code, KeyCode::Char(_)) { "^" } else { "Ctrl-" });
        }
        text + &base
    }
}

/// The name that [`Key::parse`] reads.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (prefix, modifier) in MODIFIERS {
            if self.modifiers.contains(*modifier) {
                f.write_str(prefix)?;
            }
        }
        f.write_str(&name(self.code))
    }
}

fn code(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    let mut characters = name.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if !character.is_control() && !character.is_whitespace() => {
            Some(KeyCode::Char(character))
        }
        _ => name
            .strip_prefix('f')
            .and_then(|number| number.parse().ok())
            .filter(|number| (1..=12).contains(number))
            .map(KeyCode::F),
    }
}

fn name(code: KeyCode) -> String {
    if let Some((name, _)) = NAMES.iter().find(|(_, known)| *known == code) {
        return (*name).to_owned();
    }
    match code {
        KeyCode::Char(character) => character.to_string(),
        KeyCode::F(number) => format!("f{number}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn title(name: &str) -> String {
    match name {
        "pgup" => "PgUp".to_owned(),
        "pgdn" => "PgDn".to_owned(),
        name => {
            let mut characters = name.chars();
            characters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_name() {
        for name in
            ["a", "A", "?", "-", "space", "enter", "ctrl-d", "alt-ctrl-x", "shift-tab", "f12", "pgdn", "é"]
        {
            let key = Key::parse(name);
            let shown = key.map(|key| key.to_string());
            assert_eq!(shown.as_deref().and_then(Key::parse), key, "{name}");
            assert!(key.is_some(), "{name}");
        }
        assert_eq!(Key::parse("ctrl--").map(|key| key.to_string()).as_deref(), Some("ctrl--"));
    }

    #[test]
    fn what_no_key_has_is_no_key() {
        for name in ["", "ab", "shift-a", "f13", "f0", "ctrl-", "Space", "\u{1b}", " "] {
            assert_eq!(Key::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn the_terminal_s_key_is_the_named_one() {
        let of = |code, modifiers| Key::of(KeyEvent::new(code, modifiers));
        assert_eq!(Some(of(KeyCode::Char('A'), KeyModifiers::SHIFT)), Key::parse("A"));
        assert_eq!(Some(of(KeyCode::BackTab, KeyModifiers::SHIFT)), Key::parse("shift-tab"));
        assert_eq!(Some(of(KeyCode::Char('d'), KeyModifiers::CONTROL)), Key::parse("ctrl-d"));
    }

    #[test]
    fn the_short_form_has_a_twin_in_ascii() {
        let short = |name, glyphs| Key::parse(name).map(|key| key.short(glyphs));
        assert_eq!(short("space", Glyphs::Unicode).as_deref(), Some("␣"));
        assert_eq!(short("space", Glyphs::Ascii).as_deref(), Some("Space"));
        assert_eq!(short("ctrl-d", Glyphs::Ascii).as_deref(), Some("^d"));
        assert_eq!(short("shift-tab", Glyphs::Unicode).as_deref(), Some("Shift-Tab"));
        assert_eq!(short("pgdn", Glyphs::Unicode).as_deref(), Some("PgDn"));
    }
}
