//! Decisions on a real store: what was seen is what is decided, and all of it can be taken back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use RewriteState::{Approved, Ready, Rejected};
use redraft::{
    decide::{DecideError, Desk, Scope},
    diff,
    domain::{
        BatchRef, Choice, Document, FindingKind, OpenPolicy, Reviewer, Rewrite, RewriteId, RewriteState,
        Severity,
    },
    review::{Order, Outcome, TakeBack, Task, Verb, Whose, filter::Filter},
    store::port::StoreError,
};

use super::store::world::{World, finding, text};

/// Tells each story to each engine.
macro_rules! told {
    ($($story:ident),+ $(,)?) => {
        mod embedded {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(super::World::new().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $story() {
                    let Some(world) = super::World::postgres().await else { return };
                    super::$story(world).await;
                }
            )+
        }
    };
}

told! {
    a_new_start_knows_what_can_be_decided_again,
    nobodys_choice_is_taken_back_over_somebody_elses,
    a_finding_that_was_dismissed_with_a_reason_stops_nothing,
    a_note_moves_nothing_and_can_be_taken_back,
    decisions_since_a_time_or_of_a_filter_are_found_and_taken_back,
    an_approval_writes_down_the_text_that_the_choices_make,
    nobody_decides_about_what_they_have_not_seen,
    an_edit_is_measured_again_and_its_undo_too,
    what_was_taken_back_is_decided_again_only_if_it_means_the_same,
    a_blocking_finding_stops_an_approval_alone_and_in_bulk,
    a_bulk_leaves_out_what_changed_since_it_was_seen_and_is_taken_back_as_one,
    orders_of_a_session_are_carried_out_and_answered,
}

const AFTER: &str = "before that\n\nLed 3 people.\n\nSold bread.";

struct Room {
    world: World,
    ids: Vec<RewriteId>,
    anna: Desk,
    ben: Desk,
}

/// So many rewrites that are ready, and two who decide.
async fn room(world: World, rewrites: u32) -> Room {
    let batch = world.batch(rewrites as usize, 1_000_000).await;
    let mut ids = Vec::new();
    for lease in world.claim("w", batch.id, rewrites).await {
        world.make_ready(&lease, AFTER, &[]).await;
        ids.push(lease.rewrite);
    }
    let desk = |name: &str| Desk::new(world.store.clone(), Reviewer(name.to_owned()), OpenPolicy::Accept);
    let (anna, ben) = (desk("anna"), desk("ben"));
    Room { world, ids, anna, ben }
}

impl Room {
    async fn read(&self, index: usize) -> Rewrite {
        self.world.store.rewrite(self.ids[index]).await.unwrap()
    }

    async fn revision(&self, index: usize) -> Option<u64> {
        Some(self.read(index).await.head.revision)
    }
}

fn changes(rewrite: &Rewrite) -> Vec<redraft::domain::ChangeId> {
    let compared = diff::compare(&rewrite.before, rewrite.after.as_ref().unwrap(), &|| false);
    compared.changes.iter().map(|change| change.id).collect()
}

async fn an_approval_writes_down_the_text_that_the_choices_make(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let rewrite = room.read(0).await;
    let all = changes(&rewrite);
    assert!(all.len() > 1, "{all:?}");
    let rejected: Vec<_> = all.iter().map(|change| (*change, Some(Choice::Rejected))).collect();
    room.anna.choose(id, room.revision(0).await, &rejected).await.unwrap();
    room.anna.choose(id, room.revision(0).await, &[(all[0], Some(Choice::Accepted))]).await.unwrap();
    room.anna.approve(id, room.revision(0).await).await.unwrap();
    let approved = room.read(0).await;
    let choices = approved.choices.clone();
    let compared = diff::compare(&rewrite.before, rewrite.after.as_ref().unwrap(), &|| false);
    let expected = diff::apply(&compared, &choices, OpenPolicy::Accept);
    assert_eq!(approved.approved, Some(expected.clone()));
    assert_ne!(expected, rewrite.before);
    assert_ne!(Some(expected), rewrite.after);
    // Undo, step by step, back to what it was.
    for _ in 0..3 {
        room.anna.undo_last(None).await.unwrap();
    }
    let back = room.read(0).await;
    assert_eq!((back.head.state, back.choices.len(), back.approved), (Ready, 0, None));
    assert!(matches!(room.anna.undo_last(None).await, Err(DecideError::NothingToUndo)));
}

