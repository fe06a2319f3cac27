//! The way of a request: its key, its form, faults, the limiter; then it is admitted or refused.
//!
//! Everything here happens in an instant and under short locks; what takes time is done by `stream` and `whole`.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use super::{
    cache::Prefixes,
    errors::{self, Answer},
    fault::{self, Effect, Moment, OddWait},
    headers::Levels,
    ids::{self, PromptHash},
    latency::{Load, Timing},
    ledger::{Admitted, Arrival, Delivery, Refused},
    limiter::{Demand, Dimension, Refusal, RefusalKind},
    organisation::Organisation,
    reply::{Assignment, Reply},
    request::ChatRequest,
    scenario::{ModelSpec, PromptCache as Caching},
    service::{AccountKey, Service},
    ticket::{Claim, Job, Ticket, times},
    wire::Identity,
};
use crate::domain::Money;

/// Flexible processing has ten times the limits.
const FLEX_FACTOR: f64 = 10.0;

/// A refusal, with what its head tells.
#[derive(Debug)]
pub(super) struct Refusing {
    pub answer: Answer,
    pub levels: Levels,
    pub request_id: String,
    pub number: u64,
}

/// A request on its way through.
struct Visit<'a> {
    number: u64,
    now: Duration,
    request_id: String,
    organisation: String,
    key: &'a str,
}

/// A request that is known to be well formed.
struct Visitor<'a> {
    visit: &'a Visit<'a>,
    request: ChatRequest,
    model: &'a ModelSpec,
    prompt: PromptHash,
    demand: Demand,
    prefixes: Prefixes,
}

/// What was decided about it under the lock.
struct Admission {
    levels: Levels,
    effect: Option<Effect>,
    seed: u64,
    cached: u64,
    timing: Timing,
    random: ChaCha8Rng,
}

/// Why a visitor was turned away.
enum Turned {
    Fault(fault::Answer),
    Limit(Refusal, Levels, Option<OddWait>),
}

impl Service {
    /// Takes a request for a completion: it is admitted, with all that is needed to answer it, or refused.
    pub(super) fn receive(self: &Arc<Self>, key: &str, body: &[u8]) -> Result<Job, Box<Refusing>> {
        let arrived = Instant::now();
        let visit = self.visit(key);
        let visitor = match self.inspect(&visit, body) {
            Ok(visitor) => visitor,
            Err(answer) => return Err(self.refuse(&visit, None, answer, Levels::default())),
        };
        match self.admit(&visitor) {
            Ok(admission) => Ok(self.job(visitor, admission, arrived)),
            Err(turned) => Err(self.turn_away(&visitor, &turned)),
        }
    }

