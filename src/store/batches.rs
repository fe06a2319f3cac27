//! Batches: making, moving and reading them, their budgets and failures.

use async_trait::async_trait;

use super::{
    Store, attempts, codec,
    connection::{Connection, Row, query},
    moves::{self, Mover},
    parcels,
    port::{Batches, FailureGroup, Member, MonthSpend, StoreError, StoreResult},
    spend,
    transaction::Tx,
};
use crate::domain::{
    Attempt, Batch, BatchId, BatchRef, BatchSpec, BatchState, Counts, FailureReason, Money, PauseReason,
    PostingId, Price, Reviewer, RewriteId, RewriteState, Tier,
};

/// How many rewrites one statement adds.
const CHUNK: usize = 1_000;

/// Finds the number of a batch.
pub(super) async fn number(connection: &mut Connection, batch: BatchRef) -> StoreResult<i64> {
    let (query, name) = match batch {
        BatchRef::Id(id) => {
            (query("SELECT number FROM batch WHERE id = $1").bind(id.to_string()), format!("batch {id}"))
        }
        BatchRef::Number(number) => (
            query("SELECT number FROM batch WHERE number = $1").bind(codec::signed(number)),
            format!("batch b{number}"),
        ),
    };
    let row = query.fetch_optional(connection).await?.ok_or(StoreError::NotFound(name))?;
    row.try_get(0)
}

fn from_row(row: &Row, counts: Counts) -> StoreResult<Batch> {
    Ok(Batch {
        id: codec::parsed(row, "id")?,
        number: codec::unsigned(row.try_get("number")?),
        spec: BatchSpec {
            posting: row.try_get::<Option<String>, _>("posting")?.map(PostingId),
            posting_title: row.try_get("posting_title")?,
            instructions: row.try_get("instructions")?,
            model: row.try_get("model")?,
            price: Price {
                input: codec::unsigned(row.try_get("price_input")?),
                cached: codec::unsigned(row.try_get("price_cached")?),
                output: codec::unsigned(row.try_get("price_output")?),
            },
            budget: codec::money(row.try_get("cap")?),
            prompt: row.try_get("prompt")?,
            by: row.try_get("started_by")?,
            options: codec::from_json(row.try_get("options")?)?,
        },
        state: codec::batch_state(row)?,
        counts,
        spent: codec::money(row.try_get("spent")?),
        reserved: codec::money(row.try_get("reserved")?),
        tokens_in: codec::unsigned(row.try_get("tokens_in")?),
        tokens_out: codec::unsigned(row.try_get("tokens_out")?),
        created_at: codec::time(row.try_get("created_at")?)?,
        started_at: codec::maybe_time(row, "started_at")?,
        ended_at: codec::maybe_time(row, "ended_at")?,
        away: None,
    })
}

/// A query for batches: their columns, and those of their budgets.
macro_rules! select {
    ($rest:literal) => {
        query(concat!(
            "SELECT b.number, b.id, b.state, b.reason, b.posting, b.posting_title, b.instructions, b.model, \
             b.price_input, b.price_cached, b.price_output, b.prompt, b.started_by, b.tokens_in, b.tokens_out, \
             b.created_at, b.started_at, b.ended_at, b.options, m.cap, m.spent, m.reserved \
             FROM batch b JOIN budget m ON m.scope = 'b' || b.number ",
            $rest
        ))
    };
}

async fn load(connection: &mut Connection, number: i64) -> StoreResult<Batch> {
    let row = select!("WHERE b.number = $1").bind(number).fetch_one(&mut *connection).await?;
    complete(connection, &row).await
}

async fn with_counts(connection: &mut Connection, rows: Vec<Row>) -> StoreResult<Vec<Batch>> {
    let mut batches = Vec::with_capacity(rows.len());
    for row in rows {
        batches.push(complete(connection, &row).await?);
    }
    Ok(batches)
}

/// A batch with its counts, and with what of it is with the provider.
async fn complete(connection: &mut Connection, row: &Row) -> StoreResult<Batch> {
    let number = row.try_get("number")?;
    let mut batch = from_row(row, moves::counts(connection, number).await?)?;
    if batch.spec.options.tier == Tier::Economy {
        batch.away = parcels::away(connection, number).await?;
    }
    Ok(batch)
}

/// The batches that a worker can do something for, the oldest first.
pub(super) async fn open(connection: &mut Connection) -> StoreResult<Vec<Batch>> {
    let rows = select!("WHERE b.state IN ('queued', 'running', 'finishing') ORDER BY b.number");
    let rows = rows.fetch_all(&mut *connection).await?;
    with_counts(connection, rows).await
}

