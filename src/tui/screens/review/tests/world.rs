//! Made-up rewrites, and a store as small as it can be around the real rules of what a decision does.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::*;
use crate::{
    domain::{
        Action as Deed, BatchOptions, BatchSpec, CandidateId, Decision, Document as Text, Failure,
        FailureReason, Finding, FindingKind, Format, LookKind, Money, OpenPolicy, Price, Reviewer, Rewrite,
        Section, SectionId, Severity, Span,
    },
    review::{Task, Trouble, Verb, apply, filter::Term, final_text, session::Matching, spots_first},
    tui::{
        backend,
        testing::{START, Stage},
    },
};

const BEFORE: &str =
    "Warehouse supervisor with 8 years experience. I have managed teams up to 25 persons in two \
distribution centers. Good knowledge of SAP WM and RF scanners.

I am hard working, punctual and I like to work with people. Looking for a new challenge in a bigger company.";
const AFTER: &str =
    "Warehouse supervisor with 8 years of experience leading teams of up to 25 people across two \
distribution centers. Skilled in SAP WM and RF scanning.

Known for punctuality, strong work ethic and an approachable style.";
const WORK_BEFORE: &str = "Shift supervisor, Northwind Logistics, 2018 - 2023
- Responsible for the day shift with 25 employees
- Took part in the monthly meeting of the site
- Wrote the weekly report for the site manager
- Kept the book of keys
- Helped to introduce the new handheld scanners, trained about 40 people
- Responsible for safety meetings, accidents went down from 11 to 4 per year
- Stock counting every month";
const WORK_AFTER: &str = "Shift supervisor, Northwind Logistics, 2018 - 2023
- Led safety meetings that cut accidents from 11 to 4 per year
- Supervised the day shift with 25 employees
- Took part in the monthly meeting of the site
- Wrote the weekly report for the site manager
- Kept the book of keys
- Supported the roll-out of new handheld scanners and trained more than 400 employees
- Ran monthly stock counts with an accuracy of 99.7%";
const SCHOOL: &str = "Trade school, Columbus, 2009";

pub fn id(number: u128) -> RewriteId {
    RewriteId::new(Uuid::from_u128(number))
}

fn document(texts: [&str; 3]) -> Text {
    let names = ["summary", "experience", "education"];
    let sections = names.into_iter().zip(texts).map(|(name, text)| Section {
        id: SectionId(name.to_owned()),
        format: Format::Text,
        text: Some(text.to_owned()),
        ..Section::default()
    });
    Text { sections: sections.collect() }
}

fn head(number: u128, name: &str, posting: &str) -> RewriteHead {
    RewriteHead {
        id: id(number),
        batch: BatchId::new(Uuid::from_u128(7)),
        batch_number: 38,
        candidate: CandidateId(format!("C-{:04}", 1_000 + number * 37)),
        name: name.to_owned(),
        posting: Some(posting.to_owned()),
        state: RewriteState::Ready,
        revision: 1,
        changed_percent: Some(u8::try_from(70 - number * 3).unwrap()),
        findings: 0,
        blocked: false,
        edited: false,
        opened_at: None,
        decided_by: None,
        look: None,
        assigned: None,
        words: None,
        cost: Money::from_nanos(1_234_000),
        attempts: 1,
        failure: None,
        updated_at: START.parse().unwrap(),
    }
}

fn batch() -> Batch {
    Batch {
        id: BatchId::new(Uuid::from_u128(7)),
        number: 38,
        spec: BatchSpec {
            posting: None,
            posting_title: None,
            instructions: String::new(),
            model: "quick".to_owned(),
            price: Price { input: 1, cached: 1, output: 1 },
            budget: Money::from_dollars(1),
            prompt: "abc".to_owned(),
            by: "ops".to_owned(),
            options: BatchOptions::default(),
        },
        state: BatchState::Running,
        counts: Counts::default(),
        spent: Money::ZERO,
        reserved: Money::ZERO,
        tokens_in: 0,
        tokens_out: 0,
        created_at: START.parse().unwrap(),
        started_at: None,
        ended_at: None,
        away: None,
    }
}

