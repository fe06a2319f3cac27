//! What the engine is given, from the configuration.

use std::fs;

use super::{Model, Parts, process};
use crate::{
    config::Config,
    engine::{self, ParcelSettings, Settings},
    error::{Error, Result},
    llm::prompt::Prompt,
};

impl Parts {
    /// The parts of an engine that works with this model.
    ///
    /// # Errors
    /// The prompt that the configuration names cannot be read.
    pub fn engine(&self, model: &Model) -> Result<engine::Parts> {
        let config = &self.config;
        let read_only = config.mapping.section.iter().filter(|section| !section.write);
        let settings = Settings {
            gone: process::gone,
            max_streams: config.model.max_streams,
            prompt: prompt(config)?,
            context: read_only.map(|section| section.id.clone()).collect(),
            budget: config.batch.budget,
            min_words: config.batch.min_words,
            max_words: config.batch.max_words,
            parameters: format!(
                "{} {}",
                config.model.reasoning_effort.as_deref().unwrap_or("-"),
                config.model.temperature_percent
            ),
            price: config.model.price,
            backoff: config.model.retry_after,
            seed: u64::from(std::process::id()),
            parcels: ParcelSettings { first_look: config.batch.economy_look, ..ParcelSettings::default() },
            ..Settings::new(self.worker.clone(), config.model.name.clone())
        };
        Ok(engine::Parts {
            store: self.store.clone(),
            source: self.source.clone(),
            rewriter: model.rewriter.clone(),
            clock: self.clock.clone(),
            settings,
        })
    }
}

/// The standing instructions: built in, or of a file.
fn prompt(config: &Config) -> Result<Prompt> {
    let Some(file) = &config.model.prompt else { return Ok(Prompt::built_in()) };
    let text = fs::read_to_string(file).map_err(|error| {
        Error::config(format!("The prompt {} cannot be read: {error}.", file.display()))
            .at(format!("{}, model.prompt", config.file.display()))
    })?;
    Ok(Prompt::new(&text))
}
