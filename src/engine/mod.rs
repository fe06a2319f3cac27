//! Batches: which rewrites are sent when, with what they may cost, and what comes of them.
//!
//! The decisions are pure: `admission` says when the provider has room, `retry` what follows a failure, `machine` what is
//! leased, sent, given back and paused. `run` is the shell that carries them out, `carrier` the task of one rewrite, `economy`
//! those of whole files of requests.
//! `start` makes batches. What the store guards is not guarded here once more: budgets, leases, exactly one result.
//! Screens read `port`; the engine never waits for them.

pub mod admission;
mod carrier;
mod economy;
mod handle;
mod live;
mod machine;
mod measure;
pub mod port;
mod reducer;
mod retry;
mod run;
mod settings;
mod shared;
mod start;
mod tokens;

pub use handle::{Engine, EngineHandle};
pub use settings::{ParcelSettings, Parts, Settings};
pub use start::{StartError, estimate, start_batch};
