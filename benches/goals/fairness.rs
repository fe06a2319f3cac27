//! Two equal batches side by side: how evenly they are served.

use std::time::Duration;

use redraft::{
    engine::{Engine, port::Who, start_batch},
    store::port::Batches,
};

use crate::{
    board::tell_at_least,
    shared::workers::fairness as jain,
    work::{ended, parts, server, world},
    world::request,
};

/// For a minute of tokens behind the first burst.
pub async fn fairness() {
    let server = server("limits = \"developer\"\nprompt_cache = \"off\"\n");
    let world = world(90, 380, 400).await;
    let parts = parts(&world, &server);
    let one = start_batch(&parts, &request(Who::All)).await.unwrap();
    let other = start_batch(&parts, &request(Who::All)).await.unwrap();
    let engine = Engine::start(parts.clone());
    tokio::join!(ended(&world, &one), ended(&world, &other));
    engine.stop(Duration::from_secs(5)).await;
    server.stop();
    let mut answers: Vec<(jiff::Timestamp, usize, u64)> = Vec::new();
    for (at, batch) in [&one, &other].into_iter().enumerate() {
        for rewrite in world.heads(batch).await {
            for attempt in world.store.attempts(rewrite.id).await.unwrap() {
                let usage = attempt.usage.unwrap_or_default();
                answers.push((attempt.started_at, at, usage.prompt + usage.completion));
            }
        }
    }
    answers.sort_unstable();
    let begun = answers[0].0;
    let mut tokens = [0.0; 2];
    for (at, batch, used) in answers {
        if at.duration_since(begun).as_secs() < 60 {
            tokens[batch] += used as f64;
        }
    }
    println!("two batches of 90: {tokens:.0?} tokens in the first minute");
    tell_at_least("16", "fairness of two equal batches (Jain)", jain(tokens[0], tokens[1]), "", 0.98);
}