fn finding() -> Finding {
    let start = WORK_AFTER.find("400").unwrap();
    Finding {
        kind: FindingKind::Number,
        severity: Severity::Block,
        span: Span { section: SectionId("experience".to_owned()), start, end: start + 3 },
        changes: Vec::new(),
        message: "40 became 400: not found in the source.".to_owned(),
        dismissed: None,
    }
}

fn rewrite(head: RewriteHead) -> Rewrite {
    Rewrite {
        head,
        before: document([BEFORE, WORK_BEFORE, SCHOOL]),
        after: Some(document([AFTER, WORK_AFTER, SCHOOL])),
        choices: BTreeMap::new(),
        approved: None,
        found: None,
        findings: Vec::new(),
        raw_reply: None,
    }
}

pub struct World {
    pub rewrites: Vec<Rewrite>,
    pub decisions: Vec<Decision>,
    pub type_above: u64,
    /// The batches in which another rewrite of whoever is approved is approved too.
    pub also: Vec<u64>,
    /// What was ordered about single rewrites, with which keys.
    pub orders: Vec<(&'static str, Option<String>)>,
    /// What others have open.
    pub held: BTreeMap<RewriteId, String>,
    /// Of which another text stands in the candidate database.
    pub changed: BTreeSet<RewriteId>,
    /// The share that is looked at again.
    pub spot_percent: u8,
    /// What becomes of changes that nobody decided.
    pub open: OpenPolicy,
    /// Where the reviewer is kept to be.
    pub place: Option<Place>,
    /// The batch that all are of.
    pub batch: Batch,
    /// What a batch of its own was started for, with which note.
    pub anew: Vec<(RewriteId, String)>,
}

impl World {
    /// Six rewrites that are ready; the first has a finding.
    pub fn new() -> Self {
        let people = [
            ("Jordan Merriweather", "Warehouse Supervisor"),
            ("Priya Sundaram", "Intensive Care Nurse"),
            ("山田 花子", "Store Manager"),
            ("Tomás Rivera", "Backend Developer"),
            ("Adaeze Okafor", "Payroll Analyst"),
            ("Lars Holmgren", "Crane Operator"),
        ];
        let rewrites = people.into_iter().enumerate();
        let mut rewrites: Vec<Rewrite> = rewrites
            .map(|(index, (name, posting))| rewrite(head(index as u128 + 1, name, posting)))
            .collect();
        rewrites[0].findings = vec![finding()];
        rewrites[0].head.findings = 1;
        rewrites[0].head.blocked = true;
        Self {
            rewrites,
            decisions: Vec::new(),
            type_above: 50,
            also: Vec::new(),
            orders: Vec::new(),
            held: BTreeMap::new(),
            changed: BTreeSet::new(),
            spot_percent: 0,
            open: OpenPolicy::Accept,
            place: None,
            batch: batch(),
            anew: Vec::new(),
        }
    }

    pub fn fail(&mut self, number: u128) {
        let rewrite = self.rewrite(id(number));
        rewrite.head.state = RewriteState::Failed;
        rewrite.head.changed_percent = None;
        rewrite.head.attempts = 2;
        rewrite.head.failure = Some(Failure {
            reason: FailureReason::UnusableReply,
            detail: "The section experience is missing in the reply.".to_owned(),
        });
        rewrite.after = None;
        rewrite.raw_reply =
            Some("Sure! Here is the improved résumé:\n\nSUMMARY\nA nurse\u{1b}[31m.".to_owned());
    }

    pub fn rewrite(&mut self, id: RewriteId) -> &mut Rewrite {
        self.rewrites.iter_mut().find(|rewrite| rewrite.head.id == id).unwrap()
    }

    pub fn state(&mut self, number: u128) -> RewriteState {
        self.rewrite(id(number)).head.state
    }

    fn matches(filter: &Filter, head: &RewriteHead) -> bool {
        filter.holds(&mut |term| match term {
            Term::State(states) => states.contains(&head.state),
            Term::Finding(_) => head.findings > 0,
            Term::Look(looks) => head.look.is_some_and(|look| looks.contains(&look)),
            Term::Word(word) => head.name.contains(word.as_str()),
            _ => true,
        })
    }

    fn heads(&self, filter: &Filter) -> Vec<RewriteHead> {
        let heads = self.rewrites.iter().map(|rewrite| &rewrite.head);
        heads.filter(|head| Self::matches(filter, head)).cloned().collect()
    }

