//! Files of requests: who holds a rewrite that is in one, what is set aside for it, and what becomes of both.

use redraft::{
    domain::{Batch, BatchOptions, BatchState, ParcelId, ParcelStage, RewriteState, Tier},
    store::port::{Denied, Enclosed, Hold, Lease, NewAttempt, Recorded, Verdict},
};

use super::world::{TTL, World, attempt, done, ended, named, nanos, spec};

const A: Hold<'_> = Hold { worker: "a", ttl: TTL };
const B: Hold<'_> = Hold { worker: "b", ttl: TTL };

async fn economy(world: &World, members: usize, budget: u64) -> Batch {
    let options = BatchOptions { tier: Tier::Economy, ..BatchOptions::default() };
    let spec = redraft::domain::BatchSpec { options, ..spec(budget) };
    world.store.create_batch(&spec, &named(members)).await.unwrap()
}

fn enclose(lease: &Lease, reserve: u64, parcel: ParcelId) -> NewAttempt {
    NewAttempt { parcel: Some((parcel, 1)), ..attempt(lease, reserve) }
}

pub async fn story(world: &World) {
    let store = &world.store;
    let batch = economy(world, 4, 100).await;
    assert!(world.claim("a", batch.id, 9).await.is_empty(), "nothing of it is sent one by one");
    let leases = store.claim_for_parcel(batch.id, &A, 9).await.unwrap();
    let parcel = store.begin_parcel(batch.id, &A).await.unwrap();
    assert_eq!((leases.len(), parcel.stage, parcel.fence), (4, ParcelStage::Packing, 1));
    // Each is enclosed with its money; what there is none for stays out, and so does what another worker packs.
    for lease in &leases[..2] {
        store.open_attempt(&enclose(lease, 40, parcel.id)).await.unwrap().unwrap();
    }
    let denied = store.open_attempt(&enclose(&leases[2], 40, parcel.id)).await.unwrap();
    assert_eq!(denied, Err(Denied::BatchBudget));
    let strange = ParcelId::new(uuid::Uuid::from_u128(7));
    let lost = store.open_attempt(&enclose(&leases[2], 1, strange)).await.unwrap();
    assert_eq!(lost, Err(Denied::LeaseLost));
    let late = NewAttempt { parcel: Some((parcel.id, 2)), ..attempt(&leases[2], 1) };
    assert_eq!(store.open_attempt(&late).await.unwrap(), Err(Denied::LeaseLost), "another fence");
    for lease in &leases[2..] {
        store.release((lease.rewrite, lease.fence)).await.unwrap();
    }
    let now = world.read(&batch).await;
    assert_eq!((now.reserved, now.counts.of(RewriteState::Running)), (nanos(80), 2));
    let away = now.away.unwrap();
    assert_eq!((away.requests, away.done, away.submitted_at), (2, 0, None));
    assert_eq!(store.workers().await.unwrap(), ["a"], "a parcel is no worker");

    let enclosed = passes_on(world, &batch, parcel).await;
    settles(world, &batch, enclosed).await;
    a_cancelled_batch_keeps_its_money_until_the_parcel_is_back(world).await;
}

/// A worker dies: what is in the parcel stays there, and another worker gets the parcel.
async fn passes_on(
    world: &World,
    batch: &Batch,
    mut parcel: redraft::domain::Parcel,
) -> (redraft::domain::Parcel, Vec<Enclosed>) {
    let store = &world.store;
    parcel.stage = ParcelStage::Away;
    parcel.remote = Some("batch_1".to_owned());
    parcel.done = 1;
    assert_eq!(store.keep_parcel(&parcel).await.unwrap(), Recorded::Done);
    let first = world.read(batch).await.away.unwrap();
    assert_eq!((first.requests, first.done), (2, 1));
    assert!(first.submitted_at.is_some());
    assert!(store.take_parcels(&B, &[]).await.unwrap().is_empty(), "it is held");
    world.clock.advance(TTL * 2);
    assert_eq!(store.recover(&["a".to_owned()]).await.unwrap(), 0, "nothing of it goes back to the queue");
    let taken = store.take_parcels(&B, &[]).await.unwrap();
    assert_eq!((taken.len(), taken[0].fence, taken[0].remote.as_deref()), (1, 2, Some("batch_1")));
    assert_eq!(store.keep_parcel(&parcel).await.unwrap(), Recorded::Stale);
    assert_eq!(store.hold_parcel((parcel.id, 1), &A).await.unwrap(), Recorded::Stale);
    assert_eq!(store.hold_parcel((parcel.id, 2), &B).await.unwrap(), Recorded::Done);
    assert_eq!(
        store.take_parcels(&A, &["b".to_owned()]).await.unwrap()[0].fence,
        3,
        "who is dead is known at once"
    );
    let enclosed = store.enclosed(parcel.id).await.unwrap();
    assert_eq!(enclosed.len(), 2);
    let parcel = redraft::domain::Parcel { fence: 3, ..parcel };
    (parcel, enclosed)
}

