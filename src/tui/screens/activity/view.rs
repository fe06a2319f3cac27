//! How Activity looks: a table of decisions, and the newest messages below it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::Activity;
use crate::{
    domain::Action as Deed,
    store::port::ActivityRow,
    tui::{
        Context,
        layer::Layer,
        screens::ScreenId,
        theme::Meaning,
        widgets::{Focus, Row, chrome},
    },
};

/// Whether somebody decided something: a takeover is recorded, and so is what a decision brings with it.
const fn decides(deed: &Deed) -> bool {
    !matches!(deed, Deed::TakeOver { .. } | Deed::Ask { .. } | Deed::Open)
}

/// Whether a decision of that kind can be taken back at all; whether it still can is the store's to say.
pub(super) const fn can_be_undone(deed: &Deed) -> bool {
    match deed {
        Deed::Approve { .. }
        | Deed::Reject { .. }
        | Deed::Edit { .. }
        | Deed::Choose { .. }
        | Deed::Note { .. }
        | Deed::Look { .. }
        | Deed::Assign { .. }
        | Deed::Dismiss { .. } => true,
        // A merge stands on another source; what it was made of is gone.
        Deed::Open
        | Deed::Skip
        | Deed::Merge { .. }
        | Deed::Ask { .. }
        | Deed::TakeOver { .. }
        | Deed::Undo { .. }
        | Deed::Write
        | Deed::Conflict
        | Deed::Revert => false,
    }
}

const fn meaning(deed: &Deed) -> Meaning {
    match deed {
        Deed::Approve { .. } | Deed::Look { agrees: true, .. } => Meaning::Accepted,
        Deed::Reject { .. } | Deed::Look { agrees: false, .. } => Meaning::Rejected,
        Deed::Write => Meaning::Good,
        Deed::Conflict => Meaning::Caution,
        Deed::Open
        | Deed::Edit { .. }
        | Deed::Skip
        | Deed::Choose { .. }
        | Deed::Note { .. }
        | Deed::Dismiss { .. }
        | Deed::TakeOver { .. }
        | Deed::Ask { .. }
        | Deed::Assign { .. }
        | Deed::Undo { .. }
        | Deed::Merge { .. }
        | Deed::Revert => Meaning::Text,
    }
}

fn particulars(row: &ActivityRow) -> String {
    match &row.decision.action {
        Deed::Reject { reason: Some(reason) } | Deed::Dismiss { reason, .. } => reason.clone(),
        Deed::Note { text, .. } => text.clone(),
        Deed::TakeOver { from } => format!("from {from}"),
        Deed::Ask { kind } => kind.name().to_owned(),
        Deed::Look { kind, agrees: true, .. } => format!("{}: it holds", kind.name()),
        Deed::Look { kind, agrees: false, reason, .. } => {
            format!("{}: {}", kind.name(), reason.as_deref().unwrap_or("it does not hold"))
        }
        Deed::Assign { to: Some(to), .. } => format!("to {to}"),
        Deed::Assign { to: None, .. } => "to nobody".to_owned(),
        Deed::Choose { changes } if changes.len() == 1 => "1 change".to_owned(),
        Deed::Choose { changes } => format!("{} changes", changes.len()),
        Deed::Open
        | Deed::Approve { .. }
        | Deed::Reject { reason: None }
        | Deed::Edit { .. }
        | Deed::Skip
        | Deed::Undo { .. }
        | Deed::Write
        | Deed::Conflict
        | Deed::Merge { .. }
        | Deed::Revert => String::new(),
    }
}

/// The columns: time 9, who 10, what 9, candidate 10, name 22, batch 6, particulars.
fn line(row: &ActivityRow, context: &Context) -> Row<'static> {
    let decision = &row.decision;
    let today = decision.at.strftime("%F").to_string() == context.now.strftime("%F").to_string();
    let time = decision.at.strftime(if today { "%H:%M:%S" } else { "%b %d" }).to_string();
    Row::of(Meaning::Muted, time)
        .fit(8)
        .pad(10)
        .and(Row::of(Meaning::Text, decision.by.0.clone()).fit(9))
        .pad(20)
        .and(Row::of(meaning(&decision.action), decision.action.name()).fit(8))
        .pad(30)
        .and(Row::of(Meaning::Text, row.candidate.0.clone()).fit(9))
        .pad(40)
        .and(Row::of(Meaning::Strong, row.name.clone()).fit(20))
        .pad(61)
        .and(Row::of(Meaning::Muted, format!("b{}", row.batch_number)).fit(5))
        .pad(67)
        .and(Row::of(Meaning::Muted, particulars(row)))
}

pub(super) fn draw(activity: &Activity, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let parts = chrome::split(area, 1);
    chrome::title(frame, parts.title, "Activity │ who decided what when, newest first, in UTC", context);
    chrome::tabs(frame, parts.tabs, ScreenId::Activity, context);
    let messages =
        u16::try_from(context.messages.len()).unwrap_or(u16::MAX).min(parts.body.height / 3).min(8);
    let below = if messages == 0 { 0 } else { messages + 1 };
    let [top, heading, rows, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(below),
    ])
    .areas(parts.body);
    let rows_read = activity.rows.iter().flatten();
    let number = rows_read.filter(|row| decides(&row.decision.action)).count();
    let more = if activity.complete { "" } else { "+" };
    let count = Row::of(Meaning::Muted, format!("{number}{more}"));
    chrome::heading(frame, top, (Row::of(Meaning::Title, "DECISIONS"), count), context);
    let columns = " time      who       what      id        candidate            batch";
    Row::of(Meaning::Muted, columns).draw(frame.buffer_mut(), heading, &context.theme);
    match &activity.rows {
        None => Row::of(Meaning::Muted, " reading …").draw(frame.buffer_mut(), rows, &context.theme),
        Some(decisions) if decisions.is_empty() => {
            let text = " Nobody has decided anything yet. Decisions made on Review (4) appear here.";
            Row::of(Meaning::Muted, text).draw(frame.buffer_mut(), rows, &context.theme);
        }
        Some(decisions) => {
            activity.list.draw(frame, rows, (Focus::Here, context), |index| {
                decisions.get(index).map_or_else(Row::new, |row| line(row, context))
            });
        }
    }
    if below > 0 {
        draw_messages(frame, foot, context);
    }
    chrome::rule(frame, parts.rule, context);
    chrome::footer(frame, parts.footer, &activity.hints(context), context);
}

fn draw_messages(frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        chrome::heading(frame, line, (Row::of(Meaning::Title, "MESSAGES"), Row::new()), context);
    }
    for ((at, toast), line) in context.messages.iter().zip(lines) {
        let time = at.strftime(" %H:%M:%S  ").to_string();
        let mut row = Row::of(Meaning::Muted, time).text(toast.text.clone());
        if let Some(hint) = &toast.hint {
            row = row.put(Meaning::Muted, format!("  {}", hint.as_str()));
        }
        row.draw(frame.buffer_mut(), line, &context.theme);
    }
}
