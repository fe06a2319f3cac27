//! From the diff to logical rows.

use crate::{
    diff::{BlockKind, Change, Diff, Row, RowKind, SectionDiff, SegmentKind, Side, find::Hit},
    domain::{ChangeId, FindingKind},
    text::Safe,
};

use super::{
    Anchor, Columns, Half, LineKind, Logical, Openness, Rows, Sign,
    column::{Column, Composer, Span, Tint},
    flag::{findings, flags, label},
    fold::{self, Entry},
    lay::{self, Shape},
    view::{Decided, FoldKey, Layout, View},
};

/// Lays out a diff.
pub(super) fn rows(diff: &Diff, view: &View<'_>) -> Rows {
    let columns = lay::columns(view, diff.changes.len());
    let mut builder = Builder { diff, view, columns, logical: Vec::new() };
    for (index, section) in diff.sections.iter().enumerate() {
        let empty = section.rows.is_empty() && section.layout.is_none();
        if !empty {
            builder.section(index, section);
        }
    }
    builder.finish()
}

struct Builder<'a> {
    diff: &'a Diff,
    view: &'a View<'a>,
    columns: Columns,
    logical: Vec<Logical>,
}

/// What a section's rows need beside the diff.
struct Context<'a> {
    index: usize,
    section: &'a SectionDiff,
    composer: Composer<'a>,
    /// The findings about each row, and those of no row.
    findings: Vec<(Option<usize>, usize)>,
}

