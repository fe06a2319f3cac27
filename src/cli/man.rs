//! `redraft man`

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Cli, output::Output, stop::Step};
use crate::error::Error;

/// Print the manual page, or write those of all commands into a directory.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each command into this directory.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    /// Runs the command.
    pub fn run(&self, out: &Output) -> Step {
        match &self.dir {
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(Cli::command()).render(&mut page)?;
                out.write(&page)
            }
            Some(dir) => Ok(clap_mangen::generate_to(Cli::command(), dir).map_err(|error| {
                Error::user("The manual pages cannot be written.")
                    .at(dir.display().to_string())
                    .because(error)
            })?),
        }
    }
}
