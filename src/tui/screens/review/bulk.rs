//! Decisions about many: the survey before, the dialog, and the portions in which they are carried out.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Action, Answer, Pane, Request, Review,
    deciding::reasons,
    survey::{Survey, Surveyed},
};
use crate::{
    decide::Scope as Snapshot,
    domain::{LookKind, OpenPolicy, RewriteId},
    review::{Bulk, Verb, grouped, session},
    text::Safe,
    tui::{
        Context, Effect,
        backend::{Failure, Slot},
        command,
        overlays::{Confirm, Menu, Prompt},
        theme::Meaning,
        widgets::{Row, Toast, thousands},
    },
};

/// How many are decided in one request, so that other decisions come between and a stop comes soon.
const PORTION: usize = 25;

/// What is decided about many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Many {
    /// They are approved.
    Approve,
    /// They are rejected.
    Reject,
}

impl Many {
    const fn verb(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// What becomes of changes that nobody decided, in words.
pub(super) const OPEN: [(OpenPolicy, &str); 2] = [
    (OpenPolicy::Accept, "changes that nobody decided go in"),
    (OpenPolicy::Reject, "changes that nobody decided stay out"),
];

/// A decision about many, without saying which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mass {
    /// What is done with them.
    pub many: Many,
    /// Why they are rejected, if the reviewer said so.
    pub reason: Option<String>,
    /// What becomes of changes that nobody decided, if the reviewer was asked.
    pub open: Option<OpenPolicy>,
}

/// A decision about many under way.
#[derive(Debug)]
pub(super) struct Running {
    task: Mass,
    scope: Arc<Snapshot>,
    next: usize,
    done: Bulk,
    stopped: bool,
}

impl Running {
    pub const fn title(&self) -> &'static str {
        match self.task.many {
            Many::Approve => "The approval of many",
            Many::Reject => "The rejection of many",
        }
    }

    pub fn progress(&self) -> String {
        let done = self.done.done.len() + self.done.skipped.len() + self.done.failed.len();
        format!("{} of {} done", grouped(done), grouped(self.scope.ids.len()))
    }

    fn portion(&mut self) -> Option<Snapshot> {
        if self.stopped {
            return None;
        }
        let rest = self.scope.ids.get(self.next..)?;
        let ids: Vec<RewriteId> = rest.iter().take(PORTION).copied().collect();
        self.next += ids.len();
        let first = self.done.done.first().map(|(_, decision)| *decision);
        let sample = self.scope.sample.clone();
        (!ids.is_empty()).then(|| Snapshot { ids, seen_at: self.scope.seen_at, first, sample })
    }
}

impl Review {
    /// Asks why many are rejected, before they are counted.
    pub(super) fn ask_many_reason() -> Effect {
        let prompt = Prompt::new(command::Queue::RejectMany, "reject many because");
        Effect::open(prompt.placeholder("a reason for all, or nothing; Tab offers some").completing(reasons))
    }

    /// Asks what becomes of changes that nobody decided, before many are approved under the policy to ask.
    pub(super) fn ask_many_open() -> Effect {
        let rows = OPEN.map(|(_, text)| Row::of(Meaning::Dialog, text)).to_vec();
        Effect::open(Menu::new(command::Queue::ApproveMany, "Changes that nobody decided", rows))
    }

    /// Asks what a decision about the marked, else all that match, would be about.
    pub(super) fn survey(
        &mut self,
        many: Many,
        (reason, open): (Option<String>, Option<OpenPolicy>),
        context: &Context,
    ) -> Effect {
        let sort = self.sort;
        let session = self.session(context);
        let marked = Some(session.marks().ids().clone()).filter(|marked| !marked.is_empty());
        let filter = session.filter().clone();
        let survey = Survey { many, marked, filter, sort, reason, open };
        Self::ask(Slot::Only("review.survey"), Request::Survey(survey))
    }

    /// The dialog.
    pub(super) fn propose(&self, survey: &Survey, found: &Surveyed) -> Effect {
        let number = found.ids.len() as u64;
        let verb = survey.many.verb();
        if number == 0 {
            let left = match (found.met() + found.unready, found.found) {
                (0, _) => "nothing matches".to_owned(),
                (_, 0) => found.skipped(),
                (_, blocked) => format!("{} with a finding, {}", thousands(blocked), found.skipped()),
            };
            return Effect::Toast(Toast::caution(format!("Nothing to {verb}: {left}.")));
        }
        let scope = match &survey.marked {
            Some(_) => "the marked rewrites".to_owned(),
            None if self.filter_text.is_empty() => "all rewrites".to_owned(),
            None => format!("all matching  {}", self.filter_text),
        };
        let snapshot = Snapshot {
            ids: found.ids.clone(),
            seen_at: Some(found.seen_at),
            first: None,
            sample: found.sample.clone(),
        };
        let name = if number == 1 { "rewrite" } else { "rewrites" };
        let mut capital = verb.to_owned();
        capital.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        let title = format!("{capital} {} {name}?", thousands(number));
        let task = Mass { many: survey.many, reason: survey.reason.clone(), open: survey.open };
        let action = Action::Many(task, Arc::new(snapshot));
        let mut dialog = Confirm::new(title, verb, crate::tui::Action::Review(action)).line("scope", scope);
        if survey.many == Many::Reject {
            let reason = survey.reason.as_deref().unwrap_or("none is given");
            dialog = dialog.line("reason", Safe::line(reason));
        }
        for (word, text) in found.lines(survey.many) {
            dialog = dialog.line(word, Safe::line(&text));
        }
        if let Some((_, text)) = OPEN.iter().find(|(open, _)| Some(*open) == survey.open) {
            dialog = dialog.line("open", *text);
        }
        let more = found.ids.len().saturating_sub(found.names.len());
        let more = if more > 0 { format!("\nand {} more", grouped(more)) } else { String::new() };
        let list: Vec<String> = found.names.iter().map(|name| Safe::line(name).into_string()).collect();
        dialog = dialog.details(Safe::new(&format!("{}{more}", list.join("\n"))));
        Effect::confirm(if number > found.type_above { dialog.typed(number) } else { dialog })
    }

