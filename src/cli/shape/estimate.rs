//! What a batch would take, as JSON.

use serde::Serialize;

use crate::{domain::Tier, engine::port::Estimate};

/// An estimate.
#[derive(Debug, Serialize)]
pub struct EstimateShape {
    rewrites: u64,
    skipped: u64,
    for_posting: u64,
    sampled: u64,
    model: String,
    tier: Tier,
    tokens_in: u64,
    tokens_out: u64,
    cost_usd_nanos: u64,
    budget_usd_nanos: u64,
    month_left_usd_nanos: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<u64>,
}

impl From<&Estimate> for EstimateShape {
    fn from(estimate: &Estimate) -> Self {
        Self {
            rewrites: estimate.rewrites,
            skipped: estimate.skipped,
            for_posting: estimate.for_posting,
            sampled: estimate.sampled,
            model: estimate.model.clone(),
            tier: estimate.tier,
            tokens_in: estimate.tokens_in,
            tokens_out: estimate.tokens_out,
            cost_usd_nanos: estimate.cost.nanos(),
            budget_usd_nanos: estimate.budget.nanos(),
            month_left_usd_nanos: estimate.month_left.nanos(),
            duration_seconds: estimate.duration.map(|duration| duration.as_secs()),
        }
    }
}
