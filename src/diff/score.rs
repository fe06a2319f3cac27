//! How much two pieces of text have in common: Dice over stems, rare and telling ones counting more.

use std::ops::Range;

use super::token::Token;

/// What a stem weighs within one section.
#[derive(Debug, Default)]
pub(super) struct Weights(Vec<f32>);

impl Weights {
    /// Weighs the stems of the blocks of both sides: the word's own weight times ln(1 + N/df), N blocks in all, df
    /// of them with the stem.
    pub fn new<'a>(stems: usize, blocks: impl Iterator<Item = &'a [Token]>) -> Self {
        let mut found = vec![(0.0_f32, 0_u32, u32::MAX); stems];
        let mut number = 0_u32;
        for block in blocks {
            for token in block {
                let Some((weight, blocks, last)) = found.get_mut(token.stem as usize) else { continue };
                *weight = weight.max(token.weight());
                if *last != number {
                    (*blocks, *last) = (*blocks + 1, number);
                }
            }
            number += 1;
        }
        // A weight needs no more than the precision of f32.
        #[allow(clippy::cast_precision_loss, reason = "numbers of blocks are small")]
        let idf = |blocks: u32| (1.0 + number as f32 / blocks.max(1) as f32).ln();
        Self(found.into_iter().map(|(weight, blocks, _)| weight * idf(blocks)).collect())
    }

    fn of(&self, stem: u32) -> f32 {
        self.0.get(stem as usize).copied().unwrap_or_default()
    }

    /// The stems of `tokens`.
    pub fn bag(&self, tokens: &[Token]) -> Bag {
        let mut stems: Vec<u32> = tokens.iter().map(|token| token.stem).collect();
        stems.sort_unstable();
        let total = stems.iter().map(|stem| self.of(*stem)).sum();
        let mut counted: Vec<(u32, u32)> = Vec::with_capacity(stems.len());
        for stem in stems {
            match counted.last_mut() {
                Some((last, count)) if *last == stem => *count += 1,
                Some(_) | None => counted.push((stem, 1)),
            }
        }
        Bag { stems: counted, total }
    }

    /// Returns how much two bags share, from 0 to 1.
    pub fn similarity(&self, a: &Bag, b: &Bag) -> f32 {
        if a.total + b.total <= 0.0 {
            return 0.0;
        }
        let (mut left, mut right) = (a.stems.iter().peekable(), b.stems.iter().peekable());
        let mut shared = 0.0;
        while let (Some((stem, count)), Some((other, times))) = (left.peek(), right.peek()) {
            match stem.cmp(other) {
                std::cmp::Ordering::Less => drop(left.next()),
                std::cmp::Ordering::Greater => drop(right.next()),
                std::cmp::Ordering::Equal => {
                    shared += self.of(*stem) * small(*count.min(times));
                    left.next();
                    right.next();
                }
            }
        }
        2.0 * shared / (a.total + b.total)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a word is not repeated millions of times in one block")]
const fn small(count: u32) -> f32 {
    count as f32
}

/// The stems of a piece of text with how often each occurs, sorted.
#[derive(Debug, Default)]
pub(super) struct Bag {
    stems: Vec<(u32, u32)>,
    total: f32,
}

/// Similarities of the pieces of one side with those of the other.
#[derive(Debug)]
pub(super) struct Matrix {
    scores: Vec<f32>,
    columns: usize,
}

impl Matrix {
    /// Compares all with all; `None` if `stop` says so meanwhile.
    pub fn new(weights: &Weights, a: &[&Bag], b: &[&Bag], stop: &dyn Fn() -> bool) -> Option<Self> {
        let mut scores = Vec::with_capacity(a.len() * b.len());
        for bag in a {
            if stop() {
                return None;
            }
            scores.extend(b.iter().map(|other| weights.similarity(bag, other)));
        }
        Some(Self { scores, columns: b.len() })
    }

    /// The similarity of the `i`th with the `j`th.
    pub fn at(&self, i: usize, j: usize) -> f32 {
        self.scores.get(i * self.columns + j).copied().unwrap_or_default()
    }

    /// Rules out that the `i`th and the `j`th belong together.
    pub fn forbid(&mut self, i: usize, j: usize) {
        if let Some(score) = self.scores.get_mut(i * self.columns + j) {
            *score = 0.0;
        }
    }

    /// Returns the pairs in order for which the sum of similarity minus a tenth is greatest; none is below `least`.
    pub fn best_in_order(&self, least: f32) -> Vec<(usize, usize)> {
        const PRICE: f32 = 0.1;
        let (rows, columns) = (self.scores.len().checked_div(self.columns).unwrap_or(0), self.columns);
        let width = columns + 1;
        let mut best = vec![0.0_f32; (rows + 1) * width];
        let get = |best: &[f32], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or_default();
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let mut found = get(&best, i, j + 1).max(get(&best, i + 1, j));
            if self.at(i, j) >= least {
                found = found.max(get(&best, i, j) + self.at(i, j) - PRICE);
            }
            if let Some(slot) = best.get_mut((i + 1) * width + j + 1) {
                *slot = found;
            }
        }
        let (mut i, mut j, mut pairs) = (rows, columns, Vec::new());
        while i > 0 && j > 0 {
            let here = get(&best, i, j);
            if here <= get(&best, i - 1, j) {
                i -= 1;
            } else if here <= get(&best, i, j - 1) {
                j -= 1;
            } else {
                (i, j) = (i - 1, j - 1);
                pairs.push((i, j));
            }
        }
        pairs.reverse();
        pairs
    }
}

