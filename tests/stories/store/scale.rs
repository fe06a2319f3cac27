//! Lists and claims on a store of 50,000 rewrites.

use std::time::{Duration, Instant};

use redraft::{
    domain::{BatchRef, FindingKind, RewriteId, RewriteState},
    review::filter::{Filter, FindingTest, Term},
    store::port::{RewriteQuery, Sort},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::world::{TTL, World, named, spec};

/// Rewrites of the large batch, and of each of the small ones.
const LARGE: usize = 40_000;
const SMALL: usize = 400;

/// A store with one large batch and 25 small ones, whose rewrites are in all states that a list is asked for.
async fn filled() -> World {
    let world = World::new().await;
    world.store.create_batch(&spec(1_000_000), &named(LARGE)).await.unwrap();
    for _ in 0..25 {
        world.store.create_batch(&spec(1_000_000), &named(SMALL)).await.unwrap();
    }
    let options = SqliteConnectOptions::new().filename(world.file());
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let spread = "UPDATE rewrite SET revision = revision + 1, moved_how = 'spread', updated_at = updated_at + seq, \
                  changed_percent = seq % 101, findings = seq % 7 % 4, blocking = seq % 7 % 2 * (seq % 4 = 0) \
                  * (seq % 7 % 4 > 0), finding_kinds = CASE WHEN seq % 7 % 4 > 0 THEN 2 ELSE 0 END, \
                  risk = (seq * 7919) % 100003, \
                  decided_by = CASE WHEN seq % 10 IN (6, 7) THEN 'anna' END, \
                  decided_at = CASE WHEN seq % 10 IN (6, 7) THEN updated_at END, \
                  written_at = CASE WHEN seq % 10 = 8 THEN updated_at END, \
                  state = CASE seq % 10 WHEN 6 THEN 'approved' WHEN 7 THEN 'rejected' WHEN 8 THEN 'written' \
                  WHEN 9 THEN 'failed' WHEN 0 THEN 'queued' ELSE 'ready' END";
    sqlx::query(spread).execute(&mut connection).await.unwrap();
    world
}

fn filters() -> Vec<(&'static str, Filter)> {
    let ready = || Filter::states(&[RewriteState::Ready]);
    let of = |number| Filter::Term(Term::Batch(vec![BatchRef::Number(number)]));
    let word = |word: &str| Filter::Term(Term::Word(word.to_owned()));
    vec![
        ("all", Filter::ALL),
        ("state:ready", ready()),
        ("state:ready batch:b1", ready().and(of(1))),
        ("state:ready batch:b7", ready().and(of(7))),
        ("batch:b7", of(7)),
        ("state:approved,rejected", Filter::states(&[RewriteState::Approved, RewriteState::Rejected])),
        ("state:ready finding:none", ready().and(Filter::Term(Term::Finding(FindingTest::None)))),
        (
            "state:ready finding:number",
            ready().and(Filter::Term(Term::Finding(FindingTest::Kinds(vec![FindingKind::Number])))),
        ),
        ("state:ready öz3999", ready().and(word("ÖZ3999"))),
        ("öz39999", word("öz39999")),
        ("by:nobody", Filter::Term(Term::By(vec!["nobody".to_owned()]))),
    ]
}

/// The shortest of some runs.
async fn shortest<T, F: Future<Output = T>>(run: impl Fn() -> F) -> (T, Duration) {
    let mut best: Option<(T, Duration)> = None;
    for _ in 0..5 {
        let start = Instant::now();
        let result = run().await;
        let took = start.elapsed();
        if best.as_ref().is_none_or(|(_, least)| took < *least) {
            best = Some((result, took));
        }
    }
    best.unwrap()
}

#[tokio::test]
#[ignore = "measures; for a look at the numbers"]
async fn lists_and_claims_are_measured() {
    let start = Instant::now();
    let world = filled().await;
    println!("filled in {:?}", start.elapsed());
    for (name, filter) in filters() {
        let (counts, took) = shortest(|| async { world.store.counts(&filter).await.unwrap() }).await;
        println!("{name:32} counts {:6} {took:9.2?}", counts.total());
        for sort in [Sort::Risk, Sort::Recent, Sort::Name, Sort::Oldest] {
            let query =
                |after: Option<RewriteId>| RewriteQuery { filter: filter.clone(), sort, after, limit: 200 };
            let (page, first) =
                shortest(|| async { world.store.rewrites(&query(None)).await.unwrap() }).await;
            let ids = world.store.ids(&filter, sort, 60_000).await.unwrap();
            let middle = ids.get(ids.len() / 2).copied();
            let (_, middle) =
                shortest(|| async { world.store.rewrites(&query(middle)).await.unwrap() }).await;
            let (ids, all) =
                shortest(|| async { world.store.ids(&filter, sort, 60_000).await.unwrap() }).await;
            println!(
                "    {sort:8?} page of {:3} {first:9.2?} from the middle {middle:9.2?}; {:5} ids {all:9.2?}",
                page.len(),
                ids.len()
            );
        }
    }
    let batch = world.store.batch(BatchRef::Number(1)).await.unwrap();
    for limit in [1, 10, 100, 400] {
        let start = Instant::now();
        let leases = world.store.claim("w", batch.id, limit, TTL).await.unwrap();
        println!("claim of {:3} {:9.2?}", leases.len(), start.elapsed());
    }
}