    /// Begins to carry out what was confirmed.
    pub(super) fn begin(&mut self, task: &Mass, scope: &Arc<Snapshot>) -> Vec<Effect> {
        if self.running.is_some() {
            return vec![Effect::Toast(Toast::caution("Another decision about many is still under way."))];
        }
        self.running = Some(Running {
            task: task.clone(),
            scope: scope.clone(),
            next: 0,
            done: Bulk::default(),
            stopped: false,
        });
        self.next_portion().into_iter().collect()
    }

    fn next_portion(&mut self) -> Option<Effect> {
        let running = self.running.as_mut()?;
        let portion = running.portion()?;
        Some(Self::ask(Slot::InOrder, Request::Portion(running.task.clone(), portion)))
    }

    /// Stops behind the portion under way; says whether there was something to stop.
    pub(super) fn stop(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| !std::mem::replace(&mut running.stopped, true))
    }

    /// A portion was carried out, or not.
    pub(super) fn portion(
        &mut self,
        scope: &Snapshot,
        answer: &Result<Answer, Failure>,
        context: &Context,
    ) -> Vec<Effect> {
        let Some(running) = &mut self.running else { return Vec::new() };
        match answer {
            Ok(Answer::Portion(bulk)) => {
                running.done.done.extend(bulk.done.iter().copied());
                running.done.skipped.extend(bulk.skipped.iter().cloned());
                running.done.failed.extend(bulk.failed.iter().cloned());
                running.done.looks.extend(bulk.looks.iter().copied());
            }
            Ok(_) => return Vec::new(),
            Err(failure) => {
                let failed = scope.ids.iter().map(|id| (*id, failure.message().to_owned()));
                running.done.failed.extend(failed);
                running.stopped = true;
            }
        }
        if let Some(next) = self.next_portion() {
            return vec![next];
        }
        let Some(mut running) = self.running.take() else { return Vec::new() };
        let rest = running.scope.ids.get(running.next..).unwrap_or_default();
        running.done.skipped.extend(rest.iter().map(|id| (*id, "It was stopped.".to_owned())));
        let verb = match running.task.many {
            Many::Approve => Verb::Approve,
            Many::Reject => Verb::Reject { reason: running.task.reason.clone() },
        };
        self.last = Some(running.done.sentence(verb.done()));
        self.groups = groups(verb.done(), &running.done);
        self.tell(session::Event::BulkEnded(verb, running.done), context)
    }
}

/// What came of a decision about many, group by group, each with its rewrites.
fn groups(done: &str, bulk: &Bulk) -> Vec<(String, Vec<RewriteId>)> {
    let mut groups = vec![(format!("{} {done}", grouped(bulk.done.len())), ids(&bulk.done))];
    for (word, left) in [("skipped", &bulk.skipped), ("failed", &bulk.failed)] {
        let mut reasons: BTreeMap<&str, Vec<RewriteId>> = BTreeMap::new();
        for (id, why) in left {
            reasons.entry(why).or_default().push(*id);
        }
        for (why, ids) in reasons {
            groups.push((format!("{} {word}: {}", grouped(ids.len()), Safe::line(why).as_str()), ids));
        }
    }
    for kind in [LookKind::Spot, LookKind::Second] {
        let ids: Vec<RewriteId> =
            bulk.looks.iter().filter(|(_, asked)| *asked == kind).map(|(id, _)| *id).collect();
        groups.push((
            format!("{} wait for a {} before they are written", grouped(ids.len()), kind.name()),
            ids,
        ));
    }
    groups.retain(|(_, ids)| !ids.is_empty());
    groups
}

fn ids<T>(of: &[(RewriteId, T)]) -> Vec<RewriteId> {
    of.iter().map(|(id, _)| *id).collect()
}

impl Review {
    /// Offers the groups of the last decision about many.
    pub(super) fn ask_group(&self) -> Effect {
        if self.groups.is_empty() {
            return Effect::Toast(Toast::plain("Nothing was decided about many yet."));
        }
        let rows = self.groups.iter().map(|(name, _)| Row::of(Meaning::Dialog, name.clone())).collect();
        Effect::open(Menu::new(command::Review::Result, "The last decision about many", rows))
    }

    /// Shows the rewrites of one group.
    pub(super) fn show_group(&mut self, index: usize, context: &Context) -> Vec<Effect> {
        let Some((_, ids)) = self.groups.get(index) else { return Vec::new() };
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let text = format!("id:{}", ids.join(","));
        self.pane = Pane::Queue;
        self.set_filter(&text, context)
    }
}
