//! `redraft simulate`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{
    output::{Form, Output},
    signals::Signals,
    stop::Step,
};
use crate::wiring::simulate::{Simulation, Wanted};

/// Run a Groq of one's own on 127.0.0.1, until told to stop; then tell how its clients behaved.
///
/// It speaks Groq's wire format and obeys the law of its rate limits; docs/simulator.md describes it. Nothing leaves
/// the machine. While it runs, `GET /admin/report` on the same port tells the same as at the end.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The port; 0 takes a free one.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// What it does: limits, times, faults.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// How many times faster than Groq.
    #[arg(long, value_name = "FACTOR")]
    speed: Option<f64>,
}

#[derive(Serialize)]
struct Ready {
    base_url: String,
}

impl Simulate {
    /// Runs the command.
    pub async fn run(self, out: &Output) -> Step {
        let mut signals = Signals::listen()?;
        let wanted = Wanted { scenario: self.scenario, port: self.port, speed: self.speed };
        let simulation = Simulation::start(&wanted)?;
        let base_url = simulation.base_url();
        if out.form() == Form::Json {
            out.json_line(&Ready { base_url })?;
        } else {
            out.say(format_args!("SIMULATED: {base_url}"))?;
        }
        out.flush()?;
        out.note(format_args!("Stop with Ctrl-C or SIGTERM."));
        signals.next().await;
        if out.form() == Form::Json {
            out.json_line(&simulation.report())?;
        } else {
            simulation.lines().iter().try_for_each(|line| out.say(format_args!("{line}")))?;
        }
        simulation.stop().await;
        out.flush()
    }
}
