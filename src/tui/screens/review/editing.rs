//! The after text of one section under edit, on top of the screen.

use ratatui::{
    Frame,
    layout::{Constraint, Layout as Areas, Rect},
};

use super::{Review, reader::Laid};
use crate::{
    domain::{Document, RewriteId, Section, SectionId},
    review::session::Event as Told,
    text::Safe,
    tui::{
        Context, Effect, Event, Handled, Layer,
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
    section: SectionId,
    /// The after text that the edit started from.
    base: Document,
}

impl Review {
    /// Opens the section at the cursor in the editor.
    pub(super) fn edit(&mut self, laid: &Laid, context: &Context) -> Handled {
        let Some(anchor) = laid.rows.anchor(self.reader.at(laid)) else { return Handled::Ignored };
        let Some(loaded) = self.loaded().cloned() else { return Handled::Ignored };
        let (Some(diff), Some(base)) = (&loaded.diff, loaded.rewrite.after.clone()) else {
            return Handled::Ignored;
        };
        let Some(section) = diff.sections.get(anchor.section) else { return Handled::Ignored };
        let head = &loaded.rewrite.head;
        if base.section(&section.id).is_none() {
            return Effect::Toast(Toast::caution("The after text has no such section.")).into();
        }
        let row = anchor.row.and_then(|row| section.rows.get(row));
        let text = base.text(&section.id).to_owned();
        let start = row.and_then(|row| section.block(row, crate::diff::Side::After));
        let line =
            start.map_or(0, |block| text.bytes().take(block.range.start).filter(|b| *b == b'\n').count());
        let title = format!("EDIT {} of {}", section.id.0.to_uppercase(), head.name);
        let before = loaded.rewrite.before.text(&section.id).to_owned();
        self.editing = Some(Open { id: head.id, section: section.id.clone(), base });
        Effect::open(Editing::new((title, before), (&text, line), context)).into()
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
        let sections = open.base.sections.into_iter().map(|section| {
            if section.id == open.section {
                Section { text: Some(text.to_owned()), ..section }
            } else {
                section
            }
        });
        self.tell(Told::Edit(Document { sections: sections.collect() }), context)
    }
}

/// The editor.
struct Editing {
    title: Safe<'static>,
    before: Safe<'static>,
    editor: Editor,
    asked: bool,
}

impl Editing {
    fn new((title, before): (String, String), (text, line): (&str, usize), context: &Context) -> Self {
        let mut editor = Editor::new(text, context);
        editor.go_to(line);
        let title = Safe::line(&title).into_owned();
        Self { title, before: Safe::new(&before).into_owned(), editor, asked: false }
    }

    fn command(&mut self, command: Edit) -> Handled {
        match command {
            Edit::Done if self.editor.is_changed() => {
                let by = Command::Change(Change::Edit);
                let text = self.editor.text();
                Effect::Settle(Settled::new(Outcome::Prompted { by, text })).into()
            }
            Edit::Discard if self.editor.is_changed() && !self.asked => {
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
        self.editor.is_changed().then(|| format!("Not kept yet: {}.", self.title.as_str()))
    }
}
