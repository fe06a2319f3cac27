//! Durations in the notation of Go, which Groq uses in its headers and messages.

use std::time::Duration;

/// Returns `duration` as Go's `time.Duration` prints it: `592ms`, `23.5125s`, `1m26.4s`, `11m0.528s`, `1h2m3s`.
pub(super) fn go(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(nanos, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(nanos, 6)),
        _ => {
            let minutes = nanos / 60_000_000_000;
            let seconds = decimal(nanos % 60_000_000_000, 9);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// Returns `duration` in the notation of Go, cut to whole milliseconds, as the `x-ratelimit-reset-*` headers have it.
pub(super) fn go_millis(duration: Duration) -> String {
    go(Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
}

/// Returns `number / 10^places` without trailing zeros; used for seconds in JSON too, where floats would round.
pub(super) fn decimal(number: u128, places: usize) -> String {
    let scale = 10u128.pow(u32::try_from(places).unwrap_or(0));
    let (whole, rest) = (number / scale, number % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = format!("{whole}.{rest:0places$}");
    digits.trim_end_matches('0').to_owned()
}

/// Returns the whole seconds of a `retry-after` header: rounded up, so that who obeys is never early.
pub(super) fn ceil_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_prints_them() {
        for (nanos, text) in [
            (0, "0s"),
            (17, "17ns"),
            (1_500, "1.5µs"),
            (789_600_000, "789.6ms"),
            (592_000_000, "592ms"),
            (2_000_000_000, "2s"),
            (23_512_500_000, "23.5125s"),
            (86_400_000_000, "1m26.4s"),
            (660_528_000_000, "11m0.528s"),
            (3_723_000_000_000, "1h2m3s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(go(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn headers_drop_what_is_below_a_millisecond() {
        assert_eq!(go_millis(Duration::from_micros(592_500)), "592ms");
        assert_eq!(go_millis(Duration::from_micros(999)), "0s");
    }

    #[test]
    fn retry_after_is_never_early() {
        for (nanos, seconds) in [(0, 0), (1, 1), (2_000_000_000, 2), (34_147_500_000, 35)] {
            assert_eq!(ceil_seconds(Duration::from_nanos(nanos)), seconds);
        }
    }
}
