//! One line of text in several meanings: what every list, header and dialog is drawn with.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    text::{Safe, grapheme_width},
    tui::theme::{Meaning, Theme},
};

/// Pieces of text beside one another on one line. Whatever goes in is made safe.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    pieces: Vec<(Meaning, Safe<'a>)>,
}

impl<'a> Row<'a> {
    /// Without text.
    pub const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    /// With one piece of text.
    pub fn of(meaning: Meaning, text: impl Into<Safe<'a>>) -> Self {
        Self::new().put(meaning, text)
    }

    /// Appends a piece.
    #[must_use]
    pub fn put(mut self, meaning: Meaning, text: impl Into<Safe<'a>>) -> Self {
        self.push(meaning, text);
        self
    }

    /// Appends ordinary text.
    #[must_use]
    pub fn text(self, text: impl Into<Safe<'a>>) -> Self {
        self.put(Meaning::Text, text)
    }

    /// Appends a piece.
    pub fn push(&mut self, meaning: Meaning, text: impl Into<Safe<'a>>) {
        let text = text.into();
        let text = if text.contains('\n') { Safe::line(text.as_str()).into_owned() } else { text };
        self.pieces.push((meaning, text));
    }

    /// Appends another row.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.append(other);
        self
    }

    /// Appends another row.
    pub fn append(&mut self, other: Self) {
        self.pieces.extend(other.pieces);
    }

    /// Appends blanks until the row is `columns` wide; does nothing if it is wider.
    #[must_use]
    pub fn pad(mut self, columns: usize) -> Self {
        let width = self.width();
        if width < columns {
            self.push(Meaning::Text, " ".repeat(columns - width));
        }
        self
    }

    /// Cuts the row to `columns` cells, the last of them `…` where something was cut.
    #[must_use]
    pub fn fit(self, columns: usize) -> Self {
        if self.width() <= columns {
            return self;
        }
        let mut left = columns.saturating_sub(1);
        let mut fitted = Self::new();
        for (meaning, text) in self.pieces {
            let width = text.width();
            if width <= left {
                left -= width;
                fitted.pieces.push((meaning, text));
                continue;
            }
            let cut = cut(text.as_str(), left).to_owned();
            fitted.push(meaning, cut);
            if columns > 0 {
                fitted.push(meaning, "…");
            }
            break;
        }
        fitted
    }

    /// What stands from that cell on. A wide character that the cut goes through becomes a blank.
    #[must_use]
    pub fn from_cell(self, cell: usize) -> Self {
        let mut left = cell;
        let mut rest = Self::new();
        for (meaning, text) in self.pieces {
            let width = text.width();
            if left == 0 {
                rest.pieces.push((meaning, text));
            } else if width <= left {
                left -= width;
            } else {
                let head = cut(text.as_str(), left);
                let tail = text.as_str().split_at(head.len()).1;
                let short = left - crate::text::width(head);
                let through = if short > 0 { tail.graphemes(true).next().unwrap_or_default() } else { "" };
                let tail = tail.split_at(through.len()).1;
                let blanks = grapheme_width(through).saturating_sub(short);
                rest.push(meaning, format!("{}{tail}", " ".repeat(blanks)));
                left = 0;
            }
        }
        rest
    }

    /// This row at the left and `right` at the right end of `columns` cells. What is at the left gives way.
    #[must_use]
    pub fn with_right(self, right: Self, columns: usize) -> Self {
        let room = columns.saturating_sub(right.width() + usize::from(!right.pieces.is_empty()));
        let mut row = self.fit(room).pad(columns.saturating_sub(right.width()));
        row.append(right);
        row
    }

    /// The cells that it takes.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.width()).sum()
    }

    /// Whether it has no text at all.
    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(|(_, text)| text.is_empty())
    }

    /// The text without its meanings.
    pub fn plain(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Draws itself on the first line of `area`.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        self.draw_with(buffer, area, |meaning| theme.style(meaning));
    }

    /// Draws itself on the first line of `area` as the row in focus: all of the line, to its end, looks as `focus`.
    pub fn draw_focused(&self, buffer: &mut Buffer, area: Rect, theme: &Theme, focus: Meaning) {
        let over = theme.style(focus);
        let line = Rect { height: area.height.min(1), ..area };
        buffer.set_style(line.intersection(buffer.area), over);
        self.draw_with(buffer, area, |meaning| theme.style(meaning).patch(over));
    }

    fn draw_with(&self, buffer: &mut Buffer, area: Rect, style: impl Fn(Meaning) -> Style) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let columns = usize::from(area.width);
        let fitted;
        let row = if self.width() > columns {
            fitted = self.clone().fit(columns);
            &fitted
        } else {
            self
        };
        let mut x = area.x;
        for (meaning, text) in &row.pieces {
            let left = usize::from(area.right().saturating_sub(x));
            x = buffer.set_stringn(x, area.y, text.as_str(), left, style(*meaning)).0;
        }
    }
}

/// The beginning of `text` that takes at most `columns` cells.
fn cut(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let end = text
        .grapheme_indices(true)
        .find(|(_, cluster)| {
            width += grapheme_width(cluster);
            width > columns
        })
        .map_or(text.len(), |(at, _)| at);
    text.split_at(end).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Choice, Depth};

    fn drawn(row: &Row<'_>, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        row.draw(&mut buffer, area, &Theme::new(Choice::Dark, Depth::Indexed).unwrap());
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn what_does_not_fit_is_cut_between_graphemes() {
        for (text, columns, expected) in [
            ("Warehouse", 9, "Warehouse"),
            ("Warehouse", 5, "Ware…"),
            ("山田太郎", 8, "山田太郎"),
            ("山田太郎", 6, "山田…"),
            ("e\u{301}te\u{301}s", 3, "e\u{301}t…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
        ] {
            assert_eq!(Row::of(Meaning::Text, text).fit(columns).plain(), expected, "{text} {columns}");
        }
    }

    #[test]
    fn what_stands_left_of_a_cell_is_left_out() {
        let row = || Row::of(Meaning::Strong, "山田").text(" Hana");
        for (cell, expected) in
            [(0, "山田 Hana"), (1, " 田 Hana"), (2, "田 Hana"), (5, "Hana"), (7, "na"), (20, "")]
        {
            assert_eq!(row().from_cell(cell).plain(), expected, "{cell}");
        }
    }

    #[test]
    fn a_row_is_cut_where_it_is_drawn() {
        let row = Row::of(Meaning::Strong, "C-004871 ").text("Jordan M.");
        assert_eq!(drawn(&row, 20), "C-004871 Jordan M.  ");
        assert_eq!(drawn(&row, 12), "C-004871 Jo…");
    }

    #[test]
    fn the_right_end_stays_where_the_left_gives_way() {
        let row =
            Row::of(Meaning::Text, "a long left side").with_right(Row::of(Meaning::Strong, "right"), 16);
        assert_eq!(row.plain(), "a long le… right");
        let row = Row::of(Meaning::Text, "left").with_right(Row::of(Meaning::Strong, "right"), 16);
        assert_eq!(row.plain(), "left       right");
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let row = Row::of(Meaning::Text, "a\nb\u{1b}[2J");
        assert!(!row.plain().contains(['\n', '\u{1b}']), "{:?}", row.plain());
    }
}
