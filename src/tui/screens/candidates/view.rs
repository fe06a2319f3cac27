//! How Candidates looks: a table, marks and their counts below, a candidate's source beside or over it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{BESIDE, Candidates, Listed, Load, Opened, Pane};
use crate::tui::{
    Context, Layer,
    command::{Global, List},
    screens::{ScreenId, words},
    theme::Meaning,
    widgets::{Column, Columns, Focus, Row, chrome, thousands, wrapped},
};

pub(super) fn draw(screen: &Candidates, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let parts = chrome::split(area, 2);
    chrome::title_row(frame, parts.title, &title(screen, context), context);
    chrome::tabs(frame, parts.tabs, ScreenId::Candidates, context);
    match &screen.opened {
        Some(opened) if area.width >= BESIDE => {
            let [list, rule, text] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)])
                    .areas(parts.body);
            draw_list(screen, frame, list, context);
            draw_side(frame, rule, context);
            draw_text(screen, opened, frame, (text, context));
        }
        Some(opened) if screen.pane == Pane::Text => draw_text(screen, opened, frame, (parts.body, context)),
        Some(_) | None => draw_list(screen, frame, parts.body, context),
    }
    chrome::rule(frame, parts.rule, context);
    let [status, hints] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(parts.footer);
    status_row(screen, context).draw(frame.buffer_mut(), status, &context.theme);
    chrome::footer(frame, hints, &screen.hints(context), context);
}

fn draw_side(frame: &mut Frame<'_>, area: Rect, context: &Context) {
    for line in area.rows() {
        Row::of(Meaning::Rule, context.glyph("│", "|")).draw(frame.buffer_mut(), line, &context.theme);
    }
}

fn title(screen: &Candidates, context: &Context) -> Row<'static> {
    let known = screen.roster.len() as u64;
    let row = Row::of(Meaning::Title, " Candidates");
    let row = match screen.total {
        // The longer words would not fit beside the remark at 80 columns.
        Some(total) if screen.bounded => row.put(Meaning::Title, format!(" │ {} in all", thousands(total))),
        Some(total) => row.put(Meaning::Title, format!(" │ {} in the candidate database", thousands(total))),
        None => row,
    };
    match &screen.load {
        Load::Reading(coming) => {
            let so_far = thousands(coming.len() as u64);
            row.put(Meaning::Muted, format!(" │ reading … {so_far}"))
        }
        Load::Read(_) if screen.bounded => {
            row.put(Meaning::Caution, format!(" │ the first {} listed; / searches all", thousands(known)))
        }
        Load::Failed(_) if known > 0 => {
            let key = words::key(Global::Candidates, context);
            row.put(Meaning::Bad, format!(" │ not read anew: {key} tries again"))
        }
        Load::Never | Load::Read(_) | Load::Failed(_) => row,
    }
}

fn status_row(screen: &Candidates, context: &Context) -> Row<'static> {
    let marks = &screen.marks;
    let row = match (marks.total(), marks.hidden()) {
        (0, _) => Row::of(Meaning::Muted, " nothing marked"),
        (total, 0) => Row::of(Meaning::Marked, format!(" {total} marked"))
            .put(Meaning::Muted, format!(": {} in filter, none hidden", marks.showing())),
        (total, hidden) => Row::of(Meaning::Marked, format!(" {total} marked"))
            .put(Meaning::Text, format!(": {} in filter, ", marks.showing()))
            .put(Meaning::Caution, format!("{hidden} hidden by the filter")),
    };
    match (&screen.complaint, marks.anchor()) {
        (Some(complaint), _) => row.put(Meaning::Text, "   ").put(Meaning::Caution, format!("! {complaint}")),
        (None, Some(anchor)) => row.put(
            Meaning::Strong,
            format!("   range from {anchor}: {} ends it", words::key(List::Range, context)),
        ),
        (None, None) => row,
    }
}

