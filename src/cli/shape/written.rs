//! What came of write-backs, as JSON.

use serde::Serialize;

use crate::{domain::RewriteId, review::grouped, writeback::Summary};

/// What came of write-backs, or of undone ones.
#[derive(Debug, Serialize)]
pub struct WrittenShape {
    action: &'static str,
    done: Vec<String>,
    drifted: Vec<WhyShape>,
    conflicts: Vec<String>,
    refused: Vec<WhyShape>,
    later: Vec<WhyShape>,
    skipped: Vec<WhyShape>,
    untried: Vec<String>,
}

#[derive(Debug, Serialize)]
struct WhyShape {
    id: String,
    reason: String,
}

impl WrittenShape {
    /// What came of `action`.
    pub fn new(action: &'static str, summary: &Summary) -> Self {
        Self {
            action,
            done: names(&summary.done),
            drifted: reasons(&summary.drifted),
            conflicts: names(&summary.conflicts),
            refused: reasons(&summary.refused),
            later: reasons(&summary.later),
            skipped: reasons(&summary.skipped),
            untried: names(&summary.untried),
        }
    }
}

fn names(ids: &[RewriteId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn reasons(list: &[(RewriteId, String)]) -> Vec<WhyShape> {
    list.iter().map(|(id, why)| WhyShape { id: id.to_string(), reason: why.clone() }).collect()
}

/// What a write-back would do.
#[derive(Debug, Default, Serialize)]
pub struct DryShape {
    would_write: Vec<String>,
    would_conflict: Vec<String>,
    gone: Vec<String>,
}

impl DryShape {
    /// Adds a rewrite: whether its source is as the approver saw it; `None` if the candidate is gone.
    pub fn add(&mut self, id: RewriteId, same: Option<bool>) {
        let list = match same {
            Some(true) => &mut self.would_write,
            Some(false) => &mut self.would_conflict,
            None => &mut self.gone,
        };
        list.push(id.to_string());
    }

    /// What a person is told.
    pub fn sentence(&self) -> String {
        format!(
            "{} would be written, {} would be in conflict because the source has changed, {} are gone. \
             Nothing was written.",
            grouped(self.would_write.len()),
            grouped(self.would_conflict.len()),
            grouped(self.gone.len())
        )
    }
}
