//! Start, memory, and nothing at all.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    board::tell,
    keys::{candidates, ms, quantile, review},
    place::Place,
    session::{GAP, Session},
};

/// From the start of the program to its first picture.
pub fn start() {
    let place = Place::copy();
    let (mut times, mut full, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..12 {
        let mut session = Session::start(&place, &[], None);
        let started = session.started;
        let at = session.until("the first picture", |screen| screen.contains("Dashboard"));
        times.push(ms(at - started));
        let mut last = at;
        while let Some((at, _)) = session.next(Duration::from_millis(300)) {
            last = at;
        }
        full.push(ms(last - started));
        bytes.push(session.bytes as f64);
    }
    tell("", "start to the first picture, median", quantile(&times, 0.5), "ms", 60.0);
    println!("    at the most {:.1} ms", quantile(&times, 1.0));
    println!("    until all figures stand there: median {:.1} ms", quantile(&full, 0.5));
    tell(
        "",
        "bytes of the first picture with its figures, at the most",
        quantile(&bytes, 1.0),
        "B",
        32_000.0,
    );
}

/// Memory after a walk through all screens.
pub fn memory() {
    let place = Place::copy();
    let mut session = Session::start(&place, &[], None);
    session.until("the first picture", |screen| screen.contains("Dashboard"));
    session.settle(Duration::from_millis(500));
    println!("    Dashboard: {:.0} MB", session.memory().0);
    candidates(&mut session);
    println!("    Candidates: {:.0} MB", session.memory().0);
    for keys in [&b"G"[..], b"/", b"a", b"n", b"\r", b"\\"] {
        session.ask(keys, Duration::from_millis(200));
    }
    println!("    after a search: {:.0} MB", session.memory().0);
    review(&mut session);
    session.ask(b"\r", Duration::from_millis(200));
    for _ in 0..50 {
        session.ask(b"}", GAP);
    }
    println!("    Review, after 50 rewrites: {:.0} MB", session.memory().0);
    for keys in [b"3", b"5", b"6", b"1"] {
        session.ask(keys, Duration::from_millis(300));
    }
    let (now, peak) = session.memory();
    tell("", "memory after a walk through all screens", now, "MB", 80.0);
    println!("    at its peak {peak:.0} MB");
}

/// What is sent, computed and woken while nothing happens.
pub fn idle() {
    const TIME: Duration = Duration::from_secs(30);
    let place = Place::copy();
    for (screen, enter) in [("Dashboard", &b""[..]), ("Candidates", b"2"), ("Review, a rewrite open", b"4")] {
        let mut session = Session::start(&place, &[], None);
        session.until("the first picture", |screen| screen.contains("Dashboard"));
        match enter {
            b"2" => candidates(&mut session),
            b"4" => {
                review(&mut session);
                session.ask(b"\r", Duration::from_millis(500));
            }
            _ => {}
        }
        session.settle(Duration::from_secs(2));
        let (bytes, processor, woken) = (session.bytes, session.processor(), session.wake_ups());
        let begun = Instant::now();
        thread::sleep(TIME);
        let took = begun.elapsed().as_secs_f64();
        session.settle(Duration::ZERO);
        println!("    {screen}, half a minute");
        tell("", "bytes", (session.bytes - bytes) as f64, "B", 0.0);
        let share = (session.processor() - processor) / took * 100.0;
        tell("", "processor", share, "%", 0.1);
        println!("    wake-ups: {:.1} a second", (session.wake_ups() - woken) as f64 / took);
    }
}