impl Builder<'_> {
    fn section(&mut self, index: usize, section: &SectionDiff) {
        let diff = self.diff;
        let names = move |at: usize| diff.changes.get(at).map(|change| change.id);
        let flags = [Side::Before, Side::After].map(|side| flags(section, (index, side), self.view));
        let findings = findings(section, self.view.findings);
        let composer = Composer { section, brackets: self.view.brackets, flags, names: &names };
        let context = Context { index, section, composer, findings };
        let order: Vec<usize> = match self.view.layout {
            Layout::After => section.arrange(|_| Side::After),
            Layout::Merged | Layout::Split | Layout::Before => (0..section.rows.len()).collect(),
        };
        if self.view.folds.is_closed(&section.id) {
            self.heading(&context, Some((order, "folded")));
            return;
        }
        let entries = fold::entries((index, section), &order, |row| self.must_show(&context, row), self.view);
        let all = matches!(entries.as_slice(), [Entry::Fold(_)]);
        self.heading(&context, all.then_some((order, "unchanged")));
        for entry in entries {
            match entry {
                Entry::Row(row, fold) => self.row(&context, row, fold),
                Entry::Fold(rows) if !all => self.fold(&context, &rows),
                Entry::Fold(_) => {}
            }
        }
        for (_, finding) in context.findings.iter().filter(|(row, _)| row.is_none()) {
            self.finding(&context, None, *finding);
        }
        if let Some(change) = section.layout.and_then(|at| diff.changes.get(at)) {
            self.layout_row(&context, change);
        }
    }

    /// Whether a row stays whatever is folded.
    fn must_show(&self, context: &Context<'_>, index: usize) -> bool {
        let Some(row) = context.section.rows.get(index) else { return false };
        let changes = self.changes_of(row);
        let decided = self.view.folds.decided == Decided::Folded
            && changes.iter().all(|(_, id)| self.view.choices.contains_key(id));
        let found = context.findings.iter().any(|(row, finding)| {
            *row == Some(index)
                && self.view.findings.get(*finding).is_some_and(|finding| finding.dismissed.is_none())
        });
        found || (row.kind != RowKind::Same && !decided)
    }

    /// The changes of a row with their numbers, its own first.
    fn changes_of(&self, row: &Row) -> Vec<(usize, ChangeId)> {
        let inner = row.segments.iter().filter_map(|segment| match segment.kind {
            SegmentKind::Changed(at) => Some(at),
            SegmentKind::Same | SegmentKind::Layout => None,
        });
        let mut numbers: Vec<usize> = row.own.into_iter().chain(inner).collect();
        numbers.dedup();
        numbers
            .into_iter()
            .filter_map(|at| self.diff.changes.get(at).map(|change| (at + 1, change.id)))
            .collect()
    }

    fn heading(&mut self, context: &Context<'_>, folded: Option<(Vec<usize>, &str)>) {
        let section = context.section;
        let mine: Vec<(usize, ChangeId)> = (self.diff.changes.iter().enumerate())
            .filter(|(_, change)| change.section == context.index)
            .map(|(at, change)| (at + 1, change.id))
            .collect();
        let total = self.diff.changes.len();
        let mut note = match (mine.as_slice(), &folded) {
            ([], Some((_, word))) => (*word).to_owned(),
            ([], None) => "unchanged".to_owned(),
            ([(only, _)], _) => format!("change {only}/{total}"),
            ([(first, _), .., (last, _)], _) => format!("changes {first}–{last}/{total}"),
        };
        let mut hidden = Vec::new();
        let mut fold = None;
        if let Some((order, _)) = folded {
            let rows = order.iter().filter_map(|row| section.rows.get(*row));
            let counted = fold::count(section, rows.clone());
            if !counted.is_empty() {
                note.push_str(" · ");
                note.push_str(&counted);
            }
            hidden = rows.flat_map(|row| self.changes_of(row)).map(|(_, id)| id).collect();
            let closed = self.view.folds.is_closed(&section.id);
            if closed {
                hidden = mine.iter().map(|(_, id)| *id).collect();
            } else {
                fold = order.iter().min().map(|row| FoldKey { section: context.index, row: *row });
            }
        }
        let title = section.id.0.replace(['_', '-'], " ").to_uppercase();
        let column = Column::note(&title, Tint::Title);
        let anchor =
            Anchor { section: context.index, row: fold.map(|key| key.row), change: None, finding: None };
        let (left, right) = self.both(column, BlockKind::Heading, None);
        self.push(Logical {
            fold,
            changes: hidden,
            note: Some(Safe::from(note)),
            ..logical(LineKind::Heading, anchor, left, right)
        });
    }

    fn fold(&mut self, context: &Context<'_>, rows: &[usize]) {
        let hidden = rows.iter().filter_map(|row| context.section.rows.get(*row));
        let changes: Vec<(usize, ChangeId)> = hidden.clone().flat_map(|row| self.changes_of(row)).collect();
        let mut text = format!("⋯ {}", fold::count(context.section, hidden));
        if !changes.is_empty() {
            text.push_str(" · ");
            text.push_str(&fold::decided(&changes, self.view));
        }
        let first = rows.iter().min().copied();
        let fold = first.map(|row| FoldKey { section: context.index, row });
        let anchor = Anchor { section: context.index, row: first, change: None, finding: None };
        let (left, right) = self.both(Column::note(&text, Tint::Note), BlockKind::Paragraph, None);
        let changes = changes.into_iter().map(|(_, id)| id).collect();
        self.push(Logical { fold, changes, ..logical(LineKind::Fold, anchor, left, right) });
    }

    fn row(&mut self, context: &Context<'_>, index: usize, fold: Option<FoldKey>) {
        let Some(row) = context.section.rows.get(index) else { return };
        let changes = self.changes_of(row);
        let ids: Vec<ChangeId> = changes.iter().map(|(_, id)| *id).collect();
        let (left, right) = self.halves(context, row);
        let anchor = Anchor { section: context.index, row: Some(index), change: None, finding: None };
        let kind = match row.kind {
            RowKind::Same => LineKind::Same,
            RowKind::Changed => LineKind::Changed,
            RowKind::Replaced => LineKind::Replaced,
            RowKind::Moved => LineKind::Moved,
            RowKind::Inserted => LineKind::Inserted,
            RowKind::Deleted => LineKind::Deleted,
        };
        self.push(Logical {
            fold,
            block: context.section.kind_of(row),
            number: changes.first().map(|(number, _)| *number),
            state: fold::state(&ids, self.view),
            changes: ids,
            ..logical(kind, anchor, left, right)
        });
        for (_, finding) in context.findings.iter().filter(|(row, _)| *row == Some(index)) {
            self.finding(context, Some(index), *finding);
        }
    }

    fn halves(&self, context: &Context<'_>, row: &Row) -> (Half, Option<Half>) {
        let section = context.section;
        let title = section.kind_of(row).is_title();
        let kept = match row.kind {
            RowKind::Moved => Tint::Moved,
            RowKind::Same if title => Tint::Title,
            RowKind::Same | RowKind::Changed | RowKind::Replaced | RowKind::Inserted | RowKind::Deleted => {
                Tint::Kept
            }
        };
        let half = |side: Side, column: Columns| {
            let Some(block) = section.block(row, side) else {
                return self.lay(Column::note("┄", Tint::Note), BlockKind::Bullet, column.left, (None, None));
            };
            let mut text = context.composer.half(&row.segments, side, kept);
            if side == Side::After {
                self.note_move(section, row, &mut text);
            }
            let sign = sign(row.kind, side);
            self.lay(text, block.kind, column.left, (sign, sign))
        };
        let columns = self.columns;
        match self.view.layout {
            Layout::Before => (half(Side::Before, columns), None),
            Layout::After => (half(Side::After, columns), None),
            Layout::Split => {
                let right = Columns { left: columns.right, ..columns };
                (half(Side::Before, columns), Some(half(Side::After, right)))
            }
            Layout::Merged => (self.merged(context, row, kept), None),
        }
    }

    fn merged(&self, context: &Context<'_>, row: &Row, kept: Tint) -> Half {
        let section = context.section;
        let block = section.kind_of(row);
        let width = self.columns.left;
        match row.kind {
            RowKind::Inserted => {
                let text = context.composer.half(&row.segments, Side::After, kept);
                self.lay(text, block, width, (Some(Sign::Inserted), None))
            }
            RowKind::Deleted => {
                let text = context.composer.half(&row.segments, Side::Before, kept);
                self.lay(text, block, width, (Some(Sign::Deleted), None))
            }
            RowKind::Replaced => {
                let mut text = context.composer.half(&row.segments, Side::Before, kept);
                let after = context.composer.half(&row.segments, Side::After, kept);
                let plain = Span { range: 0..0, tint: Tint::Kept, change: None, finding: None, hit: None };
                text.push(&Safe::new("\n"), &plain);
                text.second = Some(text.text.len());
                for span in &after.spans {
                    text.push(&after.text.slice(span.range.clone()), span);
                }
                self.lay(text, block, width, (Some(Sign::Deleted), Some(Sign::Inserted)))
            }
            RowKind::Same | RowKind::Changed | RowKind::Moved => {
                let mut text = context.composer.merged(&row.segments, kept);
                self.note_move(section, row, &mut text);
                let sign = (row.kind == RowKind::Moved).then_some(Sign::Moved);
                self.lay(text, block, width, (sign, sign))
            }
        }
    }

    /// Says from where to where a row moved.
    fn note_move(&self, section: &SectionDiff, row: &Row, column: &mut Column) {
        let (RowKind::Moved, Some(before), Some(after)) = (row.kind, row.before, row.after) else { return };
        let place = |side: Side, block: usize| {
            let blocks = section.blocks(side).get(..=block).unwrap_or_default();
            let kind = blocks.last().map_or(BlockKind::Paragraph, |block| block.kind);
            let roles = blocks.iter().filter(|block| block.kind == BlockKind::Role).count();
            let within = blocks.iter().rev().take_while(|block| kind.is_title() || !block.kind.is_title());
            (kind.word(), within.filter(|block| block.kind == kind).count(), roles)
        };
        let (from, to) = (place(Side::Before, before), place(Side::After, after));
        let name = |(word, number, role): (&str, usize, usize)| {
            if from.2 == to.2 {
                format!("{word} {number}")
            } else {
                format!("{word} {number} of role {role}")
            }
        };
        let own = row.own.and_then(|at| self.diff.changes.get(at)).map(|change| change.id);
        let text = format!(" (moved: {} → {})", name(from), name(to));
        column.push(
            &Safe::from(text),
            &Span { range: 0..0, tint: Tint::Note, change: own, finding: None, hit: None },
        );
    }

    fn finding(&mut self, context: &Context<'_>, row: Option<usize>, number: usize) {
        let Some(finding) = self.view.findings.get(number) else { return };
        let mut text = format!("{} {}", label(finding.kind), finding.message);
        if let Some(reason) = &finding.dismissed {
            text.push_str(" (dismissed: ");
            text.push_str(reason);
            text.push(')');
        }
        let lost = finding.kind == FindingKind::Lost;
        let mut column = Column::note(&text, Tint::Note);
        column.spans.iter_mut().for_each(|span| span.finding = Some(number));
        let (left, right) =
            self.both(column, BlockKind::Paragraph, Some(if lost { Side::Before } else { Side::After }));
        let anchor = Anchor { section: context.index, row, change: None, finding: Some(number) };
        let changes = finding.changes.clone();
        self.push(Logical { changes, ..logical(LineKind::Finding(finding.severity), anchor, left, right) });
    }

    fn layout_row(&mut self, context: &Context<'_>, change: &Change) {
        let places = context.section.layout_places;
        let text = format!(
            "line breaks, spacing or marks differ in {places} place{}",
            if places == 1 { "" } else { "s" }
        );
        let mut column = Column::note(&text, Tint::Note);
        column.spans.iter_mut().for_each(|span| span.change = Some(change.id));
        let (left, right) = self.both(column, BlockKind::Paragraph, None);
        let anchor = Anchor { section: context.index, row: Some(change.row), change: None, finding: None };
        let number = self.diff.changes.iter().position(|known| known.id == change.id).map(|at| at + 1);
        self.push(Logical {
            number,
            state: fold::state(&[change.id], self.view),
            changes: vec![change.id],
            ..logical(LineKind::Layout, anchor, left, right)
        });
    }

    /// Lays a text of our own on one half; in other layouts than split on the whole.
    fn both(&self, column: Column, block: BlockKind, side: Option<Side>) -> (Half, Option<Half>) {
        let signs = if side.is_some() { (Some(Sign::Finding), None) } else { (None, None) };
        let none = |width| self.lay(Column::default(), block, width, (None, None));
        match (self.view.layout, side) {
            (Layout::Split, Some(Side::After)) => {
                (none(self.columns.left), Some(self.lay(column, block, self.columns.right, signs)))
            }
            (Layout::Split, _) => {
                (self.lay(column, block, self.columns.left, signs), Some(none(self.columns.right)))
            }
            (Layout::Merged | Layout::After | Layout::Before, _) => {
                (self.lay(column, block, self.columns.left, signs), None)
            }
        }
    }

    fn lay(
        &self,
        column: Column,
        block: BlockKind,
        columns: u16,
        signs: (Option<Sign>, Option<Sign>),
    ) -> Half {
        lay::lay(column, Shape { columns: usize::from(columns), wrap: self.view.wrap, block, signs })
    }

    fn push(&mut self, row: Logical) {
        let start = self.logical.last().map_or(0, |last| last.start + last.height);
        let height = row.left.lines.len().max(row.right.as_ref().map_or(0, |half| half.lines.len())).max(1);
        self.logical.push(Logical { start, height, ..row });
    }

    fn finish(self) -> Rows {
        let height = self.logical.last().map_or(0, |last| last.start + last.height);
        let mut places: Vec<(ChangeId, usize, Openness)> = Vec::with_capacity(self.diff.changes.len());
        for row in self.logical.iter().filter(|row| row.anchor.finding.is_none()) {
            let mut line = 0;
            for id in &row.changes {
                let on = |half: &Half| {
                    let is = |span: &Span| span.change == Some(*id);
                    half.lines.iter().position(|line| {
                        half.spans.get(line.spans.clone()).unwrap_or_default().iter().any(is)
                    })
                };
                let lines = [Some(&row.left), row.right.as_ref()].into_iter().flatten().filter_map(on);
                let own = row.kind == LineKind::Moved && row.changes.first() == Some(id);
                // What this layout does not show stands where the change before it does.
                line = if own { 0 } else { lines.min().unwrap_or(line) };
                let openness =
                    if self.view.choices.contains_key(id) { Openness::Decided } else { Openness::Open };
                places.push((*id, row.start + line, openness));
            }
        }
        let hits = self.view.hits.iter().enumerate().map(|(at, hit)| self.place_of_hit(at, hit)).collect();
        Rows { logical: self.logical, height, columns: self.columns, places, hits }
    }

    fn place_of_hit(&self, number: usize, hit: &Hit) -> usize {
        let mine = |row: &&Logical| row.anchor.section == hit.section && row.anchor.finding.is_none();
        let exact = self
            .logical
            .iter()
            .filter(mine)
            .find(|row| row.anchor.row == Some(hit.row) && row.kind != LineKind::Fold);
        if let Some(row) = exact {
            let on = |half: &Half| {
                let is = |span: &Span| span.hit == Some(number);
                half.lines
                    .iter()
                    .position(|line| half.spans.get(line.spans.clone()).unwrap_or_default().iter().any(is))
            };
            let line = [Some(&row.left), row.right.as_ref()].into_iter().flatten().filter_map(on).min();
            return row.start + line.unwrap_or_default();
        }
        let hides = |row: &&Logical| row.anchor.row.is_none_or(|first| first <= hit.row);
        self.logical.iter().filter(mine).rfind(hides).map_or(0, |row| row.start)
    }
}

const fn logical(kind: LineKind, anchor: Anchor, left: Half, right: Option<Half>) -> Logical {
    Logical {
        kind,
        block: BlockKind::Paragraph,
        anchor,
        fold: None,
        number: None,
        state: None,
        changes: Vec::new(),
        left,
        right,
        note: None,
        start: 0,
        height: 0,
    }
}

const fn sign(kind: RowKind, side: Side) -> Option<Sign> {
    match (kind, side) {
        (RowKind::Inserted | RowKind::Replaced, Side::After) => Some(Sign::Inserted),
        (RowKind::Deleted | RowKind::Replaced, Side::Before) => Some(Sign::Deleted),
        (RowKind::Moved, _) => Some(Sign::Moved),
        (RowKind::Same | RowKind::Changed | RowKind::Inserted | RowKind::Deleted, _) => None,
    }
}
