//! Batches that go by the file, and workers that die at every step of them.

use std::time::Duration;

use redraft::{
    domain::{AttemptOutcome, Batch, BatchState, FailureReason, Money, PauseReason, RewriteState, Tier},
    engine::{
        EngineHandle,
        port::{StartOptions, Who},
        start_batch,
    },
    simulator::{
        Answer, Call, CallFault, CallHow, Economy, EconomyEffect, EconomyFault, Effect, Fault, ReplyFault,
        Scenario, Trigger,
    },
    store::port::{Batches, Store},
};

use super::world::{World, assert_settled, count, key, request};

const LOOK: Duration = Duration::from_millis(20);

fn scenario(faults: Vec<EconomyFault>) -> Scenario {
    Scenario { economy: Economy { faults, ..Economy::instant() }, ..Scenario::instant() }
}

fn on_call(nth: u64, call: Call, how: CallHow) -> EconomyFault {
    EconomyFault::new([nth], EconomyEffect::Call(CallFault { call, how }))
}

async fn world(candidates: usize, scenario: Scenario) -> World {
    let mut world = World::new(candidates, scenario).await;
    world.settings.parcels.first_look = LOOK;
    world
}

async fn start(world: &World) -> Batch {
    let usual = request(Who::All);
    let options = StartOptions { tier: Tier::Economy, ..usual.options.clone() };
    let request = redraft::engine::port::StartRequest { options, ..usual };
    start_batch(&world.parts(), &request).await.unwrap()
}

/// Until the batch has ended and nothing of it is left at the provider.
async fn over(world: &World, batch: &Batch) -> Batch {
    world.until(batch, |batch| batch.state.has_ended() && batch.away.is_none()).await
}

