//! Admission: whether a request may be sent now, so that the provider does not refuse it.
//!
//! One gate a model. It knows no clock, no task and no network: what the headers of answers and the bodies of refusals
//! tell goes in, and it says "go", "not before this instant" or "never". Limits are learned, never configured. Budgets
//! are not its business: the store guards them.

mod health;
mod learn;
mod log;
mod meter;

use std::{collections::BTreeMap, time::Duration};

pub use learn::first_cap;

use self::{
    health::Health,
    learn::{Cushion, Evidence, Outputs, Ratio, floor, whole},
    log::{End, Entry, Mode, has_output, number},
    meter::{GUARD, Meter, View},
};
use crate::{
    domain::Usage,
    engine::retry::Chance,
    llm::port::{Dimension, LimitHeaders, Limited},
};

/// Time since the engine began.
pub type Moment = Duration;

/// What is added to a wait that the provider states.
const BEHIND: Duration = Duration::from_millis(20);
/// The wait for a limit that is not told.
const UNTOLD: Duration = Duration::from_secs(2);
/// For so long after a cooldown requests are sent apart from one another, and so far: 200 a second, more than any tier's
/// limits let through, and never more than two or three at the same instant.
const AFTER: Duration = Duration::from_millis(250);
const APART: Duration = Duration::from_millis(5);
/// The shortest wait: shorter than that no timer is.
const LEAST: Duration = Duration::from_millis(1);
/// The share of a limit that is left alone while nothing is known about how many tokens a prompt has.
const UNSURE: f64 = 0.3;
/// The longest time that a request is taken to be on its way.
const TRANSIT: Duration = Duration::from_millis(500);
/// Ended requests are forgotten after this time, if no observation made them unimportant before.
const MEMORY: Duration = Duration::from_mins(2);
/// The most times that the pause after a refusal for want of capacity doubles: from a second to about four minutes.
const CROWDED: u32 = 9;
/// A wait for a daily limit that is longer than this pauses the batch.
const DAILY: Duration = Duration::from_mins(1);

/// A request that wants to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Prompt tokens, estimated.
    pub prompt: u64,
    /// Tokens of the text that is to be rewritten, estimated.
    pub source: u64,
    /// How often a reply was cut off.
    pub raised: u32,
}

impl Want {
    /// About what it takes.
    pub const fn tokens(&self) -> u64 {
        self.prompt + self.source
    }
}

/// What a wait is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The first answer, which tells the limits.
    Start,
    /// Streams: as many are in flight as may be.
    Streams,
    /// Tokens.
    Tokens,
    /// Requests.
    Requests,
    /// A daily limit, until then.
    Daily(Moment),
    /// The provider has trouble.
    Trouble,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Now, with this output cap.
    Go {
        /// Names the request to the gate.
        ticket: u64,
        /// The output cap in tokens.
        cap: u64,
    },
    /// Not now: ask again at this instant, or, if it is `None`, when something has happened.
    Wait(Option<Moment>, Why),
    /// Never: it is larger than the limit will ever be.
    Never,
}

/// What an admitted request takes of a limit of a minute, for other workers to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which limit.
    pub dimension: Dimension,
    /// The limit.
    pub minute: u64,
    /// What is left as far as this gate knows, without this request.
    pub level: u64,
    /// What the request takes at the most.
    pub amount: u64,
    /// What is to be left alone.
    pub spare: u64,
}

/// How a request ended, as far as the gate is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A complete answer.
    Done(Usage),
    /// It broke off, was cut off or was refused after it had been admitted.
    Lost,
    /// The provider could not answer, or broke off.
    Trouble,
    /// The provider was not reached.
    Unreached,
    /// 429.
    Limited(Limited),
    /// 413.
    TooLarge(Limited),
    /// 498: the tier has no capacity.
    NoCapacity,
    /// Key, account or model are refused.
    Stopped,
}

/// The gate of one model.
#[derive(Debug)]
pub struct Gate {
    next: u64,
    log: Vec<Entry>,
    meters: BTreeMap<Dimension, Meter>,
    /// Until when nothing is sent because of a refusal; `None` stands for a limit that was not named.
    blocks: BTreeMap<Option<Dimension>, Moment>,
    /// How many cooldowns have begun.
    epoch: u64,
    /// Until when requests are sent apart, and when the last one was.
    spread: (Moment, Moment),
    ratio: Ratio,
    outputs: Outputs,
    evidence: Evidence,
    cushion: Cushion,
    health: Health,
    transit: Option<Duration>,
    /// Refusals for want of capacity in a row, and until when nothing is tried because of them.
    crowded: (u32, Moment),
}

