//! The platform's own connection to its database: people act on it, and a trigger keeps its true history.

use std::{sync::Arc, time::Duration};

use redraft::{config::DatabaseSettings, domain::CandidateId};
use sqlx::{
    AssertSqlSafe, Column, Connection, Executor, MySqlConnection, PgConnection, Row, SqliteConnection,
    ValueRef, sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::support::servers::{self, Database, Kind};

use super::world::BEFORE;

/// The engines that the stories of crashes are told on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
    /// Tables without transactions, and the skills in a table of their own.
    MyIsam,
}

/// What keeps the database: removed with the test.
enum Ground {
    File(TempDir),
    Server(Database),
}

enum Line {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mariadb(MySqlConnection),
}

/// The platform. A person who finds a row locked comes back later.
#[derive(Clone)]
pub struct Platform {
    line: Arc<Mutex<Line>>,
    ground: Arc<Ground>,
    /// Where both texts can be read.
    texts: &'static str,
}

/// One row of the candidate database's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub old: String,
    pub new: String,
    pub who: String,
}

/// Each write leaves a row, with who made it: the mapping says `redraft`, people say `person`. Both texts have collations
/// under which different texts are equal.
const SQLITE: &str = "
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, summary TEXT COLLATE NOCASE, skills TEXT COLLATE RTRIM, who TEXT);
    CREATE TABLE history (number INTEGER PRIMARY KEY, id INTEGER, was TEXT, made TEXT, who TEXT);
    CREATE INDEX history_of ON history (id);
    CREATE TRIGGER told AFTER UPDATE ON people BEGIN
        INSERT INTO history (id, was, made, who)
        VALUES (old.id, old.summary || '|' || old.skills, new.summary || '|' || new.skills, new.who);
    END;
";
const POSTGRES: &str = "
    CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
    CREATE TABLE people (id bigint PRIMARY KEY, name text, summary text COLLATE folded, skills text COLLATE folded,
                         who text);
    CREATE TABLE history (number bigserial PRIMARY KEY, id bigint, was text, made text, who text);
    CREATE INDEX history_of ON history (id);
    CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO history (id, was, made, who)
        VALUES (old.id, old.summary || '|' || old.skills, new.summary || '|' || new.skills, new.who);
        RETURN NULL;
    END $$;
    CREATE TRIGGER told AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION told();
";
const MARIADB: &str = "
    CREATE TABLE people (id bigint PRIMARY KEY, name text, summary text, skills text, who text) ENGINE = InnoDB;
    CREATE TABLE history (number bigint AUTO_INCREMENT PRIMARY KEY, id bigint, was text, made text, who text,
                          INDEX history_of (id)) ENGINE = InnoDB;
    CREATE TRIGGER told AFTER UPDATE ON people FOR EACH ROW
        INSERT INTO history (id, was, made, who)
        VALUES (old.id, concat(old.summary, '|', old.skills), concat(new.summary, '|', new.skills), new.who);
";
const MYISAM: &str = "
    CREATE TABLE people (id bigint PRIMARY KEY, name text, summary text, who text) ENGINE = MyISAM;
    CREATE TABLE extra (number bigint AUTO_INCREMENT PRIMARY KEY, person bigint UNIQUE, skills text, who text,
                        CHECK (skills <> 'refused')) ENGINE = MyISAM;
    CREATE VIEW both_of_them AS SELECT people.id, summary, skills FROM people LEFT JOIN extra ON person = people.id;
";

impl Platform {
    /// A database with so many candidates; `None` where the engine is not installed.
    pub async fn new(engine: Engine, candidates: usize) -> Option<Self> {
        let ground = match engine {
            Engine::Sqlite => {
                let folder = folder();
                std::fs::write(folder.path().join("people.db"), "").unwrap();
                Ground::File(folder)
            }
            Engine::Postgres => Ground::Server(servers::postgres()?),
            Engine::Mariadb | Engine::MyIsam => Ground::Server(servers::mariadb()?),
        };
        Some(Self::on(engine, ground, candidates).await)
    }

    /// [`Platform::new`] on a server that no other test uses.
    pub async fn own(engine: Engine, candidates: usize) -> Option<Self> {
        let kind = if engine == Engine::Postgres { Kind::Postgres } else { Kind::Mariadb };
        Some(Self::on(engine, Ground::Server(servers::own(kind)?), candidates).await)
    }

    async fn on(engine: Engine, ground: Ground, candidates: usize) -> Self {
        let line = connect(&ground, Duration::ZERO).await;
        let schema = match engine {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => POSTGRES,
            Engine::Mariadb => MARIADB,
            Engine::MyIsam => MYISAM,
        };
        let texts = if engine == Engine::MyIsam { "both_of_them" } else { "people" };
        let platform = Self { line: Arc::new(Mutex::new(line)), ground: Arc::new(ground), texts };
        platform.run(schema).await;
        let ids: Vec<usize> = (1..=candidates).collect();
        for some in ids.chunks(500) {
            if engine == Engine::MyIsam {
                let row = |id: &usize| format!("({id}, '{}', 'platform')", BEFORE[1]);
                let rows = some.iter().map(row).collect::<Vec<_>>().join(", ");
                platform.run(&format!("INSERT INTO extra (person, skills, who) VALUES {rows}")).await;
                let row = |id: &usize| format!("({id}, 'Ada', '{}', 'platform')", BEFORE[0]);
                let rows = some.iter().map(row).collect::<Vec<_>>().join(", ");
                platform.run(&format!("INSERT INTO people (id, name, summary, who) VALUES {rows}")).await;
                continue;
            }
            let row = |id: &usize| format!("({id}, 'Ada', '{}', '{}', 'platform')", BEFORE[0], BEFORE[1]);
            let rows = some.iter().map(row).collect::<Vec<_>>().join(", ");
            platform.run(&format!("INSERT INTO people (id, name, summary, skills, who) VALUES {rows}")).await;
        }
        platform
    }

