//! `redraft completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, output::Output, stop::Step};

/// Print completions for a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell.
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub fn run(&self, out: &Output) -> Step {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "redraft", &mut script);
        out.write(&script)
    }
}