impl Gate {
    /// Returns a gate that lets one request through, whose answer tells the limits; then at most `streams` at a time.
    pub fn new(streams: u32) -> Self {
        Self {
            next: 1,
            log: Vec::new(),
            meters: BTreeMap::new(),
            blocks: BTreeMap::new(),
            epoch: 0,
            spread: (Duration::ZERO, Duration::ZERO),
            ratio: Ratio::default(),
            outputs: Outputs::default(),
            evidence: Evidence::default(),
            cushion: Cushion::default(),
            health: Health::new(streams),
            transit: None,
            crowded: (0, Duration::ZERO),
        }
    }

    /// Whether a request may be sent now. After [`Verdict::Go`] it counts as sent, until [`Self::withdraw`].
    pub fn ask(&mut self, now: Moment, want: &Want) -> Verdict {
        self.cushion.relax(now);
        self.forget(now);
        if self.crowded.1 > now {
            return Verdict::Wait(Some(self.crowded.1), Why::Trouble);
        }
        let running = self.log.iter().filter(|entry| entry.end.is_none()).count();
        if let Err(until) = self.health.allows(now, u32::try_from(running).unwrap_or(u32::MAX)) {
            return Verdict::Wait(until, self.why_unhealthy());
        }
        let high = self.ratio.high(want.prompt);
        let Some(cap) = self.cap(want, high) else { return Verdict::Never };
        let ticket = self.next;
        let entry = Entry {
            ticket,
            arrival: None,
            estimate: want.prompt,
            prompt: high,
            cap,
            seen: None,
            source: want.source,
            epoch: self.epoch,
            end: None,
        };
        if let Some((until, dimension)) = self.wait(now, &entry) {
            return Verdict::Wait(Some(until), why(dimension, now, until));
        }
        let next = self.spread.1 + APART;
        if now < self.spread.0 && now < next {
            return Verdict::Wait(Some(next), Why::Requests);
        }
        self.spread.1 = now;
        self.next += 1;
        self.log.push(Entry { prompt: self.ratio.apply(want.prompt), ..entry });
        self.health.sent(ticket);
        Verdict::Go { ticket, cap }
    }

    /// It was not sent after all.
    pub fn withdraw(&mut self, ticket: u64) {
        self.remove(ticket);
        self.health.gone(ticket);
    }

    /// It is on its way since `at`.
    pub fn sent(&mut self, at: Moment, ticket: u64) {
        if let Some(entry) = self.entry(ticket) {
            entry.arrival = Some(at);
        }
    }

    /// The head of its answer came.
    pub fn head(&mut self, now: Moment, ticket: u64, limits: LimitHeaders) {
        self.health.answered(ticket);
        let Some(entry) = self.entry(ticket) else { return };
        entry.seen = limits.remaining_tokens;
        let entry = *entry;
        let Some(arrival) = entry.arrival else { return };
        let way = now.saturating_sub(arrival).min(TRANSIT);
        self.transit = Some(self.transit.map_or(way, |known| known.min(way)));
        if let (Some(limit), Some(left)) = (limits.limit_tokens, limits.remaining_tokens) {
            self.learn_from_level(now, &entry, (limit, left));
            self.observe((Dimension::Tpm, limit), arrival, left, Some(ticket));
        }
        if let (Some(limit), Some(left)) = (limits.limit_requests, limits.remaining_requests) {
            self.observe((Dimension::Rpd, limit), arrival, left, Some(ticket));
        }
    }

    /// It ended.
    pub fn ended(&mut self, now: Moment, ticket: u64, outcome: Outcome, chance: Chance) {
        match outcome {
            Outcome::Done(usage) => self.done(now, ticket, usage),
            Outcome::Lost => {
                self.health.gone(ticket);
                self.finish(ticket, End { at: now, completion: None, cached: 0 });
            }
            Outcome::Trouble => {
                self.health.failure(now, ticket, chance);
                self.finish(ticket, End { at: now, completion: None, cached: 0 });
            }
            Outcome::Unreached => {
                self.health.failure(now, ticket, chance);
                self.remove(ticket);
            }
            Outcome::Limited(limited) => self.limited(now, ticket, &limited),
            Outcome::TooLarge(limited) => self.too_large(now, ticket, &limited),
            Outcome::NoCapacity => self.no_capacity(now, ticket, chance),
            Outcome::Stopped => {
                self.remove(ticket);
                self.health.restart();
            }
        }
    }

