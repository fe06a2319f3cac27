//! The calls about files and parcels.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{
        errors::{self, Answer},
        http::Request,
        ids,
        service::{Books, Service},
        whole,
    },
    Call, CallHow, EconomyEffect, File, Pace, Parcel, Status, read,
};

/// What is done about a call.
pub(in crate::simulator) enum Outcome {
    Answer(Answer),
    /// The connection is closed without an answer.
    Lost,
    /// No answer ever comes.
    Stall,
}

/// What is asked for.
enum Asked<'a> {
    Upload,
    Files,
    File(&'a str),
    Content(&'a str),
    Delete(&'a str),
    Submit,
    Batches,
    Look(&'a str),
    Cancel(&'a str),
}

impl<'a> Asked<'a> {
    fn of(method: &str, path: &'a str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Some(match (method, parts.as_slice()) {
            ("POST", ["files"]) => Self::Upload,
            ("GET", ["files"]) => Self::Files,
            ("GET", ["files", id]) => Self::File(id),
            ("GET", ["files", id, "content"]) => Self::Content(id),
            ("DELETE", ["files", id]) => Self::Delete(id),
            ("POST", ["batches"]) => Self::Submit,
            ("GET", ["batches"]) => Self::Batches,
            ("GET", ["batches", id]) => Self::Look(id),
            ("POST", ["batches", id, "cancel"]) => Self::Cancel(id),
            _ => return None,
        })
    }

    const fn call(&self) -> Call {
        match self {
            Self::Upload => Call::Upload,
            Self::Files => Call::Files,
            Self::File(_) => Call::File,
            Self::Content(_) => Call::Content,
            Self::Delete(_) => Call::Delete,
            Self::Submit => Call::Submit,
            Self::Batches => Call::Batches,
            Self::Look(_) => Call::Look,
            Self::Cancel(_) => Call::Cancel,
        }
    }
}

/// Answers a call about files and parcels; `None` if it is about something else. `inside` is the path below the base.
pub(in crate::simulator) fn answer(service: &Service, request: &Request, inside: &str) -> Option<Outcome> {
    let asked = Asked::of(&request.method, inside)?;
    if !service.accepts(&request.key) {
        return Some(Outcome::Answer(errors::unauthorised()));
    }
    let organisation = ids::organisation(&request.key);
    let now = service.now();
    let mut guard = service.books();
    let books = &mut *guard;
    service.catch_up(books, now);
    let how = books.depot.count(asked.call(), &service.scenario.economy.faults);
    match how {
        Some(CallHow::Refused) => return Some(Outcome::Answer(errors::internal())),
        Some(CallHow::StallsBefore) => return Some(Outcome::Stall),
        Some(CallHow::Lost | CallHow::StallsAfter | CallHow::Half) | None => {}
    }
    let answer = service.call(books, &asked, (&organisation, now), request).unwrap_or_else(|refusal| refusal);
    // What takes no time is done at once.
    service.catch_up(books, now);
    Some(match how {
        Some(CallHow::Lost) => Outcome::Lost,
        Some(CallHow::StallsAfter) => Outcome::Stall,
        Some(CallHow::Half) => {
            let body = answer.body.chars().take(answer.body.chars().count() / 2).collect();
            Outcome::Answer(Answer { body, ..answer })
        }
        Some(CallHow::Refused | CallHow::StallsBefore) | None => Outcome::Answer(answer),
    })
}

type Answered = Result<Answer, Answer>;

#[allow(clippy::unnecessary_wraps, reason = "it ends calls that can be refused")]
fn ok(value: &Value) -> Answered {
    Ok(whole::json(value.to_string()))
}

fn refuse<T>(message: &str) -> Result<T, Answer> {
    Err(errors::invalid(message.to_owned(), None))
}

fn missing(what: &str, id: &str) -> Answer {
    Answer { status: 404, ..errors::invalid(format!("{what} `{id}` not found"), None) }
}

impl File {
    fn as_json(&self, id: &str) -> Value {
        json!({
            "id": id,
            "object": "file",
            "bytes": self.content.len(),
            "created_at": self.created,
            "filename": self.name,
            "purpose": self.purpose,
        })
    }
}

impl Service {
    /// Does what has become due: requests are carried out, results are put into files.
    pub(in crate::simulator) fn catch_up(&self, books: &mut Books, now: Duration) {
        for place in 0..books.depot.parcels.len() {
            let Some(parcel) = books.depot.parcels.get(place).filter(|parcel| !parcel.is_delivered) else {
                continue;
            };
            let (due, status) = parcel.at(now);
            let lines: Vec<String> = parcel.lines.iter().take(due).skip(parcel.done).cloned().collect();
            let organisation = parcel.organisation.clone();
            let results: Vec<_> =
                lines.iter().map(|line| self.carry_out(books, &organisation, line, now)).collect();
            let Some(parcel) = books.depot.parcels.get_mut(place) else { continue };
            parcel.done += lines.len();
            for result in results {
                if result.is_done {
                    parcel.output.push((result.name, result.line));
                } else {
                    parcel.errors.push(result.line);
                }
            }
            if status.has_results() {
                self.deliver(books, place);
            } else if status == Status::Failed {
                parcel.is_delivered = true;
            }
        }
    }

    fn deliver(&self, books: &mut Books, place: usize) {
        let (created, seed) = (self.created(), self.scenario.seed);
        let Some(parcel) = books.depot.parcels.get_mut(place) else { return };
        parcel.is_delivered = true;
        let mut output: Vec<String> = parcel.output.iter().map(|(_, line)| line.clone()).collect();
        for fault in self.scenario.economy.faults.iter().filter(|fault| fault.strikes(parcel.number)) {
            match fault.effect {
                EconomyEffect::Duplicate => output.extend(output.first().cloned()),
                EconomyEffect::Stranger => {
                    let strange = parcel.output.first().map(|(name, line)| line.replace(name, "nobody"));
                    output.extend(strange);
                }
                EconomyEffect::Missing(lines) => output.truncate(output.len().saturating_sub(lines)),
                EconomyEffect::Invalid | EconomyEffect::Expires(_) | EconomyEffect::Call(_) => {}
            }
        }
        let (errors, organisation, id) =
            (parcel.errors.clone(), parcel.organisation.clone(), parcel.id.clone());
        let mut file = |kind: &str, lines: Vec<String>| {
            let content = lines.iter().fold(String::new(), |all, line| all + line + "\n");
            (!lines.is_empty()).then(|| {
                let name = format!("{id}_{kind}.jsonl");
                let organisation = organisation.clone();
                let file = File { organisation, name, purpose: "batch_output", created, content };
                let id = books.depot.name(seed, "file");
                books.depot.files.insert(id.clone(), file);
                id
            })
        };
        let (output_file, error_file) = (file("output", output), file("error", errors));
        if let Some(parcel) = books.depot.parcels.get_mut(place) {
            (parcel.output_file, parcel.error_file) = (output_file, error_file);
        }
    }

    fn call(
        &self,
        books: &mut Books,
        asked: &Asked<'_>,
        (organisation, now): (&str, Duration),
        request: &Request,
    ) -> Answered {
        let depot = &mut books.depot;
        let own = |file: &&File| file.organisation == organisation;
        let list = |data: Vec<Value>| ok(&json!({"object": "list", "data": data}));
        match asked {
            Asked::Upload => self.upload(books, organisation, request),
            Asked::Files => {
                let files = depot.files.iter().filter(|(_, file)| own(file));
                list(files.map(|(id, file)| file.as_json(id)).collect())
            }
            Asked::File(id) => {
                let file = depot.files.get(*id).filter(own).ok_or_else(|| missing("File", id))?;
                ok(&file.as_json(id))
            }
            Asked::Content(id) => {
                let file = depot.files.get(*id).filter(own).ok_or_else(|| missing("File", id))?;
                Ok(Answer { content_type: "application/octet-stream", ..whole::json(file.content.clone()) })
            }
            Asked::Delete(id) => {
                depot.files.get(*id).filter(own).ok_or_else(|| missing("File", id))?;
                depot.files.remove(*id);
                ok(&json!({"id": id, "object": "file", "deleted": true}))
            }
            Asked::Submit => self.submit(books, (organisation, now), request),
            Asked::Batches => {
                let own = depot.parcels.iter().filter(|parcel| parcel.organisation == organisation);
                list(own.map(|parcel| parcel.as_json(now)).collect())
            }
            Asked::Look(id) => {
                let known = |parcel: &&Parcel| parcel.id == *id && parcel.organisation == organisation;
                let parcel = depot.parcels.iter().find(known).ok_or_else(|| missing("Batch", id))?;
                ok(&parcel.as_json(now))
            }
            Asked::Cancel(id) => {
                let known = |parcel: &&mut Parcel| parcel.id == *id && parcel.organisation == organisation;
                let parcel = depot.parcels.iter_mut().find(known).ok_or_else(|| missing("Batch", id))?;
                match parcel.at(now).1 {
                    Status::Validating | Status::InProgress => parcel.cancelled = Some(now),
                    Status::Cancelling => {}
                    status @ (Status::Failed
                    | Status::Finalizing
                    | Status::Completed
                    | Status::Expired
                    | Status::Cancelled) => {
                        return refuse(&format!("Cannot cancel a batch with status {}.", status.word()));
                    }
                }
                ok(&parcel.as_json(now))
            }
        }
    }

    fn upload(&self, books: &mut Books, organisation: &str, request: &Request) -> Answered {
        let most = self.scenario.economy.most_bytes;
        let parts = parts(&request.content_type, &request.body);
        let text = |name: &str| parts.iter().find(|part| part.name == name);
        let Some(purpose) = text("purpose") else {
            return refuse("'purpose' : property 'purpose' is missing");
        };
        if purpose.content != b"batch" {
            return refuse("'purpose' : value must be one of [batch]");
        }
        let Some(file) = text("file") else { return refuse("'file' : property 'file' is missing") };
        if std::path::Path::new(&file.file_name).extension().is_none_or(|kind| kind != "jsonl") {
            return refuse("The file must have the extension .jsonl.");
        }
        if file.content.len() > most {
            let message = format!("The file is larger than {most} bytes.");
            return Err(Answer { status: 413, ..errors::invalid(message, None) });
        }
        let Ok(content) = std::str::from_utf8(file.content) else { return refuse("The file is no text.") };
        let id = books.depot.name(self.scenario.seed, "file");
        let file = File {
            organisation: organisation.to_owned(),
            name: file.file_name.clone(),
            purpose: "batch",
            created: self.created(),
            content: content.to_owned(),
        };
        let answer = ok(&file.as_json(&id));
        books.depot.files.insert(id, file);
        answer
    }

    fn submit(
        &self,
        books: &mut Books,
        (organisation, now): (&str, Duration),
        request: &Request,
    ) -> Answered {
        let fields: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("endpoint") != "/v1/chat/completions" {
            return refuse("'endpoint' : value must be one of [/v1/chat/completions]");
        }
        let Some(window) = window(text("completion_window")) else {
            return refuse("'completion_window' : value must be between 24h and 7d");
        };
        let id = text("input_file_id");
        let file = books.depot.files.get(id).filter(|file| file.organisation == organisation);
        let content = file.ok_or_else(|| missing("File", id))?.content.clone();
        let number = books.depot.parcels.len() as u64 + 1;
        let economy = &self.scenario.economy;
        let struck = |wanted: fn(EconomyEffect) -> Option<usize>| {
            let mut own = economy.faults.iter().filter(|fault| fault.strikes(number));
            own.find_map(|fault| wanted(fault.effect))
        };
        let is_bad = struck(|effect| (effect == EconomyEffect::Invalid).then_some(0)).is_some();
        let expires =
            struck(|effect| if let EconomyEffect::Expires(lines) = effect { Some(lines) } else { None });
        let (mut lines, invalid) = match read(&content, economy.most_lines) {
            Ok(_) if is_bad => (Vec::new(), vec!["The line is no request.".to_owned()]),
            Ok(lines) => (lines, Vec::new()),
            Err(invalid) => (Vec::new(), invalid),
        };
        // Never in the order in which they came.
        lines.sort_by_cached_key(|line| ids::PromptHash::of([("line", line.as_str())].into_iter()).number());
        let at_speed = |millis: u64| Duration::from_millis(millis).div_f64(self.scenario.speed);
        let parcel = Parcel {
            id: books.depot.name(self.scenario.seed, "batch"),
            organisation: organisation.to_owned(),
            number,
            file: id.to_owned(),
            window: text("completion_window").to_owned(),
            metadata: fields.get("metadata").cloned().unwrap_or_default(),
            created: i64::try_from(self.unix().as_secs()).unwrap_or(0),
            begun: now,
            pace: Pace {
                validating: at_speed(economy.validating_ms),
                line: at_speed(economy.line_ms),
                finalizing: at_speed(economy.finalizing_ms),
                window: window.div_f64(self.scenario.speed),
                expires,
            },
            lines,
            invalid,
            cancelled: None,
            done: 0,
            output: Vec::new(),
            errors: Vec::new(),
            output_file: None,
            error_file: None,
            is_delivered: false,
        };
        let answer = ok(&parcel.as_json(now));
        books.depot.parcels.push(parcel);
        answer
    }
}

/// From a day to a week.
fn window(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let hours = match unit {
        "h" => number.parse::<u64>().ok()?,
        "d" => number.parse::<u64>().ok()?.checked_mul(24)?,
        _ => return None,
    };
    (24..=168).contains(&hours).then(|| Duration::from_hours(hours))
}

/// A part of a form.
struct Part<'a> {
    name: String,
    file_name: String,
    content: &'a [u8],
}

/// The parts of a form that is sent as `multipart/form-data`; none of what is no such form.
fn parts<'a>(content_type: &str, body: &'a [u8]) -> Vec<Part<'a>> {
    let Some((_, boundary)) = content_type.split_once("boundary=") else { return Vec::new() };
    let boundary = format!("--{}", boundary.trim().trim_matches('"'));
    let (mut parts, mut rest) = (Vec::new(), body);
    while let Some(start) = find(rest, boundary.as_bytes()) {
        rest = rest.get(start + boundary.len()..).unwrap_or_default();
        let Some(end) = find(rest, format!("\r\n{boundary}").as_bytes()) else { break };
        let part = rest.get(..end).unwrap_or_default();
        let Some(head) = find(part, b"\r\n\r\n") else { continue };
        let names = String::from_utf8_lossy(part.get(..head).unwrap_or_default()).into_owned();
        let quoted = |key: &str| {
            let (_, after) = names.split_once(&format!("; {key}=\""))?;
            after.split_once('"').map(|(value, _)| value.to_owned())
        };
        parts.push(Part {
            name: quoted("name").unwrap_or_default(),
            file_name: quoted("filename").unwrap_or_default(),
            content: part.get(head + 4..).unwrap_or_default(),
        });
    }
    parts
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
