//! Money: the budgets of batches and months. `spent + reserved ≤ cap` is a CHECK of the table, so no path can break it.

use super::{
    codec,
    connection::{Connection, Lock, Row, query},
    port::{MonthSpend, StoreError, StoreResult},
    transaction::Tx,
};
use crate::domain::Money;

/// The most that a month may cost until somebody says otherwise.
const MONTH_CAP: Money = Money::from_dollars(12);

/// What a settlement does to a budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bill {
    /// A reservation to be given back.
    pub(super) reserved: Money,
    /// An earlier estimate to be taken back from what is spent.
    pub(super) estimated: Money,
    /// What it cost.
    pub(super) cost: Money,
    /// Whether `cost` is an estimate.
    pub(super) estimate: bool,
}

/// The name of a batch's budget.
pub(super) fn batch_scope(number: i64) -> String {
    format!("b{number}")
}

const BUDGET: &str = "SELECT cap, spent, reserved, estimated FROM budget WHERE scope = $1";

/// One budget, held until the end of the transaction: of a batch first, then of the month.
pub(super) async fn budget(tx: &mut Tx, scope: &str) -> StoreResult<MonthSpend> {
    let row = query(BUDGET).bind(scope).locking(Lock::Wait).fetch_optional(tx).await?;
    from_row(row.as_ref())?.ok_or_else(|| StoreError::NotFound(format!("budget {scope}")))
}

/// One budget, if it is there yet.
pub(super) async fn find(connection: &mut Connection, scope: &str) -> StoreResult<Option<MonthSpend>> {
    from_row(query(BUDGET).bind(scope).fetch_optional(connection).await?.as_ref())
}

fn from_row(row: Option<&Row>) -> StoreResult<Option<MonthSpend>> {
    let Some(row) = row else { return Ok(None) };
    Ok(Some(MonthSpend {
        cap: codec::money(row.try_get("cap")?),
        spent: codec::money(row.try_get("spent")?),
        reserved: codec::money(row.try_get("reserved")?),
        estimated: codec::money(row.try_get("estimated")?),
    }))
}

/// Makes the budget of a month with the cap that was last set.
pub(super) async fn ensure_month(tx: &mut Tx, month: &str) -> StoreResult<()> {
    let cap = month_cap(tx).await?;
    open(tx, month, cap).await
}

/// Makes a budget unless it is there.
pub(super) async fn open(tx: &mut Tx, scope: &str, cap: Money) -> StoreResult<()> {
    query("INSERT INTO budget (scope, cap) VALUES ($1, $2) ON CONFLICT (scope) DO NOTHING")
        .bind(scope)
        .bind(codec::nanos(cap))
        .execute(tx)
        .await?;
    Ok(())
}

/// The cap that a new month gets.
pub(super) async fn month_cap(connection: &mut Connection) -> StoreResult<Money> {
    let row = query("SELECT value FROM setting WHERE name = 'month_cap'").fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get(0).map(codec::money)).transpose()?.unwrap_or(MONTH_CAP))
}

/// Sets the cap that a new month gets.
pub(super) async fn set_month_cap(tx: &mut Tx, cap: Money) -> StoreResult<()> {
    query(
        "INSERT INTO setting (name, value) VALUES ('month_cap', $1) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(codec::nanos(cap))
    .execute(tx)
    .await?;
    Ok(())
}

/// Sets the cap of a budget, but not below what is spent and reserved. Returns whether it changed.
pub(super) async fn set_cap(tx: &mut Tx, scope: &str, cap: Money) -> StoreResult<bool> {
    let before = budget(tx, scope).await?;
    let cap = cap.max(before.spent + before.reserved);
    query("UPDATE budget SET cap = $2 WHERE scope = $1")
        .bind(scope)
        .bind(codec::nanos(cap))
        .execute(tx)
        .await?;
    Ok(cap != before.cap)
}

/// Sets money aside. The caller has looked that there is room; the CHECK looks again.
pub(super) async fn reserve(tx: &mut Tx, scope: &str, amount: Money) -> StoreResult<()> {
    query("UPDATE budget SET reserved = reserved + $2 WHERE scope = $1")
        .bind(scope)
        .bind(codec::nanos(amount))
        .execute(tx)
        .await?;
    Ok(())
}

/// What is left to set aside.
pub(super) fn room(budget: &MonthSpend) -> Money {
    budget.cap - budget.spent - budget.reserved
}

/// Settles: gives the reservation back and adds the cost to what is spent, at most up to the cap. What does not fit is
/// counted as overshoot and returned; there is none as long as a reservation is a worst case.
pub(super) async fn settle(tx: &mut Tx, scope: &str, bill: Bill) -> StoreResult<Money> {
    let before = budget(tx, scope).await?;
    let reserved = before.reserved - bill.reserved;
    let spent = before.spent - bill.estimated;
    let counted = bill.cost.min(before.cap - spent - reserved);
    let beyond = bill.cost - counted;
    let estimate = if bill.estimate { counted } else { Money::ZERO };
    query(
        "UPDATE budget SET spent = $2, reserved = $3, estimated = $4, overshoot = overshoot + $5 WHERE scope = $1",
    )
    .bind(scope)
    .bind(codec::nanos(spent + counted))
    .bind(codec::nanos(reserved))
    .bind(codec::nanos(before.estimated - bill.estimated + estimate))
    .bind(codec::nanos(beyond))
    .execute(tx)
    .await?;
    Ok(beyond)
}
