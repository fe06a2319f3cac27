//! What the keys do on Candidates.

use super::{BESIDE, Candidates, Listed, Opened, Pane, Request, ask, form::Form};
use crate::{
    domain::CandidateId,
    engine::port::Who,
    tui::{
        Context, Effect, Handled,
        command::{self, Command, Document, Global, List as Rows},
        overlays::Prompt,
        screens::reader::Reader,
    },
};

impl Candidates {
    pub(super) fn command(&mut self, command: Command, context: &Context) -> Handled {
        match command {
            Command::List(command) => self.list_command(command, context),
            Command::Document(command) => self.text_command(command),
            Command::Candidates(command::Candidates::Rewrite) => self.rewrite(context),
            Command::Global(Global::NextPane | Global::PreviousPane) if self.opened.is_some() => {
                self.pane = match self.pane {
                    Pane::List => Pane::Text,
                    Pane::Text => Pane::List,
                };
                Handled::done()
            }
            Command::Global(Global::Back) if self.opened.is_some() => {
                self.opened = None;
                self.pane = Pane::List;
                Handled::done()
            }
            Command::Global(Global::Back) if self.marks.anchor().is_some() => {
                self.marks.set_anchor(None);
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    fn list_command(&mut self, command: Rows, context: &Context) -> Handled {
        if self.list.handle(command) {
            return self.follow(context);
        }
        match command {
            Rows::Open => self.open(Pane::Text),
            Rows::Mark => {
                if let Some(id) = self.selected().map(Listed::key) {
                    self.marks.toggle(&id);
                    self.list.handle(Rows::Down);
                }
                self.follow(context)
            }
            Rows::Range => self.range(),
            Rows::MarkAll => {
                self.mark_rows(0..self.list.len());
                Handled::done()
            }
            Rows::UnmarkAll => {
                self.marks.clear();
                Handled::done()
            }
            Rows::Filter => {
                let prompt = Prompt::new(Rows::Filter, "search")
                    .with(self.text.clone())
                    .placeholder("name, id or a shown column; city:berlin, -city:berlin")
                    .live();
                Effect::open(prompt).into()
            }
            Rows::ClearFilter => {
                self.text.clear();
                self.search().into()
            }
            Rows::Copy => self.selected().map_or(Handled::Ignored, |candidate| {
                Effect::Copy { what: "the id of the candidate", text: candidate.id().to_owned() }.into()
            }),
            Rows::Down | Rows::Up | Rows::First | Rows::Last | Rows::PageDown | Rows::PageUp | Rows::Sort => {
                Handled::Ignored
            }
        }
    }

    fn range(&mut self) -> Handled {
        let Some(here) = self.list.selected() else { return Handled::Ignored };
        let there =
            self.marks.anchor().and_then(|id| self.showing().position(|candidate| candidate.id() == id.0));
        if let Some(there) = there {
            self.mark_rows(here.min(there)..here.max(there) + 1);
            self.marks.set_anchor(None);
        } else {
            let anchor = self.selected().map(Listed::key);
            self.marks.set_anchor(anchor);
        }
        Handled::done()
    }

    fn mark_rows(&mut self, rows: std::ops::Range<usize>) {
        let mut marks = std::mem::take(&mut self.marks);
        marks.add(rows.filter_map(|index| self.row(index)).map(Listed::key));
        self.marks = marks;
    }

    /// A text that stands beside the list is that of the row in focus.
    fn follow(&mut self, context: &Context) -> Handled {
        if self.opened.is_some() && context.size.width >= BESIDE {
            return self.open(self.pane);
        }
        Handled::done()
    }

    fn open(&mut self, pane: Pane) -> Handled {
        let Some(candidate) = self.selected() else { return Handled::Ignored };
        let (id, name) = (candidate.key(), candidate.name().to_owned());
        self.pane = pane;
        if self.opened.as_ref().is_some_and(|opened| opened.id == id) {
            return self.open_again().into();
        }
        self.opened = Some(Opened { id: id.clone(), name, reader: Reader::default(), failed: false });
        ask(Request::Open(id)).into()
    }

    /// Asks once more for a text that could not be read.
    pub(super) fn open_again(&mut self) -> Vec<Effect> {
        let Some(opened) = self.opened.as_mut().filter(|opened| opened.failed) else { return Vec::new() };
        (opened.reader, opened.failed) = (Reader::default(), false);
        vec![ask(Request::Open(opened.id.clone()))]
    }

    fn text_command(&mut self, command: Document) -> Handled {
        let Some(opened) = &mut self.opened else { return Handled::Ignored };
        if opened.reader.handle(command) {
            return Handled::done();
        }
        match command {
            Document::NextPane | Document::List => {
                self.pane = Pane::List;
                Handled::done()
            }
            Document::Find => {
                let first = opened.reader.needle().to_owned();
                Effect::open(Prompt::new(Document::Find, "find").with(first)).into()
            }
            Document::Down
            | Document::Up
            | Document::Top
            | Document::Bottom
            | Document::HalfDown
            | Document::HalfUp
            | Document::NextMatch
            | Document::PreviousMatch => Handled::Ignored,
        }
    }

    pub(super) fn typed(&mut self, by: Command, text: &str) -> Handled {
        match by {
            Command::List(Rows::Filter) => {
                if self.text == text {
                    return Handled::done();
                }
                text.clone_into(&mut self.text);
                self.search().into()
            }
            Command::Document(Document::Find) => {
                if let Some(opened) = &mut self.opened {
                    opened.reader.find(text.trim());
                }
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    fn rewrite(&self, context: &Context) -> Handled {
        let marked = self.marks.total() as u64;
        let (who, number, scope) = if marked > 0 {
            let hidden = self.marks.hidden();
            let scope = if hidden > 0 {
                format!("the marked candidates ({hidden} of them hidden by the filter)")
            } else {
                "the marked candidates".to_owned()
            };
            (Who::Ids(self.marks.in_order(&self.roster)), marked, scope)
        } else if self.text.trim().is_empty() {
            let number = self.total.unwrap_or(self.roster.len() as u64);
            (Who::All, number, "all candidates of the candidate database".to_owned())
        } else {
            let ids: Vec<CandidateId> = self.showing().map(Listed::key).collect();
            let number = ids.len() as u64;
            (Who::Ids(ids), number, format!("all that match {}", self.text.trim()))
        };
        if number == 0 {
            return Handled::Ignored;
        }
        [Effect::open(Form::new(who, number, scope, context)), ask(Request::Terms)].into()
    }
}
