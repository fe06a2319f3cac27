//! The queue: rewrites are leased to workers, and a result counts only under the lease that it was made for.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;

use super::{
    Store, attempts, batches, codec,
    connection::{Lock, Row, query},
    moves::{self, Moved, Mover, Place},
    parcels,
    port::{Denied, Hold, Lease, NewAttempt, Queue, Recorded, Settlement, StoreResult, Verdict},
    texts,
    transaction::Tx,
};
use crate::domain::{
    AttemptId, Batch, BatchId, BatchOptions, BatchRef, BatchState, CandidateId, Document, PostingId,
    RewriteId, RewriteState, Tier,
};

impl Store {
    /// Leases queued rewrites of a batch, to be streamed or for a parcel.
    pub(super) async fn claim_once(
        &self,
        (batch, which): (BatchId, Which),
        hold: &Hold<'_>,
        limit: u32,
    ) -> StoreResult<Vec<Lease>> {
        let mut tx = self.write().await?;
        let number = batches::number(&mut tx, BatchRef::Id(batch)).await?;
        tx.hold(number).await?;
        let from = moves::batch_state(&mut tx, number).await?;
        match from {
            BatchState::Queued | BatchState::Running | BatchState::Finishing => {}
            BatchState::Paused(_) | BatchState::Finished | BatchState::Cancelled | BatchState::Failed(_) => {
                tx.rollback().await;
                return Ok(Vec::new());
            }
        }
        let leases = lease(&mut tx, (batch, number), hold, (limit, which)).await?;
        if leases.is_empty() {
            tx.rollback().await;
            return Ok(leases);
        }
        if from == BatchState::Queued {
            let mover = Mover { by: hold.worker, how: "claim" };
            moves::batch(&mut tx, (number, &from), &BatchState::Running, mover).await?;
        }
        moves::follow(&mut tx, number, hold.worker).await?;
        tx.commit().await?;
        Ok(leases)
    }

    async fn open_once(&self, attempt: &NewAttempt) -> StoreResult<Result<AttemptId, Denied>> {
        let mut tx = self.write().await?;
        let place = moves::place(&mut tx, attempt.rewrite).await?;
        if !place.held(attempt.fence) {
            return Ok(Err(Denied::LeaseLost));
        }
        let month = codec::month(tx.now)?;
        if let Err(denied) = attempts::admit(&mut tx, place.batch, &month, attempt.reserve).await? {
            return Ok(Err(denied));
        }
        if let Some(parcel) = attempt.parcel
            && !parcels::enclose(&mut tx, place.seq, parcel).await?
        {
            tx.rollback().await;
            return Ok(Err(Denied::LeaseLost));
        }
        let id = AttemptId::new(self.new_uuid());
        attempts::record(&mut tx, id, (place.seq, place.batch), &month, attempt).await?;
        tx.commit().await?;
        Ok(Ok(id))
    }

    async fn settle_once(
        &self,
        (rewrite, fence): (RewriteId, u64),
        settlement: Option<&Settlement>,
        verdict: &Verdict,
    ) -> StoreResult<Recorded> {
        let mut tx = self.write().await?;
        let place = moves::place(&mut tx, rewrite).await?;
        if let Some(settlement) = settlement {
            attempts::settle(&mut tx, place.seq, settlement).await?;
        }
        let recorded = if place.held(fence) {
            judge(&mut tx, &place, verdict).await?;
            Recorded::Done
        } else {
            Recorded::Stale
        };
        tx.commit().await?;
        Ok(recorded)
    }

