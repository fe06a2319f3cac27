//! Rewrites as rows: the head that lists show, and one rewrite whole with its texts.

use super::{
    codec,
    connection::{Connection, Row, query},
    port::{StoreError, StoreResult},
};
use crate::domain::{CandidateId, Document, Failure, Reviewer, Rewrite, RewriteHead, RewriteId};

/// The columns of a list row, of `rewrite r JOIN batch b`.
macro_rules! head {
    ($rest:literal) => {
        concat!(
            "SELECT r.seq, r.id, b.id AS batch_id, r.batch, r.candidate, r.name, \
             COALESCE(r.posting_title, b.posting_title) AS posting_title, r.state, \
             r.revision, r.changed_percent, r.findings, r.blocking, r.edited, r.opened_at, r.decided_by, r.cost, \
             r.attempts, r.failure_reason, r.failure_detail, r.updated_at, r.look, r.assigned_to, r.words ",
            $rest
        )
    };
}

/// The beginning of a statement that reads list rows.
pub(super) const HEAD: &str = head!("");

pub(super) fn head(row: &Row) -> StoreResult<RewriteHead> {
    let reason: Option<String> = row.try_get("failure_reason")?;
    let detail: Option<String> = row.try_get("failure_detail")?;
    let failure = match reason {
        Some(reason) => {
            Some(Failure { reason: codec::from_word(reason)?, detail: detail.unwrap_or_default() })
        }
        None => None,
    };
    let percent: Option<i64> = row.try_get("changed_percent")?;
    Ok(RewriteHead {
        id: codec::parsed(row, "id")?,
        batch: codec::parsed(row, "batch_id")?,
        batch_number: codec::unsigned(row.try_get("batch")?),
        candidate: CandidateId(row.try_get("candidate")?),
        name: row.try_get("name")?,
        posting: row.try_get("posting_title")?,
        state: codec::parsed(row, "state")?,
        revision: codec::unsigned(row.try_get("revision")?),
        changed_percent: percent.and_then(|percent| u8::try_from(percent).ok()),
        findings: codec::small(row.try_get("findings")?),
        blocked: row.try_get::<i64, _>("blocking")? > 0,
        edited: row.try_get::<i64, _>("edited")? != 0,
        opened_at: codec::maybe_time(row, "opened_at")?,
        decided_by: row.try_get("decided_by")?,
        look: codec::maybe_parsed(row, "look")?,
        assigned: row.try_get::<Option<String>, _>("assigned_to")?.map(Reviewer),
        words: row.try_get::<Option<i64>, _>("words")?.map(codec::small),
        cost: codec::money(row.try_get("cost")?),
        attempts: codec::small(row.try_get("attempts")?),
        failure,
        updated_at: codec::time(row.try_get("updated_at")?)?,
    })
}

/// One rewrite whole, with what the store knows it by inside.
pub(super) async fn load(connection: &mut Connection, id: RewriteId) -> StoreResult<(i64, Rewrite)> {
    let row = query(head!("FROM rewrite r JOIN batch b ON b.number = r.batch WHERE r.id = $1"))
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await?
        .ok_or_else(|| StoreError::NotFound(format!("rewrite {id}")))?;
    let seq: i64 = row.try_get("seq")?;
    let mut rewrite = Rewrite {
        head: head(&row)?,
        before: Document::default(),
        after: None,
        choices: std::collections::BTreeMap::default(),
        approved: None,
        found: None,
        findings: Vec::new(),
        raw_reply: None,
    };
    let text = query(
        "SELECT before_text, after_text, approved, found, choices, findings, raw_reply FROM rewrite_text \
         WHERE rewrite = $1",
    );
    if let Some(row) = text.bind(seq).fetch_optional(connection).await? {
        let maybe = |column: &str| -> StoreResult<Option<Document>> {
            row.try_get::<Option<String>, _>(column)?.map(|json| codec::from_json(&json)).transpose()
        };
        rewrite.before = maybe("before_text")?.unwrap_or_default();
        rewrite.after = maybe("after_text")?;
        rewrite.approved = maybe("approved")?;
        rewrite.found = maybe("found")?;
        rewrite.choices = codec::from_json(&row.try_get::<String, _>("choices")?)?;
        rewrite.findings = codec::from_json(&row.try_get::<String, _>("findings")?)?;
        rewrite.raw_reply = row.try_get("raw_reply")?;
    }
    Ok((seq, rewrite))
}
