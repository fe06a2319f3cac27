//! Finds the file, puts the layers on top of one another, checks the result as a whole.
//!
//! Layers, the later wins: defaults, the file, variables named `REDRAFT__SECTION__KEY`.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;
use secrecy::ExposeSecret;
use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Environment,
    check::Checked,
    origin::Origins,
    place,
    raw::Raw,
    settings::{Config, Secret},
};
use crate::error::{Error, Result};

/// What decides which configuration is loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The file that was named on the command line.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Environment,
}

/// The folders of this user.
pub fn project_dirs() -> Result<ProjectDirs> {
    ProjectDirs::from("", "", "redraft").ok_or_else(|| {
        Error::config("This account has no home directory, so there is no place for redraft's files.")
            .hint("Set HOME, or name a file with --config and the paths in it.")
    })
}

impl LoadOptions {
    /// The file to load: named on the command line, in `REDRAFT_CONFIG`, or the one in the user's folder.
    pub fn file(&self) -> Result<PathBuf> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        if let Some(file) = self.environment.get("REDRAFT_CONFIG") {
            return Ok(PathBuf::from(file));
        }
        Ok(project_dirs()?.config_dir().join("config.toml"))
    }
}

/// Loads and checks the configuration.
///
/// # Errors
/// Each names the file, the key and, where it can, the line; they end the program with status 78.
pub fn load(options: &LoadOptions) -> Result<Config> {
    let file = options.file()?;
    let text = read(&file)?;
    let file = fs::canonicalize(&file).unwrap_or(file);
    let raw = parse(&file, &text, &options.environment)?;
    let origins = Origins::new(&text, &options.environment);
    Checked { raw, file: &file, origins, environment: &options.environment }.config()
}

/// Checks a configuration that is not written down yet, as if it stood in `file`; the environment overrides nothing.
pub fn parse_text(file: &Path, text: &str, environment: &Environment) -> Result<Config> {
    let raw = parse(file, text, &Environment::default())?;
    let origins = Origins::new(text, &Environment::default());
    Checked { raw, file, origins, environment }.config()
}

/// The secrets that a file holds or names, by their keys. What cannot be read has none.
pub fn secrets(file: &Path) -> Vec<(&'static str, Secret)> {
    let raw = fs::read_to_string(file).ok().and_then(|text| toml::from_str::<Raw>(&text).ok());
    let Some(raw) = raw else { return Vec::new() };
    // An address without a password is no secret.
    let holds_one = |url: &Secret| match url {
        Secret::Inline(url) => has_password(url.expose_secret()),
        Secret::Env { .. } | Secret::File { .. } | Secret::Command { .. } => true,
    };
    let all = [
        ("database.url", raw.database.url.filter(holds_one)),
        ("database.password", raw.database.password),
        ("store.url", raw.store.url.filter(holds_one)),
        ("model.api_key", raw.model.api_key),
    ];
    all.into_iter().filter_map(|(key, secret)| Some((key, secret?))).collect()
}

fn has_password(url: &str) -> bool {
    let after = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after.split('/').next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || url.contains("password=")
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| {
        let error_kind = error.kind();
        let message = match error_kind {
            std::io::ErrorKind::NotFound => format!("There is no configuration at {} yet.", file.display()),
            std::io::ErrorKind::InvalidData => {
                format!("The configuration {} is no UTF-8 text.", file.display())
            }
            _ => format!("The configuration {} cannot be read: {error}.", file.display()),
        };
        let error = Error::config(message);
        if error_kind == std::io::ErrorKind::NotFound {
            error
                .hint("`redraft demo` runs at once, with a database and a configuration of its own.")
                .hint("`redraft init` looks at your database and writes the configuration for it.")
        } else {
            error
        }
    })
}

/// Reads text and environment as one; every error names its place.
pub(super) fn parse(file: &Path, text: &str, environment: &Environment) -> Result<Raw> {
    let alone: Raw = toml::from_str(text).map_err(|error| place::from_toml(file, text, &error))?;
    let overrides: Vec<_> = environment.with_prefix("REDRAFT__").collect();
    if overrides.is_empty() {
        return Ok(alone);
    }
    let mut table: Table = toml::from_str(text).map_err(|error| place::from_toml(file, text, &error))?;
    for (name, value) in overrides {
        let variable = format!("REDRAFT__{name}");
        set(&mut table, name, value);
        Raw::deserialize(Value::Table(table.clone())).map_err(|error| {
            Error::config(format!("The variable {variable} does not fit: {}.", error.message().trim_end_matches('.')))
                .hint("It is named REDRAFT__SECTION__KEY, as REDRAFT__MODEL__NAME, and overrides that key of the file.")
        })?;
    }
    Raw::deserialize(Value::Table(table)).map_err(|error| Error::config(error.message().to_owned()))
}

/// Puts a value at `SECTION__KEY`. It is TOML if it can be read as such, else plain text.
fn set(table: &mut Table, name: &str, text: &str) {
    let keys: Vec<String> = name.split("__").map(str::to_lowercase).collect();
    let Some((last, sections)) = keys.split_last() else { return };
    let parsed: Option<Table> = toml::from_str(&format!("value = {text}")).ok();
    let value =
        parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()));
    let mut here = table;
    for section in sections {
        let entry = here.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(inner) = entry else { return };
        here = inner;
    }
    here.insert(last.clone(), value);
}

/// Refuses a file with secrets in it that others may read.
pub(super) fn refuse_open_secrets(file: &Path) -> Result<()> {
    let Ok(metadata) = fs::metadata(file) else { return Ok(()) };
    let beyond_owner = metadata.mode() & 0o077;
    if beyond_owner == 0 {
        return Ok(());
    }
    Err(Error::config(format!("{} holds a secret, and other accounts may read it.", file.display()))
        .hint(format!("chmod 600 {}", file.display()))
        .hint("Or write { env = \"NAME\" } or { file = \"PATH\" } in the place of the secret."))
}
