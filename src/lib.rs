//! redraft rewrites the résumés of a recruiting platform in bulk and lets people decide what is written back.

pub mod domain;
