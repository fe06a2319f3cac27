//! The bytes of events and bodies, against literals in the published shape.

use proptest::prelude::*;

use super::*;

fn identity() -> Identity {
    Identity {
        completion: "chatcmpl-3c1f8e9a-5b7d-4c2e-9a10-6f4b2d8e7c35".to_owned(),
        request: "req_01kztr8bqme32rx8ttyjtpk0nw".to_owned(),
        model: "openai/gpt-oss-20b".to_owned(),
        fingerprint: "fp_ef00694abe".to_owned(),
        seed: 91_721_220,
        tier: "on_demand",
    }
}

fn usage() -> Usage {
    let seconds = |nanos| Seconds(Duration::from_nanos(nanos));
    Usage {
        queue_time: seconds(5_626_991),
        prompt_tokens: 339,
        prompt_time: seconds(17_648_485),
        completion_tokens: 58,
        completion_time: seconds(125_333_784),
        total_tokens: 397,
        total_time: seconds(142_982_269),
        prompt_tokens_details: None,
        completion_tokens_details: Some(CompletionDetails { reasoning_tokens: 38 }),
    }
}

const HEAD: &str = "data: {\"id\":\"chatcmpl-3c1f8e9a-5b7d-4c2e-9a10-6f4b2d8e7c35\",\
    \"object\":\"chat.completion.chunk\",\"created\":1786530508,\"model\":\"openai/gpt-oss-20b\",\
    \"system_fingerprint\":\"fp_ef00694abe\",";
const USAGE: &str = "{\"queue_time\":0.005626991,\"prompt_tokens\":339,\"prompt_time\":0.017648485,\
    \"completion_tokens\":58,\"completion_time\":0.125333784,\"total_tokens\":397,\"total_time\":0.142982269,\
    \"completion_tokens_details\":{\"reasoning_tokens\":38}}";

fn written(write: impl FnOnce(&EventWriter, &mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&EventWriter::new(identity()), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_first_event_names_role_and_request() {
    assert_eq!(
        written(|events, out| events.first(out, 1_786_530_508)),
        format!(
            "{HEAD}\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"\"}},\
             \"logprobs\":null,\"finish_reason\":null}}],\
             \"x_groq\":{{\"id\":\"req_01kztr8bqme32rx8ttyjtpk0nw\",\"seed\":91721220}}}}\n\n"
        )
    );
}

#[test]
fn a_token_is_one_event() {
    let content = written(|events, out| events.delta(out, 1_786_530_508, Delta::Content(" is")));
    assert_eq!(
        content,
        format!(
            "{HEAD}\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" is\"}},\
             \"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
        )
    );
    assert!((250..=270).contains(&content.len()), "{}", content.len());
    assert_eq!(
        written(|events, out| events.delta(out, 1_786_530_508, Delta::Reasoning("The"))),
        format!(
            "{HEAD}\"choices\":[{{\"index\":0,\"delta\":{{\"reasoning\":\"The\",\"channel\":\"analysis\"}},\
             \"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
        )
    );
}

#[test]
fn the_end_tells_the_usage_three_times() {
    let usage = usage();
    let ending = Ending { finish_reason: FinishReason::Stop, usage: &usage, created: 1_786_530_508 };
    assert_eq!(
        written(|events, out| events.finish(out, &ending)),
        format!(
            "{HEAD}\"choices\":[{{\"index\":0,\"delta\":{{}},\"logprobs\":null,\"finish_reason\":\"stop\"}}],\
             \"x_groq\":{{\"id\":\"req_01kztr8bqme32rx8ttyjtpk0nw\",\"usage\":{USAGE}}},\"usage\":{USAGE}}}\n\n"
        )
    );
    assert_eq!(
        written(|events, out| events.usage(out, &ending)),
        format!("{HEAD}\"choices\":[],\"usage\":{USAGE},\"service_tier\":\"on_demand\"}}\n\n")
    );
}

#[test]
fn an_error_can_hide_in_a_chunk() {
    assert_eq!(
        written(|events, out| events.chunk_error(out, 1_786_530_508, "over capacity")),
        format!(
            "{HEAD}\"choices\":[{{\"index\":0,\"delta\":{{}},\"logprobs\":null,\"finish_reason\":null}}],\
             \"x_groq\":{{\"id\":\"req_01kztr8bqme32rx8ttyjtpk0nw\",\"error\":\"over capacity\"}}}}\n\n"
        )
    );
}

#[test]
fn a_whole_completion_has_its_own_order_of_keys() {
    let usage = usage();
    let ending = Ending { finish_reason: FinishReason::Length, usage: &usage, created: 1_786_530_508 };
    assert_eq!(
        whole(&identity(), "a < b", Some("The user"), &ending),
        format!(
            "{{\"id\":\"chatcmpl-3c1f8e9a-5b7d-4c2e-9a10-6f4b2d8e7c35\",\"object\":\"chat.completion\",\
             \"created\":1786530508,\"model\":\"openai/gpt-oss-20b\",\"choices\":[{{\"index\":0,\"message\":\
             {{\"role\":\"assistant\",\"content\":\"a \\u003c b\",\"reasoning\":\"The user\"}},\"logprobs\":null,\
             \"finish_reason\":\"length\"}}],\"usage\":{USAGE},\"usage_breakdown\":null,\
             \"system_fingerprint\":\"fp_ef00694abe\",\
             \"x_groq\":{{\"id\":\"req_01kztr8bqme32rx8ttyjtpk0nw\",\"seed\":91721220}},\
             \"service_tier\":\"on_demand\"}}"
        )
    );
}

#[test]
fn seconds_keep_all_their_digits() {
    for (nanos, text) in [(76_000, "0.000076"), (0, "0"), (1_500_000_000, "1.5"), (1, "0.000000001")] {
        assert_eq!(json(&Seconds(Duration::from_nanos(nanos))), text);
    }
}

proptest! {
    /// The quick way for token events gives what the serializer gives, and reads back as the token.
    #[test]
    fn any_token_reads_back(token in any::<String>()) {
        let mut inside = Vec::new();
        push_escaped(&mut inside, &token);
        let quoted = format!("\"{}\"", String::from_utf8(inside).unwrap());
        prop_assert_eq!(&quoted, &json(&token));
        prop_assert!(!quoted.contains(['<', '>', '&', '\n']));
        prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), token);
    }
}
