//! A demo in which rewrites wait for decisions, made without a model.

use std::sync::Arc;

use redraft::{
    clock::SystemClock,
    config::{self, Environment, LoadOptions},
    domain::{BatchSpec, CandidateId, Document, Money, Price},
    source::{self, port::PageQuery},
    store::{
        Store,
        port::{Batches, Member, NewAttempt, Queue, Settlement, Verdict},
    },
};

use super::run::Place;

/// The word that every rewrite here adds to every section.
pub const ADDED: &str = "Rewritten.";

/// A demo of 12 candidates with a finished batch of the first `number` who have a summary.
pub fn ready(number: usize) -> (Place, Vec<CandidateId>) {
    let place = Place::demo(12);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ids = runtime.block_on(fill(&place, number));
    (place, ids)
}

async fn fill(place: &Place, number: usize) -> Vec<CandidateId> {
    let options = LoadOptions { file: Some(place.config()), environment: Environment::default() };
    let config = config::load(&options).unwrap();
    let source = source::open(&config.database, &config.mapping).await.unwrap();
    let store = Store::open(&config.store.path, Arc::new(SystemClock)).await.unwrap();
    let page = source.page(&PageQuery { limit: 12, ..PageQuery::default() }).await.unwrap();
    let mut members = Vec::new();
    let mut befores = Vec::new();
    for candidate in page.candidates {
        let (_, before) = source.read(&candidate.id).await.unwrap().unwrap();
        if members.len() < number && before.sections.iter().all(|section| section.text.is_some()) {
            members.push(Member { candidate: candidate.id, name: candidate.name, posting: None });
            befores.push(before);
        }
    }
    assert_eq!(members.len(), number, "the demo has too few candidates with all sections");
    let batch = store.create_batch(&spec(), &members).await.unwrap();
    let hold = std::time::Duration::from_secs(12);
    for lease in store.claim("test", batch.id, 100, hold).await.unwrap() {
        let at = members.iter().position(|member| member.candidate == lease.candidate).unwrap();
        finish(&store, &lease, &befores[at]).await;
    }
    store.close().await;
    members.into_iter().map(|member| member.candidate).collect()
}

async fn finish(store: &Store, lease: &redraft::store::port::Lease, before: &Document) {
    let attempt = NewAttempt {
        rewrite: lease.rewrite,
        fence: lease.fence,
        reserve: Money::from_nanos(1_000_000),
        prompt_hash: "00".to_owned(),
        before: before.clone(),
        parcel: None,
    };
    let attempt = store.open_attempt(&attempt).await.unwrap().unwrap();
    let settlement = Settlement {
        attempt,
        outcome: redraft::domain::AttemptOutcome::Done,
        cost: Money::from_nanos(500_000),
        usage: None,
        request_id: None,
        reason: None,
    };
    let mut after = before.clone();
    for section in &mut after.sections {
        let text = section.text.as_deref().unwrap_or_default();
        section.text = Some(format!("{text}\n\n{ADDED}"));
    }
    let verdict = Verdict::Ready { after, changed_percent: 12, findings: Vec::new() };
    store.settle((lease.rewrite, lease.fence), Some(&settlement), &verdict).await.unwrap();
}

fn spec() -> BatchSpec {
    BatchSpec {
        posting: None,
        posting_title: None,
        instructions: String::new(),
        model: "openai/gpt-oss-20b".to_owned(),
        price: Price { input: 1, cached: 1, output: 1 },
        budget: Money::from_dollars(1),
        prompt: "00".to_owned(),
        by: "ops".to_owned(),
        options: redraft::domain::BatchOptions::default(),
    }
}
