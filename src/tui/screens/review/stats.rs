//! How the reviewer decides: shown to whoever asks about themselves.

use std::collections::{BTreeMap, btree_map::Entry};

use super::Review;
use crate::{
    domain::{BatchRef, Decision, RewriteId},
    review::{
        grouped,
        tally::{Tally, short},
    },
    store::port::StoreResult,
    text::Safe,
    tui::{Effect, backend::Services, overlays::Message},
};

/// Decisions are read in pieces of this size.
const PIECE: u32 = 1_000;
/// So many of the last decisions, of all reviewers, are counted.
const MOST: usize = 20_000;
/// The most reasons that are named.
const REASONS: usize = 8;

impl Review {
    pub(super) fn show_stats(text: &str) -> Effect {
        Effect::open(Message::new("How you decide", Safe::new(text)))
    }
}

/// Counts the last decisions and says what of them are the reviewer's.
pub(super) async fn look(services: &Services) -> StoreResult<String> {
    let store = &services.store;
    let mut histories: BTreeMap<RewriteId, (u64, Vec<Decision>)> = BTreeMap::new();
    let (mut before, mut read) = (None, 0);
    loop {
        let rows = store.activity(before, PIECE).await?;
        before = rows.last().map(|row| row.decision.id);
        let complete = rows.len() < PIECE as usize;
        read += rows.len();
        for row in rows {
            let history = histories.entry(row.decision.rewrite).or_insert((row.batch_number, Vec::new()));
            history.1.push(row.decision);
        }
        if complete || read >= MOST {
            break;
        }
    }
    let mut tally = Tally::default();
    let mut prompts: BTreeMap<u64, String> = BTreeMap::new();
    for (number, mut history) in histories.into_values() {
        let prompt = match prompts.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(store.batch(BatchRef::Number(number)).await?.spec.prompt),
        };
        history.reverse();
        tally.decisions(&history, prompt);
    }
    Ok(told(&tally, &services.who.0, read))
}

fn told(tally: &Tally, me: &str, read: usize) -> String {
    let mut lines = vec![format!("Of the last {} decisions of all, yours:", grouped(read)), String::new()];
    let own = tally.people.iter().filter(|((who, _), _)| who == me);
    lines.extend(own.map(|((_, prompt), deeds)| format!("prompt {}: {}", short(prompt), deeds.sentence())));
    if lines.len() == 2 {
        lines.push("none".to_owned());
    }
    let mut reasons: Vec<_> = tally.reasons.iter().collect();
    reasons.sort_by_key(|(_, number)| u64::MAX - **number);
    if !reasons.is_empty() {
        lines.extend([String::new(), "Why rewrites were rejected or sent back, by anybody:".to_owned()]);
    }
    let named = reasons.into_iter().take(REASONS);
    lines.extend(
        named.map(|((prompt, reason), number)| format!("prompt {}: {number}  {reason}", short(prompt))),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Action, RewriteState, Way},
        tui::screens::review::tests::world::{World, id},
    };

    #[test]
    fn one_reads_how_one_decides_and_why_rewrites_were_rejected() {
        let mut world = World::new();
        let reject = |reason: &str| Action::Reject { reason: Some(reason.to_owned()) };
        world.decide(id(2), None, "anna", reject("invented facts.")).unwrap();
        world.decide(id(3), None, "ben", reject("invented facts")).unwrap();
        world.decide(id(4), None, "anna", reject("tone")).unwrap();
        let undo = world.decisions[2].id;
        world.decide(id(4), None, "anna", Action::Undo { decision: undo }).unwrap();
        let mut tally = Tally::default();
        for number in 2..=4 {
            let mut history: Vec<Decision> =
                world.decisions.iter().filter(|one| one.rewrite == id(number)).cloned().collect();
            for one in &mut history {
                (one.made.way, one.made.seconds) = (Some(Way::Single), Some(38));
                assert_ne!(one.to, RewriteState::Approved);
            }
            tally.decisions(&history, "7f3a90c1d2");
        }
        assert_eq!(
            told(&tally, "anna", 4),
            "Of the last 4 decisions of all, yours:\n\n\
             prompt 7f3a90c1: 0 (0%) approved, 1 rejected, 1 (50%) taken back, median 38 s\n\n\
             Why rewrites were rejected or sent back, by anybody:\n\
             prompt 7f3a90c1: 2  invented facts"
        );
        assert!(told(&Tally::default(), "anna", 0).ends_with("none"));
    }
}
