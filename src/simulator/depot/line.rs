//! One request of a parcel: carried out as any other, but past the limiter and at its own price.

use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::super::{
    errors::{self, Answer},
    fault::{Effect, Moment},
    ids,
    ledger::{Admitted, Delivery},
    reception::canned,
    reply::{Assignment, Reply},
    request::ChatRequest,
    scenario::ModelSpec,
    service::{Books, Service},
    wire::{self, CompletionDetails, Ending, Identity, Seconds, Usage},
};
use crate::domain::Money;

/// A line of the results, and whether it belongs to those that succeeded.
pub(super) struct Answered {
    pub name: String,
    pub line: String,
    pub is_done: bool,
}

/// What a request is known by.
struct Known<'a> {
    organisation: &'a str,
    name: String,
    request_id: String,
    number: u64,
    now: Duration,
}

impl Known<'_> {
    fn result(&self, seed: u64, status: u16, body: &Value) -> Answered {
        let line = json!({
            "id": ids::named("batch_req", seed, self.number),
            "custom_id": self.name,
            "response": {"status_code": status, "request_id": self.request_id, "body": body},
            "error": null,
        });
        Answered { name: self.name.clone(), line: line.to_string(), is_done: status == 200 }
    }

    fn refused(&self, seed: u64, answer: &Answer) -> Answered {
        let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| Value::String(answer.body.clone()));
        self.result(seed, answer.status, &body)
    }
}

impl Service {
    /// Carries out one request; enters it in the ledger if it was one.
    pub(super) fn carry_out(
        &self,
        books: &mut Books,
        organisation: &str,
        line: &str,
        now: Duration,
    ) -> Answered {
        let read: Value = serde_json::from_str(line).unwrap_or_default();
        books.requests += 1;
        let seed = self.scenario.seed;
        let known = Known {
            organisation,
            name: read.get("custom_id").and_then(Value::as_str).unwrap_or_default().to_owned(),
            request_id: ids::request(seed, books.requests, self.unix()),
            number: books.requests,
            now,
        };
        let body = read.get("body").map(ToString::to_string).unwrap_or_default();
        match self.complete(books, &known, &body) {
            Ok(body) => known.result(seed, 200, &body),
            Err(answer) => known.refused(seed, &answer),
        }
    }

    fn complete(&self, books: &mut Books, known: &Known<'_>, body: &str) -> Result<Value, Answer> {
        let request = ChatRequest::parse(body.as_bytes())?;
        let model =
            self.scenario.model(&request.model).ok_or_else(|| errors::model_not_found(&request.model))?;
        let prompt_tokens = request.prompt_tokens(&self.scenario);
        request.check(model, prompt_tokens)?;
        let prompt = request.hash();
        let tries = books.tries.entry(prompt).or_default();
        let moment = Moment {
            number: known.number,
            prompt: prompt.number(),
            tries: tries.all,
            model: &model.id,
            text: request.prompt(),
            now: known.now,
        };
        tries.all += 1;
        let place = tries.admitted;
        let effect = books.deck.decide(&moment);
        let fault = match effect {
            Some(Effect::Answer(answer)) => return Err(canned(answer, &model.id)),
            Some(Effect::Reply(fault)) => Some(fault),
            // What disturbs a connection or a limit has no meaning in a file.
            Some(
                Effect::RateLimit { .. }
                | Effect::Storm { .. }
                | Effect::OddWait { .. }
                | Effect::Cut(_)
                | Effect::Form(_)
                | Effect::BrownOut(_)
                | Effect::ClockJump(_)
                | Effect::Prices(_),
            )
            | None => None,
        };
        tries.admitted += 1;
        let seed = ids::mix(&[self.scenario.seed, prompt.number(), u64::from(place)]);
        let cap = request.cap.unwrap_or(self.scenario.default_output_cap).min(model.max_completion_tokens);
        let assignment = Assignment {
            prompt: request.prompt(),
            seed,
            reasoning: model.reasoning,
            effort: request.effort,
            cap,
            fault,
            form: request.form,
        };
        let reply = Reply::write(&assignment, &mut ChaCha8Rng::seed_from_u64(seed));
        let row = Admitted {
            prompt,
            output_cap: cap,
            faulty: fault.is_some(),
            ..self.row(known, model, &reply, prompt_tokens)
        };
        books.ledger.deliver(row);
        Ok(self.body(known, model, &reply, (prompt_tokens, request.seed.unwrap_or(seed >> 33))))
    }

    /// At the price of a parcel; a cached prompt is no cheaper there.
    fn row(&self, known: &Known<'_>, model: &ModelSpec, reply: &Reply, prompt_tokens: u64) -> Admitted {
        let percent = u64::from(self.scenario.economy.price_percent);
        let whole = self.price(&model.id).cost(prompt_tokens, 0, reply.tokens());
        Admitted {
            number: known.number,
            request_id: known.request_id.clone(),
            organisation: known.organisation.to_owned(),
            model: model.id.clone(),
            prompt: ids::PromptHash::of(std::iter::empty()),
            arrived: known.now,
            ended: Some(known.now),
            planned: Duration::ZERO,
            delivery: Delivery::Complete,
            prompt_tokens,
            cached_tokens: 0,
            output_cap: 0,
            completion_tokens: reply.tokens(),
            reasoning_tokens: reply.reasoning_tokens,
            finish_reason: reply.finish,
            billed: Money::from_nanos((whole.nanos() * percent).div_ceil(100)),
            faulty: false,
            economy: true,
        }
    }

    fn body(&self, known: &Known<'_>, model: &ModelSpec, reply: &Reply, (prompt, seed): (u64, u64)) -> Value {
        let identity = Identity {
            completion: ids::completion(self.scenario.seed, known.number),
            request: known.request_id.clone(),
            model: model.id.clone(),
            fingerprint: ids::fingerprint(&model.id),
            seed,
            tier: "on_demand",
        };
        let (completion, reasoning_tokens) = (reply.tokens(), reply.reasoning_tokens);
        let zero = Seconds(Duration::ZERO);
        let usage = Usage {
            queue_time: zero,
            prompt_tokens: prompt,
            prompt_time: zero,
            completion_tokens: completion,
            completion_time: zero,
            total_tokens: prompt + completion,
            total_time: zero,
            prompt_tokens_details: None,
            completion_tokens_details: (reasoning_tokens > 0)
                .then_some(CompletionDetails { reasoning_tokens }),
        };
        let ending = Ending { finish_reason: reply.finish, usage: &usage, created: self.created() };
        let thoughts = (reasoning_tokens > 0).then_some(reply.reasoning.as_str());
        serde_json::from_str(&wire::whole(&identity, &reply.content, thoughts, &ending)).unwrap_or_default()
    }
}
