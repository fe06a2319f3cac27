//! The JSON of requests and answers, as far as redraft needs it. Unknown fields are ignored, missing ones are `None`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    domain::{Price, Tier, Usage},
    llm::port::{Finish, Model, ReplyForm, Request},
};

/// What goes with every request, whatever it asks for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Parameters {
    /// `low`, `medium`, `high`.
    pub reasoning_effort: Option<String>,
    /// 0 to 2.
    pub temperature: f64,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// `response_format` with a schema that has a text for each section, and nothing else.
fn object_of(request: &Request) -> serde_json::Value {
    let names: Vec<&str> = request.sections.iter().map(|section| section.0.as_str()).collect();
    let text = || serde_json::json!({"type": "string"});
    let properties: serde_json::Map<String, serde_json::Value> =
        names.iter().map(|name| ((*name).to_owned(), text())).collect();
    serde_json::json!({
        "type": "json_schema",
        "json_schema": {
            "name": "sections",
            "strict": true,
            "schema": {
                "type": "object",
                "properties": properties,
                "required": names,
                "additionalProperties": false,
            },
        },
    })
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    temperature: f64,
    max_completion_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<serde_json::Value>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

/// Whether the provider enforces a schema for this model.
pub(super) fn is_structured(model: &str) -> bool {
    Family::of(model) == Family::GptOss
}

/// One request of a file.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub custom_id: &'a str,
    pub method: &'static str,
    pub url: &'static str,
    pub body: &'a RawValue,
}

/// Returns the body of a request for a completion.
pub(super) fn body(request: &Request, parameters: &Parameters) -> serde_json::Result<Vec<u8>> {
    written(request, parameters, request.form == ReplyForm::Marks)
}

/// Returns the body of a request in a file: its answer comes in one piece.
pub(super) fn body_of_line(request: &Request, parameters: &Parameters) -> serde_json::Result<Vec<u8>> {
    written(request, parameters, false)
}

fn written(request: &Request, parameters: &Parameters, stream: bool) -> serde_json::Result<Vec<u8>> {
    /// The parameters, and what escaping adds to the texts of a page or two.
    const REST: usize = 1_024;
    let family = Family::of(&request.model);
    let effort = parameters.reasoning_effort.as_deref();
    let mut written = Vec::with_capacity(request.system.len() + request.user.len() + REST);
    let body = Body {
        model: &request.model,
        messages: [
            Message { role: "system", content: &request.system },
            Message { role: "user", content: &request.user },
        ],
        temperature: parameters.temperature,
        max_completion_tokens: request.max_completion,
        reasoning_effort: match family {
            Family::GptOss => effort,
            Family::Qwen => effort.map(|effort| if effort == "low" { "none" } else { "default" }),
            Family::Other => None,
        },
        // Otherwise the reasoning stands in the middle of the text.
        reasoning_format: (family == Family::Qwen).then_some("parsed"),
        service_tier: (request.tier == Tier::Flex).then_some("flex"),
        response_format: (request.form == ReplyForm::Object).then(|| object_of(request)),
        stream,
        stream_options: stream.then_some(StreamOptions { include_usage: true }),
    };
    serde_json::to_writer(&mut written, &body)?;
    Ok(written)
}

/// Which words for reasoning a model understands; others refuse the request for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    GptOss,
    Qwen,
    Other,
}

impl Family {
    fn of(model: &str) -> Self {
        match model.rsplit('/').next().unwrap_or(model) {
            name if name.starts_with("gpt-oss") => Self::GptOss,
            name if name.starts_with("qwen3") => Self::Qwen,
            _ => Self::Other,
        }
    }
}

/// A text that is borrowed if it has no escapes, also inside of an `Option`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// One event of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    pub x_groq: Option<Extra<'a>>,
    pub usage: Option<RawUsage>,
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    #[serde(borrow)]
    pub delta: Option<Delta<'a>>,
    #[serde(borrow)]
    pub finish_reason: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub content: Option<Text<'a>>,
}

/// `x_groq`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Extra<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub usage: Option<RawUsage>,
    #[serde(borrow)]
    pub error: Option<Text<'a>>,
}

/// `usage`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct RawUsage {
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

impl From<RawUsage> for Usage {
    fn from(raw: RawUsage) -> Self {
        let cached = raw.prompt_tokens_details.and_then(|details| details.cached_tokens).unwrap_or(0);
        Self {
            prompt: raw.prompt_tokens,
            cached: cached.min(raw.prompt_tokens),
            completion: raw.completion_tokens,
        }
    }
}

