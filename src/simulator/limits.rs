//! How much an organisation may ask of a model: the numbers only, the law is in `limiter`.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::limiter::Dimension;

/// Limits of one organisation for one model; `None` means that this dimension is not limited.
///
/// In a scenario either a name (`"free"`, `"developer"`, `"none"`) or a table such as `{ rpm = 30, tpm = 8000 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Limits {
    /// Requests a minute.
    pub rpm: Option<u64>,
    /// Requests a day.
    pub rpd: Option<u64>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Tokens a day.
    pub tpd: Option<u64>,
    /// Input tokens a minute.
    pub itpm: Option<u64>,
    /// Output tokens a minute.
    pub otpm: Option<u64>,
}

impl Limits {
    /// No limit at all.
    pub const NONE: Self = Self { rpm: None, rpd: None, tpm: None, tpd: None, itpm: None, otpm: None };
    /// What an organisation without a paid plan has for the gpt-oss models.
    pub const FREE: Self =
        Self { rpm: Some(30), rpd: Some(1_000), tpm: Some(8_000), tpd: Some(200_000), ..Self::NONE };
    /// What the first paid plan has for the gpt-oss models.
    pub const DEVELOPER: Self =
        Self { rpm: Some(1_000), rpd: Some(500_000), tpm: Some(250_000), ..Self::NONE };

    /// Returns the dimensions that are limited. Requests come before tokens, as a refusal of the former says nothing
    /// about the latter.
    pub fn all(self) -> impl Iterator<Item = (Dimension, u64)> {
        [
            (Dimension::Rpm, self.rpm),
            (Dimension::Rpd, self.rpd),
            (Dimension::Tpm, self.tpm),
            (Dimension::Tpd, self.tpd),
            (Dimension::Itpm, self.itpm),
            (Dimension::Otpm, self.otpm),
        ]
        .into_iter()
        .filter_map(|(dimension, limit)| Some((dimension, limit?)))
    }

    /// Returns these limits multiplied by `factor`, rounded, at least 1.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let scale = |limit: Option<u64>| limit.map(|limit| scaled(limit, factor));
        Self {
            rpm: scale(self.rpm),
            rpd: scale(self.rpd),
            tpm: scale(self.tpm),
            tpd: scale(self.tpd),
            itpm: scale(self.itpm),
            otpm: scale(self.otpm),
        }
    }
}

/// Multiplies in thousandths: a factor finer than that has no use, and integers stay integers.
fn scaled(limit: u64, factor: f64) -> u64 {
    let thousandths = std::time::Duration::try_from_secs_f64(factor).map_or(0, |factor| factor.as_millis());
    let product = (u128::from(limit) * thousandths + 500) / 1_000;
    u64::try_from(product).unwrap_or(u64::MAX).max(1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    rpm: Option<u64>,
    rpd: Option<u64>,
    tpm: Option<u64>,
    tpd: Option<u64>,
    itpm: Option<u64>,
    otpm: Option<u64>,
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = Limits;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"none\", \"free\", \"developer\" or a table of rpm, rpd, tpm, tpd, itpm, otpm")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Limits, E> {
        match name {
            "none" => Ok(Limits::NONE),
            "free" => Ok(Limits::FREE),
            "developer" => Ok(Limits::DEVELOPER),
            _ => Err(E::invalid_value(de::Unexpected::Str(name), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Limits, A::Error> {
        let Table { rpm, rpd, tpm, tpd, itpm, otpm } = Table::deserialize(MapAccessDeserializer::new(map))?;
        if [rpm, rpd, tpm, tpd, itpm, otpm].contains(&Some(0)) {
            return Err(de::Error::custom("a limit is at least 1; leave it out for no limit"));
        }
        Ok(Limits { rpm, rpd, tpm, tpd, itpm, otpm })
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        limits: Limits,
    }

    fn read(text: &str) -> Result<Limits, String> {
        toml::from_str::<Holder>(text).map(|holder| holder.limits).map_err(|error| error.to_string())
    }

    #[test]
    fn limits_are_a_name_or_a_table() {
        assert_eq!(read("limits = 'developer'"), Ok(Limits::DEVELOPER));
        assert_eq!(read("limits = 'none'"), Ok(Limits::NONE));
        assert_eq!(
            read("limits = { rpm = 30, tpm = 8000 }"),
            Ok(Limits { rpm: Some(30), tpm: Some(8_000), ..Limits::NONE })
        );
        for (bad, reason) in [
            ("limits = 'paid'", "\"developer\" or a table"),
            ("limits = { tokens = 3 }", "unknown field `tokens`"),
            ("limits = { rpm = 0 }", "a limit is at least 1"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn limits_are_multiplied_and_never_vanish() {
        assert_eq!(Limits::DEVELOPER.times(2.5).tpm, Some(625_000));
        assert_eq!(Limits::FREE.times(0.0).rpm, Some(1));
        assert_eq!(Limits::NONE.times(3.0), Limits::NONE);
    }
}
