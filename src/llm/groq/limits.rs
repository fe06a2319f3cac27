//! What headers and refusals tell about the provider's limits.
//!
//! Only the text of a refusal names the limit that failed, in parentheses; its `type` misleads, and so do the headers:
//! those about requests are of the day, those about tokens of the minute, and nothing tells the other dimensions.

use std::time::Duration;

use super::duration;
use crate::llm::port::{Dimension, LimitHeaders, Limited};

const NAMES: [(&str, Dimension); 6] = [
    ("(RPM)", Dimension::Rpm),
    ("(RPD)", Dimension::Rpd),
    ("(TPM)", Dimension::Tpm),
    ("(TPD)", Dimension::Tpd),
    ("(ITPM)", Dimension::Itpm),
    ("(OTPM)", Dimension::Otpm),
];

/// Reads the limit headers; `header` finds one by its lower-case name.
pub(super) fn headers<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> LimitHeaders {
    let number = |name| header(name)?.trim().parse().ok();
    LimitHeaders {
        limit_requests: number("x-ratelimit-limit-requests"),
        remaining_requests: number("x-ratelimit-remaining-requests"),
        limit_tokens: number("x-ratelimit-limit-tokens"),
        remaining_tokens: number("x-ratelimit-remaining-tokens"),
    }
}

/// Reads `retry-after`: seconds. A date is no use without knowing the provider's clock; the body tells more anyway.
pub(super) fn retry_after(value: Option<&str>) -> Option<Duration> {
    duration::parse(value?)
}

/// Reads the message of a 429 or 413. What it does not say is `None`.
pub(super) fn refusal(message: &str, retry_after: Option<Duration>) -> Limited {
    let stated = message.find("try again in ").and_then(|at| {
        let (_, rest) = message.split_at(at + "try again in ".len());
        Some(duration::prefix(rest)?.0)
    });
    Limited {
        dimension: NAMES
            .into_iter()
            .find_map(|(name, dimension)| message.contains(name).then_some(dimension)),
        limit: figure(message, "Limit "),
        used: figure(message, "Used "),
        requested: figure(message, "Requested "),
        wait: stated.max(retry_after),
    }
}

/// The number behind `label`, with or without commas between thousands.
fn figure(message: &str, label: &str) -> Option<u64> {
    let rest = message.split(label).nth(1)?;
    let mut digits = String::new();
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '0'..='9' => digits.push(character),
            ',' if characters.peek().is_some_and(char::is_ascii_digit) => {}
            _ => break,
        }
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAIL: &str =
        " Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing";

    fn message(limit: &str, rest: &str, wait: &str) -> String {
        format!(
            "Rate limit reached for model `openai/gpt-oss-20b` in organization `org_x` service tier `on_demand` on \
             {limit}: {rest}. Please try again in {wait}.{TAIL}"
        )
    }

    #[test]
    fn published_refusals_are_read_and_obey_the_law() {
        use Dimension::{Rpm, Tpd, Tpm};
        let minute = "tokens per minute (TPM)";
        let day = "tokens per day (TPD)";
        for (name, dimension, [limit, used, requested], wait, period) in [
            (minute, Tpm, [8_000, 5_536, 5_599], "23.5125s", 60),
            (minute, Tpm, [6_000, 5_034, 1_443], "4.77s", 60),
            (minute, Tpm, [100_000, 99_348, 1_968], "789.6ms", 60),
            (minute, Tpm, [30_000, 29_007, 6_920], "11.854s", 60),
            (minute, Tpm, [12_000, 10_655, 1_947], "3.01s", 60),
            (minute, Tpm, [8_000, 6_670, 5_883], "34.1475s", 60),
            (day, Tpd, [200_000, 197_494, 4_035], "11m0.528s", 86_400),
            (day, Tpd, [100_000, 99_996, 484], "6m54.72s", 86_400),
            ("requests per minute (RPM)", Rpm, [30, 30, 1], "2s", 60),
        ] {
            let text = message(name, &format!("Limit {limit}, Used {used}, Requested {requested}"), wait);
            let read = refusal(&text, None);
            assert_eq!(read.dimension, Some(dimension), "{text}");
            assert_eq!([read.limit, read.used, read.requested], [limit, used, requested].map(Some), "{text}");
            let nanos = (used + requested - limit) * 1_000_000_000 * period / limit;
            assert_eq!(read.wait, Some(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn older_texts_and_the_other_dimensions_are_read() {
        let old =
            message("tokens per day (TPD)", "Limit 200,000, Used 199,000, Requested ~1,861", "6m 11.52s");
        let read = refusal(&old.replace(TAIL, ""), None);
        assert_eq!((read.limit, read.used, read.requested), (Some(200_000), Some(199_000), None));
        assert_eq!(read.wait, Some(Duration::from_millis(371_520)));
        let input = refusal(
            &message("input tokens per minute (ITPM)", "Limit 7000, Used 1, Requested 2", "1s"),
            None,
        );
        assert_eq!(input.dimension, Some(Dimension::Itpm));
    }

    #[test]
    fn a_413_names_no_wait_but_its_header_does() {
        let text = "Request too large for model `m` in organization `o` service tier `on_demand` on tokens per minute \
                    (TPM): Limit 8000, Requested 11176, please reduce your message size and try again.";
        let read = refusal(text, retry_after(Some("64")));
        assert_eq!((read.limit, read.used, read.requested), (Some(8_000), None, Some(11_176)));
        assert_eq!(read.wait, Some(Duration::from_mins(1) + Duration::from_secs(4)));
    }

    #[test]
    fn the_longer_wait_counts_and_garbage_counts_nothing() {
        let text = message("tokens per minute (TPM)", "Limit 8000, Used 6670, Requested 5883", "34.1475s");
        for (header, wait) in [
            (Some("35"), 35_000),
            (Some("0"), 34_147),
            (Some("soon"), 34_147),
            (Some("Wed, 21 Oct 2026 07:28:00 GMT"), 34_147),
            (Some("3600"), 3_600_000),
            (None, 34_147),
        ] {
            let read = refusal(&text, retry_after(header));
            assert_eq!(read.wait.map(|wait| wait.as_millis()), Some(wait), "{header:?}");
        }
        assert_eq!(refusal("no", None).wait, None);
    }

    #[test]
    fn headers_are_read_by_name() {
        let known = [
            ("x-ratelimit-limit-requests", "1000"),
            ("x-ratelimit-remaining-tokens", " 7921 "),
            ("x-ratelimit-limit-tokens", "many"),
        ];
        let read = headers(|name| known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value));
        assert_eq!(
            read,
            LimitHeaders {
                limit_requests: Some(1_000),
                remaining_requests: None,
                limit_tokens: None,
                remaining_tokens: Some(7_921),
            }
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            at in 0usize..6,
            limit in 1u64..10_000_000,
            used in 0u64..10_000_000,
            requested in 0u64..10_000_000,
            wait in 0u64..100_000_000,
        ) {
            let (name, dimension) = NAMES[at];
            let figures = format!("Limit {limit}, Used {used}, Requested {requested}");
            let read = refusal(&message(name, &figures, &format!("{wait}ms")), None);
            prop_assert_eq!(
                read,
                Limited {
                    dimension: Some(dimension),
                    limit: Some(limit),
                    used: Some(used),
                    requested: Some(requested),
                    wait: Some(Duration::from_millis(wait)),
                }
            );
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let read = refusal(&format!("(TPM): Limit {text}, Used {text} try again in {text}"), None);
            prop_assert_eq!(read.dimension, Some(Dimension::Tpm));
        }
    }
}
