//! What decisions do to texts: the hashes in the record, and two approved texts of one candidate.

use std::time::Duration;

use RewriteState::{Approved, Ready};
use redraft::{
    domain::{Choice, RewriteState},
    review::{Order, Outcome, Task, Verb, filter::Filter},
    store::port::{Hold, IntentEnd, IntentKind, StoreError},
};

use super::{World, changes, room, text};

told! {
    what_decisions_say_of_the_text_follows_one_from_another,
    two_approved_rewrites_of_one_candidate_are_found_and_the_second_overwrites_nothing,
}

async fn two_approved_rewrites_of_one_candidate_are_found_and_the_second_overwrites_nothing(world: World) {
    let room = room(world, 2).await;
    let second = room.world.batch(1, 1_000_000).await;
    let lease = room.world.claim("w", second.id, 1).await.remove(0);
    room.world.make_ready(&lease, "Another text.", &[]).await;
    let also = |states: &[RewriteState]| {
        let filter = Filter::Term(redraft::review::filter::Term::Also(states.to_vec()));
        let store = room.world.store.clone();
        async move {
            let found = store.ids(&filter, redraft::store::port::Sort::Oldest, 9).await.unwrap();
            assert_eq!(store.counts(&filter).await.unwrap().total(), found.len() as u64);
            found
        }
    };
    assert_eq!(also(&[Ready]).await, [room.ids[0], lease.rewrite]);
    assert_eq!(also(&[]).await, [room.ids[1]], "there is one rewrite of c2 alone");
    room.anna.approve(room.ids[0], None).await.unwrap();
    assert_eq!(also(&[Approved]).await, [lease.rewrite]);
    room.ben.approve(lease.rewrite, None).await.unwrap();
    assert_eq!(also(&[Approved]).await, [room.ids[0], lease.rewrite]);
    // One write-back of a candidate at a time, and the second finds another text than its approver saw.
    let hold = Hold { worker: "w", ttl: Duration::from_mins(1) };
    let begin = |id| room.world.store.begin(id, IntentKind::Write, room.ben.by(), &hold);
    let first = begin(room.ids[0]).await.unwrap();
    assert!(matches!(begin(lease.rewrite).await, Err(StoreError::CandidateBusy)));
    room.world.store.end(&first, &IntentEnd::Applied).await.unwrap();
    let second = begin(lease.rewrite).await.unwrap();
    assert_ne!(second.before, first.after, "the compare-and-set must fail");
}

async fn what_decisions_say_of_the_text_follows_one_from_another(world: World) {
    let room = room(world, 1).await;
    let id = room.ids[0];
    let first = changes(&room.read(0).await)[0];
    let order = |key: &str, verb| Order {
        number: 1,
        seconds: Some(5),
        key: Some(key.to_owned()),
        task: Task::One { rewrite: id, revision: None, verb },
    };
    for (key, verb) in [
        ("enter", Verb::Open),
        ("space", Verb::Choose(vec![(first, Some(Choice::Rejected))])),
        ("g e", Verb::Edit(text("before that\n\nLed 3 people."))),
        ("a", Verb::Approve),
    ] {
        let outcome = room.anna.carry(&order(key, verb)).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    }
    let undo = Order { number: 1, seconds: None, key: Some("u".to_owned()), task: Task::UndoLast };
    room.anna.carry(&undo).await;
    room.anna.clone().by_command().reject(id, None, None).await.unwrap();
    let history = room.world.store.history(id).await.unwrap();
    let keys: Vec<Option<&str>> = history.iter().map(|one| one.made.key.as_deref()).collect();
    assert_eq!(keys, [Some("enter"), Some("space"), Some("g e"), Some("a"), Some("u"), None]);
    // An opening touches no text; each other goes on from where the one before it left off.
    assert_eq!((&history[0].made.hash_before, &history[0].made.hash_after), (&None, &None));
    for pair in history[1..].windows(2) {
        assert_eq!(pair[0].made.hash_after, pair[1].made.hash_before, "{pair:?}");
    }
    let approved = history.iter().find_map(|one| match &one.action {
        redraft::domain::Action::Approve { text } => Some((text.hash(), one.made.clone())),
        _ => None,
    });
    let (hash, made) = approved.unwrap();
    assert_eq!(made.hash_after, Some(hash));
    let last = history.last().unwrap();
    let now = redraft::review::standing(&room.read(0).await).unwrap().hash();
    assert_eq!(last.made.hash_after, Some(now));
    let changed = |index: usize| history[index].made.hash_before != history[index].made.hash_after;
    assert!(changed(1) && changed(2) && !changed(5), "a choice and an edit change it, a rejection does not");
}
