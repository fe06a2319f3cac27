//! What needs somebody, from what the store knows: one row each, the most urgent first.

use super::Overview;
use crate::{
    domain::{Batch, BatchId, BatchState, PauseReason, RewriteState},
    tui::{screens::words, theme::Meaning, widgets::thousands},
};

/// Where a row leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To that batch.
    Batch(BatchId),
    /// To Review with this filter.
    Review(&'static str),
    /// To Write-back with this filter.
    WriteBack(&'static str),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// How urgent it looks.
    pub meaning: Meaning,
    /// How many, or a batch.
    pub what: String,
    /// What it is.
    pub text: String,
    /// What to do.
    pub next: &'static str,
    /// Where it leads.
    pub target: Target,
}

/// All rows: batches that stand still, conflicts and failures, what is to be reviewed and written, batches at work.
pub fn of(overview: &Overview) -> Vec<Need> {
    let counts = &overview.counts;
    let clean = counts.of(RewriteState::Ready).saturating_sub(overview.blocked + overview.warned);
    let (stopped, working): (Vec<&Batch>, Vec<&Batch>) = overview
        .batches
        .iter()
        .filter(|batch| !matches!(batch.state, BatchState::Finished | BatchState::Cancelled))
        .partition(|batch| matches!(batch.state, BatchState::Paused(_) | BatchState::Failed(_)));
    let mut needs: Vec<Need> = stopped.into_iter().map(batch).collect();
    for (number, meaning, text, next, target) in [
        (
            counts.of(RewriteState::Conflict),
            Meaning::Caution,
            "in conflict: the source changed after the approval",
            "review again",
            Target::WriteBack("state:conflict"),
        ),
        (
            overview.blocked,
            Meaning::Blocking,
            "ready, blocked by a finding",
            "edit or reject",
            Target::Review("state:ready finding:block"),
        ),
        (
            overview.warned,
            Meaning::Warning,
            "ready, with findings",
            "review one by one",
            Target::Review("state:ready finding:warn"),
        ),
        (
            clean,
            Meaning::Good,
            "ready, without a finding",
            "review, approve many",
            Target::Review("state:ready finding:none"),
        ),
        (
            counts.of(RewriteState::Approved),
            Meaning::Accepted,
            "approved, not written yet",
            "write back",
            Target::WriteBack("state:approved"),
        ),
        (
            counts.of(RewriteState::Failed),
            Meaning::Bad,
            "failed",
            "retry or look why",
            Target::Review("state:failed"),
        ),
    ] {
        if number > 0 {
            needs.push(Need { meaning, what: thousands(number), text: text.to_owned(), next, target });
        }
    }
    needs.extend(working.into_iter().map(batch));
    needs
}

fn batch(batch: &Batch) -> Need {
    let left = batch.counts.total() - batch.counts.done();
    let done = thousands(batch.counts.done());
    let total = thousands(batch.counts.total());
    let (meaning, text, next) = match &batch.state {
        BatchState::Queued => (Meaning::Muted, format!("queued: {}", words::count(left, "rewrite")), "watch"),
        BatchState::Running => (Meaning::Running, format!("running: {done} of {total}"), "watch"),
        BatchState::Finishing => (Meaning::Running, format!("finishing: {done} of {total}"), "watch"),
        BatchState::Paused(reason) => {
            let next = match reason {
                PauseReason::Budget => "raise the budget",
                PauseReason::DailyLimit(_) => "goes on by itself",
                PauseReason::Person(_) => "let it go on",
                PauseReason::Provider(_) => "look why",
            };
            (Meaning::Caution, format!("{reason}, {} left", thousands(left)), next)
        }
        BatchState::Failed(why) => (Meaning::Bad, format!("failed: {why}"), "retry"),
        BatchState::Finished => (Meaning::Muted, format!("finished: {total}"), "look"),
        BatchState::Cancelled => (Meaning::Muted, format!("cancelled: {done} of {total}"), "look"),
    };
    Need { meaning, what: batch.label(), text, next, target: Target::Batch(batch.id) }
}
