//! Attempts: recorded with their reservation before a request is sent, settled after it, whatever became of the lease.

use super::{
    codec,
    connection::{Connection, Row, query},
    port::{Denied, NewAttempt, Settlement, StoreError, StoreResult},
    spend::{self, Bill},
    transaction::Tx,
};
use crate::domain::{Attempt, AttemptId, AttemptOutcome, BatchState, Money, RewriteId, Usage};

/// Where an attempt belongs, and what of it is counted already.
pub(super) struct Known {
    pub(super) id: AttemptId,
    rewrite: i64,
    batch: i64,
    month: String,
    outcome: AttemptOutcome,
    reserved: Money,
}

const KNOWN: &str = "SELECT id, rewrite, batch, month, outcome, reserved FROM attempt WHERE id = $1";

impl Known {
    fn from_row(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            id: codec::parsed(row, "id")?,
            rewrite: row.try_get("rewrite")?,
            batch: row.try_get("batch")?,
            month: row.try_get("month")?,
            outcome: codec::from_word(row.try_get("outcome")?)?,
            reserved: codec::money(row.try_get("reserved")?),
        })
    }
}

/// Whether there is room for a reservation in the budgets of the batch and of the month, and the batch runs.
pub(super) async fn admit(
    tx: &mut Tx,
    number: i64,
    month: &str,
    reserve: Money,
) -> StoreResult<Result<(), Denied>> {
    match super::moves::batch_state(tx, number).await? {
        BatchState::Queued | BatchState::Running | BatchState::Finishing => {}
        BatchState::Paused(_) | BatchState::Finished | BatchState::Cancelled | BatchState::Failed(_) => {
            return Ok(Err(Denied::NotRunning));
        }
    }
    if reserve > spend::room(&spend::budget(tx, &spend::batch_scope(number)).await?) {
        return Ok(Err(Denied::BatchBudget));
    }
    spend::ensure_month(tx, month).await?;
    if reserve > spend::room(&spend::budget(tx, month).await?) {
        return Ok(Err(Denied::MonthBudget));
    }
    Ok(Ok(()))
}

