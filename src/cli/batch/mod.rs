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

impl Batch {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        match self.command {
            Command::Start(start) => start.run(office).await,
            Command::List(list) => list.run(office).await,
            Command::Show(show) => show.run(office).await,
            Command::Watch(watch) => watch.run(office).await,
            Command::Pause(pause) => {
                office.may_write()?;
                pause.run(office).await
            }
            Command::Resume(resume) => {
                office.may_write()?;
                resume.run(office).await
            }
            Command::Cancel(cancel) => {
                office.may_write()?;
                cancel.run(office).await
            }
            Command::Retry(retry) => {
                office.may_write()?;
                retry.run(office).await
            }
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
