//! Line breaks that one side has and the other has not.
//!
//! If the same words stand beside each other on one line of the other side, the break between them here is the work
//! of a wrapping editor and not the end of a block. Both sides come to the same answer, so that a text and its
//! re-wrapped twin fall into the same blocks.

use std::collections::{HashMap, HashSet};

use similar::{Algorithm, capture_diff_slices};

use super::{
    block::{Break, Line, Lines},
    token::Token,
};

/// What one side knows about two neighbours; the same two words can stand in several places.
#[derive(Debug, Default, Clone, Copy)]
struct Seen(u8);

/// On one line.
const INLINE: u8 = 1;
/// On two lines that are one block.
const JOINED: u8 = 2;
/// In two blocks, perhaps.
const APART: u8 = 4;
/// In two blocks, and meant to be.
const MEANT: u8 = 8;

impl Seen {
    const fn note(&mut self, start: Option<Break>) {
        self.0 |= match start {
            None => INLINE,
            Some(Break::Joined) => JOINED,
            Some(Break::Split) => APART,
            Some(Break::Hard | Break::Deliberate) => APART | MEANT,
        };
    }

    const fn any(self, what: u8) -> bool {
        self.0 & what != 0
    }
}

/// Lets each side correct the other.
pub(super) fn reconcile(tokens: (&[Token], &[Token]), before: &mut Lines, after: &mut Lines) {
    let of_before = no_marks(tokens.0, before, tokens.1, after);
    let of_after = no_marks(tokens.1, after, tokens.0, before);
    before.unmark(&of_before);
    after.unmark(&of_after);
    let doubts = |lines: &Lines| lines.breaks.iter().any(|found| *found != Break::Hard);
    if !doubts(before) && !doubts(after) {
        return;
    }
    let (a, b) = (Stream::new(tokens.0, before), Stream::new(tokens.1, after));
    let kept = kept(&a.keys, &b.keys);
    let turned: Vec<(usize, usize)> = kept.iter().map(|(i, j)| (*j, *i)).collect();
    let for_before = corrected(before, &a, &Witness { side: &b, words: Words::new(&b), kept: &kept });
    let for_after = corrected(after, &b, &Witness { side: &a, words: Words::new(&a), kept: &turned });
    (before.breaks, after.breaks) = (for_before, for_after);
}

/// The lines whose bullet mark is a dash or an asterisk that a wrapping editor has brought to their start: the other
/// side has it on one line with the words around it, and nowhere at the start of one.
fn no_marks(tokens: &[Token], lines: &Lines, others: &[Token], other: &Lines) -> Vec<usize> {
    let marked = marks(tokens, lines);
    if marked.is_empty() {
        return Vec::new();
    }
    let meant: HashSet<[u32; 3]> = marks(others, other).into_iter().map(|(_, around)| around).collect();
    let mut inline: HashSet<[u32; 3]> = HashSet::new();
    for line in &other.list {
        let words = others.get(line.tokens.clone()).unwrap_or_default();
        inline.extend(words.windows(3).filter_map(|words| match words {
            [before, mark, behind] if !mark.is_word() => Some([before.key, mark.key, behind.key]),
            _ => None,
        }));
    }
    let is_word = |around: &[u32; 3]| inline.contains(around) && !meant.contains(around);
    marked.into_iter().filter(|(_, around)| is_word(around)).map(|(line, _)| line).collect()
}

/// The lines with a bullet mark that follow another at once, each with the mark and the words around it.
fn marks(tokens: &[Token], lines: &Lines) -> Vec<(usize, [u32; 3])> {
    let around = |at: usize, line: &Line| {
        let first = line.tokens.start;
        let key = |index: Option<usize>| Some(tokens.get(index?)?.key);
        Some((at, [key(first.checked_sub(2))?, key(first.checked_sub(1))?, key(Some(first))?]))
    };
    let follows = |(at, line): &(usize, &Line)| *at > 0 && line.has_mark() && !line.after_blank;
    lines.list.iter().enumerate().filter(follows).filter_map(|(at, line)| around(at, line)).collect()
}

/// The words of a side without bullet marks in one row, and how each follows the one before: `None` is on the same
/// line.
struct Stream {
    keys: Vec<u32>,
    starts: Vec<Option<Break>>,
}

