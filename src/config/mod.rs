//! The configuration: one TOML file, overridden by the environment, checked as a whole before anything is done.
//!
//! This is the only room that reads the environment. It opens no database and no connection.

mod account;
mod check;
mod environment;
mod identity;
mod load;
mod mapping;
mod origin;
mod place;
mod raw;
mod review;
mod settings;

pub use check::THEMES;
pub use environment::Environment;
pub use load::{LoadOptions, load, parse_text, project_dirs, secrets};
pub use mapping::{
    AuditMapping, CandidateMapping, Cell, CellColumn, Cells, Codec, Column, ColumnRef, Join, JoinMapping,
    LinkMapping, Mapping, MappingFault, Merge, PersonalMapping, PersonalPaths, PostingMapping, Scalar,
    Scalars, SectionKind, SectionMapping, SqlRef, TargetMapping, Tenant, TenantOf,
};
pub use origin::{Origin, Origins};
pub use place::nearest;
pub use settings::{
    BatchSettings, BudgetSettings, Clipboard, Colours, Config, DatabaseEngine, DatabaseSettings, Expected,
    KeySettings, LogSettings, ModelSettings, Provider, ReceiptSettings, ReviewSettings, Secret,
    SimulatorSettings, StoreSettings, TerminalSettings, WithoutTransactions, WorkerSettings,
    WriteBackSettings,
};

#[cfg(test)]
mod tests;
