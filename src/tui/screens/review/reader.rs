//! The document: rows laid out, the cursor in them, folds, search, and what its commands do.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
};

use ratatui::layout::{Position, Rect};

use super::{Loaded, Review};
use crate::{
    diff::{
        Hit,
        rows::{Anchor, Brackets, Folds, Layout, LineKind, Rows, View, Wrap},
    },
    domain::{ChangeId, Choice, RewriteId},
    review::session::{ChangeStep, Event, Step},
    tui::{
        Context, Effect, Handled,
        command::{Change, Document},
        overlays::Prompt,
        widgets::Toast,
    },
};

/// The most rows of context around a change.
const MOST_CONTEXT: usize = 20;
/// How many cells a key scrolls sideways.
const SIDEWAYS: usize = 20;

/// What decides where rows are; while it stays the same, a row has the same number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Geometry {
    id: RewriteId,
    diff: usize,
    width: u16,
    layout: Layout,
    wrap: Wrap,
    folds: Folds,
    findings: usize,
}

/// A document laid out.
pub(super) struct Laid {
    pub rows: Rows,
    pub hits: Vec<Hit>,
    pub geometry: Geometry,
    choices: BTreeMap<ChangeId, Choice>,
    query: Option<String>,
}

/// Where a reviewer is in the document, and how it is shown.
#[derive(Default)]
pub(super) struct Reader {
    folds: Folds,
    /// The layout that was chosen, by class of width.
    chosen: [Option<Layout>; 3],
    wrap: Wrap,
    /// How many cells of each text are out of sight on the left, where lines are not broken.
    aside: usize,
    query: Option<String>,
    at: usize,
    anchor: Option<Anchor>,
    /// What `at` counts in.
    of: Option<Geometry>,
    entered: Option<RewriteId>,
    /// The first row drawn last and the number of rows: a memory of geometry, not state.
    pub view: Cell<(usize, usize)>,
    /// How many cells of the widest text in sight were out of sight on the right.
    pub beyond: Cell<usize>,
    /// Where that was.
    pub place: Cell<Rect>,
    laid: RefCell<Option<Rc<Laid>>>,
    /// The first row, all rows and the rows in sight of a text that is not compared: a reply as it came.
    pub plain: Cell<(usize, usize, usize)>,
}

const fn class(columns: u16) -> usize {
    match columns {
        0..100 => 0,
        100..160 => 1,
        160.. => 2,
    }
}

impl Reader {
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    pub const fn context(&self) -> usize {
        self.folds.context
    }

    pub fn layout(&self, context: &Context) -> Layout {
        let columns = context.size.width;
        let chosen = self.chosen.get(class(columns)).copied().flatten();
        chosen.unwrap_or_else(|| Layout::for_columns(columns))
    }

    /// How many cells of each text are out of sight on the left.
    pub const fn aside(&self) -> usize {
        self.aside
    }

    /// Whether each block is one line.
    pub fn is_unbroken(&self) -> bool {
        self.wrap == Wrap::Off
    }

    /// Breaks lines or no longer, or scrolls sideways, no farther than something comes into sight.
    fn wrap_command(&mut self, command: Change) -> Handled {
        match command {
            Change::Right => self.aside += self.beyond.get().min(SIDEWAYS),
            Change::Left => self.aside = self.aside.saturating_sub(SIDEWAYS),
            _ => {
                self.aside = 0;
                self.wrap = match self.wrap {
                    Wrap::Words => Wrap::Off,
                    Wrap::Off => Wrap::Words,
                };
            }
        }
        Handled::done()
    }

    /// Begins at the top of another rewrite; stays where it is in the same one.
    pub fn enter(&mut self, loaded: &Arc<Loaded>, _context: &Context) {
        let id = loaded.rewrite.head.id;
        if self.entered.replace(id) == Some(id) {
            return;
        }
        self.folds = Folds::new(self.folds.context, self.folds.decided);
        self.view.set((0, self.view.get().1));
        self.of = None;
        (self.at, self.aside) = (0, 0);
        self.plain.set((0, 0, 0));
        // The first change is where reading begins.
        let first = loaded.diff.as_ref().and_then(|diff| diff.changes.first());
        self.anchor = first.map(|change| Anchor {
            section: change.section,
            row: Some(change.row),
            change: Some(change.id),
            finding: None,
        });
    }

