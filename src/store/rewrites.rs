//! Rewrites: lists that never read a text, and one rewrite whole.

use sqlx::{AssertSqlSafe, Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, codec,
    filter::Condition,
    moves,
    port::{RewriteQuery, Sort, StoreError, StoreResult},
};
use crate::{
    domain::{CandidateId, Counts, Document, Failure, Rewrite, RewriteHead, RewriteId},
    review::filter::Filter,
};

const HEAD: &str = "SELECT r.seq, r.id, b.id AS batch_id, r.batch, r.candidate, r.name, b.posting_title, r.state, \
     r.revision, r.changed_percent, r.findings, r.blocking, r.edited, r.opened_at, r.decided_by, r.cost, r.attempts, \
     r.failure_reason, r.failure_detail, r.updated_at FROM rewrite r JOIN batch b ON b.number = r.batch WHERE ";

/// What a list holds at the most.
const LONGEST: u32 = 1_000;

impl Sort {
    /// The column that sorts, before the ties are broken by `seq` in the same direction.
    const fn column(self) -> Option<&'static str> {
        match self {
            Self::Risk => Some("r.risk"),
            Self::Recent => Some("r.updated_at"),
            Self::Name => Some("r.name_key"),
            Self::Oldest => None,
        }
    }

    const fn order(self) -> &'static str {
        match self {
            Self::Risk => " ORDER BY r.risk DESC, r.seq",
            Self::Recent => " ORDER BY r.updated_at DESC, r.seq DESC",
            Self::Name => " ORDER BY r.name_key, r.seq",
            Self::Oldest => " ORDER BY r.seq",
        }
    }
}

pub(super) fn head(row: &SqliteRow) -> StoreResult<RewriteHead> {
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
        cost: codec::money(row.try_get("cost")?),
        attempts: codec::small(row.try_get("attempts")?),
        failure,
        updated_at: codec::time(row.try_get("updated_at")?)?,
    })
}

/// One rewrite whole, with what the store knows it by inside.
pub(super) async fn load(connection: &mut SqliteConnection, id: RewriteId) -> StoreResult<(i64, Rewrite)> {
    let row = sqlx::query(AssertSqlSafe(format!("{HEAD} r.id = $1")))
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
    let text = sqlx::query(
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

/// The condition of a list that goes on behind a rewrite, wherever that stands now.
async fn behind(
    connection: &mut SqliteConnection,
    condition: &mut Condition,
    (sort, after): (Sort, RewriteId),
) -> StoreResult<()> {
    let seq = moves::place(connection, after).await?.seq;
    let Some(column) = sort.column() else {
        condition.and("r.seq > ?", &[seq], None);
        return Ok(());
    };
    let row = sqlx::query(AssertSqlSafe(format!("SELECT {column} FROM rewrite r WHERE r.seq = $1")))
        .bind(seq)
        .fetch_one(connection)
        .await?;
    match sort {
        Sort::Name => {
            let name: String = row.try_get(0)?;
            condition.and("(r.name_key, r.seq) > (?, ?)", &[seq], Some(&name));
        }
        Sort::Risk => {
            let risk: i64 = row.try_get(0)?;
            condition.and("(r.risk < ? OR (r.risk = ? AND r.seq > ?))", &[risk, risk, seq], None);
        }
        Sort::Recent | Sort::Oldest => {
            let at: i64 = row.try_get(0)?;
            condition.and("(r.updated_at, r.seq) < (?, ?)", &[at, seq], None);
        }
    }
    Ok(())
}

impl SqliteStore {
    pub(super) async fn list(&self, query: &RewriteQuery) -> StoreResult<Vec<RewriteHead>> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.snapshot().await?;
        let mut condition = Condition::of(&query.filter);
        if let Some(after) = query.after {
            behind(&mut snapshot, &mut condition, (query.sort, after)).await?;
        }
        let limit = query.limit.clamp(1, LONGEST);
        let sql = format!("{HEAD}{}{} LIMIT {limit}", condition.sql, query.sort.order());
        let rows = condition.bind(sqlx::query(AssertSqlSafe(sql))).fetch_all(&mut *snapshot).await?;
        rows.iter().map(head).collect()
    }

    pub(super) async fn count_states(&self, filter: &Filter) -> StoreResult<Counts> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.snapshot().await?;
        let condition = Condition::of(filter);
        let sql = format!(
            "SELECT r.state, count(*) FROM rewrite r JOIN batch b ON b.number = r.batch WHERE {} GROUP BY r.state",
            condition.sql
        );
        let rows = condition.bind(sqlx::query(AssertSqlSafe(sql))).fetch_all(&mut *snapshot).await?;
        let mut counts = Counts::default();
        for row in rows {
            counts.add(codec::parsed(&row, "state")?, codec::unsigned(row.try_get(1)?));
        }
        Ok(counts)
    }

    pub(super) async fn snapshot_of(
        &self,
        filter: &Filter,
        sort: Sort,
        limit: u32,
    ) -> StoreResult<Vec<RewriteId>> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.snapshot().await?;
        let condition = Condition::of(filter);
        let sql = format!(
            "SELECT r.id FROM rewrite r JOIN batch b ON b.number = r.batch WHERE {}{} LIMIT {limit}",
            condition.sql,
            sort.order()
        );
        let rows = condition.bind(sqlx::query(AssertSqlSafe(sql))).fetch_all(&mut *snapshot).await?;
        rows.iter().map(|row| codec::parsed(row, "id")).collect()
    }
}
