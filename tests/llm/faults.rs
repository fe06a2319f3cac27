//! What goes wrong: each fault of the simulator has its class, and what is known about its cost.

use redraft::{
    llm::port::{Dimension, FailureClass, Finish, Paid},
    simulator::{self, Answer, Cut, Effect, Fault, How, Limits, Point, ReplyFault, Scenario, Trigger},
};

use super::send;

fn scenario(effect: Effect) -> Scenario {
    Scenario { faults: vec![Fault::new(Trigger::Always, effect)], ..Scenario::instant() }
}

#[derive(Debug, PartialEq, Eq)]
enum Class {
    Transient,
    Timeout,
    Stop,
    TooLong,
    NoCapacity,
    Limited,
    Other,
}

const fn class(class: &FailureClass) -> Class {
    match class {
        FailureClass::Transient => Class::Transient,
        FailureClass::Timeout => Class::Timeout,
        FailureClass::StopBatch(_) => Class::Stop,
        FailureClass::TooLong => Class::TooLong,
        FailureClass::NoCapacity => Class::NoCapacity,
        FailureClass::Limited(_) => Class::Limited,
        FailureClass::TooLarge(_) | FailureClass::BadOutput | FailureClass::Refused => Class::Other,
    }
}

#[tokio::test]
async fn refusals_are_classed_and_cost_nothing() {
    for (answer, expected) in [
        (Answer::Unauthorized, Class::Stop),
        (Answer::Forbidden, Class::Stop),
        (Answer::ModelNotFound, Class::Stop),
        (Answer::ContextLength, Class::TooLong),
        (Answer::FlexCapacity, Class::NoCapacity),
        (Answer::Internal, Class::Transient),
        (Answer::BadGateway, Class::Transient),
        (Answer::OverCapacity, Class::Transient),
    ] {
        let error = send(scenario(Effect::Answer(answer))).await.0.unwrap_err();
        assert_eq!((class(&error.class), error.paid), (expected, Paid::No), "{answer:?}");
    }
}

#[tokio::test]
async fn whatever_breaks_a_stream_is_no_success() {
    use How::{BareError, ChunkError, Close, End, ErrorEvent, Garbage, Reset, Stall};
    use Point::{AfterFinish, BeforeHead, Inside, Tokens};
    let mut seen = 0;
    for how in [End, Close, Reset, Stall, ErrorEvent, BareError, ChunkError, Garbage] {
        for at in [BeforeHead, Tokens(0), Tokens(7), Inside(7), AfterFinish] {
            let (outcome, _) = send(scenario(Effect::Cut(Cut { at, how }))).await;
            // The finish event already carries the usage: what else breaks after it takes nothing away.
            let whole = at == AfterFinish && matches!(how, End | Close | Reset | Stall);
            let wanted = if how == Stall { Class::Timeout } else { Class::Transient };
            match outcome {
                Ok(reply) => {
                    assert!(whole, "{how:?} at {at:?} must not count as a success");
                    assert!(reply.unmarked_end);
                }
                Err(error) => {
                    assert!(!whole, "{how:?} at {at:?}: {error:?}");
                    assert!(
                        class(&error.class) == wanted || (how, at) == (Stall, BeforeHead),
                        "{how:?} at {at:?}: {error:?}"
                    );
                    assert_ne!(error.paid, Paid::No, "{how:?} at {at:?}");
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 40);
}

#[tokio::test]
async fn a_missing_end_mark_alone_is_accepted_and_marked() {
    for how in [How::End, How::Close, How::Reset, How::Stall] {
        let reply = send(scenario(Effect::Cut(Cut { at: Point::BeforeDone, how }))).await.0.unwrap();
        assert!(reply.unmarked_end, "{how:?}");
        assert!(reply.text.ends_with("[[/section:experience]]\n"), "{how:?}");
    }
}

#[tokio::test]
async fn a_pause_that_is_not_too_long_does_no_harm() {
    let pause = Cut { at: Point::Tokens(5), how: How::PauseMs(120) };
    let reply = send(scenario(Effect::Cut(pause))).await.0.unwrap();
    assert!(!reply.unmarked_end);
}

#[tokio::test]
async fn replies_that_are_of_no_use_still_tell_their_cost() {
    for (fault, finish, empty) in [
        (ReplyFault::EmptyStop, Finish::Stop, true),
        (ReplyFault::EmptyLength, Finish::Length, true),
        (ReplyFault::HalfLength, Finish::Length, false),
        (ReplyFault::NoMarks, Finish::Stop, false),
        (ReplyFault::Refusal, Finish::Stop, false),
    ] {
        let reply = send(scenario(Effect::Reply(fault))).await.0.unwrap();
        assert_eq!((reply.finish, reply.text.is_empty()), (finish, empty), "{fault:?}");
        assert!(reply.usage.prompt > 0);
    }
}

#[tokio::test]
async fn a_rate_limit_is_told_with_its_numbers() {
    for (asked, told) in [
        (simulator::Dimension::Tpm, Dimension::Tpm),
        (simulator::Dimension::Rpm, Dimension::Rpm),
        (simulator::Dimension::Tpd, Dimension::Tpd),
    ] {
        let effect = Effect::RateLimit { dimension: asked, wait_ms: 7_500 };
        let error = send(scenario(effect)).await.0.unwrap_err();
        let FailureClass::Limited(limited) = error.class else { panic!("{error:?}") };
        assert_eq!(limited.dimension, Some(told));
        // `retry-after` is in whole seconds, and the longer counts.
        assert_eq!(limited.wait.map(|wait| wait.as_secs()), Some(8));
        assert!(limited.limit.is_some() && limited.used.is_some() && limited.requested.is_some());
        assert_eq!((error.status, error.paid), (Some(429), Paid::No));
    }
}

#[tokio::test]
async fn what_is_larger_than_the_limit_is_told_apart() {
    let limits = Limits { tpm: Some(1_000), ..Limits::NONE };
    let error = send(Scenario { limits, ..Scenario::instant() }).await.0.unwrap_err();
    let FailureClass::TooLarge(limited) = error.class else { panic!("{error:?}") };
    assert_eq!(limited.limit, Some(1_000));
    assert!(limited.requested.unwrap() > 1_000);
}
