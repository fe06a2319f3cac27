//! What `redraft check` looks at, one after the other, whatever fails on the way. Nothing is changed, but that the
//! store is made if there is none.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use super::{Model, model};
use crate::{
    clock::SystemClock,
    config::{self, Config, Environment, Provider, Secret},
    error::Error,
    llm::{
        port::{CallError, FailureClass},
        prices::{NotOffered, PriceBook},
    },
    source::port::{Check, CheckLevel},
    store::port::Batches,
};

/// What a check may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The model provider too.
    All,
    /// Nothing beyond this machine and the candidate database.
    Offline,
}

/// Looks at everything.
pub async fn check(config: &Config, environment: &Environment, reach: Reach) -> Vec<Check> {
    let mut checks = configuration(config);
    checks.extend(database(config).await);
    checks.extend(store(config).await);
    match reach {
        Reach::All => checks.push(provider(config, environment).await),
        Reach::Offline => checks.push(ok("model", "The provider was left out, as --offline says.")),
    }
    checks
}

fn ok(subject: &str, message: impl Into<String>) -> Check {
    Check { subject: subject.to_owned(), level: CheckLevel::Ok, message: message.into(), remedy: None }
}

fn warning(subject: &str, message: impl Into<String>, remedy: &str) -> Check {
    let remedy = Some(remedy.to_owned());
    Check { subject: subject.to_owned(), level: CheckLevel::Warning, message: message.into(), remedy }
}

/// An error with its place and causes; the first hint is the remedy.
fn failed(subject: &str, error: &Error) -> Check {
    let causes: Vec<String> = error.causes().collect();
    let mut message = error.message().to_owned();
    if !causes.is_empty() {
        message = format!("{message} ({})", causes.join(": "));
    }
    Check {
        subject: error.place().unwrap_or(subject).to_owned(),
        level: CheckLevel::Error,
        message,
        remedy: error.hints().first().cloned(),
    }
}

/// The file, who may read it, and the secrets that it holds or names.
fn configuration(config: &Config) -> Vec<Check> {
    const INSTEAD: &str = "Write { env = \"NAME\" } or { file = \"PATH\" } instead.";
    let file = config.file.display();
    let mut checks = vec![ok("configuration", format!("{file} holds."))];
    if let Some(mode) = beyond_owner(&config.file) {
        checks.push(warning(
            "configuration",
            format!("Other accounts may read {file} (mode {mode:o})."),
            &format!("chmod 600 {file}"),
        ));
    }
    for (key, secret) in config::secrets(&config.file) {
        match secret {
            Secret::Inline(_) => {
                checks.push(warning(key, "The secret is written down in the configuration.", INSTEAD));
            }
            Secret::File { file } => {
                let path = config.file.parent().unwrap_or(Path::new("")).join(file);
                if let Some(mode) = beyond_owner(&path) {
                    let path = path.display();
                    let message = format!("Other accounts may read the secret in {path} (mode {mode:o}).");
                    checks.push(warning(key, message, &format!("chmod 600 {path}")));
                }
            }
            Secret::Env { .. } | Secret::Command { .. } => {}
        }
    }
    checks
}

/// The permissions of a file that others than its owner may open.
fn beyond_owner(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

async fn database(config: &Config) -> Vec<Check> {
    match super::open_source(config).await {
        Ok(source) => source.check().await,
        Err(error) => vec![failed("database", &error)],
    }
}

async fn store(config: &Config) -> Vec<Check> {
    let store = match super::open_store(config, Arc::new(SystemClock)).await {
        Ok(store) => store,
        Err(error) => return vec![failed("store", &error)],
    };
    let month = match store.month().await {
        Ok(month) => month,
        Err(error) => return vec![failed("store", &error.into())],
    };
    let used = month.spent + month.reserved;
    let left = config.budget.month - used;
    let message = format!("{used} of {} are used this month.", config.budget.month);
    let budget = if left < config.batch.budget {
        let remedy = "Batches stop when it is used up; raise budget.month if that is meant.";
        warning("budget.month", message, remedy)
    } else {
        ok("budget.month", message)
    };
    let found = format!("{}, schema {}, is fine.", store.place(), store.schema());
    let found = if store.is_readable_on_the_way() {
        let remedy =
            "Append ?sslmode=verify-full to its URL, or sslmode=require for a certificate of one's own.";
        let message = format!("{found} But whoever is on the way to it may read along.");
        warning("store.url", message, remedy)
    } else {
        ok("store", found)
    };
    vec![found, budget]
}

async fn provider(config: &Config, environment: &Environment) -> Check {
    let Model { rewriter, simulator } = match model::start(config, environment) {
        Ok(model) => model,
        Err(error) => return failed("model", &error),
    };
    let offered = rewriter.models().await;
    drop(simulator);
    let models = match offered {
        Ok(models) => models,
        Err(error) => return refused(&error),
    };
    let name = &config.model.name;
    match PriceBook::new(models).offer(name) {
        Ok((model, _)) => {
            let who = match config.model.provider {
                Provider::Groq => "Groq offers",
                Provider::Simulator => "The simulator stands in for a provider and offers",
            };
            ok("model", format!("{who} {name}, {} tokens at the most.", model.context_window))
        }
        Err(error) => not_offered(&error),
    }
}

fn refused(error: &CallError) -> Check {
    let remedy = match &error.class {
        FailureClass::StopBatch(remedy) if *remedy == error.message => None,
        FailureClass::StopBatch(remedy) => Some(remedy.clone()),
        FailureClass::Limited(_)
        | FailureClass::TooLarge(_)
        | FailureClass::Transient
        | FailureClass::Timeout
        | FailureClass::TooLong
        | FailureClass::NoCapacity
        | FailureClass::BadOutput
        | FailureClass::Refused => {
            Some("Try again later; `redraft check --offline` leaves the provider out.".to_owned())
        }
    };
    Check { subject: "model".to_owned(), level: CheckLevel::Error, message: error.message.clone(), remedy }
}

fn not_offered(error: &NotOffered) -> Check {
    let (NotOffered::Unknown { known, .. } | NotOffered::NoPrice { known, .. }) = error;
    Check {
        subject: "model.name".to_owned(),
        level: CheckLevel::Error,
        message: error.to_string(),
        remedy: Some(format!("It offers {}.", known.join(", "))),
    }
}
