//! `redraft review skip`

use clap::Args;

use crate::{
    cli::{Office, select::Named, stop::Step},
    review::{Bulk, Order, Outcome, Task, Verb},
};

/// Leave rewrites for later: they stay ready, and the record says who passed them over.
#[derive(Debug, Args)]
pub struct Skip {
    #[command(flatten)]
    named: Named,
}

impl Skip {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let ids = office.named(&self.named).await?;
        let desk = office.desk();
        let mut bulk = Bulk::default();
        for (number, id) in (1..).zip(ids) {
            let task = Task::One { rewrite: id, revision: None, verb: Verb::Skip };
            match desk.carry(&Order { number, seconds: None, key: None, task }).await {
                Outcome::Done { decision, .. } => bulk.done.push((id, decision.id)),
                Outcome::Not(trouble) => bulk.skipped.push((id, trouble.sentence().to_owned())),
                Outcome::Undone { .. } | Outcome::Many(_) => {}
            }
        }
        office.tell_bulk("skipped", &bulk)
    }
}
