//! Reads the body of a request for a completion and refuses what Groq refuses.

use serde_json::{Map, Value};

use super::{
    errors::{self, Answer},
    ids::PromptHash,
    reply::Effort,
    scenario::{ModelSpec, Scenario, StructuredStream},
    tokens,
};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub role: String,
    pub content: String,
}

/// How the answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// As one JSON object.
    Whole,
    /// As events.
    Stream,
    /// As events, with one more for the usage.
    StreamWithUsage,
}

/// Whether the client sees the reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thoughts {
    Shown,
    Hidden,
}

/// The form that the text of the reply is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As the prompt says.
    Text,
    /// A JSON object.
    Json,
}

/// A request for a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChatRequest {
    pub model: String,
    pub messages: Vec<Message>,
    pub cap: Option<u64>,
    pub delivery: Delivery,
    pub thoughts: Thoughts,
    pub form: Form,
    pub effort: Effort,
    pub tier: &'static str,
    pub seed: Option<u64>,
}

/// The fields Groq knows; it refuses any other.
const FIELDS: &[&str] = &[
    "citation_options",
    "compound_custom",
    "disable_tool_validation",
    "documents",
    "exclude_domains",
    "frequency_penalty",
    "function_call",
    "functions",
    "include_domains",
    "include_reasoning",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "reasoning_effort",
    "reasoning_format",
    "response_format",
    "search_settings",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
];

type Fields = Map<String, Value>;

fn refuse<T>(message: impl Into<String>) -> Result<T, Answer> {
    Err(errors::invalid(message.into(), None))
}

impl ChatRequest {
    /// Reads a body; the answer tells the first thing that is wrong with it.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Answer> {
        let Ok(fields) = serde_json::from_slice::<Fields>(body) else {
            return refuse("could not parse request body as JSON");
        };
        if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return refuse(format!("property '{name}' is unsupported"));
        }
        for required in ["model", "messages"] {
            if fields.get(required).is_none_or(Value::is_null) {
                return refuse(format!("'{required}' : property '{required}' is missing"));
            }
        }
        let Some(model) = fields.get("model").and_then(Value::as_str) else {
            return refuse("'model' : value must be a string");
        };
        check_values(&fields)?;
        Ok(Self {
            model: model.to_owned(),
            messages: messages(&fields)?,
            cap: cap(&fields)?,
            delivery: delivery(&fields),
            thoughts: thoughts(&fields),
            form: form(&fields)?,
            effort: effort(&fields)?,
            tier: tier(&fields)?,
            seed: fields.get("seed").and_then(Value::as_u64),
        })
    }

    /// Refuses what the model cannot do. `prompt_tokens` are those of this request.
    pub(super) fn check(&self, model: &ModelSpec, prompt_tokens: u64) -> Result<(), Answer> {
        let most = model.max_completion_tokens;
        if self.cap.is_some_and(|cap| cap > most) {
            let name = "max_completion_tokens";
            let message = format!(
                "`{name}` must be less than or equal to `{most}`, the maximum value for `{name}` is less than the \
                 `context_window` for this model"
            );
            return Err(errors::invalid(message, Some(name)));
        }
        if prompt_tokens.saturating_add(self.cap.unwrap_or(1)) > model.context_window {
            return Err(errors::context_length());
        }
        Ok(())
    }

    /// Refuses a form that cannot be streamed, and one that the prompt does not speak of.
    pub(super) fn check_form(&self, stream: StructuredStream) -> Result<(), Answer> {
        if self.form == Form::Text {
            return Ok(());
        }
        if self.delivery != Delivery::Whole && stream == StructuredStream::Refused {
            return refuse("response_format does not support streaming");
        }
        Ok(())
    }

    /// Returns the prompt's tokens, by the scenario's rule.
    pub(super) fn prompt_tokens(&self, scenario: &Scenario) -> u64 {
        let texts = self.messages.iter().map(|message| message.content.as_str());
        tokens::count_prompt(texts, scenario.prompt_skew_percent)
    }

    /// Returns the hash of the messages.
    pub(super) fn hash(&self) -> PromptHash {
        PromptHash::of(self.messages.iter().map(|message| (message.role.as_str(), message.content.as_str())))
    }

    /// Returns the last message of the user.
    pub(super) fn prompt(&self) -> &str {
        let last = self.messages.iter().rev().find(|message| message.role == "user");
        last.map_or("", |message| &message.content)
    }
}

