//! What goes wrong, told to the person who can do something about it.
//!
//! Rooms have typed errors of their own; a role converts them once, here, into a sentence, its place and hints.

use std::{error, fmt, process::ExitCode};

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The person at the keyboard: the input is at fault.
    User,
    /// Whoever keeps the configuration.
    Config,
    /// A database or the model provider.
    Remote,
    /// We: this is a bug.
    Internal,
}

/// A failure with a sentence for people, where it lies, what caused it and what to do next.
pub struct Error {
    kind: Kind,
    message: String,
    place: Option<String>,
    hints: Vec<String>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// The result of what a role does.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, hints: Vec::new(), source: None }
    }

    /// The input is at fault.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(Kind::User, message)
    }

    /// The configuration is at fault.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// A database or the model provider is at fault.
    pub fn remote(message: impl Into<String>) -> Self {
        Self::new(Kind::Remote, message)
    }

    /// redraft is at fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
            .hint("This is a bug in redraft. Nothing was written; the log file has the particulars.")
    }

    /// Adds where it lies, as a file and a key.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Who must act.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do next.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// Where it lies.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// What caused it, the nearest first.
    pub fn causes(&self) -> impl Iterator<Item = String> {
        let first = self.source.as_deref().map(|source| source as &dyn error::Error);
        std::iter::successors(first, |error| error.source()).map(ToString::to_string)
    }

    /// The sentence alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// 78 for the configuration, else 1. Wrong usage (2) ends in the argument parser.
    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Config => ExitCode::from(78),
            Kind::User | Kind::Remote | Kind::Internal => ExitCode::from(1),
        }
    }
}

/// The sentence, its place, its causes and its hints, a line each.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(f, "\n  {place}")?;
        }
        for cause in self.causes() {
            write!(f, "\ncause: {cause}")?;
        }
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_what_where_why_and_what_next() {
        let error =
            Error::config("Section \"summary\" reads column \"cv\", which table \"people\" does not have.")
                .at("config.toml, mapping.section[0].column")
                .because(std::io::Error::other("no such column: cv"))
                .hint("The table has \"cv_html\".");
        assert_eq!(
            error.to_string(),
            "Section \"summary\" reads column \"cv\", which table \"people\" does not have.\n  \
             config.toml, mapping.section[0].column\ncause: no such column: cv\nhint: The table has \"cv_html\"."
        );
        assert_eq!(error.exit_code(), ExitCode::from(78));
    }
}
