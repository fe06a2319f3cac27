//! All integration tests, as one binary.

mod architecture;
mod screens;
mod support;
