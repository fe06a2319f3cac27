//! How Batches looks: the batches, how far the one in focus is, why rewrites failed, the replies that come in.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect, Size},
};

use super::{Batches, Hands, Pane, detail, live::Coming};
use crate::{
    domain::{Batch, BatchState, Postings},
    tui::{
        Context, Layer,
        command::{Candidates, Global, List},
        screens::{ScreenId, words},
        theme::Meaning,
        widgets::{Column, Columns, Focus, Row, chrome, thousands, wrapped},
    },
};

/// From this height on a reply shows below the list of replies without being opened.
const TALL: u16 = 36;
/// From this width on replies have a column of their own.
const WIDE: u16 = 160;
/// From this width on the list of batches stands at the left.
const BESIDE: u16 = 110;

/// Whether a reply shows without being opened.
pub(super) const fn shows_reply(size: Size) -> bool {
    size.height >= TALL || size.width >= WIDE
}

pub(super) fn draw(screen: &Batches, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let parts = chrome::split(area, 1);
    chrome::title_row(frame, parts.title, &title(screen), context);
    chrome::tabs_with(frame, parts.tabs, ScreenId::Batches, (state_of_view(screen), context));
    match (&screen.rows, &screen.trouble) {
        (None, Some(failure)) => {
            let hint = failure.hint().unwrap_or("`redraft check` tests the store.");
            say(
                frame,
                parts.body,
                (
                    Meaning::Bad,
                    &format!(
                        "{}\n{hint}\n{} tries again.",
                        failure.message(),
                        words::key(Global::Batches, context)
                    ),
                ),
                context,
            );
        }
        (None, None) => say(frame, parts.body, (Meaning::Muted, "reading …"), context),
        (Some(batches), _) if batches.is_empty() => {
            let text = format!(
                "There is no batch yet. {} Candidates: mark some with {}, then {} starts one.",
                words::key(Global::Candidates, context),
                words::key(List::Mark, context),
                words::key(Candidates::Rewrite, context),
            );
            say(frame, parts.body, (Meaning::Text, &text), context);
        }
        (Some(batches), _) => draw_body(screen, batches, frame, (parts.body, context)),
    }
    chrome::rule(frame, parts.rule, context);
    chrome::footer(frame, parts.footer, &screen.hints(context), context);
}

fn say(frame: &mut Frame<'_>, area: Rect, (meaning, text): (Meaning, &str), context: &Context) {
    let lines = wrapped(&text.into(), usize::from(area.width).saturating_sub(2));
    for (index, (line, place)) in lines.iter().zip(area.rows().skip(1)).enumerate() {
        let meaning = if index == 0 { meaning } else { Meaning::Muted };
        Row::of(Meaning::Text, " ").put(meaning, line.as_str()).draw(
            frame.buffer_mut(),
            place,
            &context.theme,
        );
    }
}

fn title(screen: &Batches) -> Row<'static> {
    let Some(batch) = screen.selected() else { return Row::of(Meaning::Title, " Batches") };
    let spec = &batch.spec;
    let started = batch.created_at.strftime("%b %-d %H:%M");
    let row = Row::of(Meaning::Title, format!(" Batch {}", batch.label()))
        .put(Meaning::Title, format!(" │ {}", spec.model))
        .put(Meaning::Title, format!(" │ started {started} by {}", spec.by));
    match &spec.posting_title {
        Some(posting) => row.put(Meaning::Title, format!(" │ {posting}")),
        None if spec.options.postings == Postings::Linked => {
            row.put(Meaning::Title, " │ each its own posting")
        }
        None => row,
    }
}

fn state_of_view(screen: &Batches) -> Row<'static> {
    let mut row = Row::new();
    if let Some(held) = &screen.held {
        row.push(Meaning::Caution, format!("held {}", held.since.strftime("%H:%M")));
    }
    if screen.hands == Hands::Off {
        row.push(Meaning::Caution, if row.is_empty() { "watch only" } else { " watch only" });
    }
    row
}

fn draw_body(screen: &Batches, batches: &[Batch], frame: &mut Frame<'_>, (area, context): (Rect, &Context)) {
    let (list, rest) = if area.width >= BESIDE {
        let [list, side, rest] =
            Layout::horizontal([Constraint::Length(34), Constraint::Length(1), Constraint::Fill(1)])
                .areas(area);
        draw_side(frame, side, context);
        (list, rest)
    } else {
        let rows =
            u16::try_from(batches.len()).unwrap_or(u16::MAX).min(if area.height >= 30 { 8 } else { 3 });
        let [list, rest] = Layout::vertical([Constraint::Length(rows + 1), Constraint::Fill(1)]).areas(area);
        (list, rest)
    };
    draw_list(screen, batches, frame, (list, context));
    if area.width >= WIDE {
        let [detail, side, live] =
            Layout::horizontal([Constraint::Fill(3), Constraint::Length(1), Constraint::Fill(2)]).areas(rest);
        draw_side(frame, side, context);
        detail::draw(screen, frame, detail, context);
        draw_live(screen, frame, live, context);
        return;
    }
    if screen.pane == Pane::Reply && !shows_reply(context.size) {
        draw_reply(screen, frame, rest, context);
        return;
    }
    let height = detail::height(screen, rest.height).min(rest.height);
    let [detail, live] = Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(rest);
    detail::draw(screen, frame, detail, context);
    draw_live(screen, frame, live, context);
}

