//! Writes the made-up candidates of [`crate::demo`] into a new SQLite file.
//!
//! It stands here because only this room writes SQL. The file is an ordinary candidate database with a schema like that
//! of a small platform; nothing in it belongs to redraft, and everybody else reads it through a mapping as any other.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    AssertSqlSafe, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use thiserror::Error;
use tokio::fs;

use crate::demo::{self, Application, DemoPosting, Person};

/// Why the file was not made.
#[derive(Debug, Error)]
pub enum DemoError {
    /// There is such a file; it is never overwritten.
    #[error("{} exists already.", .0.display())]
    Exists(PathBuf),
    /// The file cannot be made, filled or put in its place.
    #[error("The demo's candidate database cannot be written to {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// SQLite refuses.
    #[error("The demo's candidate database cannot be filled")]
    Engine(#[from] sqlx::Error),
}

const SCHEMA: &str = "
    CREATE TABLE candidates (
        id INTEGER PRIMARY KEY,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        email TEXT NOT NULL,
        phone TEXT,
        city TEXT,
        country TEXT,
        occupation TEXT,
        years INTEGER,
        summary TEXT,
        experience TEXT,
        skills TEXT,
        education TEXT,
        consent INTEGER NOT NULL DEFAULT 0,
        updated_at TEXT NOT NULL
    );
    CREATE TABLE postings (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        company TEXT NOT NULL,
        location TEXT NOT NULL,
        description TEXT NOT NULL,
        status TEXT NOT NULL,
        updated_at TEXT NOT NULL
    );
    CREATE TABLE applications (
        candidate_id INTEGER NOT NULL REFERENCES candidates (id),
        posting_id INTEGER NOT NULL REFERENCES postings (id),
        stage TEXT NOT NULL,
        PRIMARY KEY (candidate_id, posting_id)
    );
    CREATE INDEX applications_by_posting ON applications (posting_id);
";

const INSERT_CANDIDATES: &str = "INSERT INTO candidates (id, first_name, last_name, email, phone, city, country, \
     occupation, years, summary, experience, skills, education, consent, updated_at) VALUES ";
const INSERT_POSTING: &str = "INSERT INTO postings (id, title, company, location, description, status, updated_at) \
     VALUES (?, ?, ?, ?, ?, ?, ?)";
const INSERT_APPLICATIONS: &str = "INSERT INTO applications (candidate_id, posting_id, stage) VALUES ";

/// Candidates a statement: 100,000 are written in few round trips to the database's thread.
const ROWS: usize = 50;

/// Makes the candidate database with the first `count` candidates of `seed`, readable by its owner alone.
///
/// It grows under another name beside `path` and is renamed when it is complete and on the disk, so that a program that
/// is killed meanwhile leaves no half database. Whoever calls makes sure that two do not do so at once.
pub async fn create(path: &Path, seed: u64, count: usize) -> Result<(), DemoError> {
    let failed = |error| DemoError::File(path.to_owned(), error);
    if fs::try_exists(path).await.map_err(failed)? {
        return Err(DemoError::Exists(path.to_owned()));
    }
    let growing = beside(path);
    match fs::remove_file(&growing).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        Ok(()) | Err(_) => {}
    }
    new_file(&growing).await.map_err(failed)?;
    let filled = fill(&growing, seed, count).await;
    if let Err(error) = filled {
        // What cannot be removed either is removed by the next call.
        fs::remove_file(&growing).await.ok();
        return Err(error);
    }
    fs::rename(&growing, path).await.map_err(failed)?;
    sync_folder(path).await.map_err(failed)
}

/// The name under which the file grows.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, ToOwned::to_owned);
    name.push(".partial");
    path.with_file_name(name)
}

async fn new_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await.map(drop)
}

/// Makes the new name durable.
async fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder).await?.sync_all().await
}

async fn fill(path: &Path, seed: u64, count: usize) -> Result<(), DemoError> {
    // Neither journal nor waiting for the disk: an unfinished file is thrown away, a finished one is synchronised below.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    let postings = demo::postings(seed);
    insert_postings(&mut transaction, &postings).await?;
    let mut people = demo::people(seed, count);
    loop {
        let chunk: Vec<Person> = people.by_ref().take(ROWS).collect();
        if chunk.is_empty() {
            break;
        }
        let applications: Vec<Application> =
            chunk.iter().filter_map(|person| demo::application(seed, person, &postings)).collect();
        insert_candidates(&mut transaction, chunk).await?;
        insert_applications(&mut transaction, &applications).await?;
    }
    transaction.commit().await?;
    connection.close().await?;
    let synced = async { fs::File::open(path).await?.sync_all().await };
    synced.await.map_err(|error| DemoError::File(path.to_owned(), error))
}

