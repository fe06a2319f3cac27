//! What the machine shows of itself: the progress of each batch.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, Held, Machine, Slot, Stage};
use crate::{
    domain::{RewriteId, RewriteState},
    engine::{
        admission::{Moment, Why},
        port::{BatchProgress, Waiting},
    },
};

/// The most rewrites in flight that are named.
const NAMED: usize = 50;

impl Machine {
    /// How far each batch is. `wall` is the wall time of `now`.
    pub fn progress(&mut self, now: Moment, wall: Timestamp) -> Vec<BatchProgress> {
        let (slots, trouble) = (&self.slots, &self.trouble);
        let desks = self.desks.values_mut();
        let mut all: Vec<BatchProgress> = desks
            .map(|desk| {
                let batch = desk.batch.id;
                let own = || slots.iter().filter(|(_, slot)| slot.batch == batch);
                let progress = desk.progress(now, wall, own().map(|(_, slot)| slot));
                let trouble = trouble.clone().filter(|_| progress.waiting_for.is_some());
                BatchProgress { live: live(own()), trouble, ..progress }
            })
            .collect();
        all.sort_by_key(|progress| progress.batch);
        all
    }
}

impl Desk {
    fn progress<'a>(
        &mut self,
        now: Moment,
        wall: Timestamp,
        slots: impl Iterator<Item = &'a Slot>,
    ) -> BatchProgress {
        let (mut in_flight, mut waiting) = (0, 0);
        for slot in slots {
            match slot.stage {
                Stage::Flying { .. } => in_flight += 1,
                Stage::Preparing | Stage::Waiting { .. } | Stage::Opening { .. } => waiting += 1,
                Stage::Settling { .. } | Stage::Leaving => {}
            }
        }
        let (rate_now, rate_average) = self.tally.rates(now);
        let counts = &self.batch.counts;
        let left = counts.of(RewriteState::Queued) + counts.of(RewriteState::Running);
        let (history, interval) = self.tally.history(now);
        BatchProgress {
            batch: self.batch.id,
            in_flight,
            waiting,
            waiting_for: self.waiting_for.and_then(|why| shown(why, now, wall)),
            trouble: None,
            rate_now,
            rate_average,
            eta: self.tally.eta(now, left),
            limited: self.tally.limited(),
            history,
            interval,
            live: Vec::new(),
        }
    }
}

/// Those in flight, newest first.
fn live<'a>(slots: impl Iterator<Item = (&'a Held, &'a Slot)>) -> Vec<RewriteId> {
    let flying = slots.filter_map(|(held, slot)| match slot.stage {
        Stage::Flying { ticket, .. } => Some((ticket, held.rewrite)),
        Stage::Preparing
        | Stage::Waiting { .. }
        | Stage::Opening { .. }
        | Stage::Settling { .. }
        | Stage::Leaving => None,
    });
    let mut flying: Vec<(u64, RewriteId)> = flying.collect();
    flying.sort_unstable_by_key(|(ticket, _)| std::cmp::Reverse(*ticket));
    flying.into_iter().map(|(_, id)| id).take(NAMED).collect()
}

fn shown(why: Why, now: Moment, wall: Timestamp) -> Option<Waiting> {
    match why {
        Why::Start | Why::Streams => None,
        Why::Tokens => Some(Waiting::Tokens),
        Why::Requests => Some(Waiting::Requests),
        Why::Daily(until) => Some(Waiting::DailyLimit(later(now, wall, until))),
        Why::Trouble => Some(Waiting::Backoff),
    }
}

/// The wall time of an instant.
pub fn later(now: Moment, wall: Timestamp, until: Moment) -> Timestamp {
    let wait = SignedDuration::try_from(until.saturating_sub(now)).unwrap_or(SignedDuration::MAX);
    wall.checked_add(wait).unwrap_or(Timestamp::MAX)
}
