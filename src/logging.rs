//! The log: a JSON file a day in the directory that the configuration names, the last seven kept, never the terminal.
//!
//! What is logged names things by their ids. Texts, names, prompts and replies are logged nowhere and at no level; that
//! is the duty of whoever logs. Here only what a driver might say is taken care of: other crates are heard from
//! warnings on, and what stands between `//` and `@` in an address is blacked out.

use std::{
    fs::DirBuilder,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_appender::{
    non_blocking::{NonBlockingBuilder, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, registry};

use crate::{
    config::LogSettings,
    error::{Error, Result},
};

/// How many days are kept.
const DAYS: usize = 7;

/// How many lines wait for the disk at the most; more are dropped, so that a slow disk stops nobody.
const WAITING: usize = 8_192;

/// The log while it is held; what waits is written when it is dropped.
#[derive(Debug)]
#[must_use = "the log ends when this is dropped"]
pub struct Log(#[allow(dead_code, reason = "it is held for what its drop does")] WorkerGuard);

/// Opens the log for the rest of the process.
///
/// # Errors
/// The directory cannot be made or written.
pub fn start(settings: &LogSettings) -> Result<Log> {
    let (subscriber, log) = subscriber(settings)?;
    // In tests of several in one process the first one stays.
    tracing::subscriber::set_global_default(subscriber).ok();
    Ok(log)
}

fn subscriber(settings: &LogSettings) -> Result<(impl Subscriber + Send + Sync + use<>, Log)> {
    let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
        Error::config("The log cannot be written.")
            .at(format!("{}, log.dir", settings.dir.display()))
            .because(cause)
            .hint("Name a directory under [log] that this account may write: dir = \"PATH\".")
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&settings.dir)
        .map_err(|error| failed(error.into()))?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("redraft")
        .filename_suffix("jsonl")
        .max_log_files(DAYS)
        .build(&settings.dir)
        .map_err(|error| failed(error.into()))?;
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).lossy(true).finish(Discreet(file));
    let own = settings.level.parse().unwrap_or(LevelFilter::INFO);
    let others = own.min(LevelFilter::WARN);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(move || writer.clone());
    let filter = Targets::new().with_default(others).with_target("redraft", own);
    Ok((registry().with(filter).with(lines), Log(guard)))
}

/// Blacks out credentials in addresses; a line comes in one piece.
struct Discreet<W>(W);

impl<W: Write> Write for Discreet<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(without_credentials(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Puts dots in the place of what stands between `://` and the last `@` of an address.
fn without_credentials(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut parts = text.split("://");
    kept.push_str(parts.next().unwrap_or_default());
    for part in parts {
        kept.push_str("://");
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/' | '?' | '#' | '<' | '>' | '\\');
        let authority = part.split(ends).next().unwrap_or_default();
        match authority.rsplit_once('@') {
            Some((credentials, _)) => {
                kept.push('…');
                kept.push_str(part.strip_prefix(credentials).unwrap_or_default());
            }
            None => kept.push_str(part),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use tempfile::TempDir;

    use super::*;

    fn settings(folder: &TempDir, level: &str) -> LogSettings {
        LogSettings { level: level.to_owned(), dir: folder.path().join("a/log") }
    }

    fn written(settings: &LogSettings) -> String {
        let mut files = fs::read_dir(&settings.dir).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        assert!(file.file_name().unwrap().to_str().unwrap().starts_with("redraft."));
        fs::read_to_string(file).unwrap()
    }

    #[test]
    fn a_line_is_json_in_the_file_of_the_day() {
        let folder = TempDir::new().unwrap();
        let settings = settings(&folder, "info");
        let (subscriber, log) = subscriber(&settings).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(rewrite = "rwt_1", "written");
            tracing::debug!("too small");
            tracing::info!(target: "sqlx::query", "somebody else's");
            tracing::warn!(target: "reqwest", "cannot reach postgres://ann:S3cr3tPw@db/x");
        });
        drop(log);
        let text = written(&settings);
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!((&lines[0]["message"], &lines[0]["rewrite"]), (&"written".into(), &"rwt_1".into()));
        assert_eq!(lines[1]["message"], "cannot reach postgres://…@db/x");
        let mode = fs::metadata(&settings.dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn the_level_is_that_of_the_configuration() {
        for (level, lines) in [("error", 1), ("warn", 2), ("info", 3), ("debug", 4), ("trace", 5)] {
            let folder = TempDir::new().unwrap();
            let settings = settings(&folder, level);
            let (subscriber, log) = subscriber(&settings).unwrap();
            tracing::subscriber::with_default(subscriber, || {
                tracing::error!("5");
                tracing::warn!("4");
                tracing::info!("3");
                tracing::debug!("2");
                tracing::trace!("1");
            });
            drop(log);
            assert_eq!(written(&settings).lines().count(), lines, "{level}");
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_told_with_the_key() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("a"), "a file").unwrap();
        let Err(error) = subscriber(&settings(&folder, "info")) else { panic!("it was made") };
        assert_eq!(error.message(), "The log cannot be written.");
        assert!(error.to_string().contains("log.dir"), "{error}");
    }

    #[test]
    fn credentials_are_blacked_out_and_nothing_else() {
        for (text, kept) in [
            ("mysql://u:p@h/db?x=1 rest", "mysql://…@h/db?x=1 rest"),
            ("a://u:p@w@h:5/x, b://c:d@e", "a://…@h:5/x, b://…@e"),
            ("https://api.groq.com/x says a@b", "https://api.groq.com/x says a@b"),
            ("no address: ann@example.com", "no address: ann@example.com"),
        ] {
            assert_eq!(without_credentials(text), kept);
        }
    }
}