    /// The tokens a minute that the provider allows, once it has told.
    pub fn tokens_a_minute(&self) -> Option<u64> {
        self.meters.get(&Dimension::Tpm).map(|meter| meter.limit)
    }

    /// What an admitted request takes of the limits of a minute.
    pub fn shares(&self, now: Moment, ticket: u64) -> Vec<Share> {
        let Some(entry) = self.log.iter().find(|entry| entry.ticket == ticket) else { return Vec::new() };
        let view = self.view();
        let of_a_minute = |meter: &&Meter| matches!(meter.dimension, Dimension::Rpm | Dimension::Tpm);
        let share = |meter: &Meter| {
            let output = match view.mode {
                Mode::PromptOnly if has_output(meter.dimension) => view.expected,
                Mode::PromptOnly | Mode::WithCap => 0,
            };
            let amount = entry.charge(meter.dimension, view.mode) + output;
            let level = whole(meter.replay(now, &view));
            let spare = whole(number(meter.limit) * self.share(meter.dimension));
            Share { dimension: meter.dimension, minute: meter.limit, level, amount, spare }
        };
        self.meters.values().filter(of_a_minute).map(share).collect()
    }

    /// Other workers have what is left: nothing is sent until then.
    pub fn hold_back(&mut self, until: Moment) {
        let block = self.blocks.entry(Some(Dimension::Tpm)).or_default();
        *block = (*block).max(until);
    }

    /// True prompt tokens for an estimated number.
    pub fn prompt_tokens(&self, estimate: u64) -> u64 {
        self.ratio.apply(estimate)
    }

    fn done(&mut self, now: Moment, ticket: u64, usage: Usage) {
        self.health.success(now, ticket);
        self.crowded.0 = 0;
        if let Some(entry) = self.entry(ticket) {
            let (estimate, source) = (entry.estimate, entry.source);
            entry.prompt = usage.prompt;
            self.ratio.learn(estimate, usage.prompt);
            self.outputs.learn(source, usage.completion);
            for entry in self.log.iter_mut().filter(|entry| entry.end.is_none()) {
                entry.prompt = self.ratio.apply(entry.estimate);
            }
        }
        self.finish(ticket, End { at: now, completion: Some(usage.completion), cached: usage.cached });
    }

    /// The output cap: what replies need, lowered to what the limits can ever admit. `None` if that is too little.
    fn cap(&self, want: &Want, prompt: u64) -> Option<u64> {
        let mut cap = self.outputs.cap(want.source, want.raised);
        let with_cap = self.evidence.possible().contains(&Mode::WithCap);
        for meter in self.meters.values() {
            let usable = whole(number(meter.limit) * (1.0 - self.cushion.share())).saturating_sub(1);
            let left = match meter.dimension {
                Dimension::Tpm | Dimension::Tpd if with_cap => usable.checked_sub(prompt)?,
                Dimension::Otpm if with_cap => usable,
                Dimension::Tpm | Dimension::Tpd | Dimension::Itpm if prompt > usable => return None,
                Dimension::Tpm
                | Dimension::Tpd
                | Dimension::Itpm
                | Dimension::Otpm
                | Dimension::Rpm
                | Dimension::Rpd => u64::MAX,
            };
            cap = cap.min(left);
        }
        (cap >= floor(want.source)).then_some(cap)
    }

    /// The instant before which the request would be refused, and the limit that is to blame.
    fn wait(&self, now: Moment, entry: &Entry) -> Option<(Moment, Dimension)> {
        let blocked = self.blocks.iter().filter(|(_, until)| **until > now);
        let blocked = blocked.map(|(dimension, until)| (*until, dimension.unwrap_or(Dimension::Rpm)));
        let empty = self.meters.values().filter_map(|meter| {
            let missing = self.evidence.possible().iter().map(|mode| self.missing(now, meter, entry, *mode));
            let missing = missing.fold(0.0, f64::max);
            (missing > 0.0)
                .then(|| (now + LEAST + seconds(missing / meter.rate().max(1e-9)), meter.dimension))
        });
        blocked.chain(empty).max_by_key(|(until, _)| *until)
    }

