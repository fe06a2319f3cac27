//! Keys, and bytes, while 400 replies stream in the same process.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    board::tell,
    keys::{candidates, lasts, quantile, review},
    place::Place,
    session::{Answer, Session},
};

/// A second of the simulator's lasts as long, so that a reply streams for about half a minute.
const SCENARIO: &str = "seed = 1\nspeed = 0.02\nlimits = \"none\"\n[latency]\nqueue_median_ms = 4.0\n\
                        queue_sigma = 0.3\nqueue_min_ms = 1.0\nqueue_max_ms = 20.0\n";

/// Keys to the last byte of their frames, 99 of 100; then what progress alone sends.
pub fn streaming() {
    let place = Place::copy();
    place.write("scenario.toml", SCENARIO);
    let mut session = Session::start(&place, &[], None);
    session.until("the first picture", |screen| screen.contains("Dashboard"));
    place.start_batch();
    let begun = Instant::now();
    while in_flight(&place) < 400 {
        assert!(begun.elapsed() < Duration::from_mins(1), "400 replies do not stream\n{}", session.screen());
        session.settle(Duration::from_millis(100));
    }
    println!("    streams at the beginning: {}", in_flight(&place));
    progress(&mut session, "Dashboard", b"1");
    progress(&mut session, "Batches", b"3");
    let processor = session.processor();
    let measured = Instant::now();
    candidates(&mut session);
    let list = (2_u32..152).map(|row| session.shows(b"j", |screen| screen.contains(&format!(" {row} of "))));
    let mut all: Vec<Answer> = list.collect();
    review(&mut session);
    all.extend(
        (2_u32..52).map(|row| session.shows(b"j", |screen| screen.contains(&format!("Review {row}/")))),
    );
    let used = (session.processor() - processor) / measured.elapsed().as_secs_f64() * 100.0;
    println!("    streams at the end: {}", in_flight(&place));
    println!("    processor while 400 replies are simulated, received and keys are pressed: {used:.0} %");
    let times = lasts(&all);
    println!(
        "    a key: median {:.1} ms, at the most {:.1} ms",
        quantile(&times, 0.5),
        quantile(&times, 1.0)
    );
    tell("", "a key while 400 replies stream, 99 of 100", quantile(&times, 0.99), "ms", 16.0);
}

/// What is sent while nobody presses a key. Whatever comes at once is one frame.
fn progress(session: &mut Session, screen: &str, key: &[u8]) {
    const TIME: Duration = Duration::from_secs(10);
    session.ask(key, Duration::from_millis(200));
    let (begun, bytes) = (Instant::now(), session.bytes);
    let (mut frames, mut last) = (0_u32, None);
    while let Some(left) = TIME.checked_sub(begun.elapsed()) {
        let Some((at, _)) = session.next(left) else { break };
        if last.is_none_or(|last| at.saturating_duration_since(last) > Duration::from_millis(3)) {
            frames += 1;
        }
        last = Some(at);
    }
    let seconds = begun.elapsed().as_secs_f64();
    tell("", &format!("{screen}: frames a second of progress"), f64::from(frames) / seconds, "", 2.0);
    let sent = (session.bytes - bytes) as f64 / seconds;
    tell("", &format!("{screen}: bytes a second of progress"), sent, "B", 200.0);
}

/// Rewrites that are running now.
fn in_flight(place: &Place) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redraft"));
    command.args(["--config", &place.config(), "batch", "list", "--json"]);
    let out = command.stdin(Stdio::null()).output().unwrap().stdout;
    let batches: Value = serde_json::from_slice(&out).unwrap();
    let running = |batch: &Value| batch.pointer("/counts/running").and_then(Value::as_u64).unwrap_or(0);
    batches["data"].as_array().unwrap().iter().map(running).sum()
}
