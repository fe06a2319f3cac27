//! `redraft review approve`

use clap::Args;

use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        progress::Progress,
        select::{Chosen, How},
        stop::Step,
    },
    decide::Scope,
    domain::RewriteState,
    review::counted,
};

/// Approve rewrites: the text that their accepted changes make is what will be written.
///
/// Changes that nobody decided go in or stay out as `review.open_changes` says. Approving writes nothing into the
/// candidate database: `redraft writeback` does.
#[derive(Debug, Args)]
pub struct Approve {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
}

impl Approve {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let scope = office.scope(&self.chosen, &self.consent, "Approve").await?;
        let progress = Progress::new(&office.out);
        let report = |done: usize, total: usize| progress.set(done as u64, total as u64, "");
        let bulk = office.desk().approve_many(&scope, &report).await;
        progress.clear();
        office.tell_bulk("approved", &bulk)
    }
}

impl Office {
    /// The rewrites to decide about, of those that are ready, once it is sure that they are meant.
    pub async fn scope(&self, chosen: &Chosen, consent: &Consent, verb: &str) -> Step<Scope> {
        let seen_at = Some(self.parts.clock.now());
        let (ids, how) = self.chosen(chosen, &[RewriteState::Ready]).await?;
        let count = ids.len();
        let named = how == How::Named && consent.expect_count.is_none();
        if !named && (count > 0 || consent.expect_count.is_some()) {
            let many = count as u64 > self.parts.config.review.type_count_above;
            let weight = if many { Weight::Typed } else { Weight::YesNo };
            let what = format!("{verb} {}", counted(count, "rewrite"));
            confirm(&self.out, &Question { what, count, weight, consent })?;
        }
        let seen_at = if how == How::Named { None } else { seen_at };
        Ok(Scope { ids, seen_at })
    }
}
