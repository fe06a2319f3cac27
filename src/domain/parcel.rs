//! Parcels: files of requests that the provider works off in its own time, at a lower price.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{BatchId, ParcelId};

/// How far a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParcelStage {
    /// Its requests are being collected; nothing was sent.
    Packing,
    /// It is on its way; after a crash nobody knows whether it has arrived.
    Sending,
    /// The provider has it.
    Away,
    /// Everything is recorded; its files at the provider are to be deleted.
    Clearing,
    /// Nothing of it is left at the provider.
    Cleared,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its name, which the provider keeps as well.
    pub id: ParcelId,
    /// Its batch.
    pub batch: BatchId,
    /// How far it is.
    pub stage: ParcelStage,
    /// Grows with each lease of the parcel.
    pub fence: u64,
    /// The provider's name for the file of requests.
    pub input: Option<String>,
    /// The provider's name for the parcel.
    pub remote: Option<String>,
    /// The provider's name for the file of results.
    pub output: Option<String>,
    /// The provider's name for the file of errors.
    pub errors: Option<String>,
    /// Requests that the provider has done.
    pub done: u64,
    /// What keeps it from going on, a sentence.
    pub trouble: Option<String>,
    /// When the provider took it.
    pub submitted_at: Option<Timestamp>,
}

/// What of a batch is with the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// Requests in parcels that are not settled yet.
    pub requests: u64,
    /// Those of them that the provider has done.
    pub done: u64,
    /// When the first of the parcels was taken by the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// Parcels that are settled and whose files at the provider are not deleted yet.
    pub clearing: u64,
    /// What keeps one of them from going on, a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

impl Away {
    /// The state of it in words; times are those of `zone`.
    pub fn words(&self, zone: &TimeZone) -> String {
        let (done, requests) = (self.done, self.requests);
        let how = match self.submitted_at {
            _ if requests == 0 => "economy, its files at the provider are being deleted".to_owned(),
            None => format!("economy, {requests} on their way to the provider"),
            Some(at) => {
                let at = at.to_zoned_datetime(zone.clone());
                let at = at.strftime("%H:%M");
                format!("with the provider, economy, submitted {at}, {done} of {requests} done")
            }
        };
        match &self.trouble {
            Some(trouble) => format!("{how}; {trouble}"),
            None => how,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_with_the_provider_is_said_in_words() {
        let away = Away {
            requests: 400,
            done: 120,
            submitted_at: Some("2026-11-30T14:05:40Z".parse().unwrap()),
            clearing: 0,
            trouble: None,
        };
        let words = |away: &Away| away.words(&TimeZone::UTC);
        assert_eq!(words(&away), "with the provider, economy, submitted 14:05, 120 of 400 done");
        let unsent = Away { submitted_at: None, trouble: Some("No network.".to_owned()), ..away };
        assert_eq!(words(&unsent), "economy, 400 on their way to the provider; No network.");
        let over = Away { requests: 0, clearing: 1, ..away };
        assert_eq!(words(&over), "economy, its files at the provider are being deleted");
    }
}
