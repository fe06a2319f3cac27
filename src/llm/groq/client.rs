//! The HTTP of it: connections, timeouts, and what a broken connection is called.

use std::{sync::Once, time::Duration};

use reqwest::{Client, Response, Url, header::HeaderMap, redirect};
use tokio::time::timeout;

use super::{errors::Head, limits};
use crate::llm::port::{CallError, FailureClass, LimitHeaders, Paid};

/// The most bytes that are read of an answer that is no stream.
pub(super) const BODY_CAP: usize = 4 * 1024 * 1024;

/// A failure on its way: boxed, as it is far larger than what succeeds.
pub(super) type Failed = Box<CallError>;

/// How long to wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the head of an answer, from sending on: it comes after the prompt was read.
    pub head: Duration,
    /// For the next byte.
    pub idle: Duration,
    /// For a whole answer, in addition to the time that its most tokens take at 50 a second.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            head: Duration::from_mins(1),
            idle: Duration::from_secs(20),
            total: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// The most time that an answer of `tokens` tokens may take.
    pub(super) fn whole(&self, tokens: u64) -> Duration {
        self.total + Duration::from_millis(tokens.saturating_mul(20))
    }
}

/// Installs the cryptography for TLS.
static PROVIDER: Once = Once::new();

/// Makes the client. HTTP/1.1 with a connection a stream: over HTTP/2 all streams would share one.
pub(super) fn build(base_url: &str, timeouts: &Timeouts) -> Result<Client, Failed> {
    if !Url::parse(base_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(stop(
            "model.base_url is no address of a provider: it looks like https://api.groq.com/openai/v1.",
        ));
    }
    PROVIDER.call_once(|| {
        // An error means that somebody has installed one before, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    let mut builder = Client::builder()
        // Requests without one are refused by the provider's front.
        .user_agent(concat!("redraft/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(50))
        .redirect(redirect::Policy::none())
        .referer(false);
    if base_url.starts_with("http://") {
        // Without TLS the machine need not have certificates, nor spend time on reading them.
        builder = builder.tls_certs_only([]).no_proxy();
    }
    builder.build().map_err(|_| {
        stop("This machine has no certificates to check the provider's with: install ca-certificates.")
    })
}

/// Reads what the head of an answer tells.
pub(super) fn head(headers: &HeaderMap) -> Head {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    Head {
        limits: limits::headers(text),
        retry_after: limits::retry_after(text("retry-after")),
        request_id: text("x-request-id").filter(|id| id.len() <= 100).map(str::to_owned),
    }
}

/// Reads a whole body of bounded size.
pub(super) async fn read_body(response: Response, idle: Duration) -> Result<Vec<u8>, Failed> {
    read_up_to(response, idle, BODY_CAP).await
}

/// Reads a whole body of at most so many bytes.
pub(super) async fn read_up_to(
    mut response: Response,
    idle: Duration,
    most: usize,
) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    loop {
        match timeout(idle, response.chunk()).await {
            Ok(Ok(Some(bytes))) if body.len() + bytes.len() <= most => body.extend_from_slice(&bytes),
            Ok(Ok(Some(_))) => return Err(failure(FailureClass::Transient, "The answer is far too long.")),
            Ok(Ok(None)) => return Ok(body),
            Ok(Err(error)) => return Err(broken(&error)),
            Err(_) => return Err(silent(idle)),
        }
    }
}

/// A failure without an answer, of a request that may have been paid.
pub(super) fn failure(class: FailureClass, message: impl Into<String>) -> Failed {
    Box::new(CallError {
        class,
        status: None,
        message: message.into(),
        paid: Paid::Unknown,
        limits: LimitHeaders::default(),
        request_id: None,
    })
}

/// A failure before anything was done.
pub(super) fn unsent(class: FailureClass, message: impl Into<String>) -> Failed {
    let mut error = failure(class, message);
    error.paid = Paid::No;
    error
}

/// A failure of every request: holds what to do.
pub(super) fn stop(what: &str) -> Failed {
    unsent(FailureClass::StopBatch(what.to_owned()), what)
}

/// Nothing came for too long.
pub(super) fn silent(wait: Duration) -> Failed {
    failure(
        FailureClass::Timeout,
        format!("Nothing came from the provider for {} seconds.", wait.as_secs_f32()),
    )
}

/// Names a failure of the transport. Addresses in it are ours, but an error text may quote more: it is not passed on.
pub(super) fn broken(error: &reqwest::Error) -> Failed {
    if error.is_builder() {
        return stop(
            "model.base_url is no address of a provider: it looks like https://api.groq.com/openai/v1.",
        );
    }
    if error.is_connect() || error.is_dns() {
        let host = error.url().and_then(|url| url.host_str()).unwrap_or("the provider");
        let why = if error.is_timeout() { "no answer" } else { why_not_connected(error) };
        let message =
            format!("{host} cannot be reached ({why}): check the network, a proxy, and model.base_url.");
        return unsent(FailureClass::Transient, message);
    }
    if error.is_timeout() {
        return failure(FailureClass::Timeout, "The provider took too long.");
    }
    failure(FailureClass::Transient, "The connection to the provider broke.")
}

fn why_not_connected(error: &reqwest::Error) -> &'static str {
    use std::{error::Error, io::ErrorKind};
    if error.is_dns() {
        return "its name is not known";
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            match io.kind() {
                ErrorKind::ConnectionRefused => return "the connection was refused",
                ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => return "no network",
                ErrorKind::InvalidData => return "its certificate is not trusted",
                _ => {}
            }
        }
        if inner.is::<rustls::Error>() {
            return "its certificate is not trusted";
        }
        cause = inner.source();
    }
    "no connection"
}
