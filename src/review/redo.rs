//! What can be decided again, read from the record alone, so that a new start forgets nothing.

use crate::domain::{Action, Decision};

/// Returns what a reviewer took back and did not decide again, the last at the end. `decisions` are theirs, the oldest
/// first. A new decision about anything ends it: what was taken back before is no longer on offer.
pub fn redoable(decisions: &[Decision]) -> Vec<&Decision> {
    let mut offered: Vec<&Decision> = Vec::new();
    for decision in decisions {
        match &decision.action {
            Action::Undo { decision: undone } => {
                offered.extend(decisions.iter().find(|earlier| earlier.id == *undone));
            }
            Action::Open
            | Action::TakeOver { .. }
            | Action::Ask { .. }
            | Action::Assign { .. }
            | Action::Write
            | Action::Conflict
            | Action::Merge { .. }
            | Action::Revert => {}
            Action::Approve { .. }
            | Action::Reject { .. }
            | Action::Edit { .. }
            | Action::Skip
            | Action::Choose { .. }
            | Action::Note { .. }
            | Action::Look { .. }
            | Action::Dismiss { .. } => {
                let again = offered
                    .last()
                    .is_some_and(|last| last.rewrite == decision.rewrite && last.action == decision.action);
                if again {
                    offered.pop();
                } else {
                    offered.clear();
                }
            }
        }
    }
    offered
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{DecisionId, Reviewer, RewriteId, RewriteState};

    fn id(number: u128) -> DecisionId {
        DecisionId::new(Uuid::from_u128(number))
    }

    /// Each word is a decision: `1` rejects rewrite 1, `-2` takes back the decision of that place.
    fn offered(words: &str) -> Vec<u128> {
        let decision = |(at, word): (usize, &str)| Decision {
            id: id(at as u128 + 1),
            rewrite: RewriteId::new(Uuid::from_u128(word.trim_start_matches('-').parse().unwrap())),
            by: Reviewer("anna".to_owned()),
            at: Timestamp::UNIX_EPOCH,
            from: RewriteState::Ready,
            to: RewriteState::Rejected,
            made: crate::domain::Made::default(),
            action: match word.strip_prefix('-') {
                Some(undone) => Action::Undo { decision: id(undone.parse().unwrap()) },
                None => Action::Reject { reason: None },
            },
        };
        let all: Vec<Decision> = words.split(' ').enumerate().map(decision).collect();
        let place = |wanted: &Decision| all.iter().position(|one| one.id == wanted.id).unwrap() as u128 + 1;
        redoable(&all).into_iter().map(place).collect()
    }

    #[test]
    fn what_was_taken_back_is_on_offer_until_something_new_is_decided() {
        let cases: [(&str, &[u128]); 6] = [
            ("1", &[]),
            ("1 -1", &[1]),
            ("1 2 -2 -1", &[2, 1]),
            ("1 2 -2 -1 1", &[2]),
            ("1 2 -2 -1 1 2", &[]),
            ("1 2 -2 3", &[]),
        ];
        for (words, expected) in cases {
            assert_eq!(offered(words), expected, "{words}");
        }
    }
}
