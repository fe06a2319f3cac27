//! Groq's Batch API: a file of requests is sent, handed in, looked after, and its results are fetched and deleted.

use async_trait::async_trait;
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    GroqRewriter,
    client::{self, Failed, failure, unsent},
    errors::{self, Head},
    wire,
};
use crate::llm::{
    economy::{Delivered, Economy, Progress, Remote},
    port::{CallError, FailureClass, LimitHeaders, Paid, Reply, Request},
};

/// What parts the parts of a form. A line of JSON never begins with it.
const BOUNDARY: &str = "redraft-4c1f9a7e0b6d";
/// What the provider calls the completions that lines ask for; its own addresses have a longer path.
const ENDPOINT: &str = "/v1/chat/completions";
/// Within this time the provider has to be done.
const WINDOW: &str = "24h";
/// The most bytes of a file of results.
const RESULTS_CAP: usize = 256 * 1024 * 1024;

#[derive(Deserialize)]
struct FileEntry {
    id: Option<String>,
    filename: Option<String>,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
}

#[derive(Deserialize)]
struct BatchEntry {
    id: String,
    status: String,
    #[serde(default)]
    input_file_id: String,
    output_file_id: Option<String>,
    error_file_id: Option<String>,
    request_counts: Option<Counts>,
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Counts {
    completed: u64,
    failed: u64,
}

impl BatchEntry {
    fn is_called(&self, parcel: &str) -> bool {
        let name = self.metadata.as_ref().and_then(|metadata| metadata.get("parcel"));
        name.and_then(serde_json::Value::as_str) == Some(parcel)
    }
}

impl From<BatchEntry> for Remote {
    fn from(entry: BatchEntry) -> Self {
        let progress = match entry.status.as_str() {
            "completed" => Progress::Completed,
            "failed" => Progress::Refused,
            "expired" => Progress::Expired,
            "cancelled" => Progress::Cancelled,
            _ => Progress::AtWork,
        };
        Self {
            id: entry.id,
            progress,
            input: entry.input_file_id,
            output: entry.output_file_id.filter(|id| !id.is_empty()),
            errors: entry.error_file_id.filter(|id| !id.is_empty()),
            done: entry.request_counts.map_or(0, |counts| counts.completed + counts.failed),
        }
    }
}

fn file_name(parcel: &str) -> String {
    format!("redraft-{parcel}.jsonl")
}

fn form(parcel: &str, lines: &str) -> String {
    let part = |rest: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {rest}\r\n");
    let purpose = part("name=\"purpose\"") + "\r\nbatch\r\n";
    let name = file_name(parcel);
    let head =
        part(&format!("name=\"file\"; filename=\"{name}\"")) + "Content-Type: application/jsonl\r\n\r\n";
    purpose + &head + lines + &format!("\r\n--{BOUNDARY}--\r\n")
}

/// A name of the provider's in an address: it is made of letters, digits, `_` and `-`.
fn in_address(id: &str) -> Result<&str, Failed> {
    let is_plain = !id.is_empty()
        && id.len() <= 200
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_plain {
        Ok(id)
    } else {
        Err(unsent(FailureClass::Refused, "The provider gave a thing no name that can be used."))
    }
}

impl GroqRewriter {
    /// Sends a request about files or parcels and reads its answer.
    async fn exchange(&self, request: RequestBuilder, most: usize) -> Result<Vec<u8>, Failed> {
        let response = self.head(request).await?;
        let (status, head) = (response.status(), client::head(response.headers()));
        let body = client::read_up_to(response, self.options.timeouts.idle, most).await?;
        if status == StatusCode::OK { Ok(body) } else { Err(errors::of_answer(status.as_u16(), head, &body)) }
    }

    async fn read<T: for<'a> Deserialize<'a>>(&self, request: RequestBuilder) -> Result<T, Failed> {
        let body = self.exchange(request, client::BODY_CAP).await?;
        serde_json::from_slice(&body).map_err(|_| {
            failure(FailureClass::Transient, "The provider's answer about a file is not to be understood.")
        })
    }

