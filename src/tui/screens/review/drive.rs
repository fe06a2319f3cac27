//! Between the screen and its session: events in, requests and messages out, texts read as the cursor moves.

use std::sync::Arc;

use super::{Answer, Loaded, Pane, Request, Review};
use crate::{
    domain::{Action, RewriteHead, RewriteId, RewriteState},
    review::{
        Order, Outcome, RUN, Task, Trouble, Verb,
        session::{Effect as Wanted, Event, ListQuestion, Listing, Notice},
    },
    store::port::Sort,
    text::Safe,
    tui::{
        Context, Effect,
        backend::{self, Ask, Reply, Slot},
        command::{self, List as Rows},
        overlays::Menu,
        theme::Meaning,
        widgets::{Row, Toast, Tone},
    },
};

impl Review {
    pub(super) fn ask(slot: Slot, request: Request) -> Effect {
        Effect::Ask(Ask { slot, request: backend::Request::Review(request) })
    }

    /// Gives an event to the session and does what it wants.
    pub(super) fn tell(&mut self, event: Event, context: &Context) -> Vec<Effect> {
        let now = self.now(context);
        let session = self.session(context);
        session.pressed(context.pressed.clone());
        let wanted = session.handle(event, now);
        let sort = self.sort;
        let effects = wanted.into_iter().filter_map(|wanted| match wanted {
            Wanted::List(question) => {
                Some(Self::ask(Slot::Newest("review.list"), Request::List(question, sort)))
            }
            Wanted::Carry(order) => Some(Self::ask(Slot::InOrder, Request::Carry(order))),
            Wanted::Hold(id, hold) => Some(Self::ask(Slot::Newest("review.hold"), Request::Hold(id, hold))),
            Wanted::Release => Some(Self::ask(Slot::Newest("review.hold"), Request::Release)),
            Wanted::AskAboutMarks => Some(ask_about_marks()),
            Wanted::Tell(notice) => Some(Effect::Toast(told(&notice, context))),
            // The screen reads what the cursor is on by itself, and only if it is to be seen.
            Wanted::Load(_) => None,
        });
        effects.collect()
    }

    /// Reads what the cursor has come to, and its neighbours ahead; shows it as soon as it is there.
    pub(super) fn follow(&mut self, context: &Context, effects: &mut Vec<Effect>) {
        let Some(session) = &self.session else { return };
        let queue = session.queue();
        self.list.set_len(queue.rows().len());
        self.list.select(queue.cursor());
        let Some(row) = queue.current() else { return };
        let (id, revision) = (row.id, row.revision);
        let seen = self.panes(context).document > 0;
        let shown = session.shown().map(|shown| shown.rewrite().head.revision);
        match self.texts.get(id).cloned() {
            Some(loaded) if loaded.rewrite.head.revision >= revision => {
                let newer = shown.is_none_or(|shown| shown < loaded.rewrite.head.revision);
                if seen && newer {
                    effects.extend(self.show(&loaded, context));
                }
                self.read_ahead(effects);
            }
            _ if self.texts.asked != Some((id, revision)) => {
                self.texts.asked = Some((id, revision));
                effects.push(Self::ask(Slot::Newest("review.rewrite"), Request::Load(id)));
            }
            _ => {}
        }
    }

    fn show(&mut self, loaded: &Arc<Loaded>, context: &Context) -> Vec<Effect> {
        let rewrite = Box::new(loaded.rewrite.clone());
        let mut effects = self.tell(Event::Loaded(rewrite, loaded.changes.clone()), context);
        if self.pane == Pane::Document {
            effects.extend(self.tell(Event::Open, context));
        }
        self.reader.enter(loaded, context);
        if std::mem::take(&mut self.seeks) {
            let words = self.reader.query().unwrap_or_default().to_owned();
            effects.extend(self.search(&words, context));
        }
        effects
    }

    fn read_ahead(&mut self, effects: &mut Vec<Effect>) {
        let Some(session) = &self.session else { return };
        let (rows, cursor) = (session.queue().rows(), session.queue().cursor());
        let near = [Some(cursor + 1), cursor.checked_sub(1)];
        let missing = near.into_iter().flatten().filter_map(|at| rows.get(at)).find(|row| {
            self.texts.get(row.id).is_none_or(|loaded| loaded.rewrite.head.revision < row.revision)
        });
        let Some(id) = missing.map(|row| row.id) else { return };
        if self.texts.ahead.replace(id) != Some(id) {
            effects.push(Self::ask(Slot::Newest("review.ahead"), Request::Load(id)));
        }
    }

