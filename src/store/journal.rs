//! The write-back journal: an intent is recorded before the candidate database is asked, and ended after.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Store, codec,
    connection::{Lock, Row, query},
    decisions,
    moves::{self, Mover},
    port::{Certainty, Hold, Intent, IntentEnd, IntentKind, Journal, Recorded, StoreError, StoreResult},
    rewrites, texts,
    transaction::Tx,
};
use crate::{
    domain::{
        Action, CandidateId, Decision, DecisionId, Failure, FailureReason, IntentId, Look, Reviewer,
        RewriteHead, RewriteId, RewriteState,
    },
    review::Refusal,
};

impl IntentKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Revert => "revert",
        }
    }

    /// The state that it begins in, the one while it is at work, and the one when it has done its work.
    const fn states(self) -> (RewriteState, RewriteState, RewriteState) {
        match self {
            Self::Write => (RewriteState::Approved, RewriteState::Writing, RewriteState::Written),
            Self::Revert => (RewriteState::Written, RewriteState::Reverting, RewriteState::Ready),
        }
    }
}

fn from_row(row: &Row) -> StoreResult<Intent> {
    let kind: String = row.try_get("kind")?;
    Ok(Intent {
        id: codec::parsed(row, "id")?,
        rewrite: codec::parsed(row, "rewrite_id")?,
        candidate: CandidateId(row.try_get("candidate")?),
        kind: if kind == "write" { IntentKind::Write } else { IntentKind::Revert },
        before: codec::from_json(&row.try_get::<String, _>("before_text")?)?,
        after: codec::from_json(&row.try_get::<String, _>("after_text")?)?,
        by: Reviewer(row.try_get("asked_by")?),
        tries: codec::small(row.try_get("tries")?),
        fence: codec::unsigned(row.try_get("fence")?),
    })
}

/// What the end of an intent makes of its rewrite.
struct After<'e> {
    to: RewriteState,
    word: &'static str,
    decision: Option<Action>,
    failure: Option<Failure>,
    detail: Option<&'e str>,
}

fn after(kind: IntentKind, end: &IntentEnd) -> After<'_> {
    let (from, _, done) = kind.states();
    // What cannot be written is a conflict with its reason; what cannot be undone stays written.
    let (stuck, did, did_not) = match kind {
        IntentKind::Write => (RewriteState::Conflict, Action::Write, Some(Action::Conflict)),
        IntentKind::Revert => (from, Action::Revert, None),
    };
    let failure = |reason, detail: &str| Some(Failure { reason, detail: detail.to_owned() });
    match end {
        IntentEnd::Applied => {
            After { to: done, word: "applied", decision: Some(did), failure: None, detail: None }
        }
        IntentEnd::Drifted(how) => {
            After { to: done, word: "applied", decision: Some(did), failure: None, detail: Some(how) }
        }
        IntentEnd::Conflict { found, certainty } => {
            let reason = match found {
                Some(_) => FailureReason::SourceChanged,
                None => FailureReason::SourceGone,
            };
            let (why, detail) = conflict(reason, *certainty);
            After { to: stuck, word: "conflict", decision: did_not, failure: failure(reason, why), detail }
        }
        IntentEnd::Refused(why) => After {
            to: stuck,
            word: "refused",
            decision: did_not,
            failure: failure(FailureReason::Unstorable, why),
            detail: Some(why),
        },
        IntentEnd::Abandoned(why) => {
            After { to: from, word: "abandoned", decision: None, failure: None, detail: Some(why) }
        }
    }
}

/// A conflict in words, and what the journal notes about it.
const fn conflict(reason: FailureReason, certainty: Certainty) -> (&'static str, Option<&'static str>) {
    let gone = matches!(reason, FailureReason::SourceGone);
    match certainty {
        Certainty::Known if gone => ("The candidate is no longer there.", None),
        Certainty::Known => ("The source is no longer what was approved from.", None),
        Certainty::Unknown => {
            let why = if gone {
                "The candidate is no longer there; the text may have been written before."
            } else {
                "The source is another one; the text may have stood there before that edit."
            };
            (why, Some(why))
        }
    }
}

impl Store {
    async fn begin_once(
        &self,
        (id, kind): (RewriteId, IntentKind),
        by: &Reviewer,
        hold: &Hold<'_>,
    ) -> StoreResult<Intent> {
        let mut tx = self.write().await?;
        tx.hold_of(id).await?;
        let (seq, rewrite) = rewrites::load(&mut tx, id).await?;
        let (from, at_work, _) = kind.states();
        if rewrite.head.state != from {
            return Err(Refusal::State { state: rewrite.head.state, action: kind.word() }.into());
        }
        if kind == IntentKind::Write {
            may_be_written(&mut tx, &rewrite.head).await?;
        }
        let approved = rewrite.approved.ok_or(Refusal::NoText)?;
        let candidate = rewrite.head.candidate;
        let (before, after) = match kind {
            IntentKind::Write => (rewrite.before, approved),
            IntentKind::Revert => (approved, rewrite.before),
        };
        let intent = Intent {
            id: IntentId::new(self.new_uuid()),
            rewrite: id,
            candidate,
            kind,
            before,
            after,
            by: by.clone(),
            tries: 1,
            fence: 1,
        };
        if insert(&mut tx, seq, &intent, hold).await? == 0 {
            return Err(StoreError::CandidateBusy);
        }
        let place = moves::place(&mut tx, id).await?;
        moves::rewrite(&mut tx, &place, at_work, Mover { by: &by.0, how: kind.word() }).await?;
        tx.commit().await?;
        Ok(intent)
    }

