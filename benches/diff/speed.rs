//! How long a comparison takes, also of texts that nobody would write.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use redraft::{demo, dice::Dice, diff};

use super::tools::document;

/// What the screen gives a comparison.
const DEADLINE: Duration = Duration::from_millis(20);

/// The time that `share` of them stay under, in milliseconds.
pub fn at(times: &[Duration], share: f64) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = ((sorted.len() as f64 - 1.0) * share).round() as usize;
    sorted.get(index).map_or_else(|| "–".to_owned(), |time| format!("{:.1}", millis(*time)))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Texts of 10,000 words that are hard to compare.
pub fn hard() -> Vec<(&'static str, String, String)> {
    let mut words: Vec<String> = Vec::new();
    for person in demo::people(demo::DEFAULT_SEED, 400) {
        words.extend(person.experience.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned));
    }
    let mut dice = Dice::new(7);
    let lines = |words: &[String], length: usize| {
        let mut text = String::new();
        words.chunks(length).for_each(|line| writeln!(text, "- {}", line.join(" ")).unwrap());
        text
    };
    let first = words.get(..10_000).unwrap_or_default();
    let second = words.get(10_000..20_000).unwrap_or_default();
    let mut edited = first.to_vec();
    for at in (0..edited.len()).step_by(9) {
        "altered".clone_into(&mut edited[at]);
    }
    let mut shuffled: Vec<&[String]> = first.chunks(10).collect();
    for at in (1..shuffled.len()).rev() {
        shuffled.swap(at, dice.below(at + 1));
    }
    let same = vec!["word".to_owned(); 10_000];
    let mut other = same.clone();
    "words".clone_into(&mut other[5_000]);
    let one = |words: &[String]| words.join(" ");
    vec![
        ("bullets, every ninth word another", lines(first, 12), lines(&edited, 12)),
        ("bullets in another order", lines(first, 10), lines(&shuffled.concat(), 10)),
        ("two texts with nothing to do with each other", lines(first, 12), lines(second, 12)),
        ("the same in one paragraph", one(first), one(second)),
        ("one paragraph, every ninth word another", one(first), one(&edited)),
        ("a bullet a word, unrelated", lines(first, 1), lines(second, 1)),
        ("one word 10,000 times", one(&same), one(&other)),
    ]
}

/// Prints how long the hard texts take, without and with a deadline.
pub fn worst() {
    println!("\n## 10,000 words, milliseconds; the bound with a deadline is 50\n");
    println!("| texts | to the end | with a deadline of 20 ms | complete by then |");
    println!("| --- | --- | --- | --- |");
    for (name, before, after) in hard() {
        let (before, after) = (document(&before), document(&after));
        let start = Instant::now();
        let whole = diff::compare(&before, &after, &|| false);
        let time = start.elapsed();
        assert!(!whole.changes.is_empty(), "{name}: no change");
        let mut worst = (Duration::ZERO, true);
        for _ in 0..5 {
            let start = Instant::now();
            let diff = diff::compare(&before, &after, &|| start.elapsed() > DEADLINE);
            worst = (worst.0.max(start.elapsed()), worst.1 && diff.is_complete());
        }
        let complete = if worst.1 { "yes" } else { "no" };
        println!("| {name} | {:.1} | {:.1} | {complete} |", millis(time), millis(worst.0));
    }
}