    fn visit<'a>(&self, key: &'a str) -> Visit<'a> {
        let number = {
            let mut books = self.books();
            books.requests += 1;
            books.requests
        };
        Visit {
            number,
            now: self.now(),
            request_id: ids::request(self.scenario.seed, number, self.unix()),
            organisation: ids::organisation(key),
            key,
        }
    }

    fn inspect<'a>(&'a self, visit: &'a Visit<'a>, body: &[u8]) -> Result<Visitor<'a>, Answer> {
        if !self.accepts(visit.key) {
            return Err(errors::unauthorised());
        }
        let request = ChatRequest::parse(body)?;
        request.check_form(self.scenario.structured_stream)?;
        let model =
            self.scenario.model(&request.model).ok_or_else(|| errors::model_not_found(&request.model))?;
        let prompt_tokens = request.prompt_tokens(&self.scenario);
        request.check(model, prompt_tokens)?;
        let cap = request.cap.unwrap_or(self.scenario.default_output_cap).min(model.max_completion_tokens);
        let texts = request.messages.iter().map(|message| message.content.as_str());
        let prefixes = match self.scenario.prompt_cache {
            Caching::On => Prefixes::of(&visit.organisation, &model.id, texts),
            Caching::Off => Prefixes::default(),
        };
        let (prompt, demand) = (request.hash(), Demand { prompt: prompt_tokens, cap });
        Ok(Visitor { visit, request, model, prompt, demand, prefixes })
    }

    /// Faults first, then the limiter. All under one lock, so that the levels are those of this admission.
    fn admit(&self, visitor: &Visitor<'_>) -> Result<Admission, Turned> {
        let (visit, now) = (visitor.visit, visitor.visit.now);
        let mut guard = self.books();
        let books = &mut *guard;
        books.ledger.arrive(&visitor.arrival());
        let tries = books.tries.entry(visitor.prompt).or_default();
        let moment = Moment {
            number: visit.number,
            prompt: visitor.prompt.number(),
            tries: tries.all,
            model: &visitor.model.id,
            text: visitor.request.prompt(),
            now,
        };
        let effect = books.deck.decide(&moment);
        let account = books.accounts.entry(visitor.account()).or_insert_with(|| self.account(visitor));
        match effect {
            Some(Effect::Answer(answer)) => {
                tries.all += 1;
                return Err(Turned::Fault(answer));
            }
            Some(Effect::RateLimit { dimension, wait_ms } | Effect::Storm { dimension, for_ms: wait_ms }) => {
                tries.all += 1;
                let refusal = self.made_up_refusal(visitor, dimension, Duration::from_millis(wait_ms));
                return Err(Turned::Limit(refusal, levels(account, now), None));
            }
            Some(Effect::OddWait { dimension, wait_ms, retry_after }) => {
                tries.all += 1;
                let refusal = self.made_up_refusal(visitor, dimension, Duration::from_millis(wait_ms));
                return Err(Turned::Limit(refusal, levels(account, now), Some(retry_after)));
            }
            Some(Effect::ClockJump(seconds)) => self.jump.store(seconds, Ordering::Relaxed),
            Some(Effect::Prices(percent)) => self.percent.store(percent, Ordering::Relaxed),
            Some(Effect::Cut(_) | Effect::Form(_) | Effect::Reply(_) | Effect::BrownOut(_)) | None => {}
        }
        if let Err(refusal) = account.admit(now, visitor.demand) {
            return Err(Turned::Limit(refusal, levels(account, now), None));
        }
        let levels = levels(account, now);
        let seed = ids::mix(&[self.scenario.seed, visitor.prompt.number(), u64::from(tries.admitted)]);
        (tries.all, tries.admitted) = (tries.all + 1, tries.admitted + 1);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let cached = books.cache.known(&visitor.prefixes, now).min(visitor.demand.prompt);
        let mut timing = self.timing(visitor, cached, &mut random);
        if let Some(Effect::BrownOut(factor)) = effect {
            timing = timing.times(factor);
        }
        books.cache.remember(&visitor.prefixes, now, now + timing.queue + timing.prompt);
        Ok(Admission { levels, effect, seed, cached, timing, random })
    }

    fn account(&self, visitor: &Visitor<'_>) -> Organisation {
        let limits = self.scenario.limits_of(visitor.model);
        let factor = if visitor.request.tier == "flex" { FLEX_FACTOR } else { 1.0 };
        let limits = limits.times(factor);
        let organisation = Organisation::new(&limits, self.scenario.reserve_mode);
        let organisation = match self.scenario.foreign {
            Some(foreign) => organisation.shared(&limits, foreign, self.scenario.seed),
            None => organisation,
        };
        if visitor.model.limits.is_some() {
            return organisation;
        }
        let changes = self.scenario.limit_changes.iter().map(|change| {
            let limits = change.limits.times(self.scenario.speed * factor);
            (Duration::from_millis(change.at_ms), limits)
        });
        organisation.changing(changes.collect())
    }

    fn timing(&self, visitor: &Visitor<'_>, cached_tokens: u64, random: &mut ChaCha8Rng) -> Timing {
        let load = Load {
            prompt_tokens: visitor.demand.prompt,
            cached_tokens,
            tokens_per_second: visitor.model.tokens_per_second,
            speed: self.scenario.speed,
            now: visitor.visit.now,
        };
        self.scenario.latency.draw(random, &load)
    }

    /// A refusal whose numbers obey the law, though the bucket may be full.
    fn made_up_refusal(&self, visitor: &Visitor<'_>, dimension: Dimension, wait: Duration) -> Refusal {
        let mut limits = self.scenario.limits_of(visitor.model).all();
        let limit = limits.find(|(limited, _)| *limited == dimension).map_or(8_000, |(_, limit)| limit);
        let requested = match dimension {
            Dimension::Rpm | Dimension::Rpd => 1,
            Dimension::Tpm | Dimension::Tpd | Dimension::Itpm => visitor.demand.prompt,
            Dimension::Otpm => visitor.demand.cap,
        };
        let beyond = wait.as_nanos() * u128::from(limit) / dimension.period().as_nanos();
        let used = limit.saturating_add(u64::try_from(beyond).unwrap_or(u64::MAX)).saturating_sub(requested);
        Refusal { kind: RefusalKind::Reached, dimension, limit, used, requested, wait }
    }

    fn canned(&self, visitor: &Visitor<'_>, answer: fault::Answer) -> Answer {
        match answer {
            fault::Answer::TooLarge => self.too_large(visitor),
            answer => canned(answer, &visitor.model.id),
        }
    }

    /// 413 with a limit just below what is asked for; the ledger watches that it does not come back unchanged.
    fn too_large(&self, visitor: &Visitor<'_>) -> Answer {
        let requested = visitor.demand.prompt + visitor.demand.cap;
        let (kind, dimension, limit) = (RefusalKind::TooLarge, Dimension::Tpm, requested - 1);
        let wait = Duration::from_secs(64);
        let refusal = Refusal { kind, dimension, limit, used: 0, requested, wait };
        self.books().ledger.warn(&visitor.arrival(), &refusal);
        errors::rate_limit(&refusal, &visitor.model.id, &visitor.visit.organisation, visitor.request.tier)
    }

    fn turn_away(&self, visitor: &Visitor<'_>, turned: &Turned) -> Box<Refusing> {
        let (visit, model) = (visitor.visit, visitor.model.id.as_str());
        match turned {
            Turned::Fault(kind) => {
                let answer = self.canned(visitor, *kind);
                self.refuse(visit, Some((visitor, None)), answer, Levels::default())
            }
            Turned::Limit(refusal, levels, odd) => {
                self.books().ledger.warn(&visitor.arrival(), refusal);
                let answer = errors::rate_limit(refusal, model, &visit.organisation, visitor.request.tier);
                let answer = oddly(answer, *odd);
                let levels = levels.after_refusal(refusal.dimension);
                self.refuse(visit, Some((visitor, Some(refusal))), answer, levels)
            }
        }
    }

    fn refuse(
        &self,
        visit: &Visit<'_>,
        known: Option<(&Visitor<'_>, Option<&Refusal>)>,
        answer: Answer,
        levels: Levels,
    ) -> Box<Refusing> {
        let refusal = known.and_then(|(_, refusal)| refusal);
        let waits = refusal.filter(|refusal| refusal.kind == RefusalKind::Reached);
        self.books().ledger.refuse(Refused {
            number: visit.number,
            request_id: visit.request_id.clone(),
            organisation: visit.organisation.clone(),
            prompt: known.map(|(visitor, _)| visitor.prompt),
            at: visit.now,
            status: answer.status,
            code: answer.code,
            dimension: refusal.map(|refusal| refusal.dimension),
            retry_after: answer.retry_after,
            wait: waits.map(|refusal| refusal.wait),
        });
        Box::new(Refusing { answer, levels, request_id: visit.request_id.clone(), number: visit.number })
    }

    fn job(self: &Arc<Self>, visitor: Visitor<'_>, admission: Admission, arrived: Instant) -> Job {
        let Admission { levels, effect, seed, cached, timing, mut random } = admission;
        let (cut, form, spoilt) = match effect {
            Some(Effect::Cut(cut)) => (Some(cut), None, None),
            Some(Effect::Form(form)) => (None, Some(form), None),
            Some(Effect::Reply(fault)) => (None, None, Some(fault)),
            Some(
                Effect::Answer(_)
                | Effect::RateLimit { .. }
                | Effect::Storm { .. }
                | Effect::OddWait { .. }
                | Effect::BrownOut(_)
                | Effect::ClockJump(_)
                | Effect::Prices(_),
            )
            | None => (None, None, None),
        };
        let assignment = Assignment {
            prompt: visitor.request.prompt(),
            seed,
            reasoning: visitor.model.reasoning,
            effort: visitor.request.effort,
            cap: visitor.demand.cap,
            fault: spoilt,
            form: visitor.request.form,
        };
        let reply = Reply::write(&assignment, &mut random);
        let row = visitor.row(&reply, cached, timing, effect);
        let place = self.books().ledger.admit(row);
        let number = visitor.visit.number;
        let identity = Identity {
            completion: ids::completion(self.scenario.seed, number),
            request: visitor.visit.request_id.clone(),
            model: visitor.model.id.clone(),
            fingerprint: ids::fingerprint(&visitor.model.id),
            seed: visitor.request.seed.unwrap_or(seed >> 33),
            tier: visitor.request.tier,
        };
        let price = self.price(&visitor.model.id);
        let (account, demand, total) = (visitor.account(), visitor.demand, reply.tokens());
        let ticket = Ticket::new(Arc::clone(self), Claim { place, account, demand, cached, price, total });
        let Visitor { request, .. } = visitor;
        Job {
            ticket,
            identity,
            levels,
            number,
            reply,
            timing,
            delivery: request.delivery,
            thoughts: request.thoughts,
            cut: cut.map(|cut| cut.within(total)),
            form,
            arrived,
            random,
        }
    }
}

