//! The provider's limits: learned, kept, and used to the full.

use std::time::Duration;

use redraft::{
    clock::{Clock, SystemClock},
    domain::{BatchState, PauseReason, RewriteState},
    simulator::{Dimension, Effect, Fault, Latency, Limits, ReserveMode, Scenario, Trigger},
};

use super::world::{PATIENCE, World, count};

/// A minute's tokens suffice for about half of the requests.
fn limited(reserve_mode: ReserveMode, tpm: u64) -> Scenario {
    let latency = Latency { queue_median_ms: 20.0, queue_max_ms: 60.0, ..Latency::default() };
    Scenario {
        latency,
        reserve_mode,
        speed: 1.0,
        limits: Limits { tpm: Some(tpm), rpm: Some(100_000), rpd: Some(1_000_000), ..Limits::NONE },
        prompt_cache: redraft::simulator::PromptCache::Off,
        ..Scenario::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_used_to_the_full_and_nothing_is_refused() {
    for mode in [ReserveMode::PromptPlusCap, ReserveMode::PromptOnly] {
        // 40 requests of about 1,400 tokens each into a bucket of 45,000: a quarter of a minute's refill is needed.
        let world = World::new(40, limited(mode, 45_000)).await;
        let batch = world.finish().await;
        assert_eq!(count(&batch, RewriteState::Ready), 40);
        let report = world.simulator.report();
        assert_eq!(report.refused.get(&429), None, "{mode:?}: {report:?}");
        assert_eq!(report.bound_by, "tokens per minute (TPM)", "{report:?}");
        println!("{mode:?}: {} of {:?}, cap peak {}", report.ratio, report.bound, report.peak);
        assert!(report.ratio < 1.35, "{mode:?}: {} of {:?}", report.ratio, report.bound);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_a_minute_are_learned_from_the_first_refusal() {
    let limits = Limits { rpm: Some(300), ..Limits::NONE };
    let world = World::new(340, Scenario { limits, ..Scenario::instant() }).await;
    let batch = world.finish().await;
    assert_eq!(count(&batch, RewriteState::Ready), 340);
    let ledger = world.ledger();
    let refused = ledger.refused_with(429);
    assert!(refused > 0 && refused < 330, "{refused}: those in flight when it was full");
    assert!(ledger.violations.is_empty() && ledger.duplicates().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daily_limit_pauses_until_there_is_room() {
    let wait = Effect::RateLimit { dimension: Dimension::Tpd, wait_ms: 660_000 };
    let fault = Fault { at_most: Some(1), ..Fault::new(Trigger::Nth(vec![5]), wait) };
    let limits = Limits { tpd: Some(50_000_000), ..Limits::NONE };
    let mut world = World::new(20, Scenario { limits, faults: vec![fault], ..Scenario::instant() }).await;
    world.settings.max_streams = 1;
    let engine = world.engine();
    let batch = world.start().await;
    let is_daily = |batch: &redraft::domain::Batch| {
        matches!(batch.state, BatchState::Paused(PauseReason::DailyLimit(_)))
    };
    let paused = world.until(&batch, is_daily).await;
    let BatchState::Paused(PauseReason::DailyLimit(until)) = paused.state else { unreachable!() };
    let wait = until.duration_since(SystemClock.now());
    assert!((600..=662).contains(&wait.as_secs()), "{wait:?}");
    let waiting = world.until(&batch, |batch| count(batch, RewriteState::Running) == 0).await;
    assert_eq!((count(&waiting, RewriteState::Ready), count(&waiting, RewriteState::Failed)), (4, 0));
    assert_eq!(world.ledger().violations.len(), 0);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_limit_can_never_admit_is_skipped_not_sent() {
    let world = World::new(4, limited(ReserveMode::PromptPlusCap, 4_000)).await;
    world.source.set(3, Some(&"A cook who cooks. ".repeat(900)));
    let engine = world.engine();
    let batch = world.start().await;
    let skipped =
        tokio::time::timeout(PATIENCE, world.until(&batch, |batch| count(batch, RewriteState::Skipped) == 1));
    skipped.await.unwrap();
    assert_eq!(world.ledger().refused_with(413), 0);
    engine.stop(Duration::from_secs(5)).await;
}
