//! redraft rewrites the résumés of a recruiting platform in bulk and lets people decide what is written back.

pub mod clock;
pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod llm;
pub mod review;
pub mod source;
pub mod store;
