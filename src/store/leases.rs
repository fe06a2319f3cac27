//! Who has which rewrite open for review, and the filters that people gave a name.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Store, codec,
    connection::query,
    decisions, moves,
    port::{Claim, Leased, Leases, OpenLease, SavedFilter, StoreResult},
    transaction::Tx,
};
use crate::domain::{Action, Decision, DecisionId, Reviewer, RewriteId};

impl Store {
    async fn lease_once(
        &self,
        (id, by, session): (RewriteId, &Reviewer, &str),
        (ttl, claim): (Duration, Claim),
    ) -> StoreResult<Leased> {
        let mut tx = self.write().await?;
        tx.hold_of(id).await?;
        let place = moves::place(&mut tx, id).await?;
        // A session holds one.
        query("DELETE FROM review_lease WHERE session = $1 AND rewrite <> $2")
            .bind(session)
            .bind(place.seq)
            .execute(&mut tx)
            .await?;
        let row = query("SELECT holder, session, lease_until FROM review_lease WHERE rewrite = $1");
        let held = row.bind(place.seq).fetch_optional(&mut tx).await?;
        let held: Option<(String, String, i64)> = match held {
            Some(row) => Some((row.try_get("holder")?, row.try_get("session")?, row.try_get("lease_until")?)),
            None => None,
        };
        let other = held.as_ref().filter(|(holder, _, until)| *holder != by.0 && *until > tx.now);
        if let (Some((holder, ..)), Claim::IfFree) = (other, claim) {
            let leased = Leased::By(holder.clone());
            tx.commit_quietly().await?;
            return Ok(leased);
        }
        let renews = held.as_ref().is_some_and(|(_, known, _)| known == session);
        query(
            "INSERT INTO review_lease (rewrite, holder, session, taken_at, lease_until) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (rewrite) DO UPDATE SET holder = excluded.holder, session = excluded.session, \
             taken_at = excluded.taken_at, lease_until = excluded.lease_until",
        )
        .bind(place.seq)
        .bind(&by.0)
        .bind(session)
        .bind(tx.now)
        .bind(codec::until(tx.now, ttl))
        .execute(&mut tx)
        .await?;
        if let Some((holder, ..)) = other {
            let decision = Decision {
                id: DecisionId::new(self.new_uuid()),
                rewrite: id,
                by: by.clone(),
                at: codec::time(tx.now)?,
                from: place.state,
                to: place.state,
                made: crate::domain::Made::default(),
                action: Action::TakeOver { from: Reviewer(holder.clone()) },
            };
            decisions::record(&mut tx, (place.seq, &decision), None).await?;
        }
        // Whoever holds on to what they have tells nobody anything new.
        if renews {
            tx.commit_quietly().await?;
        } else {
            tx.commit().await?;
        }
        Ok(Leased::Mine)
    }

    async fn release_lease_once(&self, session: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let ended =
            query("DELETE FROM review_lease WHERE session = $1").bind(session).execute(&mut tx).await?;
        if ended > 0 { tx.commit().await } else { tx.commit_quietly().await }
    }

    async fn save_filter_once(&self, name: &str, filter: &str, by: &Reviewer) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let statement = if filter.is_empty() {
            query("DELETE FROM saved_filter WHERE name = $1").bind(name)
        } else {
            query(
                "INSERT INTO saved_filter (name, filter, saved_by, saved_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (name) DO UPDATE SET filter = excluded.filter, saved_by = excluded.saved_by, \
                 saved_at = excluded.saved_at",
            )
            .bind(name)
            .bind(filter)
            .bind(&by.0)
            .bind(tx.now)
        };
        statement.execute(&mut tx).await?;
        tx.commit().await
    }
}

/// Who else has a rewrite open now.
pub(super) async fn other(tx: &mut Tx, seq: i64, by: &Reviewer) -> StoreResult<Option<String>> {
    let row =
        query("SELECT holder FROM review_lease WHERE rewrite = $1 AND holder <> $2 AND lease_until > $3");
    let row = row.bind(seq).bind(&by.0).bind(tx.now).fetch_optional(tx).await?;
    row.map(|row| row.try_get(0)).transpose()
}

#[async_trait]
impl Leases for Store {
    async fn lease(
        &self,
        id: RewriteId,
        (by, session): (&Reviewer, &str),
        ttl: Duration,
        claim: Claim,
    ) -> StoreResult<Leased> {
        self.once_more(|| self.lease_once((id, by, session), (ttl, claim))).await
    }

    async fn release_lease(&self, session: &str) -> StoreResult<()> {
        self.once_more(|| self.release_lease_once(session)).await
    }

    async fn leases(&self) -> StoreResult<Vec<OpenLease>> {
        let mut snapshot = self.snapshot().await?;
        let now = snapshot.now;
        let rows = query(
            "SELECT r.id, l.holder, l.session, l.lease_until FROM review_lease l JOIN rewrite r ON r.seq = l.rewrite \
             WHERE l.lease_until > $1 ORDER BY l.rewrite",
        );
        let rows = rows.bind(now).fetch_all(&mut snapshot).await?;
        let lease = |row: &super::connection::Row| {
            Ok(OpenLease {
                rewrite: codec::parsed(row, "id")?,
                by: Reviewer(row.try_get("holder")?),
                session: row.try_get("session")?,
                until: codec::time(row.try_get("lease_until")?)?,
            })
        };
        rows.iter().map(lease).collect()
    }

    async fn saved_filters(&self) -> StoreResult<Vec<SavedFilter>> {
        let mut snapshot = self.snapshot().await?;
        let rows = query("SELECT name, filter, saved_by FROM saved_filter ORDER BY name");
        let rows = rows.fetch_all(&mut snapshot).await?;
        let saved = |row: &super::connection::Row| {
            Ok(SavedFilter {
                name: row.try_get("name")?,
                filter: row.try_get("filter")?,
                by: Reviewer(row.try_get("saved_by")?),
            })
        };
        rows.iter().map(saved).collect()
    }

    async fn save_filter(&self, name: &str, filter: &str, by: &Reviewer) -> StoreResult<()> {
        self.once_more(|| self.save_filter_once(name, filter, by)).await
    }
}
