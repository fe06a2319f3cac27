//! Pages, searches, single candidates, postings, checks.

use redraft::{
    domain::PostingId,
    source::port::{Check, CheckLevel, PageQuery, SourceError},
};

use super::world::{World, id, ids};

fn page(limit: u32, after: Option<&str>) -> PageQuery {
    PageQuery { limit, after: after.map(id), search: None }
}

pub async fn pages_follow_the_key_and_the_condition(world: &dyn World) {
    let source = world.open().await;
    assert_eq!(ids(&*source, page(2, None)).await, (vec!["de/1".to_owned(), "de/2".to_owned()], true));
    let next = page(2, Some("de/2"));
    assert_eq!(ids(&*source, next).await, (vec!["de/10".to_owned(), "fr/2".to_owned()], false));
    assert_eq!(source.count().await.unwrap(), 4);
    let odd = page(2, Some("no such key"));
    assert_eq!(ids(&*source, odd).await, (vec![], false));
}

/// Who was there the whole time is seen once, whoever comes or goes between two pages.
pub async fn pages_stay_in_step_while_rows_come_and_go(world: &dyn World) {
    let source = world.open().await;
    let (mut seen, mut after) = (Vec::new(), None);
    let changes = [
        "DELETE FROM people WHERE country = 'de' AND number = 1",
        "INSERT INTO people (country, number, first, consent) VALUES ('de', 3, 'New', 1)",
        "INSERT INTO people (country, number, first, consent) VALUES ('at', 1, 'Behind', 1)",
        "DELETE FROM people WHERE country = 'de' AND number = 10",
    ];
    for change in changes {
        let (found, _) = ids(&*source, PageQuery { limit: 1, after, search: None }).await;
        after = found.last().map(|key| id(key));
        seen.extend(found);
        world.run(change).await;
    }
    let (rest, more) = ids(&*source, PageQuery { limit: 9, after, search: None }).await;
    seen.extend(rest);
    assert_eq!((seen, more), (["de/1", "de/2", "de/3", "de/10", "fr/2"].map(str::to_owned).to_vec(), false));
}

/// Keys with whatever people put into texts.
pub async fn every_key_is_found_again(world: &dyn World) {
    let odd = ["a/b", "%2F", "o''hara", "  two", "Ünï", "🙂", "", "1"];
    for (index, key) in odd.iter().enumerate() {
        world
            .run(&format!(
                "INSERT INTO people (country, number, first, consent) VALUES ('{key}', {index}, 'Key {index}', 1)"
            ))
            .await;
    }
    let source = world.open().await;
    let (all, more) = ids(&*source, page(100, None)).await;
    assert_eq!((all.len(), more), (4 + odd.len(), false));
    for key in &all {
        let (candidate, _) = source.read(&id(key)).await.unwrap().unwrap_or_else(|| panic!("{key}"));
        assert_eq!(candidate.id.0, *key);
    }
    let mut one_by_one: Vec<String> = Vec::new();
    loop {
        let (found, more) = ids(&*source, page(1, one_by_one.last().map(String::as_str))).await;
        one_by_one.extend(found);
        if !more {
            break;
        }
    }
    assert_eq!(one_by_one, all);
}

pub async fn a_search_finds_letters_as_they_stand(world: &dyn World) {
    let source = world.open().await;
    for (search, expected) in [
        ("köln", vec!["de/1", "de/10"]),
        ("KöLN", vec!["de/1", "de/10"]),
        ("%", vec!["de/10"]),
        ("_", vec![]),
        ("bonn", vec!["de/2"]),
        ("da exam", vec!["de/1"]),
        ("' OR 1 = 1", vec![]),
        ("", vec!["de/1", "de/2", "de/10", "fr/2"]),
    ] {
        let query = PageQuery { limit: 10, after: None, search: Some(search.to_owned()) };
        assert_eq!(ids(&*source, query).await.0, expected, "{search}");
    }
}

pub async fn what_is_read_is_what_stands_there(world: &dyn World) {
    let source = world.open().await;
    let (candidate, document) = source.read(&id("de/1")).await.unwrap().unwrap();
    assert_eq!(
        (candidate.name.as_str(), candidate.shown.as_slice()),
        ("Ada Example", &["Köln".to_owned()][..])
    );
    let texts: Vec<Option<&str>> = document.sections.iter().map(|section| section.text.as_deref()).collect();
    assert_eq!(texts, [Some("Cook."), None, Some("a, b"), Some("School.")]);
    let (ben, document) = source.read(&id("de/2")).await.unwrap().unwrap();
    assert_eq!(ben.name, "Ben");
    assert_eq!(document.sections[1].text.as_deref(), Some("Two years. "));
    assert_eq!(document.sections[2].text.as_deref(), Some(""));
    assert_eq!(source.read(&id("fr/1")).await.unwrap(), None, "no consent");
    assert_eq!(source.read(&id("xx/1")).await.unwrap(), None);
}

pub async fn postings_come_with_their_parts(world: &dyn World) {
    let source = world.open().await;
    let titles: Vec<String> =
        source.postings().await.unwrap().into_iter().map(|posting| posting.title).collect();
    assert_eq!(titles, ["Cook", "Baker"]);
    let posting = source.posting(&PostingId("j2".to_owned())).await.unwrap().unwrap();
    assert_eq!(posting.text, "Bakes.\n\nAt night.");
    assert_eq!(source.posting(&PostingId("j3".to_owned())).await.unwrap(), None);
}

pub async fn a_wrong_mapping_says_what_was_meant(world: &dyn World) {
    let told = |error: SourceError| match error {
        SourceError::Mapping { message, place, hint } => (message, place, hint.unwrap_or_default()),
        other => panic!("{other}"),
    };
    let mut mapping = world.mapping();
    mapping.section[0].column = Some("sumary".to_owned());
    let (message, place, hint) = told(world.open_with(&mapping).await.err().unwrap());
    assert_eq!(message, "Section \"summary\" reads column \"sumary\", which table \"people\" does not have.");
    assert_eq!((place.as_str(), hint.as_str()), ("mapping.section[0].column", "Did you mean \"summary\"?"));
    mapping = world.mapping();
    "person".clone_into(&mut mapping.candidate.table);
    let (message, place, hint) = told(world.open_with(&mapping).await.err().unwrap());
    assert_eq!(message, "The candidate database has no table \"person\".");
    assert_eq!(
        (place.as_str(), hint.as_str()),
        ("mapping.candidate.table", "The database has \"jobs\" and \"people\".")
    );
    mapping = world.mapping();
    mapping.candidate.condition = Some("consnet = 1".to_owned());
    let (message, place, _) = told(world.open_with(&mapping).await.err().unwrap());
    assert!(message.contains("consnet") && place == "mapping.candidate.where", "{message} {place}");
}

pub async fn a_check_changes_nothing_and_tells_how_it_went(world: &dyn World) {
    let source = world.open().await;
    let before = world.dump("").await;
    let checks = source.check().await;
    // The account of the tests may do more than redraft needs, and that is told.
    let fine = |check: &Check| check.level == CheckLevel::Ok || check.subject == "database.privileges";
    assert!(checks.iter().all(fine), "{checks:#?}");
    assert!(checks.iter().any(|check| check.message == "The mapping sees 4 candidates."));
    assert_eq!(world.dump("").await, before);
    world.shout().await;
    let checks = world.open().await.check().await;
    let write = checks.iter().find(|check| check.subject == "write-back").unwrap();
    assert_eq!(write.level, CheckLevel::Warning);
    assert!(write.message.contains("\"experience\" is stored differently"), "{}", write.message);
    assert_eq!(world.dump("").await, before);
}
