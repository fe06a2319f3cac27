//! `redraft review reject`

use clap::Args;

use crate::cli::{Office, ask::Consent, progress::Progress, select::Chosen, stop::Step};

/// Reject rewrites: their candidates keep the text they have.
#[derive(Debug, Args)]
pub struct Reject {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Reject {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let scope = office.scope(&self.chosen, &self.consent, "Reject").await?;
        let progress = Progress::new(&office.out);
        let report = |done: usize, total: usize| progress.set(done as u64, total as u64, "");
        let bulk = office.desk().reject_many(&scope, self.reason.as_deref(), &report).await;
        progress.clear();
        office.tell_bulk("rejected", &bulk)
    }
}
