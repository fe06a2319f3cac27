//! Rewrites as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{DecisionShape, decision::choice};
use crate::{
    diff::{self, ChangeKind, Diff, Side},
    domain::{
        Decision, Document, FailureReason, Finding, FindingKind, Format, Rewrite, RewriteHead, Section,
        Severity,
    },
    text::part,
};

/// One row of a list of rewrites.
#[derive(Debug, Serialize)]
pub struct RowShape {
    id: String,
    batch: String,
    batch_label: String,
    candidate: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting: Option<String>,
    state: &'static str,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_percent: Option<u8>,
    open_findings: u32,
    blocked: bool,
    edited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureShape>,
    cost_usd_nanos: u64,
    attempts: u32,
    updated_at: String,
}

#[derive(Debug, Serialize)]
struct FailureShape {
    reason: FailureReason,
    detail: String,
}

impl From<&RewriteHead> for RowShape {
    fn from(head: &RewriteHead) -> Self {
        Self {
            id: head.id.to_string(),
            batch: head.batch.to_string(),
            batch_label: format!("b{}", head.batch_number),
            candidate: head.candidate.to_string(),
            name: head.name.clone(),
            posting: head.posting.clone(),
            state: head.state.name(),
            revision: head.revision,
            changed_percent: head.changed_percent,
            open_findings: head.findings,
            blocked: head.blocked,
            edited: head.edited,
            opened_at: head.opened_at.map(|at| at.to_string()),
            decided_by: head.decided_by.clone(),
            failure: head
                .failure
                .as_ref()
                .map(|failure| FailureShape { reason: failure.reason, detail: failure.detail.clone() }),
            cost_usd_nanos: head.cost.nanos(),
            attempts: head.attempts,
            updated_at: head.updated_at.to_string(),
        }
    }
}

/// The texts of a rewrite.
#[derive(Debug, Serialize)]
pub struct Texts {
    before: Vec<SectionShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Vec<SectionShape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<Vec<SectionShape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Vec<SectionShape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_reply: Option<String>,
}

#[derive(Debug, Serialize)]
struct SectionShape {
    id: String,
    format: Format,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl From<&Rewrite> for Texts {
    fn from(rewrite: &Rewrite) -> Self {
        Self {
            before: sections(&rewrite.before),
            after: rewrite.after.as_ref().map(sections),
            approved: rewrite.approved.as_ref().map(sections),
            found: rewrite.found.as_ref().map(sections),
            raw_reply: rewrite.raw_reply.clone(),
        }
    }
}

fn sections(document: &Document) -> Vec<SectionShape> {
    let shape = |section: &Section| SectionShape {
        id: section.id.to_string(),
        format: section.format,
        text: section.text.clone(),
    };
    document.sections.iter().map(shape).collect()
}

/// A rewrite with its texts, changes, findings and history.
#[derive(Debug, Serialize)]
pub struct RewriteShape {
    #[serde(flatten)]
    row: RowShape,
    #[serde(flatten)]
    texts: Texts,
    changes: Vec<ChangeShape>,
    findings: Vec<FindingShape>,
    history: Vec<DecisionShape>,
}

#[derive(Debug, Serialize)]
struct ChangeShape {
    id: String,
    kind: &'static str,
    section: String,
    before: String,
    after: String,
    choice: &'static str,
}

#[derive(Debug, Serialize)]
struct FindingShape {
    kind: FindingKind,
    severity: Severity,
    section: String,
    start: usize,
    end: usize,
    changes: Vec<String>,
    message: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dismissed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dismissed_because: Option<String>,
}

impl RewriteShape {
    /// A rewrite with all there is; compares its texts, which takes some milliseconds.
    pub fn new(rewrite: &Rewrite, history: &[Decision]) -> Self {
        let compared = rewrite.after.as_ref().map(|after| diff::compare(&rewrite.before, after, &|| false));
        Self {
            row: (&rewrite.head).into(),
            texts: rewrite.into(),
            changes: compared.map(|compared| changes(&compared, rewrite)).unwrap_or_default(),
            findings: rewrite.findings.iter().map(finding).collect(),
            history: history.iter().map(DecisionShape::from).collect(),
        }
    }
}

/// The word of a kind of change.
pub const fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Edited => "edited",
        ChangeKind::Replaced => "replaced",
        ChangeKind::Inserted => "inserted",
        ChangeKind::Deleted => "deleted",
        ChangeKind::Moved => "moved",
        ChangeKind::Layout => "layout",
    }
}

fn changes(compared: &Diff, rewrite: &Rewrite) -> Vec<ChangeShape> {
    let shape = |change: &diff::Change| {
        let section = compared.sections.get(change.section)?;
        Some(ChangeShape {
            id: change.id.to_string(),
            kind: kind(change.kind),
            section: section.id.to_string(),
            before: part(section.text(Side::Before), change.before.clone()).to_owned(),
            after: part(section.text(Side::After), change.after.clone()).to_owned(),
            choice: choice(rewrite.choices.get(&change.id).copied()),
        })
    };
    compared.changes.iter().filter_map(shape).collect()
}

fn finding(finding: &Finding) -> FindingShape {
    FindingShape {
        kind: finding.kind,
        severity: finding.severity,
        section: finding.span.section.to_string(),
        start: finding.span.start,
        end: finding.span.end,
        changes: finding.changes.iter().map(ToString::to_string).collect(),
        message: finding.message.clone(),
        dismissed: finding.dismissed.is_some(),
        dismissed_because: finding.dismissed.clone(),
    }
}

/// The texts of a document by section.
pub fn by_section(document: &Document) -> BTreeMap<String, String> {
    let texts =
        document.sections.iter().map(|one| (one.id.to_string(), one.text.clone().unwrap_or_default()));
    texts.collect()
}
