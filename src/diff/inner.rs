//! Which words of a block are kept in the block that it became: sentences first, then words, then the clean-up of
//! what is the same by chance.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::text::{part, sentences};

use super::{
    score::{Matrix, Weights, gaps},
    token::Token,
};

/// The least similarity of two sentences.
const SENTENCE: f32 = 0.35;
/// The same for the only two left between others.
const ALONE: f32 = 0.25;
/// How much a join of neighbours must gain.
const GAIN: f32 = 0.05;
/// Below this share of kept weight nothing counts as kept.
const SURVIVES: f32 = 0.2;
/// More words times words than this are compared by the bounded algorithm, which may miss the shortest edit.
const EXACT: usize = 1_000_000;

/// One side of a pair of blocks.
#[derive(Clone, Copy)]
pub(super) struct Half<'a> {
    /// The text that the tokens point into.
    pub text: &'a str,
    pub tokens: &'a [Token],
}

/// Two runs of tokens, one of each side.
type Runs = (Range<usize>, Range<usize>);

/// Returns the kept words as pairs of indices into the tokens, in order; none if too little is kept.
pub(super) fn kept(before: Half<'_>, after: Half<'_>, weights: &Weights) -> Vec<(usize, usize)> {
    let mut kept = Vec::with_capacity(before.tokens.len().min(after.tokens.len()));
    for (a, b) in sentence_pairs(before, after, weights) {
        let (left, right) = (
            before.tokens.get(a.clone()).unwrap_or_default(),
            after.tokens.get(b.clone()).unwrap_or_default(),
        );
        kept.extend(words(left, right).into_iter().map(|(i, j)| (a.start + i, b.start + j)));
    }
    let weight = |tokens: &[Token]| tokens.iter().map(Token::weight).sum::<f32>();
    let survives: f32 = kept.iter().filter_map(|(i, _)| before.tokens.get(*i)).map(Token::weight).sum();
    if 2.0 * survives < SURVIVES * (weight(before.tokens) + weight(after.tokens)) {
        kept.clear();
    }
    kept
}

/// The sentences of a block as runs of tokens; they cover it.
fn sentence_runs(half: Half<'_>) -> Vec<Range<usize>> {
    let (Some(first), Some(last)) = (half.tokens.first(), half.tokens.last()) else { return Vec::new() };
    let (start, end) = (first.range.start, last.range.end);
    let mut runs = Vec::new();
    let mut from = 0;
    for sentence in sentences(part(half.text, start..end)) {
        let to = half.tokens.partition_point(|token| token.range.start < start + sentence.end);
        if to > from {
            runs.push(from..to);
            from = to;
        }
    }
    if from < half.tokens.len() {
        runs.push(from..half.tokens.len());
    }
    runs
}

fn sentence_pairs(before: Half<'_>, after: Half<'_>, weights: &Weights) -> Vec<Runs> {
    let (left, right) = (sentence_runs(before), sentence_runs(after));
    if left.len() <= 1 && right.len() <= 1 {
        return left.into_iter().zip(right).collect();
    }
    let bags = |half: Half<'_>, runs: &[Range<usize>]| {
        runs.iter()
            .map(|run| weights.bag(half.tokens.get(run.clone()).unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let (a, b) = (bags(before, &left), bags(after, &right));
    let Some(matrix) =
        Matrix::new(weights, &a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>(), &|| false)
    else {
        return Vec::new();
    };
    let mut pairs = matrix.best_in_order(SENTENCE);
    let alone: Vec<(usize, usize)> = gaps(&pairs, a.len(), b.len())
        .into_iter()
        .filter(|(rows, columns)| rows.len() == 1 && columns.len() == 1)
        .map(|(rows, columns)| (rows.start, columns.start))
        .filter(|(i, j)| matrix.at(*i, *j) >= ALONE)
        .collect();
    pairs.extend(alone);
    pairs.sort_unstable();
    let mut spans: Vec<Runs> = pairs.into_iter().map(|(i, j)| (i..i + 1, j..j + 1)).collect();
    join_neighbours(&mut spans, (left.len(), right.len()), &|rows, columns| {
        let bag = |half: Half<'_>, runs: &[Range<usize>], span: &Range<usize>| {
            weights.bag(half.tokens.get(cover(runs, span)).unwrap_or_default())
        };
        weights.similarity(&bag(before, &left, rows), &bag(after, &right, columns))
    });
    spans.into_iter().map(|(rows, columns)| (cover(&left, &rows), cover(&right, &columns))).collect()
}

/// The tokens of several sentences.
fn cover(runs: &[Range<usize>], span: &Range<usize>) -> Range<usize> {
    match runs.get(span.clone()) {
        Some([first, .., last]) => first.start..last.end,
        Some([only]) => only.clone(),
        Some([]) | None => 0..0,
    }
}

/// Adds unpaired neighbours to a pair, one sentence against two or more, as long as that makes it more alike.
fn join_neighbours(
    spans: &mut [Runs],
    ends: (usize, usize),
    similarity: &dyn Fn(&Range<usize>, &Range<usize>) -> f32,
) {
    for at in 0..spans.len() {
        let Some((mut rows, mut columns)) = spans.get(at).cloned() else { continue };
        let floor =
            at.checked_sub(1).and_then(|before| spans.get(before)).map_or((0, 0), |(r, c)| (r.end, c.end));
        let ceiling = spans.get(at + 1).map_or(ends, |(r, c)| (r.start, c.start));
        let mut score = similarity(&rows, &columns);
        loop {
            let mut best: Option<(f32, Range<usize>, Range<usize>)> = None;
            let mut offer = |r: Range<usize>, c: Range<usize>| {
                let found = similarity(&r, &c);
                if found > score + GAIN && best.as_ref().is_none_or(|(known, ..)| found > *known) {
                    best = Some((found, r, c));
                }
            };
            if rows.end < ceiling.0 && columns.len() == 1 {
                offer(rows.start..rows.end + 1, columns.clone());
            }
            if rows.start > floor.0 && columns.len() == 1 {
                offer(rows.start - 1..rows.end, columns.clone());
            }
            if columns.end < ceiling.1 && rows.len() == 1 {
                offer(rows.clone(), columns.start..columns.end + 1);
            }
            if columns.start > floor.1 && rows.len() == 1 {
                offer(rows.clone(), columns.start - 1..columns.end);
            }
            let Some((found, r, c)) = best else { break };
            (score, rows, columns) = (found, r, c);
        }
        if let Some(slot) = spans.get_mut(at) {
            *slot = (rows, columns);
        }
    }
}

/// Compares two sentences word by word and cleans up.
fn words(before: &[Token], after: &[Token]) -> Vec<(usize, usize)> {
    let [a, b] = [before, after].map(|side| side.iter().map(|token| token.key).collect::<Vec<_>>());
    let algorithm =
        if a.len().saturating_mul(b.len()) > EXACT { Algorithm::Myers } else { Algorithm::RawMyers };
    let mut runs: Vec<Run> = Vec::new();
    for op in capture_diff_slices(algorithm, &a, &b) {
        let kept = matches!(op, DiffOp::Equal { .. });
        let (_, rows, columns) = op.as_tag_tuple();
        match runs.last_mut() {
            Some(last) if last.kept == kept => (last.a.end, last.b.end) = (rows.end, columns.end),
            Some(_) | None => runs.push(Run { kept, a: rows, b: columns }),
        }
    }
    clean_up(before, after, &mut runs);
    runs.into_iter().filter(|run| run.kept).flat_map(|run| run.a.zip(run.b)).collect()
}

/// A run of words that are all kept or all changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    kept: bool,
    a: Range<usize>,
    b: Range<usize>,
}

