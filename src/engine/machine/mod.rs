//! The machine of the engine: which rewrite is leased, sent, given back, broken off, and when a batch is paused.
//!
//! Pure: events in, effects out, `now` is an argument. It holds no text and awaits nothing; the shell in `run` carries
//! its effects out and tells what came of them.

mod desk;
mod dispatch;
mod event;
mod slot;
mod view;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use self::{
    desk::{Desk, Standing},
    slot::{Slot, Stage},
};
use super::{
    admission::{Gate, Moment, Outcome, Want},
    retry::Chance,
};
use crate::{
    domain::{Batch, BatchId, BatchState, Lane, RewriteId, Tier},
    store::port::{Denied, Lease},
};

pub use event::{After, Effect, Event, Held, Pause};
pub use view::later;

/// After a claim that brought nothing, and after trouble with the candidate database.
const CLAIM_AGAIN: Moment = Moment::from_secs(1);
const SOURCE_AGAIN: Moment = Moment::from_secs(5);
/// After others had what was left of the limits, one at a time is tried for so long.
const CROWDED: Moment = Moment::from_secs(5);
/// When money that others have set aside may have come back.
const MONEY_AGAIN: Moment = Moment::from_secs(1);

/// The machine.
#[derive(Debug)]
pub struct Machine {
    streams: u32,
    desks: BTreeMap<BatchId, Desk>,
    slots: HashMap<Held, Slot>,
    gates: HashMap<Lane, Gate>,
    /// Batches that wait for the daily limit.
    sleeping: BTreeMap<BatchId, Moment>,
    /// The last trouble with the provider or the candidate database, a sentence.
    trouble: Option<String>,
    /// When what is still in flight is broken off.
    stopping: Option<Moment>,
    next: u64,
    wake: Option<Moment>,
    effects: Vec<Effect>,
}

impl Machine {
    /// A machine that keeps at most `streams` requests in flight.
    pub fn new(streams: u32) -> Self {
        Self {
            streams: streams.max(1),
            desks: BTreeMap::new(),
            slots: HashMap::new(),
            gates: HashMap::new(),
            sleeping: BTreeMap::new(),
            trouble: None,
            stopping: None,
            next: 0,
            wake: None,
            effects: Vec::new(),
        }
    }

    /// Takes an event and says what is to be done.
    pub fn handle(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.take(now, event);
        self.wake = None;
        self.sleep(now);
        if self.stopping.is_none() {
            self.claim(now);
            self.dispatch(now);
        } else {
            self.leave(now);
        }
        self.tidy();
        std::mem::take(&mut self.effects)
    }

    /// When the machine wants to be told that time has passed, if nothing else happens.
    pub const fn wake(&self) -> Option<Moment> {
        self.wake
    }

    /// The batches that it works on.
    pub fn batches(&self) -> impl Iterator<Item = BatchId> {
        self.desks.keys().copied()
    }

    /// The leases that it holds.
    pub fn leases(&self) -> Vec<(RewriteId, u64)> {
        self.slots.keys().map(|held| (held.rewrite, held.fence)).collect()
    }

    /// Whether it was stopped and holds nothing any more.
    pub fn is_over(&self) -> bool {
        self.stopping.is_some() && self.slots.is_empty() && self.desks.values().all(|desk| !desk.claiming)
    }

    /// The tokens a minute that the provider allows for each model that it has told about.
    pub fn limits(&self) -> HashMap<String, u64> {
        let usual = self.gates.iter().filter(|(lane, _)| lane.tier == Tier::OnDemand);
        usual.filter_map(|(lane, gate)| Some((lane.model.clone(), gate.tokens_a_minute()?))).collect()
    }

    fn take(&mut self, now: Moment, event: Event) {
        match event {
            Event::Batches { open, closed } => self.read(now, open, closed),
            Event::Claimed { batch, leases } => self.claimed(now, batch, leases),
            Event::Prepared { held, want } => {
                self.advance(held, |stage| match stage {
                    Stage::Preparing => Stage::Waiting { want, not_before: now },
                    other => other,
                });
            }
            Event::Sent(held) => {
                if let Some((gate, ticket)) = self.gate_of(held) {
                    gate.sent(now, ticket);
                }
                let batch = self.slots.get(&held).map(|slot| slot.batch);
                if let Some(desk) = batch.and_then(|batch| self.desks.get_mut(&batch)) {
                    desk.tight = now < desk.crowded;
                }
                self.advance(held, |stage| match stage {
                    Stage::Opening { want, ticket } => Stage::Flying { want, ticket },
                    other => other,
                });
            }
            Event::Denied(held, denied) => self.denied(now, held, denied),
            Event::HeldBack(held, wait) => self.held_back(now, held, wait),
            Event::Head(held, limits) => {
                self.prime(held);
                if let Some((gate, ticket)) = self.gate_of(held) {
                    gate.head(now, ticket, limits);
                }
            }
            Event::Ended { held, outcome, trouble, chance } => {
                self.trouble = if matches!(outcome, Outcome::Done(_)) { None } else { trouble };
                self.ended(now, held, outcome, chance);
                if outcome == Outcome::Stopped {
                    // At once: nothing more is sent while this one is recorded.
                    let what = self.trouble.clone().unwrap_or_default();
                    self.stop_batch(held, what);
                }
            }
            Event::Settled(held, after) => self.settled(now, held, after),
            Event::SourceTrouble(batch, sentence) => {
                self.trouble = Some(sentence);
                if let Some(desk) = self.desks.get_mut(&batch) {
                    desk.claim_from = now + SOURCE_AGAIN;
                }
            }
            Event::Lost(lost) => self.drop_all(lost),
            Event::BudgetMoves(batch) => {
                if let Some(desk) = self.desks.get_mut(&batch) {
                    desk.standing = Standing::NoMoneyUntil(now + MONEY_AGAIN);
                }
            }
            Event::Sleeping(batch, until) => drop(self.sleeping.insert(batch, until)),
            Event::Stop(until) => self.stopping = Some(self.stopping.map_or(until, |known| known.min(until))),
            Event::Tick => {}
        }
    }

