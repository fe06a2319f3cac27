//! SQL that is put together at run time. Its text can only be made of what stands in the source code, values are
//! always bound: what somebody types cannot become SQL, by the types.

use super::{
    connection::{Connection, Engine, Query, Row, Value},
    port::StoreResult,
};

/// A statement in the making.
pub(super) struct Sql {
    engine: Engine,
    text: String,
    values: Vec<Value>,
    /// What "now" means in it, in microseconds.
    now: i64,
}

impl Sql {
    /// Begins a statement.
    pub(super) fn new(engine: Engine, text: &'static str) -> Self {
        Self { engine, text: text.to_owned(), values: Vec::new(), now: 0 }
    }

    /// Says what "now" means in it.
    pub(super) fn at(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    /// Adds the time now.
    pub(super) fn now(&mut self) -> &mut Self {
        self.number(self.now)
    }

    /// Adds text.
    pub(super) fn put(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds text for SQLite alone: hints that its planner needs.
    pub(super) fn hint(&mut self, text: &'static str) -> &mut Self {
        match self.engine {
            Engine::Sqlite => self.put(text),
            Engine::Postgres => self,
        }
    }

    /// Adds a value.
    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        self.value(number.into())
    }

    /// Adds a value.
    pub(super) fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.value(text.into().into())
    }

    fn value(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
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
    pub(super) async fn rows(self, connection: &mut Connection) -> StoreResult<Vec<Row>> {
        Query::built(self.text, self.values).fetch_all(connection).await
    }
}
