//! Batches: one bulk run, its state, its counts.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Away, BatchId, BatchOptions, Lane, Money, PostingId, Price, RewriteState, Tier};

/// Why a batch is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "detail")]
pub enum PauseReason {
    /// Somebody paused it; holds the name.
    Person(String),
    /// The next request could exceed the budget of the batch or of the month.
    Budget,
    /// The provider's daily limit; holds when it goes on.
    DailyLimit(Timestamp),
    /// The provider refuses every request (key, model, account); holds what to do.
    Provider(String),
}

impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => write!(f, "paused by {name}"),
            Self::Budget => f.write_str("stopped by budget"),
            Self::DailyLimit(until) => write!(f, "waiting for the daily limit until {until:.0}"),
            Self::Provider(why) => f.write_str(why),
        }
    }
}

/// The state of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum BatchState {
    /// No worker has taken it up yet.
    Queued,
    /// Rewrites are being made.
    Running,
    /// No new request is sent.
    Paused(PauseReason),
    /// Nothing is queued any more; the last requests are in flight.
    Finishing,
    /// Every rewrite has left `queued` and `running`.
    Finished,
    /// Given up by a person.
    Cancelled,
    /// Given up by redraft; holds the reason.
    Failed(String),
}

impl BatchState {
    /// The state's word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Finishing => "finishing",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether the move to `next` is legal. A retry takes a batch that has ended back to `queued`.
    pub const fn may_become(&self, next: &Self) -> bool {
        use BatchState::{Cancelled, Failed, Finished, Finishing, Paused, Queued, Running};
        matches!(
            (self, next),
            (Queued | Finishing, Running | Paused(_) | Cancelled | Failed(_) | Finished)
                | (Running, Paused(_) | Finishing | Finished | Cancelled | Failed(_))
                | (Paused(_), Running | Queued | Paused(_) | Cancelled | Failed(_) | Finished)
                | (Finished | Failed(_), Queued)
        )
    }

    /// Whether nothing happens any more unless somebody asks for it.
    pub const fn has_ended(&self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed(_))
    }
}

/// How many rewrites of a batch are in each state. They add up to the total by construction.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts([u64; RewriteState::ALL.len()]);

impl Counts {
    /// How many are in `state`.
    pub const fn of(&self, state: RewriteState) -> u64 {
        self.0[state as usize]
    }

    /// Adds `number` rewrites in `state`.
    pub const fn add(&mut self, state: RewriteState, number: u64) {
        self.0[state as usize] += number;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for state in RewriteState::ALL {
            self.add(state, other.of(state));
        }
    }

    /// All rewrites.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that no worker has to do anything for.
    pub fn done(&self) -> u64 {
        self.total() - self.of(RewriteState::Queued) - self.of(RewriteState::Running)
    }

    /// Each state that has rewrites, with their number, in the order of a rewrite's life.
    pub fn iter(&self) -> impl Iterator<Item = (RewriteState, u64)> {
        RewriteState::ALL.into_iter().map(|state| (state, self.of(state))).filter(|(_, number)| *number > 0)
    }
}

/// What somebody asks for when starting a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSpec {
    /// The posting to rewrite for, if any.
    pub posting: Option<PostingId>,
    /// The posting's title at the start, for lists.
    pub posting_title: Option<String>,
    /// What the requester adds to the standing instructions; may be empty.
    pub instructions: String,
    /// The model's name at the provider.
    pub model: String,
    /// What the model costs; a batch without a known price does not start.
    pub price: Price,
    /// The most that this batch may cost.
    pub budget: Money,
    /// The content hash of the prompt that is used.
    pub prompt: String,
    /// Who started it.
    pub by: String,
    /// How it is run.
    #[serde(default)]
    pub options: BatchOptions,
}

impl BatchSpec {
    /// Where its requests can be sent, the first choice first.
    pub fn lanes(&self) -> Vec<Lane> {
        let models =
            std::iter::once(&self.model).chain(self.options.second.iter().map(|second| &second.model));
        let mut lanes = Vec::new();
        for model in models {
            if self.options.tier == Tier::Flex {
                lanes.push(Lane { model: model.clone(), tier: Tier::Flex });
            }
            lanes.push(Lane { model: model.clone(), tier: Tier::OnDemand });
        }
        lanes
    }

