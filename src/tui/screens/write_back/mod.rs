//! Write-back: put approved texts into the candidate database, undo it, look after conflicts.

mod answer;
mod conflict;
mod conflict_view;
mod view;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

pub use answer::{Answer, Request, answer};
pub use conflict::{Clash, Way};

use crate::{
    domain::{Counts, RewriteHead, RewriteId, RewriteState},
    review::filter::{self, Filter},
    store::port::IntentKind,
    text::Safe,
    tui::{
        Context, Effect, Event, Handled, Layer, Notice,
        backend::{self, Ask, Failure, Reply, Slot},
        command::{self, Command, Global, List as Rows, Scope},
        effect::Visit,
        layer::Depth,
        overlays::{Confirm, Prompt},
        screens::{ScreenId, words},
        widgets::{Hint, List, Toast, thousands},
    },
    writeback::{Progress, Summary},
};
use answer::{PAGE, needed};
use conflict::Conflict;

/// What is shown when nobody asks for something else.
const USUAL: &str = "state:approved,writing,conflict,written,reverting";
/// How near to the last row read the focus may come before more are read.
const AHEAD: usize = 100;

/// What Write-back does only after a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write or undo these.
    Run(IntentKind, Vec<RewriteId>),
    /// Have this conflict rewritten.
    Again(RewriteId),
    /// Let these batches be written again.
    LetWrite(Vec<u64>),
}

/// The screen.
#[derive(Debug)]
pub struct WriteBack {
    text: String,
    filter: Filter,
    rows: Option<Vec<RewriteHead>>,
    counts: Counts,
    complete: bool,
    list: List,
    marks: BTreeSet<RewriteId>,
    /// What is going on, and how far it is.
    running: Option<(IntentKind, Progress)>,
    /// The conflict that is open, and the one that was asked for.
    conflict: Option<Conflict>,
    wanted: Option<RewriteId>,
    /// Why the rows could not be read last time.
    trouble: Option<Failure>,
}

impl Default for WriteBack {
    fn default() -> Self {
        use RewriteState::{Approved, Conflict, Reverting, Writing, Written};
        Self {
            text: USUAL.to_owned(),
            filter: Filter::states(&[Approved, Writing, Conflict, Written, Reverting]),
            rows: None,
            counts: Counts::default(),
            complete: false,
            list: List::default(),
            marks: BTreeSet::new(),
            running: None,
            conflict: None,
            wanted: None,
            trouble: None,
        }
    }
}

fn ask(request: Request) -> Effect {
    let slot = match request {
        Request::Read(..) | Request::Older(..) => Slot::Newest("write-back.rows"),
        Request::Snapshot(..) => Slot::Newest("write-back.snapshot"),
        Request::Conflict(_) => Slot::Newest("write-back.conflict"),
        Request::Stopped => Slot::Newest("write-back.stopped"),
        Request::Run(..) | Request::Again(_) | Request::Settle(..) | Request::LetWrite(_) => Slot::InOrder,
    };
    Effect::Ask(Ask { slot, request: backend::Request::WriteBack(request) })
}

/// Asks whether a conflict is to be rewritten again.
fn ask_again(id: RewriteId) -> Handled {
    let action = crate::tui::Action::WriteBack(Action::Again(id));
    let text = "from the text that the candidate database has now; it costs what a rewrite costs";
    Effect::confirm(Confirm::new("Rewrite this one again?", "queue it", action).line("how", text)).into()
}

impl WriteBack {
    fn read(&self) -> Effect {
        let number = self.rows.as_ref().map_or(0, Vec::len).clamp(PAGE as usize, 1_000);
        ask(Request::Read(self.filter.clone(), u32::try_from(number).unwrap_or(PAGE)))
    }

    fn selected(&self) -> Option<&RewriteHead> {
        self.rows.as_ref()?.get(self.list.selected()?)
    }

