//! What goes wrong, as data: a fault has a trigger and an effect.
//!
//! Effects act in one of four places, and new ones find their place there: instead of an answer ([`Answer`]), at the
//! limiter ([`Effect::RateLimit`], [`Effect::Storm`]), on the way of the answer ([`Cut`]) and in its text
//! ([`ReplyFault`]). Whether a fault strikes by probability depends on the prompt and on how often it was tried, never
//! on the order in which requests arrive.

use std::time::Duration;

use serde::Deserialize;

use super::{ids, limiter::Dimension};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests it strikes.
    pub when: Trigger,
    /// What it does to them.
    pub effect: Effect,
    /// Strikes a prompt only in its first so many tries; `None` for all.
    pub first_tries: Option<u32>,
    /// Strikes at most so many requests; `None` for all.
    pub at_most: Option<u32>,
    /// Strikes these models only; empty for all.
    #[serde(default)]
    pub models: Vec<String>,
    /// Strikes only within this time; `None` at any.
    pub within: Option<Window>,
}

/// A time, counted from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The beginning, in milliseconds.
    pub from_ms: u64,
    /// The end, in milliseconds; not part of it.
    pub until_ms: u64,
}

impl Window {
    fn holds(self, now: Duration) -> bool {
        (self.from_ms..self.until_ms).contains(&u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Which requests a fault strikes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// All.
    Always,
    /// This share of them, from 0 to 1.
    Probability(f64),
    /// Those with these numbers; the first completion that is asked for has number 1.
    Nth(Vec<u64>),
    /// The one with this number and all later ones.
    From(u64),
    /// Every so many-th.
    Every(u64),
    /// Those whose prompt contains this text.
    Marker(String),
    /// Those that arrive within a time, counted from the start.
    Between(Window),
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Another answer is given; the request is not admitted and costs nothing.
    Answer(Answer),
    /// The limiter refuses with 429, as if this had been asked for too often.
    RateLimit {
        /// Which limit.
        dimension: Dimension,
        /// The wait that is told.
        wait_ms: u64,
    },
    /// From this request on, all are refused with 429 for a while.
    Storm {
        /// Which limit.
        dimension: Dimension,
        /// How long.
        for_ms: u64,
    },
    /// The limiter refuses with 429, and its header `retry-after` says something else than the body.
    OddWait {
        /// Which limit.
        dimension: Dimension,
        /// The wait that the body tells.
        wait_ms: u64,
        /// What the header says.
        retry_after: OddWait,
    },
    /// The answer is disturbed on its way.
    Cut(Cut),
    /// The answer has another form.
    Form(Form),
    /// The answer arrives, but its text is of no use.
    Reply(ReplyFault),
    /// The answer is right, but everything takes so many times as long.
    BrownOut(u32),
    /// From this request on the wall time (`date`, `created`) is so many seconds off; the answer is right.
    ClockJump(i64),
    /// From this request on prices are this percentage of those of the scenario; the answer is right.
    Prices(u32),
}

/// What `retry-after` says in the place of the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OddWait {
    /// There is none.
    Absent,
    /// Words.
    Garbage,
    /// 0.
    Zero,
    /// 3600.
    Hour,
    /// A date, as HTTP allows.
    Date,
}

/// Another form of a streamed answer. Some are harmless, and a client must read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Harmless: fields that nobody knows.
    UnknownFields,
    /// Harmless: an event whose content is `null`.
    NullContent,
    /// Harmless: an event without `choices`.
    NoChoices,
    /// Harmless: the finish event comes twice.
    DuplicateFinish,
    /// Harmless: the usage event comes twice.
    DuplicateUsage,
    /// Harmless: the first usage is wrong, the last is right.
    DifferingUsage,
    /// Harmless: comments (`: ping`) between the events.
    Comments,
    /// Harmless: lines end with CR and LF.
    Crlf,
    /// Harmless: a byte order mark before the first event.
    ByteOrderMark,
    /// An event of more than 1 MiB.
    HugeEvent,
    /// Events under another `content-type`.
    WrongType,
    /// Bytes that are said to be compressed.
    Gzip,
    /// Status 200 without a body.
    Empty,
    /// One JSON object in the place of events.
    Json,
}

