//! What a report counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::{Action, Decision, DecisionId, RewriteHead, RewriteState, Severity};

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
    /// Seconds between opening a rewrite and approving or rejecting it.
    seconds: Vec<u64>,
}

impl Deeds {
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
    /// What each person did.
    pub people: BTreeMap<String, Deeds>,
}

impl Tally {
    /// Counts a rewrite with all that was decided about it, oldest first.
    pub fn add(&mut self, head: &RewriteHead, history: &[Decision]) {
        self.total += 1;
        *self.states.entry(head.state).or_default() += 1;
        self.edited += u64::from(head.edited);
        self.with_findings += u64::from(head.findings > 0);
        self.blocked += u64::from(head.blocked);
        self.never_opened += u64::from(head.opened_at.is_none());
        let undone: BTreeSet<DecisionId> = history.iter().filter_map(undoes).collect();
        for (at, decision) in history.iter().enumerate() {
            self.decision(decision, (history.get(..at).unwrap_or_default(), undone.contains(&decision.id)));
        }
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

    fn decision(&mut self, decision: &Decision, (before, taken_back): (&[Decision], bool)) {
        if matches!(
            decision.action,
            Action::Open | Action::TakeOver { .. } | Action::Write | Action::Conflict | Action::Revert
        ) {
            return;
        }
        let deeds = self.people.entry(decision.by.0.clone()).or_default();
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
            | Action::Skip
            | Action::Choose { .. }
            | Action::Note { .. }
            | Action::Undo { .. }
            | Action::Write
            | Action::Conflict
            | Action::Merge { .. }
            | Action::Revert => {}
        }
        let own = |one: &&Decision| one.action == Action::Open && one.by == decision.by;
        if decision.from != decision.to
            && let Some(opened) = before.iter().rfind(own)
        {
            deeds.seconds.push(seconds(opened.at, decision.at));
        }
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

/// The word of a severity.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "stops an approval",
        Severity::Warn => "warning",
    }
}
