//! How Review is put together: title lines, panes side by side, foot.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{Loaded, Pane, Review, inspector, view_document, view_queue};
use crate::{
    diff::{ChangeKind, Side},
    domain::{Choice, OpenPolicy, RewriteHead, RewriteState},
    text::{Safe, part},
    tui::{
        Context, Voice,
        layer::Layer,
        screens::ScreenId,
        theme::Meaning,
        widgets::{Row, chrome, thousands, wrapped},
    },
};

pub(super) fn draw(review: &Review, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let panes = review.panes(context);
    let wide = panes.queue > 0 && panes.document > 0;
    let status = statuses(review, usize::from(area.width), context);
    let foot = if wide || review.pane == Pane::Queue { 2 } else { 1 };
    let foot = foot + u16::try_from(status.len()).unwrap_or(1);
    let parts = chrome::split(area, foot);
    if panes.document > 0 {
        draw_header(review, frame, (parts.title, parts.tabs), context);
    } else {
        chrome::title_row(frame, parts.title, &counts(review), context);
        chrome::tabs(frame, parts.tabs, ScreenId::Review, context);
    }
    let line = u16::from(wide);
    let other = u16::from(panes.inspector > 0);
    let [queue, first, document, second, inspector] = Layout::horizontal([
        Constraint::Length(panes.queue),
        Constraint::Length(line),
        Constraint::Length(panes.document),
        Constraint::Length(other),
        Constraint::Length(panes.inspector),
    ])
    .areas(parts.body);
    for place in [first, second].into_iter().flat_map(Rect::rows) {
        Row::of(Meaning::Rule, context.glyph("│", "|")).draw(frame.buffer_mut(), place, &context.theme);
    }
    if wide {
        view_queue::draw_narrow(review, frame, queue, context);
    } else if panes.queue > 0 {
        view_queue::draw_table(review, frame, queue, context);
    }
    if panes.document > 0 {
        view_document::draw(review, frame, document, context);
    }
    if panes.inspector > 0 {
        inspector::draw(review, frame, inspector, context);
    }
    chrome::rule(frame, parts.rule, context);
    draw_foot(review, status, (frame, parts.footer), context);
}

/// `6,753 ready · 807 approved · 31 rejected`: all rewrites, whatever the filter.
fn counts(review: &Review) -> Row<'static> {
    use RewriteState::{Approved, Conflict, Failed, Ready, Rejected, Written};
    let mut row = Row::of(Meaning::Title, " Review ").put(Meaning::Rule, "│");
    let shown = [Ready, Approved, Written, Rejected, Failed, Conflict];
    let always = [Ready, Approved, Rejected];
    let mut between = " ";
    for state in shown {
        let number = review.all.of(state);
        if number > 0 || always.contains(&state) {
            row.push(Meaning::Muted, between);
            row.push(Meaning::Text, format!("{} {state}", thousands(number)));
            between = " · ";
        }
    }
    row
}

fn bar(row: Row<'static>) -> Row<'static> {
    row.put(Meaning::Rule, " │ ")
}

/// The two lines over a document: who, and figures.
fn draw_header(review: &Review, frame: &mut Frame<'_>, lines: (Rect, Rect), context: &Context) {
    let Some(head) = review.row() else {
        chrome::title_row(frame, lines.0, &counts(review), context);
        chrome::tabs(frame, lines.1, ScreenId::Review, context);
        return;
    };
    let columns = usize::from(lines.0.width);
    let session = review.session.as_ref();
    let place = session.map_or((0, 0), |session| (session.queue().cursor() + 1, session.queue().total()));
    let mut row = bar(Row::of(Meaning::Title, format!(" Review {}/{}", place.0, thousands(place.1))));
    row.push(Meaning::Muted, format!("{} ", head.candidate.0));
    row.push(Meaning::Strong, head.name.clone());
    if let Some(posting) = &head.posting {
        row.push(Meaning::Muted, " · ");
        row.push(Meaning::Text, posting.clone());
    }
    row.with_right(standing(review, head), columns).draw(frame.buffer_mut(), lines.0, &context.theme);
    let badge = chrome::badge(context);
    let figures = figures(review, head, columns);
    figures.with_right(badge, columns).draw(frame.buffer_mut(), lines.1, &context.theme);
}

/// Batch, state, findings: what must never be cut.
fn standing(review: &Review, head: &RewriteHead) -> Row<'static> {
    let mut row = bar(Row::new()).put(Meaning::Muted, format!("b{} ", head.batch_number));
    let meaning = match head.state {
        RewriteState::Ready => Meaning::Text,
        RewriteState::Approved | RewriteState::Written => Meaning::Accepted,
        RewriteState::Rejected => Meaning::Rejected,
        RewriteState::Failed => Meaning::Bad,
        RewriteState::Conflict => Meaning::Caution,
        RewriteState::Queued
        | RewriteState::Running
        | RewriteState::Writing
        | RewriteState::Reverting
        | RewriteState::Skipped
        | RewriteState::Cancelled => Meaning::Muted,
    };
    row.push(meaning, head.state.name());
    if let Some(session) = &review.session {
        match session.holder(head.id) {
            Some(who) => row = bar(row).put(Meaning::Caution, format!("open at {who}")),
            None if session.holds() == Some(head.id) => row = bar(row).put(Meaning::Muted, "yours"),
            None => {}
        }
    }
    if head.findings > 0 {
        let meaning = if head.blocked { Meaning::Blocking } else { Meaning::Warning };
        row = bar(row).put(meaning, format!("!{}", head.findings));
    }
    row
}

