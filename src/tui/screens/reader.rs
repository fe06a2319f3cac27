//! A text to read: it wraps, scrolls, finds words, and can stay at its end while it grows.

use std::cell::Cell;

use ratatui::{Frame, layout::Rect};

use crate::{
    text::Safe,
    tui::{
        Context,
        command::Document,
        theme::Meaning,
        widgets::{Row, wrapped},
    },
};

/// What happens when the text grows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// The first line that shows stays.
    #[default]
    Here,
    /// The end shows.
    AtEnd,
}

/// A text and which part of it shows.
#[derive(Debug, Default)]
pub struct Reader {
    parts: Vec<(Meaning, Safe<'static>)>,
    top: usize,
    stay: Stay,
    needle: String,
    /// Columns, lines and height as drawn last: where scrolling ends.
    drawn: Cell<(usize, usize, usize)>,
}

impl Reader {
    /// A text that grows, at its end.
    pub fn growing() -> Self {
        Self { stay: Stay::AtEnd, ..Self::default() }
    }

    /// Replaces the text; what shows stays.
    pub fn put(&mut self, parts: Vec<(Meaning, Safe<'static>)>) {
        self.parts = parts;
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|(_, text)| text.is_empty())
    }

    /// What is looked for.
    pub fn needle(&self) -> &str {
        &self.needle
    }

    /// Looks for words, from what shows on.
    pub fn find(&mut self, needle: &str) {
        self.needle = needle.to_lowercase();
        self.go_to_match(self.first());
    }

    /// Scrolls; says whether the command was one that a text takes.
    pub fn handle(&mut self, command: Document) -> bool {
        let (_, lines, height) = self.drawn.get();
        let first = self.first();
        let last = lines.saturating_sub(height);
        let half = (height / 2).max(1);
        let to = match command {
            Document::Down => first + 1,
            Document::Up => first.saturating_sub(1),
            Document::Top => 0,
            Document::Bottom => last,
            Document::HalfDown => first + half,
            Document::HalfUp => first.saturating_sub(half),
            Document::NextMatch => {
                self.go_to_match(first + 1);
                return true;
            }
            Document::PreviousMatch => {
                self.go_to_previous_match(first);
                return true;
            }
            Document::NextPane | Document::List | Document::Find => return false,
        };
        self.top = to.min(last);
        // A text that grows goes on showing its end once somebody has scrolled down to it.
        self.stay = if self.top == last && goes_down(command) { Stay::AtEnd } else { Stay::Here };
        true
    }

    fn first(&self) -> usize {
        let (_, lines, height) = self.drawn.get();
        let last = lines.saturating_sub(height);
        match self.stay {
            Stay::Here => self.top.min(last),
            Stay::AtEnd => last,
        }
    }

    fn lines(&self, columns: usize) -> Vec<(Meaning, Safe<'static>)> {
        let lines = self
            .parts
            .iter()
            .flat_map(|(meaning, text)| wrapped(text, columns).into_iter().map(move |line| (*meaning, line)));
        lines.collect()
    }

    fn matches(&self) -> Vec<usize> {
        if self.needle.is_empty() {
            return Vec::new();
        }
        let lines = self.lines(self.drawn.get().0);
        let found =
            lines.iter().enumerate().filter(|(_, (_, line))| line.to_lowercase().contains(&self.needle));
        found.map(|(index, _)| index).collect()
    }

    fn go_to_match(&mut self, from: usize) {
        let matches = self.matches();
        if let Some(at) = matches.iter().find(|at| **at >= from).or(matches.first()) {
            (self.top, self.stay) = (*at, Stay::Here);
        }
    }

    fn go_to_previous_match(&mut self, before: usize) {
        let matches = self.matches();
        if let Some(at) = matches.iter().rev().find(|at| **at < before).or(matches.last()) {
            (self.top, self.stay) = (*at, Stay::Here);
        }
    }

    /// Draws the part that shows; the last line tells how much is below.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let columns = usize::from(area.width).saturating_sub(2);
        let lines = self.lines(columns);
        self.drawn.set((columns, lines.len(), usize::from(area.height)));
        let first = self.first();
        for ((meaning, line), place) in lines.iter().skip(first).zip(area.rows()) {
            let found = !self.needle.is_empty() && line.to_lowercase().contains(&self.needle);
            let sign = if found { context.glyph("»", ">") } else { " " };
            let meaning = if found { Meaning::Found } else { *meaning };
            Row::of(Meaning::Found, sign).put(meaning, line.as_str()).draw(
                frame.buffer_mut(),
                place,
                &context.theme,
            );
        }
    }

    /// Where in the text the part lies that was drawn last, as `12–30 of 48`; empty if all shows.
    pub fn place(&self) -> String {
        let (_, lines, height) = self.drawn.get();
        if lines <= height {
            return String::new();
        }
        let first = self.first();
        format!("{}–{} of {lines}", first + 1, (first + height).min(lines))
    }
}

const fn goes_down(command: Document) -> bool {
    matches!(command, Document::Down | Document::Bottom | Document::HalfDown)
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::tui::testing::{context, picture};

    fn drawn(reader: &Reader) -> String {
        let mut terminal = Terminal::new(TestBackend::new(20, 3)).unwrap();
        terminal.draw(|frame| reader.draw(frame, frame.area(), &context(20, 3))).unwrap();
        picture(terminal.backend().buffer())
    }

    fn reader(words: &str) -> Reader {
        let mut reader = Reader::default();
        reader.put(text(words));
        reader
    }

    fn text(text: &str) -> Vec<(Meaning, Safe<'static>)> {
        vec![(Meaning::Text, Safe::new(text).into_owned())]
    }

    #[test]
    fn scrolls_no_farther_than_the_end() {
        let mut reader = reader("one\ntwo\nthree\nfour\nfive");
        assert_eq!(drawn(&reader), " one\n two\n three\n");
        reader.handle(Document::Bottom);
        assert_eq!(drawn(&reader), " three\n four\n five\n");
        reader.handle(Document::Down);
        reader.handle(Document::Up);
        assert_eq!(drawn(&reader), " two\n three\n four\n");
        assert_eq!(reader.place(), "2–4 of 5");
    }

    #[test]
    fn a_growing_text_shows_its_end_until_somebody_scrolls_up() {
        let mut reader = Reader::growing();
        reader.put(text("one\ntwo\nthree\nfour"));
        assert_eq!(drawn(&reader), " two\n three\n four\n");
        reader.put(text("one\ntwo\nthree\nfour\nfive"));
        assert_eq!(drawn(&reader), " three\n four\n five\n");
        reader.handle(Document::Up);
        reader.put(text("one\ntwo\nthree\nfour\nfive\nsix"));
        assert_eq!(drawn(&reader), " two\n three\n four\n");
        reader.handle(Document::Bottom);
        reader.put(text("1\n2\n3\n4\n5\n6\n7"));
        assert_eq!(drawn(&reader), " 5\n 6\n 7\n");
    }

    #[test]
    fn finds_words_and_goes_round() {
        let mut reader = reader("Forklift\nb\nc\nd\nforklift\nf\ng");
        drawn(&reader);
        reader.find("FORK");
        assert_eq!(drawn(&reader), "»Forklift\n b\n c\n");
        reader.handle(Document::NextMatch);
        assert_eq!(drawn(&reader), "»forklift\n f\n g\n");
        reader.handle(Document::NextMatch);
        assert_eq!(drawn(&reader), "»Forklift\n b\n c\n");
    }
}