fn messages(fields: &Fields) -> Result<Vec<Message>, Answer> {
    let Some(list) = fields.get("messages").and_then(Value::as_array) else {
        return refuse("'messages' : value must be an array");
    };
    if list.is_empty() {
        return refuse("'messages' : minimum number of items is 1");
    }
    list.iter().enumerate().map(|(place, message)| read_message(place, message)).collect()
}

fn read_message(place: usize, message: &Value) -> Result<Message, Answer> {
    if message.get("name").is_some() {
        return refuse(format!("'messages.{place}' : property 'name' is unsupported"));
    }
    let role = match message.get("role").and_then(Value::as_str) {
        Some(role @ ("system" | "developer" | "user" | "assistant" | "tool")) => role.to_owned(),
        Some(_) => {
            return refuse(format!("'messages.{place}' : discriminator property 'role' has invalid value"));
        }
        None => return refuse(format!("'messages.{place}.role' : property 'role' is missing")),
    };
    let content = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        Some(Value::Null) | None if role == "assistant" => String::new(),
        Some(_) | None => {
            return refuse(format!(
                "'messages.{place}' : for 'role:{role}' the following must be satisfied[('messages.{place}.content' \
                 : value must be a string) OR ('messages.{place}.content' : value must be an array)]"
            ));
        }
    };
    Ok(Message { role, content })
}

fn cap(fields: &Fields) -> Result<Option<u64>, Answer> {
    for name in ["max_completion_tokens", "max_tokens"] {
        match fields.get(name) {
            None | Some(Value::Null) => {}
            Some(value) => match value.as_u64() {
                Some(cap) if cap > 0 => return Ok(Some(cap)),
                Some(_) => return refuse(format!("'{name}' : number must be at least 1")),
                None => return refuse(format!("'{name}' : must be an integer")),
            },
        }
    }
    Ok(None)
}

fn delivery(fields: &Fields) -> Delivery {
    let is_true = |value: Option<&Value>| value.and_then(Value::as_bool) == Some(true);
    let usage = fields.get("stream_options").and_then(|options| options.get("include_usage"));
    match (is_true(fields.get("stream")), is_true(usage)) {
        (false, _) => Delivery::Whole,
        (true, false) => Delivery::Stream,
        (true, true) => Delivery::StreamWithUsage,
    }
}

fn form(fields: &Fields) -> Result<Form, Answer> {
    let format = fields.get("response_format").and_then(|format| format.get("type"));
    match format.map(Value::as_str) {
        None | Some(Some("text")) => Ok(Form::Text),
        Some(Some("json_schema")) => Ok(Form::Json),
        Some(Some("json_object")) => {
            let messages = fields.get("messages").map(ToString::to_string).unwrap_or_default();
            if messages.to_lowercase().contains("json") {
                return Ok(Form::Json);
            }
            refuse(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            )
        }
        Some(_) => refuse("'response_format.type' : value must be one of [text json_object json_schema]"),
    }
}

fn thoughts(fields: &Fields) -> Thoughts {
    let hidden = fields.get("reasoning_format").and_then(Value::as_str) == Some("hidden")
        || fields.get("include_reasoning").and_then(Value::as_bool) == Some(false);
    if hidden { Thoughts::Hidden } else { Thoughts::Shown }
}

fn effort(fields: &Fields) -> Result<Effort, Answer> {
    match fields.get("reasoning_effort").map(Value::as_str) {
        None | Some(Some("medium" | "default")) => Ok(Effort::Medium),
        Some(Some("none")) => Ok(Effort::None),
        Some(Some("low")) => Ok(Effort::Low),
        Some(Some("high")) => Ok(Effort::High),
        Some(_) => refuse("`reasoning_effort` must be one of `low`, `medium`, or `high`"),
    }
}

fn tier(fields: &Fields) -> Result<&'static str, Answer> {
    match fields.get("service_tier").map(Value::as_str) {
        None | Some(None | Some("on_demand" | "auto")) => Ok("on_demand"),
        Some(Some("flex")) => Ok("flex"),
        Some(Some("performance")) => Ok("performance"),
        Some(Some(_)) => refuse("'service_tier' : value must be one of [auto on_demand flex performance]"),
    }
}

