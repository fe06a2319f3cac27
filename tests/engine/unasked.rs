//! What a store does besides running batches, which the one in memory does not.

use std::time::Duration;

use async_trait::async_trait;
use redraft::{
    domain::{
        Action, BatchRef, Counts, Decision, DecisionId, Finding, Reviewer, Rewrite, RewriteHead, RewriteId,
    },
    review::filter::Filter,
    store::port::{
        ActivityRow, Allowances, Claim, Draw, Hold, Intent, IntentEnd, IntentKind, Journal, Leased, Leases,
        Making, OpenLease, Recorded, Reviews, RewriteQuery, SavedFilter, Sort, StoreResult,
    },
};

use super::memory::{Life, none};

#[async_trait]
impl Reviews for Life {
    async fn rewrites(&self, _: &RewriteQuery) -> StoreResult<Vec<RewriteHead>> {
        none()
    }
    async fn counts(&self, _: &Filter) -> StoreResult<Counts> {
        none()
    }
    async fn ids(&self, _: &Filter, _: Sort, _: u32) -> StoreResult<Vec<RewriteId>> {
        none()
    }
    async fn rewrite(&self, _: RewriteId) -> StoreResult<Rewrite> {
        none()
    }
    async fn decide_so(
        &self,
        _: (RewriteId, Option<u64>),
        _: &Reviewer,
        _: &Action,
        _: &Making,
    ) -> StoreResult<(Decision, RewriteHead)> {
        none()
    }
    async fn step(&self, _: DecisionId) -> StoreResult<Vec<(RewriteId, DecisionId)>> {
        none()
    }
    async fn stopped(&self) -> StoreResult<Vec<u64>> {
        none()
    }
    async fn let_write(&self, _: BatchRef, _: &Reviewer) -> StoreResult<bool> {
        none()
    }
    async fn assess(&self, _: RewriteId, _: u8, _: &[Finding]) -> StoreResult<()> {
        none()
    }
    async fn requeue(&self, _: RewriteId) -> StoreResult<()> {
        none()
    }
    async fn history(&self, _: RewriteId) -> StoreResult<Vec<Decision>> {
        none()
    }
    async fn activity(&self, _: Option<DecisionId>, _: u32) -> StoreResult<Vec<ActivityRow>> {
        none()
    }
    async fn undoable(&self, _: &Reviewer, _: Option<RewriteId>) -> StoreResult<Option<Decision>> {
        none()
    }
}

#[async_trait]
impl Journal for Life {
    async fn begin(&self, _: RewriteId, _: IntentKind, _: &Reviewer, _: &Hold<'_>) -> StoreResult<Intent> {
        none()
    }
    async fn end(&self, _: &Intent, _: &IntentEnd) -> StoreResult<Recorded> {
        none()
    }
    async fn take_over(&self, _: &str, _: &[String], _: Duration, _: u32) -> StoreResult<Vec<Intent>> {
        none()
    }
}

#[async_trait]
impl Allowances for Life {
    async fn draw(&self, _: &[Draw]) -> StoreResult<Option<Duration>> {
        // One worker at a time: what it knows is all there is.
        Ok(None)
    }
    async fn give_back(&self, _: &str, _: i64) -> StoreResult<()> {
        Ok(())
    }
}

#[async_trait]
impl Leases for Life {
    async fn lease(&self, _: RewriteId, _: (&Reviewer, &str), _: Duration, _: Claim) -> StoreResult<Leased> {
        none()
    }
    async fn release_lease(&self, _: &str) -> StoreResult<()> {
        none()
    }
    async fn leases(&self) -> StoreResult<Vec<OpenLease>> {
        none()
    }
    async fn saved_filters(&self) -> StoreResult<Vec<SavedFilter>> {
        none()
    }
    async fn save_filter(&self, _: &str, _: &str, _: &Reviewer) -> StoreResult<()> {
        none()
    }
}
