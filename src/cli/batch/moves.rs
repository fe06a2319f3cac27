//! `redraft batch pause`, `resume`, `cancel`

use clap::Args;

use super::{Which, show};
use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        output::Form,
        stop::Step,
    },
    domain::{BatchState, Money, PauseReason, RewriteState},
    error::Error,
    review::counted,
};

/// Send no new request for a batch; those in flight come in.
#[derive(Debug, Args)]
pub struct Pause {
    #[command(flatten)]
    which: Which,
}

/// Let a paused batch go on.
#[derive(Debug, Args)]
pub struct Resume {
    #[command(flatten)]
    which: Which,
    /// With this budget in US dollars from now on.
    #[arg(long, value_name = "USD")]
    budget: Option<Money>,
}

/// Give up what a batch has not done yet. What is ready stays.
#[derive(Debug, Args)]
pub struct Cancel {
    #[command(flatten)]
    which: Which,
    /// Do not ask.
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Pause {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let by = PauseReason::Person(office.parts.who.to_string());
        office.move_batch(&self.which.batch, BatchState::Paused(by)).await
    }
}

impl Resume {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        if let Some(budget) = self.budget {
            let batch = office.batch(&self.which.batch).await?;
            office.parts.store.set_budget(batch.id, budget).await?;
        }
        office.move_batch(&self.which.batch, BatchState::Running).await
    }
}

impl Cancel {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = office.batch(&self.which.batch).await?;
        let left = batch.counts.total() - batch.counts.done() + batch.counts.of(RewriteState::Failed);
        let count = usize::try_from(left).unwrap_or(usize::MAX);
        // Whoever names one batch without a terminal means it.
        let yes = self.yes || !std::io::IsTerminal::is_terminal(&std::io::stdin());
        let what = format!("Cancel {}, with {} not done", batch.label(), counted(count, "rewrite"));
        let consent = Consent { expect_count: None, yes };
        confirm(&office.out, &Question { what, count, weight: Weight::YesNo, consent: &consent })?;
        office.move_batch(&self.which.batch, BatchState::Cancelled).await
    }
}

impl Office {
    async fn move_batch(&self, name: &str, to: BatchState) -> Step {
        let batch = self.batch(name).await?;
        let label = batch.label();
        let moved = self.parts.store.move_batch(batch.id, &to).await.map_err(|error| {
            let told = Error::from(error);
            Error::user(format!("Batch {label}: {}", told.message()))
        })?;
        if self.out.form() == Form::Json {
            return show::print(self, &moved, &[]);
        }
        self.out.say(format_args!("{label} is {}.", show::state(&moved.state)))?;
        if moved.away.is_some() {
            match &moved.state {
                BatchState::Cancelled => self.out.note(format_args!(
                    "hint: What is with the provider is cancelled there, and its files deleted, by the next worker; what was \
                     done by then is paid."
                )),
                BatchState::Paused(_) => self.out.note(format_args!(
                    "hint: What is with the provider comes back all the same, as it is paid; nothing more is sent."
                )),
                BatchState::Queued
                | BatchState::Running
                | BatchState::Finishing
                | BatchState::Finished
                | BatchState::Failed(_) => {}
            }
        }
        Ok(())
    }
}
