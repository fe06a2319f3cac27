//! What a refusal means: from status and code to what to do, and to a sentence of our own.
//!
//! The provider's sentences are never passed on: they may quote what was sent.

use super::{client::Failed, limits, wire::ErrorBody};
use crate::llm::port::{CallError, FailureClass, LimitHeaders, Paid};

const KEY: &str = "The provider refused the key: set GROQ_API_KEY, or model.api_key in the configuration.";
const FRONT: &str = "The provider's network front refuses requests from this address (403). Check model.base_url and \
                     the network, or ask the provider's support.";
const FORBIDDEN: &str = "The provider does not allow this for the key: check its permissions and the allowed models in \
                         the provider's console.";
const URL: &str =
    "There is nothing at this address of the provider: check model.base_url in the configuration.";

/// What the head of an answer tells.
#[derive(Debug, Default, Clone)]
pub(super) struct Head {
    pub limits: LimitHeaders,
    pub retry_after: Option<std::time::Duration>,
    pub request_id: Option<String>,
}

/// Returns what an answer with a status other than 200 means.
pub(super) fn of_answer(status: u16, head: Head, body: &[u8]) -> Failed {
    let read = ErrorBody::of_answer(body);
    let is_page = read.is_none();
    let error = read.unwrap_or_default();
    let (class, message) = match status {
        403 if is_page => stop(FRONT),
        _ => classify(status, &error, head.retry_after),
    };
    let code = error.code.as_deref();
    let paid = match code {
        // The model wrote something that the provider could not use.
        Some("json_validate_failed" | "output_parse_failed" | "tool_use_failed") => Paid::Unknown,
        Some(_) | None => Paid::No,
    };
    let Head { limits, request_id, .. } = head;
    Box::new(CallError { class, status: Some(status), message, paid, limits, request_id })
}

/// Returns what an error inside of a stream means.
pub(super) fn in_stream(error: &ErrorBody) -> (FailureClass, String) {
    let message = error.message.as_deref().unwrap_or_default();
    let limited =
        error.code.as_deref() == Some("rate_limit_exceeded") || message.starts_with("Rate limit reached");
    let status = match error.status_code {
        Some(status) => status,
        None if limited => 429,
        None => 500,
    };
    classify(status, error, None)
}

/// Whether a 404 is about the model and not about the address.
pub(super) fn is_about_the_model(status: u16, body: &[u8]) -> bool {
    status == 404
        && ErrorBody::of_answer(body).is_some_and(|error| error.code.as_deref() == Some("model_not_found"))
}

/// Returns the sentence for a model that is not there. `known` are names from the provider, hence untrusted.
pub(super) fn no_such_model(known: &[String]) -> String {
    let names: Vec<_> = known.iter().filter(|name| is_plain(name)).take(12).map(String::as_str).collect();
    let list = if names.is_empty() { String::new() } else { format!(" It has: {}.", names.join(", ")) };
    format!(
        "The provider has no such model, or not for this key: choose another with --model or model.name.{list}"
    )
}

fn classify(
    status: u16,
    error: &ErrorBody,
    retry_after: Option<std::time::Duration>,
) -> (FailureClass, String) {
    let message = error.message.as_deref().unwrap_or_default();
    let sentence = |what: &str| format!("{what} ({}).", name(status, error));
    match status {
        400 => bad_request(error),
        401 => stop(KEY),
        403 => stop(FORBIDDEN),
        404 if error.code.as_deref() == Some("model_not_found") => stop(&no_such_model(&[])),
        300..=399 | 404 | 405 => stop(URL),
        413 => (
            FailureClass::TooLarge(limits::refusal(message, retry_after)),
            sentence("The request is larger than the provider's limit"),
        ),
        429 => (
            FailureClass::Limited(limits::refusal(message, retry_after)),
            sentence("The provider's rate limit is reached"),
        ),
        498 => {
            (FailureClass::NoCapacity, sentence("The provider has no capacity for flexible processing now"))
        }
        408 | 409 | 425 | 499.. => (FailureClass::Transient, sentence("The provider cannot answer now")),
        _ => (FailureClass::Refused, sentence("The provider refuses this request")),
    }
}

fn bad_request(error: &ErrorBody) -> (FailureClass, String) {
    let sentence = |what: &str| format!("{what} ({}).", name(400, error));
    match error.code.as_deref().unwrap_or_default() {
        "context_length_exceeded" => {
            (FailureClass::TooLong, sentence("The text is too long for the model's context"))
        }
        "json_validate_failed" | "output_parse_failed" | "tool_use_failed" => {
            (FailureClass::BadOutput, sentence("The model's output was of no use to the provider"))
        }
        "model_decommissioned" => {
            stop("The provider has retired this model: choose another with --model or model.name.")
        }
        "model_terms_required" => {
            stop("The model's terms must be accepted first, in the provider's console, by an administrator.")
        }
        "organization_restricted" => {
            stop("The provider has restricted this organisation: ask the provider's support.")
        }
        "blocked_api_access" => stop(
            "The provider has stopped this organisation at its spend limit: raise it in the provider's console.",
        ),
        "invalid_api_key" => stop(KEY),
        _ if error
            .message
            .as_deref()
            .is_some_and(|message| message.contains("not available for this org")) =>
        {
            (FailureClass::NoCapacity, sentence("The provider does not offer this tier to the organisation"))
        }
        _ => (FailureClass::Refused, sentence("The provider refuses this request")),
    }
}