fn figures(review: &Review, head: &RewriteHead, columns: usize) -> Row<'static> {
    let mut row = Row::of(Meaning::Text, " ");
    match head.changed_percent {
        Some(percent) => row.push(Meaning::Text, format!("changed {percent}%")),
        None => row.push(Meaning::Muted, "no after text"),
    }
    let Some(loaded) = review.loaded() else { return bar(row).put(Meaning::Muted, "reading …") };
    let choices = review.choices(loaded);
    let count = |wanted| {
        let of = loaded.changes.iter().filter(|change| choices.get(&change.id).copied() == wanted);
        of.count()
    };
    let (accepted, rejected) = (count(Some(Choice::Accepted)), count(Some(Choice::Rejected)));
    let open = count(None);
    if loaded.diff.is_some() && head.state == RewriteState::Ready {
        let number = loaded.changes.len();
        let word = if number == 1 { "change" } else { "changes" };
        row = bar(row).put(Meaning::Text, format!("{number} {word}: "));
        row.push(Meaning::Accepted, format!("{accepted}✓ "));
        row.push(Meaning::Rejected, format!("{rejected}✗ "));
        row.push(Meaning::Open, format!("{open}·"));
        row.push(
            Meaning::Muted,
            match loaded.open {
                OpenPolicy::Accept => " (open go in)",
                OpenPolicy::Reject => " (open stay out)",
                OpenPolicy::Ask => " (you are asked)",
            },
        );
    }
    more_figures(row, loaded, head, columns)
}

fn more_figures(mut row: Row<'static>, loaded: &Loaded, head: &RewriteHead, columns: usize) -> Row<'static> {
    if loaded.hidden > 0 {
        row = bar(row).put(Meaning::Caution, format!("{} hidden characters", loaded.hidden));
    }
    if loaded.diff.as_ref().is_some_and(|diff| !diff.is_complete()) {
        row = bar(row).put(Meaning::Caution, "too long: compared in part");
    }
    if head.edited {
        row = bar(row).put(Meaning::Text, "edited");
    }
    if columns >= 100
        && let Some(stats) = &loaded.stats
    {
        row = bar(row).put(Meaning::Muted, "words ");
        row.push(Meaning::Text, format!("{}→{}", stats.words_before, stats.words_after));
        row = bar(row).put(Meaning::Muted, "cost ").put(Meaning::Text, head.cost.to_string());
    }
    row
}

/// What is said below: filter, order, marks, search; on wide screens what was done last; keys.
fn draw_foot(
    review: &Review,
    status: Vec<Row<'static>>,
    (frame, area): (&mut Frame<'_>, Rect),
    context: &Context,
) {
    let columns = usize::from(area.width);
    let mut lines = area.rows();
    let told = u16::try_from(status.len()).unwrap_or(1);
    for (row, line) in status.into_iter().zip(lines.by_ref()) {
        row.draw(frame.buffer_mut(), line, &context.theme);
    }
    let panes = review.panes(context);
    if panes.queue > 0
        && panes.document > 0
        && let Some(line) = lines.next()
    {
        last(review, context).fit(columns).draw(frame.buffer_mut(), line, &context.theme);
    }
    let used = told + u16::from(panes.queue > 0 && panes.document > 0);
    let rest = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    chrome::footer(frame, rest, &review.hints(context), context);
}

/// Where one is: a line, or for whoever is told the change in words as many as the words need, up to four.
fn statuses(review: &Review, columns: usize, context: &Context) -> Vec<Row<'static>> {
    let plain = context.voice == Voice::Plain && review.pane == Pane::Document;
    match spoken(review, context).filter(|_| plain && review.running.is_none()) {
        Some(sentence) => {
            let lines = wrapped(&Safe::line(&sentence), columns.saturating_sub(2)).into_iter().take(4);
            lines.map(|line| Row::of(Meaning::Text, " ").put(Meaning::Text, line)).collect()
        }
        None => vec![status(review, columns, context)],
    }
}

fn status(review: &Review, columns: usize, context: &Context) -> Row<'static> {
    if let Some(running) = &review.running {
        let key = crate::tui::command::Global::Cancel.into();
        let key = context.keys.shown(key, context.glyphs).unwrap_or_default();
        let text = format!(" {}: {}", running.title(), running.progress());
        return Row::of(Meaning::Running, text).put(Meaning::Muted, format!(" · {key} stops it"));
    }
    let right = if review.pane == Pane::Document { reading(review, context) } else { marks(review) };
    let mut left = Row::of(Meaning::Muted, " filter: ");
    left.push(Meaning::Text, review.filter_shown().into_owned());
    left.push(Meaning::Muted, format!("  sort: {}", review.sort_name()));
    left.with_right(right, columns)
}

