//! Numbers as values: `40`, `<40`, `>=10`, `1..5`.

use std::ops::RangeInclusive;

use super::lexer::Value;

/// How a value compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `=`, or nothing.
    Equal,
}

/// Takes the comparison off the front, if it is not in quotes.
pub fn operator(value: &Value) -> (Option<Operator>, &str) {
    let text = value.text.as_str();
    let signs = [
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("<", Operator::Less),
        (">", Operator::More),
        ("=", Operator::Equal),
    ];
    signs
        .into_iter()
        .filter(|(sign, _)| sign.len() <= value.plain)
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (Some(operator), rest)))
        .unwrap_or((None, text))
}

/// The two ends of `a..b`, either of which may be empty; a value in quotes is no range.
pub fn ends(value: &Value) -> Option<(&str, &str)> {
    if value.quoted { None } else { value.text.split_once("..") }
}

/// Why a value is no range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRange {
    /// It holds something that is no number.
    NoNumber,
    /// No number lies in it.
    Empty,
}

/// Reads a value as a range of whole numbers up to `most`; `number` reads one of them.
pub fn range(
    value: &Value,
    most: u64,
    number: impl Fn(&str) -> Option<u64>,
) -> Result<RangeInclusive<u64>, NoRange> {
    let read = |text: &str| number(text).ok_or(NoRange::NoNumber);
    let (low, high) = if let Some((low, high)) = ends(value) {
        let low = if low.is_empty() { 0 } else { read(low)? };
        let high = if high.is_empty() { most } else { read(high)? };
        (low, high)
    } else {
        let (operator, text) = operator(value);
        let number = read(text)?;
        match operator.unwrap_or(Operator::Equal) {
            Operator::Less => (0, number.checked_sub(1).ok_or(NoRange::Empty)?),
            Operator::AtMost => (0, number),
            Operator::More => (number.checked_add(1).ok_or(NoRange::Empty)?, most),
            Operator::AtLeast => (number, most),
            Operator::Equal => (number, number),
        }
    };
    if low > high || low > most { Err(NoRange::Empty) } else { Ok(low..=high.min(most)) }
}

/// Writes a range so that it reads back as itself; `number` writes one number.
pub fn show(range: &RangeInclusive<u64>, most: u64, number: impl Fn(u64) -> String) -> String {
    let (low, high) = (*range.start(), *range.end());
    if low == 0 && high >= most {
        "any".to_owned()
    } else if low == high {
        number(low)
    } else if low == 0 {
        if rounder(high + 1, high) { format!("<{}", number(high + 1)) } else { format!("<={}", number(high)) }
    } else if high >= most {
        if rounder(low - 1, low) { format!(">{}", number(low - 1)) } else { format!(">={}", number(low)) }
    } else {
        format!("{}..{}", number(low), number(high))
    }
}

/// Whether `a` ends in more zeros than `b`: 40 is rounder than 39.
fn rounder(a: u64, b: u64) -> bool {
    let zeros = |number: u64| {
        let digits = number.to_string();
        digits.len() - digits.trim_end_matches('0').len()
    };
    zeros(a) > zeros(b)
}
