//! The ways out of a conflict.

use redraft::{
    decide::{DecideError, Desk},
    diff::Prefer,
    domain::{Action, CandidateId, OpenPolicy, RewriteId, RewriteState},
    store::port::Reviews,
    writeback::{Outcome, WriteBack},
};

use super::world::{AFTER, BEFORE, World, anna, text};

/// A rewrite in conflict, because a person wrote `skills` meanwhile.
async fn conflict(skills: &str) -> (World, RewriteId, Desk, WriteBack) {
    let world = World::new(1).await;
    let id = world.approved(1).await[0];
    let sql = format!("UPDATE people SET skills = '{skills}' WHERE id = ?1");
    world.platform.act(&sql, &CandidateId("1".to_owned())).await;
    let writer = WriteBack::new(world.store.clone(), world.source.clone(), "process".to_owned());
    assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Conflict);
    let desk = Desk::new(world.store.clone(), anna(), OpenPolicy::Accept);
    (world, id, desk, writer)
}

#[tokio::test]
async fn what_was_approved_is_put_on_top_of_a_person_s_edit_and_decided_anew() {
    let (world, id, desk, writer) = conflict("sharp knives").await;
    let (decision, head) = desk.merge(id, None).await.unwrap();
    assert_eq!((decision.from, decision.to), (RewriteState::Conflict, RewriteState::Ready));
    assert_eq!((head.state, head.failure), (RewriteState::Ready, None));
    let rewrite = world.rewrite(id).await;
    assert_eq!(rewrite.before, text([BEFORE[0], "sharp knives"]));
    assert_eq!(rewrite.after, Some(text([AFTER[0], "sharp knives, grill"])));
    assert_eq!((rewrite.approved, rewrite.found), (None, None));
    desk.approve(id, None).await.unwrap();
    assert_eq!(writer.write(id, &anna()).await.unwrap(), Outcome::Done);
    assert_eq!(
        world.now(&CandidateId("1".to_owned())).await.unwrap(),
        "Cooks for 200 guests.|sharp knives, grill"
    );
    // Its undo brings back the person's text, not the one from before it.
    assert_eq!(writer.revert(id, &anna()).await.unwrap(), Outcome::Done);
    assert_eq!(world.now(&CandidateId("1".to_owned())).await.unwrap(), "Cooks.|sharp knives");
    let words: Vec<&str> =
        world.store.history(id).await.unwrap().iter().map(|one| one.action.name()).collect();
    assert_eq!(words, ["approve", "conflict", "merge", "approve", "write", "revert"]);
}

#[tokio::test]
async fn where_both_changed_the_same_somebody_has_to_choose() {
    for (prefer, skills) in [(Prefer::Ours, "knives, grill"), (Prefer::Theirs, "pastry")] {
        let (world, id, desk, _) = conflict("pastry").await;
        let error = desk.merge(id, None).await.unwrap_err();
        assert!(matches!(error, DecideError::Overlaps(1)), "{error}");
        assert_eq!(world.rewrite(id).await.head.state, RewriteState::Conflict);
        let (_, merge) = desk.merged(id).await.unwrap();
        assert_eq!(merge.overlaps[0].theirs.as_deref(), Some("pastry"));
        desk.merge(id, Some(prefer)).await.unwrap();
        assert_eq!(world.rewrite(id).await.after, Some(text([AFTER[0], skills])));
    }
}

#[tokio::test]
async fn a_merge_is_refused_where_there_is_nothing_to_merge() {
    let (world, id, desk, _) = conflict("sharp knives").await;
    desk.merge(id, None).await.unwrap();
    let error = desk.merge(id, None).await.unwrap_err();
    assert!(error.to_string().contains("\"merge\""), "{error}");
    let history = world.store.history(id).await.unwrap();
    let Action::Merge { before, .. } = &history.last().unwrap().action else { panic!("{history:?}") };
    assert_eq!(*before, text([BEFORE[0], "sharp knives"]));
}
