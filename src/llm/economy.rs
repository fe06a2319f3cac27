//! What the engine asks of a provider that takes requests by the file, at a lower price and in its own time.
//!
//! One such file is a parcel. Its name is in the name of the file and in what the provider keeps about it, so that after
//! a crash it is found again.

use async_trait::async_trait;

use super::port::{CallError, Reply, Request};

/// How far the provider is with a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It is at work, or will be.
    AtWork,
    /// All that could be done is done.
    Completed,
    /// The file was found to be no good: nothing of it was done.
    Refused,
    /// The time was over: what was done by then is there.
    Expired,
    /// It was cancelled: what was done by then is there.
    Cancelled,
}

impl Progress {
    /// Whether nothing more will come.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::AtWork)
    }
}

/// A parcel as the provider tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The provider's name for it.
    pub id: String,
    /// How far it is.
    pub progress: Progress,
    /// The file of requests.
    pub input: String,
    /// The file of results.
    pub output: Option<String>,
    /// The file of results that are errors.
    pub errors: Option<String>,
    /// Requests that are done, well or not.
    pub done: u64,
}

/// What came of one request of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The request's own name.
    pub name: String,
    /// Its answer.
    pub answer: Result<Reply, CallError>,
}

/// A provider that takes requests by the file.
#[async_trait]
pub trait Economy: Send + Sync {
    /// The line of a request in a file, without its end.
    fn line(&self, name: &str, request: &Request) -> Option<String>;
    /// Sends a file of lines under the name of its parcel; returns the provider's name for it.
    async fn upload(&self, parcel: &str, lines: &str) -> Result<String, CallError>;
    /// Has a file worked off.
    async fn submit(&self, parcel: &str, file: &str) -> Result<Remote, CallError>;
    /// How far a parcel is, by the provider's name for it.
    async fn look(&self, remote: &str) -> Result<Remote, CallError>;
    /// A parcel by our name for it, if the provider has it.
    async fn find(&self, parcel: &str) -> Result<Option<Remote>, CallError>;
    /// The files of requests that were sent under the name of a parcel.
    async fn files(&self, parcel: &str) -> Result<Vec<String>, CallError>;
    /// Breaks a parcel off. One that is over already is no error.
    async fn cancel(&self, remote: &str) -> Result<(), CallError>;
    /// Reads a file of results. What is no result is left out.
    async fn results(&self, file: &str) -> Result<Vec<Delivered>, CallError>;
    /// Deletes a file. One that is not there is no error.
    async fn delete(&self, file: &str) -> Result<(), CallError>;
}
