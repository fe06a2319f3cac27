//! Made-up candidates and postings, so that redraft can be tried without anybody's data.
//!
//! Everything follows from a seed and a number: candidate 17 of a seed is the same person whether 20 or 100,000 are asked
//! for. The words stand in `assets/demo/`; all people, employers and schools are invented, telephone numbers and mail
//! addresses are those that are kept for fiction. The résumés are mediocre on purpose, and some hold what real databases hold:
//! hard line breaks, stray tabs, control characters, empty sections. This room writes no database and no file: that
//! is `source::demo`.

mod applications;
mod blemish;
mod career;
mod data;
mod person;
mod postings;
mod resume;
mod template;
#[cfg(test)]
mod tests;

pub use applications::{Application, application};
pub use person::{Person, people};
pub use postings::{DemoPosting, postings};

/// How many candidates the demo has unless another number is asked for.
pub const DEFAULT_COUNT: usize = 400;

/// The seed of the demo.
pub const DEFAULT_SEED: u64 = 20_260_301;
