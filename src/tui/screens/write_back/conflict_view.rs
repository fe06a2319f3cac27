//! How a conflict looks: the places that both changed, the merged text, the three texts.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::conflict::{Conflict, Face};
use crate::{
    diff::{Changed, MergedSection, Prefer, Run},
    text::{Safe, part, wrap},
    tui::{
        Context,
        command::Conflict as Keys,
        screens::{ScreenId, words},
        theme::Meaning,
        widgets::{Row, chrome, wrapped},
    },
};

/// From so many columns on the three texts stand beside one another.
const BESIDE: usize = 100;
/// Where the words of a place begin.
const WORDS: usize = 15;

/// Which of the three texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    Found,
    Approved,
}

impl Side {
    const ALL: [Self; 3] = [Self::Before, Self::Found, Self::Approved];

    const fn title(self) -> &'static str {
        match self {
            Self::Before => "BEFORE  what its approver saw",
            Self::Found => "FOUND  what stands there now",
            Self::Approved => "APPROVED  what was to be written",
        }
    }

    fn of(self, run: &Run) -> Option<&str> {
        match self {
            Self::Before => run.base.as_deref(),
            Self::Found => run.theirs.as_deref(),
            Self::Approved => run.ours.as_deref(),
        }
    }

    /// How a run looks in this text: as changed where it differs from what was there before.
    const fn looks(self, changed: Changed) -> (Meaning, [&'static str; 2]) {
        match (self, changed) {
            (_, Changed::Nobody) | (Self::Found, Changed::Ours) | (Self::Approved, Changed::Theirs) => {
                (Meaning::Kept, ["", ""])
            }
            (Self::Before, _) => (Meaning::Deleted, ["[", "]"]),
            (Self::Found, _) => (Meaning::Moved, ["‹", "›"]),
            (Self::Approved, _) => (Meaning::Inserted, ["{", "}"]),
        }
    }
}

pub(super) fn draw(conflict: &Conflict, frame: &mut Frame<'_>, area: Rect, context: &Context) {
    let parts = chrome::split(area, 3);
    let head = conflict.head();
    let by = head.decided_by.as_deref().map(|by| format!(" │ approved by {by}")).unwrap_or_default();
    let title = format!("Conflict │ {} {} │ b{}{by}", head.candidate.0, head.name, head.batch_number);
    chrome::title(frame, parts.title, title, context);
    chrome::tabs(frame, parts.tabs, ScreenId::WriteBack, context);
    let [top, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(parts.body);
    chrome::heading(frame, top, (faces(conflict), places(conflict)), context);
    let columns = usize::from(body.width).saturating_sub(2);
    let rows = rows(conflict, columns, context);
    let height = usize::from(body.height);
    conflict.drawn.set((columns, rows.len(), height));
    let first = conflict.top.min(rows.len().saturating_sub(height));
    for (row, place) in rows.iter().skip(first).zip(body.rows()) {
        row.draw(frame.buffer_mut(), place, &context.theme);
    }
    chrome::rule(frame, parts.rule, context);
    let [status, hints] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(2)]).areas(parts.footer);
    status_row(conflict).draw(frame.buffer_mut(), status, &context.theme);
    chrome::footer(frame, hints, &conflict.hints(), context);
}

/// The names of the views, the one that is shown in brackets.
fn faces(conflict: &Conflict) -> Row<'static> {
    let mut row = Row::new();
    for (face, name) in [(Face::Merge, "merge"), (Face::Texts, "three texts"), (Face::Exact, "exact text")] {
        if !row.is_empty() {
            row.push(Meaning::Muted, "  ");
        }
        if face == conflict.face {
            row.push(Meaning::TabCurrent, format!("[{name}]"));
        } else {
            row.push(Meaning::Tab, name);
        }
    }
    row
}

fn places(conflict: &Conflict) -> Row<'static> {
    if conflict.clash.theirs.is_none() {
        return Row::of(Meaning::Caution, "nothing stands there");
    }
    let (all, open) = (conflict.sides.len() as u64, conflict.open());
    let text = match (all, open) {
        (0, _) => "no place that both changed".to_owned(),
        (_, 0) => format!("{}, all chosen", words::count(all, "place")),
        (_, _) => format!("{}, {open} to choose", words::count(all, "place")),
    };
    Row::of(if open == 0 { Meaning::Good } else { Meaning::Caution }, text)
}

fn status_row(conflict: &Conflict) -> Row<'static> {
    let failure = conflict.head().failure.as_ref();
    let why = failure.map_or("The source is no longer what was approved from.", |failure| &failure.detail);
    Row::of(Meaning::Caution, " ").put(Meaning::Caution, Safe::line(why).into_owned())
}

