//! What the integration tests share.

pub mod clock;
pub mod pty;
pub mod script;
pub mod servers;
