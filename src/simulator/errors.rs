//! The literal bodies of refusals. Where Groq's text is not public, the function says so.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    duration::{ceil_seconds, go},
    limiter::{Refusal, RefusalKind},
    wire,
};

const JSON: &str = "application/json";
const BILLING: &str =
    "Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing";
const INVALID: &str = "invalid_request_error";

/// An answer that is no completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status.
    pub status: u16,
    /// The value of `content-type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// What the ledger calls it: the error's code, or a word of ours where it has none.
    pub code: &'static str,
    /// The value of `retry-after`, in seconds.
    pub retry_after: Option<u64>,
    /// What stands there in the place of a number.
    pub retry_text: Option<&'static str>,
}

/// Groq's error object, in its order of keys.
#[derive(Debug, Default, Serialize)]
pub(super) struct ErrorObject<'a> {
    pub message: Cow<'a, str>,
    #[serde(rename = "type")]
    pub kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_generation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
}

/// The object around an error.
#[derive(Serialize)]
pub(super) struct Envelope<'a> {
    pub error: ErrorObject<'a>,
}

fn json(status: u16, code: &'static str, error: ErrorObject<'_>) -> Answer {
    let body = wire::json(&Envelope { error });
    Answer { status, content_type: JSON, body, code, retry_after: None, retry_text: None }
}

/// 429, or 413 when waiting does not help.
pub(super) fn rate_limit(refusal: &Refusal, model: &str, organisation: &str, tier: &str) -> Answer {
    let Refusal { dimension, limit, used, requested, wait, kind } = *refusal;
    let place = format!(
        "for model `{model}` in organization `{organisation}` service tier `{tier}` on {}: Limit {limit}",
        dimension.words()
    );
    let (status, message) = match kind {
        RefusalKind::Reached => (
            429,
            format!(
                "Rate limit reached {place}, Used {used}, Requested {requested}. Please try again in {}. {BILLING}",
                go(wait)
            ),
        ),
        RefusalKind::TooLarge => (
            413,
            format!(
                "Request too large {place}, Requested {requested}, please reduce your message size and try again. \
                 {BILLING}"
            ),
        ),
    };
    let code = "rate_limit_exceeded";
    let error = ErrorObject {
        message: message.into(),
        kind: dimension.error_type(),
        code: Some(code),
        ..ErrorObject::default()
    };
    Answer { retry_after: Some(ceil_seconds(wait)), ..json(status, code, error) }
}

/// 401: no key, or a wrong one.
pub(super) fn unauthorised() -> Answer {
    let code = "invalid_api_key";
    let error = ErrorObject {
        message: "Invalid API Key".into(),
        kind: INVALID,
        code: Some(code),
        ..ErrorObject::default()
    };
    json(401, code, error)
}

/// 403 from the front, which is no JSON. The page is made up: only its being HTML is known.
pub(super) fn forbidden() -> Answer {
    html(403, "forbidden", "403 Forbidden", "error code: 1010")
}

/// 404: no such model, or not for this key.
pub(super) fn model_not_found(model: &str) -> Answer {
    let code = "model_not_found";
    let message = format!("The model `{model}` does not exist or you do not have access to it.").into();
    json(404, code, ErrorObject { message, kind: INVALID, code: Some(code), ..ErrorObject::default() })
}

/// 404: no such address.
pub(super) fn unknown_url(method: &str, path: &str) -> Answer {
    let code = "unknown_url";
    let message = format!(
        "Unknown request URL: {method} {path}. Please check the URL for typos, or see the docs at \
         https://console.groq.com/docs/"
    );
    json(
        404,
        code,
        ErrorObject { message: message.into(), kind: INVALID, code: Some(code), ..ErrorObject::default() },
    )
}

/// 400: a field that is missing or has a value out of range.
pub(super) fn invalid(message: String, param: Option<&str>) -> Answer {
    let error = ErrorObject { message: message.into(), kind: INVALID, param, ..ErrorObject::default() };
    json(400, "invalid_request", error)
}

/// 400: prompt and output cap do not fit into the model's context.
pub(super) fn context_length() -> Answer {
    let code = "context_length_exceeded";
    let error = ErrorObject {
        message: "Please reduce the length of the messages or completion.".into(),
        kind: INVALID,
        code: Some(code),
        param: Some("messages"),
        ..ErrorObject::default()
    };
    json(400, code, error)
}

/// 400 with a code that concerns the model or the organisation. The texts are guesses, the codes are not.
pub(super) fn restricted(code: &'static str, model: &str) -> Answer {
    let message = match code {
        "model_decommissioned" => format!(
            "The model `{model}` has been decommissioned and is no longer supported. Please refer to \
             https://console.groq.com/docs/deprecations for a recommendation on which model to use instead."
        ),
        "model_terms_required" => {
            format!(
                "The model `{model}` requires terms acceptance. Please have the org admin accept the terms."
            )
        }
        "organization_restricted" => {
            "Organization has been restricted. Please reach out to support.".to_owned()
        }
        _ => "API access is blocked because the organization's spend limit is reached.".to_owned(),
    };
    json(
        400,
        code,
        ErrorObject { message: message.into(), kind: INVALID, code: Some(code), ..ErrorObject::default() },
    )
}

