//! Every kind of fault, through the real program: none counts as a success, each has a reason that a person
//! understands.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    run::Place,
    simulate::{Server, client},
};

/// How the only rewrite of a batch ends when the fault strikes every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It failed, or was skipped: with this reason, and words in its detail.
    Lost(&'static str, &'static str),
    /// The batch stands, with these words; the rewrite is queued.
    Stands(&'static str),
    /// It is ready: the fault is none, or is for people to see in the text.
    Ready,
}

use End::{Lost, Ready, Stands};

/// Every fault: its effect, and how it ends.
const TABLE: &[(&str, End)] = &[
    // 1. Refusals.
    ("{ answer = 'unauthorized' }", Stands("set GROQ_API_KEY")),
    ("{ answer = 'forbidden' }", Stands("network front refuses requests")),
    ("{ answer = 'model_not_found' }", Stands("choose another with --model")),
    ("{ answer = 'context_length' }", Lost("source_too_long", "too long for the model's context")),
    ("{ answer = 'model_decommissioned' }", Stands("has retired this model")),
    ("{ answer = 'terms_required' }", Stands("terms must be accepted")),
    ("{ answer = 'organisation_restricted' }", Stands("restricted this organisation")),
    ("{ answer = 'blocked_api_access' }", Stands("spend limit")),
    ("{ answer = 'unprocessable' }", Lost("refused", "refuses this request (422")),
    ("{ answer = 'failed_dependency' }", Lost("refused", "refuses this request (424")),
    // 3. The provider cannot.
    ("{ answer = 'flex_capacity' }", Lost("provider", "no capacity")),
    ("{ answer = 'internal' }", Lost("provider", "cannot answer now (500")),
    ("{ answer = 'bad_gateway' }", Lost("provider", "cannot answer now (502)")),
    ("{ answer = 'over_capacity' }", Lost("provider", "cannot answer now (503")),
    // 4. Errors inside of a stream.
    ("{ cut = { at = { tokens = 9 }, how = 'error_event' } }", Lost("provider", "cannot answer now")),
    ("{ cut = { at = { tokens = 9 }, how = 'bare_error' } }", Lost("provider", "cannot answer now")),
    ("{ cut = { at = { tokens = 9 }, how = 'chunk_error' } }", Lost("provider", "cannot answer now")),
    // 5. The end comes early.
    ("{ cut = { at = 'before_head', how = 'end' } }", Lost("provider", "broke")),
    ("{ cut = { at = { tokens = 0 }, how = 'end' } }", Lost("provider", "")),
    ("{ cut = { at = { inside = 9 }, how = 'end' } }", Lost("provider", "")),
    ("{ cut = { at = { inside_letter = 9 }, how = 'end' } }", Lost("provider", "")),
    ("{ cut = { at = { tokens = 9 }, how = 'close' } }", Lost("provider", "")),
    ("{ cut = { at = 'after_finish', how = 'garbage' } }", Lost("provider", "")),
    // All that matters was there: accepted, and marked.
    ("{ cut = { at = 'before_done', how = 'end' } }", Ready),
    ("{ cut = { at = 'before_done', how = 'close' } }", Ready),
    // 6. Resets.
    ("{ cut = { at = 'before_head', how = 'reset' } }", Lost("provider", "broke")),
    ("{ cut = { at = { tokens = 9 }, how = 'reset' } }", Lost("provider", "")),
    ("{ cut = { at = { inside = 9 }, how = 'reset' } }", Lost("provider", "")),
    // 7. Silence.
    ("{ cut = { at = 'before_head', how = 'stall' } }", Lost("timeout", "Nothing came from the provider")),
    ("{ cut = { at = { tokens = 9 }, how = 'stall' } }", Lost("timeout", "stood still")),
    ("{ cut = { at = { inside = 9 }, how = 'stall' } }", Lost("timeout", "stood still")),
    ("{ cut = { at = { tokens = 9 }, how = { pause_ms = 60 } } }", Ready),
    // 8. Forms.
    ("{ cut = { at = { tokens = 9 }, how = 'garbage' } }", Lost("provider", "")),
    ("{ form = 'unknown_fields' }", Ready),
    ("{ form = 'null_content' }", Ready),
    ("{ form = 'no_choices' }", Ready),
    ("{ form = 'duplicate_finish' }", Ready),
    ("{ form = 'duplicate_usage' }", Ready),
    ("{ form = 'differing_usage' }", Ready),
    ("{ form = 'comments' }", Ready),
    ("{ form = 'crlf' }", Ready),
    ("{ form = 'byte_order_mark' }", Ready),
    // A reply that does not come as a stream is asked for in one piece, which these do not spoil.
    ("{ form = 'huge_event' }", Ready),
    // 9. Wrong answers.
    ("{ form = 'wrong_type' }", Ready),
    ("{ form = 'gzip' }", Ready),
    ("{ form = 'json' }", Ready),
    ("{ form = 'empty' }", Ready),
    // 10. Replies.
    ("{ reply = 'empty_stop' }", Lost("empty_reply", "was empty")),
    ("{ reply = 'empty_length' }", Lost("empty_reply", "was empty")),
    ("{ reply = 'half_length' }", Lost("reply_too_long", "cut off")),
    ("{ reply = 'content_filter' }", Lost("refused", "content filter")),
    ("{ reply = 'refusal' }", Lost("unusable_reply", "does not map back")),
    ("{ reply = 'no_marks' }", Lost("unusable_reply", "does not map back")),
    ("{ reply = 'wrong_language' }", Lost("unusable_reply", "in another language")),
    // Passed over as long as nothing can be lost by it.
    ("{ reply = 'code_fence' }", Ready),
    ("{ reply = 'echo' }", Lost("unusable_reply", "does not map back")),
    // For the guard and for people: the text says what no source says.
    ("{ reply = 'fabricated' }", Ready),
    // 11. The model wrote what the provider could not use.
    ("{ answer = 'json_validate_failed' }", Lost("unusable_reply", "of no use to the provider")),
    ("{ answer = 'output_parse_failed' }", Lost("unusable_reply", "of no use to the provider")),
    ("{ answer = 'tool_use_failed' }", Lost("unusable_reply", "of no use to the provider")),
    // 12 to 14.
    ("{ prices = 300 }", Ready),
    ("{ clock_jump = -86400 }", Ready),
    ("{ brown_out = 10 }", Ready),
];

