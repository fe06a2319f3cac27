//! `redraft revert`

use clap::Args;

use super::{Office, ask::Consent, select::Chosen, stop::Step};
use crate::{domain::RewriteState, store::port::IntentKind};

/// Undo write-backs: put back what stood in the candidate database before, unless somebody changed it since.
#[derive(Debug, Args)]
pub struct Revert {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
}

impl Revert {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let (ids, _) = office.chosen(&self.chosen, &[RewriteState::Written]).await?;
        office.write_many(&ids, IntentKind::Revert, &self.consent).await
    }
}
