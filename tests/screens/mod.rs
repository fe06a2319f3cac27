//! Scripted sessions over the screens.

mod bytes;
mod conflict;
mod frame;
mod review;
