//! Money as integer nano-dollars, and prices a token that need not be whole ones.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Sub},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An amount of US dollars in nano-dollars (10⁻⁹ USD), never negative.
///
/// Sums saturate at about 9.2 thousand million dollars, differences at zero.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(u64);

/// A text that is no amount or no price.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{0}\" is no amount in US dollars: write it like 12 or 0.75.")]
pub struct MoneyError(String);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    const MAX: u64 = i64::MAX as u64;

    /// An amount of `nanos` nano-dollars, at most `i64::MAX` of them, which is what the store can hold.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(if nanos > Self::MAX { Self::MAX } else { nanos })
    }

    /// Whole dollars.
    pub const fn from_dollars(dollars: u64) -> Self {
        Self::from_nanos(dollars.saturating_mul(1_000_000_000))
    }

    /// The amount in nano-dollars.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The amount as a plain decimal with all nine places, as `0.000037500`.
    pub fn exact(self) -> String {
        format!("{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::from_nanos(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Dollars and cents; below ten cents as many places as tell two digits.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, places) = match self.0 {
            0 | 100_000_000.. => (10_000_000, 2),
            10_000_000..100_000_000 => (1_000_000, 3),
            1_000_000..10_000_000 => (100_000, 4),
            _ => (10_000, 5),
        };
        let rounded = (self.0 + unit / 2) / unit;
        let scale = 10u64.pow(places);
        f.pad(&format!("${}.{:0width$}", rounded / scale, rounded % scale, width = places as usize))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let digits = text.trim().trim_start_matches('$');
        decimal(digits, 9).map(Self::from_nanos).ok_or_else(|| MoneyError(text.chars().take(40).collect()))
    }
}

/// Reads a plain decimal as an integer scaled by `10^places`; more places than that must be zeros.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if (whole.is_empty() && fraction.is_empty())
        || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let (kept, rest) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
    if rest.bytes().any(|b| b != b'0') {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let fraction = format!("{kept:0<places$}").parse::<u64>().ok()?;
    whole.checked_mul(10u64.checked_pow(u32::try_from(places).ok()?)?)?.checked_add(fraction)
}

/// What a model costs, in nano-dollars for a million tokens: exact for every published price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Input tokens that were not in the provider's prompt cache.
    pub input: u64,
    /// Input tokens that were.
    pub cached: u64,
    /// Output tokens, reasoning included.
    pub output: u64,
}

impl Price {
    /// Reads dollars a token, as the provider's list has them (`"0.000000075"`), without a detour over floats.
    pub fn per_token(input: &str, cached: Option<&str>, output: &str) -> Option<Self> {
        let input = decimal(input, 15)?;
        let cached = cached.map_or(Some(input), |text| decimal(text, 15))?;
        Some(Self { input, cached, output: decimal(output, 15)? })
    }

    /// Reads US dollars for a million tokens in and out, as `0.075,0.30`; what comes from a cache costs as much as any.
    pub fn per_million(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError(text.chars().take(40).collect());
        let (input, output) = text.split_once(',').ok_or_else(wrong)?;
        let amount = |text: &str| decimal(text.trim(), 9).ok_or_else(wrong);
        let (input, output) = (amount(input)?, amount(output)?);
        if output == 0 { Err(wrong()) } else { Ok(Self { input, cached: input, output }) }
    }

    /// Half of it, where what comes from a cache costs as much as any.
    #[must_use]
    pub const fn half(&self) -> Self {
        let input = self.input.div_ceil(2);
        Self { input, cached: input, output: self.output.div_ceil(2) }
    }

    /// The cost of `input` tokens, of which `cached` came from the cache, and `output` tokens; rounded up to a
    /// whole nano-dollar.
    pub fn cost(&self, input: u64, cached: u64, output: u64) -> Money {
        let cached = cached.min(input);
        let millionths = u128::from(input - cached) * u128::from(self.input)
            + u128::from(cached) * u128::from(self.cached)
            + u128::from(output) * u128::from(self.output);
        Money::from_nanos(u64::try_from(millionths.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_two_telling_digits() {
        for (nanos, text) in [
            (0, "$0.00"),
            (12_000_000_000, "$12.00"),
            (510_000_000, "$0.51"),
            (51_000_000, "$0.051"),
            (1_234_000, "$0.0012"),
            (99_999_999, "$0.100"),
            (60_000, "$0.00006"),
        ] {
            assert_eq!(Money::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        assert_eq!("0.75".parse(), Ok(Money::from_nanos(750_000_000)));
        assert_eq!("$12".parse(), Ok(Money::from_dollars(12)));
        assert_eq!(".5".parse(), Ok(Money::from_nanos(500_000_000)));
        for bad in ["", ".", "-1", "1e3", "1,5", "0.0000000001", "99999999999999999999"] {
            assert!(bad.parse::<Money>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_price_that_is_no_whole_nano_dollar_is_kept_and_the_amount_rounded_up() {
        let price = Price::per_token("0.000000075", Some("0.0000000375"), "0.0000003").unwrap();
        assert_eq!(price, Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 });
        assert_eq!(price.cost(1, 1, 0), Money::from_nanos(38));
        assert_eq!(price.cost(2, 2, 0), Money::from_nanos(75));
        assert_eq!(price.cost(1000, 400, 10), Money::from_nanos(600 * 75 + 400 * 75 / 2 + 10 * 300));
    }

    #[test]
    fn a_price_can_be_said_for_a_million_tokens() {
        assert_eq!(
            Price::per_million("0.075, 0.30"),
            Ok(Price { input: 75_000_000, cached: 75_000_000, output: 300_000_000 })
        );
        for bad in ["", "1", "1,", "1,0", "a,b", "1,2,3"] {
            assert!(Price::per_million(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn half_of_a_price_has_no_cache() {
        let price = Price { input: 75_000_000, cached: 37_500_000, output: 300_000_001 };
        assert_eq!(price.half(), Price { input: 37_500_000, cached: 37_500_000, output: 150_000_001 });
    }

    #[test]
    fn sums_saturate() {
        assert_eq!(Money::from_nanos(u64::MAX) + Money::from_dollars(1), Money::from_nanos(u64::MAX));
        assert_eq!(Money::ZERO - Money::from_dollars(1), Money::ZERO);
    }
}
