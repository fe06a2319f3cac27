//! Text that came from outside: made safe to show, measured in cells, cut into words and sentences.
//!
//! Every string from the candidate database, the model, the network, file names or the environment passes
//! [`Safe`] before a widget shows it; [`clean()`] is for what is sent to the model and written back. This room knows
//! nothing of terminals, colours or résumés: it answers what a text holds and how wide it is.

mod clean;
pub mod codec;
mod hidden;
mod safe;
mod sentence;
mod width;
mod word;
mod wrap;

use std::ops::Range;

pub use clean::{Cleaned, clean};
pub use safe::{Inspected, Newline, Safe, inspect, inspect_line};
pub use sentence::sentences;
pub use width::{grapheme_width, width};
pub use word::{Word, WordKind, words};
pub use wrap::{Line, truncate, wrap};

/// Returns bytes `range` of `text`; empty if the range is outside or cuts a character.
pub fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}
