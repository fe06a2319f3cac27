//! What a decision about many would be about, counted before anybody is asked: the lines of the dialog.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::Timestamp;

use super::bulk::Many;
use crate::{
    domain::{CandidateId, OpenPolicy, RewriteHead, RewriteId},
    review::{filter::Filter, sample},
    store::port::Sort,
    tui::widgets::thousands,
};

/// The most rewrites that the list behind the dialog names.
const LISTED: usize = 500;

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
    /// Why they are rejected, if the reviewer said so.
    pub reason: Option<String>,
    /// What becomes of changes that nobody decided, if the reviewer was asked.
    pub open: Option<OpenPolicy>,
}

/// Whether the candidate database was compared with what the rewrites were made from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// It was, for all of them.
    #[default]
    All,
    /// It was not: they are too many, or it does not answer. The write-back compares anyway.
    No,
}

/// What a decision about many would be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// Which, in order.
    pub ids: Vec<RewriteId>,
    /// Those of them that nobody has opened.
    pub never: Vec<RewriteId>,
    /// When they were counted.
    pub seen_at: Timestamp,
    /// Left out: a finding stops the approval, or one that the filter does not ask for.
    pub found: u64,
    /// Left out: not ready.
    pub unready: u64,
    /// Left out: somebody else has them open, by name.
    pub leased: BTreeMap<String, u64>,
    /// Left out: another text stands in the candidate database by now.
    pub changed: u64,
    /// Whether that was looked at.
    pub compared: Compared,
    /// How many of `ids` have findings.
    pub with_findings: u64,
    /// Whose they are.
    candidates: Vec<(RewriteId, CandidateId)>,
    /// How many of `ids` are not the only rewrite of their candidate that is approved then.
    pub doubled: u64,
    /// Those of the never opened that are looked at before they are written.
    pub sample: BTreeSet<RewriteId>,
    /// Whether the sample is larger than usual, since the reviewer was fast.
    pub in_haste: bool,
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
            never: Vec::new(),
            seen_at,
            found: 0,
            unready: 0,
            leased: BTreeMap::new(),
            changed: 0,
            compared: Compared::All,
            with_findings: 0,
            candidates: Vec::new(),
            doubled: 0,
            sample: BTreeSet::new(),
            in_haste: false,
            names: Vec::new(),
            type_above,
        }
    }

    /// Counts one that is ready and that `holder` has open.
    pub fn add(&mut self, many: Many, row: &RewriteHead, (wants_warned, holder): (bool, Option<&str>)) {
        if many == Many::Approve && (row.blocked || row.findings > 0 && !wants_warned) {
            self.found += 1;
            return;
        }
        if let Some(who) = holder {
            *self.leased.entry(who.to_owned()).or_default() += 1;
            return;
        }
        self.ids.push(row.id);
        self.candidates.push((row.id, row.candidate.clone()));
        if row.opened_at.is_none() {
            self.never.push(row.id);
        }
        if self.names.len() < LISTED {
            let opened = if row.opened_at.is_some() { "" } else { "  never opened" };
            let percent = row.changed_percent.map_or_else(String::new, |percent| format!("  {percent}%"));
            self.names.push(format!("{}  {}{percent}{opened}", row.candidate.0, row.name));
        }
        self.with_findings += u64::from(row.findings > 0);
    }

    /// Leaves out those of which another text stands in the candidate database.
    pub fn leave_out(&mut self, changed: &BTreeSet<RewriteId>) {
        let names = self.names.len();
        let listed: Vec<RewriteId> = self.ids.iter().take(names).copied().collect();
        let mut at = 0;
        self.names.retain(|_| {
            at += 1;
            listed.get(at - 1).is_none_or(|id| !changed.contains(id))
        });
        self.ids.retain(|id| !changed.contains(id));
        self.never.retain(|id| !changed.contains(id));
        self.changed = changed.len() as u64;
    }

    /// Counts those that are not the only approved rewrite of their candidate then: of two in the scope both, and those
    /// in `approved`, where another is approved already.
    pub fn count_doubled(&mut self, approved: &BTreeSet<RewriteId>) {
        let ids: BTreeSet<RewriteId> = self.ids.iter().copied().collect();
        self.candidates.retain(|(id, _)| ids.contains(id));
        let mut each: BTreeMap<&CandidateId, u32> = BTreeMap::new();
        for (_, candidate) in &self.candidates {
            *each.entry(candidate).or_default() += 1;
        }
        let twice = |candidate| each.get(candidate).is_some_and(|number| *number > 1);
        let doubled = self.candidates.iter().filter(|(id, whose)| approved.contains(id) || twice(whose));
        self.doubled = doubled.count() as u64;
    }

    /// Chooses those that are looked at before they are written; whoever was too fast gets twice as many.
    pub fn choose(&mut self, percent: u8, in_haste: bool) {
        self.in_haste = in_haste;
        let percent = if in_haste { percent.saturating_mul(2).min(100) } else { percent };
        self.sample = sample(&self.never, percent, self.seen_at.as_nanosecond());
    }

    /// How many in all were meant.
    pub fn met(&self) -> u64 {
        self.ids.len() as u64 + self.found + self.leased.values().sum::<u64>() + self.changed
    }

    /// The lines of the dialog, each a word and what it is.
    pub fn lines(&self, many: Many) -> Vec<(&'static str, String)> {
        let at = self.seen_at.strftime("%H:%M:%S");
        let counted = format!("{} now (snapshot #{}, {at})", thousands(self.ids.len() as u64), self.mark());
        let mut lines = vec![("counted", counted), ("skipped", self.skipped())];
        lines.push(("findings", self.findings(many)));
        lines.push(("opened", self.opened()));
        match many {
            Many::Approve => {
                lines.push(("sample", self.sampled()));
                let number = thousands(self.ids.len() as u64);
                let noun = if self.ids.len() == 1 { "candidate" } else { "candidates" };
                if self.doubled > 0 {
                    lines.push(("twice", self.twice()));
                }
                lines.push(("writes", format!("{number} {noun} at write-back; undo stays possible")));
            }
            Many::Reject => lines.push(("writes", "nothing; undo stays possible".to_owned())),
        }
        lines
    }

    /// A few characters that tell one snapshot from another.
    fn mark(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.ids.hash(&mut hasher);
        format!("{:04x}", hasher.finish() & 0xffff)
    }

    /// What is left out, and why.
    pub fn skipped(&self) -> String {
        let mut parts: Vec<String> = self
            .leased
            .iter()
            .map(|(who, number)| format!("{} leased by {who}", thousands(*number)))
            .collect();
        for (number, why) in [(self.changed, "changed in the database"), (self.unready, "not ready")] {
            if number > 0 {
                parts.push(format!("{} {why}", thousands(number)));
            }
        }
        if parts.is_empty() {
            parts.push("none".to_owned());
        }
        if self.compared == Compared::No {
            parts.push("the database is compared at write-back".to_owned());
        }
        parts.join("   ·   ")
    }

    fn findings(&self, many: Many) -> String {
        let number = thousands(self.with_findings);
        match (many, self.found) {
            (Many::Reject, _) => format!("{number} of them have some"),
            (Many::Approve, 0) => number,
            (Many::Approve, 1) => format!("{number}   (1 more matches but has a finding: approve it singly)"),
            (Many::Approve, more) => {
                format!("{number}   ({} more match but have a finding: approve singly)", thousands(more))
            }
        }
    }

    fn opened(&self) -> String {
        let (all, never) = (self.ids.len() as u64, self.never.len() as u64);
        let opened = all.saturating_sub(never);
        let were = if opened == 1 { "was" } else { "were" };
        format!(
            "{} of {} {were} opened by a reviewer; {} never opened",
            thousands(opened),
            thousands(all),
            thousands(never)
        )
    }

    fn twice(&self) -> String {
        let have = if self.doubled == 1 { "has" } else { "have" };
        format!("{} also {have} another approved rewrite: the later will conflict", thousands(self.doubled))
    }

    fn sampled(&self) -> String {
        let (number, never) = (self.sample.len() as u64, self.never.len() as u64);
        if number == 0 {
            return if never == 0 { "none: all were opened" } else { "none of so few" }.to_owned();
        }
        let haste = if self.in_haste { "; twice the share: you were fast" } else { "" };
        let wait = if number == 1 { "waits" } else { "wait" };
        format!(
            "{} of the {} {wait} for a spot check before write-back{haste}",
            thousands(number),
            thousands(never)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::review::tests::world::{World, id};

    fn surveyed(rows: u128) -> Surveyed {
        let mut found = Surveyed::new("2026-08-02T12:04:11Z".parse().unwrap(), 50);
        for number in 1..=rows {
            let mut row = World::new().rewrites[1].head.clone();
            row.id = id(number);
            row.findings = u32::from(number == 1);
            row.opened_at = (number == 2).then_some(found.seen_at);
            let holder = (number == 3 || number == 4).then_some("ben");
            found.add(Many::Approve, &row, (false, holder));
        }
        found
    }

    #[test]
    fn everything_that_was_meant_is_counted_somewhere() {
        let mut found = surveyed(30);
        let gone = found.ids[5];
        found.leave_out(&[gone].into_iter().collect());
        found.choose(10, false);
        assert_eq!((found.met(), found.ids.len(), found.names.len(), found.never.len()), (30, 26, 26, 25));
        assert!(!found.ids.contains(&gone) && !found.never.contains(&gone));
        let lines: Vec<String> =
            found.lines(Many::Approve).into_iter().map(|(word, text)| format!("{word} {text}")).collect();
        assert!(
            lines[0].starts_with("counted 26 now (snapshot #") && lines[0].ends_with(", 12:04:11)"),
            "{lines:?}"
        );
        assert_eq!(
            lines[1..],
            [
                "skipped 2 leased by ben   ·   1 changed in the database",
                "findings 0   (1 more matches but has a finding: approve it singly)",
                "opened 1 of 26 was opened by a reviewer; 25 never opened",
                "sample 3 of the 25 wait for a spot check before write-back",
                "writes 26 candidates at write-back; undo stays possible",
            ]
        );
    }

    #[test]
    fn of_two_approved_rewrites_of_one_candidate_the_dialog_tells() {
        let mut found = surveyed(0);
        for number in 1..=6 {
            let mut row = World::new().rewrites[1].head.clone();
            row.id = id(number);
            row.candidate = CandidateId(format!("C-{}", number.min(5)));
            found.add(Many::Approve, &row, (false, None));
        }
        found.count_doubled(&BTreeSet::new());
        assert_eq!(found.doubled, 2, "5 and 6 are of one candidate");
        found.count_doubled(&[id(1), id(5), id(9)].into_iter().collect());
        assert_eq!(found.doubled, 3, "another of 1 is approved already; 9 is not meant");
        found.leave_out(&[id(6), id(5)].into_iter().collect());
        found.count_doubled(&[id(1)].into_iter().collect());
        let lines = found.lines(Many::Approve);
        let text = "1 also has another approved rewrite: the later will conflict".to_owned();
        assert!(lines.contains(&("twice", text)), "{lines:?}");
    }

    #[test]
    fn whoever_was_too_fast_gets_twice_the_share() {
        let mut found = surveyed(24);
        found.choose(10, true);
        assert_eq!((found.never.len(), found.sample.len()), (20, 4));
        assert!(found.sampled().ends_with("; twice the share: you were fast"), "{}", found.sampled());
        found.choose(0, true);
        assert_eq!(found.sampled(), "none of so few");
    }
}
