//! The engine on the embedded store, with the simulator as the provider: both say whether it behaved.

mod budget;
mod chaos;
mod control;
mod economy;
mod faults;
mod limits;
mod main_job;
pub mod memory;
mod options;
mod starting;
mod unasked;
mod world;
