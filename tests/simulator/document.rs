//! The page about the simulator, against the simulator.

use redraft::simulator::{Call, CallFault, CallHow, EconomyEffect, Effect, Scenario, Trigger};

/// The blocks of TOML of the page.
fn blocks() -> Vec<&'static str> {
    let page = include_str!("../../docs/simulator.md");
    page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn the_scenario_of_the_page_is_the_default() {
    assert_eq!(Scenario::from_toml(blocks()[0]), Ok(Scenario::default()));
}

#[test]
fn the_faults_of_the_page_are_read() {
    let scenario = Scenario::from_toml(blocks()[1]).unwrap();
    assert_eq!(scenario.faults.len(), 4);
    assert_eq!(scenario.faults[3].when, Trigger::Marker("[[fault:empty]]".to_owned()));
}

#[test]
fn the_faults_of_files_are_read() {
    let scenario = Scenario::from_toml(blocks()[2]).unwrap();
    let effects: Vec<_> = scenario.economy.faults.iter().map(|fault| fault.effect).collect();
    let lost = CallFault { call: Call::Submit, how: CallHow::Lost };
    let expected = [EconomyEffect::Invalid, EconomyEffect::Expires(120), EconomyEffect::Call(lost)];
    assert_eq!(effects, expected);
    let page = include_str!("../../docs/simulator.md");
    for call in ["upload", "files", "file", "content", "delete", "submit", "batches", "look", "cancel", "any"]
    {
        for how in ["refused", "lost", "stalls_before", "stalls_after", "half"] {
            let fault = format!(
                "economy.faults = [{{ effect = {{ call = {{ call = '{call}', how = '{how}' }} }} }}]"
            );
            assert!(Scenario::from_toml(&fault).is_ok(), "{fault}");
            assert!(page.contains(&format!("`{call}`")) && page.contains(&format!("`{how}`")));
        }
    }
}

#[test]
fn every_word_of_the_tables_is_known() {
    let page = include_str!("../../docs/simulator.md");
    let cells = page.lines().filter(|line| line.starts_with("| `")).map(|row| row.split('`').nth(1).unwrap());
    let read = |when: &str, effect: &str| {
        Scenario::from_toml(&format!("faults = [{{ when = {when}, effect = {effect} }}]")).is_ok()
    };
    let economy =
        |effect: &str| Scenario::from_toml(&format!("economy.faults = [{{ effect = {effect} }}]")).is_ok();
    let known =
        |cell: &&str| read(cell, "{ answer = 'internal' }") || read("'always'", cell) || economy(cell);
    let (whole, elided): (Vec<_>, Vec<_>) =
        cells.filter(|cell| cell.starts_with(['"', '{'])).partition(|cell| !cell.contains('…'));
    assert_eq!((whole.len(), elided.len()), (15, 6));
    assert!(whole.iter().all(known), "{:?}", whole.iter().find(|cell| !known(cell)));
    for word in
        ["unauthorized", "forbidden", "model_not_found", "context_length", "flex_capacity", "internal"]
    {
        assert!(page.contains(&format!("`{word}`")), "{word}");
        assert!(matches!(effect(&format!("{{ answer = '{word}' }}")), Effect::Answer(_)));
    }
    for word in ["empty_stop", "empty_length", "half_length", "no_marks", "code_fence", "refusal"] {
        assert!(page.contains(&format!("`{word}`")), "{word}");
        assert!(matches!(effect(&format!("{{ reply = '{word}' }}")), Effect::Reply(_)));
    }
    for how in
        ["\"end\"", "\"close\"", "\"reset\"", "\"stall\"", "\"error_event\"", "\"bare_error\"", "\"garbage\""]
    {
        for at in
            ["\"before_head\"", "{ tokens = 3 }", "{ inside = 3 }", "\"after_finish\"", "\"before_done\""]
        {
            assert!(matches!(effect(&format!("{{ cut = {{ at = {at}, how = {how} }} }}")), Effect::Cut(_)));
        }
        assert!(page.contains(&format!("`{how}`")), "{how}");
    }
}

fn effect(text: &str) -> Effect {
    Scenario::from_toml(&format!("faults = [{{ when = 'always', effect = {text} }}]")).unwrap().faults[0]
        .effect
}
