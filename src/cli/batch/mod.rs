//! `redraft batch`: bulk runs.

mod list;
mod moves;
mod retry;
mod show;
mod start;
mod watch;

pub use start::DRAIN;

use clap::{Args, Subcommand};

use super::{Office, stop::Step};

/// Start, watch and steer bulk runs.
#[derive(Debug, Args)]
pub struct Batch {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Start(start::Start),
    List(list::List),
    Show(show::Show),
    Watch(watch::Watch),
    Pause(moves::Pause),
    Resume(moves::Resume),
    Cancel(moves::Cancel),
    Retry(retry::Retry),
}

impl Command {
    /// Whether it changes what a batch does. An estimate changes nothing, so `Start` sees to itself.
    const fn steers(&self) -> bool {
        match self {
            Self::Pause(_) | Self::Resume(_) | Self::Cancel(_) | Self::Retry(_) => true,
            Self::Start(_) | Self::List(_) | Self::Show(_) | Self::Watch(_) => false,
        }
    }
}

impl Batch {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        if self.command.steers() {
            office.may_write()?;
        }
        match self.command {
            Command::Start(start) => start.run(office).await,
            Command::List(list) => list.run(office).await,
            Command::Show(show) => show.run(office).await,
            Command::Watch(watch) => watch.run(office).await,
            Command::Pause(pause) => pause.run(office).await,
            Command::Resume(resume) => resume.run(office).await,
            Command::Cancel(cancel) => cancel.run(office).await,
            Command::Retry(retry) => retry.run(office).await,
        }
    }
}

/// The name of a batch.
#[derive(Debug, Args)]
pub struct Which {
    /// The batch: b38, 38 or its id.
    #[arg(value_name = "BATCH")]
    batch: String,
}
