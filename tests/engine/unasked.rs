//! What a store does besides running batches, which the one in memory does not.

use std::time::Duration;

use async_trait::async_trait;
use redraft::{
    domain::{
        Action, BatchId, BatchRef, Counts, Decision, DecisionId, Draw, Finding, Parcel, ParcelId, Reviewer,
        Rewrite, RewriteHead, RewriteId,
    },
    review::filter::Filter,
    store::port::{
        ActivityRow, Allowances, Claim, Enclosed, Hold, Intent, IntentEnd, IntentKind, Journal, Lease,
        Leased, Leases, Making, OpenLease, Parcels, Recorded, Reviews, RewriteQuery, SavedFilter, Sort,
        StoreResult,
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

#[async_trait]
impl Parcels for Life {
    async fn begin_parcel(&self, _: BatchId, _: &Hold<'_>) -> StoreResult<Parcel> {
        none()
    }
    async fn claim_for_parcel(&self, _: BatchId, _: &Hold<'_>, _: u32) -> StoreResult<Vec<Lease>> {
        none()
    }
    async fn take_parcels(&self, _: &Hold<'_>, _: &[String]) -> StoreResult<Vec<Parcel>> {
        none()
    }
    async fn hold_parcel(&self, _: (ParcelId, u64), _: &Hold<'_>) -> StoreResult<Recorded> {
        none()
    }
    async fn keep_parcel(&self, _: &Parcel) -> StoreResult<Recorded> {
        none()
    }
    async fn enclosed(&self, _: ParcelId) -> StoreResult<Vec<Enclosed>> {
        none()
    }
    async fn last_reason(&self, _: RewriteId) -> StoreResult<Option<String>> {
        none()
    }
}
