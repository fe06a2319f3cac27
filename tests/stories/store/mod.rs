//! The store's story: told to the embedded store here, and to any other that implements the port.

mod queue;
mod scale;
pub mod world;

use world::World;

#[tokio::test]
async fn batches_and_their_queue() {
    let world = World::new().await;
    queue::story(&world).await;
}
