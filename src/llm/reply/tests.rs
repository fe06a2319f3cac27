use proptest::prelude::*;

use super::*;
use crate::domain::{Format, Section};

fn source(texts: &[(&str, Option<&str>)]) -> Document {
    let sections = texts.iter().map(|(id, text)| Section {
        id: SectionId((*id).to_owned()),
        format: Format::Text,
        text: text.map(str::to_owned),
        ..Section::default()
    });
    Document { sections: sections.collect() }
}

const fn material(source: &Document) -> Material<'_> {
    Material { posting: None, instructions: "", source, context: &[], counted: &[] }
}

fn two() -> Document {
    source(&[
        ("summary", Some("Cook.\n")),
        ("experience", None),
        ("skills", Some("\r\nSoup\r\nBread\r\n")),
        ("misc", Some("")),
    ])
}

fn id(name: &str) -> SectionId {
    SectionId(name.to_owned())
}

#[test]
fn sections_come_back_in_any_order_and_keep_the_form_of_the_source() {
    let before = two();
    let after = read(
        "[[section:skills]]\nSoups\nBreads\n[[/section:skills]]\n\n[[section:summary]]\nA cook.\n\n[[/section:summary]]",
        &material(&before),
    )
    .unwrap();
    let expected = [
        ("summary", Some("A cook.\n")),
        ("experience", None),
        ("skills", Some("\r\nSoups\r\nBreads\r\n")),
        ("misc", Some("")),
    ];
    assert_eq!(after, source(&expected));
}

#[test]
fn what_surrounds_the_sections_is_passed_over() {
    let source = source(&[("summary", Some("Cook."))]);
    for reply in [
        "Here is the résumé:\n\n[[section:summary]]\nChef.\n[[/section:summary]]\nLet me know!",
        "```\n[[section:summary]]\nChef.\n[[/section:summary]]\n```",
        "[[section:summary]]\n```text\nChef.\n```\n[[/section:summary]]",
        "**[[section:summary]]**\nChef.\n**[[/section:summary]]**",
        "[[section:summary]] Chef. [[/section:summary]]",
        "[[ section: summary ]]\r\nChef.\r\n[[/section]]\r\n",
        "[[section:summary]]\nChef.\n[[/section:summary]]\n[[section:summary]]\nChef.\n[[/section:summary]]",
    ] {
        let after = read(reply, &material(&source)).map(|after| after.text(&id("summary")).trim().to_owned());
        assert_eq!(after.as_deref(), Ok("Chef."), "{reply}");
    }
}

#[test]
fn what_may_lose_something_is_refused_with_its_reason() {
    let source = source(&[("summary", Some("Cook.")), ("skills", Some("Soup"))]);
    let (open, close) = ("[[section:summary]]\nChef.\n", "[[/section:summary]]\n");
    let skills = "[[section:skills]]\nSoup\n[[/section:skills]]\n";
    let long = "word ".repeat(100);
    for (reply, problem) in [
        (String::new(), Unmapped::Missing(id("summary"))),
        ("Chef. Soup.".to_owned(), Unmapped::Missing(id("summary"))),
        (format!("{open}{close}"), Unmapped::Missing(id("skills"))),
        (format!("{open}{skills}"), Unmapped::Open(id("summary"))),
        (format!("{skills}{open}"), Unmapped::Open(id("summary"))),
        (format!("{open}{close}{skills}{}", skills.replace("Soup", "Stew")), Unmapped::Twice(id("skills"))),
        (format!("{open}{close}[[section:skills]]\n \n[[/section:skills]]"), Unmapped::Empty(id("skills"))),
        (format!("{open}{close}{skills}[[section:hobbies]]\nTea\n[[/section:hobbies]]"), Unmapped::Unknown),
        (format!("{open}{close}{skills}{long}"), Unmapped::Stray),
    ] {
        assert_eq!(read(&reply, &material(&source)), Err(problem), "{reply}");
    }
}

#[test]
fn an_empty_section_that_the_model_fills_is_refused() {
    let source = two();
    let all = "[[section:summary]]\nx\n[[/section:summary]]\n[[section:skills]]\ny\n[[/section:skills]]\n";
    assert!(read(all, &material(&source)).is_ok());
    let more = format!("{all}[[section:experience]]\nLed a team of 40.\n[[/section:experience]]\n");
    assert_eq!(read(&more, &material(&source)), Err(Unmapped::Unknown));
}

#[test]
fn hidden_characters_of_a_reply_do_not_get_in() {
    let source = source(&[("summary", Some("Cook."))]);
    let after =
        read("[[section:summary]]\nCh\u{202e}ef\u{1b}[31m.\n[[/section:summary]]", &material(&source))
            .unwrap();
    assert_eq!(after.text(&id("summary")), "Chef[31m.");
}

#[test]
fn a_reply_can_be_watched() {
    let reply =
        "Sure!\n[[section:summary]]\nA cook\nwith\n[[/section:summary]]\n[[section:skills]]\nSoup, br";
    assert_eq!(
        partial(reply),
        [
            Part { id: id("summary"), text: "A cook\nwith".to_owned(), done: true },
            Part { id: id("skills"), text: "Soup, br".to_owned(), done: false },
        ]
    );
    for (end, text) in [("\n[[/sec", "Soup"), ("\n[", "Soup"), (" [[/section:sk", "Soup "), ("\n", "Soup")] {
        let parts = partial(&format!("[[section:skills]]\nSoup{end}"));
        assert_eq!(parts, [Part { id: id("skills"), text: text.to_owned(), done: false }], "{end:?}");
    }
    assert!(partial("[[section:ski").is_empty() && partial("").is_empty());
}

proptest! {
    #[test]
    fn what_is_given_back_unchanged_is_the_clean_source(
        texts in prop::collection::vec(
            prop::collection::vec(
                prop_oneof![
                    "[ \t]{0,2}\\\\{0,3}\\[\\[[a-z:/\\]]{0,12}",
                    "[a-zé東•. ]{0,20}",
                    Just("[[section:a]]".to_owned()),
                    Just("[[/section:b]]".to_owned()),
                    Just("  [[/section:a]]".to_owned()),
                    Just("see [[/section:a]]".to_owned()),
                ],
                0..6,
            ),
            1..4,
        ),
        end in prop::sample::select(vec!["", "\n", "\r\n", " \n\n"]),
        line in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let names = ["a", "b", "c"];
        let texts: Vec<String> = texts.iter().map(|lines| format!("{}{end}", lines.join(line))).collect();
        let pairs: Vec<_> = names.into_iter().zip(texts.iter().map(|text| Some(text.as_str()))).collect();
        let source = source(&pairs);
        let message = material(&source).message();
        let after = read(&message, &material(&source)).unwrap();
        for (before, after) in source.sections.iter().zip(&after.sections) {
            let (before, after) = (text_of(before), text_of(after));
            prop_assert_eq!(clean(before).text.replace("\r\n", "\n"), after.replace("\r\n", "\n"));
            if is_crlf(before) || !before.contains('\r') {
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn any_reply_is_answered(reply in "(\\[\\[/?section:(a|b|)\\]\\]|```|\n|[ a-zé*`]|\\\\){0,40}") {
        let source = source(&[("a", Some("x")), ("b", Some("y"))]);
        if let Ok(after) = read(&reply, &material(&source)) {
            prop_assert!(after.sections.iter().all(|section| !text_of(section).trim().is_empty()));
        }
        prop_assert!(partial(&reply).len() <= reply.matches("[[").count());
    }
}