/// One answer is good, one is of no use: that one is sent alone.
async fn settles(
    world: &World,
    batch: &Batch,
    (mut parcel, enclosed): (redraft::domain::Parcel, Vec<Enclosed>),
) {
    use redraft::domain::AttemptOutcome::Unusable;
    let store = &world.store;
    let lease = |at: usize| (enclosed[at].lease.rewrite, enclosed[at].lease.fence);
    let verdict = super::world::ready("After.");
    let good = done(enclosed[0].attempt, 30);
    assert_eq!(store.settle(lease(0), Some(&good), &verdict).await.unwrap(), Recorded::Done);
    assert_eq!(store.settle(lease(0), Some(&good), &verdict).await.unwrap(), Recorded::Stale, "told twice");
    let bad = redraft::store::port::Settlement { cost: nanos(20), ..ended(enclosed[1].attempt, Unusable) };
    let again = Verdict::Requeue { not_before: redraft::clock::Clock::now(&*world.clock) };
    assert_eq!(store.settle(lease(1), Some(&bad), &again).await.unwrap(), Recorded::Done);
    let now = world.read(batch).await;
    assert_eq!((now.spent, now.reserved), (nanos(50), nanos(0)));
    let alone = world.claim("a", batch.id, 9).await;
    assert_eq!(alone.iter().map(|lease| lease.rewrite).collect::<Vec<_>>(), [enclosed[1].lease.rewrite]);
    let why = store.last_reason(enclosed[1].lease.rewrite).await.unwrap();
    assert_eq!(why.as_deref(), Some("It broke off."));
    assert_eq!(store.claim_for_parcel(batch.id, &A, 9).await.unwrap().len(), 2, "the others go by the file");
    for stage in [ParcelStage::Clearing, ParcelStage::Cleared] {
        parcel.stage = stage;
        assert_eq!(store.keep_parcel(&parcel).await.unwrap(), Recorded::Done);
    }
    assert_eq!(world.read(batch).await.away, None);
    assert_eq!(store.keep_parcel(&parcel).await.unwrap(), Recorded::Stale, "it is over");
}

async fn a_cancelled_batch_keeps_its_money_until_the_parcel_is_back(world: &World) {
    let store = &world.store;
    let batch = economy(world, 1, 100).await;
    let lease = store.claim_for_parcel(batch.id, &A, 9).await.unwrap().remove(0);
    let parcel = store.begin_parcel(batch.id, &A).await.unwrap();
    let attempt = store.open_attempt(&enclose(&lease, 40, parcel.id)).await.unwrap().unwrap();
    store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    world.clock.advance(TTL * 2);
    store.recover(&[]).await.unwrap();
    assert_eq!(world.read(&batch).await.reserved, nanos(40), "nobody knows yet whether it is paid");
    let lease = (lease.rewrite, lease.fence);
    let settled =
        store.settle(lease, Some(&done(attempt, 30)), &super::world::ready("After.")).await.unwrap();
    assert_eq!(settled, Recorded::Stale, "paid, and told to the attempt alone");
    let now = world.read(&batch).await;
    assert_eq!((now.spent, now.reserved, now.counts.of(RewriteState::Cancelled)), (nanos(30), nanos(0), 1));
}
