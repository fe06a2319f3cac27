//! The bodies of completions, byte for byte: order of keys, escapes, numbers.
//!
//! A stream has thousands of events that differ in a few bytes, so that these are put together from prepared parts;
//! everything else is serialized. Nothing here knows when or over what the bytes are sent.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::duration::decimal;

/// Serializes as Go does, which writes `<`, `>` and `&` in strings as escapes.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    // Types of this room always serialize; an empty text would fail the client, and so a test.
    let text = serde_json::to_string(value).unwrap_or_default();
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    // These occur in strings only, never in the structure.
    let mut escaped = String::with_capacity(text.len() + 32);
    for character in text.chars() {
        match special(character) {
            Some(escape) => escaped.push_str(escape),
            None => escaped.push(character),
        }
    }
    escaped
}

const fn special(character: char) -> Option<&'static str> {
    match character {
        '<' => Some("\\u003c"),
        '>' => Some("\\u003e"),
        '&' => Some("\\u0026"),
        '\u{2028}' => Some("\\u2028"),
        '\u{2029}' => Some("\\u2029"),
        _ => None,
    }
}

/// Appends `text` as the inside of a JSON string.
fn push_escaped(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b) && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'&')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let quoted = json(&text);
    let inside = quoted.len().saturating_sub(1);
    out.extend_from_slice(quoted.as_bytes().get(1..inside).unwrap_or_default());
}

/// Seconds as a JSON number with all its digits: a float would print 76 µs as `7.6e-5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seconds(pub Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = decimal(self.0.as_nanos(), 9);
        RawValue::from_string(number).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// What a request used. `total_time` is prompt and completion; it excludes the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Usage {
    pub queue_time: Seconds,
    pub prompt_tokens: u64,
    pub prompt_time: Seconds,
    pub completion_tokens: u64,
    pub completion_time: Seconds,
    pub total_tokens: u64,
    pub total_time: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_details: Option<PromptDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens_details: Option<CompletionDetails>,
}

/// The part of the prompt that came from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct PromptDetails {
    pub cached_tokens: u64,
}

/// The part of the output that was reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct CompletionDetails {
    pub reasoning_tokens: u64,
}

/// Why a completion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The output cap was reached.
    Length,
    /// A filter cut it.
    ContentFilter,
}

/// What all events of a completion have in common.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// `chatcmpl-…`.
    pub completion: String,
    /// `req_…`.
    pub request: String,
    pub model: String,
    pub fingerprint: String,
    pub seed: u64,
    pub tier: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<&'a str>,
}

#[derive(Serialize)]
struct WholeChoice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: (),
    finish_reason: FinishReason,
}

#[derive(Serialize)]
struct XGroq<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<&'a Usage>,
}

#[derive(Serialize)]
struct Whole<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: [WholeChoice<'a>; 1],
    usage: &'a Usage,
    usage_breakdown: (),
    system_fingerprint: &'a str,
    x_groq: XGroq<'a>,
    service_tier: &'static str,
}

/// The end of a completion.
#[derive(Debug, Clone)]
pub(super) struct Ending<'a> {
    pub finish_reason: FinishReason,
    pub usage: &'a Usage,
    /// Unix seconds.
    pub created: i64,
}

/// Returns the body of a completion that is not streamed.
pub(super) fn whole(
    identity: &Identity,
    content: &str,
    reasoning: Option<&str>,
    ending: &Ending<'_>,
) -> String {
    let message = Message { role: "assistant", content, reasoning };
    json(&Whole {
        id: &identity.completion,
        object: "chat.completion",
        created: ending.created,
        model: &identity.model,
        choices: [WholeChoice { index: 0, message, logprobs: (), finish_reason: ending.finish_reason }],
        usage: ending.usage,
        usage_breakdown: (),
        system_fingerprint: &identity.fingerprint,
        x_groq: XGroq { id: &identity.request, seed: Some(identity.seed), error: None, usage: None },
        service_tier: identity.tier,
    })
}