async fn nobody_decides_about_what_they_have_not_seen(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let seen = room.revision(0).await;
    room.ben.edit(id, seen, text("Led 30 people.")).await.unwrap();
    for result in [
        room.anna.approve(id, seen).await,
        room.anna.reject(id, seen, None).await,
        room.anna.choose(id, seen, &[]).await,
        room.anna.edit(id, seen, text("x")).await,
    ] {
        assert!(matches!(result, Err(DecideError::Store(StoreError::Stale { .. }))), "{result:?}");
    }
    assert_eq!(room.read(0).await.head.state, Ready);
    let unknown = "chg_0000000000000001".parse().unwrap();
    let result = room.anna.choose(id, None, &[(unknown, Some(Choice::Rejected))]).await;
    assert!(matches!(result, Err(DecideError::NoSuchChange)), "{result:?}");
}

async fn an_edit_is_measured_again_and_its_undo_too(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let measured = |document: &Document| diff::compare(&text("before"), document, &|| false).stats();
    let (_, head) = room.anna.edit(id, None, text("before")).await.unwrap();
    assert_eq!((head.changed_percent, head.edited), (Some(0), true));
    assert_eq!(Some(head.revision), room.revision(0).await);
    let (_, head) = room.anna.undo_last(Some(id)).await.unwrap();
    assert_eq!(head.changed_percent, Some(measured(&text(AFTER)).changed_percent));
    assert_eq!(room.read(0).await.after, Some(text(AFTER)));
}

async fn what_was_taken_back_is_decided_again_only_if_it_means_the_same(world: World) {
    let room = room(world, 2).await;
    room.anna.approve(room.ids[0], None).await.unwrap();
    let (undone, _) = room.anna.undo_last(None).await.unwrap();
    room.anna.redo(&undone).await.unwrap();
    assert_eq!(room.read(0).await.head.state, Approved);
    let (undone, _) = room.anna.undo_last(None).await.unwrap();
    room.ben.edit(room.ids[0], None, text("Something else.")).await.unwrap();
    let result = room.anna.redo(&undone).await;
    assert!(matches!(result, Err(DecideError::Store(StoreError::Stale { .. }))), "{result:?}");
    assert_eq!(room.read(0).await.head.state, Ready);
}

async fn a_blocking_finding_stops_an_approval_alone_and_in_bulk(world: World) {
    let batch = world.batch(2, 1_000_000).await;
    let leases = world.claim("w", batch.id, 2).await;
    let blocking = finding(FindingKind::Number, Severity::Block);
    world.make_ready(&leases[0], AFTER, &[blocking]).await;
    world.make_ready(&leases[1], AFTER, &[finding(FindingKind::Date, Severity::Warn)]).await;
    let desk = Desk::new(world.store.clone(), Reviewer("anna".to_owned()), OpenPolicy::Accept);
    let result = desk.approve(leases[0].rewrite, None).await;
    assert!(matches!(result, Err(DecideError::Blocked(_))), "{result:?}");
    let scope = Scope { ids: leases.iter().map(|lease| lease.rewrite).collect(), seen_at: None };
    let bulk = desk.approve_many(&scope, &|_, _| {}).await;
    assert_eq!(bulk.done.len(), 1);
    let why = "A finding stops the approval: Not in the source.".to_owned();
    assert_eq!(bulk.skipped, [(leases[0].rewrite, why)]);
}

