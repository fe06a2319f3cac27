//! Decisions: recorded, applied by [`crate::review::apply`], listed. Nothing here knows what a decision means.

use async_trait::async_trait;

use super::{
    Store, batches, codec,
    connection::{Connection, Row, query},
    leases,
    moves::{self, Mover, Place},
    port::{ActivityRow, Making, Reviews, RewriteQuery, Sort, Step, StoreError, StoreResult},
    rewrites, texts,
    transaction::Tx,
};
use crate::{
    domain::{
        Action, BatchRef, CandidateId, Counts, Decision, DecisionId, Finding, Look, LookKind, Made, Reviewer,
        Rewrite, RewriteHead, RewriteId, RewriteState,
    },
    review::{self, Refusal, filter::Filter},
};

/// A statement that reads decisions, of `decision d JOIN rewrite r`.
macro_rules! select {
    ($rest:literal) => {
        query(concat!(
            "SELECT d.seq, d.id, r.id AS rewrite_id, d.decided_by, d.at, d.state_before, d.state_after, d.detail, \
             d.way, d.seconds, d.step, d.pressed, d.hash_before, d.hash_after, r.candidate, r.name, r.batch FROM decision d CROSS JOIN rewrite r WHERE r.seq = d.rewrite AND ",
            $rest
        ))
    };
}

fn from_row(row: &Row) -> StoreResult<Decision> {
    Ok(Decision {
        id: codec::parsed(row, "id")?,
        rewrite: codec::parsed(row, "rewrite_id")?,
        by: Reviewer(row.try_get("decided_by")?),
        at: codec::time(row.try_get("at")?)?,
        from: codec::parsed(row, "state_before")?,
        to: codec::parsed(row, "state_after")?,
        made: Made {
            way: codec::maybe_parsed(row, "way")?,
            seconds: row.try_get::<Option<i64>, _>("seconds")?.map(codec::small),
            step: codec::maybe_parsed(row, "step")?,
            key: row.try_get("pressed")?,
            hash_before: row.try_get("hash_before")?,
            hash_after: row.try_get("hash_after")?,
        },
        action: codec::from_json(&row.try_get::<String, _>("detail")?)?,
    })
}

/// The decision of that name about that rewrite, if it can still be taken back: it was not yet, and if it moved the
/// rewrite, nothing has moved it since. Whether its matter still is as it left it, [`review::apply`] looks.
async fn standing(connection: &mut Connection, id: DecisionId, seq: i64) -> StoreResult<(i64, Decision)> {
    let row = select!(
        "d.id = $1 AND d.rewrite = $2 AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq) \
         AND (d.state_before = d.state_after OR NOT EXISTS (SELECT 1 FROM decision m WHERE m.rewrite = d.rewrite \
              AND m.seq > d.seq AND m.state_before <> m.state_after))"
    );
    let row = row.bind(id.to_string()).bind(seq).fetch_optional(connection).await?;
    let row = row.ok_or(StoreError::Refused(Refusal::NotUndoable))?;
    Ok((row.try_get("seq")?, from_row(&row)?))
}

