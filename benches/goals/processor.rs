//! Processor time against a loop that only reads the events, in the same run.

use std::sync::Arc;

use redraft::{
    domain::{Document, Tier},
    llm::{
        port::{ReplyForm, Request, Rewriter},
        prompt::{Material, Prompt},
    },
};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    board::{cpu, tell},
    cli::simulate::Server,
    work::{rewriter, run, server, world},
    world::{MODEL, World},
};

const FREE: &str = "limits = \"none\"\nprompt_cache = \"off\"\nspeed = 20.0\n";
const COMPLETIONS: usize = 1_000;
const AT_ONCE: usize = 64;

pub async fn processor() {
    let (events, bare, parsed, own) = measure(180).await;
    println!(
        "1,000 completions of {events} events: bare loop {bare:.2} s of CPU, the client {parsed:.2} s, the engine with \
         client and store {own:.2} s ({:.1} times the loop)",
        own / bare
    );
    tell("11", "CPU of the client ÷ that of a bare reqwest loop", parsed / bare, "", 1.5);
    let (events, bare, parsed, own) = measure(470).await;
    let part = 1_500.0 / events as f64;
    tell("11", "CPU of 1,000 completions of 1,500 events, with the store", own * part, "s", 6.0);
    tell("11", "  parsing alone", (parsed - bare).max(0.0) * part, "s", 2.5);
}

/// Events of a completion, and the processor time of each way; of two rounds the better.
async fn measure(tokens: usize) -> (usize, f64, f64, f64) {
    let (mut events, mut best) = (0, [f64::MAX; 3]);
    for _ in 0..2 {
        let server = server(FREE);
        let world = world(COMPLETIONS, tokens, u32::try_from(AT_ONCE).unwrap()).await;
        let requests = requests(&world);
        let before = cpu();
        events = bare(&server, &requests).await / COMPLETIONS;
        best[0] = best[0].min(cpu() - before);
        let before = cpu();
        parsing(&server, requests).await;
        best[1] = best[1].min(cpu() - before);
        let before = cpu();
        run(&world, &server).await;
        best[2] = best[2].min(cpu() - before);
        server.stop();
    }
    (events, best[0], best[1], best[2])
}

/// The requests that the engine would send.
fn requests(world: &World) -> Vec<Request> {
    let prompt = Prompt::built_in();
    let sources: Vec<Document> = world.source.texts.lock().unwrap().values().cloned().collect();
    let request = |source: &Document| Request {
        model: MODEL.to_owned(),
        tier: Tier::OnDemand,
        system: prompt.shared(),
        user: Material { posting: None, instructions: "", source, context: &[], counted: &[] }
            .message()
            .into(),
        max_completion: 3_000,
        form: ReplyForm::Marks,
        sections: source.sections.iter().map(|section| section.id.clone()).collect(),
    };
    sources.iter().map(request).collect()
}

fn body(request: &Request) -> String {
    serde_json::json!({
        "model": request.model,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        "max_completion_tokens": request.max_completion, "reasoning_effort": "low", "stream": true,
        "stream_options": {"include_usage": true},
    })
    .to_string()
}

async fn bare(server: &Server, requests: &[Request]) -> usize {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().tcp_nodelay(true).build().unwrap();
    let (room, mut tasks, mut events) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new(), 0);
    for request in requests {
        let permit = Arc::clone(&room).acquire_owned().await.unwrap();
        let post = client.post(format!("{}/chat/completions", server.base_url));
        let post = post.header("content-type", "application/json").body(body(request));
        tasks.spawn(async move {
            let mut response = post.send().await.unwrap();
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

/// The same by the adapter: what is read is understood, and thrown away.
async fn parsing(server: &Server, requests: Vec<Request>) {
    let (rewriter, room) = (Arc::new(rewriter(&server.base_url)), Arc::new(Semaphore::new(AT_ONCE)));
    let mut tasks = JoinSet::new();
    for request in requests {
        let permit = Arc::clone(&room).acquire_owned().await.unwrap();
        let rewriter = Arc::clone(&rewriter);
        tasks.spawn(async move {
            rewriter.send(&request, &mut |_| {}).await.unwrap();
            drop(permit);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
