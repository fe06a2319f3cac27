//! The provider's limits, shared by all workers: a bucket for each model and what is counted, in one row.
//!
//! A worker that is alone needs none of this: its own reckoning is finer. What several take, only the store sees. A
//! draw takes the worst case; what was not used goes back. What is reckoned is said in [`Allowance`].

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Store,
    connection::{Lock, query},
    port::{Allowances, StoreResult},
    transaction::Tx,
};
use crate::domain::{Allowance, Draw};

impl Store {
    async fn draw_once(&self, draws: &[Draw]) -> StoreResult<Option<Duration>> {
        let mut tx = self.write().await?;
        let mut left = Vec::with_capacity(draws.len());
        for draw in draws {
            left.push(Allowance::seen(kept(&mut tx, draw).await?, draw, tx.now));
        }
        let wait = draws.iter().zip(&left).filter_map(|(draw, left)| left.wait(draw)).max();
        for (draw, left) in draws.iter().zip(left) {
            let taken = if wait.is_none() { draw.amount } else { 0 };
            keep(&mut tx, draw, left.less(taken)).await?;
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
        .bind(Allowance::change(amount))
        .execute(&mut tx)
        .await?;
        tx.commit_quietly().await
    }
}

/// What was left when somebody last looked.
async fn kept(tx: &mut Tx, draw: &Draw) -> StoreResult<Option<Allowance>> {
    let row =
        || query("SELECT level, at FROM allowance WHERE pool = $1").bind(&draw.pool).locking(Lock::Wait);
    let mut found = row().fetch_optional(tx).await?;
    if found.is_none() {
        // The first of all: of several that come at once, the others wait here and then find what it left.
        query("INSERT INTO allowance (pool, minute, level, at) VALUES ($1, $2, $3, $4) ON CONFLICT (pool) DO NOTHING")
            .bind(&draw.pool)
            .bind(Allowance::full(draw.minute))
            .bind(Allowance::seen(None, draw, tx.now).level)
            .bind(tx.now)
            .execute(tx)
            .await?;
        found = row().fetch_optional(tx).await?;
    }
    found.map(|row| Ok(Allowance { level: row.try_get("level")?, at: row.try_get("at")? })).transpose()
}

async fn keep(tx: &mut Tx, draw: &Draw, left: Allowance) -> StoreResult<()> {
    query(
        "INSERT INTO allowance (pool, minute, level, at) VALUES ($1, $2, $3, $4) ON CONFLICT (pool) DO UPDATE SET \
         minute = excluded.minute, level = excluded.level, at = excluded.at",
    )
    .bind(&draw.pool)
    .bind(Allowance::full(draw.minute))
    .bind(left.level)
    .bind(left.at)
    .execute(tx)
    .await?;
    Ok(())
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
