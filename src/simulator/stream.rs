//! Sends an answer as events, token by token in time, or disturbs it on its way.

use std::time::Duration;

use rand::RngExt;
use tokio::time::Instant;

use super::{
    errors,
    fault::{Cut, Form, How, Point},
    headers::{self, Headers},
    http::{Connection, Gone, LAST_CHUNK, Next, push_chunk, push_head},
    ids,
    ledger::Delivery,
    reply::Reply,
    request,
    ticket::{Bill, Job, Ticket, times},
    whole,
    wire::{DONE, Delta, Ending, EventWriter, Usage},
};

/// Events in one write when tokens take no time.
const AT_ONCE: u32 = 256;

/// Sends the answer. `next` is what the client wants done with the connection afterwards.
pub(super) async fn send(connection: &mut Connection, job: Job, next: Next) -> Result<Next, Gone> {
    match job.form {
        Some(Form::Json) => return whole::send(connection, job, next).await,
        Some(Form::Empty) => return empty(connection, job, next).await,
        Some(_) | None => {}
    }
    let (head_at, usage, head) = (job.head_at(), job.usage(), head(&job));
    let include_usage = job.delivery == request::Delivery::StreamWithUsage;
    let Job { ticket, identity, reply, timing, thoughts, cut, form, random, .. } = job;
    let coalesce = if timing.token.is_zero() { AT_ONCE } else { ticket.service().scenario.latency.coalesce };
    let mut player = Player {
        connection,
        model: identity.model.clone(),
        events: EventWriter::new(identity),
        created: ticket.service().created(),
        ticket,
        cut,
        form,
        drip: None,
        next,
        start: head_at,
        token: timing.token,
        out: Vec::with_capacity(4_096),
        payload: Vec::with_capacity(4_096),
        spoilt: false,
    };
    player.connection.wait_until(head_at).await?;
    if let Some(end) = player.before_head().await? {
        return Ok(end);
    }
    push_head(&mut player.out, 200, &head);
    player.created = player.ticket.service().created();
    player.begin();
    let mut pace = random;
    let shown = |delta: &Delta<'_>| match delta {
        Delta::Reasoning(_) => thoughts == request::Thoughts::Shown,
        Delta::Content(_) => true,
    };
    if let Some(end) = player.tokens(&reply, || pace.random_range(1..=coalesce), shown).await? {
        return Ok(end);
    }
    player.ending(&reply, &usage, include_usage).await
}

/// Status 200, and nothing else.
async fn empty(connection: &mut Connection, mut job: Job, next: Next) -> Result<Next, Gone> {
    connection.wait_until(job.head_at()).await?;
    let mut headers = head(&job);
    headers.retain(|(name, _)| *name != "transfer-encoding");
    headers.push(("content-length", "0".to_owned()));
    let mut out = Vec::new();
    push_head(&mut out, 200, &headers);
    connection.write(&out).await?;
    job.ticket.settle(Delivery::Broken, Bill::Usual);
    Ok(next)
}

fn head(job: &Job) -> Headers {
    let service = job.ticket.service();
    let kind =
        if job.form == Some(Form::WrongType) { "text/plain; charset=utf-8" } else { "text/event-stream" };
    let mut headers = headers::common(service.unix(), kind, "no-cache");
    if job.form == Some(Form::Gzip) {
        headers.push(("content-encoding", "gzip".to_owned()));
    }
    headers.push(("transfer-encoding", "chunked".to_owned()));
    job.levels.push(&mut headers);
    headers::push_trace(&mut headers, &job.identity.request, ids::ray(service.scenario.seed, job.number));
    headers
}

struct Player<'a> {
    connection: &'a mut Connection,
    model: String,
    events: EventWriter,
    ticket: Ticket,
    cut: Option<Cut>,
    form: Option<Form>,
    /// How long every byte takes from now on.
    drip: Option<Duration>,
    next: Next,
    /// When the first token began; a pause moves it.
    start: Instant,
    token: Duration,
    created: i64,
    /// Bytes that are ready to go.
    out: Vec<u8>,
    /// Events that are not yet a chunk.
    payload: Vec<u8>,
    /// Whether something was sent that no client can use.
    spoilt: bool,
}

