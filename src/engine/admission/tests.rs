mod trial;

use super::*;
use crate::engine::retry;

const EVEN: Chance = Chance { throw: 0.5, base: retry::BASE };
const HIGH: Chance = Chance { throw: 1.0, ..EVEN };

const WANT: Want = Want { prompt: 1_000, source: 600, raised: 0 };

const fn at(seconds: u64) -> Moment {
    Duration::from_secs(seconds)
}

fn tokens(limit: u64, remaining: u64) -> LimitHeaders {
    LimitHeaders { limit_tokens: Some(limit), remaining_tokens: Some(remaining), ..LimitHeaders::default() }
}

const fn refusal(dimension: Option<Dimension>, wait: u64) -> Limited {
    Limited { dimension, limit: Some(30), used: Some(30), requested: Some(1), wait: Some(at(wait)) }
}

fn go(gate: &mut Gate, now: Moment) -> (u64, u64) {
    match gate.ask(now, &WANT) {
        Verdict::Go { ticket, cap } => {
            gate.sent(now, ticket);
            (ticket, cap)
        }
        other @ (Verdict::Wait(..) | Verdict::Never) => panic!("{other:?}"),
    }
}

/// A gate whose first request told it the limits, that its estimate is right but for the percent that it adds, and
/// that the output cap is charged.
fn opened(headers: LimitHeaders) -> Gate {
    let mut gate = Gate::new(400);
    let (ticket, _) = go(&mut gate, at(0));
    gate.head(at(1), ticket, headers);
    gate.ended(at(1), ticket, Outcome::Done(Usage { prompt: 1_000, cached: 0, completion: 1_664 }), EVEN);
    gate.evidence.told(2_664, 1_000, 1_664);
    gate
}

#[test]
fn one_request_goes_first_and_its_head_opens_the_gate() {
    let mut gate = Gate::new(400);
    let (ticket, cap) = go(&mut gate, at(0));
    assert_eq!(cap, 1_664);
    assert_eq!(gate.ask(at(0), &WANT), Verdict::Wait(None, Why::Start));
    gate.head(at(1), ticket, LimitHeaders::default());
    for _ in 0..399 {
        go(&mut gate, at(1));
    }
    assert_eq!(gate.ask(at(1), &WANT), Verdict::Wait(None, Why::Streams));
    assert_eq!(gate.tokens_a_minute(), None);
}

#[test]
fn nothing_is_sent_into_a_bucket_that_is_known_to_be_empty() {
    let mut gate = opened(tokens(8_000, 5_000));
    assert_eq!(gate.tokens_a_minute(), Some(8_000));
    // A prompt of 1,010 and 1,664 of output twice, of 5,000 and a second's refill, and a cushion of 40.
    go(&mut gate, at(1));
    let Verdict::Wait(Some(until), Why::Tokens) = gate.ask(at(1), &WANT) else { panic!("it must wait") };
    let missing = 2.0f64.mul_add(2_674.0, 40.0) - 5_000.0 - 133.0;
    let expected = 1.0 + missing / (8_000.0 / 60.0 * 0.998);
    assert!((until.as_secs_f64() - expected).abs() < 0.05, "{until:?}, not {expected}");
    let early = until.checked_sub(Duration::from_millis(100)).unwrap();
    assert!(matches!(gate.ask(early, &WANT), Verdict::Wait(..)));
    go(&mut gate, until);
}

#[test]
fn what_can_never_fit_is_never_sent_and_what_can_gets_a_smaller_cap() {
    let mut gate = opened(tokens(3_000, 3_000));
    let large = Want { prompt: 1_500, source: 900, raised: 0 };
    let Verdict::Go { cap, .. } = gate.ask(at(60), &large) else { panic!("it fits") };
    assert_eq!(cap, 1_469, "3,000 without the cushion and a prompt of 1,515");
    assert_eq!(gate.ask(at(60), &Want { prompt: 2_000, source: 1_200, raised: 0 }), Verdict::Never);
    assert_eq!(gate.ask(at(60), &Want { prompt: 3_500, source: 10, raised: 0 }), Verdict::Never);
}

