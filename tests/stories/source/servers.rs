//! The same world on PostgreSQL and MariaDB.

use std::sync::Arc;

use async_trait::async_trait;
use redraft::config::DatabaseSettings;

use super::world::{COLUMNS, ROWS, World};
use crate::support::servers::{self, Database, Kind};

/// A database of a server.
pub struct Server {
    pub database: Arc<Database>,
}

/// The world on PostgreSQL, where that is installed.
pub async fn postgres() -> Option<Server> {
    Server::new(servers::postgres()?, &POSTGRES).await
}

/// The world on MariaDB, where that is installed.
pub async fn mariadb() -> Option<Server> {
    Server::new(servers::mariadb()?, &MARIADB).await
}

/// The world on a server of its own, where such a one is installed.
pub async fn own(kind: Kind) -> Option<Server> {
    let tables: &[&str] = match kind {
        Kind::Postgres => &POSTGRES,
        Kind::Mariadb => &MARIADB,
    };
    Server::new(servers::own(kind)?, tables).await
}

const POSTGRES: [&str; 4] = [
    "CREATE EXTENSION citext",
    "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
    "CREATE TABLE people (
        country text NOT NULL, number int NOT NULL, first varchar(40), last text, city text, consent int,
        summary text COLLATE folded, experience citext, skills text, education text,
        touched int, PRIMARY KEY (country, number))",
    "CREATE TABLE jobs (id text PRIMARY KEY, title text, text1 text, text2 text, open int)",
];

const MARIADB: [&str; 2] = [
    "CREATE TABLE people (
        country varchar(40) NOT NULL, number int NOT NULL, first varchar(40), last text, city text, consent int,
        summary text COLLATE utf8mb4_unicode_ci, experience text COLLATE utf8mb4_bin, skills mediumtext,
        education text, touched int, PRIMARY KEY (country, number))",
    "CREATE TABLE jobs (id varchar(20) PRIMARY KEY, title text, text1 text, text2 text, open int)",
];

impl Server {
    async fn new(database: Database, tables: &[&str]) -> Option<Self> {
        let server = Self { database: Arc::new(database) };
        for statement in tables.iter().chain(&ROWS) {
            server.run(statement).await;
        }
        Some(server)
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.database.kind() == Kind::Postgres
    }

    /// Runs a statement beside the runtime, so that others get their turns.
    async fn answer(&self, sql: &str) -> String {
        let database = Arc::clone(&self.database);
        let sql = match database.kind() {
            Kind::Postgres => sql.to_owned(),
            Kind::Mariadb => format!("SET SESSION sql_mode = 'PIPES_AS_CONCAT'; {sql}"),
        };
        tokio::task::spawn_blocking(move || database.value(&sql)).await.unwrap()
    }
}

#[async_trait]
impl World for Server {
    async fn run(&self, sql: &str) {
        self.answer(sql).await;
    }

    async fn value(&self, sql: &str) -> Option<String> {
        Some(self.answer(sql).await)
    }

    async fn shout(&self) {
        match self.database.kind() {
            Kind::Postgres => {
                self.run(
                    "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN NEW.experience = upper(NEW.experience::text); RETURN NEW; END';
                     CREATE TRIGGER shout BEFORE UPDATE OF experience ON people
                     FOR EACH ROW EXECUTE FUNCTION shout()",
                )
                .await;
            }
            Kind::Mariadb => {
                self.run(
                    "CREATE TRIGGER shout BEFORE UPDATE ON people FOR EACH ROW
                     SET NEW.experience = UPPER(NEW.experience)",
                )
                .await;
            }
        }
    }

    async fn dump(&self, without: &str) -> Vec<String> {
        let kept = COLUMNS.iter().filter(|column| !without.split(' ').any(|name| name == **column));
        let each: Vec<String> = kept
            .map(|column| match self.database.kind() {
                Kind::Postgres => format!("coalesce(quote_literal({column}::text), 'NULL')"),
                Kind::Mariadb => format!("coalesce(hex({column}), 'NULL')"),
            })
            .collect();
        let sql = format!("SELECT concat_ws('|', {}) FROM people ORDER BY country, number", each.join(", "));
        self.answer(&sql).await.lines().map(str::to_owned).collect()
    }

    fn settings(&self) -> DatabaseSettings {
        DatabaseSettings::at(self.database.url())
    }
}
