//! What must hold of a store, whenever a program that works on it was killed.

use std::collections::{BTreeMap, BTreeSet};

use redraft::simulator::Ledger;

use super::eyes::Eyes;

/// Rules of one store: each is a query for what breaks it.
const RULES: [(&str, &str); 9] = [
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
        "a month has spent and reserved what its attempts did",
        "SELECT m.scope FROM budget m WHERE m.scope LIKE '2%' AND (m.spent <> \
         (SELECT coalesce(sum(a.cost), 0) FROM attempt a WHERE a.month = m.scope) OR m.reserved <> \
         (SELECT coalesce(sum(a.reserved), 0) FROM attempt a WHERE a.month = m.scope AND a.outcome = 'open'))",
    ),
    (
        "a rewrite is recorded once",
        "SELECT CAST(rewrite AS TEXT) FROM attempt WHERE outcome = 'done' GROUP BY rewrite HAVING count(*) > 1",
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
         WHERE a.rewrite = r.seq) AS moves WHERE before <> last)",
    ),
];

/// Whether the file of an embedded store is sound.
const SOUND: &str = "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'";

/// Remembers what was recorded, to find out whether it stays.
#[derive(Default)]
pub struct Judge {
    recorded: BTreeMap<String, String>,
    /// The attempts that were in flight when their worker was killed.
    pub in_flight: BTreeSet<String>,
}

impl Judge {
    /// Notes what a worker had in flight when it was killed: whoever takes it back sends it again.
    pub async fn killed(&mut self, store: &mut Eyes, pid: u32) {
        let lost = format!(
            "SELECT id FROM attempt WHERE worker LIKE '%:{pid}:%' AND outcome IN ('open', 'unknown')"
        );
        self.in_flight.extend(store.rows(&lost).await.into_iter().flatten());
    }

    /// Looks at a store; returns what is wrong. The ledger must have been read before the store was.
    pub async fn look(&mut self, store: &mut Eyes, ledger: Option<&Ledger>) -> Vec<String> {
        let mut wrong = Vec::new();
        if matches!(store, Eyes::Embedded(_)) {
            wrong.extend(store.rows(SOUND).await.concat());
        }
        for (rule, query) in RULES {
            for what in store.rows(query).await.concat() {
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
    async fn stays(&mut self, store: &mut Eyes) -> Vec<String> {
        let query = "SELECT r.id, t.after_text FROM rewrite r JOIN rewrite_text t ON t.rewrite = r.seq \
                     WHERE t.after_text IS NOT NULL";
        let pair = |row: Vec<String>| <(String, String)>::from(<[String; 2]>::try_from(row).unwrap());
        let now: BTreeMap<String, String> = store.rows(query).await.into_iter().map(pair).collect();
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
    async fn paid(&self, store: &mut Eyes, ledger: &Ledger) -> Vec<String> {
        let attempts = store.number("SELECT CAST(count(*) AS TEXT) FROM attempt").await;
        let known = "SELECT CAST(coalesce(sum(CASE outcome WHEN 'open' THEN reserved ELSE cost END), 0) AS TEXT) \
                     FROM attempt";
        let known = store.number(known).await;
        let mut wrong = Vec::new();
        let admitted = ledger.admitted.len();
        if admitted as u64 > attempts {
            wrong.push(format!("{admitted} requests were admitted, the store knows {attempts}"));
        }
        let billed = ledger.billed().nanos();
        if billed > known {
            wrong.push(format!("{billed} nano-dollars were billed, the store knows of {known}"));
        }
        let (again, in_flight) = (again(ledger), self.in_flight.len());
        if again > in_flight {
            wrong.push(format!("{again} requests were paid again, {in_flight} were in flight at kills"));
        }
        wrong
    }
}

/// Requests that were paid for once more.
pub fn again(ledger: &Ledger) -> usize {
    ledger.duplicates().values().map(|times| times - 1).sum()
}