    /// The document laid out for the width that it has, made anew only if something is different.
    pub fn laid(
        &self,
        loaded: &Loaded,
        choices: &BTreeMap<ChangeId, Choice>,
        (width, context): (u16, &Context),
    ) -> Option<Rc<Laid>> {
        let diff = loaded.diff.as_ref()?;
        let geometry = Geometry {
            id: loaded.rewrite.head.id,
            diff: Arc::as_ptr(diff).addr(),
            width,
            layout: self.layout(context),
            wrap: self.wrap,
            folds: self.folds.clone(),
            findings: loaded.rewrite.findings.len(),
        };
        let same = |laid: &&Rc<Laid>| {
            laid.geometry == geometry && laid.choices == *choices && laid.query == self.query
        };
        if let Some(laid) = self.laid.borrow().as_ref().filter(same) {
            return Some(laid.clone());
        }
        let hits = self.query.as_deref().map(|query| diff.find(query)).unwrap_or_default();
        let view = View {
            width: width.clamp(20, 300),
            layout: geometry.layout,
            brackets: Brackets::Short,
            wrap: self.wrap,
            folds: &self.folds,
            choices,
            findings: &loaded.rewrite.findings,
            hits: &hits,
        };
        let rows = Rows::new(diff, &view);
        let laid =
            Rc::new(Laid { rows, hits, geometry, choices: choices.clone(), query: self.query.clone() });
        *self.laid.borrow_mut() = Some(laid.clone());
        Some(laid)
    }

    /// The row under the cursor: where it was put, or where its place is now.
    pub fn at(&self, laid: &Laid) -> usize {
        let at = if self.of.as_ref() == Some(&laid.geometry) {
            self.at
        } else {
            self.anchor.as_ref().map_or(0, |anchor| laid.rows.row_of(anchor))
        };
        at.min(laid.rows.len().saturating_sub(1))
    }

    fn go(&mut self, laid: &Laid, at: usize) {
        self.at = at.min(laid.rows.len().saturating_sub(1));
        self.anchor = laid.rows.anchor(self.at);
        self.of = Some(laid.geometry.clone());
    }

    fn go_to_change(&mut self, laid: &Laid, change: ChangeId) {
        if let Some(at) = laid.rows.row_of_change(change) {
            self.go(laid, at);
            if let Some(anchor) = &mut self.anchor {
                anchor.change = Some(change);
            }
        }
    }

    /// The hit at or behind the cursor, from 0.
    pub fn hit(&self, laid: &Laid) -> Option<usize> {
        let at = self.at(laid);
        (0..laid.hits.len()).find(|hit| laid.rows.row_of_hit(*hit).is_some_and(|row| row >= at))
    }
}

impl Review {
    /// The document as it is laid out now, with what was decided as the reviewer sees it.
    pub(super) fn document(&self, context: &Context) -> Option<Rc<Laid>> {
        let loaded = self.loaded()?;
        let width = self.panes(context).document;
        self.reader.laid(loaded, self.choices(loaded), (width, context))
    }

    pub(super) fn choices<'a>(&'a self, loaded: &'a Loaded) -> &'a BTreeMap<ChangeId, Choice> {
        let shown = self.session.as_ref().and_then(|session| session.shown());
        shown.map_or(&loaded.rewrite.choices, |shown| &shown.rewrite().choices)
    }

    /// How many rows below the cursor a place on the screen is; none if no row of the document was drawn there.
    pub(super) fn document_rows_to(&self, at: Position, context: &Context) -> Option<isize> {
        let (laid, place) = (self.document(context)?, self.reader.place.get());
        let row = self.reader.view.get().0 + usize::from(at.y.saturating_sub(place.y));
        let is_row = place.contains(at) && row < laid.rows.len();
        is_row.then(|| row.checked_signed_diff(self.reader.at(&laid))).flatten()
    }

