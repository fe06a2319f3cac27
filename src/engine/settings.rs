//! What the engine is given.

use std::{sync::Arc, time::Duration};

use super::retry;
use crate::{
    clock::Clock,
    domain::{Money, Price, SectionId},
    llm::{port::Rewriter, prompt::Prompt},
    source::port::CandidateDatabase,
    store::port::Store,
};

/// How long a lease lasts without a heartbeat, and how often leases are renewed and others' looked at.
///
/// A worker that is gone was last heard of at its last heartbeat at the latest when it went; its leases run out `LEASE`
/// after that, and another worker sees it at its next look: at the worst after `LEASE + HEARTBEAT` = 11 s and what the
/// store takes, which leaves four seconds of the fifteen. A worker that is merely slow loses nothing as long as one of
/// four heartbeats in a row arrives: each is a task of its own, so that one that hangs keeps no other. A machine that
/// stands still for seven seconds and more is taken for dead; what it finishes later is counted and thrown away.
const LEASE: Duration = Duration::from_secs(9);
const HEARTBEAT: Duration = Duration::from_secs(2);

/// The parts that the engine works with.
#[derive(Clone)]
pub struct Parts {
    /// redraft's own tables.
    pub store: Arc<dyn Store>,
    /// The candidate database.
    pub source: Arc<dyn CandidateDatabase>,
    /// The model provider.
    pub rewriter: Arc<dyn Rewriter>,
    /// The wall time.
    pub clock: Arc<dyn Clock>,
    /// The rest.
    pub settings: Settings,
}

/// What may differ.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of this process in leases.
    pub worker: String,
    /// Which of these workers are processes of this machine that no longer run.
    pub gone: fn(&[String]) -> Vec<String>,
    /// The model for which none is named.
    pub model: String,
    /// Requests in flight at the most, 1 to 5,000.
    pub max_streams: u32,
    /// What a model costs whose price the provider does not say.
    pub price: Option<Price>,
    /// The standing instructions.
    pub prompt: Prompt,
    /// Sections that the model may read but not rewrite.
    pub context: Vec<SectionId>,
    /// The budget of a batch for which none is named.
    pub budget: Money,
    /// Sources with fewer words are skipped.
    pub min_words: usize,
    /// Sources with more words are skipped.
    pub max_words: usize,
    /// What else goes with every request and changes its result, such as the temperature.
    pub parameters: String,
    /// What chance begins with.
    pub seed: u64,
    /// The bound of the first wait after a failure; it doubles with each.
    pub backoff: Duration,
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// How parcels are made and looked after.
    pub parcels: ParcelSettings,
    /// How often leases are renewed and dead workers looked for.
    pub heartbeat: Duration,
}

/// How parcels are made and looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParcelSettings {
    /// The most requests in one.
    pub most_requests: u32,
    /// The most bytes of one.
    pub most_bytes: usize,
    /// The first wait before the provider is asked how far it is; it grows up to five times as long.
    pub first_look: Duration,
}

impl Default for ParcelSettings {
    /// Far below what the provider takes (50,000 requests, 100 MB): a parcel is held in memory while it is sent.
    fn default() -> Self {
        Self { most_requests: 5_000, most_bytes: 32_000_000, first_look: Duration::from_mins(1) }
    }
}

impl Settings {
    /// Settings of a worker with this name; nobody is ever taken for dead before the lease runs out.
    pub fn new(worker: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            worker: worker.into(),
            gone: |_| Vec::new(),
            model: model.into(),
            max_streams: 400,
            price: None,
            prompt: Prompt::built_in(),
            context: Vec::new(),
            budget: Money::from_dollars(2),
            min_words: 30,
            max_words: 6_000,
            parameters: String::new(),
            seed: 1,
            backoff: retry::BASE,
            lease: LEASE,
            parcels: ParcelSettings::default(),
            heartbeat: HEARTBEAT,
        }
    }
}
