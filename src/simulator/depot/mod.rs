//! Files and parcels: what Groq calls its Batch API. A file of requests is sent, worked off in its own time and without
//! the limits of other requests, and its results are fetched as a file.
//!
//! All of it is a function of the time: whoever looks brings it up to date first. `line` carries out one request, `desk`
//! answers calls.

mod desk;
mod line;
mod settings;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::ids;
pub(super) use desk::{Outcome, answer};
pub use settings::{Call, CallFault, CallHow, Economy, EconomyEffect, EconomyFault};

/// Files, parcels, and how often what was asked for.
#[derive(Debug, Default)]
pub(super) struct Depot {
    files: BTreeMap<String, File>,
    parcels: Vec<Parcel>,
    calls: HashMap<Call, u64>,
    numbers: u64,
}

/// A file.
#[derive(Debug, Clone)]
struct File {
    organisation: String,
    name: String,
    purpose: &'static str,
    created: i64,
    content: String,
}

/// A file of requests that is worked off.
#[derive(Debug)]
struct Parcel {
    id: String,
    organisation: String,
    /// From 1.
    number: u64,
    file: String,
    window: String,
    metadata: Value,
    /// Unix seconds.
    created: i64,
    begun: Duration,
    pace: Pace,
    /// Its requests in the order in which they are done; empty if the file is no good.
    lines: Vec<String>,
    invalid: Vec<String>,
    cancelled: Option<Duration>,
    done: usize,
    output: Vec<(String, String)>,
    errors: Vec<String>,
    output_file: Option<String>,
    error_file: Option<String>,
    is_delivered: bool,
}

/// How long what takes.
#[derive(Debug, Clone, Copy)]
struct Pace {
    validating: Duration,
    line: Duration,
    finalizing: Duration,
    window: Duration,
    /// The time is over after so many requests.
    expires: Option<usize>,
}

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Validating,
    Failed,
    InProgress,
    Finalizing,
    Completed,
    Expired,
    Cancelling,
    Cancelled,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Validating => "validating",
            Self::Failed => "failed",
            Self::InProgress => "in_progress",
            Self::Finalizing => "finalizing",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }

    const fn has_results(self) -> bool {
        matches!(self, Self::Completed | Self::Expired | Self::Cancelled)
    }
}

impl Depot {
    /// A name that nothing else has.
    fn name(&mut self, seed: u64, prefix: &str) -> String {
        self.numbers += 1;
        ids::named(prefix, seed, self.numbers)
    }

    /// Counts a call; returns how it is to be treated.
    fn count(&mut self, call: Call, faults: &[EconomyFault]) -> Option<CallHow> {
        let mut count = |call| {
            let count = self.calls.entry(call).or_insert(0);
            *count += 1;
            *count
        };
        let (own, all) = (count(call), count(Call::Any));
        faults.iter().find_map(|fault| match fault.effect {
            EconomyEffect::Call(CallFault { call: of, how }) if of == call && fault.strikes(own) => Some(how),
            EconomyEffect::Call(CallFault { call: Call::Any, how }) if fault.strikes(all) => Some(how),
            EconomyEffect::Call(_)
            | EconomyEffect::Invalid
            | EconomyEffect::Expires(_)
            | EconomyEffect::Duplicate
            | EconomyEffect::Stranger
            | EconomyEffect::Missing(_) => None,
        })
    }

    /// The files that are there: purpose and name.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        self.files.values().map(|file| (file.purpose.to_owned(), file.name.clone())).collect()
    }

    /// How many calls there were.
    pub(super) fn calls(&self, call: Call) -> u64 {
        self.calls.get(&call).copied().unwrap_or(0)
    }
}

impl Parcel {
    /// How many requests are done at a time, and where it is then.
    fn at(&self, now: Duration) -> (usize, Status) {
        let pace = self.pace;
        let begun = self.begun + pace.validating;
        if let Some(at) = self.cancelled.filter(|at| *at <= now) {
            let (done, _) = self.undisturbed(at);
            let over = now >= at + pace.finalizing;
            return (done, if over { Status::Cancelled } else { Status::Cancelling });
        }
        if now < begun {
            return (0, Status::Validating);
        }
        if self.invalid.is_empty() { self.undisturbed(now) } else { (0, Status::Failed) }
    }

    fn undisturbed(&self, now: Duration) -> (usize, Status) {
        let pace = self.pace;
        let begun = self.begun + pace.validating;
        let all = self.lines.len();
        let most = pace.expires.map_or(all, |most| most.min(all));
        let possible = now.saturating_sub(begun).as_nanos().checked_div(pace.line.as_nanos());
        let done = possible.and_then(|done| usize::try_from(done).ok()).unwrap_or(usize::MAX).min(most);
        let lasts = |lines: usize| pace.line.saturating_mul(u32::try_from(lines).unwrap_or(u32::MAX));
        let end = begun + lasts(most);
        let deadline = self.begun + pace.window;
        let (end, is_whole) = if end > deadline { (deadline, false) } else { (end, most == all) };
        if now < end {
            (done, Status::InProgress)
        } else if now < end + pace.finalizing {
            (done, Status::Finalizing)
        } else if is_whole {
            (done, Status::Completed)
        } else {
            let late = end.saturating_sub(begun).as_nanos().checked_div(pace.line.as_nanos());
            let kept = late.and_then(|kept| usize::try_from(kept).ok()).unwrap_or(usize::MAX).min(most);
            (kept, Status::Expired)
        }
    }

