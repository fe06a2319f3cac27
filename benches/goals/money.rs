//! Budgets at their end, and replies that break off.

use std::time::Duration;

use redraft::{
    domain::{AttemptOutcome, BatchState, Money, PauseReason, RewriteState},
    engine::{Engine, port::Who, start_batch},
    store::port::Batches,
};

use crate::{
    board::tell,
    work::{ended, parts, server, until, world},
    world::{count, request},
};

pub async fn money() {
    let server = server("limits = \"none\"\nprompt_cache = \"off\"\nspeed = 5.0\n");
    let world = world(800, 120, 400).await;
    let parts = parts(&world, &server);
    let mut asked = request(Who::All);
    asked.budget = Some(Money::from_nanos(60_000_000));
    let engine = Engine::start(parts.clone());
    let batch = start_batch(&parts, &asked).await.unwrap();
    let is_over = |now: &redraft::domain::Batch| {
        now.state == BatchState::Paused(PauseReason::Budget) || now.state.has_ended()
    };
    let now = until(&world, &batch, is_over).await;
    engine.stop(Duration::from_secs(5)).await;
    assert_eq!(now.state, BatchState::Paused(PauseReason::Budget), "the budget was enough for all");
    let mut reservation = 0;
    for rewrite in world.heads(&batch).await.iter().take(1_000) {
        for attempt in world.store.attempts(rewrite.id).await.unwrap() {
            reservation = reservation.max(attempt.reserved.nanos());
        }
    }
    let report = server.stop();
    println!(
        "stopped by its budget after {} of 800, {} in flight at most",
        count(&now, RewriteState::Ready),
        report["peak"]
    );
    let overshoot = now.spent.nanos().saturating_sub(now.spec.budget.nanos());
    tell("6", "budget overshot", overshoot as f64, "n$", 0.0);
    let off = now.spent.nanos().abs_diff(report["billed"].as_u64().unwrap());
    tell("8", "  what was counted, off what was billed by", off as f64, "n$", 0.0);
    let unused = now.spec.budget.nanos().saturating_sub(now.spent.nanos());
    tell("7", "  unused ÷ the worst case of one request", unused as f64 / reservation as f64, "", 1.0);
}

/// Every way in which a reply can break off: none counts as a success.
pub async fn faults() {
    let mut scenario = "limits = \"none\"\nspeed = 50.0\n".to_owned();
    for at in
        ["{ tokens = 0 }", "{ tokens = 40 }", "{ inside = 40 }", "{ inside_letter = 40 }", "\"after_finish\""]
    {
        for how in ["end", "close", "reset", "error_event", "bare_error", "chunk_error", "garbage"] {
            // The finish event holds the usage: what ends in silence behind it is whole.
            if at == "\"after_finish\"" && ["end", "close", "reset"].contains(&how) {
                continue;
            }
            let fault = format!(
                "[[faults]]\nwhen = {{ probability = 0.02 }}\neffect = {{ cut = {{ at = {at}, how = \"{how}\" }} }}\n"
            );
            scenario.push_str(&fault);
        }
    }
    let server = server(&scenario);
    let mut world = world(600, 60, 40).await;
    world.settings.backoff = Duration::from_millis(5);
    let parts = parts(&world, &server);
    let engine = Engine::start(parts.clone());
    let batch = start_batch(&parts, &request(Who::All)).await.unwrap();
    let now = ended(&world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    let mut done = 0;
    for rewrite in world.heads(&batch).await {
        let attempts = world.store.attempts(rewrite.id).await.unwrap();
        done += attempts.iter().filter(|attempt| attempt.outcome == AttemptOutcome::Done).count();
    }
    let report = server.stop();
    let whole = report["deliveries"]["complete"].as_u64().unwrap();
    println!(
        "{} requests, {} replies broken off in 32 ways; {} ready, {} failed with a reason",
        report["admitted"],
        report["deliveries"]["broken"],
        count(&now, RewriteState::Ready),
        count(&now, RewriteState::Failed)
    );
    tell("10", "broken replies that counted as a success", (done as f64 - whole as f64).max(0.0), "", 0.0);
}
