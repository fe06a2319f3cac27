//! How Write-back looks: what is approved, in conflict or written, and for how long.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::WriteBack;
use crate::{
    domain::{RewriteHead, RewriteState},
    store::port::IntentKind,
    text::Safe,
    tui::{
        Context,
        layer::Layer,
        screens::ScreenId,
        theme::Meaning,
        widgets::{Focus, Row, chrome, thousands},
    },
};

const fn meaning(state: RewriteState) -> Meaning {
    match state {
        RewriteState::Approved => Meaning::Accepted,
        RewriteState::Written => Meaning::Good,
        RewriteState::Conflict => Meaning::Caution,
        RewriteState::Writing | RewriteState::Reverting | RewriteState::Running => Meaning::Running,
        RewriteState::Queued
        | RewriteState::Ready
        | RewriteState::Rejected
        | RewriteState::Failed
        | RewriteState::Skipped
        | RewriteState::Cancelled => Meaning::Text,
    }
}

/// How long ago something was, in the largest unit that fits.
fn ago(row: &RewriteHead, context: &Context) -> String {
    let seconds = context.now.as_second().saturating_sub(row.updated_at.as_second()).max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The columns: mark 2, state 10, for 6, candidate 10, name 24, batch 6, by 10, why.
fn line(row: &RewriteHead, marked: bool, context: &Context) -> Row<'static> {
    let mark = if marked { context.glyph("●", "*") } else { " " };
    let why = row.failure.as_ref().map_or_else(String::new, |failure| failure.detail.clone());
    Row::of(Meaning::Marked, mark)
        .pad(2)
        .and(Row::of(meaning(row.state), row.state.name()))
        .pad(12)
        .and(Row::of(Meaning::Muted, ago(row, context)))
        .pad(18)
        .and(Row::of(Meaning::Text, row.candidate.0.clone()).fit(9))
        .pad(28)
        .and(Row::of(Meaning::Strong, row.name.clone()).fit(23))
        .pad(52)
        .and(Row::of(Meaning::Muted, format!("b{}", row.batch_number)).fit(5))
        .pad(58)
        .and(Row::of(Meaning::Text, row.decided_by.clone().unwrap_or_default()).fit(9))
        .pad(68)
        .and(Row::of(Meaning::Caution, why))
}

pub(super) fn draw(screen: &WriteBack, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let parts = chrome::split(area, 2);
    let of = |state| thousands(screen.counts.of(state));
    let title = format!(
        "Write-back │ {} approved, not written │ {} in conflict │ {} written",
        of(RewriteState::Approved),
        of(RewriteState::Conflict),
        of(RewriteState::Written)
    );
    chrome::title(frame, parts.title, title, context);
    chrome::tabs(frame, parts.tabs, ScreenId::WriteBack, context);
    let [top, heading, rows] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)])
            .areas(parts.body);
    let count = Row::of(Meaning::Muted, thousands(screen.counts.total()));
    chrome::heading(frame, top, (Row::of(Meaning::Title, screen.text.clone()).fit(60), count), context);
    let columns = "   state     for   id        candidate               batch by";
    Row::of(Meaning::Muted, columns).draw(frame.buffer_mut(), heading, &context.theme);
    match &screen.rows {
        None if screen.trouble.is_some() => {
            Row::of(Meaning::Muted, " not read yet").draw(frame.buffer_mut(), rows, &context.theme);
        }
        None => Row::of(Meaning::Muted, " reading …").draw(frame.buffer_mut(), rows, &context.theme),
        Some(heads) if heads.is_empty() => {
            let text = " Nothing here. What is approved on Review (4) waits here until it is written.";
            Row::of(Meaning::Muted, text).draw(frame.buffer_mut(), rows, &context.theme);
        }
        Some(heads) => screen.list.draw(frame, rows, (Focus::Here, context), |index| {
            heads.get(index).map_or_else(Row::new, |row| line(row, screen.marks.contains(&row.id), context))
        }),
    }
    chrome::rule(frame, parts.rule, context);
    let [status, hints] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(parts.footer);
    status_row(screen).draw(frame.buffer_mut(), status, &context.theme);
    chrome::footer(frame, hints, &screen.hints(context), context);
}

fn status_row(screen: &WriteBack) -> Row<'static> {
    if let Some(trouble) = &screen.trouble {
        return Row::of(Meaning::Bad, " ").put(Meaning::Bad, Safe::line(trouble.message()).into_owned());
    }
    match screen.running {
        Some((kind, progress)) => {
            let word = match kind {
                IntentKind::Write => "writing",
                IntentKind::Revert => "undoing",
            };
            let text = format!(" {word} {} of {}", thousands(progress.done), thousands(progress.total));
            Row::of(Meaning::Running, text)
        }
        None => Row::of(Meaning::Muted, format!(" {} marked", screen.marks.len())),
    }
}