    /// The change under the cursor, if the row under the cursor shows it.
    pub(super) fn current(&self, laid: &Laid) -> Option<ChangeId> {
        let at = self.reader.at(laid);
        let folded = matches!(laid.rows.row(at)?.kind, LineKind::Heading | LineKind::Fold);
        let here = laid.rows.changes_at(at);
        let current = self.session.as_ref()?.shown()?.current()?;
        (!folded && here.contains(&current)).then_some(current)
    }

    /// Puts the cursor on a row, and that of the session on the change there.
    fn move_to(&mut self, laid: &Laid, at: usize, context: &Context) -> Handled {
        self.reader.go(laid, at);
        match laid.rows.change_at(self.reader.at) {
            Some(change) => self.tell(Event::Change(ChangeStep::To(change)), context).into(),
            None => Handled::done(),
        }
    }

    fn move_to_change(&mut self, laid: &Laid, change: ChangeId, context: &Context) -> Handled {
        self.reader.go_to_change(laid, change);
        self.tell(Event::Change(ChangeStep::To(change)), context).into()
    }

    pub(super) fn document_command(&mut self, command: Document, context: &Context) -> Handled {
        match command {
            Document::List => return self.close_document(context),
            Document::Find => {
                let query = self.reader.query.clone().unwrap_or_default();
                return Effect::open(
                    Prompt::new(Document::Find, "find")
                        .with(query)
                        .placeholder("words on either side")
                        .live(),
                )
                .into();
            }
            _ => {}
        }
        let Some(laid) = self.document(context) else { return self.scroll(command) };
        let (at, last) = (self.reader.at(&laid), laid.rows.len().saturating_sub(1));
        let half = (self.reader.view.get().1 / 2).max(1);
        let to = match command {
            Document::NextPane => return self.enter_row(&laid, context),
            Document::Down => at + 1,
            Document::Up => at.saturating_sub(1),
            Document::Top => 0,
            Document::Bottom => last,
            Document::HalfDown => at + half,
            Document::HalfUp => at.saturating_sub(half),
            Document::NextMatch | Document::PreviousMatch => {
                return self.next_match(&laid, command == Document::NextMatch, context);
            }
            _ => return Handled::Ignored,
        };
        self.move_to(&laid, to.min(last), context)
    }

    /// Moves in a text that is not compared.
    fn scroll(&self, command: Document) -> Handled {
        let (top, rows, height) = self.reader.plain.get();
        let last = rows.saturating_sub(height);
        let to = match command {
            Document::Down => top + 1,
            Document::Up => top.saturating_sub(1),
            Document::Top => 0,
            Document::Bottom => last,
            Document::HalfDown => top + (height / 2).max(1),
            Document::HalfUp => top.saturating_sub((height / 2).max(1)),
            Document::NextPane
            | Document::List
            | Document::Find
            | Document::NextMatch
            | Document::PreviousMatch => return Handled::Ignored,
        };
        self.reader.plain.set((to.min(last), rows, height));
        Handled::done()
    }

    /// Opens the fold under the cursor; else goes to the next pane, if there is one in sight.
    fn enter_row(&mut self, laid: &Laid, context: &Context) -> Handled {
        if laid.rows.fold_at(self.reader.at(laid)).is_some() {
            return self.fold(laid);
        }
        if self.panes(context).queue > 0 { self.close_document(context) } else { Handled::Ignored }
    }

    fn next_match(&mut self, laid: &Laid, forward: bool, context: &Context) -> Handled {
        let at = self.reader.at(laid);
        let rows = || (0..laid.hits.len()).filter_map(|hit| laid.rows.row_of_hit(hit));
        let found = if forward {
            rows().find(|row| *row > at).or_else(|| rows().min())
        } else {
            rows().rfind(|row| *row < at).or_else(|| rows().max())
        };
        match found {
            Some(row) => self.move_to(laid, row, context),
            None => Effect::Toast(Toast::plain("Nothing like that in this rewrite.")).into(),
        }
    }

