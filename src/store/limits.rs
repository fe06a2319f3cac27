//! The provider's limits, shared by all workers: a bucket for each model and what is counted, in one row.
//!
//! A worker that is alone needs none of this: its own reckoning is finer. What several take, only the store sees. A
//! draw takes the worst case; what was not used goes back. What a worker knows from the provider's answers lowers the
//! level, never raises it: somebody outside of redraft may use the same limits.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Store,
    connection::{Lock, query},
    port::{Allowances, Draw, StoreResult},
    transaction::Tx,
};

const MINUTE: i64 = 60_000_000;
/// What is counted stands in the table in thousandths: a limit of a few requests a minute refills in fractions.
const PARTS: i64 = 1_000;

impl Store {
    async fn draw_once(&self, draws: &[Draw]) -> StoreResult<Option<Duration>> {
        let mut tx = self.write().await?;
        let mut levels = Vec::with_capacity(draws.len());
        let mut wait: Option<Duration> = None;
        for draw in draws {
            let level = level(&mut tx, draw).await?.min(parts(draw.level)).min(parts(draw.minute));
            // What is larger than the limit is for the worker to refuse, not for the others to wait for.
            let missing = parts(draw.amount).min(parts(draw.minute)) - level;
            if missing > 0 {
                let until = refill_time(missing, parts(draw.minute));
                wait = Some(wait.map_or(until, |known| known.max(until)));
            }
            levels.push(level);
        }
        for (draw, level) in draws.iter().zip(levels) {
            let taken = if wait.is_none() { parts(draw.amount) } else { 0 };
            keep(&mut tx, draw, level - taken).await?;
        }
        tx.commit_quietly().await?;
        Ok(wait)
    }

    async fn give_back_once(&self, pool: &str, amount: i64) -> StoreResult<()> {
        let mut tx = self.write().await?;
        query(
            "UPDATE allowance SET level = CASE WHEN level + $2 > minute THEN minute ELSE level + $2 END WHERE pool = $1",
        )
        .bind(pool)
        .bind(amount.saturating_mul(PARTS))
        .execute(&mut tx)
        .await?;
        tx.commit_quietly().await
    }
}

/// What is left now as the store knows it; all of it if nobody has drawn yet.
async fn level(tx: &mut Tx, draw: &Draw) -> StoreResult<i64> {
    let row = query("SELECT level, at FROM allowance WHERE pool = $1").bind(&draw.pool);
    let Some(row) = row.locking(Lock::Wait).fetch_optional(tx).await? else { return Ok(parts(draw.minute)) };
    let (level, at): (i64, i64) = (row.try_get("level")?, row.try_get("at")?);
    Ok(level.saturating_add(refill(tx.now - at, parts(draw.minute))))
}

async fn keep(tx: &mut Tx, draw: &Draw, level: i64) -> StoreResult<()> {
    query(
        "INSERT INTO allowance (pool, minute, level, at) VALUES ($1, $2, $3, $4) ON CONFLICT (pool) DO UPDATE SET \
         minute = excluded.minute, level = excluded.level, at = excluded.at",
    )
    .bind(&draw.pool)
    .bind(parts(draw.minute))
    .bind(level)
    .bind(tx.now)
    .execute(tx)
    .await?;
    Ok(())
}

/// What comes back in a time, in microseconds.
fn refill(elapsed: i64, minute: i64) -> i64 {
    let elapsed = elapsed.clamp(0, MINUTE);
    i64::try_from(i128::from(elapsed) * i128::from(minute) / i128::from(MINUTE)).unwrap_or(i64::MAX)
}

/// The time in which so much comes back.
fn refill_time(missing: i64, minute: i64) -> Duration {
    let micros = i128::from(missing) * i128::from(MINUTE) / i128::from(minute.max(1)) + 1_000;
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// An amount in thousandths, no larger than can be reckoned with.
fn parts(amount: u64) -> i64 {
    i64::try_from(amount.min(1 << 42)).unwrap_or(i64::MAX) * PARTS
}

#[async_trait]
impl Allowances for Store {
    async fn draw(&self, draws: &[Draw]) -> StoreResult<Option<Duration>> {
        let mut draws: Vec<Draw> = draws.iter().filter(|draw| draw.minute > 0).cloned().collect();
        if draws.is_empty() {
            return Ok(None);
        }
        // In the same order everywhere, so that nobody waits in a circle.
        draws.sort_by(|one, other| one.pool.cmp(&other.pool));
        self.once_more(|| self.draw_once(&draws)).await
    }

    async fn give_back(&self, pool: &str, amount: i64) -> StoreResult<()> {
        if amount == 0 {
            return Ok(());
        }
        self.once_more(|| self.give_back_once(pool, amount)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_follows_the_limit() {
        assert_eq!((refill(60_000_000, 250_000), refill(6_000_000, 250_000)), (250_000, 25_000));
        assert_eq!(refill(-5, 250_000), 0, "a clock that goes back gives nothing");
        assert_eq!(refill(i64::MAX, 250_000), 250_000, "a minute fills it");
        assert_eq!(refill_time(25_000, 250_000), Duration::from_millis(6_001));
    }
}
