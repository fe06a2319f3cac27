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
    domain::{Batch, BatchState, PauseReason, Postings},
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
    out.say(format_args!("state      {}", state_of(batch)))?;
    if let Some(away) = &batch.away {
        out.say(format_args!("sent       {}", out.line_of(&away.words(&jiff::tz::TimeZone::system()))))?;
    }
    if let Some(posting) = &batch.spec.posting_title {
        out.say(format_args!("posting    {}", out.line_of(posting)))?;
    }
    if batch.spec.options.postings == Postings::Linked {
        out.say(format_args!("posting    each candidate's own"))?;
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

/// The state with its reason, and how many are left of a batch that stands.
pub fn state_of(batch: &Batch) -> String {
    let left = batch.counts.total() - batch.counts.done();
    match &batch.state {
        BatchState::Paused(PauseReason::Budget) => format!(
            "paused (stopped by budget, {left} left; `redraft batch resume {} --budget USD` goes on)",
            batch.label()
        ),
        BatchState::Paused(reason) if left > 0 => {
            format!("paused ({}; {left} left)", reason_of(reason).trim_end_matches('.'))
        }
        state => self::state(state),
    }
}

/// Why a batch is paused; times are those of this machine's clock.
fn reason_of(reason: &PauseReason) -> String {
    match reason {
        PauseReason::DailyLimit(until) => {
            let until = until.to_zoned_datetime(jiff::tz::TimeZone::system());
            format!("waiting for the daily limit until {}", until.strftime("%H:%M"))
        }
        PauseReason::Person(_) | PauseReason::Budget | PauseReason::Provider(_) => reason.to_string(),
    }
}

/// The state with its reason.
pub fn state(state: &BatchState) -> String {
    match state {
        BatchState::Paused(reason @ PauseReason::DailyLimit(_)) => format!("paused ({})", reason_of(reason)),
        BatchState::Paused(reason) => format!("paused ({reason})"),
        BatchState::Failed(reason) => format!("failed ({reason})"),
        BatchState::Queued
        | BatchState::Running
        | BatchState::Finishing
        | BatchState::Finished
        | BatchState::Cancelled => state.name().to_owned(),
    }
}
