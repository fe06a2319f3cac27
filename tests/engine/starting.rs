//! Estimates and starts, and why a batch does not start.

use std::{sync::Arc, time::Duration};

use redraft::{
    domain::{BatchState, Money, PostingId, RewriteState},
    engine::{StartError, estimate, port::Who, start_batch},
    error::{Error, Kind},
    llm::{
        groq::{GroqOptions, GroqRewriter, Timeouts},
        port::Rewriter,
    },
    simulator::{Answer, Effect, Fault, Limits, Scenario, Simulator, Trigger},
    store::port::Batches,
};

use super::world::{World, count, key, request};

pub fn adapter(base_url: String) -> Arc<dyn Rewriter> {
    Arc::new(GroqRewriter::new(GroqOptions {
        base_url,
        key: None,
        simulated: true,
        reasoning_effort: None,
        temperature_percent: 0,
        timeouts: Timeouts::default(),
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_estimate_is_near_the_cost() {
    let world = World::new(200, Scenario { limits: Limits::DEVELOPER, ..Scenario::instant() }).await;
    world.source.set(7, None);
    let engine = world.engine();
    let before = engine.estimate(&request(Who::All)).await.unwrap();
    assert_eq!((before.rewrites + before.skipped, before.sampled), (200, 40));
    assert_eq!((before.budget, before.month_left), (Money::from_dollars(2), Money::from_dollars(12)));
    assert!(before.duration.is_none(), "no limit is known yet");
    assert!(world.store.batches(10).await.unwrap().is_empty(), "nothing was started");
    let batch = world.start().await;
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    let (estimated, spent) = (before.cost.nanos(), ended.spent.nanos());
    let off = estimated.abs_diff(spent) * 100 / spent;
    println!("estimated {estimated}, spent {spent}: {off} % off");
    assert!(off <= 35, "estimated {estimated}, spent {spent}");
    let after = engine.estimate(&request(Who::All)).await.unwrap();
    assert!(after.duration.is_some(), "the limit is known by now");
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn a_filter_and_keys_choose_who_is_in_it() {
    let world = World::new(50, Scenario::instant()).await;
    for (who, members) in [
        (Who::Where("city:Graz".to_owned()), 5),
        (Who::Where("-city:Graz".to_owned()), 45),
        (Who::Where("0007".to_owned()), 1),
        (Who::Where(String::new()), 50),
        (Who::Ids(vec![key(3), key(9), key(3)]), 2),
        (Who::All, 50),
    ] {
        let batch = start_batch(&world.parts(), &request(who.clone())).await.unwrap();
        assert_eq!(count(&batch, RewriteState::Queued), members, "{who:?}");
    }
}

#[tokio::test]
async fn what_cannot_start_says_why_and_records_nothing() {
    let world = World::new(3, Scenario::instant()).await;
    let try_it = async |change: &dyn Fn(&mut redraft::engine::port::StartRequest)| -> Error {
        let mut asked = request(Who::All);
        change(&mut asked);
        start_batch(&world.parts(), &asked).await.unwrap_err().into()
    };
    for (error, kind, words) in [
        (
            try_it(&|asked| asked.who = Who::Where("miller".to_owned())).await,
            Kind::User,
            "No candidate matches.",
        ),
        (
            try_it(&|asked| asked.who = Who::Where("town:Graz".to_owned())).await,
            Kind::User,
            "no field \"town\"",
        ),
        (
            try_it(&|asked| asked.who = Who::Ids(vec![key(9)])).await,
            Kind::User,
            "There is no candidate 0009 here.",
        ),
        (try_it(&|asked| asked.who = Who::Ids(Vec::new())).await, Kind::User, "No candidate matches."),
        (
            try_it(&|asked| {
                asked.posting = redraft::engine::port::ForPosting::One(PostingId("8".to_owned()));
            })
            .await,
            Kind::User,
            "There is no posting 8 here.",
        ),
        (try_it(&|asked| asked.model = Some("llama".to_owned())).await, Kind::User, "has no model \"llama\""),
    ] {
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(words), "{error}");
        assert!(!error.hints().is_empty(), "{error}");
    }
    assert!(world.store.batches(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_provider_that_refuses_is_explained() {
    let world = World::new(3, Scenario::instant()).await;
    let scenario = Scenario { required_key: Some("gsk_right".to_owned()), ..Scenario::instant() };
    let strict = Simulator::start(scenario).unwrap();
    let mut parts = world.parts();
    parts.rewriter = adapter(strict.base_url());
    let error: Error = estimate(&parts, &request(Who::All)).await.unwrap_err().into();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.message().contains("GROQ_API_KEY"), "{error}");
    let fault = Fault::new(Trigger::Always, Effect::Answer(Answer::OverCapacity));
    drop(fault);
    let gone = strict.base_url();
    drop(strict.stop().await);
    parts.rewriter = adapter(gone);
    let failed = start_batch(&parts, &request(Who::All)).await.unwrap_err();
    assert!(matches!(failed, StartError::Provider(_)));
    let error = Error::from(failed);
    assert_eq!(error.kind(), Kind::Remote);
    assert!(error.message().contains("cannot be reached"), "{error}");
}