    pub(super) fn reply(&mut self, reply: &Reply, context: &Context) -> Vec<Effect> {
        let backend::Request::Review(question) = &reply.question else { return Vec::new() };
        let answer = match &reply.answer {
            Ok(backend::Answer::Review(answer)) => Ok(answer.clone()),
            Ok(_) => return Vec::new(),
            Err(failure) => Err(failure.clone()),
        };
        match (question, answer) {
            (Request::List(question, sort), Ok(Answer::List(listing, all))) => {
                self.all = all;
                self.listed(question, *sort, *listing, context)
            }
            (Request::Load(_), Ok(Answer::Loaded(loaded))) => {
                self.texts.put(&loaded);
                Vec::new()
            }
            (Request::Find(_), Ok(Answer::Found(head))) => self.go_to(&head, context),
            (Request::Ids(filter, _), Ok(Answer::Ids(ids))) => {
                if self.session(context).filter() == filter {
                    self.tell(Event::MarkAll(ids), context)
                } else {
                    Vec::new()
                }
            }
            (Request::Carry(order), Ok(Answer::Carried(outcome, also))) => {
                self.carried(order, (*outcome, &also), context)
            }
            (Request::Carry(order), Err(failure)) => {
                let trouble = Trouble::Failed(failure.message().to_owned());
                self.carried(order, (Outcome::Not(trouble), &[]), context)
            }
            (Request::Survey(survey), Ok(Answer::Surveyed(found))) => vec![self.propose(survey, &found)],
            (Request::Portion(_, scope), answer) => self.portion(scope, &answer, context),
            (Request::Hold(id, _), Ok(Answer::Held(by))) => self.held(*id, by, context),
            (Request::SaveFilter(name, text), Ok(Answer::Done)) => vec![saved_toast(name, text)],
            (Request::Saved, Ok(Answer::Saved(saved))) => vec![self.saved_menu(saved)],
            (Request::TakeBack(_), Ok(Answer::Undoable(found, type_above))) => {
                vec![Self::propose_undo(&found, type_above)]
            }
            (Request::Requeue(id), Ok(Answer::Requeued)) => {
                self.texts.forget(*id);
                let mut effects = self.tell(Event::StoreChanged, context);
                effects.push(Effect::Toast(Toast::good("It waits for a worker again.")));
                effects
            }
            (Request::InOthers(search), Ok(Answer::InOthers(found))) => {
                self.found_in_others(search, found, context)
            }
            (Request::Help(_, help), Ok(Answer::Helped(bulk))) => self.helped(help, &bulk, context),
            (Request::Stats, Ok(Answer::Stats(text))) => vec![Self::show_stats(&text)],
            (Request::Anew(..), Ok(Answer::Started(batch))) => vec![Self::started(&batch)],
            (Request::Batch(_), Ok(Answer::Batch(batch))) => vec![Self::propose_pause(&batch, context)],
            (Request::Move(..), Ok(Answer::Batch(batch))) => vec![Self::moved(&batch)],
            (Request::Load(_), Err(failure)) => {
                self.texts.failed();
                vec![Effect::Toast(Toast::from(&failure))]
            }
            (_, Err(failure)) => vec![Effect::Toast(Toast::from(&failure))],
            (_, Ok(_)) => Vec::new(),
        }
    }

    fn listed(
        &mut self,
        question: &ListQuestion,
        sort: Sort,
        listing: Listing,
        context: &Context,
    ) -> Vec<Effect> {
        if sort != self.sort || question.filter != *self.session(context).filter() {
            return Vec::new();
        }
        if let Some(before) = self.total.replace(listing.total) {
            self.arrived = (self.arrived + listing.total.saturating_sub(before)).min(listing.total);
        }
        self.read = true;
        let rows = question.want as usize;
        let mut effects = self.tell(Event::Listed(question.clone(), Box::new(listing)), context);
        effects.extend(self.restored(rows));
        effects
    }

