//! The queue: rewrites are leased to workers, and a result counts only under the lease that it was made for.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use sqlx::Row;

use super::{
    SqliteStore, attempts, batches, codec,
    moves::{self, Mover, Place},
    port::{Denied, Lease, NewAttempt, Queue, Recorded, Settlement, StoreError, StoreResult, Verdict},
    texts,
    transaction::Tx,
};
use crate::domain::{AttemptId, Batch, BatchId, BatchRef, BatchState, CandidateId, RewriteId, RewriteState};

impl SqliteStore {
    async fn claim_once(
        &self,
        worker: &str,
        batch: BatchId,
        limit: u32,
        ttl: Duration,
    ) -> StoreResult<Vec<Lease>> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let number = batches::number(&mut tx, BatchRef::Id(batch)).await?;
        let from = moves::batch_state(&mut tx, number).await?;
        match from {
            BatchState::Queued | BatchState::Running | BatchState::Finishing => {}
            BatchState::Paused(_) | BatchState::Finished | BatchState::Cancelled | BatchState::Failed(_) => {
                return Ok(Vec::new());
            }
        }
        let leases = lease(&mut tx, (batch, number), worker, (limit, ttl)).await?;
        if leases.is_empty() {
            return Ok(leases);
        }
        let mover = Mover { by: worker, how: "claim" };
        if from == BatchState::Queued {
            moves::batch(&mut tx, (number, &from), &BatchState::Running, mover).await?;
        }
        moves::follow(&mut tx, number, worker).await?;
        tx.commit().await?;
        Ok(leases)
    }

    async fn open_once(&self, attempt: &NewAttempt) -> StoreResult<Result<AttemptId, Denied>> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let place = moves::place(&mut tx, attempt.rewrite).await?;
        if !place.held(attempt.fence) {
            return Ok(Err(Denied::LeaseLost));
        }
        let month = codec::month(tx.now)?;
        if let Err(denied) = attempts::admit(&mut tx, place.batch, &month, attempt.reserve).await? {
            return Ok(Err(denied));
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
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
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
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let pairs = held.iter().map(|(id, fence)| (id.to_string(), codec::signed(*fence)));
        let rows = sqlx::query(
            "UPDATE rewrite SET lease_until = $3 WHERE seq IN (SELECT r.seq FROM json_each($2) h \
             CROSS JOIN rewrite r ON r.id = h.value ->> 0 \
             WHERE r.state = 'running' AND r.worker = $1 AND r.fence = h.value ->> 1) RETURNING id",
        )
        .bind(worker)
        .bind(codec::json(&pairs.collect::<Vec<_>>())?)
        .bind(codec::until(tx.now, ttl))
        .fetch_all(&mut *tx)
        .await?;
        let kept: BTreeSet<RewriteId> =
            rows.iter().map(|row| codec::parsed(row, "id")).collect::<StoreResult<_>>()?;
        tx.commit_quietly().await?;
        Ok(held.iter().map(|(id, _)| *id).filter(|id| !kept.contains(id)).collect())
    }

    async fn release_once(&self, (rewrite, fence): (RewriteId, u64)) -> StoreResult<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let place = moves::place(&mut tx, rewrite).await?;
        if !place.held(fence) {
            return Ok(());
        }
        let worker = place.worker.clone().unwrap_or_default();
        let now = tx.now;
        requeue(&mut tx, &place, now, Mover { by: &worker, how: "release" }).await?;
        tx.commit().await
    }

    async fn recover_once(&self, dead: &[String]) -> StoreResult<u64> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let dead = codec::json(dead)?;
        moves::check(RewriteState::Running, RewriteState::Queued, "recover")?;
        let rows = sqlx::query(
            "UPDATE rewrite SET state = 'queued', revision = revision + 1, run_after = $1, worker = NULL, \
             lease_until = NULL, updated_at = $1, moved_by = $3, moved_how = 'recover' \
             WHERE state = 'running' AND (lease_until < $1 OR worker IN (SELECT value FROM json_each($2))) \
             RETURNING batch",
        )
        .bind(tx.now)
        .bind(&dead)
        .bind(&*self.actor)
        .fetch_all(&mut *tx)
        .await?;
        let settled = attempts::give_up(&mut tx, &dead).await?;
        let open = sqlx::query(
            "SELECT number FROM batch WHERE state IN ('queued', 'running', 'finishing', 'paused')",
        );
        for row in open.fetch_all(&mut *tx).await? {
            moves::follow(&mut tx, row.try_get(0)?, &self.actor).await?;
        }
        let recovered = rows.len() as u64;
        if recovered > 0 || settled > 0 {
            tx.commit().await?;
        } else {
            tx.commit_quietly().await?;
        }
        Ok(recovered)
    }
}

