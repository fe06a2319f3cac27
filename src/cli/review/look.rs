//! `redraft review look`, `redraft review ask` and `redraft review let-write`: further looks before something is written.

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{
        Office,
        output::Form,
        select::{Named, batch_ref},
        stop::Step,
    },
    decide::DecideError,
    domain::{DecisionId, RewriteId},
    error::Error,
    review::{Bulk, Order, Outcome, Task, Trouble, Verb},
};

/// Look at what was approved and waits for a spot check or a second opinion, and say whether it holds.
///
/// Without --agree and --disagree it is only shown, and recorded as opened. Who does not agree takes the approval back; a
/// spot check that fails keeps all of its batch from being written until `redraft review let-write` lets it go on.
/// `redraft review list --where look:spot,second` shows what waits.
#[derive(Debug, Args)]
pub struct Look {
    #[command(flatten)]
    named: Named,
    /// It holds: it may be written.
    #[arg(long, conflicts_with = "disagree")]
    agree: bool,
    /// It does not: it is ready to be decided again.
    #[arg(long)]
    disagree: bool,
    /// Why not.
    #[arg(long, value_name = "TEXT", requires = "disagree")]
    reason: Option<String>,
}

impl Look {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let ids = office.named(&self.named).await?;
        if ids.is_empty() {
            return Err(Error::user("No rewrite is named.")
                .hint("`redraft review list --where look:spot,second` shows what waits for a look.")
                .into());
        }
        let desk = office.desk();
        if !self.agree && !self.disagree {
            for (number, id) in (1..).zip(&ids) {
                office.show_approved(*id).await?;
                let task = Task::One { rewrite: *id, revision: None, verb: Verb::Open };
                if let Outcome::Not(trouble) =
                    desk.carry(&Order { number, seconds: None, key: None, task }).await
                {
                    return Err(Error::remote(trouble.sentence().to_owned()).into());
                }
            }
            return Ok(());
        }
        let mut bulk = Bulk::default();
        for id in ids {
            let result = desk.look(id, self.agree, self.reason.clone()).await;
            sort_in(&mut bulk, id, result.map(|(decision, _)| decision.id));
        }
        office.tell_bulk(if self.agree { "confirmed" } else { "sent back" }, &bulk)
    }
}

/// Ask for a second opinion on what was approved: it is not written before somebody else has agreed.
#[derive(Debug, Args)]
pub struct Ask {
    #[command(flatten)]
    named: Named,
}

impl Ask {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let ids = office.named(&self.named).await?;
        let bulk = office.desk().ask_many(&ids).await;
        office.tell_bulk("waiting for a second opinion", &bulk)
    }
}

/// Let the write-back of a batch go on that a failed spot check has stopped.
#[derive(Debug, Args)]
pub struct LetWrite {
    /// The batch: b38, 38 or its id.
    #[arg(value_name = "BATCH")]
    batch: String,
}

#[derive(Serialize)]
struct LetWriteShape {
    batch: String,
    was_stopped: bool,
}

impl LetWrite {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        office.may_write()?;
        let batch = office.batch(&self.batch).await?;
        let reference = batch_ref(&self.batch)?;
        let was_stopped = office.parts.store.let_write(reference, &office.parts.who).await?;
        if office.out.form() == Form::Json {
            return office.out.json(&LetWriteShape { batch: batch.label(), was_stopped });
        }
        if was_stopped {
            office.out.say(format_args!("The write-back of {} may go on.", batch.label()))
        } else {
            office.out.say(format_args!("Nothing had stopped the write-back of {}.", batch.label()))
        }
    }
}

/// Books what came of one decision.
fn sort_in(bulk: &mut Bulk, id: RewriteId, result: Result<DecisionId, DecideError>) {
    let trouble = match result {
        Ok(decision) => return bulk.done.push((id, decision)),
        Err(error) => Trouble::from(error),
    };
    let why = trouble.sentence().to_owned();
    match trouble {
        Trouble::Failed(_) => bulk.failed.push((id, why)),
        Trouble::Stale | Trouble::Refused(_) | Trouble::NothingToUndo | Trouble::NothingToRedo => {
            bulk.skipped.push((id, why));
        }
    }
}