    fn carried(
        &mut self,
        order: &Order,
        (outcome, also): (Outcome, &[u64]),
        context: &Context,
    ) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.hurried(order, &outcome, context).into_iter().collect();
        if let Outcome::Done { decision, .. } = &outcome
            && matches!(decision.action, Action::Open | Action::Skip | Action::Note { .. })
        {
            self.texts.add(decision);
        }
        match (&order.task, &outcome) {
            (_, Outcome::Done { head, .. }) if !also.is_empty() => {
                self.leaving.remove(&head.id);
                effects.push(Effect::Toast(approved_twice(head, also, context)));
            }
            (Task::One { verb, .. }, Outcome::Done { head, .. }) => {
                if let Some(toast) = self.done(verb, head, context) {
                    effects.push(Effect::Toast(toast));
                }
            }
            (Task::One { rewrite, .. }, Outcome::Not(_)) => {
                self.leaving.remove(rewrite);
                self.texts.forget(*rewrite);
            }
            (_, Outcome::Undone { undone, head }) => {
                let name = Safe::line(&head.name).into_string();
                self.last = Some(format!("took back: {} {name}", undone.action.name()));
                // What comes back did not arrive.
                self.total = None;
                self.texts.forget(head.id);
            }
            (_, Outcome::Many(_)) => self.total = None,
            (_, Outcome::Done { .. } | Outcome::Not(_)) => {}
        }
        effects.extend(self.tell(Event::Carried(order.number, outcome), context));
        effects
    }

    /// What to say when decisions are made faster than somebody reads. It stops nobody.
    fn hurried(&mut self, order: &Order, outcome: &Outcome, context: &Context) -> Option<Effect> {
        let decided = match outcome {
            Outcome::Done { decision, .. } => {
                matches!(decision.action, Action::Approve { .. } | Action::Reject { .. })
            }
            Outcome::Undone { .. } | Outcome::Many(_) | Outcome::Not(_) => false,
        };
        if !decided || !self.haste.completes(order.seconds, context.fast_seconds) {
            return None;
        }
        let text = format!("{RUN} decisions in a row, each in less than {} seconds.", context.fast_seconds);
        let hint = "The spot check of your next approval of many is twice as large.";
        Some(Effect::Toast(Toast::caution(text).hint(hint)))
    }

    /// What to say about a decision that was recorded.
    fn done(&mut self, verb: &Verb, head: &RewriteHead, context: &Context) -> Option<Toast> {
        let name = Safe::line(&head.name).into_string();
        let counted = self.leaving.remove(&head.id);
        let text = match verb {
            Verb::Open | Verb::Undo(_) => return None,
            Verb::Choose(changes) => {
                self.last = Some(match changes.len() {
                    1 => format!("decided a change of {name}"),
                    number => format!("decided {number} changes of {name}"),
                });
                return None;
            }
            Verb::Approve => match counted {
                Some((into, out)) => format!("Approved {name}: {} in, {out} out.", changes(into)),
                None => format!("Approved {name}."),
            },
            Verb::Reject { reason: None } => format!("Rejected {name}."),
            Verb::Reject { reason: Some(reason) } => {
                format!("Rejected {name}: {}.", Safe::line(reason).as_str().trim_end_matches('.'))
            }
            Verb::Skip => format!("Skipped {name}: it comes again at the end of your queue."),
            Verb::Edit(_) => format!("The after text of {name} was edited."),
            Verb::Note { .. } => format!("Noted about {name}."),
            Verb::Dismiss { .. } => format!("Dismissed a finding of {name}."),
            Verb::Look { agrees: true, .. } => format!("Looked at {name}: it may be written."),
            Verb::Look { agrees: false, .. } => {
                format!("Sent back {name}: it is ready again, and its approval is gone.")
            }
            Verb::Redo(decision) => format!("Decided again: {} {name}.", decision.action.name()),
        };
        self.last = Some(text.trim_end_matches('.').to_owned());
        let toast = match verb {
            Verb::Skip => Toast::plain(text),
            Verb::Open
            | Verb::Approve
            | Verb::Reject { .. }
            | Verb::Choose(_)
            | Verb::Edit(_)
            | Verb::Note { .. }
            | Verb::Dismiss { .. }
            | Verb::Look { .. }
            | Verb::Undo(_)
            | Verb::Redo(_) => Toast::good(text),
        };
        let key = context.keys.shown(command::Review::Undo.into(), context.glyphs);
        Some(match key {
            Some(key) => toast.hint(format!("{key} takes it back")),
            None => toast,
        })
    }

    /// Counts what an approval of the rewrite that is shown takes in.
    pub(super) fn count_leaving(&mut self) {
        let Some(loaded) = self.loaded() else { return };
        let open = loaded.open;
        let Some(shown) = self.session.as_ref().and_then(|session| session.shown()) else { return };
        let (accepted, rejected, undecided) = shown.tally();
        let counted = match open {
            crate::domain::OpenPolicy::Accept | crate::domain::OpenPolicy::Ask => {
                (accepted + undecided, rejected)
            }
            crate::domain::OpenPolicy::Reject => (accepted, rejected + undecided),
        };
        let id = shown.rewrite().head.id;
        self.leaving.insert(id, counted);
    }

    /// Shows one rewrite that another screen asked for: a filter that only it matches.
    fn go_to(&mut self, head: &RewriteHead, context: &Context) -> Vec<Effect> {
        let key = head.candidate.0.replace('"', "");
        let text = format!("candidate:\"{key}\" batch:b{}", head.batch_number);
        self.pane = Pane::Document;
        self.set_filter(&text, context)
    }

    /// Whether this rewrite can be put back to the queue.
    pub(super) fn requeue(&self) -> Option<RewriteId> {
        let row = self.row()?;
        matches!(row.state, RewriteState::Failed | RewriteState::Conflict).then_some(row.id)
    }
}

