//! The engine behind the screens: it runs in this process, or another one runs the batches that are started here.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Bulk, Usual};
use crate::{
    domain::{Batch, RewriteId},
    engine::{
        self, Engine, EngineHandle, StartError,
        port::{Estimate, Progress, StartRequest},
    },
    error::{Error, Result},
    llm::port::Model,
    wiring::{self, Parts},
};

/// How long requests in flight may still come in when the application ends; what is left is run at the next start.
const DRAIN: Duration = Duration::from_millis(500);

enum Work {
    /// In this process.
    Here(Box<EngineHandle>),
    /// `worker.in_terminal` is off: a worker takes up what is started.
    Elsewhere,
}

/// The engine as far as screens need it.
pub struct Running {
    work: Work,
    parts: engine::Parts,
    usual: Usual,
    /// The simulator lives as long as it is asked.
    _model: wiring::Model,
}

impl Running {
    /// Starts the engine that the configuration wants.
    ///
    /// # Errors
    /// There is no key for the model, or the simulator does not start.
    pub fn start(parts: &Parts) -> Result<Self> {
        let model = parts.model()?;
        let own = parts.engine(&model)?;
        let work = if parts.config.worker.in_terminal {
            Work::Here(Box::new(Engine::start(parts.engine(&model)?)))
        } else {
            Work::Elsewhere
        };
        let usual = Usual { model: parts.config.model.name.clone(), budget: parts.config.batch.budget };
        Ok(Self { work, parts: own, usual, _model: model })
    }

    /// How far the batches are, if they run here.
    pub fn progress(&self) -> Option<watch::Receiver<Progress>> {
        match &self.work {
            Work::Here(engine) => Some(engine.progress()),
            Work::Elsewhere => None,
        }
    }

    /// Lets what is nearly done come in and gives the rest back.
    pub async fn stop(self) {
        match self.work {
            Work::Here(engine) => engine.stop(DRAIN).await,
            Work::Elsewhere => {}
        }
    }
}

fn told(error: StartError) -> Error {
    error.into()
}

#[async_trait]
impl Bulk for Running {
    fn usual(&self) -> Usual {
        self.usual.clone()
    }

    async fn models(&self) -> Result<Vec<Model>> {
        let models = self.parts.rewriter.models().await;
        models.map_err(|error| told(StartError::Provider(Box::new(error))))
    }

    async fn estimate(&self, request: &StartRequest) -> Result<Estimate> {
        match &self.work {
            Work::Here(engine) => engine.estimate(request).await,
            Work::Elsewhere => engine::estimate(&self.parts, request).await,
        }
        .map_err(told)
    }

    async fn start(&self, request: &StartRequest) -> Result<Batch> {
        engine::start_batch(&self.parts, request).await.map_err(told)
    }

    fn watch_live(&self, rewrite: RewriteId) -> Option<watch::Receiver<Arc<str>>> {
        match &self.work {
            Work::Here(engine) => Some(engine.watch_live(rewrite)),
            Work::Elsewhere => None,
        }
    }
}
