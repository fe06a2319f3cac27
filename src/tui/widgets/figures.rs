//! Figures that are looked at rather than read: bars and curves of a number of cells.

use super::Row;
use crate::tui::{context::Context, theme::Meaning};

/// A bar of `columns` cells, filled by `part` of `whole`. It is full only if nothing is missing, and empty only if
/// there is nothing.
pub fn bar(part: u64, whole: u64, columns: usize, context: &Context) -> Row<'static> {
    let cells = columns as u64;
    let filled = match (part, whole) {
        (0, _) | (_, 0) => 0,
        (part, whole) if part >= whole => cells,
        (part, whole) => {
            let exact = u128::from(part) * u128::from(cells) / u128::from(whole);
            u64::try_from(exact).unwrap_or(cells).max(1).min(cells.saturating_sub(1))
        }
    };
    let filled = usize::try_from(filled).unwrap_or(columns).min(columns);
    Row::of(Meaning::Bar, context.glyph("▓", "#").repeat(filled))
        .put(Meaning::BarRest, context.glyph("░", ".").repeat(columns - filled))
}

/// A curve of the last `columns` values, oldest first, one cell each; the largest value reaches the top.
pub fn curve(values: &[u32], columns: usize, context: &Context) -> Row<'static> {
    let levels: &[&str] =
        context.glyph(&["▁", "▂", "▃", "▄", "▅", "▆", "▇"], &["_", ".", ":", "-", "=", "+", "*"]);
    let shown = values.split_at(values.len().saturating_sub(columns)).1;
    let most = shown.iter().copied().max().unwrap_or(0).max(1);
    let cells = shown.iter().map(|value| {
        if *value == 0 {
            return " ";
        }
        let level = u64::from(*value) * (levels.len() as u64 - 1) / u64::from(most);
        levels.get(usize::try_from(level).unwrap_or(0)).copied().unwrap_or(" ")
    });
    Row::of(Meaning::Bar, cells.collect::<String>())
}

/// A number with commas between its thousands, as `12,500`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{keymap::Glyphs, testing::context};

    #[test]
    fn a_bar_is_full_or_empty_only_if_that_is_so() {
        let context = context(80, 24);
        for (part, whole, expected) in [
            (0, 10, "░░░░"),
            (1, 1_000, "▓░░░"),
            (5, 10, "▓▓░░"),
            (999, 1_000, "▓▓▓░"),
            (10, 10, "▓▓▓▓"),
            (12, 10, "▓▓▓▓"),
            (0, 0, "░░░░"),
            (u64::MAX, u64::MAX, "▓▓▓▓"),
        ] {
            assert_eq!(bar(part, whole, 4, &context).plain(), expected, "{part} {whole}");
        }
        assert_eq!(bar(1, 2, 0, &context).plain(), "");
    }

    #[test]
    fn a_curve_shows_the_latest_and_zero_as_nothing() {
        let mut context = context(80, 24);
        assert_eq!(curve(&[9, 0, 1, 7, 14], 4, &context).plain(), " ▁▄▇");
        assert_eq!(curve(&[], 4, &context).plain(), "");
        context.glyphs = Glyphs::Ascii;
        assert_eq!(curve(&[1, 14], 4, &context).plain(), "_*");
    }

    #[test]
    fn thousands_are_parted() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_500, "12,500"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(number), text);
        }
    }
}
