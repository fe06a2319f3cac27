//! Receipts: what a repeated write knows about its earlier tries.

use std::sync::Arc;

use redraft::{
    config::{ReceiptSettings, WriteBackSettings},
    domain::{Document, IntentId},
    source::{
        self,
        port::{CandidateDatabase, Receipt, Write, WriteOutcome},
    },
};
use uuid::Uuid;

use super::world::{World, id, source_of, with};

async fn opened(world: &dyn World, receipts: ReceiptSettings) -> Arc<dyn CandidateDatabase> {
    let writing = WriteBackSettings { receipts, ..WriteBackSettings::default() };
    source::open_with(&world.settings(), &world.mapping(), &writing).await.unwrap()
}

async fn carried_out(source: &dyn CandidateDatabase, intent: u128, texts: [&Document; 2]) -> WriteOutcome {
    let [before, after] = texts;
    let intent = Some(IntentId::new(Uuid::from_u128(intent)));
    source.write(&Write { candidate: &id("de/1"), before, after, tries: 1, intent }).await.unwrap()
}

pub async fn a_write_with_a_receipt_is_never_done_twice(world: &dyn World) {
    for receipts in [ReceiptSettings::Auto, ReceiptSettings::On] {
        let source = opened(world, receipts).await;
        let number = 10 + receipts as u128;
        let before = source_of(&*source, "de/1").await;
        let after = with(&before, "summary", "Chef.");
        assert_eq!(carried_out(&*source, number, [&before, &after]).await, WriteOutcome::Written);
        assert_eq!(carried_out(&*source, number, [&before, &after]).await, WriteOutcome::Earlier);
        let intent = IntentId::new(Uuid::from_u128(number));
        assert_eq!(source.receipt(intent).await.unwrap(), Receipt::There);
        // Somebody puts back exactly what stood there: the text alone would look as if nothing had been written.
        world.run("UPDATE people SET summary = 'Cook.' WHERE first = 'Ada'").await;
        let again = carried_out(&*source, number, [&before, &after]).await;
        assert!(matches!(&again, WriteOutcome::Drifted(why) if why.contains("\"summary\"")), "{again:?}");
        assert_eq!(source_of(&*source, "de/1").await, before);
        // Another intent is another matter, and one that met something else leaves no receipt.
        let other = with(&before, "summary", "Baker.");
        let met = carried_out(&*source, number + 100, [&other, &after]).await;
        assert_eq!(met, WriteOutcome::Changed(before.clone()));
        let unused = IntentId::new(Uuid::from_u128(number + 100));
        assert_eq!(source.receipt(unused).await.unwrap(), Receipt::Absent);
    }
}

pub async fn a_write_whose_candidate_went_since_is_known_by_its_receipt(world: &dyn World) {
    let source = opened(world, ReceiptSettings::On).await;
    let before = source_of(&*source, "de/1").await;
    let after = with(&before, "summary", "Chef.");
    assert_eq!(carried_out(&*source, 1, [&before, &after]).await, WriteOutcome::Written);
    world.run("DELETE FROM people WHERE first = 'Ada'").await;
    assert!(matches!(carried_out(&*source, 1, [&before, &after]).await, WriteOutcome::Drifted(_)));
    assert_eq!(carried_out(&*source, 2, [&before, &after]).await, WriteOutcome::Gone);
}

pub async fn without_receipts_nothing_is_made_in_the_candidate_database(world: &dyn World) {
    let source = opened(world, ReceiptSettings::Off).await;
    let before = source_of(&*source, "de/1").await;
    let after = with(&before, "summary", "Chef.");
    assert_eq!(carried_out(&*source, 1, [&before, &after]).await, WriteOutcome::Written);
    assert_eq!(source.receipt(IntentId::new(Uuid::from_u128(1))).await.unwrap(), Receipt::NotKept);
    assert_eq!(carried_out(&*source, 1, [&before, &after]).await, WriteOutcome::AlreadyThere);
    // Made now, the table would not be there to be found.
    world.run("CREATE TABLE redraft_receipt (intent_id VARCHAR(36) NOT NULL PRIMARY KEY)").await;
}