    fn set_filter(&mut self, text: &str, context: &Context) -> Handled {
        let text = if text.trim().is_empty() { USUAL } else { text.trim() };
        let now = context.now.to_zoned_datetime(TimeZone::UTC);
        match filter::parse(text, &filter::Context { now, me: context.who.clone() }) {
            Ok(filter) => {
                text.clone_into(&mut self.text);
                self.filter = filter;
                self.rows = None;
                self.list = List::default();
                self.read().into()
            }
            Err(error) => {
                let prompt =
                    Prompt::new(Rows::Filter, "filter").with(text).complaint(Safe::line(&error.to_string()));
                Effect::open(prompt).into()
            }
        }
    }

    fn moved(&self) -> Handled {
        let rows = self.rows.as_deref().unwrap_or_default();
        let near_the_end = self.list.selected().is_some_and(|at| at + AHEAD > rows.len());
        match rows.last().filter(|_| near_the_end && !self.complete) {
            Some(last) => ask(Request::Older(self.filter.clone(), last.id)).into(),
            None => Handled::done(),
        }
    }

    fn list_command(&mut self, command: Rows, context: &Context) -> Handled {
        if self.list.handle(command) {
            return self.moved();
        }
        match command {
            Rows::Open if self.selected().is_some_and(|row| row.state == RewriteState::Conflict) => {
                self.command(command::WriteBack::Merge)
            }
            Rows::Open => self
                .selected()
                .map_or(Handled::Ignored, |row| Effect::Go(ScreenId::Review, Visit::Rewrite(row.id)).into()),
            Rows::Mark => {
                if let Some(id) = self.selected().map(|row| row.id)
                    && !self.marks.remove(&id)
                {
                    self.marks.insert(id);
                }
                self.list.handle(Rows::Down);
                self.moved()
            }
            Rows::UnmarkAll => {
                self.marks.clear();
                Handled::done()
            }
            Rows::Filter => Effect::open(Prompt::new(Rows::Filter, "filter").with(self.text.clone())).into(),
            Rows::ClearFilter => self.set_filter("", context),
            Rows::Copy => self.selected().map_or(Handled::Ignored, |row| {
                Effect::Copy { what: "the id of the rewrite", text: row.id.to_string() }.into()
            }),
            Rows::Down
            | Rows::Up
            | Rows::First
            | Rows::Last
            | Rows::PageDown
            | Rows::PageUp
            | Rows::Range
            | Rows::MarkAll
            | Rows::Sort => Handled::Ignored,
        }
    }

    /// Asks for the texts of a conflict, to show them.
    fn open(&mut self, id: RewriteId) -> Handled {
        self.wanted = Some(id);
        ask(Request::Conflict(id)).into()
    }

    fn command(&mut self, command: command::WriteBack) -> Handled {
        let kind = match command {
            command::WriteBack::Write => IntentKind::Write,
            command::WriteBack::Revert => IntentKind::Revert,
            command::WriteBack::LetWrite => return ask(Request::Stopped).into(),
            command::WriteBack::Again => {
                return self.selected().map_or(Handled::Ignored, |row| ask_again(row.id));
            }
            command::WriteBack::Merge => {
                return self.selected().map(|row| row.id).map_or(Handled::Ignored, |id| self.open(id));
            }
        };
        let mut marked: Vec<RewriteId> = self.marks.iter().copied().collect();
        // An undo without marks is about the row in focus alone: nobody undoes everything by a slip.
        if kind == IntentKind::Revert && marked.is_empty() {
            marked.extend(self.selected().map(|row| row.id));
        }
        ask(Request::Snapshot(kind, self.filter.clone(), marked)).into()
    }

    fn dialog(&self, kind: IntentKind, ids: &[RewriteId]) -> Handled {
        let number = ids.len();
        if number == 0 {
            let text = match kind {
                IntentKind::Write => "Nothing here is approved and not yet written.",
                IntentKind::Revert => "Nothing here is written, so there is nothing to undo.",
            };
            return Effect::Toast(Toast::plain(text)).into();
        }
        let scope =
            if self.marks.is_empty() { self.text.clone() } else { format!("marked, in {}", self.text) };
        let count = thousands(number as u64);
        let texts = if number == 1 { "text" } else { "texts" };
        let (title, verb, what) = match kind {
            IntentKind::Write => (
                format!("Write {count} {texts} into the candidate database?"),
                "write",
                "each only where the source still is what its approver saw; it can be undone",
            ),
            IntentKind::Revert => (
                format!("Undo {count} write-backs?"),
                "undo",
                "each only where nobody changed the text since; the rewrites are to be decided again",
            ),
        };
        let action = crate::tui::Action::WriteBack(Action::Run(kind, ids.to_vec()));
        let dialog = Confirm::new(title, verb, action).line("scope", scope).line("what", what);
        Effect::confirm(dialog.typed(number as u64)).into()
    }

