//! What must hold of a store, whenever the program was killed.

use std::collections::{BTreeMap, BTreeSet};

use redraft::simulator::Ledger;
use sqlx::{Row, SqliteConnection};

/// Rules of one store: each is a query for what breaks it.
const RULES: [(&str, &str); 9] = [
    ("the file is sound", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
    (
        "the counts of a batch add up",
        "SELECT c.batch || ' ' || c.state FROM batch_count c WHERE c.n <> \
         (SELECT count(*) FROM rewrite r WHERE r.batch = c.batch AND r.state = c.state)",
    ),
    (
        "each state has its count",
        "SELECT DISTINCT r.batch || ' ' || r.state FROM rewrite r \
         WHERE NOT EXISTS (SELECT 1 FROM batch_count c WHERE c.batch = r.batch AND c.state = r.state)",
    ),
    ("no budget is exceeded", "SELECT scope FROM budget WHERE spent + reserved > cap OR overshoot > 0"),
    (
        "a batch has spent what its attempts cost",
        "SELECT b.scope FROM budget b JOIN batch t ON b.scope = 'b' || t.number \
         WHERE b.spent <> (SELECT coalesce(sum(a.cost), 0) FROM attempt a WHERE a.batch = t.number)",
    ),
    (
        "a batch has reserved what its open attempts hold",
        "SELECT b.scope FROM budget b JOIN batch t ON b.scope = 'b' || t.number WHERE b.reserved <> \
         (SELECT coalesce(sum(a.reserved), 0) FROM attempt a WHERE a.batch = t.number AND a.outcome = 'open')",
    ),
    (
        "a rewrite is recorded once",
        "SELECT rewrite FROM attempt WHERE outcome = 'done' GROUP BY rewrite HAVING count(*) > 1",
    ),
    (
        "what is ready has its text and its attempt",
        "SELECT r.id FROM rewrite r JOIN rewrite_text t ON t.rewrite = r.seq \
         WHERE r.state NOT IN ('queued', 'running', 'failed', 'skipped', 'cancelled') AND (t.after_text IS NULL \
         OR NOT EXISTS (SELECT 1 FROM attempt a WHERE a.rewrite = r.seq AND a.outcome = 'done'))",
    ),
    (
        "every move is in the audit",
        "SELECT r.id FROM rewrite r WHERE r.state <> coalesce((SELECT a.state_after FROM audit a \
         WHERE a.rewrite = r.seq ORDER BY a.seq DESC LIMIT 1), 'queued') OR EXISTS (SELECT 1 FROM (SELECT \
         a.state_before AS before, lag(a.state_after, 1, 'queued') OVER (ORDER BY a.seq) AS last FROM audit a \
         WHERE a.rewrite = r.seq) WHERE before <> last)",
    ),
];

/// Remembers what was recorded, to find out whether it stays.
#[derive(Default)]
pub struct Judge {
    recorded: BTreeMap<String, String>,
    /// The attempts that were in flight at a kill.
    pub in_flight: BTreeSet<String>,
}

impl Judge {
    /// Looks at a store that no program works on; returns what is wrong.
    pub async fn look(&mut self, store: &mut SqliteConnection, ledger: Option<&Ledger>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (rule, query) in RULES {
            for row in sqlx::query(query).fetch_all(&mut *store).await.unwrap() {
                let what: String = row.try_get(0).unwrap_or_else(|_| row.get::<i64, _>(0).to_string());
                wrong.push(format!("{rule}, but not for {what}"));
            }
        }
        wrong.extend(self.stays(store).await);
        if let Some(ledger) = ledger {
            wrong.extend(self.paid(store, ledger).await);
        }
        wrong
    }

    /// What was recorded once is neither lost nor replaced.
    async fn stays(&mut self, store: &mut SqliteConnection) -> Vec<String> {
        let query = "SELECT r.id, t.after_text FROM rewrite r JOIN rewrite_text t ON t.rewrite = r.seq \
                     WHERE t.after_text IS NOT NULL";
        let rows = sqlx::query(query).fetch_all(store).await.unwrap();
        let now: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let mut wrong = Vec::new();
        for (id, text) in &self.recorded {
            match now.get(id) {
                None => wrong.push(format!("a result is never lost, but that of {id} was")),
                Some(other) if other != text => {
                    wrong.push(format!("a result is recorded once, but that of {id} was replaced"));
                }
                Some(_) => {}
            }
        }
        self.recorded = now;
        wrong
    }

    /// Nothing was sent that the store does not know of, and nothing was paid again but what was in flight at a kill.
    async fn paid(&mut self, store: &mut SqliteConnection, ledger: &Ledger) -> Vec<String> {
        let row = sqlx::query(
            "SELECT count(*), coalesce(sum(cost), 0) + coalesce(sum(iif(outcome = 'open', reserved, 0)), 0) \
             FROM attempt",
        );
        let row = row.fetch_one(&mut *store).await.unwrap();
        let [attempts, known] = [0, 1].map(|at| row.get::<i64, _>(at));
        let open = sqlx::query("SELECT id FROM attempt WHERE outcome = 'open'");
        self.in_flight.extend(open.fetch_all(store).await.unwrap().iter().map(|row| row.get::<String, _>(0)));
        let mut wrong = Vec::new();
        if i64::try_from(ledger.admitted.len()).unwrap() > attempts {
            wrong.push(format!(
                "{} requests were admitted, the store knows {attempts}",
                ledger.admitted.len()
            ));
        }
        let billed = ledger.billed().nanos();
        if billed > u64::try_from(known).unwrap() {
            wrong.push(format!("{billed} nano-dollars were billed, the store knows of {known}"));
        }
        let again: usize = ledger.duplicates().values().map(|times| times - 1).sum();
        if again > self.in_flight.len() {
            wrong.push(format!(
                "{again} requests were paid again, {} were in flight at kills",
                self.in_flight.len()
            ));
        }
        wrong
    }
}