impl Visitor<'_> {
    fn account(&self) -> AccountKey {
        (self.visit.organisation.clone(), self.model.id.clone(), self.request.tier)
    }

    fn arrival(&self) -> Arrival<'_> {
        Arrival {
            number: self.visit.number,
            organisation: &self.visit.organisation,
            model: &self.model.id,
            prompt: self.prompt,
            output_cap: self.demand.cap,
            at: self.visit.now,
        }
    }

    fn row(&self, reply: &Reply, cached_tokens: u64, timing: Timing, effect: Option<Effect>) -> Admitted {
        Admitted {
            number: self.visit.number,
            request_id: self.visit.request_id.clone(),
            organisation: self.visit.organisation.clone(),
            model: self.model.id.clone(),
            prompt: self.prompt,
            arrived: self.visit.now,
            ended: None,
            planned: timing.queue + timing.prompt + times(timing.token, reply.tokens()),
            delivery: Delivery::Running,
            prompt_tokens: self.demand.prompt,
            cached_tokens,
            output_cap: self.demand.cap,
            completion_tokens: 0,
            reasoning_tokens: reply.reasoning_tokens,
            finish_reason: reply.finish,
            billed: Money::ZERO,
            faulty: effect.is_some_and(Effect::spoils),
            economy: false,
        }
    }
}

