//! The batch in focus in figures: progress, throughput, failures, review.

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{Batches, Pane, view};
use crate::{
    domain::{Batch, BatchState, Money, PauseReason, RewriteState},
    engine::port::{BatchProgress, Waiting},
    store::port::FailureGroup,
    tui::{
        Context,
        command::{Batches as Keys, Global, List},
        screens::words,
        theme::Meaning,
        widgets::{Row, bar, curve, thousands},
    },
};

/// Lines for failures besides the heading.
fn failure_lines(screen: &Batches, height: u16) -> u16 {
    let most = if height >= 28 { 8 } else { 3 };
    u16::try_from(screen.failures.len()).unwrap_or(u16::MAX).clamp(1, most)
}

/// How many lines all figures take where there are `height`.
pub(super) fn height(screen: &Batches, height: u16) -> u16 {
    5 + 2 + 1 + failure_lines(screen, height) + 2
}

pub(super) fn draw(screen: &Batches, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let Some(batch) = screen.selected() else { return };
    let progress = screen.progress(context);
    let [figures, throughput, failures, review] = Layout::vertical([
        Constraint::Length(5),
        Constraint::Length(2),
        Constraint::Length(1 + failure_lines(screen, area.height)),
        Constraint::Length(2),
    ])
    .areas(area);
    draw_progress(screen, batch, frame, (figures, context));
    draw_throughput(screen, progress, frame, (throughput, context));
    draw_failures(screen, frame, failures, context);
    draw_review(screen, batch, frame, (review, context));
}

fn draw_progress(screen: &Batches, batch: &Batch, frame: &mut Frame<'_>, (area, context): (Rect, &Context)) {
    let progress = screen.progress(context);
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        let room = usize::from(line.width).saturating_sub(18);
        let state = state(batch, progress, context).fit(room);
        view::heading(screen, frame, line, ("PROGRESS", state, None), context);
    }
    let columns = usize::from(area.width);
    let (done, total) = (batch.counts.done(), batch.counts.total());
    let rows = [
        progress_bar(done, total, columns, context),
        pace(batch, progress, context),
        states(batch),
        money(batch, progress),
    ];
    for (row, line) in rows.into_iter().zip(lines) {
        row.draw(frame.buffer_mut(), line, &context.theme);
    }
}

fn progress_bar(done: u64, total: u64, columns: usize, context: &Context) -> Row<'static> {
    // Tenths of a percent, rounded down: 100.0% only if nothing is missing.
    let share = done.saturating_mul(1_000).checked_div(total).unwrap_or(0);
    let text = format!("  {} / {}  {}.{}%", thousands(done), thousands(total), share / 10, share % 10);
    let cells = columns.saturating_sub(text.len() + 2).min(100);
    Row::of(Meaning::Text, " ").and(bar(done, total, cells, context)).put(Meaning::Strong, text)
}

/// What the batch does now, in words.
fn state(batch: &Batch, progress: Option<&BatchProgress>, context: &Context) -> Row<'static> {
    let left = batch.counts.total() - batch.counts.done();
    let meaning = view::meaning(&batch.state);
    let text = match (&batch.state, progress) {
        (BatchState::Running | BatchState::Finishing, _) if batch.away.is_some() => {
            format!("{}, with the provider", batch.state.name())
        }
        (BatchState::Running | BatchState::Finishing, Some(progress)) => {
            let name = batch.state.name();
            let waits = match (progress.waiting, progress.waiting_for) {
                (0, _) => String::new(),
                (number, None) => format!(", {} wait", thousands(number)),
                (number, Some(what)) => format!(", {} {}", thousands(number), waiting_for(what)),
            };
            format!("{name}: {} in flight{waits}", thousands(progress.in_flight))
        }
        (BatchState::Running | BatchState::Finishing, None) => {
            format!("{}, not by this process", batch.state.name())
        }
        (BatchState::Queued, _) => format!("queued, {} to do", thousands(left)),
        (BatchState::Paused(PauseReason::Budget), _) => {
            let key = words::key(Keys::Budget, context);
            format!("stopped by budget, {} left; {key} raises it", thousands(left))
        }
        (BatchState::Paused(reason), _) => format!("{reason}, {} left", thousands(left)),
        (BatchState::Finished, _) => "finished".to_owned(),
        (BatchState::Cancelled, _) => "cancelled".to_owned(),
        (BatchState::Failed(why), _) => format!("failed: {why}"),
    };
    Row::of(meaning, text)
}

