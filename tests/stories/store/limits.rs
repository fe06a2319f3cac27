//! The provider's limits, shared by workers.

use std::time::Duration;

use redraft::domain::Draw;

use super::world::World;

fn draw(amount: u64, level: u64) -> Draw {
    Draw { pool: "model tokens".to_owned(), minute: 60_000, level, amount, spare: 0 }
}

pub async fn story(world: &World) {
    let store = &world.store;
    let full = 60_000;
    assert_eq!(store.draw(&[draw(40_000, full)]).await.unwrap(), None);
    // Another worker, which has not heard of it: 20,000 are left, 10,000 are missing, 1,000 come back each second.
    let wait = store.draw(&[draw(30_000, full)]).await.unwrap().unwrap();
    assert_eq!(wait.as_secs(), 10);
    assert_eq!(store.draw(&[draw(20_000, full)]).await.unwrap(), None, "a wait takes nothing");
    // The first used 15,000 of its 40,000.
    store.give_back("model tokens", 25_000).await.unwrap();
    assert_eq!(store.draw(&[draw(25_000, full)]).await.unwrap(), None);
    // More than was expected: below zero.
    store.give_back("model tokens", -5_000).await.unwrap();
    let wait = store.draw(&[draw(1_000, full)]).await.unwrap().unwrap();
    assert_eq!(wait.as_secs(), 6);
    world.clock.advance(Duration::from_secs(16));
    // Somebody outside takes from the same limit: a refusal tells.
    assert_eq!(store.draw(&[draw(0, 2_000)]).await.unwrap(), None);
    let wait = store.draw(&[draw(5_000, full)]).await.unwrap().unwrap();
    assert_eq!(wait.as_secs(), 3, "and everybody knows");
    assert_eq!(store.draw(&[draw(2_000, full)]).await.unwrap(), None);
    world.clock.advance(Duration::from_hours(1));
    // All or nothing of several.
    let requests = Draw { pool: "model requests".to_owned(), minute: 1, level: 1, amount: 1, spare: 0 };
    let both = [draw(60_000, full), requests.clone()];
    assert_eq!(store.draw(&both).await.unwrap(), None);
    world.clock.advance(Duration::from_secs(59));
    assert!(store.draw(&[draw(100, full), requests]).await.unwrap().unwrap() < Duration::from_millis(1_100));
    assert_eq!(store.draw(&[draw(59_000, full)]).await.unwrap(), None, "nothing was taken of the one");
    // A limit that nobody knows is no limit, and one too small for a request keeps nobody waiting for ever.
    assert_eq!(store.draw(&[Draw { minute: 0, ..draw(5, 0) }]).await.unwrap(), None);
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(store.draw(&[draw(90_000, full)]).await.unwrap(), None);
}