    /// What is missing for the request; negative if there is enough.
    fn missing(&self, now: Moment, meter: &Meter, entry: &Entry, mode: Mode) -> f64 {
        let view = View { mode, ..self.view() };
        let expected = match mode {
            Mode::PromptOnly if has_output(meter.dimension) => view.expected,
            Mode::PromptOnly | Mode::WithCap => 0,
        };
        let charge = number(entry.charge(meter.dimension, mode));
        let full = number(meter.limit);
        // Leaving something alone must not make a request impossible that fits.
        let need = full.mul_add(self.share(meter.dimension), charge + number(expected));
        need.min(full * 0.999).max(charge) - meter.level(now, &view)
    }

    /// The share of a limit that is left alone. Much of it before the first answer has told how wrong the estimate is:
    /// that costs no time, as the bucket is not full again before.
    fn share(&self, dimension: Dimension) -> f64 {
        match dimension {
            Dimension::Tpm | Dimension::Itpm | Dimension::Otpm if !self.ratio.is_known() => UNSURE,
            Dimension::Rpm | Dimension::Tpm | Dimension::Itpm | Dimension::Otpm => self.cushion.share(),
            // A percent of a day would be a quarter of an hour.
            Dimension::Rpd | Dimension::Tpd => 0.0005,
        }
    }

    fn why_unhealthy(&self) -> Why {
        if self.health.is_troubled() {
            Why::Trouble
        } else if self.meters.is_empty() && self.next <= 2 {
            Why::Start
        } else {
            Why::Streams
        }
    }

