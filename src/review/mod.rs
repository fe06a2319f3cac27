//! What reviewing means, without doing any of it: the filter language, what a decision does to a rewrite, and the
//! session of one reviewer as a machine from events to effects.

mod apply;
pub mod filter;
mod order;
mod outcome;
mod redo;
mod sample;
pub mod session;
pub mod sheet;
mod take_back;
pub mod tally;
mod turns;

pub use apply::{Refusal, apply};
pub use order::{Bulk, Order, Outcome, Task, Trouble, Verb, counted, grouped};
pub use outcome::{blocking, final_text, standing};
pub use redo::redoable;
pub use sample::{Haste, RUN, in_haste, sample, spots_first};
pub use take_back::{TakeBack, Whose, parse as parse_take_back};
pub use turns::turns;
