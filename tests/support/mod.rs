//! What the integration tests share.

pub mod clock;
pub mod platforms;
pub mod pty;
pub mod script;
pub mod servers;
