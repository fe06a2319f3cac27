//! The platform's own connection to its database: people act on it, and a trigger keeps its true history.

use std::sync::Arc;

use redraft::{config::DatabaseSettings, domain::CandidateId};
use sqlx::{
    AssertSqlSafe, Column, Connection, Executor, MySqlConnection, PgConnection, Row, SqliteConnection,
    ValueRef,
};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::support::servers::{self, Database};

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

/// The platform.
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

/// Each write leaves a row, with who made it: the mapping says `redraft`, people say `person`.
const SQLITE: &str = "
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, summary TEXT, skills TEXT, who TEXT);
    CREATE TABLE history (number INTEGER PRIMARY KEY, id INTEGER, was TEXT, made TEXT, who TEXT);
    CREATE INDEX history_of ON history (id);
    CREATE TRIGGER told AFTER UPDATE ON people BEGIN
        INSERT INTO history (id, was, made, who)
        VALUES (old.id, old.summary || '|' || old.skills, new.summary || '|' || new.skills, new.who);
    END;
";
const POSTGRES: &str = "
    CREATE TABLE people (id bigint PRIMARY KEY, name text, summary text, skills text, who text);
    CREATE TABLE history (number bigserial PRIMARY KEY, id bigint, was text, made text, who text);
    CREATE INDEX history_of ON history (id);
    CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO history (id, was, made, who)
        VALUES (old.id, old.summary || '|' || old.skills, new.summary || '|' || new.skills, new.who);
        RETURN NULL;
    END $$;
    CREATE TRIGGER told AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION told();
    -- A person who finds the row locked comes back later.
    SET lock_timeout = '1ms';
";
const MARIADB: &str = "
    CREATE TABLE people (id bigint PRIMARY KEY, name text, summary text, skills text, who text) ENGINE = InnoDB;
    CREATE TABLE history (number bigint AUTO_INCREMENT PRIMARY KEY, id bigint, was text, made text, who text,
                          INDEX history_of (id)) ENGINE = InnoDB;
    CREATE TRIGGER told AFTER UPDATE ON people FOR EACH ROW
        INSERT INTO history (id, was, made, who)
        VALUES (old.id, concat(old.summary, '|', old.skills), concat(new.summary, '|', new.skills), new.who);
    SET innodb_lock_wait_timeout = 0;
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
        let (ground, line, schema) = match engine {
            Engine::Sqlite => {
                let folder = folder();
                let file = folder.path().join("people.db");
                std::fs::write(&file, "").unwrap();
                let mut line =
                    SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
                line.execute("PRAGMA busy_timeout = 0").await.unwrap();
                (Ground::File(folder), Line::Sqlite(line), SQLITE)
            }
            Engine::Postgres => {
                let database = servers::postgres()?;
                let line = PgConnection::connect(&database.url()).await.unwrap();
                (Ground::Server(database), Line::Postgres(line), POSTGRES)
            }
            Engine::Mariadb | Engine::MyIsam => {
                let database = servers::mariadb()?;
                let line = MySqlConnection::connect(&database.url()).await.unwrap();
                let schema = if engine == Engine::MyIsam { MYISAM } else { MARIADB };
                (Ground::Server(database), Line::Mariadb(line), schema)
            }
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
        Some(platform)
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

    async fn try_run(&self, sql: &str) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut *self.line.lock().await {
            Line::Sqlite(line) => line.execute(script).await.map(drop),
            Line::Postgres(line) => line.execute(script).await.map(drop),
            Line::Mariadb(line) => line.execute(script).await.map(drop),
        }
    }

    /// Runs statements, of which none is kept waiting.
    pub async fn run(&self, sql: &str) {
        self.try_run(sql).await.unwrap();
    }

    /// Runs a person's statement about one candidate, whose key stands for `?1`; `false` if somebody held the row.
    pub async fn try_act(&self, sql: &str, candidate: &CandidateId) -> bool {
        match self.try_run(&sql.replace("?1", &candidate.0)).await {
            Ok(()) => true,
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

/// In memory where that can be had: thousands of runs wait for the disk otherwise.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}
