//! Times and numbers in a few letters, as several screens say them.

use std::time::Duration;

use jiff::Timestamp;

use crate::tui::{command::Command, context::Context, widgets::thousands};

/// The key of a command as the screen shows it, else the command's name.
pub fn key(command: impl Into<Command>, context: &Context) -> String {
    let command = command.into();
    context.keys.shown(command, context.glyphs).unwrap_or_else(|| format!(":{}", command.name()))
}

/// A time in its two largest units: `45s`, `12m 40s`, `3h 05m`, `2d 4h`.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    if days > 0 {
        format!("{days}d {}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {:02}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {:02}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

/// The same in its largest unit, rounded: `13m`.
pub fn about(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", (seconds + 30) / 60),
        3_600..86_400 => format!("{}h", (seconds + 1_800) / 3_600),
        _ => format!("{}d", (seconds + 43_200) / 86_400),
    }
}

/// How long ago `at` was; nothing if it lies in the future.
pub fn since(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

/// `1 rewrite`, `1,200 rewrites`.
pub fn count(number: u64, word: &str) -> String {
    format!("{} {word}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A large number in at most five letters: `950`, `9.5k`, `340k`, `9.1M`.
pub fn short(number: u64) -> String {
    for (unit, letter) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if number >= unit * 100 {
            return format!("{}{letter}", number / unit);
        }
        if number >= unit {
            return format!("{}.{}{letter}", number / unit, number % unit * 10 / unit);
        }
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_their_largest_units() {
        for (seconds, both, rounded) in [
            (0, "0s", "0s"),
            (45, "45s", "45s"),
            (760, "12m 40s", "13m"),
            (11_100, "3h 05m", "3h"),
            (187_200, "2d 4h", "2d"),
        ] {
            let time = Duration::from_secs(seconds);
            assert_eq!((span(time).as_str(), about(time).as_str()), (both, rounded), "{seconds}");
        }
    }

    #[test]
    fn numbers_are_short_and_words_agree() {
        for (number, text) in
            [(950, "950"), (9_540, "9.5k"), (340_123, "340k"), (9_100_000, "9.1M"), (120_000_000_000, "120G")]
        {
            assert_eq!(short(number), text);
        }
        assert_eq!(
            (count(1, "rewrite"), count(1_200, "rewrite")),
            ("1 rewrite".into(), "1,200 rewrites".into())
        );
    }
}
