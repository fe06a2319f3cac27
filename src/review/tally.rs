//! What was decided, counted: for reports, and for whoever wants to know how they decide.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::{Action, Decision, DecisionId, LookKind, RewriteHead, RewriteState, Severity, Way};

/// What one person did, without what was taken back.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Deeds {
    /// Rewrites approved.
    pub approved: u64,
    /// Of these, those that nobody had opened before.
    pub unopened: u64,
    /// Rewrites rejected.
    pub rejected: u64,
    /// Edits of an after text.
    pub edited: u64,
    /// Decisions taken back.
    pub undone: u64,
    /// Further looks at what they approved that agreed, and that did not.
    pub agreed: u64,
    /// See there.
    pub disagreed: u64,
    /// Seconds between opening a rewrite and approving or rejecting it.
    seconds: Vec<u64>,
}

impl Deeds {
    /// The share of approvals among what was decided, in percent.
    pub const fn approval_percent(&self) -> Option<u64> {
        (self.approved * 100).checked_div(self.approved + self.rejected)
    }

    /// The share of decisions that were taken back, in percent.
    pub const fn undo_percent(&self) -> Option<u64> {
        (self.undone * 100).checked_div(self.approved + self.rejected + self.undone)
    }

    /// All of it in words.
    pub fn sentence(&self) -> String {
        let mut parts = vec![
            format!("{} approved", with_share(self.approved, self.approval_percent())),
            format!("{} rejected", self.rejected),
            format!("{} taken back", with_share(self.undone, self.undo_percent())),
        ];
        parts.extend(self.median().map(|seconds| format!("median {seconds} s")));
        if self.agreed + self.disagreed > 0 {
            let (held, not) = (self.agreed, self.disagreed);
            parts.push(format!("of {} further looks {not} did not hold", held + not));
        }
        parts.join(", ")
    }

    /// The median of the seconds between opening and deciding; `None` if nothing was opened first.
    pub fn median(&self) -> Option<u64> {
        let mut seconds = self.seconds.clone();
        seconds.sort_unstable();
        seconds.get(seconds.len() / 2).copied()
    }
}

/// The sums of a report.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Rewrites in all.
    pub total: u64,
    /// Rewrites by state.
    pub states: BTreeMap<RewriteState, u64>,
    /// Rewrites that a person edited.
    pub edited: u64,
    /// Rewrites that nobody ever opened.
    pub never_opened: u64,
    /// Rewrites that stand approved or written, and those of them that nobody had opened before.
    pub approved: u64,
    /// See there.
    pub approved_unopened: u64,
    /// Rewrites with open findings, and with some that stop an approval.
    pub with_findings: u64,
    /// See there.
    pub blocked: u64,
    /// Findings that were dismissed.
    pub dismissed: u64,
    /// Further looks: spot checks and second opinions.
    pub looks: BTreeMap<LookKind, Looks>,
    /// Approvals and rejections by the way in which they were made; `None` is not recorded.
    pub ways: BTreeMap<Option<Way>, u64>,
    /// Why rewrites were rejected or sent back, under each version of the prompt.
    pub reasons: BTreeMap<(String, String), u64>,
    /// What each person did, under each version of the prompt.
    pub people: BTreeMap<(String, String), Deeds>,
}

/// What came of further looks of one kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    /// How many were wanted.
    pub asked: u64,
    /// In how many whoever looked agreed.
    pub agreed: u64,
    /// In how many they did not.
    pub disagreed: u64,
}

impl Looks {
    /// In words.
    pub fn words(self) -> String {
        let open = self.asked.saturating_sub(self.agreed + self.disagreed);
        format!("{}: {} agreed, {} did not, {open} open", self.asked, self.agreed, self.disagreed)
    }
}

impl Tally {
    /// Counts a rewrite with all that was decided about it, oldest first; `prompt` is the version of its prompt.
    pub fn add(&mut self, head: &RewriteHead, history: &[Decision], prompt: &str) {
        self.total += 1;
        *self.states.entry(head.state).or_default() += 1;
        self.edited += u64::from(head.edited);
        self.with_findings += u64::from(head.findings > 0);
        self.blocked += u64::from(head.blocked);
        self.never_opened += u64::from(head.opened_at.is_none());
        self.decisions(history, prompt);
        let stands = matches!(
            head.state,
            RewriteState::Approved | RewriteState::Writing | RewriteState::Written | RewriteState::Reverting
        );
        if stands {
            self.approved += 1;
            let approval = history.iter().rposition(|one| matches!(one.action, Action::Approve { .. }));
            let before = history.get(..approval.unwrap_or(0)).unwrap_or_default();
            self.approved_unopened += u64::from(!before.iter().any(|one| one.action == Action::Open));
        }
    }

