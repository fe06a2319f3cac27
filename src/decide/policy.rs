//! The rules under which somebody decides.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::{Action, OpenPolicy, OwnEdits, Reviewer, Rights},
    error::{self, Error},
    review::{
        Refusal,
        filter::{self, Context, Filter, FilterError},
    },
};

/// The rules under which somebody decides.
#[derive(Debug, Default, Clone)]
pub struct Policy {
    /// What an approval does with changes that nobody decided.
    pub open: OpenPolicy,
    /// Which approvals somebody else has to agree with.
    pub second: Option<Filter>,
    /// Whether somebody approves a text that they edited.
    pub own_edits: OwnEdits,
    /// What the reviewer may do.
    pub rights: Rights,
}

impl Policy {
    /// The same rules, where somebody else has to agree with approvals that this filter matches. It holds the same for
    /// everybody at any time: `me` and ages mean nothing in it.
    pub fn with_second(self, text: &str) -> Result<Self, FilterError> {
        let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
        let second = filter::parse(text, &Context { now, me: Reviewer("me".to_owned()) })?;
        Ok(Self { second: Some(second), ..self })
    }

    /// Whether somebody with these rights may do this.
    pub(super) fn allows(&self, action: &Action) -> Result<(), Refusal> {
        match self.rights {
            rights if rights >= needed(action) => Ok(()),
            Rights::Read => Err(Refusal::OnlyReads),
            Rights::Suggest | Rights::Decide => Err(Refusal::OnlySuggests),
        }
    }

    /// Whether somebody with these rights may have texts written, or batches run, steered and paid for.
    pub fn writes(&self) -> error::Result<()> {
        self.allows(&Action::Write).map_err(|refusal| {
            Error::user(refusal.to_string())
                .hint("Whoever keeps `review.rights` or the file of reviewers can change it.")
        })
    }
}

impl From<OpenPolicy> for Policy {
    fn from(open: OpenPolicy) -> Self {
        Self { open, ..Self::default() }
    }
}

/// What somebody has to be allowed for this.
const fn needed(action: &Action) -> Rights {
    match action {
        Action::Open => Rights::Read,
        // What is taken back are one's own suggestions: of others' decisions the desk sees to it.
        Action::Skip
        | Action::Note { .. }
        | Action::Choose { .. }
        | Action::Edit { .. }
        | Action::Undo { .. } => Rights::Suggest,
        Action::Approve { .. }
        | Action::Reject { .. }
        | Action::Dismiss { .. }
        | Action::TakeOver { .. }
        | Action::Ask { .. }
        | Action::Look { .. }
        | Action::Assign { .. }
        | Action::Write
        | Action::Conflict
        | Action::Merge { .. }
        | Action::Revert => Rights::Decide,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_suggest_decides_nothing_and_who_may_read_changes_nothing() {
        let policy = |rights| Policy { rights, ..Policy::default() };
        let note = Action::Note { change: None, text: "x".to_owned() };
        let reject = Action::Reject { reason: None };
        let cases = [
            (Rights::Read, [Ok(()), Err(Refusal::OnlyReads), Err(Refusal::OnlyReads)]),
            (Rights::Suggest, [Ok(()), Ok(()), Err(Refusal::OnlySuggests)]),
            (Rights::Decide, [Ok(()), Ok(()), Ok(())]),
        ];
        for (rights, expected) in cases {
            let allowed = [&Action::Open, &note, &reject].map(|action| policy(rights).allows(action));
            assert_eq!(allowed, expected, "{rights:?}");
            assert_eq!(policy(rights).writes().is_ok(), rights == Rights::Decide);
        }
    }

    #[test]
    fn a_filter_says_what_somebody_else_has_to_agree_with() {
        let policy = Policy::default().with_second("finding:any or changed:>60").unwrap();
        assert_eq!(
            policy.second.map(|filter| filter.to_string()),
            Some("finding:any or changed:>60".to_owned())
        );
        assert!(Policy::default().with_second("risk:high").is_err());
    }
}
