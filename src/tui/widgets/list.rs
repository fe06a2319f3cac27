//! A list of any length: which row is in focus, which part shows. Only the rows that show are built.

use std::{cell::Cell, ops::Range};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::Row;
use crate::tui::{
    command,
    context::{Context, Line, Voice},
    theme::Meaning,
};

/// Whether the pane of a list has the keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It has.
    #[default]
    Here,
    /// Another pane has.
    Away,
}

/// The position in a list. The rows themselves stay with the screen, and so do marks, by id.
#[derive(Debug, Default, Clone)]
pub struct List {
    selected: usize,
    len: usize,
    /// What was drawn last: the first row and the number of rows. A memory of geometry, not state: it only decides
    /// where scrolling starts from.
    view: Cell<(usize, usize)>,
    /// Where that was.
    place: Cell<Rect>,
}

impl List {
    /// A list of `len` rows, the first in focus.
    pub fn new(len: usize) -> Self {
        Self { len, ..Self::default() }
    }

    /// The number of rows.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Tells the number of rows; the focus stays where it is if that row is still there.
    pub fn set_len(&mut self, len: usize) {
        self.len = len;
        self.select(self.selected);
    }

    /// The row in focus.
    pub fn selected(&self) -> Option<usize> {
        (self.len > 0).then_some(self.selected)
    }

    /// Puts a row in focus, the last one if there are fewer.
    pub fn select(&mut self, row: usize) {
        self.selected = row.min(self.len.saturating_sub(1));
    }

    /// The rows that were drawn last: what is worth reading ahead.
    pub fn visible(&self) -> Range<usize> {
        let (top, height) = self.view.get();
        top.min(self.len)..(top + height).min(self.len)
    }

    /// How many rows below the focus a place on the screen is; none if no row was drawn there.
    pub fn rows_to(&self, at: Position) -> Option<isize> {
        let place = self.place.get();
        let row = self.view.get().0 + usize::from(at.y.saturating_sub(place.y));
        let is_row = place.contains(at) && row < self.len;
        is_row.then(|| row.checked_signed_diff(self.selected)).flatten()
    }

    /// Moves the focus; says whether the command was a movement.
    pub fn handle(&mut self, command: command::List) -> bool {
        let page = self.view.get().1.max(2) - 1;
        let row = match command {
            command::List::Down => self.selected.saturating_add(1),
            command::List::Up => self.selected.saturating_sub(1),
            command::List::First => 0,
            command::List::Last => self.len.saturating_sub(1),
            command::List::PageDown => self.selected.saturating_add(page),
            command::List::PageUp => self.selected.saturating_sub(page),
            command::List::Open
            | command::List::Mark
            | command::List::Range
            | command::List::MarkAll
            | command::List::UnmarkAll
            | command::List::Filter
            | command::List::ClearFilter
            | command::List::Sort
            | command::List::Copy => return false,
        };
        self.select(row);
        true
    }

    /// The same for a menu.
    pub fn handle_menu(&mut self, command: command::Menu) -> bool {
        self.handle(match command {
            command::Menu::Down => command::List::Down,
            command::Menu::Up => command::List::Up,
            command::Menu::First => command::List::First,
            command::Menu::Last => command::List::Last,
            command::Menu::PageDown => command::List::PageDown,
            command::Menu::PageUp => command::List::PageUp,
            command::Menu::Choose | command::Menu::Search | command::Menu::Close => return false,
        })
    }

    /// Draws the rows that fit into `area`; `row` builds one of them. The row in focus starts with `>`.
    pub fn draw<'a>(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (focus, context): (Focus, &Context),
        mut row: impl FnMut(usize) -> Row<'a>,
    ) {
        let height = usize::from(area.height);
        let last = self.view.get().0;
        let top = top(last, self.selected, height, self.len);
        let top = scrolled(context.line, (last, top), (self.selected, height, self.len));
        self.view.set((top, height));
        self.place.set(area);
        for (index, line) in (top..self.len).zip(area.rows()) {
            let here = index == self.selected;
            let meaning = match focus {
                Focus::Here => Meaning::Cursor,
                Focus::Away => Meaning::CursorAway,
            };
            let mut whole = Row::of(Meaning::Text, if here { ">" } else { " " });
            whole.append(row(index));
            if here {
                whole.draw_focused(frame.buffer_mut(), line, &context.theme, meaning);
            } else {
                whole.draw(frame.buffer_mut(), line, &context.theme);
            }
            if here && focus == Focus::Here && context.voice == Voice::Plain {
                frame.set_cursor_position((line.x, line.y));
            }
        }
    }
}

