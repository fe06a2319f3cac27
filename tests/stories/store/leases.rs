//! Several reviewers: what one has open nobody else is led to, and it is free again when nobody is there.

use std::time::Duration;

use redraft::{
    domain::{Action, Reviewer},
    store::port::{Claim, Leased},
};

use super::world::World;

const TTL: Duration = Duration::from_secs(90);

pub async fn story(world: &World) {
    let batch = world.batch(3, 1_000_000).await;
    let mut ids = Vec::new();
    for lease in world.claim("w", batch.id, 3).await {
        world.make_ready(&lease, "After.", &[]).await;
        ids.push(lease.rewrite);
    }
    let (anna, ben) = (Reviewer("anna".to_owned()), Reviewer("ben".to_owned()));
    let take = |who: &Reviewer, session: &'static str, at: usize, claim| {
        let (store, who, id) = (world.store.clone(), who.clone(), ids[at]);
        async move { store.lease(id, (&who, session), TTL, claim).await.unwrap() }
    };
    let held = || async {
        let open = world.store.leases().await.unwrap();
        open.into_iter().map(|lease| (lease.rewrite, lease.by.0)).collect::<Vec<_>>()
    };
    assert_eq!(take(&anna, "a1", 0, Claim::IfFree).await, Leased::Mine);
    assert_eq!(take(&ben, "b1", 0, Claim::IfFree).await, Leased::By("anna".to_owned()));
    assert_eq!(take(&ben, "b1", 1, Claim::IfFree).await, Leased::Mine);
    assert_eq!(held().await, [(ids[0], "anna".to_owned()), (ids[1], "ben".to_owned())]);
    // A session has one open; another one of the same person is let in.
    assert_eq!(take(&anna, "a1", 2, Claim::IfFree).await, Leased::Mine);
    assert_eq!(held().await, [(ids[1], "ben".to_owned()), (ids[2], "anna".to_owned())]);
    assert_eq!(take(&anna, "a2", 2, Claim::IfFree).await, Leased::Mine);
    // Renewed in time it is held, not renewed it is free.
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(take(&ben, "b1", 1, Claim::IfFree).await, Leased::Mine);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(held().await, [(ids[1], "ben".to_owned())]);
    assert_eq!(take(&ben, "b2", 2, Claim::IfFree).await, Leased::Mine);
    // A takeover is recorded; what nobody held is none.
    assert_eq!(take(&anna, "a1", 1, Claim::TakeOver).await, Leased::Mine);
    assert_eq!(take(&anna, "a1", 0, Claim::TakeOver).await, Leased::Mine);
    let history = world.store.history(ids[1]).await.unwrap();
    assert_eq!(history.last().unwrap().action, Action::TakeOver { from: ben.clone() });
    assert_eq!(history.last().unwrap().by, anna);
    assert!(world.store.history(ids[0]).await.unwrap().is_empty());
    world.store.release_lease("a1").await.unwrap();
    world.store.release_lease("b2").await.unwrap();
    assert!(held().await.is_empty());
    two_at_once(world, &ids).await;
    named_filters(world).await;
}

/// Many sessions ask for one rewrite at the same time: one gets it.
async fn two_at_once(world: &World, ids: &[redraft::domain::RewriteId]) {
    let mut asked = Vec::new();
    for number in 0..8 {
        let (store, id) = (world.store.clone(), ids[0]);
        asked.push(tokio::spawn(async move {
            let who = Reviewer(format!("r{number}"));
            store.lease(id, (&who, who.0.as_str()), TTL, Claim::IfFree).await.unwrap()
        }));
    }
    let mut mine = 0;
    for asked in asked {
        mine += usize::from(asked.await.unwrap() == Leased::Mine);
    }
    assert_eq!(mine, 1);
}

async fn named_filters(world: &World) {
    let (store, anna) = (&world.store, Reviewer("anna".to_owned()));
    store.save_filter("mine", "by:me", &anna).await.unwrap();
    store.save_filter("mine", "by:me decided:today", &anna).await.unwrap();
    store.save_filter("all", "state:ready", &anna).await.unwrap();
    let names = |saved: Vec<redraft::store::port::SavedFilter>| {
        saved.into_iter().map(|one| (one.name, one.filter)).collect::<Vec<_>>()
    };
    let pair = |name: &str, filter: &str| (name.to_owned(), filter.to_owned());
    let saved = names(store.saved_filters().await.unwrap());
    assert_eq!(saved, [pair("all", "state:ready"), pair("mine", "by:me decided:today")]);
    store.save_filter("all", "", &anna).await.unwrap();
    assert_eq!(names(store.saved_filters().await.unwrap()), [pair("mine", "by:me decided:today")]);
}