/// A résumé that tells its own number.
const SUMMARY: &str = "Managed the night shift of a regional hospital and planned the rosters for forty nurses, with a focus \
                       on the needs of the patients, and reduced the waiting time in the emergency room by a third. Was \
                       responsible for the training of the new nurses and for the quality of the care.";

/// Gives the candidates of a demo texts with a marker each, and nothing else to rewrite.
fn mark(place: &Place) {
    let path = place.path("demo/candidates.db").display().to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sqlx::{Connection, SqliteConnection};
        let mut connection = SqliteConnection::connect(&format!("sqlite:{path}")).await.unwrap();
        sqlx::query(
            "UPDATE candidates SET consent = 1, experience = NULL, skills = NULL, education = NULL, \
             summary = ?1 || ' Marker ' || printf('%03d', id) || '.'",
        )
        .bind(SUMMARY)
        .execute(&mut connection)
        .await
        .unwrap();
    });
}

/// A scenario in which each of these strikes the candidate with its number, every time.
fn scenario(effects: &[&str]) -> String {
    let mut text = "limits = \"none\"\nspeed = 1000.0\n".to_owned();
    for (number, effect) in (1..).zip(effects) {
        write!(text, "[[faults]]\nwhen = {{ marker = \"Marker {number:03}.\" }}\neffect = {effect}\n")
            .unwrap();
    }
    text
}

fn prepared(candidates: usize, server: &Server) -> Place {
    let mut place = client(candidates, server);
    place.set("REDRAFT__MODEL__HEAD_TIMEOUT", "2.0");
    place.set("REDRAFT__MODEL__IDLE_TIMEOUT", "2.0");
    place.set("REDRAFT__MODEL__RETRY_AFTER", "0.005");
    place.set("REDRAFT__BATCH__MIN_WORDS", "5");
    mark(&place);
    place
}

/// What became of each rewrite, by the number of its candidate.
fn rewrites(place: &Place) -> Vec<Value> {
    let mut rows = place.json(&["review", "list", "--limit", "1000"])["data"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["candidate"].as_str().unwrap().parse::<u32>().unwrap());
    rows
}

