//! The limiter from outside.

use std::time::Duration;

use redraft::simulator::{
    Cut, Effect, Fault, How, Limits, Point, ReserveMode, Rudeness, Scenario, Simulator, Trigger,
};
use serde_json::json;
use tokio::time::advance;

use super::client::{chat, post, post_as, resume};

fn limited(limits: Limits) -> Scenario {
    Scenario { limits, ..Scenario::instant() }
}

fn remaining(reply: &super::client::Reply) -> u64 {
    reply.header("x-ratelimit-remaining-tokens").unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_burst_beyond_the_requests_of_a_minute_is_refused() {
    let simulator = Simulator::start(limited(Limits { rpm: Some(3), ..Limits::FREE })).unwrap();
    for number in 0..3 {
        assert_eq!(post(&simulator, &chat(&resume(&number.to_string(), 5))).await.status, 200);
    }
    let refused = post(&simulator, &chat(&resume("3", 5))).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("20")));
    assert!(
        refused
            .body
            .contains("on requests per minute (RPM): Limit 3, Used 3, Requested 1. Please try again in"),
        "{}",
        refused.body
    );
    assert_eq!(refused.json()["error"]["type"], json!("requests"));
    assert!(refused.header("x-ratelimit-remaining-requests").is_some());
    assert!(refused.header("x-ratelimit-remaining-tokens").is_none(), "an RPM refusal has no token headers");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_reserved_given_back_and_refilled() {
    let simulator = Simulator::start(limited(Limits::FREE)).unwrap();
    let mut body = chat(&resume("Ada", 100));
    body["max_completion_tokens"] = json!(4_000);
    let first = post(&simulator, &body).await;
    let row = simulator.ledger().admitted[0].clone();
    assert_eq!(remaining(&first), 8_000 - row.prompt_tokens - 4_000, "the cap is charged at admission");
    body["max_completion_tokens"] = json!(7_900 - row.prompt_tokens);
    let refused = post(&simulator, &body).await;
    let used = row.prompt_tokens + row.completion_tokens;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains(&format!("Limit 8000, Used {used}, Requested 7900.")), "{}", refused.body);
    assert_eq!(simulator.ledger().refused[0].wait, Some(Duration::from_micros((used - 100) * 7_500)));

    let early = post(&simulator, &body).await;
    assert_eq!(early.status, 429);
    assert_eq!(simulator.ledger().violations_of(Rudeness::Early), 1);
    advance(Duration::from_secs(refused.header("retry-after").unwrap().parse().unwrap())).await;
    assert_eq!(post(&simulator, &body).await.status, 200);
    assert_eq!(simulator.ledger().violations.len(), 1, "who waits is not early");
}

#[tokio::test(start_paused = true)]
async fn without_reserving_the_output_is_charged_at_its_end() {
    let scenario = Scenario { reserve_mode: ReserveMode::PromptOnly, ..limited(Limits::FREE) };
    let simulator = Simulator::start(scenario).unwrap();
    let mut body = chat(&resume("Ada", 100));
    body["max_completion_tokens"] = json!(30_000);
    let first = post(&simulator, &body).await;
    let row = simulator.ledger().admitted[0].clone();
    assert_eq!(remaining(&first), 8_000 - row.prompt_tokens);
    let second = post(&simulator, &chat(&resume("Bob", 100))).await;
    let expected = 8_000 - 2 * row.prompt_tokens - row.completion_tokens;
    assert!(remaining(&second).abs_diff(expected) < 40, "{} {expected}", remaining(&second));
}

#[tokio::test]
async fn what_can_never_fit_is_refused_with_413() {
    let simulator = Simulator::start(limited(Limits::FREE)).unwrap();
    let mut body = chat(&resume("Ada", 5));
    body["max_completion_tokens"] = json!(9_000);
    let refused = post(&simulator, &body).await;
    assert_eq!(refused.status, 413);
    assert!(
        refused.body.contains("{\"error\":{\"message\":\"Request too large for model `openai/gpt-oss-20b`")
    );
    assert!(refused.header("retry-after").is_some(), "it misleads");
    post(&simulator, &body).await;
    body["max_completion_tokens"] = json!(3_000);
    assert_eq!(post(&simulator, &body).await.status, 200);
    assert_eq!(simulator.report().too_large_again, 1);
}

#[tokio::test]
async fn a_daily_refusal_has_full_minute_headers() {
    let limits = Limits { tpm: Some(100_000), tpd: Some(3_000), ..Limits::NONE };
    let simulator = Simulator::start(limited(limits)).unwrap();
    let mut body = chat(&resume("Ada", 100));
    body["max_completion_tokens"] = json!(2_750);
    assert_eq!(post(&simulator, &body).await.status, 200);
    let refused = post(&simulator, &body).await;
    assert!(refused.body.contains("on tokens per day (TPD): Limit 3000"), "{}", refused.body);
    assert!(remaining(&refused) > 90_000);
}

#[tokio::test]
async fn organisations_and_models_have_limits_of_their_own() {
    let simulator = Simulator::start(limited(Limits { rpm: Some(1), ..Limits::NONE })).unwrap();
    let body = chat(&resume("Ada", 5));
    let mut other_model = body.clone();
    other_model["model"] = json!("openai/gpt-oss-120b");
    assert_eq!(post_as(&simulator, "gsk_a", &body).await.status, 200);
    assert_eq!(post_as(&simulator, "gsk_a", &body).await.status, 429);
    assert_eq!(post_as(&simulator, "gsk_b", &body).await.status, 200);
    assert_eq!(post_as(&simulator, "gsk_a", &other_model).await.status, 200);
}

#[tokio::test]
async fn cached_prompts_are_cheaper_and_given_back() {
    let simulator = Simulator::start(limited(Limits { tpm: Some(1_000_000), ..Limits::NONE })).unwrap();
    let body = chat(&resume("Ada", 1_000));
    post(&simulator, &body).await;
    let reply = post(&simulator, &body).await;
    let row = simulator.ledger().admitted[1].clone();
    assert!(row.cached_tokens > 900 && row.cached_tokens.is_multiple_of(128), "{}", row.cached_tokens);
    let details = json!({"cached_tokens": row.cached_tokens});
    assert!(reply.body.contains(&format!("\"prompt_tokens_details\":{details}")));
    let fresh = (row.prompt_tokens - row.cached_tokens) * 75 + row.completion_tokens * 300;
    assert_eq!(row.billed.nanos(), fresh + row.cached_tokens * 75 / 2);
}

#[tokio::test]
async fn an_answer_that_was_cut_gives_back_what_it_did_not_use() {
    let cut = Effect::Cut(Cut { at: Point::Tokens(10), how: How::Close });
    let scenario = Scenario {
        faults: vec![Fault::new(Trigger::Nth(vec![1]), cut)],
        ..limited(Limits { tpm: Some(100_000), ..Limits::NONE })
    };
    let simulator = Simulator::start(scenario).unwrap();
    let mut body = chat(&resume("Ada", 20));
    body["max_completion_tokens"] = json!(60_000);
    assert!(!post(&simulator, &body).await.whole);
    assert_eq!(simulator.ledger().admitted[0].completion_tokens, 10);
    assert_eq!(post(&simulator, &body).await.status, 200, "60,000 of the first are back");
}
