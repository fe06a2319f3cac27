//! The configuration as it is written down: everything may be left out, nothing may be unknown.

use std::path::PathBuf;

use serde::Deserialize;

use super::{
    Clipboard, Colours, DatabaseEngine, Expected, KeySettings, Mapping, Provider, ReceiptSettings,
    WithoutTransactions, settings::Secret,
};
use crate::domain::{OpenPolicy, OwnEdits, Rights};

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name { $(pub(super) $field: Option<$type>,)+ }
    };
}

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub(super) database: Database,
    pub(super) mapping: Option<Mapping>,
    pub(super) store: Store,
    pub(super) model: Model,
    pub(super) batch: Batch,
    pub(super) budget: Budget,
    pub(super) worker: Worker,
    pub(super) review: Review,
    pub(super) terminal: Terminal,
    pub(super) keys: KeySettings,
    pub(super) simulator: Simulator,
    #[serde(rename = "writeback")]
    pub(super) write_back: WriteBack,
    pub(super) log: Log,
}

table!(Database { url: Secret, url_env: String, password: Secret, engine: DatabaseEngine, expect: Expected });
table!(Store { path: PathBuf, url: Secret });
table!(Model {
    provider: Provider,
    name: String,
    price: String,
    base_url: String,
    api_key: Secret,
    max_streams: u32,
    reasoning_effort: String,
    temperature: f64,
    prompt: PathBuf,
    head_timeout: f64,
    idle_timeout: f64,
    retry_after: f64,
});
table!(Batch { budget: String, min_words: usize, max_words: usize, economy_look: f64 });
table!(Budget { month: String });
table!(Worker { in_terminal: bool });
table!(Review {
    name: String,
    reviewers: PathBuf,
    open_changes: OpenPolicy,
    type_count_above: u64,
    spot_check_percent: u8,
    fast_seconds: u32,
    second_opinion: String,
    own_edits: OwnEdits,
    rights: Rights,
});
table!(Terminal {
    theme: String,
    colours: Colours,
    fps: u16,
    clipboard: Clipboard,
    idle_minutes: u16,
    mouse: bool,
    low_bandwidth: bool,
});
table!(Simulator { seed: u64, speed: f64, scenario: PathBuf });
table!(WriteBack { receipts: ReceiptSettings, without_transactions: WithoutTransactions });
table!(Log { level: String, dir: PathBuf });
