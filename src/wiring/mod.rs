//! Puts the parts together: the only room that knows the adapters behind the ports.

pub mod demo;