    fn confirmed(&mut self, action: &Action) -> Handled {
        match action {
            Action::Run(kind, ids) => {
                self.running = Some((*kind, Progress { done: 0, total: ids.len() as u64 }));
                ask(Request::Run(*kind, ids.as_slice().into())).into()
            }
            Action::Again(id) => ask(Request::Again(*id)).into(),
            Action::LetWrite(numbers) => ask(Request::LetWrite(numbers.clone())).into(),
        }
    }

    fn reply(&mut self, reply: &Reply, context: &Context) -> Handled {
        let backend::Request::WriteBack(question) = &reply.question else { return Handled::Ignored };
        let answer = match &reply.answer {
            Ok(backend::Answer::WriteBack(answer)) => answer,
            Ok(_) => return Handled::Ignored,
            Err(failure) => {
                return self.failed(question, failure).into();
            }
        };
        match (question, answer) {
            (Request::Read(filter, number), Answer::Rows(rows, counts)) if *filter == self.filter => {
                self.complete = rows.len() < *number as usize;
                self.counts = *counts;
                self.trouble = None;
                self.put(rows.clone());
            }
            (Request::Older(filter, than), Answer::More(older)) if *filter == self.filter => {
                let rows = self.rows.get_or_insert_default();
                if rows.last().is_some_and(|last| last.id == *than) {
                    self.complete = older.len() < PAGE as usize;
                    rows.extend(older.iter().cloned());
                    self.list.set_len(rows.len());
                }
            }
            (Request::Snapshot(kind, ..), Answer::Snapshot(ids)) => return self.dialog(*kind, ids),
            (Request::Run(kind, _), Answer::Progress(progress)) => self.running = Some((*kind, *progress)),
            (Request::Run(kind, ids), Answer::Ended(summary)) => {
                self.running = None;
                self.marks.retain(|id| !ids.contains(id));
                return [Effect::Toast(told(*kind, summary, context)), self.read()].into();
            }
            (Request::Stopped, Answer::Stopped(numbers)) => return propose_writing(numbers),
            (Request::LetWrite(_), Answer::Stopped(numbers)) => {
                let text = format!("{} may be written again.", labels(numbers));
                return [Effect::Toast(Toast::good(text)), self.read()].into();
            }
            (Request::Conflict(id), answer) => return self.read_conflict(*id, answer),
            (Request::Settle(id, _, way), Answer::Settled) => return self.settled(*id, way),
            (Request::Again(_), Answer::Queued) => {
                self.conflict = None;
                return [Effect::Toast(Toast::good("It is queued to be rewritten again.")), self.read()]
                    .into();
            }
            _ => {}
        }
        Handled::done()
    }

    /// Tells what failed, and reads again what it may have changed. What cannot be read is not asked for again at once:
    /// the store tells when it is back.
    fn failed(&mut self, question: &Request, failure: &Failure) -> Vec<Effect> {
        let toast = Effect::Toast(Toast::from(failure));
        match question {
            Request::Read(..) | Request::Older(..) => {
                let known = self.trouble.replace(failure.clone());
                if known.as_ref() == Some(failure) { Vec::new() } else { vec![toast] }
            }
            Request::Snapshot(..) | Request::Conflict(_) | Request::Stopped | Request::LetWrite(_) => {
                vec![toast]
            }
            Request::Run(..) => {
                self.running = None;
                vec![toast, self.read()]
            }
            Request::Again(_) => vec![toast, self.read()],
            Request::Settle(id, ..) => {
                if let Some(conflict) = &mut self.conflict {
                    conflict.failed();
                }
                vec![toast, self.read(), ask(Request::Conflict(*id))]
            }
        }
    }

