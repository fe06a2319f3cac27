//! How values stand in columns: times in microseconds, money in nano-dollars, enums as their words, the rest as JSON.

use std::{str::FromStr, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    connection::Row,
    port::{StoreError, StoreResult},
};
use crate::domain::{BatchState, Money, PauseReason};

/// A time as a column holds it.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A time from a column.
pub(super) fn time(micros: i64) -> StoreResult<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::Engine(error.to_string()))
}

/// The end of a time to live that begins now.
pub(super) fn until(now: i64, ttl: Duration) -> i64 {
    now.saturating_add(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX))
}

/// The month of a time (UTC), as budgets name it: `2026-08`.
pub(super) fn month(micros: i64) -> StoreResult<String> {
    let date = TimeZone::UTC.to_datetime(time(micros)?);
    Ok(format!("{:04}-{:02}", date.year(), date.month()))
}

/// An amount as a column holds it.
pub(super) fn nanos(amount: Money) -> i64 {
    signed(amount.nanos())
}

/// An amount from a column.
pub(super) fn money(nanos: i64) -> Money {
    Money::from_nanos(unsigned(nanos))
}

/// A number that is never negative, as a column holds it.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from a column that its CHECK keeps from being negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The same for a count that is never large.
pub(super) fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A value as JSON.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> StoreResult<String> {
    Ok(serde_json::to_string(value)?)
}

/// A value from JSON.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> StoreResult<T> {
    Ok(serde_json::from_str(text)?)
}

/// The word of an enum without data, as serde writes it.
pub(super) fn word<T: Serialize>(value: T) -> StoreResult<String> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        _ => Err(StoreError::Engine("a value has no word".to_owned())),
    }
}

/// The enum of a word.
pub(super) fn from_word<T: DeserializeOwned>(word: String) -> StoreResult<T> {
    Ok(serde_json::from_value(serde_json::Value::String(word))?)
}

/// The value of a text column that has a type of its own.
pub(super) fn parsed<T>(row: &Row, column: &str) -> StoreResult<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let text: String = row.try_get(column)?;
    text.parse().map_err(|error: T::Err| StoreError::Engine(format!("column {column}: {error}")))
}

/// The meaning of a word in a column that may be empty.
pub(super) fn maybe_parsed<T>(row: &Row, column: &str) -> StoreResult<Option<T>>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let text: Option<String> = row.try_get(column)?;
    let read = |text: String| {
        text.parse().map_err(|error: T::Err| StoreError::Engine(format!("column {column}: {error}")))
    };
    text.map(read).transpose()
}

/// The time in a column that may be empty.
pub(super) fn maybe_time(row: &Row, column: &str) -> StoreResult<Option<Timestamp>> {
    row.try_get::<Option<i64>, _>(column)?.map(time).transpose()
}

/// A text in lower case for comparisons without regard to case.
pub(super) fn key(text: &str) -> String {
    text.to_lowercase()
}

/// What stands beside the word of a batch's state.
pub(super) fn reason(state: &BatchState) -> StoreResult<Option<String>> {
    match state {
        BatchState::Paused(reason) => json(reason).map(Some),
        BatchState::Failed(reason) => json(reason).map(Some),
        BatchState::Queued
        | BatchState::Running
        | BatchState::Finishing
        | BatchState::Finished
        | BatchState::Cancelled => Ok(None),
    }
}

/// The state of a batch from its two columns.
pub(super) fn batch_state(row: &Row) -> StoreResult<BatchState> {
    let word: String = row.try_get("state")?;
    let reason = row.try_get::<Option<String>, _>("reason")?.unwrap_or_default();
    Ok(match word.as_str() {
        "queued" => BatchState::Queued,
        "running" => BatchState::Running,
        "paused" => BatchState::Paused(from_json::<PauseReason>(&reason)?),
        "finishing" => BatchState::Finishing,
        "finished" => BatchState::Finished,
        "cancelled" => BatchState::Cancelled,
        "failed" => BatchState::Failed(from_json(&reason)?),
        other => return Err(StoreError::Engine(format!("\"{other}\" is no state of a batch"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AttemptOutcome, FailureReason};

    #[test]
    fn words_are_those_of_the_columns_checks() {
        for (outcome, expected) in [
            (AttemptOutcome::Open, "open"),
            (AttemptOutcome::Done, "done"),
            (AttemptOutcome::Unusable, "unusable"),
            (AttemptOutcome::Refused, "refused"),
            (AttemptOutcome::Unknown, "unknown"),
        ] {
            assert_eq!(word(outcome).unwrap(), expected);
            assert_eq!(from_word::<AttemptOutcome>(expected.to_owned()).unwrap(), outcome);
        }
        assert_eq!(word(FailureReason::ReplyTooLong).unwrap(), "reply_too_long");
    }

    #[test]
    fn a_month_is_that_of_utc() {
        for (at, expected) in
            [("2026-08-31T23:59:59.999999Z", "2026-08"), ("2026-09-01T01:30:00+02:00", "2026-08")]
        {
            assert_eq!(month(micros(at.parse().unwrap())).unwrap(), expected);
        }
    }

    #[test]
    fn a_time_keeps_its_microseconds() {
        let at: Timestamp = "2026-08-31T23:59:59.123456789Z".parse().unwrap();
        assert_eq!(time(micros(at)).unwrap(), "2026-08-31T23:59:59.123456Z".parse().unwrap());
    }
}