fn waiting_for(what: Waiting) -> String {
    match what {
        Waiting::Tokens => "waiting for tokens".to_owned(),
        Waiting::Requests => "waiting for the limit of requests".to_owned(),
        Waiting::DailyLimit(until) => {
            format!("waiting for the daily limit until {}", until.strftime("%H:%M"))
        }
        Waiting::Backoff => "waiting after provider errors".to_owned(),
    }
}

fn pace(batch: &Batch, progress: Option<&BatchProgress>, context: &Context) -> Row<'static> {
    if let Some(away) = &batch.away {
        let words = away.words(&TimeZone::UTC);
        return match &away.trouble {
            Some(trouble) => Row::of(Meaning::Caution, " ! ").put(Meaning::Caution, trouble.clone()),
            None => Row::of(Meaning::Text, format!(" {words}")),
        };
    }
    let ended = batch.state.has_ended();
    let trouble = progress.filter(|progress| !ended && progress.waiting > 0);
    if let Some(trouble) = trouble.and_then(|progress| progress.trouble.clone()) {
        return Row::of(Meaning::Caution, " ! ").put(Meaning::Caution, trouble);
    }
    let mut row = Row::of(Meaning::Text, " ");
    if let Some(progress) = progress.filter(|_| !ended) {
        match progress.eta {
            Some((likely, best, worst)) => {
                row.push(Meaning::Strong, format!("eta {}", words::span(likely)));
                let range = format!(" ({}–{})", words::about(best), words::about(worst));
                row.push(Meaning::Muted, range);
            }
            None => row.push(Meaning::Muted, "eta not known yet"),
        }
        let rates = format!("   {:.1} rewrites/s now · {:.1} avg", progress.rate_now, progress.rate_average);
        row.push(Meaning::Text, rates);
    }
    if let Some(started) = batch.started_at {
        let elapsed = words::since(started, batch.ended_at.unwrap_or(context.now));
        let word = if ended { "took" } else { "elapsed" };
        let gap = if row.width() > 1 { "   " } else { "" };
        let span = if elapsed.as_secs() == 0 { "under 1s".to_owned() } else { words::span(elapsed) };
        row.push(Meaning::Muted, format!("{gap}{word} {span}"));
    } else {
        row.push(Meaning::Muted, "no request sent yet");
    }
    row
}

/// The states, of which each rewrite has one: they add up to the total.
fn states(batch: &Batch) -> Row<'static> {
    let counts = &batch.counts;
    let named = [
        (RewriteState::Queued, Meaning::Text),
        (RewriteState::Running, Meaning::Running),
        (RewriteState::Failed, Meaning::Bad),
        (RewriteState::Skipped, Meaning::Muted),
        (RewriteState::Cancelled, Meaning::Muted),
    ];
    let mut row = Row::of(Meaning::Text, " ");
    for (state, meaning) in named {
        let number = counts.of(state);
        if number > 0 {
            row.push(Meaning::Muted, format!("{state} "));
            row.push(meaning, format!("{}  ", thousands(number)));
        }
    }
    let rest = counts.total() - named.iter().map(|(state, _)| counts.of(*state)).sum::<u64>();
    row.put(Meaning::Muted, "in review ").put(Meaning::Good, thousands(rest))
}

fn money(batch: &Batch, progress: Option<&BatchProgress>) -> Row<'static> {
    let budget = batch.spec.budget;
    let taken = (batch.spent + batch.reserved).nanos();
    let tight = taken.saturating_mul(10) >= budget.nanos().saturating_mul(9);
    let mut row = Row::of(Meaning::Muted, " spend ")
        .put(if tight { Meaning::Caution } else { Meaning::Strong }, format!("{} of {budget}", batch.spent));
    if batch.reserved > Money::ZERO {
        row.push(Meaning::Muted, format!(" (+{})", batch.reserved));
    }
    row.push(
        Meaning::Text,
        format!("   tokens {} in · {} out", words::short(batch.tokens_in), words::short(batch.tokens_out)),
    );
    if let Some(progress) = progress {
        row.push(Meaning::Text, format!("   429s {}", thousands(progress.limited)));
    }
    row
}

