//! Decisions as JSON: what was done, without the texts.

use serde::Serialize;

use crate::{
    domain::{Action, Choice, Decision, LookKind},
    review::Bulk,
};

/// A decision.
#[derive(Debug, Serialize)]
pub struct DecisionShape {
    id: String,
    rewrite: String,
    by: String,
    at: String,
    action: &'static str,
    from: &'static str,
    to: &'static str,
    /// How it was made: single, bulk, undo or command.
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<&'static str>,
    /// For how many seconds the rewrite was on the screen before.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    /// The first decision of the bulk that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// The keys that were pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// SHA-256 of the text that would have been written before it, and after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text_before_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_after_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_sha256: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChosenShape>,
}

#[derive(Debug, Serialize)]
struct ChosenShape {
    id: String,
    from: &'static str,
    to: &'static str,
}

/// The word of a choice.
pub const fn choice(choice: Option<Choice>) -> &'static str {
    match choice {
        None => "open",
        Some(Choice::Accepted) => "accepted",
        Some(Choice::Rejected) => "rejected",
    }
}

impl From<&Decision> for DecisionShape {
    fn from(decision: &Decision) -> Self {
        let mut shape = Self {
            id: decision.id.to_string(),
            rewrite: decision.rewrite.to_string(),
            by: decision.by.to_string(),
            at: decision.at.to_string(),
            action: decision.action.name(),
            from: decision.from.name(),
            to: decision.to.name(),
            way: decision.made.way.map(crate::domain::Way::name),
            seconds: decision.made.seconds,
            step: decision.made.step.map(|step| step.to_string()),
            key: decision.made.key.clone(),
            text_before_sha256: decision.made.hash_before.clone(),
            text_after_sha256: decision.made.hash_after.clone(),
            reason: None,
            undoes: None,
            text_sha256: None,
            changes: Vec::new(),
        };
        match &decision.action {
            Action::Approve { text } => shape.text_sha256 = Some(text.hash()),
            Action::Edit { to, .. } => shape.text_sha256 = Some(to.hash()),
            Action::Reject { reason } => shape.reason.clone_from(reason),
            Action::Undo { decision } => shape.undoes = Some(decision.to_string()),
            Action::Choose { changes } => {
                let chosen = changes.iter().map(|(id, from, to)| ChosenShape {
                    id: id.to_string(),
                    from: choice(*from),
                    to: choice(*to),
                });
                shape.changes = chosen.collect();
            }
            Action::Note { text, .. } => shape.reason = Some(text.clone()),
            Action::Dismiss { reason, .. } => shape.reason = Some(reason.clone()),
            Action::Ask { kind } => shape.reason = Some(kind.name().to_owned()),
            Action::Look { kind, agrees, reason, text } => {
                let word = if *agrees { "agreed" } else { "did not agree" };
                let why = reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                shape.reason = Some(format!("{}, {word}{why}", kind.name()));
                shape.text_sha256 = Some(text.hash());
            }
            Action::Assign { to, .. } => {
                shape.reason = Some(to.as_ref().map_or("to nobody".to_owned(), |to| format!("to {to}")));
            }
            Action::TakeOver { from } => shape.reason = Some(format!("from {from}")),
            Action::Open
            | Action::Skip
            | Action::Write
            | Action::Conflict
            | Action::Merge { .. }
            | Action::Revert => {}
        }
        shape
    }
}

/// What came of a decision about many.
#[derive(Debug, Serialize)]
pub struct BulkShape {
    action: &'static str,
    done: Vec<String>,
    skipped: Vec<LeftShape>,
    failed: Vec<LeftShape>,
    /// Those of `done` that are written only after a further look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    looks: Vec<LookShape>,
}

#[derive(Debug, Serialize)]
struct LookShape {
    id: String,
    /// `spot` or `second`.
    kind: LookKind,
}

#[derive(Debug, Serialize)]
struct LeftShape {
    id: String,
    reason: String,
}

impl BulkShape {
    /// What came of `action`.
    pub fn new(action: &'static str, bulk: &Bulk) -> Self {
        let left = |list: &[(crate::domain::RewriteId, String)]| {
            list.iter().map(|(id, reason)| LeftShape { id: id.to_string(), reason: reason.clone() }).collect()
        };
        Self {
            action,
            done: bulk.done.iter().map(|(id, _)| id.to_string()).collect(),
            skipped: left(&bulk.skipped),
            failed: left(&bulk.failed),
            looks: bulk
                .looks
                .iter()
                .map(|(id, kind)| LookShape { id: id.to_string(), kind: *kind })
                .collect(),
        }
    }
}
