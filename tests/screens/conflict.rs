//! A conflict on Write-back, by keys alone: from two people's texts to the one that is written.

use std::sync::Arc;

use redraft::{
    clock::Clock,
    config::ReviewSettings,
    decide::Desk,
    diff::Prefer,
    domain::{Action, CandidateId, Money, OpenPolicy, RewriteId, RewriteState},
    store::port::{Reviews, Store},
    tui::backend::{NoEngine, Services, Usual},
    writeback::{Outcome, WriteBack},
};

use super::review::Session;
use crate::writeback::world::{AFTER, BEFORE, World, anna, text};

/// A rewrite in conflict, because somebody wrote both texts meanwhile; and anna's screen on it, at 80×24.
async fn conflict(open: OpenPolicy) -> (World, RewriteId, Session) {
    let world = World::new(1).await;
    let id = world.approved(1).await[0];
    let sql = "UPDATE people SET summary = 'Cooks.', skills = 'sharp knives, pastry' WHERE id = ?1";
    world.platform.act(sql, &CandidateId("1".to_owned())).await;
    let writer = WriteBack::new(world.store.clone(), world.source.clone(), "process".to_owned());
    assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Conflict);
    let usual = Usual { model: "m".to_owned(), budget: Money::ZERO };
    let services = Services {
        engine: Arc::new(NoEngine { usual, why: ("None here.".to_owned(), Vec::new()) }),
        store: Arc::clone(&world.store) as Arc<dyn Store>,
        source: Arc::clone(&world.source),
        write_back: writer,
        clock: Arc::clone(&world.clock) as Arc<dyn Clock>,
        who: anna(),
        session: "session of anna".to_owned(),
        policy: open.into(),
        place: None,
        review: ReviewSettings { type_count_above: 20, ..ReviewSettings::default() },
    };
    let mut session = Session::with(services, (80, 24));
    session.keys("5").await;
    (world, id, session)
}

async fn stands_there(world: &World) -> String {
    world.now(&CandidateId("1".to_owned())).await.unwrap()
}

/// Also where an approval leaves open changes out: what was shown as the exact text is what is approved.
#[tokio::test]
async fn both_texts_are_merged_by_keys_and_written() {
    for (open, choice, written) in [
        (OpenPolicy::Accept, "space", "Cooks for 200 guests.|sharp knives, grill"),
        (OpenPolicy::Reject, "space space", "Cooks for 200 guests.|sharp knives, pastry"),
    ] {
        let (world, id, mut session) = conflict(open).await;
        session.keys("m").await;
        let shot = session.stage.shot();
        assert!(shot.contains("1 place, 1 to choose"), "{shot}");
        session.keys(choice).await;
        session.keys("a").await;
        let shot = session.stage.shot();
        for line in written.split('|') {
            assert!(shot.contains(line), "the exact text is shown: {shot}");
        }
        assert_eq!(world.rewrite(id).await.head.state, RewriteState::Conflict, "nothing is decided yet");
        session.keys("a").await;
        let rewrite = world.rewrite(id).await;
        assert_eq!(rewrite.head.state, RewriteState::Approved, "{}", session.stage.shot());
        assert_eq!(rewrite.before, text([BEFORE[0], "sharp knives, pastry"]));
        assert_eq!(stands_there(&world).await, "Cooks.|sharp knives, pastry", "an approval writes nothing");
        session.keys("W 1 enter").await;
        assert!(session.stage.shot().contains("1 written."), "{}", session.stage.shot());
        assert_eq!(stands_there(&world).await, written);
        let history = world.store.history(id).await.unwrap();
        let words: Vec<&str> = history.iter().map(|one| one.action.name()).collect();
        assert_eq!(words, ["approve", "conflict", "merge", "approve", "write"]);
        assert_eq!(history[3].by, anna());
    }
}

#[tokio::test]
async fn what_stands_there_is_kept_and_that_can_be_taken_back() {
    let (world, id, mut session) = conflict(OpenPolicy::Accept).await;
    session.keys("m x").await;
    let rewrite = world.rewrite(id).await;
    assert_eq!(rewrite.head.state, RewriteState::Rejected, "{}", session.stage.shot());
    assert_eq!(stands_there(&world).await, "Cooks.|sharp knives, pastry");
    let history = world.store.history(id).await.unwrap();
    let Action::Reject { reason: Some(reason) } = &history.last().unwrap().action else {
        panic!("{history:?}")
    };
    assert!(reason.contains("is kept"), "{reason}");
    session.keys("4 u").await;
    let rewrite = world.rewrite(id).await;
    assert_eq!(rewrite.head.state, RewriteState::Ready, "{}", session.stage.shot());
    assert_eq!(rewrite.after, Some(text([AFTER[0], "sharp knives, grill"])));
}

#[tokio::test]
async fn a_merged_text_goes_on_to_review() {
    let (world, id, mut session) = conflict(OpenPolicy::Accept).await;
    session.keys("m * e").await;
    let shot = session.stage.shot();
    assert!(shot.contains("[4]Review") || shot.contains("Review 1/1"), "{shot}");
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Ready);
    session.keys("a").await;
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Approved, "{}", session.stage.shot());
}

/// Somebody else decides between anna's look and her key: hers does nothing, and she is told.
#[tokio::test]
async fn a_conflict_that_somebody_else_has_decided_is_not_decided_twice() {
    let (world, id, mut session) = conflict(OpenPolicy::Accept).await;
    session.keys("m * a").await;
    let desk =
        Desk::new(world.store.clone(), redraft::domain::Reviewer("ben".to_owned()), OpenPolicy::Accept);
    desk.merge(id, Some(Prefer::Theirs)).await.unwrap();
    // No notice yet: the screen still shows what anna has read.
    session.stage.key("a");
    session.settle().await;
    let shot = session.stage.shot();
    assert!(shot.contains("Somebody else changed it meanwhile") || shot.contains("no conflict"), "{shot}");
    let words: Vec<&str> =
        world.store.history(id).await.unwrap().iter().map(|one| one.action.name()).collect();
    assert_eq!(words, ["approve", "conflict", "merge"]);
}
