//! One story for each port, told to every engine that can stand behind it.

mod check;
mod decide;
mod init;
mod source;
pub mod store;
