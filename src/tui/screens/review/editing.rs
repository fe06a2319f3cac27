//! The after text under edit, on top of the screen: one paragraph, a section, or all of it; or in the person's own
//! editor.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Constraint, Layout as Areas, Rect},
};

use super::{Review, reader::Laid};
use crate::{
    diff::Side,
    domain::{Document, RewriteId, Role, Section, SectionId},
    review::{session::Event as Told, sheet},
    text::{Safe, part},
    tui::{
        Access, Context, Effect, Event, Handled, Layer,
        command::{Change, Command, Edit, Scope},
        effect::{Outcome, Settled},
        overlays::Message,
        theme::Meaning,
        widgets::{Editor, Hint, Row, Toast, blank, chrome, wrapped},
    },
};

/// What is under edit.
#[derive(Debug, Clone)]
pub(super) struct Open {
    id: RewriteId,
    part: Part,
    /// The after text that the edit started from.
    base: Document,
}

/// How much of the after text is under edit.
#[derive(Debug, Clone)]
enum Part {
    /// Bytes of a section.
    Piece(SectionId, Range<usize>),
    /// All of it, as a sheet.
    Whole,
}

impl Review {
    /// Opens the paragraph or bullet under the cursor in the editor; on a heading, or where the after text has none,
    /// the section.
    pub(super) fn edit(&mut self, laid: &Laid, context: &Context) -> Handled {
        let Some(anchor) = laid.rows.anchor(self.reader.at(laid)) else { return Handled::Ignored };
        let Some(loaded) = self.loaded().cloned() else { return Handled::Ignored };
        let (Some(diff), Some(base)) = (&loaded.diff, loaded.rewrite.after.clone()) else {
            return Handled::Ignored;
        };
        let Some(section) = diff.sections.get(anchor.section) else { return Handled::Ignored };
        let head = &loaded.rewrite.head;
        if base.section(&section.id).is_some_and(|section| section.role == Role::Context) {
            return Effect::Toast(Toast::plain("This section is only shown; it is never written.")).into();
        }
        if base.section(&section.id).is_none() {
            return Effect::Toast(Toast::caution("The after text has no such section.")).into();
        }
        let text = base.text(&section.id).to_owned();
        let row = anchor.row.and_then(|row| section.rows.get(row));
        let folded = laid.rows.fold_at(self.reader.at(laid)).is_some();
        let block = |side| row.filter(|_| !folded).and_then(|row| section.block(row, side));
        let after = block(Side::After).map(|block| block.range.clone());
        let before = block(Side::Before).map(|block| block.range.clone());
        let before_text = loaded.rewrite.before.text(&section.id);
        let name = section.id.0.to_uppercase();
        let (title, range, before) = match after {
            Some(range) => {
                let before = before.map(|range| part(before_text, range)).unwrap_or_default();
                (format!("EDIT IN {name} of {}", head.name), range, before)
            }
            None => (format!("EDIT {name} of {}", head.name), 0..text.len(), before_text),
        };
        let piece = part(&text, range.clone()).to_owned();
        let editing = Editing::new(Change::Edit, (title, before), &piece, context);
        self.editing = Some(Open { id: head.id, part: Part::Piece(section.id.clone(), range), base });
        Effect::open(editing).into()
    }

    /// Begins to edit the whole after text; returns it as a sheet, with the before text beside it.
    fn begin_whole(&mut self) -> Option<(String, String, String)> {
        let loaded = self.loaded()?.clone();
        let base = loaded.rewrite.after.clone()?;
        let sheet = sheet::write(&base);
        let title = format!("EDIT ALL of {}", loaded.rewrite.head.name);
        self.editing = Some(Open { id: loaded.rewrite.head.id, part: Part::Whole, base });
        Some((title, sheet::write(&loaded.rewrite.before), sheet))
    }

    /// Opens the whole after text in the editor.
    pub(super) fn edit_whole(&mut self, context: &Context) -> Handled {
        match self.begin_whole() {
            Some((title, before, sheet)) => {
                Effect::open(Editing::new(Change::EditWhole, (title, before), &sheet, context)).into()
            }
            None => Handled::Ignored,
        }
    }

