//! Batches to measure: candidates with long texts, a simulator beside, an engine here.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redraft::{
    domain::{Batch, BatchState, Money, RewriteState},
    engine::{Engine, Parts, port::Who, start_batch},
    llm::groq::{GroqOptions, GroqRewriter, Timeouts},
    simulator::Scenario,
    store::port::Batches,
};

use crate::{
    cli::{run::Place, simulate::Server},
    world::{World, count, request},
};

/// A simulator in a process of its own.
pub fn server(scenario: &str) -> Server {
    Server::start(&Place::empty(), scenario)
}

/// A section of about so many tokens.
fn text(at: usize, tokens: usize) -> String {
    let sentence = "Managed the night shift of a regional hospital, planned rosters for forty nurses and reduced the \
                    average waiting time in the emergency room by a third within two years. ";
    format!("Candidate {at}. {}", sentence.repeat(tokens.div_ceil(34)))
}

/// Candidates with three sections of about so many tokens each.
pub async fn world(candidates: usize, tokens: usize, streams: u32) -> World {
    let mut world = World::new(candidates, Scenario::instant()).await;
    for at in 1..=candidates {
        world.source.set(at, Some(&text(at, tokens)));
    }
    world.settings.max_streams = streams;
    world.settings.heartbeat = Duration::from_secs(2);
    world.settings.backoff = Duration::from_millis(500);
    world.store.set_month_cap(Money::from_dollars(1_000)).await.unwrap();
    world
}

pub fn rewriter(base_url: &str) -> GroqRewriter {
    GroqRewriter::new(GroqOptions {
        base_url: base_url.to_owned(),
        key: None,
        simulated: true,
        reasoning_effort: Some("low".to_owned()),
        temperature_percent: 30,
        timeouts: Timeouts {
            head: Duration::from_mins(3),
            idle: Duration::from_mins(3),
            ..Timeouts::default()
        },
    })
}

pub fn parts(world: &World, server: &Server) -> Parts {
    Parts { rewriter: Arc::new(rewriter(&server.base_url)), ..world.parts() }
}

/// Looks until it is so; returns what it was then.
pub async fn until(world: &World, batch: &Batch, is_so: impl Fn(&Batch) -> bool) -> Batch {
    loop {
        let now = world.read(batch).await;
        if is_so(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub async fn ended(world: &World, batch: &Batch) -> Batch {
    until(world, batch, |now| {
        assert!(!matches!(now.state, BatchState::Paused(_)), "{:?}", now.state);
        now.state.has_ended()
    })
    .await
}

/// A batch that ran, and how long it took from its start until its first rewrite was ready.
pub struct Ran {
    pub batch: Batch,
    pub first: Duration,
}

impl Ran {
    /// Tokens of a rewrite.
    pub fn tokens(&self) -> u64 {
        (self.batch.tokens_in + self.batch.tokens_out) / self.batch.counts.total()
    }
}

/// Runs a batch of all candidates to its end.
pub async fn run(world: &World, server: &Server) -> Ran {
    let parts = parts(world, server);
    let engine = Engine::start(parts.clone());
    let mut asked = request(Who::All);
    asked.budget = Some(Money::from_dollars(100));
    let batch = start_batch(&parts, &asked).await.unwrap();
    let begun = Instant::now();
    until(world, &batch, |now| count(now, RewriteState::Ready) > 0).await;
    let first = begun.elapsed();
    let batch = loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = world.read(&batch).await;
        assert!(!matches!(now.state, BatchState::Paused(_)), "{:?}", now.state);
        if now.state.has_ended() {
            break now;
        }
    };
    engine.stop(Duration::from_secs(5)).await;
    assert_eq!(count(&batch, RewriteState::Ready), batch.counts.total(), "{:?}", batch.counts);
    Ran { batch, first }
}
