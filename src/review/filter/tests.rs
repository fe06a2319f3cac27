use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::BatchId;

/// Noon in Berlin, where midnight is at 22:00 UTC in summer.
fn context() -> Context {
    let now: Timestamp = "2026-08-05T10:00:00Z".parse().unwrap();
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    Context { now: now.to_zoned_datetime(zone), me: Reviewer("anna".to_owned()) }
}

fn read(text: &str) -> Filter {
    parse(text, &context()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn shown(text: &str) -> String {
    read(text).to_string()
}

#[test]
fn a_filter_reads_as_its_canonical_text() {
    for (text, canonical) in [
        ("", ""),
        ("  ", ""),
        ("state:ready", "state:ready"),
        ("State:READY,approved", "state:ready,approved"),
        ("state:ready batch:b38,7", "state:ready batch:b38,b7"),
        ("state:ready and anna", "state:ready anna"),
        ("a b or c d", "(a b) or (c d)"),
        ("a (b or c)", "a (b or c)"),
        ("(by:ben or by:anna) edited:yes", "(by:ben or by:anna) edited:yes"),
        ("-(a b) --c -state:ready", "-(a b) --c -state:ready"),
        ("((a))", "a"),
        ("\"exact words\" \"or\"", "\"exact words\" \"or\""),
        ("O\"Neil Jr\".", "\"ONeil Jr.\""),
        (r#""a \"b\" \\ c""#, r#""a \"b\" \\ c""#),
        ("time-to-fill", "time-to-fill"),
        ("\"-x\"", "\"-x\""),
        ("12:00", "\"12:00\""),
        ("finding:number,date", "finding:number,date"),
        ("finding:number,block", "finding:block or finding:number"),
        ("finding:none", "finding:none"),
        ("changed:<40", "changed:<40"),
        ("changed:<=40%", "changed:<=40"),
        ("changed:>=10", "changed:>=10"),
        ("changed:1..5", "changed:1..5"),
        ("changed:..5", "changed:<=5"),
        ("changed:=7", "changed:7"),
        ("changed:any", "changed:any"),
        ("changed:none", "-changed:any"),
        ("changed:<10,>90", "changed:<10 or changed:>90"),
        ("cost:>0.01", "cost:>0.01"),
        ("cost:<=$1.5", "cost:<=1.5"),
        ("cost:0.01..0.05", "cost:0.01..0.05"),
    ] {
        assert_eq!(shown(text), canonical, "{text}");
    }
}

#[test]
fn a_filter_of_people_and_texts_reads_as_its_canonical_text() {
    for (text, canonical) in [
        ("by:me", "by:anna"),
        ("by:none", "by:none"),
        ("by:me,none", "by:anna or by:none"),
        ("by:other", "-by:none -by:anna"),
        ("by:\"me\"", "by:\"me\""),
        ("assigned:me,none", "assigned:anna or assigned:none"),
        ("-lease:other", "-(-lease:none -lease:anna)"),
        ("lease:none", "lease:none"),
        ("look:spot,second", "look:spot,second"),
        ("look:any", "-look:none"),
        ("look:none,passed", "look:passed or look:none"),
        ("also:approved,Writing", "also:approved,writing"),
        ("also:none,ready", "also:ready or also:none"),
        ("also:any", "-also:none"),
        ("section:Summary,\"work history\"", "section:Summary,\"work history\""),
        ("section:none,skills", "section:skills or section:none"),
        ("section:any", "-section:none"),
        ("words:<200", "words:<200"),
        ("words:100..300", "words:100..300"),
        ("words:none", "-words:any"),
        ("match:>=70", "match:70..100"),
        ("match:>=+10", "match:+10..+100"),
        ("match:<-5", "match:-100..-6"),
        ("match:-5..+5", "match:-5..+5"),
        ("match:none", "match:none"),
        ("prompt:7f3a", "prompt:7f3a"),
        ("edited:no", "edited:no"),
        ("posting:\"Shift, lead\",cook", "posting:\"Shift, lead\",cook"),
        ("reason:timeout", "reason:timeout"),
        ("opened:never", "opened:never"),
        ("decided:any", "decided:any"),
    ] {
        assert_eq!(shown(text), canonical, "{text}");
    }
}

#[test]
fn times_are_meant_in_the_zone_of_the_reader() {
    for (text, canonical) in [
        ("decided:<2h", "decided:>=2026-08-05T08:00:00Z"),
        ("decided:2h", "decided:>=2026-08-05T08:00:00Z"),
        ("decided:>1w2d", "decided:<2026-07-27T10:00:00Z"),
        ("decided:30m..2h", "decided:>=2026-08-05T08:00:00Z decided:<2026-08-05T09:30:00Z"),
        ("decided:today", "decided:>=2026-08-04T22:00:00Z"),
        ("decided:<today", "decided:<2026-08-04T22:00:00Z"),
        ("decided:yesterday", "decided:>=2026-08-03T22:00:00Z decided:<2026-08-04T22:00:00Z"),
        ("decided:9:30", "decided:>=2026-08-05T07:30:00Z"),
        ("decided:<09:30", "decided:<2026-08-05T07:30:00Z"),
        ("written:2026-08-02", "written:>=2026-08-01T22:00:00Z written:<2026-08-02T22:00:00Z"),
        ("written:>2026-08-02", "written:>=2026-08-02T22:00:00Z"),
        ("written:<=2026-08-02", "written:<2026-08-02T22:00:00Z"),
        ("written:2026-08-01..2026-08-02", "written:>=2026-07-31T22:00:00Z written:<2026-08-02T22:00:00Z"),
        ("written:2026-01-10", "written:>=2026-01-09T23:00:00Z written:<2026-01-10T23:00:00Z"),
        ("opened:>=2026-08-05T07:30:00.5Z", "opened:>=2026-08-05T07:30:00.5Z"),
        ("opened:>2026-08-05T07:30:00Z", "opened:>=2026-08-05T07:30:00.000000001Z"),
        ("opened:2h..", "opened:<2026-08-05T08:00:00Z"),
    ] {
        assert_eq!(shown(text), canonical, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_was_meant() {
    for (text, message, place, hint) in [
        ("sate:ready", "There is no field \"sate\" to filter by.", "sate", "Did you mean \"state:\"?"),
        ("state:redy", "\"redy\" is no state of a rewrite.", "redy", "Did you mean \"ready\"?"),
        ("a state:ready,xxxxxxxxx", "\"xxxxxxxxx\" is no state of a rewrite.", "xxxxxxxxx", "The states are"),
        ("also:redy", "\"redy\" is no state of a rewrite.", "redy", "Did you mean \"ready\"?"),
        ("state:", "A value is missing behind \"state:\".", "state:", ""),
        ("batch:b1,", "A value is missing behind \"batch:\".", "batch:b1,", ""),
        ("batch:first", "\"first\" names no batch.", "first", "Batches are named like b38."),
        (
            "finding:numbr",
            "There are no findings of the kind \"numbr\".",
            "numbr",
            "Did you mean \"number\"?",
        ),
        ("changed:lots", "\"lots\" is no share of changed words.", "lots", "Write percent as"),
        ("changed:>100", "No share of changed words lies in \">100\".", ">100", "Write percent"),
        ("changed:<0", "No share of changed words lies in \"<0\".", "<0", ""),
        ("cost:-1", "\"-1\" is no cost.", "-1", "Write US dollars"),
        ("edited:maybe", "\"maybe\" is neither yes nor no.", "maybe", "edited:yes"),
        ("decided:soon", "\"soon\" is no point in time.", "soon", "Write an age"),
        ("decided:2h..1h", "No point in time lies in this range.", "2h..1h", ""),
        ("decided:2d1w", "\"2d1w\" is no point in time.", "2d1w", ""),
        ("decided:99999999999w", "\"99999999999w\" is no point in time.", "99999999999w", ""),
        ("decided:2026-02-30", "\"2026-02-30\" is no point in time.", "2026-02-30", ""),
        ("(a b", "This parenthesis is not closed.", "(", ""),
        ("a) b", "This parenthesis closes nothing.", ")", ""),
        ("a (or b)", "Something is missing before \"or\".", "or", "in quotes"),
        ("a or", "Something is missing at the end of the filter.", "", ""),
        ("-", "Something is missing at the end of the filter.", "", ""),
        ("a \"b c", "A quotation mark is not closed.", "\"b c", "Write \\\""),
        ("http://x", "There is no field \"http\" to filter by.", "http", "Put a text with a colon in quotes"),
    ] {
        let error = parse(text, &context()).expect_err(text);
        assert_eq!(error.message, message, "{text}");
        assert_eq!(text.get(error.span.clone()), Some(place), "{text}");
        assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{text}: {:?}", error.hint);
    }
}

#[test]
fn a_filter_that_would_exhaust_the_stack_is_refused() {
    for deep in ["(".repeat(100_000), "-".repeat(100_000), "a ".repeat(100_000)] {
        assert!(parse(&deep, &context()).is_err());
    }
}

#[test]
fn messages_hold_nothing_that_a_terminal_obeys() {
    let error = parse("state:\u{1b}[31m", &context()).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "[ -~äß山\\\\\"]{1,8}", Just("or".to_owned()), Just("me".to_owned())]
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000, 0..1_000_000_000_i32).prop_map(|(s, n)| Timestamp::new(s, n).unwrap())
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        Just(When::Never),
        Just(When::Ever),
        instant().prop_map(When::Since),
        instant().prop_map(When::Before)
    ]
}

fn finding_test() -> impl Strategy<Value = FindingTest> {
    prop_oneof![
        Just(FindingTest::None),
        Just(FindingTest::Any),
        Just(FindingTest::Block),
        Just(FindingTest::Warn),
        prop::sample::subsequence(term::KINDS.map(|(_, kind)| kind).to_vec(), 1..4)
            .prop_map(FindingTest::Kinds),
    ]
}

fn batch_ref() -> impl Strategy<Value = BatchRef> {
    prop_oneof![
        any::<u64>().prop_map(BatchRef::Number),
        any::<u128>().prop_map(|number| BatchRef::Id(BatchId::new(uuid::Uuid::from_u128(number))))
    ]
}

fn any_term() -> impl Strategy<Value = Term> {
    let texts = || prop::collection::vec(text(), 1..4);
    prop_oneof![
        prop_oneof![
            text().prop_map(Term::Word),
            prop::sample::subsequence(RewriteState::ALL.to_vec(), 1..4).prop_map(Term::State),
            prop::collection::vec(batch_ref(), 1..4).prop_map(Term::Batch),
            texts().prop_map(Term::Candidate),
            prop::collection::vec(any::<u128>(), 1..4).prop_map(|numbers| {
                Term::Id(numbers.into_iter().map(uuid::Uuid::from_u128).map(RewriteId::new).collect())
            }),
            texts().prop_map(Term::Posting),
            prop::collection::vec(text(), 0..3).prop_map(Term::Section),
            prop::sample::subsequence(RewriteState::ALL.to_vec(), 0..4).prop_map(Term::Also),
            texts().prop_map(Term::Model),
            prop::collection::vec(text(), 0..3).prop_map(Term::By),
        ],
        prop_oneof![
            finding_test().prop_map(Term::Finding),
            (0..=100_u8, 0..=100_u8).prop_map(|(a, b)| Term::Changed(a.min(b)..=a.max(b))),
            (0..=term::DEAREST, 0..=term::DEAREST).prop_map(|(a, b)| Term::Cost(a.min(b)..=a.max(b))),
            when().prop_map(Term::Decided),
            when().prop_map(Term::Opened),
            when().prop_map(Term::Written),
            prop::sample::select(vec![YesNo::Yes, YesNo::No]).prop_map(Term::Edited),
            prop::sample::select(vec![YesNo::Yes, YesNo::No]).prop_map(Term::Noted),
            text().prop_map(Term::Reason),
        ],
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    any_term().prop_map(Filter::Term).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
            Just(Filter::ALL),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_shown_reads_back_as_itself(filter in any_filter()) {
        let text = filter.to_string();
        prop_assert_eq!(parse(&text, &context()), Ok(filter), "{}", text);
    }

    #[test]
    fn no_text_breaks_the_parser(text in "[ -~()\":,<>=.\\-äor ]{0,40}", cursor in 0_usize..60) {
        if let Err(error) = parse(&text, &context()) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
        }
        for suggestion in complete(&text, cursor) {
            prop_assert!(text.get(suggestion.replace).is_some());
        }
    }
}