async fn finish(world: &World) -> Batch {
    let engine = world.engine();
    let batch = start(world).await;
    let ended = over(world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    ended
}

/// What holds whatever happened: each is ready once, everything is settled, what was paid is known to the nano-dollar,
/// nothing was paid twice, and no file is left at the provider.
async fn judge(world: &World, batch: &Batch, what: &str) {
    assert_eq!(batch.state, BatchState::Finished, "{what}");
    for rewrite in world.rewrites(batch).await {
        assert_eq!(rewrite.head.state, RewriteState::Ready, "{what}");
        let attempts = world.store.attempts(rewrite.head.id).await.unwrap();
        let of = |outcome| attempts.iter().filter(|attempt| attempt.outcome == outcome).count();
        assert_eq!((of(AttemptOutcome::Done), of(AttemptOutcome::Open)), (1, 0), "{what}: {attempts:?}");
    }
    assert_settled(world, batch).await;
    let ledger = world.ledger();
    assert!(ledger.duplicates().is_empty(), "{what}: paid twice");
    assert_eq!(ledger.billed(), batch.spent, "{what}: what was paid is what is counted");
    assert_eq!(world.simulator.files(), [], "{what}: no file is left at the provider");
}

#[tokio::test]
async fn a_batch_goes_by_the_file_at_half_the_price() {
    let world = world(12, scenario(Vec::new())).await;
    let batch = finish(&world).await;
    judge(&world, &batch, "plain").await;
    let ledger = world.ledger();
    assert!(ledger.admitted.len() == 12 && ledger.admitted.iter().all(|row| row.economy));
    let whole: u64 =
        ledger.admitted.iter().map(|row| row.prompt_tokens * 75 + row.completion_tokens * 300).sum();
    let spent = batch.spent.nanos();
    assert!((whole / 2..=whole / 2 + 12).contains(&spent), "{spent} of {whole}");
    assert_eq!((world.simulator.calls(Call::Upload), world.simulator.calls(Call::Submit)), (1, 1));
    let hashes: std::collections::BTreeSet<_> = ledger.admitted.iter().map(|row| row.output_cap).collect();
    assert!(hashes.iter().all(|cap| *cap >= 1_500));
}

#[tokio::test]
async fn what_is_too_much_for_one_file_goes_in_several() {
    for (requests, bytes, files) in [(5, usize::MAX, 3), (u32::MAX, 15_000, 2)] {
        let mut world = world(12, scenario(Vec::new())).await;
        world.settings.parcels.most_requests = requests;
        world.settings.parcels.most_bytes = bytes;
        let batch = finish(&world).await;
        judge(&world, &batch, "split").await;
        let sent = world.simulator.calls(Call::Submit);
        assert!(sent >= files, "{sent} files of at most {requests} requests and {bytes} bytes");
    }
}

#[tokio::test]
async fn answers_that_are_lost_refused_or_halved_cost_nothing() {
    for (call, how) in [
        (Call::Upload, CallHow::Refused),
        (Call::Upload, CallHow::Lost),
        (Call::Submit, CallHow::Refused),
        (Call::Submit, CallHow::Lost),
        (Call::Look, CallHow::Refused),
        (Call::Content, CallHow::Refused),
        (Call::Content, CallHow::Lost),
        (Call::Content, CallHow::Half),
        (Call::Delete, CallHow::Refused),
        (Call::Delete, CallHow::Lost),
        (Call::Files, CallHow::Lost),
    ] {
        let world = world(4, scenario(vec![on_call(1, call, how)])).await;
        let batch = finish(&world).await;
        judge(&world, &batch, &format!("{call:?} {how:?}")).await;
    }
}

#[tokio::test]
async fn results_that_are_odd_are_read_with_care() {
    for effect in [EconomyEffect::Duplicate, EconomyEffect::Stranger, EconomyEffect::Expires(3)] {
        // The second file is as it should be.
        let world = world(8, scenario(vec![EconomyFault::new([1], effect)])).await;
        let batch = finish(&world).await;
        judge(&world, &batch, &format!("{effect:?}")).await;
        let rounds = u64::from(matches!(effect, EconomyEffect::Expires(_))) + 1;
        assert!(world.simulator.calls(Call::Submit) >= rounds, "{effect:?}");
    }
}

#[tokio::test]
async fn a_result_that_is_missing_is_counted_as_paid_and_asked_for_again() {
    let world = world(4, scenario(vec![EconomyFault::new([1], EconomyEffect::Missing(1))])).await;
    let batch = finish(&world).await;
    assert_eq!((&batch.state, count(&batch, RewriteState::Ready)), (&BatchState::Finished, 4));
    let mut outcomes = Vec::new();
    for rewrite in world.rewrites(&batch).await {
        for attempt in world.store.attempts(rewrite.head.id).await.unwrap() {
            outcomes.push(attempt.outcome);
        }
    }
    outcomes.sort_by_key(|outcome| format!("{outcome:?}"));
    let (done, unknown) = (AttemptOutcome::Done, AttemptOutcome::Unknown);
    assert_eq!(outcomes, [done, done, done, done, unknown]);
    assert!(batch.spent > world.ledger().billed(), "the worst case of one is kept");
    assert_eq!(world.simulator.files(), []);
}

#[tokio::test]
async fn a_useless_reply_is_asked_for_once_more_alone_and_a_failed_one_by_the_file() {
    let marked = |at: usize, effect| {
        let marker = format!("Hotel Post {at},");
        Fault { at_most: Some(1), ..Fault::new(Trigger::Marker(marker), effect) }
    };
    let faults = vec![
        marked(1, Effect::Reply(ReplyFault::HalfLength)),
        marked(2, Effect::Reply(ReplyFault::NoMarks)),
        marked(3, Effect::Reply(ReplyFault::EmptyStop)),
        marked(4, Effect::Answer(Answer::Internal)),
        marked(5, Effect::Answer(Answer::ContextLength)),
        marked(6, Effect::Reply(ReplyFault::ContentFilter)),
    ];
    let world = world(8, Scenario { faults, ..scenario(Vec::new()) }).await;
    let batch = finish(&world).await;
    for rewrite in world.rewrites(&batch).await {
        let attempts = world.store.attempts(rewrite.head.id).await.unwrap();
        let outcomes: Vec<AttemptOutcome> = attempts.iter().map(|attempt| attempt.outcome).collect();
        let reason = rewrite.head.failure.as_ref().map(|failure| failure.reason);
        let (state, wanted, why) = match rewrite.head.candidate.0.as_str() {
            "0001" | "0002" | "0003" => {
                (RewriteState::Ready, vec![AttemptOutcome::Unusable, AttemptOutcome::Done], None)
            }
            "0004" => (RewriteState::Ready, vec![AttemptOutcome::Refused, AttemptOutcome::Done], None),
            "0005" => {
                (RewriteState::Failed, vec![AttemptOutcome::Refused], Some(FailureReason::SourceTooLong))
            }
            "0006" => (RewriteState::Failed, vec![AttemptOutcome::Unusable], Some(FailureReason::Refused)),
            _ => (RewriteState::Ready, vec![AttemptOutcome::Done], None),
        };
        let at = &rewrite.head.candidate;
        assert_eq!((rewrite.head.state, outcomes, reason), (state, wanted, why), "{at}");
    }
    let alone = world.ledger().admitted.iter().filter(|row| !row.economy).count();
    assert_eq!(alone, 3, "only what came back useless is sent alone");
    assert_eq!(batch.spent, world.ledger().billed());
    assert_eq!(world.simulator.files(), []);
}

#[tokio::test]
async fn a_file_that_is_found_no_good_stops_the_batch_and_costs_nothing() {
    let world = world(3, scenario(vec![EconomyFault::new([1], EconomyEffect::Invalid)])).await;
    let engine = world.engine();
    let batch = start(&world).await;
    let stopped = |batch: &Batch| matches!(batch.state, BatchState::Paused(_)) && batch.away.is_none();
    let paused = world.until(&batch, stopped).await;
    let BatchState::Paused(PauseReason::Provider(why)) = &paused.state else { panic!("{paused:?}") };
    assert!(why.contains("no good") && why.contains("--economy"), "{why}");
    assert_eq!(
        (paused.spent, paused.reserved, count(&paused, RewriteState::Queued)),
        (Money::ZERO, Money::ZERO, 3)
    );
    assert_eq!(world.simulator.files(), []);
    world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    let ended = over(&world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    judge(&world, &ended, "the second file is good").await;
}

#[tokio::test]
async fn a_key_that_is_refused_stops_the_batch_before_anything_is_sent() {
    let with_key = Scenario { required_key: Some("gsk_right".to_owned()), ..scenario(Vec::new()) };
    let world = world(3, with_key).await;
    let engine = world.engine();
    // The price book cannot be asked either: the batch was started when the key was still good.
    let other = World::new(3, scenario(Vec::new())).await;
    let mut parts = world.parts();
    parts.rewriter = other.parts().rewriter;
    let usual = request(Who::All);
    let options = StartOptions { tier: Tier::Economy, ..usual.options.clone() };
    let request = redraft::engine::port::StartRequest { options, ..usual };
    let batch = start_batch(&parts, &request).await.unwrap();
    // Its files are deleted when there is a key again.
    let paused = world.until(&batch, |batch| matches!(batch.state, BatchState::Paused(_))).await;
    let BatchState::Paused(PauseReason::Provider(why)) = &paused.state else { panic!("{paused:?}") };
    assert!(why.contains("GROQ_API_KEY"), "{why}");
    let told =
        |batch: &Batch| batch.away.as_ref().is_some_and(|away| away.trouble.is_some() && away.clearing == 1);
    let left = world.until(&batch, told).await;
    assert!(
        left.away.unwrap().trouble.unwrap().contains("GROQ_API_KEY"),
        "it is shown that it cannot be cleared"
    );
    assert_eq!((left.spent, left.reserved), (Money::ZERO, Money::ZERO));
    engine.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_budget_is_kept_and_what_it_does_not_reach_waits() {
    let world = world(8, scenario(Vec::new())).await;
    let engine = world.engine();
    let batch = {
        let usual = request(Who::All);
        let options = StartOptions { tier: Tier::Economy, ..usual.options.clone() };
        // For some of them, at half the price.
        let budget = Some(Money::from_nanos(600_000));
        let request = redraft::engine::port::StartRequest { options, budget, ..usual };
        start_batch(&world.parts(), &request).await.unwrap()
    };
    let stopped =
        |batch: &Batch| batch.state == BatchState::Paused(PauseReason::Budget) && batch.away.is_none();
    let paused = world.until(&batch, stopped).await;
    assert!(
        count(&paused, RewriteState::Ready) > 0 && count(&paused, RewriteState::Queued) > 0,
        "{paused:?}"
    );
    assert!(paused.spent <= paused.spec.budget && paused.reserved == Money::ZERO);
    world.store.set_budget(batch.id, Money::from_dollars(1)).await.unwrap();
    world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    let ended = over(&world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    judge(&world, &ended, "after the budget was raised").await;
}

/// A parcel that is with the provider, and some of it done.
async fn amid(candidates: usize) -> (World, EngineHandle, Batch) {
    let economy = Economy { line_ms: 300, ..Economy::instant() };
    let world = world(candidates, Scenario { economy, ..Scenario::instant() }).await;
    let engine = world.engine();
    let batch = start(&world).await;
    let some = |batch: &Batch| batch.away.as_ref().is_some_and(|away| away.done > 0);
    let now = world.until(&batch, some).await;
    let words = now.away.unwrap().words(&jiff::tz::TimeZone::UTC);
    assert!(words.starts_with("with the provider, economy, submitted "), "{words}");
    assert!(words.ends_with(&format!("of {candidates} done")), "{words}");
    (world, engine, batch)
}

#[tokio::test]
async fn a_cancelled_batch_pays_what_is_done_and_leaves_nothing_behind() {
    let (world, engine, batch) = amid(30).await;
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    let ended = over(&world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    assert_eq!((&ended.state, count(&ended, RewriteState::Cancelled)), (&BatchState::Cancelled, 30));
    assert_settled(&world, &ended).await;
    let ledger = world.ledger();
    assert!((1..30).contains(&ledger.admitted.len()), "{} were done", ledger.admitted.len());
    assert_eq!((ledger.billed(), world.simulator.calls(Call::Cancel)), (ended.spent, 1));
    assert_eq!(world.simulator.files(), []);
}

#[tokio::test]
async fn what_is_with_the_provider_comes_back_to_a_paused_batch() {
    let (world, engine, batch) = amid(5).await;
    let paused = BatchState::Paused(PauseReason::Person("ops".to_owned()));
    world.store.move_batch(batch.id, &paused).await.unwrap();
    let ended = over(&world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    judge(&world, &ended, "paused meanwhile").await;
}

#[tokio::test]
async fn a_worker_that_stops_leaves_its_parcel_to_the_next_at_once() {
    let (world, engine, batch) = amid(5).await;
    engine.stop(Duration::from_secs(5)).await;
    let next = world.engine();
    let ended = over(&world, &batch).await;
    next.stop(Duration::from_secs(5)).await;
    judge(&world, &ended, "stopped").await;
    assert_eq!(world.simulator.calls(Call::Submit), 1);
}

/// The workers that are dead, by their names.
fn dead(names: &[String]) -> Vec<String> {
    names.iter().filter(|name| name.starts_with("dead")).cloned().collect()
}

/// The engine that is going to die.
fn doomed(world: &mut World) -> EngineHandle {
    world.settings.gone = dead;
    "dead:1".clone_into(&mut world.settings.worker);
    world.engine()
}

/// Another worker does the rest.
async fn heir(world: &mut World, batch: &Batch, what: &str) {
    "heir:1".clone_into(&mut world.settings.worker);
    let engine = world.engine();
    let ended = over(world, batch).await;
    engine.stop(Duration::from_secs(5)).await;
    judge(world, &ended, what).await;
}

#[tokio::test]
async fn nothing_is_lost_or_paid_twice_when_a_worker_dies_after_any_commit() {
    let mut deaths = 0;
    for commit in 1.. {
        let mut world = world(3, scenario(Vec::new())).await;
        let batch = start(&world).await;
        let mut changed = world.store.changed();
        changed.mark_unchanged();
        let before = *changed.borrow();
        let engine = doomed(&mut world);
        let died = tokio::select! {
            biased;
            // In the instant of the commit, and of whatever else has happened by then.
            reached = changed.wait_for(|seen| *seen >= before + commit) => reached.is_ok(),
            _ = over(&world, &batch) => false,
        };
        drop(engine);
        if !died {
            break;
        }
        deaths += 1;
        heir(&mut world, &batch, &format!("death after commit {commit}")).await;
    }
    assert!(deaths >= 10, "only {deaths} commits");
    println!("{deaths} deaths after commits");
}

#[tokio::test]
async fn nothing_is_lost_or_paid_twice_when_a_worker_dies_in_any_call() {
    let mut deaths = 0;
    for how in [CallHow::StallsBefore, CallHow::StallsAfter] {
        for call in 1.. {
            let mut world = world(3, scenario(vec![on_call(call, Call::Any, how)])).await;
            let batch = start(&world).await;
            let engine = doomed(&mut world);
            let reached = async {
                while world.simulator.calls(Call::Any) < call {
                    tokio::task::yield_now().await;
                }
            };
            let died = tokio::select! {
                biased;
                () = reached => true,
                _ = over(&world, &batch) => false,
            };
            drop(engine);
            if !died {
                break;
            }
            deaths += 1;
            heir(&mut world, &batch, &format!("death in call {call}, {how:?}")).await;
        }
    }
    assert!(deaths >= 12, "only {deaths} calls");
    println!("{deaths} deaths in calls");
}

/// The negative control: who takes the rewrites out of a parcel that is with the provider pays twice, and it is seen.
#[tokio::test]
async fn a_careless_recovery_is_found_out() {
    let (world, engine, batch) = amid(4).await;
    drop(engine);
    let mut taken = redraft::store::port::Parcels::take_parcels(
        &*world.store,
        &redraft::store::port::Hold { worker: "careless", ttl: Duration::from_mins(1) },
        &["tester:1:1".to_owned()],
    )
    .await
    .unwrap();
    let mut parcel = taken.remove(0);
    for one in redraft::store::port::Parcels::enclosed(&*world.store, parcel.id).await.unwrap() {
        use redraft::store::port::{Queue, Settlement, Verdict};
        let settlement = Settlement {
            attempt: one.attempt,
            outcome: AttemptOutcome::Refused,
            cost: Money::ZERO,
            usage: None,
            request_id: None,
            reason: None,
        };
        let again = Verdict::Requeue { not_before: jiff::Timestamp::UNIX_EPOCH };
        let lease = (one.lease.rewrite, one.lease.fence);
        world.store.settle(lease, Some(&settlement), &again).await.unwrap();
    }
    parcel.stage = redraft::domain::ParcelStage::Cleared;
    redraft::store::port::Parcels::keep_parcel(&*world.store, &parcel).await.unwrap();
    let engine = world.engine();
    let ended = over(&world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    assert!(!world.ledger().duplicates().is_empty(), "paid twice");
    assert!(world.ledger().billed() > ended.spent && !world.simulator.files().is_empty());
}

#[tokio::test]
async fn identical_work_is_not_sent_and_what_is_too_short_is_skipped() {
    let world = world(3, scenario(Vec::new())).await;
    world.source.set(2, Some("Short."));
    let first = finish(&world).await;
    assert_eq!((count(&first, RewriteState::Ready), count(&first, RewriteState::Skipped)), (2, 1));
    let engine = world.engine();
    let usual = request(Who::Ids(vec![key(1), key(3)]));
    let options = StartOptions { tier: Tier::Economy, ..StartOptions::default() };
    let request = redraft::engine::port::StartRequest { options, ..usual };
    let second = start_batch(&world.parts(), &request).await.unwrap();
    let ended = over(&world, &second).await;
    engine.stop(Duration::from_secs(5)).await;
    assert_eq!((count(&ended, RewriteState::Ready), ended.spent), (2, Money::ZERO));
    assert_eq!((world.simulator.calls(Call::Upload), world.simulator.files().len()), (1, 0));
}
