//! Parcels: files of requests at the provider. A rewrite in one is leased to the parcel, for as long as it takes; the
//! parcel is leased to a worker, and goes to another when that one dies.

use async_trait::async_trait;

use super::{
    Store, attempts, batches, codec,
    connection::{Connection, Lock, Row, query},
    moves,
    port::{Enclosed, Hold, Lease, Parcels, Recorded, StoreError, StoreResult},
    queue::{self, Which},
    transaction::Tx,
};
use crate::domain::{Away, BatchId, BatchRef, CandidateId, Parcel, ParcelId, ParcelStage, RewriteId};

/// How the lease of a rewrite that is in a parcel begins.
pub(super) const HOLDER: &str = "parcel:";
/// A lease that does not run out: the parcel's does.
const FOR_EVER: i64 = i64::MAX;

const COLUMNS: &str = "p.id, b.id AS batch_id, p.stage, p.fence, p.input, p.remote, p.output, p.errors, p.done, p.trouble, \
                       p.submitted_at";

fn from_row(row: &Row) -> StoreResult<Parcel> {
    Ok(Parcel {
        id: codec::parsed(row, "id")?,
        batch: codec::parsed(row, "batch_id")?,
        stage: codec::from_word(row.try_get("stage")?)?,
        fence: codec::unsigned(row.try_get("fence")?),
        input: row.try_get("input")?,
        remote: row.try_get("remote")?,
        output: row.try_get("output")?,
        errors: row.try_get("errors")?,
        done: codec::unsigned(row.try_get("done")?),
        trouble: row.try_get("trouble")?,
        submitted_at: codec::maybe_time(row, "submitted_at")?,
    })
}

/// Puts a leased rewrite into a parcel that is being packed under this fence.
pub(super) async fn enclose(tx: &mut Tx, seq: i64, (parcel, fence): (ParcelId, u64)) -> StoreResult<bool> {
    let enclosed =
        query("UPDATE parcel SET size = size + 1 WHERE id = $1 AND stage = 'packing' AND fence = $2");
    let enclosed = enclosed.bind(parcel.to_string()).bind(codec::signed(fence)).execute(tx).await?;
    if enclosed == 0 {
        return Ok(false);
    }
    query("UPDATE rewrite SET worker = $2, lease_until = $3 WHERE seq = $1")
        .bind(seq)
        .bind(format!("{HOLDER}{parcel}"))
        .bind(FOR_EVER)
        .execute(tx)
        .await?;
    Ok(true)
}

/// What of a batch is with the provider.
pub(super) async fn away(connection: &mut Connection, number: i64) -> StoreResult<Option<Away>> {
    let row = query(
        "SELECT CAST(COALESCE(SUM(CASE WHEN stage <> 'clearing' THEN size ELSE 0 END), 0) AS BIGINT) AS requests, \
         CAST(COALESCE(SUM(CASE WHEN stage <> 'clearing' THEN done ELSE 0 END), 0) AS BIGINT) AS done, \
         MIN(CASE WHEN stage <> 'clearing' THEN submitted_at END) AS submitted_at, \
         CAST(COALESCE(SUM(CASE WHEN stage = 'clearing' THEN 1 ELSE 0 END), 0) AS BIGINT) AS clearing, \
         MAX(trouble) AS trouble, COUNT(*) AS n FROM parcel WHERE batch = $1 AND stage <> 'cleared'",
    );
    let row = row.bind(number).fetch_one(connection).await?;
    if row.try_get::<i64, _>("n")? == 0 {
        return Ok(None);
    }
    let number = |column| row.try_get(column).map(codec::unsigned);
    Ok(Some(Away {
        requests: number("requests")?,
        done: number("done")?,
        submitted_at: codec::maybe_time(&row, "submitted_at")?,
        clearing: number("clearing")?,
        trouble: row.try_get("trouble")?,
    }))
}

impl Store {
    async fn begin_parcel_once(&self, batch: BatchId, hold: &Hold<'_>) -> StoreResult<Parcel> {
        let mut tx = self.write().await?;
        let number = batches::number(&mut tx, BatchRef::Id(batch)).await?;
        let id = ParcelId::new(self.new_uuid());
        query("INSERT INTO parcel (id, batch, worker, lease_until, fence, created_at) VALUES ($1, $2, $3, $4, 1, $5)")
            .bind(id.to_string())
            .bind(number)
            .bind(hold.worker)
            .bind(codec::until(tx.now, hold.ttl))
            .bind(tx.now)
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(Parcel {
            id,
            batch,
            stage: ParcelStage::Packing,
            fence: 1,
            input: None,
            remote: None,
            output: None,
            errors: None,
            done: 0,
            trouble: None,
            submitted_at: None,
        })
    }

    async fn take_parcels_once(&self, hold: &Hold<'_>, dead: &str) -> StoreResult<Vec<Parcel>> {
        let mut tx = self.write().await?;
        let free = query(
            "SELECT id FROM parcel WHERE stage <> 'cleared' AND (lease_until < $1 OR worker IN ( \
             SELECT atom FROM json_each($2))) ORDER BY created_at, id",
        );
        let free = free.bind(tx.now).bind(dead).locking(Lock::Skip).fetch_all(&mut tx).await?;
        if free.is_empty() {
            tx.rollback().await;
            return Ok(Vec::new());
        }
        let mut taken = Vec::with_capacity(free.len());
        for row in &free {
            let id: String = row.try_get("id")?;
            query("UPDATE parcel SET worker = $2, lease_until = $3, fence = fence + 1 WHERE id = $1")
                .bind(&id)
                .bind(hold.worker)
                .bind(codec::until(tx.now, hold.ttl))
                .execute(&mut tx)
                .await?;
            taken.push(load(&mut tx, &id).await?);
        }
        tx.commit_quietly().await?;
        Ok(taken)
    }