fn marks(review: &Review) -> Row<'static> {
    let counts = review.session.as_ref().map(|session| session.marks().counts()).unwrap_or_default();
    if counts.total == 0 {
        return Row::of(Meaning::Muted, "marked: 0");
    }
    let text =
        format!("marked: {} in filter, {} hidden, {} in all", counts.in_filter, counts.hidden, counts.total);
    Row::of(Meaning::Marked, text)
}

/// The change under the cursor in words, for who does not see the rows: `change 5 of 8, open: “40” becomes “400”`.
fn spoken(review: &Review, context: &Context) -> Option<String> {
    let loaded = review.loaded()?;
    let (diff, laid) = (loaded.diff.as_ref()?, review.document(context)?);
    let change = diff.change(review.current(&laid)?)?;
    let number = loaded.changes.iter().position(|row| row.id == change.id)? + 1;
    let section = diff.sections.get(change.section)?;
    let side = |side, range: &std::ops::Range<usize>| {
        let words: Vec<&str> = part(section.text(side), range.clone()).split_whitespace().collect();
        words.join(" ")
    };
    let (before, after) = (side(Side::Before, &change.before), side(Side::After, &change.after));
    let what = match change.kind {
        ChangeKind::Moved => "moved".to_owned(),
        ChangeKind::Layout => "spacing and line breaks differ".to_owned(),
        ChangeKind::Edited | ChangeKind::Replaced | ChangeKind::Inserted | ChangeKind::Deleted => {
            match (before.is_empty(), after.is_empty()) {
                (true, _) => format!("“{after}” comes"),
                (false, true) => format!("“{before}” goes"),
                (false, false) => format!("“{before}” becomes “{after}”"),
            }
        }
    };
    let state = match review.choices(loaded).get(&change.id) {
        Some(Choice::Accepted) => "accepted",
        Some(Choice::Rejected) => "rejected",
        None => "open",
    };
    let finding = loaded.rewrite.findings.iter().find(|finding| finding.changes.contains(&change.id));
    let finding = finding.map(|finding| format!(" Finding: {}", finding.message)).unwrap_or_default();
    let section = &section.id.0;
    Some(format!("change {number} of {}, {section}, {state}: {what}.{finding}", loaded.changes.len()))
}

/// Search, layout and context of the document.
fn reading(review: &Review, context: &Context) -> Row<'static> {
    let mut row = Row::new();
    if let (Some(query), Some(laid)) = (review.reader.query(), review.document(context)) {
        let at = review.reader.hit(&laid).map_or(0, |hit| hit + 1);
        row.push(Meaning::Found, format!("find: {query} {at}/{}", laid.hits.len()));
        row.push(Meaning::Text, "  ");
    }
    let Some(laid) = review.document(context) else { return row };
    let changes = review.loaded().map(|loaded| loaded.changes.as_slice()).unwrap_or_default();
    let here = review.current(&laid).and_then(|id| changes.iter().position(|change| change.id == id));
    if let Some(at) = here {
        row.push(Meaning::Strong, format!("change {}/{}", at + 1, changes.len()));
        row.push(Meaning::Text, "  ");
    }
    let layout = review.reader.layout(context).name();
    row.put(Meaning::Muted, format!("{layout}, context {}", review.reader.context()))
}

fn last(review: &Review, context: &Context) -> Row<'static> {
    let mut row = Row::of(Meaning::Muted, " last: ");
    row.push(Meaning::Text, review.last.clone().unwrap_or_else(|| "nothing decided yet".to_owned()));
    let key = context.keys.shown(crate::tui::command::Review::Undo.into(), context.glyphs);
    if let Some(key) = key.filter(|_| review.last.is_some()) {
        row.push(Meaning::Muted, format!(" · {key} takes it back"));
    }
    row
}