#[test]
fn every_fault_that_strikes_one_candidate_ends_as_it_should() {
    let table: Vec<_> = TABLE.iter().filter(|(_, end)| !matches!(end, Stands(_))).collect();
    let effects: Vec<&str> = table.iter().map(|(effect, _)| *effect).collect();
    let server = Server::start(&Place::empty(), &scenario(&effects));
    let place = prepared(table.len() + 8, &server);
    place.on_demo(&["batch", "start", "--all", "--posting", "1", "--wait"]).ok();
    let rows = rewrites(&place);
    assert_eq!(rows.len(), table.len() + 8);
    let mut wrong = Vec::new();
    for ((effect, end), row) in table.iter().zip(&rows) {
        let (state, failure) = (row["state"].as_str().unwrap(), &row["failure"]);
        let (reason, detail) =
            (failure["reason"].as_str().unwrap_or(""), failure["detail"].as_str().unwrap_or(""));
        let right = match end {
            Lost(wanted, words) => {
                let told = detail.ends_with('.') && detail.contains(' ') && detail.contains(words);
                matches!(state, "failed" | "skipped") && reason == *wanted && told
            }
            Ready => state == "ready",
            Stands(_) => false,
        };
        if !right {
            wrong.push(format!("{effect}: {end:?}, but {state} {reason}: {detail}"));
        }
        println!("{effect}: {state} {reason} {detail}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rows.iter().skip(table.len()).all(|row| row["state"] == "ready"), "nobody else suffers");
    let report = server.stop();
    let none = Value::from(0);
    assert_eq!([&report["paid_again"], &report["early_retries"], &report["too_large_again"]], [&none; 3]);
}

#[test]
fn every_fault_that_concerns_all_stops_the_batch_and_says_what_to_do() {
    for (effect, end) in TABLE {
        let Stands(words) = end else { continue };
        // From the third request on: it may begin in the middle of a run.
        let text = format!(
            "limits = \"none\"\nspeed = 1000.0\n[[faults]]\nwhen = {{ from = 3 }}\neffect = {effect}\n"
        );
        let server = Server::start(&Place::empty(), &text);
        let place = prepared(6, &server);
        let said = place.on_demo(&["batch", "start", "--all", "--wait"]);
        assert_eq!(said.status, 1, "{said:?}");
        assert!(said.out.contains(words) && said.out.contains("4 left"), "{effect}: {said:?}");
        let states: Vec<String> =
            rewrites(&place).iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect();
        let count = |wanted: &str| states.iter().filter(|state| *state == wanted).count();
        assert_eq!((count("ready"), count("queued")), (2, 4), "{effect}: {states:?}");
    }
}

#[test]
fn refusals_for_limits_are_waited_for_and_what_is_too_large_never_comes_unchanged() {
    // At fifty times the speed of the first paid plan, and so with fifty times its limits.
    let limits = "limits = { rpm = 1000, rpd = 500000, tpm = 250000, tpd = 90000000, itpm = 200000 }";
    let mut text = format!("{limits}\nspeed = 50.0\n");
    let refused: Vec<String> = ["rpm", "tpm", "itpm"]
        .iter()
        .map(|dimension| format!("{{ rate_limit = {{ dimension = \"{dimension}\", wait_ms = 300 }} }}"))
        .chain(["absent", "garbage", "zero", "date"].iter().map(|odd| {
            format!("{{ odd_wait = {{ dimension = \"rpm\", wait_ms = 300, retry_after = \"{odd}\" }} }}")
        }))
        .collect();
    for (number, effect) in (1..).zip(&refused) {
        write!(
            text,
            "[[faults]]\nwhen = {{ marker = \"Marker {number:03}.\" }}\neffect = {effect}\nfirst_tries = 1\n"
        )
        .unwrap();
    }
    let server = Server::start(&Place::empty(), &text);
    let place = prepared(12, &server);
    place.on_demo(&["batch", "start", "--all", "--wait"]).ok();
    assert!(rewrites(&place).iter().all(|row| row["state"] == "ready"));
    let report = server.stop();
    assert_eq!([&report["early_retries"], &report["herds"]], [0, 0]);

    let large = "limits = \"none\"\nspeed = 1000.0\n[[faults]]\nwhen = \"always\"\neffect = { answer = \"too_large\" }\n";
    let server = Server::start(&Place::empty(), large);
    let place = prepared(3, &server);
    place.on_demo(&["batch", "start", "--all", "--wait"]).ok();
    for row in rewrites(&place) {
        assert!(matches!(row["state"].as_str().unwrap(), "failed" | "skipped"), "{row}");
        assert_eq!(row["failure"]["reason"], "source_too_long", "{row}");
    }
    assert_eq!(server.stop()["too_large_again"], Value::from(0));
}
