//! Recording: what an attempt cost and what becomes of its rewrite, once, whatever the store says at first.

use super::{Carrier, Way};
use crate::{
    domain::{AttemptId, AttemptOutcome, FailureReason, Money, Usage},
    engine::machine::{After, Event},
    llm::port::{CallError, Paid},
    store::port::{Recorded, Settlement, Verdict},
};

impl Carrier {
    /// Tells the machine. A full channel makes the task wait, never the machine.
    pub(super) async fn tell(&self, event: Event) {
        // Nobody listens only when the engine was dropped, and then this task is as well.
        drop(self.events.send(event).await);
    }

    /// Records until the store has done so; `None` if it never will.
    pub(super) async fn settle(&self, settlement: Option<Settlement>, verdict: &Verdict) -> Option<Recorded> {
        let lease = (self.lease.rewrite, self.lease.fence);
        let what = format!("a result of {}", self.lease.rewrite);
        self.shared
            .stored(&what, || self.shared.parts.store.settle(lease, settlement.as_ref(), verdict))
            .await
    }

    /// Records and returns what follows, or that the rewrite is no longer ours.
    pub(super) async fn record(&self, settlement: Settlement, verdict: &Verdict, after: After) -> After {
        match self.settle(Some(settlement), verdict).await {
            Some(Recorded::Done) => after,
            Some(Recorded::Stale) | None => After::Gone,
        }
    }

    /// Gives the rewrite back unsent.
    pub(super) async fn release(&self) -> After {
        let lease = (self.lease.rewrite, self.lease.fence);
        if let Err(error) = self.shared.parts.store.release(lease).await {
            // The lease runs out by itself.
            tracing::warn!(rewrite = %self.lease.rewrite, %error, "a rewrite could not be given back");
        }
        After::Gone
    }

    pub(super) async fn skip_too_long(&mut self) -> After {
        let sentence = "The source is too long for the provider's rate limits.";
        self.skip(FailureReason::SourceTooLong, sentence).await
    }

    /// Settles an attempt whose request was broken off. What was sent may have been paid.
    pub(super) async fn cut(&self, attempt: AttemptId, way: Way) -> After {
        let outcome = match way {
            Way::Unsent => AttemptOutcome::Refused,
            Way::Sent => AttemptOutcome::Unknown,
        };
        let settlement = Settlement {
            attempt,
            outcome,
            cost: Money::ZERO,
            usage: None,
            request_id: None,
            reason: Some("The request was broken off by redraft.".to_owned()),
        };
        let requeue = Verdict::Requeue { not_before: self.shared.parts.clock.now() };
        self.record(settlement, &requeue, After::Gone).await
    }

    pub(super) fn cost(&self, usage: Usage) -> Money {
        self.price.cost(usage.prompt, usage.cached, usage.completion)
    }

    /// How an attempt without a complete reply is settled.
    pub(super) fn unanswered(&self, attempt: AttemptId, error: &CallError) -> Settlement {
        let (outcome, cost, usage) = match error.paid {
            Paid::No => (AttemptOutcome::Refused, Money::ZERO, None),
            Paid::Unknown => (AttemptOutcome::Unknown, Money::ZERO, None),
            Paid::Known(usage) => (AttemptOutcome::Unusable, self.cost(usage), Some(usage)),
        };
        Settlement {
            attempt,
            outcome,
            cost,
            usage,
            request_id: error.request_id.clone(),
            reason: Some(error.message.clone()),
        }
    }
}
