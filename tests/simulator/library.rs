//! What an ordinary client library makes of it, over connections that it keeps.

use redraft::simulator::{Cut, Effect, Fault, How, Point, Scenario, Simulator, Trigger};

use super::client::{chat, resume};

fn client() -> reqwest::Client {
    // Another test of this process may have been first.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn faulty(how: How) -> Simulator {
    let cut = Effect::Cut(Cut { at: Point::Tokens(40), how });
    let faults = vec![Fault::new(Trigger::Nth(vec![2]), cut)];
    Simulator::start(Scenario { faults, ..Scenario::instant() }).unwrap()
}

#[tokio::test]
async fn it_reads_whole_streams_and_notices_those_that_break_off() {
    let client = client();
    for (how, noticed) in
        [(How::End, false), (How::ErrorEvent, false), (How::Close, true), (How::Reset, true)]
    {
        let simulator = faulty(how);
        let url = format!("{}/chat/completions", simulator.base_url());
        let mut results = Vec::new();
        for _ in 0..3 {
            let request =
                client.post(&url).bearer_auth("gsk_test").body(chat(&resume("Ada", 60)).to_string());
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            results.push(response.text().await);
        }
        for whole in [0, 2] {
            assert!(results[whole].as_ref().unwrap().ends_with("data: [DONE]\n\n"));
        }
        assert_eq!(results[1].is_err(), noticed, "{how:?}");
        if let Ok(text) = &results[1] {
            assert!(!text.contains("[DONE]"), "HTTP sees nothing wrong, but the end is missing");
        }
    }
}
