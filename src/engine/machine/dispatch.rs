//! Who is leased next, and who is sent next.

use std::collections::BTreeMap;

use super::{
    Machine,
    desk::Standing,
    event::{Effect, Held, Pause},
    slot::Stage,
};
use crate::{
    domain::{BatchId, Lane},
    engine::admission::{Gate, Moment, Verdict, Want, Why},
};

/// Rewrites that are leased ahead of being sent, at the most: others may want some as well.
const AHEAD: usize = 64;

/// Those that could be sent now, by batch, the first to be sent last.
type Queue = BTreeMap<BatchId, Vec<(u64, Held, Want)>>;

/// The lanes whose gates are shut, and why.
type Shut = Vec<(Lane, Why)>;

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

    /// Leases ahead: each batch its own part, so that what waits of one never keeps another from having something to
    /// send when its turn comes.
    pub(super) fn claim(&mut self, now: Moment) {
        let later = self.desks.values().filter(|desk| desk.standing == Standing::Open && desk.queued() > 0);
        let later = later.map(|desk| desk.claim_from).filter(|from| *from > now).min();
        if let Some(later) = later {
            self.wake_at(later);
        }
        let open = self.desks.values().filter(|desk| desk.standing == Standing::Open && desk.queued() > 0);
        let part = (self.streams as usize).clamp(4, AHEAD) / open.count().max(1);
        let part = part.max(2);
        let wanting: Vec<BatchId> =
            self.desks.iter().filter(|(_, desk)| desk.wants_leases(now)).map(|(id, _)| *id).collect();
        for batch in wanting {
            let room = part.saturating_sub(self.of_batch(batch, Stage::waits).len());
            // A few at a time are not worth a transaction each.
            if room == 0 || room < part / 4 {
                continue;
            }
            if let Some(desk) = self.desks.get_mut(&batch) {
                desk.claiming = true;
                let limit = u32::try_from(room).unwrap_or(u32::MAX);
                self.effects.push(Effect::Claim { batch, limit });
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
        let mut shut: Shut = Vec::new();
        while let Some((batch, held, want)) = self.first(&mut queue, &shut) {
            self.try_send(now, (batch, held), want, &mut shut);
        }
        for desk in self.desks.values_mut() {
            desk.waiting_for = waiting(&desk.lanes, &shut);
        }
        self.sleep_all(&shut);
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

    /// The next to be sent that some gate may be open for.
    fn first(&self, queue: &mut Queue, shut: &Shut) -> Option<(BatchId, Held, Want)> {
        let open = queue.iter().filter(|(_, waiting)| !waiting.is_empty()).filter_map(|(batch, _)| {
            let desk = self.desks.get(batch)?;
            let is_tried =
                || !self.of_batch(*batch, |stage| matches!(stage, Stage::Opening { .. })).is_empty();
            let is_open = desk.standing == Standing::Open
                && !(desk.tight && is_tried())
                && (desk.primed || self.of_batch(*batch, |stage| stage.ticket().is_some()).is_empty())
                && waiting(&desk.lanes, shut).is_none();
            is_open.then_some((desk.served, *batch))
        });
        let (_, batch) = open.min()?;
        let (_, held, want) = queue.get_mut(&batch)?.pop()?;
        Some((batch, held, want))
    }

    /// Asks the gates of the batch one after the other; those that are shut are noted.
    fn try_send(&mut self, now: Moment, (batch, held): (BatchId, Held), want: Want, shut: &mut Shut) {
        let Some(lanes) = self.desks.get(&batch).map(|desk| desk.lanes.clone()) else { return };
        let flying = self.slots.values().filter(|slot| slot.stage.ticket().is_some()).count();
        if flying >= self.streams as usize {
            shut.extend(lanes.into_iter().map(|lane| (lane, Why::Streams)));
            return;
        }
        let (mut never, asked) = (0, lanes.len());
        for lane in lanes {
            if shut.iter().any(|(known, _)| *known == lane) {
                continue;
            }
            let streams = self.streams;
            let gate = self.gates.entry(lane.clone()).or_insert_with(|| Gate::new(streams));
            match gate.ask(now, &want) {
                Verdict::Go { ticket, cap } => {
                    let shares = gate.shares(now, ticket);
                    self.effects.push(Effect::Go { held, cap, lane: lane.clone(), shares });
                    return self.go((batch, held), lane, want, ticket);
                }
                Verdict::Wait(until, why) => {
                    if let Some(until) = until {
                        self.wake_at(until);
                    }
                    shut.push((lane, why));
                }
                Verdict::Never => never += 1,
            }
        }
        if never == asked {
            self.advance(held, |_| Stage::Leaving);
            self.effects.push(Effect::Skip(held));
        }
    }

    fn go(&mut self, (batch, held): (BatchId, Held), lane: Lane, want: Want, ticket: u64) {
        self.advance(held, |_| Stage::Opening { want, ticket });
        if let Some(slot) = self.slots.get_mut(&held) {
            slot.lane = Some(lane);
        }
        if let Some(desk) = self.desks.get_mut(&batch) {
            desk.serve(want.tokens());
        }
    }

    /// Pauses the batches whose every lane has used up its day, until one has room.
    fn sleep_all(&mut self, shut: &Shut) {
        let batches: Vec<(BatchId, Moment)> = self
            .desks
            .iter()
            .filter(|(_, desk)| desk.standing == Standing::Open)
            .filter_map(|(id, desk)| {
                let untils = desk.lanes.iter().map(|lane| daily(lane, shut));
                Some((*id, untils.collect::<Option<Vec<Moment>>>()?.into_iter().min()?))
            })
            .collect();
        for (batch, until) in batches {
            self.pause(batch, Pause::Daily(until));
            self.sleeping.insert(batch, until);
        }
    }
}

/// What a batch with these lanes waits for, if all of them are shut.
fn waiting(lanes: &[Lane], shut: &Shut) -> Option<Why> {
    let why = |lane: &Lane| shut.iter().find(|(known, _)| known == lane).map(|(_, why)| *why);
    let whys = lanes.iter().map(why).collect::<Option<Vec<Why>>>()?;
    // A tier without capacity is no news as long as the usual one only waits.
    whys.iter().find(|why| matches!(why, Why::Tokens | Why::Requests)).or(whys.first()).copied()
}

/// Until when a lane has used up its day.
fn daily(lane: &Lane, shut: &Shut) -> Option<Moment> {
    shut.iter().find(|(known, _)| known == lane).and_then(|(_, why)| match why {
        Why::Daily(until) => Some(*until),
        Why::Start | Why::Streams | Why::Tokens | Why::Requests | Why::Trouble => None,
    })
}
