//! Which event does what.

use super::{Action, Help, Many, Pane, Request, Review, bulk::OPEN};
use crate::{
    domain::{Choice, OpenPolicy, RewriteId, RewriteState},
    review::{
        blocking,
        session::{self, MarksAfter},
    },
    tui::{
        Context, Effect, Event, Handled, Notice,
        backend::Slot,
        command::{self, Change, Command, Document, Global, List as Rows, Queue},
        effect::{Action as Any, Visit},
        overlays::Menu,
        screens::ScreenId,
        theme::Meaning,
        widgets::{Row, Toast},
    },
};

impl Review {
    pub(super) fn event(&mut self, event: &Event, context: &Context) -> Handled {
        if matches!(event, Event::Command(_) | Event::Key(_) | Event::Prompted { .. }) {
            self.touched = Some(context.instant);
        }
        match event {
            Event::Command(command) => self.command(*command, context),
            Event::Wake => self.beat(context).into(),
            Event::Visit(visit) => self.visit(visit, context).into(),
            Event::Notice(Notice::Store) => {
                self.texts.again();
                self.tell(session::Event::StoreChanged, context).into()
            }
            Event::Reply(reply) => self.reply(reply, context).into(),
            Event::Confirmed(confirmed) => match confirmed.action() {
                Any::Review(Action::Many(task, scope)) => self.begin(task, scope).into(),
                Any::Review(Action::TakeOver) => self.tell(session::Event::TakeOver, context).into(),
                Any::Review(Action::TakeBack(these)) => {
                    self.tell(session::Event::UndoThese(these.to_vec()), context).into()
                }
                Any::Review(Action::Again(id)) => Self::ask(Slot::InOrder, Request::Requeue(*id)).into(),
                Any::Review(Action::Anew(id, note)) => {
                    Self::ask(Slot::InOrder, Request::Anew(*id, note.clone())).into()
                }
                Any::Review(Action::Help(ids, help)) => Self::help(ids.clone(), help.clone()).into(),
                Any::Review(Action::Move(id, to)) => {
                    Self::ask(Slot::InOrder, Request::Move(*id, to.clone())).into()
                }
                _ => Handled::Ignored,
            },
            Event::Prompted { by, text } => self.prompted(*by, text, context),
            Event::Typing { by: Command::Document(Document::Find), text } => {
                self.search(text, context).into()
            }
            Event::Typing { by: Command::Change(Change::Edit | Change::EditWhole), text } => {
                self.draft(text, context).into()
            }
            Event::Chosen { by, index } => self.chosen(*by, *index, context),
            Event::Edited { by: Command::Change(Change::Outside), text } => {
                self.came_back(text.as_deref(), context).into()
            }
            _ => Handled::Ignored,
        }
    }

    fn visit(&mut self, visit: &Visit, context: &Context) -> Vec<Effect> {
        self.arrived = 0;
        self.texts.again();
        match visit {
            Visit::Plain => match self.restore(context) {
                Some(effects) => effects,
                None => self.tell(session::Event::StoreChanged, context),
            },
            Visit::Batch(id) => {
                self.pane = Pane::Queue;
                self.set_filter(&format!("state:ready batch:{id}"), context)
            }
            Visit::Filter(text) => {
                self.pane = Pane::Queue;
                self.set_filter(text, context)
            }
            Visit::Rewrite(id) => vec![Self::ask(Slot::Newest("review.find"), Request::Find(*id))],
        }
    }

    fn prompted(&mut self, by: Command, text: &str, context: &Context) -> Handled {
        match by {
            Command::List(Rows::Filter) => self.set_filter(text, context).into(),
            Command::Document(Document::Find) => self.search(text, context).into(),
            Command::Change(Change::Edit | Change::EditWhole) => self.edited(text, context).into(),
            Command::Change(Change::Note) | Command::Queue(Queue::Note) => self.note(text, context).into(),
            Command::Change(Change::Dismiss) => self.dismiss(text, context).into(),
            Command::Review(command::Review::RejectBecause) => self.reject_because(text, context).into(),
            Command::Queue(Queue::RejectMany) => {
                let reason = Some(text.trim().to_owned()).filter(|reason| !reason.is_empty());
                self.survey(Many::Reject, (reason, None), context).into()
            }
            Command::Review(command::Review::SaveFilter) => self.save_filter(text).into(),
            Command::Review(command::Review::Again) => self.anew(text),
            Command::Review(command::Review::Assign) => self.assign(text),
            Command::Review(command::Review::FindInOthers) => self.look_in_others(text, context).into(),
            Command::Review(command::Review::UndoSince) => Self::find_decisions(text, context).into(),
            _ => Handled::Ignored,
        }
    }

