//! The criteria that hold or do not hold: no tolerance.

use std::{collections::BTreeMap, ops::Range};

use redraft::{
    diff::{
        self,
        rows::{Folds, Layout, Rows, View},
    },
    domain::{ChangeId, Choice, OpenPolicy},
};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    corpus::Case,
    measure::Shown,
    tools::{Tool, Tools, document},
};

#[derive(Debug, Default)]
pub struct Exact {
    pub documents: usize,
    /// Texts against another shape of themselves; and those of which nothing was shown.
    pub shapes: usize,
    pub same_shapes: usize,
    pub applications: usize,
    pub applied: usize,
    pub mirrored: usize,
    pub edges: usize,
    pub cut: usize,
    pub widths: usize,
    pub unequal: usize,
}

impl Exact {
    pub const fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.shapes += other.shapes;
        self.same_shapes += other.same_shapes;
        self.applications += other.applications;
        self.applied += other.applied;
        self.mirrored += other.mirrored;
        self.edges += other.edges;
        self.cut += other.cut;
        self.widths += other.widths;
        self.unequal += other.unequal;
    }

    /// Judges what `tool` showed of the case, which is the `at`th.
    pub fn judge(&mut self, (tools, tool): (&Tools, Tool), (at, case): (usize, &Case), shown: &Shown) {
        self.documents += 1;
        let (before, after) = (case.before.text.as_str(), case.after.text.as_str());
        let curly = before.replace('\'', "\u{2019}").replace(" - ", " \u{2013} ");
        for other in [before, &case.rewrapped, &curly] {
            let (shown, _) = tools.shown(tool, before, other);
            self.shapes += 1;
            self.same_shapes += usize::from(shown.before.is_empty() && shown.after.is_empty());
        }
        let (turned, _) = tools.shown(tool, after, before);
        let same = |one: &[Range<usize>], other: &[Range<usize>]| sorted(one) == sorted(other);
        self.mirrored +=
            usize::from(same(&shown.before, &turned.after) && same(&shown.after, &turned.before));
        for (text, ranges) in [(before, &shown.before), (after, &shown.after)] {
            let clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            for edge in ranges.iter().flat_map(|range| [range.start, range.end]) {
                self.edges += 1;
                self.cut += usize::from(is_cut(text, &clusters, edge));
            }
        }
        if tool == Tool::Redraft {
            self.apply(before, after);
            // Every width of one case in ten.
            if at.is_multiple_of(10) {
                self.widths(before, after);
            }
        }
    }

    fn apply(&mut self, before: &str, after: &str) {
        let (left, right) = (document(before), document(after));
        let diff = diff::compare(&left, &right, &|| false);
        let all = |choice| diff.changes.iter().map(|change| (change.id, choice)).collect::<BTreeMap<_, _>>();
        let result = |choices: &BTreeMap<ChangeId, Choice>| diff::apply(&diff, choices, OpenPolicy::Reject);
        let holds = [result(&all(Choice::Accepted)) == right, result(&all(Choice::Rejected)) == left];
        self.applications += holds.len();
        self.applied += holds.into_iter().filter(|holds| *holds).count();
    }

    fn widths(&mut self, before: &str, after: &str) {
        let diff = diff::compare(&document(before), &document(after), &|| false);
        let folds = Folds::new(usize::MAX, diff::rows::Decided::Shown);
        let choices = BTreeMap::new();
        for width in 20..=300 {
            let view = View {
                width,
                layout: Layout::Split,
                brackets: diff::rows::Brackets::Hidden,
                wrap: diff::rows::Wrap::Words,
                folds: &folds,
                choices: &choices,
                findings: &[],
                hits: &[],
            };
            let rows = Rows::new(&diff, &view);
            let columns = rows.columns();
            let fits = rows.window(0..rows.len()).all(|row| {
                let Some(right) = &row.right else { return false };
                row.left.indent + row.left.text.width() <= usize::from(columns.left)
                    && right.indent + right.text.width() <= usize::from(columns.right)
            });
            self.widths += 1;
            self.unequal += usize::from(!fits);
        }
    }
}

fn sorted(ranges: &[Range<usize>]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = ranges.iter().map(|range| (range.start, range.end)).collect();
    ranges.sort_unstable();
    ranges
}

/// Whether an edge lies within a grapheme, or between two letters or digits.
fn is_cut(text: &str, clusters: &[usize], edge: usize) -> bool {
    let within = edge < text.len() && clusters.binary_search(&edge).is_err();
    let (left, right) = (text[..edge].chars().next_back(), text[edge..].chars().next());
    within || left.zip(right).is_some_and(|(left, right)| left.is_alphanumeric() && right.is_alphanumeric())
}