    fn read_conflict(&mut self, id: RewriteId, answer: &Answer) -> Handled {
        let shown = self.conflict.as_mut().filter(|conflict| conflict.head().id == id);
        match (answer, shown) {
            (Answer::Conflict(clash), Some(shown)) => shown.put(clash.clone()),
            (Answer::Conflict(clash), None) if self.wanted == Some(id) => {
                self.conflict = Some(Conflict::new(clash.clone()));
            }
            (Answer::NoConflict(state), shown) if shown.is_some() || self.wanted == Some(id) => {
                let text = format!("It is in no conflict any more: it is {}.", state.name());
                self.conflict = None;
                return [Effect::Toast(Toast::caution(text)), self.read()].into();
            }
            _ => {}
        }
        Handled::done()
    }

    /// A conflict was decided by the person at this screen.
    fn settled(&mut self, id: RewriteId, way: &Way) -> Handled {
        if self.conflict.as_ref().is_some_and(|conflict| conflict.head().id == id) {
            self.close();
        }
        let text = match way {
            Way::Approve(_) => "The merged text is approved, and waits to be written.",
            Way::Keep => "What stands there is kept; the rewrite is rejected.",
            Way::Decide(_) => {
                let text = "It is merged, and to be decided about here.";
                return [Effect::Toast(Toast::good(text)), Effect::Go(ScreenId::Review, Visit::Rewrite(id))]
                    .into();
            }
        };
        [Effect::Toast(Toast::good(text)), self.read()].into()
    }

    fn close(&mut self) {
        (self.conflict, self.wanted) = (None, None);
    }

    /// What an open conflict makes of a command; `None` if it leaves it to others.
    fn conflict_command(&mut self, command: Command, context: &Context) -> Option<Handled> {
        let conflict = self.conflict.as_mut()?;
        match command {
            Command::Conflict(command) => Some(conflict.command(command, context)),
            Command::Document(command::Document::List) | Command::Global(Global::Back) => {
                self.close();
                Some(Handled::done())
            }
            Command::Document(command) => conflict.text_command(command),
            _ => None,
        }
    }

    /// What has changed is read again.
    fn read_again(&self) -> Vec<Effect> {
        let conflict = self.conflict.as_ref().map(|conflict| ask(Request::Conflict(conflict.head().id)));
        std::iter::once(self.read()).chain(conflict).collect()
    }

    /// Takes new rows; the focus stays on its rewrite.
    fn put(&mut self, rows: Vec<RewriteHead>) {
        let focus = self.selected().map(|row| row.id);
        self.list.set_len(rows.len());
        if let Some(at) = focus.and_then(|id| rows.iter().position(|row| row.id == id)) {
            self.list.select(at);
        }
        self.rows = Some(rows);
    }
}

/// Batches by their short names.
fn labels(numbers: &[u64]) -> String {
    numbers.iter().map(|number| format!("b{number}")).collect::<Vec<_>>().join(", ")
}

/// Asks whether batches that a failed spot check has stopped are to be written again.
fn propose_writing(numbers: &[u64]) -> Handled {
    if numbers.is_empty() {
        return Effect::Toast(Toast::plain("No failed spot check keeps a batch from being written.")).into();
    }
    let action = crate::tui::Action::WriteBack(Action::LetWrite(numbers.to_vec()));
    let dialog = Confirm::new("Let what was stopped be written again?", "let write", action)
        .line("batches", labels(numbers))
        .line("why not", "a spot check failed: what was approved with it may have the same fault");
    Effect::confirm(dialog).into()
}

