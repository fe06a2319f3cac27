//! Which block of one side is which of the other.
//!
//! Equal blocks first: their heaviest common order anchors the rest, so that a long text costs little. Between the
//! anchors pairs are made by similarity; what is left may have moved; what is left of that, one for one in one gap,
//! shares a row as replaced.

use std::{collections::HashMap, ops::Range};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{
    block::{Block, BlockKind},
    score::{Bag, Matrix, Weights, gaps},
    token::Token,
};

/// The least similarity of a pair in order.
const PAIR: f32 = 0.22;
/// The least similarity of a title and a text.
const MIXED: f32 = 0.4;
/// The least similarity of a block with itself elsewhere.
const MOVED: f32 = 0.5;
/// A pair below this may be parted for a move that is better by `BETTER`.
const WEAK: f32 = 0.35;
const BETTER: f32 = 0.25;
/// More blocks than this on one side are not searched for moves.
const MOVES: usize = 100;
/// More pairs than this in one gap are not compared.
const CELLS: usize = 250_000;

/// How two blocks belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// Word for word the same.
    Equal,
    /// One is a version of the other.
    Alike,
    /// One stands in the place of the other.
    Replaced,
}

/// Two blocks that share a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub before: usize,
    pub after: usize,
    pub bond: Bond,
    /// Whether it crosses the common order.
    pub moved: bool,
    score: f32,
}

/// One side of the comparison.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a> {
    pub tokens: &'a [Token],
    pub blocks: &'a [Block],
}

impl<'a> Blocks<'a> {
    pub fn tokens(&self, block: usize) -> &'a [Token] {
        self.blocks.get(block).and_then(|block| self.tokens.get(block.tokens.clone())).unwrap_or_default()
    }

    fn keys(&self, block: usize) -> impl Iterator<Item = u32> + use<'a> {
        self.tokens(block).iter().map(|token| token.key)
    }

    fn is_title(&self, block: usize) -> bool {
        self.blocks.get(block).is_some_and(|block| block.kind.is_title())
    }

    /// Every block's tokens in order.
    pub fn all(&self) -> impl Iterator<Item = &'a [Token]> + '_ {
        (0..self.blocks.len()).map(|block| self.tokens(block))
    }
}

/// Pairs the blocks; `None` if `stop` said so before similarity was done: then only equal blocks are paired.
pub(super) struct Aligned {
    /// In the order of the before side.
    pub pairs: Vec<Pair>,
    /// Whether everything was compared.
    pub complete: bool,
}

/// Pairs the blocks of both sides. When `stop` says so, what is known by then stands.
pub(super) fn align(
    before: Blocks<'_>,
    after: Blocks<'_>,
    weights: &Weights,
    stop: &dyn Fn() -> bool,
) -> Aligned {
    let [a, b] = [before, after].map(|side| side.all().map(|tokens| weights.bag(tokens)).collect::<Vec<_>>());
    let mut aligner = Aligner { before, after, weights, a, b, pairs: Vec::new(), complete: true };
    aligner.anchor();
    aligner.by_similarity(stop);
    if aligner.complete {
        aligner.moves(stop);
        aligner.choose_spine();
        aligner.by_similarity(stop);
    }
    aligner.replaced();
    aligner.pairs.sort_unstable_by_key(|pair| pair.before);
    Aligned { pairs: aligner.pairs, complete: aligner.complete }
}

struct Aligner<'a> {
    before: Blocks<'a>,
    after: Blocks<'a>,
    weights: &'a Weights,
    a: Vec<Bag>,
    b: Vec<Bag>,
    pairs: Vec<Pair>,
    complete: bool,
}

