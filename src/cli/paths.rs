//! `redraft paths`

use clap::Args;
use serde::Serialize;

use super::{
    output::{Form, Output},
    stop::Step,
};
use crate::{config::Config, wiring::store_place};

/// Print where the configuration, the store and the log are.
#[derive(Debug, Args)]
pub struct Paths;

#[derive(Serialize)]
struct Shape {
    config: String,
    store: String,
    log: String,
}

impl Paths {
    /// Runs the command.
    pub fn run(out: &Output, config: &Config) -> Step {
        let shape = Shape {
            config: config.file.display().to_string(),
            store: store_place(config),
            log: config.log.dir.display().to_string(),
        };
        if out.form() == Form::Json {
            return out.json(&shape);
        }
        out.say(format_args!("config  {}", out.line_of(&shape.config)))?;
        out.say(format_args!("store   {}", out.line_of(&shape.store)))?;
        out.say(format_args!("log     {}", out.line_of(&shape.log)))
    }
}
