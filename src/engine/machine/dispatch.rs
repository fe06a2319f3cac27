//! Who is leased next, and who is sent next.

use std::collections::BTreeMap;

use super::{
    Machine,
    desk::Standing,
    event::{Effect, Held, Pause},
    slot::Stage,
};
use crate::{
    domain::BatchId,
    engine::admission::{Gate, Moment, Verdict, Want, Why},
};

/// Rewrites that are leased ahead of being sent, at the most: others may want some as well.
const AHEAD: usize = 64;

/// Those that could be sent now, by batch, the first to be sent last.
type Queue = BTreeMap<BatchId, Vec<(u64, Held, Want)>>;

impl Machine {
    /// Wakes batches whose daily limit has room again.
    pub(super) fn sleep(&mut self, now: Moment) {
        let due: Vec<BatchId> =
            self.sleeping.iter().filter(|(_, until)| **until <= now).map(|(batch, _)| *batch).collect();
        for batch in due {
            self.sleeping.remove(&batch);
            self.effects.push(Effect::Resume(batch));
        }
        if let Some(next) = self.sleeping.values().min().copied() {
            self.wake_at(next);
        }
    }

    /// Leases ahead, the same for all batches that have something queued.
    pub(super) fn claim(&mut self, now: Moment) {
        let ahead = self.slots.values().filter(|slot| slot.stage.waits()).count();
        let wanting: Vec<BatchId> =
            self.desks.iter().filter(|(_, desk)| desk.wants_leases(now)).map(|(id, _)| *id).collect();
        let most = (self.streams as usize).clamp(4, AHEAD);
        let room = most.saturating_sub(ahead);
        let later = self.desks.values().filter(|desk| desk.standing == Standing::Open && desk.queued() > 0);
        let later = later.map(|desk| desk.claim_from).filter(|from| *from > now).min();
        if let Some(later) = later {
            self.wake_at(later);
        }
        // A few at a time are not worth a transaction each.
        if wanting.is_empty() || room < most / 4 {
            return;
        }
        let each = u32::try_from(room / wanting.len()).unwrap_or(1).max(1);
        for batch in wanting {
            if let Some(desk) = self.desks.get_mut(&batch) {
                desk.claiming = true;
                self.effects.push(Effect::Claim { batch, limit: each });
            }
        }
    }

    /// Sends what may be sent: the batch that was served least, within it who came first.
    pub(super) fn dispatch(&mut self, now: Moment) {
        for desk in self.desks.values_mut() {
            match desk.standing {
                Standing::NoMoneyUntil(until) if until <= now => desk.standing = Standing::Open,
                Standing::NoMoneyUntil(_)
                | Standing::Open
                | Standing::NoMoney
                | Standing::Pausing
                | Standing::Closed => {}
            }
        }
        let times = self.desks.values().filter_map(|desk| match desk.standing {
            Standing::NoMoneyUntil(until) => Some(until),
            Standing::Open | Standing::NoMoney | Standing::Pausing | Standing::Closed => None,
        });
        if let Some(until) = times.min() {
            self.wake_at(until);
        }
        let mut queue = self.queue(now);
        let mut shut: Vec<(String, Why)> = Vec::new();
        while let Some((batch, held, want)) = self.first(&mut queue, &shut) {
            let Some(model) = self.desks.get(&batch).map(|desk| desk.batch.spec.model.clone()) else {
                continue;
            };
            if let Some(why) = self.try_send(now, (batch, held), &model, want) {
                shut.push((model, why));
            }
        }
        for desk in self.desks.values_mut() {
            let found = shut.iter().find(|(model, _)| *model == desk.batch.spec.model);
            desk.waiting_for = found.map(|(_, why)| *why);
        }
    }

    /// Those that could be sent now, by batch, the first to be sent last.
    fn queue(&mut self, now: Moment) -> Queue {
        let mut queue: Queue = BTreeMap::new();
        let mut later: Option<Moment> = None;
        for (held, slot) in &self.slots {
            let Stage::Waiting { want, not_before } = slot.stage else { continue };
            if not_before > now {
                later = Some(later.map_or(not_before, |known| known.min(not_before)));
            } else if self.desks.get(&slot.batch).is_some_and(|desk| desk.standing == Standing::Open) {
                queue.entry(slot.batch).or_default().push((slot.order, *held, want));
            }
        }
        for waiting in queue.values_mut() {
            waiting.sort_unstable_by_key(|(order, ..)| std::cmp::Reverse(*order));
        }
        if let Some(later) = later {
            self.wake_at(later);
        }
        queue
    }

    /// The next to be sent whose gate is not shut.
    fn first(&self, queue: &mut Queue, shut: &[(String, Why)]) -> Option<(BatchId, Held, Want)> {
        let open = queue.iter().filter(|(_, waiting)| !waiting.is_empty()).filter_map(|(batch, _)| {
            let desk = self.desks.get(batch)?;
            let is_tried =
                || !self.of_batch(*batch, |stage| matches!(stage, Stage::Opening { .. })).is_empty();
            let is_open = desk.standing == Standing::Open
                && !(desk.tight && is_tried())
                && shut.iter().all(|(model, _)| *model != desk.batch.spec.model);
            is_open.then_some((desk.served, *batch))
        });
        let (_, batch) = open.min()?;
        let (_, held, want) = queue.get_mut(&batch)?.pop()?;
        Some((batch, held, want))
    }

    /// Asks the gate; returns what it waits for if it is shut.
    fn try_send(
        &mut self,
        now: Moment,
        (batch, held): (BatchId, Held),
        model: &str,
        want: Want,
    ) -> Option<Why> {
        let flying = self.slots.values().filter(|slot| slot.stage.ticket().is_some()).count();
        if flying >= self.streams as usize {
            return Some(Why::Streams);
        }
        let streams = self.streams;
        let gate = self.gates.entry(model.to_owned()).or_insert_with(|| Gate::new(streams));
        match gate.ask(now, &want) {
            Verdict::Go { ticket, cap } => {
                self.advance(held, |_| Stage::Opening { want, ticket });
                if let Some(desk) = self.desks.get_mut(&batch) {
                    desk.served += want.prompt + want.source;
                }
                self.effects.push(Effect::Go { held, cap });
                None
            }
            Verdict::Wait(until, why) => {
                if let Some(until) = until {
                    self.wake_at(until);
                }
                if let Why::Daily(until) = why {
                    self.sleep_all(model, until);
                }
                Some(why)
            }
            Verdict::Never => {
                self.advance(held, |_| Stage::Leaving);
                self.effects.push(Effect::Skip(held));
                None
            }
        }
    }

    /// Pauses the batches of a model until its daily limit has room.
    fn sleep_all(&mut self, model: &str, until: Moment) {
        let batches: Vec<BatchId> = self
            .desks
            .iter()
            .filter(|(_, desk)| desk.batch.spec.model == model && desk.standing == Standing::Open)
            .map(|(id, _)| *id)
            .collect();
        for batch in batches {
            self.pause(batch, Pause::Daily(until));
            self.sleeping.insert(batch, until);
        }
    }
}