    fn read(&mut self, now: Moment, open: Vec<Batch>, closed: Vec<Batch>) {
        for batch in open {
            self.sleeping.remove(&batch.id);
            if let Some(desk) = self.desks.get_mut(&batch.id) {
                desk.read(batch);
                continue;
            }
            let served = self.desks.values().map(|desk| desk.served).min().unwrap_or(0);
            self.desks.insert(batch.id, Desk::new(now, batch, served));
        }
        for batch in closed {
            let (id, is_cancelled) = (batch.id, batch.state == BatchState::Cancelled);
            let Some(desk) = self.desks.get_mut(&id) else { continue };
            desk.read(batch);
            self.drop_all(self.of_batch(id, Stage::waits));
            if is_cancelled {
                self.drop_all(self.of_batch(id, Stage::has_money));
            }
        }
    }

    fn claimed(&mut self, now: Moment, batch: BatchId, leases: Vec<Lease>) {
        let is_closed = match self.desks.get_mut(&batch) {
            Some(desk) => {
                desk.claiming = false;
                if leases.is_empty() {
                    desk.claim_from = now + CLAIM_AGAIN;
                }
                matches!(desk.standing, Standing::Closed | Standing::Pausing)
            }
            None => true,
        };
        for lease in leases {
            let (held, order) = (Held::from(&lease), self.next);
            self.next += 1;
            self.slots.insert(held, Slot { batch, order, stage: Stage::Preparing, lane: None });
            self.effects.push(Effect::TakeUp(lease));
            if is_closed || self.stopping.is_some() {
                self.drop_slot(held);
            }
        }
    }

    fn denied(&mut self, now: Moment, held: Held, denied: Denied) {
        if let Some((gate, ticket)) = self.gate_of(held) {
            gate.withdraw(ticket);
        }
        self.wait_again(now, held);
        let Some(batch) = self.slots.get(&held).map(|slot| slot.batch) else { return };
        let ours = self.slots.values().filter(|slot| slot.batch == batch || denied == Denied::MonthBudget);
        let waits = ours.filter(|slot| slot.stage.has_money()).count() > 0;
        let Some(desk) = self.desks.get_mut(&batch).filter(|desk| desk.standing != Standing::Closed) else {
            return;
        };
        desk.tight = true;
        if waits {
            desk.standing = Standing::NoMoney;
        } else if desk.standing != Standing::Pausing {
            desk.standing = Standing::Pausing;
            self.effects.push(Effect::Pause(batch, Pause::Budget));
        }
    }

    /// It was about to be sent, and was not.
    fn wait_again(&mut self, now: Moment, held: Held) {
        let Some(slot) = self.slots.get_mut(&held) else { return };
        let Stage::Opening { want, .. } = slot.stage else { return };
        slot.stage = Stage::Waiting { want, not_before: now };
        if let Some(desk) = self.desks.get_mut(&slot.batch) {
            desk.take_back(want.tokens());
        }
    }

    /// Other workers have what is left of the limits.
    fn held_back(&mut self, now: Moment, held: Held, wait: Duration) {
        if let Some((gate, ticket)) = self.gate_of(held) {
            gate.withdraw(ticket);
            gate.hold_back(now + wait);
        }
        self.wait_again(now, held);
        let batch = self.slots.get(&held).map(|slot| slot.batch);
        if let Some(desk) = batch.and_then(|batch| self.desks.get_mut(&batch)) {
            (desk.tight, desk.crowded) = (true, now + CROWDED);
        }
    }

    /// The provider has read a prompt of the batch, or will not: the others need not wait any more.
    fn prime(&mut self, held: Held) {
        let batch = self.slots.get(&held).map(|slot| slot.batch);
        if let Some(desk) = batch.and_then(|batch| self.desks.get_mut(&batch)) {
            desk.primed = true;
        }
    }

