//! Line breaks that one side has and the other has not.
//!
//! If the same two words stand beside each other on one line of the other side, the break between them here is the
//! work of a wrapping editor and not the end of a block. Both sides come to the same answer, so that a text and its
//! re-wrapped twin fall into the same blocks.

use std::collections::HashMap;

use super::{
    block::{Break, Lines},
    token::Token,
};

/// What one side knows about two neighbours.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    /// On one line, or on two that are one block.
    together: bool,
    /// In two blocks.
    apart: bool,
    /// In two blocks without doubt.
    hard: bool,
}

/// Two words on each side of a break; at the end of the text `NONE`.
type Context = [u32; 4];
const NONE: u32 = u32::MAX;

/// Lets each side correct the other.
pub(super) fn reconcile(tokens: (&[Token], &[Token]), before: &mut Lines, after: &mut Lines) {
    let doubts = |lines: &Lines| lines.breaks.iter().any(|found| *found != Break::Hard);
    if !doubts(before) && !doubts(after) {
        return;
    }
    let (seen_before, seen_after) = (Witness::new(tokens.0, before), Witness::new(tokens.1, after));
    let for_before = corrected(tokens.0, before, &seen_after);
    let for_after = corrected(tokens.1, after, &seen_before);
    (before.breaks, after.breaks) = (for_before, for_after);
}

/// Tokens without bullet marks, and which of them begin a line.
struct Witness {
    wide: HashMap<Context, Seen>,
    narrow: HashMap<Context, Seen>,
}

/// The tokens of the lines in one row, and for each how it follows the one before: `None` on the same line.
fn stream(tokens: &[Token], lines: &Lines) -> (Vec<u32>, Vec<Option<Break>>) {
    let mut keys = Vec::with_capacity(tokens.len());
    let mut starts = Vec::with_capacity(tokens.len());
    for (line, found) in lines.list.iter().zip(&lines.breaks) {
        for (at, token) in tokens.get(line.tokens.clone()).unwrap_or_default().iter().enumerate() {
            keys.push(token.key);
            starts.push((at == 0).then_some(*found));
        }
    }
    (keys, starts)
}

fn context(keys: &[u32], at: usize) -> Context {
    let key = |index: Option<usize>| index.and_then(|index| keys.get(index)).copied().unwrap_or(NONE);
    [key(at.checked_sub(2)), key(at.checked_sub(1)), key(Some(at)), key(Some(at + 1))]
}

const fn narrow(context: Context) -> Context {
    [NONE, context[1], context[2], NONE]
}

impl Witness {
    fn new(tokens: &[Token], lines: &Lines) -> Self {
        let (keys, starts) = stream(tokens, lines);
        let mut witness =
            Self { wide: HashMap::with_capacity(keys.len()), narrow: HashMap::with_capacity(keys.len()) };
        for (at, start) in starts.iter().enumerate().skip(1) {
            let context = context(&keys, at);
            for (map, context) in [(&mut witness.wide, context), (&mut witness.narrow, narrow(context))] {
                let seen = map.entry(context).or_default();
                match start {
                    None | Some(Break::Joined) => seen.together = true,
                    Some(Break::Split) => seen.apart = true,
                    Some(Break::Hard) => (seen.apart, seen.hard) = (true, true),
                }
            }
        }
        witness
    }

    fn ask(&self, context: Context) -> Seen {
        self.wide.get(&context).or_else(|| self.narrow.get(&narrow(context))).copied().unwrap_or_default()
    }
}

fn corrected(tokens: &[Token], lines: &Lines, other: &Witness) -> Vec<Break> {
    let (keys, _) = stream(tokens, lines);
    let mut at = 0;
    lines
        .list
        .iter()
        .zip(&lines.breaks)
        .map(|(line, found)| {
            let start = at;
            at += line.tokens.len();
            let seen = other.ask(context(&keys, start));
            match found {
                Break::Hard => Break::Hard,
                Break::Split if seen.together && !seen.apart => Break::Joined,
                Break::Joined if seen.hard && !seen.together => Break::Split,
                Break::Split | Break::Joined => *found,
            }
        })
        .collect()
}