impl Stream {
    fn new(tokens: &[Token], lines: &Lines) -> Self {
        let (mut keys, mut starts) = (Vec::with_capacity(tokens.len()), Vec::with_capacity(tokens.len()));
        for (line, found) in lines.list.iter().zip(&lines.breaks) {
            for (at, token) in tokens.get(line.tokens.clone()).unwrap_or_default().iter().enumerate() {
                keys.push(token.key);
                starts.push((at == 0).then_some(*found));
            }
        }
        Self { keys, starts }
    }
}

/// The words in common order; none for texts so long that finding them would take too long.
fn kept(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    const LONGEST: usize = 20_000;
    if a.len().max(b.len()) > LONGEST {
        return Vec::new();
    }
    let ops = capture_diff_slices(Algorithm::Histogram, a, b).into_iter();
    let equal = ops.filter(|op| matches!(op, similar::DiffOp::Equal { .. }));
    equal.flat_map(|op| op.old_range().zip(op.new_range())).collect()
}

/// Two words on each side of a break; at the end of the text `NONE`.
type Context = [u32; 4];
const NONE: u32 = u32::MAX;

fn context(keys: &[u32], at: usize) -> Context {
    let key = |index: Option<usize>| index.and_then(|index| keys.get(index)).copied().unwrap_or(NONE);
    [key(at.checked_sub(2)), key(at.checked_sub(1)), key(Some(at)), key(Some(at + 1))]
}

const fn narrow(context: Context) -> Context {
    [NONE, context[1], context[2], NONE]
}

/// What a side knows of words wherever they stand: for text that moved.
struct Words {
    wide: HashMap<Context, Seen>,
    narrow: HashMap<Context, Seen>,
}

impl Words {
    fn new(side: &Stream) -> Self {
        let capacity = side.keys.len();
        let mut words =
            Self { wide: HashMap::with_capacity(capacity), narrow: HashMap::with_capacity(capacity) };
        for (at, start) in side.starts.iter().enumerate().skip(1) {
            let context = context(&side.keys, at);
            words.wide.entry(context).or_default().note(*start);
            words.narrow.entry(narrow(context)).or_default().note(*start);
        }
        words
    }

    fn ask(&self, context: Context) -> Seen {
        self.wide.get(&context).or_else(|| self.narrow.get(&narrow(context))).copied().unwrap_or_default()
    }
}

/// The other side, asked about a break.
struct Witness<'a> {
    side: &'a Stream,
    words: Words,
    /// Words in common order: of the side that asks, of this one.
    kept: &'a [(usize, usize)],
}

impl Witness<'_> {
    /// What stands here where the other side has a break before its `at`th word.
    fn ask(&self, other: &Stream, at: usize) -> Seen {
        self.between(at).unwrap_or_else(|| self.words.ask(context(&other.keys, at)))
    }

    /// Looks between the nearest kept words before and behind the break, if they are near.
    fn between(&self, at: usize) -> Option<Seen> {
        const NEAR: usize = 8;
        let next = self.kept.partition_point(|(mine, _)| *mine < at);
        let (before, first) = *self.kept.get(next.checked_sub(1)?)?;
        let (behind, last) = *self.kept.get(next)?;
        if behind - before > NEAR || last - first > NEAR {
            return None;
        }
        let mut seen = Seen::default();
        for start in self.side.starts.get(first + 1..=last)?.iter().flatten() {
            seen.note(Some(*start));
        }
        if !seen.any(JOINED | APART) {
            seen.note(None);
        }
        Some(seen)
    }
}

fn corrected(lines: &Lines, side: &Stream, other: &Witness<'_>) -> Vec<Break> {
    let mut at = 0;
    let pairs = lines.list.iter().zip(&lines.breaks);
    pairs
        .map(|(line, found)| {
            let start = at;
            at += line.tokens.len();
            if *found == Break::Hard {
                return Break::Hard;
            }
            let seen = other.ask(side, start);
            match found {
                Break::Deliberate if seen.any(INLINE) && !seen.any(APART) => Break::Joined,
                Break::Split if seen.any(INLINE | JOINED) && !seen.any(APART) => Break::Joined,
                Break::Joined if seen.any(MEANT) && !seen.any(INLINE) => Break::Split,
                Break::Hard | Break::Deliberate | Break::Split | Break::Joined => *found,
            }
        })
        .collect()
}
