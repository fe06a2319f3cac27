//! The store's story: told to the embedded store here, and to any other that implements the port.

mod queue;
mod scale;
pub mod world;

use world::World;

mod embedded {
    use super::{World, queue};

    #[tokio::test]
    async fn batches_and_their_queue() {
        queue::story(&World::new().await).await;
    }
}

mod postgres {
    use super::{World, queue};

    #[tokio::test]
    async fn batches_and_their_queue() {
        let Some(world) = World::postgres().await else { return };
        queue::story(&world).await;
    }
}