#[test]
fn a_refusal_blocks_until_the_wait_is_over_once_for_all_that_were_sent_before() {
    let mut gate = opened(LimitHeaders::default());
    let tickets: Vec<u64> = (0..5).map(|_| go(&mut gate, at(1)).0).collect();
    for (second, ticket) in (2..).zip(tickets) {
        gate.ended(at(second), ticket, Outcome::Limited(refusal(Some(Dimension::Rpm), 10)), EVEN);
    }
    let until = at(12) + BEHIND;
    assert_eq!(gate.ask(at(6), &WANT), Verdict::Wait(Some(until), Why::Requests), "of the first alone");
    go(&mut gate, until);
    assert_eq!(
        gate.ask(until, &WANT),
        Verdict::Wait(Some(until + APART), Why::Requests),
        "never all at once"
    );
    let sent =
        (1..20).take_while(|times| matches!(gate.ask(until + APART * *times, &WANT), Verdict::Go { .. }));
    assert_eq!(sent.count(), 3, "what came back in eleven seconds but for the cushion");
}

#[test]
fn a_limit_of_the_day_is_told_apart() {
    let mut gate = opened(tokens(8_000, 8_000));
    let (ticket, _) = go(&mut gate, at(1));
    let day = Limited { limit: Some(200_000), used: Some(199_000), ..refusal(Some(Dimension::Tpd), 660) };
    gate.ended(at(2), ticket, Outcome::Limited(day), EVEN);
    let Verdict::Wait(Some(until), Why::Daily(day)) = gate.ask(at(2), &WANT) else { panic!("it must wait") };
    assert_eq!(until, day);
    assert!(until > at(600));
}

#[test]
fn a_refusal_without_particulars_blocks_a_little() {
    let mut gate = opened(LimitHeaders::default());
    let (ticket, _) = go(&mut gate, at(1));
    let nothing = Limited { dimension: None, limit: None, used: None, requested: None, wait: None };
    gate.ended(at(2), ticket, Outcome::Limited(nothing), EVEN);
    assert_eq!(gate.ask(at(2), &WANT), Verdict::Wait(Some(at(4) + BEHIND), Why::Requests));
    go(&mut gate, at(5));
}

#[test]
fn what_was_never_sent_is_no_charge() {
    let mut gate = opened(tokens(8_000, 3_000));
    let (first, _) = go(&mut gate, at(1));
    assert!(matches!(gate.ask(at(1), &WANT), Verdict::Wait(Some(_), Why::Tokens)));
    gate.withdraw(first);
    go(&mut gate, at(1));
}

#[test]
fn a_413_tells_the_limit() {
    let mut gate = opened(LimitHeaders::default());
    let (ticket, _) = go(&mut gate, at(1));
    let limited = Limited { limit: Some(2_000), used: None, ..refusal(Some(Dimension::Tpm), 64) };
    gate.ended(at(2), ticket, Outcome::TooLarge(limited), EVEN);
    assert_eq!(gate.ask(at(100), &Want { prompt: 1_990, ..WANT }), Verdict::Never);
}

#[test]
fn trouble_lets_only_probes_through() {
    let mut gate = opened(LimitHeaders::default());
    let tickets: Vec<u64> = (0..20).map(|_| go(&mut gate, at(1)).0).collect();
    for ticket in tickets {
        gate.ended(at(2), ticket, Outcome::Trouble, HIGH);
    }
    assert_eq!(gate.ask(at(2), &WANT), Verdict::Wait(Some(at(2) + Duration::from_millis(500)), Why::Trouble));
    let (probe, _) = go(&mut gate, at(3));
    assert_eq!(gate.ask(at(3), &WANT), Verdict::Wait(None, Why::Trouble));
    gate.ended(at(4), probe, Outcome::Done(Usage { prompt: 900, cached: 0, completion: 500 }), EVEN);
    go(&mut gate, at(4));
    go(&mut gate, at(4));
}

#[test]
fn after_a_stop_one_request_goes_first_again() {
    let mut gate = opened(LimitHeaders::default());
    let (ticket, _) = go(&mut gate, at(1));
    gate.ended(at(2), ticket, Outcome::Stopped, EVEN);
    go(&mut gate, at(2));
    assert!(matches!(gate.ask(at(2), &WANT), Verdict::Wait(None, _)));
}

#[test]
fn the_log_stays_small() {
    let mut gate = opened(tokens(2_500_000, 2_500_000));
    let mut left = 2_500_000;
    for step in 0..3_000u64 {
        let now = at(2) + Duration::from_millis(step * 100);
        let Verdict::Go { ticket, .. } = gate.ask(now, &WANT) else { continue };
        gate.sent(now, ticket);
        left = (left - 1_000u64).max(1_000_000);
        gate.head(now, ticket, tokens(2_500_000, left));
        gate.ended(now, ticket, Outcome::Done(Usage { prompt: 1_000, cached: 0, completion: 600 }), EVEN);
    }
    assert!(gate.log.len() < 200, "{}", gate.log.len());
}
