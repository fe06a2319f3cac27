//! Whatever happens in whatever order: no decision is lost, and undo restores.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    super::{ChangeStep, Event, Notice, Step, Task, Verb},
    world::{Desk, document, id, section},
};
use crate::review::session::{Filter, MarksAfter, Outcome};

/// Something that happens.
#[derive(Debug, Clone)]
enum Happens {
    /// The reviewer does something.
    Key(Box<Event>),
    /// One of the effects that wait is answered.
    Answer(usize),
    /// Somebody else approves.
    Other(u128),
    /// Time passes, in milliseconds.
    Time(u64),
}

fn key() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Approve),
        2 => Just(Event::Reject(None)),
        2 => Just(Event::Skip),
        4 => Just(Event::Undo),
        2 => Just(Event::Redo),
        4 => Just(Event::Cycle),
        1 => Just(Event::RejectSection(section())),
        2 => "[a-c]".prop_map(|text| Event::Edit(document(&text))),
        1 => Just(Event::Open),
        1 => Just(Event::Mark),
        1 => Just(Event::Marks(MarksAfter::Intersect)),
        1 => Just(Event::StoreChanged),
        2 => Just(Event::Change(ChangeStep::NextOpen)),
        4 => prop_oneof![
            (0..3_usize).prop_map(Step::Down),
            (0..3_usize).prop_map(Step::Up),
            Just(Step::First),
            Just(Step::NextFinding)
        ]
        .prop_map(Event::Move),
        1 => Just(Event::Filter(Filter::ALL)),
    ]
}

fn mine() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => key().prop_map(|event| Happens::Key(Box::new(event))),
        3 => (0..4_usize).prop_map(Happens::Answer),
        1 => (0..300_u64).prop_map(Happens::Time),
    ]
}

fn anything() -> impl Strategy<Value = Happens> {
    prop_oneof![8 => mine(), 1 => (1..6_u128).prop_map(Happens::Other)]
}

/// Plays it all, answers what is left, and returns how often each word was accepted as a decision.
fn play(desk: &mut Desk, story: Vec<Happens>) -> BTreeMap<&'static str, usize> {
    let mut accepted = BTreeMap::new();
    for happens in story {
        match happens {
            Happens::Key(event) => {
                let word = match *event {
                    Event::Approve => Some("approved"),
                    Event::Reject(_) => Some("rejected"),
                    Event::Skip => Some("skipped"),
                    Event::Cycle | Event::RejectSection(_) => Some("changed"),
                    Event::Edit(_) => Some("edited"),
                    _ => None,
                };
                let before = desk.session.unrecorded();
                desk.send(*event);
                if let Some(word) = word.filter(|_| desk.session.unrecorded() > before) {
                    *accepted.entry(word).or_default() += 1;
                }
            }
            Happens::Answer(at) => desk.deliver(at),
            Happens::Other(number) => {
                desk.world.other_approves(id(number));
            }
            Happens::Time(millis) => desk.now += std::time::Duration::from_millis(millis),
        }
        let queue = desk.session.queue();
        assert!(queue.cursor() < queue.rows().len().max(1));
    }
    desk.drain();
    accepted
}

/// How often each word was recorded, or told not to be.
fn accounted(desk: &Desk) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let words = ["approved", "rejected", "skipped", "changed", "edited"];
    for (order, outcome) in &desk.carried {
        let Task::One { verb, .. } = &order.task else { continue };
        let recorded = matches!(outcome, Outcome::Done { .. }) && !matches!(verb, Verb::Redo(_));
        if recorded && words.contains(&verb.done()) {
            *counts.entry(verb.done()).or_default() += 1;
        }
    }
    for notice in &desk.told {
        if let Notice::Not { what, .. } = notice
            && words.contains(what)
        {
            *counts.entry(what).or_default() += 1;
        }
    }
    counts
}

proptest! {
    #[test]
    fn every_decision_is_recorded_or_told_not_to_be(story in prop::collection::vec(anything(), 0..80)) {
        let mut desk = Desk::new(6);
        let accepted = play(&mut desk, story);
        prop_assert_eq!(desk.session.unrecorded(), 0);
        prop_assert_eq!(accepted, accounted(&desk));
    }

    #[test]
    fn undo_restores_everything_step_by_step(story in prop::collection::vec(mine(), 0..80)) {
        let mut desk = Desk::new(4);
        let start = desk.world.matter();
        play(&mut desk, story);
        for _ in 0..100 {
            desk.does(Event::Undo);
        }
        prop_assert_eq!(desk.world.matter(), start);
        // What is shown is what is stored.
        if let Some(shown) = desk.session.shown() {
            let stored = desk.world.rewrites.iter().find(|one| one.head.id == shown.rewrite().head.id);
            prop_assert_eq!(&stored.unwrap().choices, &shown.rewrite().choices);
        }
    }
}