    /// Somebody else's connection to the same database, who waits for locks.
    pub async fn another(&self) -> Self {
        let line = connect(&self.ground, Duration::from_mins(1)).await;
        Self { line: Arc::new(Mutex::new(line)), ..self.clone() }
    }

    /// Connects anew, because the server was away.
    pub async fn reconnect(&self) {
        *self.line.lock().await = connect(&self.ground, Duration::ZERO).await;
    }

    /// Whether it is a file of SQLite.
    pub fn is_file(&self) -> bool {
        matches!(&*self.ground, Ground::File(_))
    }

    /// The database, where it is on a server.
    pub fn database(&self) -> &Database {
        match &*self.ground {
            Ground::Server(database) => database,
            Ground::File(_) => panic!("it is a file"),
        }
    }

    pub fn settings(&self) -> DatabaseSettings {
        match &*self.ground {
            Ground::File(_) => DatabaseSettings::at(format!("sqlite:{}", self.file().display())),
            Ground::Server(database) => DatabaseSettings::at(database.url()),
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> std::path::PathBuf {
        match &*self.ground {
            Ground::File(folder) => folder.path().join("people.db"),
            Ground::Server(_) => std::path::PathBuf::new(),
        }
    }

    /// Runs statements; returns how many rows they met.
    pub async fn try_run(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut *self.line.lock().await {
            Line::Sqlite(line) => line.execute(script).await.map(|done| done.rows_affected()),
            Line::Postgres(line) => line.execute(script).await.map(|done| done.rows_affected()),
            Line::Mariadb(line) => line.execute(script).await.map(|done| done.rows_affected()),
        }
    }

    /// Runs statements, of which none is kept waiting.
    pub async fn run(&self, sql: &str) {
        self.try_run(sql).await.unwrap();
    }

    /// Runs a person's statement about one candidate, whose key stands for `?1`; `false` if somebody held the row.
    pub async fn try_act(&self, sql: &str, candidate: &CandidateId) -> bool {
        match self.try_run(&sql.replace("?1", &candidate.0)).await {
            Ok(_) => true,
            Err(sqlx::Error::Database(error)) => {
                let busy =
                    ["locked", "lock timeout", "Lock wait"].iter().any(|word| error.message().contains(word));
                assert!(busy, "{error}");
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs a person's statement as soon as nobody holds the row.
    pub async fn act(&self, sql: &str, candidate: &CandidateId) {
        while !self.try_act(sql, candidate).await {
            tokio::task::yield_now().await;
        }
    }

    /// Rows as text, NULL as `None`.
    async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        macro_rules! texts {
            ($line:expr) => {{
                let rows = $line.fetch_all(script).await.unwrap();
                rows.iter()
                    .map(|row| {
                        (0..row.columns().len())
                            .map(|at| {
                                let null = row.try_get_raw(row.columns()[at].ordinal()).unwrap().is_null();
                                (!null).then(|| row.get::<String, _>(at))
                            })
                            .collect()
                    })
                    .collect()
            }};
        }
        match &mut *self.line.lock().await {
            Line::Sqlite(line) => texts!(line),
            Line::Postgres(line) => texts!(line),
            Line::Mariadb(line) => texts!(line),
        }
    }

    pub async fn history(&self, candidate: &CandidateId) -> Vec<Change> {
        let sql = format!("SELECT was, made, who FROM history WHERE id = {} ORDER BY number", candidate.0);
        let text = |cell: &mut Option<String>| cell.take().unwrap_or_default();
        let change = |mut row: Vec<Option<String>>| match row.as_mut_slice() {
            [old, new, who] => Change { old: text(old), new: text(new), who: text(who) },
            other => panic!("{other:?}"),
        };
        self.rows(&sql).await.into_iter().map(change).collect()
    }

    /// What stands there now; `None` if the candidate is gone.
    pub async fn now(&self, candidate: &CandidateId) -> Option<String> {
        let rows = self
            .rows(&format!("SELECT summary, skills FROM {} WHERE id = {}", self.texts, candidate.0))
            .await;
        let row = rows.into_iter().next()?;
        Some(row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("|"))
    }
}

/// Connects a person, who waits so long for locks.
async fn connect(ground: &Ground, patience: Duration) -> Line {
    match ground {
        Ground::File(folder) => {
            let options =
                SqliteConnectOptions::new().filename(folder.path().join("people.db")).busy_timeout(patience);
            Line::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
        }
        Ground::Server(database) => {
            let url = database.url();
            let (milliseconds, seconds) = (patience.as_millis().max(1), patience.as_secs());
            match database.kind() {
                Kind::Postgres => {
                    let mut line = PgConnection::connect(&url).await.unwrap();
                    let wait = format!("SET lock_timeout = {milliseconds}");
                    line.execute(sqlx::raw_sql(AssertSqlSafe(wait))).await.unwrap();
                    Line::Postgres(line)
                }
                Kind::Mariadb => {
                    let mut line = MySqlConnection::connect(&url).await.unwrap();
                    let wait = format!("SET innodb_lock_wait_timeout = {seconds}");
                    line.execute(sqlx::raw_sql(AssertSqlSafe(wait))).await.unwrap();
                    Line::Mariadb(line)
                }
            }
        }
    }
}

/// In memory where that can be had: thousands of runs wait for the disk otherwise.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}
