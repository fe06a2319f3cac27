//! The signals that ask a long command to end: SIGTERM, SIGINT, SIGHUP.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::stop::Step;
use crate::error::Error;

/// Signals that ask for an end.
pub struct Signals([Signal; 3]);

impl Signals {
    /// Listens from now on; the process is no longer ended by these signals.
    pub fn listen() -> Step<Self> {
        let listen =
            |kind| signal(kind).map_err(|error| Error::internal("No signals can be heard.").because(error));
        Ok(Self([
            listen(SignalKind::terminate())?,
            listen(SignalKind::interrupt())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