/// The free places between pairs that are in order: what of `0..rows` and of `0..columns` lies between two of them.
pub(super) fn gaps(
    pairs: &[(usize, usize)],
    rows: usize,
    columns: usize,
) -> Vec<(Range<usize>, Range<usize>)> {
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::with_capacity(pairs.len() + 1);
    for (row, column) in pairs.iter().copied().chain([(rows, columns)]) {
        out.push((i..row, j..column));
        (i, j) = (row + 1, column + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::token::Lexicon;

    fn similarities(before: &[&str], after: &[&str]) -> Matrix {
        let mut lexicon = Lexicon::default();
        let [a, b] =
            [before, after].map(|side| side.iter().map(|text| lexicon.tokens(text)).collect::<Vec<_>>());
        let weights = Weights::new(lexicon.stems(), a.iter().chain(&b).map(Vec::as_slice));
        let [a, b] = [&a, &b].map(|side| side.iter().map(|tokens| weights.bag(tokens)).collect::<Vec<_>>());
        Matrix::new(&weights, &a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>(), &|| false)
            .unwrap()
    }

    #[test]
    fn forms_of_a_word_count_and_stop_words_hardly() {
        let matrix = similarities(
            &["Managed a team of 25 people", "Responsible for the stock"],
            &["Managing teams of 25 persons", "Led the planning of the shifts"],
        );
        assert!(matrix.at(0, 0) > 0.4, "{}", matrix.at(0, 0));
        assert!(matrix.at(1, 1) < 0.22, "{}", matrix.at(1, 1));
        assert_eq!(matrix.best_in_order(0.22), [(0, 0)]);
    }

    #[test]
    fn the_best_pairs_in_order_are_found() {
        let scores = vec![0.2, 0.9, 0.3, 0.8, 0.2, 0.9];
        let matrix = Matrix { scores, columns: 3 };
        assert_eq!(matrix.best_in_order(0.22), [(0, 1), (1, 2)]);
        assert_eq!(gaps(&[(0, 1), (1, 2)], 2, 3), [(0..0, 0..1), (1..1, 2..2), (2..2, 3..3)]);
    }

    #[test]
    fn a_stopped_comparison_gives_nothing() {
        let weights = Weights::default();
        assert!(Matrix::new(&weights, &[&Bag::default()], &[], &|| true).is_none());
    }
}
