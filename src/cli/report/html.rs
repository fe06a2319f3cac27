//! The report as a page of its own: no script, nothing loaded, fit to be printed.

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

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#5a6270;--line:#d5d9df;--goes:#7a3b00;--goes-bg:#ffe9cf;\
--comes:#063f8a;--comes-bg:#dcebff;--bad:#8a1f11}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--paper:#15181c;--soft:#9aa3af;--line:#343a42;--goes:#ffc58a;\
--goes-bg:#43301a;--comes:#a8ceff;--comes-bg:#172f4d;--bad:#ff9d8f}}\
*{box-sizing:border-box}body{margin:0 auto;max-width:82rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;\
color:var(--ink);background:var(--paper)}\
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{margin:0;font-size:1rem;display:inline}\
p{margin:.3rem 0}.soft{color:var(--soft)}.bad{color:var(--bad)}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem}\
table.sums{width:auto}table.sums td,table.sums th{border-bottom:1px solid var(--line)}table.sums td.n{text-align:right;\
font-variant-numeric:tabular-nums}\
details{border:1px solid var(--line);border-radius:.4rem;margin:.8rem 0;padding:.5rem .8rem;break-inside:avoid-page}\
summary{cursor:pointer}table.diff{table-layout:fixed;margin-top:.5rem}table.diff td{white-space:pre-wrap;\
overflow-wrap:anywhere;border-top:1px solid var(--line)}table.diff td.m{width:3.2rem;color:var(--soft);white-space:normal}\
table.diff tr.part th{background:none;border-top:1px solid var(--line);padding-top:.8rem;text-transform:uppercase;\
font-size:.8rem;letter-spacing:.06em;color:var(--soft)}tr.same td{color:var(--soft)}\
del{color:var(--goes);background:var(--goes-bg);text-decoration:line-through}\
ins{color:var(--comes);background:var(--comes-bg);text-decoration:none;font-weight:600}\
tr.out ins{text-decoration:line-through;font-weight:400;opacity:.7}\
@media(max-width:44rem){table.diff,table.diff tbody,table.diff tr,table.diff td{display:block;width:auto}\
table.diff td.m{width:auto;padding-bottom:0}table.diff td.m:empty,table.diff td:empty{display:none}}\
@media print{body{max-width:none;padding:0}details{border:0;padding:0}}";

/// What stands below all rewrites.
pub const END: &str = "</main>\n</body>\n</html>\n";

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Text from outside on one line: nothing hidden in it, nothing that a browser takes for a mark.
fn line(text: &str) -> String {
    escaped(Safe::line(text).as_str())
}

/// Everything above the rewrites.
pub fn begin(scope: &Scope, tally: &Tally) -> String {
    let filter = if scope.filter.is_empty() { "all rewrites".to_owned() } else { line(&scope.filter) };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>Review report</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<header>\n<h1>Review report</h1>\n<p>{filter}</p>\n\
         <p class=\"soft\">Made {} by {}. It holds personal data.</p>\n</header>\n<main>\n",
        time(scope.at),
        line(&scope.by)
    );
    sums(&mut page, tally);
    people(&mut page, tally);
    page.push_str("<h2>Rewrites</h2>\n<p class=\"soft\">Left: the text as it was. Right: the text that was approved or is \
                   proposed. <del>Goes</del> <ins>comes</ins>.</p>\n");
    page
}

fn sums(page: &mut String, tally: &Tally) {
    page.push_str("<h2>In numbers</h2>\n<table class=\"sums\">\n");
    let mut row = |name: &str, value: String| {
        writeln!(page, "<tr><th scope=\"row\">{name}</th><td class=\"n\">{value}</td></tr>").ok();
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
    page.push_str("</table>\n");
}

fn people(page: &mut String, tally: &Tally) {
    if tally.people.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Who decided</h2>\n<table class=\"sums\">\n<tr><th scope=\"col\">who</th><th scope=\"col\">prompt</th><th scope=\"col\">approved</th>\
         <th scope=\"col\">of these unopened</th><th scope=\"col\">rejected</th><th scope=\"col\">edits</th>\
         <th scope=\"col\">taken back</th><th scope=\"col\">looks agreed</th>\
         <th scope=\"col\">looks not</th><th scope=\"col\">median time</th></tr>\n",
    );
    for ((name, prompt), deeds) in &tally.people {
        let median = deeds.median().map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s"));
        write!(page, "<tr><th scope=\"row\">{}</th><td>{}</td>", line(name), line(short(prompt))).ok();
        let cells = [
            with_share(deeds.approved, deeds.approval_percent()),
            deeds.unopened.to_string(),
            deeds.rejected.to_string(),
            deeds.edited.to_string(),
            with_share(deeds.undone, deeds.undo_percent()),
            deeds.agreed.to_string(),
            deeds.disagreed.to_string(),
        ];
        for number in cells {
            write!(page, "<td class=\"n\">{number}</td>").ok();
        }
        writeln!(page, "<td class=\"n\">{median}</td></tr>").ok();
    }
    page.push_str("</table>\n");
    if tally.reasons.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Why not</h2>\n<table class=\"sums\">\n<tr><th scope=\"col\">reason</th><th scope=\"col\">prompt</th>\
         <th scope=\"col\">rewrites</th></tr>\n",
    );
    for ((prompt, reason), number) in &tally.reasons {
        write!(page, "<tr><th scope=\"row\">{}</th><td>{}</td>", line(reason), line(short(prompt))).ok();
        writeln!(page, "<td class=\"n\">{number}</td></tr>").ok();
    }
    page.push_str("</table>\n");
}