/// The answer of a fault. Beyond every limit, without one, is beyond the context.
pub(super) fn canned(answer: fault::Answer, model: &str) -> Answer {
    use fault::Answer as Kind;
    match answer {
        Kind::Unauthorized => errors::unauthorised(),
        Kind::Forbidden => errors::forbidden(),
        Kind::ModelNotFound => errors::model_not_found(model),
        Kind::ContextLength | Kind::TooLarge => errors::context_length(),
        Kind::FlexCapacity => errors::flex_capacity(),
        Kind::Internal => errors::internal(),
        Kind::BadGateway => errors::bad_gateway(),
        Kind::OverCapacity => errors::over_capacity(model),
        Kind::ModelDecommissioned => errors::restricted("model_decommissioned", model),
        Kind::TermsRequired => errors::restricted("model_terms_required", model),
        Kind::OrganisationRestricted => errors::restricted("organization_restricted", model),
        Kind::BlockedApiAccess => errors::restricted("blocked_api_access", model),
        Kind::JsonValidateFailed => errors::unusable("json_validate_failed"),
        Kind::OutputParseFailed => errors::unusable("output_parse_failed"),
        Kind::ToolUseFailed => errors::unusable("tool_use_failed"),
        Kind::Unprocessable => errors::unprocessable(422),
        Kind::FailedDependency => errors::unprocessable(424),
    }
}

fn levels(account: &mut Organisation, now: Duration) -> Levels {
    Levels { requests: account.level(now, Dimension::Rpd), tokens: account.level(now, Dimension::Tpm) }
}

/// The refusal with another header than the wait.
fn oddly(answer: Answer, odd: Option<OddWait>) -> Answer {
    match odd {
        None => answer,
        Some(OddWait::Absent) => Answer { retry_after: None, ..answer },
        Some(OddWait::Garbage) => Answer { retry_text: Some("in a while"), ..answer },
        Some(OddWait::Zero) => Answer { retry_after: Some(0), ..answer },
        Some(OddWait::Hour) => Answer { retry_after: Some(3_600), ..answer },
        Some(OddWait::Date) => Answer { retry_text: Some("Wed, 21 Oct 2026 07:28:00 GMT"), ..answer },
    }
}
