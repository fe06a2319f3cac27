//! Decisions carried out on the store: one rewrite or many, each exactly as the reviewer saw it.
//!
//! The terminal application and the command line decide through this room alone. Not its job: what a decision means
//! (`review`), and putting approved texts into the candidate database (`writeback`).

mod bulk;
mod desk;
mod error;
mod merge;
mod policy;
mod take_back;

pub use bulk::{Report, Scope};
pub use desk::{Back, Desk};
pub use error::DecideError;
pub use merge::stands_there;
pub use policy::Policy;
pub use take_back::Found;
