//! What screens ask of the engine: what a batch would take, to start one, and the reply that is coming in.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{
    domain::{Batch, Money, RewriteId},
    engine::port::{Estimate, StartRequest},
    error::{Error, Result},
    llm::port::Model,
};

/// What a batch gets where a person chooses nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// The configured model.
    pub model: String,
    /// The configured budget of a batch.
    pub budget: Money,
}

/// The engine, as far as screens need it; what it records is read from the store.
#[async_trait]
pub trait Bulk: Send + Sync {
    /// What a batch gets where a person chooses nothing else.
    fn usual(&self) -> Usual;

    /// The models that can be asked for now.
    async fn models(&self) -> Result<Vec<Model>>;

    /// What a batch would take. Changes nothing.
    async fn estimate(&self, request: &StartRequest) -> Result<Estimate>;

    /// Records a batch for the worker to take up.
    async fn start(&self, request: &StartRequest) -> Result<Batch>;

    /// The text of a reply as far as it has come; `None` if this process is not receiving it. The channel closes
    /// with the reply.
    fn watch_live(&self, rewrite: RewriteId) -> Option<watch::Receiver<Arc<str>>>;
}

/// Stands where the engine will: without a key, say, it starts nothing, and says why.
#[derive(Debug, Clone)]
pub struct NoEngine {
    /// What a person would get.
    pub usual: Usual,
    /// Why there is none: what happened, and what to do.
    pub why: (String, Vec<String>),
}

impl NoEngine {
    fn refusal(&self) -> Error {
        self.why.1.iter().fold(Error::config(self.why.0.clone()), |error, hint| error.hint(hint.clone()))
    }
}

#[async_trait]
impl Bulk for NoEngine {
    fn usual(&self) -> Usual {
        self.usual.clone()
    }

    async fn models(&self) -> Result<Vec<Model>> {
        Err(self.refusal())
    }

    async fn estimate(&self, _request: &StartRequest) -> Result<Estimate> {
        Err(self.refusal())
    }

    async fn start(&self, _request: &StartRequest) -> Result<Batch> {
        Err(self.refusal())
    }

    fn watch_live(&self, _rewrite: RewriteId) -> Option<watch::Receiver<Arc<str>>> {
        None
    }
}
