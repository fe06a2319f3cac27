//! How a rewrite looks: its rows, or why there is no text to compare.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Constraint, Layout as Areas, Rect},
};

use super::{Loaded, Pane, Review, Sides, reader::Laid};
use crate::{
    diff::rows::{HalfLine, Layout, LineKind, Sign, Span, State, Tint, VisualRow},
    domain::{ChangeId, Choice, RewriteState, Severity},
    text::{Safe, part},
    tui::{
        Context, Voice,
        theme::Meaning,
        widgets::{Row, chrome, scrolled, wrapped},
    },
};

pub(super) fn draw(review: &Review, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let Some(loaded) = review.loaded() else {
        let text = if review.row().is_some() { " reading …" } else { " No rewrite is chosen." };
        Row::of(Meaning::Muted, text).draw(frame.buffer_mut(), area, &context.theme);
        return;
    };
    let body = draw_notes(loaded, frame, area, context);
    let Some(laid) = review.document(context) else {
        draw_without_text(review, loaded, (frame, body, context));
        return;
    };
    let body = draw_head(review, loaded, &laid, (frame, body, context));
    let at = review.reader.at(&laid);
    let height = usize::from(body.height);
    let (last, len) = (review.reader.view.get().0, laid.rows.len());
    let top = scrolled(context.line, (last, top(last, at, height, len)), (at, height, len));
    review.reader.view.set((top, height));
    review.reader.place.set(body);
    let drawing = Drawing { review, loaded, laid: &laid, context, current: review.current(&laid) };
    review.reader.beyond.set(beyond(review, &laid, top..top + height));
    for ((index, row), place) in laid.rows.window(top..top + height).enumerate().zip(body.rows()) {
        drawing.row(frame, place, &row, top + index == at);
    }
}

/// The first row to show: as little away from `last` as leaves the cursor in sight, with some rows around it.
fn top(last: usize, at: usize, height: usize, len: usize) -> usize {
    let margin = (height / 6).min(3);
    let lowest = (at + margin + 1).saturating_sub(height);
    let highest = at.saturating_sub(margin);
    last.clamp(lowest.min(highest), highest).min(len.saturating_sub(height))
}

/// How many cells of the widest text among these rows do not fit on the right, where lines are not broken.
fn beyond(review: &Review, laid: &Laid, rows: Range<usize>) -> usize {
    if !review.reader.is_unbroken() {
        return 0;
    }
    let (aside, columns) = (review.reader.aside(), laid.rows.columns());
    let over = |half: &HalfLine<'_>, column: u16| {
        (half.indent + half.text.width()).saturating_sub(usize::from(column) + aside)
    };
    let widest = |row: VisualRow<'_>| {
        let right = row.right.as_ref().map_or(0, |half| over(half, columns.right));
        over(&row.left, columns.left).max(right)
    };
    laid.rows.window(rows).map(widest).max().unwrap_or(0)
}

/// Says above the text what has gone wrong; returns the rest.
fn draw_notes(loaded: &Loaded, frame: &mut Frame<'_>, area: Rect, context: &Context) -> Rect {
    let head = &loaded.rewrite.head;
    let text = match (head.state, loaded.sides) {
        (RewriteState::Conflict, Sides::FoundApproved) => {
            "Conflict: the candidate database holds another text now than the one that was rewritten. On the left \
             is what was found there, on the right what was approved."
        }
        (RewriteState::Conflict, Sides::BeforeAfter) => {
            "Conflict: at the write-back the candidate database had no such text any more."
        }
        _ => return area,
    };
    let columns = usize::from(area.width).saturating_sub(2);
    let lines = wrapped(&Safe::new(text), columns);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    for (line, place) in lines.into_iter().zip(area.rows()) {
        let row = Row::of(Meaning::Caution, " ").put(Meaning::Caution, line);
        row.draw(frame.buffer_mut(), place, &context.theme);
    }
    Rect { y: area.y + height, height: area.height - height, ..area }
}

