//! Keys while nothing else happens: in lists, in a rewrite, all at once, held down.

use std::time::{Duration, Instant};

use crate::{
    board::tell,
    place::Place,
    session::{Answer, GAP, Session},
};

/// A number of milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The value that this share of the values do not exceed.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let at = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted[at]
}

/// The last bytes of answers, in milliseconds.
pub fn lasts(answers: &[Answer]) -> Vec<f64> {
    answers.iter().map(|answer| ms(answer.last)).collect()
}

/// Candidates with all of its list there.
pub fn candidates(session: &mut Session) {
    session.until("the first picture", |screen| screen.contains("Dashboard"));
    session.ask(b"2", GAP);
    session.until("the list is there", |screen| {
        screen.contains("in the candidate database") && !screen.contains("reading")
    });
    session.settle(Duration::from_millis(500));
}

/// Review with its queue.
pub fn review(session: &mut Session) {
    session.until("the first picture", |screen| screen.contains("Dashboard"));
    session.ask(b"4", GAP);
    session.until("the queue is there", |screen| screen.contains("QUEUE") && screen.contains("BEFORE"));
    session.settle(Duration::from_millis(500));
}

/// Presses a key so often and tells how long its answers take, and how large they are.
fn press(session: &mut Session, what: &str, (key, number): (&[u8], usize)) -> Vec<Answer> {
    let answers: Vec<Answer> = (0..number).map(|_| session.ask(key, GAP)).collect();
    let times = lasts(&answers);
    let bytes: Vec<f64> = answers.iter().map(|answer| answer.bytes as f64).collect();
    println!(
        "    {what}: median {:.1} ms and {:.0} B, at the most {:.1} ms and {:.0} B",
        quantile(&times, 0.5),
        quantile(&bytes, 0.5),
        quantile(&times, 1.0),
        quantile(&bytes, 1.0)
    );
    answers
}

/// Keys to the last byte of their frames, and how many bytes.
pub fn keys() {
    let place = Place::copy();
    let mut session = Session::start(&place, &[], None);
    candidates(&mut session);
    let mut all = press(&mut session, "Candidates, a row down", (b"j", 200));
    all.extend(press(&mut session, "Candidates, a page down", (b"}", 40)));
    all.extend(press(&mut session, "Candidates, mark", (b" ", 20)));
    review(&mut session);
    all.extend(press(&mut session, "Review, a page of the queue down", (b"\x04", 20)));
    session.ask(b"\r", Duration::from_millis(500));
    all.extend(press(&mut session, "a rewrite, a row down", (b"j", 60)));
    all.extend(press(&mut session, "a rewrite, a row up", (b"k", 60)));
    all.extend(press(&mut session, "a rewrite, next change", (b"]", 20)));
    all.extend(press(&mut session, "a rewrite, other layout", (b"i", 10)));
    tell("", "a key to the last byte of its frame, 99 of 100", quantile(&lasts(&all), 0.99), "ms", 6.0);
    let bytes: Vec<f64> = all.iter().map(|answer| answer.bytes as f64).collect();
    tell("", "bytes that a key costs, at the most", quantile(&bytes, 1.0), "B", 10_000.0);
    println!("    bytes that a key costs: median {:.0}", quantile(&bytes, 0.5));
}

/// From one rewrite to the next until its text stands there.
pub fn open() {
    let place = Place::copy();
    let mut session = Session::start(&place, &[], None);
    review(&mut session);
    let first = session.ask(b"\r", Duration::from_millis(300));
    println!("    from the queue into the first: {:.1} ms", ms(first.last));
    let answers: Vec<Answer> = (0..100).map(|_| session.ask(b"}", GAP)).collect();
    let times = lasts(&answers);
    println!("    the next one: median {:.1} ms", quantile(&times, 0.5));
    tell("", "the next rewrite, all of it, 99 of 100", quantile(&times, 0.99), "ms", 50.0);
}

/// Two thousand keys in one write.
pub fn burst() {
    let place = Place::copy();
    let mut session = Session::start(&place, &[], None);
    candidates(&mut session);
    let answer = session.ask(&[b'j'; 2_000], Duration::from_millis(200));
    assert!(session.screen().contains("2,001 of"), "not all keys were taken\n{}", session.screen());
    tell("", "2,000 keys at once, until the screen is final", ms(answer.last), "ms", 30.0);
}

/// A key held down for five seconds, as a keyboard repeats it.
pub fn hold() {
    const EVERY: Duration = Duration::from_micros(33_333);
    const NUMBER: u32 = 150;
    let place = Place::copy();
    let mut session = Session::start(&place, &[], None);
    candidates(&mut session);
    let begun = Instant::now();
    let (mut waits, mut pressed) = (Vec::new(), Vec::new());
    for number in 0..NUMBER {
        let due = begun + EVERY * number;
        while let Some((at, _)) = session.next(due.saturating_duration_since(Instant::now())) {
            waits.extend(pressed.drain(..).map(|pressed| ms(at.saturating_duration_since(pressed))));
        }
        pressed.push(session.press(b"j"));
    }
    while let Some((at, _)) = session.next(GAP) {
        waits.extend(pressed.drain(..).map(|pressed| ms(at.saturating_duration_since(pressed))));
    }
    assert!(session.screen().contains("151 of"), "not all keys were taken\n{}", session.screen());
    println!(
        "    a key held for five seconds, {} answers: median {:.1} ms",
        waits.len(),
        quantile(&waits, 0.5)
    );
    tell("", "a key held: the longest wait for an answer", quantile(&waits, 1.0), "ms", ms(EVERY));
}