    async fn heartbeat_once(
        &self,
        worker: &str,
        held: &[(RewriteId, u64)],
        ttl: Duration,
    ) -> StoreResult<Vec<RewriteId>> {
        let mut tx = self.write().await?;
        let pairs = held.iter().map(|(id, fence)| (id.to_string(), codec::signed(*fence)));
        let rows = query(
            // All is looked at in the row itself: it may change while this waits for it.
            "UPDATE rewrite SET lease_until = $3 WHERE state = 'running' AND worker = $1 AND (id, fence) IN \
             (SELECT value ->> 0, CAST(value ->> 1 AS BIGINT) FROM json_each($2)) RETURNING id",
        )
        .bind(worker)
        .bind(codec::json(&pairs.collect::<Vec<_>>())?)
        .bind(codec::until(tx.now, ttl))
        .fetch_all(&mut tx)
        .await?;
        let kept: BTreeSet<RewriteId> =
            rows.iter().map(|row| codec::parsed(row, "id")).collect::<StoreResult<_>>()?;
        tx.commit_quietly().await?;
        Ok(held.iter().map(|(id, _)| *id).filter(|id| !kept.contains(id)).collect())
    }

    async fn release_once(&self, (rewrite, fence): (RewriteId, u64)) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let place = moves::place(&mut tx, rewrite).await?;
        if !place.held(fence) {
            return Ok(());
        }
        let worker = place.worker.clone().unwrap_or_default();
        let now = tx.now;
        requeue(&mut tx, &place, now, Mover { by: &worker, how: "release" }).await?;
        tx.commit().await
    }

    /// The batches in which somebody's work may be left, or nobody's.
    async fn neglected(&self, dead: &str) -> StoreResult<Vec<i64>> {
        let mut snapshot = self.snapshot().await?;
        let rows = query(
            "SELECT batch FROM rewrite WHERE state = 'running' AND (lease_until < $1 OR worker IN ( \
             SELECT atom FROM json_each($2))) UNION SELECT batch FROM attempt a WHERE outcome = 'open' AND parcel IS NULL AND NOT EXISTS ( \
             SELECT 1 FROM rewrite r WHERE r.seq = a.rewrite AND r.state = 'running' AND r.fence = a.fence) \
             UNION SELECT number FROM batch b WHERE state = 'finishing' OR (state IN ('queued', 'running', 'paused') \
             AND NOT EXISTS (SELECT 1 FROM batch_count c WHERE c.batch = b.number AND c.state = 'queued' AND c.n > 0)) \
             ORDER BY 1",
        );
        let rows = rows.bind(snapshot.now).bind(dead).fetch_all(&mut snapshot).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    async fn recover_once(&self, number: i64, dead: &str) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        tx.hold(number).await?;
        moves::check(RewriteState::Running, RewriteState::Queued, "recover")?;
        let recovered = query(
            "UPDATE rewrite SET state = 'queued', revision = revision + 1, run_after = $1, worker = NULL, \
             lease_until = NULL, updated_at = $1, moved_by = $3, moved_how = 'recover' \
             WHERE batch = $4 AND state = 'running' AND (lease_until < $1 OR worker IN ( \
             SELECT atom FROM json_each($2)))",
        )
        .bind(tx.now)
        .bind(dead)
        .bind(&*self.actor)
        .bind(number)
        .execute(&mut tx)
        .await?;
        let settled = attempts::give_up(&mut tx, number, dead).await?;
        let moved = moves::follow(&mut tx, number, &self.actor).await?;
        if recovered > 0 || settled > 0 || moved == Moved::Yes {
            tx.commit().await?;
        } else {
            tx.rollback().await;
        }
        Ok(recovered)
    }
}

/// Which queued rewrites are leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that are sent one by one.
    ToStream,
    /// Those that are sent by the file.
    ForParcel,
}

/// Whether the rewrites of a batch go by the file.
async fn by_file(tx: &mut Tx, number: i64) -> StoreResult<bool> {
    let row = query("SELECT options FROM batch WHERE number = $1").bind(number).fetch_one(tx).await?;
    let options: BatchOptions = codec::from_json(row.try_get(0)?)?;
    Ok(options.tier == Tier::Economy)
}

