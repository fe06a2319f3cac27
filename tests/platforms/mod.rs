//! The real program on the databases of known platforms, on real servers.

mod consent;
pub mod job;
mod roles;
mod stories;
mod trouble;