    fn list(&self, question: &ListQuestion) -> Answer {
        let spots = spots_first(&question.filter, &Reviewer("anna".to_owned()));
        let mut heads = spots.map(|filter| self.heads(&filter)).unwrap_or_default();
        heads.extend(self.heads(&question.filter));
        let mut all = Counts::default();
        self.rewrites.iter().for_each(|rewrite| all.add(rewrite.head.state, 1));
        let also = self.rewrites.iter().find(|rewrite| Some(rewrite.head.id) == question.also);
        let listing = Listing {
            total: heads.len() as u64,
            matching: (question.matching == Matching::All)
                .then(|| heads.iter().map(|head| head.id).collect()),
            also: also.map(|rewrite| rewrite.head.clone()),
            held: self.held.iter().map(|(id, who)| (*id, who.clone())).collect(),
            rows: heads.into_iter().take(question.want as usize).collect(),
        };
        Answer::List(Box::new(listing), all)
    }

    pub fn decide(
        &mut self,
        id: RewriteId,
        revision: Option<u64>,
        by: &str,
        action: Deed,
    ) -> Result<Decision, Trouble> {
        let undone = match &action {
            Deed::Undo { decision } => self.decisions.iter().find(|known| known.id == *decision).cloned(),
            _ => None,
        };
        let number = self.decisions.len() as u128 + 1;
        let rewrite = self.rewrite(id);
        if revision.is_some_and(|seen| seen != rewrite.head.revision) {
            return Err(Trouble::Stale);
        }
        let from = rewrite.head.state;
        apply(rewrite, &action, undone.as_ref()).map_err(|refusal| Trouble::Refused(refusal.to_string()))?;
        if action == Deed::Open {
            rewrite.head.opened_at = Some(START.parse().unwrap());
        } else if !matches!(action, Deed::Skip | Deed::Note { .. }) {
            rewrite.head.revision += 1;
            rewrite.head.decided_by = Some(by.to_owned());
        }
        rewrite.head.findings = 0;
        rewrite.head.blocked = false;
        for open in rewrite.findings.iter().filter(|finding| finding.dismissed.is_none()) {
            rewrite.head.findings += 1;
            rewrite.head.blocked |= open.severity == Severity::Block;
        }
        let to = rewrite.head.state;
        let decision = Decision {
            id: DecisionId::new(Uuid::from_u128(number)),
            rewrite: id,
            by: Reviewer(by.to_owned()),
            at: START.parse().unwrap(),
            from,
            to,
            made: crate::domain::Made::default(),
            action,
        };
        self.decisions.push(decision.clone());
        Ok(decision)
    }

    fn carry(&mut self, order: &Order) -> Outcome {
        if let Task::One { verb, .. } = &order.task {
            self.orders.push((verb.done(), order.key.clone()));
        }
        let outcome = match &order.task {
            Task::One { rewrite, verb: Verb::Undo(decision), .. } => self.undo(*rewrite, *decision),
            Task::One { rewrite, revision, verb } => {
                let action = self.action(*rewrite, verb);
                self.decide(*rewrite, *revision, "anna", action).map(|decision| Outcome::Done {
                    decision: Box::new(decision),
                    head: Box::new(self.rewrite(*rewrite).head.clone()),
                })
            }
            Task::UndoLast => Err(Trouble::NothingToUndo),
            Task::RedoLast => Err(Trouble::NothingToRedo),
            Task::UndoMany(many) => {
                let done = many.iter().filter(|(id, decision)| self.undo(*id, *decision).is_ok()).copied();
                Ok(Outcome::Many(Bulk { done: done.collect(), ..Bulk::default() }))
            }
        };
        outcome.unwrap_or_else(Outcome::Not)
    }

    fn undo(&mut self, id: RewriteId, decision: DecisionId) -> Result<Outcome, Trouble> {
        let undone = self.decisions.iter().find(|known| known.id == decision).cloned().unwrap();
        self.decide(id, None, "anna", Deed::Undo { decision })?;
        Ok(Outcome::Undone { undone: Box::new(undone), head: Box::new(self.rewrite(id).head.clone()) })
    }

