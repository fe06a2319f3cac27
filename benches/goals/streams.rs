//! Memory with many streams open, and whether the simulator keeps up with them.

use std::time::Duration;

use crate::{
    board::{memory, tell},
    work::{run, server, world},
    world::MODEL,
};

pub async fn streams() {
    for (streams, most) in [(400, 60.0), (5_000, 250.0)] {
        // They all wait for their heads until the last was sent, and then all come at once.
        let wait = if streams > 1_000 { 45_000 } else { 6_000 };
        let server = server(&format!(
            "limits = \"none\"\n[latency]\nqueue_min_ms = {wait}.0\nqueue_max_ms = {wait}.0\n[[models]]\nid = \"{MODEL}\"\n\
             tokens_per_second = 50.0\nprompt_price = \"0.000000075\"\ncompletion_price = \"0.0000003\"\n"
        ));
        let world = world(streams, 60, u32::try_from(streams).unwrap()).await;
        let before = memory();
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let watch = tokio::spawn(async move {
            let mut most: f64 = 0.0;
            while stopped.try_recv().is_err() {
                most = most.max(memory());
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            most
        });
        run(&world, &server).await;
        stop.send(()).unwrap();
        let peak = watch.await.unwrap();
        let report = server.stop();
        println!("{} streams open at most; {before:.0} MiB before", report["peak"]);
        tell("12", &format!("memory with {streams} streams"), peak, "MiB", most);
        tell(
            "12",
            "  more than before, for each stream",
            (peak - before) * 1_024.0 / streams as f64,
            "KiB",
            40.0,
        );
        let late = report["late"].as_f64().unwrap() * 1_000.0;
        tell("20", "  the simulator is late by (99 of 100)", late, "ms", 10.0);
    }
}
