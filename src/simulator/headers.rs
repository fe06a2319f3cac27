//! The headers of answers.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    duration::go_millis,
    limiter::{Dimension, Level},
};

/// Headers in their order.
pub(super) type Headers = Vec<(&'static str, String)>;

/// What the limiter shows of itself: requests are those of a day, tokens those of a minute, and the other dimensions
/// are never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Levels {
    pub requests: Option<Level>,
    pub tokens: Option<Level>,
}

impl Levels {
    /// What is shown when `refused` by this dimension: the tokens are not looked at before the requests fit.
    pub(super) fn after_refusal(self, refused: Dimension) -> Self {
        match refused {
            Dimension::Rpm | Dimension::Rpd => Self { tokens: None, ..self },
            Dimension::Tpm | Dimension::Tpd | Dimension::Itpm | Dimension::Otpm => self,
        }
    }

    pub(super) fn push(&self, headers: &mut Headers) {
        let (requests, tokens) = (self.requests, self.tokens);
        let mut number = |name, level: Option<Level>, value: fn(Level) -> String| {
            if let Some(level) = level {
                headers.push((name, value(level)));
            }
        };
        number("x-ratelimit-limit-requests", requests, |level| level.limit.to_string());
        number("x-ratelimit-limit-tokens", tokens, |level| level.limit.to_string());
        number("x-ratelimit-remaining-requests", requests, |level| level.remaining.to_string());
        number("x-ratelimit-remaining-tokens", tokens, |level| level.remaining.to_string());
        number("x-ratelimit-reset-requests", requests, |level| go_millis(level.reset));
        number("x-ratelimit-reset-tokens", tokens, |level| go_millis(level.reset));
    }
}

/// Returns what every answer begins with. `unix` is the time since 1970.
pub(super) fn common(unix: Duration, content_type: &'static str, cache_control: &'static str) -> Headers {
    vec![
        ("date", http_date(unix)),
        ("content-type", content_type.to_owned()),
        ("cache-control", cache_control.to_owned()),
    ]
}

/// Adds what every answer ends with.
pub(super) fn push_trace(headers: &mut Headers, request_id: &str, ray: String) {
    headers.extend([
        ("vary", "Origin".to_owned()),
        ("x-groq-region", "fra".to_owned()),
        ("x-request-id", request_id.to_owned()),
        ("via", "1.1 google".to_owned()),
        ("alt-svc", "h3=\":443\"; ma=86400".to_owned()),
        ("strict-transport-security", "max-age=15552000".to_owned()),
        ("server", "cloudflare".to_owned()),
        ("cf-cache-status", "DYNAMIC".to_owned()),
        ("cf-ray", ray),
    ]);
}

fn http_date(unix: Duration) -> String {
    let seconds = i64::try_from(unix.as_secs()).unwrap_or(0);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(limit: u64, remaining: u64, reset_ms: u64) -> Level {
        Level { limit, remaining, reset: Duration::from_millis(reset_ms) }
    }

    fn lines(levels: Levels) -> Vec<String> {
        let mut headers = Headers::new();
        levels.push(&mut headers);
        headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn requests_are_of_a_day_and_tokens_of_a_minute() {
        let levels =
            Levels { requests: Some(level(1_000, 999, 86_400)), tokens: Some(level(8_000, 7_921, 592)) };
        assert_eq!(
            lines(levels),
            [
                "x-ratelimit-limit-requests: 1000",
                "x-ratelimit-limit-tokens: 8000",
                "x-ratelimit-remaining-requests: 999",
                "x-ratelimit-remaining-tokens: 7921",
                "x-ratelimit-reset-requests: 1m26.4s",
                "x-ratelimit-reset-tokens: 592ms",
            ]
        );
        assert_eq!(lines(levels.after_refusal(Dimension::Tpd)).len(), 6);
        assert!(lines(levels.after_refusal(Dimension::Rpm)).iter().all(|line| !line.contains("tokens")));
        assert!(lines(Levels::default()).is_empty());
    }

    #[test]
    fn dates_are_those_of_http() {
        assert_eq!(http_date(Duration::from_secs(1_786_530_508)), "Wed, 12 Aug 2026 10:28:28 GMT");
    }
}
