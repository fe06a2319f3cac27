//! A statement with its values apart.

use super::{Engine, Val};

/// A statement in the making: text of ours, of the mapping's `where` and `set`, and checked, quoted names; every value
/// is bound.
#[derive(Debug, Clone)]
pub(in crate::source) struct Sql {
    pub(in crate::source) text: String,
    pub(super) values: Vec<Val>,
    engine: Engine,
}

impl Sql {
    /// Begins a statement.
    pub(in crate::source) fn new(engine: Engine, text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new(), engine }
    }

    /// Goes on with text that is no value.
    pub(in crate::source) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub(in crate::source) fn bind(&mut self, value: Val) -> &mut Self {
        let place = self.place(value);
        self.text.push_str(&place);
        self
    }

    /// Binds a value and returns its place, for use inside an expression: once, and before the next one is bound, since
    /// not every engine numbers its places.
    pub(in crate::source) fn place(&mut self, value: Val) -> String {
        self.values.push(value);
        self.engine.place(self.values.len())
    }
}