    fn action(&mut self, id: RewriteId, verb: &Verb) -> Deed {
        let rewrite = self.rewrite(id);
        match verb {
            Verb::Open => Deed::Open,
            Verb::Approve => Deed::Approve { text: final_text(rewrite, OpenPolicy::Accept).unwrap() },
            Verb::Reject { reason } => Deed::Reject { reason: reason.clone() },
            Verb::Skip => Deed::Skip,
            Verb::Choose(wanted) => Deed::Choose {
                changes: wanted.iter().map(|(id, to)| (*id, rewrite.choices.get(id).copied(), *to)).collect(),
            },
            Verb::Edit(to) => Deed::Edit { from: rewrite.after.clone().unwrap(), to: to.clone() },
            Verb::Note { change, text } => Deed::Note { change: *change, text: text.clone() },
            Verb::Dismiss { kind, span, reason } => {
                Deed::Dismiss { kind: *kind, span: span.clone(), reason: reason.clone() }
            }
            Verb::Look { agrees, reason } => Deed::Look {
                kind: rewrite.head.wanted().unwrap(),
                agrees: *agrees,
                text: rewrite.approved.clone().unwrap(),
                reason: reason.clone(),
            },
            Verb::Redo(decision) => decision.action.clone(),
            Verb::Undo(decision) => Deed::Undo { decision: *decision },
        }
    }

    fn survey(&self, survey: &Survey) -> Answer {
        let mut found = Surveyed::new(START.parse().unwrap(), self.type_above);
        let heads = self.heads(&survey.filter.clone().and(Filter::states(&[RewriteState::Ready])));
        for head in heads {
            if survey.marked.as_ref().is_none_or(|marked| marked.contains(&head.id)) {
                let holder = self.held.get(&head.id).map(String::as_str);
                found.add(survey.many, &head, (survey.marked.is_some(), holder));
            }
        }
        found.leave_out(&self.changed.clone());
        if survey.many == Many::Approve {
            found.count_doubled(&BTreeSet::new());
            found.choose(self.spot_percent, false);
        }
        Answer::Surveyed(Box::new(found))
    }

    fn portion(&mut self, task: &Mass, scope: &Snapshot) -> Answer {
        let mut bulk = Bulk::default();
        for id in &scope.ids {
            let verb = match task.many {
                Many::Approve => Verb::Approve,
                Many::Reject => Verb::Reject { reason: task.reason.clone() },
            };
            let action = self.action(*id, &verb);
            match self.decide(*id, None, "anna", action) {
                Ok(decision) => {
                    bulk.done.push((*id, decision.id));
                    if scope.sample.contains(id) {
                        self.decide(*id, None, "anna", Deed::Ask { kind: LookKind::Spot }).unwrap();
                        bulk.looks.push((*id, LookKind::Spot));
                    }
                }
                Err(trouble) => bulk.skipped.push((*id, trouble.sentence().to_owned())),
            }
        }
        Answer::Portion(bulk)
    }

    pub fn load(&mut self, id: RewriteId) -> Loaded {
        let history = self.decisions.iter().filter(|known| known.rewrite == id).cloned().collect();
        let mut rewrite = self.rewrite(id).clone();
        // The guard names the changes that its words lie in.
        if let Some(after) = &rewrite.after {
            let diff = crate::diff::compare(&rewrite.before, after, &|| false);
            for finding in &mut rewrite.findings {
                let range = finding.span.start..finding.span.end;
                finding.changes = diff.changes_in(&finding.span.section, crate::diff::Side::After, &range);
            }
        }
        Loaded::new(rewrite, history, self.open)
    }

    fn help(&mut self, ids: &[RewriteId], help: &Help) -> Answer {
        let mut bulk = Bulk::default();
        for id in ids {
            let action = match help {
                Help::Assign(turns) => Deed::Assign { from: None, to: turns.first().cloned() },
                Help::Second => Deed::Ask { kind: LookKind::Second },
            };
            match self.decide(*id, None, "anna", action) {
                Ok(decision) => bulk.done.push((*id, decision.id)),
                Err(trouble) => bulk.skipped.push((*id, trouble.sentence().to_owned())),
            }
        }
        Answer::Helped(bulk)
    }

