//! Batches: claim by lease, admission, run, retry, progress, pause, cancel.

pub mod admission;
pub mod port;
mod retry;
mod tokens;
