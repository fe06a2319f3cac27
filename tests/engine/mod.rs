//! The engine on the embedded store, with the simulator as the provider: both say whether it behaved.

mod budget;
mod control;
mod faults;
mod limits;
mod main_job;
mod options;
mod starting;
mod world;
