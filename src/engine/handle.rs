//! How roles hold a running engine.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::{
    economy,
    live::Live,
    port::{Estimate, Progress, StartRequest, Troubles},
    run::Shell,
    settings::Parts,
    shared::Shared,
    start::{self, StartError},
};
use crate::domain::{Batch, RewriteId, Tier};

/// What is added to the time to end in before everything is dropped.
const GRACE: Duration = Duration::from_secs(5);

/// The engine.
#[derive(Debug)]
pub struct Engine;

impl Engine {
    /// Starts to work on whatever batches are open. Needs a tokio runtime around it.
    pub fn start(parts: Parts) -> EngineHandle {
        let shared = Arc::new(Shared::new(parts.clone()));
        let (progress, seen) = watch::channel(Progress::default());
        let (limits, known) = watch::channel(HashMap::new());
        let (stop, stopped) = watch::channel(None);
        let (live, troubles) = (Arc::clone(&shared.live), shared.troubles.subscribe());
        // Ends with the task that holds it, however that ends.
        let mut clerk = JoinSet::new();
        clerk.spawn(economy::run(Arc::clone(&shared), stopped.clone()));
        let shell = Shell::new(shared, progress, limits, stopped);
        let task = tokio::spawn(async move {
            shell.run().await;
            while clerk.join_next().await.is_some() {}
        });
        EngineHandle { parts, progress: seen, limits: known, live, troubles, stop, task }
    }
}

/// A running engine. Dropping it breaks everything off as if the process had died: nothing is lost, but what was in
/// flight may be paid twice. [`EngineHandle::stop`] is the orderly way.
pub struct EngineHandle {
    parts: Parts,
    progress: watch::Receiver<Progress>,
    limits: watch::Receiver<HashMap<String, u64>>,
    live: Arc<Live>,
    troubles: watch::Receiver<Troubles>,
    stop: watch::Sender<Option<Duration>>,
    task: JoinHandle<()>,
}

impl EngineHandle {
    /// How far the batches are; the latest counts, none is queued.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// What holds the engine up at the moment.
    pub fn troubles(&self) -> watch::Receiver<Troubles> {
        self.troubles.clone()
    }

    /// The reply to a rewrite as it streams in: the raw text, which [`crate::llm::reply::partial`] parts into sections.
    /// Untrusted. Drop the receiver when nobody looks any more.
    pub fn watch_live(&self, rewrite: RewriteId) -> watch::Receiver<Arc<str>> {
        self.live.watch(rewrite)
    }

    /// What a batch would take, with the time if the provider's limits are known by now.
    pub async fn estimate(&self, request: &StartRequest) -> Result<Estimate, StartError> {
        let mut estimate = start::estimate(&self.parts, request).await?;
        let limit = self.limits.borrow().get(&estimate.model).copied();
        // By the file there are no such limits.
        let limit = limit.filter(|_| estimate.tier != Tier::Economy);
        estimate.duration = limit.map(|limit| start::duration(&estimate, limit));
        Ok(estimate)
    }

    /// Starts a batch; it is taken up at once.
    pub async fn start_batch(&self, request: &StartRequest) -> Result<Batch, StartError> {
        start::start_batch(&self.parts, request).await
    }

    /// Sends nothing more, lets what is in flight end within `drain`, gives everything else back, and returns when all
    /// is recorded.
    pub async fn stop(mut self, drain: Duration) {
        self.stop.send_replace(Some(drain));
        if tokio::time::timeout(drain + GRACE, &mut self.task).await.is_err() {
            tracing::warn!("the engine did not end in time; what was in flight is counted as paid");
        }
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}