async fn a_bulk_leaves_out_what_changed_since_it_was_seen_and_is_taken_back_as_one(world: World) {
    let room = room(world, 5).await;
    room.anna.reject(room.ids[0], None, None).await.unwrap();
    let seen_at = Some(redraft::clock::Clock::now(&*room.world.clock));
    room.world.clock.advance(Duration::from_secs(1));
    room.ben.edit(room.ids[1], None, text("Meanwhile.")).await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let report = {
        let told = Arc::clone(&told);
        move |done: usize, total: usize| told.lock().unwrap().push((done, total))
    };
    let scope = Scope { ids: room.ids.clone(), seen_at };
    let bulk = room.anna.approve_many(&scope, &report).await;
    let left = |index: usize, why: &str| (room.ids[index], why.to_owned());
    assert_eq!(bulk.skipped, [left(0, "It is rejected."), left(1, "It changed meanwhile.")]);
    assert_eq!((bulk.done.len(), bulk.failed.len()), (3, 0));
    assert_eq!(told.lock().unwrap().as_slice(), [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
    let back = room.anna.undo_many(&bulk.done).await;
    assert_eq!((back.done.len(), back.skipped.len()), (3, 0));
    assert_eq!(room.read(0).await.head.state, Rejected, "an earlier decision stays");
    assert_eq!(room.read(2).await.head.state, Ready);
    let all = Scope { ids: room.ids.clone(), seen_at: None };
    let rejected = room.anna.reject_many(&all, Some("no"), &|_, _| {}).await;
    assert_eq!(rejected.done.len(), 4);
}

async fn orders_of_a_session_are_carried_out_and_answered(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let order = |task| Order { number: 7, task };
    let one = |verb| order(Task::One { rewrite: id, revision: None, verb });
    let Outcome::Done { decision, head } = room.anna.carry(&one(Verb::Approve)).await else { panic!() };
    assert_eq!(head.state, Approved);
    let Outcome::Undone { undone, head } = room.anna.carry(&order(Task::UndoLast)).await else { panic!() };
    assert_eq!((undone.id, head.state), (decision.id, Ready));
    let Outcome::Not(trouble) = room.anna.carry(&order(Task::UndoLast)).await else { panic!() };
    assert_eq!(trouble.sentence(), "There is nothing to undo.");
    let Outcome::Not(trouble) = room.anna.carry(&one(Verb::Undo(decision.id))).await else { panic!() };
    assert_eq!(trouble.sentence(), "This decision can no longer be undone.");
    for verb in [Verb::Open, Verb::Skip, Verb::Reject { reason: None }] {
        let outcome = room.anna.carry(&one(verb.clone())).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{verb:?}: {outcome:?}");
    }
    let batch = room.world.store.batch(BatchRef::Number(1)).await;
    assert_eq!(batch.unwrap().counts.of(Rejected), 1);
}

async fn a_new_start_knows_what_can_be_decided_again(world: World) {
    let room = room(world, 3).await;
    for index in [0, 1] {
        room.anna.reject(room.ids[index], None, None).await.unwrap();
    }
    room.anna.undo_last(None).await.unwrap();
    room.anna.undo_last(None).await.unwrap();
    room.ben.reject(room.ids[2], None, None).await.unwrap();
    // Another desk of the same person: nothing is remembered but what the store holds.
    let again = Desk::new(room.world.store.clone(), Reviewer("anna".to_owned()), OpenPolicy::Accept);
    let (decision, _) = again.redo_last().await.unwrap();
    assert_eq!(decision.rewrite, room.ids[0]);
    let Outcome::Done { decision, .. } = again.carry(&Order { number: 1, task: Task::RedoLast }).await else {
        panic!()
    };
    assert_eq!(decision.rewrite, room.ids[1]);
    let result = again.redo_last().await;
    assert!(matches!(result, Err(DecideError::NothingToRedo)), "{result:?}");
}

async fn nobodys_choice_is_taken_back_over_somebody_elses(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let change = changes(&room.read(0).await)[0];
    let (mine, _) = room.anna.choose(id, None, &[(change, Some(Choice::Accepted))]).await.unwrap();
    room.ben.choose(id, None, &[(change, Some(Choice::Rejected))]).await.unwrap();
    let result = room.anna.undo(id, mine.id).await;
    assert!(matches!(result, Err(DecideError::Store(StoreError::Refused(_)))), "{result:?}");
    assert_eq!(room.read(0).await.choices.get(&change), Some(&Choice::Rejected));
}

async fn a_finding_that_was_dismissed_with_a_reason_stops_nothing(world: World) {
    let batch = world.batch(1, 1_000_000).await;
    let leases = world.claim("w", batch.id, 1).await;
    let blocking = finding(FindingKind::Number, Severity::Block);
    world.make_ready(&leases[0], AFTER, std::slice::from_ref(&blocking)).await;
    let desk = Desk::new(world.store.clone(), Reviewer("anna".to_owned()), OpenPolicy::Accept);
    let id = leases[0].rewrite;
    let verb =
        Verb::Dismiss { kind: blocking.kind, span: blocking.span.clone(), reason: "he said so".to_owned() };
    let task = Task::One { rewrite: id, revision: None, verb };
    let Outcome::Done { head, .. } = desk.carry(&Order { number: 1, task: task.clone() }).await else {
        panic!()
    };
    assert_eq!((head.findings, head.blocked), (0, false));
    let Outcome::Not(trouble) = desk.carry(&Order { number: 2, task }).await else { panic!() };
    assert_eq!(trouble.sentence(), "There is no such finding any more.");
    desk.undo_last(None).await.unwrap();
    assert!(world.store.rewrite(id).await.unwrap().head.blocked, "it counts again");
    desk.redo_last().await.unwrap();
    desk.approve(id, None).await.unwrap();
}

async fn a_note_moves_nothing_and_can_be_taken_back(world: World) {
    let room = room(world, 1).await;
    let seen = room.revision(0).await;
    let verb = Verb::Note { change: None, text: "ask ben".to_owned() };
    let task = Task::One { rewrite: room.ids[0], revision: None, verb };
    room.anna.carry(&Order { number: 1, task }).await;
    assert_eq!(room.revision(0).await, seen);
    let (undone, _) = room.anna.undo_last(None).await.unwrap();
    assert_eq!(undone.action.name(), "note");
}

async fn decisions_since_a_time_or_of_a_filter_are_found_and_taken_back(world: World) {
    let room = room(world, 5).await;
    room.anna.reject(room.ids[0], None, None).await.unwrap();
    room.world.clock.advance(Duration::from_mins(1));
    let since = redraft::clock::Clock::now(&*room.world.clock);
    room.anna.approve(room.ids[1], None).await.unwrap();
    room.anna.reject(room.ids[2], None, None).await.unwrap();
    room.anna.undo_last(None).await.unwrap();
    room.ben.approve(room.ids[3], None).await.unwrap();
    let query = |since, filter, whose| TakeBack { since, filter, whose };
    let found = room.anna.find(&query(Some(since), Filter::ALL, Whose::Mine)).await.unwrap();
    assert_eq!(found.decisions.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [room.ids[1]]);
    let approved = Filter::states(&[Approved]);
    let found = room.anna.find(&query(Some(since), approved.clone(), Whose::Anybody)).await.unwrap();
    assert_eq!(found.decisions.len(), 2);
    let found = room.anna.find(&query(None, Filter::ALL, Whose::Mine)).await.unwrap();
    let ids: Vec<_> = found.decisions.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [room.ids[1], room.ids[0]], "the last of each, mine alone");
    let back = room.anna.undo_many(&found.decisions).await;
    assert_eq!((back.done.len(), back.skipped.len()), (2, 0));
    assert_eq!(room.read(3).await.head.state, Approved, "that was ben's");
}
