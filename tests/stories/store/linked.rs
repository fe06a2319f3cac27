//! Batches whose candidates each have a posting of their own.

use redraft::{
    domain::{BatchOptions, BatchSpec, PostingId, Postings},
    review::filter::{Filter, Term},
    store::port::{RewriteQuery, Sort},
};

use super::world::{World, named, spec};

pub async fn story(world: &World) {
    let options = BatchOptions { postings: Postings::Linked, ..BatchOptions::default() };
    let spec = BatchSpec { posting: None, posting_title: None, options, ..spec(1_000) };
    let mut members = named(3);
    members[0].posting = Some((PostingId("7".to_owned()), "Chef ENTREMÉTIER".to_owned()));
    members[1].posting = Some((PostingId("x/8".to_owned()), "Night porter".to_owned()));
    let batch = world.store.create_batch(&spec, &members).await.unwrap();
    assert_eq!(world.read(&batch).await.spec, spec);
    let leases = world.claim("w", batch.id, 9).await;
    let own: Vec<_> = leases.iter().map(|lease| lease.posting.clone()).collect();
    assert_eq!(own, [members[0].posting.clone(), members[1].posting.clone(), None]);
    // Beside it a batch with a posting for all, which comes back with its rewrites and not with the leases.
    let other = world.batch(1, 1_000).await;
    assert_eq!(world.claim("w", other.id, 9).await[0].posting, None);

    let titles = async |filter: Filter| {
        let query = RewriteQuery { filter, sort: Sort::Oldest, after: None, limit: 10 };
        let heads = world.store.rewrites(&query).await.unwrap();
        let count = world.store.counts(&query.filter).await.unwrap();
        assert_eq!(count.total(), heads.len() as u64, "{:?}", query.filter);
        heads.into_iter().map(|head| (head.candidate.0, head.posting.unwrap_or_default())).collect::<Vec<_>>()
    };
    let posting =
        |words: &[&str]| Filter::Term(Term::Posting(words.iter().map(|word| (*word).to_owned()).collect()));
    let row = |candidate: &str, posting: &str| (candidate.to_owned(), posting.to_owned());
    let (chef, porter) = (row("c1", "Chef ENTREMÉTIER"), row("c2", "Night porter"));
    let of_batch = row("c1", "Pâtissier (m/w/d)");
    for (filter, expected) in [
        (Filter::ALL, vec![chef.clone(), porter.clone(), row("c3", ""), of_batch.clone()]),
        (posting(&["entremétier"]), vec![chef.clone()]),
        (posting(&["x/8"]), vec![porter.clone()]),
        (posting(&["7"]), vec![chef.clone(), of_batch.clone()]),
        (posting(&["PORTER", "pâtissier"]), vec![porter.clone(), of_batch.clone()]),
        (Filter::Not(Box::new(posting(&["porter"]))), vec![chef, row("c3", ""), of_batch]),
        (Filter::Term(Term::Word("night".to_owned())), vec![porter]),
    ] {
        let told = format!("{filter:?}");
        let mut found = titles(filter).await;
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{told}");
    }
}
