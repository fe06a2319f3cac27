//! A Groq that runs on loopback, for the demonstration and the tests.
//!
//! It speaks Groq's wire format so exactly that a client cannot tell, obeys the limiter's law to the nanosecond, takes
//! as long as the real one does, fails in the ways a scenario asks for, and keeps a ledger that tells whether the
//! client behaved. It is no test of Groq itself: where Groq's behaviour is not public, the scenario chooses.
//!
//! `limiter`, `wire`, `tokens`, `latency`, `fault`, `reply`, `ledger` and `report` are pure; `reception` leads a request
//! through them; `depot` holds files and parcels; `http`, `stream`, `whole` and `server` are the network.

mod author;
mod cache;
mod catalog;
mod depot;
mod duration;
mod errors;
mod fault;
mod headers;
mod http;
mod ids;
mod latency;
mod ledger;
mod limiter;
mod limits;
mod organisation;
mod reception;
mod reply;
mod report;
mod request;
mod scenario;
mod server;
mod service;
mod stream;
mod ticket;
mod tokens;
mod whole;
mod wire;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::{net::TcpSocket, sync::Notify, task::JoinHandle};

pub use author::{Flaw, compose, flaws};
pub use depot::{Call, CallFault, CallHow, Economy, EconomyEffect, EconomyFault};
pub use fault::{Answer, Cut, Effect, Fault, Form, How, OddWait, Point, ReplyFault, Trigger, Window};
pub use ids::PromptHash;
pub use latency::Latency;
pub use ledger::{Admitted, Claim, Delivery, Ledger, Refused, Rudeness, Violation};
pub use limiter::{Account, Demand, Dimension, Level, Refusal, RefusalKind, ReserveMode, Used};
pub use limits::Limits;
pub use report::{Claims, Report, herds};
pub use scenario::{
    BrokenBilling, Foreign, LimitChange, ModelSpec, PromptCache, Reasoning, Scenario, ScenarioError,
    StructuredStream,
};
pub use wire::FinishReason;

/// Connections that may wait to be accepted: a burst of all clients at once must fit.
const BACKLOG: u32 = 8_192;

/// A running simulator. It ends when it is dropped, and all its connections with it.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    service: Arc<service::Service>,
    accepting: JoinHandle<()>,
    stopping: Arc<Notify>,
}

impl Simulator {
    /// Binds the scenario's port on 127.0.0.1 and serves on the current tokio runtime.
    ///
    /// Fails when the port is taken, or with [`io::ErrorKind::InvalidInput`] when the scenario is not sound.
    pub fn start(scenario: Scenario) -> io::Result<Self> {
        let port = scenario.port;
        let service = service::Service::new(scenario)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let service = Arc::new(service);
        let stopping = Arc::new(Notify::new());
        let accepting = tokio::spawn(server::accept(listener, Arc::clone(&service), Arc::clone(&stopping)));
        Ok(Self { address, service, accepting, stopping })
    }

    /// Returns what a client takes for its base URL, as `http://127.0.0.1:PORT/openai/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, server::BASE)
    }

    /// Returns the address it listens at.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a copy of the ledger as it stands now.
    pub fn ledger(&self) -> Ledger {
        self.service.ledger()
    }

    /// Returns the files that clients have left: purpose and name.
    pub fn files(&self) -> Vec<(String, String)> {
        let now = self.service.now();
        let mut books = self.service.books();
        self.service.catch_up(&mut books, now);
        books.depot.files()
    }

    /// Returns how often something about files and parcels was asked for.
    pub fn calls(&self, call: Call) -> u64 {
        self.service.books().depot.calls(call)
    }

    /// Takes what the client says that it was charged: the report compares it with the ledger.
    pub fn claim(&self, claims: Vec<Claim>) {
        self.service.books().ledger.claim(claims);
    }

    /// Returns the ledger in figures.
    pub fn report(&self) -> Report {
        self.service.report()
    }

    /// Ends it and returns the ledger. Requests that were running count as left by their clients.
    pub async fn stop(mut self) -> Ledger {
        self.stopping.notify_one();
        if let Err(error) = (&mut self.accepting).await {
            tracing::warn!(%error, "the simulator did not end as it should");
        }
        self.ledger()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
