//! Puts the parts together: the only room that knows which adapter stands behind which port.
//!
//! Roles get [`Parts`]; what they do not ask for is not opened. Errors of the rooms become sentences here.

pub mod check;
pub mod demo;
mod engine;
pub mod init;
mod model;
pub mod moving;
pub mod process;
pub mod simulate;

use std::{sync::Arc, time::Duration};

use crate::{
    clock::{Clock, SystemClock},
    config::{Config, Environment},
    decide::Policy,
    domain::{Reviewer, Rights},
    error::{Error, Result},
    source::{
        self,
        port::{CandidateDatabase, SourceError},
    },
    store::{
        self,
        port::{Batches, Store, StoreError},
    },
    writeback::WriteBack,
};

pub use model::Model;

/// What a role works with.
#[derive(Clone)]
pub struct Parts {
    /// The configuration.
    pub config: Arc<Config>,
    /// The environment.
    pub environment: Arc<Environment>,
    /// The wall time.
    pub clock: Arc<dyn Clock>,
    /// Who decides.
    pub who: Reviewer,
    /// Under which rules.
    pub policy: Policy,
    /// The name of this process in leases.
    pub worker: String,
    /// redraft's own tables.
    pub store: Arc<dyn Store>,
    /// The candidate database.
    pub source: Arc<dyn CandidateDatabase>,
}

impl Parts {
    /// Opens store and candidate database. `name` is who decides, if the command line says so.
    ///
    /// # Errors
    /// The store cannot be used, the candidate database cannot be reached, or the mapping does not fit its schema.
    pub async fn open(config: Config, environment: Environment, name: Option<String>) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let source = open_source(&config).await?;
        let (who, strength, rights) = config.identity(name.as_deref(), &environment)?;
        let policy = policy(&config, rights)?;
        let store = open_store(&config, clock.clone()).await?.acting_as(&who.0).identified(strength);
        if store.month().await?.cap != config.budget.month {
            store.set_month_cap(config.budget.month).await?;
        }
        Ok(Self {
            config: Arc::new(config),
            environment: Arc::new(environment),
            clock,
            who,
            policy,
            worker: process::name(),
            store: Arc::new(store),
            source,
        })
    }

    /// The write-back in the name of this process.
    pub fn write_back(&self) -> WriteBack {
        WriteBack::new(self.store.clone(), self.source.clone(), self.worker.clone())
    }

    /// Looks after write-backs whose end is not known, now and as long as the process lives: those that a process died
    /// over, and those of which nobody could tell how they ended, once their lease has run out.
    pub async fn look_after_write_backs(&self) {
        let mut wait = LOOK_AGAIN;
        loop {
            let ended = self.recover_write_backs().await;
            match &ended {
                Ok(0) => {}
                Ok(ended) => tracing::info!(ended, "write-backs that were left open were ended"),
                Err(error) => tracing::warn!(%error, "write-backs that were left open are still open"),
            }
            wait = next_wait(wait, ended.is_ok());
            tokio::time::sleep(wait).await;
        }
    }

    /// Carries out the write-backs that processes began and died over: those of this machine at once, others when their
    /// lease has run out. Returns how many were ended.
    pub async fn recover_write_backs(&self) -> Result<u64> {
        let workers = self.store.workers().await?;
        if workers.is_empty() {
            return Ok(0);
        }
        let dead = process::gone(&workers);
        Ok(self.write_back().recover(&dead).await?)
    }
}

/// The rules under which somebody with these rights decides.
fn policy(config: &Config, rights: Rights) -> Result<Policy> {
    let review = &config.review;
    let policy = Policy { open: review.open_changes, second: None, own_edits: review.own_edits, rights };
    let Some(text) = &review.second_opinion else { return Ok(policy) };
    policy.with_second(text).map_err(|error| {
        let told = Error::config(error.message).at(config.place("review.second_opinion"));
        told.hint("It is a filter as in Review: \"finding:any or changed:>60\".")
    })
}

/// Opens the store: the shared one if the configuration names one, else the embedded one.
pub(crate) async fn open_store(config: &Config, clock: Arc<dyn Clock>) -> Result<store::Store> {
    let (opened, key) = match &config.store.url {
        Some(url) => (store::Store::connect(url, clock).await, "store.url"),
        None => (store::Store::open(&config.store.path, clock).await, "store.path"),
    };
    opened.map_err(|error| match error {
        StoreError::Unusable(_) => Error::from(error).at(config.place(key)),
        other => other.into(),
    })
}

/// Where the store is, for people.
pub fn store_place(config: &Config) -> String {
    match config.store.url.as_ref().map(store::place) {
        Some(Ok(place)) => place,
        Some(Err(error)) => error.to_string(),
        None => config.store.path.display().to_string(),
    }
}

/// How long after a look for open write-backs the next one comes, and at the most while they fail.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
const LOOK_AT_THE_LATEST: Duration = Duration::from_mins(10);

/// The wait after one that ended well, or did not.
fn next_wait(wait: Duration, well: bool) -> Duration {
    if well { LOOK_AGAIN } else { (wait * 2).min(LOOK_AT_THE_LATEST) }
}

/// Opens the candidate database; what is wrong with the mapping is told with its line in the file.
async fn open_source(config: &Config) -> Result<Arc<dyn CandidateDatabase>> {
    source::open_with(&config.database, &config.mapping, &config.write_back).await.map_err(
        |error| match error {
            SourceError::Mapping { message, place, hint } => {
                SourceError::Mapping { message, place: config.place(&place), hint }.into()
            }
            SourceError::Unreachable(_)
            | SourceError::Busy(_)
            | SourceError::ReadOnly(_)
            | SourceError::Unreadable(_)
            | SourceError::Engine(_) => error.into(),
        },
    )
}

#[cfg(test)]
mod tests;
