//! The configuration: one TOML file, overridden by the environment and by flags, checked as a whole.

mod mapping;
mod settings;

pub use mapping::{
    CandidateMapping, Column, LinkMapping, Mapping, PostingMapping, SectionKind, SectionMapping,
};
pub use settings::{
    BatchSettings, BudgetSettings, Clipboard, Colours, Config, DatabaseSettings, KeySettings, LogSettings,
    ModelSettings, Provider, ReviewSettings, Secret, SimulatorSettings, StoreSettings, TerminalSettings,
    WorkerSettings,
};
