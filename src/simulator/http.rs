//! HTTP/1.1 on the bare socket, as much of it as the simulator needs.
//!
//! A server library would hide what faults are made of: a head that never comes, a body that ends within an event, a
//! connection that is reset. It would also cost more for each of many small writes.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep_until},
};

use super::headers::Headers;

/// The most bytes of a head.
const MOST_HEAD: usize = 64 * 1024;
/// The most bytes of a body.
const MOST_BODY: usize = 110 * 1024 * 1024;
const MOST_HEADERS: usize = 64;

/// What is done with the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It takes another request.
    Keep,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
}

/// The client is gone, or does not speak HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// One request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The key of `Authorization: Bearer`, or empty.
    pub key: String,
    pub content_type: String,
    pub body: Vec<u8>,
    close: bool,
    expects_continue: bool,
    length: usize,
}

impl Request {
    /// What a client asks for after a plain answer.
    pub(super) const fn next(&self) -> Next {
        if self.close { Next::Close } else { Next::Keep }
    }
}

/// A connection to a client.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Without this every small write waits for the answer to the one before it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection of the simulator keeps Nagle's algorithm");
        }
        Self { stream, read: Vec::new() }
    }

    /// Reads the next request; `None` when the client has closed between two requests.
    pub(super) async fn request(&mut self) -> Result<Option<Request>, Gone> {
        let mut request = loop {
            if let Some((request, length)) = parse_head(&self.read)? {
                self.read.drain(..length);
                break request;
            }
            if self.read.len() > MOST_HEAD {
                return Err(Gone);
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return if self.read.is_empty() { Ok(None) } else { Err(Gone) };
            }
        };
        if request.length > MOST_BODY {
            return Err(Gone);
        }
        if request.expects_continue {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while self.read.len() < request.length {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(Gone);
            }
        }
        let rest = self.read.split_off(request.length);
        request.body = std::mem::replace(&mut self.read, rest);
        Ok(Some(request))
    }

    /// Writes all of `bytes`.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Waits until `when`, or finds that the client has gone.
    pub(super) async fn wait_until(&mut self, when: Instant) -> Result<(), Gone> {
        if when <= Instant::now() {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = sleep_until(when) => Ok(()),
            gone = self.gone() => Err(gone),
        }
    }

    /// Waits until the client goes. What it sends meanwhile is kept for later, within reason.
    pub(super) async fn gone(&mut self) -> Gone {
        loop {
            match self.stream.read_buf(&mut self.read).await {
                Ok(1..) if self.read.len() <= MOST_BODY => {}
                Ok(_) | Err(_) => return Gone,
            }
        }
    }

    /// Ends the connection: with a reset, what the client has not read may be lost to it.
    pub(super) fn end(self, next: Next) {
        if next == Next::Reset
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::debug!(%error, "a connection of the simulator cannot be reset");
        }
    }
}

/// Reads a head, if it is complete, and tells its length.
fn parse_head(bytes: &[u8]) -> Result<Option<(Request, usize)>, Gone> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(Gone),
    };
    let path = head.path.unwrap_or("/");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let mut request = Request {
        method: head.method.unwrap_or("GET").to_owned(),
        path: path.to_owned(),
        close: head.version == Some(0),
        ..Request::default()
    };
    for header in head.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or("").trim();
        match header.name.to_ascii_lowercase().as_str() {
            "content-length" => request.length = value.parse().map_err(|_| Gone)?,
            "connection" => request.close |= value.eq_ignore_ascii_case("close"),
            "expect" => request.expects_continue = value.eq_ignore_ascii_case("100-continue"),
            "content-type" => value.clone_into(&mut request.content_type),
            "authorization" => value.strip_prefix("Bearer ").unwrap_or("").clone_into(&mut request.key),
            // No client of this API sends a body in chunks.
            "transfer-encoding" => return Err(Gone),
            _ => {}
        }
    }
    Ok(Some((request, length)))
}

/// Appends the head of an answer.
pub(super) fn push_head(out: &mut Vec<u8>, status: u16, headers: &Headers) {
    out.extend_from_slice(format!("HTTP/1.1 {status} {}\r\n", reason(status)).as_bytes());
    for (name, value) in headers {
        for part in [name, ": ", value, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends one chunk of a body. An empty one would end it, and is left out.
pub(super) fn push_chunk(out: &mut Vec<u8>, payload: &[u8]) {
    if !payload.is_empty() {
        out.extend_from_slice(format!("{:x}\r\n", payload.len()).as_bytes());
        out.extend_from_slice(payload);
        out.extend_from_slice(b"\r\n");
    }
}

/// The end of a body in chunks.
pub(super) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_complete() {
        let text = "POST /openai/v1/models?x=1 HTTP/1.1\r\nAuthorization: Bearer gsk_x\r\nContent-Length: 12\r\n\r\nbody";
        for length in 0..text.len() - 4 {
            assert!(parse_head(&text.as_bytes()[..length]).unwrap().is_none());
        }
        let (request, length) = parse_head(text.as_bytes()).unwrap().unwrap();
        assert_eq!(length, text.len() - 4);
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/openai/v1/models"));
        assert_eq!((request.key.as_str(), request.length, request.next()), ("gsk_x", 12, Next::Keep));
    }

    #[test]
    fn what_is_no_http_is_refused() {
        for text in ["\u{16}\u{3}\u{1}", "GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"] {
            assert_eq!(parse_head(text.as_bytes()).unwrap_err(), Gone);
        }
    }

    #[test]
    fn chunks_tell_their_length() {
        let mut out = Vec::new();
        push_chunk(&mut out, &[b'x'; 26]);
        push_chunk(&mut out, b"");
        assert_eq!(out, b"1a\r\nxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
    }
}