/// Gives up short unchanged runs between two changes, until there is none: they are the same by chance, and
/// confetti to the reader. A run with a number or a name stays, so that facts are seen to be kept.
fn clean_up(before: &[Token], after: &[Token], runs: &mut Vec<Run>) {
    let chars = |tokens: &[Token], range: &Range<usize>| {
        let run = tokens.get(range.clone()).unwrap_or_default();
        run.iter().map(|token| token.chars + 1).sum::<u32>()
    };
    let edit = |run: &Run| chars(before, &run.a).max(chars(after, &run.b));
    loop {
        let found = (1..runs.len().saturating_sub(1)).find(|at| match runs.get(at - 1..at + 2) {
            Some([left, run, right]) if run.kept => {
                let tokens = before.get(run.a.clone()).unwrap_or_default();
                let length = chars(before, &run.a);
                tokens.iter().filter(|token| token.is_word()).count() < 3
                    && tokens.iter().map(Token::weight).sum::<f32>() < 1.5
                    && !tokens.iter().zip(run.a.clone()).any(|(token, index)| token.is_fact(index == 0))
                    && length <= edit(left)
                    && length <= edit(right)
            }
            Some(_) | None => false,
        });
        let Some(at) = found else { return };
        if let Some([left, _, right]) = runs.get(at - 1..at + 2) {
            let joined = Run { kept: false, a: left.a.start..right.a.end, b: left.b.start..right.b.end };
            runs.splice(at - 1..at + 2, [joined]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::token::Lexicon;

    /// The kept words of two blocks.
    fn same(before: &str, after: &str) -> String {
        let mut lexicon = Lexicon::default();
        let (a, b) = (lexicon.tokens(before), lexicon.tokens(after));
        let weights = Weights::new(lexicon.stems(), [a.as_slice(), &b].into_iter());
        let pairs = kept(Half { text: before, tokens: &a }, Half { text: after, tokens: &b }, &weights);
        assert!(pairs.is_sorted() && pairs.iter().all(|(i, j)| a[*i].key == b[*j].key));
        pairs.iter().map(|(i, _)| part(before, a[*i].range.clone())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn kept_words_are_found() {
        assert_eq!(same("Led a team of 25 people.", "Led a team of 30 people."), "Led a team of people .");
        assert_eq!(
            same(
                "Helped to introduce new handheld scanners.",
                "Supported the roll-out of new handheld scanners."
            ),
            "new handheld scanners ."
        );
    }

    #[test]
    fn chance_words_between_changes_go_but_facts_stay() {
        assert_eq!(
            same(
                "responsible for planning the yearly budgets of Bonn",
                "wrote plans and the quarterly reports of Bonn"
            ),
            "of Bonn"
        );
        assert_eq!(
            same(
                "was counting the goods in SAP for a month here",
                "audited the goods with SAP by a new team here"
            ),
            "the goods SAP here"
        );
    }

    #[test]
    fn sentences_are_compared_with_their_like() {
        assert_eq!(
            same(
                "I like people. Managed the night shift with 25 persons. Punctual.",
                "Managed a night shift of 25 persons."
            ),
            "Managed night shift 25 persons ."
        );
        let joined = "Managed the stock of the warehouse and trained the new drivers for forklifts.";
        assert_eq!(
            same("Managed the stock of the warehouse. Trained the new drivers for forklifts.", joined),
            "Managed the stock of the warehouse the new drivers for forklifts ."
        );
    }

    #[test]
    fn too_little_in_common_is_nothing_in_common() {
        assert_eq!(
            same("Stock counting every month of the year", "Ran audits with an accuracy of 99.7%"),
            ""
        );
    }
}
