//! The provider's limits, when other workers use them as well: drawn before a request is sent; what it did not use goes
//! back. Alone, a worker draws nothing: its gate knows better.

use std::{sync::atomic::Ordering, time::Duration};

use super::{Carrier, Way};
use crate::{
    domain::{Draw, Lane, Usage},
    engine::admission::Share,
    llm::port::{CallError, Dimension, FailureClass, Limited, Paid, Reply},
};

/// What a request used of what was drawn for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    /// It was not sent, or refused.
    Nothing,
    /// It was refused; this is left of that limit.
    Refused(Limited),
    /// So many tokens.
    Tokens(u64),
    /// Nobody knows.
    Everything,
}

impl Used {
    /// What an answer, or the lack of one, tells.
    pub(super) fn of(answer: &Result<Result<Reply, CallError>, Way>) -> Self {
        let tokens =
            |usage: Usage| Self::Tokens((usage.prompt + usage.completion).saturating_sub(usage.cached));
        match answer {
            Ok(Ok(reply)) => tokens(reply.usage),
            Ok(Err(error)) => match (&error.class, error.paid) {
                (FailureClass::Limited(limited), _) => Self::Refused(*limited),
                (_, Paid::No) => Self::Nothing,
                (_, Paid::Unknown) => Self::Everything,
                (_, Paid::Known(usage)) => tokens(usage),
            },
            Err(Way::Unsent) => Self::Nothing,
            Err(Way::Sent) => Self::Everything,
        }
    }
}

/// The name of a limit: workers on one store have one account with the provider.
fn pool(lane: &Lane, dimension: Dimension) -> String {
    format!("{} {:?} {dimension:?}", lane.model, lane.tier)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Carrier {
    /// Draws what a request takes; how long to wait if others have it.
    pub(super) async fn draw(&mut self, lane: &Lane, shares: &[Share]) -> Option<Duration> {
        self.drawn.clear();
        self.undrawn = None;
        if !self.shared.crowd.load(Ordering::Relaxed) {
            return None;
        }
        if shares.is_empty() {
            self.undrawn = Some(lane.clone());
            return None;
        }
        let draw = |share: &Share| Draw {
            pool: pool(lane, share.dimension),
            minute: share.minute,
            level: share.level,
            amount: share.amount,
            spare: share.spare,
        };
        let draws: Vec<Draw> = shares.iter().map(draw).collect();
        match self.shared.parts.store.draw(&draws).await {
            Ok(None) => {
                self.drawn = shares.iter().map(|share| share.dimension).zip(draws).collect();
                None
            }
            Ok(wait) => wait,
            Err(error) => {
                // The provider tells if it is too much.
                tracing::warn!(%error, "the shared limits could not be asked");
                None
            }
        }
    }

    /// Gives back what was drawn and not used, and lets the others know of a refusal.
    pub(super) async fn give_back(&mut self, used: Used) {
        if let (Some(lane), Used::Tokens(tokens)) = (self.undrawn.take(), used) {
            self.own_up(&lane, tokens).await;
        }
        let store = &self.shared.parts.store;
        for (dimension, draw) in std::mem::take(&mut self.drawn) {
            let counts_tokens = dimension != Dimension::Rpm;
            let amount = match used {
                Used::Nothing | Used::Refused(_) => signed(draw.amount),
                Used::Tokens(tokens) if counts_tokens => signed(draw.amount) - signed(tokens),
                Used::Tokens(_) | Used::Everything => 0,
            };
            let mut done = store.give_back(&draw.pool, amount).await;
            if let (
                Used::Refused(Limited { limit: Some(limit), used: Some(used), dimension: named, .. }),
                Ok(()),
            ) = (used, &done)
                && named == Some(dimension)
            {
                let level = limit.saturating_sub(used);
                let known = Draw { minute: limit, level, amount: 0, spare: 0, ..draw };
                done = store.draw(&[known]).await.map(drop);
            }
            if let Err(error) = done {
                // It comes back by itself within a minute.
                tracing::warn!(%error, "what a request did not use could not be given back");
            }
        }
    }

    /// A worker's first request tells it the limits, and so cannot draw: what it used is taken when it has ended.
    async fn own_up(&self, lane: &Lane, tokens: u64) {
        let store = &self.shared.parts.store;
        for (dimension, used) in [(Dimension::Tpm, tokens), (Dimension::Rpm, 1)] {
            if let Err(error) = store.give_back(&pool(lane, dimension), -signed(used)).await {
                tracing::warn!(%error, "what a first request used could not be told to the others");
            }
        }
    }
}
