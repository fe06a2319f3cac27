//! `kill -9` at random moments of the real program, and a judge that finds what was lost, doubled or overspent.
//!
//! The simulator runs in the test, so it outlives the kills and its ledger is the truth about what was paid.
//! `REDRAFT_KILLS=1000 cargo test --test redraft kill::` kills more often, `REDRAFT_SEED` draws other moments.

pub mod batch;
mod economy;
mod eyes;
mod judge;
pub mod world;
mod write_back;

use std::{
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, SqliteConnection};

use crate::cli::run::{Place, Started};

/// A number from the environment of the tests.
#[allow(clippy::disallowed_methods, reason = "the environment is how somebody asks the tests for more")]
pub fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Draws the moments.
fn chance() -> StdRng {
    StdRng::seed_from_u64(asked("REDRAFT_SEED", 7))
}

/// Ends the program in the middle of its work, `milliseconds` from now, unless it has ended by itself.
/// Tells whether it was killed. The pause is the fault that is injected; nothing is waited for by it.
fn kill_after(child: &mut Started, chance: &mut StdRng, milliseconds: std::ops::Range<u64>) -> bool {
    let (_keep, never) = sync_channel::<()>(0);
    let pause =
        Duration::from_micros(chance.random_range(milliseconds.start * 1_000..milliseconds.end * 1_000));
    assert_eq!(never.recv_timeout(pause), Err(RecvTimeoutError::Timeout));
    if child.try_wait().unwrap().is_some() {
        return false;
    }
    kill_process(Pid::from_child(child), Signal::KILL).unwrap();
    child.wait().unwrap().code().is_none()
}

/// Opens a file of the demo.
async fn open(place: &Place, file: &str) -> SqliteConnection {
    let path = place.path("demo").join(file);
    SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap()
}
