//! `redraft batch show`

use clap::Args;

use super::Which;
use crate::{
    cli::{
        Office,
        output::Form,
        shape::OneBatch,
        stop::Step,
        table::{Align, Table},
    },
    domain::{Batch, BatchState},
    store::port::FailureGroup,
};

/// Show one batch: its counts, its money, its failures by reason.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    which: Which,
}

impl Show {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = office.batch(&self.which.batch).await?;
        let failures = office.parts.store.failures(batch.id).await?;
        print(office, &batch, &failures)
    }
}

/// Prints a batch.
pub fn print(office: &Office, batch: &Batch, failures: &[FailureGroup]) -> Step {
    let out = &office.out;
    if out.form() == Form::Json {
        return out.json(&OneBatch::new(batch, failures));
    }
    out.say(format_args!("batch      {}  {}", batch.label(), batch.id))?;
    out.say(format_args!("state      {}", state(&batch.state)))?;
    if let Some(posting) = &batch.spec.posting_title {
        out.say(format_args!("posting    {}", out.line_of(posting)))?;
    }
    if !batch.spec.instructions.is_empty() {
        out.say(format_args!("asked      {}", out.line_of(&batch.spec.instructions)))?;
    }
    out.say(format_args!("model      {}", out.line_of(&batch.spec.model)))?;
    out.say(format_args!("by         {}", out.line_of(&batch.spec.by)))?;
    let (spent, reserved, budget) = (batch.spent, batch.reserved, batch.spec.budget);
    out.say(format_args!("money      {spent} spent, {reserved} set aside, of {budget}"))?;
    out.say(format_args!("tokens     {} in, {} out", batch.tokens_in, batch.tokens_out))?;
    let (done, total) = (batch.counts.done(), batch.counts.total());
    let states: Vec<String> =
        batch.counts.iter().map(|(state, number)| format!("{number} {state}")).collect();
    out.say(format_args!("rewrites   {done} of {total} done: {}", states.join(", ")))?;
    if failures.is_empty() {
        return Ok(());
    }
    out.say(format_args!(""))?;
    let mut table =
        Table::new(&[("failed", Align::Right), ("reason", Align::Left), ("detail", Align::Flexible)]);
    for group in failures {
        table.row([group.count.to_string(), group.reason.words().to_owned(), group.detail.clone()]);
    }
    table.print(out, "")
}

/// The state with its reason.
pub fn state(state: &BatchState) -> String {
    match state {
        BatchState::Paused(reason) => format!("paused ({reason})"),
        BatchState::Failed(reason) => format!("failed ({reason})"),
        BatchState::Queued
        | BatchState::Running
        | BatchState::Finishing
        | BatchState::Finished
        | BatchState::Cancelled => state.name().to_owned(),
    }
}
