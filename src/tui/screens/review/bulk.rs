//! Decisions about many: the survey before, the dialog, and the portions in which they are carried out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{Action, Answer, Pane, Request, Review};
use crate::{
    decide::Scope as Snapshot,
    domain::{RewriteHead, RewriteId},
    review::{Bulk, Verb, filter::Filter, grouped, session},
    store::port::Sort,
    text::Safe,
    tui::{
        Context, Effect,
        backend::{Failure, Slot},
        command,
        overlays::{Confirm, Menu},
        theme::Meaning,
        widgets::{Row, Toast},
    },
};

/// How many are decided in one request, so that other decisions come between and a stop comes soon.
const PORTION: usize = 25;

/// The most rewrites that the list behind the dialog names.
const LISTED: usize = 500;

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

/// Which rewrites somebody wants to decide about.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// What is wanted.
    pub many: Many,
    /// These; `None` for all that match.
    pub marked: Option<BTreeSet<RewriteId>>,
    /// What the queue shows.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
}

/// What a decision about many would be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// Which, in order.
    pub ids: Vec<RewriteId>,
    /// When they were counted.
    pub seen_at: Timestamp,
    /// Left out: a finding stops the approval.
    pub blocked: u64,
    /// Left out: a finding that the filter does not ask for.
    pub warned: u64,
    /// Left out: not ready.
    pub unready: u64,
    /// How many of `ids` have findings.
    pub with_findings: u64,
    /// How many of `ids` were opened by somebody.
    pub opened: u64,
    /// The first of them by candidate, for whoever wants to see the list.
    pub names: Vec<String>,
    /// Above this many the number must be typed.
    pub type_above: u64,
}

impl Surveyed {
    /// Nothing yet.
    pub const fn new(seen_at: Timestamp, type_above: u64) -> Self {
        Self {
            ids: Vec::new(),
            seen_at,
            blocked: 0,
            warned: 0,
            unready: 0,
            with_findings: 0,
            opened: 0,
            names: Vec::new(),
            type_above,
        }
    }

    /// Counts one that is ready.
    pub fn add(&mut self, many: Many, row: &RewriteHead, wants_warned: bool) {
        if many == Many::Approve && row.blocked {
            self.blocked += 1;
            return;
        }
        if many == Many::Approve && row.findings > 0 && !wants_warned {
            self.warned += 1;
            return;
        }
        self.ids.push(row.id);
        if self.names.len() < LISTED {
            let opened = if row.opened_at.is_some() { "" } else { "  never opened" };
            let percent = row.changed_percent.map_or_else(String::new, |percent| format!("  {percent}%"));
            self.names.push(format!("{}  {}{percent}{opened}", row.candidate.0, row.name));
        }
        self.with_findings += u64::from(row.findings > 0);
        self.opened += u64::from(row.opened_at.is_some());
    }

    fn left_out(&self) -> Option<String> {
        let parts = [
            (self.unready, "not ready"),
            (self.blocked, "stopped by a finding"),
            (self.warned, "with a finding (decide singly, or filter finding:warn)"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, why)| format!("{} {why}", thousands(number)))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn thousands(number: u64) -> String {
    crate::tui::widgets::thousands(number)
}

/// A decision about many under way.
#[derive(Debug)]
pub(super) struct Running {
    many: Many,
    scope: Arc<Snapshot>,
    next: usize,
    done: Bulk,
    stopped: bool,
}

impl Running {
    pub const fn title(&self) -> &'static str {
        match self.many {
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
        (!ids.is_empty()).then(|| Snapshot { ids, seen_at: self.scope.seen_at })
    }
}

impl Review {
    /// Asks what a decision about the marked, else all that match, would be about.
    pub(super) fn survey(&mut self, many: Many, context: &Context) -> Effect {
        let sort = self.sort;
        let session = self.session(context);
        let marked = Some(session.marks().ids().clone()).filter(|marked| !marked.is_empty());
        let filter = session.filter().clone();
        let survey = Survey { many, marked, filter, sort };
        Self::ask(Slot::Only("review.survey"), Request::Survey(survey))
    }

    /// The dialog.
    pub(super) fn propose(&self, survey: &Survey, found: &Surveyed) -> Effect {
        let number = found.ids.len() as u64;
        let verb = survey.many.verb();
        if number == 0 {
            let left = found.left_out().unwrap_or_else(|| "nothing matches".to_owned());
            return Effect::Toast(Toast::caution(format!("Nothing to {verb}: {left}.")));
        }
        let scope = match &survey.marked {
            Some(_) => "the marked rewrites".to_owned(),
            None if self.filter_text.is_empty() => "all rewrites".to_owned(),
            None => format!("all matching  {}", self.filter_text),
        };
        let snapshot = Snapshot { ids: found.ids.clone(), seen_at: Some(found.seen_at) };
        let name = if number == 1 { "rewrite" } else { "rewrites" };
        let mut capital = verb.to_owned();
        capital.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        let title = format!("{capital} {} {name}?", thousands(number));
        let action = Action::Many(survey.many, Arc::new(snapshot));
        let at = found.seen_at.strftime("%H:%M:%S").to_string();
        let mut dialog = Confirm::new(title, verb, crate::tui::Action::Review(action))
            .line("scope", scope)
            .line("counted", format!("{} at {at}; what comes or changes later stays out", thousands(number)));
        if let Some(left) = found.left_out() {
            dialog = dialog.line("left out", left);
        }
        if survey.many == Many::Approve {
            dialog = dialog.line("findings", findings(found));
        }
        let more = found.ids.len().saturating_sub(found.names.len());
        let more = if more > 0 { format!("\nand {} more", grouped(more)) } else { String::new() };
        let list: Vec<String> = found.names.iter().map(|name| Safe::line(name).into_string()).collect();
        dialog = dialog.details(Safe::new(&format!("{}{more}", list.join("\n"))));
        let never = number.saturating_sub(found.opened);
        let opened = format!("{} of {}; {} never opened by anybody", found.opened, number, thousands(never));
        dialog = dialog.line("opened", opened).line(
            "then",
            match survey.many {
                Many::Approve => "approved texts wait for the write-back; undo takes all back at once",
                Many::Reject => "nothing is written; undo takes all back at once",
            },
        );
        Effect::confirm(if number > found.type_above { dialog.typed(number) } else { dialog })
    }

    /// Begins to carry out what was confirmed.
    pub(super) fn begin(&mut self, many: Many, scope: &Arc<Snapshot>) -> Vec<Effect> {
        if self.running.is_some() {
            return vec![Effect::Toast(Toast::caution("Another decision about many is still under way."))];
        }
        self.running =
            Some(Running { many, scope: scope.clone(), next: 0, done: Bulk::default(), stopped: false });
        self.next_portion().into_iter().collect()
    }

    fn next_portion(&mut self) -> Option<Effect> {
        let running = self.running.as_mut()?;
        let portion = running.portion()?;
        Some(Self::ask(Slot::InOrder, Request::Portion(running.many, portion)))
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
        let verb = match running.many {
            Many::Approve => Verb::Approve,
            Many::Reject => Verb::Reject { reason: None },
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

fn findings(found: &Surveyed) -> String {
    match found.with_findings {
        0 => "none of them has one".to_owned(),
        1 => "1 of them has one that does not stop an approval".to_owned(),
        number => format!("{} of them have some that do not stop an approval", thousands(number)),
    }
}
