//! What reviewing means, without doing any of it: the filter language, what a decision does to a rewrite, and the
//! session of one reviewer as a machine from events to effects.

mod apply;
pub mod filter;
mod order;
mod outcome;
pub mod session;

pub use apply::{Refusal, apply};
pub use order::{Bulk, Order, Outcome, Task, Trouble, Verb, grouped};
pub use outcome::{blocking, final_text};