/// An answer in the place of a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 401.
    Unauthorized,
    /// 403, an HTML page.
    Forbidden,
    /// 404 `model_not_found`.
    ModelNotFound,
    /// 400 `context_length_exceeded`.
    ContextLength,
    /// 498 `capacity_exceeded`.
    FlexCapacity,
    /// 500.
    Internal,
    /// 502, an HTML page.
    BadGateway,
    /// 503.
    OverCapacity,
    /// 400 `model_decommissioned`.
    ModelDecommissioned,
    /// 400 `model_terms_required`.
    TermsRequired,
    /// 400 `organization_restricted`.
    OrganisationRestricted,
    /// 400 `blocked_api_access`: the organisation's spend limit.
    BlockedApiAccess,
    /// 400 `json_validate_failed`.
    JsonValidateFailed,
    /// 400 `output_parse_failed`.
    OutputParseFailed,
    /// 400 `tool_use_failed`.
    ToolUseFailed,
    /// 413: larger than a limit will ever be, whatever the request says.
    TooLarge,
    /// 422.
    Unprocessable,
    /// 424.
    FailedDependency,
}

/// A disturbance on the way of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Where.
    pub at: Point,
    /// How.
    pub how: How,
}

/// A place in an answer. In one that is not streamed all places after the head mean the middle of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// Before its first byte.
    BeforeHead,
    /// After so many tokens, or after the last if there are fewer; reasoning counts.
    Tokens(u64),
    /// After so many tokens and half of the event of the next.
    Inside(u64),
    /// After so many tokens and the first of the two bytes of a letter.
    InsideLetter(u64),
    /// After the finish reason, before the usage that was asked for.
    AfterFinish,
    /// After the usage, before `[DONE]`.
    BeforeDone,
}

/// What happens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The body ends as a whole one does.
    End,
    /// The connection is closed in the middle of the body.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more comes, and the connection stays open.
    Stall,
    /// Nothing comes for so many milliseconds, then the rest.
    PauseMs(u64),
    /// From here on every byte takes so many milliseconds.
    DripMs(u64),
    /// `event: error`, then the end.
    ErrorEvent,
    /// An event that is nothing but an `error`, then the end.
    BareError,
    /// An event with an error in `x_groq`, then the end.
    ChunkError,
    /// An event that is no JSON, then the rest. Before the head: no HTTP either.
    Garbage,
}

/// What is wrong with a reply that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyFault {
    /// No text, finish reason "stop".
    EmptyStop,
    /// No text: the output cap was spent on reasoning.
    EmptyLength,
    /// Half of the text, finish reason "length".
    HalfLength,
    /// The text without the marks of its sections.
    NoMarks,
    /// The text inside a code block.
    CodeFence,
    /// A refusal to help.
    Refusal,
    /// Half of the text, finish reason `content_filter`.
    ContentFilter,
    /// The prompt's own sections, unchanged.
    Echo,
    /// Every section in another language.
    WrongLanguage,
    /// The text with an employer that the prompt does not know.
    Fabricated,
}

/// What a trigger looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// The request's number, from 1.
    pub number: u64,
    /// A number that stands for the prompt.
    pub prompt: u64,
    /// How often this prompt was tried before.
    pub tries: u32,
    pub model: &'a str,
    pub text: &'a str,
    pub now: Duration,
}

impl Cut {
    /// Returns the same cut in an answer of `tokens` tokens: what lies beyond the last is after it.
    pub(super) fn within(self, tokens: u64) -> Self {
        let at = match self.at {
            Point::Tokens(count) => Point::Tokens(count.min(tokens)),
            Point::Inside(count) | Point::InsideLetter(count) if count >= tokens => Point::Tokens(tokens),
            at @ (Point::Inside(_)
            | Point::InsideLetter(_)
            | Point::BeforeHead
            | Point::AfterFinish
            | Point::BeforeDone) => at,
        };
        Self { at, ..self }
    }
}

