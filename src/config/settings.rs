//! Everything in the configuration but the mapping.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

use super::{Mapping, Origins};
use crate::domain::{Money, OpenPolicy, OwnEdits, Price, Rights};

/// A configuration that was read, merged and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from; relative paths in it are relative to its directory.
    pub file: PathBuf,
    /// `[database]`
    pub database: DatabaseSettings,
    /// `[mapping]`
    pub mapping: Mapping,
    /// `[store]`
    pub store: StoreSettings,
    /// `[model]`
    pub model: ModelSettings,
    /// `[batch]`
    pub batch: BatchSettings,
    /// `[budget]`
    pub budget: BudgetSettings,
    /// `[worker]`
    pub worker: WorkerSettings,
    /// `[review]`
    pub review: ReviewSettings,
    /// `[terminal]`
    pub terminal: TerminalSettings,
    /// `[keys]`
    pub keys: KeySettings,
    /// `[simulator]`
    pub simulator: SimulatorSettings,
    /// `[writeback]`
    pub write_back: WriteBackSettings,
    /// `[log]`
    pub log: LogSettings,
    /// Where each value comes from.
    pub origins: Origins,
}

/// A secret, or where to find it; the value never shows in `Debug`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// Written down: `redraft check` warns.
    Inline(SecretString),
    /// In an environment variable.
    Env {
        /// Its name.
        env: String,
    },
    /// In a file, without its last line end.
    File {
        /// Its path.
        file: PathBuf,
    },
    /// What a program prints, without its last line end.
    Command {
        /// The program and its arguments; no shell reads them.
        command: Vec<String>,
    },
}

/// `database.engine`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseEngine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl DatabaseEngine {
    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// The engine that a URL names.
    pub(super) fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::Mysql),
            _ => None,
        }
    }
}

/// `database.expect`: what must be so, or nothing is read or written.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expected {
    /// The storage engine of every mapped table.
    pub storage: Option<String>,
    /// The character set of every mapped text column.
    pub charset: Option<String>,
    /// How the server's version begins.
    pub version: Option<String>,
}

/// `[database]`: the candidate database.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `sqlite:FILE`, `postgres://USER@HOST/DATABASE` or `mysql://USER@HOST/DATABASE`.
    pub url: SecretString,
    /// The password, if it is not in the URL.
    pub password: Option<SecretString>,
    /// What must be so.
    pub expect: Expected,
}

impl DatabaseSettings {
    /// The database at a URL, without a password of its own, and of which nothing is expected.
    pub fn at(url: impl Into<SecretString>) -> Self {
        Self { url: url.into(), password: None, expect: Expected::default() }
    }
}

/// `[store]`: redraft's own tables.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The file of the embedded store, absolute.
    pub path: PathBuf,
    /// The shared store in the place of the embedded one: `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub url: Option<SecretString>,
}

/// Who rewrites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Groq, over its public API.
    Groq,
    /// The built-in simulator on loopback, started in the process that needs it.
    Simulator,
}

/// `[model]`
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// Who rewrites.
    pub provider: Provider,
    /// The model's name at the provider.
    pub name: String,
    /// What it costs, if the provider does not say.
    pub price: Option<Price>,
    /// The provider's base URL, without a slash at its end.
    pub base_url: String,
    /// The key; `None` for the simulator.
    pub api_key: Option<Secret>,
    /// Requests in flight at the most, 1 to 5,000.
    pub max_streams: u32,
    /// `low`, `medium` or `high`; `None` sends none.
    pub reasoning_effort: Option<String>,
    /// 0 to 2, in hundredths.
    pub temperature_percent: u16,
    /// A prompt of one's own in the place of the built-in one.
    pub prompt: Option<PathBuf>,
    /// The longest wait for the head of an answer.
    pub head_timeout: Duration,
    /// The longest wait for the next byte.
    pub idle_timeout: Duration,
    /// The bound of the first wait after trouble; it doubles with each.
    pub retry_after: Duration,
}

/// `[batch]`
#[derive(Debug, Clone)]
pub struct BatchSettings {
    /// The budget of a batch for which none is named.
    pub budget: Money,
    /// Sources with fewer words are skipped.
    pub min_words: usize,
    /// Sources with more words are skipped.
    pub max_words: usize,
    /// The first wait before the provider is asked how far a file of requests is; it grows to five times as long.
    pub economy_look: Duration,
}