fn rows(conflict: &Conflict, columns: usize, context: &Context) -> Vec<Row<'static>> {
    match conflict.face {
        Face::Merge => merge_rows(conflict, columns).0,
        Face::Texts if columns >= BESIDE => beside(conflict, columns),
        Face::Texts => Side::ALL.into_iter().flat_map(|side| alone(conflict, side, columns)).collect(),
        Face::Exact => exact(conflict, columns, context),
    }
}

fn title(text: impl Into<String>) -> Row<'static> {
    Row::of(Meaning::Title, " ").put(Meaning::Title, text.into())
}

/// The places, then the merged text; and in which row each place begins, with the end of the last one.
pub(super) fn merge_rows(conflict: &Conflict, columns: usize) -> (Vec<Row<'static>>, Vec<usize>) {
    let mut rows = Vec::new();
    let mut starts = Vec::new();
    let overlaps = &conflict.clash.merge.overlaps;
    if !overlaps.is_empty() {
        rows.push(title("BOTH CHANGED"));
    }
    for (number, overlap) in overlaps.iter().enumerate() {
        starts.push(rows.len());
        let side = conflict.sides.get(number).copied().flatten();
        let texts = [
            (&overlap.base, "before", None, Meaning::Deleted),
            (&overlap.theirs, "found", Some(Prefer::Theirs), Meaning::Moved),
            (&overlap.ours, "approved", Some(Prefer::Ours), Meaning::Inserted),
        ];
        for (index, (text, word, whose, meaning)) in texts.into_iter().enumerate() {
            let here = number == conflict.at && index == 0;
            let mut row = Row::of(Meaning::Cursor, if here { ">" } else { " " });
            row.push(Meaning::Strong, if index == 0 { (number + 1).to_string() } else { String::new() });
            row = row.pad(4);
            let taken = whose.is_some() && whose == side;
            row.push(Meaning::Accepted, if taken { "✓" } else { " " });
            row.push(if taken { Meaning::Strong } else { Meaning::Muted }, word);
            rows.extend(hanging(row.pad(WORDS), (meaning, text.as_deref()), columns));
        }
    }
    starts.push(rows.len());
    if !overlaps.is_empty() {
        rows.push(Row::new());
    }
    let legend = "  {approved}  ‹found›  [a place that both changed]";
    rows.push(title("MERGED").put(Meaning::Muted, legend));
    for section in &conflict.clash.merge.sections {
        rows.push(heading(section, columns));
        let runs = section.runs.iter().flat_map(|run| merged_run(conflict, run));
        rows.extend(flow(runs.collect(), columns));
    }
    (rows, starts)
}

fn heading(section: &MergedSection, columns: usize) -> Row<'static> {
    let row = Row::of(Meaning::Rule, " ── ").put(Meaning::Title, section.id.0.clone());
    let rest = columns.saturating_sub(row.width());
    row.put(Meaning::Rule, format!(" {}", "─".repeat(rest)))
}

/// The text behind a label; further lines stand under the first.
fn hanging(
    label: Row<'static>,
    (meaning, text): (Meaning, Option<&str>),
    columns: usize,
) -> Vec<Row<'static>> {
    let (meaning, text) = match text {
        None => (Meaning::Muted, "(nothing)"),
        Some("") => (Meaning::Muted, "(no words)"),
        Some(text) => (meaning, text),
    };
    let lines = wrapped(&Safe::new(text.trim_matches('\n')), columns.saturating_sub(WORDS));
    let labels = std::iter::once(label).chain(std::iter::repeat_with(|| Row::new().pad(WORDS)));
    labels.zip(lines).map(|(label, line)| label.put(meaning, line)).collect()
}

type Piece = (Meaning, String);

fn merged_run(conflict: &Conflict, run: &Run) -> Vec<Piece> {
    let side = |number: usize| conflict.sides.get(number).copied().flatten();
    match run.changed {
        Changed::Overlap(number) => {
            let number_shown = number + 1;
            match side(number) {
                None => vec![(Meaning::Caution, format!("[{number_shown} ?]"))],
                Some(side) => {
                    let text = run.text(|_| side).unwrap_or_default();
                    signed(text, Meaning::Strong, [&format!("[{number_shown} "), "]"])
                }
            }
        }
        changed => {
            let of = if changed == Changed::Theirs { Side::Found } else { Side::Approved };
            let (meaning, signs) = of.looks(changed);
            signed(of.of(run).unwrap_or_default(), meaning, signs)
        }
    }
}

