//! Batches as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    domain::{Away, Batch, BatchState, FailureReason, Postings, RewriteState, Tier},
    store::port::FailureGroup,
};

/// A batch.
#[derive(Debug, Serialize)]
pub struct BatchShape {
    id: String,
    label: String,
    number: u64,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting: Option<PostingShape>,
    postings: Postings,
    #[serde(skip_serializing_if = "String::is_empty")]
    instructions: String,
    model: String,
    by: String,
    total: u64,
    done: u64,
    counts: BTreeMap<&'static str, u64>,
    budget_usd_nanos: u64,
    spent_usd_nanos: u64,
    reserved_usd_nanos: u64,
    tokens_in: u64,
    tokens_out: u64,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    tier: Tier,
    /// What of it is with the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<Away>,
}

#[derive(Debug, Serialize)]
struct PostingShape {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
}

/// A batch with its failures.
#[derive(Debug, Serialize)]
pub struct OneBatch {
    #[serde(flatten)]
    batch: BatchShape,
    failures: Vec<FailureShape>,
}

/// Failures of one kind.
#[derive(Debug, Serialize)]
pub struct FailureShape {
    reason: FailureReason,
    detail: String,
    count: u64,
    retryable: bool,
    last_at: String,
}

impl From<&Batch> for BatchShape {
    fn from(batch: &Batch) -> Self {
        let spec = &batch.spec;
        Self {
            id: batch.id.to_string(),
            label: batch.label(),
            number: batch.number,
            state: batch.state.name(),
            reason: match &batch.state {
                BatchState::Paused(reason) => Some(reason.to_string()),
                BatchState::Failed(reason) => Some(reason.clone()),
                BatchState::Queued
                | BatchState::Running
                | BatchState::Finishing
                | BatchState::Finished
                | BatchState::Cancelled => None,
            },
            posting: spec
                .posting
                .as_ref()
                .map(|id| PostingShape { id: id.to_string(), title: spec.posting_title.clone() }),
            postings: spec.options.postings,
            instructions: spec.instructions.clone(),
            model: spec.model.clone(),
            by: spec.by.clone(),
            total: batch.counts.total(),
            done: batch.counts.done(),
            counts: RewriteState::ALL.map(|state| (state.name(), batch.counts.of(state))).into(),
            budget_usd_nanos: spec.budget.nanos(),
            spent_usd_nanos: batch.spent.nanos(),
            reserved_usd_nanos: batch.reserved.nanos(),
            tokens_in: batch.tokens_in,
            tokens_out: batch.tokens_out,
            created_at: batch.created_at.to_string(),
            started_at: batch.started_at.map(|at| at.to_string()),
            ended_at: batch.ended_at.map(|at| at.to_string()),
            tier: spec.options.tier,
            away: batch.away.clone(),
        }
    }
}

impl OneBatch {
    /// A batch with its failures.
    pub fn new(batch: &Batch, failures: &[FailureGroup]) -> Self {
        let shape = |group: &FailureGroup| FailureShape {
            reason: group.reason,
            detail: group.detail.clone(),
            count: group.count,
            retryable: group.reason.retryable(),
            last_at: group.last_at.to_string(),
        };
        Self { batch: batch.into(), failures: failures.iter().map(shape).collect() }
    }
}
