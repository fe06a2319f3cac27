//! What goes well: everything is rewritten, once, and paid once.

use std::{sync::Arc, time::Duration};

use redraft::{
    domain::{
        AttemptOutcome, BatchState, LinkedPosting, Money, PostingId, Postings, RewriteState, SectionId,
    },
    engine::{
        estimate,
        port::{ForPosting, StartRequest, Who},
        start_batch,
    },
    simulator::{Delivery, Latency, Scenario},
    store::port::{Batches, Queue, Store},
};

use super::world::{PATIENCE, World, assert_settled, count, key, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_rewrites_become_ready_and_are_paid_once() {
    let world = World::new(400, Scenario::instant()).await;
    let batch = world.finish().await;
    assert_eq!(batch.state, BatchState::Finished);
    assert_eq!((count(&batch, RewriteState::Ready), batch.counts.total()), (400, 400));
    let ledger = world.ledger();
    assert_eq!(ledger.admitted.len(), 400);
    assert!(ledger.duplicates().is_empty() && ledger.refused.is_empty() && ledger.violations.is_empty());
    assert!(ledger.admitted.iter().all(|row| row.delivery == Delivery::Complete));
    assert_eq!(ledger.billed(), batch.spent, "what was billed is what was counted, to the nano-dollar");
    assert_settled(&world, &batch).await;
    let tokens: u64 = ledger.admitted.iter().map(|row| row.completion_tokens).sum();
    assert_eq!(tokens, batch.tokens_out);
}

#[tokio::test]
async fn a_rewrite_holds_source_result_and_cost() {
    let world = World::new(3, Scenario::instant()).await;
    let engine = world.engine();
    let mut asked = request(Who::Ids(vec![key(2)]));
    asked.posting = ForPosting::One(PostingId("7".to_owned()));
    asked.instructions = "Be brief.".to_owned();
    let batch = start_batch(&world.parts(), &asked).await.unwrap();
    assert_eq!(batch.spec.posting_title.as_deref(), Some("Head chef"));
    world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    let rewrite = world.only(&batch).await;
    assert_eq!(rewrite.head.candidate, key(2));
    assert_eq!(rewrite.before, super::world::resume(2));
    let after = rewrite.after.unwrap();
    assert_eq!(after.sections[2], rewrite.before.sections[2], "a section without text stays as it is");
    assert!(after.text(&SectionId("summary".to_owned())).ends_with('\n'));
    assert!(rewrite.head.changed_percent.is_some());
    let attempts = world.store.attempts(rewrite.head.id).await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].outcome, AttemptOutcome::Done);
    assert_eq!(attempts[0].cost, rewrite.head.cost);
    assert!(attempts[0].cost <= attempts[0].reserved && attempts[0].cost > Money::ZERO);
    engine.stop(Duration::from_secs(1)).await;
}