    fn chosen(&mut self, by: Command, index: usize, context: &Context) -> Handled {
        match by {
            Command::List(Rows::Sort) => self.set_sort(index, context).into(),
            Command::List(Rows::UnmarkAll) => {
                let after = [MarksAfter::Keep, MarksAfter::Drop, MarksAfter::Intersect];
                let Some(after) = after.get(index) else { return Handled::Ignored };
                self.tell(session::Event::Marks(*after), context).into()
            }
            Command::Review(command::Review::SavedFilters) => {
                let Some(filter) = self.saved.get(index).cloned() else { return Handled::Ignored };
                self.pane = Pane::Queue;
                self.set_filter(&filter, context).into()
            }
            Command::Review(command::Review::Result) => self.show_group(index, context).into(),
            Command::Queue(Queue::ApproveMany) => match OPEN.get(index) {
                Some((open, _)) => self.survey(Many::Approve, (None, Some(*open)), context).into(),
                None => Handled::Ignored,
            },
            Command::Review(command::Review::Approve) => self.approve_settled(index, context).into(),
            _ => Handled::Ignored,
        }
    }

    fn command(&mut self, command: Command, context: &Context) -> Handled {
        match command {
            Command::Review(command) => self.review_command(command, context),
            Command::Queue(command) => match command {
                Queue::ApproveMany if context.open_changes == OpenPolicy::Ask => Self::ask_many_open().into(),
                Queue::ApproveMany => self.survey(Many::Approve, (None, None), context).into(),
                Queue::RejectMany => Self::ask_many_reason().into(),
                Queue::Note => self.ask_note(command.into(), None).into(),
                Queue::Finding => self.tell(session::Event::Move(session::Step::NextFinding), context).into(),
            },
            Command::List(command) => self.list_command(command, context),
            Command::Change(command) => self.change_command(command, context),
            Command::Document(command) => self.document_command(command, context),
            Command::Global(command) => self.global_command(command, context),
            _ => Handled::Ignored,
        }
    }

    fn review_command(&mut self, command: command::Review, context: &Context) -> Handled {
        let event = match command {
            command::Review::Approve => {
                if let Some(why) = self.stopped() {
                    return Effect::Toast(why).into();
                }
                if let Some(question) = self.ask_open() {
                    return question.into();
                }
                self.count_leaving();
                session::Event::Approve
            }
            command::Review::Reject => session::Event::Reject(None),
            command::Review::RejectBecause => return Self::ask_reason().into(),
            command::Review::Preview => return self.preview(),
            command::Review::UndoSince => return Self::ask_undo("", None).into(),
            command::Review::Skip => session::Event::Skip,
            command::Review::Undo => session::Event::Undo,
            command::Review::Redo => session::Event::Redo,
            command::Review::Again => return self.again(),
            command::Review::PauseBatch => return self.ask_batch(),
            command::Review::FindInOthers => return self.find_in_others(context),
            command::Review::WriteBack => {
                // A conflict opens there with its three texts.
                let conflict = self.row().filter(|row| row.state == RewriteState::Conflict);
                let visit = conflict.map_or(Visit::Plain, |row| Visit::Rewrite(row.id));
                return Effect::Go(ScreenId::WriteBack, visit).into();
            }
            command::Review::SavedFilters => {
                return Self::ask(Slot::Newest("review.saved"), Request::Saved).into();
            }
            command::Review::TakeOver => return self.ask_take_over(),
            command::Review::SaveFilter => return self.ask_name().into(),
            command::Review::Result => return self.ask_group().into(),
            command::Review::Assign => return Self::ask_whose("", None).into(),
            command::Review::Second => return self.propose_help(Help::Second),
            command::Review::Stats => {
                return Self::ask(Slot::Newest("review.stats"), Request::Stats).into();
            }
        };
        self.tell(event, context).into()
    }