impl Aligner<'_> {
    fn anchor(&mut self) {
        let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
        let [a, b] = [self.before, self.after].map(|side| {
            side.all()
                .map(|tokens| {
                    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                    *numbers.entry(tokens.iter().map(|token| token.key).collect()).or_insert(next)
                })
                .collect::<Vec<u32>>()
        });
        let unique = unique_pairs(&a, &b, numbers.len());
        let heavy = |(i, _): &(usize, usize)| self.importance(*i);
        let mut anchors = heaviest_in_order(&unique, heavy, b.len());
        for (rows, columns) in gaps(&anchors.clone(), a.len(), b.len()) {
            let (left, right) =
                (a.get(rows.clone()).unwrap_or_default(), b.get(columns.clone()).unwrap_or_default());
            if left.is_empty() || right.is_empty() || left.len().saturating_mul(right.len()) > CELLS {
                continue;
            }
            anchors.extend(equal_runs(left, right).map(|(i, j)| (rows.start + i, columns.start + j)));
        }
        anchors.sort_unstable();
        self.pairs = anchors
            .into_iter()
            .map(|(before, after)| Pair { before, after, bond: Bond::Equal, moved: false, score: 1.0 })
            .collect();
    }

    /// How much speaks for a block staying in place: of two orders that are equally long, the one that holds titles
    /// and long texts is the natural one.
    fn importance(&self, before: usize) -> f32 {
        let text = self.before.tokens(before).iter().map(Token::weight).sum::<f32>();
        1.0 + if self.before.is_title(before) { 0.4 } else { 0.0 } + text.min(50.0) / 500.0
    }

    /// The blocks of both sides that are in no pair, by the gaps of the common order.
    fn left_over(&self) -> Vec<(Vec<usize>, Vec<usize>)> {
        let (mut left, mut right) = (vec![true; self.a.len()], vec![true; self.b.len()]);
        for pair in &self.pairs {
            for slot in left.get_mut(pair.before).into_iter().chain(right.get_mut(pair.after)) {
                *slot = false;
            }
        }
        let spine = self.pairs.iter().filter(|pair| !pair.moved);
        let mut spine: Vec<(usize, usize)> = spine.map(|pair| (pair.before, pair.after)).collect();
        spine.sort_unstable();
        let open =
            |range: Range<usize>, free: &[bool]| range.filter(|at| free.get(*at) == Some(&true)).collect();
        let gaps = gaps(&spine, self.a.len(), self.b.len()).into_iter();
        gaps.map(|(rows, columns)| (open(rows, &left), open(columns, &right))).collect()
    }

    /// Pairs what is alike between two that are paired already.
    fn by_similarity(&mut self, stop: &dyn Fn() -> bool) {
        for (rows, columns) in self.left_over() {
            if rows.is_empty() || columns.is_empty() {
                continue;
            }
            if rows.len().saturating_mul(columns.len()) > CELLS {
                self.complete = false;
                continue;
            }
            let left: Vec<&Bag> = rows.iter().filter_map(|at| self.a.get(*at)).collect();
            let right: Vec<&Bag> = columns.iter().filter_map(|at| self.b.get(*at)).collect();
            let Some(mut matrix) = Matrix::new(self.weights, &left, &right, stop) else {
                self.complete = false;
                return;
            };
            for (i, before) in rows.iter().enumerate() {
                for (j, after) in columns.iter().enumerate() {
                    let mixed = self.before.is_title(*before) != self.after.is_title(*after);
                    if mixed && matrix.at(i, j) < MIXED {
                        matrix.forbid(i, j);
                    }
                }
            }
            for (i, j) in matrix.best_in_order(PAIR) {
                if let (Some(before), Some(after)) = (rows.get(i), columns.get(j)) {
                    self.pair(*before, *after, matrix.at(i, j));
                }
            }
        }
    }

    fn pair(&mut self, before: usize, after: usize, score: f32) {
        let equal = self.before.keys(before).eq(self.after.keys(after));
        let bond = if equal { Bond::Equal } else { Bond::Alike };
        self.pairs.push(Pair { before, after, bond, moved: false, score });
    }

    /// Of all pairs, those in the heaviest common order stay in place and the others have moved. What is too little
    /// alike for a move is parted again.
    fn choose_spine(&mut self) {
        self.pairs.sort_unstable_by_key(|pair| pair.before);
        let all: Vec<(usize, usize)> = self.pairs.iter().map(|pair| (pair.before, pair.after)).collect();
        let scores: HashMap<usize, f32> = self.pairs.iter().map(|pair| (pair.before, pair.score)).collect();
        let heavy = |(i, _): &(usize, usize)| {
            self.importance(*i) * 0.5 * (1.0 + scores.get(i).copied().unwrap_or_default())
        };
        let spine = heaviest_in_order(&all, heavy, self.b.len());
        for pair in &mut self.pairs {
            pair.moved = spine.binary_search(&(pair.before, pair.after)).is_err();
        }
        self.pairs.retain(|pair| !pair.moved || pair.score >= MOVED);
    }

    /// Pairs what is left over anywhere, best first. A weak pair gives way to a much better one.
    fn moves(&mut self, stop: &dyn Fn() -> bool) {
        let [mut left, mut right] = [vec![0.0; self.a.len()], vec![0.0; self.b.len()]];
        for pair in &self.pairs {
            let bound = if pair.score < WEAK { pair.score + BETTER } else { f32::INFINITY };
            left.get_mut(pair.before)
                .into_iter()
                .chain(right.get_mut(pair.after))
                .for_each(|slot| *slot = bound);
        }
        let free = |bounds: &[f32]| {
            let open = bounds.iter().enumerate().filter(|(_, bound)| bound.is_finite());
            open.map(|(at, bound)| (at, *bound)).take(MOVES).collect::<Vec<_>>()
        };
        let (left, right) = (free(&left), free(&right));
        let mut found: Vec<(f32, usize, usize)> = Vec::new();
        for (i, least) in &left {
            if stop() {
                self.complete = false;
                return;
            }
            let Some(bag) = self.a.get(*i) else { continue };
            for (j, bound) in &right {
                let score = self.b.get(*j).map_or(0.0, |other| self.weights.similarity(bag, other));
                if score >= MOVED.max(*least).max(*bound)
                    && self.before.is_title(*i) == self.after.is_title(*j)
                {
                    found.push((score, *i, *j));
                }
            }
        }
        // Of equals the nearest.
        let order = |found: &(f32, usize, usize)| (found.1.abs_diff(found.2), found.1, found.2);
        found.sort_by(|x, y| y.0.total_cmp(&x.0).then(order(x).cmp(&order(y))));
        let (mut used_before, mut used_after) = (vec![false; self.a.len()], vec![false; self.b.len()]);
        for (score, before, after) in found {
            let (Some(i), Some(j)) = (used_before.get_mut(before), used_after.get_mut(after)) else {
                continue;
            };
            if !*i && !*j {
                (*i, *j) = (true, true);
                self.pairs.retain(|pair| pair.before != before && pair.after != after);
                self.pair(before, after, score);
            }
        }
    }

    /// Pairs left-overs of one kind, equally many in one gap of the common order.
    fn replaced(&mut self) {
        for (rows, columns) in self.left_over() {
            let mut pairs: Vec<(usize, usize)> = Vec::new();
            for kind in [BlockKind::Bullet, BlockKind::Paragraph, BlockKind::Role, BlockKind::Heading] {
                let of = |side: Blocks<'_>, list: &[usize]| {
                    let is = |at: &usize| side.blocks.get(*at).is_some_and(|block| block.kind == kind);
                    list.iter().copied().filter(is).collect::<Vec<_>>()
                };
                let (mine, theirs) = (of(self.before, &rows), of(self.after, &columns));
                let new = || mine.iter().copied().zip(theirs.iter().copied());
                let crosses = |(i, j): (usize, usize)| pairs.iter().any(|(p, q)| (*p < i) != (*q < j));
                if mine.len() == theirs.len() && !new().any(crosses) {
                    pairs.extend(new());
                }
            }
            self.pairs.extend(pairs.into_iter().map(|(before, after)| Pair {
                before,
                after,
                bond: Bond::Replaced,
                moved: false,
                score: 0.0,
            }));
        }
    }
}

