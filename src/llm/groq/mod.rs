//! The adapter for Groq, and for whatever speaks as Groq does: the built-in simulator.
//!
//! One request, one answer: it neither waits for limits nor tries again, which is the engine's business. Nothing that
//! was sent or received is ever logged.

mod assembly;
mod client;
mod duration;
mod economy;
mod errors;
mod limits;
mod shape;
mod sse;
mod wire;

use std::sync::OnceLock;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use reqwest::{Body, Client, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout, timeout_at};

use self::{
    assembly::{Assembly, Broken, Step},
    client::{Failed, broken, failure, silent, stop},
    errors::Head,
    sse::SseReader,
    wire::Parameters,
};
use super::economy::Economy;
use super::port::{CallError, Event, FailureClass, Model, Reply, ReplyForm, Request, Rewriter};

pub use client::Timeouts;

/// What the adapter is told.
#[derive(Debug, Clone)]
pub struct GroqOptions {
    /// The base URL, without a slash at its end.
    pub base_url: String,
    /// The key; `None` sends none.
    pub key: Option<SecretString>,
    /// Whether no real provider stands behind the URL.
    pub simulated: bool,
    /// `low`, `medium` or `high`, for models that reason; `None` leaves it to the provider.
    pub reasoning_effort: Option<String>,
    /// 0 to 200: the temperature in hundredths.
    pub temperature_percent: u16,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

/// Groq, through its public API.
#[derive(Debug)]
pub struct GroqRewriter {
    options: GroqOptions,
    parameters: Parameters,
    /// Made at the first request: reading the machine's certificates takes longer than the first picture may.
    client: OnceLock<Client>,
}

impl GroqRewriter {
    /// Returns an adapter that has not connected yet.
    pub fn new(options: GroqOptions) -> Self {
        let parameters = Parameters {
            reasoning_effort: options.reasoning_effort.clone(),
            temperature: f64::from(options.temperature_percent.min(200)) / 100.0,
        };
        Self { options, parameters, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&Client, Failed> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = client::build(&self.options.base_url, &self.options.timeouts)?;
        Ok(self.client.get_or_init(|| client))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.options.key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.options.base_url.trim_end_matches('/'))
    }

    /// Waits for the head of an answer.
    async fn head(&self, request: RequestBuilder) -> Result<Response, Failed> {
        match timeout(self.options.timeouts.head, self.signed(request).send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(broken(&error)),
            Err(_) => Err(silent(self.options.timeouts.head)),
        }
    }

    async fn refusal(&self, response: Response) -> Failed {
        let (status, head) = (response.status().as_u16(), client::head(response.headers()));
        let body = client::read_body(response, self.options.timeouts.idle).await.unwrap_or_default();
        let mut error = errors::of_answer(status, head, &body);
        if errors::is_about_the_model(status, &body) {
            let models = self.list().await.unwrap_or_default();
            let names: Vec<String> = models.into_iter().map(|model| model.name).collect();
            error.message = errors::no_such_model(&names);
            error.class = FailureClass::StopBatch(error.message.clone());
        }
        error
    }

    async fn list(&self) -> Result<Vec<Model>, Failed> {
        let response = self.head(self.client()?.get(self.url("/models"))).await?;
        let (status, head) = (response.status(), client::head(response.headers()));
        let body = client::read_body(response, self.options.timeouts.idle).await?;
        if status != StatusCode::OK {
            return Err(errors::of_answer(status.as_u16(), head, &body));
        }
        wire::models(&body).map_err(|_| {
            stop("There is no list of models at this address: check model.base_url in the configuration.")
        })
    }

