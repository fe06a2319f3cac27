//! For how long each rewrite was before the reviewer's eyes: what a decision about it is recorded with.

use std::{collections::BTreeMap, time::Duration};

use crate::domain::RewriteId;

/// The times of one session.
#[derive(Debug, Default, Clone)]
pub(super) struct Watch {
    /// What is to be seen, and since when.
    on: Option<(RewriteId, Duration)>,
    /// How long each was to be seen before that.
    before: BTreeMap<RewriteId, Duration>,
}

impl Watch {
    /// This is to be seen now, or nothing.
    pub(super) fn see(&mut self, id: Option<RewriteId>, now: Duration) {
        if self.on.map(|(on, _)| on) == id {
            return;
        }
        if let Some((id, since)) = self.on.take() {
            *self.before.entry(id).or_default() += now.saturating_sub(since);
        }
        self.on = id.map(|id| (id, now));
    }

    /// For how many seconds it was to be seen; `None` if it never was.
    pub(super) fn seconds(&self, id: RewriteId, now: Duration) -> Option<u32> {
        let on = self.on.filter(|(on, _)| *on == id).map(|(_, since)| now.saturating_sub(since));
        let all = match (self.before.get(&id), on) {
            (None, None) => return None,
            (before, on) => before.copied().unwrap_or_default() + on.unwrap_or_default(),
        };
        Some(u32::try_from(all.as_secs()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn seconds_are_counted_only_while_a_rewrite_is_to_be_seen() {
        let id = |number| RewriteId::new(Uuid::from_u128(number));
        let at = Duration::from_secs;
        let mut watch = Watch::default();
        watch.see(Some(id(1)), at(10));
        watch.see(Some(id(1)), at(12));
        assert_eq!((watch.seconds(id(1), at(15)), watch.seconds(id(2), at(15))), (Some(5), None));
        watch.see(Some(id(2)), at(20));
        assert_eq!((watch.seconds(id(1), at(99)), watch.seconds(id(2), at(21))), (Some(10), Some(1)));
        // It comes again: both times count.
        watch.see(None, at(30));
        watch.see(Some(id(1)), at(40));
        assert_eq!(watch.seconds(id(1), at(43)), Some(13));
    }
}
