//! What frames every screen: title line, row of screens, rules, footer.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{Hint, Row};
use crate::{
    text::Safe,
    tui::{
        context::{Context, Provider},
        screens::ScreenId,
        theme::Meaning,
    },
};

/// The usual parts of a screen, from the top down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The line that says what is shown.
    pub title: Rect,
    /// The row of screens.
    pub tabs: Rect,
    /// The rest.
    pub body: Rect,
    /// The line above the footer.
    pub rule: Rect,
    /// Key hints, and what else a screen says at its foot.
    pub footer: Rect,
}

/// Splits a screen into its usual parts, with `footer` lines at its foot.
pub fn split(area: Rect, footer: u16) -> Parts {
    let [title, tabs, body, rule, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(footer),
    ])
    .areas(area);
    Parts { title, tabs, body, rule, footer }
}

/// Draws the title line: ordinary text after one blank.
pub fn title<'a>(frame: &mut Frame<'_>, area: Rect, text: impl Into<Safe<'a>>, context: &Context) {
    title_row(frame, area, &Row::of(Meaning::Title, " ").put(Meaning::Title, text), context);
}

/// Draws the title line from a row. Unlike [`tabs`], it has no badge: a screen that leaves out the row of screens
/// puts [`badge`] at its end.
pub fn title_row(frame: &mut Frame<'_>, area: Rect, row: &Row<'_>, context: &Context) {
    row.draw(frame.buffer_mut(), area, &context.theme);
}

/// The badge `SIMULATED`, or an empty row if the model is a real one.
pub fn badge(context: &Context) -> Row<'static> {
    match context.provider {
        Provider::Real => Row::new(),
        Provider::Simulated => Row::of(Meaning::Simulated, "SIMULATED"),
    }
}

/// Draws the row of screens with the current one in brackets, and the badge at its right end.
pub fn tabs(frame: &mut Frame<'_>, area: Rect, current: ScreenId, context: &Context) {
    tabs_with(frame, area, current, (Row::new(), context));
}

/// The same with something more at the right end, left out where it does not fit.
pub fn tabs_with(
    frame: &mut Frame<'_>,
    area: Rect,
    current: ScreenId,
    (right, context): (Row<'static>, &Context),
) {
    let columns = usize::from(area.width);
    let row = screens(current, columns);
    let mut end = right;
    let badge = badge(context);
    let between = if end.is_empty() || badge.is_empty() { "" } else { "  " };
    if row.width() + 1 + end.width() + between.len() + badge.width() > columns {
        end = Row::new();
    } else {
        end.push(Meaning::Text, between);
    }
    end.append(badge);
    row.with_right(end, columns).draw(frame.buffer_mut(), area, &context.theme);
}

fn screens(current: ScreenId, columns: usize) -> Row<'static> {
    let mut row = Row::new();
    for (index, screen) in ScreenId::ALL.into_iter().enumerate() {
        let number = index + 1;
        // Below 80 columns only the current screen is named, so that the badge at the end is never cut.
        let named = columns >= 80 || screen == current;
        let name = if named { screen.name() } else { "" };
        row.push(Meaning::Text, " ");
        if screen == current {
            row.push(Meaning::TabCurrent, format!("[{number}]{name}"));
        } else {
            let between = if named { " " } else { "" };
            row.push(Meaning::Tab, format!("{number}{between}{name}"));
        }
    }
    row
}

/// Draws a line from end to end.
pub fn rule(frame: &mut Frame<'_>, area: Rect, context: &Context) {
    heading(frame, area, (Row::new(), Row::new()), context);
}

/// Draws a line with words in it: `── left ──────── right ──`, without blanks around what is empty.
pub fn heading(frame: &mut Frame<'_>, area: Rect, (left, right): (Row<'_>, Row<'_>), context: &Context) {
    let line = context.glyph("─", "-");
    let columns = usize::from(area.width);
    let mut row = Row::new();
    if !left.is_empty() {
        row = row.put(Meaning::Rule, line.repeat(2)).text(" ");
        row.append(left);
        row.push(Meaning::Text, " ");
    }
    let right_width = if right.is_empty() { 0 } else { right.width() + 1 };
    let middle = columns.saturating_sub(row.width() + right_width);
    row.push(Meaning::Rule, line.repeat(middle));
    if !right.is_empty() {
        row.push(Meaning::Text, " ");
        row.append(right);
    }
    row.draw(frame.buffer_mut(), area, &context.theme);
}

/// Draws key hints from the first line of `area` down, as many as fit. Two blanks part them where there is room.
pub fn footer(frame: &mut Frame<'_>, area: Rect, hints: &[Hint], context: &Context) {
    let rows: Vec<Row<'static>> =
        hints.iter().map(|hint| hint.row(context)).filter(|row| !row.is_empty()).collect();
    let columns = usize::from(area.width);
    let wide: usize = rows.iter().map(|row| row.width() + 2).sum();
    let gap = if wide <= columns * usize::from(area.height) { "  " } else { " " };
    let mut rest = rows.into_iter().peekable();
    for line in area.rows() {
        let mut row = Row::of(Meaning::Text, " ");
        let mut before = "";
        while let Some(next) = rest.next_if(|next| row.width() + before.len() + next.width() <= columns) {
            row.push(Meaning::Text, before);
            row.append(next);
            before = gap;
        }
        row.fit(columns).draw(frame.buffer_mut(), line, &context.theme);
    }
}
