//! The model adapter against the simulator.

mod adapter;
mod faults;

use std::time::Duration;

use redraft::{
    domain::{Document, Format, Section, SectionId},
    llm::{
        groq::{GroqOptions, GroqRewriter, Timeouts},
        port::{CallError, Event, Reply, Request, Rewriter},
        prompt::{Material, Prompt},
    },
    simulator::{Scenario, Simulator},
};
use secrecy::SecretString;

/// An adapter with short timeouts.
fn adapter(base_url: String, key: Option<&str>) -> GroqRewriter {
    GroqRewriter::new(GroqOptions {
        base_url,
        key: key.map(SecretString::from),
        simulated: true,
        reasoning_effort: Some("low".to_owned()),
        temperature_percent: 30,
        timeouts: Timeouts {
            head: Duration::from_millis(500),
            idle: Duration::from_millis(300),
            ..Timeouts::default()
        },
    })
}

fn source() -> Document {
    let section = |id: &str, text: &str| Section {
        id: SectionId(id.to_owned()),
        format: Format::Text,
        text: Some(text.to_owned()),
        ..Section::default()
    };
    Document {
        sections: vec![
            section("summary", "Cook of twelve years who ran the kitchen of a small hotel.\n"),
            section("experience", "Hotel Post, 2012-2024\n- planned menus\n- trained 4 apprentices\n"),
        ],
    }
}

fn request() -> Request {
    let source = source();
    let material = Material { posting: None, instructions: "", source: &source, context: &[], counted: &[] };
    Request {
        model: "openai/gpt-oss-20b".to_owned(),
        system: Prompt::built_in().shared(),
        user: material.message().into(),
        max_completion: 1_500,
        tier: redraft::domain::Tier::OnDemand,
        form: redraft::llm::port::ReplyForm::Marks,
        sections: source.sections.iter().map(|section| section.id.clone()).collect(),
    }
}

/// Sends one request and returns what came, with the text as it came in.
async fn send(scenario: Scenario) -> (Result<Reply, CallError>, String) {
    let simulator = Simulator::start(scenario).unwrap();
    send_to(&adapter(simulator.base_url(), Some("gsk_test")), &request()).await
}

async fn send_to(adapter: &GroqRewriter, request: &Request) -> (Result<Reply, CallError>, String) {
    let mut text = String::new();
    let outcome = adapter
        .send(request, &mut |event| {
            if let Event::Text(more) = event {
                text.push_str(more);
            }
        })
        .await;
    (outcome, text)
}