/// How it ended, in one sentence.
fn told(kind: IntentKind, summary: &Summary, context: &Context) -> Toast {
    let word = match kind {
        IntentKind::Write => "written",
        IntentKind::Revert => "undone",
    };
    let parts = [
        (summary.drifted.len(), "and altered right after"),
        (summary.conflicts.len(), "changed meanwhile and left alone"),
        (summary.refused.len(), "refused by the database"),
        (summary.later.len() + summary.untried.len(), "not now"),
        (summary.skipped.len(), "skipped"),
    ];
    let mut text = format!("{} {word}", thousands(summary.done.len() as u64));
    for (number, what) in parts.iter().filter(|(number, _)| *number > 0) {
        text.extend([", ", &thousands(*number as u64), " ", what]);
    }
    text.push('.');
    if !(summary.later.is_empty() && summary.untried.is_empty()) {
        let again = match kind {
            IntentKind::Write => words::key(command::WriteBack::Write, context),
            IntentKind::Revert => words::key(command::WriteBack::Revert, context),
        };
        text.extend([" Nothing is lost; ", &again, " tries again."]);
    }
    let reasons = summary.drifted.iter().chain(&summary.refused).chain(&summary.later);
    let why = reasons.chain(&summary.skipped).map(|(_, why)| why).next();
    match why {
        Some(why) => Toast::caution(text).hint(Safe::line(why)),
        None if summary.conflicts.is_empty() => Toast::good(text),
        None => Toast::caution(text).hint("The filter state:conflict shows them."),
    }
}

impl Layer for WriteBack {
    fn title(&self) -> &'static str {
        if self.conflict.is_some() { "Conflict" } else { "Write-back" }
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        if self.conflict.is_some() {
            return &[Scope::Conflict, Scope::Document, Scope::Global];
        }
        &[Scope::WriteBack, Scope::List, Scope::Global]
    }

    fn rows_to(&self, at: Position, _context: &Context) -> Option<isize> {
        self.list.rows_to(at)
    }

    fn handle(&mut self, event: &Event, context: &Context) -> Handled {
        match event {
            Event::Visit(Visit::Filter(text)) | Event::Prompted { by: Command::List(Rows::Filter), text } => {
                self.close();
                self.set_filter(text, context)
            }
            Event::Visit(Visit::Rewrite(id)) => {
                self.close();
                let Handled::Consumed(mut effects) = self.open(*id) else { return Handled::Ignored };
                effects.push(self.read());
                effects.into()
            }
            Event::Visit(_) | Event::Notice(Notice::Store) => self.read_again().into(),
            Event::Command(command) if self.conflict.is_some() => {
                self.conflict_command(*command, context).unwrap_or(Handled::Ignored)
            }
            Event::Command(Command::List(command)) => self.list_command(*command, context),
            Event::Command(Command::WriteBack(command)) => self.command(*command),
            Event::Confirmed(confirmed) => match confirmed.action() {
                crate::tui::Action::WriteBack(action) => self.confirmed(action),
                _ => Handled::Ignored,
            },
            Event::Reply(reply) => self.reply(reply, context),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        match &self.conflict {
            Some(conflict) => conflict_view::draw(conflict, frame, area, context),
            None => view::draw(self, frame, area, context),
        }
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        if let Some(conflict) = &self.conflict {
            return conflict.enabled(command);
        }
        let state = self.selected().map(|row| row.state);
        match command {
            Command::WriteBack(command::WriteBack::Write) => {
                self.running.is_none() && self.counts.of(needed(IntentKind::Write)) > 0
            }
            Command::WriteBack(command::WriteBack::Revert) => {
                self.running.is_none() && (state == Some(RewriteState::Written) || !self.marks.is_empty())
            }
            Command::WriteBack(command::WriteBack::Merge | command::WriteBack::Again) => {
                state == Some(RewriteState::Conflict)
            }
            Command::List(Rows::Open | Rows::Copy | Rows::Mark) => state.is_some(),
            Command::List(Rows::Range | Rows::MarkAll | Rows::Sort) => false,
            _ => true,
        }
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        if let Some(conflict) = &self.conflict {
            return conflict.hints();
        }
        let hints = vec![
            Hint::one(command::WriteBack::Write),
            Hint::one(command::WriteBack::Revert).named("undo"),
            Hint::one(command::WriteBack::Merge),
            Hint::one(command::WriteBack::Again),
            Hint::one(Rows::Mark),
            Hint::one(Rows::Open),
            Hint::one(Rows::Filter),
            Hint::one(Global::Palette),
            Hint::one(Global::Help),
            Hint::one(Global::Back),
        ];
        hints.into_iter().filter(|hint| self.enabled(hint.command(), context)).collect()
    }
}

#[cfg(test)]
mod tests;