    fn ended(&mut self, now: Moment, held: Held, outcome: Outcome, chance: Chance) {
        self.prime(held);
        if let Some((gate, ticket)) = self.gate_of(held) {
            gate.ended(now, ticket, outcome, chance);
        }
        let batch = self.slots.get(&held).map(|slot| slot.batch);
        if let (Outcome::Limited(_), Some(desk)) =
            (outcome, batch.and_then(|batch| self.desks.get_mut(&batch)))
        {
            desk.tally.limit();
        }
        self.advance(held, |stage| match stage {
            Stage::Opening { want, .. } | Stage::Flying { want, .. } => Stage::Settling { want },
            other => other,
        });
    }

    fn settled(&mut self, now: Moment, held: Held, after: After) {
        // Money may have come back, whoever's budget it was.
        for desk in self.desks.values_mut() {
            if desk.standing == Standing::NoMoney {
                desk.standing = Standing::Open;
            }
        }
        match after {
            After::Again { wait, raised } => {
                self.advance(held, |stage| match stage {
                    Stage::Settling { want } => {
                        Stage::Waiting { want: Want { raised, ..want }, not_before: now + wait }
                    }
                    other => other,
                });
                // Whoever was to leave meanwhile, or whose batch was closed, leaves now.
                let batch = self.slots.get(&held).map(|slot| slot.batch);
                let desk = batch.and_then(|batch| self.desks.get(&batch));
                if desk.is_none_or(|desk| matches!(desk.standing, Standing::Closed | Standing::Pausing)) {
                    self.drop_slot(held);
                }
            }
            After::Over => {
                let slot = self.remove(held);
                if let Some(desk) = slot.and_then(|slot| self.desks.get_mut(&slot.batch)) {
                    desk.tally.finish(now);
                }
            }
            After::Gone => {
                self.remove(held);
            }
            After::StopBatch(what) => {
                self.stop_batch(held, what);
                self.remove(held);
            }
        }
    }

    fn stop_batch(&mut self, held: Held, what: String) {
        if let Some(batch) = self.slots.get(&held).map(|slot| slot.batch) {
            self.pause(batch, Pause::Provider(what));
        }
    }

    fn pause(&mut self, batch: BatchId, pause: Pause) {
        let Some(desk) = self.desks.get_mut(&batch) else { return };
        if !matches!(desk.standing, Standing::Pausing | Standing::Closed) {
            desk.standing = Standing::Pausing;
            self.effects.push(Effect::Pause(batch, pause));
        }
    }

    /// Lets go of everything: at once of what is not sent, of the rest when the time is over.
    fn leave(&mut self, now: Moment) {
        let over = self.stopping.is_some_and(|until| until <= now);
        let leaving: Vec<Held> = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.stage.waits() || (over && slot.stage.has_money()))
            .map(|(id, _)| *id)
            .collect();
        self.drop_all(leaving);
        if let Some(until) = self.stopping.filter(|until| *until > now) {
            self.wake_at(until);
        }
    }

    fn drop_all(&mut self, all: Vec<Held>) {
        for held in all {
            self.drop_slot(held);
        }
    }

    /// Gives a rewrite back, or breaks its request off.
    fn drop_slot(&mut self, held: Held) {
        let Some(slot) = self.slots.get_mut(&held) else { return };
        match slot.stage {
            Stage::Preparing | Stage::Waiting { .. } => {
                slot.stage = Stage::Leaving;
                self.effects.push(Effect::Release(held));
            }
            // Its end frees the place at the gate.
            Stage::Opening { .. } | Stage::Flying { .. } => self.effects.push(Effect::Cut(held)),
            Stage::Settling { .. } | Stage::Leaving => {}
        }
    }

    fn remove(&mut self, held: Held) -> Option<Slot> {
        if let Some((gate, ticket)) = self.gate_of(held) {
            gate.withdraw(ticket);
        }
        self.slots.remove(&held)
    }

    /// Forgets batches that are closed and of which nothing is held.
    fn tidy(&mut self) {
        let slots = &self.slots;
        self.desks.retain(|id, desk| {
            desk.standing != Standing::Closed || desk.claiming || slots.values().any(|slot| slot.batch == *id)
        });
    }

    fn advance(&mut self, held: Held, next: impl FnOnce(Stage) -> Stage) {
        if let Some(slot) = self.slots.get_mut(&held) {
            slot.stage = next(slot.stage);
        }
    }

    fn gate_of(&mut self, held: Held) -> Option<(&mut Gate, u64)> {
        let slot = self.slots.get(&held)?;
        let (ticket, lane) = (slot.stage.ticket()?, slot.lane.as_ref()?);
        Some((self.gates.get_mut(lane)?, ticket))
    }

    fn of_batch(&self, batch: BatchId, wanted: impl Fn(&Stage) -> bool) -> Vec<Held> {
        let of = self.slots.iter().filter(|(_, slot)| slot.batch == batch && wanted(&slot.stage));
        of.map(|(id, _)| *id).collect()
    }

    fn wake_at(&mut self, at: Moment) {
        self.wake = Some(self.wake.map_or(at, |known| known.min(at)));
    }
}
