//! What is peculiar to SQLite and to the mapping; what every engine must do is told in the integration tests.

use std::{fs, path::PathBuf, time::Duration};

use secrecy::SecretString;
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::{
    db::{Db, Login},
    mapped::Mapped,
    open,
    port::{CandidateDatabase, CheckLevel, PageQuery, SourceError, WriteOutcome},
};
use crate::{
    config::{DatabaseSettings, Mapping, WriteBackSettings},
    domain::{CandidateId, Document},
};

const SCHEMA: &str = "
    CREATE TABLE candidates (
        id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, city TEXT, email TEXT,
        summary TEXT, skills TEXT CHECK (skills IS NULL OR length(skills) < 200), number INTEGER,
        shout TEXT GENERATED ALWAYS AS (upper(summary)), updated_at TEXT
    );
    CREATE TABLE postings (id INTEGER PRIMARY KEY, title TEXT, description TEXT, status TEXT);
    CREATE TABLE applications (candidate_id INTEGER, posting_id INTEGER);
    CREATE VIEW seen AS SELECT id, first_name, summary FROM candidates;
    INSERT INTO candidates (id, first_name, last_name, city, summary, skills)
        VALUES (1, 'Ana', 'Lind', 'Lund', 'Cooks.', 'knives'), (2, 'Bo', 'Ek', 'Umeå', 'Bakes.', NULL);
    INSERT INTO postings VALUES (1, 'Cook', 'Cook for us.', 'open');
";

const MAPPING: &str = r#"
    [candidate]
    table = "candidates"
    key = ["id"]
    display = ["first_name", "last_name"]
    show = ["city"]
    [[section]]
    id = "summary"
    column = "summary"
    [[section]]
    id = "skills"
    column = "skills"
    [posting]
    table = "postings"
    key = ["id"]
    title = { column = "title" }
    text = [{ column = "description" }]
    [link]
    table = "applications"
    candidate = { candidate_id = "id" }
    posting = { posting_id = "id" }
"#;

struct File {
    folder: TempDir,
    path: PathBuf,
}

impl File {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("c.db");
        let file = Self { folder, path };
        file.sql(SCHEMA).await;
        file
    }

    async fn connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.path).create_if_missing(true);
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    async fn sql(&self, sql: &'static str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    fn settings(&self) -> DatabaseSettings {
        DatabaseSettings::at(self.url())
    }

    fn url(&self) -> SecretString {
        SecretString::from(format!("sqlite:{}", self.path.display()))
    }

    /// Opened with a short wait for locks.
    async fn impatient(&self) -> Mapped {
        let (url, busy_timeout) = (self.url(), Duration::from_millis(20));
        let db = Db::connect(Login { url: &url, password: None, busy_timeout }).await.unwrap();
        Mapped::open(db, &mapping(MAPPING), &WriteBackSettings::default()).await.unwrap()
    }
}

fn mapping(text: &str) -> Mapping {
    toml::from_str(text).unwrap()
}

async fn complaint(file: &File, text: &str) -> (String, String, String) {
    match open(&file.settings(), &mapping(text)).await {
        Err(SourceError::Mapping { message, place, hint }) => (message, place, hint.unwrap_or_default()),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{text} was taken"),
    }
}

async fn read(database: &dyn CandidateDatabase, id: &str) -> Document {
    database.read(&CandidateId(id.to_owned())).await.unwrap().unwrap().1
}

fn with(document: &Document, index: usize, text: &str) -> Document {
    let mut document = document.clone();
    document.sections[index].text = Some(text.to_owned());
    document
}

