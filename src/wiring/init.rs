//! What `redraft init` needs of the other rooms: a look at the database, the configuration tried before it is written,
//! and the file itself.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};

use super::open_source;
use crate::{
    config::{self, DatabaseSettings, Environment},
    error::{Error, Result},
    proposal::{Schema, mask},
    source::{
        self,
        port::{PageQuery, SourceError},
    },
};

/// How many candidates are looked at for one with text.
const SAMPLE: u32 = 20;

/// A candidate as it would be read, unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The display name.
    pub name: String,
    /// The sections by id; `None` for NULL.
    pub sections: Vec<(String, Option<String>)>,
}

/// What the mapping sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What the mapped columns are now, by `table.column`.
    pub fingerprint: BTreeMap<String, String>,
    /// How many candidates.
    pub candidates: u64,
    /// How many postings, at most 1,000.
    pub postings: usize,
    /// The one with the most text of the first few.
    pub sample: Option<Masked>,
}

/// Whether a file may be written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It must not exist.
    No,
    /// It may.
    Yes,
}

/// Looks at a database.
pub async fn look(database: &DatabaseSettings) -> Result<Schema> {
    source::survey(database).await.map_err(|error| match error {
        // There is no configuration yet that somebody could look at.
        SourceError::Unreachable(_) => Error::remote(error.to_string())
            .hint("Nothing was written. Look at the address, the account and its password, then try again."),
        SourceError::Busy(_)
        | SourceError::ReadOnly(_)
        | SourceError::Mapping { .. }
        | SourceError::Unreadable(_)
        | SourceError::Engine(_) => error.into(),
    })
}

/// Reads through a configuration that is not written down yet.
///
/// # Errors
/// The configuration does not hold, or the mapping does not fit the database.
pub async fn try_out(
    file: &Path,
    text: &str,
    database: &DatabaseSettings,
    environment: &Environment,
) -> Result<Trial> {
    let mut config = config::parse_text(file, text, environment)?;
    // A password that was typed stands in no file yet.
    config.database.password.clone_from(&database.password);
    let source = open_source(&config).await?;
    let fingerprint = source::fingerprint(&config.database, &config.mapping).await?;
    let candidates = source.count().await?;
    let page = source.page(&PageQuery { limit: SAMPLE, ..PageQuery::default() }).await?;
    let mut best: Option<(usize, Masked)> = None;
    for candidate in page.candidates {
        // One that cannot be read is no reason to stop: `redraft check` tells of it.
        let Ok(Some((candidate, document))) = source.read(&candidate.id).await else { continue };
        let length =
            document.sections.iter().filter_map(|section| section.text.as_ref()).map(String::len).sum();
        if best.as_ref().is_none_or(|(most, _)| length > *most) {
            let text = |text: &Option<String>| text.as_deref().map(mask);
            let sections = document
                .sections
                .iter()
                .map(|section| (section.id.to_string(), text(&section.text)))
                .collect();
            best = Some((length, Masked { name: mask(&candidate.name), sections }));
        }
    }
    let postings = source.postings().await?.len();
    Ok(Trial { fingerprint, candidates, postings, sample: best.map(|(_, masked)| masked) })
}

/// Refuses a file that exists, unless it may be written over.
pub fn free(path: &Path, overwrite: Overwrite) -> Result<()> {
    if overwrite == Overwrite::No && path.symlink_metadata().is_ok() {
        return Err(Error::user(format!("{} exists already. Nothing was changed.", path.display()))
            .hint("Look at it first; --force writes over it, --output FILE writes elsewhere."));
    }
    Ok(())
}

/// Writes a secret into a file of its own.
pub fn write_secret(path: &Path, secret: &SecretString, overwrite: Overwrite) -> Result<()> {
    write(path, secret.expose_secret(), overwrite)
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write(path: &Path, text: &str, overwrite: Overwrite) -> Result<()> {
    free(path, overwrite)?;
    let failed = |error: io::Error| {
        Error::user(format!("{} cannot be written.", path.display()))
            .because(error)
            .hint("Name another place with --output FILE.")
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut growing = path.as_os_str().to_owned();
    growing.push(".partial");
    let growing = Path::new(&growing);
    let written = whole(growing, text).and_then(|()| match overwrite {
        Overwrite::Yes => fs::rename(growing, path),
        // A link, unlike a new name, is refused if somebody made the file meanwhile.
        Overwrite::No => fs::hard_link(growing, path),
    });
    fs::remove_file(growing).ok();
    written.map_err(failed)
}

fn whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
    // Left over by somebody else, it may have had another mode.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_owners_and_never_written_over_unless_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config.toml");
        write(&path, "a = 1\n", Overwrite::No).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let error = write(&path, "a = 2\n", Overwrite::No).unwrap_err();
        assert!(error.message().contains("exists already"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "a = 1\n");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, "a = 3\n", Overwrite::Yes).unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("a = 3\n", 0o600));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
