//! Packing: queued rewrites of a batch are put into a parcel, each with its money set aside, and the parcel is carried.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Office, Packed};
use crate::{
    domain::{BatchId, BatchRef, Money, Parcel, PauseReason},
    engine::{
        carrier::{Carrier, Enclosure},
        shared::BatchContext,
    },
    store::port::{Denied, Lease, StoreResult},
};

/// How many rewrites are leased at a time.
const AT_ONCE: u32 = 100;

/// What is packed so far.
struct Filled {
    parcel: Parcel,
    lines: String,
    requests: u32,
}

/// Why no more is put in.
enum Shut {
    /// There is nothing more.
    Empty,
    /// It is full, or the worker is about to stop.
    Full,
    /// There is no money for more.
    Money(Denied),
    /// Nothing of the batch can be sent.
    Stop(String),
}

/// Packs one parcel of a batch; `None` if there was nothing to pack.
pub(super) async fn pack(office: &Arc<Office>, batch: BatchId) -> Option<Packed> {
    match try_to_pack(office, batch).await {
        Ok(packed) => packed,
        Err(error) => {
            // What was put in already is taken out by whoever takes the parcel over.
            tracing::warn!(%batch, %error, "a parcel could not be packed");
            office.shared.store_says(Some(&error));
            None
        }
    }
}

async fn try_to_pack(office: &Arc<Office>, batch: BatchId) -> StoreResult<Option<Packed>> {
    let store = &office.shared.parts.store;
    let context = office.context(batch).await?;
    let leases = store.claim_for_parcel(batch, &office.hold(), AT_ONCE).await?;
    if leases.is_empty() {
        return Ok(None);
    }
    let parcel = store.begin_parcel(batch, &office.hold()).await?;
    let mut filled = Filled { parcel, lines: String::new(), requests: 0 };
    let shut = filled.fill(office, &context, leases).await?;
    let is_empty = filled.requests == 0;
    match shut {
        Shut::Stop(what) => office.pause(batch, PauseReason::Provider(what)).await,
        Shut::Money(denied) if is_empty => stop_by_budget(office, batch, denied).await?,
        Shut::Money(_) | Shut::Empty | Shut::Full => {}
    }
    Ok(Some(Packed { parcel: filled.parcel, lines: (!is_empty).then_some(filled.lines) }))
}

/// Pauses a batch without money, unless some is set aside that may come back.
async fn stop_by_budget(office: &Office, batch: BatchId, denied: Denied) -> StoreResult<()> {
    let store = &office.shared.parts.store;
    let reserved = match denied {
        Denied::BatchBudget => store.batch(BatchRef::Id(batch)).await?.reserved,
        Denied::MonthBudget => store.month().await?.reserved,
        Denied::LeaseLost | Denied::NotRunning => return Ok(()),
    };
    if reserved == Money::ZERO {
        office.pause(batch, PauseReason::Budget).await;
    }
    Ok(())
}

impl Filled {
    async fn fill(
        &mut self,
        office: &Office,
        context: &Arc<BatchContext>,
        mut leases: Vec<Lease>,
    ) -> StoreResult<Shut> {
        let (store, settings) = (&office.shared.parts.store, &office.shared.parts.settings);
        let (mut shut, mut renewed) = (None, Instant::now());
        while !leases.is_empty() {
            let mut left = leases.into_iter();
            while let Some(lease) = left.next() {
                let full = self.requests >= settings.parcels.most_requests || office.is_stopping();
                if full && shut.is_none() {
                    shut = Some(Shut::Full);
                }
                if shut.is_some() {
                    store.release((lease.rewrite, lease.fence)).await?;
                    continue;
                }
                if renewed.elapsed() >= settings.heartbeat {
                    renewed = Instant::now();
                    let rest = left.as_slice().iter().chain(std::iter::once(&lease));
                    let rest: Vec<_> = rest.map(|lease| (lease.rewrite, lease.fence)).collect();
                    store.heartbeat(&settings.worker, &rest, settings.lease).await?;
                    let parcel = (self.parcel.id, self.parcel.fence);
                    store.hold_parcel(parcel, &office.hold()).await?;
                }
                shut = self.put(office, context, lease).await;
            }
            if let Some(shut) = shut {
                return Ok(shut);
            }
            leases = store.claim_for_parcel(self.parcel.batch, &office.hold(), AT_ONCE).await?;
        }
        Ok(Shut::Empty)
    }

    async fn put(&mut self, office: &Office, context: &Arc<BatchContext>, lease: Lease) -> Option<Shut> {
        let room = office.shared.parts.settings.parcels.most_bytes.saturating_sub(self.lines.len());
        let carrier = Carrier::alone(Arc::clone(&office.shared), Arc::clone(context), lease);
        match carrier.enclose((self.parcel.id, self.parcel.fence), room).await {
            Enclosure::Line(line) => {
                self.lines.push_str(&line);
                self.lines.push('\n');
                self.requests += 1;
                None
            }
            Enclosure::NoRoom(Some(denied)) => Some(Shut::Money(denied)),
            Enclosure::NoRoom(None) => Some(Shut::Full),
            Enclosure::Left => None,
            Enclosure::StopBatch(what) => Some(Shut::Stop(what)),
        }
    }
}