/// Records the batch itself and its budget; returns its number.
async fn insert(tx: &mut Tx, id: BatchId, spec: &BatchSpec) -> StoreResult<i64> {
    let row = query(
        "INSERT INTO batch (id, state, posting, posting_title, posting_key, instructions, model, model_key, \
         price_input, price_cached, price_output, prompt, started_by, created_at, moved_at, moved_by, moved_how, \
         options) \
         VALUES ($1, 'queued', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $12, 'create', $14) \
         RETURNING number",
    )
    .bind(id.to_string())
    .bind(spec.posting.as_ref().map(|posting| posting.0.as_str()))
    .bind(&spec.posting_title)
    .bind(spec.posting_title.as_deref().map(codec::key))
    .bind(&spec.instructions)
    .bind(&spec.model)
    .bind(codec::key(&spec.model))
    .bind(codec::signed(spec.price.input))
    .bind(codec::signed(spec.price.cached))
    .bind(codec::signed(spec.price.output))
    .bind(&spec.prompt)
    .bind(&spec.by)
    .bind(tx.now)
    .bind(codec::json(&spec.options)?)
    .fetch_one(tx)
    .await?;
    let number = row.try_get(0)?;
    spend::open(tx, &spend::batch_scope(number), spec.budget).await?;
    Ok(number)
}

impl Store {
    /// Records queued rewrites, in the order of the members.
    async fn insert_members(
        &self,
        tx: &mut Tx,
        number: i64,
        spec: &BatchSpec,
        members: &[Member],
    ) -> StoreResult<()> {
        let posting = codec::key(spec.posting_title.as_deref().unwrap_or_default());
        for chunk in members.chunks(CHUNK) {
            let rows = chunk.iter().map(|member| {
                let name_key = codec::key(&member.name);
                let own = member.posting.as_ref().map(|(id, title)| (id.0.clone(), title.clone()));
                let own_key = own.as_ref().map(|(_, title)| codec::key(title));
                // Parted by a character that nobody searches for.
                let posting = own_key.as_ref().unwrap_or(&posting);
                let search = format!("{name_key}\n{}\n{posting}", codec::key(&member.candidate.0));
                let id = RewriteId::new(self.new_uuid()).to_string();
                let (own, title) = own.unzip();
                let who = [id, member.candidate.0.clone(), member.name.clone(), name_key, search];
                who.into_iter().map(Some).chain([own, title, own_key]).collect::<Vec<_>>()
            });
            query(
                "INSERT INTO rewrite (batch, id, candidate, name, name_key, search, posting, posting_title, \
                 posting_key, run_after, updated_at, moved_by, moved_how) SELECT $1, value ->> 0, value ->> 1, \
                 value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, $3, $3, $4, 'create' FROM json_each($2) ORDER BY key",
            )
            .bind(number)
            .bind(codec::json(&rows.collect::<Vec<_>>())?)
            .bind(tx.now)
            .bind(&spec.by)
            .execute(tx)
            .await?;
        }
        Ok(())
    }

    async fn create_once(&self, spec: &BatchSpec, members: &[Member]) -> StoreResult<Batch> {
        let mut tx = self.write().await?;
        let number = insert(&mut tx, BatchId::new(self.new_uuid()), spec).await?;
        self.insert_members(&mut tx, number, spec, members).await?;
        moves::follow(&mut tx, number, &spec.by).await?;
        let batch = load(&mut tx, number).await?;
        tx.commit().await?;
        Ok(batch)
    }

    async fn move_once(&self, batch: BatchId, to: &BatchState) -> StoreResult<Batch> {
        let mut tx = self.write().await?;
        let number = number(&mut tx, BatchRef::Id(batch)).await?;
        tx.hold(number).await?;
        let from = moves::batch_state(&mut tx, number).await?;
        let counts = moves::counts(&mut tx, number).await?;
        let left = match to {
            BatchState::Finishing => counts.of(RewriteState::Queued),
            BatchState::Finished => counts.of(RewriteState::Queued) + counts.of(RewriteState::Running),
            BatchState::Queued
            | BatchState::Running
            | BatchState::Paused(_)
            | BatchState::Cancelled
            | BatchState::Failed(_) => 0,
        };
        if left > 0 {
            return Err(StoreError::BatchState { from: from.name(), to: to.name() });
        }
        let by = match to {
            BatchState::Paused(PauseReason::Person(name)) => name,
            BatchState::Queued
            | BatchState::Running
            | BatchState::Paused(_)
            | BatchState::Finishing
            | BatchState::Finished
            | BatchState::Cancelled
            | BatchState::Failed(_) => &*self.actor,
        };
        let mover = Mover { by, how: how(to) };
        moves::batch(&mut tx, (number, &from), to, mover).await?;
        if *to == BatchState::Cancelled {
            cancel_rewrites(&mut tx, number, mover).await?;
        }
        moves::follow(&mut tx, number, by).await?;
        let batch = load(&mut tx, number).await?;
        tx.commit().await?;
        Ok(batch)
    }