/// The places of `rows` rows: `(?, ?), (?, ?)`.
fn places(columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row.as_str(); rows].join(", ")
}

async fn insert_candidates(connection: &mut SqliteConnection, people: Vec<Person>) -> sqlx::Result<()> {
    let mut query = sqlx::query(AssertSqlSafe(format!("{INSERT_CANDIDATES}{}", places(15, people.len()))));
    for person in people {
        query = query
            .bind(person.id)
            .bind(person.first_name)
            .bind(person.last_name)
            .bind(person.email)
            .bind(person.phone)
            .bind(person.city)
            .bind(person.country)
            .bind(person.occupation)
            .bind(person.years)
            .bind(person.summary)
            .bind(person.experience)
            .bind(person.skills)
            .bind(person.education)
            .bind(person.consent)
            .bind(person.updated_at);
    }
    query.execute(connection).await.map(drop)
}

async fn insert_postings(connection: &mut SqliteConnection, postings: &[DemoPosting]) -> sqlx::Result<()> {
    for posting in postings {
        sqlx::query(INSERT_POSTING)
            .bind(posting.id)
            .bind(posting.title.clone())
            .bind(posting.company.clone())
            .bind(posting.location.clone())
            .bind(posting.text.clone())
            .bind(posting.status)
            .bind(posting.updated_at.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert_applications(
    connection: &mut SqliteConnection,
    applications: &[Application],
) -> sqlx::Result<()> {
    if applications.is_empty() {
        return Ok(());
    }
    let places = places(3, applications.len());
    let mut query = sqlx::query(AssertSqlSafe(format!("{INSERT_APPLICATIONS}{places}")));
    for application in applications {
        query = query.bind(application.candidate_id).bind(application.posting_id).bind(application.stage);
    }
    query.execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests {
    use sqlx::Row as _;

    use super::*;

    async fn open(path: &Path) -> SqliteConnection {
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).read_only(true))
            .await
            .unwrap()
    }

    async fn number(connection: &mut SqliteConnection, query: &'static str) -> i64 {
        sqlx::query(query).fetch_one(connection).await.unwrap().get(0)
    }

    #[tokio::test]
    async fn the_file_holds_what_the_generator_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("candidates.sqlite");
        create(&path, 7, 120).await.unwrap();
        let mut database = open(&path).await;
        assert_eq!(number(&mut database, "SELECT count(*) FROM candidates").await, 120);
        assert_eq!(number(&mut database, "SELECT count(*) FROM postings").await, 12);
        assert!(number(&mut database, "SELECT count(*) FROM applications").await > 10);
        let row = sqlx::query("SELECT last_name, years, summary, experience, skills, education, consent FROM candidates WHERE id = 113")
            .fetch_one(&mut database)
            .await
            .unwrap();
        let person = demo::people(7, 120).nth(112).unwrap();
        assert_eq!(row.get::<String, _>(0), person.last_name);
        assert_eq!(row.get::<u32, _>(1), person.years);
        assert_eq!(row.get::<Option<String>, _>(2), person.summary);
        assert_eq!(row.get::<Option<String>, _>(3), person.experience);
        assert_eq!(row.get::<Option<String>, _>(4), person.skills);
        assert_eq!(row.get::<Option<String>, _>(5), person.education);
        assert_eq!(row.get::<bool, _>(6), person.consent);
        assert_eq!(number(&mut database, "SELECT count(*) FROM pragma_foreign_key_check").await, 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("candidates.sqlite");
        create(&path, 7, 3).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["candidates.sqlite"]);
    }

    #[tokio::test]
    async fn what_is_there_is_not_overwritten_but_a_half_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("candidates.sqlite");
        std::fs::write(beside(&path), "half").unwrap();
        create(&path, 7, 3).await.unwrap();
        assert!(!beside(&path).exists());
        let error = create(&path, 8, 5).await.unwrap_err();
        assert!(matches!(&error, DemoError::Exists(there) if *there == path), "{error}");
        assert_eq!(number(&mut open(&path).await, "SELECT count(*) FROM candidates").await, 3);
        let nowhere = create(&folder.path().join("no/such/folder.sqlite"), 7, 3).await.unwrap_err();
        assert!(matches!(nowhere, DemoError::File(..)), "{nowhere}");
    }

    #[tokio::test]
    async fn the_same_seed_gives_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a.sqlite", "b.sqlite"].map(|name| folder.path().join(name));
        create(&first, 7, 60).await.unwrap();
        create(&second, 7, 60).await.unwrap();
        assert_eq!(std::fs::read(first).unwrap(), std::fs::read(second).unwrap());
    }
}
