//! redraft rewrites the résumés of a recruiting platform in bulk and lets people decide what is written back.
//!
//! The house has a pure core, doers around it, and roles that people and programs meet:
//!
//! ```text
//!   pure     domain    types and legal moves            text      hidden characters, words, widths
//!            diff      prose compared, in rows          review    decisions, filters, the reviewer's session
//!            demo      made-up candidates                       dice      repeatable chance
//!            proposal  the mapping that fits a database
//!   doers    config    file, layers, secrets            source    the candidate database
//!            store     redraft's own tables             llm       the model provider
//!            engine    batches                          decide    decisions, one or many
//!            writeback approved texts put back          simulator a Groq on loopback
//!   roles    tui       the terminal application         cli       one file a command
//! ```
//!
//! Arrows: `main → roles → engine, decide, writeback → ports → domain`. The adapters (`source`, `store`, `llm`)
//! implement the ports and are put in by `wiring`; roles never import one another, pure rooms import only pure
//! rooms. `tests/architecture.rs` reads `src/` and fails on a forbidden arrow.

pub mod cli;
pub mod clock;
pub mod config;
pub mod decide;
pub mod demo;
pub mod dice;
pub mod diff;
pub mod domain;
pub mod engine;
pub mod error;
pub mod llm;
pub mod logging;
pub mod probe;
pub mod proposal;
pub mod review;
pub mod simulator;
pub mod source;
pub mod store;
pub mod text;
pub mod tui;
pub mod wiring;
pub mod writeback;