/// Reads a completion that is one object: text, why it ended, usage, the request's name. `None` if any but the last is
/// missing: then it is no complete answer.
pub(super) fn whole(body: &[u8]) -> Option<(String, Finish, Usage, Option<String>)> {
    #[derive(Deserialize)]
    struct Whole {
        choices: Vec<WholeChoice>,
        usage: RawUsage,
        x_groq: Option<WholeExtra>,
    }
    #[derive(Deserialize)]
    struct WholeChoice {
        message: WholeMessage,
        finish_reason: String,
    }
    #[derive(Deserialize)]
    struct WholeMessage {
        content: Option<String>,
    }
    #[derive(Deserialize)]
    struct WholeExtra {
        id: Option<String>,
    }
    let whole: Whole = serde_json::from_slice(body).ok()?;
    let choice = whole.choices.into_iter().next()?;
    let text = choice.message.content.unwrap_or_default();
    Some((text, finish(&choice.finish_reason), whole.usage.into(), whole.x_groq.and_then(|extra| extra.id)))
}

/// What `finish_reason` means.
pub(super) fn finish(reason: &str) -> Finish {
    match reason {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "content_filter" => Finish::Filtered,
        _ => Finish::Other,
    }
}

/// The object of an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorBody {
    pub message: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    pub status_code: Option<u16>,
}

impl ErrorBody {
    /// Reads an error that is an object or a bare string; anything else is an error without particulars.
    pub(super) fn read(error: &str) -> Self {
        serde_json::from_str(error)
            .unwrap_or_else(|_| Self { message: serde_json::from_str(error).ok(), ..Self::default() })
    }

    /// Reads the body of an answer, `{"error": …}`; `None` if it is something else, such as a page.
    pub(super) fn of_answer(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            error: &'a RawValue,
        }
        let envelope: Envelope<'_> = serde_json::from_slice(body).ok()?;
        Some(Self::read(envelope.error.get()))
    }
}

#[derive(Deserialize)]
struct ModelList {
    data: Vec<ModelEntry>,
}

#[derive(Deserialize)]
struct ModelEntry {
    id: String,
    #[serde(default = "yes")]
    active: bool,
    context_window: Option<u64>,
    max_completion_tokens: Option<u64>,
    input_modalities: Option<Vec<String>>,
    output_modalities: Option<Vec<String>>,
    pricing: Option<Pricing>,
}

#[derive(Deserialize)]
struct Pricing {
    prompt: Option<String>,
    completion: Option<String>,
    input_cache_read: Option<String>,
}

const fn yes() -> bool {
    true
}

/// Reads `GET /models`: the active models with text in and text out, by name.
pub(super) fn models(body: &[u8]) -> serde_json::Result<Vec<Model>> {
    let list: ModelList = serde_json::from_slice(body)?;
    let mut models: Vec<Model> =
        list.data.into_iter().filter(ModelEntry::writes_text).map(Model::from).collect();
    models.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(models)
}

impl ModelEntry {
    /// Old answers tell no modalities: then a window for a completion tells it.
    fn writes_text(&self) -> bool {
        let has_text = |modalities: Option<&Vec<String>>| {
            modalities.is_none_or(|modalities| modalities.iter().any(|modality| modality == "text"))
        };
        self.active
            && self.max_completion_tokens.is_none_or(|most| most > 0)
            && has_text(self.input_modalities.as_ref())
            && has_text(self.output_modalities.as_ref())
    }
}