    /// Hands the whole after text to the person's own editor; where that would be a way out of redraft, it is opened
    /// in place.
    pub(super) fn edit_outside(&mut self, context: &Context) -> Handled {
        if context.access == Access::Restricted {
            let toast = Toast::plain("This redraft is restricted: the text is edited in place.");
            return match self.edit_whole(context) {
                Handled::Consumed(mut effects) => {
                    effects.push(Effect::Toast(toast));
                    effects.into()
                }
                Handled::Ignored => Handled::Ignored,
            };
        }
        match self.begin_whole() {
            Some((_, _, text)) => Effect::Editor { by: Change::Outside.into(), text }.into(),
            None => Handled::Ignored,
        }
    }

    /// The person's own editor has ended.
    pub(super) fn came_back(&mut self, text: Option<&str>, context: &Context) -> Vec<Effect> {
        if let Some(text) = text {
            return self.edited(text, context);
        }
        self.editing = None;
        Vec::new()
    }

    /// Keeps an edit that nobody could finish as a note: it changes nothing, and nothing is lost.
    pub(super) fn draft(&mut self, text: &str, context: &Context) -> Vec<Effect> {
        let Some(open) = self.editing.take().filter(|open| self.row().is_some_and(|row| row.id == open.id))
        else {
            return Vec::new();
        };
        let of = match &open.part {
            Part::Piece(section, _) => section.0.clone(),
            Part::Whole => "all".to_owned(),
        };
        self.tell(Told::Note(None, format!("Unfinished edit of {of}:\n{text}")), context)
    }

    /// Takes an edited text.
    pub(super) fn edited(&mut self, text: &str, context: &Context) -> Vec<Effect> {
        let Some(open) = self.editing.take() else { return Vec::new() };
        let shown = self.session.as_ref().and_then(|session| session.shown());
        let still = shown.is_some_and(|shown| {
            shown.rewrite().head.id == open.id && shown.rewrite().after.as_ref() == Some(&open.base)
        });
        if !still {
            let told = format!(
                "Somebody else changed this rewrite while you edited it, so that the edit was not kept. \
                 Copy what you need of it:\n\n{text}"
            );
            return vec![Effect::open(Message::new("The edit was not kept", told))];
        }
        match &open.part {
            Part::Piece(section, range) => {
                let document = with_piece(&open.base, section, range, text);
                self.tell(Told::Edit(document), context)
            }
            Part::Whole => match sheet::read(text, &open.base) {
                Ok(document) if document == open.base => {
                    vec![Effect::Toast(Toast::plain("Nothing was changed."))]
                }
                Ok(document) => self.tell(Told::Edit(document), context),
                Err(error) => self.edit_again(open, text, &error, context),
            },
        }
    }

    /// Opens a sheet that cannot be read once more: nothing that was typed is lost.
    fn edit_again(
        &mut self,
        open: Open,
        text: &str,
        error: &sheet::SheetError,
        context: &Context,
    ) -> Vec<Effect> {
        let before = self.loaded().map(|loaded| sheet::write(&loaded.rewrite.before)).unwrap_or_default();
        let title = "EDIT ALL: not kept yet".to_owned();
        let mut editing = Editing::new(Change::EditWhole, (title, before), text, context);
        editing.always = true;
        self.editing = Some(open);
        vec![Effect::open(editing), Effect::Toast(Toast::caution(error.to_string()))]
    }
}

/// The document with another text in the place of some bytes of a section.
fn with_piece(base: &Document, id: &SectionId, range: &Range<usize>, text: &str) -> Document {
    let sections = base.sections.iter().map(|section| {
        if section.id != *id {
            return section.clone();
        }
        let mut whole = section.text.clone().unwrap_or_default();
        if whole.is_char_boundary(range.start) && whole.is_char_boundary(range.end) {
            whole.replace_range(range.clone(), text);
        }
        Section { text: Some(whole), ..section.clone() }
    });
    Document { sections: sections.collect() }
}