    async fn budget_once(&self, batch: BatchId, budget: Money) -> StoreResult<Batch> {
        let mut tx = self.write().await?;
        let number = number(&mut tx, BatchRef::Id(batch)).await?;
        tx.hold(number).await?;
        if spend::set_cap(&mut tx, &spend::batch_scope(number), budget).await? {
            self.note(&mut tx, "budget", Some(number)).await?;
        }
        let batch = load(&mut tx, number).await?;
        tx.commit().await?;
        Ok(batch)
    }

    async fn retry_once(&self, batch: BatchId, reason: Option<FailureReason>) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let number = number(&mut tx, BatchRef::Id(batch)).await?;
        tx.hold(number).await?;
        let from = moves::batch_state(&mut tx, number).await?;
        if from == BatchState::Cancelled {
            return Err(StoreError::BatchState { from: from.name(), to: BatchState::Queued.name() });
        }
        moves::check(RewriteState::Failed, RewriteState::Queued, "retry")?;
        let retried = query(
            "UPDATE rewrite SET state = 'queued', revision = revision + 1, run_after = $3, updated_at = $3, \
             moved_by = $4, moved_how = 'retry', failure_reason = NULL, failure_detail = NULL, failure_key = NULL \
             WHERE batch = $1 AND state = 'failed' AND ($2 IS NULL OR failure_reason = $2)",
        )
        .bind(number)
        .bind(reason.map(codec::word).transpose()?)
        .bind(tx.now)
        .bind(&*self.actor)
        .execute(&mut tx)
        .await?;
        reopen(&mut tx, number, &self.actor).await?;
        tx.commit().await?;
        Ok(retried)
    }

    async fn month_cap_once(&self, cap: Money) -> StoreResult<MonthSpend> {
        let mut tx = self.write().await?;
        let month = codec::month(tx.now)?;
        spend::set_month_cap(&mut tx, cap).await?;
        spend::open(&mut tx, &month, cap).await?;
        if spend::set_cap(&mut tx, &month, cap).await? {
            self.note(&mut tx, "month budget", None).await?;
        }
        let spend = spend::budget(&mut tx, &month).await?;
        tx.commit().await?;
        Ok(spend)
    }

    pub(super) async fn let_write_once(&self, batch: BatchRef, by: &Reviewer) -> StoreResult<bool> {
        let mut tx = self.write().await?;
        let number = number(&mut tx, batch).await?;
        let row = query("SELECT write_stopped FROM batch WHERE number = $1").bind(number);
        let stopped = row.fetch_one(&mut tx).await?.try_get::<i64, _>(0)? != 0;
        if stopped {
            query("UPDATE batch SET write_stopped = 0 WHERE number = $1")
                .bind(number)
                .execute(&mut tx)
                .await?;
            query("INSERT INTO audit (at, actor, what, batch) VALUES ($1, $2, 'let write', $3)")
                .bind(tx.now)
                .bind(&by.0)
                .bind(number)
                .execute(&mut tx)
                .await?;
        }
        tx.commit().await?;
        Ok(stopped)
    }

    /// Records something that moves nothing.
    async fn note(&self, tx: &mut Tx, what: &'static str, batch: Option<i64>) -> StoreResult<()> {
        query("INSERT INTO audit (at, actor, what, batch) VALUES ($1, $2, $3, $4)")
            .bind(tx.now)
            .bind(&*self.actor)
            .bind(what)
            .bind(batch)
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// The word of the audit for a move of a batch.
const fn how(to: &BatchState) -> &'static str {
    match to {
        BatchState::Queued | BatchState::Running => "resume",
        BatchState::Paused(_) => "pause",
        BatchState::Finishing | BatchState::Finished => "finish",
        BatchState::Cancelled => "cancel",
        BatchState::Failed(_) => "fail",
    }
}