    /// What a model of this batch costs.
    pub fn price_of(&self, model: &str) -> Price {
        let second = self.options.second.as_ref().filter(|second| second.model == model);
        second.map_or(self.price, |second| second.price)
    }
}

/// One bulk run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its name in interfaces.
    pub id: BatchId,
    /// Its number in this store, from 1, shown as `b38`.
    pub number: u64,
    /// What was asked for.
    pub spec: BatchSpec,
    /// Its state.
    pub state: BatchState,
    /// Its rewrites by state.
    pub counts: Counts,
    /// What has been spent on it, estimates for unknown outcomes included.
    pub spent: Money,
    /// What is set aside for requests in flight.
    pub reserved: Money,
    /// Input tokens so far.
    pub tokens_in: u64,
    /// Output tokens so far.
    pub tokens_out: u64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its first request was sent.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What of it is with the provider.
    #[serde(default)]
    pub away: Option<Away>,
}

impl Batch {
    /// The short name that people say and type, as `b38`.
    pub fn label(&self) -> String {
        format!("b{}", self.number)
    }
}

/// How a person names a batch: `b38`, `38` or its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchRef {
    /// By id.
    Id(BatchId),
    /// By number.
    Number(u64),
}

impl FromStr for BatchRef {
    type Err = super::IdError;

    fn from_str(text: &str) -> Result<Self, super::IdError> {
        match text.strip_prefix('b').unwrap_or(text).parse() {
            Ok(number) => Ok(Self::Number(number)),
            Err(_) => text.parse().map(Self::Id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let mut counts = Counts::default();
        counts.add(RewriteState::Queued, 3);
        counts.add(RewriteState::Running, 2);
        counts.add(RewriteState::Written, 1);
        assert_eq!((counts.total(), counts.done()), (6, 1));
        assert_eq!(counts.iter().count(), 3);
        let before = counts;
        counts.merge(&before);
        assert_eq!(counts.total(), 12);
    }

    #[test]
    fn an_ended_batch_starts_again_only_by_a_retry() {
        assert!(BatchState::Finished.may_become(&BatchState::Queued));
        assert!(!BatchState::Finished.may_become(&BatchState::Running));
        assert!(!BatchState::Cancelled.may_become(&BatchState::Queued));
        assert!(BatchState::Paused(PauseReason::Budget).may_become(&BatchState::Running));
    }

    #[test]
    fn a_batch_can_have_more_lanes_than_one() {
        let price = |output| Price { input: 1, cached: 1, output };
        let mut spec = BatchSpec {
            posting: None,
            posting_title: None,
            instructions: String::new(),
            model: "a".to_owned(),
            price: price(2),
            budget: Money::ZERO,
            prompt: String::new(),
            by: String::new(),
            options: BatchOptions::default(),
        };
        let lane = |model: &str, tier| Lane { model: model.to_owned(), tier };
        assert_eq!(spec.lanes(), [lane("a", Tier::OnDemand)]);
        spec.options.tier = Tier::Flex;
        spec.options.second = Some(super::super::Second { model: "b".to_owned(), price: price(9) });
        let (flex, plain) = (Tier::Flex, Tier::OnDemand);
        assert_eq!(spec.lanes(), [lane("a", flex), lane("a", plain), lane("b", flex), lane("b", plain)]);
        assert_eq!((spec.price_of("a").output, spec.price_of("b").output), (2, 9));
    }

    #[test]
    fn a_batch_is_named_by_number_or_id() {
        assert_eq!("b38".parse(), Ok(BatchRef::Number(38)));
        assert_eq!("7".parse(), Ok(BatchRef::Number(7)));
        let id = BatchId::new(uuid::Uuid::from_u128(5));
        assert_eq!(id.to_string().parse(), Ok(BatchRef::Id(id)));
        assert!("nonsense".parse::<BatchRef>().is_err());
    }
}