/// 400: the model wrote what the provider itself could not use.
pub(super) fn unusable(code: &'static str) -> Answer {
    let (message, failed) = match code {
        "json_validate_failed" => (
            "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
            "max completion tokens reached before generating a valid document",
        ),
        "tool_use_failed" => ("Tool choice is required, but model did not call a tool", ""),
        _ => ("Parsing failed. The model generated output that could not be parsed.", "We need to rewrite"),
    };
    let error = ErrorObject {
        message: message.into(),
        kind: INVALID,
        code: Some(code),
        failed_generation: Some(failed),
        ..ErrorObject::default()
    };
    json(400, code, error)
}

/// 422 and 424. The texts are guesses.
pub(super) fn unprocessable(status: u16) -> Answer {
    let message = if status == 422 { "The request is semantically wrong." } else { "A dependency failed." };
    let error = ErrorObject { message: message.into(), kind: INVALID, ..ErrorObject::default() };
    json(status, "unprocessable", error)
}

/// 498: the flexible tier has no capacity. Only the status is public, the text is a guess.
pub(super) fn flex_capacity() -> Answer {
    let code = "capacity_exceeded";
    let error = ErrorObject {
        message: "`flex` tier capacity exceeded".into(),
        kind: "capacity_exceeded",
        code: Some(code),
        ..ErrorObject::default()
    };
    json(498, code, error)
}

/// 500. The text is a guess.
pub(super) fn internal() -> Answer {
    let error = ErrorObject {
        message: "Internal Server Error".into(),
        kind: "internal_server_error",
        ..ErrorObject::default()
    };
    json(500, "internal_server_error", error)
}

/// 502 from the front: a page, no JSON.
pub(super) fn bad_gateway() -> Answer {
    html(502, "bad_gateway", "502 Bad Gateway", "cloudflare")
}

/// 503: the model is over capacity. Groq's object has no code.
pub(super) fn over_capacity(model: &str) -> Answer {
    let message = format!(
        "{model} is currently over capacity. Please try again and back off exponentially. Visit \
         https://groqstatus.com to see if there is an active incident."
    );
    let error =
        ErrorObject { message: message.into(), kind: "internal_server_error", ..ErrorObject::default() };
    json(503, "over_capacity", error)
}

/// The object of an error inside a stream that had begun well.
pub(super) fn in_stream(model: &str) -> String {
    let message = over_capacity_message(model).into();
    let kind = "internal_server_error";
    wire::json(&Envelope {
        error: ErrorObject { message, kind, status_code: Some(503), ..ErrorObject::default() },
    })
}

fn over_capacity_message(model: &str) -> String {
    format!(
        "{model} is currently over capacity. Please try again and back off exponentially. Visit \
         https://groqstatus.com to see if there is an active incident."
    )
}

fn html(status: u16, code: &'static str, title: &str, note: &str) -> Answer {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>{note}</center>\r\n</body>\r\n</html>\r\n"
    );
    let content_type = "text/html; charset=UTF-8";
    Answer { status, content_type, body, code, retry_after: None, retry_text: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_literals_are_literal() {
        assert_eq!(
            unauthorised().body,
            r#"{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}"#
        );
        assert_eq!(
            model_not_found("x").body,
            "{\"error\":{\"message\":\"The model `x` does not exist or you do not have access to it.\",\
             \"type\":\"invalid_request_error\",\"code\":\"model_not_found\"}}"
        );
        assert_eq!(
            over_capacity("openai/gpt-oss-20b").body,
            "{\"error\":{\"message\":\"openai/gpt-oss-20b is currently over capacity. Please try again and back off \
             exponentially. Visit https://groqstatus.com to see if there is an active incident.\",\
             \"type\":\"internal_server_error\"}}"
        );
        assert_eq!(
            context_length().body,
            r#"{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error","code":"context_length_exceeded","param":"messages"}}"#
        );
    }

    #[test]
    fn what_the_model_wrote_in_vain_is_quoted() {
        assert_eq!(
            unusable("json_validate_failed").body,
            r#"{"error":{"message":"Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"json_validate_failed","failed_generation":"max completion tokens reached before generating a valid document"}}"#
        );
    }

    #[test]
    fn what_comes_from_the_front_is_a_page() {
        for answer in [forbidden(), bad_gateway()] {
            assert!(answer.body.starts_with("<html>") && answer.content_type.starts_with("text/html"));
        }
    }
}