fn check_values(fields: &Fields) -> Result<(), Answer> {
    let number = |name: &str| fields.get(name).and_then(Value::as_f64);
    if number("temperature").is_some_and(|value| !(0.0..=2.0).contains(&value)) {
        return refuse("'temperature' : number must be between 0 and 2");
    }
    if fields.get("n").is_some_and(|value| value.as_u64() != Some(1)) {
        return refuse("'n' : number must be at most 1");
    }
    for name in ["logprobs", "logit_bias", "top_logprobs"] {
        if fields.get(name).is_some_and(|value| !value.is_null() && *value != Value::Bool(false)) {
            return refuse(format!("property '{name}' is not supported with this model"));
        }
    }
    if fields.get("stop").and_then(Value::as_array).is_some_and(|stops| stops.len() > 4) {
        return refuse("'stop' : maximum number of items is 4");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<ChatRequest, String> {
        ChatRequest::parse(body.as_bytes()).map_err(|answer| answer.body)
    }

    #[test]
    fn a_request_is_read() {
        let request = parse(
            r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text",
            "text":"u"}]}],"max_completion_tokens":9,"stream":true,"stream_options":{"include_usage":true},
            "reasoning_effort":"low","reasoning_format":"hidden","temperature":0.2,"seed":4}"#,
        )
        .unwrap();
        assert_eq!((request.model.as_str(), request.prompt(), request.cap), ("m", "u", Some(9)));
        assert_eq!((request.delivery, request.thoughts), (Delivery::StreamWithUsage, Thoughts::Hidden));
        assert_eq!((request.effort, request.tier, request.seed), (Effort::Low, "on_demand", Some(4)));
    }

    #[test]
    fn what_groq_refuses_is_refused() {
        let user = r#""messages":[{"role":"user","content":"u"}]"#;
        for (body, reason) in [
            ("{".to_owned(), "could not parse request body as JSON"),
            (format!("{{{user}}}"), "'model' : property 'model' is missing"),
            (r#"{"model":"m"}"#.to_owned(), "'messages' : property 'messages' is missing"),
            (r#"{"model":"m","messages":[]}"#.to_owned(), "'messages' : minimum number of items is 1"),
            (format!(r#"{{"model":"m",{user},"thinking":1}}"#), "property 'thinking' is unsupported"),
            (format!(r#"{{"model":"m",{user},"n":2}}"#), "'n' : number must be at most 1"),
            (format!(r#"{{"model":"m",{user},"temperature":3}}"#), "'temperature'"),
            (format!(r#"{{"model":"m",{user},"max_tokens":"9"}}"#), "'max_tokens' : must be an integer"),
            (format!(r#"{{"model":"m",{user},"logprobs":true}}"#), "property 'logprobs'"),
            (
                r#"{"model":"m","messages":[{"role":"user","name":"x","content":"u"}]}"#.to_owned(),
                "property 'name' is unsupported",
            ),
        ] {
            let error = parse(&body).unwrap_err();
            assert!(error.contains(reason), "{error}");
            assert!(error.contains(r#""type":"invalid_request_error""#), "{error}");
        }
    }

    #[test]
    fn a_form_may_exclude_a_stream_and_must_be_spoken_of() {
        let ask = |format: &str, text: &str, stream: bool| {
            parse(&format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}],"stream":{stream},
                "response_format":{{"type":"{format}"}}}}"#
            ))
        };
        let streamed = ask("json_schema", "u", true).unwrap();
        assert_eq!(streamed.check_form(StructuredStream::Works), Ok(()));
        let refused = streamed.check_form(StructuredStream::Refused).unwrap_err();
        assert!(refused.body.contains("response_format does not support streaming"), "{}", refused.body);
        let whole = ask("json_schema", "u", false).unwrap();
        assert_eq!((whole.form, whole.check_form(StructuredStream::Refused)), (Form::Json, Ok(())));
        assert!(ask("json_object", "u", false).unwrap_err().contains("the word 'json'"));
        assert_eq!(ask("json_object", "as JSON", false).unwrap().form, Form::Json);
    }

    #[test]
    fn the_output_cap_has_the_models_maximum() {
        let request = parse(r#"{"model":"m","messages":[{"role":"user","content":"u"}],"max_tokens":50000}"#);
        let request = request.unwrap();
        let model = ModelSpec { max_completion_tokens: 40_960, ..ModelSpec::gpt_oss_20b() };
        assert_eq!(
            request.check(&model, 5).unwrap_err().body,
            "{\"error\":{\"message\":\"`max_completion_tokens` must be less than or equal to `40960`, the maximum \
             value for `max_completion_tokens` is less than the `context_window` for this model\",\
             \"type\":\"invalid_request_error\",\"param\":\"max_completion_tokens\"}}"
        );
        assert_eq!(request.check(&ModelSpec::gpt_oss_20b(), 5), Ok(()));
        assert_eq!(request.check(&ModelSpec::gpt_oss_20b(), 90_000), Err(errors::context_length()));
    }
}
