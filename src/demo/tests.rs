//! The demo's population as a whole.

use std::collections::BTreeSet;

use super::*;

fn all() -> Vec<Person> {
    people(DEFAULT_SEED, DEFAULT_COUNT).collect()
}

fn sections(person: &Person) -> [Option<&str>; 4] {
    [&person.summary, &person.experience, &person.skills, &person.education].map(Option::as_deref)
}

fn bytes(person: &Person) -> usize {
    sections(person).into_iter().flatten().map(str::len).sum()
}

#[test]
fn a_person_does_not_depend_on_how_many_are_asked_for() {
    let few: Vec<Person> = people(5, 20).collect();
    let many: Vec<Person> = people(5, 300).collect();
    assert_eq!(few, many[..20]);
    assert_ne!(few, people(6, 20).collect::<Vec<_>>());
    assert_eq!(many.iter().map(|person| person.id).collect::<Vec<_>>(), (1..=300).collect::<Vec<_>>());
}

#[test]
fn résumés_have_their_usual_size_but_for_those_that_were_left_short() {
    let people = all();
    let (short, regular): (Vec<_>, Vec<_>) = people.iter().partition(|person| person.id % 100 == 13);
    assert!(short.iter().all(|person| bytes(person) < 100) && short.len() == 4);
    for person in regular {
        let size = bytes(person);
        let complete = sections(person).iter().all(|text| text.is_some_and(|text| !text.is_empty()));
        assert!(size <= 6_144 && (size >= 1_500 || !complete && size > 1_000), "{}: {size}", person.id);
    }
}

#[test]
fn the_population_is_as_mixed_as_it_should_be() {
    let people = all();
    let count = |what: &dyn Fn(&Person) -> bool| people.iter().filter(|person| what(person)).count();
    let text = |person: &Person| sections(person).into_iter().flatten().collect::<Vec<_>>().join("\n");
    let names: BTreeSet<&str> = people.iter().map(|person| person.occupation.as_str()).collect();
    assert_eq!(names.len(), 24);
    let other_script = count(&|person| person.last_name.chars().any(|c| c.is_alphabetic() && c > '\u{36f}'));
    assert!((40..140).contains(&other_script), "{other_script}");
    let other_language = count(&|person| {
        let words = ["Ich ", "Je suis", "Soy ", "Jestem "];
        words.iter().any(|word| person.summary.as_deref().is_some_and(|text| text.contains(word)))
    });
    assert!((16..50).contains(&other_language), "{other_language}");
    let hidden = count(&|person| text(person).contains(['\u{200b}', '\u{feff}', '\t', '\u{a0}']));
    assert!((10..60).contains(&hidden), "{hidden}");
    assert_eq!(count(&|person| text(person).contains('\u{1b}')), 3);
    assert_eq!(count(&|person| text(person).contains("ignore previous instructions")), 2);
    let gaps = count(&|person| sections(person).contains(&None) || sections(person).contains(&Some("")));
    assert!((8..40).contains(&gaps), "{gaps}");
    let refused = count(&|person| !person.consent);
    assert!((5..35).contains(&refused), "{refused}");
}

#[test]
fn nobody_can_be_reached() {
    for person in all() {
        let host = person.email.split_once('@').unwrap().1;
        assert!(["example.com", "example.org", "example.net"].contains(&host));
        assert!(person.email.is_ascii() && !person.email.contains(' '), "{}", person.email);
        assert!(!person.phone.contains('#') && person.phone.len() > 8);
        assert_eq!(person.updated_at.len(), 19);
        assert!((2..=34).contains(&person.years));
    }
}

#[test]
fn no_template_shows_through() {
    for person in people(11, 1_500) {
        for text in sections(&person).into_iter().flatten() {
            for sign in ['{', '}', '~', '|'] {
                let dated = sign == '|' && text.contains(" | ");
                assert!(dated || !text.contains(sign), "{}: {sign} in {text}", person.id);
            }
            assert!(!text.contains(",,") && !text.contains(".."), "{}: {text}", person.id);
        }
    }
}

#[test]
fn there_are_twelve_postings_worth_reading() {
    let postings = postings(1);
    assert_eq!(postings.len(), 12);
    for posting in &postings {
        let words = posting.text.split_whitespace().count();
        assert!((250..=900).contains(&words), "{}: {words}", posting.title);
        assert!(posting.text.contains("must") && posting.text.contains("plus"), "{}", posting.title);
    }
}

#[test]
fn applications_name_postings_that_exist() {
    let postings = postings(DEFAULT_SEED);
    let applications: Vec<Application> =
        all().iter().filter_map(|person| application(DEFAULT_SEED, person, &postings)).collect();
    assert!((80..250).contains(&applications.len()), "{}", applications.len());
    for application in applications {
        assert!((1..=12).contains(&application.posting_id) && (1..=400).contains(&application.candidate_id));
    }
}
