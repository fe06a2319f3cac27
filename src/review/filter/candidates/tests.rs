use proptest::prelude::*;

use super::*;
use crate::domain::CandidateId;

fn columns() -> Vec<String> {
    ["city", "years", "Last Seen"].map(str::to_owned).to_vec()
}

fn candidate(id: &str, name: &str, shown: [&str; 3]) -> Candidate {
    Candidate {
        id: CandidateId(id.to_owned()),
        name: name.to_owned(),
        shown: shown.map(str::to_owned).to_vec(),
    }
}

fn meant(filter: &str) -> Vec<String> {
    let people = [
        candidate("7", "José Álvarez", ["Köln", "12", "2026-08-01 10:00:00"]),
        candidate("17", "Ann Lee", ["York", "3.5", "2025-01-31"]),
        candidate("t-18", "Bo (Robert) Or", ["", "many", ""]),
    ];
    let filter = parse(filter, &columns()).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let found = people.iter().filter(|one| matches(&filter, one, &columns()));
    found.map(|one| one.id.0.clone()).collect()
}

#[test]
fn candidates_are_found_by_words_columns_and_comparisons() {
    for (filter, ids) in [
        ("", vec!["7", "17", "t-18"]),
        ("ann", vec!["17"]),
        ("ÁLVAREZ", vec!["7"]),
        ("köln", vec!["7"]),
        ("7", vec!["7", "17"]),
        ("id:7", vec!["7"]),
        ("id:7,T-18", vec!["7", "t-18"]),
        ("name:ann,bo", vec!["17", "t-18"]),
        ("\"Bo (Robert)\"", vec!["t-18"]),
        ("\"or\"", vec!["17", "t-18"]),
        ("city:york or city:none", vec!["17", "t-18"]),
        ("city:any -ann", vec!["7"]),
        ("CITY:=YORK", vec!["17"]),
        ("years:>3", vec!["7", "17"]),
        ("years:<=3.5", vec!["17"]),
        ("years:4..20", vec!["7"]),
        ("years:=12", vec!["7"]),
        ("-years:>0", vec!["t-18"]),
        ("years:many", vec!["t-18"]),
        ("\"Last Seen\":>=2026-08-01", vec!["7"]),
        ("\"last seen\":<2026-01-01", vec!["17"]),
        ("\"last seen\":2025-01", vec!["17"]),
    ] {
        assert_eq!(meant(filter), ids, "{filter}");
    }
}

#[test]
fn an_unknown_column_brings_the_nearest_and_the_way_to_add_one() {
    let error = parse("citty:york", &columns()).unwrap_err();
    assert_eq!(error.message, "Candidates have no field \"citty\" to filter by.");
    assert_eq!(error.hint.as_deref(), Some("Did you mean \"city:\"?"));
    let error = parse("employer:x", &columns()).unwrap_err();
    assert_eq!(
        error.hint.as_deref(),
        Some(
            "The fields are id, name, city, years, Last Seen. More columns can be listed in mapping.candidate.show."
        )
    );
    let error = parse("years:>lots", &columns()).unwrap_err();
    assert_eq!(error.message, "\"lots\" is neither a number nor a date.");
}

#[test]
fn columns_are_completed_in_quotes_if_need_be() {
    let offered: Vec<String> =
        complete("-l", 2, &columns()).into_iter().map(|suggestion| suggestion.insert).collect();
    assert_eq!(offered, ["\"Last Seen\":"]);
    assert_eq!(complete("", 0, &columns()).len(), 5);
}

fn any_test() -> impl Strategy<Value = Test> {
    let text = || prop_oneof!["[a-z]{1,6}", "[ -~äß\\\\\"]{1,8}", "[0-9]{1,3}"];
    let amount = prop_oneof![
        (-1e9..1e9_f64).prop_map(Amount::Number),
        (1900_i16..2100, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| Amount::Date(Date::new(year, month, day).unwrap()))
    ];
    let operators =
        vec![Operator::Less, Operator::AtMost, Operator::More, Operator::AtLeast, Operator::Equal];
    prop_oneof![
        Just(Test::Empty),
        Just(Test::Filled),
        text().prop_map(Test::Contains),
        text().prop_map(Test::Is),
        (prop::sample::select(operators), amount)
            .prop_map(|(operator, amount)| Test::Compares(operator, amount)),
    ]
}

proptest! {
    #[test]
    fn what_is_shown_reads_back_as_itself(
        test in any_test(),
        column in prop::sample::select(columns()),
        word in "[ -~ä\\\\\"]{0,8}",
    ) {
        let filter = CandidateFilter::Or(vec![
            Expr::Term(CandidateTerm::Word(word)),
            Expr::Term(CandidateTerm::Field(Column::Shown(column), test)).negated(),
        ]);
        let text = filter.to_string();
        prop_assert_eq!(parse(&text, &columns()), Ok(filter), "{}", text);
    }
}
