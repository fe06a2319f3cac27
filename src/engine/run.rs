//! The shell around the machine: it carries effects out on tasks of their own and feeds back what came of them.
//!
//! The loop never waits for a task, a database or a screen. Channels are bounded: a full one makes tasks wait.

mod helpers;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinError, JoinSet},
    time::{Interval, MissedTickBehavior, interval, sleep_until},
};

use super::{
    admission::Moment,
    carrier::{Carrier, Order},
    machine::{After, Effect, Event, Held, Machine},
    port::Progress,
    reducer::Speed,
    shared::{BatchContext, Shared},
};
use crate::{domain::BatchId, store::port::Lease};

/// Events that may wait for the machine. Tasks wait when it is full; a head that finds no room is dropped, as the end
/// of its answer tells enough.
const EVENTS: usize = 4_096;
/// Orders that may wait for one task: it never gets more than two before it has followed the first.
const ORDERS: usize = 4;
/// Events that are taken before anything else is looked at.
const AT_ONCE: usize = 256;
/// The store is read at most this often.
const READ_EVERY: Duration = Duration::from_millis(50);
/// Progress is told at most this often, and at least this often while there is a batch.
const TELL_EVERY: Duration = Duration::from_millis(100);
const TELL_AGAIN: Duration = Duration::from_millis(500);

/// The engine's loop with all that belongs to it.
pub(super) struct Shell {
    shared: Arc<Shared>,
    machine: Machine,
    events: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    orders: HashMap<Held, mpsc::Sender<Order>>,
    contexts: HashMap<BatchId, Arc<BatchContext>>,
    carriers: JoinSet<()>,
    names: HashMap<Id, Held>,
    helpers: JoinSet<()>,
    reading: Reading,
    told: Told,
    stop: watch::Receiver<Option<Duration>>,
}

/// The reading of open batches: one under way at most.
#[derive(Debug, Default)]
struct Reading {
    is_under_way: bool,
    /// When the next is due.
    due: Option<Moment>,
    last: Moment,
}

/// What was told of the progress.
struct Told {
    progress: watch::Sender<Progress>,
    limits: watch::Sender<HashMap<String, u64>>,
    speed: Speed,
    at: Moment,
    is_dirty: bool,
    had_batches: bool,
}

impl Shell {
    pub(super) fn new(
        shared: Arc<Shared>,
        progress: watch::Sender<Progress>,
        limits: watch::Sender<HashMap<String, u64>>,
        stop: watch::Receiver<Option<Duration>>,
    ) -> Self {
        let machine = Machine::new(shared.parts.settings.max_streams);
        Self {
            shared,
            machine,
            events: mpsc::channel(EVENTS),
            orders: HashMap::new(),
            contexts: HashMap::new(),
            carriers: JoinSet::new(),
            names: HashMap::new(),
            helpers: JoinSet::new(),
            reading: Reading { due: Some(Moment::ZERO), ..Reading::default() },
            told: Told {
                progress,
                limits,
                speed: Speed::default(),
                at: Moment::ZERO,
                is_dirty: false,
                had_batches: false,
            },
            stop,
        }
    }