/// One token of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Delta<'a> {
    /// A piece of the reply.
    Content(&'a str),
    /// A piece of the reasoning.
    Reasoning(&'a str),
}

/// Writes the events of one stream, the token events from parts that were prepared once.
#[derive(Debug)]
pub(super) struct EventWriter {
    identity: Identity,
    before_created: String,
    after_created: String,
}

const OPEN_CHOICE: &str = "\"choices\":[{\"index\":0,\"delta\":";
const REST_OF_CHOICE: &str = ",\"logprobs\":null,\"finish_reason\":";

impl EventWriter {
    pub(super) fn new(identity: Identity) -> Self {
        let before_created = format!(
            "data: {{\"id\":{},\"object\":\"chat.completion.chunk\",\"created\":",
            json(&identity.completion)
        );
        let after_created = format!(
            ",\"model\":{},\"system_fingerprint\":{},",
            json(&identity.model),
            json(&identity.fingerprint)
        );
        Self { identity, before_created, after_created }
    }

    fn open(&self, out: &mut Vec<u8>, created: i64) {
        out.extend_from_slice(self.before_created.as_bytes());
        out.extend_from_slice(created.to_string().as_bytes());
        out.extend_from_slice(self.after_created.as_bytes());
    }

    fn x_groq(&self) -> XGroq<'_> {
        XGroq { id: &self.identity.request, seed: None, error: None, usage: None }
    }

    /// The first event: the role, and where to find the request again.
    pub(super) fn first(&self, out: &mut Vec<u8>, created: i64) {
        self.open(out, created);
        let x_groq = json(&XGroq { seed: Some(self.identity.seed), ..self.x_groq() });
        push(
            out,
            &[
                OPEN_CHOICE,
                "{\"role\":\"assistant\",\"content\":\"\"}",
                REST_OF_CHOICE,
                "null}],\"x_groq\":",
                &x_groq,
                "}\n\n",
            ],
        );
    }

    /// The event of one token.
    pub(super) fn delta(&self, out: &mut Vec<u8>, created: i64, delta: Delta<'_>) {
        self.open(out, created);
        let (key, text, close) = match delta {
            Delta::Content(text) => ("{\"content\":\"", text, "\"}"),
            Delta::Reasoning(text) => ("{\"reasoning\":\"", text, "\",\"channel\":\"analysis\"}"),
        };
        push(out, &[OPEN_CHOICE, key]);
        push_escaped(out, text);
        push(out, &[close, REST_OF_CHOICE, "null}]}\n\n"]);
    }

    /// The event with the finish reason; it tells the usage twice.
    pub(super) fn finish(&self, out: &mut Vec<u8>, ending: &Ending<'_>) {
        self.open(out, ending.created);
        let x_groq = json(&XGroq { usage: Some(ending.usage), ..self.x_groq() });
        let (reason, usage) = (json(&ending.finish_reason), json(ending.usage));
        push(out, &[OPEN_CHOICE, "{}", REST_OF_CHOICE, &reason, "}],\"x_groq\":", &x_groq]);
        push(out, &[",\"usage\":", &usage, "}\n\n"]);
    }

    /// The event that `include_usage` asks for.
    pub(super) fn usage(&self, out: &mut Vec<u8>, ending: &Ending<'_>) {
        self.open(out, ending.created);
        let usage = json(ending.usage);
        push(
            out,
            &["\"choices\":[],\"usage\":", &usage, ",\"service_tier\":\"", self.identity.tier, "\"}\n\n"],
        );
    }

    /// A chunk that carries an error in `x_groq`.
    pub(super) fn chunk_error(&self, out: &mut Vec<u8>, created: i64, message: &str) {
        self.open(out, created);
        let x_groq = json(&XGroq { error: Some(message), ..self.x_groq() });
        push(out, &[OPEN_CHOICE, "{}", REST_OF_CHOICE, "null}],\"x_groq\":", &x_groq, "}\n\n"]);
    }
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// The end of every stream that ends well.
pub(super) const DONE: &[u8] = b"data: [DONE]\n\n";

#[cfg(test)]
mod tests;
