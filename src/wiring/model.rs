//! The model provider that the configuration names; the simulator is started where it is needed.

use std::{fs, sync::Arc};

use super::Parts;
use crate::{
    config::{Config, Environment, Provider},
    error::{Error, Result},
    llm::{
        groq::{GroqOptions, GroqRewriter, Timeouts},
        port::Rewriter,
    },
    simulator::{Scenario, Simulator},
};

/// Who rewrites, and the simulator if it is one: it ends with the last clone.
#[derive(Clone)]
pub struct Model {
    /// Who rewrites.
    pub rewriter: Arc<dyn Rewriter>,
    /// The simulator behind it.
    pub simulator: Option<Arc<Simulator>>,
}

impl Parts {
    /// Makes the client of the provider; sends nothing yet. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// There is no key, or the simulator does not start.
    pub fn model(&self) -> Result<Model> {
        start(&self.config, &self.environment)
    }
}

/// Makes the client of the provider that the configuration names, and the simulator behind it.
pub(super) fn start(config: &Config, environment: &Environment) -> Result<Model> {
    let settings = &config.model;
    let folder = config.file.parent();
    let (base_url, key, simulator) = match settings.provider {
        Provider::Groq => {
            let key = settings.api_key.as_ref().map(|key| key.resolve(environment, folder)).transpose();
            let key = key.map_err(|error| {
                error.hint("redraft needs a key of Groq to rewrite; looking and deciding work without one.")
            })?;
            (settings.base_url.clone(), key, None)
        }
        Provider::Simulator => {
            let simulator = Simulator::start(scenario(config)?).map_err(|error| {
                Error::internal("The simulator does not start on 127.0.0.1.").because(error)
            })?;
            (simulator.base_url(), None, Some(Arc::new(simulator)))
        }
    };
    let rewriter = Arc::new(GroqRewriter::new(GroqOptions {
        base_url,
        key,
        simulated: simulator.is_some(),
        reasoning_effort: settings.reasoning_effort.clone(),
        temperature_percent: settings.temperature_percent,
        timeouts: Timeouts {
            head: settings.head_timeout,
            idle: settings.idle_timeout,
            ..Timeouts::default()
        },
    }));
    Ok(Model { rewriter, simulator })
}

fn scenario(config: &Config) -> Result<Scenario> {
    let settings = &config.simulator;
    let Some(file) = &settings.scenario else {
        return Ok(Scenario { seed: settings.seed, speed: settings.speed, ..Scenario::demo() });
    };
    let text = fs::read_to_string(file).map_err(|error| {
        Error::config(format!("The scenario {} cannot be read: {error}.", file.display()))
            .at(format!("{}, simulator.scenario", config.file.display()))
    })?;
    Scenario::from_toml(&text)
        .map_err(|error| Error::config(format!("{error}")).at(file.display().to_string()))
}
