//! Scripted sessions over the screens.

mod bytes;
mod frame;
mod review;