    /// Runs until it is stopped and everything is given back or recorded.
    pub(super) async fn run(mut self) {
        let mut changed = self.shared.parts.store.changed();
        let mut beat = beat(self.shared.parts.settings.heartbeat);
        self.help(helpers::sleeping(Arc::clone(&self.shared), self.events.0.clone()));
        while !self.machine.is_over() {
            let wake = self.wake();
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => self.stop_within(),
                Some(event) = self.events.1.recv() => self.handle_all(event),
                Some(ended) = self.carriers.join_next_with_id() => self.ended(&ended),
                Ok(()) = changed.changed() => self.read_soon(),
                _ = beat.tick() => self.beat(),
                () = sleep_until(self.shared.instant(wake)) => self.handle(Event::Tick),
            }
            while self.helpers.try_join_next().is_some() {}
            self.read_if_due();
            self.tell();
        }
        self.told.progress.send_replace(Progress::default());
    }

    /// When something is due by time alone.
    fn wake(&self) -> Moment {
        let told = if self.told.is_dirty { TELL_EVERY } else { TELL_AGAIN };
        let tell = (self.told.is_dirty || self.told.had_batches).then(|| self.told.at + told);
        let far = self.shared.now() + Duration::from_hours(1);
        [self.machine.wake(), self.reading.due, tell].into_iter().flatten().min().unwrap_or(far)
    }

    fn stop_within(&mut self) {
        let drain = (*self.stop.borrow_and_update()).unwrap_or_default();
        self.handle(Event::Stop(self.shared.now() + drain));
    }

    fn handle_all(&mut self, first: Event) {
        self.handle(first);
        for _ in 1..AT_ONCE {
            let Ok(event) = self.events.1.try_recv() else { return };
            self.handle(event);
        }
    }

    fn handle(&mut self, event: Event) {
        if let Event::Batches { open, .. } = &event {
            self.reading.is_under_way = false;
            for batch in open {
                self.contexts
                    .entry(batch.id)
                    .or_insert_with(|| Arc::new(BatchContext::new(batch.spec.clone())));
            }
        }
        if !matches!(event, Event::Tick) {
            self.told.is_dirty = true;
        }
        let effects = self.machine.handle(self.shared.now(), event);
        for effect in effects {
            self.carry_out(effect);
        }
        let machine = &self.machine;
        if self.contexts.len() > 64 {
            self.contexts.retain(|batch, _| machine.batches().any(|known| known == *batch));
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let (shared, events) = (Arc::clone(&self.shared), self.events.0.clone());
        match effect {
            Effect::Claim { batch, limit } => self.help(helpers::claim(shared, events, batch, limit)),
            Effect::TakeUp(lease) => self.take_up(lease),
            Effect::Go { held, cap, lane, shares } => self.order(held, Order::Go(cap, lane, shares)),
            Effect::Skip(held) => self.order(held, Order::Skip),
            Effect::Release(held) => self.order(held, Order::Release),
            Effect::Cut(held) => self.order(held, Order::Cut),
            Effect::Pause(batch, pause) => self.help(helpers::pause(shared, events, batch, pause)),
            Effect::Resume(batch) => self.help(helpers::resume(shared, batch)),
        }
    }

    fn take_up(&mut self, lease: Lease) {
        let held = Held::from(&lease);
        // A lease comes only of a batch that was read before.
        let Some(context) = self.contexts.get(&lease.batch).cloned() else { return };
        let (sender, receiver) = mpsc::channel(ORDERS);
        let carrier =
            Carrier::new(Arc::clone(&self.shared), context, lease, (receiver, self.events.0.clone()));
        self.orders.insert(held, sender);
        let task = self.carriers.spawn(carrier.run());
        self.names.insert(task.id(), held);
    }

    fn order(&self, held: Held, order: Order) {
        if let Some(orders) = self.orders.get(&held)
            && let Err(error) = orders.try_send(order)
        {
            tracing::warn!(rewrite = %held.rewrite, %error, "an order did not reach its task");
        }
    }

    /// A task has ended. Having told what came of it, it is known already; one that panicked has told nothing.
    fn ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let Some(held) = self.names.remove(&id) else { return };
        self.orders.remove(&held);
        if ended.is_err() {
            // The lease is no longer renewed: the rewrite comes back when it has run out.
            tracing::error!(rewrite = %held.rewrite, "the task of a rewrite broke");
            self.handle(Event::Settled(held, After::Gone));
        }
    }

    fn help(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.helpers.spawn(task);
    }

    fn beat(&mut self) {
        let leases = self.machine.leases();
        let (shared, events) = (Arc::clone(&self.shared), self.events.0.clone());
        self.help(helpers::beat(shared, events, leases));
    }

    fn read_soon(&mut self) {
        let due = (self.reading.last + READ_EVERY).max(self.shared.now());
        self.reading.due = Some(self.reading.due.map_or(due, |known| known.min(due)));
    }

    fn read_if_due(&mut self) {
        let now = self.shared.now();
        if self.reading.is_under_way || self.reading.due.is_none_or(|due| due > now) {
            return;
        }
        self.reading = Reading { is_under_way: true, due: None, last: now };
        let known = self.machine.batches().collect();
        let (shared, events) = (Arc::clone(&self.shared), self.events.0.clone());
        self.help(helpers::read(shared, events, known));
    }

    /// Tells how far everything is, if it is time to.
    fn tell(&mut self) {
        let now = self.shared.now();
        let wait = if self.told.is_dirty { TELL_EVERY } else { TELL_AGAIN };
        if !(self.told.is_dirty || self.told.had_batches) || now < self.told.at + wait {
            return;
        }
        let batches = self.machine.progress(now, self.shared.parts.clock.now());
        let tokens_per_second = self.told.speed.read(now, self.shared.live.tokens());
        self.told.had_batches = !batches.is_empty();
        (self.told.at, self.told.is_dirty) = (now, false);
        let limits = self.machine.limits();
        self.told.limits.send_if_modified(|known| std::mem::replace(known, limits.clone()) != limits);
        let progress = Progress { batches, tokens_per_second };
        self.told.progress.send_if_modified(|known| {
            let is_new = *known != progress;
            *known = progress;
            is_new
        });
    }
}

fn beat(every: Duration) -> Interval {
    let mut beat = interval(every.max(Duration::from_millis(10)));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}

/// Waits until somebody asks to stop, each time anew. If nobody can any more, the loop goes on: the handle that is
/// dropped aborts it.
async fn stopped(stop: &mut watch::Receiver<Option<Duration>>) {
    if stop.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
