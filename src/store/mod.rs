//! redraft's own tables: batches, rewrites, attempts, decisions, spend, the write-back journal.

pub mod port;
