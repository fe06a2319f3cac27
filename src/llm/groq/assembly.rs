//! From the events of a stream to a reply, or to the reason why there is none.
//!
//! Streams lie: an error comes under status 200, and a body that ends early looks like one that is done. A reply is
//! complete only if why it finished and its usage were both seen; the end mark alone may be missing.

use std::borrow::Cow;

use super::{
    client::Failed,
    errors,
    shape::Shape,
    wire::{self, Chunk, ErrorBody},
};
use crate::{
    domain::Usage,
    llm::port::{CallError, FailureClass, Finish, LimitHeaders, Paid, Reply},
};

/// What one event brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This many more bytes of text, maybe none.
    Text(usize),
    /// The end mark.
    End,
}

/// Why a stream is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub class: FailureClass,
    pub message: String,
}

impl Broken {
    pub(super) fn transient(message: &str) -> Self {
        Self { class: FailureClass::Transient, message: message.to_owned() }
    }
}

/// What has come of a stream so far.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    text: String,
    finish: Option<Finish>,
    usage: Option<Usage>,
    request_id: Option<String>,
    ended: bool,
    shape: Shape,
}

impl Assembly {
    /// Begins with what the head named the request.
    pub(super) fn new(request_id: Option<String>) -> Self {
        Self { request_id, ..Self::default() }
    }

    /// The last `bytes` bytes of the text.
    pub(super) fn tail(&self, bytes: usize) -> &str {
        self.text.get(self.text.len().saturating_sub(bytes)..).unwrap_or_default()
    }

    /// Takes one event.
    pub(super) fn feed(&mut self, name: &[u8], data: &[u8]) -> Result<Step, Broken> {
        if let Some(text) = self.shape.text(data).filter(|_| name.is_empty()) {
            self.text.push_str(text);
            return Ok(Step::Text(text.len()));
        }
        if data == b"[DONE]" {
            self.ended = true;
            return Ok(Step::End);
        }
        let chunk: Chunk<'_> = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            Err(_) if name == b"error" => return Err(broken(&ErrorBody::default())),
            Err(_) => return Err(Broken::transient("An event of the stream cannot be read.")),
        };
        if let Some(error) = chunk.error.filter(|error| error.get() != "null") {
            return Err(broken(&ErrorBody::read(error.get())));
        }
        if name == b"error" {
            let bare = std::str::from_utf8(data).unwrap_or_default();
            return Err(broken(&ErrorBody::read(bare)));
        }
        let extra = chunk.x_groq.unwrap_or_default();
        if let Some(error) = extra.error {
            return Err(broken(&ErrorBody { message: Some(error.0.into_owned()), ..ErrorBody::default() }));
        }
        if let (None, Some(id)) = (&self.request_id, &extra.id) {
            self.request_id = Some(id.0.clone().into_owned());
        }
        // It is told two or three times; the last is right, a sum would be wrong.
        let usage = chunk.usage.or(extra.usage).map(Usage::from);
        self.usage = usage.or(self.usage);
        let (before, is_bare) = (self.text.len(), usage.is_none() && extra.id.is_none());
        for choice in chunk.choices.unwrap_or_default().into_iter().take(1) {
            if let Some(content) = choice.delta.and_then(|delta| delta.content) {
                self.text.push_str(&content.0);
                if let (Cow::Borrowed(text), None, true) = (content.0, &choice.finish_reason, is_bare) {
                    self.shape.learn(data, text);
                }
            }
            self.finish = choice.finish_reason.map(|reason| wire::finish(&reason.0)).or(self.finish);
        }
        Ok(Step::Text(self.text.len() - before))
    }

    /// The stream has ended as streams do.
    pub(super) fn end(self, limits: LimitHeaders) -> Result<Reply, Failed> {
        match (self.finish, self.usage) {
            (Some(finish), Some(usage)) => Ok(Reply {
                text: self.text,
                finish,
                usage,
                request_id: self.request_id,
                unmarked_end: !self.ended,
            }),
            (Some(_), None) => {
                Err(self.fail(Broken::transient("The stream ended before it told its usage."), limits))
            }
            (None, _) => Err(self.fail(Broken::transient("The stream broke off before its end."), limits)),
        }
    }

    /// Whether all that makes a reply complete is there.
    pub(super) const fn is_complete(&self) -> bool {
        self.finish.is_some() && self.usage.is_some()
    }

    /// The stream is of no use; what was told about its cost is kept.
    pub(super) fn fail(self, broken: Broken, limits: LimitHeaders) -> Failed {
        let paid = match (self.finish, self.usage) {
            (Some(_), Some(usage)) => Paid::Known(usage),
            (_, _) => Paid::Unknown,
        };
        Box::new(CallError {
            class: broken.class,
            status: Some(200),
            message: broken.message,
            paid,
            limits,
            request_id: self.request_id,
        })
    }
}

