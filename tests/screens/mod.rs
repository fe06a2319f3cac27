//! Scripted sessions over the screens.

mod frame;
