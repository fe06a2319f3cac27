//! The moves of rewrites and batches: each is checked against the legal ones of [`crate::domain`] here, and recorded
//! by the triggers of the schema, which also keep the counts.

use super::{
    codec,
    connection::{Connection, query},
    port::{StoreError, StoreResult},
    transaction::Tx,
};
use crate::{
    domain::{BatchState, Counts, RewriteId, RewriteState},
    review::Refusal,
};

/// What the store knows a rewrite by inside, with what a move is checked against.
pub(super) struct Place {
    pub(super) seq: i64,
    pub(super) batch: i64,
    pub(super) state: RewriteState,
    pub(super) fence: u64,
    pub(super) worker: Option<String>,
}

/// Who moves something, and by what.
#[derive(Clone, Copy)]
pub(super) struct Mover<'a> {
    pub(super) by: &'a str,
    pub(super) how: &'static str,
}

/// What the store knows a rewrite by inside.
pub(super) async fn seq(connection: &mut Connection, id: RewriteId) -> StoreResult<i64> {
    let row = query("SELECT seq FROM rewrite WHERE id = $1").bind(id.to_string());
    let row = row.fetch_optional(connection).await?;
    row.ok_or_else(|| StoreError::NotFound(format!("rewrite {id}")))?.try_get(0)
}

/// Finds a rewrite and holds it, with its batch.
pub(super) async fn place(tx: &mut Tx, id: RewriteId) -> StoreResult<Place> {
    tx.hold_of(id).await?;
    let row = query("SELECT seq, batch, state, fence, worker FROM rewrite WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(tx)
        .await?
        .ok_or_else(|| StoreError::NotFound(format!("rewrite {id}")))?;
    Ok(Place {
        seq: row.try_get("seq")?,
        batch: row.try_get("batch")?,
        state: codec::parsed(&row, "state")?,
        fence: codec::unsigned(row.try_get("fence")?),
        worker: row.try_get("worker")?,
    })
}

impl Place {
    /// Whether this lease still is the one that counts.
    pub(super) fn held(&self, fence: u64) -> bool {
        self.state == RewriteState::Running && self.fence == fence
    }
}

/// Refuses a move that is not legal.
pub(super) fn check(from: RewriteState, to: RewriteState, action: &'static str) -> StoreResult<()> {
    if from.may_become(to) { Ok(()) } else { Err(Refusal::State { state: from, action }.into()) }
}

/// Moves one rewrite. A lease ends with the move; what else changes is for the caller to write.
pub(super) async fn rewrite(
    tx: &mut Tx,
    place: &Place,
    to: RewriteState,
    mover: Mover<'_>,
) -> StoreResult<()> {
    check(place.state, to, mover.how)?;
    let failed = matches!(to, RewriteState::Failed | RewriteState::Skipped | RewriteState::Conflict);
    query(
        "UPDATE rewrite SET state = $2, revision = revision + 1, worker = NULL, lease_until = NULL, \
         updated_at = $3, moved_by = $4, moved_how = $5, \
         failure_reason = CASE WHEN $6 THEN failure_reason END, \
         failure_detail = CASE WHEN $6 THEN failure_detail END, \
         failure_key = CASE WHEN $6 THEN failure_key END, \
         written_at = CASE $2 WHEN 'written' THEN COALESCE(written_at, $3) WHEN 'reverting' THEN written_at END \
         WHERE seq = $1",
    )
    .bind(place.seq)
    .bind(to.name())
    .bind(tx.now)
    .bind(mover.by)
    .bind(mover.how)
    .bind(failed)
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves a batch.
pub(super) async fn batch(
    tx: &mut Tx,
    (number, from): (i64, &BatchState),
    to: &BatchState,
    mover: Mover<'_>,
) -> StoreResult<()> {
    if !from.may_become(to) {
        return Err(StoreError::BatchState { from: from.name(), to: to.name() });
    }
    query(
        "UPDATE batch SET state = $2, reason = $3, ended_at = CASE WHEN $4 THEN $5 END, moved_at = $5, \
         moved_by = $6, moved_how = $7 WHERE number = $1",
    )
    .bind(number)
    .bind(to.name())
    .bind(codec::reason(to)?)
    .bind(to.has_ended())
    .bind(tx.now)
    .bind(mover.by)
    .bind(mover.how)
    .execute(tx)
    .await?;
    Ok(())
}

/// The state of a batch.
pub(super) async fn batch_state(connection: &mut Connection, number: i64) -> StoreResult<BatchState> {
    let row = query("SELECT state, reason FROM batch WHERE number = $1").bind(number);
    codec::batch_state(&row.fetch_one(connection).await?)
}

/// The rewrites of a batch by state.
pub(super) async fn counts(connection: &mut Connection, number: i64) -> StoreResult<Counts> {
    let rows = query("SELECT state, n FROM batch_count WHERE batch = $1").bind(number);
    let mut counts = Counts::default();
    for row in rows.fetch_all(connection).await? {
        counts.add(codec::parsed(&row, "state")?, codec::unsigned(row.try_get("n")?));
    }
    Ok(counts)
}

/// Whether something moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Yes,
    No,
}

/// Moves a batch on to where its rewrites are: `finishing` when none is queued, `finished` when none is running
/// either, `running` when some are queued again.
pub(super) async fn follow(tx: &mut Tx, number: i64, by: &str) -> StoreResult<Moved> {
    let from = batch_state(tx, number).await?;
    let counts = counts(tx, number).await?;
    let queued = counts.of(RewriteState::Queued) > 0;
    let running = counts.of(RewriteState::Running) > 0;
    let to = match (&from, queued, running) {
        (
            BatchState::Queued | BatchState::Running | BatchState::Finishing | BatchState::Paused(_),
            false,
            false,
        ) => BatchState::Finished,
        (BatchState::Running, false, true) => BatchState::Finishing,
        (BatchState::Finishing, true, _) => BatchState::Running,
        (
            BatchState::Queued
            | BatchState::Running
            | BatchState::Paused(_)
            | BatchState::Finishing
            | BatchState::Finished
            | BatchState::Cancelled
            | BatchState::Failed(_),
            _,
            _,
        ) => return Ok(Moved::No),
    };
    batch(tx, (number, &from), &to, Mover { by, how: "follow" }).await?;
    Ok(Moved::Yes)
}
