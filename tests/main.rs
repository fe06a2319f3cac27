//! All integration tests, as one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests may fail the test and tell figures; the options for tests do not reach them"
)]

mod architecture;
mod cli;
mod diff;
mod engine;
mod kill;
mod llm;
mod platforms;
mod pty;
mod screens;
mod shared;
mod simulator;
mod stories;
mod support;
mod writeback;
