//! One frame: the screen, what lies on top of it, and what the application itself has to say.

use ratatui::{Frame, layout::Rect};

use super::App;
use crate::tui::{
    keymap::{Glyphs, shown},
    theme::Meaning,
    widgets::{Row, ascii, blank, clusters},
};

/// The smallest screen that shows anything useful, in columns and rows.
const SMALLEST: (u16, u16) = (60, 15);

impl App {
    /// Draws everything. Changes nothing.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        self.draw_layers(frame);
        if self.context.glyphs == Glyphs::Ascii {
            ascii::replace(frame.buffer_mut());
        }
        clusters::mark(frame.buffer_mut());
    }

    fn draw_layers(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let theme = &self.context.theme;
        frame.buffer_mut().set_style(area, theme.style(Meaning::Text));
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let (width, height) = SMALLEST;
            let text = format!("needs {width}×{height}, this is {}×{}", area.width, area.height);
            let whole = format!("redraft {text}.");
            let fits = crate::text::width(&whole) <= usize::from(area.width);
            Row::of(Meaning::Text, if fits { whole } else { text }).draw(frame.buffer_mut(), area, theme);
            return;
        }
        self.screens[self.current as usize].draw(frame, area, &self.context);
        for overlay in &self.overlays {
            overlay.layer.draw(frame, area, &self.context);
        }
        self.draw_continuations(frame, area);
        self.draw_remark(frame, area);
        self.toasts.draw(frame, area, &self.context);
    }

    /// The remark about the last key, in place of the last line.
    fn draw_remark(&self, frame: &mut Frame<'_>, area: Rect) {
        let (Some((text, _)), Some(line)) = (&self.typed.remark, area.rows().next_back()) else { return };
        blank(frame, line, &self.context);
        Row::of(Meaning::Muted, " ").put(Meaning::Muted, text.as_str()).draw(
            frame.buffer_mut(),
            line,
            &self.context.theme,
        );
    }

    /// The keys that can follow a sequence, one a line, above the last line.
    fn draw_continuations(&self, frame: &mut Frame<'_>, area: Rect) {
        if !self.typed.waits {
            return;
        }
        let typed = &self.typed.sequence;
        let rows: Vec<Row<'static>> = self
            .context
            .keys
            .continuations(&self.scopes(), typed)
            .into_iter()
            .map(|binding| {
                Row::of(Meaning::Key, format!(" {:<4} ", shown(&binding.keys, self.context.glyphs)))
                    .put(Meaning::Dialog, binding.command.entry().doc)
            })
            .collect();
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
        let top = area.bottom().saturating_sub(1 + height);
        let place = Rect::new(area.x, top, area.width, height);
        blank(frame, place, &self.context);
        for (row, line) in rows.iter().zip(place.rows()) {
            row.draw(frame.buffer_mut(), line, &self.context.theme);
        }
    }
}
