//! What goes well.

use redraft::{
    domain::{Price, SectionId},
    llm::{
        groq::{GroqOptions, GroqRewriter, Timeouts},
        port::{Event, FailureClass, Finish, Paid, Rewriter},
        prices::PriceBook,
        prompt::Material,
        reply,
    },
    simulator::{Delivery, Limits, Scenario, Simulator},
};

use super::{adapter, request, send, send_to, source};

#[tokio::test]
async fn a_reply_comes_in_piece_by_piece_and_maps_back() {
    let (outcome, text) = send(Scenario::instant()).await;
    let reply = outcome.unwrap();
    assert_eq!((reply.finish, reply.unmarked_end), (Finish::Stop, false));
    assert!(reply.request_id.unwrap().starts_with("req_"));
    assert_eq!(reply.text, text);
    let source = source();
    let material = Material { posting: None, instructions: "", source: &source, context: &[], counted: &[] };
    let after = reply::read(&reply.text, &material).unwrap();
    assert!(after.text(&SectionId("experience".to_owned())).contains("Hotel Post, 2012"));
    assert!(after.text(&SectionId("summary".to_owned())).ends_with('\n'));
}

#[tokio::test]
async fn usage_is_what_the_provider_bills() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let adapter = adapter(simulator.base_url(), Some("gsk_test"));
    let reply = send_to(&adapter, &request()).await.0.unwrap();
    let again = send_to(&adapter, &request()).await.0.unwrap();
    assert!(again.usage.cached > 0 && reply.usage.cached == 0);
    let book = PriceBook::fetch(&adapter).await.unwrap();
    let (_, price) = book.offer("openai/gpt-oss-20b").unwrap();
    let cost = [reply.usage, again.usage]
        .map(|usage| price.cost(usage.prompt, usage.cached, usage.completion))
        .into_iter()
        .sum();
    let ledger = simulator.stop().await;
    assert_eq!(ledger.billed(), cost);
    assert!(ledger.admitted.iter().all(|row| row.delivery == Delivery::Complete));
}

#[tokio::test]
async fn the_head_tells_the_limits() {
    let simulator = Simulator::start(Scenario { limits: Limits::DEVELOPER, ..Scenario::instant() }).unwrap();
    let adapter = adapter(simulator.base_url(), None);
    let mut heads = Vec::new();
    adapter
        .send(&request(), &mut |event| {
            if let Event::Head(limits) = event {
                heads.push(limits);
            }
        })
        .await
        .unwrap();
    assert_eq!(heads.len(), 1);
    assert_eq!((heads[0].limit_tokens, heads[0].limit_requests), (Some(250_000), Some(500_000)));
    assert!(heads[0].remaining_tokens.unwrap() < 250_000);
}

#[tokio::test]
async fn models_come_with_their_prices() {
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let adapter = adapter(simulator.base_url(), None);
    assert!(adapter.simulated());
    let models = adapter.models().await.unwrap();
    let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["openai/gpt-oss-120b", "openai/gpt-oss-20b"]);
    assert_eq!(models[1].price, Some(Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 }));
    assert_eq!((models[1].context_window, models[1].max_completion), (131_072, 65_536));
}

#[tokio::test]
async fn a_wrong_key_and_a_missing_model_are_explained() {
    let scenario = Scenario { required_key: Some("gsk_right".to_owned()), ..Scenario::instant() };
    let simulator = Simulator::start(scenario).unwrap();
    let wrong = adapter(simulator.base_url(), Some("gsk_wrong"));
    let error = send_to(&wrong, &request()).await.0.unwrap_err();
    assert_eq!((error.status, error.paid), (Some(401), Paid::No));
    assert!(error.message.contains("set GROQ_API_KEY"), "{}", error.message);
    assert!(!format!("{wrong:?} {error:?}").contains("gsk_"), "a key is never shown");
    let error = wrong.models().await.unwrap_err();
    assert!(matches!(error.class, FailureClass::StopBatch(_)), "{error:?}");

    let right = adapter(simulator.base_url(), Some("gsk_right"));
    let mut missing = request();
    missing.model = "llama-3.3-70b-versatile".to_owned();
    let error = send_to(&right, &missing).await.0.unwrap_err();
    let FailureClass::StopBatch(what) = error.class else { panic!("{error:?}") };
    assert!(what.ends_with("It has: openai/gpt-oss-120b, openai/gpt-oss-20b."), "{what}");
}

#[tokio::test]
async fn nobody_there_is_said_in_a_sentence() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = adapter(format!("http://{address}/openai/v1"), None).models().await.unwrap_err();
    assert_eq!((error.class, error.paid), (FailureClass::Transient, Paid::No));
    assert_eq!(
        error.message,
        "127.0.0.1 cannot be reached (the connection was refused): check the network, a proxy, and model.base_url."
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_the_configurations_fault() {
    for base_url in ["nonsense", "http://"] {
        let error = adapter(base_url.to_owned(), None).models().await.unwrap_err();
        let FailureClass::StopBatch(what) = &error.class else { panic!("{error:?}") };
        assert!(what.starts_with("model.base_url is no address"), "{what}");
    }
    let simulator = Simulator::start(Scenario::instant()).unwrap();
    let elsewhere = simulator.base_url().replace("/openai/v1", "/v2");
    let error = adapter(elsewhere, None).models().await.unwrap_err();
    assert!(error.message.contains("check model.base_url"), "{}", error.message);
}

#[tokio::test]
async fn an_answer_may_not_take_for_ever() {
    let scenario = Scenario { speed: 0.01, ..Scenario::default() };
    let simulator = Simulator::start(scenario).unwrap();
    let adapter = GroqRewriter::new(GroqOptions {
        base_url: simulator.base_url(),
        key: None,
        simulated: true,
        reasoning_effort: None,
        temperature_percent: 0,
        timeouts: Timeouts { total: std::time::Duration::from_millis(100), ..Timeouts::default() },
    });
    let mut short = request();
    short.max_completion = 1;
    let error = send_to(&adapter, &short).await.0.unwrap_err();
    assert_eq!((error.class, error.paid), (FailureClass::Timeout, Paid::Unknown));
}