/// Why there is nothing to compare: reason and raw reply of a failure, or that it is not there yet.
fn draw_without_text(
    review: &Review,
    loaded: &Loaded,
    (frame, area, context): (&mut Frame<'_>, Rect, &Context),
) {
    let rewrite = &loaded.rewrite;
    let columns = usize::from(area.width).saturating_sub(2);
    let mut rows = Vec::new();
    let mut say = |meaning: Meaning, text: &str| {
        let lines = wrapped(&Safe::new(text), columns).into_iter();
        rows.extend(lines.map(|line| Row::of(meaning, " ").put(meaning, line)));
    };
    match &rewrite.head.failure {
        Some(failure) => {
            let word = if rewrite.head.state == RewriteState::Skipped { "Skipped" } else { "Failed" };
            say(Meaning::Bad, &format!("{word}: {}.", failure.reason.words()));
            say(Meaning::Text, &failure.detail);
            let attempts = if rewrite.head.attempts == 1 { "attempt" } else { "attempts" };
            say(Meaning::Muted, &format!("{} {attempts}, {}", rewrite.head.attempts, rewrite.head.cost));
        }
        None => say(Meaning::Muted, &format!("It is {}: there is no after text yet.", rewrite.head.state)),
    }
    if let Some(reply) = &rewrite.raw_reply {
        say(Meaning::Text, "");
        say(Meaning::Title, "THE REPLY AS IT CAME");
        say(Meaning::Text, reply);
    } else if rewrite.head.failure.is_some() {
        say(Meaning::Text, "");
        say(Meaning::Muted, "No reply was kept.");
    }
    let height = usize::from(area.height);
    let top = review.reader.plain.get().0.min(rows.len().saturating_sub(height));
    review.reader.plain.set((top, rows.len(), height));
    for (row, place) in rows.iter().skip(top).zip(area.rows()) {
        row.draw(frame.buffer_mut(), place, &context.theme);
    }
}

/// The line that names the columns; returns the rest. Merged text on a narrow screen needs none.
fn draw_head(
    review: &Review,
    loaded: &Loaded,
    laid: &Laid,
    (frame, area, context): (&mut Frame<'_>, Rect, &Context),
) -> Rect {
    let (left, right) = match loaded.sides {
        Sides::BeforeAfter if loaded.rewrite.head.edited => ("BEFORE  source", "AFTER  rewrite, edited"),
        Sides::BeforeAfter => ("BEFORE  source", "AFTER  rewrite"),
        Sides::FoundApproved => ("FOUND  in the candidate database", "APPROVED"),
    };
    let columns = laid.rows.columns();
    let layout = review.reader.layout(context);
    let mut row = Row::of(Meaning::Title, " ");
    match layout {
        Layout::Split => {
            row = row.put(Meaning::Title, left).fit(usize::from(columns.gutter + columns.left));
            row = row.pad(usize::from(columns.gutter + columns.left));
            row.push(Meaning::Rule, context.glyph("│", "|"));
            row.push(Meaning::Title, " ");
            row.push(Meaning::Title, right);
        }
        Layout::Merged if context.size.width < 100 => return area,
        Layout::Merged => row.push(Meaning::Title, "BEFORE and AFTER merged"),
        Layout::After => row.push(Meaning::Title, right),
        Layout::Before => row.push(Meaning::Title, left),
    }
    let [top, body] = Areas::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    row.draw(frame.buffer_mut(), top, &context.theme);
    body
}

struct Drawing<'a> {
    review: &'a Review,
    loaded: &'a Loaded,
    laid: &'a Laid,
    context: &'a Context,
    current: Option<ChangeId>,
}

impl Drawing<'_> {
    fn row(&self, frame: &mut Frame<'_>, place: Rect, row: &VisualRow<'_>, here: bool) {
        let focus = match (here, self.review.pane) {
            (false, _) => None,
            (true, Pane::Document) => Some(Meaning::Cursor),
            (true, Pane::Queue) => Some(Meaning::CursorAway),
        };
        if row.kind == LineKind::Heading {
            self.heading(frame, place, row, focus);
        } else {
            let columns = self.laid.rows.columns();
            let left = self.half(&row.left, row.kind, focus);
            let whole = match &row.right {
                None => left,
                Some(right) => {
                    let width = usize::from(columns.gutter + columns.left);
                    let mut whole = left.fit(width).pad(width);
                    whole.push(Meaning::Rule, self.context.glyph("│", "|"));
                    whole.and(self.half(right, row.kind, focus))
                }
            };
            whole.draw(frame.buffer_mut(), place, &self.context.theme);
        }
        if here && self.review.pane == Pane::Document && self.context.voice == Voice::Plain {
            frame.set_cursor_position((place.x, place.y));
        }
    }

    /// The name of a section in a line from end to end, with the change under the cursor if it is the first row.
    fn heading(&self, frame: &mut Frame<'_>, place: Rect, row: &VisualRow<'_>, focus: Option<Meaning>) {
        let title = Row::of(Meaning::Title, row.left.text.clone());
        let note = row.note.map_or_else(Row::new, |note| Row::of(Meaning::Muted, note.as_str()));
        chrome::heading(frame, place, (title, note), self.context);
        if let Some(focus) = focus {
            Row::of(focus, ">").draw(frame.buffer_mut(), place, &self.context.theme);
        }
    }

    fn half<'a>(&self, half: &'a HalfLine<'_>, kind: LineKind, focus: Option<Meaning>) -> Row<'a> {
        let digits = usize::from(self.laid.rows.columns().gutter).saturating_sub(3);
        let gutter = half.gutter;
        let mut row = match focus {
            Some(focus) => Row::of(focus, ">"),
            None => Row::of(Meaning::Text, " "),
        };
        let number = gutter.number.map(|number| number.to_string()).unwrap_or_default();
        row.push(Meaning::Muted, format!("{number:>digits$}"));
        row.push(
            state_meaning(gutter.state),
            match gutter.state {
                None => " ",
                Some(State::Open) => "·",
                Some(State::Accepted) => "✓",
                Some(State::Rejected) => "✗",
                Some(State::Mixed) => "±",
            },
        );
        let (sign, meaning) = match gutter.sign {
            None => (" ", Meaning::Text),
            Some(Sign::Inserted) => ("+", Meaning::Inserted),
            Some(Sign::Deleted) => ("-", Meaning::Deleted),
            Some(Sign::Moved) => ("~", Meaning::Moved),
            Some(Sign::Finding) => ("!", finding_meaning(kind)),
        };
        row.push(meaning, sign);
        row.push(Meaning::Text, " ".repeat(half.indent));
        let mut text = Row::new();
        for span in half.spans {
            text.push(self.meaning(span, kind), part(half.text.as_str(), span.range.clone()).to_owned());
        }
        if kind != LineKind::Fold && self.review.reader.is_unbroken() {
            text = text.from_cell(self.review.reader.aside());
        }
        row.and(text)
    }

    fn meaning(&self, span: &Span, kind: LineKind) -> Meaning {
        if span.hit.is_some() {
            return Meaning::Found;
        }
        if span.change.is_some() && span.change == self.current && span.tint != Tint::Moved {
            return match self.review.pane {
                Pane::Document => Meaning::Cursor,
                Pane::Queue => Meaning::CursorAway,
            };
        }
        if let Some(finding) = span.finding.and_then(|at| self.loaded.rewrite.findings.get(at)) {
            return match finding.severity {
                Severity::Block => Meaning::Blocking,
                Severity::Warn => Meaning::Warning,
            };
        }
        let choice = span.change.and_then(|id| self.review.choices(self.loaded).get(&id).copied());
        match (span.tint, choice) {
            (Tint::Inserted, Some(Choice::Rejected)) => Meaning::Rejected,
            (Tint::Inserted, _) => Meaning::Inserted,
            (Tint::Deleted, _) => Meaning::Deleted,
            (Tint::Moved, _) => Meaning::Moved,
            (Tint::Title, _) => Meaning::Title,
            (Tint::Kept, _) => Meaning::Kept,
            (Tint::Note, _) => match kind {
                LineKind::Finding(_) => finding_meaning(kind),
                _ => Meaning::Muted,
            },
        }
    }
}

const fn state_meaning(state: Option<State>) -> Meaning {
    match state {
        Some(State::Accepted) => Meaning::Accepted,
        Some(State::Rejected) => Meaning::Rejected,
        None | Some(State::Open | State::Mixed) => Meaning::Open,
    }
}

const fn finding_meaning(kind: LineKind) -> Meaning {
    match kind {
        LineKind::Finding(Severity::Block) => Meaning::Blocking,
        LineKind::Finding(Severity::Warn)
        | LineKind::Heading
        | LineKind::Same
        | LineKind::Changed
        | LineKind::Replaced
        | LineKind::Moved
        | LineKind::Inserted
        | LineKind::Deleted
        | LineKind::Layout
        | LineKind::Fold => Meaning::Warning,
    }
}
