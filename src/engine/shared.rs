//! What all tasks of the engine share.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::{
    sync::{Mutex, OnceCell, watch},
    time::{Instant, sleep},
};

use super::{admission::Moment, live::Live, port::Troubles, settings::Parts, tokens};
use crate::{
    domain::{BatchSpec, Posting, PostingId},
    source::port::SourceError,
    store::port::{StoreError, StoreResult},
};

/// The first and the longest pause when the store cannot record.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// What all tasks of the engine share.
pub(super) struct Shared {
    pub parts: Parts,
    pub live: Arc<Live>,
    pub troubles: watch::Sender<Troubles>,
    /// Tokens of the standing instructions, estimated.
    pub system_tokens: u64,
    /// Whether other workers are at work on the same store, and so use the same limits.
    pub crowd: AtomicBool,
    began: Instant,
}

impl Shared {
    pub(super) fn new(parts: Parts) -> Self {
        let system_tokens = tokens::estimate(parts.settings.prompt.text());
        let (troubles, _) = watch::channel(Troubles::default());
        Self {
            parts,
            live: Arc::new(Live::default()),
            troubles,
            system_tokens,
            crowd: AtomicBool::new(false),
            began: Instant::now(),
        }
    }

    /// The time since the engine began.
    pub(super) fn now(&self) -> Moment {
        self.began.elapsed()
    }

    /// Tells what the store says now: its error, or that it records.
    pub(super) fn store_says(&self, trouble: Option<&StoreError>) {
        self.says(trouble.map(ToString::to_string), |troubles| &mut troubles.store);
    }

    /// Asks the store until it answers; `None` if it never will. `what` is in the log's words.
    pub(super) async fn stored<T, F: Future<Output = StoreResult<T>>>(
        &self,
        what: &str,
        ask: impl Fn() -> F,
    ) -> Option<T> {
        let mut pause = FIRST;
        loop {
            match ask().await {
                Ok(answer) => {
                    self.store_says(None);
                    return Some(answer);
                }
                Err(
                    error @ (StoreError::Busy(_)
                    | StoreError::Away(_)
                    | StoreError::Full(_)
                    | StoreError::Engine(_)),
                ) => {
                    tracing::warn!(%error, "the store does not record yet: {what}");
                    self.store_says(Some(&error));
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST);
                }
                Err(
                    error @ (StoreError::NotFound(_)
                    | StoreError::Stale { .. }
                    | StoreError::Refused(_)
                    | StoreError::BatchState { .. }
                    | StoreError::CandidateBusy
                    | StoreError::Unusable(_)),
                ) => {
                    tracing::error!(%error, "the store does not record: {what}");
                    return None;
                }
            }
        }
    }

    /// Tells what the candidate database says now: its error, or that it can be read.
    pub(super) fn source_says(&self, trouble: Option<&SourceError>) {
        self.says(trouble.map(ToString::to_string), |troubles| &mut troubles.source);
    }

    fn says(&self, words: Option<String>, of: fn(&mut Troubles) -> &mut Option<String>) {
        self.troubles.send_if_modified(|troubles| {
            let last = of(troubles);
            let differs = *last != words;
            *last = words;
            differs
        });
    }

    /// The instant of a moment.
    pub(super) fn instant(&self, moment: Moment) -> Instant {
        self.began + moment
    }
}

/// The most postings whose texts are kept at once.
const KEPT: usize = 200;

/// What all rewrites of a batch share.
pub(super) struct BatchContext {
    pub spec: BatchSpec,
    /// The postings with their texts, each read once.
    postings: Mutex<BTreeMap<PostingId, Arc<OnceCell<Arc<Posting>>>>>,
}

impl BatchContext {
    pub(super) fn new(spec: BatchSpec) -> Self {
        Self { spec, postings: Mutex::default() }
    }

    /// The posting with its text: that of the candidate's own, or the batch's. One that is gone meanwhile is still known
    /// by its title.
    pub(super) async fn posting(
        &self,
        shared: &Shared,
        own: Option<&(PostingId, String)>,
    ) -> Result<Option<Arc<Posting>>, SourceError> {
        let title = || self.spec.posting_title.clone().unwrap_or_default();
        let of_batch = || Some((self.spec.posting.clone()?, title()));
        let Some((id, title)) = own.cloned().or_else(of_batch) else { return Ok(None) };
        let cell = {
            let mut postings = self.postings.lock().await;
            if postings.len() >= KEPT && !postings.contains_key(&id) {
                postings.clear();
            }
            Arc::clone(postings.entry(id.clone()).or_default())
        };
        let read = || async {
            let found = shared.parts.source.posting(&id).await?;
            let gone = || Posting { id: id.clone(), title, text: String::new() };
            Ok::<_, SourceError>(Arc::new(found.unwrap_or_else(gone)))
        };
        Ok(Some(Arc::clone(cell.get_or_try_init(read).await?)))
    }
}
