//! Wall-clock against the bound of the limits, and what is refused.

use redraft::store::port::Batches;
use serde_json::Value;

use crate::{
    board::{tell, tell_time},
    work::{run, server, world},
};

fn number(report: &Value, name: &str) -> f64 {
    report[name].as_f64().unwrap()
}

fn verdict(what: &str, (goal, most): (&str, f64), report: &Value) {
    println!("{what}: {:.1} s, bound {:.1} s", number(report, "took"), number(report, "bound"));
    tell(goal, &format!("wall-clock ÷ bound, {what}"), number(report, "ratio"), "", most);
    tell("4", "  requests refused with 429", number(report, "share_429") * 100.0, "%", 0.1);
    let rude = ["early_retries", "herds", "too_large_again"].map(|name| number(report, name)).iter().sum();
    tell("5", "  early retries, crowds, unchanged after 413", rude, "", 0.0);
    let large = report["refused"]["413"].as_f64().unwrap_or(0.0);
    tell("5", "  requests refused with 413", large, "", 0.0);
}

/// In real time: a faster simulator would also have larger buckets, and all would fit into the first burst.
pub async fn limits() {
    for (mode, most) in [("prompt_plus_cap", 1.03), ("prompt_only", 1.02)] {
        let server =
            server(&format!("limits = \"developer\"\nreserve_mode = \"{mode}\"\nprompt_cache = \"off\"\n"));
        let world = world(400, 380, 400).await;
        let ran = run(&world, &server).await;
        let rows = server.get("/admin/ledger");
        let first = &rows["admitted"][0];
        let own = number(first, "ended") - number(first, "arrived");
        let report = server.stop();
        verdict(&format!("400 rewrites of {} tokens, {mode}", ran.tokens()), ("1", most), &report);
        tell("19", "  first rewrite ready ÷ its own latency", ran.first.as_secs_f64() / own, "", 1.2);
    }
}

/// A bound of one to five minutes.
pub async fn short() {
    let server = server("limits = \"developer\"\nprompt_cache = \"off\"\n");
    let world = world(150, 380, 400).await;
    let ran = run(&world, &server).await;
    verdict(&format!("150 rewrites of {} tokens", ran.tokens()), ("3", 1.08), &server.stop());
}

/// A bound of more than an hour, on a clock that runs fifteen times as fast.
pub async fn long() {
    let server = server("limits = \"developer\"\nprompt_cache = \"off\"\nspeed = 15.0\n");
    let world = world(5_000, 380, 400).await;
    let ran = run(&world, &server).await;
    let report = server.stop();
    let what = format!("5,000 rewrites of {} tokens, 15 times as fast", ran.tokens());
    verdict(&what, ("2", 1.005), &report);
    println!("  as if it had taken {:.0} minutes", number(&report, "took") * 15.0 / 60.0);
}

/// What others take, estimates that are wrong, limits that change.
pub async fn stress() {
    for (what, key) in [
        ("20 % taken by others", "foreign = { tokens = 3000, share = 0.2 }"),
        ("30 % more tokens than estimated", "prompt_skew_percent = 43"),
        (
            "limits halved in mid-run",
            "limit_changes = [{ at_ms = 60000, limits = { rpm = 500, tpm = 125000 } }]",
        ),
    ] {
        let server = server(&format!("limits = \"developer\"\nprompt_cache = \"off\"\n{key}\n"));
        let world = world(300, 380, 400).await;
        run(&world, &server).await;
        let month = world.store.month().await.unwrap();
        let report = server.stop();
        tell(
            "4",
            &format!("requests refused with 429, {what}"),
            number(&report, "share_429") * 100.0,
            "%",
            1.0,
        );
        tell(
            "5",
            "  early retries and crowds",
            number(&report, "early_retries") + number(&report, "herds"),
            "",
            0.0,
        );
        let off = month.spent.nanos().abs_diff(report["billed"].as_u64().unwrap());
        tell("8", "  what was counted, off what was billed by", off as f64, "n$", 0.0);
    }
    let server = server(
        "limits = \"developer\"\nprompt_cache = \"off\"\n[[faults]]\nwhen = { nth = [80] }\n\
                         effect = { storm = { dimension = \"tpm\", for_ms = 5000 } }\n",
    );
    let world = world(120, 380, 400).await;
    let ran = run(&world, &server).await;
    let report = server.stop();
    tell(
        "5",
        "after five seconds of refusals: early retries and crowds",
        number(&report, "early_retries") + number(&report, "herds"),
        "",
        0.0,
    );
    tell_time("19", "  first rewrite ready after", ran.first, std::time::Duration::from_secs(5));
}
