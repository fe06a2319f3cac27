//! How the Dashboard looks: what needs somebody, this month's money, the newest decisions.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{Dashboard, Overview, needs::Need};
use crate::{
    domain::Money,
    store::port::{ActivityRow, MonthSpend},
    tui::{
        Context, Layer,
        command::{Candidates, Global, List},
        screens::{ScreenId, words},
        theme::Meaning,
        widgets::{Column, Columns, Focus, Row, bar, chrome, thousands, wrapped},
    },
};

pub(super) fn draw(screen: &Dashboard, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let parts = chrome::split(area, 1);
    chrome::title_row(frame, parts.title, &title(screen), context);
    chrome::tabs(frame, parts.tabs, ScreenId::Dashboard, context);
    match (&screen.overview, &screen.trouble) {
        (Some(overview), _) => draw_overview(screen, overview, frame, (parts.body, context)),
        (None, Some(failure)) => {
            let hint = failure.hint().unwrap_or("`redraft check` tests the store.");
            let text = format!(
                "{}\n{hint}\n{} tries again.",
                failure.message(),
                words::key(Global::Dashboard, context)
            );
            say(frame, parts.body, (Meaning::Bad, &text), context);
        }
        (None, None) => say(frame, parts.body, (Meaning::Muted, "reading …"), context),
    }
    chrome::rule(frame, parts.rule, context);
    chrome::footer(frame, parts.footer, &screen.hints(context), context);
}

fn title(screen: &Dashboard) -> Row<'static> {
    let row = Row::of(Meaning::Title, " redraft");
    match &screen.candidates {
        None => row,
        Some(Ok(number)) => row.put(
            Meaning::Title,
            format!(" │ {} in the candidate database", words::count(*number, "candidate")),
        ),
        Some(Err(failure)) => row.put(Meaning::Bad, format!(" │ {}", failure.message())),
    }
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

fn draw_overview(
    screen: &Dashboard,
    overview: &Overview,
    frame: &mut Frame<'_>,
    (area, context): (Rect, &Context),
) {
    // On a wide screen money and decisions stand at the right.
    let (left, right) = if area.width >= 150 {
        let [left, _, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Fill(1)]).areas(area);
        (left, right)
    } else {
        let needed = screen.needs.len().max(5) + 2;
        let least = area.height.saturating_sub(10);
        let height = u16::try_from(needed).unwrap_or(u16::MAX).min(least.max(5));
        let [left, right] = Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(area);
        (left, right)
    };
    draw_needs(screen, overview, frame, (left, context));
    let [money, decisions] = Layout::vertical([Constraint::Length(4), Constraint::Fill(1)]).areas(right);
    draw_money(&overview.month, frame, money, context);
    draw_decisions(&overview.activity, frame, decisions, context);
}

fn heading(frame: &mut Frame<'_>, line: Rect, name: &'static str, context: &Context) {
    chrome::heading(frame, line, (Row::of(Meaning::Title, name), Row::new()), context);
}

fn draw_needs(
    screen: &Dashboard,
    overview: &Overview,
    frame: &mut Frame<'_>,
    (area, context): (Rect, &Context),
) {
    let [top, rows] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    heading(frame, top, "WHAT NEEDS YOU", context);
    if screen.needs.is_empty() {
        let candidates = words::key(Global::Candidates, context);
        let text = if overview.batches.is_empty() {
            format!(
                "Nothing has been rewritten yet. To begin: {candidates} Candidates, mark some with {}, then {}.\n\
                 Before anything is sent you see what it would cost.",
                words::key(List::Mark, context),
                words::key(Candidates::Rewrite, context),
            )
        } else {
            format!(
                "Nothing: every rewrite is decided and written. {candidates} Candidates starts the next batch."
            )
        };
        say(frame, rows, (Meaning::Text, &text), context);
        return;
    }
    let columns = Columns::fit(
        &[Column::fixed("", 7).right(), Column::flexible("", 40, 1), Column::fixed("", 20)],
        usize::from(rows.width).saturating_sub(2),
    );
    screen.list.draw(frame, rows, (Focus::Here, context), |index| {
        screen.needs.get(index).map_or_else(Row::new, |need| columns.row(cells(need, overview, context)))
    });
}

fn cells(need: &Need, overview: &Overview, context: &Context) -> [Row<'static>; 3] {
    let mut text = Row::of(Meaning::Text, need.text.clone());
    if let Some(since) = overview.approved_since.filter(|_| need.meaning == Meaning::Accepted) {
        let waited = words::about(words::since(since, context.now));
        text.push(Meaning::Muted, format!(", the oldest for {waited}"));
    }
    [Row::of(need.meaning, need.what.clone()), text, Row::of(Meaning::Muted, need.next)]
}

fn draw_money(month: &MonthSpend, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        heading(frame, line, "SPEND THIS MONTH (UTC)", context);
    }
    let taken = month.spent + month.reserved;
    let meaning = if taken.nanos().saturating_mul(10) >= month.cap.nanos().saturating_mul(9) {
        Meaning::Caution
    } else {
        Meaning::Text
    };
    if let Some(line) = lines.next() {
        let columns = usize::from(line.width);
        let figures = Row::of(meaning, format!("{} of {} ", month.spent, month.cap));
        let cells = columns.saturating_sub(figures.width() + 3).min(60);
        let row = Row::of(Meaning::Text, " ").and(bar(taken.nanos(), month.cap.nanos(), cells, context));
        row.put(Meaning::Text, "  ").and(figures).draw(frame.buffer_mut(), line, &context.theme);
    }
    if let Some(line) = lines.next() {
        let mut row = Row::of(Meaning::Muted, format!(" {} left", month.cap - taken));
        for (amount, what) in
            [(month.reserved, "reserved for requests in flight"), (month.estimated, "of it estimated")]
        {
            if amount > Money::ZERO {
                row.push(Meaning::Muted, format!(" · {amount} {what}"));
            }
        }
        row.draw(frame.buffer_mut(), line, &context.theme);
    }
}

fn draw_decisions(rows: &[ActivityRow], frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        heading(frame, line, "LAST DECISIONS", context);
    }
    if rows.is_empty()
        && let Some(line) = lines.next()
    {
        let text = " Nobody has decided anything yet.";
        Row::of(Meaning::Muted, text).draw(frame.buffer_mut(), line, &context.theme);
    }
    for (row, line) in rows.iter().zip(lines) {
        let decision = &row.decision;
        let ago = words::about(words::since(decision.at, context.now));
        Row::of(Meaning::Muted, format!(" {ago:>4} ago  "))
            .and(Row::of(Meaning::Text, decision.by.0.clone()).fit(12).pad(13))
            .and(Row::of(Meaning::Text, decision.action.name()).fit(9).pad(10))
            .put(Meaning::Muted, format!("{} ", row.candidate))
            .put(Meaning::Strong, row.name.clone())
            .put(Meaning::Muted, format!("  b{}", thousands(row.batch_number)))
            .draw(frame.buffer_mut(), line, &context.theme);
    }
}
