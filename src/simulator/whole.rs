//! Sends answers that are not streamed: refusals, lists, and completions as one object.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    errors::{self, Answer},
    fault::{Cut, How, Point},
    headers::{self, Headers, Levels},
    http::{Connection, Gone, Next, push_head},
    ids,
    ledger::Delivery,
    reception::Refusing,
    request::Thoughts,
    service::Service,
    ticket::{Bill, Job, times},
    wire::{self, Ending},
};

const PRIVATE: &str = "private, max-age=0, no-store, no-cache, must-revalidate";
const JSON: &str = "application/json";

/// Returns an answer of the status 200 with a body of JSON.
pub(super) fn json(body: String) -> Answer {
    Answer { status: 200, content_type: JSON, body, code: "", retry_after: None, retry_text: None }
}

/// What the head of an answer tells about its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trace<'a> {
    pub levels: Levels,
    pub request_id: &'a str,
    pub number: u64,
}

/// Returns the bytes of an answer and where its body begins.
fn bytes(service: &Service, answer: &Answer, trace: &Trace<'_>) -> (Vec<u8>, usize) {
    let mut headers: Headers = headers::common(service.unix(), answer.content_type, PRIVATE);
    headers.push(("content-length", answer.body.len().to_string()));
    let seconds = answer.retry_after.map(|seconds| seconds.to_string());
    if let Some(value) = answer.retry_text.map(str::to_owned).or(seconds) {
        headers.push(("retry-after", value));
    }
    trace.levels.push(&mut headers);
    headers::push_trace(&mut headers, trace.request_id, ids::ray(service.scenario.seed, trace.number));
    let mut out = Vec::with_capacity(answer.body.len() + 1_024);
    push_head(&mut out, answer.status, &headers);
    let head = out.len();
    out.extend_from_slice(answer.body.as_bytes());
    (out, head)
}

/// Sends an answer that belongs to no request for a completion.
pub(super) async fn plain(
    connection: &mut Connection,
    service: &Service,
    answer: &Answer,
) -> Result<(), Gone> {
    let request_id = ids::request(service.scenario.seed, 0, service.unix());
    let trace = Trace { levels: Levels::default(), request_id: &request_id, number: 0 };
    connection.write(&bytes(service, answer, &trace).0).await
}

/// Sends a refusal.
pub(super) async fn refusal(
    connection: &mut Connection,
    service: &Service,
    refusing: &Refusing,
) -> Result<(), Gone> {
    let Refusing { answer, levels, request_id, number } = refusing;
    let trace = Trace { levels: *levels, request_id, number: *number };
    connection.write(&bytes(service, answer, &trace).0).await
}

/// Sends a completion as one object, when its last token is there.
pub(super) async fn send(connection: &mut Connection, mut job: Job, next: Next) -> Result<Next, Gone> {
    let tokens = job.reply.tokens();
    let ready = job.head_at() + times(job.timing.token, tokens);
    if let Err(gone) = connection.wait_until(ready).await {
        // Nobody looked on while it was generated: the time tells how far it came.
        let passed = Instant::now().saturating_duration_since(job.head_at()).as_nanos();
        let done = passed / job.timing.token.as_nanos().max(1);
        job.ticket.generated = u64::try_from(done).unwrap_or(tokens).min(tokens);
        return Err(gone);
    }
    job.ticket.generated = tokens;
    let answer = json(body(&job));
    let Some(cut) = job.cut else {
        connection.write(&rendered(&job, &answer).0).await?;
        job.ticket.settle(Delivery::Complete, Bill::Usual);
        return Ok(next);
    };
    disturbed(connection, &mut job, &answer, cut, next).await
}

fn rendered(job: &Job, answer: &Answer) -> (Vec<u8>, usize) {
    let trace = Trace { levels: job.levels, request_id: &job.identity.request, number: job.number };
    bytes(job.ticket.service(), answer, &trace)
}

fn body(job: &Job) -> String {
    let usage = job.usage();
    let ending =
        Ending { finish_reason: job.reply.finish, usage: &usage, created: job.ticket.service().created() };
    let shown = job.thoughts == Thoughts::Shown && job.reply.reasoning_tokens > 0;
    wire::whole(&job.identity, &job.reply.content, shown.then_some(job.reply.reasoning.as_str()), &ending)
}

async fn disturbed(
    connection: &mut Connection,
    job: &mut Job,
    answer: &Answer,
    cut: Cut,
    next: Next,
) -> Result<Next, Gone> {
    let (bytes, head) = rendered(job, answer);
    let sent = if cut.at == Point::BeforeHead { 0 } else { head + answer.body.len() / 2 };
    let (first, rest) = bytes.split_at(sent.min(bytes.len()));
    let (delivery, bill, next) = match cut.how {
        How::End | How::Close => {
            connection.write(first).await?;
            (Delivery::Broken, Bill::Usual, Next::Close)
        }
        How::Reset => {
            connection.write(first).await?;
            (Delivery::Broken, Bill::Usual, Next::Reset)
        }
        How::Stall => {
            connection.write(first).await?;
            connection.gone().await;
            (Delivery::Broken, Bill::Usual, Next::Close)
        }
        How::PauseMs(millis) | How::DripMs(millis) => {
            connection.write(first).await?;
            connection.wait_until(Instant::now() + Duration::from_millis(millis)).await?;
            connection.write(rest).await?;
            (Delivery::Complete, Bill::Usual, next)
        }
        How::Garbage => {
            let half = answer.body.chars().take(answer.body.chars().count() / 2).collect();
            connection.write(&rendered(job, &json(half)).0).await?;
            (Delivery::Broken, Bill::Usual, next)
        }
        How::ErrorEvent | How::BareError | How::ChunkError => {
            connection.write(&rendered(job, &errors::internal()).0).await?;
            (Delivery::Broken, Bill::Nothing, next)
        }
    };
    job.ticket.settle(delivery, bill);
    Ok(next)
}
