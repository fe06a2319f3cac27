//! Pieces that screens are drawn from. Each is a function of its state, an area and the theme, and shows only
//! [`Safe`] text.

pub mod ascii;
pub mod chrome;
pub mod clusters;
mod columns;
mod editor;
mod figures;
mod hint;
mod input;
mod list;
mod row;
mod toast;

pub use columns::{Column, Columns};
pub use editor::Editor;
pub use figures::{bar, curve, thousands};
pub use hint::Hint;
pub use input::Input;
pub use list::{Focus, List, scrolled};
use ratatui::{
    Frame,
    layout::Rect,
    widgets::{Clear, Widget},
};
pub use row::Row;
pub use toast::{Toast, Toasts, Tone};

use super::{context::Context, theme::Meaning};
use crate::text::{Safe, part, width, wrap};

/// Empties `area` for something that is drawn on top.
pub fn blank(frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let buffer = frame.buffer_mut();
    let area = area.intersection(buffer.area);
    // A wide character that the left edge cuts would push what is drawn here a cell to the right.
    for y in area.top()..area.bottom() {
        if let Some(x) = area.x.checked_sub(1).filter(|x| *x >= buffer.area.x)
            && width(buffer[(x, y)].symbol()) > 1
        {
            buffer.set_stringn(x, y, " ", 1, context.theme.style(Meaning::Text));
        }
    }
    Clear.render(area, buffer);
    buffer.set_style(area, context.theme.style(Meaning::Dialog));
}

/// Breaks `text` into lines of at most `columns` cells, at blanks where there are some.
pub fn wrapped(text: &Safe<'_>, columns: usize) -> Vec<Safe<'static>> {
    wrap(text, columns.max(1), 0)
        .into_iter()
        .map(|line| Safe::new(part(text, line.range)).into_owned())
        .collect()
}