    async fn end_once(&self, intent: &Intent, end: &IntentEnd) -> StoreResult<Recorded> {
        let mut tx = self.write().await?;
        tx.hold_of(intent.rewrite).await?;
        let after = after(intent.kind, end);
        let ended = query(
            "UPDATE intent SET state = $3, detail = $4, ended_at = $5 WHERE id = $1 AND fence = $2 AND state = 'open'",
        )
        .bind(intent.id.to_string())
        .bind(codec::signed(intent.fence))
        .bind(after.word)
        .bind(after.detail)
        .bind(tx.now)
        .execute(&mut tx)
        .await?;
        if ended == 0 {
            return Ok(Recorded::Stale);
        }
        let place = moves::place(&mut tx, intent.rewrite).await?;
        moves::rewrite(&mut tx, &place, after.to, Mover { by: &intent.by.0, how: after.word }).await?;
        if after.to == RewriteState::Conflict {
            write_conflict(&mut tx, place.seq, after.failure.as_ref(), end).await?;
        }
        if after.to == RewriteState::Ready {
            texts::disapprove(&mut tx, place.seq).await?;
        }
        if let Some(action) = after.decision {
            let decision = Decision {
                id: DecisionId::new(self.new_uuid()),
                rewrite: intent.rewrite,
                by: intent.by.clone(),
                at: codec::time(tx.now)?,
                from: place.state,
                to: after.to,
                made: crate::domain::Made::default(),
                action,
            };
            decisions::record(&mut tx, (place.seq, &decision), None).await?;
        }
        tx.commit().await?;
        Ok(Recorded::Done)
    }

    async fn take_over_once(
        &self,
        worker: &str,
        dead: &[String],
        (ttl, limit): (Duration, u32),
    ) -> StoreResult<Vec<Intent>> {
        let mut tx = self.write().await?;
        let free = query(
            "SELECT id FROM intent WHERE state = 'open' AND (lease_until < $1 OR worker IN ( \
             SELECT atom FROM json_each($2))) ORDER BY begun_at, id LIMIT $3",
        )
        .bind(tx.now)
        .bind(codec::json(dead)?)
        .bind(limit)
        .locking(Lock::Skip)
        .fetch_all(&mut tx)
        .await?;
        let mut intents = Vec::new();
        for row in free {
            let id: String = row.try_get(0)?;
            query(
                "UPDATE intent SET worker = $2, lease_until = $3, fence = fence + 1, tries = tries + 1 WHERE id = $1",
            )
            .bind(&id)
            .bind(worker)
            .bind(codec::until(tx.now, ttl))
            .execute(&mut tx)
            .await?;
            let row = query(
                "SELECT i.*, r.id AS rewrite_id FROM intent i JOIN rewrite r ON r.seq = i.rewrite WHERE i.id = $1",
            );
            intents.push(from_row(&row.bind(&id).fetch_one(&mut tx).await?)?);
        }
        if !intents.is_empty() {
            tx.commit().await?;
        }
        Ok(intents)
    }
}

/// Whether nothing has to be looked at before.
async fn may_be_written(tx: &mut Tx, head: &RewriteHead) -> StoreResult<()> {
    if let Some(kind) = head.look.and_then(Look::wanted) {
        return Err(Refusal::Awaits(kind).into());
    }
    let row =
        query("SELECT write_stopped FROM batch WHERE number = $1").bind(codec::signed(head.batch_number));
    if row.fetch_one(tx).await?.try_get::<i64, _>(0)? != 0 {
        return Err(Refusal::Stopped(head.batch_number).into());
    }
    Ok(())
}

/// Writes why a rewrite is in conflict, and what was found in the place of its source.
async fn write_conflict(
    tx: &mut Tx,
    seq: i64,
    failure: Option<&Failure>,
    end: &IntentEnd,
) -> StoreResult<()> {
    if let Some(failure) = failure {
        texts::failure(tx, seq, failure).await?;
    }
    if let IntentEnd::Conflict { found: Some(found), .. } = end {
        texts::found(tx, seq, found).await?;
    }
    Ok(())
}

/// Records an intent; returns how many: none if another one is at work on the candidate.
async fn insert(tx: &mut Tx, seq: i64, intent: &Intent, hold: &Hold<'_>) -> StoreResult<u64> {
    query(
        "INSERT INTO intent (id, rewrite, candidate, kind, before_text, after_text, asked_by, worker, lease_until, \
         fence, tries, begun_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 1, $10) \
         ON CONFLICT (candidate) WHERE state = 'open' DO NOTHING",
    )
    .bind(intent.id.to_string())
    .bind(seq)
    .bind(&intent.candidate.0)
    .bind(intent.kind.word())
    .bind(codec::json(&intent.before)?)
    .bind(codec::json(&intent.after)?)
    .bind(&intent.by.0)
    .bind(hold.worker)
    .bind(codec::until(tx.now, hold.ttl))
    .bind(tx.now)
    .execute(tx)
    .await
}

#[async_trait]
impl Journal for Store {
    async fn begin(
        &self,
        id: RewriteId,
        kind: IntentKind,
        by: &Reviewer,
        hold: &Hold<'_>,
    ) -> StoreResult<Intent> {
        self.once_more(|| self.begin_once((id, kind), by, hold)).await
    }

    async fn end(&self, intent: &Intent, end: &IntentEnd) -> StoreResult<Recorded> {
        self.once_more(|| self.end_once(intent, end)).await
    }

    async fn take_over(
        &self,
        worker: &str,
        dead: &[String],
        ttl: Duration,
        limit: u32,
    ) -> StoreResult<Vec<Intent>> {
        self.once_more(|| self.take_over_once(worker, dead, (ttl, limit))).await
    }
}