impl From<ModelEntry> for Model {
    fn from(entry: ModelEntry) -> Self {
        let price = entry.pricing.and_then(|pricing| {
            let cached = pricing.input_cache_read.as_deref();
            Price::per_token(&pricing.prompt?, cached, &pricing.completion?)
        });
        let context_window = entry.context_window.unwrap_or(8_192);
        Self {
            name: entry.id,
            price: price.filter(|price| price.output > 0),
            context_window,
            max_completion: entry.max_completion_tokens.unwrap_or(context_window).min(context_window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(model: &str) -> Request {
        Request {
            model: model.to_owned(),
            system: "s".into(),
            user: "u \"q\"".into(),
            max_completion: 1_500,
            tier: Tier::OnDemand,
            form: ReplyForm::Marks,
            sections: vec![crate::domain::SectionId("summary".to_owned())],
        }
    }

    #[test]
    fn a_request_is_streamed_with_usage_and_capped() {
        let parameters = Parameters { reasoning_effort: Some("low".to_owned()), temperature: 0.3 };
        let body = String::from_utf8(body(&request("openai/gpt-oss-120b"), &parameters).unwrap()).unwrap();
        assert_eq!(
            body,
            r#"{"model":"openai/gpt-oss-120b","messages":[{"role":"system","content":"s"},{"role":"user","content":"u \"q\""}],"temperature":0.3,"max_completion_tokens":1500,"reasoning_effort":"low","stream":true,"stream_options":{"include_usage":true}}"#
        );
    }

    #[test]
    fn an_object_is_asked_for_in_one_piece_and_flex_by_its_name() {
        let parameters = Parameters { reasoning_effort: None, temperature: 0.3 };
        let request = Request { tier: Tier::Flex, form: ReplyForm::Object, ..request("openai/gpt-oss-20b") };
        let body = String::from_utf8(body(&request, &parameters).unwrap()).unwrap();
        let rest = body.split(r#""max_completion_tokens":1500,"#).nth(1).unwrap();
        assert_eq!(
            rest,
            r#""service_tier":"flex","response_format":{"type":"json_schema","json_schema":{"name":"sections","strict":true,"schema":{"type":"object","properties":{"summary":{"type":"string"}},"required":["summary"],"additionalProperties":false}}},"stream":false}"#
        );
        assert!(is_structured("openai/gpt-oss-20b") && !is_structured("qwen/qwen3.8-27b"));
    }

    #[test]
    fn a_whole_answer_is_read() {
        let (text, finish, usage, id) = whole(
            br#"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"{}","reasoning":"We"},
            "finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2},"x_groq":{"id":"req_1"}}"#,
        )
        .unwrap();
        assert_eq!(
            (text.as_str(), finish, usage.completion, id.as_deref()),
            ("{}", Finish::Stop, 2, Some("req_1"))
        );
        assert!(whole(br#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#).is_none());
        assert!(whole(br#"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}"#).is_none());
    }

    #[test]
    fn a_model_is_told_about_reasoning_in_its_own_words() {
        let parameters = Parameters { reasoning_effort: Some("low".to_owned()), temperature: 0.0 };
        let text = |model| String::from_utf8(body(&request(model), &parameters).unwrap()).unwrap();
        let qwen = text("qwen/qwen3.8-27b");
        assert!(qwen.contains(r#""reasoning_effort":"none","reasoning_format":"parsed""#), "{qwen}");
        assert!(!text("llama-3.3-70b-versatile").contains("reasoning"));
    }

    #[test]
    fn a_chunk_is_read_without_copies_where_there_are_no_escapes() {
        let chunk: Chunk<'_> = serde_json::from_slice(
            br#"{"id":"c","choices":[{"index":0,"delta":{"content":" is"},"logprobs":null,"finish_reason":null}]}"#,
        )
        .unwrap();
        let choices = chunk.choices.unwrap();
        let content = choices[0].delta.as_ref().unwrap().content.as_ref().unwrap();
        assert!(matches!(content.0, Cow::Borrowed(" is")));
        let escaped: Chunk<'_> =
            serde_json::from_slice(br#"{"choices":[{"delta":{"content":"a\u003cb\n"}}]}"#).unwrap();
        let content = escaped.choices.unwrap().remove(0).delta.unwrap().content.unwrap();
        assert_eq!(content.0, "a<b\n");
    }

    #[test]
    fn an_error_is_an_object_or_a_text() {
        let read =
            ErrorBody::of_answer(br#"{"error":{"message":"m","type":"t","code":"c","status_code":400}}"#)
                .unwrap();
        assert_eq!(
            (read.message.as_deref(), read.code.as_deref(), read.status_code),
            (Some("m"), Some("c"), Some(400))
        );
        let read = ErrorBody::of_answer(br#"{"error":"over capacity"}"#).unwrap();
        assert_eq!(read.message.as_deref(), Some("over capacity"));
        assert!(ErrorBody::of_answer(br#"{"error":7}"#).unwrap().message.is_none());
        assert!(ErrorBody::of_answer(b"<html>").is_none());
    }

    #[test]
    fn only_active_models_that_write_text_are_offered() {
        let models = models(
            br#"{"object":"list","data":[
            {"id":"b","active":true,"context_window":131072,"max_completion_tokens":65536,"input_modalities":["text"],
             "output_modalities":["text"],"pricing":{"completion":"0.0000003","image":"0",
             "input_cache_read":"0.0000000375","prompt":"0.000000075","request":"0"}},
            {"id":"a","active":true,"context_window":131072,"max_completion_tokens":65536},
            {"id":"old","active":false,"context_window":8192},
            {"id":"whisper","active":true,"context_window":448,"max_completion_tokens":448,"input_modalities":["audio"],
             "output_modalities":["text"]},
            {"id":"free","context_window":10,"pricing":{"completion":"0","prompt":"0"}}]}"#,
        )
        .unwrap();
        let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "free"]);
        assert_eq!(models[0].price, None);
        assert_eq!(
            models[1].price,
            Some(Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 })
        );
        assert_eq!((models[1].context_window, models[1].max_completion), (131_072, 65_536));
        assert_eq!(models[2].price, None, "a price of nothing is no price");
    }
}