/// `[budget]`
#[derive(Debug, Clone)]
pub struct BudgetSettings {
    /// The most that all batches of a calendar month (UTC) may cost.
    pub month: Money,
}

/// `[worker]`
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Whether the terminal application runs batches itself.
    pub in_terminal: bool,
}

/// `[review]`
#[derive(Debug, Clone)]
pub struct ReviewSettings {
    /// Who decides; `None` for the name of the user's account.
    pub name: Option<String>,
    /// The file that names reviewers by key or account; `None`: everybody is who they say.
    pub reviewers: Option<PathBuf>,
    /// What an approval does with changes that nobody decided.
    pub open_changes: OpenPolicy,
    /// Bulk actions on more than this many ask for the typed number.
    pub type_count_above: u64,
    /// The share of what is approved in bulk and was never opened that is looked at before it is written, in percent.
    pub spot_check_percent: u8,
    /// Decisions after fewer seconds on the screen are faster than reading; 0: none is.
    pub fast_seconds: u32,
    /// Which approvals somebody else has to agree with; `None`: none.
    pub second_opinion: Option<String>,
    /// Whether somebody approves a text that they edited.
    pub own_edits: OwnEdits,
    /// What whoever reviews here may do.
    pub rights: Rights,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self {
            name: None,
            reviewers: None,
            open_changes: OpenPolicy::Accept,
            type_count_above: 50,
            spot_check_percent: 5,
            fast_seconds: 4,
            second_opinion: None,
            own_edits: OwnEdits::Approve,
            rights: Rights::Decide,
        }
    }
}

/// `terminal.colours`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colours {
    /// As the terminal says, never more than 256 unless it says so.
    Auto,
    /// None: signs and words alone.
    Mono,
    /// The sixteen of every terminal.
    #[serde(rename = "16")]
    Sixteen,
    /// The palette of 256.
    #[serde(rename = "256")]
    Palette,
    /// 24 bits.
    Truecolor,
}

/// `terminal.clipboard`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clipboard {
    /// Copying is refused with a sentence.
    Off,
    /// By the escape sequence OSC 52, which reaches the workstation.
    Osc52,
}

/// `[terminal]`
#[derive(Debug, Clone)]
pub struct TerminalSettings {
    /// `auto`, or the name of a built-in theme.
    pub theme: String,
    /// How many colours.
    pub colours: Colours,
    /// Frames a second at the most, 1 to 60.
    pub fps: u16,
    /// Whether and how text is copied.
    pub clipboard: Clipboard,
    /// After so many minutes without a key redraft ends; 0 is never, `None` is 15 with `--restricted` and never without.
    pub idle_minutes: Option<u16>,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// Whether as little as possible is sent.
    pub low_bandwidth: bool,
}

/// `[keys]`: scope, command, keys. Only differences from the defaults; an empty list unbinds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct KeySettings(pub BTreeMap<String, BTreeMap<String, Vec<String>>>);

/// `[simulator]`
#[derive(Debug, Clone)]
pub struct SimulatorSettings {
    /// Where its pseudo-randomness starts.
    pub seed: u64,
    /// How many times faster than a real provider.
    pub speed: f64,
    /// A scenario file in the place of the built-in one.
    pub scenario: Option<PathBuf>,
}

/// `writeback.receipts`
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptSettings {
    /// If their table is there or can be made.
    #[default]
    Auto,
    /// Nothing is written without them.
    On,
    /// None.
    Off,
}

/// `writeback.without_transactions`
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithoutTransactions {
    /// Nothing is written to them.
    #[default]
    Refuse,
    /// They are written row by row, with the journal as the way back.
    Write,
}

/// `[writeback]`
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct WriteBackSettings {
    /// Whether a table in the candidate database says what was written.
    pub receipts: ReceiptSettings,
    /// What becomes of tables that know no transactions.
    pub without_transactions: WithoutTransactions,
}

/// `[log]`
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// `error`, `warn`, `info`, `debug`.
    pub level: String,
    /// The directory of the daily files; seven are kept.
    pub dir: PathBuf,
}
