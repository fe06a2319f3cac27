//! Rewrites with all that was decided about them, counted.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    cli::{Office, stop::Step},
    domain::{BatchRef, Decision, RewriteHead},
    review::{filter::Filter, tally::Tally},
    store::port::{RewriteQuery, Sort},
};

/// The most rewrites that are counted.
const MOST: usize = 100_000;
/// Rewrites are read in pieces of this size.
const PIECE: u32 = 200;

/// Counts what `filter` matches, the oldest first, and hands each on with what was decided about it.
pub async fn gather(
    office: &Office,
    filter: &Filter,
    mut each: impl FnMut(&RewriteHead, &[Decision]) + Send,
) -> Step<Tally> {
    let store = &office.parts.store;
    let mut tally = Tally::default();
    let mut prompts: BTreeMap<u64, String> = BTreeMap::new();
    let (mut after, mut read) = (None, 0);
    loop {
        let query = RewriteQuery { filter: filter.clone(), sort: Sort::Oldest, after, limit: PIECE };
        let heads = store.rewrites(&query).await?;
        for head in &heads {
            let prompt = match prompts.entry(head.batch_number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    new.insert(store.batch(BatchRef::Number(head.batch_number)).await?.spec.prompt)
                }
            };
            let history = store.history(head.id).await?;
            tally.add(head, &history, prompt);
            each(head, &history);
        }
        read += heads.len();
        match heads.last() {
            Some(last) if heads.len() == PIECE as usize && read < MOST => after = Some(last.id),
            _ => return Ok(tally),
        }
    }
}
