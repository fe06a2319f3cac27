//! From what is written down to what redraft works with: defaults filled in, every value checked.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    Environment, Mapping,
    load::{project_dirs, refuse_open_secrets},
    origin::{self, Origins},
    place::nearest,
    raw::Raw,
    settings::{
        BatchSettings, BudgetSettings, Clipboard, Colours, Config, DatabaseEngine, DatabaseSettings,
        LogSettings, ModelSettings, Provider, Secret, SimulatorSettings, StoreSettings, TerminalSettings,
        WorkerSettings, WriteBackSettings,
    },
};
use crate::{
    domain::{Money, Price},
    error::{Error, Result},
};

/// The names of the built-in themes, and `auto`.
pub const THEMES: [&str; 7] = ["auto", "dark", "light", "red-green", "16", "contrast", "mono"];
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
const EFFORTS: [&str; 4] = ["none", "low", "medium", "high"];

/// A file that was read, to be checked.
pub(super) struct Checked<'a> {
    pub(super) raw: Raw,
    pub(super) file: &'a Path,
    pub(super) origins: Origins,
    pub(super) environment: &'a Environment,
}

impl Checked<'_> {
    pub(super) fn config(self) -> Result<Config> {
        Ok(Config {
            file: self.file.to_owned(),
            database: self.database()?,
            mapping: self.mapping()?,
            store: self.store()?,
            model: self.model()?,
            batch: self.batch()?,
            budget: BudgetSettings {
                month: self.money("budget.month", self.raw.budget.month.as_deref(), 12_000)?,
            },
            worker: WorkerSettings { in_terminal: self.raw.worker.in_terminal.unwrap_or(true) },
            review: self.review()?,
            terminal: self.terminal()?,
            keys: self.raw.keys.clone(),
            simulator: self.simulator()?,
            write_back: WriteBackSettings {
                receipts: self.raw.write_back.receipts.unwrap_or_default(),
                without_transactions: self.raw.write_back.without_transactions.unwrap_or_default(),
            },
            log: self.log()?,
            origins: self.origins,
        })
    }

    /// An error about a key, with its place.
    pub(super) fn wrong(&self, key: &str, message: impl Into<String>) -> Error {
        Error::config(message).at(self.place(key))
    }

    pub(super) fn relative(&self, path: &Path) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }

    fn one_of(&self, key: &str, value: String, known: &[&str]) -> Result<String> {
        if known.contains(&value.as_str()) {
            return Ok(value);
        }
        let error = self.wrong(key, format!("\"{value}\" is no value for {key}."));
        Err(match nearest(&value, known.iter().copied()) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None => error.hint(format!("Allowed: {}.", known.join(", "))),
        })
    }

    pub(super) fn in_range<T: PartialOrd + std::fmt::Display>(
        &self,
        key: &str,
        value: T,
        (low, high): (T, T),
    ) -> Result<T> {
        if value >= low && value <= high {
            return Ok(value);
        }
        Err(self.wrong(key, format!("{key} is {value}; it must lie between {low} and {high}.")))
    }

    /// A time in seconds, from a millisecond to ten minutes.
    fn time(&self, key: &str, seconds: f64) -> Result<Duration> {
        Ok(Duration::from_secs_f64(self.in_range(key, seconds, (0.001, 600.0))?))
    }

    /// An amount in dollars; `default` is in thousandths.
    fn money(&self, key: &str, text: Option<&str>, default: u64) -> Result<Money> {
        let Some(text) = text else { return Ok(Money::from_nanos(default * 1_000_000)) };
        text.parse::<Money>().map_err(|error| self.wrong(key, error.to_string()))
    }

    fn database(&self) -> Result<DatabaseSettings> {
        let url = match (&self.raw.database.url, &self.raw.database.url_env) {
            (Some(url), None) => url.clone(),
            (None, Some(env)) => Secret::Env { env: env.clone() },
            (None, None) => {
                return Err(self
                    .wrong("database.url", "The configuration does not say where the candidate database is.")
                    .hint("Write `url = \"sqlite:candidates.db\"` under [database]."));
            }
            (Some(_), Some(_)) => {
                return Err(self
                    .wrong(
                        "database.url_env",
                        "The configuration has both database.url and database.url_env.",
                    )
                    .hint("Keep one of them."));
            }
        };
        if let Secret::Inline(url) = &url
            && holds_password(url.expose_secret())
        {
            refuse_open_secrets(self.file)?;
        }
        let url = url
            .resolve(self.environment, self.file.parent())
            .map_err(|error| error.at(self.place("database.url")))?;
        let plain = url.expose_secret();
        if let (Some(engine), Some(named)) = (self.raw.database.engine, DatabaseEngine::of(plain))
            && engine != named
        {
            return Err(self
                .wrong(
                    "database.engine",
                    format!(
                        "database.engine is \"{}\", but the URL is of \"{}\".",
                        engine.word(),
                        named.word()
                    ),
                )
                .hint("Correct one of them, or leave database.engine out."));
        }
        let password = self.password()?;
        let expect = self.raw.database.expect.clone().unwrap_or_default();
        match plain.split_once(':') {
            Some(("sqlite", path)) => {
                let path = self.relative(Path::new(path.trim_start_matches("//")));
                let url = SecretString::from(format!("sqlite:{}", path.display()));
                Ok(DatabaseSettings { url, password, expect })
            }
            Some(("postgres" | "postgresql" | "mysql" | "mariadb", _)) => {
                Ok(DatabaseSettings { url, password, expect })
            }
            other => Err(self.strange_url(other.map(|(scheme, _)| scheme))),
        }
    }

    fn password(&self) -> Result<Option<SecretString>> {
        let Some(password) = &self.raw.database.password else { return Ok(None) };
        if matches!(password, Secret::Inline(_)) {
            refuse_open_secrets(self.file)?;
        }
        let password = password.resolve(self.environment, self.file.parent());
        Ok(Some(password.map_err(|error| error.at(self.place("database.password")))?))
    }

    /// Without a plain scheme the URL's beginning may be a password as well as anything else, and is not repeated.
    fn strange_url(&self, scheme: Option<&str>) -> Error {
        let plain = |scheme: &&str| scheme.len() <= 20 && scheme.chars().all(|c| c.is_ascii_alphanumeric());
        let message = match scheme.filter(plain) {
            Some(scheme) => format!("redraft cannot connect to \"{scheme}:\" databases."),
            None => "database.url is no URL of a database.".to_owned(),
        };
        self.wrong("database.url", message)
            .hint("Supported: sqlite:FILE, postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE.")
    }

    fn place(&self, key: &str) -> String {
        origin::place(self.file, &self.origins, key)
    }

    fn mapping(&self) -> Result<Mapping> {
        let Some(mapping) = self.raw.mapping.clone() else {
            return Err(self
                .wrong("mapping", "The configuration does not say where candidates and résumés are in the database.")
                .hint("Add [mapping.candidate] and at least one [[mapping.section]]; config.toml.example shows how."));
        };
        mapping.check().map_err(|fault| {
            let error = self.wrong(&fault.key, fault.message);
            match fault.hint {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })?;
        Ok(mapping)
    }

    fn store(&self) -> Result<StoreSettings> {
        let raw = &self.raw.store;
        if let (Some(_), Some(_)) = (&raw.path, &raw.url) {
            return Err(self
                .wrong("store.url", "The configuration has both store.path and store.url.")
                .hint("Keep path for the embedded store, or url for a shared one."));
        }
        let path = match &raw.path {
            Some(path) => self.relative(path),
            None => project_dirs()?.data_dir().join("store.db"),
        };
        let Some(url) = &raw.url else { return Ok(StoreSettings { path, url: None }) };
        if matches!(url, Secret::Inline(url) if has_password(url)) {
            refuse_open_secrets(self.file)?;
        }
        let url = url
            .resolve(self.environment, self.file.parent())
            .map_err(|error| error.at(self.place("store.url")))?;
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.expose_secret().starts_with(scheme)) {
            return Err(self
                .wrong("store.url", "A shared store is on PostgreSQL: its URL begins with postgres://.")
                .hint("For the embedded store write `path = \"store.db\"` in the place of url."));
        }
        Ok(StoreSettings { path, url: Some(url) })
    }

    fn model(&self) -> Result<ModelSettings> {
        let raw = &self.raw.model;
        let provider = raw.provider.unwrap_or(Provider::Groq);
        if matches!(raw.api_key, Some(Secret::Inline(_))) {
            refuse_open_secrets(self.file)?;
        }
        let temperature = self.in_range("model.temperature", raw.temperature.unwrap_or(0.4), (0.0, 2.0))?;
        let effort = raw.reasoning_effort.clone().unwrap_or_else(|| "low".to_owned());
        let effort = self.one_of("model.reasoning_effort", effort, &EFFORTS)?;
        let price = raw.price.as_deref().map(Price::per_million).transpose().map_err(|_| {
            self.wrong("model.price", "model.price is no price.")
                .hint("US dollars for a million tokens in and out, as \"0.075,0.30\".")
        })?;
        let base_url = raw.base_url.clone().unwrap_or_else(|| "https://api.groq.com/openai/v1".to_owned());
        if !(base_url.starts_with("https://")
            || base_url.starts_with("http://127.0.0.1")
            || base_url.starts_with("http://localhost"))
        {
            return Err(self
                .wrong("model.base_url", "model.base_url must begin with https://.")
                .hint("Plain http:// is allowed to 127.0.0.1 and localhost alone: résumés would be readable on the way."));
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 200 after the check above"
        )]
        let temperature_percent = (temperature * 100.0).round() as u16;
        Ok(ModelSettings {
            provider,
            name: raw.name.clone().unwrap_or_else(|| "openai/gpt-oss-20b".to_owned()),
            price,
            base_url: base_url.trim_end_matches('/').to_owned(),
            api_key: match provider {
                Provider::Simulator => None,
                Provider::Groq => {
                    Some(raw.api_key.clone().unwrap_or(Secret::Env { env: "GROQ_API_KEY".to_owned() }))
                }
            },
            max_streams: self.in_range("model.max_streams", raw.max_streams.unwrap_or(400), (1, 5_000))?,
            reasoning_effort: (effort != "none").then_some(effort),
            temperature_percent,
            prompt: raw.prompt.as_deref().map(|path| self.relative(path)),
            head_timeout: self.time("model.head_timeout", raw.head_timeout.unwrap_or(60.0))?,
            idle_timeout: self.time("model.idle_timeout", raw.idle_timeout.unwrap_or(20.0))?,
            retry_after: self.time("model.retry_after", raw.retry_after.unwrap_or(0.5))?,
        })
    }

    fn batch(&self) -> Result<BatchSettings> {
        let raw = &self.raw.batch;
        let min_words = self.in_range("batch.min_words", raw.min_words.unwrap_or(40), (0, 10_000))?;
        let max_words = self.in_range("batch.max_words", raw.max_words.unwrap_or(6_000), (1, 50_000))?;
        if min_words > max_words {
            return Err(self.wrong("batch.min_words", "batch.min_words is more than batch.max_words."));
        }
        let budget = self.money("batch.budget", raw.budget.as_deref(), 2_000)?;
        let economy_look = self.time("batch.economy_look", raw.economy_look.unwrap_or(60.0))?;
        Ok(BatchSettings { budget, min_words, max_words, economy_look })
    }

    fn terminal(&self) -> Result<TerminalSettings> {
        let raw = &self.raw.terminal;
        let theme = raw.theme.clone().unwrap_or_else(|| "auto".to_owned());
        Ok(TerminalSettings {
            theme: self.one_of("terminal.theme", theme, &THEMES)?,
            colours: raw.colours.unwrap_or(Colours::Auto),
            fps: self.in_range("terminal.fps", raw.fps.unwrap_or(30), (1, 60))?,
            clipboard: raw.clipboard.unwrap_or(Clipboard::Off),
            idle_minutes: self.raw.terminal.idle_minutes,
            mouse: raw.mouse.unwrap_or(false),
            low_bandwidth: raw.low_bandwidth.unwrap_or(false),
        })
    }

    fn simulator(&self) -> Result<SimulatorSettings> {
        let raw = &self.raw.simulator;
        Ok(SimulatorSettings {
            seed: raw.seed.unwrap_or(1),
            speed: self.in_range("simulator.speed", raw.speed.unwrap_or(1.5), (0.1, 1_000.0))?,
            scenario: raw.scenario.as_deref().map(|path| self.relative(path)),
        })
    }

    fn log(&self) -> Result<LogSettings> {
        let level = self.raw.log.level.clone().unwrap_or_else(|| "info".to_owned());
        let level = self.one_of("log.level", level, &LEVELS)?;
        let dir = match &self.raw.log.dir {
            Some(dir) => self.relative(dir),
            None => project_dirs()?.data_local_dir().join("log"),
        };
        Ok(LogSettings { level, dir })
    }
}