    /// Searches while one types.
    pub(super) fn search(&mut self, text: &str, context: &Context) -> Vec<Effect> {
        self.reader.query = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let Some(laid) = self.document(context) else { return Vec::new() };
        let at = self.reader.hit(&laid).and_then(|hit| laid.rows.row_of_hit(hit));
        let at = at.or_else(|| laid.rows.row_of_hit(0));
        match at.map(|at| self.move_to(&laid, at, context)) {
            Some(Handled::Consumed(effects)) => effects,
            Some(Handled::Ignored) | None => Vec::new(),
        }
    }

    pub(super) fn change_command(&mut self, command: Change, context: &Context) -> Handled {
        match command {
            Change::NextRewrite => return self.tell(Event::Move(Step::Down(1)), context).into(),
            Change::PreviousRewrite => return self.tell(Event::Move(Step::Up(1)), context).into(),
            Change::CopyId => return self.copy_id(),
            Change::Layout => {
                let next = self.reader.layout(context).next();
                if let Some(slot) = self.reader.chosen.get_mut(class(context.size.width)) {
                    *slot = Some(next);
                }
                return Handled::done();
            }
            Change::Wrap | Change::Left | Change::Right => return self.reader.wrap_command(command),
            Change::MoreContext => {
                self.reader.folds.context = (self.reader.folds.context + 1).min(MOST_CONTEXT);
                return Handled::done();
            }
            Change::LessContext => {
                self.reader.folds.context = self.reader.folds.context.saturating_sub(1);
                return Handled::done();
            }
            _ => {}
        }
        let Some(laid) = self.document(context) else { return Handled::Ignored };
        match command {
            Change::Next | Change::Previous | Change::NextOpen | Change::PreviousOpen => {
                match self.other_change(&laid, command) {
                    Some(change) => self.move_to_change(&laid, change, context),
                    None => Effect::Toast(Toast::plain("There is no such change in that direction.")).into(),
                }
            }
            Change::Finding => {
                let at = self.reader.at(&laid);
                match laid.rows.next_finding(at).or_else(|| laid.rows.next_finding(0)) {
                    Some(row) => self.move_to(&laid, row, context),
                    None => Effect::Toast(Toast::plain("This rewrite has no finding.")).into(),
                }
            }
            Change::Cycle => {
                if self.current(&laid).is_some() {
                    self.tell(Event::Cycle, context).into()
                } else {
                    Effect::Toast(Toast::plain("There is no change on this row.")).into()
                }
            }
            Change::AcceptSection | Change::RejectSection => self.choose_section(&laid, command, context),
            Change::Fold => self.fold(&laid),
            Change::Edit => self.edit(&laid, context),
            Change::EditWhole => self.edit_whole(context),
            Change::Outside => self.edit_outside(context),
            Change::Note => self.ask_note(command.into(), self.current(&laid)).into(),
            Change::Dismiss => self.ask_dismiss(&laid),
            Change::CopyChange | Change::CopyBefore | Change::CopyAfter | Change::CopyDiff => {
                self.copy(&laid, command)
            }
            _ => Handled::Ignored,
        }
    }

    /// The change that a movement leads to from the row under the cursor.
    fn other_change(&self, laid: &Laid, command: Change) -> Option<ChangeId> {
        let at = self.reader.at(laid);
        let rows = &laid.rows;
        let forward = matches!(command, Change::Next | Change::NextOpen);
        let open = |id: &ChangeId| {
            matches!(command, Change::Next | Change::Previous) || !laid.choices.contains_key(id)
        };
        let mut all = Vec::new();
        let mut next = rows.next_change(None);
        while let Some(id) = next {
            all.push(id);
            next = rows.next_change(Some(id));
        }
        let here = self.current(laid).and_then(|id| all.iter().position(|known| *known == id));
        let row = |id: &ChangeId| rows.row_of_change(*id).unwrap_or_default();
        if forward {
            let first = here
                .map_or_else(|| all.iter().position(|id| row(id) > at).unwrap_or(all.len()), |here| here + 1);
            all.into_iter().skip(first).find(open)
        } else {
            let end = here.unwrap_or_else(|| all.iter().filter(|id| row(id) < at).count());
            all.into_iter().take(end).rev().find(open)
        }
    }