/// Leases queued rewrites, the first of the batch first.
async fn lease(
    tx: &mut Tx,
    (batch, number): (BatchId, i64),
    hold: &Hold<'_>,
    (limit, which): (u32, Which),
) -> StoreResult<Vec<Lease>> {
    moves::check(RewriteState::Queued, RewriteState::Running, "claim")?;
    let free = query(
        // Of a batch that goes by the file, only what came back unusable is sent alone.
        "SELECT seq FROM rewrite r WHERE batch = $1 AND state = 'queued' AND run_after <= $2 AND ($4 = 0 OR $4 = ( \
         SELECT CASE WHEN COUNT(*) > 0 THEN 1 ELSE 2 END FROM attempt a WHERE a.rewrite = r.seq \
         AND a.parcel IS NOT NULL AND a.outcome = 'unusable')) ORDER BY seq LIMIT $3",
    )
    .bind(number)
    .bind(tx.now)
    .bind(limit)
    .bind(match (by_file(tx, number).await?, which) {
        (false, _) => 0_i64,
        (true, Which::ToStream) => 1,
        (true, Which::ForParcel) => 2,
    })
    .locking(Lock::Skip)
    .fetch_all(tx)
    .await?;
    let free = free.iter().map(|row| row.try_get(0)).collect::<StoreResult<Vec<i64>>>()?;
    if free.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = query(
        "UPDATE rewrite SET state = 'running', revision = revision + 1, worker = $2, lease_until = $3, \
         fence = fence + 1, updated_at = $1, moved_by = $2, moved_how = 'claim' WHERE seq IN \
         (SELECT CAST(atom AS BIGINT) FROM json_each($4)) RETURNING seq, id, candidate, fence, attempts, \
         posting, posting_title",
    )
    .bind(tx.now)
    .bind(hold.worker)
    .bind(codec::until(tx.now, hold.ttl))
    .bind(codec::json(&free)?)
    .fetch_all(tx)
    .await?;
    rows.sort_by_key(|row| row.try_get::<i64, _>("seq").unwrap_or(i64::MAX));
    rows.iter()
        .map(|row| {
            Ok(Lease {
                rewrite: codec::parsed(row, "id")?,
                candidate: CandidateId(row.try_get("candidate")?),
                batch,
                fence: codec::unsigned(row.try_get("fence")?),
                attempts: codec::small(row.try_get("attempts")?),
                posting: own_posting(row)?,
            })
        })
        .collect()
}

/// The posting of the candidate's own, with its title.
pub(super) fn own_posting(row: &Row) -> StoreResult<Option<(PostingId, String)>> {
    let id: Option<String> = row.try_get("posting")?;
    let title: Option<String> = row.try_get("posting_title")?;
    Ok(id.map(|id| (PostingId(id), title.unwrap_or_default())))
}

/// Does to a leased rewrite what the verdict says, and moves its batch on.
async fn judge(tx: &mut Tx, place: &Place, verdict: &Verdict) -> StoreResult<()> {
    let worker = place.worker.clone().unwrap_or_default();
    let mover = |how| Mover { by: &worker, how };
    match verdict {
        Verdict::TryAgain => return Ok(()),
        Verdict::Ready { after, changed_percent, findings } => {
            moves::rewrite(tx, place, RewriteState::Ready, mover("ready")).await?;
            texts::ready(tx, place.seq, after).await?;
            texts::assess(tx, place.seq, *changed_percent, findings).await?;
        }
        Verdict::Failed { failure, raw_reply } => {
            moves::rewrite(tx, place, RewriteState::Failed, mover("fail")).await?;
            texts::failure(tx, place.seq, failure).await?;
            texts::raw_reply(tx, place.seq, raw_reply.as_deref()).await?;
        }
        Verdict::Skipped(failure) => {
            moves::rewrite(tx, place, RewriteState::Skipped, mover("skip")).await?;
            texts::failure(tx, place.seq, failure).await?;
        }
        Verdict::Requeue { not_before } => {
            requeue(tx, place, codec::micros(*not_before), mover("requeue")).await?;
        }
    }
    moves::follow(tx, place.batch, &worker).await.map(drop)
}

