//! The shared store: many processes and machines on one PostgreSQL. What a store does at all, the stories tell.

mod copying;
mod crowd;
mod gone;
mod hearing;
mod opening;
mod rules;
mod workers;
