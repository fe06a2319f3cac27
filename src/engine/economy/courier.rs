//! One parcel on its way: sent, handed in, looked after, opened, and cleared away at the provider.
//!
//! Before each step its stage is recorded. A parcel that is taken over goes on from there: one that was being packed is
//! taken apart, one that may have been sent is looked for under its name, one that is away is looked after.

mod clear;
mod open;
mod send;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{EVERY, Office};
use crate::{
    domain::{BatchRef, BatchState, Parcel, ParcelId, ParcelStage, PauseReason},
    engine::carrier::{Carrier, Fate},
    llm::{
        economy::{Economy, Remote},
        port::{CallError, FailureClass},
    },
    store::port::{Hold, Recorded, StoreResult},
};

/// The provider is asked at most so many times less often than at first.
const SLOWEST: u32 = 5;
/// A parcel of which the provider knows nothing is given up after so long: twice the time that it had.
const GIVEN_UP: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);

/// Carries one parcel.
pub(super) struct Courier {
    office: Arc<Office>,
    parcel: Parcel,
}

/// What follows a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The next stage.
    On,
    /// Nothing by this worker: it stops, or another one has the parcel.
    Leave,
}

/// Why a pause is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Over,
    Stop,
    Cancelled,
}

/// The pauses between two tries.
struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 3 / 2).min(self.longest);
        now
    }
}

impl Courier {
    pub(super) const fn new(office: Arc<Office>, parcel: Parcel) -> Self {
        Self { office, parcel }
    }

    /// Carries the parcel until nothing of it is left at the provider, another worker has it, or this one stops. `lines`
    /// are its requests, if they have just been packed.
    pub(super) async fn run(mut self, lines: Option<String>) {
        let (office, key) = (Arc::clone(&self.office), (self.parcel.id, self.parcel.fence));
        tokio::select! {
            biased;
            () = lost(&office, key) => tracing::warn!(parcel = %key.0, "another worker has the parcel"),
            () = self.work(lines) => {}
        }
        if self.parcel.stage != ParcelStage::Cleared {
            // Whoever wants it can have it at once.
            let hold = Hold { ttl: Duration::ZERO, ..office.hold() };
            drop(office.shared.parts.store.hold_parcel(key, &hold).await);
        }
    }

    async fn work(&mut self, mut lines: Option<String>) {
        loop {
            let way = match (self.parcel.stage, lines.take()) {
                (ParcelStage::Packing, Some(lines)) if !self.is_cancelled().await => self.send(&lines).await,
                (ParcelStage::Packing, _) => self.take_apart().await,
                (ParcelStage::Sending, _) => self.search().await,
                (ParcelStage::Away, _) => self.look_after().await,
                (ParcelStage::Clearing, _) => self.clear().await,
                (ParcelStage::Cleared, _) => return,
            };
            if way == Way::Leave {
                return;
            }
        }
    }

    fn economy(&self) -> Option<&dyn Economy> {
        self.office.shared.parts.rewriter.economy()
    }

    fn name(&self) -> String {
        self.parcel.id.to_string()
    }

    fn pauses(&self) -> Pauses {
        let next = self.office.shared.parts.settings.parcels.first_look;
        Pauses { next, longest: next * SLOWEST }
    }

    /// Records how far it is, whatever the store says at first; `Leave` if another worker has it.
    async fn keep(&self) -> Way {
        let kept = self.stored(|| self.office.shared.parts.store.keep_parcel(&self.parcel)).await;
        if kept == Some(Recorded::Done) { Way::On } else { Way::Leave }
    }

    /// Asks the store until it answers; `None` if it never will.
    async fn stored<T, F: Future<Output = StoreResult<T>>>(&self, ask: impl Fn() -> F) -> Option<T> {
        self.office.shared.stored(&format!("parcel {}", self.parcel.id), ask).await
    }

    /// Records what keeps the parcel from going on; a sentence of ours.
    async fn trouble(&mut self, error: &CallError) -> Way {
        tracing::warn!(parcel = %self.parcel.id, status = ?error.status, "the provider's answer about a parcel");
        let trouble = Some(error.message.clone());
        if self.parcel.trouble == trouble {
            return Way::On;
        }
        self.parcel.trouble = trouble;
        self.keep().await
    }

    async fn is_cancelled(&self) -> bool {
        let batch = self.office.shared.parts.store.batch(BatchRef::Id(self.parcel.batch)).await;
        batch.is_ok_and(|batch| batch.state == BatchState::Cancelled)
    }

