//! How a batch is run: priorities, tiers, two models, work that was done before.

use std::time::Duration;

use redraft::{
    domain::{Batch, BatchState, Money, Price, Priority, Reuse, RewriteState, Tier},
    engine::{
        StartError,
        port::{StartOptions, Who},
        start_batch,
    },
    simulator::{Answer, Effect, Fault, Latency, Limits, ModelSpec, PromptCache, Scenario, Trigger},
    store::port::Batches,
};

use super::world::{MODEL, World, assert_settled, count, request};

async fn start(world: &World, options: StartOptions) -> Batch {
    let mut asked = request(Who::All);
    asked.options = options;
    start_batch(&world.parts(), &asked).await.unwrap()
}

fn is_finished(batch: &Batch) -> bool {
    batch.state == BatchState::Finished
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_work_a_second_time_sends_nothing_and_costs_nothing() {
    let world = World::new(30, Scenario::instant()).await;
    let engine = world.engine();
    let first = start(&world, StartOptions::default()).await;
    let first = world.until(&first, is_finished).await;
    assert_eq!(count(&first, RewriteState::Ready), 30);
    let sent = world.ledger().admitted.len();
    world.source.set(7, Some("A cook who cooks soup and bread for many people every day."));
    let second = start(&world, StartOptions::default()).await;
    let second = world.until(&second, is_finished).await;
    assert_eq!(count(&second, RewriteState::Ready), 30);
    assert_eq!(world.ledger().admitted.len(), sent + 1, "only what changed is sent");
    let (old, new) = (world.rewrites(&first).await, world.rewrites(&second).await);
    let same = old.iter().zip(&new).filter(|(old, new)| old.after == new.after).count();
    assert_eq!(same, 29);
    let taken = world.store.attempts(new[0].head.id).await.unwrap();
    assert_eq!((taken.len(), taken[0].cost, taken[0].reserved), (1, Money::ZERO, Money::ZERO));
    assert!(taken[0].reason.as_deref().unwrap().contains("identical"), "{taken:?}");

    let third = start(&world, StartOptions { reuse: Reuse::Never, ..StartOptions::default() }).await;
    world.until(&third, is_finished).await;
    assert_eq!(world.ledger().admitted.len(), sent + 1 + 30, "who asks for new ones gets new ones");
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flex_falls_back_to_the_usual_tier_and_comes_back() {
    let crowded =
        Fault { at_most: Some(3), ..Fault::new(Trigger::Always, Effect::Answer(Answer::FlexCapacity)) };
    let world = World::new(40, Scenario { faults: vec![crowded], ..Scenario::instant() }).await;
    let engine = world.engine();
    let batch = start(&world, StartOptions { tier: Tier::Flex, ..StartOptions::default() }).await;
    let ended = world.until(&batch, is_finished).await;
    assert_eq!((count(&ended, RewriteState::Ready), count(&ended, RewriteState::Failed)), (40, 0));
    assert_eq!(world.ledger().refused_with(498), 3);
    assert_eq!(world.ledger().billed(), ended.spent, "the price is the same");
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_models_share_a_batch_and_each_has_its_own_price() {
    let latency = Latency { queue_median_ms: 30.0, queue_max_ms: 60.0, ..Latency::default() };
    let limits = Limits { tpm: Some(8_000), ..Limits::NONE };
    let scenario =
        Scenario { latency, limits, prompt_cache: PromptCache::Off, speed: 4.0, ..Scenario::default() };
    let world = World::new(40, scenario).await;
    let engine = world.engine();
    let second = Some("openai/gpt-oss-120b".to_owned());
    let batch = start(&world, StartOptions { second, ..StartOptions::default() }).await;
    let ended = world.until(&batch, is_finished).await;
    assert_eq!(count(&ended, RewriteState::Ready), 40);
    let ledger = world.ledger();
    let by = |model: &str| ledger.admitted.iter().filter(|row| row.model == model).count();
    assert!(by(MODEL) > 10 && by("openai/gpt-oss-120b") > 10, "{} {}", by(MODEL), by("openai/gpt-oss-120b"));
    assert_eq!(ledger.billed(), ended.spent, "to the nano-dollar");
    assert_settled(&world, &ended).await;
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_high_priority_is_served_before_one_of_low() {
    let latency = Latency { queue_median_ms: 40.0, queue_min_ms: 30.0, queue_max_ms: 60.0, ..Latency::NONE };
    let mut world = World::new(60, Scenario { latency, ..Scenario::instant() }).await;
    world.settings.max_streams = 1;
    let reuse = Reuse::Never;
    let low = start(&world, StartOptions { priority: Priority::Low, reuse, ..StartOptions::default() }).await;
    let high =
        start(&world, StartOptions { priority: Priority::High, reuse, ..StartOptions::default() }).await;
    let engine = world.engine();
    let done = world.until(&high, is_finished).await;
    assert_eq!(count(&done, RewriteState::Ready), 60);
    let behind = count(&world.read(&low).await, RewriteState::Ready);
    // A quarter of sixty, and what was taken up before the other was seen.
    assert!((5..=30).contains(&behind), "{behind}");
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn an_unknown_price_is_refused_unless_somebody_says_it() {
    let free = ModelSpec {
        completion_price: "0".to_owned(),
        prompt_price: "0".to_owned(),
        cached_price: None,
        ..ModelSpec::gpt_oss_20b()
    };
    let world = World::new(2, Scenario { models: vec![free], ..Scenario::instant() }).await;
    let mut asked = request(Who::All);
    let error = start_batch(&world.parts(), &asked).await.unwrap_err();
    assert!(matches!(error, StartError::Model(_)), "{error}");
    let told = redraft::error::Error::from(error);
    assert!(told.hints().iter().any(|hint| hint.contains("--price")), "{told}");
    let price = Price::per_million("0.1,0.4").unwrap();
    asked.options.price = Some(price);
    assert_eq!(start_batch(&world.parts(), &asked).await.unwrap().spec.price, price);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_request_of_a_batch_goes_alone_so_that_the_others_find_its_prompt_in_the_cache() {
    let latency = Latency { queue_median_ms: 40.0, queue_max_ms: 90.0, ..Latency::default() };
    let scenario = Scenario { latency, limits: Limits::NONE, speed: 5.0, ..Scenario::default() };
    let world = World::new(40, scenario).await;
    let ended = world.finish().await;
    assert_eq!(count(&ended, RewriteState::Ready), 40);
    let mut rows = world.ledger().admitted;
    rows.sort_by_key(|row| row.arrived);
    assert_eq!(rows[0].cached_tokens, 0);
    let cold = rows.iter().skip(1).filter(|row| row.cached_tokens == 0).count();
    assert_eq!(cold, 0, "all others found the standing instructions in the cache");
}
