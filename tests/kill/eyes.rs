//! What the judge reads a store with, wherever it is. It sees one commit, whoever goes on working.

use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection, Database, Decode, PgConnection, Row, SqliteConnection, Type,
};

use crate::{cli::run::Place, support::servers};

/// A connection to a store, with a transaction that began when it was opened.
pub enum Eyes {
    /// The embedded one.
    Embedded(SqliteConnection),
    /// The shared one.
    Shared(PgConnection),
}

fn texts<R: Row>(row: &R) -> Vec<String>
where
    usize: ColumnIndex<R>,
    String: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    (0..row.len()).map(|at| row.get::<Option<String>, _>(at).unwrap_or_default()).collect()
}

impl Eyes {
    /// Looks into the file of the demo.
    pub async fn embedded(place: &Place) -> Self {
        let mut store = super::open(place, "store.db").await;
        sqlx::raw_sql("BEGIN").execute(&mut store).await.unwrap();
        Self::Embedded(store)
    }

    /// Looks into the tables on a server.
    pub async fn shared(database: &servers::Database) -> Self {
        let mut store = PgConnection::connect(&database.url()).await.unwrap();
        for sql in ["SET search_path TO redraft", "BEGIN ISOLATION LEVEL REPEATABLE READ"] {
            sqlx::raw_sql(sql).execute(&mut store).await.unwrap();
        }
        Self::Shared(store)
    }

    /// Goes on to what is there now.
    pub async fn look_again(&mut self) {
        match self {
            Self::Embedded(store) => {
                sqlx::raw_sql("ROLLBACK; BEGIN").execute(store).await.unwrap().rows_affected()
            }
            Self::Shared(store) => {
                let again = "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ";
                sqlx::raw_sql(again).execute(store).await.unwrap().rows_affected()
            }
        };
    }

    /// The rows that a query finds. All columns must be text.
    pub async fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        let query = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Embedded(store) => {
                sqlx::query(query).fetch_all(store).await.unwrap().iter().map(texts).collect()
            }
            Self::Shared(store) => {
                sqlx::query(query).fetch_all(store).await.unwrap().iter().map(texts).collect()
            }
        }
    }

    /// The number that a query finds.
    pub async fn number(&mut self, sql: &str) -> u64 {
        self.rows(sql).await[0][0].parse().unwrap()
    }

    /// Runs statements; returns how many rows they changed.
    pub async fn run(&mut self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Embedded(store) => sqlx::raw_sql(sql).execute(store).await.unwrap().rows_affected(),
            Self::Shared(store) => sqlx::raw_sql(sql).execute(store).await.unwrap().rows_affected(),
        }
    }
}
