//! The command line: one file a command, every one of them also with `--json`, none needs a terminal.
//!
//! `main` reads the command line, loads the configuration and hands both over; the terminal application is another
//! role. Not its job: deciding (`decide`), running batches (`engine`), writing (`writeback`).

mod ask;
mod batch;
mod check;
mod completions;
mod demo;
mod export;
mod fail;
mod init;
mod man;
mod output;
#[cfg(test)]
mod pages;
mod paths;
mod patience;
mod progress;
mod prompt;
mod report;
mod revert;
mod review;
mod select;
mod settings;
mod shape;
mod signals;
mod simulate;
mod stop;
mod store;
mod table;
mod worker;
mod writeback;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{Config, Environment},
    wiring::Parts,
};
pub use demo::Then;
use export::Guard;
pub use fail::told;
pub use output::Output;
pub use patience::patiently;

use output::{Form, Texts};

/// Rewrites the résumés of a recruiting platform in bulk, and lets people decide what is written back.
///
/// Without a command the terminal application opens.
#[derive(Debug, Parser)]
#[command(name = "redraft", version, max_term_width = 100, subcommand_help_heading = "Commands")]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do; none: the terminal application.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Globals {
    /// The configuration.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Who decides; without it `review.name`, else the name of your account.
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub name: Option<String>,
    /// For screen readers: no bars, no moving figures, changes as lines.
    #[arg(long, global = true)]
    pub plain: bool,
    /// For slow lines: 16 colours, few frames, scrolling by half a screen.
    #[arg(long, global = true)]
    pub low_bandwidth: bool,
    /// In the terminal application the wheel moves and a click selects.
    #[arg(long, global = true)]
    pub mouse: bool,
    /// Nothing that leads out of redraft: no editor, no suspending, no files of one's own.
    #[arg(long, global = true)]
    pub restricted: bool,
    /// Print JSON, as `docs/cli.md` describes it; errors are JSON on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print texts as they are stored, also on a terminal, and cells of CSV as they are.
    #[arg(long, global = true)]
    pub raw: bool,
}

/// The commands, by what they need.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try redraft without anybody's data: made-up candidates, a simulated model, no network.
    Demo(demo::Demo),
    /// Look at a database, propose the mapping, and write the configuration.
    Init(Box<init::Init>),
    /// Prove configuration, database, mapping, privileges, model and budget, without changing anything.
    Check(check::Check),
    /// Look after redraft's own tables.
    Store(store::Store),
    /// Run a Groq of one's own on 127.0.0.1, for trying things out and for tests.
    Simulate(simulate::Simulate),
    /// Those that work on batches, rewrites and candidates.
    #[command(flatten)]
    Work(Work),
    /// Those that need the configuration alone.
    #[command(flatten)]
    Look(Look),
    /// Those that need nothing.
    #[command(flatten)]
    Alone(Alone),
}

/// Commands that work on batches, rewrites and candidates.
#[derive(Debug, Subcommand)]
pub enum Work {
    /// Start, watch and steer bulk runs.
    Batch(batch::Batch),
    /// List, show and decide rewrites.
    Review(review::Review),
    /// Write approved texts into the candidate database.
    #[command(name = "writeback")]
    WriteBack(writeback::WriteBack),
    /// Undo write-backs: put back what stood in the candidate database before, unless somebody changed it since.
    Revert(revert::Revert),
    /// Write rewrites as CSV, JSON lines, or as a report in Markdown or HTML.
    Export(export::Export),
    /// Run batches until told to stop (SIGTERM, SIGINT), then let requests in flight come in.
    Worker(worker::Worker),
}

/// Commands that need the configuration alone.
#[derive(Debug, Subcommand)]
pub enum Look {
    /// Print where the configuration, the store and the log are.
    Paths(paths::Paths),
    /// Look at the configuration.
    Config(settings::Settings),
}

/// Commands that need nothing.
#[derive(Debug, Subcommand)]
pub enum Alone {
    /// Print completions for a shell.
    Completions(completions::Completions),
    /// Print the manual page, or write those of all commands into a directory.
    Man(man::Man),
}

impl Globals {
    /// Where results go, and how.
    pub fn output(&self) -> Output {
        let form = if self.json { Form::Json } else { Form::Human };
        Output::of_process(form, self.texts())
    }

    fn texts(&self) -> Texts {
        if self.raw { Texts::Raw } else { Texts::Safe }
    }
}

impl store::Store {
    /// Runs the command and returns its status.
    pub async fn look_after(self, out: &Output, config: &Config, environment: &Environment) -> ExitCode {
        fail::ended(out, self.run(out, config, environment).await)
    }
}

impl simulate::Simulate {
    /// Runs the command and returns its status.
    pub async fn serve(self, out: &Output) -> ExitCode {
        fail::ended(out, self.run(out).await)
    }
}

impl Alone {
    /// Runs the command and returns its status.
    pub fn run(self, out: &Output) -> ExitCode {
        let result = match self {
            Self::Completions(completions) => completions.run(out),
            Self::Man(man) => man.run(out),
        };
        fail::ended(out, result)
    }
}

impl Look {
    /// Runs the command and returns its status.
    pub fn run(self, out: &Output, config: &Config) -> ExitCode {
        let result = match self {
            Self::Paths(paths::Paths) => paths::Paths::run(out, config),
            Self::Config(settings) => settings.run(out, config),
        };
        fail::ended(out, result)
    }
}

impl Work {
    /// Runs the command and returns its status.
    pub async fn run(self, office: &Office) -> ExitCode {
        let result = match self {
            Self::Batch(batch) => batch.run(office).await,
            Self::Review(review) => review.run(office).await,
            Self::WriteBack(write_back) => write_back.run(office).await,
            Self::Revert(revert) => revert.run(office).await,
            Self::Export(export) => export.run(office).await,
            Self::Worker(worker::Worker) => worker::Worker::run(office).await,
        };
        fail::ended(&office.out, result)
    }
}

/// Whether a command may do what leads out of redraft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Full,
    /// It may not.
    Restricted,
}

/// What commands work with.
pub struct Office {
    /// Where results go.
    out: Output,
    /// Store, candidate database, configuration.
    parts: Parts,
    /// What the command may do.
    access: Access,
    /// Whether texts are told as they are stored.
    raw: Texts,
}

impl Office {
    /// What commands work with, from the parts and what the command line says.
    pub fn new(parts: Parts, out: Output, globals: &Globals) -> Self {
        let access = if globals.restricted { Access::Restricted } else { Access::Full };
        Self { out, parts, access, raw: globals.texts() }
    }

    fn guard(&self) -> Guard {
        match self.raw {
            Texts::Raw => Guard::Off,
            Texts::Safe => Guard::On,
        }
    }
}
