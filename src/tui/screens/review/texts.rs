//! Rewrites that were read, with their texts compared: the one that is shown and its neighbours.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    diff::{self, Diff, Stats},
    domain::{Decision, Document, OpenPolicy, Rewrite, RewriteId, RewriteState},
    review::session::{ChangeRow, Finds},
    text::inspect,
};

/// How many are kept.
const KEPT: usize = 8;
/// How long a comparison may take; what is not compared by then is marked as a whole.
const PATIENCE: Duration = Duration::from_millis(250);

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// The source with the after text.
    BeforeAfter,
    /// What the write-back found with what was approved.
    FoundApproved,
}

/// A rewrite as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The rewrite.
    pub rewrite: Rewrite,
    /// What is compared.
    pub sides: Sides,
    /// The comparison; `None` if there is no after text.
    pub diff: Option<Arc<Diff>>,
    /// Its figures.
    pub stats: Option<Stats>,
    /// The changes in the order of the text.
    pub changes: Vec<ChangeRow>,
    /// What was decided about it, oldest first.
    pub history: Vec<Decision>,
    /// How many characters of the after text a reader could not see.
    pub hidden: usize,
    /// What an approval does with changes that nobody decided.
    pub open: OpenPolicy,
}

impl Loaded {
    /// Compares the texts of a rewrite. Takes milliseconds: not to be called where keys wait.
    pub fn new(rewrite: Rewrite, history: Vec<Decision>, open: OpenPolicy) -> Self {
        let until = Instant::now() + PATIENCE;
        let stop = || Instant::now() >= until;
        let approved = rewrite.approved.as_ref().or(rewrite.after.as_ref());
        let (sides, pair) = match (rewrite.head.state, &rewrite.found) {
            (RewriteState::Conflict, Some(found)) => (Sides::FoundApproved, Some(found).zip(approved)),
            _ => (Sides::BeforeAfter, Some(&rewrite.before).zip(rewrite.after.as_ref())),
        };
        let diff = pair.map(|(left, right)| Arc::new(diff::compare(left, right, &stop)));
        let changes = diff.as_ref().map(|diff| changes(diff, &rewrite)).unwrap_or_default();
        let stats = diff.as_ref().map(|diff| diff.stats());
        let hidden = rewrite.after.as_ref().map_or(0, hidden);
        Self { rewrite, sides, diff, stats, changes, history, hidden, open }
    }
}

fn changes(diff: &Diff, rewrite: &Rewrite) -> Vec<ChangeRow> {
    let found = |id| {
        let open = rewrite.findings.iter().filter(|finding| finding.dismissed.is_none());
        open.into_iter().any(|finding| finding.changes.contains(&id))
    };
    let row = |change: &diff::Change| {
        let section = diff.sections.get(change.section)?.id.clone();
        let finding = if found(change.id) { Finds::Something } else { Finds::Nothing };
        Some(ChangeRow { id: change.id, section, finding })
    };
    diff.changes.iter().filter_map(row).collect()
}

fn hidden(document: &Document) -> usize {
    let texts = document.sections.iter().filter_map(|section| section.text.as_deref());
    texts.map(|text| inspect(text).hidden).sum()
}

/// Rewrites that were read, the last used at the end.
#[derive(Debug, Default)]
pub(super) struct Texts {
    kept: VecDeque<Arc<Loaded>>,
    /// What was asked for last and not answered: not to be asked for twice.
    pub asked: Option<(RewriteId, u64)>,
    /// The same for what is read ahead.
    pub ahead: Option<RewriteId>,
    /// Something that was asked for could not be read.
    failed: bool,
}

impl Texts {
    pub fn get(&self, id: RewriteId) -> Option<&Arc<Loaded>> {
        self.kept.iter().find(|loaded| loaded.rewrite.head.id == id)
    }

    /// Takes a rewrite, unless a newer one of that name is there. A comparison of the same texts stays the same one,
    /// so that the cursor in it stays.
    pub fn put(&mut self, loaded: &Arc<Loaded>) {
        let id = loaded.rewrite.head.id;
        let old = self.kept.iter().position(|kept| kept.rewrite.head.id == id);
        let old = old.and_then(|at| self.kept.remove(at));
        let mut new = loaded.clone();
        if let Some(old) = old {
            if old.rewrite.head.revision > new.rewrite.head.revision {
                new = old;
            } else if old.diff.is_some() && old.diff == new.diff {
                Arc::make_mut(&mut new).diff.clone_from(&old.diff);
            }
        }
        self.kept.push_back(new);
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    /// Adds what was decided about a rewrite without changing it: its opening, a note.
    pub fn add(&mut self, decision: &Decision) {
        let of = |kept: &&mut Arc<Loaded>| kept.rewrite.head.id == decision.rewrite;
        if let Some(loaded) = self.kept.iter_mut().find(of)
            && loaded.history.iter().all(|known| known.id != decision.id)
        {
            Arc::make_mut(loaded).history.push(decision.clone());
        }
    }

    /// What was asked for could not be read: it is not asked for again before something happens.
    pub const fn failed(&mut self) {
        self.failed = true;
    }

    /// Something has happened: what could not be read is asked for again.
    pub fn again(&mut self) {
        if std::mem::take(&mut self.failed) {
            (self.asked, self.ahead) = (None, None);
        }
    }

    pub fn forget(&mut self, id: RewriteId) {
        self.kept.retain(|loaded| loaded.rewrite.head.id != id);
        self.asked = None;
    }
}