/// Puts a rewrite back to the queue, not to be claimed before `run_after`.
async fn requeue(tx: &mut Tx, place: &Place, run_after: i64, mover: Mover<'_>) -> StoreResult<()> {
    moves::rewrite(tx, place, RewriteState::Queued, mover).await?;
    query("UPDATE rewrite SET run_after = $2 WHERE seq = $1")
        .bind(place.seq)
        .bind(run_after)
        .execute(tx)
        .await?;
    moves::follow(tx, place.batch, mover.by).await.map(drop)
}

#[async_trait]
impl Queue for Store {
    async fn open_batches(&self) -> StoreResult<Vec<Batch>> {
        let mut snapshot = self.snapshot().await?;
        batches::open(&mut snapshot).await
    }

    async fn claim(
        &self,
        worker: &str,
        batch: BatchId,
        limit: u32,
        ttl: Duration,
    ) -> StoreResult<Vec<Lease>> {
        let hold = Hold { worker, ttl };
        self.once_more(|| self.claim_once((batch, Which::ToStream), &hold, limit)).await
    }

    async fn open_attempt(&self, attempt: &NewAttempt) -> StoreResult<Result<AttemptId, Denied>> {
        self.once_more(|| self.open_once(attempt)).await
    }

    async fn settle(
        &self,
        lease: (RewriteId, u64),
        settlement: Option<&Settlement>,
        verdict: &Verdict,
    ) -> StoreResult<Recorded> {
        self.once_more(|| self.settle_once(lease, settlement, verdict)).await
    }

    async fn heartbeat(
        &self,
        worker: &str,
        held: &[(RewriteId, u64)],
        ttl: Duration,
    ) -> StoreResult<Vec<RewriteId>> {
        self.once_more(|| self.heartbeat_once(worker, held, ttl)).await
    }

    async fn finished(&self, prompt_hash: &str, before: &Document) -> StoreResult<Option<Document>> {
        let mut snapshot = self.snapshot().await?;
        let row = query(
            "SELECT t.after_text AS after_text FROM attempt a JOIN rewrite r ON r.seq = a.rewrite \
             JOIN rewrite_text t ON t.rewrite = r.seq \
             WHERE a.prompt_hash = $1 AND a.outcome = 'done' AND r.edited = 0 AND t.after_text IS NOT NULL \
             AND r.state IN ('ready', 'approved', 'writing', 'written', 'reverting') AND t.before_text = $2 \
             ORDER BY a.started_at DESC, a.id DESC LIMIT 1",
        )
        .bind(prompt_hash)
        .bind(codec::json(before)?)
        .fetch_optional(&mut snapshot)
        .await?;
        row.map(|row| codec::from_json(row.try_get(0)?)).transpose()
    }

    async fn release(&self, lease: (RewriteId, u64)) -> StoreResult<()> {
        self.once_more(|| self.release_once(lease)).await
    }

    async fn recover(&self, dead: &[String]) -> StoreResult<u64> {
        let dead = codec::json(dead)?;
        let mut recovered = 0;
        for number in self.neglected(&dead).await? {
            recovered += self.once_more(|| self.recover_once(number, &dead)).await?;
        }
        Ok(recovered)
    }

    async fn workers(&self) -> StoreResult<Vec<String>> {
        let mut snapshot = self.snapshot().await?;
        let rows = query(
            "SELECT worker FROM rewrite WHERE state = 'running' UNION SELECT worker FROM intent WHERE state = 'open' \
             UNION SELECT worker FROM attempt WHERE outcome = 'open' \
             UNION SELECT worker FROM parcel WHERE stage <> 'cleared' AND lease_until >= $1 ORDER BY 1",
        );
        let now = snapshot.now;
        let rows = rows.bind(now).fetch_all(&mut snapshot).await?;
        let names: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<StoreResult<_>>()?;
        Ok(names.into_iter().filter(|name| !name.starts_with(parcels::HOLDER)).collect())
    }
}
