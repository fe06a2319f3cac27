//! The simulator as a server of its own.

use std::{fs, io, path::PathBuf};

use serde_json::Value;

use crate::{
    error::{Error, Result},
    simulator::{Scenario, Simulator},
};

/// What is simulated, and where.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A scenario file; none for the limits of Groq's first paid plan, without faults.
    pub scenario: Option<PathBuf>,
    /// The port in the place of the scenario's.
    pub port: Option<u16>,
    /// How many times faster, in the place of the scenario's.
    pub speed: Option<f64>,
}

/// A simulator that runs until it is stopped.
#[derive(Debug)]
pub struct Simulation(Simulator);

impl Simulation {
    /// Starts it on 127.0.0.1. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// The scenario cannot be read, or the port is taken.
    pub fn start(wanted: &Wanted) -> Result<Self> {
        let mut scenario = match &wanted.scenario {
            Some(file) => read(file)?,
            None => Scenario::default(),
        };
        scenario.port = wanted.port.unwrap_or(scenario.port);
        scenario.speed = wanted.speed.unwrap_or(scenario.speed);
        scenario.check().map_err(|error| Error::user(error.to_string()))?;
        let port = scenario.port;
        Simulator::start(scenario).map(Self).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                Error::user(format!("Port {port} of 127.0.0.1 is taken.")).hint("--port 0 takes a free one.")
            }
            io::ErrorKind::PermissionDenied => Error::user(format!("Port {port} is not for this account."))
                .hint("Ports from 1024 on are for everybody; --port 0 takes a free one."),
            _ => Error::internal("The simulator does not start on 127.0.0.1.").because(error),
        })
    }

    /// What a client takes for its base URL.
    pub fn base_url(&self) -> String {
        self.0.base_url()
    }

    /// What happened, as JSON.
    pub fn report(&self) -> Value {
        serde_json::to_value(self.0.report()).unwrap_or_default()
    }

    /// What happened, in lines for people.
    pub fn lines(&self) -> Vec<String> {
        self.0.report().lines()
    }

    /// Ends it; requests that were running count as left by their clients.
    pub async fn stop(self) {
        drop(self.0.stop().await);
    }
}

fn read(file: &PathBuf) -> Result<Scenario> {
    let text = fs::read_to_string(file)
        .map_err(|error| Error::user(format!("The scenario {} cannot be read: {error}.", file.display())))?;
    Scenario::from_toml(&text).map_err(|error| {
        Error::user(error.to_string())
            .at(file.display().to_string())
            .hint("docs/simulator.md shows every key.")
    })
}
