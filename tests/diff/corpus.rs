//! Pairs of texts whose differences are known because they were made here: every word carries where it comes from.
//!
//! The words of a text are kept, given up or put in here and then written out; nothing is compared, and nothing of
//! what is to be judged is used.

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
    /// Words, names, numbers, sentences and bullets change, nothing moves.
    Edited,
    /// Some bullets move as well, within their group or to another.
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
    /// The text before with other line breaks: no word differs.
    pub rewrapped: String,
}

/// A text, with the bytes of each word, its origin and that of its block.
#[derive(Debug, Clone)]
pub struct Written {
    pub text: String,
    pub words: Vec<(Range<usize>, u64, u64)>,
}

/// Words that the demo's people do not use, so that what was put in is told from what was there.
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

/// Grammar, which what is put in shares with what stood there: the same by chance and no part of the truth.
const GRAMMAR: [&str; 8] = ["the", "and", "of", "with", "for", "a", "in", "to"];

/// Names that nobody in the demo bears.
const NAMES: [&str; 8] = [
    "Halvorsen",
    "Brightmoor",
    "Quillfeather",
    "Ostrander",
    "Zeppelinfeld",
    "PRINCE2-X",
    "Vantagepoint",
    "Kirkuk",
];

struct Maker {
    dice: Dice,
    next: u64,
    /// Whether the text marks its bullets.
    marked: bool,
}

/// What stands before a bullet.
const MARKS: [&str; 3] = ["- ", "* ", "\u{2022} "];

/// Makes cases from the summaries and the experience of the demo's people.
pub fn cases(scenario: Scenario, people: usize) -> impl Iterator<Item = Case> {
    let people = demo::people(demo::DEFAULT_SEED, people).zip(0..);
    people.filter_map(move |(person, seed)| {
        let text = format!("{}\n{}", person.summary.unwrap_or_default(), person.experience?);
        case(&text, seed, scenario)
    })
}

/// Makes a case from any text with six lines or more of some length.
pub fn case(text: &str, seed: u64, scenario: Scenario) -> Option<Case> {
    let marked = text.lines().any(|line| MARKS.iter().any(|mark| line.trim().starts_with(mark)));
    let mut maker = Maker { dice: Dice::new(seed), next: 1, marked };
    let before: Vec<Block> = text.lines().filter_map(|line| maker.block(line)).collect();
    if before.iter().filter(|block| block.bullet).count() < 6 {
        return None;
    }
    let mut after: Vec<Block> = before.iter().flat_map(|block| maker.edited(block)).collect();
    let mut moved = Vec::new();
    if scenario == Scenario::Moved {
        moved.extend(maker.shifted(&mut after));
        moved.extend(maker.carried(&mut after, &moved));
    }
    let columns = (scenario == Scenario::Wrapped).then_some(72);
    let rewrapped = written(&before, Some(50)).text;
    Some(Case { before: written(&before, columns), after: written(&after, None), moved, rewrapped })
}

impl Maker {
    fn word(&mut self, text: &str) -> Word {
        self.next += 1;
        Word { text: text.to_owned(), origin: self.next }
    }

    /// Words to put in: at both ends one that is nowhere else, between them also grammar.
    fn fresh(&mut self, most: usize) -> Vec<Word> {
        let count = self.dice.between(1, most);
        let mut words = Vec::new();
        for at in 0..count {
            let inner = at > 0 && at + 1 < count;
            let from: &[&str] = if inner && self.dice.chance(400) { &GRAMMAR } else { &FRESH };
            let text = from[self.dice.below(from.len())];
            words.push(self.word(text));
        }
        words
    }

    /// A sentence to put in.
    fn sentence(&mut self) -> Vec<Word> {
        let mut words: Vec<Word> = (0..3).flat_map(|_| self.fresh(3)).collect();
        let last = words.len() - 1;
        words[0] = self.word(&capital(&words[0].text));
        words[last] = self.word(&format!("{}.", words[last].text));
        words
    }

