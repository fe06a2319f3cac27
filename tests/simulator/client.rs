//! A client that sees every byte: HTTP over a bare socket, one request a connection.

use std::io::ErrorKind;

use redraft::simulator::Simulator;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// How the connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Closed,
    Reset,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Without the framing of chunks.
    pub body: String,
    /// Whether the body came to the end that HTTP gives it.
    pub whole: bool,
    pub end: End,
    /// Everything that came.
    pub raw: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The events' texts after `data: `, or the whole event if it has a name.
    pub fn events(&self) -> Vec<&str> {
        let events = self.body.split("\n\n").filter(|event| !event.is_empty());
        events.map(|event| event.strip_prefix("data: ").unwrap_or(event)).collect()
    }

    /// The pieces of reply and reasoning that came.
    pub fn deltas(&self, key: &str) -> Vec<String> {
        let events = self.events().into_iter().filter_map(|event| serde_json::from_str::<Value>(event).ok());
        events.filter_map(|event| Some(event["choices"][0]["delta"][key].as_str()?.to_owned())).collect()
    }
}

/// The body of a request with this user message, streamed and with usage.
pub fn chat(prompt: &str) -> Value {
    json!({
        "model": "openai/gpt-oss-20b",
        "messages": [{"role": "system", "content": "You improve résumés."}, {"role": "user", "content": prompt}],
        "max_completion_tokens": 2_000,
        "stream": true,
        "stream_options": {"include_usage": true},
        "reasoning_effort": "low",
    })
}

/// The same without a stream.
pub fn whole(prompt: &str) -> Value {
    let mut body = chat(prompt);
    body.as_object_mut().unwrap().retain(|key, _| !key.starts_with("stream"));
    body
}

/// A prompt with one section whose text is `words` words.
pub fn resume(name: &str, words: usize) -> String {
    let text = "planned ".repeat(words);
    format!("[[posting]]\nA nurse\n[[/posting]]\n[[section:summary]]\n{name} {text}\n[[/section:summary]]\n")
}

pub async fn post(simulator: &Simulator, body: &Value) -> Reply {
    post_as(simulator, "gsk_test", body).await
}

pub async fn post_as(simulator: &Simulator, key: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let head = format!(
        "POST /openai/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    exchange(simulator, &(head + &body)).await
}

pub async fn get(simulator: &Simulator, path: &str) -> Reply {
    exchange(simulator, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await
}

/// Opens a connection and sends `request`.
pub async fn send(simulator: &Simulator, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

pub async fn exchange(simulator: &Simulator, request: &str) -> Reply {
    let mut stream = send(simulator, request).await;
    let mut raw = Vec::new();
    let end = match stream.read_to_end(&mut raw).await {
        Ok(_) => End::Closed,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
        Err(error) => panic!("{error}"),
    };
    parse(raw, end)
}

pub fn parse(raw: Vec<u8>, end: End) -> Reply {
    let text = String::from_utf8_lossy(&raw).into_owned();
    let empty = Reply { status: 0, headers: Vec::new(), body: String::new(), whole: false, end, raw };
    let Some((head, body)) = text.split_once("\r\n\r\n").filter(|_| text.starts_with("HTTP/1.1 ")) else {
        return empty;
    };
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<_> =
        lines.map(|line| line.split_once(": ").unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    let reply = Reply { status, headers, ..empty };
    let (body, whole) = match reply.header("content-length") {
        Some(length) => (body.to_owned(), body.len() == length.parse::<usize>().unwrap()),
        None => chunks(body),
    };
    Reply { body, whole, ..reply }
}

/// Takes off the framing; whether the last chunk was there.
fn chunks(mut rest: &str) -> (String, bool) {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return (body, after == "\r\n");
        }
        let Some(payload) = after.get(..length) else {
            return (body + after, false);
        };
        body.push_str(payload);
        rest = after.get(length + 2..).unwrap_or("");
    }
    (body, false)
}
