//! A parcel that is back: each answer is recorded as a streamed one would be, and what has none goes its way.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use super::{Courier, Rest, Way};
use crate::{
    domain::ParcelStage,
    engine::{
        carrier::{Carrier, Fate},
        machine::After,
    },
    llm::{
        economy::{Progress, Remote},
        port::{CallError, Reply},
    },
};

/// How often results that are not whole are fetched.
const FETCHES: u32 = 4;
const NO_GOOD: &str = "The provider found the file of requests to be no good; nothing of it was done or paid. The model or the \
                       account may not be offered by the file: choose another model, or start without --economy.";

/// Answers by the names of their requests.
type Answers = BTreeMap<String, Result<Reply, CallError>>;

impl Courier {
    /// Records all that came of the parcel.
    pub(super) async fn open(&mut self, remote: &Remote) -> Way {
        let _opening = self.office.opening(self.parcel.batch);
        let Some(mut answers) = self.answers(remote).await else { return Way::Leave };
        let is_whole = answers.len() as u64 >= remote.done;
        // All that is done must be there. If it is not, or should be all, nobody knows what of the rest is paid.
        let ended_early =
            matches!(remote.progress, Progress::Expired | Progress::Cancelled | Progress::Refused);
        let fate = if ended_early && is_whole { Fate::NotDone } else { Fate::Lost };
        let store = &self.office.shared.parts.store;
        let Some(enclosed) = self.stored(|| store.enclosed(self.parcel.id)).await else { return Way::Leave };
        let Some(context) = self.stored(|| self.office.context(self.parcel.batch)).await else {
            return Way::Leave;
        };
        let mut stop = (remote.progress == Progress::Refused).then(|| NO_GOOD.to_owned());
        for one in enclosed {
            let carrier =
                Carrier::alone(Arc::clone(&self.office.shared), Arc::clone(&context), one.lease.clone());
            let after = match answers.remove(&one.attempt.to_string()) {
                None => carrier.lose(one.attempt, fate).await,
                Some(answer) => {
                    let Some(rewrite) = self.stored(|| store.rewrite(one.lease.rewrite)).await else {
                        return Way::Leave;
                    };
                    carrier.deliver(one.attempt, &rewrite.before, answer).await
                }
            };
            if let After::StopBatch(what) = after {
                stop = Some(what);
            }
        }
        if !answers.is_empty() {
            tracing::info!(parcel = %self.parcel.id, more = answers.len(), "answers that were recorded before, or that nobody asked for");
        }
        self.parcel.stage = ParcelStage::Clearing;
        let way = self.keep().await;
        if let Some(what) = stop {
            self.pause_batch(what).await;
        }
        way
    }

    /// Fetches the results until they are whole, or it is clear that they never will be. `None`: the worker stops.
    async fn answers(&mut self, remote: &Remote) -> Option<Answers> {
        let (mut pauses, mut fetches) = (self.pauses(), 0);
        loop {
            match self.fetch(remote).await {
                Ok(answers) => {
                    fetches += 1;
                    if answers.len() as u64 >= remote.done || fetches >= FETCHES {
                        return Some(answers);
                    }
                    tracing::warn!(parcel = %self.parcel.id, "the results are not whole; they are fetched again");
                }
                Err(error) => {
                    if self.trouble(&error).await == Way::Leave {
                        return None;
                    }
                }
            }
            if self.rest(pauses.next(), true).await == Rest::Stop {
                return None;
            }
        }
    }

    async fn fetch(&self, remote: &Remote) -> Result<Answers, CallError> {
        let mut answers = Answers::new();
        let Some(economy) = self.economy() else { return Ok(answers) };
        for file in remote.output.iter().chain(&remote.errors) {
            let results = match economy.results(file).await {
                // It was deleted, or kept too long: what was in it nobody knows.
                Err(error) if error.status == Some(404) => Vec::new(),
                results => results?,
            };
            for result in results {
                match answers.entry(result.name) {
                    Entry::Vacant(free) => drop(free.insert(result.answer)),
                    Entry::Occupied(_) => {
                        tracing::warn!(parcel = %self.parcel.id, "a request has two answers; the first counts");
                    }
                }
            }
        }
        Ok(answers)
    }
}