/// The editor.
struct Editing {
    by: Change,
    title: Safe<'static>,
    before: Safe<'static>,
    editor: Editor,
    asked: bool,
    /// Whether the text is told even if it is as it was opened.
    always: bool,
}

impl Editing {
    fn new(by: Change, (title, before): (String, impl AsRef<str>), text: &str, context: &Context) -> Self {
        let editor = Editor::new(text, context);
        let title = Safe::line(&title).into_owned();
        Self {
            by,
            title,
            before: Safe::new(before.as_ref()).into_owned(),
            editor,
            asked: false,
            always: false,
        }
    }

    fn command(&mut self, command: Edit) -> Handled {
        match command {
            Edit::Done if self.editor.is_changed() || self.always => {
                let by = Command::Change(self.by);
                let text = self.editor.text();
                Effect::Settle(Settled::new(Outcome::Prompted { by, text })).into()
            }
            Edit::Discard if (self.editor.is_changed() || self.always) && !self.asked => {
                self.asked = true;
                Handled::done()
            }
            Edit::Done | Edit::Discard => Effect::Close.into(),
            Edit::Undo | Edit::Redo => {
                self.asked = false;
                self.editor.command(command);
                Handled::done()
            }
        }
    }
}

impl Layer for Editing {
    fn title(&self) -> &'static str {
        "Editor"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Edit]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::Edit(command)) => self.command(*command),
            Event::Leaving if self.editor.is_changed() || self.always => {
                let by = Command::Change(self.by);
                let text = self.editor.text();
                Effect::Settle(Settled::new(Outcome::Typing { by, text })).into()
            }
            Event::Key(key) => {
                self.asked = false;
                self.editor.handle(*key);
                Handled::done()
            }
            Event::Paste(text) => {
                self.asked = false;
                self.editor.paste(text);
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        blank(frame, area, context);
        let [title, body, rule, footer] = Areas::vertical([
            Constraint::Length(1),
            Constraint::Fill(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(area);
        let state = if self.editor.is_changed() { "changed, not kept yet" } else { "not changed" };
        let name = Row::of(Meaning::Title, self.title.clone());
        chrome::heading(frame, title, (name, Row::of(Meaning::Muted, state)), context);
        let [before, line, after] = if area.width >= 100 {
            Areas::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)]).areas(body)
        } else {
            Areas::horizontal([Constraint::Length(0), Constraint::Length(1), Constraint::Fill(1)]).areas(body)
        };
        if before.width > 0 {
            let columns = usize::from(before.width).saturating_sub(2);
            let head = Row::of(Meaning::Muted, " BEFORE, to look at");
            let rows = wrapped(&self.before, columns).into_iter();
            let rows = rows.map(|text| Row::of(Meaning::Muted, " ").put(Meaning::Kept, text));
            for (row, place) in std::iter::once(head).chain(rows).zip(before.rows()) {
                row.draw(frame.buffer_mut(), place, &context.theme);
            }
            for place in line.rows() {
                Row::of(Meaning::Rule, context.glyph("│", "|")).draw(
                    frame.buffer_mut(),
                    place,
                    &context.theme,
                );
            }
            let [head, text] = Areas::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(after);
            Row::of(Meaning::Muted, "AFTER").draw(frame.buffer_mut(), head, &context.theme);
            self.editor.draw(frame, text, context);
        } else {
            self.editor.draw(frame, after, context);
        }
        chrome::rule(frame, rule, context);
        if self.asked {
            let again = context.keys.shown(Edit::Discard.into(), context.glyphs).unwrap_or_default();
            let text = format!(" {again} again throws the edit away; any other key goes on");
            Row::of(Meaning::Caution, text).draw(frame.buffer_mut(), footer, &context.theme);
        } else {
            chrome::footer(frame, footer, &self.hints(context), context);
        }
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::one(Edit::Done).named("keep and close"),
            Hint::one(Edit::Discard).named("throw away"),
            Hint::one(Edit::Undo),
            Hint::one(Edit::Redo),
        ]
    }

    fn unsaved(&self) -> Option<String> {
        (self.editor.is_changed() || self.always).then(|| format!("Not kept yet: {}.", self.title.as_str()))
    }
}