/// Where to scroll to, if `top` is the first row of the usual way: on a slow line so far that the focus stands in the
/// middle, for a screen that moves is sent whole.
pub fn scrolled(line: Line, (last, top): (usize, usize), (at, height, len): (usize, usize, usize)) -> usize {
    match line {
        Line::Slow if top != last => at.saturating_sub(height / 2).min(len.saturating_sub(height)),
        Line::Slow | Line::Fast => top,
    }
}

/// The first row to show: as little away from `last` as leaves the focus in sight, with two rows around it where
/// there is room, and without empty lines at the end.
fn top(last: usize, selected: usize, height: usize, len: usize) -> usize {
    let margin = if height >= 8 { 2 } else { 0 };
    let lowest = (selected + margin + 1).saturating_sub(height);
    let highest = selected.saturating_sub(margin);
    last.clamp(lowest.min(highest), highest).min(len.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(len: usize, height: usize) -> List {
        let list = List::new(len);
        list.view.set((0, height));
        list
    }

    #[test]
    fn the_focus_moves_and_stops_at_the_ends() {
        let mut list = list(30, 10);
        for (command, expected) in [
            (command::List::Up, 0),
            (command::List::Down, 1),
            (command::List::PageDown, 10),
            (command::List::Last, 29),
            (command::List::Down, 29),
            (command::List::PageUp, 20),
            (command::List::First, 0),
        ] {
            assert!(list.handle(command));
            assert_eq!(list.selected(), Some(expected), "{command:?}");
        }
        assert!(!list.handle(command::List::Mark));
    }

    #[test]
    fn on_a_slow_line_a_list_scrolls_by_half_a_screen() {
        let mut tops = vec![0];
        for selected in 0..30 {
            let last = tops.last().copied().unwrap();
            let top = scrolled(Line::Slow, (last, top(last, selected, 10, 30)), (selected, 10, 30));
            if top != last {
                tops.push(top);
            }
        }
        assert_eq!(tops, [0, 3, 6, 9, 12, 15, 18, 20]);
    }

    #[test]
    fn a_place_on_the_screen_is_a_row() {
        let list = list(30, 10);
        list.place.set(Rect::new(5, 3, 20, 10));
        list.view.set((4, 10));
        assert_eq!(list.rows_to(Position::new(5, 3)), Some(4));
        assert_eq!(list.rows_to(Position::new(24, 12)), Some(13));
        assert_eq!((list.rows_to(Position::new(4, 3)), list.rows_to(Position::new(5, 13))), (None, None));
        let mut short = List::new(2);
        short.place.set(Rect::new(0, 0, 20, 10));
        short.select(1);
        assert_eq!(
            (short.rows_to(Position::new(0, 0)), short.rows_to(Position::new(0, 2))),
            (Some(-1), None)
        );
    }

    #[test]
    fn an_empty_list_has_no_focus() {
        let mut list = list(0, 10);
        assert!(list.handle(command::List::Down));
        assert_eq!(list.selected(), None);
        list.set_len(3);
        assert_eq!(list.selected(), Some(0));
        list.select(9);
        assert_eq!(list.selected(), Some(2));
        list.set_len(1);
        assert_eq!(list.selected(), Some(0));
    }

    #[test]
    fn the_view_moves_no_more_than_it_must() {
        for (last, selected, height, len, expected) in [
            (0, 5, 10, 100, 0),
            (0, 8, 10, 100, 1),
            (20, 25, 10, 100, 20),
            (20, 21, 10, 100, 19),
            (0, 99, 10, 100, 90),
            (50, 0, 10, 100, 0),
            (0, 2, 3, 100, 0),
            (7, 3, 10, 5, 0),
        ] {
            assert_eq!(top(last, selected, height, len), expected, "{last} {selected} {height} {len}");
        }
    }

    proptest! {
        #[test]
        fn the_focus_is_always_in_sight(last in 0_usize..200, len in 1_usize..200, at in 0_usize..200, height in 1_usize..60) {
            let selected = at.min(len - 1);
            let usual = top(last, selected, height, len);
            for line in [Line::Fast, Line::Slow] {
                let top = scrolled(line, (last, usual), (selected, height, len));
                prop_assert!(top <= selected && selected < top + height);
                prop_assert!(top == 0 || top + height <= len);
            }
        }
    }
}