/// What is changed in the mapping, and what is said then: sentence, place, part of the hint.
type Misfit = ((&'static str, &'static str), &'static str, &'static str, &'static str);

const MISFITS: [Misfit; 14] = [
    (
        ("column = \"summary\"", "column = \"sumary\""),
        "Section \"summary\" reads column \"sumary\", which table \"candidates\" does not have.",
        "mapping.section[0].column",
        "Did you mean \"summary\"?",
    ),
    (
        ("table = \"candidates\"", "table = \"people\""),
        "The candidate database has no table \"people\".",
        "mapping.candidate.table",
        "The database has \"applications\", \"candidates\", \"postings\" and \"seen\".",
    ),
    (
        ("key = [\"id\"]\n    display", "key = [\"uid\"]\n    display"),
        "The candidate's key reads column \"uid\", which table \"candidates\" does not have.",
        "mapping.candidate.key[0]",
        "Did you mean \"id\"?",
    ),
    (
        ("show = [\"city\"]", "show = [\"city\", \"town\"]"),
        "The list shows column \"town\", which table \"candidates\" does not have.",
        "mapping.candidate.show[1]",
        "The table has",
    ),
    (
        ("show = [\"city\"]", "show = [\"city\"]\nnever_read = [\"City\"]"),
        "The mapping reads column \"city\", which never_read forbids.",
        "mapping.candidate.show[0]",
        "",
    ),
    (
        ("show = [\"city\"]", "show = [\"city\"]\nwhere = \"consnt = 1\""),
        "SQLite cannot read the SQL of mapping.candidate.where: no such column: consnt.",
        "mapping.candidate.where",
        "",
    ),
    (
        ("show = [\"city\"]", "show = [\"city\"]\nwhere = \"1 = 1) OR (1 = 1\""),
        "The SQL of mapping.candidate.where closes a parenthesis that it did not open.",
        "mapping.candidate.where",
        "",
    ),
    (
        ("column = \"skills\"", "column = \"shout\""),
        "Section \"skills\" writes column \"shout\", which cannot be written: it is computed by the database.",
        "mapping.section[1].column",
        "Map another column",
    ),
    (
        ("column = \"skills\"", "column = \"id\""),
        "Section \"skills\" writes column \"id\", which cannot be written: it is part of the candidate's key.",
        "mapping.section[1].column",
        "",
    ),
    (
        ("column = \"skills\"", "column = \"Summary\""),
        "Sections \"summary\" and \"skills\" are the same column.",
        "mapping.section[1].column",
        "",
    ),
    (
        ("column = \"skills\"", "column = \"skills\"\nset = { updated = \"1\" }"),
        "Section \"skills\" sets column \"updated\", which table \"candidates\" does not have.",
        "mapping.section[1].set.updated",
        "",
    ),
    (
        ("column = \"skills\"", "column = \"skills\"\nset = { updated_at = \"now()\" }"),
        "SQLite cannot read the SQL of mapping.section[1].set.updated_at: no such function: now.",
        "mapping.section[1].set.updated_at",
        "",
    ),
    (
        ("title = { column = \"title\" }", "title = { column = \"titel\" }"),
        "The posting reads column \"titel\", which table \"postings\" does not have.",
        "mapping.posting.title.column",
        "Did you mean \"title\"?",
    ),
    (
        ("posting = { posting_id", "posting = { posting"),
        "The link reads column \"posting\", which table \"applications\" does not have.",
        "mapping.link.posting.posting",
        "The table has \"candidate_id\" and \"posting_id\".",
    ),
];

#[tokio::test]
async fn a_mapping_that_does_not_fit_is_refused_with_sentence_place_and_hint() {
    let file = File::new().await;
    for ((from, to), message, place, hint) in MISFITS {
        assert!(MAPPING.contains(from), "{from}");
        let (said, at, remedy) = complaint(&file, &MAPPING.replace(from, to)).await;
        assert_eq!((said.as_str(), at.as_str()), (message, place));
        assert!(remedy.contains(hint), "{remedy}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_and_not_made() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("no.db");
    let settings = |path: &PathBuf| DatabaseSettings::at(format!("sqlite:{}", path.display()));
    let missing = open(&settings(&path), &mapping(MAPPING)).await.err().unwrap();
    assert_eq!(
        missing.to_string(),
        format!("The candidate database cannot be reached: there is no file {}", path.display())
    );
    assert!(!path.exists());
    let directory = open(&settings(&folder.path().to_owned()), &mapping(MAPPING)).await.err().unwrap();
    assert!(directory.to_string().ends_with("is a directory"), "{directory}");
    fs::write(&path, "this is no database, only a text that is long enough to have a head").unwrap();
    let garbage = open(&settings(&path), &mapping(MAPPING)).await.err().unwrap();
    assert!(garbage.to_string().ends_with("the file is no SQLite database, or it is encrypted"), "{garbage}");
    fs::write(&path, "").unwrap();
    let (said, _, hint) = match open(&settings(&path), &mapping(MAPPING)).await {
        Err(SourceError::Mapping { message, place, hint }) => (message, place, hint.unwrap()),
        other => panic!("{:?}", other.err()),
    };
    assert_eq!(said, "The candidate database has no table \"candidates\".");
    assert_eq!(hint, "The database has no tables at all; is it the right one?");
}

#[tokio::test]
async fn somebody_elses_lock_is_busy_and_the_write_goes_on_when_it_is_gone() {
    let file = File::new().await;
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    let after = with(&before, 0, "Cooks well.");
    let id = CandidateId("1".to_owned());
    let mut other = file.connection().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let busy = database.compare_and_set(&id, &before, &after).await.unwrap_err();
    assert!(matches!(busy, SourceError::Busy(_)), "{busy}");
    assert_eq!(read(&database, "1").await, before, "readers are not kept out");
    other.execute("COMMIT").await.unwrap();
    assert_eq!(database.compare_and_set(&id, &before, &after).await.unwrap(), WriteOutcome::Written);
}

#[tokio::test]
async fn a_reader_that_keeps_the_commit_out_is_busy_and_nothing_is_written() {
    let file = File::new().await;
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    let id = CandidateId("1".to_owned());
    let mut other = file.connection().await;
    other.execute("BEGIN").await.unwrap();
    other.execute("SELECT count(*) FROM candidates").await.unwrap();
    let busy = database.compare_and_set(&id, &before, &with(&before, 0, "x")).await.unwrap_err();
    assert!(matches!(busy, SourceError::Busy(_)), "{busy}");
    other.execute("COMMIT").await.unwrap();
    assert_eq!(read(&database, "1").await, before);
    let again = database.compare_and_set(&id, &before, &with(&before, 0, "x")).await.unwrap();
    assert_eq!(again, WriteOutcome::Written);
}

#[tokio::test]
async fn what_is_stored_differently_is_undone_and_said_without_the_text() {
    for (trigger, words) in [
        (
            "CREATE TRIGGER t AFTER UPDATE OF summary ON candidates BEGIN
             UPDATE candidates SET summary = trim(summary) WHERE id = new.id; END",
            "is stored differently: white space at the beginning or the end is changed, from character 13 on; 13 bytes \
             were sent, 12 are stored. In shape, \"Aaaaa aaaaa. \" was sent and \"Aaaaa aaaaa.\" is stored.",
        ),
        ("CREATE TRIGGER t BEFORE UPDATE ON candidates BEGIN SELECT RAISE(IGNORE); END", "wrote no row"),
        (
            "CREATE TRIGGER t BEFORE UPDATE ON candidates BEGIN SELECT RAISE(ABORT, 'no ' || new.summary); END",
            "a trigger of the table refuses it",
        ),
        (
            "CREATE TRIGGER t AFTER UPDATE ON candidates BEGIN DELETE FROM candidates WHERE id = new.id; END",
            "a trigger removes it",
        ),
        (
            "CREATE TRIGGER t AFTER UPDATE OF summary ON candidates BEGIN
             UPDATE candidates SET skills = 'others' WHERE id = new.id; END",
            "Section \"skills\" is stored differently",
        ),
    ] {
        let file = File::new().await;
        file.sql(trigger).await;
        let database = file.impatient().await;
        let before = read(&database, "1").await;
        let after = with(&before, 0, "Maria cooks. ");
        match database.compare_and_set(&CandidateId("1".to_owned()), &before, &after).await.unwrap() {
            WriteOutcome::Refused(why) => {
                assert!(why.contains(words), "{why}");
                assert!(!why.contains("Maria"), "{why}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(read(&database, "1").await, before);
    }
}

#[tokio::test]
async fn a_text_that_a_column_makes_a_number_of_is_undone() {
    let file = File::new().await;
    let text = MAPPING.replace("column = \"skills\"", "column = \"number\"");
    let database = open(&file.settings(), &mapping(&text)).await.unwrap();
    let before = read(&*database, "1").await;
    let id = CandidateId("1".to_owned());
    match database.compare_and_set(&id, &before, &with(&before, 1, "007")).await.unwrap() {
        WriteOutcome::Refused(why) => assert_eq!(
            why,
            "What was sent is stored as something else. Section \"skills\" of this candidate holds a number, not a text."
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(read(&*database, "1").await, before);
}

#[tokio::test]
async fn a_constraint_refuses_with_its_name() {
    let file = File::new().await;
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    let after = with(&before, 1, &"long ".repeat(100));
    let outcome = database.compare_and_set(&CandidateId("1".to_owned()), &before, &after).await.unwrap();
    let WriteOutcome::Refused(why) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("CHECK constraint failed"), "{why}");
    assert_eq!(read(&database, "1").await, before);
}

#[tokio::test]
async fn a_column_that_goes_away_meanwhile_gets_the_sentence_it_would_have_got_at_the_start() {
    let file = File::new().await;
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    file.sql("ALTER TABLE candidates RENAME COLUMN skills TO abilities").await;
    let gone = database.read(&CandidateId("1".to_owned())).await.unwrap_err();
    assert_eq!(
        gone.to_string(),
        "Section \"skills\" reads column \"skills\", which table \"candidates\" does not have."
    );
    let write = database
        .compare_and_set(&CandidateId("1".to_owned()), &before, &with(&before, 0, "x"))
        .await
        .unwrap_err();
    assert!(matches!(write, SourceError::Mapping { .. }), "{write}");
    file.sql("ALTER TABLE candidates RENAME COLUMN abilities TO skills").await;
    assert_eq!(read(&database, "1").await, before);
}

#[tokio::test]
async fn a_file_that_was_replaced_is_opened_again() {
    let (file, other) = (File::new().await, File::new().await);
    other.sql("UPDATE candidates SET summary = 'Another file.' WHERE id = 1").await;
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    let id = CandidateId("1".to_owned());
    assert_eq!(
        database.compare_and_set(&id, &before, &with(&before, 0, "x")).await.unwrap(),
        WriteOutcome::Written
    );
    fs::rename(&other.path, &file.path).unwrap();
    assert_eq!(read(&database, "1").await.sections[0].text.as_deref(), Some("Another file."));
    let outcome = database.compare_and_set(&id, &before, &with(&before, 0, "y")).await.unwrap();
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
    fs::remove_file(&file.path).unwrap();
    let gone = database.count().await.unwrap_err();
    assert!(gone.to_string().contains("there is no file"), "{gone}");
}

#[tokio::test]
async fn bytes_stay_bytes_and_what_is_no_text_is_not_guessed_at() {
    let file = File::new().await;
    file.sql("UPDATE candidates SET summary = CAST('Cooks.' AS BLOB) WHERE id = 1").await;
    file.sql("UPDATE candidates SET summary = x'ff00' WHERE id = 2").await;
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    assert_eq!(before.sections[0].text.as_deref(), Some("Cooks."));
    let id = CandidateId("1".to_owned());
    let outcome = database.compare_and_set(&id, &before, &with(&before, 0, "Bakes.")).await.unwrap();
    assert_eq!(outcome, WriteOutcome::Written);
    let mut other = file.connection().await;
    let kind: String = sqlx::query_scalar("SELECT typeof(summary) FROM candidates WHERE id = 1")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(kind, "blob");
    let odd = database.read(&CandidateId("2".to_owned())).await.unwrap_err();
    assert!(matches!(odd, SourceError::Unreadable(_)), "{odd}");
    assert!(odd.to_string().contains("bytes that are no UTF-8"), "{odd}");
    let page = database.page(&PageQuery { limit: 9, ..PageQuery::default() }).await.unwrap();
    assert_eq!(page.candidates.len(), 2, "it is listed all the same");
}

#[tokio::test]
async fn a_check_changes_nothing_and_says_what_it_found() {
    let file = File::new().await;
    file.sql("CREATE TRIGGER stamp AFTER UPDATE OF summary ON candidates BEGIN SELECT 1; END").await;
    let bytes = fs::read(&file.path).unwrap();
    let database = open(&file.settings(), &mapping(MAPPING)).await.unwrap();
    let checks = database.check().await;
    assert_eq!(fs::read(&file.path).unwrap(), bytes);
    assert!(!checks.iter().any(|check| check.level == CheckLevel::Error), "{checks:#?}");
    for (subject, words) in [
        ("database", "SQLite 3."),
        ("database.journal", "\"delete\""),
        ("mapping.candidate", "sees 2 candidates"),
        ("mapping.section", "have text: summary 2, skills 1."),
        ("mapping.posting", "sees 1 posting."),
        ("table.candidates.triggers", "stamp"),
        ("write-back", "went through and was undone"),
    ] {
        assert!(
            checks.iter().any(|check| check.subject == subject && check.message.contains(words)),
            "{subject}: {checks:#?}"
        );
    }
}

#[tokio::test]
async fn a_check_finds_keys_that_are_not_unique_and_columns_that_alter_texts() {
    let file = File::new().await;
    file.sql(
        "CREATE TABLE bad (id INT, first_name TEXT, last_name TEXT, city TEXT, summary NUMERIC, skills TEXT)",
    )
    .await;
    file.sql("INSERT INTO bad (id, summary) VALUES (1, 'a'), (1, 'b'), (NULL, 'c'), (2, 'd')").await;
    let text = MAPPING.replace("table = \"candidates\"", "table = \"bad\"");
    let database = open(&file.settings(), &mapping(&text)).await.unwrap();
    let checks = database.check().await;
    let has = |level, words: &str| {
        assert!(
            checks.iter().any(|check| check.level == level && check.message.contains(words)),
            "{words}: {checks:#?}"
        );
    };
    has(CheckLevel::Error, "1 keys name more than one row");
    has(CheckLevel::Warning, "1 rows have NULL in \"id\"");
    has(CheckLevel::Error, "turns texts that look like numbers into numbers");
    let twice = database.read(&CandidateId("1".to_owned())).await.unwrap_err();
    assert!(twice.to_string().contains("Two candidates have the same key"), "{twice}");
    let page = database.page(&PageQuery { limit: 9, ..PageQuery::default() }).await.unwrap();
    assert_eq!(page.candidates.len(), 3, "the row without a key is left out");
}

#[tokio::test]
async fn a_view_can_be_read_and_its_write_is_refused() {
    let file = File::new().await;
    let text = "[candidate]\ntable = \"seen\"\nkey = [\"id\"]\ndisplay = [\"first_name\"]\n\
                [[section]]\nid = \"summary\"\ncolumn = \"summary\"\n";
    let database = open(&file.settings(), &mapping(text)).await.unwrap();
    let before = read(&*database, "1").await;
    let checks = database.check().await;
    assert!(checks.iter().any(|check| check.subject == "write-back" && check.level == CheckLevel::Error));
    let outcome =
        database.compare_and_set(&CandidateId("1".to_owned()), &before, &with(&before, 0, "x")).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn a_read_only_connection_is_told_as_such() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::new().await;
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(file.folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let writable = fs::OpenOptions::new().write(true).open(&file.path).is_ok();
    let database = file.impatient().await;
    let before = read(&database, "1").await;
    let outcome =
        database.compare_and_set(&CandidateId("1".to_owned()), &before, &with(&before, 0, "x")).await;
    fs::set_permissions(file.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // The administrator may write whatever the permissions say.
    if writable {
        assert_eq!(outcome.unwrap(), WriteOutcome::Written);
    } else {
        assert!(matches!(outcome, Err(SourceError::ReadOnly(_))), "{outcome:?}");
    }
}
