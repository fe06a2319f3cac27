//! The state behind all connections.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    cache::PromptCache,
    depot::Depot,
    fault::Deck,
    ids::PromptHash,
    ledger::Ledger,
    organisation::Organisation,
    report::Report,
    scenario::{Scenario, ScenarioError},
};
use crate::domain::Price;

/// Whose bucket it is: organisation, model, tier.
pub(super) type AccountKey = (String, String, &'static str);

/// Everything that connections share.
#[derive(Debug)]
pub(super) struct Service {
    pub scenario: Scenario,
    prices: HashMap<String, Price>,
    /// Prices as a percentage of those of the scenario.
    pub percent: AtomicU32,
    /// By how many seconds the wall time is off.
    pub jump: AtomicI64,
    started: Instant,
    books: Mutex<Books>,
}

/// What changes.
#[derive(Debug)]
pub(super) struct Books {
    pub requests: u64,
    pub deck: Deck,
    pub accounts: HashMap<AccountKey, Organisation>,
    pub tries: HashMap<PromptHash, Tries>,
    pub cache: PromptCache,
    pub ledger: Ledger,
    pub depot: Depot,
}

/// How often a prompt came.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tries {
    /// Faults included, refusals by the limiter not.
    pub all: u32,
    pub admitted: u32,
}

impl Service {
    pub(super) fn new(scenario: Scenario) -> Result<Self, ScenarioError> {
        scenario.check()?;
        let prices =
            scenario.models.iter().filter_map(|model| Some((model.id.clone(), model.price()?))).collect();
        let books = Books {
            requests: 0,
            deck: Deck::new(scenario.seed, &scenario.faults),
            accounts: HashMap::new(),
            tries: HashMap::new(),
            cache: PromptCache::default(),
            ledger: Ledger::default(),
            depot: Depot::default(),
        };
        Ok(Self {
            scenario,
            prices,
            percent: AtomicU32::new(100),
            jump: AtomicI64::new(0),
            started: Instant::now(),
            books: Mutex::new(books),
        })
    }

    /// The time since the start.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The time since 1970, by the scenario.
    pub(super) fn unix(&self) -> Duration {
        let epoch = self.scenario.epoch.saturating_add(self.jump.load(Ordering::Relaxed));
        Duration::from_secs(u64::try_from(epoch).unwrap_or(0)) + self.now()
    }

    /// What a model costs now.
    pub(super) fn price(&self, model: &str) -> Price {
        let price = self.prices.get(model).copied().unwrap_or(Price { input: 0, cached: 0, output: 0 });
        let percent = u64::from(self.percent.load(Ordering::Relaxed));
        let now = |amount: u64| amount.saturating_mul(percent) / 100;
        Price { input: now(price.input), cached: now(price.cached), output: now(price.output) }
    }

    /// The value of `created`.
    pub(super) fn created(&self) -> i64 {
        i64::try_from(self.unix().as_secs()).unwrap_or(0)
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn accepts(&self, key: &str) -> bool {
        self.scenario.required_key.as_deref().is_none_or(|required| required == key)
    }

    /// The ledger as it stands now.
    pub(super) fn ledger(&self) -> Ledger {
        let now = self.now();
        let mut books = self.books();
        self.catch_up(&mut books, now);
        books.ledger.clone()
    }

    pub(super) fn report(&self) -> Report {
        let limits = |model: &str| self.scenario.model(model).map(|model| self.scenario.limits_of(model));
        Report::of(&self.ledger(), |model| limits(model).unwrap_or_default())
    }
}