/// Cancels all rewrites of a batch that have no text yet. Worker and end of the lease stay in the row: they tell when
/// nobody will come any more to settle an attempt that is still open.
async fn cancel_rewrites(tx: &mut Tx, number: i64, mover: Mover<'_>) -> StoreResult<()> {
    for from in [RewriteState::Queued, RewriteState::Running, RewriteState::Failed] {
        moves::check(from, RewriteState::Cancelled, mover.how)?;
        query(
            "UPDATE rewrite SET state = 'cancelled', revision = revision + 1, updated_at = $3, moved_by = $4, \
             moved_how = $5 WHERE batch = $1 AND state = $2",
        )
        .bind(number)
        .bind(from.name())
        .bind(tx.now)
        .bind(mover.by)
        .bind(mover.how)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Puts a batch whose rewrites are queued again back to work; one that is paused stays paused.
pub(super) async fn reopen(tx: &mut Tx, number: i64, by: &str) -> StoreResult<()> {
    let from = moves::batch_state(tx, number).await?;
    let queued = moves::counts(tx, number).await?.of(RewriteState::Queued) > 0;
    if queued && from.has_ended() {
        moves::batch(tx, (number, &from), &BatchState::Queued, Mover { by, how: "retry" }).await?;
    }
    moves::follow(tx, number, by).await.map(drop)
}

#[async_trait]
impl Batches for Store {
    async fn create_batch(&self, spec: &BatchSpec, members: &[Member]) -> StoreResult<Batch> {
        self.once_more(|| self.create_once(spec, members)).await
    }

    async fn batches(&self, limit: u32) -> StoreResult<Vec<Batch>> {
        let mut snapshot = self.snapshot().await?;
        let rows = select!("ORDER BY b.number DESC LIMIT $1").bind(limit).fetch_all(&mut snapshot).await?;
        with_counts(&mut snapshot, rows).await
    }

    async fn batch(&self, batch: BatchRef) -> StoreResult<Batch> {
        let mut snapshot = self.snapshot().await?;
        let number = number(&mut snapshot, batch).await?;
        load(&mut snapshot, number).await
    }

    async fn move_batch(&self, batch: BatchId, to: &BatchState) -> StoreResult<Batch> {
        self.once_more(|| self.move_once(batch, to)).await
    }

    async fn set_budget(&self, batch: BatchId, budget: Money) -> StoreResult<Batch> {
        self.once_more(|| self.budget_once(batch, budget)).await
    }

    async fn retry_failed(&self, batch: BatchId, reason: Option<FailureReason>) -> StoreResult<u64> {
        self.once_more(|| self.retry_once(batch, reason)).await
    }

    async fn failures(&self, batch: BatchId) -> StoreResult<Vec<FailureGroup>> {
        let mut snapshot = self.snapshot().await?;
        let number = number(&mut snapshot, BatchRef::Id(batch)).await?;
        let rows = query(
            "SELECT failure_reason, COUNT(*) AS n, MAX(updated_at) AS last_at, \
             (SELECT l.failure_detail FROM rewrite l WHERE l.batch = $1 AND l.state = 'failed' \
              AND l.failure_reason = r.failure_reason ORDER BY l.updated_at DESC, l.seq DESC LIMIT 1) AS detail \
             FROM rewrite r WHERE batch = $1 AND state = 'failed' GROUP BY failure_reason ORDER BY n DESC, last_at DESC",
        );
        let rows = rows.bind(number).fetch_all(&mut snapshot).await?;
        rows.iter()
            .map(|row| {
                Ok(FailureGroup {
                    reason: codec::from_word(row.try_get("failure_reason")?)?,
                    detail: row.try_get("detail")?,
                    count: codec::unsigned(row.try_get("n")?),
                    last_at: codec::time(row.try_get("last_at")?)?,
                })
            })
            .collect()
    }

    async fn set_month_cap(&self, cap: Money) -> StoreResult<MonthSpend> {
        self.once_more(|| self.month_cap_once(cap)).await
    }

    async fn month(&self) -> StoreResult<MonthSpend> {
        let mut snapshot = self.snapshot().await?;
        let month = codec::month(snapshot.now)?;
        if let Some(spend) = spend::find(&mut snapshot, &month).await? {
            return Ok(spend);
        }
        let cap = spend::month_cap(&mut snapshot).await?;
        Ok(MonthSpend { cap, spent: Money::ZERO, estimated: Money::ZERO, reserved: Money::ZERO })
    }

    async fn attempts(&self, rewrite: RewriteId) -> StoreResult<Vec<Attempt>> {
        let mut snapshot = self.snapshot().await?;
        let seq = moves::seq(&mut snapshot, rewrite).await?;
        attempts::list(&mut snapshot, rewrite, seq).await
    }
}
