//! Durations as the provider writes them: Go's `time.Duration` text, or bare seconds.

use std::time::Duration;

const UNITS: [(&str, u64); 8] = [
    // Longer names first: `ms` begins with `m`.
    ("ms", 1_000_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("us", 1_000),
    ("ns", 1),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
];

/// Reads a whole text: `592ms`, `1m26.4s`, `6m 11.52s`, `35` (seconds).
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Some((seconds, "")) = number(text) {
        return Some(Duration::from_nanos(scale(seconds, 1_000_000_000)?));
    }
    match prefix(text)? {
        (duration, "") => Some(duration),
        (_, _) => None,
    }
}

/// Reads the duration that `text` begins with and returns it with the rest. At least one number with a unit is there.
pub(super) fn prefix(text: &str) -> Option<(Duration, &str)> {
    let (mut rest, mut total, mut parts) = (text, 0u64, 0);
    while let Some((value, behind)) = number(rest.trim_start_matches(' ')) {
        let unit = UNITS.iter().find_map(|(name, nanos)| Some((behind.strip_prefix(name)?, *nanos)));
        let Some((behind, nanos)) = unit else { break };
        total = total.checked_add(scale(value, nanos)?)?;
        (rest, parts) = (behind, parts + 1);
    }
    (parts > 0).then_some((Duration::from_nanos(total), rest))
}

/// A decimal number: whole part and fraction in thousand-millionths.
type Decimal = (u64, u64);

fn number(text: &str) -> Option<(Decimal, &str)> {
    let (whole, rest) = digits(text)?;
    let whole = whole.parse().ok()?;
    let Some((fraction, behind)) = rest.strip_prefix('.').and_then(digits) else {
        return Some(((whole, 0), rest));
    };
    let kept: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some(((whole, kept.parse().ok()?), behind))
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn scale((whole, fraction): Decimal, nanos: u64) -> Option<u64> {
    let fraction = u128::from(fraction) * u128::from(nanos) / 1_000_000_000;
    whole.checked_mul(nanos)?.checked_add(u64::try_from(fraction).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_the_provider_are_read() {
        for (text, nanos) in [
            ("592ms", 592_000_000),
            ("7.66s", 7_660_000_000),
            ("1m26.4s", 86_400_000_000),
            ("2m59.56s", 179_560_000_000),
            ("1h2m3s", 3_723_000_000_000),
            ("6m 11.52s", 371_520_000_000),
            ("11m0.528s", 660_528_000_000),
            ("34.1475s", 34_147_500_000),
            ("789.6ms", 789_600_000),
            ("250µs", 250_000),
            ("0s", 0),
            ("35", 35_000_000_000),
            (" 1.5 ", 1_500_000_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "s",
            "ms",
            "-1s",
            "1 s",
            "soon",
            "Wed, 21 Oct 2026 07:28:00 GMT",
            "1s2",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_duration_ends_where_the_sentence_goes_on() {
        assert_eq!(prefix("2s. Need more"), Some((Duration::from_secs(2), ". Need more")));
        assert_eq!(prefix("6m 11.52s."), Some((Duration::from_millis(371_520), ".")));
        assert_eq!(prefix("3 times"), None);
    }

    /// As Go's `time.Duration.String` writes it.
    fn go(duration: Duration) -> String {
        let nanos = duration.as_nanos();
        let decimal = |value: u128, unit: u128| {
            let text = format!("{}.{:0width$}", value / unit, value % unit, width = unit.ilog10() as usize);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        match nanos {
            0 => "0s".to_owned(),
            1..1_000 => format!("{nanos}ns"),
            1_000..1_000_000 => format!("{}µs", decimal(nanos, 1_000)),
            1_000_000..1_000_000_000 => format!("{}ms", decimal(nanos, 1_000_000)),
            _ => {
                let (hours, rest) = (nanos / 3_600_000_000_000, nanos % 3_600_000_000_000);
                let (minutes, rest) = (rest / 60_000_000_000, rest % 60_000_000_000);
                let seconds = decimal(rest, 1_000_000_000);
                match (hours, minutes) {
                    (0, 0) => format!("{seconds}s"),
                    (0, _) => format!("{minutes}m{seconds}s"),
                    _ => format!("{hours}h{minutes}m{seconds}s"),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_duration_that_go_writes_is_read(nanos in prop_oneof![0u64..10_000_000, 0..1u64 << 52]) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&go(duration)), Some(duration));
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            prop_assert!(prefix(&text).is_none_or(|(_, rest)| text.ends_with(rest)));
            prop_assert!(parse(&text).is_none() || text.contains(|c: char| c.is_ascii_digit()));
        }
    }
}
