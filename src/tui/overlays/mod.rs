//! Layers on top of screens: dialogs, input lines, menus, help and palette.

mod confirm;
mod help;
mod menu;
mod message;
mod offer;
mod palette;
mod pick;
mod prompt;

pub use confirm::Confirm;
pub use help::Help;
pub use menu::Menu;
pub use message::Message;
pub use offer::{Availability, Offer};
pub use palette::Palette;
pub use pick::Pick;
pub use prompt::Prompt;
use ratatui::{Frame, layout::Rect};

use super::{
    context::Context,
    effect::{Effect, Outcome},
    theme::Meaning,
    widgets::{Row, blank},
};

/// Closes the overlay and tells the layer that opened it what came of it.
fn settle(outcome: Outcome) -> Effect {
    Effect::Settle(super::effect::Settled::new(outcome))
}

/// Draws an empty box of at most `width` by `height` cells in the middle of `area`; returns its inside, which is one
/// cell narrower at each side, and one line lower and higher.
pub(in crate::tui) fn framed(
    frame: &mut Frame<'_>,
    area: Rect,
    (width, height): (u16, u16),
    title: &str,
    context: &Context,
) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    blank(frame, place, context);
    let line = context.glyph("─", "-");
    let side = context.glyph("│", "|");
    let columns = usize::from(width).saturating_sub(2);
    let edge = |left, right| {
        Row::of(Meaning::Frame, left).put(Meaning::Frame, line.repeat(columns)).put(Meaning::Frame, right)
    };
    for (index, row) in place.rows().enumerate() {
        let row_of = match index {
            0 => edge(context.glyph("┌", "+"), context.glyph("┐", "+")),
            last if last + 1 == usize::from(height) => edge(context.glyph("└", "+"), context.glyph("┘", "+")),
            _ => Row::of(Meaning::Frame, side)
                .put(Meaning::Dialog, " ".repeat(columns))
                .put(Meaning::Frame, side),
        };
        row_of.draw(frame.buffer_mut(), row, &context.theme);
    }
    if !title.is_empty() && width > 6 {
        let name = Row::of(Meaning::Frame, " ").put(Meaning::Title, title).fit(columns - 3);
        let at = Rect { x: place.x + 2, width: width - 4, ..place };
        name.put(Meaning::Frame, " ").draw(frame.buffer_mut(), at, &context.theme);
    }
    Rect { x: place.x + 1, y: place.y + 1, width: width.saturating_sub(2), height: height.saturating_sub(2) }
}

#[cfg(test)]
mod tests;
