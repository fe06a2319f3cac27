//! `redraft batch watch`

use clap::Args;
use tokio::sync::watch;

use super::{Which, show};
use crate::{
    cli::{
        Office,
        output::Form,
        progress::Progress,
        shape::BatchShape,
        stop::{Step, Stop},
    },
    domain::{Batch, BatchId, BatchRef, BatchState},
    engine::port::Troubles,
};

/// Follow a batch until it ends. Stopping to watch does not stop the batch.
#[derive(Debug, Args)]
pub struct Watch {
    #[command(flatten)]
    which: Which,
}

impl Watch {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = office.batch(&self.which.batch).await?;
        if office.out.form() == Form::Human && !batch.state.has_ended() {
            office.hint_worker().await?;
        }
        let batch = office.follow(batch.id, UntilWhen::Ended).await?;
        office.ended(&batch).await
    }
}

/// When following a batch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UntilWhen {
    /// When nothing happens any more unless somebody asks for it.
    Ended,
    /// Also when it is paused, since this process is the one that would go on.
    EndedOrPaused,
}

impl Office {
    /// Follows a batch, telling how far it is; with JSON each state that is seen is a line.
    pub async fn follow(&self, id: BatchId, until: UntilWhen) -> Step<Batch> {
        let mut changed = self.parts.store.changed();
        let progress = Progress::new(&self.out);
        let mut last = None;
        loop {
            changed.borrow_and_update();
            let batch = self.parts.store.batch(BatchRef::Id(id)).await?;
            let (done, total) = (batch.counts.done(), batch.counts.total());
            let told = (done, batch.state.clone(), batch.spent, batch.away.clone());
            if self.out.form() == Form::Json && until == UntilWhen::Ended && last.as_ref() != Some(&told) {
                self.out.json_line(&BatchShape::from(&batch))?;
            }
            last = Some(told);
            let away = batch.away.as_ref().map(|away| {
                let words = away.words(&jiff::tz::TimeZone::system());
                format!("  {}", self.out.safe_line(&words))
            });
            let away = away.unwrap_or_default();
            progress.set(done, total, &format!("{}{away}  {}", show::state(&batch.state), batch.spent));
            let paused = matches!(batch.state, BatchState::Paused(_)) && until == UntilWhen::EndedOrPaused;
            if batch.state.has_ended() || paused {
                return Ok(batch);
            }
            if changed.changed().await.is_err() {
                return Err(crate::error::Error::internal("The store tells no changes any more.").into());
            }
        }
    }

    /// Tells how a batch ended: status 1 unless it is finished.
    pub async fn ended(&self, batch: &Batch) -> Step {
        if self.out.form() == Form::Human {
            let failures = self.parts.store.failures(batch.id).await?;
            show::print(self, batch, &failures)?;
        }
        if batch.state == BatchState::Finished { Ok(()) } else { Err(Stop::Told) }
    }

    /// Tells what holds the engine up, and that it goes on, for as long as anybody waits.
    pub async fn tell_troubles(&self, mut troubles: watch::Receiver<Troubles>) {
        let mut last = Troubles::default();
        while troubles.changed().await.is_ok() {
            let now = troubles.borrow_and_update().clone();
            self.tell_trouble(last.store.as_deref(), now.store.as_deref(), "Results cannot be recorded yet");
            self.tell_trouble(last.source.as_deref(), now.source.as_deref(), "Résumés cannot be read yet");
            last = now;
        }
        std::future::pending::<()>().await;
    }

    fn tell_trouble(&self, last: Option<&str>, now: Option<&str>, what: &str) {
        match now {
            Some(words) if last != now => self.out.note(format_args!(
                "warning: {what}. {}. Nothing is lost; redraft keeps trying.",
                self.out.safe_line(words.trim_end_matches('.'))
            )),
            None if last.is_some() => self.out.note(format_args!("It goes on.")),
            Some(_) | None => {}
        }
    }

    /// Tells what to do if nobody works on batches.
    pub async fn hint_worker(&self) -> Step {
        let workers = self.parts.store.workers().await?;
        if workers.is_empty() {
            self.out.note(format_args!(
                "hint: No worker is at work. `redraft worker` runs batches, and so does the terminal application."
            ));
        }
        Ok(())
    }
}