fn stop(what: &str) -> (FailureClass, String) {
    (FailureClass::StopBatch(what.to_owned()), what.to_owned())
}

/// Status and code, as `503` or `400 invalid_request_error`. Codes are words; anything else is not shown.
fn name(status: u16, error: &ErrorBody) -> String {
    match error.code.as_deref().or(error.kind.as_deref()).filter(|code| is_plain(code)) {
        Some(code) => format!("{status} {code}"),
        None => status.to_string(),
    }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 64
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::llm::port::Dimension;

    fn error(status: u16, body: &str) -> Failed {
        of_answer(status, Head::default(), body.as_bytes())
    }

    fn json(code: &str, message: &str) -> String {
        format!(r#"{{"error":{{"message":"{message}","type":"invalid_request_error","code":"{code}"}}}}"#)
    }

    fn stops(error: &CallError) -> bool {
        matches!(error.class, FailureClass::StopBatch(_))
    }

    #[test]
    fn what_concerns_every_request_stops_the_batch_and_says_what_to_do() {
        for (status, body, words) in [
            (401, json("invalid_api_key", "Invalid API Key"), "set GROQ_API_KEY"),
            (403, "<html>error code: 1010</html>".to_owned(), "network front"),
            (403, json("forbidden", "no"), "permissions"),
            (404, json("model_not_found", "The model `x` does not exist"), "choose another with --model"),
            (404, json("unknown_url", "Unknown request URL"), "check model.base_url"),
            (301, String::new(), "check model.base_url"),
            (400, json("model_decommissioned", "gone"), "retired"),
            (400, json("model_terms_required", "terms"), "terms"),
            (400, json("organization_restricted", "no"), "restricted"),
            (400, json("blocked_api_access", "limit"), "spend limit"),
        ] {
            let error = error(status, &body);
            assert!(stops(&error), "{status} {body}");
            assert!(error.message.contains(words), "{}", error.message);
            assert_eq!(error.paid, Paid::No);
        }
    }

    #[test]
    fn each_status_has_its_class_and_what_it_cost() {
        let over = r#"{"error":{"message":"m is currently over capacity.","type":"internal_server_error"}}"#;
        for (status, body, class, paid) in [
            (500, over.to_owned(), FailureClass::Transient, Paid::No),
            (502, "<html>502</html>".to_owned(), FailureClass::Transient, Paid::No),
            (503, over.to_owned(), FailureClass::Transient, Paid::No),
            (498, json("capacity_exceeded", "flex"), FailureClass::NoCapacity, Paid::No),
            (422, json("x", "semantic"), FailureClass::Refused, Paid::No),
            (400, json("invalid", "bad"), FailureClass::Refused, Paid::No),
            (400, json("context_length_exceeded", "reduce"), FailureClass::TooLong, Paid::No),
            (400, json("json_validate_failed", "f"), FailureClass::BadOutput, Paid::Unknown),
            (400, json("output_parse_failed", "f"), FailureClass::BadOutput, Paid::Unknown),
        ] {
            let error = error(status, &body);
            assert_eq!((error.class, error.paid), (class, paid), "{status} {body}");
        }
    }

    #[test]
    fn limits_are_read_from_the_body() {
        let message = "Rate limit reached for model `m` in organization `o` service tier `on_demand` on tokens per minute \
                       (TPM): Limit 8000, Used 5536, Requested 5599. Please try again in 23.5125s.";
        let body = json("rate_limit_exceeded", message);
        let head = Head { retry_after: Some(Duration::from_secs(24)), ..Head::default() };
        let FailureClass::Limited(limited) = of_answer(429, head, body.as_bytes()).class else {
            panic!("429")
        };
        assert_eq!((limited.dimension, limited.used), (Some(Dimension::Tpm), Some(5_536)));
        assert_eq!(limited.wait, Some(Duration::from_secs(24)));
        assert!(matches!(error(413, &body).class, FailureClass::TooLarge(_)));
        assert!(matches!(error(429, "<html>").class, FailureClass::Limited(_)));
    }

    #[test]
    fn no_sentence_of_the_provider_is_passed_on() {
        for status in [400, 401, 404, 413, 422, 429, 500, 503] {
            let body = json("Ada Lovelace born 1815", "Ada Lovelace");
            let error = error(status, &body);
            assert!(!format!("{error:?}").contains("Lovelace"), "{error:?}");
        }
        assert!(error(503, &json("over", "x")).message.ends_with("(503 over)."));
    }

    #[test]
    fn errors_inside_a_stream_are_told_apart() {
        let read = |text: &str| in_stream(&ErrorBody::read(text)).0;
        assert_eq!(
            read(r#"{"message":"Tool","code":"tool_use_failed","status_code":400}"#),
            FailureClass::BadOutput
        );
        assert_eq!(read(r#""over capacity""#), FailureClass::Transient);
        assert_eq!(read("7"), FailureClass::Transient);
        let limited = r#"{"message":"Rate limit reached … (TPM): Limit 10, Used 9, Requested 5. Please try again in 2s."}"#;
        assert!(matches!(read(limited), FailureClass::Limited(limited) if limited.limit == Some(10)));
    }

    #[test]
    fn models_are_named_only_if_their_names_are_plain() {
        let known = ["openai/gpt-oss-20b", "\u{1b}[31mred", "", "a b"].map(str::to_owned);
        assert!(no_such_model(&known).ends_with(" It has: openai/gpt-oss-20b."));
        assert!(no_such_model(&[]).ends_with("model.name."));
    }
}