    fn view(&self) -> View<'_> {
        View {
            log: &self.log,
            mode: self.evidence.mode(),
            expected: self.outputs.expected(),
            transit: self.transit.unwrap_or(TRANSIT / 2),
        }
    }

    fn observe(&mut self, (dimension, limit): (Dimension, u64), at: Moment, left: u64, of: Option<u64>) {
        match self.meters.get_mut(&dimension) {
            Some(meter) => meter.observe(limit, at, left, of),
            None => drop(self.meters.insert(dimension, Meter::new(dimension, limit, at, left, of))),
        }
    }

    /// Compares what was reckoned with what is told: for the mode, and for the cushion.
    fn learn_from_level(&mut self, now: Moment, entry: &Entry, (limit, left): (u64, u64)) {
        let Some(arrival) = entry.arrival else { return };
        let is_near = |other: &&Entry| {
            other.ticket != entry.ticket && other.arrival.is_some_and(|at| at.abs_diff(arrival) <= GUARD)
        };
        // Of those that are near, nobody knows which came first.
        let near = self.log.iter().filter(is_near).map(|other| other.prompt + other.cap).sum::<u64>();
        let view = self.view();
        let reckoned = |mode| match self.meters.get(&Dimension::Tpm) {
            Some(meter) if arrival > meter.known_at() + GUARD && meter.limit == limit => {
                Some(meter.replay(arrival, &View { mode, ..view }))
            }
            Some(_) => None,
            None => Some(number(limit) - number(entry.charge(Dimension::Tpm, mode))),
        };
        let (Some(with_cap), Some(prompt_only)) = (reckoned(Mode::WithCap), reckoned(Mode::PromptOnly))
        else {
            return;
        };
        let (with_cap, prompt_only) = (number(left) - with_cap, number(left) - prompt_only);
        // An output may be charged before we see its end.
        let (own, unseen) = match view.mode {
            Mode::WithCap => (with_cap, 0),
            Mode::PromptOnly => (prompt_only, 2 * view.expected),
        };
        if own + number(unseen + near) < number(limit) * -0.01 && self.meters.contains_key(&Dimension::Tpm) {
            self.cushion.widen(now);
        }
        self.evidence.learn(with_cap, prompt_only, number(entry.cap).mul_add(0.2, number(near)));
    }

    /// One cooldown for all requests that were sent before it began.
    fn limited(&mut self, now: Moment, ticket: u64, limited: &Limited) {
        let entry = self.remove(ticket);
        self.cushion.widen(now);
        if let (Some(entry), Some(requested), Some(Dimension::Tpm | Dimension::Tpd)) =
            (entry, limited.requested, limited.dimension)
        {
            self.evidence.told(requested, entry.prompt, entry.cap);
        }
        let wait = limited.wait.unwrap_or(UNTOLD) + BEHIND;
        let is_new = entry.is_none_or(|entry| entry.epoch == self.epoch);
        let block = self.blocks.entry(limited.dimension).or_default();
        if is_new || *block <= now {
            *block = now + wait;
            self.spread.0 = self.spread.0.max(*block + AFTER);
            self.epoch += u64::from(is_new);
        }
        if let (Some(dimension), Some(limit)) = (limited.dimension, limited.limit) {
            let at = entry.and_then(|entry| entry.arrival).unwrap_or(now);
            let left = limit.saturating_sub(limited.used.unwrap_or(limit));
            self.observe((dimension, limit), at, left, None);
            if self.health.allows(now, 0).is_err() {
                self.health.open();
            }
        }
        self.health.gone(ticket);
    }

    /// The tier is left alone for a while, longer each time.
    fn no_capacity(&mut self, now: Moment, ticket: u64, chance: Chance) {
        self.remove(ticket);
        self.health.gone(ticket);
        if self.crowded.1 <= now {
            let times = self.crowded.0 + 1;
            let pause = chance.base.saturating_mul(1 << times.min(CROWDED)).mul_f64(0.5 + chance.throw / 2.0);
            self.crowded = (times, now + pause);
        }
    }

    fn too_large(&mut self, now: Moment, ticket: u64, limited: &Limited) {
        let entry = self.remove(ticket);
        self.health.gone(ticket);
        if let (Some(entry), Some(requested), Some(Dimension::Tpm | Dimension::Tpd)) =
            (entry, limited.requested, limited.dimension)
        {
            self.evidence.told(requested, entry.prompt, entry.cap);
        }
        if let (Some(dimension), Some(limit)) = (limited.dimension, limited.limit) {
            let at = entry.and_then(|entry| entry.arrival).unwrap_or(now);
            match self.meters.get_mut(&dimension) {
                Some(meter) => meter.limit = limit,
                None => self.observe((dimension, limit), at, 0, None),
            }
        }
    }

    fn entry(&mut self, ticket: u64) -> Option<&mut Entry> {
        self.log.iter_mut().find(|entry| entry.ticket == ticket)
    }

    fn finish(&mut self, ticket: u64, end: End) {
        if let Some(entry) = self.entry(ticket) {
            // What was never sent is no charge.
            if entry.arrival.is_some() {
                entry.end = Some(end);
            } else {
                self.remove(ticket);
            }
        }
    }

    fn remove(&mut self, ticket: u64) -> Option<Entry> {
        let at = self.log.iter().position(|entry| entry.ticket == ticket)?;
        Some(self.log.remove(at))
    }

    /// Drops what no level depends on any more.
    fn forget(&mut self, now: Moment) {
        if self.log.len() < 64 {
            return;
        }
        let horizon = now.saturating_sub(MEMORY);
        let mode = self.evidence.mode();
        let view = View { log: &self.log, mode, expected: self.outputs.expected(), transit: TRANSIT };
        for meter in self.meters.values_mut().filter(|meter| meter.known_at() < horizon) {
            meter.fold(horizon, &view);
        }
        let needed = self.meters.values().map(Meter::known_at).min();
        let needed = needed.unwrap_or_else(|| now.saturating_sub(TRANSIT)).saturating_sub(GUARD + TRANSIT);
        self.log.retain(|entry| entry.end.is_none_or(|end| end.at >= needed));
    }
}

/// A number without its fraction, rounded up, never negative.
pub fn rounded(value: f64) -> u64 {
    whole(value)
}

fn why(dimension: Dimension, now: Moment, until: Moment) -> Why {
    match dimension {
        Dimension::Rpd | Dimension::Tpd if until > now + DAILY => Why::Daily(until),
        Dimension::Rpm | Dimension::Rpd => Why::Requests,
        Dimension::Tpm | Dimension::Tpd | Dimension::Itpm | Dimension::Otpm => Why::Tokens,
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX / 2)
}

#[cfg(test)]
mod tests;