impl Effect {
    /// Whether an answer that it strikes is worse than others.
    pub(super) const fn spoils(self) -> bool {
        match self {
            Self::BrownOut(_) | Self::ClockJump(_) | Self::Prices(_) => false,
            Self::Form(form) => !form.is_harmless(),
            Self::Answer(_)
            | Self::RateLimit { .. }
            | Self::Storm { .. }
            | Self::OddWait { .. }
            | Self::Cut(_)
            | Self::Reply(_) => true,
        }
    }
}

impl Form {
    /// Whether a client must be able to read it.
    pub const fn is_harmless(self) -> bool {
        match self {
            Self::UnknownFields
            | Self::NullContent
            | Self::NoChoices
            | Self::DuplicateFinish
            | Self::DuplicateUsage
            | Self::DifferingUsage
            | Self::Comments
            | Self::Crlf
            | Self::ByteOrderMark => true,
            Self::HugeEvent | Self::WrongType | Self::Gzip | Self::Empty | Self::Json => false,
        }
    }
}

impl Fault {
    /// Returns a fault that strikes as often as its trigger says.
    pub const fn new(when: Trigger, effect: Effect) -> Self {
        Self { when, effect, first_tries: None, at_most: None, models: Vec::new(), within: None }
    }

    pub(super) fn is_sound(&self) -> bool {
        match &self.when {
            Trigger::Probability(share) => (0.0..=1.0).contains(share),
            Trigger::Nth(numbers) => !numbers.contains(&0),
            Trigger::Every(step) => *step > 0,
            Trigger::Between(window) => window.from_ms <= window.until_ms,
            Trigger::From(number) => *number > 0,
            Trigger::Always | Trigger::Marker(_) => true,
        }
    }

    fn strikes(&self, moment: &Moment<'_>, draw: impl FnOnce() -> f64) -> bool {
        if self.first_tries.is_some_and(|tries| moment.tries >= tries)
            || self.within.is_some_and(|window| !window.holds(moment.now))
            || !(self.models.is_empty() || self.models.iter().any(|model| model == moment.model))
        {
            return false;
        }
        match &self.when {
            Trigger::Always => true,
            Trigger::Probability(share) => draw() < *share,
            Trigger::Nth(numbers) => numbers.contains(&moment.number),
            Trigger::From(number) => moment.number >= *number,
            Trigger::Every(step) => moment.number.is_multiple_of(*step),
            Trigger::Marker(marker) => moment.text.contains(marker.as_str()),
            Trigger::Between(window) => window.holds(moment.now),
        }
    }
}

/// The faults of a scenario, and what has come of them so far.
#[derive(Debug)]
pub(super) struct Deck {
    seed: u64,
    faults: Vec<(Fault, u32)>,
    storm: Option<(Dimension, Duration)>,
}

impl Deck {
    pub(super) fn new(seed: u64, faults: &[Fault]) -> Self {
        Self { seed, faults: faults.iter().map(|fault| (fault.clone(), 0)).collect(), storm: None }
    }

    /// Returns what strikes this request; a storm under way comes first.
    pub(super) fn decide(&mut self, moment: &Moment<'_>) -> Option<Effect> {
        if let Some((dimension, until)) = self.storm {
            if moment.now < until {
                return Some(refusal(dimension, until.saturating_sub(moment.now)));
            }
            self.storm = None;
        }
        let seed = self.seed;
        let (fault, struck) = self.faults.iter_mut().zip(0u64..).find_map(|((fault, struck), place)| {
            let draw = || ids::share(&[seed, place, moment.prompt, u64::from(moment.tries)]);
            let left = fault.at_most.is_none_or(|most| *struck < most);
            (left && fault.strikes(moment, draw)).then_some((fault, struck))
        })?;
        *struck += 1;
        match fault.effect {
            Effect::Storm { dimension, for_ms } => {
                let length = Duration::from_millis(for_ms);
                self.storm = Some((dimension, moment.now + length));
                Some(refusal(dimension, length))
            }
            effect @ (Effect::Answer(_)
            | Effect::RateLimit { .. }
            | Effect::OddWait { .. }
            | Effect::Cut(_)
            | Effect::Form(_)
            | Effect::Reply(_)
            | Effect::BrownOut(_)
            | Effect::ClockJump(_)
            | Effect::Prices(_)) => Some(effect),
        }
    }
}