impl Player<'_> {
    /// The first event, and what another form puts before and behind it.
    fn begin(&mut self) {
        if self.form == Some(Form::ByteOrderMark) {
            self.payload.extend_from_slice(b"\xEF\xBB\xBF");
        }
        self.events.first(&mut self.payload, self.created);
        let extra = match self.form {
            Some(Form::UnknownFields) => {
                r#"{"id":"c","future":{"deep":[1,{"x":null}]},"choices":[{"index":0,"delta":{"annotations":[]},"more":1}]}"#
            }
            Some(Form::NullContent) => {
                r#"{"id":"c","choices":[{"index":0,"delta":{"content":null},"finish_reason":null}]}"#
            }
            Some(Form::NoChoices) => r#"{"id":"c","object":"chat.completion.chunk"}"#,
            Some(Form::HugeEvent) => {
                self.spoilt = true;
                let text = "x".repeat(1_500_000);
                let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
                self.payload.extend_from_slice(event.as_bytes());
                return;
            }
            Some(_) | None => return,
        };
        self.payload.extend_from_slice(format!("data: {extra}\n\n").as_bytes());
    }

    /// Sends the token events in groups, each when its last token is there.
    async fn tokens(
        &mut self,
        reply: &Reply,
        mut group: impl FnMut() -> u32,
        shown: impl Fn(&Delta<'_>) -> bool,
    ) -> Result<Option<Next>, Gone> {
        self.flush().await?;
        let (mut count, mut left) = (0, group());
        for delta in reply.deltas() {
            if let Some(end) = self.reach(Point::Tokens(count)).await? {
                return Ok(Some(end));
            }
            if let Some(end) = self.reach_inside(count, delta).await? {
                return Ok(Some(end));
            }
            if shown(&delta) {
                self.events.delta(&mut self.payload, self.created, delta);
            }
            count += 1;
            left -= 1;
            if left == 0 {
                self.send_until(count).await?;
                left = group();
            }
        }
        self.send_until(count).await?;
        self.reach(Point::Tokens(count)).await
    }

    async fn ending(mut self, reply: &Reply, usage: &Usage, include_usage: bool) -> Result<Next, Gone> {
        let ending = Ending { finish_reason: reply.finish, usage, created: self.created };
        if self.form == Some(Form::DifferingUsage) {
            let half = Usage { completion_tokens: usage.completion_tokens / 2, ..usage.clone() };
            self.events.finish(&mut self.payload, &Ending { usage: &half, ..ending.clone() });
        } else {
            self.events.finish(&mut self.payload, &ending);
        }
        if self.form == Some(Form::DuplicateFinish) {
            self.events.finish(&mut self.payload, &ending);
        }
        if let Some(end) = self.reach(Point::AfterFinish).await? {
            return Ok(end);
        }
        if include_usage {
            self.events.usage(&mut self.payload, &ending);
        }
        if self.form == Some(Form::DuplicateUsage) {
            self.events.usage(&mut self.payload, &ending);
        }
        if let Some(end) = self.reach(Point::BeforeDone).await? {
            return Ok(end);
        }
        self.payload.extend_from_slice(DONE);
        self.flush_last().await?;
        let useless = self.spoilt || self.form.is_some_and(|form| !form.is_harmless());
        self.ticket.settle(if useless { Delivery::Broken } else { Delivery::Complete }, Bill::Usual);
        Ok(self.next)
    }

    /// Waits for the last of `count` tokens and sends what there is.
    async fn send_until(&mut self, count: u64) -> Result<(), Gone> {
        self.connection.wait_until(self.start + times(self.token, count)).await?;
        self.ticket.generated = count;
        self.flush().await?;
        self.created = self.ticket.service().created();
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        self.dress();
        push_chunk(&mut self.out, &self.payload);
        self.payload.clear();
        if self.out.is_empty() {
            return Ok(());
        }
        if let Some(each) = self.drip {
            for byte in std::mem::take(&mut self.out) {
                self.connection.wait_until(Instant::now() + each).await?;
                self.connection.write(&[byte]).await?;
            }
        } else {
            self.connection.write(&self.out).await?;
            self.out.clear();
        }
        Ok(())
    }

    /// Changes the bytes of whole events to the form that is asked for.
    fn dress(&mut self) {
        if self.payload.is_empty() {
            return;
        }
        match self.form {
            Some(Form::Comments) => drop(self.payload.splice(..0, b": ping\n\n".iter().copied())),
            // Within the JSON of an event an end of a line is an escape.
            Some(Form::Crlf) => {
                let lines = std::mem::take(&mut self.payload);
                for byte in lines {
                    if byte == b'\n' {
                        self.payload.push(b'\r');
                    }
                    self.payload.push(byte);
                }
            }
            // No client asked for it: that these are not the right bytes makes no difference.
            Some(Form::Gzip) => self.payload.iter_mut().for_each(|byte| *byte ^= 0xa5),
            Some(_) | None => {}
        }
    }

    async fn flush_last(&mut self) -> Result<(), Gone> {
        self.dress();
        push_chunk(&mut self.out, &self.payload);
        self.payload.clear();
        self.out.extend_from_slice(LAST_CHUNK);
        self.flush().await
    }

    /// Disturbs an answer of which nothing was sent yet.
    async fn before_head(&mut self) -> Result<Option<Next>, Gone> {
        let Some(Cut { at: Point::BeforeHead, how }) = self.cut else { return Ok(None) };
        match how {
            How::End | How::Close => Ok(Some(self.broken(Next::Close))),
            How::Garbage => {
                self.connection.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await?;
                Ok(Some(self.broken(Next::Close)))
            }
            How::Reset | How::Stall | How::PauseMs(_) | How::DripMs(_) => self.disturb(how).await,
            // An error inside a stream needs a stream: it follows the first event.
            How::ErrorEvent | How::BareError | How::ChunkError => {
                self.cut = Some(Cut { at: Point::Tokens(0), how });
                Ok(None)
            }
        }
    }

    async fn reach(&mut self, point: Point) -> Result<Option<Next>, Gone> {
        match self.cut {
            Some(Cut { at, how }) if at == point => {
                if let Point::Tokens(count) = point {
                    self.send_until(count).await?;
                }
                self.disturb(how).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Sends the first half of a token's event before the disturbance.
    async fn reach_inside(&mut self, count: u64, delta: Delta<'_>) -> Result<Option<Next>, Gone> {
        let how = match self.cut {
            Some(Cut { at: Point::Inside(cut) | Point::InsideLetter(cut), how }) if cut == count => how,
            Some(_) | None => return Ok(None),
        };
        self.send_until(count).await?;
        if let Some(Cut { at: Point::InsideLetter(_), .. }) = self.cut {
            self.events.delta(&mut self.payload, self.created, Delta::Content("é"));
            let first = self.payload.iter().position(|byte| *byte == 0xc3).unwrap_or(0);
            self.payload.truncate(first + 1);
        } else {
            self.events.delta(&mut self.payload, self.created, delta);
            self.payload.truncate(self.payload.len() / 2);
        }
        self.spoilt = true;
        self.disturb(how).await
    }

    /// Does the disturbance; `None` when the answer goes on.
    async fn disturb(&mut self, how: How) -> Result<Option<Next>, Gone> {
        match how {
            How::End => {
                self.flush_last().await?;
                Ok(Some(self.broken(self.next)))
            }
            How::Close | How::Reset => {
                self.flush().await?;
                Ok(Some(self.broken(if how == How::Reset { Next::Reset } else { Next::Close })))
            }
            How::Stall => {
                self.flush().await?;
                self.connection.gone().await;
                Ok(Some(self.broken(Next::Close)))
            }
            How::PauseMs(millis) => {
                self.flush().await?;
                let until = Instant::now() + Duration::from_millis(millis);
                self.connection.wait_until(until).await?;
                self.start += Duration::from_millis(millis);
                Ok(None)
            }
            How::DripMs(millis) => {
                self.flush().await?;
                self.drip = Some(Duration::from_millis(millis));
                Ok(None)
            }
            How::Garbage => {
                self.payload.extend_from_slice(b"data: {\"id\":\"chatcmpl-\",\"choices\":[{\"in\n\n");
                self.spoilt = true;
                Ok(None)
            }
            How::ErrorEvent | How::BareError | How::ChunkError => self.error(how).await.map(Some),
        }
    }

    async fn error(&mut self, how: How) -> Result<Next, Gone> {
        let message = "over capacity";
        match how {
            How::BareError => {
                let event = format!("data: {{\"error\":\"{message}\"}}\n\n");
                self.payload.extend_from_slice(event.as_bytes());
            }
            How::ChunkError => self.events.chunk_error(&mut self.payload, self.created, message),
            How::ErrorEvent
            | How::End
            | How::Close
            | How::Reset
            | How::Stall
            | How::PauseMs(_)
            | How::DripMs(_)
            | How::Garbage => {
                let event = format!("event: error\ndata: {}\n\n", errors::in_stream(&self.model));
                self.payload.extend_from_slice(event.as_bytes());
            }
        }
        self.flush_last().await?;
        self.ticket.settle(Delivery::Broken, Bill::Nothing);
        Ok(self.next)
    }

    fn broken(&mut self, next: Next) -> Next {
        self.ticket.settle(Delivery::Broken, Bill::Usual);
        next
    }
}
