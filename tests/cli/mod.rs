//! The real program by its command line, without a terminal.

mod front_door;
mod run;