/// Where no posting is named, each candidate is rewritten for the one that the platform links it to.
#[tokio::test]
async fn each_candidate_is_rewritten_for_its_own_posting() {
    let world = World::new(3, Scenario::instant()).await;
    for (at, posting, title) in [(1, "7", "Head chef"), (2, "9", "A posting that is gone")] {
        let (id, title) = (PostingId(posting.to_owned()), title.to_owned());
        world.source.linked.lock().unwrap().insert(key(at), LinkedPosting { id, title, stage: None });
    }
    let engine = world.engine();
    // What was sent for a candidate, as a hash.
    let sent = async |at: usize, posting: ForPosting| {
        let asked = StartRequest { posting, ..request(Who::Ids(vec![key(at)])) };
        let batch = start_batch(&world.parts(), &asked).await.unwrap();
        world.until(&batch, |batch| batch.state == BatchState::Finished).await;
        let prompt = world.ledger().admitted.last().unwrap().prompt;
        (prompt, world.only(&batch).await.head.posting, batch.spec.options.postings)
    };
    let named = || ForPosting::One(PostingId("7".to_owned()));
    let title = |title: &str| Some(title.to_owned());
    let (own, told, whose) = sent(1, ForPosting::Linked).await;
    assert_eq!((told, whose), (title("Head chef"), Postings::Linked));
    assert_eq!(own, sent(1, named()).await.0, "with all its text");
    let none = sent(1, ForPosting::None).await;
    assert_eq!((none.1, none.2), (None, Postings::Batch));
    assert_ne!(own, none.0);
    let gone = sent(2, ForPosting::Linked).await;
    assert_eq!(gone.1, title("A posting that is gone"));
    assert_ne!(gone.0, sent(2, ForPosting::None).await.0, "a posting that is gone is known by its title");
    let (nobody, told, _) = sent(3, ForPosting::Linked).await;
    assert_eq!((nobody, told), (sent(3, ForPosting::None).await.0, None));

    let all = estimate(&world.parts(), &request(Who::All)).await.unwrap();
    assert_eq!((all.rewrites, all.for_posting), (3, 2));
    let one = StartRequest { posting: named(), ..request(Who::All) };
    assert_eq!(estimate(&world.parts(), &one).await.unwrap().for_posting, 3);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn what_cannot_be_rewritten_is_skipped_and_never_sent() {
    let world = World::new(5, Scenario::instant()).await;
    world.source.set(1, None);
    world.source.set(2, Some("Cook."));
    world.source.set(3, Some(&"word ".repeat(4_000)));
    let engine = world.engine();
    let batch = world.start().await;
    world.source.texts.lock().unwrap().remove(&key(4));
    let ended = world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    assert_eq!((count(&ended, RewriteState::Skipped), count(&ended, RewriteState::Ready)), (4, 1));
    let words: Vec<_> = world
        .heads(&batch)
        .await
        .iter()
        .filter_map(|head| Some(head.failure.as_ref()?.reason.words()))
        .collect();
    assert_eq!(
        words,
        ["source gone or empty", "source too short", "source too long", "source gone or empty"]
    );
    assert_eq!(world.ledger().admitted.len(), 1);
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_candidate_database_delays_and_loses_nothing() {
    let world = World::new(4, Scenario::instant()).await;
    *world.source.trouble.lock().unwrap() = 2;
    let batch = world.finish().await;
    assert_eq!(count(&batch, RewriteState::Ready), 4);
    assert!(world.ledger().duplicates().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_and_the_live_text_can_be_watched() {
    let latency = Latency { queue_median_ms: 5.0, queue_min_ms: 1.0, ..Latency::default() };
    let scenario =
        Scenario { latency, speed: 0.5, limits: redraft::simulator::Limits::NONE, ..Scenario::default() };
    let world = World::new(1, scenario).await;
    let engine = world.engine();
    let mut progress = engine.progress();
    let batch = world.start().await;
    let rewrite = world.only(&batch).await.head.id;
    let seen = tokio::time::timeout(
        PATIENCE,
        progress.wait_for(|progress| {
            progress.batches.iter().any(|batch| batch.live == [rewrite] && batch.in_flight == 1)
        }),
    );
    seen.await.unwrap().unwrap();
    let mut live = engine.watch_live(rewrite);
    let first = tokio::time::timeout(PATIENCE, live.wait_for(|text| text.contains("[[section:summary]]")));
    let first: Arc<str> = first.await.unwrap().unwrap().clone();
    let grown = tokio::time::timeout(PATIENCE, live.wait_for(|text| text.len() > first.len()));
    let grown: Arc<str> = grown.await.unwrap().unwrap().clone();
    assert!(grown.starts_with(&*first));
    world.until(&batch, |batch| batch.state == BatchState::Finished).await;
    let over = progress.wait_for(|progress| progress.batches.is_empty());
    tokio::time::timeout(PATIENCE, over).await.unwrap().unwrap();
    engine.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_batches_are_served_side_by_side() {
    let world = World::new(60, Scenario::instant()).await;
    let first = world.start().await;
    let second = world.start().await;
    let engine = world.engine();
    world.until(&first, |batch| batch.state == BatchState::Finished).await;
    world.until(&second, |batch| batch.state == BatchState::Finished).await;
    engine.stop(Duration::from_secs(1)).await;
    let numbers: Vec<u64> = [first, second].iter().map(|batch| batch.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(world.ledger().admitted.len(), 120);
    assert!(world.store.workers().await.unwrap().is_empty());
    drop(world.store.changed());
}
