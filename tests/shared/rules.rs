//! What must hold of a shared store at every commit, each as a query for what breaks it.

use crate::support::servers::Database;

const RULES: [(&str, &str); 8] = [
    (
        "the counts of a batch add up",
        "SELECT batch, state FROM batch_count c WHERE n <> \
         (SELECT count(*) FROM rewrite r WHERE r.batch = c.batch AND r.state = c.state)",
    ),
    (
        "each state has its count",
        "SELECT batch, state FROM rewrite EXCEPT SELECT batch, state FROM batch_count",
    ),
    ("no budget is exceeded", "SELECT scope FROM budget WHERE spent + reserved > cap OR overshoot > 0"),
    (
        "a batch has spent what its attempts cost, and holds what those in flight may cost",
        "SELECT scope FROM budget JOIN batch b ON scope = 'b' || number WHERE (spent, reserved) <> \
         (SELECT coalesce(sum(cost), 0), coalesce(sum(a.reserved) FILTER (WHERE outcome = 'open'), 0) \
          FROM attempt a WHERE a.batch = b.number)",
    ),
    (
        "a month has spent what its attempts cost",
        "SELECT scope FROM budget m WHERE scope LIKE '2%' AND (spent, reserved) <> \
         (SELECT coalesce(sum(cost), 0), coalesce(sum(a.reserved) FILTER (WHERE outcome = 'open'), 0) \
          FROM attempt a WHERE a.month = m.scope)",
    ),
    (
        "a rewrite is recorded once",
        // A late reply of a worker that was taken for dead is paid, and recorded with its attempt alone.
        "SELECT rewrite FROM audit WHERE state_before = 'running' AND state_after = 'ready' GROUP BY rewrite HAVING count(*) > 1",
    ),
    (
        "what is ready has its text and its attempt",
        "SELECT r.id FROM rewrite r LEFT JOIN rewrite_text t ON t.rewrite = r.seq WHERE r.state IN ('ready', 'approved') \
         AND (t.after_text IS NULL OR NOT EXISTS (SELECT 1 FROM attempt a WHERE a.rewrite = r.seq AND a.outcome = 'done'))",
    ),
    (
        "every move is in the audit",
        "SELECT r.id FROM rewrite r WHERE r.revision - 1 < \
         (SELECT count(*) FROM audit a WHERE a.rewrite = r.seq) OR r.state <> coalesce( \
         (SELECT state_after FROM audit a WHERE a.rewrite = r.seq ORDER BY a.seq DESC LIMIT 1), 'queued')",
    ),
];

/// Fails if a rule is broken.
#[track_caller]
pub fn hold(database: &Database) {
    for (rule, broken_by) in RULES {
        let found = database.run(&format!("SET search_path TO redraft; {broken_by}"));
        assert_eq!(found, "", "{rule}");
    }
}