fn draw_side(frame: &mut Frame<'_>, area: Rect, context: &Context) {
    for line in area.rows() {
        Row::of(Meaning::Rule, context.glyph("│", "|")).draw(frame.buffer_mut(), line, &context.theme);
    }
}

/// A pane's heading: its name looks like the cursor while it has the keys.
pub(super) fn heading(
    screen: &Batches,
    frame: &mut Frame<'_>,
    line: Rect,
    (name, right, pane): (&'static str, Row<'static>, Option<Pane>),
    context: &Context,
) {
    let here = pane == Some(screen.pane);
    let meaning = if here { Meaning::Cursor } else { Meaning::Title };
    chrome::heading(frame, line, (Row::of(meaning, name), right), context);
}

/// Whether a pane has the keys.
pub(super) fn focus(screen: &Batches, pane: Pane) -> Focus {
    if screen.pane == pane { Focus::Here } else { Focus::Away }
}

/// How a state looks.
pub(super) const fn meaning(state: &BatchState) -> Meaning {
    match state {
        BatchState::Queued | BatchState::Cancelled => Meaning::Muted,
        BatchState::Running | BatchState::Finishing => Meaning::Running,
        BatchState::Paused(_) => Meaning::Caution,
        BatchState::Finished => Meaning::Good,
        BatchState::Failed(_) => Meaning::Bad,
    }
}

fn draw_list(screen: &Batches, batches: &[Batch], frame: &mut Frame<'_>, (area, context): (Rect, &Context)) {
    let [top, rows] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let here = screen.list.selected().map_or(0, |row| row + 1);
    let count = Row::of(Meaning::Muted, format!("{here} of {}", batches.len()));
    heading(screen, frame, top, ("BATCHES", count, Some(Pane::List)), context);
    let columns = Columns::fit(
        &[
            Column::fixed("", 5),
            Column::fixed("", 9),
            Column::fixed("", 15).right(),
            Column::fixed("", 7).right(),
            Column::flexible("", 16, 1),
            Column::fixed("", 12),
        ],
        usize::from(rows.width).saturating_sub(1),
    );
    screen.list.draw(frame, rows, (focus(screen, Pane::List), context), |index| {
        let Some(batch) = batches.get(index) else { return Row::new() };
        let done = format!("{}/{}", thousands(batch.counts.done()), thousands(batch.counts.total()));
        let about = match &batch.spec.posting_title {
            Some(posting) => Row::of(Meaning::Text, posting.clone()),
            None if batch.spec.options.postings == Postings::Linked => Row::of(Meaning::Text, "each its own"),
            None if batch.spec.instructions.is_empty() => Row::of(Meaning::Muted, "no posting"),
            None => Row::of(Meaning::Text, batch.spec.instructions.clone()),
        };
        columns.row([
            Row::of(Meaning::Strong, batch.label()),
            Row::of(meaning(&batch.state), batch.state.name()),
            Row::of(Meaning::Text, done),
            Row::of(Meaning::Muted, batch.spent.to_string()),
            about,
            Row::of(Meaning::Muted, batch.spec.by.clone()),
        ])
    });
}

fn draw_live(screen: &Batches, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    if area.height < 2 {
        return;
    }
    let beside = shows_reply(context.size);
    let number = u16::try_from(screen.live.list.len()).unwrap_or(u16::MAX);
    let rows = if beside { number.clamp(1, (area.height / 3).max(2)) } else { area.height - 1 };
    let [top, list, text] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(rows), Constraint::Fill(1)]).areas(area);
    let count = Row::of(Meaning::Muted, format!("{number} newest"));
    let right = if number == 0 { Row::new() } else { count };
    heading(screen, frame, top, ("REPLIES COMING IN", right, Some(Pane::Live)), context);
    if number == 0 {
        Row::of(Meaning::Muted, " none here now").draw(frame.buffer_mut(), list, &context.theme);
    }
    let running = screen.details().map(|details| details.running.as_slice()).unwrap_or_default();
    screen.live.list.draw(frame, list, (focus(screen, Pane::Live), context), |index| {
        let Some(id) = screen.live.id(index) else { return Row::new() };
        match running.iter().find(|head| head.id == id) {
            Some(head) => Row::of(Meaning::Muted, format!("{} ", head.candidate))
                .put(Meaning::Text, head.name.clone())
                .put(Meaning::Muted, if head.attempts > 1 { "  tried before" } else { "" }),
            // Its name comes with the next reading.
            None => Row::of(Meaning::Muted, "…"),
        }
    });
    if beside && screen.live.followed().is_some() {
        draw_reply(screen, frame, text, context);
    }
}

fn draw_reply(screen: &Batches, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    if area.height < 2 {
        return;
    }
    let [top, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let (meaning, words) = match screen.live.coming() {
        Coming::Awaited => (Meaning::Muted, "nothing has come yet"),
        Coming::Streaming => (Meaning::Running, "streaming"),
        Coming::Ended => (Meaning::Good, "ended"),
        Coming::Elsewhere => (Meaning::Muted, "received by another process, or over"),
    };
    screen.live.reader.draw(frame, body, context);
    let left = Row::of(
        if screen.pane == Pane::Reply { Meaning::Cursor } else { Meaning::Title },
        screen.live.name.clone().unwrap_or_else(|| "REPLY".to_owned()),
    );
    let right = Row::of(meaning, words);
    let room = usize::from(area.width).saturating_sub(right.width() + 8);
    chrome::heading(frame, top, (left.fit(room), right), context);
}