/// Records an attempt that was admitted.
pub(super) async fn record(
    tx: &mut Tx,
    id: AttemptId,
    (seq, number): (i64, i64),
    month: &str,
    new: &NewAttempt,
) -> StoreResult<()> {
    query(
        "INSERT INTO attempt (id, rewrite, batch, fence, worker, month, prompt_hash, started_at, reserved, parcel) \
         SELECT $1, seq, batch, fence, worker, $3, $4, $5, $6, $7 FROM rewrite WHERE seq = $2",
    )
    .bind(id.to_string())
    .bind(seq)
    .bind(month)
    .bind(&new.prompt_hash)
    .bind(tx.now)
    .bind(codec::nanos(new.reserve))
    .bind(new.parcel.map(|(parcel, _)| parcel.to_string()))
    .execute(tx)
    .await?;
    spend::reserve(tx, &spend::batch_scope(number), new.reserve).await?;
    spend::reserve(tx, month, new.reserve).await?;
    query("UPDATE rewrite SET attempts = attempts + 1 WHERE seq = $1").bind(seq).execute(tx).await?;
    query("UPDATE batch SET started_at = COALESCE(started_at, $2) WHERE number = $1")
        .bind(number)
        .bind(tx.now)
        .execute(tx)
        .await?;
    query(
        "INSERT INTO rewrite_text (rewrite, before_text) VALUES ($1, $2) \
         ON CONFLICT (rewrite) DO UPDATE SET before_text = excluded.before_text",
    )
    .bind(seq)
    .bind(codec::json(&new.before)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// Settles an attempt of a rewrite. One that was taken for lost (`Unknown`) is corrected by what is known now; one
/// that is settled for good stays as it is, so that telling it twice counts once.
pub(super) async fn settle(tx: &mut Tx, rewrite: i64, settlement: &Settlement) -> StoreResult<()> {
    let row = query(KNOWN).bind(settlement.attempt.to_string()).fetch_optional(tx).await?;
    let known = row.as_ref().map(Known::from_row).transpose()?;
    let known = known
        .filter(|known| known.rewrite == rewrite)
        .ok_or_else(|| StoreError::NotFound(format!("attempt {}", settlement.attempt)))?;
    let unknown = settlement.outcome == AttemptOutcome::Unknown;
    let (given_back, taken_back) = match known.outcome {
        AttemptOutcome::Open => (known.reserved, Money::ZERO),
        AttemptOutcome::Unknown if !unknown => (Money::ZERO, known.reserved),
        AttemptOutcome::Unknown
        | AttemptOutcome::Done
        | AttemptOutcome::Unusable
        | AttemptOutcome::Refused => return Ok(()),
    };
    let cost = if unknown { known.reserved } else { settlement.cost };
    let bill = Bill { reserved: given_back, estimated: taken_back, cost, estimate: unknown };
    let batch = spend::settle(tx, &spend::batch_scope(known.batch), bill).await?;
    let month = spend::settle(tx, &known.month, bill).await?;
    if cost > known.reserved {
        tracing::warn!(
            attempt = %known.id, reserved = known.reserved.nanos(), cost = cost.nanos(),
            beyond_batch = batch.nanos(), beyond_month = month.nanos(),
            "an attempt cost more than its worst case"
        );
    }
    close(tx, &known, settlement, cost).await?;
    add_up(tx, &known, (cost, taken_back), settlement.usage.unwrap_or_default()).await
}

/// Writes how an attempt ended.
async fn close(tx: &mut Tx, known: &Known, settlement: &Settlement, cost: Money) -> StoreResult<()> {
    query(
        "UPDATE attempt SET ended_at = $2, outcome = $3, cost = $4, prompt_tokens = $5, cached_tokens = $6, \
         completion_tokens = $7, request_id = $8, reason = $9 WHERE id = $1",
    )
    .bind(known.id.to_string())
    .bind(tx.now)
    .bind(codec::word(settlement.outcome)?)
    .bind(codec::nanos(cost))
    .bind(settlement.usage.map(|usage| codec::signed(usage.prompt)))
    .bind(settlement.usage.map(|usage| codec::signed(usage.cached)))
    .bind(settlement.usage.map(|usage| codec::signed(usage.completion)))
    .bind(&settlement.request_id)
    .bind(&settlement.reason)
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds cost and tokens to the rewrite and its batch. The rewrite's revision stays: nothing that is reviewed changed.
async fn add_up(tx: &mut Tx, known: &Known, (cost, before): (Money, Money), usage: Usage) -> StoreResult<()> {
    query("UPDATE rewrite SET cost = cost - $3 + $2 WHERE seq = $1")
        .bind(known.rewrite)
        .bind(codec::nanos(cost))
        .bind(codec::nanos(before))
        .execute(tx)
        .await?;
    query("UPDATE batch SET tokens_in = tokens_in + $2, tokens_out = tokens_out + $3 WHERE number = $1")
        .bind(known.batch)
        .bind(codec::signed(usage.prompt))
        .bind(codec::signed(usage.completion))
        .execute(tx)
        .await?;
    Ok(())
}

/// Settles as `Unknown` the open attempts of a batch that nobody is left to settle: their lease is gone, and it ran out or its
/// worker is `dead`. Returns how many.
pub(super) async fn give_up(tx: &mut Tx, number: i64, dead: &str) -> StoreResult<u64> {
    let rows = query(
        "SELECT a.id, a.rewrite FROM attempt a JOIN rewrite r ON r.seq = a.rewrite \
         WHERE a.batch = $3 AND a.outcome = 'open' AND a.parcel IS NULL AND (r.state <> 'running' OR r.fence <> a.fence) \
         AND (r.lease_until IS NULL OR r.lease_until < $1 OR r.fence <> a.fence \
              OR a.worker IN (SELECT atom FROM json_each($2)))",
    )
    .bind(tx.now)
    .bind(dead)
    .bind(number)
    .fetch_all(tx)
    .await?;
    for row in &rows {
        let settlement = Settlement {
            attempt: codec::parsed(row, "id")?,
            outcome: AttemptOutcome::Unknown,
            cost: Money::ZERO,
            usage: None,
            request_id: None,
            reason: Some("The worker was lost.".to_owned()),
        };
        settle(tx, row.try_get("rewrite")?, &settlement).await?;
    }
    Ok(rows.len() as u64)
}

/// The attempts of a rewrite, oldest first.
pub(super) async fn list(
    connection: &mut Connection,
    rewrite: RewriteId,
    seq: i64,
) -> StoreResult<Vec<Attempt>> {
    let rows = query(
        "SELECT id, started_at, ended_at, outcome, reserved, cost, prompt_tokens, cached_tokens, \
         completion_tokens, reason FROM attempt WHERE rewrite = $1 ORDER BY started_at, id",
    )
    .bind(seq)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let prompt: Option<i64> = row.try_get("prompt_tokens")?;
            let usage = prompt.map(|prompt| -> StoreResult<Usage> {
                Ok(Usage {
                    prompt: codec::unsigned(prompt),
                    cached: codec::unsigned(row.try_get("cached_tokens")?),
                    completion: codec::unsigned(row.try_get("completion_tokens")?),
                })
            });
            Ok(Attempt {
                id: codec::parsed(row, "id")?,
                rewrite,
                started_at: codec::time(row.try_get("started_at")?)?,
                ended_at: codec::maybe_time(row, "ended_at")?,
                outcome: codec::from_word(row.try_get("outcome")?)?,
                reserved: codec::money(row.try_get("reserved")?),
                cost: codec::money(row.try_get("cost")?),
                usage: usage.transpose()?,
                reason: row.try_get("reason")?,
            })
        })
        .collect()
}