    async fn send_file(&self, parcel: &str, lines: &str) -> Result<String, Failed> {
        let post = self.client()?.post(self.url("/files"));
        let post = post.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
        // A slow line may take as long as it needs: a hundred kilobytes a second.
        let patience = self.options.timeouts.head
            + std::time::Duration::from_secs(u64::try_from(lines.len() / 100_000).unwrap_or(0));
        let post = self.signed(post).body(form(parcel, lines));
        let response = match tokio::time::timeout(patience, post.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(client::broken(&error)),
            Err(_) => return Err(client::silent(patience)),
        };
        let (status, head) = (response.status(), client::head(response.headers()));
        let body = client::read_body(response, self.options.timeouts.idle).await?;
        if status != StatusCode::OK {
            return Err(errors::of_answer(status.as_u16(), head, &body));
        }
        let entry: Option<FileEntry> = serde_json::from_slice(&body).ok();
        entry.and_then(|entry| entry.id).ok_or_else(|| {
            failure(FailureClass::Transient, "The provider's answer about a file is not to be understood.")
        })
    }

    async fn hand_in(&self, parcel: &str, file: &str) -> Result<Remote, Failed> {
        let body = json!({
            "input_file_id": file,
            "endpoint": ENDPOINT,
            "completion_window": WINDOW,
            "metadata": {"parcel": parcel},
        });
        let post = self.client()?.post(self.url("/batches")).header("content-type", "application/json");
        self.read::<BatchEntry>(post.body(body.to_string())).await.map(Remote::from)
    }

    async fn look_at(&self, remote: &str) -> Result<Remote, Failed> {
        let url = self.url(&format!("/batches/{}", in_address(remote)?));
        self.read::<BatchEntry>(self.client()?.get(url)).await.map(Remote::from)
    }

    async fn find_parcel(&self, parcel: &str) -> Result<Option<Remote>, Failed> {
        let list: List<BatchEntry> = self.read(self.client()?.get(self.url("/batches"))).await?;
        Ok(list.data.into_iter().find(|entry| entry.is_called(parcel)).map(Remote::from))
    }

    async fn find_files(&self, parcel: &str) -> Result<Vec<String>, Failed> {
        let list: List<FileEntry> = self.read(self.client()?.get(self.url("/files"))).await?;
        let name = file_name(parcel);
        let own = list.data.into_iter().filter(|entry| entry.filename.as_deref() == Some(name.as_str()));
        Ok(own.filter_map(|entry| entry.id).collect())
    }

