//! The real program by its command line, without a terminal.

mod deciding;
mod faults;
mod front_door;
mod full_disk;
mod init;
mod main_job;
mod platforms;
pub mod ready;
pub mod run;
mod simulate;
mod trouble;
