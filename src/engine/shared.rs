//! What all tasks of the engine share.

use std::sync::{Arc, atomic::AtomicBool};

use tokio::{
    sync::{OnceCell, watch},
    time::Instant,
};

use super::{admission::Moment, live::Live, port::Troubles, settings::Parts, tokens};
use crate::{
    domain::{BatchSpec, Posting},
    source::port::SourceError,
    store::port::StoreError,
};

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

/// What all rewrites of a batch share.
pub(super) struct BatchContext {
    pub spec: BatchSpec,
    posting: OnceCell<Option<Posting>>,
}

impl BatchContext {
    pub(super) fn new(spec: BatchSpec) -> Self {
        Self { spec, posting: OnceCell::new() }
    }

    /// The posting with its text: read once. One that is gone meanwhile is still known by its title.
    pub(super) async fn posting(&self, shared: &Shared) -> Result<Option<&Posting>, SourceError> {
        let Some(id) = &self.spec.posting else { return Ok(None) };
        let read = || async {
            let found = shared.parts.source.posting(id).await?;
            Ok::<_, SourceError>(found.or_else(|| {
                let title = self.spec.posting_title.clone()?;
                Some(Posting { id: id.clone(), title, text: String::new() })
            }))
        };
        Ok(self.posting.get_or_try_init(read).await?.as_ref())
    }
}
