//! What a decision does to a rewrite. The state of a rewrite is the fold of its decisions with this function.

use thiserror::Error;

use crate::domain::{
    Action, ChangeId, Choice, Decision, Document, Finding, FindingKind, Look, LookKind, Rewrite,
    RewriteState, Span,
};

/// Why a decision is not possible.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The rewrite is in a state in which this cannot be decided.
    #[error("A rewrite that is {state} cannot be changed by \"{action}\".")]
    State {
        /// The state that it is in.
        state: RewriteState,
        /// The word of the action.
        action: &'static str,
    },
    /// There is nothing to decide about.
    #[error("The rewrite has no text yet.")]
    NoText,
    /// The candidate is gone, so nothing stands there that an approved text could be merged with.
    #[error("Nothing stands in the candidate database to merge with: the candidate is gone there.")]
    Gone,
    /// The finding is not there, or was dismissed before.
    #[error("There is no such finding any more.")]
    NoFinding,
    /// No further look is wanted, or another one.
    #[error("No {} is wanted here.", .0.name())]
    NoLook(LookKind),
    /// A spot check of what nobody has read.
    #[error("A spot check is there to be read: open it first.")]
    Unopened,
    /// A second opinion of whoever had the first.
    #[error("A second opinion is somebody else's: {0} approved it.")]
    Own(String),
    /// Changes are not decided, so many, and the policy is to ask.
    #[error("{0} changes are not decided: accept or reject them first, or say what becomes of them.")]
    Undecided(usize),
    /// Whoever edited a text does not approve it.
    #[error("You edited this text: somebody else has to approve it.")]
    OwnEdit,
    /// Whoever may not decide does not.
    #[error("You may look and suggest here, not decide.")]
    OnlySuggests,
    /// Whoever may only read does nothing.
    #[error("You may only read here.")]
    OnlyReads,
    /// Somebody else has it open.
    #[error("{0} has it open.")]
    Held(String),
    /// A further look is wanted before it is written.
    #[error("It waits for a {}.", .0.name())]
    Awaits(LookKind),
    /// A spot check failed.
    #[error("A spot check failed: nothing of batch b{0} is written until somebody lets it go on.")]
    Stopped(u64),
    /// The decision to be undone is not there, is no longer the last one about its matter, or cannot be undone.
    #[error("This decision can no longer be undone.")]
    NotUndoable,
}

/// Applies `action` to `rewrite`: its state, its after text, its choices, its approved text.
///
/// `undone` is the decision that an [`Action::Undo`] names. Nothing is changed when the action is refused.
pub fn apply(rewrite: &mut Rewrite, action: &Action, undone: Option<&Decision>) -> Result<(), Refusal> {
    use RewriteState::{Approved, Conflict, Ready, Rejected, Reverting, Writing, Written};
    let state = rewrite.head.state;
    let needs = |wanted: &[RewriteState]| {
        if wanted.contains(&state) { Ok(()) } else { Err(Refusal::State { state, action: action.name() }) }
    };
    match action {
        Action::Open | Action::Note { .. } | Action::TakeOver { .. } => {}
        Action::Skip => needs(&[Ready])?,
        Action::Approve { text } => {
            needs(&[Ready])?;
            approve(rewrite, text)?;
        }
        Action::Reject { .. } => {
            needs(&[Ready])?;
            rewrite.head.state = Rejected;
        }
        Action::Edit { from, to } => {
            needs(&[Ready])?;
            edit(rewrite, from, to)?;
        }
        Action::Choose { changes } => {
            needs(&[Ready])?;
            choose(rewrite, changes);
        }
        Action::Dismiss { kind, span, reason } => {
            needs(&[Ready])?;
            let open = |finding: &Finding| finding.dismissed.is_none();
            finding(rewrite, *kind, span, open).ok_or(Refusal::NoFinding)?.dismissed = Some(reason.clone());
        }
        Action::Ask { kind } => {
            needs(&[Approved])?;
            rewrite.head.look = Some((*kind).into());
        }
        Action::Look { kind, agrees, text, .. } => {
            needs(&[Approved])?;
            look(rewrite, (*kind, *agrees), text)?;
        }
        Action::Assign { to, .. } => rewrite.head.assigned.clone_from(to),
        Action::Undo { decision } => {
            let undone = undone.filter(|undone| undone.id == *decision).ok_or(Refusal::NotUndoable)?;
            undo(rewrite, undone)?;
        }
        Action::Write => {
            needs(&[Writing])?;
            rewrite.head.state = Written;
        }
        Action::Conflict => {
            needs(&[Writing])?;
            rewrite.head.state = Conflict;
        }
        Action::Merge { before, after } => {
            needs(&[Conflict])?;
            rebase(rewrite, before, after);
        }
        Action::Revert => {
            needs(&[Reverting])?;
            revert(rewrite);
        }
    }
    Ok(())
}

fn revert(rewrite: &mut Rewrite) {
    rewrite.approved = None;
    rewrite.head.state = RewriteState::Ready;
    rewrite.head.look = None;
}

fn approve(rewrite: &mut Rewrite, text: &Document) -> Result<(), Refusal> {
    if rewrite.after.is_none() {
        return Err(Refusal::NoText);
    }
    rewrite.approved = Some(text.clone());
    rewrite.head.state = RewriteState::Approved;
    rewrite.head.look = None;
    Ok(())
}