fn has_password(url: &SecretString) -> bool {
    url.expose_secret().contains('@') || url.expose_secret().contains("password=")
}

impl Secret {
    /// The value. Relative files are relative to `folder`.
    ///
    /// # Errors
    /// The variable is not set, or the file cannot be read.
    pub fn resolve(&self, environment: &Environment, folder: Option<&Path>) -> Result<SecretString> {
        match self {
            Self::Inline(value) => Ok(value.clone()),
            Self::Env { env } => environment.get(env).map(SecretString::from).ok_or_else(|| {
                Error::config(format!("The variable {env} is not set.")).hint(format!("export {env}=…"))
            }),
            Self::File { file } => {
                let path = folder.unwrap_or(Path::new("")).join(file);
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Error::config(format!("The secret in {} cannot be read: {error}.", path.display()))
                })?;
                Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
            }
            Self::Command { command } => printed(command),
        }
    }
}

/// Whether a URL has a password between its user and its host.
fn holds_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    if rest.contains("password=") {
        return true;
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// What a program prints. It may ask on the terminal: its input and its errors are those of redraft.
fn printed(command: &[String]) -> Result<SecretString> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Error::config("The command that prints the secret is empty."));
    };
    let failed = |why: String| Error::config(format!("The secret cannot be had from `{program}`: {why}."));
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("it prints no UTF-8 text".to_owned()))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}
