//! How much a rewrite changes.

use std::time::{Duration, Instant};

use crate::{diff, domain::Document};

/// The most time that comparing one rewrite may take; beyond it blocks are compared as a whole.
const TIME: Duration = Duration::from_millis(500);

/// Returns the share of words that differ, 0 to 100.
pub fn changed_percent(before: &Document, after: &Document) -> u8 {
    let begun = Instant::now();
    diff::compare(before, after, &|| begun.elapsed() > TIME).stats().changed_percent
}
