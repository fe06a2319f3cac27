//! The list of models, with their prices.

use serde::Serialize;

use super::{duration::decimal, scenario::ModelSpec, service::Service, wire::json};

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    owned_by: &'a str,
    active: bool,
    context_window: u64,
    public_apps: (),
    max_completion_tokens: u64,
    input_modalities: [&'static str; 1],
    output_modalities: [&'static str; 1],
    supported_features: &'static [&'static str],
    pricing: Pricing,
}

/// Dollars a token, as text.
#[derive(Serialize)]
struct Pricing {
    completion: String,
    image: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_cache_read: Option<String>,
    prompt: String,
    request: &'static str,
}

const CREATED: i64 = 1_754_408_224;
const REASONING: &[&str] = &["tools", "json_mode", "structured_outputs", "reasoning"];
const PLAIN: &[&str] = &["tools", "json_mode"];

fn entry<'a>(service: &Service, model: &'a ModelSpec) -> Entry<'a> {
    let price = service.price(&model.id);
    let text = |amount: u64| decimal(u128::from(amount), 15);
    Entry {
        id: &model.id,
        object: "model",
        created: CREATED,
        owned_by: if model.id.starts_with("openai/") { "OpenAI" } else { "Groq" },
        active: true,
        context_window: model.context_window,
        public_apps: (),
        max_completion_tokens: model.max_completion_tokens,
        input_modalities: ["text"],
        output_modalities: ["text"],
        supported_features: if model.reasoning.is_some() { REASONING } else { PLAIN },
        pricing: Pricing {
            completion: text(price.output),
            image: "0",
            input_cache_read: model.cached_price.as_ref().map(|_| text(price.cached)),
            prompt: text(price.input),
            request: "0",
        },
    }
}

/// Returns the body of `GET /models`.
pub(super) fn list(service: &Service) -> String {
    let data = service.scenario.models.iter().map(|model| entry(service, model)).collect();
    json(&List { object: "list", data })
}

/// Returns the body of `GET /models/{id}`.
pub(super) fn one(service: &Service, model: &ModelSpec) -> String {
    json(&entry(service, model))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::simulator::Scenario;

    fn service() -> Service {
        Service::new(Scenario::default()).unwrap()
    }

    #[test]
    fn prices_are_texts_in_dollars_a_token() {
        assert_eq!(
            one(&service(), &ModelSpec::gpt_oss_20b()),
            "{\"id\":\"openai/gpt-oss-20b\",\"object\":\"model\",\"created\":1754408224,\"owned_by\":\"OpenAI\",\
             \"active\":true,\"context_window\":131072,\"public_apps\":null,\"max_completion_tokens\":65536,\
             \"input_modalities\":[\"text\"],\"output_modalities\":[\"text\"],\
             \"supported_features\":[\"tools\",\"json_mode\",\"structured_outputs\",\"reasoning\"],\
             \"pricing\":{\"completion\":\"0.0000003\",\"image\":\"0\",\"input_cache_read\":\"0.0000000375\",\
             \"prompt\":\"0.000000075\",\"request\":\"0\"}}"
        );
    }

    #[test]
    fn the_list_has_every_model_of_the_scenario() {
        let list = list(&service());
        assert!(list.starts_with("{\"object\":\"list\",\"data\":[{\"id\":\"openai/gpt-oss-120b\""), "{list}");
        assert_eq!(list.matches("\"pricing\"").count(), 2);
    }

    #[test]
    fn prices_can_change() {
        let service = service();
        service.percent.store(150, Ordering::Relaxed);
        let text = one(&service, &ModelSpec::gpt_oss_20b());
        assert!(text.contains(r#""completion":"0.00000045""#), "{text}");
        assert!(text.contains(r#""input_cache_read":"0.00000005625","prompt":"0.0000001125""#), "{text}");
    }
}
