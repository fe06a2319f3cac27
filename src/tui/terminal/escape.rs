//! Puts keys together that arrive in two pieces. Pure: the time is an argument.
//!
//! An arrow key is three bytes that begin with Esc. On a slow line they may arrive apart, and are then reported as
//! Esc, `[`, `A`: keys of their own, the last of which would approve in bulk. So an Esc waits a moment for what
//! follows.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::time::Instant;

/// How long an Esc, or a part of a sequence, waits for the next byte.
const PATIENCE: Duration = Duration::from_millis(25);

/// What has arrived and is not told yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Held {
    #[default]
    Nothing,
    /// An Esc.
    Escape(Instant),
    /// An Esc and the beginning of a sequence: its parameters so far.
    Sequence(Instant, String),
}

/// Puts keys together.
#[derive(Debug, Default, Clone)]
pub(super) struct Joiner {
    held: Held,
}

impl Joiner {
    /// Takes a key; returns the keys that are certain now.
    pub(super) fn take(&mut self, key: KeyEvent, now: Instant) -> Vec<KeyEvent> {
        let mut certain: Vec<KeyEvent> = self.expire(now).into_iter().collect();
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match (std::mem::take(&mut self.held), key.code) {
            (Held::Nothing, KeyCode::Esc) if key.modifiers.is_empty() => self.held = Held::Escape(now),
            (Held::Escape(_), KeyCode::Char('[' | 'O')) if plain => {
                self.held = Held::Sequence(now, String::new());
            }
            (Held::Escape(_), KeyCode::Esc) => {
                certain.push(escape());
                self.held = Held::Escape(now);
            }
            (Held::Escape(_), _) => certain.extend([escape(), key]),
            (Held::Sequence(_, mut parameters), KeyCode::Char(character)) if plain => match character {
                '0'..='?' if parameters.len() < 16 => {
                    parameters.push(character);
                    self.held = Held::Sequence(now, parameters);
                }
                _ => certain.extend(key_of(&parameters, character)),
            },
            // Behind a sequence, this is not what a terminal sends: its pieces are dropped, they were never typed.
            (Held::Nothing | Held::Sequence(..), _) => certain.push(key),
        }
        certain
    }

    /// When what is held becomes certain by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        match &self.held {
            Held::Nothing => None,
            Held::Escape(since) | Held::Sequence(since, _) => Some(*since + PATIENCE),
        }
    }

    /// Returns what is certain because nothing followed in time. A sequence without its end is dropped.
    pub(super) fn expire(&mut self, now: Instant) -> Option<KeyEvent> {
        self.next().filter(|until| *until <= now)?;
        match std::mem::take(&mut self.held) {
            Held::Escape(_) => Some(escape()),
            Held::Nothing | Held::Sequence(..) => None,
        }
    }
}

fn escape() -> KeyEvent {
    KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)
}

/// The key that a sequence stands for; none for those that redraft has no use for.
fn key_of(parameters: &str, last: char) -> Option<KeyEvent> {
    let number = parameters.split(';').next().unwrap_or_default();
    let code = match (last, number) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | ('~', "1" | "7") => KeyCode::Home,
        ('F', _) | ('~', "4" | "8") => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        ('~', "3") => KeyCode::Delete,
        ('~', "5") => KeyCode::PageUp,
        ('~', "6") => KeyCode::PageDown,
        _ => return None,
    };
    Some(KeyEvent::new(code, KeyModifiers::NONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds characters (`^` is Esc), `gap` apart; returns the keys.
    fn keys(typed: &str, gap: u64) -> Vec<KeyCode> {
        let start = Instant::now();
        let mut joiner = Joiner::default();
        let mut told = Vec::new();
        let mut now = start;
        for character in typed.chars() {
            let code = if character == '^' { KeyCode::Esc } else { KeyCode::Char(character) };
            told.extend(joiner.take(KeyEvent::new(code, KeyModifiers::NONE), now));
            now += Duration::from_millis(gap);
        }
        told.extend(joiner.expire(now + PATIENCE));
        told.into_iter().map(|key| key.code).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_of_a_key_become_that_key() {
        for (typed, expected) in [
            ("^[A", KeyCode::Up),
            ("^OB", KeyCode::Down),
            ("^[5~", KeyCode::PageUp),
            ("^[1;5C", KeyCode::Right),
            ("^[Z", KeyCode::BackTab),
        ] {
            assert_eq!(keys(typed, 3), [expected], "{typed}");
        }
        assert_eq!(keys("^[99~", 3), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_types_stays_apart() {
        assert_eq!(keys("^[A", 60), [KeyCode::Esc, KeyCode::Char('['), KeyCode::Char('A')]);
        assert_eq!(keys("^", 0), [KeyCode::Esc]);
        assert_eq!(keys("^j", 5), [KeyCode::Esc, KeyCode::Char('j')]);
        assert_eq!(keys("^^", 5), [KeyCode::Esc, KeyCode::Esc]);
        assert_eq!(keys("[A", 1), [KeyCode::Char('['), KeyCode::Char('A')]);
    }
}
