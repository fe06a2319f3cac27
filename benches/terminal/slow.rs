//! A reviewer at the end of a slow line: what a decision costs in bytes and in time.

use std::{env, time::Duration};

use crate::{
    keys::review,
    place::Place,
    session::{Line, Session},
};

/// 200 ms there and back, 64 kbit/s.
const LINE: Line = Line { way: Duration::from_millis(100), bytes_per_second: 8_000.0 };

/// With and without `--low-bandwidth`.
pub fn slow() {
    let decisions = env::var("REDRAFT_DECISIONS").ok().and_then(|number| number.parse().ok()).unwrap_or(300);
    for (name, arguments) in [("as usual", &[][..]), ("with --low-bandwidth", &["--low-bandwidth"])] {
        decide(name, arguments, decisions);
    }
}

/// Looks at two changes of each rewrite and approves it; reads as fast as the line brings it.
fn decide(name: &str, arguments: &[&str], decisions: u32) {
    let gap = Duration::from_millis(400);
    let place = Place::copy();
    let mut session = Session::start(&place, arguments, Some(LINE));
    review(&mut session);
    session.ask(b"\r", gap);
    session.settle(Duration::from_secs(2));
    let (bytes, mut time, mut longest) = (session.bytes, Duration::ZERO, Duration::ZERO);
    for _ in 0..decisions {
        let mut one = Duration::ZERO;
        for key in [b"]", b"]", b"a"] {
            one += session.ask(key, gap).last;
        }
        time += one;
        longest = longest.max(one);
    }
    let number = f64::from(decisions);
    println!(
        "    {name}, {decisions} decisions: {:.0} bytes and {:.2} s each, at the most {:.2} s",
        (session.bytes - bytes) as f64 / number,
        time.as_secs_f64() / number,
        longest.as_secs_f64()
    );
    assert!(session.screen().contains("Review"), "{}", session.screen());
}