fn saved_toast(name: &str, text: &str) -> Effect {
    let name = Safe::line(name).into_string();
    Effect::Toast(Toast::good(if text.is_empty() {
        format!("There is no filter \"{name}\" any more.")
    } else {
        format!("The filter is saved as \"{name}\" for everybody.")
    }))
}

/// What to say about an approval of a candidate who has another approved rewrite: only one of them finds what its
/// approver saw.
fn approved_twice(head: &RewriteHead, also: &[u64], context: &Context) -> Toast {
    let batches: Vec<String> = also.iter().map(|number| format!("b{number}")).collect();
    let text = format!(
        "Approved {}, as in {} already: the one that is written later will be a conflict.",
        Safe::line(&head.name).as_str(),
        batches.join(", ")
    );
    let key = context.keys.shown(command::Review::Undo.into(), context.glyphs);
    match key {
        Some(key) => Toast::caution(text).hint(format!("{key} takes it back")),
        None => Toast::caution(text),
    }
}

fn changes(number: usize) -> String {
    if number == 1 { "1 change".to_owned() } else { format!("{number} changes") }
}

/// The question about marks when the filter has changed.
fn ask_about_marks() -> Effect {
    let rows = [
        "keep them all, also those that are hidden now",
        "drop them all",
        "keep only those that the new filter matches",
    ];
    let rows = rows.map(|text| Row::of(Meaning::Dialog, text)).to_vec();
    Effect::open(Menu::new(Rows::UnmarkAll, "Your marks", rows))
}

fn told(notice: &Notice, context: &Context) -> Toast {
    let text = notice.sentence();
    let redo = context.keys.shown(command::Review::Redo.into(), context.glyphs);
    match notice {
        Notice::Undone { action, .. } => {
            let toast = Toast::good(text);
            match redo.filter(|_| *action != Action::Open.name()) {
                Some(key) => toast.hint(format!("{key} does it again")),
                None => toast,
            }
        }
        Notice::UndoneMany(bulk) | Notice::Bulk(_, bulk) => {
            if bulk.failed.is_empty() {
                Toast::good(text)
            } else {
                Toast::caution(text)
            }
        }
        Notice::Not { why, .. } => {
            let toast = Toast::new(Tone::Bad, text);
            if why.starts_with("Somebody else") {
                toast.hint("It is shown as it is now; look at it, then decide.")
            } else {
                toast
            }
        }
        Notice::HeldBy(_) => {
            let key = context.keys.shown(command::Review::TakeOver.into(), context.glyphs);
            match key {
                Some(key) => Toast::caution(text).hint(format!("{key} takes it over")),
                None => Toast::caution(text),
            }
        }
        Notice::Other { .. } | Notice::NotReady(_) | Notice::TakenBy(_) => Toast::caution(text),
        Notice::TookOver => Toast::good(text),
        Notice::Unread(_) | Notice::TooSoon | Notice::QueueDone | Notice::NothingToRedo => Toast::plain(text),
    }
}