/// Leases queued rewrites, the first of the batch first.
async fn lease(
    tx: &mut Tx<'_>,
    (batch, number): (BatchId, i64),
    worker: &str,
    (limit, ttl): (u32, Duration),
) -> StoreResult<Vec<Lease>> {
    moves::check(RewriteState::Queued, RewriteState::Running, "claim")?;
    let mut rows = sqlx::query(
        "UPDATE rewrite SET state = 'running', revision = revision + 1, worker = $3, lease_until = $4, \
         fence = fence + 1, updated_at = $2, moved_by = $3, moved_how = 'claim' WHERE seq IN \
         (SELECT seq FROM rewrite WHERE batch = $1 AND state = 'queued' AND run_after <= $2 ORDER BY seq LIMIT $5) \
         RETURNING seq, id, candidate, fence, attempts",
    )
    .bind(number)
    .bind(tx.now)
    .bind(worker)
    .bind(codec::until(tx.now, ttl))
    .bind(limit)
    .fetch_all(&mut **tx)
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
            })
        })
        .collect()
}

/// Does to a leased rewrite what the verdict says, and moves its batch on.
async fn judge(tx: &mut Tx<'_>, place: &Place, verdict: &Verdict) -> StoreResult<()> {
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
    moves::follow(tx, place.batch, &worker).await
}

/// Puts a rewrite back to the queue, not to be claimed before `run_after`.
async fn requeue(tx: &mut Tx<'_>, place: &Place, run_after: i64, mover: Mover<'_>) -> StoreResult<()> {
    moves::rewrite(tx, place, RewriteState::Queued, mover).await?;
    sqlx::query("UPDATE rewrite SET run_after = $2 WHERE seq = $1")
        .bind(place.seq)
        .bind(run_after)
        .execute(&mut **tx)
        .await?;
    moves::follow(tx, place.batch, mover.by).await
}

#[async_trait]
impl Queue for SqliteStore {
    async fn open_batches(&self) -> StoreResult<Vec<Batch>> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.snapshot().await?;
        batches::open(&mut snapshot).await
    }

    async fn claim(
        &self,
        worker: &str,
        batch: BatchId,
        limit: u32,
        ttl: Duration,
    ) -> StoreResult<Vec<Lease>> {
        self.once_more(|| self.claim_once(worker, batch, limit, ttl)).await
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

    async fn release(&self, lease: (RewriteId, u64)) -> StoreResult<()> {
        self.once_more(|| self.release_once(lease)).await
    }

    async fn recover(&self, dead: &[String]) -> StoreResult<u64> {
        self.once_more(|| self.recover_once(dead)).await
    }

    async fn workers(&self) -> StoreResult<Vec<String>> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.snapshot().await?;
        let rows = sqlx::query(
            "SELECT worker FROM rewrite WHERE state = 'running' UNION SELECT worker FROM intent WHERE state = 'open' \
             UNION SELECT worker FROM attempt WHERE outcome = 'open' ORDER BY 1",
        );
        let rows = rows.fetch_all(&mut *snapshot).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, StoreError>>()
    }
}