    async fn keep_parcel_once(&self, parcel: &Parcel) -> StoreResult<Recorded> {
        let mut tx = self.write().await?;
        let kept = query(
            "UPDATE parcel SET stage = $3, input = $4, remote = $5, output = $6, errors = $7, done = $8, trouble = $9, \
             submitted_at = COALESCE(submitted_at, CASE WHEN $3 = 'away' THEN $10 END), \
             cleared_at = CASE WHEN $3 = 'cleared' THEN $10 END \
             WHERE id = $1 AND fence = $2 AND stage <> 'cleared'",
        )
        .bind(parcel.id.to_string())
        .bind(codec::signed(parcel.fence))
        .bind(codec::word(parcel.stage)?)
        .bind(&parcel.input)
        .bind(&parcel.remote)
        .bind(&parcel.output)
        .bind(&parcel.errors)
        .bind(codec::signed(parcel.done))
        .bind(&parcel.trouble)
        .bind(tx.now)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(if kept > 0 { Recorded::Done } else { Recorded::Stale })
    }

    async fn hold_parcel_once(&self, parcel: (ParcelId, u64), hold: &Hold<'_>) -> StoreResult<Recorded> {
        let mut tx = self.write().await?;
        let kept = query("UPDATE parcel SET lease_until = $4 WHERE id = $1 AND fence = $2 AND worker = $3")
            .bind(parcel.0.to_string())
            .bind(codec::signed(parcel.1))
            .bind(hold.worker)
            .bind(codec::until(tx.now, hold.ttl))
            .execute(&mut tx)
            .await?;
        tx.commit_quietly().await?;
        Ok(if kept > 0 { Recorded::Done } else { Recorded::Stale })
    }
}

async fn load(connection: &mut Connection, id: &str) -> StoreResult<Parcel> {
    let sql = format!("SELECT {COLUMNS} FROM parcel p JOIN batch b ON b.number = p.batch WHERE p.id = $1");
    let row = super::connection::Query::built(sql, vec![id.into()]).fetch_optional(connection).await?;
    from_row(&row.ok_or_else(|| StoreError::NotFound(format!("parcel {id}")))?)
}

#[async_trait]
impl Parcels for Store {
    async fn begin_parcel(&self, batch: BatchId, hold: &Hold<'_>) -> StoreResult<Parcel> {
        self.once_more(|| self.begin_parcel_once(batch, hold)).await
    }

    async fn claim_for_parcel(&self, batch: BatchId, hold: &Hold<'_>, limit: u32) -> StoreResult<Vec<Lease>> {
        self.once_more(|| self.claim_once((batch, Which::ForParcel), hold, limit)).await
    }

    async fn take_parcels(&self, hold: &Hold<'_>, dead: &[String]) -> StoreResult<Vec<Parcel>> {
        let dead = codec::json(dead)?;
        {
            // Most of the time there is none, and nobody has to be kept waiting.
            let mut snapshot = self.snapshot().await?;
            let row = query("SELECT COUNT(*) FROM parcel WHERE stage <> 'cleared'")
                .fetch_one(&mut snapshot)
                .await?;
            if row.try_get::<i64, _>(0)? == 0 {
                return Ok(Vec::new());
            }
        }
        self.once_more(|| self.take_parcels_once(hold, &dead)).await
    }

    async fn hold_parcel(&self, parcel: (ParcelId, u64), hold: &Hold<'_>) -> StoreResult<Recorded> {
        self.once_more(|| self.hold_parcel_once(parcel, hold)).await
    }

    async fn keep_parcel(&self, parcel: &Parcel) -> StoreResult<Recorded> {
        self.once_more(|| self.keep_parcel_once(parcel)).await
    }

    async fn enclosed(&self, parcel: ParcelId) -> StoreResult<Vec<Enclosed>> {
        let mut snapshot = self.snapshot().await?;
        let rows = query(
            "SELECT a.id, a.fence, r.id AS rewrite_id, r.candidate, r.attempts, r.posting, r.posting_title, b.id AS \
             batch_id FROM attempt a \
             JOIN rewrite r ON r.seq = a.rewrite JOIN batch b ON b.number = a.batch \
             WHERE a.parcel = $1 AND a.outcome = 'open' ORDER BY a.id",
        );
        let rows = rows.bind(parcel.to_string()).fetch_all(&mut snapshot).await?;
        let enclosed = |row: &Row| {
            Ok(Enclosed {
                attempt: codec::parsed(row, "id")?,
                lease: Lease {
                    rewrite: codec::parsed::<RewriteId>(row, "rewrite_id")?,
                    candidate: CandidateId(row.try_get("candidate")?),
                    batch: codec::parsed(row, "batch_id")?,
                    fence: codec::unsigned(row.try_get("fence")?),
                    attempts: codec::small(row.try_get("attempts")?),
                    posting: queue::own_posting(row)?,
                },
            })
        };
        rows.iter().map(enclosed).collect()
    }

    async fn last_reason(&self, rewrite: RewriteId) -> StoreResult<Option<String>> {
        let mut snapshot = self.snapshot().await?;
        let seq = moves::seq(&mut snapshot, rewrite).await?;
        let attempts = attempts::list(&mut snapshot, rewrite, seq).await?;
        Ok(attempts.into_iter().next_back().and_then(|attempt| attempt.reason))
    }
}