/// Pairs of equal keys that occur once on each side, in the order of the first side.
fn unique_pairs(a: &[u32], b: &[u32], keys: usize) -> Vec<(usize, usize)> {
    let single = |side: &[u32]| {
        let mut places = vec![(0_u32, 0_usize); keys];
        for (at, key) in side.iter().enumerate() {
            if let Some(place) = places.get_mut(*key as usize) {
                *place = (place.0 + 1, at);
            }
        }
        places
    };
    let (left, right) = (single(a), single(b));
    let mut pairs: Vec<(usize, usize)> = left
        .into_iter()
        .zip(right)
        .filter(|((in_a, _), (in_b, _))| (*in_a, *in_b) == (1, 1))
        .map(|((_, i), (_, j))| (i, j))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Returns those of `pairs` (sorted, each row and column once) that are in order and weigh most together.
fn heaviest_in_order(
    pairs: &[(usize, usize)],
    weight: impl Fn(&(usize, usize)) -> f32,
    columns: usize,
) -> Vec<(usize, usize)> {
    // A Fenwick tree over columns: the heaviest chain that ends at or before a column, and its last pair.
    let mut tree: Vec<(f32, usize)> = vec![(0.0, usize::MAX); columns + 1];
    let mut previous = vec![usize::MAX; pairs.len()];
    for (index, pair) in pairs.iter().enumerate() {
        let (mut best, mut at) = ((0.0, usize::MAX), pair.1);
        while at > 0 {
            best = tree.get(at).copied().filter(|found| found.0 > best.0).unwrap_or(best);
            at &= at - 1;
        }
        if let Some(slot) = previous.get_mut(index) {
            *slot = best.1;
        }
        let chain = (best.0 + weight(pair), index);
        let mut at = pair.1 + 1;
        while let Some(slot) = tree.get_mut(at) {
            if chain.0 > slot.0 {
                *slot = chain;
            }
            at += at & at.wrapping_neg();
        }
    }
    let mut best = (0.0, usize::MAX);
    let mut at = columns;
    while at > 0 {
        best = tree.get(at).copied().filter(|found| found.0 > best.0).unwrap_or(best);
        at &= at - 1;
    }
    let (mut chain, mut at) = (Vec::new(), best.1);
    while let Some(pair) = pairs.get(at) {
        chain.push(*pair);
        at = previous.get(at).copied().unwrap_or(usize::MAX);
    }
    chain.reverse();
    chain
}

fn equal_runs(a: &[u32], b: &[u32]) -> impl Iterator<Item = (usize, usize)> {
    capture_diff_slices(Algorithm::RawMyers, a, b)
        .into_iter()
        .filter(|op| matches!(op, DiffOp::Equal { .. }))
        .flat_map(|op| op.old_range().zip(op.new_range()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_order_wins_over_the_longest() {
        let pairs = [(0, 2), (1, 0), (2, 1)];
        assert_eq!(heaviest_in_order(&pairs, |_| 1.0, 3), [(1, 0), (2, 1)]);
        assert_eq!(heaviest_in_order(&pairs, |pair| if pair.0 == 0 { 5.0 } else { 1.0 }, 3), [(0, 2)]);
        assert_eq!(heaviest_in_order(&[], |_| 1.0, 0), []);
    }

    #[test]
    fn only_what_occurs_once_on_each_side_is_unique() {
        assert_eq!(unique_pairs(&[0, 1, 2, 1], &[2, 1, 0], 3), [(0, 2), (2, 0)]);
        assert_eq!(equal_runs(&[1, 2, 1], &[1, 1]).collect::<Vec<_>>(), [(0, 0), (2, 1)]);
    }
}