fn refusal(dimension: Dimension, wait: Duration) -> Effect {
    Effect::RateLimit { dimension, wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: Effect = Effect::Answer(Answer::Internal);

    fn moment(number: u64) -> Moment<'static> {
        Moment { number, prompt: number * 77, tries: 0, model: "m", text: "a prompt", now: Duration::ZERO }
    }

    fn struck(fault: Fault, moments: impl IntoIterator<Item = Moment<'static>>) -> Vec<u64> {
        let mut deck = Deck::new(1, &[fault]);
        moments
            .into_iter()
            .filter(|moment| deck.decide(moment).is_some())
            .map(|moment| moment.number)
            .collect()
    }

    #[test]
    fn triggers_choose_their_requests() {
        let all = || (1..=10).map(moment);
        for (when, numbers) in [
            (Trigger::Nth(vec![3, 7]), vec![3, 7]),
            (Trigger::Every(4), vec![4, 8]),
            (Trigger::From(8), vec![8, 9, 10]),
            (Trigger::Marker("no such".to_owned()), vec![]),
            (Trigger::Marker("prompt".to_owned()), (1..=10).collect()),
            (Trigger::Probability(0.0), vec![]),
            (Trigger::Probability(1.0), (1..=10).collect()),
        ] {
            assert_eq!(struck(Fault::new(when, BROKEN), all()), numbers);
        }
        let late = Fault::new(Trigger::Between(Window { from_ms: 10, until_ms: 20 }), BROKEN);
        let timed = [9, 10, 19, 20].map(|ms| Moment { now: Duration::from_millis(ms), ..moment(ms) });
        assert_eq!(struck(late, timed), [10, 19]);
    }

    #[test]
    fn a_fault_can_be_bounded() {
        let all = || (1..=10).map(moment);
        let bounded = Fault { at_most: Some(2), ..Fault::new(Trigger::Always, BROKEN) };
        assert_eq!(struck(bounded, all()), [1, 2]);
        let first = Fault { first_tries: Some(1), ..Fault::new(Trigger::Always, BROKEN) };
        assert_eq!(struck(first, [moment(1), Moment { tries: 1, ..moment(2) }]), [1]);
        let other = Fault { models: vec!["n".to_owned()], ..Fault::new(Trigger::Always, BROKEN) };
        assert!(struck(other, all()).is_empty());
        let window = Some(Window { from_ms: 5, until_ms: 6 });
        let timed = Fault { within: window, ..Fault::new(Trigger::Always, BROKEN) };
        let moments = (1..=3).map(|ms| Moment { now: Duration::from_millis(ms + 3), ..moment(ms) });
        assert_eq!(struck(timed, moments), [2]);
    }

    #[test]
    fn a_share_strikes_the_same_prompts_in_any_order() {
        let fault = || Fault::new(Trigger::Probability(0.2), BROKEN);
        let forward = struck(fault(), (1..=2_000).map(moment));
        let mut backward = struck(fault(), (1..=2_000).rev().map(moment));
        backward.reverse();
        assert_eq!(forward, backward);
        assert!((300..500).contains(&forward.len()), "{}", forward.len());
    }

    #[test]
    fn a_storm_refuses_everybody_until_it_is_over() {
        let storm = Effect::Storm { dimension: Dimension::Tpm, for_ms: 500 };
        let mut deck = Deck::new(1, &[Fault::new(Trigger::Nth(vec![2]), storm)]);
        let mut at = |number, ms| deck.decide(&Moment { now: Duration::from_millis(ms), ..moment(number) });
        let refused = |wait_ms| Some(Effect::RateLimit { dimension: Dimension::Tpm, wait_ms });
        assert_eq!(at(1, 0), None);
        assert_eq!(at(2, 10), refused(500));
        assert_eq!(at(3, 410), refused(100));
        assert_eq!(at(4, 510), None);
    }
}