    fn as_json(&self, now: Duration) -> Value {
        let (_, status) = self.at(now);
        let seconds = |after: Duration| self.created + i64::try_from(after.as_secs()).unwrap_or(0);
        let errors = (status == Status::Failed).then(|| {
            let data = self.invalid.iter().enumerate().map(
                |(line, message)| json!({"code": "invalid_request", "line": line + 1, "message": message, "param": null}),
            );
            json!({"object": "list", "data": data.collect::<Vec<_>>()})
        });
        json!({
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "errors": errors,
            "input_file_id": self.file,
            "completion_window": self.window,
            "status": status.word(),
            "output_file_id": self.output_file,
            "error_file_id": self.error_file,
            "created_at": self.created,
            "expires_at": seconds(self.pace.window),
            "request_counts": {
                "total": self.lines.len(),
                "completed": self.output.len(),
                "failed": self.errors.len(),
            },
            "metadata": self.metadata,
        })
    }
}

/// Reads a file of requests; what is wrong with it, a sentence for each line.
fn read(content: &str, most: usize) -> Result<Vec<String>, Vec<String>> {
    let lines: Vec<&str> = content.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return Err(vec!["The file has no requests.".to_owned()]);
    }
    if lines.len() > most {
        return Err(vec![format!("The file has more than {most} requests.")]);
    }
    let (mut known, mut wrong) = (HashSet::new(), Vec::new());
    for line in &lines {
        let read: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |key: &str| read.get(key).and_then(Value::as_str);
        let is_one = text("method") == Some("POST")
            && text("url") == Some("/v1/chat/completions")
            && read.get("body").is_some_and(Value::is_object);
        match text("custom_id") {
            Some(name) if is_one && known.insert(name.to_owned()) => {}
            Some(_) if is_one => wrong.push("The custom_id is there twice.".to_owned()),
            Some(_) | None => wrong.push("The line is no request.".to_owned()),
        }
    }
    if wrong.is_empty() { Ok(lines.into_iter().map(str::to_owned).collect()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn parcel(lines: usize, pace: Pace) -> Parcel {
        Parcel {
            id: "batch_1".to_owned(),
            organisation: String::new(),
            number: 1,
            file: "file_1".to_owned(),
            window: "24h".to_owned(),
            metadata: Value::Null,
            created: 0,
            begun: 10 * SECOND,
            pace,
            lines: vec![String::new(); lines],
            invalid: Vec::new(),
            cancelled: None,
            done: 0,
            output: Vec::new(),
            errors: Vec::new(),
            output_file: None,
            error_file: None,
            is_delivered: false,
        }
    }

    const PACE: Pace = Pace {
        validating: Duration::from_secs(2),
        line: Duration::from_secs(1),
        finalizing: Duration::from_secs(3),
        window: Duration::from_hours(24),
        expires: None,
    };

    #[test]
    fn a_parcel_goes_its_way_by_time_alone() {
        let parcel = parcel(4, PACE);
        let at = |second| parcel.at(second * SECOND);
        for (second, done, status) in [
            (10, 0, Status::Validating),
            (12, 0, Status::InProgress),
            (14, 2, Status::InProgress),
            (16, 4, Status::Finalizing),
            (19, 4, Status::Completed),
            (900, 4, Status::Completed),
        ] {
            assert_eq!(at(second), (done, status), "second {second}");
        }
    }

    #[test]
    fn time_that_is_over_leaves_what_is_done() {
        let late = parcel(10, Pace { window: 6 * SECOND, ..PACE });
        assert_eq!(late.at(15 * SECOND), (3, Status::InProgress));
        assert_eq!(late.at(30 * SECOND), (4, Status::Expired), "four seconds were left of six");
        let told = parcel(10, Pace { expires: Some(3), ..PACE });
        assert_eq!(told.at(18 * SECOND), (3, Status::Expired));
        assert_eq!(parcel(10, Pace { expires: Some(0), ..PACE }).at(15 * SECOND), (0, Status::Expired));
    }

    #[test]
    fn a_cancelled_parcel_keeps_what_was_done_by_then() {
        let cancelled = Parcel { cancelled: Some(14 * SECOND), ..parcel(10, PACE) };
        assert_eq!(cancelled.at(15 * SECOND), (2, Status::Cancelling));
        assert_eq!(cancelled.at(90 * SECOND), (2, Status::Cancelled));
    }

    #[test]
    fn a_file_is_looked_through() {
        let line = |name: &str| {
            format!(
                "{{\"custom_id\":\"{name}\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{{}}}}\n"
            )
        };
        assert_eq!(read(&(line("a") + &line("b")), 2).unwrap().len(), 2);
        for (content, what) in [
            (String::new(), "no requests"),
            (line("a") + &line("a"), "twice"),
            (line("a") + "{", "no request"),
            (line("a") + &line("b") + &line("c"), "more than 2"),
        ] {
            assert!(read(&content, 2).unwrap_err()[0].contains(what), "{content}");
        }
    }
}