fn draw_throughput(
    screen: &Batches,
    progress: Option<&BatchProgress>,
    frame: &mut Frame<'_>,
    (area, context): (Rect, &Context),
) {
    let mut lines = area.rows();
    let Some(progress) = progress.filter(|progress| progress.history.iter().any(|number| *number > 0)) else {
        if let Some(line) = lines.next() {
            view::heading(screen, frame, line, ("THROUGHPUT", Row::new(), None), context);
        }
        if let Some(line) = lines.next() {
            let text = " nothing was finished here lately";
            Row::of(Meaning::Muted, text).draw(frame.buffer_mut(), line, &context.theme);
        }
        return;
    };
    let most = progress.history.iter().copied().max().unwrap_or(0);
    let peak = f64::from(most) / progress.interval.as_secs_f64().max(0.001);
    let length = progress.interval * u32::try_from(progress.history.len()).unwrap_or(u32::MAX);
    if let Some(line) = lines.next() {
        let right = format!("last {} · peak {peak:.1}/s", words::about(length.max(Duration::from_secs(1))));
        view::heading(screen, frame, line, ("THROUGHPUT", Row::of(Meaning::Muted, right), None), context);
    }
    if let Some(line) = lines.next() {
        let columns = usize::from(line.width).saturating_sub(2);
        Row::of(Meaning::Text, " ").and(curve(&progress.history, columns, context)).draw(
            frame.buffer_mut(),
            line,
            &context.theme,
        );
    }
}

fn draw_failures(screen: &Batches, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let [top, rows] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let groups: &[FailureGroup] =
        screen.details().map(|details| details.failures.as_slice()).unwrap_or_default();
    let open = format!("{} opens them", words::key(List::Open, context));
    let right = match screen.pane {
        _ if groups.is_empty() => Row::new(),
        Pane::Failures => Row::of(Meaning::Muted, open),
        Pane::List | Pane::Live | Pane::Reply => {
            Row::of(Meaning::Muted, format!("{}, then {open}", words::key(Global::NextPane, context)))
        }
    };
    view::heading(screen, frame, top, ("FAILURES by reason", right, Some(Pane::Failures)), context);
    if groups.is_empty() {
        let text = if screen.details().is_some() { " none" } else { " reading …" };
        Row::of(Meaning::Muted, text).draw(frame.buffer_mut(), rows, &context.theme);
        return;
    }
    let columns = usize::from(rows.width).saturating_sub(1);
    screen.failures.draw(frame, rows, (view::focus(screen, Pane::Failures), context), |index| {
        let Some(group) = groups.get(index) else { return Row::new() };
        let retry = if group.reason.retryable() { "retryable" } else { "needs a change" };
        let right = Row::of(Meaning::Muted, format!("{retry}  last {}", group.last_at.strftime("%H:%M:%S")));
        Row::of(Meaning::Bad, format!("{:>5} ", thousands(group.count)))
            .put(Meaning::Text, group.reason.words())
            .put(Meaning::Muted, format!("  {}", group.detail))
            .with_right(right, columns)
    });
}

fn draw_review(screen: &Batches, batch: &Batch, frame: &mut Frame<'_>, (area, context): (Rect, &Context)) {
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        view::heading(screen, frame, line, ("REVIEW of this batch", Row::new(), None), context);
    }
    let mut row = Row::of(Meaning::Text, " ");
    for (state, meaning) in [
        (RewriteState::Ready, Meaning::Text),
        (RewriteState::Approved, Meaning::Accepted),
        (RewriteState::Rejected, Meaning::Rejected),
        (RewriteState::Conflict, Meaning::Caution),
        (RewriteState::Written, Meaning::Good),
    ] {
        row.push(Meaning::Muted, format!("{state} "));
        row.push(meaning, format!("{}  ", thousands(batch.counts.of(state))));
    }
    if let Some(details) = screen.details().filter(|details| details.edited > 0) {
        row.push(Meaning::Muted, format!("edited {}", thousands(details.edited)));
    }
    if let Some(line) = lines.next() {
        row.draw(frame.buffer_mut(), line, &context.theme);
    }
}
