//! How many requests a minute a shared store can admit.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redraft::{
    clock::SystemClock,
    domain::{BatchOptions, BatchSpec, CandidateId, Document, Draw, Money, Price},
    store::{
        Store,
        port::{Allowances, Batches, Lease, Member, NewAttempt, Queue},
    },
};
use tokio::task::JoinSet;

use crate::{board::tell_at_least, support::servers};

const CLIENTS: usize = 32;
/// Processes, each with the connections that redraft takes.
const STORES: usize = 8;
const REQUESTS: usize = 3_200;

fn spec() -> BatchSpec {
    BatchSpec {
        posting: None,
        posting_title: None,
        instructions: String::new(),
        model: "m".to_owned(),
        price: Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 },
        budget: Money::from_dollars(100),
        prompt: "1".to_owned(),
        by: "ops".to_owned(),
        options: BatchOptions::default(),
    }
}

/// Draws from the shared limits and opens the attempt, as is done before every request.
async fn admit(store: Arc<Store>, leases: Vec<Lease>) {
    for lease in leases {
        let draw =
            Draw { pool: "m".to_owned(), minute: 900_000_000, level: 900_000_000, amount: 4_000, spare: 0 };
        assert_eq!(store.draw(&[draw]).await.unwrap(), None);
        let attempt = NewAttempt {
            rewrite: lease.rewrite,
            fence: lease.fence,
            reserve: Money::from_nanos(500_000),
            prompt_hash: "hash".to_owned(),
            before: Document { sections: Vec::new() },
            parcel: None,
        };
        store.open_attempt(&attempt).await.unwrap().unwrap();
    }
}

pub async fn queue() {
    let Some(database) = servers::postgres() else {
        println!("17  PostgreSQL is not installed: how many requests a second it admits is not measured");
        return;
    };
    let mut stores = Vec::new();
    for _ in 0..STORES {
        stores.push(Arc::new(Store::connect(&database.url().into(), Arc::new(SystemClock)).await.unwrap()));
    }
    stores[0].set_month_cap(Money::from_dollars(1_000)).await.unwrap();
    let members: Vec<Member> = (0..REQUESTS)
        .map(|at| Member { candidate: CandidateId(at.to_string()), name: "Ada".to_owned(), posting: None })
        .collect();
    let batch = stores[0].create_batch(&spec(), &members).await.unwrap();
    let mut work = JoinSet::new();
    let mut shares = Vec::new();
    for client in 0..CLIENTS {
        let (store, part) =
            (Arc::clone(&stores[client % STORES]), u32::try_from(REQUESTS / CLIENTS).unwrap());
        let leases =
            store.claim(&format!("w{client}"), batch.id, part, Duration::from_mins(10)).await.unwrap();
        shares.push((store, leases));
    }
    let begun = Instant::now();
    for (store, leases) in shares {
        work.spawn(admit(store, leases));
    }
    while let Some(ended) = work.join_next().await {
        ended.unwrap();
    }
    let rate = REQUESTS as f64 / begun.elapsed().as_secs_f64();
    tell_at_least("17", "admissions a second by 32 clients of one PostgreSQL", rate, "/s", 340.0);
    let now = stores[0].batch(redraft::domain::BatchRef::Id(batch.id)).await.unwrap();
    assert_eq!(now.reserved.nanos(), 500_000 * REQUESTS as u64, "every reservation stands");
}
