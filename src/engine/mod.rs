//! Batches: claim by lease, admission, run, retry, progress, pause, cancel.

pub mod port;
