//! What the terminal application feels like, measured from outside: `cargo bench --bench terminal`, or `-- PART …` for
//! some.
//!
//! The real program runs in a pseudo-terminal of 160 columns and 45 rows on 100,000 candidates and 50,000 rewrites. A key is
//! stamped when it is written, output when it is read; nothing of a real terminal's drawing is in the figures.
//! `docs/performance.md` says what the parts are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a program for developers: it tells its figures, and stops when it cannot"
)]

#[allow(dead_code, reason = "shared with the performance goals, which use more of it")]
#[path = "../goals/board.rs"]
mod board;
mod idle;
mod keys;
mod place;
mod search;
mod session;
mod slow;
mod streaming;

use std::process::ExitCode;

/// The parts, with about how long each takes.
const PARTS: [(&str, &str); 10] = [
    ("start", "10 seconds"),
    ("keys", "1 minute"),
    ("open", "20 seconds"),
    ("fuzzy", "20 seconds"),
    ("burst", "10 seconds"),
    ("hold", "10 seconds"),
    ("memory", "20 seconds"),
    ("idle", "1 minute"),
    ("streaming", "1 minute"),
    ("slow", "12 minutes, fewer with REDRAFT_DECISIONS"),
];

fn run(part: &str) {
    match part {
        "start" => idle::start(),
        "keys" => keys::keys(),
        "open" => keys::open(),
        "fuzzy" => search::fuzzy(),
        "burst" => keys::burst(),
        "hold" => keys::hold(),
        "memory" => idle::memory(),
        "idle" => idle::idle(),
        "streaming" => streaming::streaming(),
        "slow" => slow::slow(),
        _ => panic!("there is no part {part}"),
    }
}

fn main() -> ExitCode {
    board::main(&PARTS, run)
}
