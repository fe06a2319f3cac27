//! Columns broken into lines.

use std::ops::Range;

use crate::{
    diff::BlockKind,
    text::{part, wrap},
};

use super::{
    Columns, Half, Line, Sign,
    column::{Column, Span},
    view::{Layout, View, Wrap},
};

/// Cells that a bullet mark and the blank behind it take.
const MARK: usize = 2;
/// Columns narrower than this have no room for indentation.
const ROOMY: usize = 16;

/// Divides the width.
pub(super) fn columns(view: &View<'_>, changes: usize) -> Columns {
    let digits = u16::try_from(changes.max(1).ilog10() + 1).unwrap_or(2);
    let gutter = 3 + digits;
    match view.layout {
        Layout::Split => {
            let left = view.width.saturating_sub(1) / 2;
            let right = view.width.saturating_sub(1) - left;
            Columns {
                gutter,
                left: left.saturating_sub(gutter).max(2),
                right: right.saturating_sub(gutter).max(2),
            }
        }
        Layout::Merged | Layout::After | Layout::Before => {
            Columns { gutter, left: view.width.saturating_sub(gutter).max(2), right: 0 }
        }
    }
}

/// How a column is to be broken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub columns: usize,
    pub wrap: Wrap,
    pub block: BlockKind,
    /// The sign of its lines, and of those of its second text.
    pub signs: (Option<Sign>, Option<Sign>),
}

/// Breaks a column into lines and cuts its spans at them.
pub(super) fn lay(column: Column, shape: Shape) -> Half {
    let Column { text, spans, second } = column;
    let roomy = shape.columns >= ROOMY;
    // Text without a mark stands under the text of the bullets.
    let (indent, hanging) = match shape.block {
        BlockKind::Paragraph if roomy => (MARK, 0),
        BlockKind::Bullet | BlockKind::Heading | BlockKind::Role if roomy => (0, MARK),
        BlockKind::Bullet | BlockKind::Paragraph | BlockKind::Heading | BlockKind::Role => (0, 0),
    };
    let broken: Vec<Range<usize>> = match shape.wrap {
        Wrap::Words => {
            wrap(&text, shape.columns - indent, hanging).into_iter().map(|line| line.range).collect()
        }
        Wrap::Off => {
            let mut start = 0;
            let lines = text.split('\n').map(|line| {
                let range = start..start + line.len();
                start += line.len() + 1;
                range
            });
            lines.collect()
        }
    };
    let mut half =
        Half { text, lines: Vec::with_capacity(broken.len()), spans: Vec::with_capacity(spans.len()) };
    let mut next = 0;
    for range in broken {
        let first = half.spans.len();
        while spans.get(next).is_some_and(|span| span.range.end <= range.start) {
            next += 1;
        }
        half.spans.extend(
            spans.iter().skip(next).take_while(|span| span.range.start < range.end).filter_map(|span| {
                let (from, to) = (span.range.start.max(range.start), span.range.end.min(range.end));
                (from < to).then(|| Span { range: from - range.start..to - range.start, ..span.clone() })
            }),
        );
        let begins = range.start == 0 || part(&half.text, 0..range.start).ends_with('\n');
        let sign =
            if second.is_some_and(|second| range.start >= second) { shape.signs.1 } else { shape.signs.0 };
        let indent = indent + if begins { 0 } else { hanging };
        half.lines.push(Line { text: range, spans: first..half.spans.len(), indent, sign });
    }
    half
}
