//! How the queue looks: a table alone on the screen, or a narrow list beside the document.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{Pane, Review};
use crate::{
    domain::{RewriteHead, RewriteState},
    tui::{
        Context,
        theme::Meaning,
        widgets::{Column, Columns, Focus, Row, chrome, thousands},
    },
};

const TABLE: &[Column] = &[
    Column::fixed("", 1),
    Column::fixed("id", 9),
    Column::flexible("candidate", 16, 2),
    Column::flexible("posting", 16, 2),
    Column::fixed("Δ%", 3).right(),
    Column::fixed("findings", 8),
    Column::fixed("state", 9),
    Column::flexible("who", 6, 1),
];

/// The most cells that a candidate's id takes in the narrow list: a name says more than the rest of a UUID.
const WIDEST_ID: usize = 9;

/// The sign before a row: marked, being decided, decided.
fn sign(review: &Review, row: &RewriteHead) -> Row<'static> {
    let Some(session) = &review.session else { return Row::new() };
    if session.marks().contains(row.id) {
        return Row::of(Meaning::Marked, "●");
    }
    if session.holder(row.id).is_some() {
        return Row::of(Meaning::Muted, "·");
    }
    if session.is_deciding(row.id) {
        return Row::of(Meaning::Running, "…");
    }
    match row.state {
        RewriteState::Approved | RewriteState::Written => Row::of(Meaning::Accepted, "✓"),
        RewriteState::Rejected => Row::of(Meaning::Rejected, "✗"),
        RewriteState::Failed | RewriteState::Conflict => Row::of(Meaning::Bad, "×"),
        RewriteState::Queued
        | RewriteState::Running
        | RewriteState::Ready
        | RewriteState::Writing
        | RewriteState::Reverting
        | RewriteState::Skipped
        | RewriteState::Cancelled => Row::of(Meaning::Text, " "),
    }
}

/// Who has it open, else who decided last.
fn who(review: &Review, row: &RewriteHead) -> String {
    let holder = review.session.as_ref().and_then(|session| session.holder(row.id));
    holder.map(str::to_owned).or_else(|| row.decided_by.clone()).unwrap_or_default()
}

fn findings(row: &RewriteHead) -> Row<'static> {
    match (row.findings, row.blocked) {
        (0, _) => Row::new(),
        (number, true) => Row::of(Meaning::Blocking, format!("!{number}")),
        (number, false) => Row::of(Meaning::Warning, format!("!{number}")),
    }
}

fn percent(row: &RewriteHead) -> String {
    row.changed_percent.map_or_else(|| "—".to_owned(), |percent| percent.to_string())
}

fn line(review: &Review, row: &RewriteHead, columns: &Columns) -> Row<'static> {
    let name = if row.opened_at.is_none() { Meaning::Strong } else { Meaning::Text };
    columns.row([
        sign(review, row),
        Row::of(Meaning::Muted, row.candidate.0.clone()),
        Row::of(name, row.name.clone()),
        Row::of(Meaning::Text, row.posting.clone().unwrap_or_default()),
        Row::of(Meaning::Text, percent(row)),
        findings(row),
        Row::of(Meaning::Muted, row.state.name()),
        Row::of(Meaning::Muted, who(review, row)),
    ])
}

/// What stands over the rows: how many, and how many came.
fn counted(review: &Review) -> (Row<'static>, Row<'static>) {
    let total = review.session.as_ref().map_or(0, |session| session.queue().total());
    let mut left = Row::of(Meaning::Title, review.filter_shown().into_owned());
    left.push(Meaning::Muted, format!("  ({} of {})", thousands(total), thousands(review.all.total())));
    let mut right = Row::new();
    if review.arrived > 0 {
        right.push(Meaning::Caution, format!("+{} new", thousands(review.arrived)));
        right.push(Meaning::Text, "  ");
    }
    (left, right.put(Meaning::Muted, format!("sort: {}", review.sort_name())))
}

fn empty(review: &Review) -> &'static str {
    if !review.read {
        " reading …"
    } else if review.all.total() == 0 {
        " There are no rewrites yet. Start a batch on Candidates (2)."
    } else {
        " Nothing matches the filter."
    }
}

pub(super) fn draw_table(review: &Review, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let [top, head, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    chrome::heading(frame, top, counted(review), context);
    let columns = Columns::fit(TABLE, usize::from(area.width).saturating_sub(1));
    let mut row = Row::of(Meaning::Muted, " ");
    row.append(columns.head());
    row.draw(frame.buffer_mut(), head, &context.theme);
    let rows = review.session.as_ref().map(|session| session.queue().rows()).unwrap_or_default();
    if rows.is_empty() {
        Row::of(Meaning::Muted, empty(review)).draw(frame.buffer_mut(), body, &context.theme);
        return;
    }
    review.list.draw(frame, body, (Focus::Here, context), |index| {
        rows.get(index).map_or_else(Row::new, |row| line(review, row, &columns))
    });
}

pub(super) fn draw_narrow(review: &Review, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let [top, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let columns = usize::from(area.width);
    let total = review.session.as_ref().map_or(0, |session| session.queue().total());
    let mut title = Row::of(Meaning::Title, " QUEUE");
    title.push(Meaning::Muted, format!(" {}", thousands(total)));
    let right = match review.arrived {
        0 => Row::of(Meaning::Muted, review.sort_name()),
        number => Row::of(Meaning::Caution, format!("+{} new", thousands(number))),
    };
    title.with_right(right, columns).draw(frame.buffer_mut(), top, &context.theme);
    let focus = if review.pane == Pane::Queue { Focus::Here } else { Focus::Away };
    let rows = review.session.as_ref().map(|session| session.queue().rows()).unwrap_or_default();
    if rows.is_empty() {
        let text = crate::text::Safe::new(empty(review).trim_start());
        let lines = crate::tui::widgets::wrapped(&text, columns.saturating_sub(2));
        for (text, place) in lines.into_iter().zip(body.rows()) {
            let row = Row::of(Meaning::Muted, " ").put(Meaning::Muted, text);
            row.draw(frame.buffer_mut(), place, &context.theme);
        }
        return;
    }
    let ids = rows.iter().map(|row| Row::of(Meaning::Muted, row.candidate.0.as_str()).width()).max();
    let ids = ids.unwrap_or_default().min(WIDEST_ID);
    review.list.draw(frame, body, (focus, context), |index| {
        rows.get(index).map_or_else(Row::new, |row| narrow(review, row, (ids, columns.saturating_sub(1))))
    });
}

fn narrow(review: &Review, row: &RewriteHead, (ids, columns): (usize, usize)) -> Row<'static> {
    let name = if row.opened_at.is_none() { Meaning::Strong } else { Meaning::Text };
    let mut left = sign(review, row).pad(1);
    left = left.and(Row::of(Meaning::Muted, row.candidate.0.clone()).fit(ids).pad(ids + 1));
    left.push(name, row.name.clone());
    let mut right = findings(row);
    if let Some(holder) = review.session.as_ref().and_then(|session| session.holder(row.id)) {
        right = Row::of(Meaning::Muted, format!("{holder} ")).and(right);
    }
    if columns >= 30 {
        right.push(Meaning::Muted, format!("{:>3}%", percent(row)));
    }
    left.with_right(right, columns)
}
