//! An embedded store moves to a server, by the command.

use std::sync::Arc;

use redraft::{
    clock::SystemClock,
    domain::{BatchRef, Document},
    review::filter::Filter,
    store::{
        Store,
        port::{Batches, Queue, Reviews, RewriteQuery, Sort},
    },
};

use super::rules;
use crate::{
    cli::run::Place,
    stories::store::world::TTL,
    support::servers::{self, Database},
};

/// A demo whose batch is done, with a decision.
fn reviewed() -> Place {
    let place = Place::demo(30);
    place.on_demo(&["batch", "start", "--all", "--wait", "--json"]).ok();
    place.json(&["review", "approve", "--where", "state:ready finding:none", "--yes"]);
    place.json(&["review", "undo"]);
    place
}

/// All that a store tells about its rewrites.
async fn told(store: &Store) -> (Vec<String>, Vec<Option<Document>>) {
    let query = RewriteQuery { filter: Filter::ALL, sort: Sort::Name, after: None, limit: 1_000 };
    let heads = store.rewrites(&query).await.unwrap();
    let mut texts = Vec::new();
    for head in &heads {
        let rewrite = store.rewrite(head.id).await.unwrap();
        texts.extend([Some(rewrite.before), rewrite.after, rewrite.approved]);
    }
    let mut lines: Vec<String> = heads.iter().map(|head| format!("{head:?}")).collect();
    let decisions = store.activity(None, 1_000).await.unwrap();
    lines.extend(decisions.iter().map(|row| format!("{row:?}")));
    lines.push(format!("{:?} {:?}", store.batches(10).await.unwrap(), store.month().await.unwrap()));
    (lines, texts)
}

async fn shared(database: &Database) -> Store {
    Store::connect(&database.url().into(), Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_and_the_work_goes_on_there() {
    let Some(database) = servers::postgres() else { return };
    let mut place = reviewed();
    place.set("REDRAFT_STORE", &database.url());
    let copied = place.json(&["store", "copy", "--to", "env:REDRAFT_STORE"]);
    let total = place.json(&["batch", "show", "b1"])["total"].as_u64();
    assert_eq!((copied["rows"]["batch"].as_u64(), copied["rows"]["rewrite"].as_u64()), (Some(1), total));
    let embedded = Store::open(&place.path("demo/store.db"), Arc::new(SystemClock)).await.unwrap();
    let there = shared(&database).await;
    assert_eq!(told(&there).await, told(&embedded).await);
    rules::hold(&database);
    // Twice is refused, and changes nothing.
    let again = place.on_demo(&["store", "copy", "--to", "env:REDRAFT_STORE"]);
    assert!(again.status == 1 && again.err.contains("is not empty; batches in it: 1."), "{again:?}");
    // From here on it is the configuration's: numbers go on, decisions can be taken back.
    place.edit_config(|text| text.replace("path = \"store.db\"", "url = { env = \"REDRAFT_STORE\" }"));
    place.json(&["review", "approve", "--where", "state:ready finding:none", "--yes"]);
    place.json(&["review", "undo"]);
    place.on_demo(&["batch", "start", "--all", "--wait", "--json"]).ok();
    assert_eq!(there.batch(BatchRef::Number(2)).await.unwrap().spec.model, "openai/gpt-oss-20b");
    let checked = place.on_demo(&["check", "--offline"]);
    assert!(checked.out.contains("PostgreSQL at 127.0.0.1:"), "{checked:?}");
    assert!(!format!("{checked:?}").contains(&database.url()), "{checked:?}");
    rules::hold(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_at_work_is_not_copied() {
    let Some(database) = servers::postgres() else { return };
    let mut place = Place::demo(5);
    place.set("REDRAFT_STORE", &database.url());
    place.json(&["batch", "start", "--all"]);
    let embedded = Store::open(&place.path("demo/store.db"), Arc::new(SystemClock)).await.unwrap();
    let batch = embedded.batch(BatchRef::Number(1)).await.unwrap();
    embedded.claim("somebody", batch.id, 2, TTL).await.unwrap();
    let refused = place.on_demo(&["store", "copy", "--to", "env:REDRAFT_STORE"]);
    assert!(refused.status == 1 && refused.err.contains("2 rewrites or write-backs are held"), "{refused:?}");
    assert_eq!(shared(&database).await.batches(9).await.unwrap(), []);
    assert_eq!(database.value("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"), "0");
}

#[test]
fn a_password_in_the_argument_is_refused_and_not_repeated() {
    let place = Place::demo(3);
    let said = place.on_demo(&["store", "copy", "--to", "postgres://red:S3cr3tPw@127.0.0.1:1/redraft"]);
    assert!(!said.err.contains("S3cr3tPw") && !said.out.contains("S3cr3tPw"), "{}", said.err);
    said.fails(
        1,
        &["has a password in it", "hint: Keep it in a variable or a file: --to env:NAME or --to file:PATH."],
    );
}
