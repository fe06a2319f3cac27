//! The write-back: what stands in the candidate database and what the store says about it, whatever breaks.

mod awaits;
mod blind;
mod crashes;
mod editors;
mod gone;
mod judge;
mod merging;
mod myisam;
mod outcomes;
pub mod platform;
mod stage;
pub mod world;
