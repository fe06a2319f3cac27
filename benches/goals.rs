//! The performance goals, each with its figure and its bound: `cargo bench --bench goals`, or `-- NAME …` for some.
//!
//! The simulator runs as a process of its own, so that what is measured here is redraft alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for developers: it tells its figures, and stops when it cannot"
)]

#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../tests/engine/world.rs"]
mod world;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use redraft::{
    domain::{Batch, BatchState, Document, RewriteState},
    engine::{Engine, Parts, estimate, port::Who, start_batch},
    llm::{
        groq::{GroqOptions, GroqRewriter, Timeouts},
        prompt::{Material, Prompt},
    },
    simulator::Scenario,
    store::port::Batches,
};
use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

use world::{MODEL, World, count, request};

/// A simulator in a process of its own.
struct Server {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    base_url: String,
}

impl Server {
    fn start(scenario: &str) -> Self {
        let file = std::env::temp_dir().join(format!("redraft-goals-{}.toml", std::process::id()));
        fs::write(&file, scenario).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_redraft"))
            .args(["simulate", "--port", "0", "--json", "--scenario"])
            .arg(&file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self { child, out, base_url: ready["base_url"].as_str().unwrap().to_owned() }
    }

    fn stop(mut self) -> Value {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
        serde_json::from_str(&rest).unwrap()
    }
}

/// Whether a figure keeps its bound.
fn tell(what: &str, figure: f64, unit: &str, most: f64) {
    let mark = if figure <= most { "holds" } else { "MISSED" };
    println!("{what:<66} {figure:>9.3} {unit:<4} ≤ {most:<8} {mark}");
}

/// A section of about so many tokens.
fn text(at: usize, tokens: usize) -> String {
    let sentence = "Managed the night shift of a regional hospital, planned rosters for forty nurses and reduced the \
                    average waiting time in the emergency room by a third within two years. ";
    format!("Candidate {at}. {}", sentence.repeat(tokens.div_ceil(34)))
}

/// Candidates with three sections of about so many tokens each.
async fn world(candidates: usize, tokens: usize, streams: u32) -> World {
    let mut world = World::new(candidates, Scenario::instant()).await;
    for at in 1..=candidates {
        world.source.set(at, Some(&text(at, tokens)));
    }
    world.settings.max_streams = streams;
    world.settings.heartbeat = Duration::from_secs(3);
    world.settings.backoff = Duration::from_millis(500);
    world
}

fn parts(world: &World, server: &Server) -> Parts {
    let rewriter = GroqRewriter::new(GroqOptions {
        base_url: server.base_url.clone(),
        key: None,
        simulated: true,
        reasoning_effort: Some("low".to_owned()),
        temperature_percent: 30,
        timeouts: Timeouts {
            head: Duration::from_mins(3),
            idle: Duration::from_mins(3),
            ..Timeouts::default()
        },
    });
    Parts { rewriter: Arc::new(rewriter), ..world.parts() }
}

async fn ended(world: &World, batch: &Batch) -> Batch {
    loop {
        let now = world.read(batch).await;
        if now.state.has_ended() {
            return now;
        }
        assert!(!matches!(now.state, BatchState::Paused(_)), "{:?}", now.state);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs a batch of all candidates to its end.
async fn run(world: &World, server: &Server) -> Batch {
    let parts = parts(world, server);
    let engine = Engine::start(parts.clone());
    let mut asked = request(Who::All);
    asked.budget = Some(redraft::domain::Money::from_dollars(10));
    world.store.set_month_cap(redraft::domain::Money::from_dollars(100)).await.unwrap();
    let batch = start_batch(&parts, &asked).await.unwrap();
    let ended = ended(world, &batch).await;
    engine.stop(Duration::from_secs(5)).await;
    assert_eq!(count(&ended, RewriteState::Ready), ended.counts.total(), "{:?}", ended.counts);
    ended
}

/// Processor time of this process, in seconds.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).map(|field| field.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// Memory of this process that is in the machine's, in MiB.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

/// Wall-clock against the bound of the limits, in real time: a faster simulator would also have larger buckets, and all
/// would fit into the first burst.
async fn limits() {
    for (mode, most) in [("prompt_plus_cap", 1.03), ("prompt_only", 1.02)] {
        let server = Server::start(&format!(
            "limits = \"developer\"\nreserve_mode = \"{mode}\"\nprompt_cache = \"off\"\n"
        ));
        let world = world(400, 380, 400).await;
        let batch = run(&world, &server).await;
        let tokens = (batch.tokens_in + batch.tokens_out) / batch.counts.total();
        let report = server.stop();
        let number = |name: &str| report[name].as_f64().unwrap();
        println!(
            "400 rewrites of {tokens} tokens, {mode}: {:.1} s, bound {:.1} s",
            number("took"),
            number("bound")
        );
        tell(&format!("wall-clock ÷ bound, 250K TPM, {mode}"), number("ratio"), "", most);
        tell("  requests refused with 429", number("share_429") * 100.0, "%", 0.1);
        tell(
            "  early retries, crowds, unchanged after 413",
            number("early_retries") + number("herds") + number("too_large_again"),
            "",
            0.0,
        );
    }
}

/// What others take, and estimates that are wrong.
async fn stress() {
    for (what, key) in [
        ("20 % taken by others", "foreign = { tokens = 3000, share = 0.2 }"),
        ("30 % more tokens than estimated", "prompt_skew_percent = 43"),
        (
            "limits halved in mid-run",
            "limit_changes = [{ at_ms = 60000, limits = { rpm = 500, tpm = 125000 } }]",
        ),
    ] {
        let server = Server::start(&format!("limits = \"developer\"\nprompt_cache = \"off\"\n{key}\n"));
        let world = world(300, 380, 400).await;
        run(&world, &server).await;
        let share = server.stop()["share_429"].as_f64().unwrap() * 100.0;
        tell(&format!("requests refused with 429, {what}"), share, "%", 1.0);
    }
}

const FREE: &str = "limits = \"none\"\nprompt_cache = \"off\"\nspeed = 20.0\n";

/// Processor time against a loop that only reads the events.
async fn processor() {
    const COMPLETIONS: usize = 1_000;
    let server = Server::start(FREE);
    let world = world(COMPLETIONS, 180, 64).await;
    let bodies = bodies(&world);
    let (begun, before) = (Instant::now(), cpu());
    let events = bare(&server, bodies).await;
    let (bare, bare_wall) = (cpu() - before, begun.elapsed());
    let (begun, before) = (Instant::now(), cpu());
    run(&world, &server).await;
    let (own, own_wall) = (cpu() - before, begun.elapsed());
    server.stop();
    println!(
        "1,000 completions of {} events: bare loop {bare:.2} s of CPU in {:.1} s, redraft {own:.2} s in {:.1} s",
        events / COMPLETIONS,
        bare_wall.as_secs_f64(),
        own_wall.as_secs_f64()
    );
    tell("client CPU ÷ that of a bare reqwest loop", own / bare, "", 1.5);
}

/// The requests that the engine would send.
fn bodies(world: &World) -> Vec<String> {
    let prompt = Prompt::built_in();
    let mut bodies = Vec::new();
    let sources: Vec<Document> = world.source.texts.lock().unwrap().values().cloned().collect();
    for source in &sources {
        let material = Material { posting: None, instructions: "", source, context: &[], counted: &[] };
        let body = serde_json::json!({
            "model": MODEL,
            "messages": [{"role": "system", "content": prompt.text()}, {"role": "user", "content": material.message()}],
            "max_completion_tokens": 3_000, "reasoning_effort": "low", "stream": true,
            "stream_options": {"include_usage": true},
        });
        bodies.push(body.to_string());
    }
    bodies
}

async fn bare(server: &Server, bodies: Vec<String>) -> usize {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().tcp_nodelay(true).build().unwrap();
    let (room, mut tasks, mut events) = (Arc::new(Semaphore::new(64)), JoinSet::new(), 0);
    for body in bodies {
        let permit = Arc::clone(&room).acquire_owned().await.unwrap();
        let post = client.post(format!("{}/chat/completions", server.base_url));
        tasks.spawn(async move {
            let mut response =
                post.header("content-type", "application/json").body(body).send().await.unwrap();
            let mut events = 0;
            while let Some(bytes) = response.chunk().await.unwrap() {
                events += bytes.windows(2).filter(|pair| *pair == b"\n\n").count();
            }
            drop(permit);
            events
        });
    }
    while let Some(found) = tasks.join_next().await {
        events += found.unwrap();
    }
    events
}

/// Memory with many streams open.
async fn streams() {
    for (streams, most) in [(400, 60.0), (5_000, 250.0)] {
        // They all wait for their heads until the last was sent, and then all come at once.
        let wait = if streams > 1_000 { 45_000 } else { 6_000 };
        let server = Server::start(&format!(
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
        tell(&format!("memory with {streams} streams"), peak, "MiB", most);
        tell("  more than before, for each stream", (peak - before) * 1_024.0 / streams as f64, "KiB", 40.0);
    }
}

/// What people wait for: the first rewrite, a pause, an end, the estimate; and work that was done before.
async fn people() {
    let server = Server::start("limits = \"none\"\nspeed = 2.0\n");
    let world = world(300, 120, 40).await;
    let parts = parts(&world, &server);
    let mut asked = request(Who::All);
    asked.options.reuse = redraft::domain::Reuse::Identical;
    let before = estimate(&parts, &asked).await.unwrap();
    let engine = Engine::start(parts.clone());
    let batch = start_batch(&parts, &asked).await.unwrap();
    let first = ended(&world, &batch).await;
    let off = (before.cost.nanos() as f64 / first.spent.nanos() as f64 - 1.0).abs() * 100.0;
    tell("estimate before the run, off by", off, "%", 15.0);
    let begun = Instant::now();
    let second = start_batch(&parts, &asked).await.unwrap();
    let second = ended(&world, &second).await;
    println!("300 rewrites taken over in {:.2} s", begun.elapsed().as_secs_f64());
    tell("cost of the same work again", second.spent.nanos() as f64, "n$", 0.0);
    asked.options.reuse = redraft::domain::Reuse::Never;
    let batch = start_batch(&parts, &asked).await.unwrap();
    while count(&world.read(&batch).await, RewriteState::Ready) < 20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    world.store.move_batch(batch.id, &BatchState::Cancelled).await.unwrap();
    while world.read(&batch).await.reserved > redraft::domain::Money::ZERO {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tell(
        "cancelled with 40 in flight: all closed and settled after",
        begun.elapsed().as_secs_f64(),
        "s",
        1.0,
    );
    engine.stop(Duration::from_secs(5)).await;
    server.stop();
}

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    // Five thousand streams are as many files.
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        if is_wanted("limits") {
            limits().await;
        }
        if is_wanted("stress") {
            stress().await;
        }
        if is_wanted("processor") {
            processor().await;
        }
        if is_wanted("people") {
            people().await;
        }
        if is_wanted("streams") {
            streams().await;
        }
    });
}
