//! The steps up to the kept words of every pair of blocks, in one order whichever side comes first.
//!
//! Ties in an alignment are broken by the order of the arguments. So that swapping the sides swaps the result and
//! nothing else, the lesser text always takes the first place here, and the result is turned round at the end.

use std::ops::Range;

use super::{
    align::{Blocks, Bond, align},
    block::{Block, Lines},
    breaks::reconcile,
    inner::{Half, kept},
    score::Weights,
    token::{Lexicon, Token},
};

/// One side of a section, cut up.
#[derive(Debug)]
pub(super) struct Analysed<'a> {
    pub text: &'a str,
    pub tokens: Vec<Token>,
    pub blocks: Vec<Block>,
}

impl Analysed<'_> {
    pub fn tokens_of(&self, block: &Block) -> &[Token] {
        self.tokens.get(block.tokens.clone()).unwrap_or_default()
    }

    /// The tokens within a range of bytes.
    pub fn tokens_in(&self, range: &Range<usize>) -> &[Token] {
        let from = self.tokens.partition_point(|token| token.range.start < range.start);
        let to = self.tokens.partition_point(|token| token.range.end <= range.end);
        self.tokens.get(from..to.max(from)).unwrap_or_default()
    }
}

/// Two blocks that share a row, and what is kept.
#[derive(Debug)]
pub(super) struct MatchedPair {
    pub before: usize,
    pub after: usize,
    pub moved: bool,
    /// Kept words as pairs of indices into the tokens of the blocks.
    pub kept: Vec<(usize, usize)>,
}

/// A section whose blocks and words are matched.
#[derive(Debug)]
pub(super) struct Matched<'a> {
    pub before: Analysed<'a>,
    pub after: Analysed<'a>,
    /// In the order of the before side.
    pub pairs: Vec<MatchedPair>,
    /// Whether everything was compared before `stop` said so.
    pub complete: bool,
}

/// Matches two texts. After `stop` has said so, pairs that are not equal are shown as replaced.
pub(super) fn matched<'a>(before: &'a str, after: &'a str, stop: &dyn Fn() -> bool) -> Matched<'a> {
    if before <= after {
        return in_order(before, after, stop);
    }
    let Matched { before: after, after: before, pairs, complete } = in_order(after, before, stop);
    let turn = |pair: MatchedPair| MatchedPair {
        before: pair.after,
        after: pair.before,
        moved: pair.moved,
        kept: pair.kept.into_iter().map(|(i, j)| (j, i)).collect(),
    };
    let mut pairs: Vec<MatchedPair> = pairs.into_iter().map(turn).collect();
    pairs.sort_unstable_by_key(|pair| pair.before);
    Matched { before, after, pairs, complete }
}

fn in_order<'a>(before: &'a str, after: &'a str, stop: &dyn Fn() -> bool) -> Matched<'a> {
    let mut lexicon = Lexicon::default();
    let (left, right) = (lexicon.tokens(before), lexicon.tokens(after));
    let (mut left_lines, mut right_lines) = (Lines::read(before, &left), Lines::read(after, &right));
    reconcile((&left, &right), &mut left_lines, &mut right_lines);
    let before = Analysed { text: before, blocks: left_lines.blocks(), tokens: left };
    let after = Analysed { text: after, blocks: right_lines.blocks(), tokens: right };
    if before.text == after.text {
        let pairs = (0..before.blocks.len()).map(|at| same(&before, at)).collect();
        return Matched { before, after, pairs, complete: true };
    }
    let [a, b] = [&before, &after].map(|side| Blocks { tokens: &side.tokens, blocks: &side.blocks });
    let weights = Weights::new(lexicon.stems(), a.all().chain(b.all()));
    let aligned = align(a, b, &weights, stop);
    let mut complete = aligned.complete;
    let pairs = aligned
        .pairs
        .into_iter()
        .map(|pair| {
            let (x, y) = (a.tokens(pair.before), b.tokens(pair.after));
            let kept = match pair.bond {
                Bond::Equal => (0..x.len()).map(|at| (at, at)).collect(),
                Bond::Replaced => Vec::new(),
                Bond::Alike if stop() => {
                    complete = false;
                    Vec::new()
                }
                Bond::Alike => kept(
                    Half { text: before.text, tokens: x },
                    Half { text: after.text, tokens: y },
                    &weights,
                ),
            };
            MatchedPair { before: pair.before, after: pair.after, moved: pair.moved, kept }
        })
        .collect();
    Matched { before, after, pairs, complete }
}

fn same(side: &Analysed<'_>, at: usize) -> MatchedPair {
    let words = side.blocks.get(at).map_or(0, |block| block.tokens.len());
    MatchedPair { before: at, after: at, moved: false, kept: (0..words).map(|word| (word, word)).collect() }
}