/// Whether a decision can be taken back now.
async fn can_be_undone(connection: &mut Connection, decision: &Decision) -> StoreResult<bool> {
    let (seq, mut rewrite) = rewrites::load(connection, decision.rewrite).await?;
    match standing(connection, decision.id, seq).await {
        Ok(_) => {}
        Err(StoreError::Refused(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    let action = Action::Undo { decision: decision.id };
    Ok(review::apply(&mut rewrite, &action, Some(decision)).is_ok())
}

/// Appends a decision.
pub(super) async fn record(
    tx: &mut Tx,
    (seq, decision): (i64, &Decision),
    undoes: Option<i64>,
) -> StoreResult<()> {
    query(
        "INSERT INTO decision (id, rewrite, decided_by, at, state_before, state_after, action, detail, undoes, strength, \
         way, seconds, step, pressed, hash_before, hash_after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
         $13, $14, $15, $16)",
    )
    .bind(decision.id.to_string())
    .bind(seq)
    .bind(&decision.by.0)
    .bind(codec::micros(decision.at))
    .bind(decision.from.name())
    .bind(decision.to.name())
    .bind(decision.action.name())
    .bind(codec::json(&decision.action)?)
    .bind(undoes)
    .bind(tx.strength)
    .bind(decision.made.way.map(crate::domain::Way::name))
    .bind(decision.made.seconds.map(i64::from))
    .bind(decision.made.step.map(|step| step.to_string()))
    .bind(decision.made.key.as_deref())
    .bind(decision.made.hash_before.as_deref())
    .bind(decision.made.hash_after.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what a decision has made of a rewrite. Its state is moved already.
async fn write_texts(tx: &mut Tx, seq: i64, rewrite: &Rewrite) -> StoreResult<()> {
    let maybe = |document: &Option<_>| document.as_ref().map(codec::json).transpose();
    query("UPDATE rewrite_text SET after_text = $2, approved = $3, choices = $4 WHERE rewrite = $1")
        .bind(seq)
        .bind(maybe(&rewrite.after)?)
        .bind(maybe(&rewrite.approved)?)
        .bind(codec::json(&rewrite.choices)?)
        .execute(tx)
        .await?;
    match &rewrite.after {
        Some(after) => texts::count(tx, seq, after).await,
        None => Ok(()),
    }
}

/// Whether an action leaves the rewrite as it is.
const fn only_looks(action: &Action) -> bool {
    match action {
        Action::Open | Action::Skip | Action::Note { .. } | Action::TakeOver { .. } => true,
        Action::Approve { .. }
        | Action::Reject { .. }
        | Action::Edit { .. }
        | Action::Choose { .. }
        | Action::Dismiss { .. }
        | Action::Ask { .. }
        | Action::Look { .. }
        | Action::Assign { .. }
        | Action::Undo { .. }
        | Action::Write
        | Action::Conflict
        | Action::Merge { .. }
        | Action::Revert => false,
    }
}

fn made(making: &Making, step: Option<DecisionId>, hashes: (Option<String>, Option<String>)) -> Made {
    let (hash_before, hash_after) = hashes;
    let (way, seconds, key) = (making.way, making.seconds, making.key.clone());
    Made { way, seconds, step, key, hash_before, hash_after }
}

/// The hashes of the text before a decision and after it, if it may touch one.
fn hashes(before: &Rewrite, after: &Rewrite, action: &Action) -> (Option<String>, Option<String>) {
    if only_looks(action) {
        return (None, None);
    }
    let of = |rewrite| review::standing(rewrite).map(|text| text.hash());
    let earlier = of(before);
    let same = (&before.after, &before.approved, &before.choices, &before.before)
        == (&after.after, &after.approved, &after.choices, &after.before);
    let later = if same { earlier.clone() } else { of(after) };
    (earlier, later)
}

/// Writes the columns of the row that follow from a decision.
async fn write_row(
    tx: &mut Tx,
    seq: i64,
    (before, after): (&Rewrite, &Rewrite),
    by: &Reviewer,
) -> StoreResult<()> {
    if before.head.state == after.head.state {
        query("UPDATE rewrite SET revision = revision + 1, updated_at = $2 WHERE seq = $1")
            .bind(seq)
            .bind(tx.now)
            .execute(tx)
            .await?;
    } else {
        let decided = matches!(after.head.state, RewriteState::Approved | RewriteState::Rejected);
        query("UPDATE rewrite SET decided_by = $2, decided_at = $3 WHERE seq = $1")
            .bind(seq)
            .bind(decided.then_some(&by.0))
            .bind(decided.then_some(tx.now))
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Writes what a further look has come to, and whose work it is.
async fn write_marks(tx: &mut Tx, seq: i64, before: Option<Look>, head: &RewriteHead) -> StoreResult<()> {
    query("UPDATE rewrite SET look = $2, assigned_to = $3 WHERE seq = $1")
        .bind(seq)
        .bind(head.look.map(Look::name))
        .bind(head.assigned.as_ref().map(|who| &who.0))
        .execute(tx)
        .await?;
    if head.look == Some(Look::Failed) {
        query("UPDATE batch SET write_stopped = 1 WHERE number = (SELECT batch FROM rewrite WHERE seq = $1)")
            .bind(seq)
            .execute(tx)
            .await?;
    } else if before == Some(Look::Failed) && head.look == Some(Look::Spot) {
        // It was a slip: nothing else has failed.
        query(
            "UPDATE batch SET write_stopped = 0 WHERE number = (SELECT batch FROM rewrite WHERE seq = $1) \
             AND NOT EXISTS (SELECT 1 FROM rewrite o WHERE o.batch = batch.number AND o.look = 'failed')",
        )
        .bind(seq)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Whether an action needs the rewrite to be nobody else's at the moment.
const fn needs_it_free(action: &Action) -> bool {
    match action {
        Action::Approve { .. }
        | Action::Reject { .. }
        | Action::Edit { .. }
        | Action::Choose { .. }
        | Action::Dismiss { .. }
        | Action::Look { .. } => true,
        Action::Open
        | Action::Skip
        | Action::Note { .. }
        | Action::TakeOver { .. }
        | Action::Ask { .. }
        | Action::Assign { .. }
        | Action::Undo { .. }
        | Action::Write
        | Action::Conflict
        | Action::Merge { .. }
        | Action::Revert => false,
    }
}

/// What the rules of several reviewers say against a decision.
async fn against(
    tx: &mut Tx,
    (seq, before): (i64, &RewriteHead),
    (by, action): (&Reviewer, &Action),
) -> StoreResult<()> {
    if let Action::Look { kind: LookKind::Second, .. } = action
        && let Some(first) = before.decided_by.as_ref().filter(|first| **first == by.0)
    {
        return Err(Refusal::Own(first.clone()).into());
    }
    if needs_it_free(action)
        && let Some(who) = leases::other(tx, seq, by).await?
    {
        return Err(Refusal::Held(who).into());
    }
    Ok(())
}

/// Writes whether a person edited the after text: whether an edit of this text stands that was not taken back.
async fn write_edited(tx: &mut Tx, seq: i64) -> StoreResult<()> {
    query(
        "UPDATE rewrite SET edited = CASE WHEN EXISTS (SELECT 1 FROM decision d WHERE d.rewrite = $1 AND d.action = 'edit' \
         AND d.at >= COALESCE((SELECT MAX(a.at) FROM audit a WHERE a.rewrite = $1 AND a.state_before = 'running' \
                               AND a.state_after = 'ready'), 0) \
         AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq)) THEN 1 ELSE 0 END WHERE seq = $1",
    )
    .bind(seq)
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes all that a decision has made of a rewrite.
async fn write(
    tx: &mut Tx,
    seq: i64,
    (before, after): (&Rewrite, &Rewrite),
    (by, action): (&Reviewer, &Action),
) -> StoreResult<()> {
    let (from, to) = (before.head.state, after.head.state);
    if from != to {
        let place = moves::place(tx, after.head.id).await?;
        moves::rewrite(tx, &place, to, Mover { by: &by.0, how: action.name() }).await?;
    }
    write_texts(tx, seq, after).await?;
    if before.before != after.before || before.found != after.found {
        texts::rebase(tx, seq, (&after.before, after.found.as_ref())).await?;
    }
    if (&before.before, &before.after) != (&after.before, &after.after)
        && let Some(text) = &after.after
    {
        texts::sections(tx, seq, (&after.before, text)).await?;
    }
    write_row(tx, seq, (before, after), by).await?;
    if before.head.look != after.head.look || before.head.assigned != after.head.assigned {
        write_marks(tx, seq, before.head.look, &after.head).await?;
    }
    if before.after != after.after {
        write_edited(tx, seq).await?;
    }
    if before.findings != after.findings {
        let percent = before.head.changed_percent.unwrap_or_default();
        texts::assess(tx, seq, percent, &after.findings).await?;
    }
    Ok(())
}

impl Store {
    async fn decide_once(
        &self,
        (id, revision): (RewriteId, Option<u64>),
        by: &Reviewer,
        action: &Action,
        making: &Making,
    ) -> StoreResult<(Decision, RewriteHead)> {
        let mut tx = self.write().await?;
        tx.hold_of(id).await?;
        let (seq, before) = rewrites::load(&mut tx, id).await?;
        if let Some(seen) = revision
            && seen != before.head.revision
        {
            return Err(StoreError::Stale { revision: before.head.revision });
        }
        against(&mut tx, (seq, &before.head), (by, action)).await?;
        let earlier = match action {
            Action::Undo { decision } => Some(standing(&mut tx, *decision, seq).await?),
            _ => None,
        };
        let mut after = before.clone();
        review::apply(&mut after, action, earlier.as_ref().map(|(_, decision)| decision))?;
        let (from, to) = (before.head.state, after.head.state);
        let name = DecisionId::new(self.new_uuid());
        let step = match making.step {
            Step::Alone => None,
            Step::First => Some(name),
            Step::Of(first) => Some(first),
        };
        let decision = Decision {
            id: name,
            rewrite: id,
            by: by.clone(),
            at: codec::time(tx.now)?,
            from,
            to,
            made: made(making, step, hashes(&before, &after, action)),
            action: action.clone(),
        };
        record(&mut tx, (seq, &decision), earlier.map(|(seq, _)| seq)).await?;
        if let (Some(kind), Action::Approve { .. }) = (making.ask, action) {
            let action = Action::Ask { kind };
            review::apply(&mut after, &action, None)?;
            let id = DecisionId::new(self.new_uuid());
            let asked = Decision { id, from: to, action, made: Made::default(), ..decision.clone() };
            record(&mut tx, (seq, &asked), None).await?;
        }
        if *action == Action::Open {
            query("UPDATE rewrite SET opened_at = coalesce(opened_at, $2) WHERE seq = $1")
                .bind(seq)
                .bind(tx.now)
                .execute(&mut tx)
                .await?;
        }
        if !only_looks(action) {
            write(&mut tx, seq, (&before, &after), (by, action)).await?;
        }
        let (_, now) = rewrites::load(&mut tx, id).await?;
        tx.commit().await?;
        Ok((decision, now.head))
    }

    async fn requeue_once(&self, id: RewriteId) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let place: Place = moves::place(&mut tx, id).await?;
        let mover = Mover { by: &self.actor, how: "requeue" };
        if !matches!(place.state, RewriteState::Failed | RewriteState::Conflict) {
            return Err(Refusal::State { state: place.state, action: mover.how }.into());
        }
        moves::rewrite(&mut tx, &place, RewriteState::Queued, mover).await?;
        query("UPDATE rewrite SET run_after = $2, decided_by = NULL, decided_at = NULL WHERE seq = $1")
            .bind(place.seq)
            .bind(tx.now)
            .execute(&mut tx)
            .await?;
        texts::forget(&mut tx, place.seq).await?;
        batches::reopen(&mut tx, place.batch, &self.actor).await?;
        tx.commit().await
    }

    async fn assess_once(&self, id: RewriteId, changed_percent: u8, findings: &[Finding]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let place = moves::place(&mut tx, id).await?;
        texts::assess(&mut tx, place.seq, changed_percent, findings).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Reviews for Store {
    async fn rewrites(&self, query: &RewriteQuery) -> StoreResult<Vec<RewriteHead>> {
        self.list(query).await
    }

    async fn counts(&self, filter: &Filter) -> StoreResult<Counts> {
        self.count(filter).await
    }

    async fn ids(&self, filter: &Filter, sort: Sort, limit: u32) -> StoreResult<Vec<RewriteId>> {
        self.list_ids(filter, sort, limit).await
    }

    async fn rewrite(&self, id: RewriteId) -> StoreResult<Rewrite> {
        let mut snapshot = self.snapshot().await?;
        Ok(rewrites::load(&mut snapshot, id).await?.1)
    }

    async fn decide_so(
        &self,
        seen: (RewriteId, Option<u64>),
        by: &Reviewer,
        action: &Action,
        making: &Making,
    ) -> StoreResult<(Decision, RewriteHead)> {
        self.once_more(|| self.decide_once(seen, by, action, making)).await
    }

    async fn step(&self, first: DecisionId) -> StoreResult<Vec<(RewriteId, DecisionId)>> {
        let mut snapshot = self.snapshot().await?;
        let rows = select!(
            "d.step = $1 AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq) ORDER BY d.seq DESC"
        );
        let rows = rows.bind(first.to_string()).fetch_all(&mut snapshot).await?;
        rows.iter().map(|row| Ok((codec::parsed(row, "rewrite_id")?, codec::parsed(row, "id")?))).collect()
    }

    async fn stopped(&self) -> StoreResult<Vec<u64>> {
        let mut snapshot = self.snapshot().await?;
        let rows = query("SELECT number FROM batch WHERE write_stopped = 1 ORDER BY number");
        let rows = rows.fetch_all(&mut snapshot).await?;
        rows.iter().map(|row| Ok(codec::unsigned(row.try_get(0)?))).collect()
    }

    async fn let_write(&self, batch: BatchRef, by: &Reviewer) -> StoreResult<bool> {
        self.once_more(|| self.let_write_once(batch, by)).await
    }

    async fn assess(&self, id: RewriteId, changed_percent: u8, findings: &[Finding]) -> StoreResult<()> {
        self.once_more(|| self.assess_once(id, changed_percent, findings)).await
    }

    async fn requeue(&self, id: RewriteId) -> StoreResult<()> {
        self.once_more(|| self.requeue_once(id)).await
    }

    async fn history(&self, id: RewriteId) -> StoreResult<Vec<Decision>> {
        let mut snapshot = self.snapshot().await?;
        let seq = moves::seq(&mut snapshot, id).await?;
        let rows = select!("d.rewrite = $1 ORDER BY d.seq").bind(seq).fetch_all(&mut snapshot).await?;
        rows.iter().map(from_row).collect()
    }

    async fn activity(&self, before: Option<DecisionId>, limit: u32) -> StoreResult<Vec<ActivityRow>> {
        let mut snapshot = self.snapshot().await?;
        let before = match before {
            None => i64::MAX,
            Some(id) => query("SELECT seq FROM decision WHERE id = $1")
                .bind(id.to_string())
                .fetch_optional(&mut snapshot)
                .await?
                .ok_or_else(|| StoreError::NotFound(format!("decision {id}")))?
                .try_get(0)?,
        };
        let rows = select!("d.action <> 'open' AND d.seq < $1 ORDER BY d.seq DESC LIMIT $2")
            .bind(before)
            .bind(limit.clamp(1, 1_000))
            .fetch_all(&mut snapshot)
            .await?;
        let row = |row: &Row| {
            Ok(ActivityRow {
                decision: from_row(row)?,
                candidate: CandidateId(row.try_get("candidate")?),
                name: row.try_get("name")?,
                batch_number: codec::unsigned(row.try_get("batch")?),
            })
        };
        rows.iter().map(row).collect()
    }

    async fn undoable(&self, by: &Reviewer, on: Option<RewriteId>) -> StoreResult<Option<Decision>> {
        let mut snapshot = self.snapshot().await?;
        let last = select!(
            "d.decided_by = $1 AND d.action IN ('approve', 'reject', 'edit', 'skip', 'choose', 'note', 'dismiss', \
             'look', 'assign') AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.seq) ORDER BY d.seq DESC LIMIT 100"
        );
        for row in last.bind(&by.0).fetch_all(&mut snapshot).await? {
            let decision = from_row(&row)?;
            if on.is_none_or(|id| id == decision.rewrite) && can_be_undone(&mut snapshot, &decision).await? {
                return Ok(Some(decision));
            }
        }
        Ok(None)
    }
}
