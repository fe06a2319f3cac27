//! What the machine wants done in the store, a short task each.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use tokio::sync::mpsc;

use crate::{
    domain::{Batch, BatchId, BatchRef, BatchState, Money, PauseReason, RewriteId},
    engine::{
        machine::{Event, Held, Pause, later},
        shared::Shared,
    },
    store::port::{StoreError, StoreResult},
};

/// Batches that are looked through for those that wait for the daily limit.
const LOOKED_AT: u32 = 200;
/// The pause before the store is asked again.
const AGAIN: std::time::Duration = std::time::Duration::from_millis(500);

async fn tell(events: &mpsc::Sender<Event>, event: Event) {
    // Nobody listens only when the engine was dropped.
    drop(events.send(event).await);
}

/// Reads the open batches, and what has become of known ones that are not.
pub(super) async fn read(shared: Arc<Shared>, events: mpsc::Sender<Event>, known: Vec<BatchId>) {
    let event = loop {
        match read_once(&shared, &known).await {
            Ok((open, closed)) => break Event::Batches { open, closed },
            Err(error) => {
                tracing::warn!(%error, "the batches cannot be read");
                tokio::time::sleep(AGAIN).await;
            }
        }
    };
    tell(&events, event).await;
}

async fn read_once(shared: &Shared, known: &[BatchId]) -> StoreResult<(Vec<Batch>, Vec<Batch>)> {
    let store = &shared.parts.store;
    let open = store.open_batches().await?;
    if !open.is_empty() {
        let (workers, own) = (store.workers().await?, &shared.parts.settings.worker);
        shared.crowd.store(workers.iter().any(|name| name != own), Ordering::Relaxed);
    }
    let still: BTreeSet<BatchId> = open.iter().map(|batch| batch.id).collect();
    let mut closed = Vec::new();
    for id in known.iter().filter(|id| !still.contains(id)) {
        closed.push(store.batch(BatchRef::Id(*id)).await?);
    }
    // Opened between the two readings: the next one tells.
    closed.retain(|batch| {
        !matches!(batch.state, BatchState::Queued | BatchState::Running | BatchState::Finishing)
    });
    Ok((open, closed))
}

pub(super) async fn claim(shared: Arc<Shared>, events: mpsc::Sender<Event>, batch: BatchId, limit: u32) {
    let settings = &shared.parts.settings;
    let claimed = shared.parts.store.claim(&settings.worker, batch, limit, settings.lease).await;
    let leases = claimed.unwrap_or_else(|error| {
        tracing::warn!(%batch, %error, "no rewrites could be leased");
        shared.store_says(Some(&error));
        Vec::new()
    });
    tell(&events, Event::Claimed { batch, leases }).await;
}

/// Renews the leases that are held, and finds workers that are dead.
pub(super) async fn beat(shared: Arc<Shared>, events: mpsc::Sender<Event>, held: Vec<(RewriteId, u64)>) {
    let (store, settings) = (&shared.parts.store, &shared.parts.settings);
    if !held.is_empty() {
        match store.heartbeat(&settings.worker, &held, settings.lease).await {
            Ok(lost) if lost.is_empty() => {}
            // Of the leases that were named: the same rewrite may be held again under another.
            Ok(lost) => {
                let named = held.iter().filter(|(rewrite, _)| lost.contains(rewrite));
                let lost = named.map(|(rewrite, fence)| Held { rewrite: *rewrite, fence: *fence });
                tell(&events, Event::Lost(lost.collect())).await;
            }
            // A failed heartbeat is no lost lease.
            Err(error) => tracing::warn!(%error, "the leases could not be renewed"),
        }
    }
    if let Err(error) = recover(&shared).await {
        tracing::warn!(%error, "dead workers could not be looked for");
    }
}

async fn recover(shared: &Shared) -> StoreResult<()> {
    let store = &shared.parts.store;
    let workers = store.workers().await?;
    if workers.is_empty() {
        return Ok(());
    }
    let mut dead = (shared.parts.settings.gone)(&workers);
    dead.retain(|name| *name != shared.parts.settings.worker);
    let back = store.recover(&dead).await?;
    if back > 0 {
        tracing::info!(back, "rewrites of dead workers are queued again");
    }
    Ok(())
}

/// Finds batches that wait for the daily limit since an earlier run.
pub(super) async fn sleeping(shared: Arc<Shared>, events: mpsc::Sender<Event>) {
    let batches = match shared.parts.store.batches(LOOKED_AT).await {
        Ok(batches) => batches,
        Err(error) => {
            tracing::warn!(%error, "waiting batches could not be looked for");
            return;
        }
    };
    let (now, wall) = (shared.now(), shared.parts.clock.now());
    for batch in batches {
        if let BatchState::Paused(PauseReason::DailyLimit(until)) = batch.state {
            let wait = std::time::Duration::try_from(until.duration_since(wall)).unwrap_or_default();
            tell(&events, Event::Sleeping(batch.id, now + wait)).await;
        }
    }
}

/// Pauses a batch and tells the machine at once. A batch that somebody else moved meanwhile stays as it is.
pub(super) async fn pause(shared: Arc<Shared>, events: mpsc::Sender<Event>, batch: BatchId, pause: Pause) {
    loop {
        match pause_once(&shared, batch, &pause).await {
            Ok(Some(batch)) => {
                let closed = vec![batch];
                return tell(&events, Event::Batches { open: Vec::new(), closed }).await;
            }
            Ok(None) => return tell(&events, Event::BudgetMoves(batch)).await,
            Err(StoreError::Busy(_) | StoreError::Away(_) | StoreError::Full(_) | StoreError::Engine(_)) => {
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => {
                tracing::info!(%batch, %error, "a batch was not paused");
                return read(shared, events, vec![batch]).await;
            }
        }
    }
}

/// `None` if it need not be paused: money is set aside that may come back.
async fn pause_once(shared: &Shared, id: BatchId, pause: &Pause) -> StoreResult<Option<Batch>> {
    let store = &shared.parts.store;
    let reason = match pause {
        Pause::Budget => {
            let batch = store.batch(BatchRef::Id(id)).await?;
            if batch.reserved > Money::ZERO || store.month().await?.reserved > Money::ZERO {
                return Ok(None);
            }
            PauseReason::Budget
        }
        Pause::Daily(until) => PauseReason::DailyLimit(later(shared.now(), shared.parts.clock.now(), *until)),
        Pause::Provider(what) => PauseReason::Provider(what.clone()),
    };
    store.move_batch(id, &BatchState::Paused(reason)).await.map(Some)
}

/// Goes on with a batch, unless somebody has moved it meanwhile.
pub(super) async fn resume(shared: Arc<Shared>, id: BatchId) {
    let store = &shared.parts.store;
    match store.batch(BatchRef::Id(id)).await {
        Ok(batch) if matches!(batch.state, BatchState::Paused(PauseReason::DailyLimit(_))) => {
            if let Err(error) = store.move_batch(id, &BatchState::Running).await {
                tracing::warn!(batch = %id, %error, "a batch that waited for the daily limit does not go on");
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(batch = %id, %error, "a batch that waited for the daily limit is gone"),
    }
}
