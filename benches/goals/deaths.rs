//! Workers of the real program that share a store, die, and are replaced.

use std::time::Duration;

use crate::{
    board::{tell, tell_at_least, tell_time},
    kill::{
        asked,
        batch::survives,
        world::Home::{Embedded, Shared},
    },
    shared::workers::{share_limits, take_over},
    support::servers,
};

/// Three on one PostgreSQL.
pub async fn workers() {
    let Some(database) = servers::postgres() else {
        println!("9   PostgreSQL is not installed: workers that share a store are not measured");
        return;
    };
    let [killed, cut_off] = take_over(database).await;
    tell_time("9", "killed: its rewrites run elsewhere after", killed, Duration::from_secs(15));
    tell_time("9", "cut off: its rewrites run elsewhere after", cut_off, Duration::from_secs(15));
    let Some(database) = servers::postgres() else { return };
    let (report, fairness) = share_limits(database, (120, 125_000)).await;
    println!("three workers: {:.1} s, bound {:.1} s", report.took.as_secs_f64(), report.bound.as_secs_f64());
    tell("3", "wall-clock ÷ bound, three workers and two batches", report.ratio, "", 1.08);
    tell("4", "  requests refused with 429", report.share_429 * 100.0, "%", 0.1);
    tell("5", "  early retries, crowds", (report.early_retries + report.herds) as f64, "", 0.0);
    tell_at_least("16", "  fairness of the two (Jain)", fairness, "", 0.98);
}

/// `kill -9` of the real program: the judge stops this part if a result is lost or doubled, a request paid again that was
/// not in flight, a budget overshot.
pub async fn kills() {
    let times = asked("REDRAFT_KILLS", 100);
    for (home, workers, part) in [(Embedded, 1, 4), (Embedded, 3, 2), (Shared, 1, 2), (Shared, 3, 2)] {
        let Some(sum) = survives(home, workers, times * part / 10).await else { continue };
        let what =
            format!("{home:?}, {workers} at work, {} kills: paid again ÷ in flight at kills", sum.killed);
        tell("8", &what, sum.again as f64 / sum.in_flight.max(1) as f64, "", 1.0);
        println!("    {} results recorded, none lost, none twice, no budget overshot", sum.recorded);
    }
}
