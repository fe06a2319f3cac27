//! What the engine asks of a language model provider.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::Serialize;

use super::economy::Economy;
use crate::domain::{Price, SectionId, Tier, Usage};

/// A model that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Its name at the provider.
    pub name: String,
    /// What it costs; `None` if the provider does not say.
    pub price: Option<Price>,
    /// The most tokens of prompt and completion together.
    pub context_window: u64,
    /// The most tokens of a completion.
    pub max_completion: u64,
}

/// The form in which a reply is asked for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum ReplyForm {
    /// The sections between their marks, streamed.
    #[default]
    Marks,
    /// One JSON object with a text for each section, enforced by the provider, in one piece.
    Object,
}

/// One request: one résumé.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The model's name.
    pub model: String,
    /// The standing instructions; the same for every request of a batch, so that the provider can cache them.
    pub system: Arc<str>,
    /// The posting, the requester's instructions and the source, in this order for the same reason.
    pub user: Arc<str>,
    /// The output cap, in tokens.
    pub max_completion: u64,
    /// The tier.
    pub tier: Tier,
    /// The form of the reply.
    pub form: ReplyForm,
    /// The sections that are to come back.
    pub sections: Vec<SectionId>,
}

/// Which of the provider's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Dimension {
    /// Requests a minute.
    Rpm,
    /// Requests a day.
    Rpd,
    /// Tokens a minute.
    Tpm,
    /// Tokens a day.
    Tpd,
    /// Input tokens a minute.
    Itpm,
    /// Output tokens a minute.
    Otpm,
}

/// What the headers of an answer say about the limits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LimitHeaders {
    /// Requests a day.
    pub limit_requests: Option<u64>,
    /// What is left of them.
    pub remaining_requests: Option<u64>,
    /// Tokens a minute.
    pub limit_tokens: Option<u64>,
    /// What is left of them.
    pub remaining_tokens: Option<u64>,
}

/// What happens while an answer comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The head of a successful answer.
    Head(LimitHeaders),
    /// More text of the reply.
    Text(&'a str),
}

/// Why a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    Stop,
    /// The output cap was reached.
    Length,
    /// The provider's filter cut it.
    Filtered,
    /// A reason that redraft does not know.
    Other,
}

/// A complete answer: why it ended and its usage were both seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The text, without reasoning.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// Its tokens.
    pub usage: Usage,
    /// The provider's name for the request.
    pub request_id: Option<String>,
    /// Whether the stream's end mark was missing although all else was there.
    pub unmarked_end: bool,
}

/// A 429 or 413, as its body tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Which limit, if the body names it.
    pub dimension: Option<Dimension>,
    /// Its size.
    pub limit: Option<u64>,
    /// What was used of it.
    pub used: Option<u64>,
    /// What the request would have used.
    pub requested: Option<u64>,
    /// How long to wait: the longer of header and body.
    pub wait: Option<Duration>,
}

/// What kind of failure, hence what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureClass {
    /// 429: wait for that limit, the try does not count.
    Limited(Limited),
    /// 413: never send it again unchanged.
    TooLarge(Limited),
    /// Key, account or model: stop the batch; holds what to do.
    StopBatch(String),
    /// Server trouble, a reset, a stream that broke off: try again with backoff.
    Transient,
    /// No byte for too long: try again with backoff.
    Timeout,
    /// The context is too long for the model.
    TooLong,
    /// The provider's flexible tier has no capacity.
    NoCapacity,
    /// The model's output was unusable for the provider itself: a few tries.
    BadOutput,
    /// This request is refused for good.
    Refused,
}

/// Whether a failed request was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// Refused before any work was done.
    No,
    /// Nobody can tell: count the worst case.
    Unknown,
    /// The usage was told before it broke off.
    Known(Usage),
}

/// A request without a complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// What to do.
    pub class: FailureClass,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// A sentence; never text of a candidate.
    pub message: String,
    /// Whether it was paid.
    pub paid: Paid,
    /// What the headers said.
    pub limits: LimitHeaders,
    /// The provider's name for the request.
    pub request_id: Option<String>,
}

/// A language model provider.
#[async_trait]
pub trait Rewriter: Send + Sync {
    /// The models that can be asked for now, with prices.
    async fn models(&self) -> Result<Vec<Model>, CallError>;

    /// Sends one request and reads the whole streamed answer, telling `on` what comes in.
    async fn send(
        &self,
        request: &Request,
        on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
    ) -> Result<Reply, CallError>;

    /// Whether the provider enforces [`ReplyForm::Object`] for this model.
    fn structured(&self, model: &str) -> bool;

    /// Whether this is no real provider, which every screen must say.
    fn simulated(&self) -> bool;

    /// The same provider for requests by the file; `None` if it takes none.
    fn economy(&self) -> Option<&dyn Economy> {
        None
    }
}
