//! The demo's directory: made once, used as any other configuration afterwards.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

use crate::{
    demo::{DEFAULT_COUNT, DEFAULT_SEED},
    error::{Error, Result},
    source::demo::{DemoError, create},
};

const CONFIG: &str = include_str!("../../assets/demo/config.toml");

/// What was asked for, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The directory.
    pub dir: PathBuf,
    /// The configuration in it.
    pub config: PathBuf,
    /// Whether its candidates were made now.
    pub made: Made,
}

/// Whether the candidates were made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// They were.
    Now,
    /// They were there before, and stay as they are.
    Before,
}

/// Makes the demo in `dir` with so many candidates, if it is not there yet.
///
/// Whatever breaks off, the next call goes on; of two that come at once the second waits.
pub async fn prepare(dir: &Path, candidates: Option<usize>) -> Result<Prepared> {
    let failed = |error: io::Error| {
        Error::user("The demo's directory cannot be made.")
            .at(dir.display().to_string())
            .because(error)
            .hint("Name another one with --dir.")
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    let dir = fs::canonicalize(dir).map_err(failed)?;
    let _alone = alone(&dir).map_err(failed)?;
    let database = dir.join("candidates.db");
    let made = match create(&database, DEFAULT_SEED, candidates.unwrap_or(DEFAULT_COUNT)).await {
        Ok(()) => Made::Now,
        Err(DemoError::Exists(_)) => Made::Before,
        Err(error @ (DemoError::File(..) | DemoError::Engine(_))) => {
            return Err(Error::user("The demo's candidates cannot be made.").because(error));
        }
    };
    let config = dir.join("config.toml");
    write_once(&config).map_err(failed)?;
    Ok(Prepared { dir, config, made })
}

/// Holds the directory until the file is dropped.
fn alone(dir: &Path) -> io::Result<File> {
    let path = dir.join(".lock");
    let file = OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

fn write_once(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    let growing = path.with_extension("toml.partial");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&growing)?;
    file.write_all(CONFIG.as_bytes())?;
    file.sync_all()?;
    fs::rename(growing, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, LoadOptions, Provider, load};

    #[tokio::test]
    async fn the_demo_is_made_once_and_its_configuration_holds() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("a/b");
        let first = prepare(&dir, Some(3)).await.unwrap();
        assert_eq!(first.made, Made::Now);
        fs::write(&first.config, format!("{CONFIG}\n[review]\nname = \"anna\"\n")).unwrap();
        let second = prepare(&dir, Some(9)).await.unwrap();
        assert_eq!(second, Prepared { made: Made::Before, ..first.clone() });
        let options = LoadOptions { file: Some(first.config), environment: Environment::default() };
        let config = load(&options).unwrap();
        assert_eq!(config.model.provider, Provider::Simulator);
        assert_eq!(config.review.name.as_deref(), Some("anna"), "what somebody changed stays");
        assert_eq!(config.store.path, first.dir.join("store.db"));
        assert_eq!(config.mapping.section.len(), 4);
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_is_told_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = prepare(&file.join("demo"), None).await.unwrap_err();
        assert_eq!(error.message(), "The demo's directory cannot be made.");
        assert_eq!(error.hints(), ["Name another one with --dir."]);
    }
}
