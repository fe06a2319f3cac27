//! `redraft review undo`

use clap::Args;

use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        select::{Chosen, How},
        stop::Step,
    },
    decide::{Back, DecideError},
    domain::{RewriteId, RewriteState},
    review::{Bulk, Trouble, counted},
};

/// Take back your last decision (if it was one about many: all of it), or your last decision about each of some rewrites.
#[derive(Debug, Args)]
pub struct Undo {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
}

impl Undo {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let chosen = &self.chosen;
        let last = chosen.filter.is_none() && chosen.named.ids.is_empty() && chosen.named.batch.is_none();
        if last {
            let bulk = match office.desk().undo_step().await? {
                Back::One(undone) => Bulk { done: vec![(undone.0.rewrite, undone.0.id)], ..Bulk::default() },
                Back::Many(bulk) => bulk,
            };
            return office.tell_bulk("restored", &bulk);
        }
        let states = [RewriteState::Approved, RewriteState::Rejected, RewriteState::Ready];
        let (ids, how) = office.chosen(chosen, &states).await?;
        let count = ids.len();
        if how == How::Filtered && count > 0 {
            let what = format!("Take back your last decision about each of {}", counted(count, "rewrite"));
            let consent = &self.consent;
            confirm(&office.out, &Question { what, count, weight: Weight::YesNo, consent })?;
        }
        let desk = office.desk();
        let mut bulk = Bulk::default();
        for id in ids {
            match desk.undo_last(Some(id)).await {
                Ok((undone, _)) => bulk.done.push((id, undone.id)),
                Err(error) => sort_in(&mut bulk, id, error),
            }
        }
        office.tell_bulk("restored", &bulk)
    }
}

fn sort_in(bulk: &mut Bulk, id: RewriteId, error: DecideError) {
    let trouble = Trouble::from(error);
    let why = trouble.sentence().to_owned();
    match trouble {
        Trouble::Failed(_) => bulk.failed.push((id, why)),
        Trouble::Stale | Trouble::Refused(_) | Trouble::NothingToUndo | Trouble::NothingToRedo => {
            bulk.skipped.push((id, why));
        }
    }
}
