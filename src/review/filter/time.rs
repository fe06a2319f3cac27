//! Points in time as values: ages (`30m` `2h` `1d` `1w2d`), `today`, `12:00`, dates, instants.

use std::ops::Range;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
};

use super::{
    Context, When,
    error::{FilterError, excerpt},
    expr::Expr,
    lexer::Value,
    number::{Operator, ends, operator},
};

/// What a value that names a time stands for.
enum Point {
    /// So long ago.
    Age(Timestamp),
    /// An instant.
    Instant(Timestamp),
    /// A day: from its first instant to the one behind its last.
    Span(Timestamp, Timestamp),
}

/// Reads a value as a condition on a point in time; `wrap` makes a term of each part of it.
pub fn parse<T>(value: &Value, context: &Context, wrap: impl Fn(When) -> T) -> Result<Expr<T>, FilterError> {
    let term = |when| Expr::Term(wrap(when));
    match value.keyword() {
        Some("never" | "none") => return Ok(term(When::Never)),
        Some("any" | "ever") => return Ok(term(When::Ever)),
        Some(_) | None => {}
    }
    let bounds = if let Some((low, high)) = ends(value) {
        let low = if low.is_empty() { None } else { Some(point(low, &value.span, context)?) };
        let high = if high.is_empty() { None } else { Some(point(high, &value.span, context)?) };
        between(low, high)
    } else {
        let (operator, text) = operator(value);
        compare(operator, point(text, &value.span, context)?)
    };
    match bounds {
        (Some(since), Some(before)) if since >= before => {
            Err(FilterError::new("No point in time lies in this range.", value.span.clone()))
        }
        (Some(since), Some(before)) if before <= context.now.timestamp() => {
            Ok(Expr::And(vec![term(When::Since(since)), term(When::Before(before))]))
        }
        (Some(since), Some(_) | None) => Ok(term(When::Since(since))),
        (None, Some(before)) => Ok(term(When::Before(before))),
        (None, None) => Ok(term(When::Ever)),
    }
}

type Bounds = (Option<Timestamp>, Option<Timestamp>);

/// With ages, `<` means younger; with dates and times it means earlier.
fn compare(operator: Option<Operator>, point: Point) -> Bounds {
    match (point, operator) {
        (Point::Age(at), None | Some(Operator::Less | Operator::AtMost | Operator::Equal)) => {
            (Some(at), None)
        }
        (Point::Instant(at), None | Some(Operator::AtLeast)) => (Some(at), None),
        (Point::Instant(at), Some(Operator::Equal)) => (Some(at), Some(behind(at))),
        (Point::Instant(at), Some(Operator::More)) => (Some(behind(at)), None),
        (Point::Age(at), Some(Operator::More | Operator::AtLeast))
        | (Point::Instant(at), Some(Operator::Less)) => (None, Some(at)),
        (Point::Instant(at), Some(Operator::AtMost)) => (None, Some(behind(at))),
        (Point::Span(from, to), None | Some(Operator::Equal)) => (Some(from), Some(to)),
        (Point::Span(from, _), Some(Operator::Less)) => (None, Some(from)),
        (Point::Span(_, to), Some(Operator::AtMost)) => (None, Some(to)),
        (Point::Span(_, to), Some(Operator::More)) => (Some(to), None),
        (Point::Span(from, _), Some(Operator::AtLeast)) => (Some(from), None),
    }
}

/// The next instant that a timestamp can tell.
fn behind(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(at)
}

/// Ages count backwards: `1d..2d` is between one and two days ago.
fn between(low: Option<Point>, high: Option<Point>) -> Bounds {
    let ages = matches!((&low, &high), (Some(Point::Age(_)), _) | (None, Some(Point::Age(_))));
    let first = |point| match point {
        Point::Age(at) | Point::Instant(at) | Point::Span(at, _) => at,
    };
    let last = |point| match point {
        Point::Age(at) | Point::Instant(at) | Point::Span(_, at) => at,
    };
    if ages { (high.map(first), low.map(last)) } else { (low.map(first), high.map(last)) }
}

fn point(text: &str, span: &Range<usize>, context: &Context) -> Result<Point, FilterError> {
    let wrong = || {
        FilterError::new(format!("\"{}\" is no point in time.", excerpt(text)), span.clone())
            .hint("Write an age (30m, 2h, 1d, 1w2d), today, a time (12:00), a date (2026-08-02) or never.")
    };
    if let Some(age) = age(text) {
        let at = context.now.timestamp().checked_sub(age).map_err(|_| wrong())?;
        return Ok(Point::Age(at));
    }
    let today = context.now.date();
    let day = match text {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        _ => text.parse::<Date>().ok().filter(|_| text.len() == 10),
    };
    if let Some(day) = day {
        return span_of(day, context).ok_or_else(wrong);
    }
    if let Some(time) = clock_time(text) {
        let at = today.to_datetime(time).to_zoned_datetime(context.now.time_zone().clone());
        let at = at.map_err(|_| wrong())?.timestamp();
        return Ok(Point::Instant(at));
    }
    let at: Timestamp = text.parse().map_err(|_| wrong())?;
    Ok(Point::Instant(at))
}

fn span_of(day: Date, context: &Context) -> Option<Point> {
    let zone = context.now.time_zone();
    let start = |day: Date| Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp());
    Some(Point::Span(start(day)?, start(day.tomorrow().ok()?)?))
}

/// `9:30` or `09:30`.
fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// `1w2d`: whole numbers with a unit each, from the longest to the shortest.
fn age(text: &str) -> Option<SignedDuration> {
    const UNITS: [(char, i64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let (mut rest, mut seconds, mut smallest) = (text, 0_i64, i64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let letter = behind.chars().next()?;
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == letter)?;
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = behind.strip_prefix(letter)?;
    }
    (smallest < i64::MAX).then(|| SignedDuration::from_secs(seconds))
}

/// Writes a condition so that it reads back as itself.
pub fn show(when: &When) -> String {
    match when {
        When::Never => "never".to_owned(),
        When::Ever => "any".to_owned(),
        When::Since(at) => format!(">={at}"),
        When::Before(at) => format!("<{at}"),
    }
}