    /// A line with a bullet mark is a bullet, as is a line of a text without marks that is long enough for one.
    fn block(&mut self, line: &str) -> Option<Block> {
        let line = line.trim();
        let rest = MARKS.into_iter().find_map(|mark| line.strip_prefix(mark));
        let words: Vec<Word> = rest.unwrap_or(line).split_whitespace().map(|word| self.word(word)).collect();
        self.next += 1;
        let bullet = rest.is_some() || !self.marked && (5..25).contains(&words.len());
        (!words.is_empty()).then_some(Block { origin: self.next, bullet, words })
    }

    /// What becomes of a block: nothing, itself, a changed one, or one more behind it.
    fn edited(&mut self, block: &Block) -> Vec<Block> {
        let mut block = block.clone();
        if block.bullet && self.dice.chance(60) {
            return Vec::new();
        }
        if block.words.len() >= 8 && self.dice.chance(600) {
            self.edit(&mut block.words);
        }
        if !block.bullet && block.words.len() >= 20 && self.dice.chance(500) {
            self.edit_sentence(&mut block.words);
        }
        let bullet = block.bullet;
        let mut blocks = vec![block];
        if bullet && self.dice.chance(60) {
            self.next += 1;
            let origin = self.next;
            let words = (0..3).flat_map(|_| self.fresh(3)).collect();
            blocks.push(Block { origin, bullet: true, words });
        }
        blocks
    }

    /// Gives up a sentence of a paragraph or puts one in.
    fn edit_sentence(&mut self, words: &mut Vec<Word>) {
        let ends: Vec<usize> =
            (0..words.len()).filter(|at| words[*at].text.ends_with('.')).map(|at| at + 1).collect();
        let Some(at) = ends.get(self.dice.below(ends.len())).copied() else { return };
        let before = ends.iter().rev().find(|end| **end < at).copied().unwrap_or(0);
        if ends.len() > 1 && at - before < words.len() && self.dice.chance(500) {
            words.drain(before..at);
        } else {
            let new = self.sentence();
            words.splice(at..at, new);
        }
    }

    fn edit(&mut self, words: &mut Vec<Word>) {
        let number = words.iter().position(|word| word.text.chars().any(|c| c.is_ascii_digit()));
        let is_name = |word: &Word| word.text.len() > 2 && word.text.starts_with(char::is_uppercase);
        let name = (1..words.len()).find(|at| is_name(&words[*at]) && Some(*at) != number);
        match (self.dice.below(7), number, name) {
            (0 | 1, Some(at), _) => {
                let other =
                    |c: char| c.to_digit(10).map_or(c, |digit| char::from(b'0' + ((digit + 3) % 10) as u8));
                let text: String = words[at].text.chars().map(other).collect();
                words[at] = self.word(&text);
            }
            (5, _, Some(at)) => {
                let text = NAMES[self.dice.below(NAMES.len())];
                words[at] = self.word(text);
            }
            (0..=2 | 5 | 6, ..) => {
                let (at, length) = (self.dice.below(words.len() - 4), self.dice.between(1, 4));
                let new = self.fresh(5);
                words.splice(at..at + length, new);
            }
            (3, ..) => {
                let at = self.dice.below(words.len());
                let new = self.fresh(4);
                words.splice(at..at, new);
            }
            _ => {
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

    /// Carries one bullet to another group.
    fn carried(&mut self, blocks: &mut Vec<Block>, moved: &[u64]) -> Option<u64> {
        let groups: Vec<usize> = blocks
            .iter()
            .scan((0, false), |(group, before), block| {
                *group += usize::from(block.bullet && !*before);
                *before = block.bullet;
                Some(*group)
            })
            .collect();
        let free = |at: &usize| {
            let block = &blocks[*at];
            block.bullet && block.words.len() >= 6 && !moved.contains(&block.origin)
        };
        let able: Vec<usize> = (0..blocks.len()).filter(free).collect();
        let from = able.get(self.dice.below(able.len())).copied()?;
        let far = |at: &usize| blocks[*at].bullet && groups[*at] != groups[from] && at.abs_diff(from) > 3;
        let targets: Vec<usize> = (0..blocks.len()).filter(far).collect();
        let to = targets.get(self.dice.below(targets.len())).copied()?;
        let block = blocks.remove(from);
        let origin = block.origin;
        blocks.insert(if to > from { to - 1 } else { to }, block);
        Some(origin)
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Writes blocks out: bullets on lines that follow one another, paragraphs apart.
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
