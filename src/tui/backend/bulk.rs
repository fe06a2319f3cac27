//! What screens ask of the engine: what a batch would take, to start one, and the reply that is coming in.

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
    fn watch_live(&self, rewrite: RewriteId) -> Option<watch::Receiver<String>>;
}

/// Stands where the engine will: it starts nothing, and says so.
#[derive(Debug, Clone)]
pub struct NoEngine {
    /// What a person would get.
    pub usual: Usual,
}

impl NoEngine {
    fn refusal() -> Error {
        Error::user("This version of redraft cannot run batches yet.")
            .hint("Looking at candidates and reviewing what the store holds work.")
    }
}

#[async_trait]
impl Bulk for NoEngine {
    fn usual(&self) -> Usual {
        self.usual.clone()
    }

    async fn models(&self) -> Result<Vec<Model>> {
        Err(Self::refusal())
    }

    async fn estimate(&self, _request: &StartRequest) -> Result<Estimate> {
        Err(Self::refusal())
    }

    async fn start(&self, _request: &StartRequest) -> Result<Batch> {
        Err(Self::refusal())
    }

    fn watch_live(&self, _rewrite: RewriteId) -> Option<watch::Receiver<String>> {
        None
    }
}
