//! A report of rewrites for people who do not use redraft: a client, a manager. As Markdown or as one HTML page that
//! needs nothing else. It says what it is about, what was counted, what nobody ever opened, and who approved what; then
//! every rewrite with its differences.

mod gather;
mod html;
mod markdown;
mod pieces;

use std::io::Write;

use jiff::Timestamp;

pub use gather::gather;

use crate::{
    cli::stop::Step,
    diff,
    domain::{Decision, Reviewer, Rewrite},
    review::tally::Tally,
};
use pieces::Compared;

/// As what a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One page with its style in it, and no script.
    Html,
    /// Text with marks.
    Markdown,
}

/// What a report is about.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The filter in words; empty for everything.
    pub filter: String,
    /// Who made the report.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// By whose decision a rewrite is in the state that it is in, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub by: Reviewer,
    /// Since when.
    pub at: Timestamp,
}

impl Standing {
    /// Finds it in all that was decided, oldest first.
    pub fn of(history: &[Decision]) -> Option<Self> {
        let last = history.iter().rfind(|one| one.from != one.to)?;
        Some(Self { by: last.by.clone(), at: last.at })
    }
}

/// Writes what stands above the rewrites.
pub fn begin(form: Form, scope: &Scope, tally: &Tally, to: &mut (dyn Write + Send)) -> Step {
    let text = match form {
        Form::Html => html::begin(scope, tally),
        Form::Markdown => markdown::begin(scope, tally),
    };
    Ok(to.write_all(text.as_bytes())?)
}

/// Writes one rewrite with its differences: what was approved if there is something, else what is proposed.
pub fn rewrite(
    form: Form,
    rewrite: &Rewrite,
    standing: Option<&Standing>,
    to: &mut (dyn Write + Send),
) -> Step {
    let after = rewrite.approved.as_ref().or(rewrite.after.as_ref());
    let compared = after.map(|after| {
        let diff = diff::compare(&rewrite.before, after, &|| false);
        Compared::new(&diff, rewrite)
    });
    let text = match form {
        Form::Html => html::rewrite(rewrite, standing, compared.as_ref()),
        Form::Markdown => markdown::rewrite(rewrite, standing, compared.as_ref()),
    };
    Ok(to.write_all(text.as_bytes())?)
}

/// Writes what stands below.
pub fn end(form: Form, to: &mut (dyn Write + Send)) -> Step {
    match form {
        Form::Html => Ok(to.write_all(html::END.as_bytes())?),
        Form::Markdown => Ok(()),
    }
}

/// A point in time as reports say it.
fn time(at: Timestamp) -> String {
    format!("{} UTC", at.strftime("%F %H:%M"))
}

#[cfg(test)]
mod tests;
