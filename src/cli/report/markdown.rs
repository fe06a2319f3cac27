//! The report as Markdown: what goes is struck out, what comes is bold.

use std::fmt::Write;

use super::{
    Scope, Standing,
    pieces::{Compared, Fate, Line, Tint},
    time,
};
use crate::{
    diff::RowKind,
    domain::Rewrite,
    review::tally::{Tally, severity, short, with_share},
    text::Safe,
};

/// Text from outside on one line: nothing hidden in it, nothing that is taken for a mark.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in Safe::line(text).chars() {
        if "\\`*_{}[]<>()#+!|~-&".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Everything above the rewrites.
pub fn begin(scope: &Scope, tally: &Tally) -> String {
    let filter = if scope.filter.is_empty() { "all rewrites".to_owned() } else { line(&scope.filter) };
    let mut page =
        format!("# Review report\n\nScope: {filter}  \nMade {} by {}", time(scope.at), line(&scope.by));
    page.push_str(". It holds personal data.\n\n| what | number |\n| --- | ---: |\n");
    let mut row = |name: &str, value: String| {
        writeln!(page, "| {name} | {value} |").ok();
    };
    row("rewrites", tally.total.to_string());
    for (state, number) in &tally.states {
        row(state.name(), number.to_string());
    }
    row("edited by a person", tally.edited.to_string());
    row("never opened by anybody", tally.never_opened.to_string());
    let share = tally.unopened_percent().map(|percent| format!(" ({percent}%)")).unwrap_or_default();
    row(
        "approved without having been opened",
        format!("{} of {}{share}", tally.approved_unopened, tally.approved),
    );
    row("with open findings", format!("{}, of these {} stopped", tally.with_findings, tally.blocked));
    row("findings dismissed with a reason", tally.dismissed.to_string());
    for (kind, looks) in &tally.looks {
        row(&format!("{}s", kind.name()), looks.words());
    }
    if !tally.ways.is_empty() {
        row("decided", tally.ways_in_words());
    }
    people(&mut page, tally);
    page.push_str("\n~~Goes~~ **comes**.\n");
    page
}

fn people(page: &mut String, tally: &Tally) {
    if tally.people.is_empty() {
        return;
    }
    let columns = [
        "who",
        "prompt",
        "approved",
        "of these unopened",
        "rejected",
        "edits",
        "taken back",
        "looks agreed",
        "looks not",
        "median time",
    ];
    writeln!(page, "\n| {} |", columns.join(" | ")).ok();
    writeln!(page, "| --- | --- |{}", " ---: |".repeat(columns.len() - 2)).ok();
    for ((name, prompt), deeds) in &tally.people {
        let median = deeds.median().map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s"));
        let approved = with_share(deeds.approved, deeds.approval_percent());
        let undone = with_share(deeds.undone, deeds.undo_percent());
        write!(page, "| {} | {} | {approved} ", line(name), line(short(prompt))).ok();
        write!(page, "| {} | {} | {} ", deeds.unopened, deeds.rejected, deeds.edited).ok();
        write!(page, "| {undone} | {} | {} ", deeds.agreed, deeds.disagreed).ok();
        writeln!(page, "| {median} |").ok();
    }
    if tally.reasons.is_empty() {
        return;
    }
    page.push_str("\n| why not | prompt | rewrites |\n| --- | --- | ---: |\n");
    for ((prompt, reason), number) in &tally.reasons {
        writeln!(page, "| {} | {} | {number} |", line(reason), line(short(prompt))).ok();
    }
}

/// One rewrite.
pub fn rewrite(rewrite: &Rewrite, standing: Option<&Standing>, compared: Option<&Compared>) -> String {
    let head = &rewrite.head;
    let mut page = format!("\n## {} ({})\n\n", line(&head.name), line(&head.candidate.0));
    let posting = head.posting.as_deref().map(|posting| format!(", {}", line(posting))).unwrap_or_default();
    write!(page, "Batch b{}{posting}: {}", head.batch_number, head.state).ok();
    if let Some(standing) = standing {
        write!(page, " by {}, {}", line(&standing.by.0), time(standing.at)).ok();
    }
    page.push_str(if head.opened_at.is_none() { "; never opened.\n" } else { ".\n" });
    for finding in &rewrite.findings {
        let state = match &finding.dismissed {
            Some(reason) => format!("dismissed: {}", line(reason)),
            None => severity(finding.severity).to_owned(),
        };
        writeln!(page, "\n> {} ({state})", line(&finding.message)).ok();
    }
    if let Some(compared) = compared {
        parts(&mut page, compared);
    } else {
        let why = head.failure.as_ref().map_or("There is no after text.", |failure| failure.reason.words());
        writeln!(page, "\n{}", line(why)).ok();
    }
    page
}

fn parts(page: &mut String, compared: &Compared) {
    for part in &compared.parts {
        write!(page, "\n### {}\n\n", line(&part.name.to_uppercase())).ok();
        for row in &part.lines {
            let mark = match (row.kind, row.fate) {
                (_, Fate::Rejected) => " *(stays as it was)*",
                (_, Fate::Partly) => " *(in part)*",
                (RowKind::Moved, _) => " *(moved)*",
                (RowKind::Inserted, _) => " *(new)*",
                (RowKind::Deleted, _) => " *(gone)*",
                (RowKind::Same | RowKind::Changed | RowKind::Replaced, _) => "",
            };
            writeln!(page, "- {}{mark}", merged(row)).ok();
        }
    }
}

/// Both sides in one line: what is kept stands once.
fn merged(row: &Line) -> String {
    let mut words: Vec<String> = Vec::new();
    let wrapped = |mark: &str, text: &str| format!("{mark}{}{mark}", line(text.trim()));
    let mut after = row.after.iter();
    let mut next_after = |words: &mut Vec<String>, until: Tint| {
        for (tint, text) in after.by_ref() {
            if *tint == until {
                return;
            }
            if !text.trim().is_empty() {
                words.push(wrapped("**", text));
            }
        }
    };
    for (tint, text) in &row.before {
        match tint {
            Tint::Changed if text.trim().is_empty() => {}
            Tint::Changed => words.push(wrapped("~~", text)),
            Tint::Kept => {
                next_after(&mut words, Tint::Kept);
                if !text.trim().is_empty() {
                    words.push(line(text.trim()));
                }
            }
        }
    }
    next_after(&mut words, Tint::Kept);
    words.join(" ")
}