fn broken(error: &ErrorBody) -> Broken {
    let (class, message) = errors::in_stream(error);
    Broken { class, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1786530508,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"x_groq":{"id":"req_01","seed":91721220}}"#;
    const WORD: &str = r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":" is"},"logprobs":null,"finish_reason":null}]}"#;
    const REASONING: &str =
        r#"{"choices":[{"index":0,"delta":{"reasoning":"The","channel":"analysis"},"finish_reason":null}]}"#;
    const FINISH: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_01","usage":{"queue_time":0.005,"prompt_tokens":339,"completion_tokens":57,"total_tokens":396}},"usage":{"prompt_tokens":339,"completion_tokens":58,"prompt_tokens_details":{"cached_tokens":128}}}"#;
    const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":339,"completion_tokens":59,"prompt_tokens_details":null},"service_tier":"on_demand"}"#;
    const DONE: &str = "[DONE]";

    fn assemble(events: &[&str]) -> Result<Reply, Failed> {
        let mut assembly = Assembly::new(None);
        for event in events {
            if let Err(broken) = assembly.feed(b"", event.as_bytes()) {
                return Err(assembly.fail(broken, LimitHeaders::default()));
            }
        }
        assembly.end(LimitHeaders::default())
    }

    #[test]
    fn a_whole_stream_is_a_reply_and_the_last_usage_counts() {
        let reply = assemble(&[FIRST, REASONING, WORD, WORD, FINISH, USAGE, DONE]).unwrap();
        assert_eq!(
            reply,
            Reply {
                text: " is is".to_owned(),
                finish: Finish::Stop,
                usage: Usage { prompt: 339, cached: 0, completion: 59 },
                request_id: Some("req_01".to_owned()),
                unmarked_end: false,
            }
        );
        let shorter = assemble(&[FIRST, WORD, FINISH]).unwrap();
        assert_eq!(shorter.usage, Usage { prompt: 339, cached: 128, completion: 58 });
        assert!(shorter.unmarked_end, "accepted, and marked");
    }

    #[test]
    fn events_of_a_shape_that_is_known_bring_the_same_as_others() {
        let word = |text: &str| WORD.replace(" is", text);
        let texts = ["one", " two", r"\n", r#" \"three\""#, "é", r"\u00e9", "", " four", " five"];
        let events: Vec<String> = texts.iter().map(|text| word(text)).collect();
        let mut all: Vec<&str> = vec![FIRST, REASONING];
        all.extend(events.iter().map(String::as_str));
        all.extend([FINISH, DONE]);
        let reply = assemble(&all).unwrap();
        assert_eq!((reply.text.as_str(), reply.unmarked_end), ("one two\n \"three\"éé four five", false));
        // The same words in an event that is called an error are one.
        let mut assembly = Assembly::new(None);
        assert_eq!(assembly.feed(b"", WORD.as_bytes()).unwrap(), Step::Text(3));
        assert!(assembly.feed(b"error", WORD.as_bytes()).is_err());
    }

    #[test]
    fn any_other_end_is_a_failure() {
        let bare = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
        for events in [
            &[][..],
            &[FIRST],
            &[FIRST, WORD],
            &[FIRST, WORD, DONE],
            &[FIRST, WORD, bare],
            &[FIRST, WORD, bare, DONE],
            &[FIRST, WORD, USAGE, DONE],
        ] {
            let error = assemble(events).unwrap_err();
            assert_eq!((error.class, error.paid), (FailureClass::Transient, Paid::Unknown), "{events:?}");
        }
    }

    #[test]
    fn an_error_is_seen_in_every_shape() {
        for error in [
            r#"{"error":{"message":"over capacity","type":"internal_server_error","status_code":503}}"#,
            r#"{"error":"over capacity"}"#,
            r#"{"id":"c","choices":[],"x_groq":{"id":"req_01","error":"over capacity"}}"#,
        ] {
            let failed = assemble(&[FIRST, WORD, error]).unwrap_err();
            assert_eq!((failed.class, failed.paid), (FailureClass::Transient, Paid::Unknown), "{error}");
        }
        let mut assembly = Assembly::new(None);
        let event =
            br#"{"error":{"message":"x","code":"tool_use_failed","failed_generation":"","status_code":400}}"#;
        assert_eq!(assembly.feed(b"error", event).unwrap_err().class, FailureClass::BadOutput);
        assert_eq!(assembly.feed(b"error", b"no json").unwrap_err().class, FailureClass::Transient);
        assert_eq!(
            assembly.feed(b"error", br#"{"message":"x"}"#).unwrap_err().class,
            FailureClass::Transient
        );
        assert_eq!(assembly.feed(b"", br#"{"choices":[{"in"#).unwrap_err().class, FailureClass::Transient);
        assert!(assembly.feed(b"", br#"{"error":null,"choices":null}"#).is_ok());
    }

    #[test]
    fn what_an_error_after_the_usage_cost_is_known() {
        let failed = assemble(&[FIRST, FINISH, r#"{"error":"late"}"#]).unwrap_err();
        assert_eq!(failed.paid, Paid::Known(Usage { prompt: 339, cached: 128, completion: 58 }));
    }

    #[test]
    fn finish_reasons_are_told_apart() {
        for (reason, finish) in
            [("length", Finish::Length), ("content_filter", Finish::Filtered), ("tool_calls", Finish::Other)]
        {
            let event = FINISH.replace("stop", reason);
            assert_eq!(assemble(&[FIRST, &event]).unwrap().finish, finish);
        }
    }
}
