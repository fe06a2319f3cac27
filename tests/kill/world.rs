//! A demo with a batch that waits for workers, and the provider that outlives them.

use std::time::Duration;

use redraft::simulator::{Limits, Scenario, Simulator};
use rustix::process::{Pid, Signal, kill_process};

use super::eyes::Eyes;
use crate::{
    cli::run::{Place, Started},
    support::servers::{self, Database},
};

/// Candidates of the demo.
const CANDIDATES: usize = 60;
/// Between two looks into the store.
const LOOK: Duration = Duration::from_millis(10);

/// Where the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In a file of the demo.
    Embedded,
    /// On PostgreSQL.
    Shared,
}

/// The world of a batch.
pub struct World {
    pub place: Place,
    pub simulator: Simulator,
    database: Option<Database>,
}

impl World {
    /// Must be called within a runtime: the simulator serves on it. `None` where there is no server.
    pub fn new(home: Home) -> Option<Self> {
        // Some hundred milliseconds a reply.
        Self::at_speed(home, 3.0)
    }

    /// With a provider that is so many times as fast as the real one.
    pub fn at_speed(home: Home, speed: f64) -> Option<Self> {
        let database = match home {
            Home::Embedded => None,
            Home::Shared => Some(servers::postgres()?),
        };
        let simulator =
            Simulator::start(Scenario { limits: Limits::NONE, speed, ..Scenario::default() }).unwrap();
        let mut place = Place::demo(CANDIDATES);
        if let Some(database) = &database {
            place
                .edit_config(|text| text.replace("path = \"store.db\"", "url = { env = \"REDRAFT_STORE\" }"));
            place.set("REDRAFT_STORE", &database.url());
        }
        place.set("REDRAFT__MODEL__PROVIDER", "groq");
        place.set("REDRAFT__MODEL__BASE_URL", &simulator.base_url());
        place.set("REDRAFT__MODEL__MAX_STREAMS", "5");
        place.set("GROQ_API_KEY", "gsk_test");
        place.json(&["batch", "start", "--all"]);
        Some(Self { place, simulator, database })
    }

    /// Looks into the store.
    pub async fn look(&self) -> Eyes {
        match &self.database {
            Some(database) => Eyes::shared(database).await,
            None => Eyes::embedded(&self.place).await,
        }
    }

    pub fn worker(&self) -> Started {
        self.place.start(&["worker"])
    }

    /// Waits until a worker has requests in flight, or nothing is left that it could send.
    pub async fn amid(&self, worker: u32) {
        let mut store = self.look().await;
        let flies = format!(
            "SELECT CAST(count(*) AS TEXT) FROM attempt WHERE outcome = 'open' AND worker LIKE '%:{worker}:%'"
        );
        let left = "SELECT CAST(count(*) AS TEXT) FROM rewrite WHERE state IN ('queued', 'running')";
        while store.number(&flies).await == 0 && store.number(left).await > 0 {
            tokio::time::sleep(LOOK).await;
            store.look_again().await;
        }
    }

    /// Waits until these workers have done what is left, and tells them to end.
    pub async fn finish(&self, workers: Vec<Started>) {
        let watched = self.place.start(&["batch", "watch", "b1"]);
        let ended = tokio::task::spawn_blocking(move || {
            watched.ended().ok();
            for worker in &workers {
                kill_process(Pid::from_child(worker), Signal::TERM).unwrap();
            }
            for worker in workers {
                let said = worker.ended();
                // One that was started a moment ago has not heard of signals yet, and just ends.
                assert!(matches!(said.status, 0 | -1), "{said:#?}");
            }
        });
        ended.await.unwrap();
    }
}
