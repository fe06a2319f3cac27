//! Decisions on a real store: what was seen is what is decided, and all of it can be taken back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use RewriteState::{Approved, Ready, Rejected};
use redraft::{
    decide::{DecideError, Desk, Policy, Scope},
    diff,
    domain::{
        BatchRef, Choice, Document, FindingKind, Look, LookKind, OpenPolicy, OwnEdits, Reviewer, Rewrite,
        RewriteId, RewriteState, Rights, Severity, Way,
    },
    review::{Order, Outcome, TakeBack, Task, Verb, Whose, filter::Filter},
    store::port::{Claim, Hold, IntentEnd, IntentKind, StoreError},
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
    each_decision_says_how_it_was_made_and_after_how_many_seconds,
    a_bulk_is_one_step_also_for_a_desk_that_begins_later,
    what_somebody_else_has_open_is_not_decided,
    a_sample_of_what_nobody_opened_is_looked_at_before_it_is_written,
    a_spot_check_that_fails_stops_the_write_back_of_its_batch,
    filters_know_leases_looks_owners_lengths_and_prompts,
    a_second_opinion_is_somebody_elses_and_what_is_disputed_is_decided_anew,
    rules_keep_people_from_deciding,
}

mod texts;

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
    let scope = Scope { ids: leases.iter().map(|lease| lease.rewrite).collect(), ..Scope::default() };
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
    let scope = Scope { ids: room.ids.clone(), seen_at, ..Scope::default() };
    let bulk = room.anna.approve_many(&scope, &report).await;
    let left = |index: usize, why: &str| (room.ids[index], why.to_owned());
    assert_eq!(bulk.skipped, [left(0, "It is rejected."), left(1, "It changed meanwhile.")]);
    assert_eq!((bulk.done.len(), bulk.failed.len()), (3, 0));
    assert_eq!(told.lock().unwrap().as_slice(), [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
    let back = room.anna.undo_many(&bulk.done).await;
    assert_eq!((back.done.len(), back.skipped.len()), (3, 0));
    assert_eq!(room.read(0).await.head.state, Rejected, "an earlier decision stays");
    assert_eq!(room.read(2).await.head.state, Ready);
    let all = Scope { ids: room.ids.clone(), ..Scope::default() };
    let rejected = room.anna.reject_many(&all, Some("no"), &|_, _| {}).await;
    assert_eq!(rejected.done.len(), 4);
}

async fn orders_of_a_session_are_carried_out_and_answered(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let order = |task| Order { number: 7, seconds: None, key: None, task };
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
    let Outcome::Done { decision, .. } =
        again.carry(&Order { number: 1, seconds: None, key: None, task: Task::RedoLast }).await
    else {
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
    let Outcome::Done { head, .. } =
        desk.carry(&Order { number: 1, seconds: None, key: None, task: task.clone() }).await
    else {
        panic!()
    };
    assert_eq!((head.findings, head.blocked), (0, false));
    let Outcome::Not(trouble) = desk.carry(&Order { number: 2, seconds: None, key: None, task }).await else {
        panic!()
    };
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
    room.anna.carry(&Order { number: 1, seconds: None, key: None, task }).await;
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

async fn each_decision_says_how_it_was_made_and_after_how_many_seconds(world: World) {
    let room = room(world, 3).await;
    let order = |seconds, verb| Order {
        number: 1,
        seconds,
        key: None,
        task: Task::One { rewrite: room.ids[0], revision: None, verb },
    };
    room.anna.carry(&order(Some(38), Verb::Approve)).await;
    room.anna.carry(&Order { number: 2, seconds: None, key: None, task: Task::UndoLast }).await;
    room.anna.clone().by_command().reject(room.ids[0], None, None).await.unwrap();
    let scope = Scope { ids: room.ids[1..].to_vec(), ..Scope::default() };
    let bulk = room.anna.approve_many(&scope, &|_, _| {}).await;
    let made = |index: usize| {
        let store = room.world.store.clone();
        let id = room.ids[index];
        async move {
            let history = store.history(id).await.unwrap();
            history.iter().map(|one| (one.made.way, one.made.seconds)).collect::<Vec<_>>()
        }
    };
    let ways = [(Some(Way::Single), Some(38)), (Some(Way::Undo), None), (Some(Way::Command), None)];
    assert_eq!(made(0).await, ways);
    assert_eq!(made(1).await, [(Some(Way::Bulk), None)]);
    let history = room.world.store.history(room.ids[2]).await.unwrap();
    assert_eq!(history[0].made.step, Some(bulk.done[0].1), "the step is named after its first decision");
}

async fn a_bulk_is_one_step_also_for_a_desk_that_begins_later(world: World) {
    let room = room(world, 5).await;
    room.anna.reject(room.ids[0], None, None).await.unwrap();
    // Two portions of one decision, as the terminal carries it out.
    let ids = |from: usize, to: usize| room.ids[from..to].to_vec();
    let first = room.anna.approve_many(&Scope { ids: ids(1, 3), ..Scope::default() }, &|_, _| {}).await;
    let rest = Scope { ids: ids(3, 5), first: Some(first.done[0].1), ..Scope::default() };
    room.anna.approve_many(&rest, &|_, _| {}).await;
    let hold = Hold { worker: "w", ttl: Duration::from_mins(1) };
    let written = room.world.store.begin(room.ids[4], IntentKind::Write, room.anna.by(), &hold).await;
    room.world.store.end(&written.unwrap(), &IntentEnd::Applied).await.unwrap();

    let again = Desk::new(room.world.store.clone(), Reviewer("anna".to_owned()), OpenPolicy::Accept);
    let order = Order { number: 1, seconds: None, key: None, task: Task::UndoLast };
    let Outcome::Many(bulk) = again.carry(&order).await else { panic!("it is many") };
    assert_eq!(bulk.sentence("restored"), "3 restored, 1 skipped (It is already written).");
    for index in [1, 2, 3] {
        assert_eq!(room.read(index).await.head.state, Ready);
    }
    // The step before is another one, and it was anna's too.
    let Outcome::Undone { undone, .. } = again.carry(&order).await else { panic!("it is one") };
    assert_eq!((undone.rewrite, room.read(0).await.head.state), (room.ids[0], Ready));
}

async fn what_somebody_else_has_open_is_not_decided(world: World) {
    let room = room(world, 2).await;
    let id = room.ids[0];
    let ttl = Duration::from_secs(90);
    room.world.store.lease(id, (room.ben.by(), "b"), ttl, Claim::IfFree).await.unwrap();
    let error = room.anna.approve(id, None).await.unwrap_err();
    assert_eq!(error.to_string(), "ben has it open.");
    let scope = Scope { ids: room.ids.clone(), ..Scope::default() };
    let bulk = room.anna.approve_many(&scope, &|_, _| {}).await;
    assert_eq!(bulk.skipped, [(id, "ben has it open.".to_owned())]);
    assert_eq!(bulk.done.len(), 1);
    room.ben.approve(id, None).await.unwrap();
    // What has run out holds nothing.
    room.ben.undo_last(None).await.unwrap();
    room.world.clock.advance(Duration::from_secs(91));
    room.anna.approve(id, None).await.unwrap();
}

async fn a_sample_of_what_nobody_opened_is_looked_at_before_it_is_written(world: World) {
    let room = room(world, 4).await;
    room.anna.carry(&Order { number: 1, seconds: None, key: None, task: open(room.ids[1]) }).await;
    room.ben.reject(room.ids[2], None, None).await.unwrap();
    // Of the sample, 1 was opened meanwhile and 2 is no longer ready: 3 stands in for one of them.
    let sample = [room.ids[0], room.ids[1], room.ids[2]].into_iter().collect();
    let scope = Scope { ids: room.ids.clone(), sample, ..Scope::default() };
    let bulk = room.anna.approve_many(&scope, &|_, _| {}).await;
    assert_eq!(bulk.looks, [(room.ids[0], LookKind::Spot), (room.ids[3], LookKind::Spot)]);
    let hold = Hold { worker: "w", ttl: Duration::from_mins(1) };
    let write =
        |index: usize| room.world.store.begin(room.ids[index], IntentKind::Write, room.ben.by(), &hold);
    assert_eq!(write(0).await.unwrap_err().to_string(), "It waits for a spot check.");
    assert!(write(1).await.is_ok(), "it had been opened");
    let unread = room.anna.look(room.ids[0], true, None).await.unwrap_err();
    assert_eq!(unread.to_string(), "A spot check is there to be read: open it first.");
    room.anna.carry(&Order { number: 2, seconds: None, key: None, task: open(room.ids[0]) }).await;
    let (decision, head) = room.anna.look(room.ids[0], true, None).await.unwrap();
    assert_eq!((head.look, head.state), (Some(Look::Passed), Approved));
    // It can be taken back, and then it waits again.
    room.anna.undo(room.ids[0], decision.id).await.unwrap();
    assert_eq!(room.read(0).await.head.look, Some(Look::Spot));
    room.anna.look(room.ids[0], true, None).await.unwrap();
    assert!(write(0).await.is_ok());
}

async fn a_spot_check_that_fails_stops_the_write_back_of_its_batch(world: World) {
    let room = room(world, 2).await;
    let sample = [room.ids[0]].into_iter().collect();
    let scope = Scope { ids: room.ids.clone(), sample, ..Scope::default() };
    room.anna.approve_many(&scope, &|_, _| {}).await;
    room.anna.carry(&Order { number: 1, seconds: None, key: None, task: open(room.ids[0]) }).await;
    let hold = Hold { worker: "w", ttl: Duration::from_mins(1) };
    let write = || room.world.store.begin(room.ids[1], IntentKind::Write, room.ben.by(), &hold);
    let fail = || room.anna.look(room.ids[0], false, Some("invented".to_owned()));

    let (decision, head) = fail().await.unwrap();
    assert_eq!((head.state, head.look), (Ready, Some(Look::Failed)));
    let stopped = "A spot check failed: nothing of batch b1 is written until somebody lets it go on.";
    assert_eq!(write().await.unwrap_err().to_string(), stopped);
    assert_eq!(room.world.store.stopped().await.unwrap(), [1]);
    // A slip is taken back with all that it did.
    room.anna.undo(room.ids[0], decision.id).await.unwrap();
    assert_eq!(
        (room.read(0).await.head.state, room.world.store.stopped().await.unwrap()),
        (Approved, vec![])
    );
    fail().await.unwrap();
    assert!(room.world.store.let_write(BatchRef::Number(1), room.ben.by()).await.unwrap());
    assert!(!room.world.store.let_write(BatchRef::Number(1), room.ben.by()).await.unwrap());
    assert!(write().await.is_ok());
}

fn open(rewrite: RewriteId) -> Task {
    Task::One { rewrite, revision: None, verb: Verb::Open }
}

async fn filters_know_leases_looks_owners_lengths_and_prompts(world: World) {
    let room = room(world, 3).await;
    let (anna, ben) = (room.anna.by().clone(), room.ben.by().clone());
    let ttl = Duration::from_secs(90);
    room.world.store.lease(room.ids[0], (&ben, "b"), ttl, Claim::IfFree).await.unwrap();
    room.anna.assign(room.ids[1], Some(anna.clone())).await.unwrap();
    room.anna.edit(room.ids[2], None, text("Five words are here now.")).await.unwrap();
    let at = redraft::clock::Clock::now(&*room.world.clock).to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let context = redraft::review::filter::Context { now: at, me: anna };
    let matching = |words: &'static str| {
        let filter = redraft::review::filter::parse(words, &context).unwrap();
        let store = room.world.store.clone();
        let ids = room.ids.clone();
        async move {
            let found = store.ids(&filter, redraft::store::port::Sort::Oldest, 9).await.unwrap();
            let counted = store.counts(&filter).await.unwrap().total();
            assert_eq!(counted, found.len() as u64, "{words}");
            found.iter().map(|id| ids.iter().position(|known| known == id).unwrap()).collect::<Vec<_>>()
        }
    };
    let cases: [(&str, &[usize]); 18] = [
        ("lease:ben", &[0]),
        ("lease:other", &[0]),
        ("-lease:other", &[1, 2]),
        ("lease:none", &[1, 2]),
        ("lease:me", &[]),
        ("assigned:me", &[1]),
        ("assigned:none", &[0, 2]),
        ("words:5", &[2]),
        ("words:>5", &[0, 1]),
        ("section:Summary", &[0, 1, 2]),
        ("section:summ", &[]),
        ("section:skills,summary", &[0, 1, 2]),
        ("section:none", &[]),
        ("look:none", &[0, 1, 2]),
        ("look:spot", &[]),
        ("match:none", &[0, 1, 2]),
        ("match:>=+10", &[]),
        ("prompt:abc", &[0, 1, 2]),
    ];
    for (words, expected) in cases {
        assert_eq!(matching(words).await, expected, "{words}");
    }
    room.anna.edit(room.ids[2], None, text("before")).await.unwrap();
    assert_eq!(matching("section:none").await, [2], "it is as it was");
    assert_eq!(matching("section:summary").await, [0, 1]);
    room.anna.undo_last(Some(room.ids[2])).await.unwrap();
    assert_eq!(matching("section:any").await, [0, 1, 2]);
    // What ran out holds nothing; what was taken back is nobody's again.
    room.world.clock.advance(Duration::from_secs(91));
    assert_eq!(matching("lease:any").await, Vec::<usize>::new());
    room.anna.undo_last(Some(room.ids[1])).await.unwrap();
    assert_eq!(matching("assigned:any").await, Vec::<usize>::new());
}

async fn a_second_opinion_is_somebody_elses_and_what_is_disputed_is_decided_anew(world: World) {
    let room = room(world, 2).await;
    let policy = Policy::default().with_second("changed:>30").unwrap();
    let anna = Desk::new(room.world.store.clone(), Reviewer("anna".to_owned()), policy);
    let (_, head) = anna.approve(room.ids[0], None).await.unwrap();
    assert_eq!((head.state, head.look), (Approved, Some(Look::Second)), "40 % of it changed");
    for desk in [&anna, &room.ben] {
        desk.carry(&Order { number: 1, seconds: None, key: None, task: open(room.ids[0]) }).await;
    }
    let own = anna.look(room.ids[0], true, None).await.unwrap_err();
    assert_eq!(own.to_string(), "A second opinion is somebody else's: anna approved it.");
    let (_, head) = room.ben.look(room.ids[0], false, Some("tone".to_owned())).await.unwrap();
    assert_eq!((head.state, head.look), (Ready, Some(Look::Disputed)));
    assert_eq!(
        room.world.store.stopped().await.unwrap(),
        Vec::<u64>::new(),
        "that is between the two of them"
    );
    let (_, head) = room.ben.approve(room.ids[0], None).await.unwrap();
    assert_eq!((head.state, head.look), (Approved, None));
    // Asked for by hand, it is wanted as well.
    room.anna.approve(room.ids[1], None).await.unwrap();
    let (_, head) = room.anna.ask_second(room.ids[1]).await.unwrap();
    assert_eq!(head.wanted(), Some(LookKind::Second));
}

async fn rules_keep_people_from_deciding(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let desk = |policy| Desk::new(room.world.store.clone(), Reviewer("anna".to_owned()), policy);
    let suggests = desk(Policy { rights: Rights::Suggest, ..Policy::default() });
    suggests.edit(id, None, text("Led three people.")).await.unwrap();
    let refused = suggests.approve(id, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "You may look and suggest here, not decide.");
    let own = desk(Policy { own_edits: OwnEdits::Refuse, ..Policy::default() });
    let refused = own.approve(id, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "You edited this text: somebody else has to approve it.");
    let ask = desk(Policy::from(OpenPolicy::Ask));
    let refused = ask.approve(id, None).await.unwrap_err().to_string();
    assert!(refused.contains("changes are not decided"), "{refused}");
    // Once the edit is taken back, nothing keeps anna from it.
    own.undo_last(Some(id)).await.unwrap();
    own.approve(id, None).await.unwrap();
    let reads = desk(Policy { rights: Rights::Read, ..Policy::default() });
    let refused = reads.undo_last(Some(id)).await.unwrap_err();
    assert_eq!(refused.to_string(), "You may only read here.");
}