fn draw_list(screen: &Candidates, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let [top, head, rows] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let here = screen.list.selected().map_or(0, |row| row as u64 + 1);
    let number = screen.list.len() as u64;
    let (name, count) = if screen.text.trim().is_empty() {
        ("all".to_owned(), format!("{} of {}", thousands(here), thousands(number)))
    } else {
        let all = screen.total.unwrap_or(screen.roster.len() as u64);
        (
            screen.text.clone(),
            format!("{} of {}, {} match", thousands(here), thousands(all), thousands(number)),
        )
    };
    let count = if screen.searching { format!("searching … {count}") } else { count };
    // The count stays whole; what was typed gives way.
    let room = usize::from(area.width).saturating_sub(count.len() + 8);
    let left = Row::of(Meaning::Title, name).fit(room);
    chrome::heading(frame, top, (left, Row::of(Meaning::Muted, count)), context);
    if screen.list.is_empty() {
        draw_nothing(screen, frame, Rect { height: rows.height + 1, y: head.y, ..rows }, context);
        return;
    }
    let columns = columns(screen, usize::from(area.width).saturating_sub(1));
    let names = ["", "id", "name"].map(str::to_owned).into_iter().chain(screen.shown.iter().cloned());
    Row::of(Meaning::Text, " ").and(columns.row(names.map(|name| Row::of(Meaning::Muted, name)))).draw(
        frame.buffer_mut(),
        head,
        &context.theme,
    );
    let focus = if screen.pane == Pane::List { Focus::Here } else { Focus::Away };
    screen.list.draw(frame, rows, (focus, context), |index| {
        screen.row(index).map_or_else(Row::new, |candidate| line(screen, candidate, &columns, context))
    });
}

fn columns(screen: &Candidates, width: usize) -> Columns {
    let mut columns = vec![Column::fixed("", 1), Column::flexible("", 10, 1), Column::flexible("", 20, 3)];
    columns.extend(screen.shown.iter().map(|_| Column::flexible("", 12, 2)));
    Columns::fit(&columns, width)
}

fn line<'a>(screen: &Candidates, candidate: Listed<'a>, columns: &Columns, context: &Context) -> Row<'a> {
    let marked = screen.marks.has(candidate.id());
    let begins = screen.marks.anchor().is_some_and(|anchor| anchor.0 == candidate.id());
    let sign = match (marked, begins) {
        (_, true) => context.glyph("┌", "v"),
        (true, false) => context.glyph("●", "*"),
        (false, false) => " ",
    };
    let name = if marked { Meaning::Marked } else { Meaning::Text };
    let cells = [
        Row::of(Meaning::Marked, sign),
        Row::of(Meaning::Muted, candidate.id()),
        Row::of(name, candidate.name()),
    ];
    columns.row(cells.into_iter().chain(candidate.parts().skip(2).map(|text| Row::of(Meaning::Text, text))))
}

/// Why there is no row, and what to do about it.
fn draw_nothing(screen: &Candidates, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let filtered = !screen.text.trim().is_empty();
    let (meaning, text) = match &screen.load {
        Load::Failed(failure) => {
            let hint = failure.hint().unwrap_or("`redraft check` tests the candidate database.");
            (
                Meaning::Bad,
                format!(
                    "{}\n{hint}\n{} tries again.",
                    failure.message(),
                    words::key(Global::Candidates, context)
                ),
            )
        }
        Load::Never | Load::Reading(_) if !filtered => (Meaning::Muted, "reading …".to_owned()),
        Load::Never | Load::Reading(_) | Load::Read(_) if filtered && !screen.searching => (
            Meaning::Muted,
            format!("No candidate matches. {} shows all again.", words::key(List::ClearFilter, context)),
        ),
        Load::Never | Load::Reading(_) | Load::Read(_) if filtered => {
            (Meaning::Muted, "searching …".to_owned())
        }
        Load::Never | Load::Reading(_) | Load::Read(_) => (
            Meaning::Muted,
            "The candidate database has no candidates, or the mapping's `where` lets none through.\n\
             `redraft check` tells what it sees."
                .to_owned(),
        ),
    };
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

fn draw_text(screen: &Candidates, opened: &Opened, frame: &mut Frame<'_>, (area, context): (Rect, &Context)) {
    let [top, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    if Candidates::awaits_text(opened) {
        Row::of(Meaning::Muted, " reading …").draw(frame.buffer_mut(), body, &context.theme);
    } else {
        opened.reader.draw(frame, body, context);
    }
    let name = if screen.pane == Pane::Text { Meaning::Cursor } else { Meaning::Title };
    let place = Row::of(Meaning::Muted, opened.reader.place());
    let room = usize::from(area.width).saturating_sub(place.width() + 8);
    let left = Row::of(name, opened.id.0.clone()).put(name, " ").put(name, opened.name.clone()).fit(room);
    chrome::heading(frame, top, (left, place), context);
}
