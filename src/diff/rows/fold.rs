//! What is folded away, and the words that name it.

use crate::{
    diff::{BlockKind, Row, SectionDiff},
    domain::{ChangeId, Choice},
};

use super::{
    State,
    view::{FoldKey, View},
};

/// One entry of a section as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A row, with the fold that it was opened from.
    Row(usize, Option<FoldKey>),
    /// Rows that are hidden.
    Fold(Vec<usize>),
}

/// Decides what of a section is shown; `order` are its rows as the layout has them, `shown` those that must be seen.
pub(super) fn entries(
    section: (usize, &SectionDiff),
    order: &[usize],
    shown: impl Fn(usize) -> bool,
    view: &View<'_>,
) -> Vec<Entry> {
    let (index, section) = section;
    let is_title = |row: usize| section.rows.get(row).is_some_and(|row| section.kind_of(row).is_title());
    let context = view.folds.context;
    let mut keep = vec![false; order.len()];
    for (at, row) in order.iter().enumerate() {
        if shown(*row) {
            let around = at.saturating_sub(context)..(at + context + 1).min(order.len());
            keep.get_mut(around).into_iter().flatten().for_each(|slot| *slot = true);
        }
    }
    // The title over what is seen is seen.
    let mut wanted = false;
    for (slot, row) in keep.iter_mut().zip(order).rev() {
        if is_title(*row) {
            *slot |= wanted;
            wanted = false;
        } else {
            wanted |= *slot;
        }
    }
    let mut entries = Vec::with_capacity(order.len());
    let mut hidden: Vec<usize> = Vec::new();
    let flush = |hidden: &mut Vec<usize>, entries: &mut Vec<Entry>| {
        let rows = std::mem::take(hidden);
        let opened = view.folds.opened(index, &rows);
        match rows.as_slice() {
            [] => {}
            [only] if context > 0 && opened.is_none() => entries.push(Entry::Row(*only, None)),
            _ if opened.is_some() => entries.extend(rows.into_iter().map(|row| Entry::Row(row, opened))),
            _ => entries.push(Entry::Fold(rows)),
        }
    };
    for (kept, row) in keep.into_iter().zip(order) {
        if kept {
            flush(&mut hidden, &mut entries);
            entries.push(Entry::Row(*row, None));
        } else {
            hidden.push(*row);
        }
    }
    flush(&mut hidden, &mut entries);
    entries
}

/// Names blocks by kind and number: `12 bullets, 2 roles`.
pub(super) fn count<'a>(section: &SectionDiff, rows: impl Iterator<Item = &'a Row>) -> String {
    let mut counts = [0_usize; 4];
    let kinds = [BlockKind::Bullet, BlockKind::Paragraph, BlockKind::Role, BlockKind::Heading];
    for row in rows {
        let kind = section.kind_of(row);
        let slot = kinds.iter().position(|known| *known == kind).and_then(|at| counts.get_mut(at));
        if let Some(count) = slot {
            *count += 1;
        }
    }
    let named = kinds.iter().zip(counts).filter(|(_, count)| *count > 0);
    let words =
        named.map(|(kind, count)| format!("{count} {}{}", kind.word(), if count == 1 { "" } else { "s" }));
    words.collect::<Vec<_>>().join(", ")
}

/// Names folded changes by number and decision: `changes 3✓ 4✗`.
pub(super) fn decided(changes: &[(usize, ChangeId)], view: &View<'_>) -> String {
    const MOST: usize = 8;
    let mut words: Vec<String> = changes
        .iter()
        .take(MOST)
        .map(|(number, id)| {
            let mark = match view.choices.get(id) {
                None => '·',
                Some(Choice::Accepted) => '✓',
                Some(Choice::Rejected) => '✗',
            };
            format!("{number}{mark}")
        })
        .collect();
    if changes.len() > MOST {
        words.push(format!("and {} more", changes.len() - MOST));
    }
    format!("change{} {}", if changes.len() == 1 { "" } else { "s" }, words.join(" "))
}

/// What was decided about several changes.
pub(super) fn state(changes: &[ChangeId], view: &View<'_>) -> Option<State> {
    let mut states = changes.iter().map(|change| match view.choices.get(change) {
        None => State::Open,
        Some(Choice::Accepted) => State::Accepted,
        Some(Choice::Rejected) => State::Rejected,
    });
    let first = states.next()?;
    Some(if states.all(|state| state == first) { first } else { State::Mixed })
}
