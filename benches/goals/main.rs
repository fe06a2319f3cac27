//! The performance goals, each with its figure and its bound: `cargo bench --bench goals`, or `-- PART …` for some.
//!
//! Every part is a process of its own, so that none finds the memory of another, and the simulator is a process beside
//! it, so that what is measured is redraft alone. `docs/performance.md` says what the parts are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a program for developers: it tells its figures, and stops when it cannot"
)]

mod board;
mod deaths;
mod fairness;
mod limits;
mod money;
mod people;
mod processor;
mod queue;
mod streams;
mod work;

#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/engine/world.rs"]
mod world;

#[allow(dead_code, unused_imports, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/cli"]
mod cli {
    pub mod run;
    pub mod simulate;
}

#[allow(dead_code, unused_imports, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/support"]
mod support {
    pub mod servers;
}

#[allow(dead_code, unused_imports, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/kill/mod.rs"]
mod kill;

#[allow(dead_code, unused_imports, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/shared"]
mod shared {
    pub mod rules;
    pub mod workers;
}

use std::process::ExitCode;

use rustix::process::{Resource, getrlimit, setrlimit};

/// The parts, with about how long each takes.
const PARTS: [(&str, &str); 13] = [
    ("limits", "13 minutes"),
    ("short", "2 minutes"),
    ("long", "8 minutes"),
    ("stress", "14 minutes"),
    ("processor", "1 minute"),
    ("streams", "2 minutes"),
    ("people", "1 minute"),
    ("money", "1 minute"),
    ("faults", "1 minute"),
    ("fairness", "2 minutes"),
    ("queue", "1 minute"),
    ("workers", "2 minutes"),
    ("kills", "3 minutes, more with REDRAFT_KILLS"),
];

async fn run(part: &str) {
    match part {
        "limits" => limits::limits().await,
        "short" => limits::short().await,
        "long" => limits::long().await,
        "stress" => limits::stress().await,
        "processor" => processor::processor().await,
        "streams" => streams::streams().await,
        "people" => people::people().await,
        "money" => money::money().await,
        "faults" => money::faults().await,
        "fairness" => fairness::fairness().await,
        "queue" => queue::queue().await,
        "workers" => deaths::workers().await,
        "kills" => deaths::kills().await,
        _ => panic!("there is no part {part}"),
    }
}

fn main() -> ExitCode {
    board::main(&PARTS, |part| {
        // Five thousand streams are as many files.
        let mut files = getrlimit(Resource::Nofile);
        files.current = files.maximum;
        setrlimit(Resource::Nofile, files).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(run(part));
    })
}
