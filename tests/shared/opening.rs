//! Opening a shared store: by many at once, and what is said when it cannot be opened.

use std::sync::Arc;

use redraft::{
    clock::{Clock, SystemClock},
    error::Error,
    store::{
        Store,
        port::{Batches, StoreError},
    },
};

use crate::support::servers;

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_start_at_once_make_the_schema_once() {
    let Some(database) = servers::postgres() else { return };
    let opened = (0..8).map(|_| {
        let url = database.url();
        tokio::spawn(async move { Store::connect(&url.into(), clock()).await })
    });
    for store in opened.collect::<Vec<_>>() {
        let store = store.await.unwrap().unwrap();
        assert_eq!(store.batches(1).await.unwrap(), []);
        store.close().await;
    }
    let first = "SELECT count(*) FROM redraft.redraft_migrations WHERE version = 1";
    assert_eq!(database.value(first), "1");
    let elsewhere = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'S') \
                     AND nspname NOT IN ('redraft', 'pg_catalog', 'information_schema', 'pg_toast')";
    assert_eq!(database.value(elsewhere), "0", "nothing outside of its schema");
}

#[tokio::test]
async fn a_schema_that_an_administrator_made_needs_no_further_right() {
    let Some(database) = servers::postgres() else { return };
    let (role, password) = database.role("store");
    let url = database.url_as(&role, &password);
    let refused = Store::connect(&url.clone().into(), clock()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unusable(why) if why.contains("permission denied")), "{refused}");
    database.run(&format!("CREATE SCHEMA redraft AUTHORIZATION {role}"));
    Store::connect(&url.into(), clock()).await.unwrap().month().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_without_the_password() {
    let Some(database) = servers::postgres() else { return };
    let (port, name) = (database.server().port(), database.name());
    let url = |host: &str, name: &str| format!("postgres://postgres:S3cr3tPw@{host}/{name}");
    database.run("CREATE SCHEMA redraft; CREATE TABLE redraft.theirs (id int)");
    let cases = [
        (url(&format!("127.0.0.1:{port}"), name), "password authentication failed"),
        (url("127.0.0.1:1", name), "cannot be reached: Connection refused"),
        (url("no-such-host.invalid", name), "cannot be reached"),
        (database.url().replace(name, "no_such_database"), "does not exist"),
        (format!("{}?sslmode=require", database.url()), "encryption"),
        (database.url(), "belongs to something else"),
        ("mysql://redraft:S3cr3tPw@h/d".to_owned(), "cannot be read"),
        ("postgres://redraft:S3cr3tPw@h:port/d".to_owned(), "cannot be read"),
    ];
    for (url, expected) in cases {
        let error = Store::connect(&url.into(), clock()).await.unwrap_err();
        let words = format!("{error} {error:?}");
        let told = format!("{words} {}", Error::from(error));
        assert!(told.contains(expected) && !told.contains("S3cr3tPw"), "{expected}: {told}");
    }
}

#[tokio::test]
async fn a_store_of_a_newer_redraft_is_refused() {
    let Some(database) = servers::postgres() else { return };
    Store::connect(&database.url().into(), clock()).await.unwrap().close().await;
    database.run("INSERT INTO redraft.redraft_migrations VALUES (99, 'later', 'x', 0)");
    let refused = Store::connect(&database.url().into(), clock()).await.unwrap_err();
    assert!(refused.to_string().contains("made by a newer redraft: it has schema 99"), "{refused}");
}