fn edit(rewrite: &mut Rewrite, from: &Document, to: &Document) -> Result<(), Refusal> {
    if rewrite.after.as_ref() != Some(from) {
        return Err(Refusal::NoText);
    }
    rewrite.after = Some(to.clone());
    rewrite.head.edited = true;
    Ok(())
}

/// Somebody looked at what was approved.
fn look(rewrite: &mut Rewrite, (kind, agrees): (LookKind, bool), text: &Document) -> Result<(), Refusal> {
    if rewrite.head.look != Some(kind.into()) || rewrite.approved.as_ref() != Some(text) {
        return Err(Refusal::NoLook(kind));
    }
    if rewrite.head.opened_at.is_none() {
        return Err(Refusal::Unopened);
    }
    if agrees {
        rewrite.head.look = Some(Look::Passed);
        return Ok(());
    }
    rewrite.head.look = Some(match kind {
        LookKind::Spot => Look::Failed,
        LookKind::Second => Look::Disputed,
    });
    rewrite.approved = None;
    rewrite.head.state = RewriteState::Ready;
    Ok(())
}

fn choose(rewrite: &mut Rewrite, changes: &[(ChangeId, Option<Choice>, Option<Choice>)]) {
    for (change, _, to) in changes {
        match to {
            Some(choice) => drop(rewrite.choices.insert(*change, *choice)),
            None => drop(rewrite.choices.remove(change)),
        }
    }
}

fn unchoose(rewrite: &mut Rewrite, changes: &[(ChangeId, Option<Choice>, Option<Choice>)]) {
    for (change, from, _) in changes {
        match from {
            Some(choice) => drop(rewrite.choices.insert(*change, *choice)),
            None => drop(rewrite.choices.remove(change)),
        }
    }
}

/// Puts a conflict on top of what stands in the candidate database now: it is decided anew.
fn rebase(rewrite: &mut Rewrite, before: &Document, after: &Document) {
    rewrite.before = before.clone();
    rewrite.after = Some(after.clone());
    (rewrite.approved, rewrite.found) = (None, None);
    rewrite.choices.clear();
    rewrite.head.failure = None;
    rewrite.head.state = RewriteState::Ready;
}

/// The first finding of this kind about these words for which `wanted` holds.
fn finding<'r>(
    rewrite: &'r mut Rewrite,
    kind: FindingKind,
    span: &Span,
    wanted: impl Fn(&Finding) -> bool,
) -> Option<&'r mut Finding> {
    rewrite.findings.iter_mut().find(|one| one.kind == kind && one.span == *span && wanted(one))
}

/// Takes back one decision of a person, as the inverse of what it did.
fn undo(rewrite: &mut Rewrite, undone: &Decision) -> Result<(), Refusal> {
    use RewriteState::{Approved, Ready, Rejected};
    let state = rewrite.head.state;
    match &undone.action {
        Action::Approve { text } if state == Approved && rewrite.approved.as_ref() == Some(text) => {
            rewrite.approved = None;
            rewrite.head.state = Ready;
            rewrite.head.look = None;
        }
        Action::Ask { kind } if state == Approved && rewrite.head.look == Some((*kind).into()) => {
            rewrite.head.look = None;
        }
        Action::Look { kind, agrees: true, .. }
            if state == Approved && rewrite.head.look == Some(Look::Passed) =>
        {
            rewrite.head.look = Some((*kind).into());
        }
        Action::Look { kind, agrees: false, text, .. } if state == Ready && rewrite.approved.is_none() => {
            rewrite.approved = Some(text.clone());
            rewrite.head.look = Some((*kind).into());
            rewrite.head.state = Approved;
        }
        Action::Assign { from, to } if rewrite.head.assigned == *to => {
            rewrite.head.assigned.clone_from(from);
        }
        Action::Reject { .. } if state == Rejected => rewrite.head.state = Ready,
        Action::Edit { from, to } if state == Ready && rewrite.after.as_ref() == Some(to) => {
            rewrite.after = Some(from.clone());
        }
        // A later choice about the same change, or what took it back, has the last word.
        Action::Choose { changes }
            if state == Ready
                && changes.iter().all(|(change, _, to)| rewrite.choices.get(change).copied() == *to) =>
        {
            unchoose(rewrite, changes);
        }
        Action::Skip if state == Ready => {}
        Action::Note { .. } => {}
        Action::Dismiss { kind, span, reason } if state == Ready => {
            let same = |one: &Finding| one.dismissed.as_ref() == Some(reason);
            finding(rewrite, *kind, span, same).ok_or(Refusal::NotUndoable)?.dismissed = None;
        }
        Action::Open
        | Action::TakeOver { .. }
        | Action::Approve { .. }
        | Action::Reject { .. }
        | Action::Edit { .. }
        | Action::Skip
        | Action::Choose { .. }
        | Action::Dismiss { .. }
        | Action::Ask { .. }
        | Action::Look { .. }
        | Action::Assign { .. }
        | Action::Undo { .. }
        | Action::Write
        | Action::Conflict
        | Action::Merge { .. }
        | Action::Revert => return Err(Refusal::NotUndoable),
    }
    Ok(())
}
