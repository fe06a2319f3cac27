//! Batches that go by the file: parcels are packed, sent, looked after, opened, and cleared away at the provider.
//!
//! What the machine is to streamed requests the provider is here: it decides when. So there is no machine, only a task
//! for each parcel ([`courier`]) and a clerk who starts them. All that must survive is in the store, written before it is
//! done: whoever takes a parcel over goes on from its stage.

mod courier;
mod pack;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use self::courier::Courier;
use super::shared::{BatchContext, Shared};
use crate::{
    domain::{Batch, BatchId, BatchRef, BatchState, Parcel, PauseReason, RewriteState, Tier},
    store::port::{Hold, StoreResult},
};

/// The store is looked at at most this often.
const EVERY: Duration = Duration::from_millis(250);
/// After a try to pack that brought nothing.
const PACK_AGAIN: Duration = Duration::from_secs(5);

/// What the tasks of all parcels share.
struct Office {
    shared: Arc<Shared>,
    contexts: Mutex<HashMap<BatchId, Arc<BatchContext>>>,
    /// Batches of which a parcel is being opened: what comes back to the queue is packed together afterwards.
    opening: Mutex<HashMap<BatchId, u32>>,
    stop: watch::Receiver<Option<Duration>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Office {
    fn hold(&self) -> Hold<'_> {
        Hold { worker: &self.shared.parts.settings.worker, ttl: self.shared.parts.settings.lease }
    }

    fn is_stopping(&self) -> bool {
        self.stop.borrow().is_some()
    }

    async fn context(&self, batch: BatchId) -> StoreResult<Arc<BatchContext>> {
        if let Some(known) = lock(&self.contexts).get(&batch) {
            return Ok(Arc::clone(known));
        }
        let read = self.shared.parts.store.batch(BatchRef::Id(batch)).await?;
        let context = Arc::new(BatchContext::new(read.spec));
        Ok(Arc::clone(lock(&self.contexts).entry(batch).or_insert(context)))
    }

    /// Marks that a parcel of the batch is being opened, until the mark is dropped.
    fn opening(self: &Arc<Self>, batch: BatchId) -> Opening {
        *lock(&self.opening).entry(batch).or_insert(0) += 1;
        Opening { office: Arc::clone(self), batch }
    }

    /// Pauses a batch for which the provider does nothing. One that somebody else moved meanwhile stays as it is.
    async fn pause(&self, batch: BatchId, reason: PauseReason) {
        let paused = BatchState::Paused(reason);
        if let Err(error) = self.shared.parts.store.move_batch(batch, &paused).await {
            tracing::info!(%batch, %error, "a batch was not paused");
        }
    }
}

/// The mark that a parcel of a batch is being opened.
struct Opening {
    office: Arc<Office>,
    batch: BatchId,
}

impl Drop for Opening {
    fn drop(&mut self) {
        let mut opening = lock(&self.office.opening);
        if let Some(number) = opening.get_mut(&self.batch) {
            *number -= 1;
            if *number == 0 {
                opening.remove(&self.batch);
            }
        }
    }
}

/// What a task has done.
enum Done {
    /// A parcel has left it.
    Carried,
    /// A batch was packed, or there was nothing to pack.
    Packed(BatchId, Option<Box<Packed>>),
}

/// A parcel and its requests; none if it stayed empty.
struct Packed {
    parcel: Parcel,
    lines: Option<String>,
}

