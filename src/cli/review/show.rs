//! `redraft review show`

use clap::Args;

use crate::{
    cli::{
        Office,
        output::{Form, Output},
        shape::{self, RewriteShape},
        stop::{Step, or_missing},
    },
    diff::{self, Diff, Side},
    domain::{Rewrite, RewriteId},
    text::part,
};

/// Show one rewrite: its changes one by one, or with --json everything.
#[derive(Debug, Args)]
pub struct Show {
    /// The rewrite by id (`rwt_…`), or the candidate's key together with --batch.
    #[arg(value_name = "ID")]
    id: String,
    /// The batch in which the candidate is meant.
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// Print the after text (the approved one, if it was approved) instead of the changes.
    #[arg(long, conflicts_with = "before")]
    after: bool,
    /// Print the source instead of the changes.
    #[arg(long)]
    before: bool,
}

impl Show {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = match &self.batch {
            Some(name) => Some(office.batch(name).await?),
            None => None,
        };
        let id = office.one(&self.id, batch.as_ref()).await?;
        let rewrite = office.rewrite(id).await?;
        if office.out.form() == Form::Json {
            let history = office.parts.store.history(id).await?;
            return office.out.json(&RewriteShape::new(&rewrite, &history));
        }
        if self.before || self.after {
            let after = rewrite.approved.as_ref().or(rewrite.after.as_ref());
            let document = if self.before { Some(&rewrite.before) } else { after };
            for section in document.iter().flat_map(|document| &document.sections) {
                office.out.say(format_args!("== {}", office.out.line_of(&section.id.0)))?;
                let text = section.text.as_deref().unwrap_or_default();
                office.out.say(format_args!("{}", office.out.text_of(text)))?;
            }
            return Ok(());
        }
        head(&office.out, &rewrite)?;
        match &rewrite.after {
            Some(after) => {
                let compared = diff::compare(&rewrite.before, after, &|| false);
                changes(&office.out, &compared, &rewrite)
            }
            None => Ok(()),
        }
    }
}

impl Office {
    /// Reads a rewrite.
    pub async fn rewrite(&self, id: RewriteId) -> Step<Rewrite> {
        Ok(self.parts.store.rewrite(id).await.map_err(|error| {
            or_missing(error, || {
                crate::error::Error::user(format!("There is no rewrite {id}"))
                    .hint("`redraft review list` shows the ids.")
            })
        })?)
    }
}

fn head(out: &Output, rewrite: &Rewrite) -> Step {
    let head = &rewrite.head;
    out.say(format_args!("rewrite    {}  of b{}", head.id, head.batch_number))?;
    out.say(format_args!("candidate  {}  {}", out.line_of(&head.candidate.0), out.line_of(&head.name)))?;
    if let Some(posting) = &head.posting {
        out.say(format_args!("posting    {}", out.line_of(posting)))?;
    }
    let edited = if head.edited { ", edited" } else { "" };
    out.say(format_args!("state      {}{edited}, revision {}", head.state, head.revision))?;
    if let Some(by) = &head.decided_by {
        out.say(format_args!("decided    by {}", out.line_of(by)))?;
    }
    if let Some(failure) = &head.failure {
        out.say(format_args!("why        {}: {}", failure.reason.words(), out.line_of(&failure.detail)))?;
    }
    if let Some(percent) = head.changed_percent {
        out.say(format_args!("changed    {percent}% of the words"))?;
    }
    for finding in rewrite.findings.iter().filter(|finding| finding.dismissed.is_none()) {
        out.say(format_args!("finding    {}", out.line_of(&finding.message)))?;
    }
    Ok(())
}

/// The changes as lines, for people and for screen readers.
fn changes(out: &Output, compared: &Diff, rewrite: &Rewrite) -> Step {
    let total = compared.changes.len();
    for (index, change) in compared.changes.iter().enumerate() {
        let Some(section) = compared.sections.get(change.section) else { continue };
        let choice = shape::choice(rewrite.choices.get(&change.id).copied());
        out.say(format_args!(""))?;
        out.say(format_args!(
            "change {} of {total}: {} in {}, {choice}  {}",
            index + 1,
            shape::kind(change.kind),
            out.line_of(&section.id.0),
            change.id
        ))?;
        let sides = [("-", Side::Before, &change.before), ("+", Side::After, &change.after)];
        for (sign, side, range) in sides {
            let text = part(section.text(side), range.clone());
            if !text.is_empty() {
                out.say(format_args!("{sign} {}", out.line_of(text)))?;
            }
        }
    }
    Ok(())
}

impl Office {
    /// Prints what was approved of a rewrite beside the text before, change by change.
    pub(super) async fn show_approved(&self, id: RewriteId) -> Step {
        let rewrite = self.rewrite(id).await?;
        head(&self.out, &rewrite)?;
        let Some(approved) = &rewrite.approved else {
            return self.out.say(format_args!("It is {}: nothing of it is approved.", rewrite.head.state));
        };
        let compared = diff::compare(&rewrite.before, approved, &|| false);
        changes(&self.out, &compared, &rewrite)
    }
}
