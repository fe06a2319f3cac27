//! The candidate database: connect, mapping, read pages, compare-and-set write, postings.

pub mod demo;
pub mod port;
