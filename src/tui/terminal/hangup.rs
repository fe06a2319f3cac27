//! Sees that the terminal is gone.
//!
//! A closed terminal usually sends SIGHUP, but not to a process that ignores it or that has left its session. Then
//! crossterm's event stream gives neither end nor error, and spins. So a thread of its own waits for the hang-up: it
//! sleeps in the system until then, and costs nothing.

use std::{os::fd::AsFd, thread};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, getppid},
    stdio,
};
use tokio::sync::mpsc;

use super::signals::{Signal, start_watchdog};

/// How often it looks whether the parent has ended. Where the system tells of hang-ups, this alone needs a clock.
const EVERY: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// Starts the watch; tells once when the terminal is gone.
pub fn watch_terminal(signals: mpsc::Sender<Signal>) {
    let orphan_already = is_orphan();
    thread::spawn(move || {
        while !is_gone(stdio::stdin()) && (orphan_already || !is_orphan()) {}
        start_watchdog();
        // No room: what is waiting asks for the same.
        signals.try_send(Signal::TerminalGone).ok();
    });
}

/// Waits a while for a hang-up.
fn is_gone(terminal: impl AsFd) -> bool {
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
    match poll(&mut watched, Some(&EVERY)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => false,
        Ok(_) => watched[0].revents().intersects(gone),
        Err(_) => {
            thread::sleep(std::time::Duration::from_secs(1));
            false
        }
    }
}

fn is_orphan() -> bool {
    getppid().is_none_or(|parent| parent == Pid::INIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_other_end_is_gone() {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(theirs);
        assert!(is_gone(&ours));
    }
}
