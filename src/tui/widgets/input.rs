//! A line of text that is being typed.

use crossterm::event::KeyCode;
use ratatui::{Frame, layout::Rect};
use unicode_segmentation::UnicodeSegmentation;

use super::Row;
use crate::{
    text::{Safe, grapheme_width},
    tui::{context::Context, keymap::Key, theme::Meaning},
};

/// The most that a line holds, in bytes; more is not taken.
const CAP: usize = 16 * 1_024;

/// Text with a cursor between two of its characters.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Input {
    before: String,
    after: String,
}

impl Input {
    /// A line that holds `text`, the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        Self { before: text.into(), after: String::new() }
    }

    /// The text.
    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: impl Into<String>) {
        *self = Self::new(text);
    }

    /// Inserts text at the cursor, line ends as blanks, other control characters not at all.
    pub fn insert(&mut self, text: &str) {
        let one_line = text.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
        for character in one_line.chars().filter(|character| !character.is_control()) {
            if self.before.len() + self.after.len() + character.len_utf8() > CAP {
                return;
            }
            self.before.push(character);
        }
    }

    /// Takes an editing key; says whether it was one.
    pub fn handle(&mut self, key: Key) -> bool {
        if let Some(character) = key.typed() {
            self.insert(character.encode_utf8(&mut [0; 4]));
            return true;
        }
        match (key.ctrl(), key.code()) {
            (false, KeyCode::Backspace) => self.delete_back(1),
            (true, KeyCode::Char('w')) => self.delete_back(self.word_back()),
            (true, KeyCode::Char('u')) => self.before.clear(),
            (true, KeyCode::Char('k')) => self.after.clear(),
            (false, KeyCode::Delete) => self.delete_forward(),
            (false, KeyCode::Left) => self.left(1),
            (true, KeyCode::Left) => self.left(self.word_back()),
            (false, KeyCode::Right) => self.right(1),
            (true, KeyCode::Right) => self.right(self.word_forward()),
            (false, KeyCode::Home) => self.left(usize::MAX),
            (false, KeyCode::End) | (true, KeyCode::Char('e')) => self.right(usize::MAX),
            _ => return false,
        }
        true
    }

    fn delete_back(&mut self, clusters: usize) {
        let keep = clusters_from_end(&self.before, clusters);
        self.before.truncate(keep);
    }

    fn delete_forward(&mut self) {
        let end = clusters_from_start(&self.after, 1);
        self.after.drain(..end);
    }

    fn left(&mut self, clusters: usize) {
        let moved = self.before.split_off(clusters_from_end(&self.before, clusters));
        self.after.insert_str(0, &moved);
    }

    fn right(&mut self, clusters: usize) {
        let end = clusters_from_start(&self.after, clusters);
        self.before.extend(self.after.drain(..end));
    }

    /// How many clusters the word before the cursor has, with the blanks after it.
    fn word_back(&self) -> usize {
        let clusters = self.before.graphemes(true).rev();
        let mut in_word = false;
        clusters
            .take_while(|cluster| {
                let blank = cluster.trim().is_empty();
                in_word |= !blank;
                !(blank && in_word)
            })
            .count()
    }

    fn word_forward(&self) -> usize {
        let mut in_blank = false;
        self.after
            .graphemes(true)
            .take_while(|cluster| {
                let blank = cluster.trim().is_empty();
                in_blank |= blank;
                blank || !in_blank
            })
            .count()
    }

    /// Draws the line on the first row of `area` with the terminal's cursor in it; scrolls so that the cursor shows.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, placeholder: &'static str, context: &Context) {
        if area.is_empty() {
            return;
        }
        let columns = usize::from(area.width).saturating_sub(1);
        let before = Safe::new(&self.before);
        let from = tail(before.as_str(), columns);
        let shown = Safe::new(before.as_str().split_at(from).1).into_owned();
        let cursor = shown.width();
        let row = if self.is_empty() {
            Row::of(Meaning::Placeholder, placeholder)
        } else {
            Row::of(Meaning::Input, shown).put(Meaning::Input, self.after.as_str())
        };
        row.draw(frame.buffer_mut(), area, &context.theme);
        let x = area.x.saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX)).min(area.right() - 1);
        frame.set_cursor_position((x, area.y));
    }
}

/// Where the last `count` clusters of `text` begin.
fn clusters_from_end(text: &str, count: usize) -> usize {
    match count.checked_sub(1) {
        None => text.len(),
        Some(last) => text.grapheme_indices(true).rev().nth(last).map_or(0, |(at, _)| at),
    }
}

/// Where the first `count` clusters of `text` end.
fn clusters_from_start(text: &str, count: usize) -> usize {
    text.grapheme_indices(true).nth(count).map_or(text.len(), |(at, _)| at)
}

/// Where the longest end of `text` begins that takes at most `columns` cells.
fn tail(text: &str, columns: usize) -> usize {
    let mut width = 0;
    let mut start = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        width += grapheme_width(cluster);
        if width > columns {
            break;
        }
        start = at;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(start: &str, keys: &str) -> (String, String) {
        let mut input = Input::new(start);
        for name in keys.split(' ') {
            assert!(input.handle(Key::parse(name).unwrap()), "{name}");
        }
        (input.before, input.after)
    }

    #[test]
    fn keys_edit_between_clusters() {
        for (start, keys, before, after) in [
            ("", "a b space c", "ab c", ""),
            ("cafe\u{301}", "backspace", "caf", ""),
            ("👩\u{200d}💻x", "left left", "", "👩\u{200d}💻x"),
            ("one two three", "ctrl-w", "one two ", ""),
            ("one two  ", "ctrl-w", "one ", ""),
            ("one two", "home delete", "", "ne two"),
            ("one two", "home ctrl-right", "one ", "two"),
            ("one two", "ctrl-left ctrl-k", "one ", ""),
            ("one two", "left ctrl-u end", "o", ""),
        ] {
            assert_eq!(typed(start, keys), (before.to_owned(), after.to_owned()), "{start:?} {keys}");
        }
        assert!(!Input::default().handle(Key::parse("enter").unwrap()));
    }

    #[test]
    fn pasted_text_becomes_one_line() {
        let mut input = Input::new("a");
        input.insert("b\r\nc\td\u{1b}[31m");
        assert_eq!(input.text(), "ab c d[31m");
        input.insert(&"x".repeat(2 * CAP));
        assert_eq!(input.text().len(), CAP);
    }

    #[test]
    fn the_end_of_a_long_line_shows() {
        assert_eq!(tail("abcdef", 3), 3);
        assert_eq!(tail("ab山田", 3), "ab山".len());
        assert_eq!(tail("ab", 9), 0);
    }
}
