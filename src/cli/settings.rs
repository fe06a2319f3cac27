//! `redraft config`

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    output::{Form, Output},
    stop::{Step, Stop},
};
use crate::config::{Clipboard, Colours, Config, Provider, Secret};

/// Look at the configuration.
#[derive(Debug, Args)]
pub struct Settings {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what holds: defaults, file and environment together, without secrets.
    Show {
        /// Say where each value comes from: line of the file, variable, default.
        #[arg(long)]
        origin: bool,
    },
}

impl Settings {
    /// Runs the command.
    pub fn run(&self, out: &Output, config: &Config) -> Step {
        let Command::Show { origin } = self.command;
        let all = shape(config).map_err(Stop::bug)?;
        let mut flat = Vec::new();
        flatten("", &all, &mut flat);
        if out.form() == Form::Json {
            if !origin {
                return out.json(&all);
            }
            let origins: Map<String, Value> =
                flat.iter().map(|(key, _)| (key.clone(), json!(from(config, key)))).collect();
            return out.json(&json!({ "values": all, "origins": origins }));
        }
        flat.iter().try_for_each(|(key, value)| {
            let (name, value) = (out.line_of(key), out.line_of(&value.to_string()));
            if origin {
                return out.say(format_args!("{name} = {value}  ({})", from(config, key)));
            }
            out.say(format_args!("{name} = {value}"))
        })
    }
}

/// Where a value comes from, in a few words.
fn from(config: &Config, key: &str) -> String {
    // Amounts and shares are shown in another unit than they are written in.
    let written = key.trim_end_matches("_usd_nanos").trim_end_matches("_percent");
    config.origins.of(written).to_string()
}

/// Every value with its whole key.
fn flatten<'v>(key: &str, value: &'v Value, into: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(&key, inner, into);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (index, inner) in list.iter().enumerate() {
                flatten(&format!("{key}[{index}]"), inner, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            into.push((key.to_owned(), value));
        }
    }
}

fn shape(config: &Config) -> serde_json::Result<Value> {
    let mut all = Map::new();
    let mut add = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    add("file", json!(config.file));
    add("database", json!({ "url": "‹hidden›" }));
    add("mapping", serde_json::to_value(&config.mapping)?);
    add(
        "store",
        match config.store.url {
            Some(_) => json!({ "url": "‹hidden›" }),
            None => json!({ "path": config.store.path }),
        },
    );
    add("model", model(config));
    add(
        "batch",
        json!({
            "budget_usd_nanos": config.batch.budget.nanos(),
            "min_words": config.batch.min_words,
            "max_words": config.batch.max_words,
            "economy_look_seconds": config.batch.economy_look.as_secs_f64(),
        }),
    );
    add("budget", json!({ "month_usd_nanos": config.budget.month.nanos() }));
    add("worker", json!({ "in_terminal": config.worker.in_terminal }));
    add(
        "review",
        json!({
            "name": config.review.name,
            "open_changes": config.review.open_changes,
            "type_count_above": config.review.type_count_above,
            "spot_check_percent": config.review.spot_check_percent,
            "fast_seconds": config.review.fast_seconds,
            "second_opinion": config.review.second_opinion,
            "own_edits": config.review.own_edits,
            "rights": config.review.rights,
        }),
    );
    add(
        "terminal",
        json!({
            "theme": config.terminal.theme,
            "colours": colours(config.terminal.colours),
            "fps": config.terminal.fps,
            "clipboard": clipboard(config.terminal.clipboard),
            "mouse": config.terminal.mouse,
            "low_bandwidth": config.terminal.low_bandwidth,
        }),
    );
    add("keys", json!(config.keys.0));
    add(
        "simulator",
        json!({
            "seed": config.simulator.seed,
            "speed": config.simulator.speed,
            "scenario": config.simulator.scenario,
        }),
    );
    add("log", json!({ "level": config.log.level, "dir": config.log.dir }));
    Ok(Value::Object(all))
}

fn model(config: &Config) -> Value {
    let model = &config.model;
    json!({
        "provider": match model.provider {
            Provider::Groq => "groq",
            Provider::Simulator => "simulator",
        },
        "name": model.name,
        "base_url": model.base_url,
        "api_key": model.api_key.as_ref().map(secret),
        "max_streams": model.max_streams,
        "reasoning_effort": model.reasoning_effort,
        "temperature_percent": model.temperature_percent,
        "prompt": model.prompt,
    })
}

fn secret(secret: &Secret) -> Value {
    match secret {
        Secret::Inline(_) => json!("‹hidden›"),
        Secret::Env { env } => json!({ "env": env }),
        Secret::File { file } => json!({ "file": file }),
        // Its arguments may tell more than they should.
        Secret::Command { command } => json!({ "command": command.first() }),
    }
}

const fn colours(colours: Colours) -> &'static str {
    match colours {
        Colours::Auto => "auto",
        Colours::Mono => "mono",
        Colours::Sixteen => "16",
        Colours::Palette => "256",
        Colours::Truecolor => "truecolor",
    }
}

const fn clipboard(clipboard: Clipboard) -> &'static str {
    match clipboard {
        Clipboard::Off => "off",
        Clipboard::Osc52 => "osc52",
    }
}
