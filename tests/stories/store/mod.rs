//! The store's story: told to the embedded store here, and to any other that implements the port.

mod leases;
mod limits;
mod linked;
mod parcels;
mod queue;
mod scale;
pub mod world;

use world::World;

mod embedded {
    use super::{World, leases, limits, linked, parcels, queue};

    #[tokio::test]
    async fn postings_of_ones_own() {
        linked::story(&World::new().await).await;
    }

    #[tokio::test]
    async fn batches_and_their_queue() {
        queue::story(&World::new().await).await;
    }

    #[tokio::test]
    async fn limits_that_workers_share() {
        limits::story(&World::new().await).await;
    }

    #[tokio::test]
    async fn files_of_requests() {
        parcels::story(&World::new().await).await;
    }

    #[tokio::test]
    async fn several_reviewers() {
        leases::story(&World::new().await).await;
    }
}

mod postgres {
    use super::{World, leases, limits, linked, parcels, queue};

    #[tokio::test]
    async fn postings_of_ones_own() {
        let Some(world) = World::postgres().await else { return };
        linked::story(&world).await;
    }

    #[tokio::test]
    async fn several_reviewers() {
        let Some(world) = World::postgres().await else { return };
        leases::story(&world).await;
    }

    #[tokio::test]
    async fn batches_and_their_queue() {
        let Some(world) = World::postgres().await else { return };
        queue::story(&world).await;
    }

    #[tokio::test]
    async fn limits_that_workers_share() {
        let Some(world) = World::postgres().await else { return };
        limits::story(&world).await;
    }

    #[tokio::test]
    async fn files_of_requests() {
        let Some(world) = World::postgres().await else { return };
        parcels::story(&world).await;
    }
}
