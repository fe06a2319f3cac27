//! Copies the embedded store to a shared one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use secrecy::SecretString;

use crate::{
    clock::{Clock, SystemClock},
    config::{Config, Environment, Secret},
    error::{Error, Result},
    store::{Copied, CopyError, Store},
};

/// What was copied, and between which places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The file.
    pub from: String,
    /// Server and database.
    pub to: String,
    /// How many rows of each table.
    pub copied: Copied,
}

/// Copies the store of the file, or of the configuration, to the place that `to` names: a URL, `env:NAME` or `file:PATH`.
///
/// # Errors
/// Either cannot be opened, the one is at work, or the other is not empty.
pub async fn copy(
    config: &Config,
    environment: &Environment,
    (from, to): (Option<PathBuf>, &str),
) -> Result<Moved> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let path = match (from, &config.store.url) {
        (Some(path), _) => path,
        (None, None) => config.store.path.clone(),
        (None, Some(_)) => {
            return Err(Error::user("The configuration names a shared store already.")
                .hint("Name the file of the embedded one with --from FILE."));
        }
    };
    if !path.exists() {
        return Err(Error::user(format!("There is no store at {}.", path.display())));
    }
    let url = target(to, environment)?;
    let source = Store::open(&path, clock.clone()).await?;
    let shared = Store::connect(&url, clock).await?;
    let copied = source.copy_to(&shared).await.map_err(told)?;
    Ok(Moved { from: source.place(), to: shared.place(), copied })
}

fn target(to: &str, environment: &Environment) -> Result<SecretString> {
    let secret = if let Some(env) = to.strip_prefix("env:") {
        Secret::Env { env: env.to_owned() }
    } else if let Some(file) = to.strip_prefix("file:") {
        Secret::File { file: file.into() }
    } else {
        Secret::Inline(to.into())
    };
    secret.resolve(environment, Some(Path::new("")))
}

fn told(error: CopyError) -> Error {
    let message = error.to_string();
    match error {
        CopyError::Store(error) => error.into(),
        CopyError::Direction => Error::user(message),
        CopyError::NotEmpty(_) => Error::user(message).hint("Nothing was copied. Name an empty database."),
        CopyError::AtWork(_) => Error::user(message).hint(
            "Stop the workers and the terminal applications; what a dead one held is free after a minute.",
        ),
        CopyError::Differs { .. } => Error::internal(message).hint("Nothing was copied."),
    }
}