    /// Why an approval would be refused: a finding stops it. It stays where it is then, to be looked at.
    fn stopped(&self) -> Option<Toast> {
        let row = self.row().filter(|row| row.state == RewriteState::Ready)?;
        let (shown, loaded) = (self.session.as_ref()?.shown(), self.loaded());
        let message = match shown.zip(loaded) {
            Some((shown, loaded)) => {
                let stops = blocking(shown.rewrite(), loaded.open);
                stops.first().map(|finding| finding.message.clone())?
            }
            None if row.blocked => "open it to see which.".to_owned(),
            None => return None,
        };
        Some(
            Toast::caution(format!("Not approved: a finding stops it. {message}"))
                .hint("Reject its change, edit the text, or dismiss the finding with a reason."),
        )
    }

    /// The question about changes that nobody decided, if the policy is to ask and there are some.
    fn ask_open(&self) -> Option<Effect> {
        let row = self.row().filter(|row| row.state == RewriteState::Ready)?;
        let loaded = self.loaded().filter(|loaded| loaded.open == OpenPolicy::Ask)?;
        let shown = self.session.as_ref()?.shown().filter(|shown| shown.rewrite().head.id == row.id)?;
        let (_, _, open) = shown.tally();
        if open == 0 || loaded.diff.is_none() {
            return None;
        }
        let rows = OPEN.iter().map(|(_, text)| Row::of(Meaning::Dialog, *text)).collect();
        let title = if open == 1 { "1 change is not decided" } else { "Some changes are not decided" };
        Some(Effect::open(Menu::new(command::Review::Approve, title, rows)))
    }

    /// Approves once it was said what becomes of the changes that nobody decided: that is a decision about each.
    fn approve_settled(&mut self, index: usize, context: &Context) -> Vec<Effect> {
        let choice = match OPEN.get(index) {
            Some((OpenPolicy::Accept, _)) => Choice::Accepted,
            Some((OpenPolicy::Reject, _)) => Choice::Rejected,
            Some((OpenPolicy::Ask, _)) | None => return Vec::new(),
        };
        let Some(shown) = self.session.as_ref().and_then(|session| session.shown()) else {
            return Vec::new();
        };
        let open = shown.changes().iter().map(|change| change.id).filter(|id| shown.choice(*id).is_none());
        let mut effects = self.tell(session::Event::Choose(open.collect(), Some(choice)), context);
        self.count_leaving();
        effects.extend(self.tell(session::Event::Approve, context));
        effects
    }

    fn global_command(&mut self, command: Global, context: &Context) -> Handled {
        match command {
            Global::NextPane | Global::PreviousPane => match self.pane {
                Pane::Queue => self.open_document(context).into(),
                Pane::Document => self.close_document(context),
            },
            Global::Back if self.pane == Pane::Document => self.close_document(context),
            Global::Cancel if self.stop() => {
                Effect::Toast(Toast::plain("It stops behind the rewrite under way.")).into()
            }
            Global::Dashboard
            | Global::Candidates
            | Global::Batches
            | Global::Review
            | Global::WriteBack
            | Global::Activity
            | Global::Help
            | Global::Palette
            | Global::Back
            | Global::Cancel
            | Global::Quit => Handled::Ignored,
        }
    }

    pub(super) fn open_document(&mut self, context: &Context) -> Vec<Effect> {
        if self.row().is_none() {
            return vec![Effect::Toast(Toast::plain("There is no rewrite to open here."))];
        }
        self.pane = Pane::Document;
        let shown: Option<RewriteId> =
            self.session.as_ref().and_then(|session| session.shown()).map(|shown| shown.rewrite().head.id);
        // What is not read yet is recorded as opened when it is there to be read.
        if shown.is_some() { self.tell(session::Event::Open, context) } else { Vec::new() }
    }
}