/// Starts tasks for parcels that are left and for batches that are to be packed, until it is stopped.
pub(super) async fn run(shared: Arc<Shared>, mut stop: watch::Receiver<Option<Duration>>) {
    if shared.parts.rewriter.economy().is_none() {
        return;
    }
    let heartbeat = shared.parts.settings.heartbeat;
    let mut changed = shared.parts.store.changed();
    let office = Arc::new(Office {
        shared,
        contexts: Mutex::default(),
        opening: Mutex::default(),
        stop: stop.clone(),
    });
    let mut clerk = Clerk { office, tasks: JoinSet::new(), packing: HashSet::new(), rest: HashMap::new() };
    loop {
        let begun = Instant::now();
        if let Err(error) = clerk.round().await {
            tracing::warn!(%error, "parcels could not be looked after");
        }
        let pause = tokio::select! {
            biased;
            ended = stop.changed() => match ended {
                Ok(()) => break,
                // Nobody can stop it any more; the handle that is dropped aborts it.
                Err(_) => heartbeat,
            },
            Some(done) = clerk.tasks.join_next(), if !clerk.tasks.is_empty() => {
                clerk.ended(done.ok());
                EVERY
            }
            Ok(()) = changed.changed() => EVERY,
            () = sleep_until(begun + heartbeat) => continue,
        };
        tokio::select! {
            biased;
            Ok(()) = stop.changed() => break,
            () = sleep_until(begun + pause) => {}
        }
    }
    let drain = (*stop.borrow()).unwrap_or_default();
    clerk.leave(drain).await;
}

struct Clerk {
    office: Arc<Office>,
    tasks: JoinSet<Done>,
    packing: HashSet<BatchId>,
    /// Until when there is nothing to pack.
    rest: HashMap<BatchId, Instant>,
}

impl Clerk {
    async fn round(&mut self) -> StoreResult<()> {
        let parts = &self.office.shared.parts;
        let workers = parts.store.workers().await?;
        let mut dead = (parts.settings.gone)(&workers);
        dead.retain(|name| *name != parts.settings.worker);
        for parcel in parts.store.take_parcels(&self.office.hold(), &dead).await? {
            tracing::info!(parcel = %parcel.id, stage = ?parcel.stage, "a parcel is taken over");
            self.carry(parcel, None);
        }
        for batch in self.office.shared.parts.store.open_batches().await? {
            if self.is_to_be_packed(&batch) {
                self.packing.insert(batch.id);
                let office = Arc::clone(&self.office);
                self.tasks.spawn(async move {
                    let packed = pack::pack(&office, batch.id).await;
                    Done::Packed(batch.id, packed.map(Box::new))
                });
            }
        }
        Ok(())
    }

    fn is_to_be_packed(&self, batch: &Batch) -> bool {
        batch.spec.options.tier == Tier::Economy
            && batch.counts.of(RewriteState::Queued) > 0
            && !self.packing.contains(&batch.id)
            && !lock(&self.office.opening).contains_key(&batch.id)
            && self.rest.get(&batch.id).is_none_or(|until| *until <= Instant::now())
    }

    fn carry(&mut self, parcel: Parcel, lines: Option<String>) {
        let courier = Courier::new(Arc::clone(&self.office), parcel);
        self.tasks.spawn(async move {
            courier.run(lines).await;
            Done::Carried
        });
    }

    fn ended(&mut self, done: Option<Done>) {
        match done {
            Some(Done::Packed(batch, packed)) => {
                self.packing.remove(&batch);
                if packed.as_ref().is_none_or(|packed| packed.lines.is_none()) {
                    self.rest.insert(batch, Instant::now() + PACK_AGAIN);
                }
                if let Some(packed) = packed {
                    let Packed { parcel, lines } = *packed;
                    // What is not sent before the worker stops is taken apart.
                    let lines = lines.filter(|_| !self.office.is_stopping());
                    self.carry(parcel, lines);
                }
            }
            Some(Done::Carried) => {}
            // Whose task broke is not known; its lease runs out.
            None => {
                tracing::error!("the task of a parcel broke");
                self.packing.clear();
            }
        }
    }

    /// Lets the tasks come to where they can stop, within this time. What is left goes to whoever comes next.
    async fn leave(mut self, drain: Duration) {
        let all = async {
            while let Some(done) = self.tasks.join_next().await {
                self.ended(done.ok());
            }
        };
        if tokio::time::timeout(drain, all).await.is_err() {
            tracing::info!("parcels were left where they were");
        }
    }
}
