//! Signals: whatever asks to end leads to an orderly end, and a watchdog sees to it that there is one.

use std::{io, process, thread, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::JoinHandle,
};

use super::guard;

/// After this long a process that was asked to end is ended.
const LIMIT: Duration = Duration::from_secs(2);
/// How many signals may wait. One more is dropped: one is enough to quit, and one to draw again.
const WAITING: usize = 8;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// To end: SIGHUP, SIGTERM, SIGQUIT, SIGINT, by name.
    End(&'static str),
    /// The process was stopped and goes on: the terminal may look different.
    Continued,
    /// The terminal is gone.
    TerminalGone,
}

/// Signals as they come.
#[derive(Debug)]
pub struct Signals {
    received: mpsc::Receiver<Signal>,
    sender: mpsc::Sender<Signal>,
    task: JoinHandle<()>,
}

impl Signals {
    /// Begins to listen. From now on no signal ends the process by itself. Needs a tokio runtime around it.
    pub fn listen() -> io::Result<Self> {
        let (sender, received) = mpsc::channel(WAITING);
        let task = tokio::spawn(forward(
            [
                (signal(SignalKind::hangup())?, Signal::End("SIGHUP")),
                (signal(SignalKind::terminate())?, Signal::End("SIGTERM")),
                (signal(SignalKind::quit())?, Signal::End("SIGQUIT")),
                (signal(SignalKind::interrupt())?, Signal::End("SIGINT")),
                (signal(SignalKind::from_raw(CONTINUED))?, Signal::Continued),
            ],
            sender.clone(),
        ));
        Ok(Self { received, sender, task })
    }

    /// The next signal. May be dropped and called again.
    pub async fn next(&mut self) -> Signal {
        match self.received.recv().await {
            Some(signal) => signal,
            // Cannot happen: this very struct holds a sender.
            None => std::future::pending().await,
        }
    }

    /// Where others tell of the end of the terminal.
    pub fn sender(&self) -> mpsc::Sender<Signal> {
        self.sender.clone()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// SIGCONT, which tokio has no name for.
const CONTINUED: i32 = rustix::process::Signal::CONT.as_raw();

async fn forward(
    [mut hangup, mut terminate, mut quit, mut interrupt, mut continued]: [(tokio::signal::unix::Signal, Signal);
        5],
    sender: mpsc::Sender<Signal>,
) {
    loop {
        let signal = tokio::select! {
            _ = hangup.0.recv() => hangup.1,
            _ = terminate.0.recv() => terminate.1,
            _ = quit.0.recv() => quit.1,
            _ = interrupt.0.recv() => interrupt.1,
            _ = continued.0.recv() => continued.1,
        };
        if let Signal::End(name) = signal {
            tracing::info!(name, "asked to end");
            start_watchdog();
        }
        // No room: what is waiting asks for the same.
        sender.try_send(signal).ok();
    }
}

/// Ends the process after a while, for the case that it hangs: in a write to a terminal that does not read, say.
pub(super) fn start_watchdog() {
    thread::spawn(|| {
        thread::sleep(LIMIT);
        // Giving back writes to the same terminal, and may hang as well: it gets a thread of its own.
        thread::spawn(guard::give_back);
        thread::sleep(Duration::from_millis(100));
        process::exit(1);
    });
}