    /// Waits so long, or until the worker stops, or, if that is news, until the batch is cancelled.
    async fn rest(&self, pause: Duration, knows: bool) -> Rest {
        let until = Instant::now() + pause;
        let mut stop = self.office.stop.clone();
        let mut changed = self.office.shared.parts.store.changed();
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return Rest::Stop,
                () = sleep_until(until) => return Rest::Over,
                Ok(()) = changed.changed(), if !knows => {
                    if self.is_cancelled().await {
                        return Rest::Cancelled;
                    }
                    sleep(EVERY.min(pause)).await;
                }
            }
        }
    }

    /// The provider has it: looks after it until it is over.
    async fn look_after(&mut self) -> Way {
        let Some(remote) = self.parcel.remote.clone() else { return Way::Leave };
        let (mut pauses, mut knows) = (self.pauses(), false);
        loop {
            if !knows && self.is_cancelled().await {
                let Some(economy) = self.economy() else { return Way::Leave };
                match economy.cancel(&remote).await {
                    Ok(()) => knows = true,
                    Err(error) => {
                        if self.trouble(&error).await == Way::Leave {
                            return Way::Leave;
                        }
                    }
                }
            }
            let Some(economy) = self.economy() else { return Way::Leave };
            let way = match economy.look(&remote).await {
                Ok(found) if found.progress.is_over() => {
                    return if self.told(&found).await == Way::Leave {
                        Way::Leave
                    } else {
                        self.open(&found).await
                    };
                }
                Ok(found) => self.told(&found).await,
                Err(error) if error.status == Some(404) && self.is_given_up() => return self.give_up().await,
                Err(error) => self.trouble(&error).await,
            };
            if way == Way::Leave {
                return Way::Leave;
            }
            match self.rest(pauses.next(), knows).await {
                Rest::Over => {}
                Rest::Cancelled => pauses = self.pauses(),
                Rest::Stop => return Way::Leave,
            }
        }
    }

    /// Records what the provider tells.
    async fn told(&mut self, found: &Remote) -> Way {
        let known = self.parcel.clone();
        let parcel = &mut self.parcel;
        (parcel.done, parcel.trouble) = (found.done, None);
        if !found.input.is_empty() {
            parcel.input = Some(found.input.clone());
        }
        parcel.output = found.output.clone().or_else(|| parcel.output.take());
        parcel.errors = found.errors.clone().or_else(|| parcel.errors.take());
        if known == self.parcel { Way::On } else { self.keep().await }
    }

    fn is_given_up(&self) -> bool {
        let now = self.office.shared.parts.clock.now();
        self.parcel.submitted_at.is_some_and(|at| now.duration_since(at) > GIVEN_UP)
    }

    /// The provider knows nothing of it, and should have been done long ago.
    async fn give_up(&mut self) -> Way {
        if self.lose_all(Fate::Lost).await == Way::Leave {
            return Way::Leave;
        }
        self.parcel.stage = ParcelStage::Clearing;
        self.keep().await
    }

    /// It was being packed, and nothing was sent.
    async fn take_apart(&mut self) -> Way {
        if self.lose_all(Fate::Unsent).await == Way::Leave {
            return Way::Leave;
        }
        self.parcel.stage = ParcelStage::Cleared;
        self.keep().await
    }

    /// Settles all that is open without an answer.
    async fn lose_all(&self, fate: Fate) -> Way {
        let store = &self.office.shared.parts.store;
        let Some(enclosed) = self.stored(|| store.enclosed(self.parcel.id)).await else { return Way::Leave };
        let Some(context) = self.stored(|| self.office.context(self.parcel.batch)).await else {
            return Way::Leave;
        };
        for one in enclosed {
            let shared = Arc::clone(&self.office.shared);
            Carrier::alone(shared, Arc::clone(&context), one.lease).lose(one.attempt, fate).await;
        }
        Way::On
    }

    async fn pause_batch(&self, what: String) {
        self.office.pause(self.parcel.batch, PauseReason::Provider(what)).await;
    }
}

/// What makes every other try vain, a sentence with what to do.
fn in_vain(error: &CallError) -> Option<String> {
    match &error.class {
        FailureClass::StopBatch(what) => Some(what.clone()),
        FailureClass::Refused
        | FailureClass::TooLarge(_)
        | FailureClass::TooLong
        | FailureClass::BadOutput => {
            Some(format!("{} Files of requests may not be offered to this account.", error.message))
        }
        FailureClass::Limited(_)
        | FailureClass::Transient
        | FailureClass::Timeout
        | FailureClass::NoCapacity => None,
    }
}

/// Waits until the worker is to stop. If nobody can ask for it any more, it goes on.
async fn stopped(stop: &mut watch::Receiver<Option<Duration>>) {
    if stop.wait_for(Option::is_some).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Renews the lease of a parcel until another worker has it.
async fn lost(office: &Office, parcel: (ParcelId, u64)) {
    loop {
        sleep(office.shared.parts.settings.heartbeat).await;
        match office.shared.parts.store.hold_parcel(parcel, &office.hold()).await {
            Ok(Recorded::Done) => {}
            Ok(Recorded::Stale) => return,
            // A failed heartbeat is no lost lease.
            Err(error) => tracing::warn!(%error, "the lease of a parcel could not be renewed"),
        }
    }
}
