//! A rewrite that goes by the file: enclosed in a parcel, and what comes of the answer when the parcel is back.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Carrier, prepare::Prepared, ready, sentence};
use crate::{
    domain::{AttemptId, AttemptOutcome, Document, Failure, FailureReason, Lane, Money, ParcelId, Tier},
    engine::{
        admission::first_cap,
        machine::After,
        retry::Trouble,
        shared::{BatchContext, Shared},
    },
    llm::port::{CallError, FailureClass, Reply, ReplyForm},
    store::port::{Denied, Lease, Settlement, Verdict},
};

/// A rewrite that the provider did not do in so many parcels has failed.
const ROUNDS: u32 = 3;

/// What came of putting a rewrite into a parcel.
#[derive(Debug)]
pub(in crate::engine) enum Enclosure {
    /// It is in it: the line of its request.
    Line(String),
    /// There is no room for it any more, in the parcel or in a budget; it was given back.
    NoRoom(Option<Denied>),
    /// It has left this worker otherwise.
    Left,
    /// Nothing of the batch can be sent; holds what to do.
    StopBatch(String),
}

/// What became of a request of a parcel that brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Fate {
    /// It was never sent.
    Unsent,
    /// The provider did not come to it, which costs nothing.
    NotDone,
    /// Nobody knows.
    Lost,
}

impl Carrier {
    /// One that is led by nobody.
    pub(in crate::engine) fn alone(shared: Arc<Shared>, context: Arc<BatchContext>, lease: Lease) -> Self {
        // Without the other ends, orders never come and events go nowhere.
        let ((_, orders), (events, _)) = (mpsc::channel(1), mpsc::channel(1));
        let price = context.spec.price.half();
        Self { price, ..Self::new(shared, context, lease, (orders, events)) }
    }

    /// Puts the rewrite into a parcel that has room for so many bytes.
    pub(in crate::engine) async fn enclose(mut self, parcel: (ParcelId, u64), room: usize) -> Enclosure {
        let material = match self.prepare().await {
            Prepared::Ready(material) => material,
            Prepared::Ended(After::StopBatch(what)) => return Enclosure::StopBatch(what),
            Prepared::Ended(_) => return Enclosure::Left,
        };
        if self.take_over(&material).await.is_some() {
            return Enclosure::Left;
        }
        let Some(economy) = self.shared.parts.rewriter.economy() else {
            self.release().await;
            return Enclosure::Left;
        };
        let lane = Lane { model: self.context.spec.model.clone(), tier: Tier::OnDemand };
        let cap = first_cap(material.want("").source);
        let request = material.request(lane, (ReplyForm::Marks, ""), cap);
        // The name of a request is as long as any: what it takes is known before it has one.
        let Some(sample) = economy.line(&self.lease.rewrite.to_string(), &request) else {
            return match self.skip(FailureReason::Refused, "The request cannot be written as JSON.").await {
                After::StopBatch(what) => Enclosure::StopBatch(what),
                After::Over | After::Gone | After::Again { .. } => Enclosure::Left,
            };
        };
        if sample.len() + 1 > room {
            self.release().await;
            return Enclosure::NoRoom(None);
        }
        match self.open(&material, &request, Some(parcel)).await {
            Ok(Ok(attempt)) => {
                economy.line(&attempt.to_string(), &request).map_or(Enclosure::Left, Enclosure::Line)
            }
            Ok(Err(denied)) => {
                self.release().await;
                Enclosure::NoRoom(Some(denied))
            }
            Err(error) => {
                tracing::warn!(rewrite = %self.lease.rewrite, %error, "an attempt could not be recorded");
                self.release().await;
                Enclosure::Left
            }
        }
    }

    /// Records the answer to a request of a parcel. What follows for the batch is in `StopBatch`.
    pub(in crate::engine) async fn deliver(
        self,
        attempt: AttemptId,
        before: &Document,
        answer: Result<Reply, CallError>,
    ) -> After {
        match answer {
            Ok(reply) => self.delivered(attempt, before, reply).await,
            Err(error) => {
                let settlement = self.unanswered(attempt, &error);
                let failed = |reason| {
                    let failure = Failure { reason, detail: error.message.clone() };
                    Verdict::Failed { failure, raw_reply: None }
                };
                let (verdict, after) = match &error.class {
                    FailureClass::StopBatch(what) => (self.again(), After::StopBatch(what.clone())),
                    FailureClass::TooLarge(_) | FailureClass::TooLong => {
                        (failed(FailureReason::SourceTooLong), After::Over)
                    }
                    FailureClass::Refused => (failed(FailureReason::Refused), After::Over),
                    FailureClass::Limited(_)
                    | FailureClass::Transient
                    | FailureClass::Timeout
                    | FailureClass::NoCapacity
                    | FailureClass::BadOutput => {
                        let is_last = self.lease.attempts >= ROUNDS;
                        (if is_last { failed(FailureReason::Provider) } else { self.again() }, After::Over)
                    }
                };
                self.record(settlement, &verdict, after).await
            }
        }
    }

    async fn delivered(self, attempt: AttemptId, before: &Document, reply: Reply) -> After {
        // What comes from a cache is no cheaper by the file.
        let cost = self.price.cost(reply.usage.prompt, 0, reply.usage.completion);
        let settlement = |outcome, reason| Settlement {
            attempt,
            outcome,
            cost,
            usage: Some(reply.usage),
            request_id: reply.request_id.clone(),
            reason,
        };
        match self.read(before, &reply) {
            Ok(after) => {
                let verdict = ready(before, after).await;
                self.record(settlement(AttemptOutcome::Done, None), &verdict, After::Over).await
            }
            Err((trouble, problem)) => {
                let detail = sentence(trouble, problem.as_ref());
                let settlement = settlement(AttemptOutcome::Unusable, Some(detail.clone()));
                let verdict = match trouble {
                    Trouble::Filtered => {
                        let failure = Failure { reason: FailureReason::Refused, detail };
                        Verdict::Failed { failure, raw_reply: Some(reply.text.clone()) }
                    }
                    // It is asked for once more, alone.
                    Trouble::Cut | Trouble::Empty | Trouble::Unmapped => self.again(),
                };
                self.record(settlement, &verdict, After::Over).await
            }
        }
    }

    /// Records that there is no answer to a request of a parcel.
    pub(in crate::engine) async fn lose(self, attempt: AttemptId, fate: Fate) -> After {
        let (outcome, reason, failure) = match fate {
            Fate::Unsent => (AttemptOutcome::Refused, "The file of requests was not sent.", None),
            Fate::NotDone => (
                AttemptOutcome::Refused,
                "The provider did not do this request of the file.",
                Some(FailureReason::Timeout),
            ),
            Fate::Lost => (
                AttemptOutcome::Unknown,
                "The provider's file of results has no answer to this request.",
                Some(FailureReason::Provider),
            ),
        };
        let settlement = Settlement {
            attempt,
            outcome,
            cost: Money::ZERO,
            usage: None,
            request_id: None,
            reason: Some(reason.to_owned()),
        };
        let verdict = match failure.filter(|_| self.lease.attempts >= ROUNDS) {
            Some(failure) => Verdict::Failed {
                failure: Failure { reason: failure, detail: reason.to_owned() },
                raw_reply: None,
            },
            None => self.again(),
        };
        self.record(settlement, &verdict, After::Over).await
    }

    fn again(&self) -> Verdict {
        Verdict::Requeue { not_before: self.shared.parts.clock.now() }
    }
}