    fn choose_section(&mut self, laid: &Laid, command: Change, context: &Context) -> Handled {
        let anchor = laid.rows.anchor(self.reader.at(laid));
        let diff = self.loaded().and_then(|loaded| loaded.diff.clone());
        let section = diff
            .zip(anchor)
            .and_then(|(diff, anchor)| diff.sections.get(anchor.section).map(|section| section.id.clone()));
        let Some(section) = section else { return Handled::Ignored };
        let event = if command == Change::AcceptSection {
            Event::AcceptSection(section)
        } else {
            Event::RejectSection(section)
        };
        self.tell(event, context).into()
    }

    fn fold(&mut self, laid: &Laid) -> Handled {
        let at = self.reader.at(laid);
        // The place stays, wherever its row comes to stand, also if its row is hidden for a while.
        let anchored = self.reader.anchor.as_ref().is_some_and(|anchor| laid.rows.row_of(anchor) == at);
        if !anchored {
            self.reader.go(laid, at);
        }
        self.reader.of = None;
        if let Some(key) = laid.rows.fold_at(at) {
            self.reader.folds.toggle(key);
            return Handled::done();
        }
        let section = laid.rows.anchor(at).and_then(|anchor| {
            let diff = self.loaded()?.diff.as_ref()?;
            Some(diff.sections.get(anchor.section)?.id.clone())
        });
        let Some(section) = section else { return Handled::Ignored };
        self.reader.folds.toggle_section(&section);
        Handled::done()
    }

    fn copy(&self, laid: &Laid, command: Change) -> Handled {
        let Some(loaded) = self.loaded() else { return Handled::Ignored };
        let Some(diff) = &loaded.diff else { return Handled::Ignored };
        let texts = |side| {
            let sections = diff.sections.iter().map(|section| section.text(side).to_owned());
            sections.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
        };
        let (what, text) = match command {
            Change::CopyBefore => ("the before text", texts(crate::diff::Side::Before)),
            Change::CopyAfter => ("the after text", texts(crate::diff::Side::After)),
            Change::CopyDiff => ("the differences", whole(loaded, laid)),
            _ => match self.current(laid).and_then(|id| diff.change(id)) {
                Some(change) => ("the change", one(diff, change)),
                None => return Effect::Toast(Toast::plain("There is no change on this row.")).into(),
            },
        };
        Effect::Copy { what, text }.into()
    }
}

/// A change as text: `[-before-] {+after+}`.
fn one(diff: &crate::diff::Diff, change: &crate::diff::Change) -> String {
    let Some(section) = diff.sections.get(change.section) else { return String::new() };
    let part = |side, range: &std::ops::Range<usize>, (open, close): (&str, &str)| {
        let text = crate::text::part(section.text(side), range.clone());
        (!text.is_empty()).then(|| format!("{open}{text}{close}"))
    };
    let before = part(crate::diff::Side::Before, &change.before, ("[-", "-]"));
    let after = part(crate::diff::Side::After, &change.after, ("{+", "+}"));
    before.into_iter().chain(after).collect::<Vec<_>>().join(" ")
}

/// The whole comparison as text, nothing folded but what is unchanged.
fn whole(loaded: &Loaded, laid: &Laid) -> String {
    let Some(diff) = &loaded.diff else { return String::new() };
    let view = View {
        width: 300,
        layout: Layout::Merged,
        brackets: Brackets::Long,
        wrap: Wrap::Off,
        folds: &Folds::default(),
        choices: &laid.choices,
        findings: &[],
        hits: &[],
    };
    let rows = Rows::new(diff, &view);
    let lines = rows.window(0..rows.len()).map(|row| row.left.text.into_string());
    lines.collect::<Vec<_>>().join("\n")
}
