//! The JSON that commands print: stable shapes of their own, so that a change inside redraft changes none of them.
//!
//! Names are `snake_case`, times RFC 3339 in UTC, money nano-dollars (`…_usd_nanos`), durations `…_seconds`; what is
//! absent is left out. `docs/cli.md` documents each of them.

mod batch;
mod decision;
mod estimate;
mod rewrite;
mod written;

use serde::Serialize;

pub use batch::{BatchShape, OneBatch};
pub use decision::{BulkShape, DecisionShape, choice};
pub use estimate::EstimateShape;
pub use rewrite::{RewriteShape, RowShape, Texts, by_section, kind};
pub use written::{DryShape, WrittenShape};

/// A list.
#[derive(Debug, Serialize)]
pub struct List<T> {
    /// Its members.
    pub data: Vec<T>,
    /// Where the next piece begins: give it to `--after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> List<T> {
    /// All of it.
    pub fn whole(data: impl IntoIterator<Item = T>) -> Self {
        Self { data: data.into_iter().collect(), next: None }
    }
}
