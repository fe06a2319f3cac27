//! What goes wrong at the provider, and how each kind ends.

use std::time::Duration;

use redraft::{
    domain::{AttemptOutcome, Batch, BatchState, FailureReason, Money, PauseReason, RewriteState},
    simulator::{Answer, Cut, Dimension, Effect, Fault, How, Point, ReplyFault, Rudeness, Scenario, Trigger},
    store::port::Batches,
};

use super::world::{World, assert_settled, count};

fn scenario(effect: Effect) -> Scenario {
    Scenario { faults: vec![Fault::new(Trigger::Always, effect)], ..Scenario::instant() }
}

/// Each prompt meets the fault at its first try only.
fn once(effect: Effect) -> Scenario {
    let fault = Fault { first_tries: Some(1), ..Fault::new(Trigger::Always, effect) };
    Scenario { faults: vec![fault], ..Scenario::instant() }
}

const fn cut(how: How) -> Effect {
    Effect::Cut(Cut { at: Point::Tokens(9), how })
}

async fn world(candidates: usize, scenario: Scenario) -> World {
    let mut world = World::new(candidates, scenario).await;
    world.idle = Duration::from_millis(300);
    world
}

async fn outcomes(world: &World, batch: &Batch) -> Vec<AttemptOutcome> {
    let rewrite = world.only(batch).await.head.id;
    world.store.attempts(rewrite).await.unwrap().iter().map(|attempt| attempt.outcome).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_off_is_tried_again_and_succeeds() {
    use AttemptOutcome::{Done, Refused, Unknown, Unusable};
    for (effect, first) in [
        (cut(How::End), Unknown),
        (cut(How::Close), Unknown),
        (cut(How::Reset), Unknown),
        (cut(How::Stall), Unknown),
        (cut(How::ErrorEvent), Unknown),
        (cut(How::BareError), Unknown),
        (cut(How::ChunkError), Unknown),
        (cut(How::Garbage), Unknown),
        (Effect::Answer(Answer::OverCapacity), Refused),
        (Effect::Answer(Answer::Internal), Refused),
        (Effect::Answer(Answer::BadGateway), Refused),
        (Effect::Answer(Answer::FlexCapacity), Refused),
        (Effect::RateLimit { dimension: Dimension::Tpm, wait_ms: 300 }, Refused),
        (Effect::Reply(ReplyFault::NoMarks), Unusable),
        (Effect::Reply(ReplyFault::Refusal), Unusable),
        (Effect::Reply(ReplyFault::HalfLength), Unusable),
        (Effect::Reply(ReplyFault::EmptyStop), Unusable),
        (Effect::Reply(ReplyFault::EmptyLength), Unusable),
    ] {
        let world = world(1, once(effect)).await;
        // The corrective note makes another prompt, which the fault meets once more.
        let again = matches!(effect, Effect::Reply(ReplyFault::NoMarks | ReplyFault::Refusal));
        let batch = world.finish().await;
        let seen = outcomes(&world, &batch).await;
        if again {
            assert_eq!(seen, [first, first], "{effect:?}");
            assert_eq!(count(&batch, RewriteState::Failed), 1, "{effect:?}");
        } else {
            assert_eq!(seen, [first, Done], "{effect:?}");
            assert_eq!(count(&batch, RewriteState::Ready), 1, "{effect:?}");
        }
        assert!(world.ledger().paid_again().is_empty(), "{effect:?}");
        assert_settled(&world, &batch).await;
    }
}

#[tokio::test]
async fn what_never_works_fails_with_its_reason() {
    for (effect, tries, reason) in [
        (Effect::Answer(Answer::OverCapacity), 6, FailureReason::Provider),
        (cut(How::Close), 6, FailureReason::Provider),
        (cut(How::Stall), 6, FailureReason::Timeout),
        (Effect::Answer(Answer::ContextLength), 1, FailureReason::SourceTooLong),
        (Effect::Reply(ReplyFault::EmptyStop), 2, FailureReason::EmptyReply),
        (Effect::Reply(ReplyFault::EmptyLength), 2, FailureReason::EmptyReply),
        (Effect::Reply(ReplyFault::HalfLength), 2, FailureReason::ReplyTooLong),
        (Effect::Reply(ReplyFault::NoMarks), 2, FailureReason::UnusableReply),
    ] {
        let world = world(1, scenario(effect)).await;
        let batch = world.finish().await;
        assert_eq!(batch.state, BatchState::Finished, "{effect:?}");
        let rewrite = world.only(&batch).await;
        let failure = rewrite.head.failure.clone().unwrap();
        assert_eq!((failure.reason, rewrite.head.attempts), (reason, tries), "{effect:?}");
        assert!(!failure.detail.contains("Cook"), "no text of a candidate: {}", failure.detail);
        let keeps = matches!(reason, FailureReason::UnusableReply | FailureReason::ReplyTooLong);
        assert_eq!(rewrite.raw_reply.is_some_and(|raw| !raw.is_empty()), keeps, "{effect:?}");
        assert_eq!(world.store.failures(batch.id).await.unwrap()[0].count, 1);
        assert_settled(&world, &batch).await;
    }
}

#[tokio::test]
async fn a_corrective_note_helps_and_changes_the_prompt() {
    let fault = Fault { at_most: Some(1), ..Fault::new(Trigger::Always, Effect::Reply(ReplyFault::NoMarks)) };
    let world = world(1, Scenario { faults: vec![fault], ..Scenario::instant() }).await;
    let batch = world.finish().await;
    assert_eq!(count(&batch, RewriteState::Ready), 1);
    assert_eq!(outcomes(&world, &batch).await, [AttemptOutcome::Unusable, AttemptOutcome::Done]);
    assert!(world.ledger().duplicates().is_empty(), "the second prompt is another one");
}

/// A reply may map to the sections and not to what the database holds: it is asked for once more, then it failed.
#[tokio::test]
async fn a_reply_that_the_stored_form_cannot_hold_is_asked_for_again() {
    for (misfits, state) in [(1, RewriteState::Ready), (2, RewriteState::Failed)] {
        let world = world(1, Scenario::instant()).await;
        *world.source.misfits.lock().unwrap() = misfits;
        let batch = world.finish().await;
        assert_eq!(count(&batch, state), 1, "{misfits}");
        let failure = world.only(&batch).await.head.failure;
        let told = failure.map(|failure| (failure.reason, failure.detail));
        let detail = "The reply does not map back: the section \"skills\" cannot be stored: it has another number of \
                      items than before.";
        let expected = (misfits == 2).then(|| (FailureReason::UnusableReply, detail.to_owned()));
        assert_eq!(told, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_every_request_pauses_the_batch_after_one() {
    for (answer, words) in [
        (Answer::Unauthorized, "set GROQ_API_KEY"),
        (Answer::Forbidden, "network front"),
        (Answer::ModelNotFound, "It has: openai/gpt-oss-120b"),
    ] {
        let fault = Fault { at_most: Some(1), ..Fault::new(Trigger::Always, Effect::Answer(answer)) };
        let world = world(50, Scenario { faults: vec![fault], ..Scenario::instant() }).await;
        let engine = world.engine();
        let batch = world.start().await;
        let stopped = world
            .until(&batch, |batch| matches!(batch.state, BatchState::Paused(PauseReason::Provider(_))))
            .await;
        let BatchState::Paused(PauseReason::Provider(what)) = &stopped.state else { unreachable!() };
        assert!(what.contains(words), "{what}");
        let waiting = world.until(&batch, |batch| count(batch, RewriteState::Queued) == 50).await;
        assert_eq!((waiting.spent, waiting.reserved), (Money::ZERO, Money::ZERO));
        let ledger = world.ledger();
        assert_eq!(
            (ledger.admitted.len(), ledger.refused.len()),
            (0, 1),
            "{answer:?}: one request asks first"
        );
        world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
        let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
        assert_eq!(count(&ended, RewriteState::Ready), 50);
        engine.stop(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_revoked_in_the_middle_loses_nothing() {
    let fault = Fault {
        at_most: Some(40),
        ..Fault::new(Trigger::Nth((100..=160).collect()), Effect::Answer(Answer::Unauthorized))
    };
    let world = world(200, Scenario { faults: vec![fault], ..Scenario::instant() }).await;
    let engine = world.engine();
    let batch = world.start().await;
    loop {
        let now = world
            .until(&batch, |batch| {
                batch.state.has_ended() || matches!(batch.state, BatchState::Paused(PauseReason::Provider(_)))
            })
            .await;
        if now.state.has_ended() {
            assert_eq!(count(&now, RewriteState::Ready), 200);
            break;
        }
        world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    }
    assert!(world.ledger().duplicates().is_empty());
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_refusals_is_waited_out() {
    let storm = Effect::Storm { dimension: Dimension::Rpm, for_ms: 1_200 };
    let fault = Fault { at_most: Some(1), ..Fault::new(Trigger::Nth(vec![30]), storm) };
    let world = world(100, Scenario { faults: vec![fault], ..Scenario::instant() }).await;
    let batch = world.finish().await;
    assert_eq!(count(&batch, RewriteState::Ready), 100);
    let ledger = world.ledger();
    assert!(ledger.refused_with(429) > 0);
    assert_eq!(ledger.violations_of(Rudeness::Early), 0, "nobody comes back before his time");
    assert!(ledger.duplicates().is_empty());
    assert_settled(&world, &batch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_kinds_of_trouble_at_once_lose_nothing() {
    let some = |share, effect| Fault::new(Trigger::Probability(share), effect);
    let faults = vec![
        some(0.08, cut(How::Close)),
        some(0.05, cut(How::ErrorEvent)),
        some(0.05, cut(How::Garbage)),
        some(0.06, Effect::Answer(Answer::OverCapacity)),
        some(0.04, Effect::RateLimit { dimension: Dimension::Rpm, wait_ms: 200 }),
        some(0.05, Effect::Reply(ReplyFault::NoMarks)),
    ];
    let world = world(200, Scenario { faults, ..Scenario::instant() }).await;
    let batch = world.finish().await;
    assert_eq!(batch.state, BatchState::Finished);
    let (ready, failed) = (count(&batch, RewriteState::Ready), count(&batch, RewriteState::Failed));
    assert_eq!(ready + failed, 200);
    assert!(failed < 10, "{failed}");
    let ledger = world.ledger();
    assert!(ledger.billed() <= batch.spent && ledger.paid_again().is_empty());
    assert_eq!(ledger.violations_of(Rudeness::Early), 0);
    assert_settled(&world, &batch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_told_and_waited_for() {
    let world = world(3, Scenario::instant()).await;
    let batch = world.start().await;
    let mut parts = world.parts();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    parts.rewriter = super::starting::adapter(format!("http://{address}/openai/v1"));
    parts.settings.backoff = Duration::from_millis(200);
    let engine = redraft::engine::Engine::start(parts);
    let mut progress = engine.progress();
    let told = progress.wait_for(|progress| progress.batches.iter().any(|batch| batch.trouble.is_some()));
    let told = tokio::time::timeout(super::world::PATIENCE, told).await.unwrap().unwrap().clone();
    let trouble = told.batches[0].trouble.clone().unwrap();
    assert!(trouble.starts_with("127.0.0.1 cannot be reached"), "{trouble}");
    engine.stop(Duration::from_secs(1)).await;
    let waiting = world.read(&batch).await;
    assert_eq!((count(&waiting, RewriteState::Queued), waiting.spent), (3, Money::ZERO), "given back");
}