/// The words between their signs; blanks and line ends around them stay outside.
fn signed(text: &str, meaning: Meaning, [open, close]: [&str; 2]) -> Vec<Piece> {
    if open.is_empty() {
        return vec![(meaning, text.to_owned())];
    }
    let words = text.trim();
    let (lead, rest) = text.split_at(text.len() - text.trim_start().len());
    let tail = if words.is_empty() { "" } else { rest.split_at(words.len()).1 };
    vec![
        (Meaning::Kept, lead.to_owned()),
        (meaning, format!("{open}{words}{close}")),
        (Meaning::Kept, tail.to_owned()),
    ]
}

/// Text in several meanings, broken into lines with two blanks before each.
fn flow(pieces: Vec<Piece>, columns: usize) -> Vec<Row<'static>> {
    let mut text = String::new();
    let mut ends = Vec::new();
    for (meaning, piece) in pieces {
        text.push_str(Safe::new(&piece).as_str());
        ends.push((text.len(), meaning));
    }
    let lines = wrap(&text, columns.saturating_sub(2).max(1), 0);
    let mut next = 0;
    let rows = lines.into_iter().map(|line| {
        let mut row = Row::of(Meaning::Text, "  ");
        let mut from = line.range.start;
        while let Some((end, meaning)) = ends.get(next).copied() {
            let to = end.min(line.range.end);
            if from < to {
                row.push(meaning, part(&text, from..to).to_owned());
                from = to;
            }
            if end > line.range.end {
                break;
            }
            next += 1;
        }
        row
    });
    rows.collect()
}

fn side_rows(section: &MergedSection, side: Side, columns: usize) -> Vec<Row<'static>> {
    if section.runs.iter().all(|run| side.of(run).is_none()) {
        return vec![Row::of(Meaning::Muted, "  (nothing)")];
    }
    let runs = section.runs.iter().flat_map(|run| {
        let text = side.of(run).unwrap_or_default();
        let (meaning, signs) = side.looks(run.changed);
        // Words that came in later have no place of their own in the text from before.
        let signs = if side == Side::Before && text.is_empty() { ["", ""] } else { signs };
        signed(text, meaning, signs)
    });
    flow(runs.collect(), columns)
}

/// One of the texts, in all columns.
fn alone(conflict: &Conflict, side: Side, columns: usize) -> Vec<Row<'static>> {
    let mut rows = vec![title(side.title())];
    for section in &conflict.clash.merge.sections {
        rows.push(heading(section, columns));
        rows.extend(side_rows(section, side, columns));
    }
    rows.push(Row::new());
    rows
}

/// The three texts beside one another.
fn beside(conflict: &Conflict, columns: usize) -> Vec<Row<'static>> {
    let width = columns.saturating_sub(2) / 3;
    let join = |cells: [Row<'static>; 3]| {
        let mut row = Row::new();
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                row = row.pad((width + 1) * index - 1).put(Meaning::Rule, "│");
            }
            row.append(cell.fit(width));
        }
        row
    };
    let mut rows = vec![join(Side::ALL.map(|side| title(side.title())))];
    for section in &conflict.clash.merge.sections {
        rows.push(heading(section, columns));
        let [left, middle, right] = Side::ALL.map(|side| side_rows(section, side, width));
        for line in 0..left.len().max(middle.len()).max(right.len()) {
            let cell = |rows: &[Row<'static>]| rows.get(line).cloned().unwrap_or_default();
            rows.push(join([cell(&left), cell(&middle), cell(&right)]));
        }
    }
    rows
}

fn exact(conflict: &Conflict, columns: usize, context: &Context) -> Vec<Row<'static>> {
    let Some(merged) = conflict.merged() else { return Vec::new() };
    let mut rows = Vec::new();
    if conflict.enabled(Keys::Approve.into()) {
        let key = words::key(Keys::Approve, context);
        let text = format!(" {key} approves exactly this text; the next write-back writes it.");
        rows.push(Row::of(Meaning::Strong, text));
    }
    for section in &merged.sections {
        let named = Row::of(Meaning::Rule, " ── ").put(Meaning::Title, section.id.0.clone());
        let rest = columns.saturating_sub(named.width());
        rows.push(named.put(Meaning::Rule, format!(" {}", "─".repeat(rest))));
        rows.extend(match &section.text {
            None => vec![Row::of(Meaning::Muted, "  (nothing)")],
            Some(text) => flow(vec![(Meaning::Text, text.clone())], columns),
        });
    }
    rows
}
