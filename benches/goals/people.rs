//! What people wait for: a pause, an end, the estimate; and work that was done before.

use std::time::{Duration, Instant};

use redraft::{
    domain::{Batch, BatchState, Money, PauseReason, Reuse, RewriteState},
    engine::{Engine, estimate, port::Who, start_batch},
    simulator::Simulator,
    store::port::Batches,
};

use crate::{
    board::{tell, tell_time},
    work::{ended, parts, server, until, world},
    world::{World, count, request},
};

pub async fn people() {
    let server = server("limits = \"none\"\nspeed = 2.0\n");
    let world = world(300, 120, 40).await;
    let parts = parts(&world, &server);
    let mut asked = request(Who::All);
    asked.options.reuse = Reuse::Identical;
    let before = estimate(&parts, &asked).await.unwrap();
    let engine = Engine::start(parts.clone());
    let batch = start_batch(&parts, &asked).await.unwrap();
    let first = ended(&world, &batch).await;
    let off = (before.cost.nanos() as f64 / first.spent.nanos() as f64 - 1.0).abs() * 100.0;
    tell("15", "estimate before the run, off by", off, "%", 15.0);
    let begun = Instant::now();
    let second = start_batch(&parts, &asked).await.unwrap();
    let second = ended(&world, &second).await;
    println!("300 rewrites taken over in {:.2} s", begun.elapsed().as_secs_f64());
    tell("18", "cost of the same work again", second.spent.nanos() as f64, "n$", 0.0);
    asked.options.reuse = Reuse::Never;
    let batch = start_batch(&parts, &asked).await.unwrap();
    until(&world, &batch, |now| count(now, RewriteState::Ready) >= 20).await;
    let begun = Instant::now();
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    until(&world, &batch, |now| now.reserved == Money::ZERO).await;
    tell_time(
        "14",
        "cancelled with 40 in flight: all closed and settled after",
        begun.elapsed(),
        Duration::from_secs(1),
    );
    engine.stop(Duration::from_secs(5)).await;
    server.stop();
    pause().await;
}

/// When the last request came after a pause. The simulator is in this process, to be asked often.
async fn pause() {
    let mut world = world(300, 120, 40).await;
    let scenario = redraft::simulator::Scenario {
        limits: redraft::simulator::Limits::NONE,
        speed: 2.0,
        ..redraft::simulator::Scenario::default()
    };
    world.simulator = Simulator::start(scenario).unwrap();
    let engine = world.engine();
    let batch = start_batch(&world.parts(), &request(Who::All)).await.unwrap();
    until(&world, &batch, |now| count(now, RewriteState::Ready) >= 20).await;
    let paused = BatchState::Paused(PauseReason::Person("ops".to_owned()));
    let begun = Instant::now();
    world.store.move_batch(batch.id, &paused).await.unwrap();
    let last = last_arrival(&world, begun).await;
    tell_time(
        "14",
        "paused with 40 in flight: the last request was sent after",
        last,
        Duration::from_millis(100),
    );
    drain(&world, &batch, engine).await;
}

/// How long after `begun` the last request arrived, looking for a second.
async fn last_arrival(world: &World, begun: Instant) -> Duration {
    let (mut known, mut last) = (world.ledger().admitted.len(), Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(1) {
        let now = world.ledger().admitted.len();
        if now > known {
            (known, last) = (now, begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    last
}

/// As a service manager ends it: what is in flight may come in, nothing is lost.
async fn drain(world: &World, batch: &Batch, engine: redraft::engine::EngineHandle) {
    world.store.move_batch(batch.id, &BatchState::Running).await.unwrap();
    until(world, batch, |_| world.ledger().running >= 30).await;
    let (in_flight, begun) = (world.ledger().running, Instant::now());
    engine.stop(Duration::from_secs(20)).await;
    let now = world.read(batch).await;
    println!(
        "asked to end with {in_flight} in flight: all came in and were recorded after {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    let lost = now.reserved.nanos() as f64;
    tell(
        "14",
        "  money still set aside, leases still held",
        lost + count(&now, RewriteState::Running) as f64,
        "",
        0.0,
    );
    let ledger = world.ledger();
    tell(
        "8",
        "  requests broken off by it",
        ledger.admitted.iter().filter(|row| row.delivery != redraft::simulator::Delivery::Complete).count()
            as f64,
        "",
        0.0,
    );
}
