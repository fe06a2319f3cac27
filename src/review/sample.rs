//! Which of many are looked at again: a share of them, chosen so that nobody can tell beforehand which.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::filter::{Filter, Term};
use crate::domain::{Action, Decision, Look, Reviewer, RewriteId, RewriteState, Way};

/// How many decisions in a row make a run.
pub const RUN: usize = 10;

/// Returns `percent` of `ids`, rounded to the nearest whole number; `salt` is something that changes each time.
pub fn sample(ids: &[RewriteId], percent: u8, salt: i128) -> BTreeSet<RewriteId> {
    let wanted = (ids.len() * usize::from(percent.min(100)) + 50) / 100;
    let place = |id: &RewriteId| {
        let mut hasher = DefaultHasher::new();
        (salt, id).hash(&mut hasher);
        (hasher.finish(), *id)
    };
    let mut placed: Vec<(u64, RewriteId)> = ids.iter().map(place).collect();
    placed.sort_unstable();
    placed.into_iter().take(wanted).map(|(_, id)| id).collect()
}

/// The spot checks of `me` that come before what `filter` shows: all that it would show of them, if it asks for what is
/// ready to be decided.
pub fn spots_first(filter: &Filter, me: &Reviewer) -> Option<Filter> {
    let parts = match filter {
        Filter::And(parts) => parts.as_slice(),
        Filter::Term(_) => std::slice::from_ref(filter),
        Filter::Or(_) | Filter::Not(_) => return None,
    };
    let asked: Vec<&Vec<RewriteState>> = parts.iter().filter_map(states).collect();
    let ready = asked.iter().any(|states| states.contains(&RewriteState::Ready));
    if !ready || asked.iter().any(|states| states.contains(&RewriteState::Approved)) {
        return None;
    }
    let wanted = [Term::Look(vec![Look::Spot]), Term::By(vec![me.0.clone()])].map(Filter::Term);
    let rest = parts.iter().filter(|part| states(part).is_none()).cloned();
    Some(Filter::And(wanted.into_iter().chain(rest).collect()))
}

fn states(part: &Filter) -> Option<&Vec<RewriteState>> {
    match part {
        Filter::Term(Term::State(states)) => Some(states),
        Filter::Term(_) | Filter::And(_) | Filter::Or(_) | Filter::Not(_) => None,
    }
}

/// The decisions of a session as they come: whether they make a run that is faster than reading.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Haste(usize);

impl Haste {
    /// Counts one that was made after so many seconds; whether a run is complete with it.
    pub fn completes(&mut self, seconds: Option<u32>, fast_seconds: u32) -> bool {
        let fast = seconds.is_none_or(|seconds| seconds < fast_seconds);
        self.0 = if fast { self.0 + 1 } else { 0 };
        fast && self.0.is_multiple_of(RUN)
    }
}

/// Whether the last decisions were all made faster than somebody can read: `decisions` are those of one reviewer, the
/// newest first. Only single ones about what was on the screen count.
pub fn in_haste<'d>(decisions: impl IntoIterator<Item = &'d Decision>, fast_seconds: u32) -> bool {
    let read = decisions.into_iter().filter(|decision| {
        decision.made.way == Some(Way::Single)
            && matches!(decision.action, Action::Approve { .. } | Action::Reject { .. })
    });
    let run: Vec<bool> = read
        .map(|decision| decision.made.seconds.is_none_or(|seconds| seconds < fast_seconds))
        .take(RUN)
        .collect();
    run.len() == RUN && run.into_iter().all(|fast| fast)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{DecisionId, Made};

    fn ids(number: u128) -> Vec<RewriteId> {
        (1..=number).map(|number| RewriteId::new(Uuid::from_u128(number))).collect()
    }

    #[test]
    fn a_sample_has_the_share_that_is_set_rounded_to_the_nearest() {
        for (number, percent, expected) in
            [(165, 5, 8), (0, 5, 0), (9, 5, 0), (10, 5, 1), (30, 5, 2), (7, 100, 7), (7, 0, 0), (7, 200, 7)]
        {
            let all = ids(number);
            let chosen = sample(&all, percent, 1);
            assert_eq!(chosen.len(), expected, "{percent} % of {number}");
            assert!(chosen.iter().all(|id| all.contains(id)));
        }
    }

    #[test]
    fn the_same_ids_are_sampled_otherwise_another_time() {
        let all = ids(100);
        assert_eq!(sample(&all, 5, 1), sample(&all, 5, 1));
        assert_ne!(sample(&all, 5, 1), sample(&all, 5, 2));
    }

    #[test]
    fn spot_checks_come_before_what_is_ready_of_the_same_filter() {
        let me = Reviewer("anna".to_owned());
        let context = crate::review::filter::Context {
            now: Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC),
            me: me.clone(),
        };
        for (text, expected) in [
            ("state:ready", Some("look:spot by:anna")),
            ("state:ready batch:b3 finding:none", Some("look:spot by:anna batch:b3 finding:none")),
            ("state:ready,failed", Some("look:spot by:anna")),
            ("state:ready,approved", None),
            ("", None),
            ("state:approved look:spot", None),
            ("state:ready or state:failed", None),
            ("-state:ready", None),
        ] {
            let filter = crate::review::filter::parse(text, &context).unwrap();
            let before = spots_first(&filter, &me).map(|filter| filter.to_string());
            assert_eq!(before.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_run_of_fast_decisions_is_told_when_it_is_complete_and_each_time_anew() {
        let mut haste = Haste::default();
        let told: Vec<usize> = (1..=25).filter(|_| haste.completes(Some(3), 4)).collect();
        assert_eq!(told, [10, 20]);
        assert!(!haste.completes(Some(4), 4), "4 seconds are not less than 4");
        assert!((1..10).all(|_| !haste.completes(None, 4)));
        assert!(haste.completes(Some(0), 4));
    }

    #[test]
    fn only_a_whole_run_of_fast_decisions_is_haste() {
        let decision = |way, seconds| Decision {
            id: DecisionId::new(Uuid::from_u128(1)),
            rewrite: RewriteId::new(Uuid::from_u128(1)),
            by: Reviewer("anna".to_owned()),
            at: Timestamp::UNIX_EPOCH,
            from: RewriteState::Ready,
            to: RewriteState::Rejected,
            made: Made { way: Some(way), seconds, ..Made::default() },
            action: Action::Reject { reason: None },
        };
        let fast = || decision(Way::Single, Some(3));
        let run: Vec<Decision> = (0..RUN).map(|_| fast()).collect();
        assert!(in_haste(&run, 4));
        assert!(!in_haste(&run, 3), "3 seconds are not less than 3");
        assert!(!in_haste(&run[1..], 4), "too few");
        let mut slow = run;
        slow[4] = decision(Way::Single, Some(40));
        assert!(!in_haste(&slow, 4));
        // What was decided in bulk says nothing about reading; a single decision without a look does.
        slow[4] = decision(Way::Bulk, None);
        slow.push(decision(Way::Single, None));
        assert!(in_haste(&slow, 4));
    }
}
