//! `redraft review approve`

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        progress::Progress,
        select::{Chosen, How},
        stop::Step,
    },
    decide::Scope,
    domain::{OpenPolicy, RewriteId, RewriteState},
    review::{
        Bulk, counted,
        filter::{Filter, Term, When},
        sample,
    },
};

/// Approve rewrites: the text that their accepted changes make is what will be written.
///
/// Changes that nobody decided go in or stay out as `review.open_changes` says. Approving writes nothing into the
/// candidate database: `redraft writeback` does. Of those that a filter chose and nobody had opened, a share
/// (`review.spot_check_percent`) is not written before somebody looked at it (`redraft review look`).
#[derive(Debug, Args)]
pub struct Approve {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
    /// What becomes of changes that nobody decided, in the place of `review.open_changes`.
    #[arg(long, value_enum, value_name = "WHAT")]
    open_changes: Option<Open>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Open {
    /// They go in.
    Accept,
    /// They stay out.
    Reject,
}

impl From<Open> for OpenPolicy {
    fn from(open: Open) -> Self {
        match open {
            Open::Accept => Self::Accept,
            Open::Reject => Self::Reject,
        }
    }
}

impl Approve {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let mut scope = office.scope(&self.chosen, &self.consent, "Approve").await?;
        scope.sample = office.sample(&scope).await?;
        let progress = Progress::new(&office.out);
        let report = |done: usize, total: usize| progress.set(done as u64, total as u64, "");
        let bulk = office
            .desk()
            .with_open(self.open_changes.map(OpenPolicy::from))
            .approve_many(&scope, &report)
            .await;
        progress.clear();
        office.note_doubled(&bulk).await?;
        office.tell_bulk("approved", &bulk)
    }
}

impl Office {
    /// Tells of approvals of candidates who have another approved rewrite: the one that is written later will conflict.
    async fn note_doubled(&self, bulk: &Bulk) -> Step {
        let ids = bulk.done.iter().map(|(id, _)| *id).collect();
        let also = Term::Also(vec![RewriteState::Approved, RewriteState::Writing]);
        let doubled = self.ids(&Filter::Term(Term::Id(ids)).and(Filter::Term(also)), u32::MAX).await?;
        if !doubled.is_empty() {
            self.out.note(format_args!(
                "{} of them have another approved rewrite, and the one that is written later will be a conflict: \
                 `redraft review list --where 'state:approved also:approved'`.",
                doubled.len()
            ));
        }
        Ok(())
    }

    /// Those of a scope that was counted by a filter which are looked at before they are written: a share of what nobody
    /// has opened. Who names rewrites one by one means each of them.
    async fn sample(&self, scope: &Scope) -> Step<BTreeSet<RewriteId>> {
        let Some(seen_at) = scope.seen_at else { return Ok(BTreeSet::new()) };
        let never = Filter::states(&[RewriteState::Ready]).and(Filter::Term(Term::Opened(When::Never)));
        let never: BTreeSet<RewriteId> = self.ids(&never, u32::MAX).await?.into_iter().collect();
        let never: Vec<RewriteId> = scope.ids.iter().filter(|id| never.contains(id)).copied().collect();
        let settings = &self.parts.config.review;
        Ok(sample(&never, settings.spot_check_percent, seen_at.as_nanosecond()))
    }

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
        Ok(Scope { ids, seen_at, ..Scope::default() })
    }
}
