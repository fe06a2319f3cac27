//! The search as one types.

use std::time::Duration;

use crate::{
    board::tell,
    keys::{candidates, lasts, quantile},
    place::Place,
    session::Session,
};

const SOUGHT: [&str; 8] = [
    "marketing tulsa",
    "sharma nurse",
    "okafor payroll",
    "electrician gorlitz",
    "jordan welder",
    "accountant",
    "müller lab",
    "tomas rey",
];

/// Each keystroke until its hits stand there.
pub fn fuzzy() {
    let place = Place::copy();
    let mut session = Session::start(&place, &[], None);
    candidates(&mut session);
    let gap = Duration::from_millis(100);
    let mut answers = Vec::new();
    for text in SOUGHT {
        session.ask(b"/", gap);
        for letter in text.chars() {
            answers.push(session.ask(letter.to_string().as_bytes(), gap));
        }
        session.ask(b"\r", gap);
        session.ask(b"\\", gap);
    }
    let times = lasts(&answers);
    println!("    keystrokes: {}", times.len());
    tell("", "a keystroke of the search until its hits are there, median", quantile(&times, 0.5), "ms", 10.0);
    tell("", "the same, 99 of 100", quantile(&times, 0.99), "ms", 30.0);
}
