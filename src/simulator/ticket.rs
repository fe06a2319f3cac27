//! An admitted request: what is needed to answer it, and the ticket that settles it however it ends.

use std::{sync::Arc, time::Duration};

use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use super::{
    fault::{Cut, Form},
    headers::Levels,
    latency::Timing,
    ledger::{Delivery, End},
    limiter::{Demand, Used},
    reply::Reply,
    request::{self, Thoughts},
    scenario::BrokenBilling,
    service::{AccountKey, Service},
    wire::{CompletionDetails, Identity, PromptDetails, Seconds, Usage},
};
use crate::domain::{Money, Price};

/// An admitted request.
#[derive(Debug)]
pub(super) struct Job {
    pub ticket: Ticket,
    pub identity: Identity,
    /// The limiter's levels as of admission.
    pub levels: Levels,
    pub number: u64,
    pub reply: Reply,
    pub timing: Timing,
    pub delivery: request::Delivery,
    pub thoughts: Thoughts,
    pub cut: Option<Cut>,
    pub form: Option<Form>,
    pub arrived: Instant,
    pub random: ChaCha8Rng,
}

impl Job {
    /// Returns when the head is sent: after the queue and the prompt.
    pub(super) fn head_at(&self) -> Instant {
        self.arrived + self.timing.queue + self.timing.prompt
    }

    /// Returns the usage object of the whole answer.
    pub(super) fn usage(&self) -> Usage {
        let Demand { prompt, .. } = self.ticket.demand;
        let (queue, prompt_time, completion) = (self.timing.queue, self.timing.prompt, self.reply.tokens());
        let completion_time = times(self.timing.token, completion);
        let (cached_tokens, reasoning_tokens) = (self.ticket.cached, self.reply.reasoning_tokens);
        Usage {
            queue_time: Seconds(queue),
            prompt_tokens: prompt,
            prompt_time: Seconds(prompt_time),
            completion_tokens: completion,
            completion_time: Seconds(completion_time),
            total_tokens: prompt + completion,
            total_time: Seconds(prompt_time + completion_time),
            prompt_tokens_details: (cached_tokens > 0).then_some(PromptDetails { cached_tokens }),
            completion_tokens_details: (reasoning_tokens > 0)
                .then_some(CompletionDetails { reasoning_tokens }),
        }
    }
}

/// Returns how long `count` tokens take.
pub(super) fn times(token: Duration, count: u64) -> Duration {
    token.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How what was generated is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bill {
    /// As the scenario says for answers without an end; for whole ones in full.
    Usual,
    /// Not at all: the server itself reported an error.
    Nothing,
}

/// Settles a request with limiter and ledger exactly once; when it is dropped unsettled, the client has gone.
#[derive(Debug)]
pub(super) struct Ticket {
    service: Arc<Service>,
    place: usize,
    account: AccountKey,
    demand: Demand,
    cached: u64,
    price: Price,
    total: u64,
    /// Tokens generated so far.
    pub generated: u64,
    settled: bool,
}

/// What a ticket is made of.
#[derive(Debug)]
pub(super) struct Claim {
    pub place: usize,
    pub account: AccountKey,
    pub demand: Demand,
    pub cached: u64,
    pub price: Price,
    /// Tokens of the whole answer.
    pub total: u64,
}

impl Ticket {
    pub(super) fn new(service: Arc<Service>, claim: Claim) -> Self {
        let Claim { place, account, demand, cached, price, total } = claim;
        Self { service, place, account, demand, cached, price, total, generated: 0, settled: false }
    }

    /// Returns the service that the ticket was given by.
    pub(super) fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Ends the request. Only the first call counts.
    pub(super) fn settle(&mut self, delivery: Delivery, bill: Bill) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        let paid = match (delivery, self.service.scenario.broken_billing) {
            (Delivery::Complete, _) | (_, BrokenBilling::Full) => Some(self.total),
            (Delivery::ClientGone | Delivery::Broken | Delivery::Running, BrokenBilling::Generated) => {
                Some(self.generated)
            }
            (Delivery::ClientGone | Delivery::Broken | Delivery::Running, BrokenBilling::Nothing) => None,
        };
        let billed = match (bill, paid) {
            (Bill::Usual, Some(tokens)) => self.price.cost(self.demand.prompt, self.cached, tokens),
            (Bill::Usual, None) | (Bill::Nothing, _) => Money::ZERO,
        };
        let completion = paid.unwrap_or(self.generated);
        let now = self.service.now();
        let mut books = self.service.books();
        if let Some(account) = books.accounts.get_mut(&self.account) {
            account.settle(now, self.demand, Used { cached: self.cached, completion });
        }
        books.ledger.end(self.place, End { at: now, delivery, tokens: completion, billed });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.settle(Delivery::ClientGone, Bill::Usual);
    }
}
