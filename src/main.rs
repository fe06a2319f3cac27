//! The `redraft` program: reads the command line, loads the configuration, hands over to a role.

use std::process::ExitCode;

use clap::Parser;
use redraft::{
    cli::{self, Cli, Command, Then},
    config::{self, Environment, LoadOptions},
    error::{Error, Result},
};
use rustix::fs::Mode;

fn main() -> ExitCode {
    // What redraft writes holds personal data: only its owner may read it, whatever the account's habit is.
    rustix::process::umask(Mode::from_raw_mode(0o077));
    let cli = Cli::parse();
    let out = cli.globals.output();
    match start(cli, &out) {
        Ok(code) => code,
        Err(error) => cli::told(&out, &error),
    }
}

fn start(cli: Cli, out: &cli::Output) -> Result<ExitCode> {
    let Cli { globals, command } = cli;
    if let Some(Command::Alone(alone)) = command {
        return Ok(alone.run(out));
    }
    if let Some(Command::Demo(demo)) = command {
        let runtime = tokio::runtime::Runtime::new().map_err(no_runtime)?;
        return Ok(match runtime.block_on(demo.run(out))? {
            Then::Open(_) | Then::End => ExitCode::SUCCESS,
        });
    }
    let environment = Environment::of_process();
    let config = config::load(&LoadOptions { file: globals.config.clone(), environment })?;
    match command {
        Some(Command::Look(look)) => Ok(look.run(out, &config)),
        None | Some(Command::Demo(_) | Command::Work(_) | Command::Alone(_)) => Ok(ExitCode::SUCCESS),
    }
}

fn no_runtime(error: std::io::Error) -> Error {
    Error::internal("The program cannot start its threads.").because(error)
}