/// One rewrite.
pub fn rewrite(rewrite: &Rewrite, standing: Option<&Standing>, compared: Option<&Compared>) -> String {
    let head = &rewrite.head;
    let mut page = format!("<details open>\n<summary><h3>{}</h3> ", line(&head.name));
    let posting = head.posting.as_deref().map(|posting| format!(" · {}", line(posting))).unwrap_or_default();
    write!(page, "<span class=\"soft\">{}{posting} · b{} · ", line(&head.candidate.0), head.batch_number)
        .ok();
    write!(page, "<strong>{}</strong>", head.state).ok();
    if let Some(standing) = standing {
        write!(page, " by {}, {}", line(&standing.by.0), time(standing.at)).ok();
    }
    if head.opened_at.is_none() {
        page.push_str(" · never opened");
    }
    page.push_str("</span></summary>\n");
    for finding in &rewrite.findings {
        let state = match &finding.dismissed {
            Some(reason) => format!("dismissed: {}", line(reason)),
            None => severity(finding.severity).to_owned(),
        };
        writeln!(page, "<p class=\"bad\">{} ({state})</p>", line(&finding.message)).ok();
    }
    if let Some(compared) = compared {
        table(&mut page, compared);
    } else {
        let why = head.failure.as_ref().map_or("There is no after text.", |failure| failure.reason.words());
        writeln!(page, "<p class=\"soft\">{}</p>", line(why)).ok();
    }
    page.push_str("</details>\n");
    page
}

fn table(page: &mut String, compared: &Compared) {
    let right = if compared.approved { "approved" } else { "proposed" };
    writeln!(
        page,
        "<table class=\"diff\">\n<tr><td class=\"m\"></td><th scope=\"col\">before</th><th scope=\"col\">{right}</th></tr>"
    )
    .ok();
    for part in &compared.parts {
        writeln!(
            page,
            "<tr class=\"part\"><td class=\"m\"></td><th colspan=\"2\">{}</th></tr>",
            escaped(&part.name)
        )
        .ok();
        for line in &part.lines {
            row(page, line);
        }
    }
    page.push_str("</table>\n");
}

fn row(page: &mut String, line: &Line) {
    let class = match line.fate {
        Fate::Unchanged => "same",
        Fate::Plain | Fate::Partly => "in",
        Fate::Rejected => "out",
    };
    let mark = match (line.kind, line.fate) {
        (_, Fate::Rejected) => "stays as it was",
        (_, Fate::Partly) => "in part",
        (RowKind::Moved, _) => "moved",
        (RowKind::Inserted, _) => "new",
        (RowKind::Deleted, _) => "gone",
        (RowKind::Same | RowKind::Changed | RowKind::Replaced, _) => "",
    };
    write!(page, "<tr class=\"{class}\"><td class=\"m\">{mark}</td>").ok();
    for (pieces, tag) in [(&line.before, "del"), (&line.after, "ins")] {
        page.push_str("<td>");
        for (tint, text) in pieces {
            match tint {
                Tint::Kept => page.push_str(&escaped(text)),
                Tint::Changed => {
                    // Blanks around the words are no part of what goes or comes.
                    let words = text.trim();
                    let (before, after) = text.split_once(words).unwrap_or_default();
                    let words = escaped(words);
                    write!(page, "{}<{tag}>{words}</{tag}>{}", escaped(before), escaped(after)).ok();
                }
            }
        }
        page.push_str("</td>");
    }
    page.push_str("</tr>\n");
}
