//! The `redraft` program: reads the command line, loads the configuration, hands over to a role.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use redraft::{
    cli::{self, Cli, Command, Globals, Office, Then, patiently},
    config::{self, Config, Environment, LoadOptions},
    error::{Error, Result},
    logging, tui,
    wiring::Parts,
};
use rustix::fs::Mode;
use tokio::runtime::Runtime;

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
    match command {
        Some(Command::Alone(alone)) => Ok(alone.run(out)),
        Some(Command::Look(look)) => Ok(look.run(out, &load(globals.config.as_ref())?)),
        Some(Command::Demo(demo)) => {
            let runtime = runtime()?;
            match runtime.block_on(demo.run(out))? {
                Then::Open(file) => terminal(&runtime, load(Some(&file))?, &globals),
                Then::End => Ok(ExitCode::SUCCESS),
            }
        }
        Some(Command::Simulate(simulate)) => Ok(runtime()?.block_on(simulate.serve(out))),
        Some(Command::Init(init)) => {
            Ok(runtime()?.block_on(init.run(out, &globals, &Environment::of_process())))
        }
        Some(Command::Store(store)) => {
            let config = load(globals.config.as_ref())?;
            Ok(runtime()?.block_on(store.look_after(out, &config, &Environment::of_process())))
        }
        Some(Command::Check(check)) => {
            let config = load(globals.config.as_ref())?;
            Ok(runtime()?.block_on(check.run(out, &config, &Environment::of_process())))
        }
        Some(Command::Work(work)) => {
            let config = load(globals.config.as_ref())?;
            let _log = logging::start(&config.log)?;
            let office = globals.output();
            let runtime = runtime()?;
            runtime.block_on(async {
                let open = Box::pin(Parts::open(config, Environment::of_process(), globals.name.clone()));
                let parts = patiently(&office, open).await?;
                take_up(&parts).await;
                Ok(work.run(&Office::new(parts, office, &globals)).await)
            })
        }
        None => {
            let config = load(globals.config.as_ref())?;
            terminal(&runtime()?, config, &globals)
        }
    }
}

/// Opens the terminal application.
fn terminal(runtime: &Runtime, config: Config, globals: &Globals) -> Result<ExitCode> {
    let session = tui::Session {
        voice: if globals.plain { tui::Voice::Plain } else { tui::Voice::Visual },
        access: if globals.restricted { tui::Access::Restricted } else { tui::Access::Full },
        line: if globals.low_bandwidth || config.terminal.low_bandwidth {
            tui::Line::Slow
        } else {
            tui::Line::Fast
        },
        mouse: if globals.mouse || config.terminal.mouse { tui::Mouse::On } else { tui::Mouse::Off },
    };
    let _log = logging::start(&config.log)?;
    runtime.block_on(async {
        let open = Box::pin(Parts::open(config, Environment::of_process(), globals.name.clone()));
        let parts = patiently(&globals.output(), open).await?;
        // The first picture does not wait for it.
        let others = parts.clone();
        tokio::spawn(async move { others.look_after_write_backs().await });
        tui::open(parts, session).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Ends the write-backs that processes began and died over.
async fn take_up(parts: &Parts) {
    match parts.recover_write_backs().await {
        Ok(0) => {}
        Ok(ended) => tracing::info!(ended, "write-backs of processes that died were ended"),
        // They stay as they are, and the next start tries again.
        Err(error) => tracing::warn!(%error, "write-backs of processes that died are still open"),
    }
}

fn load(file: Option<&PathBuf>) -> Result<Config> {
    config::load(&LoadOptions { file: file.cloned(), environment: Environment::of_process() })
}

fn runtime() -> Result<Runtime> {
    Runtime::new().map_err(|error| Error::internal("The program cannot start its threads.").because(error))
}
