//! Pairs of texts whose differences are known because they were made here: every word carries where it comes from.

use std::ops::Range;

use redraft::{demo, dice::Dice};

/// A word and its origin: the same number on both sides means that it was kept.
#[derive(Debug, Clone)]
pub struct Word {
    pub text: String,
    pub origin: u64,
}

/// A paragraph or a bullet, with the number of the block that it was made from.
#[derive(Debug, Clone)]
pub struct Block {
    pub origin: u64,
    pub bullet: bool,
    pub words: Vec<Word>,
}

/// What is done to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Words, bullets and sentences change, nothing moves.
    Edited,
    /// Some bullets move as well.
    Moved,
    /// The text before is wrapped at 72 columns, the text after is not.
    Wrapped,
}

/// A pair with its truth.
#[derive(Debug)]
pub struct Case {
    pub before: Written,
    pub after: Written,
    /// Blocks that stand elsewhere after.
    pub moved: Vec<u64>,
}

/// A text, with the bytes of each word, its origin and that of its block.
#[derive(Debug)]
pub struct Written {
    pub text: String,
    pub words: Vec<(Range<usize>, u64, u64)>,
}

/// Words that the demo's people do not use, so that no word is the same by chance.
const FRESH: [&str; 24] = [
    "steered",
    "overhauled",
    "bespoke",
    "flagship",
    "pivotal",
    "streamlining",
    "harmonised",
    "nationwide",
    "rigorous",
    "mentored",
    "orchestrated",
    "throughput",
    "resilient",
    "landmark",
    "granular",
    "benchmarked",
    "revitalised",
    "seamless",
    "pioneering",
    "upskilled",
    "turnkey",
    "accelerating",
    "holistic",
    "transparent",
];

struct Maker {
    dice: Dice,
    next: u64,
}

/// Makes cases from the experience of the demo's people.
pub fn cases(scenario: Scenario, people: usize) -> impl Iterator<Item = Case> {
    let people = demo::people(demo::DEFAULT_SEED, people).zip(0..);
    people.filter_map(move |(person, seed)| case(&person.experience?, seed, scenario))
}

fn case(text: &str, seed: u64, scenario: Scenario) -> Option<Case> {
    let mut maker = Maker { dice: Dice::new(seed), next: 1 };
    let before: Vec<Block> = text.lines().filter_map(|line| maker.block(line)).collect();
    if before.iter().filter(|block| block.bullet).count() < 6 {
        return None;
    }
    let mut after: Vec<Block> = before.iter().flat_map(|block| maker.edited(block)).collect();
    let mut moved = Vec::new();
    if scenario == Scenario::Moved {
        moved.extend(maker.shifted(&mut after));
    }
    let columns = (scenario == Scenario::Wrapped).then_some(72);
    Some(Case { before: written(&before, columns), after: written(&after, None), moved })
}

impl Maker {
    fn word(&mut self, text: &str) -> Word {
        self.next += 1;
        Word { text: text.to_owned(), origin: self.next }
    }

    fn fresh(&mut self, most: usize) -> Vec<Word> {
        let count = self.dice.between(1, most);
        let mut words = Vec::new();
        for _ in 0..count {
            let text = FRESH[self.dice.below(FRESH.len())];
            words.push(self.word(text));
        }
        words
    }

    fn block(&mut self, line: &str) -> Option<Block> {
        let line = line.trim();
        let rest = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        let words: Vec<Word> = rest.unwrap_or(line).split_whitespace().map(|word| self.word(word)).collect();
        self.next += 1;
        (!words.is_empty()).then_some(Block { origin: self.next, bullet: rest.is_some(), words })
    }

    /// What becomes of a block: nothing, itself, a changed one, or one more behind it.
    fn edited(&mut self, block: &Block) -> Vec<Block> {
        if !block.bullet {
            return vec![block.clone()];
        }
        let mut block = block.clone();
        if self.dice.chance(60) {
            return Vec::new();
        }
        if block.words.len() >= 8 && self.dice.chance(600) {
            self.edit(&mut block.words);
        }
        let mut blocks = vec![block];
        if self.dice.chance(60) {
            self.next += 1;
            let origin = self.next;
            let words = (0..3).flat_map(|_| self.fresh(3)).collect();
            blocks.push(Block { origin, bullet: true, words });
        }
        blocks
    }

    fn edit(&mut self, words: &mut Vec<Word>) {
        let number = words.iter().position(|word| word.text.chars().any(|c| c.is_ascii_digit()));
        match (self.dice.below(5), number) {
            (0 | 1, Some(at)) => {
                let other =
                    |c: char| c.to_digit(10).map_or(c, |digit| char::from(b'0' + ((digit + 3) % 10) as u8));
                let text: String = words[at].text.chars().map(other).collect();
                words[at] = self.word(&text);
            }
            (0..=2, _) => {
                let (at, length) = (self.dice.below(words.len() - 3), self.dice.between(1, 3));
                let new = self.fresh(3);
                words.splice(at..at + length, new);
            }
            (3, _) => {
                let at = self.dice.below(words.len());
                let new = self.fresh(4);
                words.splice(at..at, new);
            }
            (_, _) => {
                let (at, length) = (self.dice.below(words.len() - 3), self.dice.between(1, 3));
                words.drain(at..at + length);
            }
        }
    }

    /// Moves a bullet past three others, here and there.
    fn shifted(&mut self, blocks: &mut Vec<Block>) -> Vec<u64> {
        let mut moved = Vec::new();
        let mut start = 0;
        while let Some(group) = blocks.get(start..start + 4) {
            if !group.iter().all(|block| block.bullet && block.words.len() >= 5) {
                start += 1;
                continue;
            }
            let (from, to) = if self.dice.chance(500) { (start, start + 3) } else { (start + 3, start) };
            let block = blocks.remove(from);
            moved.push(block.origin);
            blocks.insert(to, block);
            start += 7;
        }
        moved
    }
}

fn written(blocks: &[Block], columns: Option<usize>) -> Written {
    let (mut text, mut words) = (String::new(), Vec::new());
    let mut bullet_before = false;
    for block in blocks {
        if !text.is_empty() {
            text.push_str(if block.bullet && bullet_before { "\n" } else { "\n\n" });
        }
        bullet_before = block.bullet;
        let mut column = if block.bullet { 2 } else { 0 };
        text.push_str(if block.bullet { "- " } else { "" });
        for (at, word) in block.words.iter().enumerate() {
            if at > 0 && columns.is_some_and(|columns| column + 1 + word.text.len() > columns) {
                text.push_str(if block.bullet { "\n  " } else { "\n" });
                column = if block.bullet { 2 } else { 0 };
            } else if at > 0 {
                text.push(' ');
                column += 1;
            }
            column += word.text.len();
            words.push((text.len()..text.len() + word.text.len(), word.origin, block.origin));
            text.push_str(&word.text);
        }
    }
    Written { text, words }
}