    async fn completion(
        &self,
        request: &Request,
        on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
    ) -> Result<Reply, Failed> {
        let body = wire::body(request, &self.parameters)
            .map_err(|_| client::unsent(FailureClass::Refused, "The request cannot be written as JSON."))?;
        let post = self.client()?.post(self.url("/chat/completions"));
        // A plain body is kept until the answer's head comes, in case it has to be sent again by the library, which it never
        // is; thousands of them wait.
        let body = Body::wrap(Full::new(Bytes::from(body)));
        let post = post.header("content-type", "application/json").body(body);
        if request.form == ReplyForm::Object {
            return self.whole(post, on).await;
        }
        let response = self.head(post).await?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response).await);
        }
        let head = client::head(response.headers());
        on(Event::Head(head.limits));
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            let broken = Broken::transient("The provider answered with something else than a stream.");
            return Err(Assembly::new(head.request_id).fail(broken, head.limits));
        }
        self.stream(response, head, on).await
    }

    /// An answer in one piece. Its head comes when it is ready: the time for a whole answer bounds it.
    async fn whole(
        &self,
        post: RequestBuilder,
        on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
    ) -> Result<Reply, Failed> {
        let response = self.signed(post).send().await.map_err(|error| broken(&error))?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response).await);
        }
        let Head { limits, request_id, .. } = client::head(response.headers());
        on(Event::Head(limits));
        let body = client::read_body(response, self.options.timeouts.idle).await?;
        let Some((text, finish, usage, id)) = wire::whole(&body) else {
            let broken = Broken::transient("The provider's answer is no complete reply.");
            return Err(Assembly::new(request_id).fail(broken, limits));
        };
        Ok(Reply { text, finish, usage, request_id: request_id.or(id), unmarked_end: false })
    }

    async fn stream(
        &self,
        mut response: Response,
        Head { limits, request_id, .. }: Head,
        on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
    ) -> Result<Reply, Failed> {
        let (mut reader, mut assembly) = (SseReader::default(), Assembly::new(request_id));
        let ended = loop {
            let bytes = match timeout(self.options.timeouts.idle, response.chunk()).await {
                Ok(Ok(Some(bytes))) => bytes,
                Ok(Ok(None)) => break Ok(()),
                // All that matters was told; how the connection was closed afterwards does not.
                Ok(Err(_)) | Err(_) if assembly.is_complete() && !reader.is_partial() => break Ok(()),
                Ok(Err(_)) => {
                    break Err(Broken::transient("The connection broke in the middle of the reply."));
                }
                Err(_) => break Err(stalled(self.options.timeouts.idle)),
            };
            reader.push(&bytes);
            match drain(&mut reader, &mut assembly, on) {
                Ok(Step::Text(_)) => {}
                Ok(Step::End) => break Ok(()),
                Err(broken) => break Err(broken),
            }
        };
        match ended {
            Ok(()) if reader.is_partial() => {
                Err(assembly.fail(Broken::transient("The stream broke off inside of an event."), limits))
            }
            Ok(()) => assembly.end(limits),
            Err(broken) => Err(assembly.fail(broken, limits)),
        }
    }
}

/// Takes all whole events.
fn drain(
    reader: &mut SseReader,
    assembly: &mut Assembly,
    on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
) -> Result<Step, Broken> {
    loop {
        match reader.next() {
            Ok(None) => return Ok(Step::Text(0)),
            Ok(Some(event)) => match assembly.feed(event.name, event.data)? {
                Step::Text(0) => {}
                Step::Text(bytes) => on(Event::Text(assembly.tail(bytes))),
                Step::End => return Ok(Step::End),
            },
            Err(sse::TooLarge) => return Err(Broken::transient("An event of the stream is far too long.")),
        }
    }
}

fn stalled(idle: std::time::Duration) -> Broken {
    Broken {
        class: FailureClass::Timeout,
        message: format!("The reply stood still for {} seconds.", idle.as_secs_f32()),
    }
}

#[async_trait]
impl Rewriter for GroqRewriter {
    async fn models(&self) -> Result<Vec<Model>, CallError> {
        self.list().await.map_err(|failed| *failed)
    }

    async fn send(
        &self,
        request: &Request,
        on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
    ) -> Result<Reply, CallError> {
        let whole = self.options.timeouts.whole(request.max_completion);
        match timeout_at(Instant::now() + whole, self.completion(request, on)).await {
            Ok(outcome) => outcome.map_err(|failed| *failed),
            Err(_) => Err(*failure(FailureClass::Timeout, "The reply took longer than any reply should.")),
        }
    }

    fn structured(&self, model: &str) -> bool {
        wire::is_structured(model)
    }

    fn simulated(&self) -> bool {
        self.options.simulated
    }

    fn economy(&self) -> Option<&dyn Economy> {
        Some(self)
    }
}
