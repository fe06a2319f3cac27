//! What follows from the end of an attempt: a result, another try, or a failure. Pure: chance is an argument.

use std::time::Duration;

use crate::{
    domain::{Failure, FailureReason},
    llm::port::{CallError, Dimension, FailureClass, Finish, Limited},
};

/// Tries of a request that breaks off or that the provider cannot answer.
const TRANSIENT_TRIES: u32 = 6;
/// Tries of a request whose reply is of no use.
const CONTENT_TRIES: u32 = 2;
/// Refusals of a tier without capacity, each after a longer pause of the whole tier.
const CROWDED_TRIES: u32 = 12;
/// The bound of the first wait; it doubles with each try.
pub const BASE: Duration = Duration::from_millis(500);
/// The longest wait, in bounds of the first.
const CAP: u32 = 40;
/// What is added to a wait that the provider states.
const BEHIND: Duration = Duration::from_millis(20);
/// The wait for a limit that is not told.
const UNTOLD: Duration = Duration::from_secs(2);

/// What chance decides by: a number in 0..1, and the bound of a first wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// In 0..1.
    pub throw: f64,
    /// The bound of the first wait.
    pub base: Duration,
}

/// The failed tries of one rewrite under one lease. Those that met a limit do not count.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Broken off, or the provider could not answer.
    pub transient: u32,
    /// A reply came, but it was of no use.
    pub content: u32,
    /// Refused because of a limit, in a row.
    pub limited: u32,
    /// How often the output cap was raised.
    pub raised: u32,
    /// Refused as too large.
    pub large: u32,
    /// Refused for want of capacity.
    pub crowded: u32,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Try again after this time.
    Again(Duration),
    /// It failed.
    Fail(Failure),
    /// Nothing of this batch can be sent; holds what to do. The rewrite itself goes back to the queue.
    StopBatch(String),
}

/// What is wrong with a complete reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It was cut off at the output cap.
    Cut,
    /// There is no text.
    Empty,
    /// It does not map to the sections.
    Unmapped,
    /// The provider's filter cut it.
    Filtered,
}

impl Trouble {
    /// What the way it ended says, before the text is looked at.
    pub fn of(finish: Finish, text: &str) -> Option<Self> {
        match finish {
            Finish::Filtered => Some(Self::Filtered),
            // Cut off or not: a model that reasons may spend the whole cap on it.
            Finish::Stop | Finish::Other | Finish::Length if text.trim().is_empty() => Some(Self::Empty),
            Finish::Length => Some(Self::Cut),
            Finish::Stop | Finish::Other => None,
        }
    }
}

/// Decides after a request without a complete reply.
pub fn after_error(tries: &mut Tries, error: &CallError, chance: Chance) -> Next {
    let failed = |reason| Next::Fail(Failure { reason, detail: error.message.clone() });
    let transient = |tries: &mut Tries, reason| {
        tries.transient += 1;
        tries.limited = 0;
        if tries.transient >= TRANSIENT_TRIES {
            failed(reason)
        } else {
            Next::Again(backoff(tries.transient, chance))
        }
    };
    match &error.class {
        FailureClass::Limited(limited) => {
            tries.limited += 1;
            Next::Again(limit_wait(limited, tries.limited, chance))
        }
        FailureClass::StopBatch(what) => Next::StopBatch(what.clone()),
        FailureClass::Transient => transient(tries, FailureReason::Provider),
        // Another tier, or the same one later: the gate decides. No try is lost by it.
        FailureClass::NoCapacity => {
            tries.crowded += 1;
            if tries.crowded >= CROWDED_TRIES {
                failed(FailureReason::Provider)
            } else {
                Next::Again(Duration::ZERO)
            }
        }
        FailureClass::Timeout => transient(tries, FailureReason::Timeout),
        FailureClass::BadOutput => {
            // It may have been cut off at its cap.
            tries.raised = tries.raised.max(1);
            content(tries, FailureReason::UnusableReply, &error.message, chance)
        }
        // The limit is known now: the next request asks for less, or is not sent.
        FailureClass::TooLarge(limited)
            if limited.limit.is_some() && limited.dimension != Some(Dimension::Itpm) && tries.large == 0 =>
        {
            tries.large += 1;
            Next::Again(Duration::ZERO)
        }
        FailureClass::TooLarge(_) | FailureClass::TooLong => failed(FailureReason::SourceTooLong),
        FailureClass::Refused => failed(FailureReason::Refused),
    }
}

/// Decides after a complete reply that is of no use; `detail` is a sentence.
pub fn after_reply(tries: &mut Tries, trouble: Trouble, detail: &str, chance: Chance) -> Next {
    let reason = match trouble {
        Trouble::Cut => FailureReason::ReplyTooLong,
        Trouble::Empty => FailureReason::EmptyReply,
        Trouble::Unmapped => FailureReason::UnusableReply,
        Trouble::Filtered => {
            return Next::Fail(Failure { reason: FailureReason::Refused, detail: detail.to_owned() });
        }
    };
    if matches!(trouble, Trouble::Cut | Trouble::Empty) {
        tries.raised += 1;
    }
    content(tries, reason, detail, chance)
}

fn content(tries: &mut Tries, reason: FailureReason, detail: &str, chance: Chance) -> Next {
    tries.content += 1;
    tries.limited = 0;
    if tries.content >= CONTENT_TRIES {
        Next::Fail(Failure { reason, detail: detail.to_owned() })
    } else {
        Next::Again(backoff(0, chance))
    }
}