    async fn break_off(&self, remote: &str) -> Result<(), Failed> {
        let url = self.url(&format!("/batches/{}/cancel", in_address(remote)?));
        match self.exchange(self.client()?.post(url), client::BODY_CAP).await {
            // It is over already.
            Err(error) if matches!(error.status, Some(400 | 404 | 409)) => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn fetch(&self, file: &str) -> Result<Vec<Delivered>, Failed> {
        let url = self.url(&format!("/files/{}/content", in_address(file)?));
        let body = self.exchange(self.client()?.get(url), RESULTS_CAP).await?;
        Ok(body.split(|byte| *byte == b'\n').filter_map(delivered).collect())
    }

    async fn remove(&self, file: &str) -> Result<(), Failed> {
        let url = self.url(&format!("/files/{}", in_address(file)?));
        match self.exchange(self.client()?.delete(url), client::BODY_CAP).await {
            Err(error) if error.status == Some(404) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

/// Reads a line of results.
fn delivered(line: &[u8]) -> Option<Delivered> {
    #[derive(Deserialize)]
    struct Line<'a> {
        custom_id: String,
        #[serde(borrow)]
        response: Option<Response<'a>>,
    }
    #[derive(Deserialize)]
    struct Response<'a> {
        status_code: u16,
        request_id: Option<String>,
        #[serde(borrow)]
        body: Option<&'a RawValue>,
    }
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    let answer = match line.response {
        None => Err(*unsent(FailureClass::Transient, "The provider could not do this request of the file.")),
        Some(Response { status_code, request_id, body }) => {
            let body = body.map(|body| body.get().as_bytes()).unwrap_or_default();
            let request_id = request_id.filter(|id| id.len() <= 100);
            match (status_code, wire::whole(body)) {
                (200, Some((text, finish, usage, id))) => {
                    Ok(Reply { text, finish, usage, request_id: request_id.or(id), unmarked_end: false })
                }
                (200, None) => Err(incomplete(request_id)),
                (status, _) => Err(*errors::of_answer(status, Head { request_id, ..Head::default() }, body)),
            }
        }
    };
    Some(Delivered { name: line.custom_id, answer })
}

fn incomplete(request_id: Option<String>) -> CallError {
    CallError {
        class: FailureClass::Transient,
        status: Some(200),
        message: "The provider's answer is no complete reply.".to_owned(),
        paid: Paid::Unknown,
        limits: LimitHeaders::default(),
        request_id,
    }
}

#[async_trait]
impl Economy for GroqRewriter {
    fn line(&self, name: &str, request: &Request) -> Option<String> {
        let body = wire::body_of_line(request, &self.parameters).ok()?;
        let body = RawValue::from_string(String::from_utf8(body).ok()?).ok()?;
        serde_json::to_string(&wire::Line { custom_id: name, method: "POST", url: ENDPOINT, body: &body })
            .ok()
    }

    async fn upload(&self, parcel: &str, lines: &str) -> Result<String, CallError> {
        self.send_file(parcel, lines).await.map_err(|failed| *failed)
    }

    async fn submit(&self, parcel: &str, file: &str) -> Result<Remote, CallError> {
        self.hand_in(parcel, file).await.map_err(|failed| *failed)
    }

    async fn look(&self, remote: &str) -> Result<Remote, CallError> {
        self.look_at(remote).await.map_err(|failed| *failed)
    }

    async fn find(&self, parcel: &str) -> Result<Option<Remote>, CallError> {
        self.find_parcel(parcel).await.map_err(|failed| *failed)
    }

    async fn files(&self, parcel: &str) -> Result<Vec<String>, CallError> {
        self.find_files(parcel).await.map_err(|failed| *failed)
    }

    async fn cancel(&self, remote: &str) -> Result<(), CallError> {
        self.break_off(remote).await.map_err(|failed| *failed)
    }

    async fn results(&self, file: &str) -> Result<Vec<Delivered>, CallError> {
        self.fetch(file).await.map_err(|failed| *failed)
    }

    async fn delete(&self, file: &str) -> Result<(), CallError> {
        self.remove(file).await.map_err(|failed| *failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::port::Finish;

    #[test]
    fn a_line_of_results_is_a_reply_or_a_failure() {
        let line = |response: &str| {
            delivered(
                format!(r#"{{"id":"b","custom_id":"att_1","response":{response},"error":null}}"#).as_bytes(),
            )
        };
        let reply = line(
            r#"{"status_code":200,"request_id":"req_1","body":{"choices":[{"message":{"content":"x"},
            "finish_reason":"length"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}}"#,
        );
        let reply = reply.unwrap();
        assert_eq!(reply.name, "att_1");
        let reply = reply.answer.unwrap();
        assert_eq!((reply.finish, reply.usage.completion), (Finish::Length, 2), "cut off, and so told");
        let class = |response| line(response).unwrap().answer.unwrap_err();
        let cut = class(r#"{"status_code":200,"body":{"choices":[]}}"#);
        assert_eq!((cut.class, cut.paid), (FailureClass::Transient, Paid::Unknown));
        let refused = class(
            r#"{"status_code":400,"body":{"error":{"message":"Ada","code":"context_length_exceeded"}}}"#,
        );
        assert_eq!((&refused.class, refused.paid), (&FailureClass::TooLong, Paid::No));
        assert!(!format!("{refused:?}").contains("Ada"));
        assert_eq!(class("null").class, FailureClass::Transient);
        assert!(delivered(b"{\"custom_id\":\"att").is_none() && delivered(b"").is_none());
    }

    #[test]
    fn a_name_of_the_providers_leads_nowhere_else() {
        assert!(in_address("file_01JH6X76wqemjr074zwx6xht0n").is_ok());
        for id in ["", "../models", "a/b", "a?b", "a b", "ä"] {
            assert!(in_address(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_form_has_the_purpose_and_the_lines() {
        assert_eq!(
            form("par_1", "{}\n"),
            "--redraft-4c1f9a7e0b6d\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
             --redraft-4c1f9a7e0b6d\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"redraft-par_1.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n{}\n\r\n\
             --redraft-4c1f9a7e0b6d--\r\n"
        );
    }
}
