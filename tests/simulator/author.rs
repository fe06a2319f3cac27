//! The author on all candidates of the demo: what it must leave alone, it leaves alone.

use std::collections::HashSet;

use redraft::{
    demo::{self, DemoPosting, Person},
    simulator::{Flaw, compose, flaws},
};

fn prompt(person: &Person, postings: &[DemoPosting]) -> String {
    let posting = postings.iter().find(|posting| posting.occupation == person.occupation);
    let mut out = posting.map_or_else(String::new, |posting| {
        format!("[[posting]]\n{}\n{}\n[[/posting]]\n", posting.title, posting.text)
    });
    for (id, text) in [
        ("summary", &person.summary),
        ("experience", &person.experience),
        ("skills", &person.skills),
        ("education", &person.education),
    ] {
        let text = text.as_deref().unwrap_or_default();
        out.extend(["[[section:", id, "]]\n", text, "\n[[/section:", id, "]]\n"]);
    }
    out
}

fn sections(prompt: &str) -> &str {
    prompt.split_once("[[/posting]]\n").map_or(prompt, |(_, sections)| sections)
}

fn sorted_numbers(text: &str) -> Vec<&str> {
    let mut numbers: Vec<&str> =
        text.split(|sign: char| !sign.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
    numbers.sort_unstable();
    numbers
}

/// The lines that say when somebody worked where.
fn headings(text: &str) -> Vec<&str> {
    let dated = |line: &str| line.contains("/20") || line.contains("/19") || line.contains(" | ");
    text.lines().map(str::trim_end).filter(|line| dated(line) || line.contains(" — ")).collect()
}

#[test]
fn headings_and_numbers_of_every_candidate_are_kept_unless_a_flaw_says_otherwise() {
    let postings = demo::postings(demo::DEFAULT_SEED);
    let mut innocent = 0;
    for (person, seed) in demo::people(demo::DEFAULT_SEED, demo::DEFAULT_COUNT).zip(1_000..) {
        let prompt = prompt(&person, &postings);
        let (reply, flaws) = (compose(&prompt, seed), flaws(&prompt, seed));
        let titled = flaws.iter().any(|flaw| matches!(flaw, Flaw::InflatedTitle { .. }));
        if !titled {
            assert_eq!(headings(&reply), headings(sections(&prompt)), "candidate {}", person.id);
        }
        if flaws.is_empty() {
            innocent += 1;
            assert_eq!(sorted_numbers(&reply), sorted_numbers(sections(&prompt)), "candidate {}", person.id);
        }
    }
    assert!((280..=380).contains(&innocent), "{innocent}");
}

#[test]
fn how_much_is_rewritten_differs() {
    let postings = demo::postings(demo::DEFAULT_SEED);
    let mut shares: Vec<usize> = Vec::new();
    for (person, seed) in demo::people(demo::DEFAULT_SEED, 200).zip(1_000..) {
        let prompt = prompt(&person, &postings);
        let reply = compose(&prompt, seed);
        let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
        let (before, after) = (words(sections(&prompt)), words(&reply));
        let kept: HashSet<&String> = after.iter().collect();
        shares.push(before.iter().filter(|word| !kept.contains(word)).count() * 100 / before.len());
    }
    shares.sort_unstable();
    // Words that are gone altogether; moved ones do not count.
    assert!(shares[20] >= 2 && shares[180] >= shares[20] + 5 && shares[199] <= 70, "{shares:?}");
}

#[test]
fn first_person_and_long_ways_become_rarer() {
    let postings = demo::postings(demo::DEFAULT_SEED);
    let (mut before, mut after) = (0, 0);
    for (person, seed) in demo::people(demo::DEFAULT_SEED, 200).zip(1_000..) {
        let prompt = prompt(&person, &postings);
        let count = |text: &str| {
            let weak =
                ["I ", " by me", "esponsible for", " basis", "in order to", "due to the fact", "uties"];
            weak.iter().map(|words| text.matches(words).count()).sum::<usize>()
        };
        before += count(sections(&prompt));
        after += count(&compose(&prompt, seed));
    }
    assert!(after * 2 < before, "{before} before, {after} after");
}