    pub fn answer(&mut self, request: &Request) -> Answer {
        match request {
            Request::List(question, _) => self.list(question),
            Request::Load(id) => Answer::Loaded(Arc::new(self.load(*id))),
            Request::Find(id) => Answer::Found(Box::new(self.rewrite(*id).head.clone())),
            Request::Ids(filter, _) => Answer::Ids(self.heads(filter).iter().map(|head| head.id).collect()),
            Request::Carry(order) => Answer::Carried(Box::new(self.carry(order)), self.also.clone()),
            Request::Survey(survey) => self.survey(survey),
            Request::Portion(task, scope) => self.portion(task, scope),
            Request::Hold(id, Hold::TakeOver) => {
                self.held.remove(id);
                Answer::Held(None)
            }
            Request::Hold(id, Hold::IfFree) => Answer::Held(self.held.get(id).cloned()),
            Request::Release | Request::SaveFilter(..) => Answer::Done,
            Request::Help(ids, help) => self.help(ids, help),
            Request::Stats => Answer::Stats("prompt abc: 3 approved".to_owned()),
            Request::KeepPlace(place) => {
                self.place = Some(place.clone());
                Answer::Done
            }
            Request::Saved => {
                let ready = self.heads(&Filter::states(&[RewriteState::Ready])).len() as u64;
                Answer::Saved(vec![("all that wait".to_owned(), "state:ready".to_owned(), ready)])
            }
            Request::TakeBack(_) => {
                let standing = self.decisions.iter().rev().filter(|known| known.from != known.to);
                let decisions = standing.map(|known| (known.rewrite, known.id)).collect();
                let oldest = Some(START.parse().unwrap());
                Answer::Undoable(Box::new(Undoable { decisions, oldest, written: 1 }), self.type_above)
            }
            Request::InOthers(search) => {
                let heads = self.heads(&search.filter);
                let from = heads.iter().position(|head| head.id == search.behind.0).unwrap();
                let turn = (from + 1..heads.len()).chain(0..from);
                let found = turn.map(|at| (heads[at].id, at as u64)).find(|(id, _)| {
                    let after = self.rewrites.iter().find(|one| one.head.id == *id).unwrap().after.as_ref();
                    after.is_some_and(|after| crate::diff::mentions(after, &search.words))
                });
                Answer::InOthers(found)
            }
            Request::Anew(id, note) => {
                self.anew.push((*id, note.clone()));
                Answer::Started(Box::new(Batch { number: self.batch.number + 1, ..self.batch.clone() }))
            }
            Request::Batch(_) => Answer::Batch(Box::new(self.batch.clone())),
            Request::Move(_, to) => {
                self.batch.state = to.clone();
                Answer::Batch(Box::new(self.batch.clone()))
            }
            Request::Requeue(id) => {
                self.rewrite(*id).head.state = RewriteState::Queued;
                Answer::Requeued
            }
        }
    }
}

/// Review on a screen of that size with its world; everything that was asked is answered.
pub struct Desk {
    pub stage: Stage,
    pub world: World,
}

impl Desk {
    pub fn at(columns: u16, rows: u16) -> Self {
        Self::of(World::new(), columns, rows)
    }

    pub fn of(world: World, columns: u16, rows: u16) -> Self {
        let mut stage = Stage::at(columns, rows);
        stage.app().context_mut().place = world.place.clone();
        stage.orders();
        stage.key("4");
        let mut desk = Self { stage, world };
        desk.settle();
        desk
    }

    /// Answers all that was asked, and lets the time pass in which keys are dead.
    pub fn settle(&mut self) -> &mut Self {
        let world = &mut self.world;
        self.stage.answer_all(|request| match request {
            backend::Request::Review(request) => Some(backend::Answer::Review(world.answer(request))),
            _ => None,
        });
        self.stage.pass(Duration::from_millis(200));
        self
    }

    /// Presses keys, each answered in full.
    pub fn key(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            self.stage.key(key);
            self.settle();
        }
        self
    }

    /// The terminal is gone; returns the world with what was kept.
    pub fn leave(mut self) -> World {
        self.stage.leave();
        self.settle();
        self.world
    }

    /// The store tells that it has changed.
    pub fn changed(&mut self) -> &mut Self {
        self.stage.notice(crate::tui::Notice::Store);
        self.settle()
    }

    /// The screen once all messages are gone.
    pub fn shot(&mut self) -> String {
        self.stage.pass(Duration::from_secs(20));
        self.stage.shot()
    }
}
