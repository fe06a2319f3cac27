//! What an approval would write, and what stands in its way.

use super::Refusal;
use crate::{
    diff,
    domain::{Choice, Document, Finding, OpenPolicy, Rewrite, Severity},
};

/// Returns the exact text that an approval of `rewrite` writes: accepted changes in, rejected ones out, open ones as
/// `open` says.
///
/// Takes as long as comparing the texts does, some milliseconds, if single changes were decided.
pub fn final_text(rewrite: &Rewrite, open: OpenPolicy) -> Result<Document, Refusal> {
    let after = rewrite.after.as_ref().ok_or(Refusal::NoText)?;
    if open == OpenPolicy::Ask {
        return settled(rewrite, after);
    }
    if rewrite.choices.is_empty() {
        return Ok(match open {
            OpenPolicy::Accept | OpenPolicy::Ask => after.clone(),
            OpenPolicy::Reject => rewrite.before.clone(),
        });
    }
    let compared = diff::compare(&rewrite.before, after, &|| false);
    Ok(diff::apply(&compared, &rewrite.choices, open))
}

/// The text of a rewrite as its decisions leave it: what was approved, else what its choices make with open changes in.
pub fn standing(rewrite: &Rewrite) -> Option<Document> {
    rewrite.approved.clone().or_else(|| final_text(rewrite, OpenPolicy::Accept).ok())
}

/// The text of a rewrite whose changes are all decided; who is to be asked decides nothing by silence.
fn settled(rewrite: &Rewrite, after: &Document) -> Result<Document, Refusal> {
    let compared = diff::compare(&rewrite.before, after, &|| false);
    let open = compared.changes.iter().filter(|change| !rewrite.choices.contains_key(&change.id)).count();
    if open > 0 {
        return Err(Refusal::Undecided(open));
    }
    Ok(diff::apply(&compared, &rewrite.choices, OpenPolicy::Accept))
}

/// Returns the findings that stop an approval of `rewrite`: those that block, were not dismissed, and whose words would
/// be written.
///
/// A finding that lies in no change counts always, one about something lost too.
pub fn blocking(rewrite: &Rewrite, open: OpenPolicy) -> Vec<&Finding> {
    let stays_out = |choice: Option<&Choice>| match choice {
        Some(Choice::Rejected) => true,
        Some(Choice::Accepted) => false,
        None => open == OpenPolicy::Reject,
    };
    let counts = |finding: &&Finding| {
        let out = finding.changes.iter().all(|change| stays_out(rewrite.choices.get(change)));
        finding.severity == Severity::Block
            && finding.dismissed.is_none()
            && (finding.changes.is_empty() || !out)
    };
    rewrite.findings.iter().filter(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ChangeId, FindingKind, Span},
        review::session::tests::world as support,
    };

    fn texts(before: &str, after: &str) -> Rewrite {
        Rewrite {
            before: support::document(before),
            after: Some(support::document(after)),
            ..support::rewrite(1)
        }
    }

    #[test]
    fn under_the_policy_to_ask_nothing_is_approved_by_silence() {
        let mut rewrite = texts("Sold bread.", "Sold bread and cakes.");
        assert_eq!(final_text(&rewrite, OpenPolicy::Ask), Err(Refusal::Undecided(1)));
        let compared = diff::compare(&rewrite.before, rewrite.after.as_ref().unwrap(), &|| false);
        rewrite.choices.insert(compared.changes[0].id, Choice::Rejected);
        assert_eq!(final_text(&rewrite, OpenPolicy::Ask), Ok(rewrite.before.clone()));
        rewrite.choices.insert(compared.changes[0].id, Choice::Accepted);
        assert_eq!(final_text(&rewrite, OpenPolicy::Ask).ok(), rewrite.after.clone());
    }

    #[test]
    fn an_approval_writes_what_was_chosen_and_nothing_else() {
        let mut rewrite = texts("Led 3 people.\n\nSold bread.", "Led 30 people.\n\nSold fresh bread.");
        let compared = diff::compare(&rewrite.before, rewrite.after.as_ref().unwrap(), &|| false);
        assert_eq!(compared.changes.len(), 2);
        let accepted = |rewrite: &Rewrite| final_text(rewrite, OpenPolicy::Accept).unwrap();
        let rejected = |rewrite: &Rewrite| final_text(rewrite, OpenPolicy::Reject).unwrap();
        assert_eq!(accepted(&rewrite), support::document("Led 30 people.\n\nSold fresh bread."));
        assert_eq!(rejected(&rewrite), support::document("Led 3 people.\n\nSold bread."));
        rewrite.choices.insert(compared.changes[0].id, Choice::Rejected);
        assert_eq!(accepted(&rewrite), support::document("Led 3 people.\n\nSold fresh bread."));
        assert_eq!(rejected(&rewrite), support::document("Led 3 people.\n\nSold bread."));
        rewrite.choices.insert(compared.changes[1].id, Choice::Accepted);
        assert_eq!(rejected(&rewrite), support::document("Led 3 people.\n\nSold fresh bread."));
    }

    #[test]
    fn without_an_after_text_there_is_nothing_to_approve() {
        let rewrite = Rewrite { after: None, ..support::rewrite(1) };
        assert_eq!(final_text(&rewrite, OpenPolicy::Accept), Err(Refusal::NoText));
    }

    #[test]
    fn a_finding_stops_an_approval_only_while_its_words_would_be_written() {
        let change = ChangeId(7);
        let finding = Finding {
            kind: FindingKind::Number,
            severity: Severity::Block,
            span: Span { section: support::section(), start: 0, end: 1 },
            changes: vec![change],
            message: "40 became 400.".to_owned(),
            dismissed: None,
        };
        let mut rewrite = Rewrite { findings: vec![finding], ..support::rewrite(1) };
        assert_eq!(blocking(&rewrite, OpenPolicy::Accept).len(), 1);
        assert_eq!(blocking(&rewrite, OpenPolicy::Reject).len(), 0);
        rewrite.choices.insert(change, Choice::Accepted);
        assert_eq!(blocking(&rewrite, OpenPolicy::Reject).len(), 1);
        rewrite.choices.insert(change, Choice::Rejected);
        assert_eq!(blocking(&rewrite, OpenPolicy::Accept).len(), 0);
        rewrite.findings[0].changes.clear();
        assert_eq!(blocking(&rewrite, OpenPolicy::Accept).len(), 1);
        rewrite.findings[0].dismissed = Some("It is in the cover letter.".to_owned());
        assert_eq!(blocking(&rewrite, OpenPolicy::Accept).len(), 0);
        rewrite.findings[0].dismissed = None;
        rewrite.findings[0].severity = Severity::Warn;
        assert_eq!(blocking(&rewrite, OpenPolicy::Accept).len(), 0);
    }
}
