//! SQL that is put together at run time. Its text can only be made of what stands in the source code, values are
//! always bound: what somebody types cannot become SQL, by the types.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::port::StoreResult;

/// A statement in the making.
pub(super) struct Sql(QueryBuilder<Sqlite>);

impl Sql {
    /// Begins a statement.
    pub(super) fn new(text: &'static str) -> Self {
        Self(QueryBuilder::new(text))
    }

    /// Adds text.
    pub(super) fn put(&mut self, text: &'static str) -> &mut Self {
        self.0.push(text);
        self
    }

    /// Adds a value.
    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        self.0.push_bind(number);
        self
    }

    /// Adds a value.
    pub(super) fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.0.push_bind(text.into());
        self
    }

    /// Adds parts with something between them; `none` if there are no parts.
    pub(super) fn each<T>(
        &mut self,
        parts: &[T],
        (between, none): (&'static str, &'static str),
        mut put: impl FnMut(&mut Self, &T),
    ) {
        if parts.is_empty() {
            self.put(none);
            return;
        }
        self.put("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.put(between);
            }
            put(self, part);
        }
        self.put(")");
    }

    /// Runs it and returns all rows.
    pub(super) async fn rows(mut self, connection: &mut SqliteConnection) -> StoreResult<Vec<SqliteRow>> {
        Ok(self.0.build().fetch_all(connection).await?)
    }
}
