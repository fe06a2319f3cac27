//! `redraft review history`

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{
        Office,
        output::Form,
        shape::{self, DecisionShape},
        stop::Step,
        table::{Align, Table},
    },
    domain::{Action, Decision, DecisionId},
    error::Error,
    store::port::ActivityRow,
};

/// List decisions: all of them, the newest first, or those about one rewrite, the oldest first.
#[derive(Debug, Args)]
pub struct History {
    /// The rewrite by id (`rwt_…`), or the candidate's key together with --batch.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The batch in which the candidate is meant.
    #[arg(long, value_name = "BATCH", requires = "id")]
    batch: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Those before this decision (`dec_…`), as the list before named it with `next`.
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    after: Option<String>,
}

#[derive(Serialize)]
struct ActivityShape {
    #[serde(flatten)]
    decision: DecisionShape,
    candidate: String,
    name: String,
    batch_label: String,
}

impl History {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        match &self.id {
            Some(id) => self.of_one(office, id).await,
            None => self.of_all(office).await,
        }
    }

    async fn of_one(&self, office: &Office, id: &str) -> Step {
        let batch = match &self.batch {
            Some(name) => Some(office.batch(name).await?),
            None => None,
        };
        let id = office.one(id, batch.as_ref()).await?;
        office.rewrite(id).await?;
        let decisions = office.parts.store.history(id).await?;
        if office.out.form() == Form::Json {
            return office.out.json(&shape::List::whole(decisions.iter().map(DecisionShape::from)));
        }
        let mut table = Table::new(&[
            ("at", Align::Left),
            ("by", Align::Left),
            ("action", Align::Left),
            ("from", Align::Left),
            ("to", Align::Left),
            ("detail", Align::Flexible),
        ]);
        for decision in &decisions {
            table.row(cells(decision).into_iter().chain([detail(decision)]));
        }
        table.print(&office.out, "Nobody has decided anything about it.")
    }

    async fn of_all(&self, office: &Office) -> Step {
        let before = self.after.as_deref().map(str::parse::<DecisionId>).transpose();
        let before = before.map_err(|error| Error::user(error.to_string()))?;
        let rows = office.parts.store.activity(before, self.limit).await?;
        let full = rows.len() == self.limit as usize;
        let next = rows.last().filter(|_| full).map(|row| row.decision.id.to_string());
        if office.out.form() == Form::Json {
            return office.out.json(&shape::List { data: rows.iter().map(activity).collect(), next });
        }
        let mut table = Table::new(&[
            ("at", Align::Left),
            ("by", Align::Left),
            ("action", Align::Left),
            ("from", Align::Left),
            ("to", Align::Left),
            ("batch", Align::Left),
            ("name", Align::Flexible),
        ]);
        for row in &rows {
            table.row(
                cells(&row.decision).into_iter().chain([format!("b{}", row.batch_number), row.name.clone()]),
            );
        }
        table.print(&office.out, "Nobody has decided anything yet.")?;
        if let Some(next) = next {
            office.out.note(format_args!("The ones before are listed with --after {next}"));
        }
        Ok(())
    }
}

fn activity(row: &ActivityRow) -> ActivityShape {
    ActivityShape {
        decision: (&row.decision).into(),
        candidate: row.candidate.to_string(),
        name: row.name.clone(),
        batch_label: format!("b{}", row.batch_number),
    }
}

fn cells(decision: &Decision) -> [String; 5] {
    [
        format!("{:.0}", decision.at),
        decision.by.to_string(),
        decision.action.name().to_owned(),
        decision.from.name().to_owned(),
        decision.to.name().to_owned(),
    ]
}

fn detail(decision: &Decision) -> String {
    match &decision.action {
        Action::Reject { reason } => reason.clone().unwrap_or_default(),
        Action::Note { text, .. } => text.clone(),
        Action::Dismiss { reason, .. } => reason.clone(),
        Action::Undo { decision } => format!("of {decision}"),
        Action::Choose { changes } => format!("{} changes", changes.len()),
        Action::TakeOver { from } => format!("from {from}"),
        Action::Ask { kind } => kind.name().to_owned(),
        Action::Look { kind, agrees: true, .. } => format!("{}: agreed", kind.name()),
        Action::Look { kind, agrees: false, reason, .. } => {
            format!("{}: did not agree {}", kind.name(), reason.as_deref().unwrap_or_default())
        }
        Action::Assign { to: Some(to), .. } => format!("to {to}"),
        Action::Assign { to: None, .. } => "to nobody".to_owned(),
        Action::Open
        | Action::Approve { .. }
        | Action::Edit { .. }
        | Action::Skip
        | Action::Write
        | Action::Conflict
        | Action::Merge { .. }
        | Action::Revert => String::new(),
    }
}