    /// Counts what was decided about one rewrite, oldest first.
    pub fn decisions(&mut self, history: &[Decision], prompt: &str) {
        let undone: BTreeSet<DecisionId> = history.iter().filter_map(undoes).collect();
        for (at, decision) in history.iter().enumerate() {
            let before = history.get(..at).unwrap_or_default();
            let taken_back = undone.contains(&decision.id);
            if !taken_back {
                self.reason(&decision.action, prompt);
            }
            self.decision(decision, (before, taken_back), prompt);
        }
    }

    fn reason(&mut self, action: &Action, prompt: &str) {
        if let Action::Reject { reason: Some(reason) } | Action::Look { reason: Some(reason), .. } = action {
            let reason = reason.trim().trim_end_matches('.').to_owned();
            *self.reasons.entry((prompt.to_owned(), reason)).or_default() += 1;
        }
    }

    fn decision(&mut self, decision: &Decision, (before, taken_back): (&[Decision], bool), prompt: &str) {
        if !taken_back {
            self.look(decision, before, prompt);
        }
        if matches!(
            decision.action,
            Action::Open
                | Action::TakeOver { .. }
                | Action::Ask { .. }
                | Action::Assign { .. }
                | Action::Write
                | Action::Conflict
                | Action::Revert
        ) {
            return;
        }
        let deeds = self.people.entry((decision.by.0.clone(), prompt.to_owned())).or_default();
        if let Action::Undo { .. } = decision.action {
            deeds.undone += 1;
        }
        if taken_back {
            return;
        }
        match &decision.action {
            Action::Approve { .. } => {
                deeds.approved += 1;
                deeds.unopened += u64::from(!before.iter().any(|one| one.action == Action::Open));
            }
            Action::Reject { .. } => deeds.rejected += 1,
            Action::Edit { .. } => deeds.edited += 1,
            Action::Dismiss { .. } => self.dismissed += 1,
            Action::Open
            | Action::TakeOver { .. }
            | Action::Ask { .. }
            | Action::Look { .. }
            | Action::Assign { .. }
            | Action::Skip
            | Action::Choose { .. }
            | Action::Note { .. }
            | Action::Undo { .. }
            | Action::Write
            | Action::Conflict
            | Action::Merge { .. }
            | Action::Revert => {}
        }
        if decision.from == decision.to {
            return;
        }
        if matches!(decision.action, Action::Approve { .. } | Action::Reject { .. }) {
            *self.ways.entry(decision.made.way).or_default() += 1;
        }
        let own = |one: &&Decision| one.action == Action::Open && one.by == decision.by;
        // Where it was not counted, the time since it was opened is the best there is.
        let since_opened = || before.iter().rfind(own).map(|opened| seconds(opened.at, decision.at));
        deeds.seconds.extend(decision.made.seconds.map(u64::from).or_else(since_opened));
    }

    /// Counts what a further look came to, for whoever had approved.
    fn look(&mut self, decision: &Decision, before: &[Decision], prompt: &str) {
        match &decision.action {
            Action::Ask { kind } => self.looks.entry(*kind).or_default().asked += 1,
            Action::Look { kind, agrees, .. } => {
                let looks = self.looks.entry(*kind).or_default();
                let approval = before.iter().rfind(|one| matches!(one.action, Action::Approve { .. }));
                let who = approval.unwrap_or(decision).by.0.clone();
                let deeds = self.people.entry((who, prompt.to_owned())).or_default();
                let (all, own) = if *agrees {
                    (&mut looks.agreed, &mut deeds.agreed)
                } else {
                    (&mut looks.disagreed, &mut deeds.disagreed)
                };
                *all += 1;
                *own += 1;
            }
            _ => {}
        }
    }

    /// Approvals and rejections by way, in words.
    pub fn ways_in_words(&self) -> String {
        let words = self.ways.iter().map(|(way, number)| {
            let way = match way {
                Some(Way::Single) => "one by one",
                Some(Way::Bulk) => "in bulk",
                Some(Way::Undo) => "by undo",
                Some(Way::Command) => "by command",
                None => "not recorded how",
            };
            format!("{number} {way}")
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// The share of approved rewrites that nobody had opened before, in percent; `None` if none is approved.
    pub const fn unopened_percent(&self) -> Option<u64> {
        (self.approved_unopened * 100).checked_div(self.approved)
    }
}

fn undoes(decision: &Decision) -> Option<DecisionId> {
    match decision.action {
        Action::Undo { decision } => Some(decision),
        _ => None,
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_secs()).unwrap_or_default()
}

/// A number with the share that it is.
pub fn with_share(number: u64, percent: Option<u64>) -> String {
    percent.map_or_else(|| number.to_string(), |percent| format!("{number} ({percent}%)"))
}

/// The word of a severity.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "stops an approval",
        Severity::Warn => "warning",
    }
}

/// The beginning of a prompt's version, which is a long hash.
pub fn short(prompt: &str) -> &str {
    prompt.char_indices().nth(8).and_then(|(end, _)| prompt.get(..end)).unwrap_or(prompt)
}