/// Full jitter: anything up to a bound that doubles with each try.
pub fn backoff(tries: u32, chance: Chance) -> Duration {
    let bound = chance.base.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(chance.base * CAP);
    if tries == 0 { Duration::ZERO } else { bound.mul_f64(chance.throw.clamp(0.0, 1.0)) }
}

fn limit_wait(limited: &Limited, in_a_row: u32, chance: Chance) -> Duration {
    match limited.wait {
        Some(wait) => wait + BEHIND,
        None => UNTOLD + backoff(in_a_row, chance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::port::{LimitHeaders, Paid};

    fn error(class: FailureClass) -> CallError {
        CallError {
            class,
            status: None,
            message: "It broke.".to_owned(),
            paid: Paid::Unknown,
            limits: LimitHeaders::default(),
            request_id: None,
        }
    }

    const fn chance(throw: f64) -> Chance {
        Chance { throw, base: BASE }
    }

    fn limited(wait: Option<u64>) -> Limited {
        Limited {
            dimension: None,
            limit: Some(8_000),
            used: None,
            requested: None,
            wait: wait.map(Duration::from_secs),
        }
    }

    /// What follows, again and again, until it is no other try.
    fn run(class: &FailureClass) -> (u32, Next) {
        let mut tries = Tries::default();
        let mut sent = 1;
        loop {
            match after_error(&mut tries, &error(class.clone()), chance(0.5)) {
                Next::Again(_) if sent < 50 => sent += 1,
                next @ (Next::Again(_) | Next::Fail(_) | Next::StopBatch(_)) => return (sent, next),
            }
        }
    }

    fn reason(next: &Next) -> Option<FailureReason> {
        match next {
            Next::Fail(failure) => Some(failure.reason),
            Next::Again(_) | Next::StopBatch(_) => None,
        }
    }

    #[test]
    fn each_class_is_tried_as_often_as_it_is_worth() {
        for (class, sent, failed) in [
            (FailureClass::Transient, 6, Some(FailureReason::Provider)),
            (FailureClass::NoCapacity, 12, Some(FailureReason::Provider)),
            (FailureClass::Timeout, 6, Some(FailureReason::Timeout)),
            (FailureClass::BadOutput, 2, Some(FailureReason::UnusableReply)),
            (FailureClass::TooLarge(limited(None)), 2, Some(FailureReason::SourceTooLong)),
            (FailureClass::TooLong, 1, Some(FailureReason::SourceTooLong)),
            (FailureClass::Refused, 1, Some(FailureReason::Refused)),
            (FailureClass::Limited(limited(Some(1))), 50, None),
            (FailureClass::StopBatch("Do this.".to_owned()), 1, None),
        ] {
            let (count, next) = run(&class);
            assert_eq!((count, reason(&next)), (sent, failed), "{class:?}");
        }
    }

    #[test]
    fn a_stated_wait_is_kept_and_a_little_more() {
        let mut tries = Tries::default();
        let next = after_error(&mut tries, &error(FailureClass::Limited(limited(Some(24)))), chance(0.0));
        assert_eq!(next, Next::Again(Duration::from_millis(24_020)));
        assert_eq!(tries, Tries { limited: 1, ..Tries::default() }, "it does not count as a try");
        let next = after_error(&mut tries, &error(FailureClass::Limited(limited(None))), chance(1.0));
        assert_eq!(next, Next::Again(Duration::from_secs(3)));
    }

    #[test]
    fn waits_double_up_to_a_most_and_chance_takes_any_part() {
        let bounds: Vec<_> = (0..8).map(|tries| backoff(tries, chance(1.0)).as_millis()).collect();
        assert_eq!(bounds, [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000]);
        assert_eq!(backoff(3, chance(0.25)), Duration::from_millis(500));
    }

    #[test]
    fn a_cut_reply_is_tried_once_more_with_a_larger_cap() {
        let mut tries = Tries::default();
        assert!(matches!(after_reply(&mut tries, Trouble::Cut, "cut", chance(0.5)), Next::Again(_)));
        assert_eq!(tries.raised, 1);
        let next = after_reply(&mut tries, Trouble::Cut, "cut", chance(0.5));
        assert_eq!(reason(&next), Some(FailureReason::ReplyTooLong));
        let next =
            after_reply(&mut Tries { content: 1, ..Tries::default() }, Trouble::Unmapped, "no", chance(0.5));
        assert_eq!(reason(&next), Some(FailureReason::UnusableReply));
        let next = after_reply(&mut Tries::default(), Trouble::Filtered, "no", chance(0.5));
        assert_eq!(reason(&next), Some(FailureReason::Refused));
    }

    #[test]
    fn the_end_of_a_reply_tells_its_trouble() {
        assert_eq!(Trouble::of(Finish::Stop, "text"), None);
        assert_eq!(Trouble::of(Finish::Stop, " \n"), Some(Trouble::Empty));
        assert_eq!(Trouble::of(Finish::Length, ""), Some(Trouble::Empty));
        assert_eq!(Trouble::of(Finish::Length, "text"), Some(Trouble::Cut));
        assert_eq!(Trouble::of(Finish::Filtered, "text"), Some(Trouble::Filtered));
    }
}
